"""The simulated Internet itself, which all other network tests rely on."""

from __future__ import annotations

import asyncio
import gc
import socket
import warnings
from asyncio.subprocess import PIPE
from collections.abc import Callable
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address

import pytest
from pyroute2 import netns

from gateway.demo.flow import flowing
from gateway.demo.namespace import Namespace
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up
from gateway.demo.world import (
    CGNAT4,
    OTHER_PLAYER4,
    OTHER_PLAYER6,
    PLAYER4,
    PLAYER6,
    SITE4,
    SITE6,
    VPS4,
    VPS6,
    World,
)
from gateway.keys import PrivateKey, new_preshared_key
from gateway.model import Protocol
from tests.lab import end_at_once, go_on, hosts, unused_prefix

pytestmark = pytest.mark.root


@pytest.mark.parametrize(
    ("caller", "public", "seen_as"),
    [
        (lambda world: world.player, VPS4, PLAYER4),
        (lambda world: world.player, VPS6, PLAYER6),
        (lambda world: world.player2, VPS4, OTHER_PLAYER4),
        (lambda world: world.player2, VPS6, OTHER_PLAYER6),
        (lambda world: world.friend, VPS4, CGNAT4),
        (lambda world: world.friend2, VPS4, CGNAT4),
    ],
)
async def test_the_vps_sees_the_right_addresses(
    world: World, caller: Callable[[World], Namespace], public: IPv4Address | IPv6Address, seen_as: object
) -> None:
    """The VPS sees players with their own addresses, and friends with their carrier's."""
    async with hosting(world.vps, 7000) as server:
        assert await caller(world).ask_tcp(public, 7000) == "hello"
        assert await caller(world).ask_udp(public, 7000) == "hello"
    assert [(seen.protocol, seen.address) for seen in server.callers] == [
        (Protocol.TCP, seen_as),
        (Protocol.UDP, seen_as),
    ]


async def test_homes_are_behind_the_nat(world: World) -> None:
    """No packet from outside reaches a friend's home, and there is no IPv6 at home."""
    async with hosting(world.friend, 7000) as server:
        for address, why in ((CGNAT4, ConnectionRefusedError), (IPv4Address("192.168.1.10"), OSError)):
            with pytest.raises(why, match="failed"):
                await world.player.ask_tcp(address, 7000, timeout_s=0.5)
        with pytest.raises(OSError, match="unreachable"):
            await world.friend.ask_tcp(SITE6, 80)
    assert server.callers == []


async def test_tunnel_from_a_file(world: World) -> None:
    """A config file makes a tunnel that carries everything. Both ends are what WireGuard would have on a real PC."""
    server_key, friend_key, preshared_key = PrivateKey.generate(), PrivateKey.generate(), new_preshared_key()
    # The other end must know this one's address, so here the friend waits for a player.
    near = f"""
[Interface]
PrivateKey = {server_key.reveal()}
Address = 10.9.0.1/32, fd09::1/128
[Peer]
PublicKey = {friend_key.public_key}
PresharedKey = {preshared_key}
AllowedIPs = 10.9.0.2/32, fd09::2/128
Endpoint = {PLAYER4}:{{port}}
"""
    far = f"""
[Interface]
PrivateKey = {friend_key.reveal()}
Address = 10.9.0.2/32, fd09::2/128
DNS = 1.1.1.1
MTU = 1380
[Peer]
PublicKey = {server_key.public_key}
PresharedKey = {preshared_key}
AllowedIPs = 0.0.0.0/0, ::/0
Endpoint = {VPS4}:{{port}}
PersistentKeepalive = 25
"""
    names = f"{world.vps.name}a"[-15:], f"{world.vps.name}b"[-15:]
    async with peer_up(world.vps, near.format(port=1), names[0]) as gateway:
        port = await gateway.listen_port()
        async with peer_up(world.player, far.format(port=port), names[1]) as tunnel, hosting(world.vps, 7000) as server:
            await tunnel.handshake()
            assert await world.player.ask_tcp("10.9.0.1", 7000) == "hello"
            assert await world.player.ask_udp("fd09::1", 7000) == "hello"
            assert [str(seen.address) for seen in server.callers] == ["10.9.0.2", "fd09::2"]
            link = await world.player.run("ip", "link", "show", names[1])
            assert "mtu 1380" in link
        with pytest.raises(OSError, match="failed"):
            await world.player.ask_tcp("10.9.0.1", 7000, timeout_s=0.5)


