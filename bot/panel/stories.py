"""Decides what is worth a post: pure, fed with one look after the other.

What lasts less than `BLIP` is never told, and nothing is told twice. A player that leaves after a second is often a
program that searches the Internet for servers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.config import PostKind
from bot.panel.overview import Match

BLIP = timedelta(minutes=1)
LOST = timedelta(minutes=4)  # of silence of a game and its device: one that is lost counts as away by then
RECENT = timedelta(minutes=5)  # a device counts as away 3 minutes after it fell silent, and its players leave meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Something to tell about a match. `players`: how many were on when the host's device was lost."""

    kind: PostKind
    match: Match
    since: datetime
    players: int = 0


@dataclass(slots=True)
class _Story:
    """What is known of one match."""

    told: set[PostKind] = field(default_factory=set)
    since: dict[PostKind, datetime] = field(default_factory=dict)
    """Since when each kind is so."""
    recent: list[tuple[datetime, int]] = field(default_factory=list)
    """The players of the last looks while the device was online."""
    has_answered: bool = False


class Stories:
    """The stories of all open matches."""

    def __init__(self) -> None:
        self._stories: dict[int, _Story] | None = None

    def look(self, matches: Iterable[Match], now: datetime) -> list[Post]:
        """Return what is to be posted after this look. What the first look finds is not new."""
        is_first, before = self._stories is None, self._stories or {}
        self._stories = {match.id: before.get(match.id) or _Story() for match in matches}
        posts = []
        for match in matches:
            story = self._stories[match.id]
            for kind, holds, players, pause in self._find(story, match, now):
                if not holds:
                    story.since.pop(kind, None)
                    if kind in (PostKind.OFFLINE, PostKind.SILENT):
                        story.told.discard(kind)  # the next time is another event
                    continue
                since = story.since.setdefault(kind, match.since if kind is PostKind.HOSTING else now)
                if is_first and (kind is not PostKind.HOSTING or now - since >= BLIP):
                    story.told.add(kind)
                if now - since >= pause and kind not in story.told:
                    story.told.add(kind)
                    posts.append(Post(kind=kind, match=match, since=since, players=players))
        return posts

    def _find(self, story: _Story, match: Match, now: datetime) -> Iterator[tuple[PostKind, bool, int, timedelta]]:
        """Yield for each kind whether it is so now, the number of players it is about, and how long it must last."""
        if match.is_online:
            story.recent = [each for each in story.recent if now - each[0] <= RECENT] + [(now, match.players)]
            story.has_answered |= match.answers is True
        lost = max((players for _, players in story.recent), default=0)
        is_silent = match.is_online and match.answers is False and story.has_answered
        yield PostKind.HOSTING, True, 0, BLIP
        yield PostKind.FIRST_PLAYER, match.players > 0, 0, BLIP
        yield PostKind.OFFLINE, not match.is_online and lost > 0, lost, BLIP
        yield PostKind.SILENT, is_silent, 0, BLIP if match.is_device_there else LOST
