"""Packets from the Internet with sources that no packet from there has."""

from __future__ import annotations

import socket
import struct
from ipaddress import IPv4Address, ip_address

import pytest

from gateway.demo.namespace import Address, family_of
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import VPS4, VPS6, World
from gateway.model import Mode
from tests.net.gateway import Gateway

FORGED4 = ["192.168.1.20", "10.1.2.3", "172.16.0.9", "100.64.0.9", "169.254.1.1", "168.63.129.16", "240.0.0.5"]
FORGED6 = ["fd12::5", "fd00:ec2::254"]
# Sources that a kernel gives no interface, so these packets are written whole.
IMPOSSIBLE = ["0.1.2.3", "127.0.0.5", "224.0.0.9", "255.255.255.255", "::1", "ff0e::9", "fe80::66"]
TRUE = ["192.0.2.20", "2001:db8:20::1"]
WRITTEN = ["192.0.2.21", "2001:db8:20::2"]  # true ones as well


async def send_from(world: World, source: str, port: int) -> None:
    """Send a datagram to the VPS by its uplink, with this source."""
    public: Address = VPS4 if ip_address(source).version == 4 else VPS6
    length = "32" if public.version == 4 else "128"
    nodad = [] if public.version == 4 else ["nodad"]
    await world.inet.run("ip", "address", "add", f"{source}/{length}", "dev", "lo", *nodad)
    with world.inet.socket(family_of(public), socket.SOCK_DGRAM) as made:
        made.bind((source, 0))
        made.sendto(b"hello", (str(public), port))
    await world.inet.run("ip", "address", "delete", f"{source}/{length}", "dev", "lo")


def send_written(world: World, source: str, port: int) -> None:
    """Send a datagram to the VPS whose IP header is written here."""
    of = ip_address(source)
    public: Address = VPS4 if of.version == 4 else VPS6
    udp = struct.pack(">HHHH", 4000, port, 13, 0) + b"hello"
    if of.version == 4:
        head = struct.pack(">BBHHHBBH", 0x45, 0, 0, 0, 0, 64, socket.IPPROTO_UDP, 0)  # the kernel fills in the zeros
    else:
        head = struct.pack(">IHBB", 6 << 28, len(udp), socket.IPPROTO_UDP, 64)
        words = struct.unpack(">27H", of.packed + public.packed + struct.pack(">II", len(udp), 17) + udp + b"\0")
        total = sum(words)
        while total >> 16:
            total = (total & 0xFFFF) + (total >> 16)
        udp = udp[:6] + struct.pack(">H", ~total & 0xFFFF) + udp[8:]
    with world.inet.call(lambda: socket.socket(family_of(public), socket.SOCK_RAW, socket.IPPROTO_RAW)) as made:
        made.sendto(head + of.packed + public.packed + udp, (str(public), 0))


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.SPLIT])
async def test_no_flow_begins_with_a_forged_source(gateway: Gateway, world: World, mode: Mode) -> None:
    """It reaches neither a friend's server nor the host itself. A true source reaches both."""
    config = await gateway.join(mode=mode)
    await gateway.forward(25565)
    async with (
        peer_up(world.friend, config, "ggfriend0") as tunnel,
        hosting(world.friend, 25565) as server,
        hosting(world.vps, 5000) as own,
    ):
        await tunnel.handshake()
        for source in (*FORGED4, *FORGED6, *TRUE):
            for port in (25565, 5000):
                await send_from(world, source, port)
        for source in (*IMPOSSIBLE, *WRITTEN):
            for port in (25565, 5000):
                send_written(world, source, port)

        async def both_heard_the_true_ones() -> bool:
            return len(server.callers) >= 4 and len(own.callers) >= 4

        await until(both_heard_the_true_ones)
        assert len(server.callers) == 4
        assert [str(caller.address) for caller in own.callers] == [*TRUE, *WRITTEN]


@pytest.mark.parametrize("is_public_too", [False, True])
async def test_neighbours_of_a_private_network_on_the_uplink_are_heard(
    idle_gateway: Gateway, world: World, is_public_too: bool
) -> None:
    """Behind a home router every source is private. A provider's private network may share a public interface."""
    gateway = idle_gateway
    if not is_public_too:
        await world.vps.run("ip", "address", "flush", "dev", "eth0", "scope", "global")
    await world.vps.run("ip", "address", "add", "192.168.1.1/24", "dev", "eth0")
    if not is_public_too:
        await world.vps.run("ip", "route", "add", "default", "via", "192.168.1.254")
    await gateway.start()
    await world.inet.run("ip", "address", "add", "192.168.1.254/24", "dev", "vps")
    sources = ["192.168.1.20", "192.168.9.20"]
    async with hosting(world.vps, 5000) as own:
        for source in sources:
            await world.inet.run("ip", "address", "add", f"{source}/32", "dev", "lo")
            with world.inet.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
                made.bind((source, 0))
                made.sendto(b"hello", ("192.168.1.1", 5000))
        assert await world.inet.ask_udp("192.168.1.1", 5000) == "hello"
        heard = sources[:1] if is_public_too else sources
        expected = {IPv4Address(source) for source in (*heard, "192.168.1.254")}
        assert {caller.address for caller in own.callers} == expected
