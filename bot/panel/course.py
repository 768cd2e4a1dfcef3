"""How many players each match had in the last hours, and a picture of it in block characters. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.panel.overview import Match

SLOT_S = 900  # one character of the picture
SHOWN = 12  # characters: three hours
BLOCKS = "▁▂▃▅▇"
UNKNOWN = "·"


@dataclass(frozen=True, slots=True)
class Sample:
    """The most players in one slot of time; `slot` is its number since 1970."""

    slot: int
    players: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The players of one match over time. It names no member."""

    match: int
    """The match's id."""
    most: int = 0
    """The most players since the match began."""
    samples: tuple[Sample, ...] = ()
    """The last `SHOWN`, oldest first; a slot in which the bot was away has none."""


def slot_of(at: datetime) -> int:
    return int(at.timestamp() // SLOT_S)


def go_on(courses: Iterable[Course], matches: Iterable[Match], at: datetime) -> tuple[Course, ...]:
    """Return the courses of these matches after a look at `at`. Those of matches that have ended are left out."""
    known = {course.match: course for course in courses}
    return tuple(_seen(known.get(match.id) or Course(match=match.id), match.players, slot_of(at)) for match in matches)


def _seen(course: Course, players: int, slot: int) -> Course:
    before = [sample for sample in course.samples if slot - SHOWN < sample.slot < slot]
    now = max([players, *(sample.players for sample in course.samples if sample.slot == slot)])
    return replace(course, most=max(course.most, players), samples=(*before, Sample(slot, now)))


def picture(course: Course | None) -> str:
    """Return the course as `▁▂▅▇`, ending with the present slot. It is empty without two slots or a player."""
    if course is None or len(course.samples) < 2 or not any(sample.players for sample in course.samples):
        return ""
    players = {sample.slot: sample.players for sample in course.samples}
    slots = range(course.samples[0].slot, course.samples[-1].slot + 1)
    return _blocks([players.get(slot) for slot in slots])


def _blocks(values: Sequence[int | None]) -> str:
    most = max(value or 0 for value in values)
    steps = len(BLOCKS) - 1
    return "".join(UNKNOWN if value is None else BLOCKS[-(-value * steps // most)] for value in values)
