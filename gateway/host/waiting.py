"""The wait at the start for what a host gets by itself: an interface, a default route, an address."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress

from gateway.errors import GatewayWaiting
from gateway.host.notify import notify
from gateway.host.surroundings import Lookout

log = logging.getLogger(__name__)

LOOK_S = 3.0  # seconds between looks, because some changes send no notice
CALM_S = 0.1  # collects a burst of notices
SAID_S = 60.0  # seconds between two lines that say the same


class Wait:
    """The wait for what `error` says that the host lacks. systemd is told as well, or the unit would time out."""

    def __init__(self, lookout: Lookout, error: GatewayWaiting) -> None:
        self._lookout = lookout
        self._said, self._said_at = "", 0.0
        self.error = error

    async def over(self, notices: AsyncIterator[str], stop: asyncio.Event) -> None:
        """Return when the host lacks nothing any more, or when `stop` is set."""
        woken = asyncio.Event()

        async def wake_at_notices() -> None:
            async for _ in notices:
                woken.set()

        async def wake_at_stop() -> None:
            await stop.wait()
            woken.set()

        async with asyncio.TaskGroup() as tasks:
            waking = [tasks.create_task(wake_at_notices()), tasks.create_task(wake_at_stop())]
            lacking: GatewayWaiting | None = self.error
            while lacking and not stop.is_set():
                self._tell(lacking)
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await woken.wait()
                        await asyncio.sleep(0 if stop.is_set() else CALM_S)
                woken.clear()
                lacking = await self._lookout.lacks()
            for task in waking:
                task.cancel()

    def _tell(self, error: GatewayWaiting) -> None:
        """Say what is lacking: when it is something else, and each minute."""
        self.error, text, now = error, str(error), asyncio.get_running_loop().time()
        if text != self._said or now >= self._said_at + SAID_S:
            self._said, self._said_at = text, now
            log.warning("%s", text)
            notify("READY=1", f"STATUS={text}")
