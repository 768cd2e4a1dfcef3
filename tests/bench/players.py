"""The cost of the watch over players beside connections that are not ours, and how soon a player is told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

from gateway.api.events import EventKind, News, Watch
from gateway.demo.namespace import Namespace
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up
from gateway.demo.world import VPS4, World
from tests.bench.report import Figure, Report, Target
from tests.bench.shipped import seconds
from tests.bench.status import FOREIGN, connections, foreign
from tests.net.gateway import ADMIN, Gateway, gateway_in

PORT, ROUNDS, IDLE_S = 25565, 40, 20


async def players(folder: Path) -> Report:
    """Measure a small gateway before and after foreign connections are there. One server at home answers."""
    async with World("ply") as world, gateway_in(world, folder) as gateway:
        gateway.interface = "ggbench0"
        await gateway.start()
        config = await gateway.join()
        await gateway.forward(PORT)
        async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, PORT):
            await tunnel.handshake()
            async with gateway.client.watch(Watch(actor=ADMIN)) as lines:
                assert (await anext(lines)).snapshot
                few, idle = await _joins(world.player, lines), await _busy(gateway)
                world.vps.call(lambda: connections(foreign()))
                many, beside = await _joins(world.player, lines), await _busy(gateway)
    figures = [
        Figure.of("from connect() to the event", "ms", few),
        Figure.of(f"the same beside {FOREIGN:,} foreign connections", "ms", many),
        Figure.of("processor time, idle", "%", [idle]),
        Figure.of(f"processor time, idle beside {FOREIGN:,} foreign connections", "%", [beside]),
    ]
    return Report(
        "Players",
        "Connections over the shipped gateway, from connect() to PLAYER_JOINED at a watcher, which includes the 0.15 s "
        f"that tell a player from a query; {ROUNDS} times each. Idle for {IDLE_S} s without flows of forwards.",
        figures,
        [
            Target("a player is told, the slowest", max(few), "ms", bound=300),
            Target("the slowest beside foreign connections", max(many), "ms", bound=300),
            Target("with foreign connections against without", figures[1].middle / figures[0].middle, bound=1.2),
            Target("processor time beside foreign connections", beside, "%", bound=1),
        ],
    )


async def _joins(player: Namespace, lines: AsyncIterator[News]) -> list[float]:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        _, writer = await player.connect(VPS4, PORT)
        await _until(lines, EventKind.PLAYER_JOINED)
        times.append((time.perf_counter() - began) * 1e3)
        writer.close()
        await writer.wait_closed()
        await _until(lines, EventKind.PLAYER_LEFT)
    return times


async def _until(lines: AsyncIterator[News], kind: EventKind) -> None:
    async with asyncio.timeout(30):
        async for news in lines:
            if any(event.kind == kind for event in news.events):
                return


async def _busy(gateway: Gateway) -> float:
    """Return the part of a core that the gateway takes, in percent."""
    assert gateway.process
    stat = Path(f"/proc/{gateway.process.pid}/stat")
    began, before = time.monotonic(), seconds(stat, 13, 15)
    await asyncio.sleep(IDLE_S)
    return (seconds(stat, 13, 15) - before) / (time.monotonic() - began) * 100
