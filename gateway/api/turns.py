"""The order in which requests are carried out: root's at once, those of other users in turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.api.contract import Caller

_AT_ONCE = 2  # requests of all other users together: one is read or answered while another waits for the disk


class Turns:
    """The turns of all callers. Another user's request is read and begins only while none of root's is under way.

    So root waits for what has begun, and never for a queue.
    """

    def __init__(self) -> None:
        self._others = asyncio.Semaphore(_AT_ONCE)
        self._trusted = set[object]()  # connections and requests of root under way
        self._is_free = asyncio.Event()
        self._is_free.set()

    @asynccontextmanager
    async def of(self, caller: Caller) -> AsyncIterator[None]:
        """Enter when it is the caller's turn; leave when its request is answered."""
        if not caller.is_trusted:
            async with self._others:
                await self.pause(caller)
                yield
            return
        request = object()
        self.arrive(request)
        try:
            yield
        finally:
            self.leave(request)

    def arrive(self, what: object) -> None:
        """Let others wait until `leave`, because `what` is root's."""
        self._trusted.add(what)
        self._is_free.clear()

    def leave(self, what: object) -> None:
        self._trusted.discard(what)
        if not self._trusted:
            self._is_free.set()

    async def pause(self, caller: Caller) -> None:
        """Give other tasks a turn of the loop, and root's requests as many as they need."""
        await asyncio.sleep(0)
        while self._trusted and not caller.is_trusted:
            await self._is_free.wait()
