"""What an operation costs. It does not grow with what the operation is not about, such as the past."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, cast

import aiosqlite
import pytest

from gateway.api.contract import (
    Actor,
    AddForward,
    ExtendForward,
    GetStatus,
    RemoveForward,
    Rename,
    Request,
    Revoke,
    Rotate,
    Suspend,
)
from gateway.model import Change, Desired, Duration, PortRange, Protocol, Rest, parse_ports
from gateway.nftables.flow import Address
from gateway.state.live import FRESH_S
from gateway.state.store import Store
from gateway.wireguard.device import DeviceState, WgPeer, diff
from tests.unit.builders import ADMIN, ALICE, BOB, ROOT, forwarded, joined, key
from tests.unit.fakes.database import FakeDatabase
from tests.unit.fakes.effects import Effects
from tests.unit.fakes.host import NOW
from tests.unit.running import PORT, Running, a_join, a_kernel, asked_by, running

OTHERS = [Actor(id=str(number), name=f"member{number}") for number in range(3, 8)]
FOREVER = Duration.parse("forever")
CHANGES: list[Request[Any]] = [
    a_join("phone", "a-join"),
    Rename(actor=ALICE, device="phone", new_name="tablet", request_id="a-rename"),
    Rotate(actor=ALICE, device="tablet", public_key=key(), request_id="a-rotation"),
    AddForward(actor=ALICE, ports=parse_ports("30000"), device="pc", request_id="a-forward"),
    ExtendForward(actor=ADMIN, ids=(1,), duration=FOREVER, request_id="an-extension"),
    Suspend(actor=ADMIN, owner=ALICE.id, suspended=True, request_id="a-suspension"),
    Suspend(actor=ADMIN, owner=ALICE.id, suspended=False, request_id="a-restoration"),
    RemoveForward(actor=ALICE, ports=parse_ports("30000"), request_id="a-closing"),
    Revoke(actor=ALICE, device="tablet", request_id="a-revocation"),
]


def with_a_past(length: int) -> Desired:
    """Return a state in which others have joined, left and closed ports, so many times each, within the hour."""
    desired, _ = joined(Desired(), ALICE)
    then = NOW + timedelta(minutes=30)
    return replace(
        forwarded(desired),
        resting={IPv4Address("10.66.66.0") + 20 + n: Rest(f"member{n}", then) for n in range(length)},
        joins={f"member{n}": (NOW,) for n in range(length)},
        closed={(Protocol.BOTH, PortRange(2000 + 2 * n, 2000 + 2 * n)): then for n in range(length)},
    )


async def steps_of_changes(path: Path, length: int) -> list[int]:
    """Return the steps of SQLite's machine that each of CHANGES takes, after a past of this length."""
    with closing(FakeDatabase(path, Effects())) as database:
        store = Store(cast(aiosqlite.Connection, database))
        async with store.transaction():
            await store.save(Change.between(Desired(), with_a_past(length)))
        answers = [(f"0 {n}", NOW.isoformat(), "digest", "{}", 202 * n) for n in range(length)]
        database.replace("requests", answers)
    async with running(path, a_kernel()) as gateway:
        found = []
        gateway.database.count_steps()
        for request in CHANGES:
            before = gateway.database.steps
            await gateway.ask(request)
            found.append(gateway.database.steps - before)
        return found


async def test_the_database_works_no_longer_for_a_change_after_a_long_past(tmp_path: Path) -> None:
    short, long = [await steps_of_changes(tmp_path / str(length), length) for length in (2, 150)]
    for request, few, many in zip(CHANGES, short, long, strict=True):
        assert many <= few + 40, request.operation


async def test_only_the_peers_that_are_asked_for_are_decoded(gateway: Running) -> None:
    """To decode a thousand takes as long as all else of the operation."""
    peer = (await gateway.ask(a_join())).peer
    for member in OTHERS:
        await gateway.ask(a_join(actor=member))
    decoded = gateway.kernel.wireguard.decoded
    decoded.clear()
    await gateway.ask(GetStatus(actor=ADMIN, everyone=True, devices=(peer.id,)))
    await gateway.ask(Suspend(actor=ADMIN, owner=ALICE.id, suspended=True))
    assert decoded == [1, 1]


