"""The watchers of the event stream. See gateway/api/events.py for what each gets."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress

from gateway.api.events import ALIVE_S, Event, News, Snapshot
from gateway.errors import TooManyWatchers

MOST_WAITING = 2000  # events; a watcher with more gets a snapshot
EACH = 8  # watchers of one system user; the bot is one


class Watchers:
    """All watchers. `tell` never waits: each watcher has a queue of its own, and one that is too slow loses it."""

    def __init__(self) -> None:
        self._queues = dict[_Queue, int]()  # with the system user's id

    def __bool__(self) -> bool:
        """Report whether there is a watcher, because some events cost something to make."""
        return bool(self._queues)

    def tell(self, *events: Event) -> None:
        for queue in self._queues:
            queue.put(events)

    async def follow(self, uid: int, snapshot: Callable[[], Awaitable[Snapshot]]) -> AsyncGenerator[News, None]:
        """Yield the lines of a subscription. `snapshot` may take its time: what happens meanwhile comes after it.

        Raise TooManyWatchers when this user has `EACH` already.
        """
        if list(self._queues.values()).count(uid) >= EACH:
            raise TooManyWatchers(limit=EACH)
        queue, number = _Queue(), 0
        self._queues[queue] = uid
        try:
            while True:
                if queue.is_torn:
                    queue.begin()
                    news = News(number=number, snapshot=await snapshot())
                else:
                    news = News(number=number, events=await queue.take())
                yield news
                number += 1
        finally:
            del self._queues[queue]


class _Queue:
    """What waits for one watcher. It is torn when something is missing, as at the beginning."""

    def __init__(self) -> None:
        self._events = deque[Event]()
        self._filled = asyncio.Event()
        self.is_torn = True

    def begin(self) -> None:
        """Take events from now on."""
        self.is_torn = False
        self._events.clear()

    def put(self, events: tuple[Event, ...]) -> None:
        if self.is_torn:
            return
        self._events.extend(events)
        if len(self._events) > MOST_WAITING:
            self.is_torn = True
            self._events.clear()
        self._filled.set()

    async def take(self) -> tuple[Event, ...]:
        """Return what waits, once something does; nothing after `ALIVE_S`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ALIVE_S):
                await self._filled.wait()
        self._filled.clear()
        taken = tuple(self._events)
        self._events.clear()
        return taken
