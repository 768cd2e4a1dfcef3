"""What happens without a request: repairs of what other programs break, and the end of what has expired."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from datetime import UTC, datetime

from gateway.errors import GatewayError
from gateway.host import link
from gateway.state.operations import Operations
from gateway.state.reconciler import Reconciler

log = logging.getLogger(__name__)

LOOK_S = 30  # for drift that sends no notice: peers changed by wg(8), a sysctl written
CALM_S = 0.25  # collects a burst of notices, and keeps two programs from fighting at full speed
RETRY_S = 2


async def keep_expiring(operations: Operations, changed: asyncio.Event) -> None:
    while True:
        changed.clear()
        try:
            end = await operations.expire()
        except (OSError, GatewayError) as error:
            log.error("what has expired could not be removed, trying again: %s", error)
            await asyncio.sleep(RETRY_S)
            continue
        # In short turns: the clock may be set, and a machine that sleeps does not count what asyncio waits for.
        wait_s = None if end is None else min(LOOK_S, max(0.0, (end - datetime.now(UTC)).total_seconds()))
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await changed.wait()


class Repairs:
    """Turns notices of what others did to our things, and to what is around them, into repairs."""

    def __init__(self, reconciler: Reconciler) -> None:
        self._reconciler = reconciler
        self._reasons: dict[str, None] = {}
        self._broken, self._moved = asyncio.Event(), asyncio.Event()

    def note(self, reason: str) -> None:
        if reason == link.SURROUNDINGS:
            self._moved.set()
            return
        self._reasons[reason] = None
        self._broken.set()

    async def note_all(self, reasons: AsyncIterator[str]) -> None:
        async for reason in reasons:
            self.note(reason)

    async def look_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            self.note(link.SURROUNDINGS)  # a host name may have moved
            try:
                if await self._reconciler.has_drifted():
                    self.note("drift")
            except (OSError, GatewayError) as error:
                log.warning("cannot look for drift: %s", error)
                self.note("drift")

    async def keep_repairing(self) -> None:
        """At once, as every packet meanwhile goes astray, and then no more for a moment."""
        while True:
            await self._broken.wait()
            self._broken.clear()
            reasons, self._reasons = ", ".join(self._reasons), {}
            await self._try(self._reconciler.repair(reasons), reasons)
            await asyncio.sleep(CALM_S)

    async def keep_following(self) -> None:
        """After a moment, in which what belongs together happens: the old address goes, and the new one comes."""
        while True:
            await self._moved.wait()
            await asyncio.sleep(CALM_S)
            self._moved.clear()
            await self._try(self._reconciler.follow(), "a failed repair")

    async def _try(self, work: Awaitable[object], again: str) -> None:
        try:
            await work
        except (OSError, GatewayError) as error:
            log.error("making things match again failed, trying once more: %s", error)
            await asyncio.sleep(RETRY_S)
            self.note(again)
