"""Packets from the Internet with sources that no packet from there has."""

from __future__ import annotations

import socket
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
TRUE = ["192.0.2.20", "2001:db8:20::1"]


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

        async def both_heard_the_true_ones() -> bool:
            return len(server.callers) >= 2 and len(own.callers) >= 2

        await until(both_heard_the_true_ones)
        assert len(server.callers) == 2
        assert {str(caller.address) for caller in own.callers} == set(TRUE)


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
