"""What a game server tells, and the two ways to ask one.

A module beside this one is one protocol: its request, and a parser of the answer. The answer comes from a member's
device. So the parser reads a few numbers and one word of it, and raises an error for everything else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

MAX_COUNT = 2**31 - 1
MAX_VERSION = 32


@dataclass(frozen=True, slots=True)
class Told:
    """The players, the slots and the version that a server tells. Bots do not count as players."""

    players: int
    slots: int
    version: str = ""
    """Empty where the server tells none."""


def _no_challenge(_: bytes) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Datagram:
    """A protocol over UDP: one datagram asks, one answers."""

    request: bytes
    read: Callable[[bytes], Told]
    repeat: Callable[[bytes], bytes | None] = _no_challenge
    """Returns the request to send next when the datagram is a challenge, and None when it is the answer."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A protocol over TCP."""

    request: Callable[[str, int], bytes]
    """Makes the request for a server at this address and port."""
    read: Callable[[bytes | bytearray], Told | None]
    """Returns None while the answer is incomplete, and raises as soon as it cannot become one."""


def count(value: object) -> int:
    if type(value) is not int or not 0 <= value <= MAX_COUNT:
        raise ValueError("not a number of players")
    return value


def version(text: object) -> str:
    """Return a version as one short line; empty for anything that is no text."""
    shown = text.decode(errors="replace") if isinstance(text, bytes) else text if isinstance(text, str) else ""
    return "".join(filter(str.isprintable, shown))[:MAX_VERSION].strip()
