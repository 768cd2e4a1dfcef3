"""What a game server said of itself, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a game server said of itself. Numbers are None when it did not say them."""

    answers: bool
    players: int | None = None
    slots: int | None = None
    """The most players that the game takes."""
    version: str = ""
    """Empty when the server did not tell it. The device may have written anything."""
    is_doubtful: bool = False
    """It was silent from the beginning, as one is with its queries switched off."""
    is_device_there: bool = False
    """The server does not answer, and its device does: it refuses, or it takes connections."""
