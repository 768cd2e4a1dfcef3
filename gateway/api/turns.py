"""The order in which requests are carried out: root's at once, those of other users in turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.api.contract import Caller

_AT_ONCE = 2  # requests of all other users together: one is read or answered while another waits for the disk


class Turns:
    """The turns of all callers. A request of another user begins only while none of root's is under way.

    So root waits for what has begun, and never for a queue.
    """

    def __init__(self) -> None:
        self._others = asyncio.Semaphore(_AT_ONCE)
        self._trusted = 0  # requests under way
        self._is_free = asyncio.Event()
        self._is_free.set()

    @asynccontextmanager
    async def of(self, caller: Caller) -> AsyncIterator[None]:
        """Enter when it is the caller's turn; leave when its request is answered."""
        if not caller.is_trusted:
            async with self._others:
                while self._trusted:
                    await self._is_free.wait()
                yield
            return
        self._trusted += 1
        self._is_free.clear()
        try:
            yield
        finally:
            self._trusted -= 1
            if not self._trusted:
                self._is_free.set()
