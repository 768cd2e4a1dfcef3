"""The cost of the bus: the same requests over the Unix socket and over three nats-servers, in turn."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any

from gateway.api.client import GatewayClient
from gateway.api.contract import AddForward, GetPolicy, List, RemoveForward, Request
from gateway.demo.tunnel import until
from gateway.demo.world import World
from gateway.errors import GatewayError
from gateway.model import parse_ports
from tests.bench import state
from tests.bench.report import Figure, Report, Target
from tests.natsserver import nats
from tests.net.gateway import ADMIN, ALICE, BOB
from tests.net.region import PATIENCE_S, Region, bus_of, line_to, region_in, there
from tests.net.suite import requests

PEERS, ROUNDS, WRITES, SUITES, AT_ONCE = 100, 200, 60, 8, 500
BOUND = 1.3
_NO_PACE = "changes_per_minute = 1000000"


async def bus(folder: Path) -> Report:
    """Measure both ways in turn, because a slow moment of the machine slows both."""
    async with World("bus-") as world:
        with line_to(world.vps) as line:
            async with (
                nats(folder / "nats", size=3, address=line.address) as servers,
                region_in(world, folder, servers, line, wanted=state.desired(PEERS, 0), policy=_NO_PACE) as region,
                bus_of(servers) as connection,
            ):
                await there(connection)
                ways = {"socket": region.over_the_socket(), "bus": region.over(connection)}
                return await _measure(region, ways)


async def _measure(region: Region, ways: dict[str, GatewayClient]) -> Report:
    figures, targets = list[Figure](), list[Target]()
    opened = parse_ports("25565")
    for name, rounds, acts in (
        ("policy", ROUNDS, (lambda client: client.call(GetPolicy(actor=ALICE)),)),
        (f"list, {PEERS} peers", ROUNDS, (lambda client: client.call(List(actor=ADMIN, everyone=True)),)),
        (
            "forward and unforward",
            WRITES,
            (
                lambda client: client.call(AddForward(actor=ALICE, ports=opened)),
                lambda client: client.call(RemoveForward(actor=ALICE, ports=opened)),
            ),
        ),
    ):
        took: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(rounds):
            for way, client in ways.items():
                took[way].append(await _timed(client, acts))
        _compare(name, took, figures, targets)
    for way, client in ways.items():
        began = time.perf_counter()
        await asyncio.gather(*(client.call(GetPolicy(actor=ALICE)) for _ in range(AT_ONCE)))
        figures.append(Figure.of(f"{AT_ONCE} policies at once, {way}", "ms", [(time.perf_counter() - began) * 1e3]))
    _compare(f"{len(requests())} requests of all kinds", await _suite(region, ways), figures, targets)
    return Report(
        "Requests over the bus",
        "The shipped gateway and courier on the VPS, three nats-servers, and the client "
        "in the benchmark's process. Requests over the bus are signed, and their answers sealed. From call to answer.",
        figures,
        targets,
    )


def _compare(name: str, took: dict[str, list[float]], figures: list[Figure], targets: list[Target]) -> None:
    made = {way: Figure.of(f"{name}, {way}", "ms", values) for way, values in took.items()}
    figures += made.values()
    targets.append(Target(f"{name}: bus against socket", made["bus"].middle / made["socket"].middle, bound=BOUND))
    last = {way: quantiles(values, n=100)[98] for way, values in took.items()}
    targets.append(Target(f"{name}: the same at the 99th percentile", last["bus"] / last["socket"]))


async def _suite(region: Region, ways: dict[str, GatewayClient]) -> dict[str, list[float]]:
    """Return how long each request took by way, each time from an empty state. Some are refused."""
    took: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(SUITES):
        for way, client in ways.items():
            await region.gateway.stop()
            shutil.rmtree(region.gateway.state_dir)
            await region.start_gateway()
            await until(partial(_answer, ways.values()), timeout_s=PATIENCE_S)
            for request in requests():
                took[way].append(await _timed(client, (partial(_ask, request),)))
    return took


async def _answer(clients: Iterable[GatewayClient]) -> bool:
    try:
        for client in clients:
            await client.call(GetPolicy(actor=BOB))
    except GatewayError:
        return False
    return True


async def _ask(request: Request[Any], client: GatewayClient) -> None:
    with suppress(GatewayError):
        await client.call(request)


async def _timed(client: GatewayClient, acts: tuple[Callable[[GatewayClient], Awaitable[object]], ...]) -> float:
    began = time.perf_counter()
    for act in acts:
        await act(client)
    return (time.perf_counter() - began) * 1e3
