"""Parses the durations that members type: `2h`, `90m`, `2h30m`, `until 02:00`, `forever`. Pure."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, tzinfo

from bot.core.words import Say, says
from gateway.model import LONGEST, Duration

_UNITS = {
    "weeks": r"w|wks?|weeks?",
    "days": r"d|days?",
    "hours": r"h|hrs?|hours?",
    "minutes": r"m|mins?|minutes?",
    "seconds": r"s|secs?|seconds?",
}
_LENGTH = re.compile("".join(rf"(?:(?P<{name}>\d{{1,9}})\s*(?:{unit})\s*)?" for name, unit in _UNITS.items()), re.ASCII)
_UNTIL = re.compile(r"until\s+(\d{1,2})[:.](\d{2})", re.ASCII)


class DurationError(ValueError):
    """A text that is no duration, or one longer than `LONGEST`; `say` tells the member."""

    def __init__(self, say: Say) -> None:
        super().__init__()
        self.say = say


def parse(text: str, now: datetime, zone: tzinfo) -> Duration:
    """Parse a duration in whole seconds, as the API takes them; raise DurationError.

    A clock time after `until` means the next such time in `zone`, after `now`.
    """
    typed = " ".join(text.lower().split())
    if typed == "forever":
        return Duration(None)
    if clock := _UNTIL.fullmatch(typed):
        return _until(int(clock[1]), int(clock[2]), now, zone)
    match = _LENGTH.fullmatch(typed)
    if not typed or not match:
        raise DurationError(says("duration-unreadable"))
    length = timedelta()
    try:
        length = timedelta(**{name: int(count) for name, count in match.groupdict().items() if count})
    except OverflowError:
        length = timedelta.max
    if not length:
        raise DurationError(says("duration-unreadable"))
    if length > LONGEST:
        raise DurationError(says("duration-too-long"))
    return Duration(length)


def _until(hour: int, minute: int, now: datetime, zone: tzinfo) -> Duration:
    if hour > 23 or minute > 59:
        raise DurationError(says("duration-unreadable"))
    local = now.astimezone(zone)
    # On the day that the clocks go back, one hour comes twice; `fold` tells the two apart.
    moments = [
        (local + timedelta(days=day)).replace(hour=hour, minute=minute, second=0, microsecond=0, fold=fold)
        for day in (0, 1)
        for fold in (0, 1)
    ]
    left = min(moment.astimezone(UTC) - now for moment in moments if moment.astimezone(UTC) > now)
    return Duration(timedelta(seconds=math.ceil(left.total_seconds())))
