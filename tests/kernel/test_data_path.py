"""The data path on a real kernel: its WireGuard, its nftables and its connection tracking, with players' packets.

The gateway's own parts run in this process, because a process of its own takes many seconds to start in the guest.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from gateway.api.client import with_private_key
from gateway.api.contract import Actor, AddForward, Caller, Join, Request, Revoke
from gateway.config import Backend, Config, GatewaySection
from gateway.foreign.routing import KernelFirewalls
from gateway.host import nft
from gateway.host.kernel import KernelHost
from gateway.keys import PrivateKey
from gateway.model import Mode, parse_ports
from gateway.network import Marks
from gateway.nftables.flows import KernelConntrack
from gateway.nftables.table import KernelTable
from gateway.state.kernel import Kernel
from gateway.state.operations import Operations
from gateway.state.reconciler import Reconciler
from gateway.state.store import Store
from gateway.wireguard.choose import choose
from tests.namespace import enter, eventually, fresh_network, ip

# Everything takes some 25 times longer in the guest, and longer still on a busy host.
pytestmark = [pytest.mark.kernel, pytest.mark.root, pytest.mark.timeout(540)]

ALICE, ROOT = Actor(id="1", name="alice"), Caller(uid=0, is_trusted=True)
PORT, INSIDE = 25565, 7777
VPS4, VPS6, PLAYER4, PLAYER6 = "203.0.113.1", "2001:db8:1::1", "198.51.100.7", "2001:db8:4::7"

# The Internet is one namespace: the VPS's router, a player, and the socket of the device's WireGuard.
LINES = f"""\
link add eth0 type veth peer name line netns inet
address add {VPS4}/24 dev eth0
address add {VPS6}/64 dev eth0 nodad
link set eth0 up

link set lo up
address add 203.0.113.254/24 dev line
address add 2001:db8:1::fe/64 dev line nodad
address add {PLAYER4}/32 dev lo
address add {PLAYER6}/128 dev lo
link set line up
link add wg0 type wireguard
link set wg0 netns home

link set lo up
"""
HAS_IPV6 = Path("/proc/sys/net/ipv6").exists()  # without it after ipv6.disable=1
ROUTES = ("-4 route add default via 203.0.113.254", "-6 route add default via 2001:db8:1::fe")


@dataclass
class Vps:
    """The gateway's parts on the thread's own network. `served` are the packets that the device's server got."""

    folder: Path
    section: GatewaySection
    private_key: PrivateKey = field(default_factory=PrivateKey.generate)
    served: list[tuple[Any, ...]] = field(default_factory=list)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Running]:
        """Start, and end as a kill does, which takes nothing down."""
        marks = Marks()
        async with AsyncExitStack() as stack:
            store = await stack.enter_async_context(Store.open(self.folder / "guildgate.db"))
            table = await stack.enter_async_context(KernelTable(marks))
            conntrack = await stack.enter_async_context(KernelConntrack(marks))
            wireguard = await choose(self.section, self.private_key)
            kernel = Kernel(wireguard, table, conntrack, KernelHost(), KernelFirewalls())
            config = Config(gateway=self.section)
            state = Reconciler(config, store, kernel)
            await state.start()
            tidying = asyncio.create_task(state.tidy())
            try:
                yield Running(kernel, state, Operations(config, self.private_key, store, kernel, state))
            finally:
                tidying.cancel()
                await asyncio.wait([tidying])


@dataclass
class Running:
    kernel: Kernel
    state: Reconciler
    operations: Operations

    async def ask(self, request: Request[Any]) -> Any:
        try:
            return await self.operations.handle(ROOT, request)
        finally:
            await self.state.tidied()


@pytest.fixture
def vps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vps]:
    monkeypatch.setattr(nft, "_TIMEOUT_S", 500)
    with fresh_network():
        for name in ("inet", "home"):
            ip("netns", "add", name)
        try:
            for where, lines in zip(((), ("-n", "inet"), ("-n", "home")), LINES.split("\n\n"), strict=True):
                known = "".join(line for line in lines.splitlines(keepends=True) if HAS_IPV6 or "2001:" not in line)
                subprocess.run(["ip", *where, "-batch", "-"], input=known, text=True, check=True)
            for route in ROUTES if HAS_IPV6 else ROUTES[:1]:
                ip(*route.split())
            yield Vps(tmp_path, GatewaySection(subnet4=IPv4Network("10.66.66.0/24"), backend=Backend.KERNEL))
        finally:
            for name in ("inet", "home"):
                ip("netns", "delete", name)


async def connect_device(vps: Vps, gateway: Running) -> None:
    """Bring a device into the VPN, with a port that leads to a server of both protocols on it."""
    key = PrivateKey.generate()
    issued = await gateway.ask(Join(actor=ALICE, device="pc", public_key=key.public_key, mode=Mode.FULL))
    config = with_private_key(issued, key)
    lines = [line for line in config.splitlines() if line.split(" ")[0] not in ("Address", "DNS", "MTU")]
    (vps.folder / "wg0.conf").write_text("\n".join(lines))
    ip("netns", "exec", "home", "wg", "setconf", "wg0", str(vps.folder / "wg0.conf"))
    for address in filter(None, (issued.peer.ipv4, issued.peer.ipv6 if HAS_IPV6 else None)):
        ip("-n", "home", "address", "add", str(address), "dev", "wg0", *(["nodad"] if address.version == 6 else []))
    ip("-n", "home", "link", "set", "wg0", "mtu", "1420", "up")
    for family in ("-4", "-6") if HAS_IPV6 else ("-4",):
        ip("-n", "home", family, "route", "add", "default", "dev", "wg0")
    await gateway.ask(AddForward(actor=ALICE, ports=parse_ports(str(PORT)), to_port=INSIDE))


