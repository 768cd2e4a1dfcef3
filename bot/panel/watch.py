"""Knows what there is to tell: the gateway as the stream tells it, and what game servers say of themselves."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from weakref import WeakSet

import aiosqlite

from bot.access.requests import Ledger
from bot.core.context import Context
from bot.core.live import Follower, View
from bot.matches.servers import Servers
from bot.panel.overview import Overview, joined, overview_of
from gateway.api.contract import ForwardInfo
from gateway.api.events import Event

log = logging.getLogger(__name__)

AWAY = timedelta(minutes=1)  # a gateway that is away for less is not worth an edit


class Watch:
    """What is shown by the live message, the posts and the presence. `begin` has the games of all matches asked."""

    def __init__(self, context: Context, servers: Servers) -> None:
        self._context, self._servers = context, servers
        self._ledger = Ledger(context.memory)
        self._traffic: dict[str, float] = {}  # by region
        self._last: Overview | None = None
        self._is_needed = False
        self._followers = WeakSet[Follower]()
        servers.want(self._shown, self._heard)

    def begin(self) -> None:
        """Have the game servers of all open matches asked from now on."""
        self._is_needed = True
        self._servers.look_again()

    def follow(self) -> Follower:
        """Return a follower of the gateway that also has a turn when a game server says something else."""
        follower = self._context.live.follow()
        self._followers.add(follower)
        return follower

    def _shown(self, view: View) -> list[ForwardInfo]:
        return [row.forward for row in view.forwards.values()] if self._is_needed else []

    def _heard(self) -> None:
        for follower in self._followers:
            follower.wake()

    def take(self, events: Iterable[Event]) -> None:
        """Take in the throughput, which the mirror of the gateway does not keep."""
        for event in events:
            if event.traffic:
                self._traffic[event.traffic.region] = event.traffic.rx + event.traffic.tx

    async def overview(self) -> Overview | None:
        """Return what there is now, or what there was before the gateway went away; None when it never was there."""
        live = self._context.live
        if view := live.view:
            requests, forwards = await self._requests(), [row.forward for row in view.forwards.values()]
            told = {each.id: said for each in forwards if (said := self._servers.told((each,)))}
            parts = [
                overview_of(part.status(), told, traffic=self._traffic.get(part.region), requests=requests)
                for part in view.each
            ]
            # What was open in a region that is away goes on there.
            before = self._last.matches if self._last else ()
            now, away = self._context.clock(), {each.region for each in live.away}
            kept = [match for match in before if match.forwards[0].region in away]
            gone = [each for each in live.away if now - each.since >= AWAY]
            self._last = joined(parts, kept, gone) if view.each[0].region else parts[0]
        elif live.away_since:
            return replace(self._last or Overview(), away_since=live.away_since, requests=await self._requests())
        return self._last

    async def _requests(self) -> int:
        try:
            return len(await self._ledger.waiting())
        except aiosqlite.Error as error:
            log.warning("the requests that wait are not counted: %s", error)
            return 0