async def test_a_status_of_a_few_is_what_the_last_look_at_all_saw(gateway: Running) -> None:
    """WireGuard tells of all devices at once, so a question about one of a thousand would cost as much as about all."""
    peer, wireguard = (await gateway.ask(a_join())).peer, gateway.kernel.wireguard
    one = GetStatus(actor=ADMIN, everyone=True, devices=(peer.id,))
    everyone = GetStatus(actor=ADMIN, everyone=True)
    await gateway.state.tunnel_drift()
    wireguard.decoded.clear()
    assert len((await gateway.ask(one)).peers) == 1
    assert wireguard.decoded == []
    await gateway.ask(everyone)
    assert wireguard.decoded == [1]
    gateway.kernel.host.time += timedelta(seconds=FRESH_S)
    await gateway.ask(one)
    assert wireguard.decoded == [1, 1]


async def test_what_opens_and_closes_no_port_leaves_reserved_ports_alone(gateway: Running) -> None:
    """Long lists of them take milliseconds to read."""
    reading = "database: SELECT value FROM"
    await gateway.ask(a_join())
    assert reading in await asked_by(gateway, gateway.ask(PORT))
    for request in (
        a_join("box", actor=BOB),
        Rename(actor=ALICE, device="pc", new_name="tower"),
        Rotate(actor=ALICE, device="tower", public_key=key()),
        ExtendForward(actor=ADMIN, ids=(1,), duration=FOREVER),
        Suspend(actor=ADMIN, owner=ALICE.id, suspended=True),
        Suspend(actor=ADMIN, owner=ALICE.id, suspended=False),
    ):
        assert reading not in await asked_by(gateway, gateway.ask(request)), request.operation
    assert reading in await asked_by(gateway, gateway.ask(RemoveForward(actor=ALICE, ports=parse_ports("25565"))))


async def test_a_burst_of_changes_is_tidied_up_in_one_walk_through_conntrack(
    gateway: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush, walks, may_go_on = gateway.kernel.conntrack.flush_addresses, list[set[Address]](), asyncio.Event()

    async def slow(addresses: Iterable[Address]) -> None:
        walks.append(set(addresses))
        await may_go_on.wait()
        await flush(walks[-1])

    monkeypatch.setattr(gateway.kernel.conntrack, "flush_addresses", slow)
    for member in OTHERS:
        await gateway.operations.handle(ROOT, a_join(actor=member))
    may_go_on.set()
    await gateway.state.tidied()
    first, *others = [{peer.ipv4, peer.ipv6} for peer in gateway.state.desired.peers.values()]
    assert walks == [first, set[Address]().union(*others)]


async def test_a_look_at_devices_that_are_as_before_compares_none_of_them(
    gateway: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are four looks a second, and what differs is still told by each."""
    public_key = (await gateway.ask(a_join())).peer.public_key
    compared = 0

    def counted(wanted: Iterable[WgPeer], actual: DeviceState) -> Any:
        nonlocal compared
        compared += 1
        return diff(wanted, actual)

    monkeypatch.setattr("gateway.state.tunnelpeers.diff", counted)
    for _ in range(3):
        assert await gateway.state.tunnel_drift() == frozenset()
    assert compared == 1
    await gateway.kernel.wireguard.apply([], [public_key])
    for _ in range(3):
        assert await gateway.state.tunnel_drift() == {"WireGuard's peer 10.66.66.2"}
    assert compared == 2
    await gateway.state.repair("peer")
    before = compared
    await gateway.ask(a_join("phone"))
    for _ in range(3):
        assert await gateway.state.tunnel_drift() == frozenset()
    assert compared == before + 1
