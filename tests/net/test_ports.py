"""The ports that can be had, and the promise that a forwarded one belongs to its member only."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from ipaddress import IPv4Address, IPv6Address

import pytest

from gateway.config import POOL
from gateway.demo.namespace import Address, Namespace
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up
from gateway.demo.world import PLAYER4, PLAYER6, SITE4, SITE6, VPS4, VPS6, World
from gateway.errors import BadRequest, PortForbidden, PortInUse, PortNeeded, PortTaken
from gateway.model import Protocol
from tests.net.gateway import ADMIN, ALICE, BOB, Gateway
from tests.net.surroundings import LAN_HOSTS, lan_behind

TCP, UDP = socket.SOCK_STREAM, socket.SOCK_DGRAM
PUBLIC: list[Address] = [VPS4, VPS6]
SITES: list[Address] = [SITE4, SITE6]
ALICE4, ALICE6 = IPv4Address("10.66.66.2"), IPv6Address("fd42:42:42::2")
BOB4, BOB6 = IPv4Address("10.66.66.3"), IPv6Address("fd42:42:42::3")


@asynccontextmanager
async def two_friends(gateway: Gateway) -> AsyncIterator[None]:
    alices, bobs = await gateway.join(), await gateway.join(BOB)
    async with (
        peer_up(gateway.world.friend, alices, "ggfriend0") as first,
        peer_up(gateway.world.friend2, bobs, "ggfriend1") as second,
    ):
        await first.handshake()
        await second.handshake()
        yield


async def call_from(home: Namespace, source: Address, port: int, target: Address, to: int, kind: int) -> str:
    """Return the answer of the server at `target` to a call from this port. Raise OSError."""
    loop = asyncio.get_running_loop()
    with home.socket(socket.AF_INET if source.version == 4 else socket.AF_INET6, kind) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((str(source), port))
        async with asyncio.timeout(5):
            await loop.sock_connect(made, (str(target), to))
            while True:
                await loop.sock_sendall(made, b"hello\n")
                try:
                    async with asyncio.timeout(0.1 if kind == UDP else 5):
                        answer = await loop.sock_recv(made, 100)
                except TimeoutError:
                    if kind == TCP:
                        raise
                    continue
                if kind == TCP:  # until both ends are closed, the next call from this port to there is refused
                    made.shutdown(socket.SHUT_WR)
                    assert await loop.sock_recv(made, 100) == b""
                return answer.decode().strip()


async def reaches(world: World, port: int, protocol: Protocol) -> list[bool]:
    """Report for (IPv4, IPv6) whether a player gets an answer."""
    ask = world.player.ask_tcp if protocol is Protocol.TCP else world.player.ask_udp
    answers = await asyncio.gather(*(ask(public, port, timeout_s=1) for public in PUBLIC), return_exceptions=True)
    return [answer == "hello" for answer in answers]


async def test_several_ports_and_ranges_in_one_request(gateway: Gateway, world: World) -> None:
    """`2456-2458, 27015/udp` opens each port of the range with both protocols, and the last with UDP alone."""
    async with two_friends(gateway):
        await gateway.forward("2456-2458, 27015/udp")
        for port in (2456, 2457, 2458, 27015, 2455, 2459):
            async with hosting(world.friend, port) as server:
                expected = {Protocol.TCP: 2456 <= port <= 2458, Protocol.UDP: 2456 <= port <= 2458 or port == 27015}
                for protocol, open_ in expected.items():
                    assert await reaches(world, port, protocol) == [open_, open_]
                    assert server.saw(PLAYER4, protocol) == server.saw(PLAYER6, protocol) == open_


async def test_a_shifted_range_keeps_its_order(gateway: Gateway, world: World) -> None:
    """Public 40000-40002 to 50000-50002: the last leads to the last, and the internal ports are not public."""
    async with two_friends(gateway):
        await gateway.forward("40000-40002", to_port=50000)
        for offset in range(3):
            async with hosting(world.friend, 50000 + offset) as server:
                for protocol in Protocol.BOTH.each:
                    assert await reaches(world, 40000 + offset, protocol) == [True, True]
                assert len(server.callers) == 4
        async with hosting(world.friend, 50001):
            assert await reaches(world, 50001, Protocol.TCP) == [False, False]


async def test_two_friends_host_the_same_game(gateway: Gateway, world: World) -> None:
    """The same internal port behind different public ports, and the same public port with either protocol."""
    async with two_friends(gateway):
        await gateway.forward(25565, ALICE)
        await gateway.forward(25566, BOB, to_port=25565)
        await gateway.forward(30000, ALICE, protocol=Protocol.TCP, to_port=25565)
        await gateway.forward(30000, BOB, protocol=Protocol.UDP, to_port=25565)
        async with hosting(world.friend, 25565) as alice, hosting(world.friend2, 25565) as bob:
            for port, protocol, server in (
                (25565, Protocol.TCP, alice),
                (25565, Protocol.UDP, alice),
                (25566, Protocol.TCP, bob),
                (25566, Protocol.UDP, bob),
                (30000, Protocol.TCP, alice),
                (30000, Protocol.UDP, bob),
            ):
                alice.callers.clear()
                bob.callers.clear()
                assert await reaches(world, port, protocol) == [True, True]
                other = bob if server is alice else alice
                assert (len(server.callers), len(other.callers)) == (2, 0)


async def test_an_overlap_is_refused_with_the_nearest_free_port(gateway: Gateway, world: World) -> None:
    """Only an admin reads the owner's name. Every kind of overlap is refused."""
    async with two_friends(gateway):
        await gateway.forward("27015-27018/udp")
        for ports, free in (("27015", "27014"), ("27018/udp", "27019"), ("27010-27015", "27009-27014")):
            with pytest.raises(PortTaken) as caught:
                await gateway.forward(ports, BOB)
            assert caught.value.details["free"] == free
            assert "alice" not in str(caught.value)
        with pytest.raises(PortTaken) as caught:
            await gateway.forward("27000-27030", ALICE)
        assert caught.value.details["owner"] == "you"
        await gateway.join(ADMIN)
        with pytest.raises(PortTaken) as caught:
            await gateway.forward("27016", ADMIN)
        assert caught.value.details["owner"] == "alice"
        await gateway.forward("27015-27018/tcp", BOB)


