"""A forward's effect on packets, with the shipped gateway, wireguard-go and real servers behind it."""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Address, IPv6Address

import pytest

from gateway.api.contract import GetStatus
from gateway.demo.flow import flowing
from gateway.demo.namespace import Namespace
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import OTHER_PLAYER4, PLAYER4, PLAYER6, SITE4, SITE6, VPS4, VPS6, World
from gateway.model import Mode, Protocol
from tests.lab import end_at_once
from tests.net.gateway import ADMIN, ALICE, BOB, Gateway

Address = IPv4Address | IPv6Address
ROUTER4 = "203.0.113.254"  # a UDP server that listens on every address in `inet` answers the VPS from this one
PUBLIC: list[tuple[Address, Address]] = [(VPS4, PLAYER4), (VPS6, PLAYER6)]


async def send_into_tunnel(home: Namespace, interface: str, *ports: int) -> None:
    """Send with wg-quick's mark, so that packets to the gateway's public address take the tunnel as well."""
    await home.run("ip", "route", "add", "default", "dev", interface, "table", "77")
    for port in ports:
        for protocol in ("tcp", "udp"):
            await home.run("ip", "rule", "add", "ipproto", protocol, "dport", str(port), "lookup", "77")


async def test_a_player_reaches_the_friend_and_the_friend_sees_the_players_own_address(
    gateway: Gateway, world: World
) -> None:
    config = await gateway.join()
    await gateway.forward(25565)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565) as server:
        await tunnel.handshake()
        for public, player in PUBLIC:
            assert await world.player.ask_tcp(public, 25565) == "hello"
            assert await world.player.ask_udp(public, 25565) == "hello"
            for protocol in (Protocol.TCP, Protocol.UDP):
                assert server.saw(player, protocol)


async def test_a_port_that_is_not_forwarded_reaches_no_device(gateway: Gateway, world: World) -> None:
    config = await gateway.join()
    await gateway.forward(25565, protocol=Protocol.TCP)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel:
        await tunnel.handshake()
        async with hosting(world.friend, 25565) as server, hosting(world.friend, 25566) as other:
            with pytest.raises(OSError):
                await world.player.ask_tcp(VPS4, 25566, timeout_s=1)
            with pytest.raises(OSError):
                await world.player.ask_udp(VPS4, 25565, timeout_s=1)
            assert (server.callers, other.callers) == ([], [])


async def test_a_tunnel_reaches_the_internet_with_both_families(gateway: Gateway, world: World) -> None:
    config = await gateway.join()
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.inet, 80) as site:
        await tunnel.handshake()
        for address, public in ((SITE4, VPS4), (SITE6, VPS6)):
            assert await world.friend.ask_tcp(address, 80) == "hello"
            assert site.saw(public, Protocol.TCP)


async def test_ranges_and_other_internal_ports(gateway: Gateway, world: World) -> None:
    config = await gateway.join()
    await gateway.forward("27015-27017")
    await gateway.forward("8080-8081", to_port=80)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel:
        await tunnel.handshake()
        for public_port, internal in ((27016, 27016), (8081, 81)):
            async with hosting(world.friend, internal) as server:
                assert await world.player.ask_tcp(VPS4, public_port) == "hello"
                assert await world.player.ask_udp(VPS6, public_port) == "hello"
                assert server.saw(PLAYER4, Protocol.TCP)


@pytest.mark.parametrize("protocol", [Protocol.TCP, Protocol.UDP])
async def test_revoking_cuts_flows_that_are_open(gateway: Gateway, world: World, protocol: Protocol) -> None:
    config = await gateway.join()
    await gateway.forward(25565)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        async with flowing(world.player, VPS4, 25565, protocol) as flow:

            async def is_counted() -> bool:
                (forward,) = (await gateway.status()).forwards
                return (forward.connections, forward.players) == (1, 1)

            await until(is_counted)
            await gateway.revoke()
            await end_at_once(flow)
        with pytest.raises(OSError):
            await world.friend.ask_tcp(SITE4, 80, timeout_s=1)


async def test_closing_a_port_cuts_its_flows_and_leaves_other_ports_alone(gateway: Gateway, world: World) -> None:
    config = await gateway.join()
    await gateway.forward(25565)
    await gateway.forward(25566)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel:
        await tunnel.handshake()
        async with (
            hosting(world.friend, 25565),
            hosting(world.friend, 25566),
            flowing(world.player, VPS4, 25565, Protocol.UDP) as closed,
            flowing(world.player2, VPS4, 25566, Protocol.TCP) as open_,
        ):
            await gateway.unforward(25565)
            await end_at_once(closed)
            await open_.goes_on()


async def test_a_flow_that_came_before_the_forward_is_led_to_it(gateway: Gateway, world: World) -> None:
    config = await gateway.join()
    async with (
        peer_up(world.friend, config, "ggfriend0") as tunnel,
        hosting(world.friend, 25565) as server,
    ):
        await tunnel.handshake()
        early = world.player.socket(2, 2)
        with early:
            early.bind((str(PLAYER4), 40000))
            early.sendto(b"too early", (str(VPS4), 25565))
            await gateway.forward(25565)
            early.sendto(b"hello", (str(VPS4), 25565))
            async with asyncio.timeout(10):
                while True:
                    try:
                        answer = await asyncio.get_running_loop().sock_recv(early, 100)
                        break
                    except ConnectionRefusedError:
                        early.sendto(b"hello", (str(VPS4), 25565))
        assert answer == b"hello"
        assert server.saw(PLAYER4, Protocol.UDP)


