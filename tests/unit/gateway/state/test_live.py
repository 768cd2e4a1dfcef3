"""What the watchers of the event stream are told."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Interface
from pathlib import Path

import pytest

from gateway.api.contract import (
    Action,
    ExtendForward,
    Give,
    Rename,
    Request,
    Revoke,
    Rotate,
    SetGuest,
    SetLan,
    Suspend,
)
from gateway.api.events import Event, EventKind, News, Snapshot, Watch
from gateway.api.target import SetToPort
from gateway.errors import AdminsOnly, GatewayError
from gateway.model import Duration
from gateway.problem import Problem, Trouble
from tests.unit.builders import ADMIN, ALICE, MARKS, key
from tests.unit.fakes.host import NOW
from tests.unit.running import PORT, Running, a_join, a_kernel, knock, running

HANDSHAKE, HOUR = timedelta(seconds=1), Duration(timedelta(hours=1))


@dataclass
class Watched:
    """A gateway with a watcher."""

    gateway: Running
    lines: AsyncGenerator[News, None]
    first: Snapshot

    async def told(self) -> list[Event]:
        """Return what the watcher was told since the last time."""
        self.gateway.state.live.watchers.tell(Event(at=NOW, kind="the end"))
        found: list[Event] = []
        while not found or found[-1].kind != "the end":
            found += (await anext(self.lines)).events
        return found[:-1]

    async def kinds(self) -> list[str]:
        return [event.kind for event in await self.told()]

    async def after(self, request: Request[object]) -> list[str]:
        """Return the kinds of what a request leads to."""
        await self.gateway.ask(request)
        return await self.kinds()

    def pass_time(self, seconds: float) -> None:
        self.gateway.kernel.host.time += timedelta(seconds=seconds)

    async def answers(self, device: int = 1, **what: object) -> None:
        """Let a device answer, and the gateway look."""
        peer = self.gateway.state.desired.peers[device]
        now = self.gateway.kernel.host.time
        self.gateway.kernel.wireguard.seen(peer.public_key, **{"latest_handshake": now - HANDSHAKE, **what})
        await self.look()

    async def look(self) -> None:
        self.gateway.state.note_endpoints(await self.gateway.kernel.wireguard.dump())


@pytest.fixture
async def gateway() -> AsyncIterator[Running]:
    async with running(None, a_kernel()) as gateway:
        await gateway.ask(a_join("pc"))
        yield gateway


async def watch(gateway: Running) -> Watched:
    lines = await gateway.ask(Watch(actor=ADMIN))
    first = (await anext(lines)).snapshot
    assert first
    return Watched(gateway, lines, first)


@pytest.fixture
async def watched(gateway: Running) -> AsyncIterator[Watched]:
    watched = await watch(gateway)
    yield watched
    await watched.lines.aclose()


async def test_members_watch_nothing(gateway: Running) -> None:
    with pytest.raises(AdminsOnly):
        await gateway.ask(Watch(actor=ALICE))


async def test_a_snapshot_holds_what_is_so_and_the_newest_entry(watched: Watched) -> None:
    status = watched.first.status
    assert [row.peer.device for row in status.peers] == ["pc"]
    assert (status.forwards, watched.first.guests, watched.first.newest_entry) == ((), (), 1)


async def test_an_operation_is_told_with_its_entry(watched: Watched) -> None:
    await watched.gateway.ask(PORT)
    entry, opened = await watched.told()
    assert entry.entry
    assert (entry.kind, entry.entry.id, entry.entry.action) == (EventKind.AUDITED, 2, Action.FORWARD)
    assert opened.forward
    assert (opened.kind, opened.forward.forward.ports.first) == (EventKind.FORWARD_OPENED, 25565)


@pytest.mark.parametrize(
    ("request_", "kinds"),
    [
        (a_join("laptop"), [EventKind.PEER_ADDED]),
        (Rotate(actor=ALICE, public_key=key()), [EventKind.PEER_CHANGED]),
        (Rename(actor=ALICE, device="pc", new_name="tower"), [EventKind.PEER_CHANGED, EventKind.FORWARD_CHANGED]),
        (Give(actor=ADMIN, owner=ALICE.id, device="pc", to="2"), [EventKind.PEER_CHANGED, EventKind.FORWARD_CHANGED]),
        (Suspend(actor=ADMIN, owner=ALICE.id, suspended=True), [EventKind.PEER_SUSPENDED]),
        (ExtendForward(actor=ALICE, ids=(1,), duration=HOUR), [EventKind.FORWARD_EXTENDED]),
        (SetToPort(actor=ALICE, ids=(1,), to_port=80), [EventKind.FORWARD_CHANGED]),
        (Revoke(actor=ALICE), [EventKind.FORWARD_CLOSED, EventKind.PEER_REVOKED]),
        (SetLan(actor=ADMIN, on=True), [EventKind.GATEWAY_CHANGED]),
        (
            SetGuest(actor=ADMIN, owner=ALICE.id, duration=HOUR),
            [EventKind.PEER_CHANGED, EventKind.GUESTS_CHANGED],
        ),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_each_change_has_its_event(watched: Watched, request_: Request[object], kinds: list[EventKind]) -> None:
    await watched.after(PORT)
    assert await watched.after(request_) == [EventKind.AUDITED, *kinds]


async def test_the_end_of_a_suspension_is_told(watched: Watched) -> None:
    await watched.after(Suspend(actor=ADMIN, owner=ALICE.id, suspended=True))
    found = await watched.after(Suspend(actor=ADMIN, owner=ALICE.id, suspended=False))
    assert found == [EventKind.AUDITED, EventKind.PEER_RESTORED]


async def test_a_forward_that_ends_has_expired(watched: Watched) -> None:
    await watched.after(PORT)
    watched.pass_time(13 * 3600)
    await watched.gateway.operations.changes.expire()
    assert await watched.kinds() == [EventKind.AUDITED, EventKind.FORWARD_EXPIRED]


async def test_a_change_that_is_refused_is_not_told(watched: Watched) -> None:
    watched.gateway.kernel.effects.refuse("database: COMMIT")
    with pytest.raises(GatewayError):
        await watched.gateway.ask(PORT)
    assert EventKind.FORWARD_OPENED not in await watched.kinds()


async def test_problems_are_told_as_they_come_and_go(watched: Watched) -> None:
    problem = Problem(code=Trouble.BACKUP, values={"reason": "the disk is full"})
    watched.gateway.state.problems.report(problem)
    watched.gateway.state.problems.clear(problem.code)
    found = [(event.kind, event.problem) for event in await watched.told()]
    assert found == [(EventKind.PROBLEM_RAISED, problem), (EventKind.PROBLEM_CLEARED, problem)]


async def test_another_public_address_is_told(watched: Watched) -> None:
    eth0 = watched.gateway.kernel.host.links["eth0"]
    eth0.addresses = {IPv4Interface("203.0.113.9/24")}
    await watched.gateway.state.follow()
    (changed,) = [event.gateway for event in await watched.told() if event.kind == EventKind.GATEWAY_CHANGED]
    assert changed
    assert changed.public_address == "203.0.113.9"


async def test_a_new_handshake_connects_at_once(watched: Watched) -> None:
    await watched.answers()
    (event,) = await watched.told()
    assert event.peer
    assert (event.kind, event.peer.connected) == (EventKind.PEER_CONNECTED, True)
    assert event.peer.since == NOW - HANDSHAKE


async def test_a_device_is_away_when_it_renews_no_session(watched: Watched) -> None:
    await watched.answers()
    watched.pass_time(30)
    await watched.answers(latest_handshake=NOW - HANDSHAKE, rx_bytes=32)  # it keeps the session alive
    watched.pass_time(160)
    await watched.look()
    assert await watched.kinds() == [EventKind.PEER_CONNECTED]
    watched.pass_time(5)
    await watched.look()
    (event,) = await watched.told()
    assert event.peer
    assert (event.kind, event.peer.connected) == (EventKind.PEER_DISCONNECTED, False)
    assert event.peer.since == NOW + timedelta(seconds=30)


async def test_a_device_that_renews_its_session_late_does_not_flap(watched: Watched) -> None:
    for _ in range(3):
        await watched.answers()
        watched.pass_time(190)
        await watched.look()
    assert await watched.kinds() == [EventKind.PEER_CONNECTED]


@pytest.mark.parametrize("jump", [timedelta(hours=5), timedelta(hours=-5)])
async def test_a_clock_that_is_set_disconnects_nothing_and_keeps_nothing(
    gateway: Running, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    up = 0.0
    monkeypatch.setattr(gateway.state.live.presence, "_uptime", lambda: up)
    watched = await watch(gateway)
    await watched.answers()
    gateway.kernel.host.time += jump
    await watched.look()
    assert await watched.kinds() == [EventKind.PEER_CONNECTED]
    up = 195
    await watched.look()
    assert await watched.kinds() == [EventKind.PEER_DISCONNECTED]
    await watched.lines.aclose()


async def test_a_device_that_stayed_connected_over_a_restart_is_not_told_anew(tmp_path: Path) -> None:
    kernel = a_kernel()
    async with running(tmp_path / "db", kernel) as gateway:
        await gateway.ask(a_join("pc"))
        watched = await watch(gateway)
        await watched.answers()
        await watched.lines.aclose()
    async with running(tmp_path / "db", kernel) as gateway:
        watched = await watch(gateway)
        (row,) = watched.first.status.peers
        assert row.connected
        await watched.look()
        assert await watched.kinds() == []
        await watched.lines.aclose()


async def test_a_device_that_is_back_after_the_interface_was_down_stayed_connected(tmp_path: Path) -> None:
    kernel = a_kernel()
    async with running(tmp_path / "db", kernel) as gateway:
        await gateway.ask(a_join("pc"))
        watched = await watch(gateway)
        await watched.answers()
        await watched.lines.aclose()
        await gateway.state.take_down()
    kernel.host.time += timedelta(seconds=60)
    async with running(tmp_path / "db", kernel) as gateway:
        watched = await watch(gateway)
        (row,) = watched.first.status.peers
        assert (row.connected, row.since) == (True, NOW - HANDSHAKE)
        await watched.answers()
        assert await watched.kinds() == []
        await watched.lines.aclose()


async def test_a_device_that_does_not_come_back_after_a_restart_is_away(tmp_path: Path) -> None:
    kernel = a_kernel()
    async with running(tmp_path / "db", kernel) as gateway:
        await gateway.ask(a_join("pc"))
        watched = await watch(gateway)
        await watched.answers()
        await watched.lines.aclose()
        await gateway.state.take_down()
    async with running(tmp_path / "db", kernel) as gateway:
        watched = await watch(gateway)
        watched.pass_time(195)
        await watched.look()
        assert await watched.kinds() == [EventKind.PEER_DISCONNECTED]
        await watched.lines.aclose()


async def test_another_endpoint_of_a_connected_device_is_told(watched: Watched) -> None:
    await watched.answers(endpoint="198.51.100.7:1")
    await watched.answers(endpoint="198.51.100.7:2")
    (connected, moved) = await watched.told()
    assert moved.peer
    assert (connected.kind, moved.kind) == (EventKind.PEER_CONNECTED, EventKind.PEER_MOVED)
    assert moved.peer.endpoint == "198.51.100.7:2"


async def test_a_suspended_device_is_not_connected(watched: Watched) -> None:
    await watched.answers()
    await watched.told()
    await watched.gateway.ask(Suspend(actor=ADMIN, owner=ALICE.id, suspended=True))
    suspended = (await watched.told())[-1]
    assert suspended.peer
    assert not suspended.peer.connected
    watched.pass_time(300)
    await watched.look()
    assert await watched.kinds() == []


async def test_an_interface_that_is_made_anew_disconnects_nothing(watched: Watched) -> None:
    await watched.answers(rx_bytes=500)
    await watched.answers(latest_handshake=None, rx_bytes=0, endpoint=None)
    await watched.answers(rx_bytes=1)
    assert await watched.kinds() == [EventKind.PEER_CONNECTED]
    assert watched.gateway.state.live.presence.rx_bytes == 501


async def test_the_traffic_is_told_while_it_changes(watched: Watched) -> None:
    await watched.answers()
    await watched.told()
    told = []
    for rx_bytes in (100_000, 200_000, 301_000, 301_100, 301_200):
        watched.pass_time(10)
        await watched.answers(rx_bytes=rx_bytes)
        told += [event.traffic and (event.traffic.rx, event.traffic.tx) for event in await watched.told()]
    assert told == [(10_000, 0), (10, 0)]


async def test_other_numbers_of_a_forward_are_told_once(watched: Watched) -> None:
    await watched.after(PORT)
    knock(watched.gateway, 25565)
    watched.gateway.kernel.table.counts["stat_original"][MARKS.of(1),] = (1, 60)
    await watched.gateway.operations.looks.count()
    await watched.gateway.operations.looks.count()
    (event,) = await watched.told()
    assert event.forward
    assert (event.kind, event.forward.players) == (EventKind.COUNTED, 1)