async def test_of_several_ports_all_are_opened_or_none(gateway: Gateway, world: World) -> None:
    """One taken port, or two that overlap, keep all of them closed."""
    async with two_friends(gateway):
        await gateway.forward(27015, BOB)
        table = await gateway.nft("list", "map", "inet", "guildgate", "fwd4")
        for ports in ("25565, 27015", "27015, 25565", "25565, 25560-25570/udp", "25565, 22", "25565, 61000"):
            with pytest.raises((PortTaken, PortForbidden, BadRequest)):
                await gateway.forward(ports)
        assert await gateway.nft("list", "map", "inet", "guildgate", "fwd4") == table
        assert [str(entry.forward.ports) for entry in (await gateway.status()).forwards] == ["27015"]
        async with hosting(world.friend, 25565):
            assert await reaches(world, 25565, Protocol.TCP) == [False, False]


@pytest.mark.parametrize("kind", [TCP, UDP])
@pytest.mark.parametrize(("site", "bob", "public"), [(SITE4, BOB4, VPS4), (SITE6, BOB6, VPS6)])
async def test_a_peers_flow_from_a_forwarded_port_leaves_from_the_pool(
    gateway: Gateway, world: World, kind: int, site: Address, bob: Address, public: Address
) -> None:
    """Bob's own port 40000 is Alice's public one, and 51820 is WireGuard's. The site sees neither."""
    async with two_friends(gateway), hosting(world.inet, 5000, SITES) as server:
        await gateway.forward(40000)
        for port in (40000, *([51820] if kind == UDP else []), 40001):
            server.callers.clear()
            assert await call_from(world.friend2, bob, port, site, 5000, kind) == "hello"
            assert {caller.address for caller in server.callers} == {public}
            (seen,) = {caller.port for caller in server.callers}
            assert seen in POOL if port != 40001 else seen == 40001


async def test_nor_does_it_take_the_port_of_a_suspended_member(gateway: Gateway, world: World) -> None:
    """She gets it back, and no peer's flow may have it then."""
    async with two_friends(gateway), hosting(world.inet, 5000, SITES) as server:
        await gateway.forward(40000)
        await gateway.suspend(ALICE)
        for bob, site in ((BOB4, SITE4), (BOB6, SITE6)):
            assert await call_from(world.friend2, bob, 40000, site, 5000, UDP) == "hello"
        assert [caller.port in POOL for caller in server.callers] == [True, True]
        busy = await gateway.nft("list", "set", "inet", "guildgate", "busy")
        await gateway.suspend(ALICE, is_so=False)
        assert await gateway.nft("list", "set", "inet", "guildgate", "busy") == busy


