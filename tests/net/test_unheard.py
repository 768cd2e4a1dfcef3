"""UDP packets from outside that no socket of the host takes: they leave nothing behind, and what is heard goes on."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import ExitStack
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

from gateway.demo.namespace import Address, Datagrams, Namespace, family_of
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import PLAYER4, PLAYER6, SITE4, SITE6, VPS4, VPS6, World
from tests.net.gateway import Gateway
from tests.net.nat import Depends, NatType, nat_type, servers, udp
from tests.net.surroundings import load
from tests.net.test_stale import STATEFUL

PEER4, PEER6 = IPv4Address("10.66.66.2"), IPv6Address("fd42:42:42::2")
ROUTER4, ROUTER6 = IPv4Address("203.0.113.254"), IPv6Address("2001:db8:1::fe")
FAMILIES = [pytest.param(PEER4, VPS4, PLAYER4, id="IPv4"), pytest.param(PEER6, VPS6, PLAYER6, id="IPv6")]
GROUP4, GROUP6 = "224.0.1.42", "ff12::42"


async def entries(gateway: Gateway, *parts: str) -> list[str]:
    """Return conntrack's UDP entries that hold all of `parts`."""
    listing = "".join([await gateway.run("conntrack", "-L", "-p", "udp", "-f", each) for each in ("ipv4", "ipv6")])
    return [line for line in listing.splitlines() if set(parts) <= set(line.split())]


def knock(home: Namespace, target: Address, ports: range) -> None:
    """Send a datagram to each of these ports."""
    with home.socket(family_of(target), socket.SOCK_DGRAM) as knocking:
        for port in ports:
            try:
                knocking.sendto(b"hello?", (str(target), port))
            except ConnectionRefusedError:
                knocking.sendto(b"hello?", (str(target), port))


@pytest.mark.parametrize(("public", "source"), [pytest.param(VPS4, PLAYER4), pytest.param(VPS6, PLAYER6)])
async def test_packets_that_no_socket_takes_leave_no_entry(
    gateway: Gateway, world: World, public: Address, source: Address
) -> None:
    async with hosting(world.vps, 5000):
        knock(world.player, public, range(20_000, 22_000))
        assert await world.player.ask_udp(public, 5000) == "hello"
        left = await entries(gateway, f"src={source}")
        assert {line for line in left if "dport=5000" not in line} == set()
        assert len(left) == 1, "what a socket takes is tracked as before"


@pytest.mark.parametrize(("own", "public", "friend"), FAMILIES)
async def test_when_both_sides_call_each_other_both_are_heard(
    gateway: Gateway, world: World, own: Address, public: Address, friend: Address
) -> None:
    """The other one's packet comes first, as in hole punching. The device's flow keeps its port all the same."""
    loop = asyncio.get_running_loop()
    async with peer_up(world.friend, await gateway.join(), "ggfriend0") as tunnel, hosting(world.vps, 5000):
        await tunnel.handshake()
        with udp(world.friend, own, 40_000) as device, udp(world.player, friend, 40_001) as other:
            other.sendto(b"from outside", (str(public), 40_000))
            assert await world.player.ask_udp(public, 5000) == "hello"  # so the packet before has arrived
            device.sendto(b"from inside", (str(friend), 40_001))
            async with asyncio.timeout(10):
                text, sender = await loop.sock_recvfrom(other, 100)
            assert (text, sender[:2]) == (b"from inside", (str(public), 40_000))
            other.sendto(b"from outside", (str(public), 40_000))
            async with asyncio.timeout(10):
                text, sender = await loop.sock_recvfrom(device, 100)
            assert (text, sender[:2]) == (b"from outside", (str(friend), 40_001))


@pytest.mark.parametrize(
    ("own", "public", "sites"),
    [
        pytest.param(PEER4, VPS4, [SITE4, ROUTER4], id="IPv4"),
        pytest.param(PEER6, VPS6, [SITE6, ROUTER6], id="IPv6"),
    ],
)
@pytest.mark.parametrize("is_called_first", [False, True])
async def test_a_device_is_behind_a_nat_that_keeps_one_port_for_all_sites(
    gateway: Gateway, world: World, own: Address, public: Address, sites: list[Address], is_called_first: bool
) -> None:
    """It is a port-restricted cone in the words of RFC 3489, and no symmetric NAT, even when the sites call first."""
    config = await gateway.join()
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, servers(world.inet, sites) as found:
        await tunnel.handshake()
        if is_called_first:
            for address, port in found.sockets:
                found.send(address, port, (str(public), 40_123), b"before")
        assert await nat_type(world.friend, own, 40_123, found) == NatType(
            mapping=Depends.NOT, filtering=Depends.ON_ADDRESS_AND_PORT, mapped=(str(public), 40_123)
        )


def a_dual_stack_socket(home: Namespace) -> socket.socket:
    made = home.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    made.bind(("::", 5000))
    return made


def a_socket_of_one_interface(home: Namespace) -> socket.socket:
    made = home.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
    made.bind(("", 5000))
    return made


def a_connected_socket(home: Namespace) -> socket.socket:
    made = udp(home, VPS4, 5000)
    made.connect((str(PLAYER4), 5001))
    return made


