"""When the gateway repairs what others break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest

from gateway import process
from gateway.reconciler import Reconciler


class Recording:
    """A reconciler that only says what it would repair."""

    def __init__(self) -> None:
        self.repaired: asyncio.Queue[str] = asyncio.Queue()

    async def repair(self, reason: str) -> None:
        await self.repaired.put(reason)

    async def next(self) -> str:
        return await asyncio.wait_for(self.repaired.get(), 10)


@pytest.fixture
def reconciler() -> Recording:
    return Recording()


@pytest.fixture
async def repairs(reconciler: Recording) -> AsyncIterator[process._Repairs]:
    repairs = process._Repairs(cast(Reconciler, reconciler))
    task = asyncio.create_task(repairs.keep_repairing())
    yield repairs
    task.cancel()


async def test_the_first_repair_does_not_wait(
    repairs: process._Repairs, reconciler: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_CALM_S", 3600)
    repairs.note("the table was flushed")
    assert await reconciler.next() == "the table was flushed"


async def test_what_comes_in_the_calm_after_it_is_one_repair(
    repairs: process._Repairs, reconciler: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_CALM_S", 0.05)
    repairs.note("first")
    assert await reconciler.next() == "first"
    for reason in ("second", "third", "second"):
        repairs.note(reason)
    assert await reconciler.next() == "second, third"
    assert reconciler.repaired.empty()
