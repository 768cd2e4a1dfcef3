"""What a change of the public address comes to, for devices whose config has a name and for those with an address."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

import pytest

from gateway.api.contract import Action, GetAudit, GetMoved, Moved
from gateway.config import Config, GatewaySection, Host
from gateway.errors import AdminsOnly
from tests.unit.builders import ADMIN, ALICE
from tests.unit.fakes.kernel import FakeKernel
from tests.unit.running import Running, a_join, a_kernel, running

OLD, NEW, NAME = "203.0.113.1", "203.0.113.99", "vps.example.org"
NAMED = Config(gateway=GatewaySection(public_address=Host(NAME)))


def lead(kernel: FakeKernel, address: str) -> None:
    """Give the machine this address, to which the name leads."""
    kernel.host.names[NAME] = (IPv4Address(address),)
    kernel.host.links["eth0"].addresses = {IPv4Interface(f"{address}/24")}


async def told(gateway: Running) -> Moved:
    moved = await gateway.ask(GetMoved(actor=ADMIN))
    assert isinstance(moved, Moved)
    return moved


@pytest.mark.parametrize("config", [Config(), NAMED], ids=["address", "name"])
async def test_what_was_never_moved_concerns_no_device(config: Config) -> None:
    kernel = a_kernel(config)
    lead(kernel, OLD)
    async with running(None, kernel, config) as gateway:
        await gateway.ask(a_join())
        moved = await told(gateway)
        assert (moved.since, moved.lost, moved.waiting) == (None, (), ())


async def test_only_an_admin_is_told() -> None:
    async with running(None, a_kernel(Config()), Config()) as gateway:
        with pytest.raises(AdminsOnly):
            await gateway.ask(GetMoved(actor=ALICE))


async def test_a_start_on_another_machine_is_a_move(tmp_path: Path) -> None:
    """The state came there by a backup. The audit log has the move once."""
    kernel = a_kernel(Config())
    lead(kernel, OLD)
    async with running(tmp_path / "db", kernel, Config()) as gateway:
        await gateway.ask(a_join())
    lead(other := a_kernel(Config()), NEW)
    for _ in range(2):
        async with running(tmp_path / "db", other, Config()) as gateway:
            moved = await told(gateway)
            assert (moved.address, [peer.address for peer in moved.lost]) == (NEW, [OLD])
            entries = (await gateway.ask(GetAudit(actor=ADMIN))).entries
            assert [entry.action for entry in entries].count(Action.FOLLOW) == 1


async def test_an_address_that_the_machine_still_has_is_not_lost() -> None:
    kernel = a_kernel(Config())
    lead(kernel, OLD)
    async with running(None, kernel, Config()) as gateway:
        await gateway.ask(a_join())
        kernel.host.links["eth0"].addresses = {IPv4Interface(f"{each}/24") for each in (OLD, NEW)}
        await gateway.state.follow()
        assert (await told(gateway)).lost == ()


async def test_a_device_with_a_name_waits_until_its_next_handshake() -> None:
    kernel = a_kernel(NAMED)
    lead(kernel, OLD)
    async with running(None, kernel, NAMED) as gateway:
        await gateway.ask(a_join())
        (peer,) = gateway.state.desired.peers.values()
        kernel.host.time += timedelta(hours=1)
        lead(kernel, NEW)
        assert await gateway.state.follow()
        assert (await told(gateway)).waiting == ()  # the gateway itself may find it yet
        kernel.host.time += timedelta(minutes=3)
        moved = await told(gateway)
        assert (moved.lost, [each.id for each in moved.waiting]) == ((), [peer.id])
        kernel.wireguard.seen(peer.public_key, latest_handshake=kernel.host.time)
        assert (await told(gateway)).waiting == ()


async def test_devices_of_an_older_version_have_the_address_of_the_first_start_after_it(tmp_path: Path) -> None:
    kernel = a_kernel(Config())
    lead(kernel, OLD)
    async with running(tmp_path / "db", kernel, Config()) as gateway:
        await gateway.ask(a_join())
    with closing(sqlite3.connect(tmp_path / "db")) as db, db:
        db.execute("UPDATE peers SET address = ''")
        db.execute("DELETE FROM notes WHERE name = 'place'")
    async with running(tmp_path / "db", kernel, Config()) as gateway:
        assert [peer.address for peer in gateway.state.desired.peers.values()] == [OLD]
    lead(kernel, NEW)
    async with running(tmp_path / "db", kernel, Config()) as gateway:
        assert [peer.address for peer in gateway.state.desired.peers.values()] == [OLD]
        assert len((await told(gateway)).lost) == 1


async def test_a_name_that_does_not_resolve_for_a_while_is_no_move(tmp_path: Path) -> None:
    kernel = a_kernel(NAMED)
    lead(kernel, OLD)
    async with running(tmp_path / "db", kernel, NAMED) as gateway:
        await gateway.ask(a_join())
    del kernel.host.names[NAME]
    async with running(tmp_path / "db", kernel, NAMED) as gateway:
        assert (await told(gateway)).since is None
        assert gateway.state.place == replace(gateway.state.place, public4=IPv4Address(OLD))
