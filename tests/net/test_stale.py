"""Flows that began before the table knew what to do with them, because NAT is decided on a flow's first packet."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from signal import SIGCONT, SIGSTOP

import pytest

from gateway.api.target import SetToPort
from gateway.demo.flow import Flow, flowing
from gateway.demo.namespace import Address, Namespace, family_of
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import SITE4, SITE6, VPS4, VPS6, World
from gateway.model import Protocol
from tests.lab import end_at_once, go_on
from tests.net.gateway import ALICE, Gateway
from tests.net.surroundings import LAN_HOSTS, LAN_OWN, lan_behind, load
from tests.net.traffic import Player, playing, pushing

# ufw, Docker and firewalld have such a rule, with which the kernel tracks flows while our table is away.
STATEFUL = """table inet hosts {
    chain input {
        type filter hook input priority filter;
        ct state established,related accept
    }
}"""
NEW4 = IPv4Address("203.0.113.77")
ANYCAST4 = IPv4Address("198.18.0.9")
PEER: list[Address] = [IPv4Address("10.66.66.2"), IPv6Address("fd42:42:42::2")]
INSIDE: list[Address] = [IPv4Address("10.66.66.1"), IPv6Address("fd42:42:42::1")]


async def all_knock_until_served(*players: Player) -> None:
    async def served() -> bool:
        for player in players:
            player.say_hello()
        return all(player.stamps for player in players)

    await until(served)


@pytest.mark.parametrize("way", ["restart", "repair"])
async def test_a_player_that_tried_while_the_gateway_was_away_gets_through_afterwards(
    gateway: Gateway, world: World, tmp_path: Path, way: str
) -> None:
    """A player goes on trying from one socket, as games do."""
    await load(world.vps, tmp_path, STATEFUL)
    config = await gateway.join()
    await gateway.forward(25565)
    async with playing(world.player, [VPS4, VPS6], 25565) as players:
        if way == "restart":
            await gateway.stop()
        else:
            gateway.signal(SIGSTOP)
            await gateway.nft("delete", "table", "inet", "guildgate")
        for player in players:
            player.say_hello()

        async def tracked() -> bool:
            lists = [await gateway.run("conntrack", "-L", "-f", family, "-p", "udp") for family in ("ipv4", "ipv6")]
            return all("dport=25565" in listing for listing in lists)

        await until(tracked)
        if way == "restart":
            await gateway.start()
        else:
            gateway.signal(SIGCONT)
        async with peer_up(world.friend, config, "ggfriend0") as tunnel, pushing(world.friend, 25565):
            await tunnel.handshake()
            await all_knock_until_served(*players)


async def test_a_player_that_tried_any_address_of_the_host_gets_through_when_the_port_opens(
    gateway: Gateway, world: World
) -> None:
    """The address may be on another network than the uplink's, or one of the host itself."""
    config = await gateway.join()
    async with lan_behind(world.vps) as lan:
        await world.vps.run("ip", "address", "add", f"{ANYCAST4}/32", "dev", "lo")
        await world.inet.run("ip", "route", "add", f"{ANYCAST4}/32", "via", str(VPS4))
        async with (
            peer_up(world.friend, config, "ggfriend0") as tunnel,
            pushing(world.friend, 25565),
            playing(world.player, [ANYCAST4, VPS4, VPS6], 25565) as players,
            playing(lan, LAN_OWN, 25565) as neighbours,
        ):
            await tunnel.handshake()
            for player in (*players, *neighbours):
                player.say_hello()
            await gateway.forward(25565)
            await all_knock_until_served(*players, *neighbours)


@asynccontextmanager
async def no_table(gateway: Gateway) -> AsyncIterator[None]:
    """Delete the table, and let the gateway find out only at the end of the block."""
    gateway.signal(SIGSTOP)
    await gateway.nft("delete", "table", "inet", "guildgate")
    yield
    gateway.signal(SIGCONT)


async def begin(stack: AsyncExitStack, home: Namespace, targets: list[Address], port: int) -> list[Flow]:
    return [
        await stack.enter_async_context(flowing(home, target, port, protocol))
        for target in targets
        for protocol in Protocol.BOTH.each
    ]