async def test_flow_notices_silence(world: World) -> None:
    """A flow is answered while the line is up and silent from when it goes down, over TCP and UDP."""
    async with (
        hosting(world.inet, 80, [SITE4]),
        flowing(world.player, SITE4, 80, Protocol.TCP) as tcp,
        flowing(world.player, SITE4, 80, Protocol.UDP) as udp,
    ):
        await go_on(tcp, udp)
        await world.player.run("ip", "link", "set", "eth0", "down")
        await end_at_once(tcp, udp)


async def test_a_server_that_ends_leaves_no_connection_open(world: World) -> None:
    """Also one that is being accepted in the very turn of the loop in which it ends."""
    for turns in range(6):
        with warnings.catch_warnings(record=True) as complaints:
            warnings.simplefilter("always", ResourceWarning)
            async with hosting(world.vps, 7000, [VPS4]):
                with world.vps.socket(socket.AF_INET, socket.SOCK_STREAM) as calling:
                    with suppress(BlockingIOError):
                        calling.connect((str(VPS4), 7000))
                    for _ in range(turns):
                        await asyncio.sleep(0)
            gc.collect()
        assert [str(complaint.message) for complaint in complaints] == []


async def test_names_for_a_namespace(world: World) -> None:
    """A process in a namespace finds the names written for it, and only them."""
    program = "import socket; print(socket.getaddrinfo('discord.com', 443, socket.AF_INET)[0][4][0])"
    with hosts(world.vps, {"discord.com": str(SITE4)}):
        async with world.vps.running("/usr/bin/python3", "-c", program, stdout=asyncio.subprocess.PIPE) as process:
            assert process.stdout is not None
            assert (await process.stdout.read()).decode().strip() == str(SITE4)


async def test_leaves_nothing() -> None:
    """After the block the namespaces are gone, with the processes that were left in them."""
    prefix = unused_prefix()
    with pytest.raises(RuntimeError, match="on purpose"):
        async with World(prefix) as world:
            command = ("ip", "netns", "exec", world.friend.name, "sh", "-c", "echo in; exec sleep 60")
            left = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
            assert left.stdout
            await left.stdout.readline()  # it may not have entered before
            with world.vps.socket(socket.AF_INET, socket.SOCK_STREAM):
                raise RuntimeError("on purpose")
    assert await asyncio.wait_for(left.wait(), 5) == -9
    assert not namespaces(prefix)


@pytest.mark.parametrize("so_far", range(1, 8))
async def test_leaves_nothing_when_it_is_cancelled(so_far: int) -> None:
    """A thread builds the world, and goes on when the building is cancelled."""
    prefix = unused_prefix()
    building = asyncio.create_task(World(prefix).__aenter__())
    while len(namespaces(prefix)) < so_far:
        await asyncio.sleep(0)
    building.cancel()
    with pytest.raises(asyncio.CancelledError):
        await building
    await asyncio.get_running_loop().shutdown_default_executor()  # returns when the thread has ended
    assert not namespaces(prefix)


def namespaces(prefix: str) -> list[str]:
    return [name for name in netns.listnetns() if name.startswith(prefix)]


async def test_two_at_once() -> None:
    """Two worlds do not meet."""
    async with World(unused_prefix()) as one, World(unused_prefix()) as other, hosting(one.vps, 7000):
        assert await one.player.ask_tcp(VPS4, 7000) == "hello"
        with pytest.raises(ConnectionRefusedError):
            await other.player.ask_tcp(VPS4, 7000, timeout_s=0.5)