async def test_nor_does_one_to_another_network_of_the_host_sit_on_a_forwarded_port(
    idle_gateway: Gateway, world: World
) -> None:
    gateway = idle_gateway
    gateway.settings = '[policy]\npeer_networks = ["lan0"]'
    async with lan_behind(world.vps) as lan:
        await gateway.start()
        async with two_friends(gateway), hosting(lan, 5000, LAN_HOSTS) as server:
            await gateway.forward(40000)
            for bob, host in ((BOB4, LAN_HOSTS[0]), (BOB6, LAN_HOSTS[1])):
                assert await call_from(world.friend2, bob, 40000, host, 5000, UDP) == "hello"
            assert [caller.port in POOL for caller in server.callers] == [True, True]


@pytest.mark.parametrize("kind", [TCP, UDP])
@pytest.mark.parametrize(("site", "alice", "public"), [(SITE4, ALICE4, VPS4), (SITE6, ALICE6, VPS6)])
async def test_what_a_host_sends_from_its_internal_port_leaves_with_the_public_one(
    gateway: Gateway, world: World, kind: int, site: Address, alice: Address, public: Address
) -> None:
    """The same holds for a server that sent before the port was opened, and within a shifted range."""
    async with two_friends(gateway), hosting(world.inet, 5000, SITES) as server:
        assert await call_from(world.friend, alice, 7001, site, 5000, kind) == "hello"
        assert {caller.port for caller in server.callers} == {7001}
        await gateway.forward("8080-8082", to_port=7000)
        server.callers.clear()
        assert await call_from(world.friend, alice, 7001, site, 5000, kind) == "hello"
        assert {(caller.address, caller.port) for caller in server.callers} == {(public, 8081)}


async def test_a_flow_that_sat_on_a_port_leaves_it_when_the_port_is_opened(gateway: Gateway, world: World) -> None:
    """Bob talked from 40000 to a machine that then plays with Alice on 40000. It reaches Alice, and Bob talks on."""
    async with two_friends(gateway), hosting(world.friend, 40000) as alice:
        pairs = ((BOB4, SITE4, VPS4), (BOB6, SITE6, VPS6))
        async with hosting(world.inet, 5000, SITES) as site:
            for bob, address, _ in pairs:
                assert await call_from(world.friend2, bob, 40000, address, 5000, UDP) == "hello"
            assert {caller.port for caller in site.callers} == {40000}
        await gateway.forward(40000)
        for _, address, public in pairs:
            assert await call_from(world.inet, address, 5000, public, 40000, UDP) == "hello"
            assert alice.saw(address, Protocol.UDP)
        async with hosting(world.inet, 5000, SITES) as site:
            for bob, address, _ in pairs:
                assert await call_from(world.friend2, bob, 40000, address, 5000, UDP) == "hello"
            assert all(caller.port in POOL for caller in site.callers)


async def test_a_clash_of_two_peers_ends_on_no_forwarded_port(gateway: Gateway, world: World) -> None:
    """Both talk to the same server from the same port, and most of the other ports are forwarded."""
    async with two_friends(gateway), hosting(world.inet, 5000, SITES) as server:
        await gateway.join(ADMIN)
        for first in range(2000, 50000, 1000):
            await gateway.forward(f"{first}-{first + 999}/udp", ADMIN)
        for site, alice, bob in ((SITE4, ALICE4, BOB4), (SITE6, ALICE6, BOB6)):
            server.callers.clear()
            assert await call_from(world.friend, alice, 1500, site, 5000, UDP) == "hello"
            assert await call_from(world.friend2, bob, 1500, site, 5000, UDP) == "hello"
            kept, moved = dict.fromkeys(caller.port for caller in server.callers)
            assert kept == 1500
            assert not 2000 <= moved < 50000


