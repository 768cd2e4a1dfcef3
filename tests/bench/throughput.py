"""Bulk traffic of established flows by iperf3: through veth, and through wireguard-go as it is used."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Address
from pathlib import Path

from gateway.demo.namespace import Namespace
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import VPS4
from gateway.model import Protocol
from gateway.nftables.elements import elements_of
from gateway.nftables.text import load_script
from tests.bench.lane import INSIDE4, ROUTER4, lane
from tests.bench.report import Figure, Report, Target, ratio
from tests.bench.shipped import prepared
from tests.bench.state import NETWORK, desired, port
from tests.net.gateway import ADMIN

ROUNDS = 21
SECONDS = 1
FORWARDS = 10_000
NOTHING = "table inet guildgate { }\ndelete table inet guildgate\n"
REMARK = (
    f"One TCP stream of {SECONDS} s each time, {ROUNDS} interleaved rounds, with {FORWARDS:,} forwards loaded; "
    "without a table the receiver is reached by plain routing, with no connection tracking at all. "
)


async def veth(folder: Path) -> Report:
    """Measure without WireGuard, to see the cost of the table itself."""
    wanted = desired(1_000, FORWARDS)
    found: tuple[list[float], list[float]] = ([], [])
    async with (
        lane("bare", answers=True) as bare,
        lane("ours", answers=True) as ours,
        _server(bare.inside, port(0)),
        _server(ours.inside, port(0)),
    ):
        ours.load(load_script(NETWORK, elements_of(wanted, NETWORK)))
        for _ in range(ROUNDS):
            found[0].append(await _gbits(bare.outside, INSIDE4, port(0)))
            found[1].append(await _gbits(ours.outside, ROUTER4, port(0)))
    return _report(
        "Bulk throughput through veth", REMARK + "The ratio is the median of those within each round.", *found
    )


async def tunnel(folder: Path) -> Report:
    """Measure the shipped gateway's data path. Its process is killed, because it would put the table back."""
    found: tuple[list[float], list[float]] = ([], [])
    async with prepared(folder / "tunnel", "tun", 100, FORWARDS - 1) as gateway:
        world = gateway.world
        await gateway.start()
        config = await gateway.join(ADMIN)
        await gateway.forward(port(FORWARDS), ADMIN, Protocol.TCP)
        friend4 = IPv4Address(config.partition("Address = ")[2].partition("/")[0])
        saved = folder / "table.nft"
        saved.write_text(NOTHING + await gateway.nft("list", "table", "inet", "guildgate"))
        await gateway.kill()
        # Without the table nothing is translated, so the player needs a route to the friend's own address.
        await world.inet.run("ip", "route", "add", str(friend4), "via", str(VPS4))
        async with (
            peer_up(world.friend, config, "wg-friend") as up,
            _server(world.friend, port(FORWARDS)),
        ):
            await up.handshake()
            for _ in range(ROUNDS):
                await gateway.nft("delete", "table", "inet", "guildgate")
                found[0].append(await _gbits(world.player, friend4, port(FORWARDS)))
                await gateway.nft("-f", str(saved))
                found[1].append(await _gbits(world.player, VPS4, port(FORWARDS)))
        await gateway.start()  # it is stopped in order then, so that it clears up
    return _report(
        "Bulk throughput through wireguard-go", REMARK + "The ratio is the median of those within each round.", *found
    )


def _report(title: str, method: str, without: list[float], ours: list[float]) -> Report:
    figures = [Figure.of("no table", "Gbit/s", without), Figure.of("ours", "Gbit/s", ours)]
    against = Target("ours against no table", ratio(ours, without), bound=0.9, at_least=True)
    return Report(title, method, figures, [against])


async def _gbits(source: Namespace, target: IPv4Address, target_port: int) -> float:
    command = ("iperf3", "--json", "-c", str(target), "-p", str(target_port), "-t", str(SECONDS), "-O", "0.3")
    process = await asyncio.create_subprocess_exec(
        *("ip", "netns", "exec", source.name, *command), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    answer = json.loads(out)
    assert "error" not in answer, answer["error"]
    return float(answer["end"]["sum_received"]["bits_per_second"]) / 1e9


@asynccontextmanager
async def _server(namespace: Namespace, server_port: int) -> AsyncIterator[None]:
    quiet = asyncio.subprocess.DEVNULL
    async with namespace.running("iperf3", "-s", "-p", str(server_port), stdout=quiet, stderr=quiet):

        async def listens() -> bool:
            text = namespace.call(lambda: Path("/proc/thread-self/net/tcp6").read_text())
            return f":{server_port:04X} " in text

        await until(listens)
        yield
