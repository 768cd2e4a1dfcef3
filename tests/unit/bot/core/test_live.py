"""The bot's mirror of the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from bot.core import live
from bot.core.live import Live
from gateway.api.client import GatewayClient
from gateway.api.contract import Join, Revoke
from gateway.api.transport import SocketTransport
from tests.unit import gate
from tests.unit.bot.patience import PATIENCE_S
from tests.unit.builders import ALICE, key


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "AGAIN_S", 0.01)
    monkeypatch.setattr(live, "SELDOM_S", 0.01)


@asynccontextmanager
async def mirror(at: gate.Gate) -> AsyncIterator[Live]:
    made = Live(GatewayClient(SocketTransport(at.path)), lambda: at.now)
    task = asyncio.create_task(made.run())
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[gate.Gate]:
    made = gate.Gate(tmp_path / "socket")
    await made.start()
    yield made
    await made.close()


async def test_the_first_turn_is_anew_and_shows_all_that_there_is(gateway: gate.Gate) -> None:
    await gateway.gateway.ask(Join(actor=ALICE, device="pc", public_key=key()))
    async with mirror(gateway) as mirrored:
        view = await mirrored.there()
        assert [row.peer.device for row in view.peers.values()] == ["pc"]
        assert (await mirrored.follow().next()).is_anew


async def test_a_gateway_that_leaves_is_away_and_comes_back_anew(gateway: gate.Gate) -> None:
    async with mirror(gateway) as mirrored:
        await mirrored.there()
        follower = mirrored.follow()
        await follower.next()
        await gateway.stop()
        assert (await follower.next()).is_anew
        assert (mirrored.view, mirrored.away_since) == (None, gateway.now)
        await gateway.start()
        assert (await follower.next()).is_anew
        assert mirrored.view
        assert not mirrored.away_since


async def test_a_service_wakes_its_own_follower() -> None:
    follower = Live(GatewayClient(SocketTransport(Path("/nowhere"))), datetime.now).follow()
    await follower.next()
    follower.wake()
    assert (await follower.next()).is_anew


async def test_the_mirror_follows_what_the_gateway_sees_and_does(gateway: gate.Gate) -> None:
    async with mirror(gateway) as mirrored:
        view, follower = await mirrored.there(), mirrored.follow()
        await gateway.gateway.ask(Join(actor=ALICE, device="pc", public_key=key()))
        while not view.peers:
            await follower.next()
        await gateway.gateway.ask(Revoke(actor=ALICE))
        while view.peers:
            await follower.next()
        assert view.status().peers == ()