@asynccontextmanager
async def served(vps: Vps) -> AsyncIterator[None]:
    """Echo what comes to the device's port, by UDP and TCP, and note where from."""

    class Echo(asyncio.DatagramProtocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, address: tuple[Any, ...]) -> None:
            vps.served.append(address)
            self.transport.sendto(data, address)

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            while data := await reader.read(100):
                writer.write(data)

    loop = asyncio.get_running_loop()
    place, family = (("::", INSIDE), socket.AF_INET6) if HAS_IPV6 else (("0.0.0.0", INSIDE), socket.AF_INET)
    datagrams = made("home", socket.SOCK_DGRAM, lambda it: it.bind(place), family)
    stream = made("home", socket.SOCK_STREAM, lambda it: it.bind(place), family)
    transport, _ = await loop.create_datagram_endpoint(Echo, sock=datagrams)
    server = await asyncio.start_server(echo, sock=stream)
    try:
        yield
    finally:
        transport.close()
        server.close()


def made(namespace: str, kind: int, prepare: Callable[[socket.socket], None], family: int = socket.AF_INET6) -> Any:
    """Make a socket inside of a namespace, on a thread of its own."""

    def make() -> socket.socket:
        enter(namespace)
        found = socket.socket(family, kind)
        found.setblocking(False)
        prepare(found)
        return found

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(make).result()


class Player:
    """A UDP socket of the player's."""

    def __init__(self, source: str, target: str) -> None:
        family = socket.AF_INET6 if ":" in source else socket.AF_INET
        self.socket = made("inet", socket.SOCK_DGRAM, lambda it: it.bind((source, 0)), family)
        self.socket.connect((target, PORT))

    async def is_answered(self) -> bool:
        """Ask once, and report whether an answer comes within a while."""
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(self.socket, b"hello")
        try:
            async with asyncio.timeout(5):
                return bool(await loop.sock_recv(self.socket, 100))
        except (TimeoutError, OSError):
            return False


@asynccontextmanager
async def connected(source: str, target: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Open a player's TCP connection."""
    plain = made("inet", socket.SOCK_STREAM, lambda it: it.bind((source, 0)), socket.AF_INET)
    async with asyncio.timeout(120):
        await asyncio.get_running_loop().sock_connect(plain, (target, PORT))
    reader, writer = await asyncio.open_connection(sock=plain)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def echoes(connection: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> bool:
    reader, writer = connection
    writer.write(b"hello\n")
    try:
        async with asyncio.timeout(10):
            return await reader.readline() == b"hello\n"
    except (TimeoutError, OSError):
        return False


async def test_players_of_both_families_reach_the_server_and_a_restart_cuts_none(vps: Vps) -> None:
    """The server sees them by their own addresses, and the kernel counts them for the forward by its mark."""
    async with AsyncExitStack() as stack:
        async with vps.running() as gateway:
            await connect_device(vps, gateway)
            await stack.enter_async_context(served(vps))
            players = [Player(PLAYER4, VPS4), Player(PLAYER6, VPS6)]
            for player in players:
                stack.callback(player.socket.close)
                await eventually(player.is_answered, within=200)
            assert {address[0] for address in vps.served} == {f"::ffff:{PLAYER4}", PLAYER6}
            connection = await stack.enter_async_context(connected(PLAYER4, VPS4))
            assert await echoes(connection)
            (forward,) = gateway.state.desired.forwards.values()
            flows = (await gateway.kernel.conntrack.flows([forward.slot]))[forward.slot]
            assert sorted((flow.protocol, str(flow.source)) for flow in flows) == [
                (6, PLAYER4),
                (17, PLAYER4),
                (17, PLAYER6),
            ]
            counters = await gateway.kernel.table.counters([forward.slot])
            assert len(counters) == 2
            assert all(packets for packets, _ in counters.values())
            handshakes = await shaken(gateway)
        async with vps.running() as gateway:
            assert await echoes(connection)
            assert await shaken(gateway) == handshakes
            after = await gateway.kernel.table.counters([forward.slot])
            assert all(after[key][0] >= packets for key, (packets, _) in counters.items())
            for player in players:
                assert await player.is_answered()
            await gateway.state.stop()
        assert "guildgate" not in subprocess.run(["nft", "list", "tables"], capture_output=True, text=True).stdout
        assert "wg0" not in ip("link")


async def shaken(gateway: Running) -> set[Any]:
    return {peer.latest_handshake for peer in (await gateway.kernel.wireguard.dump()).peers.values()}


async def test_a_flood_is_limited_and_open_connections_go_on_until_the_device_is_revoked(vps: Vps) -> None:
    async with vps.running() as gateway, served(vps):
        await connect_device(vps, gateway)
        player = Player(PLAYER4, VPS4)
        await eventually(player.is_answered, within=200)
        async with connected(PLAYER4, VPS4) as connection:
            assert await echoes(connection)
            (forward,) = gateway.state.desired.forwards.values()
            flood = [Player(PLAYER4, VPS4).socket for _ in range(300)]
            for one in flood:
                one.send(b"flood")
            refused = await gateway.kernel.table.refused([forward.slot])
            assert refused[forward.slot] > 0
            assert len({address[:2] for address in vps.served}) < len(flood)
            assert await echoes(connection)
            for one in flood:
                one.close()

            await gateway.ask(Revoke(actor=ALICE))
            assert not await echoes(connection)
            assert not await player.is_answered()
            assert (await gateway.kernel.wireguard.dump()).peers == {}
            assert (await gateway.kernel.conntrack.flows([forward.slot]))[forward.slot] == []
        player.socket.close()
        await gateway.state.stop()
