"""A flood does not take the friend's line down, and other players play on."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import ExitStack, asynccontextmanager, suppress
from ipaddress import IPv6Address

import pytest

from gateway.demo.flow import flowing
from gateway.demo.namespace import Address, Namespace, family_of
from gateway.demo.server import GameServer, hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import OTHER_PLAYER6, PLAYER4, PLAYER6, VPS4, VPS6, World
from gateway.model import Protocol
from tests.net.gateway import Gateway

TCP, UDP = socket.SOCK_STREAM, socket.SOCK_DGRAM
RATE, PER_SOURCE, PER_FORWARD = 5, 30, 40
BURST = 3 * RATE
THEIRS = 3  # flows of the other players in that test
LIMITS = f"[policy]\nnew_flows_per_second = {RATE}\nflows_per_source = {PER_SOURCE}\nflows_per_forward = {PER_FORWARD}"
WIDE = "[policy]\nnew_flows_per_second = 1000\nflows_per_source = 30\nflows_per_forward = 40"
FAMILIES = [pytest.param(VPS4, PLAYER4, id="IPv4"), pytest.param(VPS6, PLAYER6, id="IPv6")]


@asynccontextmanager
async def hosted(gateway: Gateway, settings: str) -> AsyncIterator[GameServer]:
    """Open port 25565 of a gateway with these limits. Yield it with the server behind it."""
    gateway.settings = settings
    await gateway.start()
    config = await gateway.join()
    await gateway.forward(25565)
    home = gateway.world.friend
    async with peer_up(home, config, "ggfriend0") as tunnel, hosting(home, 25565) as server:
        await tunnel.handshake()
        yield server


class Flood:
    """Flows that begin in one namespace, each from a port of its own."""

    def __init__(self, home: Namespace, stack: ExitStack) -> None:
        self._home, self._stack = home, stack

    def begin(self, number: int, target: Address, kind: int, sources: Iterable[Address] = ()) -> None:
        own = list(sources)

        def make() -> None:
            for index in range(number):
                made = self._stack.enter_context(socket.socket(family_of(target), kind))
                made.setblocking(False)
                if own:
                    made.bind((str(own[index % len(own)]), 0))
                problem = made.connect_ex((str(target), 25565))
                assert problem in (0, errno.EINPROGRESS)
                if kind == UDP:
                    made.send(b"flood")

        self._home.call(make)


async def refused(gateway: Gateway) -> int:
    (forward,) = (await gateway.status()).forwards
    return forward.refused


async def entries(gateway: Gateway) -> int:
    """Return conntrack's entries of port 25565, marked or not."""
    count = 0
    for family in ("ipv4", "ipv6"):
        listing = await gateway.run("conntrack", "-L", "-f", family)
        count += sum("dport=25565" in line.split() for line in listing.splitlines())
    return count


@pytest.mark.parametrize("kind", [pytest.param(TCP, id="TCP"), pytest.param(UDP, id="UDP")])
@pytest.mark.parametrize(("public", "source"), FAMILIES)
async def test_new_flows_of_one_source_are_limited_by_the_second(
    idle_gateway: Gateway, world: World, public: Address, source: Address, kind: int
) -> None:
    """300 flows begin at once. Only the burst comes in, and the rest is counted.

    A player from elsewhere is let in meanwhile.
    """
    async with hosted(idle_gateway, LIMITS) as server:
        loop = asyncio.get_running_loop()
        async with flowing(world.player2, public, 25565, Protocol.UDP) as old:
            with ExitStack() as stack:
                started = loop.time()
                Flood(world.player, stack).begin(300, public, kind)
                assert await world.player2.ask_tcp(public, 25565) == "hello"
                assert await world.player2.ask_udp(public, 25565) == "hello"

                async def all_was_judged() -> bool:
                    return await refused(idle_gateway) + await entries(idle_gateway) >= 300

                await until(all_was_judged)
                # the server may be slow to accept; half of the burst is shared by all sources
                await until(lambda: has_seen_from(server, source, BURST - 1 - THEIRS))
                came = {(caller.port, caller.protocol) for caller in server.callers if caller.address == source}
                allowed = BURST + RATE * (loop.time() - started + 1)
                assert len(came) <= allowed
                # a flow that is dropped in the nat hook leaves no entry
                assert await entries(idle_gateway) <= allowed + 3
            await old.goes_on()


async def has_seen_from(server: GameServer, source: Address | None, flows: int) -> bool:
    return sum(source in (None, caller.address) for caller in server.callers) >= flows


async def test_connections_that_end_at_once_are_limited_by_the_second_too(idle_gateway: Gateway, world: World) -> None:
    """The device refuses each connection, so none stays open, and each still counts."""
    async with hosted(idle_gateway, LIMITS):
        await idle_gateway.forward(25566)
        loop = asyncio.get_running_loop()
        started, came = loop.time(), 0
        while loop.time() < started + 4:
            with world.player.socket(2, TCP) as knock, suppress(TimeoutError):
                async with asyncio.timeout(0.03):
                    with pytest.raises(ConnectionRefusedError):
                        await loop.sock_connect(knock, (str(VPS4), 25566))
                    came += 1
        assert BURST <= came <= BURST + RATE * (loop.time() - started + 1)


