"""The background work that no request starts: repairs of what other programs break, and the end of what is over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime

from gateway.backoff import delays
from gateway.errors import GatewayError
from gateway.host import notices
from gateway.model import Difference
from gateway.state.changes import Changes
from gateway.state.looks import Looks
from gateway.state.reconciler import Reconciler
from gateway.state.watchers import Watchers

log = logging.getLogger(__name__)

LOOK_S = 30  # seconds between looks at everything, in case a notice was lost, and at the clock, which may be set
SETTINGS_S = 0.5  # seconds between looks at what is borrowed, because few settings send a notice; each takes 0.4 ms
TUNNEL_S = 0.25  # seconds between looks at WireGuard, which sends no notice: of a handshake, of what wg(8) changed
CALM_S = 0.25  # collects a burst of notices, and keeps two programs from fighting at full speed
RETRY_S, SELDOM_S = 2, 300  # seconds from the first repair that left something to the next one, and at most later
PRUNE_S = 3600
AGAIN_S = 5
ENDPOINTS_S = 60
COUNT_S = 10
SPARING = 200  # times the length of a look at WireGuard's peers until the next


async def keep_expiring(changes: Changes, changed: asyncio.Event) -> None:
    """Remove peers and forwards at their end, until cancelled. `changed` announces a change of the ends."""
    while True:
        changed.clear()
        try:
            end = await changes.expire()
        except (OSError, GatewayError) as error:
            log.error("what has expired could not be removed, trying again: %s", error)
            await asyncio.sleep(RETRY_S)
            continue
        # The waits are short, because the clock may be set and asyncio's clock stops while the machine sleeps.
        wait_s = None if end is None else min(LOOK_S, max(0.0, (end - datetime.now(UTC)).total_seconds()))
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await changed.wait()


async def keep_pruning(changes: Changes) -> None:
    """Delete what is kept for no longer, at the start and every `PRUNE_S`, until cancelled."""
    while True:
        try:
            await changes.prune()
        except GatewayError as error:
            log.error("what is kept for no longer could not be deleted, trying again later: %s", error)
        await asyncio.sleep(PRUNE_S)


async def keep_counting(looks: Looks, watchers: Watchers) -> None:
    """Look at the numbers of forwards every `COUNT_S` while there are watchers, until cancelled."""
    while True:
        await asyncio.sleep(COUNT_S)
        try:
            if watchers:
                await looks.count()
        except (OSError, GatewayError) as error:
            log.warning("the numbers of forwards could not be read, trying again: %s", error)


async def keep_endpoints(reconciler: Reconciler) -> None:
    """Write down where devices are every `ENDPOINTS_S`, until cancelled. A change of a place is worth no write."""
    while True:
        await asyncio.sleep(ENDPOINTS_S)
        try:
            await reconciler.save_endpoints()
        except GatewayError as error:
            log.warning("where devices are could not be written down, trying again: %s", error)


class Repairs:
    """The repairs. A notice is the reason for one: what another program changed of ours or around the gateway."""

    def __init__(self, reconciler: Reconciler) -> None:
        self._reconciler = reconciler
        self._reasons: dict[str, None] = {}
        self._pauses = delays(RETRY_S, SELDOM_S)
        self._broken, self._moved, self._doubted = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def note(self, reason: str) -> None:
        """Take a notice, for the next repair or the next look at the uplinks."""
        if wakes := {notices.SURROUNDINGS: self._moved, notices.DOUBT: self._doubted}.get(reason):
            wakes.set()
            return
        self._reasons[reason] = None
        self._broken.set()

    async def note_all(self, reasons: AsyncIterator[str]) -> None:
        async for reason in reasons:
            self.note(reason)

    async def look_now_and_then(self) -> None:
        """Look for drift every `LOOK_S`, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            self.note(notices.SURROUNDINGS)  # because a host name may resolve to another address by now
            await self._look(self._reconciler.drift)

    async def look_when_in_doubt(self) -> None:
        """Look for drift after a notice that something is not what it was, until cancelled."""
        while True:
            await self._doubted.wait()
            self._doubted.clear()
            await self._look(self._reconciler.drift)
            await asyncio.sleep(CALM_S)

    async def look_at_settings(self) -> None:
        """Look at what is borrowed every `SETTINGS_S`, until cancelled."""
        while True:
            await asyncio.sleep(SETTINGS_S)
            await self._look(self._reconciler.settings_drift)

    async def look_at_tunnel(self) -> None:
        """Look at WireGuard's peers, until cancelled: every `TUNNEL_S`, and less often where a look takes longer.

        A look at 1,000 peers takes some hundredth of a second. The quicker one of two looks counts, because a machine
        that is busy for a moment makes one slow.
        """
        clock, took_s, before_s = asyncio.get_running_loop().time, 0.0, 0.0
        while True:
            await asyncio.sleep(max(TUNNEL_S, SPARING * min(took_s, before_s)))
            began, before_s = clock(), took_s
            await self._look(self._reconciler.tunnel_drift)
            took_s = clock() - began

    async def _look(self, look: Callable[[], Awaitable[frozenset[str]]]) -> None:
        try:
            found = await look()
        except (OSError, GatewayError) as error:
            found = frozenset([Difference.DRIFT])
            if not found <= self._reconciler.stuck:
                log.warning("cannot look for drift: %s", error)
        for difference in sorted(found - self._reconciler.stuck):
            self.note(difference)

    async def keep_repairing(self) -> None:
        """Repair at once, because packets go astray meanwhile, and then pause for `CALM_S`; until cancelled.

        What a repair leaves as it was is tried again with ever longer pauses.
        """
        while True:
            stuck = self._reconciler.stuck
            with suppress(TimeoutError):
                async with asyncio.timeout(next(self._pauses) if stuck else None):
                    await self._broken.wait()
            self._broken.clear()
            reasons, self._reasons = self._reasons or dict.fromkeys(sorted(stuck)), {}
            try:
                await self._reconciler.repair(*reasons)
            except (OSError, GatewayError) as error:
                log.error("making things match again failed, trying once more: %s", error)
            if self._reconciler.stuck != stuck:
                self._pauses = delays(RETRY_S, SELDOM_S)
            await asyncio.sleep(CALM_S)

    async def keep_following(self) -> None:
        """Follow the uplinks, until cancelled. Wait `CALM_S` first: an address change is a removal and an addition.

        No notice says that a name resolves by now, so what is waited for is looked for every `AGAIN_S`.
        """
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(AGAIN_S if self._reconciler.is_waiting else None):
                    await self._moved.wait()
            await asyncio.sleep(CALM_S)
            self._moved.clear()
            try:
                await self._reconciler.follow()
            except (OSError, GatewayError) as error:
                log.error("following the uplinks failed, repairing: %s", error)
                self.note(Difference.UPLINKS)
