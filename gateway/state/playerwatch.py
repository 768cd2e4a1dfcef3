"""The watch over players: conntrack's notices and looks at it go in, and what happens at forwards comes out.

Notices tell nearly everything. A look finds what they leave out: flows from before the gateway, and how long players
over UDP have been silent. It also follows a loss of notices, and replaces them where the host has switched them off.
There is no look while no flow is open and notices come.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice
from socket import IPPROTO_TCP
from typing import TypeVar

from gateway.api.events import Player
from gateway.errors import GatewayError
from gateway.model import Desired, Forward
from gateway.nftables.forwarded import Missed, Notice, Seen, Settings
from gateway.state.players import LOOK_S, Count, End, Happened, Moment, Players

log = logging.getLogger(__name__)
T = TypeVar("T")

SPARSE_S = 60.0  # between two looks while every open flow tells of its end itself
AGAIN_S = 1.0  # between two looks at least, also after a failure
SETTINGS_S = 10.0  # between two reads of the host's settings
_AT_ONCE = 100  # flows in one step of the loop


class PlayerWatch:
    """The players at all forwards. `changed` is called with what happens, in order, once the counts are so.

    `look` returns the flows from outside to the forwards in these slots, by id. `used` returns those of these slots
    that packets have come to before.
    """

    def __init__(
        self,
        desired: Callable[[], Desired],
        look: Callable[[Collection[int]], Awaitable[Mapping[int, Seen]]],
        used: Callable[[Sequence[int]], Awaitable[Collection[int]]],
        settings: Callable[[], Settings],
        now: Callable[[], datetime],
        uptime: Callable[[], float],
        changed: Callable[[Sequence[Happened]], None],
    ) -> None:
        self._desired, self._look, self._used, self._settings = desired, look, used, settings
        self._now, self._uptime = now, uptime
        self._changed = changed
        self.looks = 0  # so far
        self._players = Players()
        self._forwards: Mapping[int, Forward] = {}  # the open ones that the players are kept for
        self._looked_at = float("-inf")
        self._is_new = True  # no look succeeded yet
        self._is_torn = False  # notices are missing
        self._has_news = asyncio.Event()  # for the looks
        self._is_due = asyncio.Event()  # for the judge

    def count(self, forward: Forward) -> Count:
        self._fit()
        return self._players.count(forward.slot)

    def since(self, forward: Forward) -> dict[End, datetime]:
        self._fit()
        return self._players.since(forward.slot, self._moment())

    def players(self, forward: Forward) -> Iterator[Player]:
        self._fit()
        return self._players.players(forward.slot)

    async def start(self) -> None:
        """Look for the first time. The notices have to begin before, and wait."""
        await self._take_first()
        await self._try_look(self._settings())

    async def run(self, notices: AsyncIterator[Notice]) -> None:
        """Watch until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._note_all(notices))
            tasks.create_task(self._keep_judging())
            await self._keep_looking()

    async def _take_first(self) -> None:
        """Take the forwards of now. Those that were used before have had their first player."""
        forwards = self._desired().active.forwards
        try:
            used = set(await self._used([forward.slot for forward in forwards.values()]))
        except (OSError, GatewayError) as error:
            log.warning("it cannot be told which forwards had players before: %s", error)
            used = set()
        self._players.had_player = {forward.id for forward in forwards.values() if forward.slot in used}
        self._fit()

    def _fit(self) -> None:
        """Follow the forwards, which another change may have opened or closed."""
        forwards = self._desired().active.forwards
        if forwards is not self._forwards:
            self._forwards = forwards
            self._players.keep({forward.slot: forward.id for forward in forwards.values()})
            self._has_news.set()

    async def _note_all(self, notices: AsyncIterator[Notice]) -> None:
        async for notice in notices:
            self._fit()
            if isinstance(notice, Missed):
                self._is_torn = True
            else:
                self._players.notice(notice, self._moment())
                self._tell()
            self._has_news.set()
            self._is_due.set()

    async def _keep_judging(self) -> None:
        """Let time pass for the flows that it changes."""
        while True:
            self._is_due.clear()
            due = self._players.due
            if due is None or due > self._uptime():
                await _wait(self._is_due, None if due is None else due - self._uptime())
            self._players.pass_time(self._moment())
            self._tell()
            await asyncio.sleep(0)

    async def _keep_looking(self) -> None:
        while True:
            self._has_news.clear()
            self._fit()
            settings = self._settings()
            self._players.tells_of_old_flows = settings.events == "1"
            since = self._uptime() - self._looked_at
            if since >= (pause := self._pause(settings)):
                await self._try_look(settings)
            else:
                await self._rest(min(pause - since, SETTINGS_S))

    async def _try_look(self, settings: Settings) -> None:
        self._looked_at = self._uptime()
        try:
            await self._look_once(settings)
        except OSError as error:
            self._is_torn = True
            log.warning("the flows of forwards could not be read, trying again: %s", error)

    async def _rest(self, longest_s: float) -> None:
        """Wait for a reason to look earlier, at most so long. Notices that come closely together are one reason."""
        await _wait(self._has_news, longest_s)
        with suppress(TimeoutError):
            async with asyncio.timeout(min(longest_s, AGAIN_S)):
                while not self._is_torn:
                    self._has_news.clear()
                    await self._has_news.wait()

    def _pause(self, settings: Settings) -> float:
        """Return the seconds between two looks."""
        if self._is_torn:
            return AGAIN_S
        if not self._forwards:
            return float("inf")
        if settings.events == "0" or self._players.unheard:
            return LOOK_S
        return SPARSE_S if self._players.ids else float("inf")

    async def _look_once(self, settings: Settings) -> None:
        """Compare with conntrack, in steps that other tasks may come between."""
        is_first = self._is_new
        self._is_torn = False
        self.looks += 1
        self._players.begin_look()
        try:
            found = await self._look([forward.slot for forward in self._forwards.values()])
            for batch in _batches(found.values()):
                self._fit()
                for seen in batch:
                    idle_s = _idle_s(seen, settings)
                    self._players.looked_at(seen, idle_s, self._moment(), is_first=is_first)
                await self._step()
            for ids in _batches([key for key in self._players.ids if key not in found]):
                self._fit()
                for key in ids:
                    self._players.not_found(key, self._moment())
                await self._step()
            self._is_new = False
        finally:
            self._players.end_look()
        await self._step()

    async def _step(self) -> None:
        self._tell()
        self._is_due.set()
        await asyncio.sleep(0)

    def _moment(self) -> Moment:
        return Moment(self._uptime(), self._now())

    def _tell(self) -> None:
        if happened := self._players.take():
            self._changed(happened)


def _idle_s(seen: Seen, settings: Settings) -> float:
    """Return since when no packet came; the kernel tells whole seconds, rounded down, until it forgets the flow."""
    if seen.protocol == IPPROTO_TCP:
        return 0.0
    full_s = settings.udp_stream_s if seen.is_assured else settings.udp_s
    return max(0.0, full_s - seen.left_s - 1.0)


async def _wait(event: asyncio.Event, longest_s: float | None) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(longest_s):
            await event.wait()


def _batches(items: Collection[T]) -> Iterator[list[T]]:
    left = iter(items)
    while batch := list(islice(left, _AT_ONCE)):
        yield batch
