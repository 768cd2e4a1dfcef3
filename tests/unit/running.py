"""The gateway's real state, store and operations over a kernel in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import aiosqlite

from gateway.api.contract import Request
from gateway.config import Config
from gateway.keys import PrivateKey
from gateway.state.operations import Operations
from gateway.state.reconciler import Reconciler
from gateway.state.store import Store
from tests.unit.fakes import FakeDatabase, FakeKernel

KEY = PrivateKey.generate()


@dataclass
class Running:
    """A gateway that has started; what it did to kernel and database outlives it."""

    kernel: FakeKernel
    store: Store
    state: Reconciler
    operations: Operations

    async def ask(self, request: Request[Any]) -> Any:
        """Carry out a request, and what is tidied up after it."""
        try:
            return await self.operations.handle(request)
        finally:
            await self.state.tidied()


@asynccontextmanager
async def running(path: Path, kernel: FakeKernel, config: Config | None = None) -> AsyncIterator[Running]:
    """Start on what is at `path` and in the kernel; leaving it is like a kill, nothing is taken down."""
    config = config or Config()
    if not path.exists():
        async with Store.open(path):
            pass  # now it has its tables
    with closing(FakeDatabase(path, kernel.effects)) as database:
        store = Store(cast(aiosqlite.Connection, database))
        state = Reconciler(config, store, kernel)
        made = Running(kernel, store, state, Operations(config, KEY, store, kernel, state))
        await state.start()
        tidying = asyncio.create_task(state.tidy())
        try:
            yield made
        finally:
            tidying.cancel()
            await asyncio.wait([tidying])


def a_kernel(config: Config | None = None) -> FakeKernel:
    return FakeKernel.of(config or Config(), KEY)
