"""The gateway's counts are true: real packets of players, of lists, of scanners and of the hosting device."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from gateway.api.contract import ForwardStatus
from gateway.api.events import Event, EventKind, News, Watch
from gateway.demo.namespace import Namespace
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import PLAYER4, SITE4, VPS4, World
from gateway.host.netlink import NETFILTER, attribute, nested
from gateway.model import Protocol
from gateway.network import Marks
from gateway.state.players import IDLE_S, LOOK_S
from tests.bench.status import connections
from tests.net.gateway import ADMIN, Gateway

GAME, QUERY = 27015, 27016
LEFT_S = 30.0  # the promise; then conntrack's own 120 s would be too late
ASSURED_S = 2.0  # the kernel's, for UDP
MANY = 10_000


async def seen(gateway: Gateway, ports: int = GAME) -> ForwardStatus:
    return next(row for row in (await gateway.status()).forwards if ports in row.forward.ports)


async def until_counts(
    gateway: Gateway, *, players: int, connections: int | None = None, timeout_s: float = 30
) -> None:
    """Wait until the gateway counts so many."""

    async def counts() -> bool:
        row = await seen(gateway)
        return row.players == players and connections in (None, row.connections)

    await until(counts, timeout_s=timeout_s)


async def most_players(gateway: Gateway, length_s: float) -> int:
    """Return the most players that the gateway counts at any look in that time."""
    loop = asyncio.get_running_loop()
    end, most = loop.time() + length_s, 0
    while loop.time() < end:
        most = max(most, (await seen(gateway)).players)
        await asyncio.sleep(0.05)
    return most


@dataclass(slots=True)
class Talker:
    """A UDP socket of a player that sends all the time."""

    sock: socket.socket
    target: tuple[str, int]
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def talk(self, pause_s: float) -> None:
        while True:
            self.sock.sendto(b"move", self.target)
            await asyncio.sleep(pause_s)

    async def fall_silent(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.wait(self.tasks)
        self.tasks.clear()


@asynccontextmanager
async def talking(
    home: Namespace, port: int = GAME, pause_s: float = 0.05, host: object = VPS4
) -> AsyncIterator[Talker]:
    made = home.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    talker = Talker(made, (str(host), port))
    talker.tasks.append(asyncio.create_task(talker.talk(pause_s)))
    try:
        yield talker
    finally:
        if talker.tasks:
            await talker.fall_silent()
        made.close()


@asynccontextmanager
async def opened(gateway: Gateway, world: World) -> AsyncIterator[None]:
    """Open game and query port to a server at home that answers everything."""
    config = await gateway.join()
    await gateway.forward(f"{GAME}-{QUERY}")
    async with (
        peer_up(world.friend, config, "ggfriend0") as tunnel,
        hosting(world.friend, GAME),
        hosting(world.friend, QUERY),
    ):
        await tunnel.handshake()
        yield


@contextmanager
def connected(home: Namespace, number: int, port: int = GAME) -> Iterator[list[socket.socket]]:
    """Hold so many TCP connections from one address."""

    def connect() -> socket.socket:
        made = stack.enter_context(socket.socket())
        made.settimeout(10)
        made.connect((str(VPS4), port))
        return made

    with ExitStack() as stack:
        yield [home.call(connect) for _ in range(number)]


async def test_a_connection_is_a_player_at_once_and_gone_when_it_closes(gateway: Gateway, world: World) -> None:
    """Minecraft Java, Terraria and OpenTTD look so."""
    async with opened(gateway, world):
        with connected(world.player, 1):
            await until_counts(gateway, players=1, connections=1)
        await until_counts(gateway, players=0, connections=0)


async def test_a_query_of_a_list_over_tcp_is_no_player(gateway: Gateway, world: World) -> None:
    """Minecraft's status: a connection, two questions, and its end."""

    def ask() -> None:
        with socket.create_connection((str(VPS4), GAME), timeout=10) as made:
            for _ in range(2):
                made.sendall(b"status")
                made.recv(100)

    async with opened(gateway, world):
        counting = asyncio.create_task(most_players(gateway, 3))
        for _ in range(5):
            await asyncio.to_thread(world.player.call, ask)
            await asyncio.sleep(0.3)
        assert await counting == 0


