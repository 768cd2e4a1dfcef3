"""What other programs break of ours during a match is back within a second, and the match goes on.

The bounds are wider, because a busy machine is slower; `tests.bench repairs` prints the times.
"""

from __future__ import annotations

import asyncio

import pytest

from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up
from gateway.demo.world import VPS4, VPS6, World
from gateway.model import Protocol
from tests.lab import go_on
from tests.net.gateway import Gateway

WITHIN_S = 3

DAMAGE = {
    "route4": "ip route delete 10.66.66.0/24",
    "route6": "ip -6 route delete fd42:42:42::/64",
    "route-elsewhere": "ip route replace 10.66.66.0/24 dev eth0",
    "addresses": "ip address flush dev ggtest0",
    "link-down": "ip link set ggtest0 down",
    "forwarding4": "sysctl -qw net.ipv4.ip_forward=0",
    "forwarding6": "sysctl -qw net.ipv6.conf.all.forwarding=0",
    "table": "nft delete table inet guildgate",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
async def test_a_match_goes_on_within_a_second(idle_gateway: Gateway, world: World, damage: str) -> None:
    gateway = idle_gateway
    gateway.shorten("gateway.state.repairs", "LOOK_S", 3600)
    await gateway.start()
    config = await gateway.join()
    await gateway.forward(25565)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        async with (
            flowing(world.player, VPS4, 25565, Protocol.TCP) as tcp,
            flowing(world.player, VPS4, 25565, Protocol.UDP) as udp,
            flowing(world.player, VPS6, 25565, Protocol.UDP) as udp6,
        ):
            await gateway.run(*damage.split())
            async with asyncio.timeout(WITHIN_S):
                await go_on(udp, udp6)
            await go_on(tcp)


async def test_reserved_ports_are_reserved_again_within_a_second(idle_gateway: Gateway) -> None:
    gateway = idle_gateway
    gateway.shorten("gateway.state.repairs", "LOOK_S", 3600)
    await gateway.start()
    await gateway.join()
    await gateway.forward(25565)
    gateway.world.vps.sysctl("net/ipv4/ip_local_reserved_ports", "8080")
    async with asyncio.timeout(WITHIN_S):
        while gateway.read_sysctl("ipv4/ip_local_reserved_ports") != "8080,25565":
            await asyncio.sleep(0.02)
