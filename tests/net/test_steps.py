"""Hosts on which a step cannot succeed: the others go on, the step is a problem, and it is taken once it can be."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address

import pytest

from gateway.api.contract import Rename
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import VPS4, VPS6, World
from gateway.host.sysctl import EPHEMERAL_PORTS, RESERVED_PORTS
from gateway.problem import Trouble
from tests.net.gateway import ALICE, Gateway

ALL = ""  # of /proc/sys
FORWARDING, FORWARDING6 = "net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"


def off(interface: str) -> str:
    return f"net/ipv6/conf/{interface}/disable_ipv6"


async def answers(world: World, address: IPv4Address | IPv6Address = VPS4) -> bool:
    try:
        return await world.player.ask_tcp(address, 25565, timeout_s=0.5) == "hello"
    except OSError:
        return False


async def has(gateway: Gateway, *problems: Trouble) -> bool:
    """Report whether these are the gateway's problems."""
    return {problem.code for problem in (await gateway.status()).problems} == {*problems}


def told(gateway: Gateway) -> list[tuple[str, str]]:
    """Return what the audit log has of problems: (whether it began or ended, the problem's code)."""
    with contextlib.closing(sqlite3.connect(gateway.state_dir / "guildgate.db")) as db:
        rows = db.execute("SELECT action, detail FROM audit WHERE action IN ('problem', 'solved') ORDER BY id")
        return [(action, json.loads(detail)["problem"]["code"]) for action, detail in rows]


async def comes(gateway: Gateway, entries: Iterable[tuple[str, str]]) -> None:
    wanted = [*entries]

    async def is_told() -> bool:
        return told(gateway) == wanted

    await until(is_told, timeout_s=20)


async def stored_ipv6(gateway: Gateway) -> list[str]:
    with contextlib.closing(sqlite3.connect(gateway.state_dir / "guildgate.db")) as db:
        return [address for (address,) in db.execute("SELECT ipv6 FROM peers")]


@pytest.mark.parametrize("read_only", [ALL, RESERVED_PORTS], ids=["all", "one-setting"])
async def test_where_settings_are_read_only_forwards_work_and_a_restart_does(
    idle_gateway: Gateway, world: World, read_only: str
) -> None:
    gateway = idle_gateway
    gateway.read_only = (read_only,)
    for name in (FORWARDING, FORWARDING6):
        world.vps.sysctl(name, "1")
    world.vps.sysctl("net/ipv6/conf/eth0/accept_ra", "2")
    first, _ = (int(port) for port in gateway.read_sysctl(EPHEMERAL_PORTS.removeprefix("net/")).split())
    await gateway.start()
    assert await has(gateway), "nothing is to be reserved yet"
    config = await gateway.join()
    await gateway.forward(25565)
    await gateway.forward(first)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        assert await answers(world)
        assert await has(gateway, Trouble.RESERVED)
        (problem,) = (await gateway.status()).problems
        assert problem.values["reason"] == "net.ipv4.ip_local_reserved_ports (read-only file system)"
        await gateway.nft("flush", "ruleset")
        await until(lambda: answers(world))
    await gateway.stop()
    await gateway.start()
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        assert await answers(world)
        assert await has(gateway, Trouble.RESERVED)
    await comes(gateway, [("problem", "reserved")])
    await gateway.make_writable()
    await comes(gateway, [("problem", "reserved"), ("solved", "reserved")])
    assert gateway.read_sysctl("ipv4/ip_local_reserved_ports") == f"25565,{first}"


async def test_where_forwarding_is_off_and_read_only_it_is_told_and_switched_on_once_it_can_be(
    idle_gateway: Gateway, world: World
) -> None:
    gateway = idle_gateway
    gateway.read_only = (ALL,)
    await gateway.start()
    config = await gateway.join()
    await gateway.forward(25565)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        assert not await answers(world)
        assert await has(gateway, Trouble.FORWARDING, Trouble.SETTINGS, Trouble.RESERVED)
        reasons = {problem.code: problem.values["reason"] for problem in (await gateway.status()).problems}
        assert reasons[Trouble.FORWARDING].startswith("net.ipv4.ip_forward=1")
        assert "net.ipv6.conf.all.forwarding=1" in reasons[Trouble.SETTINGS]
        await gateway.make_writable()
        await until(lambda: answers(world), timeout_s=20)
        await until(lambda: has(gateway))
    await gateway.stop()
    assert gateway.read_sysctl("ipv4/ip_forward") == "0"


async def test_forwarding_that_the_admin_switches_on_stays_on(idle_gateway: Gateway, world: World) -> None:
    """The gateway could not do it, so it is not the gateway's to undo."""
    gateway = idle_gateway
    gateway.read_only = (FORWARDING,)
    await gateway.start()
    assert await has(gateway, Trouble.FORWARDING)
    world.vps.sysctl(FORWARDING, "1")
    await until(lambda: has(gateway), timeout_s=20)
    await gateway.make_writable()
    await gateway.stop()
    assert gateway.read_sysctl("ipv4/ip_forward") == "1"


@pytest.mark.parametrize("scope", ["all", "own"])
async def test_while_ipv6_is_switched_off_ipv4_goes_on_and_ipv6_returns(
    gateway: Gateway, world: World, scope: str
) -> None:
    config = await gateway.join()
    await gateway.forward(25565)
    switch = off("all" if scope == "all" else gateway.interface)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        await until(lambda: answers(world, VPS6))
        for number in range(2):
            world.vps.sysctl(switch, "1")
            await until(lambda: has(gateway, Trouble.NO_IPV6))
            assert await answers(world)
            assert not await answers(world, VPS6)
            await gateway.nft("flush", "ruleset")
            await until(lambda: answers(world))
            await gateway.forward(30000 + number)
            world.vps.sysctl(switch, "0")
            if scope == "all":
                await gateway.run("ip", "address", "add", f"{VPS6}/64", "dev", "eth0", "nodad")
                await gateway.run("ip", "route", "replace", "default", "via", "2001:db8:1::fe")
            await until(lambda: answers(world, VPS6), timeout_s=20)
            await until(lambda: has(gateway))
    await comes(gateway, [("problem", "no_ipv6"), ("solved", "no_ipv6")] * 2)


async def test_a_host_that_lost_ipv6_starts_with_the_devices_it_has(gateway: Gateway, world: World) -> None:
    config = await gateway.join()
    await gateway.forward(25565)
    before = await stored_ipv6(gateway)
    await gateway.stop()
    world.vps.sysctl(off("default"), "1")
    await gateway.start()
    assert await has(gateway, Trouble.NO_IPV6)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        assert await answers(world)
        assert await stored_ipv6(gateway) == before
        world.vps.sysctl(off(gateway.interface), "0")
        await until(lambda: answers(world, VPS6), timeout_s=20)


async def test_without_a_subnet6_devices_keep_their_ipv6_addresses_for_a_later_one(
    idle_gateway: Gateway, world: World
) -> None:
    gateway = idle_gateway
    await gateway.start()
    config = await gateway.join()
    await gateway.forward(25565)
    before = await stored_ipv6(gateway)
    await gateway.stop()
    gateway.settings = 'subnet6 = ""'
    await gateway.start()
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        assert await answers(world)
        await gateway.client.call(Rename(actor=ALICE, device="pc", new_name="tower"))
        (row,) = (await gateway.status()).peers
        assert row.peer.ipv6 is None
        assert await stored_ipv6(gateway) == before
    await gateway.stop()
    gateway.settings = ""
    await gateway.start()
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        await until(lambda: answers(world, VPS6))
        assert await answers(world)
