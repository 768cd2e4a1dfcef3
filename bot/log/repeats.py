"""Holds back notes that repeat, so that one member cannot fill the log channel. Pure."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core import notes
from bot.core.notes import Note
from bot.core.words import Words

APART = timedelta(minutes=1)


@dataclass(slots=True)
class _Repeated:
    """What a member causes again and again. `last`: the newest note that was held back, None without any."""

    told_at: datetime
    last: Note | None = None
    count: int = 0


class Repeats:
    """The notes of the last minute. `english` tells two problems of the admin channel apart by their sentences."""

    def __init__(self, english: Words) -> None:
        self._english = english
        self._recent: dict[Hashable, _Repeated] = {}

    def is_first(self, note: Note, now: datetime) -> bool:
        """Report whether to tell the note now; otherwise it is held back and counted until `ended` returns it."""
        key = self._key(note)
        if key is None:
            return True
        known = self._recent.get(key)
        if known is None:
            self._recent[key] = _Repeated(now)
            return True
        known.last, known.count = note, known.count + 1
        return False

    def ended(self, now: datetime | None) -> list[tuple[Note, int]]:
        """Return the last note held back in each minute that is over, with their number. None: all minutes are over.

        For a note that is returned, another minute begins.
        """
        over = [key for key, one in self._recent.items() if now is None or now - one.told_at >= APART]
        repeated = [(key, self._recent.pop(key)) for key in over]
        found = [(key, one.last, one.count) for key, one in repeated if one.last]
        if now:
            self._recent |= {key: _Repeated(now) for key, _, _ in found}
        return [(last, count) for _, last, count in found]

    def _key(self, note: Note) -> Hashable:
        """Return what notes have in common that count as repeated; None for those that no member can repeat."""
        match note:
            case notes.Refused(member) | notes.TurnedAway(member) | notes.Broken(member) | notes.Undelivered(member):
                return type(note), member.id
            case notes.CannotAsk(say):
                return say(self._english)
        return None