async def test_peers_do_not_reach_each_other_nor_the_gateways_own_services(gateway: Gateway, world: World) -> None:
    alices, bobs = await gateway.join(), await gateway.join(BOB)
    async with (
        peer_up(world.friend, alices, "ggfriend0") as first,
        peer_up(world.friend2, bobs, "ggfriend1") as second,
        hosting(world.friend2, 5000) as server,
        hosting(world.vps, 22) as ssh,
    ):
        await first.handshake()
        await second.handshake()
        await send_into_tunnel(world.friend, "ggfriend0", 22, 5000)
        for address, port in (
            ("10.66.66.3", 5000),
            ("fd42:42:42::3", 5000),
            ("10.66.66.1", 22),
            (VPS4, 22),
            (VPS6, 22),
        ):
            with pytest.raises(OSError):
                await world.friend.ask_tcp(address, port, timeout_s=1)
        assert (server.callers, ssh.callers) == ([], [])
        await gateway.forward(5000, BOB)
        assert await world.friend.ask_tcp(VPS4, 5000) == "hello"
        assert server.saw(IPv4Address("10.66.66.2"), Protocol.TCP), "a friend's own VPN address is kept"


async def test_the_hosting_friend_reaches_their_own_server_at_the_public_address(
    gateway: Gateway, world: World
) -> None:
    config = await gateway.join()
    await gateway.forward(25565)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565) as server:
        await tunnel.handshake()
        await send_into_tunnel(world.friend, "ggfriend0", 25565)
        for public in (VPS4, VPS6):
            assert await world.friend.ask_udp(public, 25565) == "hello"
            assert await world.friend.ask_tcp(public, 25565) == "hello"
            assert await world.vps.ask_tcp(public, 25565) == "hello"
        assert {str(caller.address) for caller in server.callers} == {"10.66.66.1", "fd42:42:42::1"}


async def test_a_split_tunnel_hosts_too_and_sees_the_gateways_address(gateway: Gateway, world: World) -> None:
    config = await gateway.join(mode=Mode.SPLIT)
    await gateway.forward(25565)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565) as server:
        await tunnel.handshake()
        for public in (VPS4, VPS6):
            assert await world.player.ask_tcp(public, 25565) == "hello"
            assert await world.player.ask_udp(public, 25565) == "hello"
        assert {str(caller.address) for caller in server.callers} == {"10.66.66.1", "fd42:42:42::1"}


async def test_a_host_announces_its_server_from_the_public_port(gateway: Gateway, world: World) -> None:
    config = await gateway.join()
    await gateway.forward(8080, to_port=80)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.inet, 5000) as master:
        await tunnel.handshake()
        with world.friend.socket(2, 2) as sock:
            sock.bind(("10.66.66.2", 80))
            sock.connect((ROUTER4, 5000))
            await asyncio.get_running_loop().sock_sendall(sock, b"here I am")
            async with asyncio.timeout(10):
                assert await asyncio.get_running_loop().sock_recv(sock, 100) == b"here I am"
        assert [(caller.address, caller.port) for caller in master.callers] == [(VPS4, 8080)]


async def test_no_outgoing_flow_sits_on_a_forwarded_port(gateway: Gateway, world: World) -> None:
    alices, bobs = await gateway.join(), await gateway.join(BOB)
    await gateway.forward(40000)
    async with (
        peer_up(world.friend, alices, "ggfriend0") as first,
        peer_up(world.friend2, bobs, "ggfriend1") as second,
        hosting(world.inet, 5000) as site,
    ):
        await first.handshake()
        await second.handshake()
        with world.friend2.socket(2, 2) as sock:
            sock.bind(("10.66.66.3", 40000))
            sock.connect((ROUTER4, 5000))
            await asyncio.get_running_loop().sock_sendall(sock, b"hello")
            async with asyncio.timeout(10):
                await asyncio.get_running_loop().sock_recv(sock, 100)
        assert site.callers[0].address == VPS4
        assert site.callers[0].port >= 61000


async def test_spoofed_and_directly_routed_packets_come_to_nothing(gateway: Gateway, world: World) -> None:
    config = await gateway.join()
    await world.inet.run("ip", "route", "add", "10.66.66.0/24", "via", str(VPS4))
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 5000) as server:
        await tunnel.handshake()
        with pytest.raises(OSError):
            await world.player2.ask_tcp("10.66.66.2", 5000, timeout_s=1)
        assert server.callers == []
        assert OTHER_PLAYER4 not in [caller.address for caller in server.callers]
        status = await gateway.status(ADMIN)
        assert status.peers[0].latest_handshake
        assert status.peers[0].rx_bytes > 0
        assert (await gateway.status(ALICE)).peers == status.peers[:1]
        assert (await gateway.status(BOB)).peers == ()


async def test_status_can_be_asked_of_some_forwards_only(gateway: Gateway) -> None:
    """The answer has the devices that they lead to. It lacks closed forwards, and those of other members."""
    for friend in (ALICE, BOB):
        await gateway.join(friend)
    await gateway.forward(25565)
    await gateway.forward(25566, BOB)
    whole = await gateway.status()
    bobs = next(row.forward.id for row in whole.forwards if row.forward.owner == BOB.id)
    some = await gateway.client.call(GetStatus(actor=ADMIN, everyone=True, forwards=(bobs, 4711)))
    assert [row.forward.id for row in some.forwards] == [bobs]
    assert [row.peer.owner for row in some.peers] == [BOB.id]
    foreign = await gateway.client.call(GetStatus(actor=ALICE, forwards=(bobs,)))
    assert (foreign.forwards, foreign.peers) == ((), ())
