"""A member is forgotten: by the gateway at once, and by the bot once it asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import ClassVar

from gateway.api.contract import Id, Request

ERASURES_KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """The answer to Forget. It does not name the member."""

    alias: str  # what the audit log calls the member from now on
    devices: int  # removed
    forwards: int  # closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """A forgotten member, by whose digest the bot finds what it stores of the member itself."""

    alias: str  # as in Forgotten
    salt: str
    digest: str  # of salt and id, in hexadecimal

    @classmethod
    def of(cls, member: str, alias: str, salt: str) -> Erasure:
        return cls(alias=alias, salt=salt, digest=_digest(salt, member))

    def is_of(self, member: str) -> bool:
        return _digest(self.salt, member) == self.digest


def _digest(salt: str, member: str) -> str:
    return sha256(f"{salt} {member}".encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasures:
    """The answer to GetErasures."""

    erasures: tuple[Erasure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget(Request[Forgotten]):
    """Remove a member's devices, and the member from everything that is stored. For root.

    In the audit log an alias takes the member's place. The bot erases its own by GetErasures.
    """

    operation: ClassVar[str] = "forget"
    member: Id  # the member's id


@dataclass(frozen=True, slots=True, kw_only=True)
class GetErasures(Request[Erasures]):
    """Return the members that the bot still has to forget. For admins.

    Only a digest of each member's id is stored, until the bot has confirmed or for `ERASURES_KEPT`.
    """

    operation: ClassVar[str] = "erasures"
    done: tuple[Id, ...] = ()  # aliases of those that it has forgotten