async def test_a_flow_from_outside_into_the_tunnel_that_began_without_a_table_ends(
    gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """It was with a peer, or with a program at the gateway's address in the tunnel. The host's own flows go on."""
    await load(world.vps, tmp_path, STATEFUL)
    config = await gateway.join()
    async with (
        lan_behind(world.vps) as lan,
        peer_up(world.friend, config, "ggfriend0") as tunnel,
        hosting(world.friend, 5000),
        hosting(world.vps, 8080, INSIDE),
        AsyncExitStack() as stack,
    ):
        await tunnel.handshake()
        for subnet, router in (("10.66.66.0/24", VPS4), ("fd42:42:42::/64", VPS6)):
            await world.inet.run("ip", "route", "add", subnet, "via", str(router))
        own = await begin(stack, world.vps, PEER, 5000)
        async with no_table(gateway):
            foreign = [
                *await begin(stack, world.inet, PEER, 5000),
                *await begin(stack, lan, PEER, 5000),
                *await begin(stack, world.inet, INSIDE, 8080),
            ]
        for flow in foreign:
            await flow.ended()
        await go_on(*own)


async def test_a_peers_flow_to_what_is_never_the_internet_ends_though_it_is_hidden(
    idle_gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """It began while there was no table, behind another program's masquerade.

    It leads to a cloud's metadata, or to the host's public address, from which the cloud sends it back to the host.
    """
    gateway = idle_gateway
    gateway.settings = f'public_address = "{NEW4}"'
    await gateway.start()
    config = (await gateway.join()).replace(str(NEW4), str(VPS4))
    await load(
        world.vps,
        tmp_path,
        """table inet hosts {
            chain post {
                type nat hook postrouting priority srcnat;
                oifname "eth0" masquerade
            }
        }""",
    )
    never: list[Address] = [IPv4Address("169.254.169.254"), IPv6Address("fd00:ec2::254"), NEW4]
    sites: list[Address] = [SITE4, SITE6]
    for address in never:
        await world.inet.run("ip", "address", "add", str(address), "dev", "lo")
    async with (
        peer_up(world.friend, config, "ggfriend0") as tunnel,
        hosting(world.inet, 5000, [*never, *sites]),
        AsyncExitStack() as stack,
    ):
        await tunnel.handshake()
        async with no_table(gateway):
            hidden = await begin(stack, world.friend, never, 5000)
            others = await begin(stack, world.friend, sites, 5000)
        for flow in hidden:
            await flow.ended()
        await go_on(*others)


async def test_a_server_that_announces_itself_all_the_time_follows_the_public_address(
    gateway: Gateway, world: World
) -> None:
    """Packets from its internal port leave with its public one, at the gateway's present address."""
    await world.vps.run("ip", "address", "add", f"{NEW4}/32", "dev", "eth0")
    config = (await gateway.join()).replace(str(VPS4), str(NEW4))
    await gateway.forward(8080, to_port=80)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.inet, 5000, [SITE4]) as directory:
        await tunnel.handshake()
        with world.friend.socket(socket.AF_INET, socket.SOCK_DGRAM) as announcing:
            announcing.bind(("", 80))

            async def announced_at(address: IPv4Address) -> bool:
                announcing.sendto(b"here I am", (str(SITE4), 5000))
                return any((caller.address, caller.port) == (address, 8080) for caller in directory.callers)

            await until(lambda: announced_at(VPS4))
            await world.vps.run("ip", "address", "delete", f"{VPS4}/24", "dev", "eth0")
            await world.vps.run("ip", "address", "add", f"{NEW4}/24", "dev", "eth0")
            await world.vps.run("ip", "route", "replace", "default", "via", "203.0.113.254")
            await until(lambda: announced_at(NEW4))


@pytest.mark.parametrize("target", [VPS4, VPS6])
async def test_a_conversation_with_the_host_itself_goes_on_when_its_port_is_forwarded(
    gateway: Gateway, world: World, target: Address
) -> None:
    """An admin's ssh stays, for example, when its server has moved to another port since."""
    config = await gateway.join()
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 2222) as server:
        await tunnel.handshake()
        own = world.vps.socket(family_of(target), socket.SOCK_STREAM)
        own.bind((str(target), 2222))
        listening = await asyncio.start_server(echo, sock=own)
        reader, writer = await world.player.connect(target, 2222)
        writer.write(b"hello\n")
        assert await reader.readline() == b"hello\n"
        listening.close()
        await gateway.forward(2222)
        assert await world.player.ask_tcp(target, 2222) == "hello"
        assert len(server.callers) == 1
        writer.write(b"still there?\n")
        assert await asyncio.wait_for(reader.readline(), 5) == b"still there?\n"
        writer.close()


async def test_a_flow_that_another_program_leads_elsewhere_is_left_to_it(
    gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """Docker does so. New flows to the port are the forward's."""
    config = await gateway.join()
    async with (
        lan_behind(world.vps) as lan,
        peer_up(world.friend, config, "ggfriend0") as tunnel,
        hosting(lan, 80) as container,
        hosting(world.friend, 8080) as server,
    ):
        await tunnel.handshake()
        await load(
            world.vps,
            tmp_path,
            f"""table ip nat {{
                chain PREROUTING {{
                    type nat hook prerouting priority dstnat;
                    fib daddr type local meta l4proto {{ tcp, udp }} th dport 8080 dnat to {LAN_HOSTS[0]}:80
                }}
            }}""",
        )
        async with (
            flowing(world.player, VPS4, 8080, Protocol.TCP) as tcp,
            flowing(world.player, VPS4, 8080, Protocol.UDP) as udp,
        ):
            theirs = set(container.callers)
            assert len(theirs) == 2
            await gateway.forward(8080)
            assert await world.player.ask_tcp(VPS4, 8080) == "hello"
            assert len(server.callers) == 1
            await go_on(tcp, udp)
            assert set(container.callers) == theirs


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        writer.write(line)
    writer.close()


async def test_a_forward_that_leads_to_another_port_takes_its_players_along(gateway: Gateway, world: World) -> None:
    """Open flows to the port before end, because they would go on to a server that the owner left."""
    config = await gateway.join()
    await gateway.forward(25565)
    async with (
        peer_up(world.friend, config, "ggfriend0") as tunnel,
        hosting(world.friend, 25565) as old,
        hosting(world.friend, 25570) as new,
    ):
        await tunnel.handshake()
        for address in (VPS4, VPS6):
            async with flowing(world.player, address, 25565, Protocol.TCP) as tcp:
                assert old.connections
                await gateway.client.call(SetToPort(actor=ALICE, ids=(1,), to_port=25570))
                await end_at_once(tcp)
                assert await world.player.ask_tcp(address, 25565) == "hello"
                assert await world.player.ask_udp(address, 25565) == "hello"
                await gateway.client.call(SetToPort(actor=ALICE, ids=(1,), to_port=25565))
        assert new.callers
