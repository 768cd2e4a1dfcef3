"""Which of two sides of a fleet is older, by what a region tells of itself: pure."""

from __future__ import annotations

from gateway.bus.told import PROTOCOL, Entry
from gateway.version import Version


def has_other_protocol(entry: Entry | None) -> bool:
    """Report whether not even the envelopes of requests and answers need be understood."""
    return entry is not None and entry.protocol != PROTOCOL


def older(entry: Entry | None, own: str) -> str:
    """Return the side with the older version: `gateway`, `bot` or `unknown`. `own` is the bot's."""
    if entry is None:
        return "unknown"
    if entry.protocol != PROTOCOL:
        return "gateway" if entry.protocol < PROTOCOL else "bot"
    try:
        theirs, ours = Version.parse(entry.version), Version.parse(own)
    except ValueError:
        return "unknown"
    return "unknown" if theirs == ours else "gateway" if theirs < ours else "bot"
