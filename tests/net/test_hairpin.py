"""A forwarded port at its public address from inside: for peers, for the game's own host, for the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

from gateway.demo.namespace import Address, Namespace
from gateway.demo.server import GameServer, hosting
from gateway.demo.world import PLAYER4, PLAYER6, VPS4, VPS6, World
from gateway.model import Mode, Protocol
from tests.net.gateway import BOB, Gateway
from tests.net.surroundings import load
from tests.net.wgquick import quick_up

GATEWAYS_OWN: list[Address] = [IPv4Address("10.66.66.1"), IPv6Address("fd42:42:42::1")]
BOBS: list[Address] = [IPv4Address("10.66.66.3"), IPv6Address("fd42:42:42::3")]
PLAYERS: list[Address] = [PLAYER4, PLAYER6]
PUBLIC: list[Address] = [VPS4, VPS6]
# One port, the middle of a range, and the end of a range that leads to other ports: public, internal.
PORTS = ((25565, 25565), (27016, 27016), (8082, 82))

ELASTIC4, ELASTIC6 = IPv4Address("203.0.113.99"), IPv6Address("2001:db8:1::99")
ELASTIC: list[Address] = [ELASTIC4, ELASTIC6]
# A cloud does this for a machine that does not know its public address, which only the Internet sees.
CLOUD = f"""
table inet cloud {{
    chain pre {{
        type nat hook prerouting priority dstnat;
        ip daddr {ELASTIC4} dnat ip to {VPS4}
        ip6 daddr {ELASTIC6} dnat ip6 to {VPS6}
    }}
    chain post {{
        type nat hook postrouting priority srcnat;
        iifname "vps" ip saddr {VPS4} snat ip to {ELASTIC4}
        iifname "vps" ip6 saddr {VPS6} snat ip6 to {ELASTIC6}
    }}
}}
"""


async def open_ports(gateway: Gateway) -> None:
    await gateway.forward(25565)
    await gateway.forward("27015-27017")
    await gateway.forward("8080-8082", to_port=80)


@asynccontextmanager
async def hosting_all(namespace: Namespace) -> AsyncIterator[dict[int, GameServer]]:
    """Start a server on the internal port of each of `PORTS`. Yield them by public port."""
    async with hosting(namespace, 25565) as one, hosting(namespace, 27016) as two, hosting(namespace, 82) as three:
        yield dict(zip((public for public, _ in PORTS), (one, two, three), strict=True))


async def assert_reaches(asker: Namespace, public: Address, servers: dict[int, GameServer], seen_as: Address) -> None:
    """Assert that TCP and UDP reach every port, and that the server sees `seen_as`."""
    for port, server in servers.items():
        server.callers.clear()
        assert set(await asyncio.gather(asker.ask_tcp(public, port), asker.ask_udp(public, port))) == {"hello"}
        assert sorted((caller.protocol, caller.address) for caller in server.callers) == [
            (Protocol.TCP, seen_as),
            (Protocol.UDP, seen_as),
        ]


async def test_peers_and_the_gateway_itself_reach_the_public_address(
    gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """Another peer keeps its own address. The hosting peer and the gateway host appear with the gateway's."""
    alices, bobs = await gateway.join(), await gateway.join(BOB)
    await open_ports(gateway)
    async with (
        quick_up(world.friend, alices, "ggfriend0", tmp_path),
        quick_up(world.friend2, bobs, "ggfriend1", tmp_path),
        hosting_all(world.friend) as servers,
    ):
        for asker, addresses in ((world.friend2, BOBS), (world.friend, GATEWAYS_OWN), (world.vps, GATEWAYS_OWN)):
            for public, seen_as in zip(PUBLIC, addresses, strict=True):
                await assert_reaches(asker, public, servers, seen_as)


@pytest.mark.parametrize("mode", [Mode.SPLIT, Mode.LINUX])
async def test_another_peers_address_is_kept_whatever_the_hosts_config(
    gateway: Gateway, world: World, tmp_path: Path, mode: Mode
) -> None:
    """A split tunnel keeps it as well, because its AllowedIPs hold the other peers."""
    alices, bobs = await gateway.join(mode=mode), await gateway.join(BOB)
    await open_ports(gateway)
    async with (
        quick_up(world.friend, alices, "ggfriend0", tmp_path),
        quick_up(world.friend2, bobs, "ggfriend1", tmp_path),
        hosting_all(world.friend) as servers,
    ):
        for public, seen_as in zip(PUBLIC, BOBS, strict=True):
            await assert_reaches(world.friend2, public, servers, seen_as)


async def test_a_public_address_that_is_on_no_interface_is_reached_from_everywhere(
    idle_gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """Behind a cloud's 1:1 NAT, players, another peer, the hosting peer and the gateway host reach it."""
    gateway = idle_gateway
    gateway.settings = f'public_address = "{ELASTIC4}"\npublic_address6 = "{ELASTIC6}"'
    await load(world.inet, tmp_path, CLOUD)
    await gateway.start()
    alices, bobs = await gateway.join(), await gateway.join(BOB)
    await open_ports(gateway)
    async with (
        quick_up(world.friend, alices, "ggfriend0", tmp_path),
        quick_up(world.friend2, bobs, "ggfriend1", tmp_path),
        hosting_all(world.friend) as servers,
    ):
        for asker, addresses in (
            (world.player, PLAYERS),
            (world.friend2, BOBS),
            (world.friend, GATEWAYS_OWN),
            (world.vps, GATEWAYS_OWN),
        ):
            for public, seen_as in zip(ELASTIC, addresses, strict=True):
                await assert_reaches(asker, public, servers, seen_as)


async def test_a_closed_port_is_closed_inside_too(gateway: Gateway, world: World, tmp_path: Path) -> None:
    """The way through the public address opens nothing that is not forwarded."""
    alices, bobs = await gateway.join(), await gateway.join(BOB)
    await gateway.forward(25565, protocol=Protocol.TCP)
    async with (
        quick_up(world.friend, alices, "ggfriend0", tmp_path),
        quick_up(world.friend2, bobs, "ggfriend1", tmp_path),
        hosting(world.friend, 25565) as server,
    ):
        assert await world.friend2.ask_tcp(VPS4, 25565) == "hello"
        for public in PUBLIC:
            with pytest.raises(OSError):
                await world.friend2.ask_udp(public, 25565, timeout_s=0.5)
        await gateway.unforward(25565)
        server.callers.clear()
        for public in PUBLIC:
            with pytest.raises(OSError):
                await world.friend2.ask_tcp(public, 25565, timeout_s=0.5)
        assert server.callers == []