async def test_addresses_of_one_ipv6_network_are_one_source(idle_gateway: Gateway, world: World) -> None:
    """A home has 2^64 addresses. 60 of them share one burst, and the neighbour's network has its own."""
    rotating = [IPv6Address("2001:db8:4::1000") + number for number in range(60)]
    lines = "".join(f"address add {address}/64 dev eth0 nodad\n" for address in rotating)
    await world.player.run("ip", "-batch", "-", stdin=lines)
    async with hosted(idle_gateway, LIMITS) as server:
        with ExitStack() as stack:
            Flood(world.player, stack).begin(240, VPS6, UDP, rotating)

            async def all_was_judged() -> bool:
                return await refused(idle_gateway) + await entries(idle_gateway) >= 240

            await until(all_was_judged)
            await until(lambda: has_seen_from(server, None, BURST - 1))
            assert len(server.callers) <= BURST + 5 * RATE
            assert await world.player2.ask_udp(VPS6, 25565) == "hello"
            assert server.saw(OTHER_PLAYER6, Protocol.UDP)


@pytest.mark.parametrize(("public", "source"), FAMILIES)
async def test_open_flows_of_one_source_and_of_one_forward_are_capped(
    idle_gateway: Gateway, world: World, public: Address, source: Address
) -> None:
    """However slowly they come, 30 of one source and 40 of all are the most. When flows end, others may begin."""
    async with hosted(idle_gateway, WIDE) as server:
        with ExitStack() as stack:
            flood = Flood(world.player, stack)
            other = Flood(world.player2, stack)
            for _ in range(12):
                flood.begin(5, public, UDP)
            await until(lambda: is_refused(idle_gateway, 60 - 30))
            await until(lambda: has_seen(server, 30))
            other.begin(20, public, TCP)
            await until(lambda: is_refused(idle_gateway, 30 + 10))
            await until(lambda: has_seen(server, 40))
            assert await entries(idle_gateway) == 40
            with pytest.raises(OSError):
                await world.player2.ask_udp(public, 25565, timeout_s=0.5)
            assert len(server.callers) == 40
        await idle_gateway.run("conntrack", "-D", "-s", str(source))
        assert await world.player2.ask_udp(public, 25565) == "hello"


async def has_seen(server: GameServer, flows: int) -> bool:
    return len({(caller.address, caller.port, caller.protocol) for caller in server.callers}) == flows


async def is_refused(gateway: Gateway, number: int) -> bool:
    return await refused(gateway) >= number


@pytest.mark.parametrize(("public", "source"), FAMILIES)
async def test_within_one_flow_nothing_is_limited(
    idle_gateway: Gateway, world: World, public: Address, source: Address
) -> None:
    """10,000 datagrams of one flow in a burst, answered or not, and bulk over TCP all get through."""
    async with hosted(idle_gateway, LIMITS) as server:
        with world.player.socket(family_of(public), UDP) as made:
            made.connect((str(public), 25565))
            for number in range(10_000):
                made.send(b"state")
                if number % 100 == 0:
                    await asyncio.sleep(0)  # so that the server reads, and no buffer of the test runs over

            async def passed() -> bool:
                (forward,) = (await idle_gateway.status()).forwards
                return forward.rx_bytes >= 10_000 * (28 + 5)

            await until(passed)
            assert {caller.address for caller in server.callers} == {source}
        reader, writer = await world.player.connect(public, 25565)
        writer.write(b"x" * 1_000_000)
        async with asyncio.timeout(20):
            await reader.readexactly(1_000_000)
        writer.close()
        assert await refused(idle_gateway) == 0


async def test_players_of_a_lan_party_all_get_in_with_the_defaults(gateway: Gateway, world: World) -> None:
    """25 players behind one address each begin a TCP and a UDP flow at the same moment."""
    config = await gateway.join()
    await gateway.forward(25565)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        assert await asked_at_once(world.player, 25) == {"hello"}


async def asked_at_once(home: Namespace, players: int) -> set[str]:
    """Return the answers to so many requests over TCP and over UDP, from one address."""
    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(ask(VPS4, 25565)) for _ in range(players) for ask in (home.ask_tcp, home.ask_udp)]
    return {task.result() for task in asked}


async def test_where_others_are_busy_an_address_is_sure_of_half(gateway: Gateway, world: World) -> None:
    """With the defaults, 60 flows of another source are open, and 30 begin at the same moment."""
    config = await gateway.join()
    await gateway.forward(25565)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        with ExitStack() as stack:
            Flood(world.player2, stack).begin(60, VPS4, UDP)

            async def are_open() -> bool:
                return await entries(gateway) == 60

            await until(are_open)
            assert await asked_at_once(world.player, 15) == {"hello"}
            assert await refused(gateway) == 0


async def test_a_flood_of_one_forward_leaves_the_others_alone(idle_gateway: Gateway, world: World) -> None:
    """The same source may use another forward, and the counts say which one was flooded."""
    async with hosted(idle_gateway, LIMITS), hosting(world.friend, 25566):
        await idle_gateway.forward(25566)
        with ExitStack() as stack:
            Flood(world.player, stack).begin(200, VPS4, UDP)
            assert await world.player.ask_udp(VPS4, 25566) == "hello"
            assert await world.player.ask_tcp(VPS4, 25566) == "hello"
        first, second = (await idle_gateway.status()).forwards
        assert (first.refused > 100, second.refused) == (True, 0)


async def test_without_ipv6_in_the_tunnel_a_flood_by_ipv6_uses_up_no_limit(idle_gateway: Gateway, world: World) -> None:
    """Its packets belong to no forward. They are not counted, and players of IPv4 get in."""
    async with hosted(idle_gateway, f'subnet6 = ""\n{LIMITS}'):
        with ExitStack() as stack:
            Flood(world.player2, stack).begin(200, VPS6, UDP)
            Flood(world.vps, stack).begin(200, VPS6, UDP)
            assert await world.player.ask_udp(VPS4, 25565) == "hello"
            assert await world.player.ask_tcp(VPS4, 25565) == "hello"
            assert await refused(idle_gateway) == 0
