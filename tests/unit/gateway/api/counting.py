"""A subscription for tests, because the gateway has none yet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, ClassVar

from gateway.api.contract import AuditPage, Caller, Request, Subscription
from gateway.errors import AdminsOnly


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(Subscription[AuditPage]):
    """A subscription that is answered once for each `Counter.add`."""

    operation: ClassVar[str] = "count"


class Counter:
    def __init__(self) -> None:
        self.opened, self.closed = asyncio.Event(), asyncio.Event()
        self.given = 0
        self._news: asyncio.Queue[Exception | None] = asyncio.Queue()

    def add(self, error: Exception | None = None) -> None:
        self._news.put_nowait(error)

    async def handle(self, caller: Caller, request: Request[Any]) -> object:
        if not request.actor.is_admin:
            raise AdminsOnly
        return self._answers()

    async def _answers(self) -> AsyncGenerator[AuditPage, None]:
        self.opened.set()
        try:
            while True:
                if error := await self._news.get():
                    raise error
                self.given += 1
                yield AuditPage(entries=())
        finally:
            self.closed.set()
