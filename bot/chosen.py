"""The configuration that the bot owns: what was chosen at set-up, and the one-time code that lets it be chosen.

Both are files of mode 0600 in the bot's folder, written as a whole. `guildgate setup` makes the code and keeps only its
digest. Whatever config.toml says goes before what was chosen.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from gateway.codec import DecodeError, decode
from gateway.errors import ConfigError

KEYS = ("member_roles", "admin_roles", "admin_channel", "log_channel", "timezone", "language")
"""The keys of [discord] that can be chosen."""
CHOICES, TICKET = "chosen.json", "setup.json"
CODE_S, TRIES = 3600, 5
_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # without what is read as something else
_LARGEST = 1 << 16  # bytes of a file


class Verdict(StrEnum):
    """What became of a code. The values stand in ids of the catalogue."""

    RIGHT = "right"
    WRONG = "wrong"
    OVER = "over"
    """Its time is over, or it was tried too often."""
    NONE = "none"
    """No set-up is waiting."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A code that may be used until `ends_at`, as its digest."""

    digest: str
    ends_at: int
    tries_left: int = TRIES


def new_code() -> str:
    """Return 50 random bits in a form to type: `ABCDE-FGHJK`."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"


def open_ticket(folder: Path, code: str, now: float) -> None:
    """Let this code be used, and no older one. Raise OSError."""
    _write(folder, TICKET, asdict(Ticket(_digest(code), int(now) + CODE_S)))


def close_ticket(folder: Path) -> None:
    """Let no code be used any more. Raise OSError."""
    (folder / TICKET).unlink(missing_ok=True)


def is_waiting(folder: Path, now: float) -> bool:
    """Report whether a code may be used now."""
    ticket = _ticket(folder)
    return ticket is not None and now < ticket.ends_at and ticket.tries_left > 0


def was_used(folder: Path) -> bool:
    """Report whether the code led to choices, because nothing else takes the ticket away."""
    return not (folder / TICKET).exists()


def judge(folder: Path, code: str, now: float) -> Verdict:
    """Compare a code in constant time, and count a wrong one before it is answered. Raise OSError."""
    ticket = _ticket(folder)
    if ticket is None:
        return Verdict.NONE
    if now >= ticket.ends_at or ticket.tries_left <= 0:
        return Verdict.OVER
    if hmac.compare_digest(ticket.digest, _digest(code)):
        return Verdict.RIGHT
    _write(folder, TICKET, asdict(Ticket(ticket.digest, ticket.ends_at, ticket.tries_left - 1)))
    return Verdict.WRONG


def read(folder: Path) -> dict[str, Any]:
    """Return what was chosen; nothing where this user may not look. Raise ConfigError for a damaged file."""
    try:
        found = _read(folder / CHOICES)
    except (ValueError, RecursionError):
        raise ConfigError(
            key=str(folder / CHOICES), problem="is damaged; delete it, and run `guildgate setup` again"
        ) from None
    return _known(found or {})


def parse(raw: bytes) -> dict[str, Any]:
    """Return what a file's content says was chosen. Raise ValueError or RecursionError."""
    return _known(_object(raw))


def _known(found: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if key in KEYS}


def settle(folder: Path, chosen: Mapping[str, Any]) -> None:
    """Store what was chosen, and let no code be used any more. Raise OSError."""
    write(folder, chosen)
    close_ticket(folder)


def write(folder: Path, chosen: Mapping[str, Any]) -> None:
    """Store what was chosen. Raise OSError."""
    _write(folder, CHOICES, dict(chosen))


def _digest(code: str) -> str:
    typed = "".join(char for char in code.upper() if char in _ALPHABET)
    return hashlib.sha256(typed.encode()).hexdigest()


def _ticket(folder: Path) -> Ticket | None:
    with suppress(ValueError, RecursionError, DecodeError):
        if found := _read(folder / TICKET):
            return decode(Ticket, found)
    return None


def _read(path: Path) -> dict[str, Any] | None:
    """Return the file's content, None without one. Root reads it as well, and follows no link of the bot's."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("no file")
        return _object(file.read(_LARGEST))


def _object(raw: bytes) -> dict[str, Any]:
    found = json.loads(raw)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _write(folder: Path, name: str, content: object) -> None:
    write_file(folder / name, json.dumps(content).encode())


def write_file(path: Path, content: bytes, mode: int = 0o600, owner: tuple[int, int] | None = None) -> None:
    """Put a file in place of the one that is there, as a whole. `owner`: its user and group. Raise OSError."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(descriptor, mode)
            if owner:
                os.fchown(descriptor, *owner)
            file.flush()
            os.fsync(descriptor)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