async def test_a_query_over_udp_is_a_connection_and_no_player(gateway: Gateway, world: World) -> None:
    """Steam's question comes twice, because the server first answers with a challenge."""
    async with opened(gateway, world):
        with world.player.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
            for _ in range(2):
                made.sendto(b"TSource Engine Query", (str(VPS4), GAME))
            await until_counts(gateway, players=0, connections=1)
            assert await most_players(gateway, 2 * ASSURED_S) == 0


async def test_a_scanner_that_asks_again_from_one_port_is_no_player(gateway: Gateway, world: World) -> None:
    """Its flow is assured by the second question."""
    async with opened(gateway, world), talking(world.player, pause_s=9) as scanner:
        await until_counts(gateway, players=0, connections=1)
        assert await most_players(gateway, 22) == 0
        await scanner.fall_silent()


async def test_a_player_over_udp_comes_and_has_left_after_20_seconds(gateway: Gateway, world: World) -> None:
    """Bedrock, Valheim, CS2, Factorio and Zomboid look so."""
    loop = asyncio.get_running_loop()
    async with opened(gateway, world), talking(world.player) as player:
        await until_counts(gateway, players=1, connections=1)
        assert await most_players(gateway, 2 * LOOK_S) == 1
        await player.fall_silent()
        silent_at = loop.time()
        await until_counts(gateway, players=0, connections=0, timeout_s=60)
        assert IDLE_S - 2 <= loop.time() - silent_at <= LEFT_S
        player.tasks.append(asyncio.create_task(player.talk(0.05)))
        await until_counts(gateway, players=1, connections=1)


async def test_two_friends_behind_one_nat_are_two(gateway: Gateway, world: World) -> None:
    """Each has a game and a query port, and one of them TCP as well."""
    async with opened(gateway, world), talking(world.player), talking(world.player, QUERY):
        with connected(world.player, 1):
            await until_counts(gateway, players=1, connections=3)
            async with talking(world.player) as other, talking(world.player, QUERY) as other_query:
                await until_counts(gateway, players=2, connections=5)
                assert await most_players(gateway, 3) == 2
                await other.fall_silent()
                await other_query.fall_silent()
                await until_counts(gateway, players=1, connections=3, timeout_s=60)


async def test_a_heartbeat_is_no_player_and_its_bytes_do_not_swap(gateway: Gateway, world: World) -> None:
    """The server sends from its game port to a list, which answers with much more."""
    config = await gateway.join()
    await gateway.forward(GAME)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel:
        await tunnel.handshake()
        with (
            world.inet.socket(socket.AF_INET, socket.SOCK_DGRAM) as listing,
            world.friend.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        ):
            listing.bind((str(SITE4), 27010))
            server.bind(("10.66.66.2", GAME))

            def beat() -> int:
                for made in (listing, server):
                    made.settimeout(10)
                for _ in range(5):
                    server.sendto(bytes(10), (str(SITE4), 27010))
                    _, (_, port) = listing.recvfrom(100)
                    listing.sendto(bytes(1000), (str(VPS4), port))
                    server.recv(2000)
                return int(port)

            assert await asyncio.to_thread(beat) == GAME
            await asyncio.sleep(ASSURED_S)
            await asyncio.to_thread(beat)
            row = await seen(gateway)
            assert (row.players, row.connections) == (0, 0)
            assert row.rx_bytes == 10 * (1000 + 28)
            assert row.tx_bytes == 9 * (10 + 28)  # a flow that a device begins has its mark from the second packet on


@pytest.mark.parametrize("events", ["0", "1", "2"])
async def test_counts_are_true_however_the_host_sends_notices(idle_gateway: Gateway, world: World, events: str) -> None:
    """The gateway leaves that setting as it is. It starts again in the middle of the matches."""
    gateway = idle_gateway
    world.vps.sysctl("net/netfilter/nf_conntrack_events", events)
    await gateway.start()
    async with opened(gateway, world), talking(world.player) as player:
        with connected(world.player2, 2):
            await until_counts(gateway, players=3, connections=3)
            await gateway.kill()
            await gateway.start()
            await until_counts(gateway, players=3, connections=3)
        await until_counts(gateway, players=1, connections=1)
        with connected(world.player2, 1):
            await until_counts(gateway, players=2, connections=2)
        await until_counts(gateway, players=1, connections=1)
        await player.fall_silent()
        await until_counts(gateway, players=0, connections=0, timeout_s=60)
        assert gateway.read_sysctl("netfilter/nf_conntrack_events") == events


