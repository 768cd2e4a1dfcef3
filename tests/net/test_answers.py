"""A device is answered from the address that it asked, whatever address WireGuard itself would use."""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from gateway.demo.namespace import Address, Namespace, family_of
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up
from gateway.demo.world import VPS4, VPS6, World
from gateway.model import Desired
from gateway.network import Network
from gateway.nftables.elements import elements_of
from gateway.nftables.text import load_script
from tests.net.gateway import Gateway
from tests.net.surroundings import load
from tests.net.test_uplinks import SECOND4, SECOND6, second_uplink
from tests.unit.builders import NETWORK

PORT = NETWORK.listen_port
OTHER4, OTHER6 = "203.0.113.2", "2001:db8:1::2"
ADDRESSES = [VPS4, VPS6, *map(ip_address, (OTHER4, OTHER6, SECOND4, SECOND6))]
WITHOUT_IPV6 = replace(NETWORK, subnet6=None, address6=None, public6=None)

# A provider drops packets with a source that is not its customer's.
REVERSE_PATH = """
table inet provider {
    chain pre {
        type filter hook prerouting priority raw;
        iifname { "vps", "vps2" } meta l4proto udp fib saddr . iif oif missing drop
    }
}
"""
_SIOCETHTOOL, _ETHTOOL_STXCSUM, _UDP_SEGMENT = 0x8946, 0x17, 103  # linux/sockios.h, ethtool.h, udp.h


@pytest.fixture
async def addresses(world: World, tmp_path: Path) -> AsyncIterator[list[Address]]:
    """Give the VPS three addresses of each family on two lines. A packet leaves by the line of its source."""
    await world.vps.run("ip", "address", "add", f"{OTHER4}/24", "dev", "eth0")
    await world.vps.run("ip", "address", "add", f"{OTHER6}/64", "dev", "eth0", "nodad")
    async with second_uplink(world):
        for family, address, router in (("-4", SECOND4, "192.0.2.254"), ("-6", SECOND6, "2001:db8:9::fe")):
            await world.vps.run("ip", family, "route", "add", "default", "via", router, "dev", "eth1", "table", "100")
            await world.vps.run("ip", family, "rule", "add", "from", address, "lookup", "100")
        await load(world.inet, tmp_path, REVERSE_PATH)
        yield ADDRESSES


async def load_table(vps: Namespace, folder: Path, network: Network = NETWORK) -> None:
    network = replace(network, outer=tuple(ADDRESSES))
    await load(vps, folder, load_script(network, elements_of(Desired(), network)))


def asker(namespace: Namespace, family: int) -> socket.socket:
    """Open a socket that takes answers from any address, unlike a NAT."""
    made = namespace.socket(family, socket.SOCK_DGRAM)
    made.bind(("", 0))
    return made


async def answered_from(asking: socket.socket, address: Address) -> Address:
    """Return the address that answers when this one is asked."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(5):
        await loop.sock_sendto(asking, b"hello", (str(address), PORT))
        answer, peername = await loop.sock_recvfrom(asking, 100)
    assert answer == b"hello"
    return ip_address(peername[0])


@pytest.mark.parametrize("network", [NETWORK, WITHOUT_IPV6], ids=["", "without-ipv6-in-the-tunnel"])
async def test_what_forgets_the_address_that_was_asked_answers_from_it_all_the_same(
    world: World, tmp_path: Path, addresses: list[Address], network: Network
) -> None:
    """wireguard-go does so since it uses UDP_GRO."""

    async def answers() -> list[Address]:
        found = []
        for address in addresses:
            with asker(world.player, family_of(address)) as asking:
                found.append(await answered_from(asking, address))
        return found

    async with hosting(world.vps, PORT):
        assert len(set(await answers())) == 2  # the kernel's choice, one of each family
        await load_table(world.vps, tmp_path, network)
        assert await answers() == addresses


async def test_a_device_that_turns_to_the_kernels_own_choice_is_answered_from_there(
    world: World, tmp_path: Path, addresses: list[Address]
) -> None:
    """It stays there, also when another address is asked with its source address."""
    await load_table(world.vps, tmp_path)
    async with hosting(world.vps, PORT):
        for first, second in ((ip_address(OTHER4), VPS4), (ip_address(SECOND4), VPS4)):
            with asker(world.player, socket.AF_INET) as asking:
                assert await answered_from(asking, first) == first
                assert await answered_from(asking, second) == second
                asking.sendto(b"hello", (str(first), PORT))
                await asyncio.get_running_loop().sock_recvfrom(asking, 100)
                assert await answered_from(asking, second) == second


@pytest.mark.parametrize("address", [ip_address(OTHER4), ip_address(OTHER6), VPS6], ids=str)
async def test_answers_that_the_kernel_cuts_up_are_whole(
    world: World, tmp_path: Path, addresses: list[Address], address: Address
) -> None:
    """wireguard-go sends with UDP_SEGMENT. Checksums are made at the last hop, as a VPS's device makes them."""
    await load_table(world.vps, tmp_path)
    world.inet.call(lambda: _make_checksums_at("player"))
    loop = asyncio.get_running_loop()
    pieces = [bytes([number]) * 1200 for number in range(20)]
    with (
        world.vps.socket(family_of(address), socket.SOCK_DGRAM) as answering,
        world.player.socket(family_of(address), socket.SOCK_DGRAM) as asking,
    ):
        answering.bind(("", PORT))
        asking.connect((str(address), PORT))
        async with asyncio.timeout(5):
            await loop.sock_sendall(asking, b"hello")
            _, peername = await loop.sock_recvfrom(answering, 100)
            segment = (socket.IPPROTO_UDP, _UDP_SEGMENT, struct.pack("=H", 1200))
            answering.sendmsg([b"".join(pieces)], [segment], 0, peername)
            assert [await loop.sock_recv(asking, 2000) for _ in pieces] == pieces


def _make_checksums_at(device: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        value = bytearray(struct.pack("=II", _ETHTOOL_STXCSUM, 0))
        at = (ctypes.c_char * len(value)).from_buffer(value)
        fcntl.ioctl(any_socket, _SIOCETHTOOL, struct.pack("16sP", device.encode(), ctypes.addressof(at)))


@pytest.mark.parametrize("version", [4, 6])
async def test_a_tunnel_comes_up_at_every_public_address(
    world: World, idle_gateway: Gateway, addresses: list[Address], version: int
) -> None:
    """One after the other: over each a friend behind a NAT, or a device with IPv6, hosts a game.

    One family only: wireguard-go that has sent to IPv4 loses three quarters of an IPv6 address (`ua.IP` in
    conn/bind_std.go).
    """
    gateway = idle_gateway
    gateway.settings = 'public_interface = ["eth0", "eth1"]\n'
    await gateway.start()
    config = await gateway.join()
    await gateway.forward(25565)
    for number, address in enumerate(address for address in addresses if address.version == version):
        home, endpoint = (world.friend, f"{address}") if version == 4 else (world.player2, f"[{address}]")
        async with (
            peer_up(home, config.replace(f"{VPS4}:", f"{endpoint}:"), f"ggfriend{number}") as tunnel,
            hosting(home, 25565),
        ):
            await tunnel.handshake()
            assert await world.player.ask_tcp(VPS4, 25565) == "hello"
            assert await world.player.ask_udp(VPS6, 25565) == "hello"