async def test_the_hosts_own_sockets_keep_off_forwarded_ports(gateway: Gateway, world: World) -> None:
    """A program that asks for any port does not get a forwarded one."""
    await gateway.join()
    await gateway.forward("40000-40008")
    world.vps.sysctl("net/ipv4/ip_local_port_range", "40000 40009")
    for kind in (TCP, UDP):
        for family in (socket.AF_INET, socket.AF_INET6):
            with world.vps.socket(family, kind) as made:
                made.bind(("", 0))
                assert made.getsockname()[1] == 40009


async def test_members_leave_the_host_ports_for_its_own_connections(gateway: Gateway, world: World) -> None:
    """Half of a small range is the host's, also when an admin asks. Ports outside of it are free."""
    world.vps.sysctl("net/ipv4/ip_local_port_range", "40000 40009")
    await gateway.join()
    await gateway.join(ADMIN)
    await gateway.forward("40000-40004")
    for actor in (ALICE, ADMIN):
        with pytest.raises(PortNeeded) as refused:
            await gateway.forward("40005", actor)
        assert refused.value.details["free"] == "40010"
    await gateway.forward("40010")
    with ExitStack() as stack:
        for _ in range(5):
            made = stack.enter_context(world.vps.socket(socket.AF_INET, TCP))
            made.bind(("", 0))
            assert 40005 <= made.getsockname()[1] <= 40009


@pytest.mark.parametrize("kind", [TCP, UDP])
@pytest.mark.parametrize("address", ["0.0.0.0", str(VPS4), "::", str(VPS6)])
async def test_a_port_of_a_program_on_the_gateway_is_refused(
    gateway: Gateway, world: World, kind: int, address: str
) -> None:
    """The refusal says that it is in use and names a free one. Once the program is gone, the port can be had."""
    await gateway.join()
    with world.vps.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind) as taken:
        if ":" in address:
            taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        taken.bind((address, 25565))
        if kind == TCP:
            taken.listen()
        with pytest.raises(PortInUse) as caught:
            await gateway.forward(25565)
        assert (caught.value.details["ports"], caught.value.details["free"]) == ("25565", "25566")
        with pytest.raises(PortInUse):
            await gateway.forward("25560-25570")
        await gateway.forward(25565, protocol=Protocol.UDP if kind == TCP else Protocol.TCP)
    await gateway.forward(25565, protocol=Protocol.TCP if kind == TCP else Protocol.UDP)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.53", "::1"])
async def test_a_program_on_loopback_takes_no_port(gateway: Gateway, world: World, address: str) -> None:
    """A socket that no player can reach does not count."""
    config = await gateway.join()
    own = IPv6Address(address) if ":" in address else IPv4Address(address)
    async with (
        peer_up(world.friend, config, "ggfriend0") as tunnel,
        hosting(world.vps, 25565, [own]) as local,
        hosting(world.friend, 25565),
    ):
        await tunnel.handshake()
        await gateway.forward(25565)
        assert await reaches(world, 25565, Protocol.TCP) == [True, True]
        assert await world.vps.ask_tcp(own, 25565) == "hello"
        assert len(local.callers) == 1


async def test_nor_does_one_on_loopback_by_its_other_name(gateway: Gateway, world: World) -> None:
    """Java's programs bind loopback by this name."""
    await gateway.join()
    with world.vps.socket(socket.AF_INET6, socket.SOCK_STREAM) as listener:
        listener.bind(("::ffff:127.0.0.1", 25565))
        listener.listen()
        await gateway.forward(25565)


async def test_a_port_that_policy_denies_is_refused_with_the_reason(idle_gateway: Gateway) -> None:
    """The port is outside the range, on the list of denied ones, or WireGuard's own."""
    gateway = idle_gateway
    gateway.settings = '[policy]\nforward_ports = "2000-60000"\ndenied_ports = [3306, "6000-6063"]'
    await gateway.start()
    await gateway.join()
    for ports, reason in (
        ("1999", "2000-60000"),
        ("59999-60001", "2000-60000"),
        ("3306", "3306"),
        ("3300-3310", "3306"),
        ("6063-6070/udp", "6000-6063"),
        ("51820", "51820"),
    ):
        with pytest.raises(PortForbidden) as caught:
            await gateway.forward(ports)
        assert reason in str(caught.value).removeprefix(f"Port {ports.partition('/')[0]} ")
    await gateway.forward("51820/tcp")