async def test_a_watcher_hears_of_each_player_and_what_it_was(idle_gateway: Gateway, world: World) -> None:
    """The host counts the bytes of flows; the gateway does not change that."""
    gateway = idle_gateway
    world.vps.sysctl("net/netfilter/nf_conntrack_acct", "1")
    await gateway.start()
    async with opened(gateway, world), gateway.client.watch(Watch(actor=ADMIN)) as lines:
        assert (await anext(lines)).snapshot

        waiting = deque[Event]()

        async def player_event() -> Event:
            async with asyncio.timeout(60):
                while not waiting:
                    waiting.extend(event for event in (await anext(lines)).events if event.player)
            return waiting.popleft()

        with connected(world.player, 1) as (made,):
            first = await player_event()
            joined = await player_event()
            assert [first.kind, joined.kind] == [EventKind.FIRST_PLAYER, EventKind.PLAYER_JOINED]
            assert joined.forward
            assert (joined.forward.players, joined.forward.connections) == (1, 1)
            made.sendall(bytes(1000))
            assert await asyncio.to_thread(made.recv, 1, socket.MSG_WAITALL)
        left = await player_event()
        assert left.kind == EventKind.PLAYER_LEFT
        assert left.forward
        assert left.player
        assert left.player.until
        assert (left.forward.players, left.player.address, left.player.protocol) == (0, PLAYER4, Protocol.TCP)
        assert left.player.since <= left.player.until
        assert left.player.rx_bytes
        assert left.player.rx_bytes > 1000


def established(number: int) -> Iterator[bytes]:
    """Yield connections to the game, each from an address of its own, as DNAT leaves them."""
    home = IPv4Address("10.66.66.2")
    for one in range(number):
        there, back = (
            nested(
                kind,
                nested(1, attribute(1, source.packed), attribute(2, target.packed)),
                nested(2, attribute(1, b"\x06"), port(2, source_port), port(3, target_port)),
            )
            for kind, source, source_port, target, target_port in (
                (1, IPv4Address("100.0.0.0") + one, 40000, VPS4, GAME),
                (2, VPS4, GAME, IPv4Address("100.0.0.0") + one, 40000),
            )
        )
        state = nested(4, nested(1, attribute(1, b"\x03")))
        to = nested(13, attribute(1, home.packed), attribute(2, home.packed))
        numbers = ((3, 0b1110), (7, 3600), (8, Marks().of(1)))  # status, timeout, mark
        yield there + back + state + to + b"".join(attribute(kind, struct.pack(">I", value)) for kind, value in numbers)


def port(kind: int, number: int) -> bytes:
    return attribute(kind, struct.pack(">H", number))


async def test_a_burst_of_10_000_flows_loses_no_count(idle_gateway: Gateway, world: World) -> None:
    """The queue of notices overflows, and a look finds what they did not tell. A watcher is told the same."""
    gateway = idle_gateway
    gateway.changed["gateway.nftables.forwarded", "_BUFFER"] = 1 << 16
    await gateway.start()
    await gateway.join()
    await gateway.forward(GAME)
    async with gateway.client.watch(Watch(actor=ADMIN)) as lines:
        world.vps.call(lambda: connections(established(MANY)))
        await until_told(lines, MANY)
        lost = world.vps.call(dropped_notices)
        assert lost
        await until_counts(gateway, players=MANY, connections=MANY, timeout_s=120)
        await gateway.run("conntrack", "-D", "-p", "tcp", "--orig-port-dst", str(GAME))
        await until_told(lines, 0)
        assert world.vps.call(dropped_notices) > lost
        await until_counts(gateway, players=0, connections=0, timeout_s=120)


def dropped_notices() -> int:
    """Return how many notices of conntrack's the kernel could not queue for their listeners."""
    rows = (row.split() for row in Path("/proc/thread-self/net/netlink").read_text().splitlines()[1:])
    return sum(int(row[8]) for row in rows if int(row[1]) == NETFILTER and int(row[3], 16))


async def until_told(lines: AsyncIterator[News], count: int) -> None:
    """Wait until the stream tells so many players and connections, by an event or by a snapshot."""
    async with asyncio.timeout(120):
        async for news in lines:
            rows = [event.forward for event in news.events if event.forward]
            rows += news.snapshot.status.forwards if news.snapshot else ()
            if rows and (rows[-1].players, rows[-1].connections) == (count, count):
                return
