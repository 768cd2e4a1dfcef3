"""The time of one more forward, through the API of the shipped gateway and in other projects' ways."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from gateway.api.contract import AddForward
from gateway.model import Protocol, parse_ports
from tests.bench.report import Figure, Report, Target
from tests.bench.shipped import prepared
from tests.bench.state import OWNER, desired
from tests.bench.usual import usual
from tests.net.gateway import ADMIN, Gateway

ROUNDS = 25
PAUSE_S = 0.1  # because people do not type faster, and the tidying after one answer must not count for the next
PEERS, FEW, MANY = 100, 10, 10_000
FOREIGN = 50_000
_WRITTEN = 5 * 4120  # bytes that one forward adds to SQLite's write-ahead log


async def add_forward(folder: Path) -> Report:
    few_ms, many_ms, beside_ms, disk_ms, whole_ms, sync_ms = (list[float]() for _ in range(6))
    async with AsyncExitStack() as stack:
        few, many, beside = [
            await stack.enter_async_context(prepared(folder / name, name, PEERS, forwards))
            for name, forwards in (("few", FEW), ("many", MANY), ("beside", MANY))
        ]
        await beside.nft("-f", str(_foreign_set(folder)))
        for gateway in (few, many, beside):
            await gateway.start()
        other = await stack.enter_async_context(usual(few.world.player2, folder, desired(PEERS, MANY)))
        for number in range(ROUNDS):
            for gateway, found in ((few, few_ms), (many, many_ms), (beside, beside_ms)):
                found.append(await _ms(partial(_add, gateway, number)))
            disk_ms.append(await _ms(partial(asyncio.to_thread, _write_durably, folder / "disk")))
            if number < 5:
                whole_ms.append(await _ms(other.write_all_and_restart))
            sync_ms.append(await _ms(other.sync))
    figures = [
        Figure.of(f"add_forward with {FEW} forwards there", "ms", few_ms),
        Figure.of(f"add_forward with {MANY:,}", "ms", many_ms),
        Figure.of(f"the same beside a foreign set of {FOREIGN:,} intervals", "ms", beside_ms),
        Figure.of(f"{_WRITTEN:,} bytes made durable on this disk, which is in each of them", "ms", disk_ms),
        Figure.of(f"the whole configuration, `nft -f`, tunnel restarted, {MANY:,}", "ms", whole_ms),
        Figure.of(f"`wg syncconf` alone, {PEERS} peers", "ms", sync_ms),
    ]
    a, b, c, _, d, e = (figure.middle for figure in figures)
    return Report(
        "One more forward",
        f"POST /v1/forward of one new port, TCP and UDP, from connect to answer; {PEERS} peers; {ROUNDS} interleaved "
        "rounds (5 of the restart), ratios of medians. Others load a DNAT rule for each forward and protocol.",
        figures,
        [
            Target(f"with {MANY:,} against {FEW} forwards", b / a, bound=2),
            Target("beside the foreign set", c, "ms", bound=20),
            Target("whole configuration and restart against ours", d / b),
            Target("`wg syncconf` against ours", e / b),
        ],
    )


async def _add(gateway: Gateway, number: int) -> None:
    ports = parse_ports(str(1032 + 5 * number))
    await gateway.client.call(AddForward(actor=ADMIN, owner=OWNER, ports=ports, protocol=Protocol.BOTH))


async def _ms(work: Callable[[], Awaitable[object]]) -> float:
    await asyncio.sleep(PAUSE_S)
    began = time.perf_counter()
    await work()
    return (time.perf_counter() - began) * 1e3


def _write_durably(path: Path) -> None:
    with path.open("ab", buffering=0) as file:
        file.write(bytes(_WRITTEN))
        os.fdatasync(file.fileno())


def _foreign_set(folder: Path) -> Path:
    """Load a set like a blocklist by country: ranges that do not touch."""
    ranges = ",".join(f"20.{n >> 8}.{n & 255}.8-20.{n >> 8}.{n & 255}.99" for n in range(FOREIGN))
    path = folder / "foreign.nft"
    kind = "type ipv4_addr; flags interval"
    path.write_text(f"table inet blocklist {{\n set ranges {{\n {kind}\n elements = {{ {ranges} }}\n }}\n}}\n")
    return path
