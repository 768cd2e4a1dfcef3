"""TCP through a tunnel that is narrower than both ends believe, without notices of packets that are too big."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

import pytest

from gateway.demo.namespace import Address, Namespace
from gateway.demo.server import hosting
from gateway.demo.tunnel import until
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


NO_FRAGMENTS = """
table inet hole {
    chain forward {
        type filter hook forward priority 0;
        ip frag-off & 0x3fff != 0 drop
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


@pytest.mark.parametrize(("mtu", "passes"), [('"auto"', True), ("1420", False)])
async def test_bulk_passes_an_uplink_that_drops_fragments(
    idle_gateway: Gateway, world: World, tmp_path: Path, mtu: str, passes: bool
) -> None:
    """An uplink of 1460 bytes, as behind DS-Lite, takes what 1380 bytes make, and not what 1420 make."""
    gateway = idle_gateway
    gateway.settings = f"mtu = {mtu}"
    await gateway.run("ip", "link", "set", "eth0", "mtu", "1460")
    await gateway.start()
    config = await gateway.join()
    await gateway.forward(25565)
    await world.inet.run("nft", NO_FRAGMENTS)
    async with quick_up(world.friend, config, "ggfriend0", tmp_path), hosting(world.friend, 25565):
        if passes:
            await send_and_get_back(world.player, VPS4, 25565)
        else:
            with pytest.raises(TimeoutError):
                await send_and_get_back(world.player, VPS4, 25565, timeout_s=3)


async def test_auto_follows_a_narrower_uplink(idle_gateway: Gateway, world: World) -> None:
    """The interface and new configs have what the uplink leaves, and 1380 again afterwards."""
    gateway = idle_gateway
    gateway.settings = 'mtu = "auto"'
    gateway.shorten("gateway.state.repairs", "LOOK_S", 0.2)
    await gateway.start()
    for uplink, mtu in ((1400, 1320), (1300, 1280), (1500, 1380)):
        await gateway.run("ip", "link", "set", "eth0", "mtu", str(uplink))
        await until(partial(_is_as_wide_as, gateway, mtu))
        assert f"MTU = {mtu}\n" in await gateway.join(device=f"d{mtu}")


async def _is_as_wide_as(gateway: Gateway, mtu: int) -> bool:
    return f"mtu {mtu} " in await gateway.run("ip", "link", "show", gateway.interface)


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
