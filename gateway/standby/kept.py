"""The newest copy that came to a standby: sealed as it came, on the standby's disk."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.chosen import write_file
from gateway.errors import HostProblem, WrongSecret, why
from gateway.keys import PrivateKey
from gateway.model import Key
from gateway.standby.copy import Copy, unseal

_FILE = "copy.sealed"


@dataclass(frozen=True, slots=True)
class Kept:
    """Keeps it in the state folder. `secrets` open what the region with the public key `by` sealed.

    `own` is this machine's public key, because a copy that it made itself is none of the other one's.
    """

    state_dir: Path
    secrets: Iterable[PrivateKey] = field(repr=False)
    by: Key
    own: Key

    def keep(self, sealed: bytes) -> Copy | None:
        """Keep a copy that came. Return None for one that is not newer than what is kept.

        Raise WrongSecret, BadBackup, NewerBackup or HostProblem.
        """
        copy, before = unseal(sealed, self.secrets, self.by), self.newest()
        if copy.maker == self.own or (before and copy.number <= before.number):
            return None
        try:
            write_file(self.state_dir / _FILE, sealed)
        except OSError as error:
            raise HostProblem(key=str(self.state_dir), problem=f"takes no copy ({why(error)})") from error
        return copy

    def newest(self) -> Copy | None:
        """Return what is kept. Raise BadBackup, NewerBackup or HostProblem."""
        with suppress(FileNotFoundError, WrongSecret):  # that of another standby, which this machine was before
            try:
                return unseal((self.state_dir / _FILE).read_bytes(), self.secrets, self.by)
            except FileNotFoundError:
                raise
            except OSError as error:
                raise HostProblem(key=str(self.state_dir / _FILE), problem=f"cannot be read ({why(error)})") from error
        return None
