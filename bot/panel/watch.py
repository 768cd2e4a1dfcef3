"""Knows what there is to tell: the gateway as the stream tells it, and what game servers say of themselves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import Never

import aiosqlite

from bot.access.requests import Ledger
from bot.core.context import Context
from bot.core.service import repeat
from bot.games.probe import Outcome, Prober, query_of
from bot.panel.overview import Overview, Told, overview_of
from gateway.api.contract import ForwardStatus, PeerStatus
from gateway.api.events import Event

log = logging.getLogger(__name__)

ASK_S = 15.0  # between two questions to a game server


class Watch:
    """The service that asks the game servers of all open matches, once their answers are shown anywhere."""

    def __init__(self, context: Context, prober: Prober) -> None:
        self._context, self._prober = context, prober
        self._ledger = Ledger(context.memory)
        self._told: dict[int, Told] = {}
        self._traffic: float | None = None
        self._last: Overview | None = None
        self._is_needed = asyncio.Event()

    async def run(self) -> Never:
        await self._is_needed.wait()
        await repeat(self._ask_all, "asking game servers", otherwise_s=ASK_S)

    def begin(self) -> None:
        """Ask game servers from now on."""
        self._is_needed.set()

    def take(self, events: Iterable[Event]) -> None:
        """Take in the throughput, which the mirror of the gateway does not keep."""
        for event in events:
            if event.traffic:
                self._traffic = event.traffic.rx + event.traffic.tx

    async def overview(self) -> Overview | None:
        """Return what there is now, or what there was before the gateway went away; None when it never was there."""
        live = self._context.live
        if view := live.view:
            requests = await self._requests()
            self._last = overview_of(view.status(), self._told, traffic=self._traffic, requests=requests)
        elif live.away_since:
            return replace(self._last or Overview(), away_since=live.away_since, requests=await self._requests())
        return self._last

    async def _requests(self) -> int:
        try:
            return len(await self._ledger.waiting())
        except aiosqlite.Error as error:
            log.warning("the requests that wait are not counted: %s", error)
            return 0

    async def _ask_all(self) -> float:
        view = await self._context.live.there()
        connected = {row.peer.id: row for row in view.peers.values() if row.connected and not row.peer.suspended_at}
        asked = [(row, connected[row.forward.peer_id]) for row in view.forwards.values() if _is_asked(row, connected)]
        async with asyncio.TaskGroup() as tasks:
            for forward, device in asked:
                tasks.create_task(self._ask(forward, device))
        kept = {row.forward.id for row, _ in asked}
        self._told = {key: told for key, told in self._told.items() if key in kept}
        return ASK_S

    async def _ask(self, row: ForwardStatus, device: PeerStatus) -> None:
        query = query_of(row.forward)
        assert query
        answer, before = await self._prober.ask(device.peer.ipv4, query), self._told.get(row.forward.id)
        # A game that was silent from the beginning may be one with its queries switched off.
        if answer.outcome is not Outcome.SILENT or before:
            answers = answer.outcome is Outcome.ANSWERED
            self._told[row.forward.id] = Told(answers=answers, players=answer.players, slots=answer.max_players)


def _is_asked(row: ForwardStatus, connected: dict[int, PeerStatus]) -> bool:
    return row.forward.peer_id in connected and query_of(row.forward) is not None
