"""The bot's mirror of the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.core import live
from bot.core.live import Live
from gateway.api.client import GatewayClient
from gateway.api.contract import Action, AuditEntry, Join, Revoke
from gateway.api.events import EventKind
from gateway.api.transport import SocketTransport
from gateway.model import Duration
from gateway.problem import Problem, Trouble
from tests.unit import gate
from tests.unit.bot.patience import PATIENCE_S
from tests.unit.builders import ALICE, NOW, key

HOUR = Duration(timedelta(hours=1))


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


async def test_the_mirror_follows_what_happens(gateway: gate.Gate) -> None:
    async with mirror(gateway) as mirrored:
        view = await mirrored.there()
        follower = mirrored.follow()
        await follower.next()
        await gateway.gateway.ask(Join(actor=ALICE, device="pc", public_key=key(), guest_for=HOUR))
        gateway.gateway.state.problems.report(Problem(code=Trouble.BACKUP, values={"reason": "it is full"}))
        while not view.own.problems:
            await follower.next()
        (row,) = view.peers.values()
        assert (row.peer.device, view.guests) == ("pc", frozenset({ALICE.id}))
        gateway.gateway.state.problems.clear(Trouble.BACKUP)
        await gateway.gateway.ask(Revoke(actor=ALICE))
        while view.own.problems or view.peers:
            await follower.next()


async def test_what_a_test_sets_is_heard_at_the_next_look(gateway: gate.Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    await gateway.gateway.ask(Join(actor=ALICE, device="pc", public_key=key()))
    async with mirror(gateway) as mirrored:
        await mirrored.there()
        follower = mirrored.follow()
        await follower.next()
        monkeypatch.setattr(gateway, "tunnel", lambda peer: gate.Tunnel(handshake=timedelta(seconds=1)))
        gateway.audit = [entry := an_entry(5)]
        await gateway.look()
        events = [*(await follower.next()).events]
        while len(events) < 2:
            events += (await follower.next()).events
        assert [event.kind for event in events] == [EventKind.PEER_CONNECTED, EventKind.AUDITED]
        assert events[-1].entry == entry


def an_entry(number: int) -> AuditEntry:
    return AuditEntry(id=number, at=NOW, actor="1", actor_name="alice", action=Action.LAN, subject="on")


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
