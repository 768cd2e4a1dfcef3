"""Everybody is acknowledged before anybody is served: in a burst the work of the first would make the last wait."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CONNECTIONS = 100  # to Discord at once: a few hundred would do little but handshakes
PATIENCE_S = 1.0  # an acknowledgement that Discord itself keeps waiting holds up nobody for longer


class Reception:
    def __init__(self) -> None:
        self._count = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @contextmanager
    def acknowledging(self) -> Iterator[None]:
        """While somebody is acknowledged."""
        self._count += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._idle.set()

    async def all_acknowledged(self) -> None:
        """Wait until nobody is."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await self._idle.wait()