def an_ipsec_daemons_socket(home: Namespace) -> socket.socket:
    """Open a socket as a daemon of IPsec does. The kernel takes ESP out of it and leaves the key exchange."""
    made = udp(home, VPS4, 5000)
    made.setsockopt(socket.IPPROTO_UDP, 100, 2)  # UDP_ENCAP, UDP_ENCAP_ESPINUDP of linux/udp.h
    return made


@pytest.mark.parametrize(
    ("make", "target"),
    [
        pytest.param(lambda home: udp(home, IPv4Address(0), 5000), VPS4, id="every address"),
        pytest.param(lambda home: udp(home, VPS6, 5000), VPS6, id="one address"),
        pytest.param(a_dual_stack_socket, VPS4, id="IPv4 on a dual-stack socket"),
        pytest.param(a_dual_stack_socket, VPS6, id="IPv6 on a dual-stack socket"),
        pytest.param(a_socket_of_one_interface, VPS4, id="one interface"),
        pytest.param(a_connected_socket, VPS4, id="connected"),
        pytest.param(an_ipsec_daemons_socket, VPS4, id="IPsec in UDP"),
    ],
)
async def test_every_kind_of_socket_of_the_host_still_hears(
    gateway: Gateway, world: World, make: Callable[[Namespace], socket.socket], target: Address
) -> None:
    text = bytes(4) + b"the marker in front of a key exchange is four zeros"
    with make(world.vps) as heard, world.player.socket(family_of(target), socket.SOCK_DGRAM) as sender:
        sender.bind(("", 5001))
        sender.sendto(text, (str(target), 5000))
        async with asyncio.timeout(10):
            assert await asyncio.get_running_loop().sock_recv(heard, 100) == text


@pytest.mark.parametrize("target", [GROUP4, GROUP6, "203.0.113.255"])
async def test_multicast_and_broadcast_are_heard_by_all(gateway: Gateway, world: World, target: str) -> None:
    family = socket.AF_INET6 if ":" in target else socket.AF_INET
    with ExitStack() as stack:
        hearing = []
        for _ in range(2):
            made = stack.enter_context(world.vps.socket(family, socket.SOCK_DGRAM))
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(("", 5353))
            index = world.vps.call(lambda: socket.if_nametoindex("eth0"))
            if target == GROUP4:
                mreq = struct.pack("4s4si", socket.inet_aton(target), bytes(4), index)
                made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, mreq)
            elif target == GROUP6:
                mreq = struct.pack("16si", socket.inet_pton(family, target), index)
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, mreq)
            hearing.append(made)
        sender = stack.enter_context(world.inet.socket(family, socket.SOCK_DGRAM))
        way = world.inet.call(lambda: socket.if_nametoindex("vps"))
        if target == GROUP6:
            sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, way)
        else:
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("4s4si", bytes(4), bytes(4), way))
        sender.sendto(b"to all", (target, 5353))
        for each in hearing:
            async with asyncio.timeout(10):
                assert await asyncio.get_running_loop().sock_recv(each, 100) == b"to all"


async def test_a_kernel_tunnel_of_the_host_still_hears(gateway: Gateway, world: World) -> None:
    """The other end of a VXLAN speaks first, and the host has no other socket of it than the kernel's."""
    for home, device, local, remote, own in (
        (world.vps, "eth0", VPS4, ROUTER4, "172.30.0.1/24"),
        (world.inet, "vps", ROUTER4, VPS4, "172.30.0.2/24"),
    ):
        ends = ("local", str(local), "remote", str(remote))
        await home.run(
            "ip", "link", "add", "vxlan0", "type", "vxlan", "id", "42", "dstport", "4789", "dev", device, *ends
        )
        await home.run("ip", "address", "add", own, "dev", "vxlan0")
        await home.run("ip", "link", "set", "vxlan0", "up")
    async with hosting(world.vps, 5000, [IPv4Address("172.30.0.1")]):

        async def answered() -> bool:
            try:
                return await world.inet.ask_udp("172.30.0.1", 5000, timeout_s=1) == "hello"
            except TimeoutError:
                return False

        await until(answered)


@pytest.mark.parametrize("public", [VPS4, VPS6])
async def test_a_program_outside_learns_that_nothing_hears(gateway: Gateway, world: World, public: Address) -> None:
    """The answer ends a traceroute at the host."""
    with Datagrams(world.player, public, 33_434) as probe, pytest.raises(ConnectionRefusedError):
        await probe.ask()


async def test_what_knocked_before_the_start_is_forgotten(idle_gateway: Gateway, world: World, tmp_path: Path) -> None:
    await load(world.vps, tmp_path, STATEFUL)
    async with hosting(world.vps, 5000):
        with world.player.socket(socket.AF_INET, socket.SOCK_DGRAM) as knocking:
            knocking.sendto(b"hello?", (str(VPS4), 40_000))
            assert await world.player.ask_udp(VPS4, 5000) == "hello"
        assert len(await entries(idle_gateway, f"src={PLAYER4}", "dport=40000")) == 1
        await idle_gateway.start()
        assert await entries(idle_gateway, f"src={PLAYER4}", "dport=40000") == []
