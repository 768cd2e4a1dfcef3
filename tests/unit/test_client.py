"""Many who ask at once, and a gateway that is slow: nobody is told that it is away, or late, because of a queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway import api, client, errors
from gateway.client import GatewayClient
from gateway.contract import List as ListRequest
from gateway.contract import Listing, Request
from tests.unit.builders import ALICE

REQUEST = ListRequest(actor=ALICE)


@asynccontextmanager
async def gateway(path: Path, answering: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    async def handle(operation: str, request: Request) -> Listing:
        await answering()
        return Listing(peers=(), forwards=())

    with api.listen(path, ()) as listener:
        async with api.serve(listener, handle):
            yield


async def test_a_crowd_finds_a_gateway_that_accepts_nobody_for_a_moment(tmp_path: Path) -> None:
    """More than the kernel queues at its socket."""
    with api.listen(tmp_path / "socket", ()) as listener:
        listener.socket.listen(128)

        async def handle(operation: str, request: Request) -> Listing:
            return Listing(peers=(), forwards=())

        async with GatewayClient(tmp_path / "socket") as one, asyncio.TaskGroup() as tasks:
            calls = [tasks.create_task(one.list(REQUEST)) for _ in range(300)]
            for _ in range(300):  # turns of the loop, in which as many connect as may
                await asyncio.sleep(0)
            async with api.serve(listener, handle):
                await asyncio.wait(calls)


async def test_who_queues_behind_others_is_patient_while_the_gateway_answers(tmp_path: Path) -> None:
    """Twenty times a tenth of the time that a silent gateway is waited for."""
    one_by_one = asyncio.Lock()

    async def slowly() -> None:
        async with one_by_one:
            await asyncio.sleep(0.1)

    async with gateway(tmp_path / "socket", slowly), GatewayClient(tmp_path / "socket", timeout_s=1) as one:
        answers = await asyncio.gather(*(one.list(REQUEST) for _ in range(20)))
    assert len(answers) == 20


async def test_a_silent_gateway_is_waited_for_as_long_as_was_said(tmp_path: Path) -> None:
    """And is asked again with success once it answers."""
    never = asyncio.Event()
    async with gateway(tmp_path / "socket", never.wait), GatewayClient(tmp_path / "socket", timeout_s=0.05) as one:
        with pytest.raises(errors.GatewayTimeout):
            await one.list(REQUEST)
        never.set()
        assert await one.list(REQUEST)


async def test_who_waits_for_a_turn_too_long_is_told_that_nothing_was_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gateway was never asked."""
    monkeypatch.setattr(client, "QUEUED_S", 0.05)
    goes_on, asked = asyncio.Event(), 0

    async def count() -> None:
        nonlocal asked
        asked += 1
        await goes_on.wait()

    async with gateway(tmp_path / "socket", count), GatewayClient(tmp_path / "socket") as one:
        calls = [asyncio.create_task(one.list(REQUEST)) for _ in range(client.IN_FLIGHT)]
        while asked < client.IN_FLIGHT:
            await asyncio.sleep(0)
        with pytest.raises(errors.GatewayBusy):
            await one.list(REQUEST)
        goes_on.set()
        await asyncio.gather(*calls)
    assert asked == client.IN_FLIGHT


async def test_one_stuck_call_ends_although_others_are_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "LONGEST_S", 0.3)
    first, never = True, asyncio.Event()

    async def stick() -> None:
        nonlocal first
        if first:
            first = False
            await never.wait()

    async with gateway(tmp_path / "socket", stick), GatewayClient(tmp_path / "socket", timeout_s=0.2) as one:
        stuck = asyncio.create_task(one.list(REQUEST))
        while not stuck.done():
            await (asyncio.sleep(0) if first else one.list(REQUEST))
        with pytest.raises(errors.GatewayTimeout):
            await stuck
        never.set()
