"""Reads times as people write them: `2h`, `1h30`, `until 2am`, `friday 20:00`, `<t:1769889600>`. Pure.

A clock time belongs to a zone. Where the clocks go back, one hour comes twice, and its first time is meant unless that
is over. Where they go forward, a time that they skip means as long after the change as before it (RFC 5545).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal

from gateway.model import LONGEST, Duration

_UNITS = {
    "weeks": r"w|wks?|weeks?",
    "days": r"d|days?",
    "hours": r"h|hrs?|hours?",
    "minutes": r"m|mins?|minutes?",
    "seconds": r"s|secs?|seconds?",
}
_LENGTH = re.compile("".join(rf"(?:(?P<{name}>\d{{1,9}})\s*(?:{unit})\s*)?" for name, unit in _UNITS.items()), re.ASCII)
_BARE_MINUTES = re.compile(rf"(?<=[\d ])((?:{_UNITS['hours']})\s*\d{{1,2}})$", re.ASCII)
_STAMP = re.compile(r"<t:(\d{1,11})(?::[tdfrs])?>", re.ASCII)  # lowered, as all that is typed
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(?: ?([ap])\.?m\.?)?", re.ASCII)
_DATE = re.compile(r"(20\d{2})-(\d{1,2})-(\d{1,2})", re.ASCII)
_NAMED = {"midnight": time(0), "noon": time(12)}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Problem = Literal["unreadable", "too-long", "past"]
_PROBLEMS = {
    "unreadable": "must be how long, such as 2h or 1h30, until when, such as 2am or friday 20:00, or forever",
    "too-long": f"must be at most {LONGEST.days} days, or forever",
    "past": "must be a time that is still to come",
}


class TimeError(ValueError):
    """A text that is no time, a time that is over, or one that is further away than `LONGEST`."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(_PROBLEMS[problem])
        self.problem: Problem = problem


def parse(text: str, now: datetime, zone: tzinfo) -> Duration:
    """Read how long, or until when, in whole seconds from `now`, as the API takes them; raise TimeError.

    A number alone is hours. A clock time without a day is the next one in `zone`.
    """
    typed = " ".join(text.lower().replace(",", " ").split())
    if typed == "forever":
        return Duration(None)
    length = _length(typed)
    if length is None:
        left = _moment(typed.removeprefix("until ").removeprefix("till "), now, zone) - now
        length = timedelta(seconds=math.ceil(left.total_seconds()))
    if length > LONGEST:
        raise TimeError("too-long")
    return Duration(length)


def _length(typed: str) -> timedelta | None:
    """Read a length; None for a text that is none. Raise TimeError for a length of zero."""
    typed = typed.removeprefix("for ")
    typed = f"{typed}h" if typed.isdecimal() else _BARE_MINUTES.sub(r"\1m", typed)
    match = _LENGTH.fullmatch(typed)
    if not typed or not match:
        return None
    try:
        length = timedelta(**{name: int(count) for name, count in match.groupdict().items() if count})
    except OverflowError:
        return timedelta.max
    if not length:
        raise TimeError("unreadable")
    return length


def _moment(typed: str, now: datetime, zone: tzinfo) -> datetime:
    """Read the next such moment after `now`; raise TimeError."""
    if stamp := _STAMP.fullmatch(typed):
        return _first([datetime.fromtimestamp(int(stamp[1]), UTC)], now)
    for days, clock in _split(typed):
        if (at := clock_time(clock)) is not None and (dates := _dates(days, now.astimezone(zone).date())):
            return _first([moment for day in dates for moment in moments(day, at, zone)], now)
    raise TimeError("unreadable")


def _split(typed: str) -> Iterable[tuple[str, str]]:
    """Yield (day, clock time): the day stands before or after the time, or nowhere."""
    parts = [part for part in typed.split() if part != "at"]
    for cut in (0, 1):
        yield " ".join(parts[:cut]), " ".join(parts[cut:])
    yield parts[-1] if parts else "", " ".join(parts[:-1])


def _dates(day: str, today: date) -> list[date]:
    """Return the dates that a word for a day may mean, by the calendar of the zone; none for another word."""
    if match := _DATE.fullmatch(day):
        try:
            return [date(*map(int, match.groups()))]
        except ValueError:
            return []
    weekday = weekday_of(day)
    if weekday is not None:
        next_one = today + timedelta(days=(weekday - today.weekday()) % 7)
        return [next_one, next_one + timedelta(days=7)]
    return [today + timedelta(days=each) for each in {"": (0, 1), "today": (0,), "tomorrow": (1,)}.get(day, ())]


def _first(found: Iterable[datetime], now: datetime) -> datetime:
    later = [moment for moment in found if moment > now]
    if not later:
        raise TimeError("past")
    return min(later)


def clock_time(text: str) -> time | None:
    """Read `20:00`, `20.00`, `2am`, `8:30 pm`, `noon` or `midnight`; None for another text. An hour alone is none."""
    match = _CLOCK.fullmatch(text)
    if not match:
        return _NAMED.get(text)
    hour, minute, half = int(match[1]), int(match[2] or 0), match[3]
    if (match[2] is None and not half) or (half and not 1 <= hour <= 12):
        return None
    hour = hour % 12 + 12 * (half == "p") if half else hour
    return time(hour, minute) if hour < 24 and minute < 60 else None


def weekday_of(text: str) -> int | None:
    """Return the number of the weekday that begins with this text, Monday is 0; None when it is shorter than `mon`."""
    found = (number for number, name in enumerate(WEEKDAYS) if len(text) >= 3 and name.startswith(text))
    return next(found, None)


def moments(day: date, at: time, zone: tzinfo) -> tuple[datetime, ...]:
    """Return the moments of a clock time on a day, the first one first: two where the clocks go back, or else one."""
    before, after = (
        datetime.combine(day, at, zone).replace(fold=fold).astimezone(UTC)  # the offset before or after a change
        for fold in (0, 1)
    )
    return (before, after) if before < after else (before,)
