"""The gateways of all regions as one: what each mirror knows, under ids that no two regions share."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import TypeVar

from bot.core.live import Follower, Live, Mirror, View
from bot.fleet.ids import number_of
from bot.fleet.joining import place
from gateway.api.contract import Away, Status
from gateway.api.events import Event
from gateway.errors import GatewayUnreachable

R = TypeVar("R")


class ById(Mapping[int, R]):
    """The rows of all regions, each found by the number in its id. It changes as the regions' rows do."""

    def __init__(self, tables: Mapping[int, Mapping[int, R]]) -> None:
        self._tables = tables

    def __getitem__(self, ident: int) -> R:
        return self._tables[number_of(ident)][ident]

    def __iter__(self) -> Iterator[int]:
        return chain.from_iterable(self._tables.values())

    def __len__(self) -> int:
        return sum(map(len, self._tables.values()))


@dataclass(slots=True, kw_only=True)
class FleetView(View):
    """The regions that are there. What no region has for itself is that of the first."""

    parts: Mapping[int, View]
    """The view of each region, by its number; at least one."""
    away: Collection[int]
    """The numbers of the other regions."""

    @classmethod
    def joined(cls, parts: Mapping[int, View], away: Collection[int]) -> FleetView:
        first = next(iter(parts.values()))
        views = parts.values()
        return cls(
            own=replace(
                first.own,
                problems=tuple(problem for view in views for problem in view.own.problems),
                places=tuple(place(view.region, view.own) for view in views),
            ),
            peers=ById({number: view.peers for number, view in parts.items()}),
            forwards=ById({number: view.forwards for number, view in parts.items()}),
            guests=frozenset().union(*(view.guests for view in views)),
            policy=first.policy,
            newest_entry=first.newest_entry,
            at=max(view.at for view in views),
            parts=parts,
            away=away,
        )

    @property
    def each(self) -> Sequence[View]:
        return tuple(self.parts.values())

    def of(self, ident: int) -> View | None:
        """Return the view of the region. One that has left the fleet has nothing any more."""
        number = number_of(ident)
        if number in self.parts or number in self.away:
            return self.parts.get(number)
        first = next(iter(self.parts.values()))
        return replace(first, own=replace(self.own, problems=()), peers={}, forwards={}, region="", has_left=True)

    def about(self, forwards: Iterable[int]) -> Status:
        """Return the forwards and their devices, which are all in one region, with what that region has for itself."""
        ids = list(forwards)
        part = self.of(ids[0]) if ids else None
        return part.about(ids) if part else replace(self.own, at=self.at)


class Mirrors(Mirror):
    """The mirrors of all regions. Regions may come and leave."""

    def __init__(self) -> None:
        super().__init__()
        self._lives: dict[int, Live] = {}  # by the region's number
        self._relays: dict[int, Follower] = {}
        self._changed = asyncio.Event()

    def set(self, lives: Mapping[int, Live]) -> None:
        """Follow these mirrors, and no other any more."""
        self._lives = dict(lives)
        self._relays = {number: live.hand_to(_Relay(self)) for number, live in lives.items()}
        self._pass_on((), is_anew=True)

    def _pass_on(self, events: tuple[Event, ...], *, is_anew: bool) -> None:
        self._changed.set()
        self._tell(events, is_anew=is_anew)

    @property
    def view(self) -> FleetView | None:
        parts = {number: view for number, live in self._lives.items() if (view := live.view)}
        return FleetView.joined(parts, self._lives.keys() - parts.keys()) if parts else None

    async def there(self) -> View:
        while (view := self.view) is None:
            self._changed.clear()
            await self._changed.wait()
        return view

    @property
    def away(self) -> Sequence[Away]:
        return tuple(away for live in self._lives.values() for away in live.away)

    @property
    def away_since(self) -> datetime | None:
        away = self.away
        return max(each.since for each in away) if len(away) == len(self._lives) and away else None

    @property
    def reason(self) -> str:
        return next((live.reason for live in self._lives.values() if live.away), GatewayUnreachable.code)


class _Relay(Follower):
    """Hands what one region tells to the followers of all."""

    def __init__(self, mirrors: Mirrors) -> None:
        super().__init__()
        self._mirrors = mirrors

    def put(self, events: tuple[Event, ...], *, is_anew: bool = False) -> None:
        self._mirrors._pass_on(events, is_anew=is_anew)
