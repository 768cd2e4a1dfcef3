"""One device does not fill the host's table of flows, however it begins them."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack, suppress
from functools import partial

from gateway.demo.flow import flowing
from gateway.demo.namespace import Address, Namespace, family_of
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import SITE4, SITE6, World
from gateway.model import Protocol
from tests.net.gateway import ALICE, BOB, Gateway

LIMIT = 100
SETTINGS = f"[policy]\nflows_per_device = {LIMIT}"
PEER = ("10.66.66.2", "fd42:42:42::2")
SITES: list[Address] = [SITE4, SITE6]
DATAGRAM = 28 + 5  # the smaller header, and the text


async def entries(gateway: Gateway) -> int:
    """Return conntrack's entries of flows that the device began, over both families."""
    count = 0
    for family, address in zip(("ipv4", "ipv6"), PEER, strict=True):
        listing = await gateway.run("conntrack", "-L", "-f", family, "-s", address)
        count += len(listing.splitlines())
    return count


def begin(home: Namespace, stack: ExitStack, number: int) -> None:
    """Send a datagram to the sites from so many ports, by turns over IPv4 and IPv6."""

    def make() -> None:
        for index in range(number):
            site = SITES[index % 2]
            made = stack.enter_context(socket.socket(family_of(site), socket.SOCK_DGRAM))
            made.sendto(b"flood", (str(site), 9))

    home.call(make)


async def has_sent(gateway: Gateway, octets: int) -> bool:
    (alices,) = [row for row in (await gateway.status()).peers if row.peer.owner == ALICE.id]
    return alices.rx_bytes >= octets


async def test_open_flows_of_one_device_are_limited_in_each_family(idle_gateway: Gateway, world: World) -> None:
    """Its open flow and the other devices go on. When flows have ended, it begins others."""
    gateway = idle_gateway
    gateway.settings = SETTINGS
    await gateway.start()
    config, bobs = await gateway.join(), await gateway.join(BOB)
    async with (
        peer_up(world.friend, config, "ggfriend0") as tunnel,
        peer_up(world.friend2, bobs, "ggfriend1") as other,
        hosting(world.inet, 80, SITES),
        flowing(world.friend, SITE4, 80, Protocol.UDP) as old,
    ):
        await tunnel.handshake()
        await other.handshake()
        with ExitStack() as stack:
            begin(world.friend, stack, 4 * LIMIT)
            await until(partial(has_sent, gateway, 4 * LIMIT * DATAGRAM))
            assert await entries(gateway) == 2 * LIMIT
            loop = asyncio.get_running_loop()
            began = loop.time()
            while loop.time() < began + 3:  # the pace alone would let some ten more of each family begin
                begin(world.friend, stack, 10)
                await asyncio.sleep(0.2)
            assert await entries(gateway) == 2 * LIMIT
            for site in SITES:
                assert await world.friend2.ask_tcp(site, 80) == "hello"
                assert await world.friend2.ask_udp(site, 80) == "hello"
        await old.goes_on()
        for family, address in zip(("ipv4", "ipv6"), PEER, strict=True):
            await gateway.run("conntrack", "-D", "-f", family, "-s", address)

        async def may_begin() -> bool:
            try:
                return await world.friend.ask_udp(SITE6, 80, timeout_s=1) == "hello"
            except TimeoutError:
                return False

        await until(may_begin)


async def test_connections_that_are_closed_at_once_are_limited_as_well(idle_gateway: Gateway, world: World) -> None:
    """Their entries stay for two minutes, though a count of open connections does not hold them."""
    gateway = idle_gateway
    gateway.settings = SETTINGS
    await gateway.start()
    config = await gateway.join()
    loop = asyncio.get_running_loop()
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.inet, 80, SITES):
        await tunnel.handshake()
        began, opened = loop.time(), 0
        while opened < LIMIT + 20 and loop.time() < began + 15:
            with suppress(TimeoutError):
                _, writer = await world.friend.connect(SITE4, 80, timeout_s=0.3)
                opened += 1
                writer.close()
                await writer.wait_closed()
        assert opened >= LIMIT // 2
        assert await entries(gateway) <= LIMIT + 2 * LIMIT / 60 * (loop.time() - began) + 1
