"""TCP through a tunnel that is narrower than both ends believe, without notices of packets that are too big."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from gateway.demo.namespace import Address, Namespace
from gateway.demo.server import hosting
from gateway.demo.world import SITE4, SITE6, VPS4, VPS6, World
from tests.net.gateway import Gateway
from tests.net.wgquick import quick_up

PUBLIC: list[Address] = [VPS4, VPS6]
SITES: list[Address] = [SITE4, SITE6]
OCTETS = 2_000_000

BLACK_HOLE = """
table inet hole {
    chain input {
        type filter hook input priority raw;
        icmp type destination-unreachable drop
        icmpv6 type packet-too-big drop
    }
}
"""


async def test_big_transfers_pass_a_narrow_tunnel_both_ways(
    idle_gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """A player or the host talks to the friend's server, and the friend to a site, both ways and in both families."""
    async with narrow_tunnel(idle_gateway, world, tmp_path):
        for public in PUBLIC:
            await send_and_get_back(world.player, public, 25565)
            await send_and_get_back(world.vps, public, 25565)
        for site in SITES:
            await send_and_get_back(world.friend, site, 80)


async def test_without_the_clamp_they_would_hang(idle_gateway: Gateway, world: World, tmp_path: Path) -> None:
    """So the test above can fail. Afterwards the gateway repairs its table, and transfers pass."""
    gateway = idle_gateway
    async with narrow_tunnel(gateway, world, tmp_path):
        with stopped(gateway):
            await gateway.nft("flush", "chain", "inet", "guildgate", "clamp")
            for asker, address, port in ((world.player, VPS4, 25565), (world.friend, SITE6, 80)):
                with pytest.raises(TimeoutError):
                    await send_and_get_back(asker, address, port, timeout_s=3)
        async with asyncio.timeout(10):
            while "maxseg" not in await gateway.nft("list", "chain", "inet", "guildgate", "clamp"):
                await asyncio.sleep(0.05)
        await send_and_get_back(world.player, VPS4, 25565)


@asynccontextmanager
async def narrow_tunnel(gateway: Gateway, world: World, folder: Path) -> AsyncIterator[None]:
    """Set the gateway's end to an MTU of 1280 while the friend has 1420.

    Yield a server at the friend and one on the Internet.
    """
    gateway.settings = "mtu = 1280"
    await gateway.start()
    config = await gateway.join()
    await gateway.forward(25565)
    assert "MTU = 1280\n" in config
    rules = folder / "hole.nft"
    rules.write_text(BLACK_HOLE)
    for namespace in (world.player, world.friend, world.inet):
        await namespace.run("nft", "-f", rules)
    async with (
        quick_up(world.friend, config.replace("MTU = 1280\n", "MTU = 1420\n"), "ggfriend0", folder),
        hosting(world.friend, 25565),
        hosting(world.inet, 80, SITES),
    ):
        yield


async def send_and_get_back(asker: Namespace, address: Address, port: int, *, timeout_s: float = 30) -> None:
    """Send data and receive it back. Raise TimeoutError when a part is missing."""
    reader, writer = await asker.connect(address, port)
    sent = os.urandom(OCTETS)
    try:
        async with asyncio.timeout(timeout_s):
            writer.write(sent)
            assert await reader.readexactly(OCTETS) == sent
    finally:
        writer.transport.abort()


@contextmanager
def stopped(gateway: Gateway) -> Iterator[None]:
    """Stop the process for the length of the block. Its kernel objects work on."""
    assert gateway.process
    gateway.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        gateway.process.send_signal(signal.SIGCONT)
