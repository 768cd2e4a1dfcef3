"""How a request and its answers travel, beside their bodies: the headers that both ends know."""

from __future__ import annotations

from enum import StrEnum

WATCH = "Guildgate-Watch"
"""The header of a request whose answers come line by line, to `subjects.event` with this name."""
NUMBER = "Guildgate-Number"
"""The header of a line: 0 for the first one, and one more with each, so that a gap is seen."""
FAILED = "Guildgate-Failed"
"""The header in the place of an answer, with the reason. On the last line of a watch it is its end."""


class Failed(StrEnum):
    """Why there is no answer, or no further line."""

    UNREACHABLE = "unreachable"
    """The gateway does not answer its courier, so nothing was done."""
    BUSY = "busy"
    """The courier has too much to do, so nothing was done."""
    BROKE_OFF = "broke-off"
    """The request may have been carried out."""
    ENDED = "ended"
    """The gateway has ended the watch."""
