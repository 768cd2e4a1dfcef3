"""When a game night is: its weekdays, its clock time, and the night that is on or comes next. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from gateway import times
from gateway.model import Duration
from gateway.times import WEEKDAYS, TimeError

LONGEST = timedelta(hours=20)  # so that a night of every day is over before the next, also when the clocks change
_EVERY_DAY = ("day", "daily")
_FILLERS = {"every", "on", "at", "and", "&", "+"}


@dataclass(frozen=True, slots=True)
class Every:
    """The weekdays and the clock time at which a night begins. Its text is `friday, saturday 20:00` or `day 20:00`."""

    days: tuple[int, ...]
    """Numbers of weekdays in their order; Monday is 0."""
    at: time

    @classmethod
    def parse(cls, text: str) -> Every:
        """Read `friday 20:00`, `fri, sat 8pm`, `20:00 on fridays` or `day 20:00`; raise TimeError."""
        parts = [part for part in text.lower().replace(",", " ").split() if part not in _FILLERS]
        for first, last in ((-2, None), (-1, None), (0, 2), (0, 1)):
            at = times.clock_time(" ".join(parts[first:last]))
            days = parts[:first] if last is None else parts[last:]
            if at is not None and days and (found := _days(days)):
                return cls(found, at)
        raise TimeError("unreadable")

    def __str__(self) -> str:
        days = "day" if len(self.days) == len(WEEKDAYS) else ", ".join(WEEKDAYS[day] for day in self.days)
        return f"{days} {self.at:%H:%M}"


def _days(words: list[str]) -> tuple[int, ...]:
    """Return the weekdays in their order; none when a word is no day."""
    found = set[int]()
    for word in words:
        day = times.weekday_of(word)
        day = times.weekday_of(word.removesuffix("s")) if day is None else day
        if word in _EVERY_DAY:
            found |= set(range(len(WEEKDAYS)))
        elif day is None:
            return ()
        else:
            found.add(day)
    return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class Night:
    """One night of a series."""

    start: datetime
    end: datetime

    def left(self, now: datetime) -> Duration:
        """Return what is left of it, in whole seconds."""
        return Duration(timedelta(seconds=math.ceil((self.end - now).total_seconds())))


def upcoming(every: Every, length: timedelta, now: datetime, zone: tzinfo) -> Night:
    """Return the night that is on at `now`, or else the next one.

    Of a clock time that comes twice, on the day that the clocks go back, the first is meant.
    """
    return next(night for night in _nights(every, length, now, zone) if night.end > now)


def _nights(every: Every, length: timedelta, now: datetime, zone: tzinfo) -> Iterator[Night]:
    """Yield the nights from that of the day before yesterday on: no night is longer than `LONGEST`."""
    day = now.astimezone(zone).date() - timedelta(days=2)
    while True:
        if day.weekday() in every.days:
            start = times.moments(day, every.at, zone)[0]
            yield Night(start, start + length)
        day += timedelta(days=1)
