"""What one member cannot take from the others or from the host, by the whole gateway and through restarts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.api.contract import AddForward, List, Revoke, SetGuest
from gateway.errors import GuestOver, PortNeeded, TooManyJoins
from gateway.host.sysctl import EPHEMERAL_PORTS, RESERVED_PORTS
from gateway.model import Duration, parse_ports
from tests.unit.builders import ADMIN, ALICE, BOB
from tests.unit.fakes.host import NOW
from tests.unit.fakes.kernel import FakeKernel
from tests.unit.running import Running, a_join, running


async def test_joins_are_counted_through_leaving_and_restarts(tmp_path: Path, kernel: FakeKernel) -> None:
    addresses = set()
    for _ in range(4):
        async with running(tmp_path / "db", kernel) as gateway:
            for _ in range(5):
                addresses.add((await gateway.ask(a_join())).peer.ipv4)
                await gateway.ask(Revoke(actor=ALICE))
    assert len(addresses) == 1
    async with running(tmp_path / "db", kernel) as gateway:
        with pytest.raises(TooManyJoins):
            await gateway.ask(a_join())
        await gateway.ask(a_join(actor=BOB))
        kernel.host.time += timedelta(hours=1)
        await gateway.ask(a_join())


async def test_a_guests_end_is_remembered_through_leaving_and_a_restart(tmp_path: Path, kernel: FakeKernel) -> None:
    as_guest = replace(a_join(), guest_for=Duration.parse("1d"))
    async with running(tmp_path / "db", kernel) as gateway:
        end = (await gateway.ask(as_guest)).peer.expires_at
        assert end == NOW + timedelta(days=1)
        await gateway.ask(Revoke(actor=ALICE))
        assert (await gateway.ask(List(actor=ALICE))).guests == (ALICE.id,)
        assert (await gateway.ask(List(actor=BOB))).guests == ()
    kernel.host.time += timedelta(hours=20)
    async with running(tmp_path / "db", kernel) as gateway:
        assert (await gateway.ask(as_guest)).peer.expires_at == end
        kernel.host.time += timedelta(hours=4)
        await gateway.operations.changes.expire()
        with pytest.raises(GuestOver):
            await gateway.ask(as_guest)
        await gateway.ask(SetGuest(actor=ADMIN, owner=ALICE.id, duration=Duration.parse("forever")))
        assert (await gateway.ask(as_guest)).peer.expires_at == kernel.host.time + timedelta(days=1)


async def test_the_hosts_own_list_of_reserved_ports_counts(gateway: Running) -> None:
    """The kernel's range has 100 ports, of which another program holds 40, so ten more may be reserved."""
    gateway.kernel.host.sysctl |= {EPHEMERAL_PORTS: "30000\t30099", RESERVED_PORTS: "8080,30060-30099"}
    await gateway.ask(a_join())
    await gateway.ask(AddForward(actor=ALICE, ports=parse_ports("30000-30004, 30005-30009")))
    with pytest.raises(PortNeeded) as refused:
        await gateway.ask(AddForward(actor=ALICE, ports=parse_ports("30010")))
    assert refused.value.details["free"] == "29999"
    await gateway.ask(AddForward(actor=ALICE, ports=parse_ports("29999, 30060")))
    assert len(gateway.kernel.host.reserved & set(range(30000, 30100))) == 50
