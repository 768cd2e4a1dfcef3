"""The time that friends wait after a reboot: from the gateway's start to a whole data path."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

from gateway.demo.tunnel import until
from tests.bench.report import Figure, Report, Target
from tests.bench.shipped import prepared, seconds
from tests.net.gateway import Gateway

ROUNDS = 5
IDLE_S = 10
PEERS, FORWARDS = 1_000, 10_000
COMMANDS = ("guildgate status", "guildgate peers", "guildgate policy")


async def restore(folder: Path) -> Report:
    """Measure after a stop, which leaves nothing of ours, and after a kill, which leaves all.

    Flows must not notice the latter.
    """
    cold, warm, whole = list[float](), list[float](), list[float]()
    idle = list[float]()
    used: dict[str, list[float]] = {name: [] for name in ("the gateway's process", *COMMANDS)}
    async with prepared(folder / "restore", "rst", PEERS, FORWARDS) as gateway:
        for _ in range(ROUNDS):
            cold.append(await _start(gateway))
            await _check(gateway, whole, used)
            idle.append(await _idle_share(gateway))
            await gateway.kill()
            warm.append(await _start(gateway))
            await gateway.stop()
    figures = [
        Figure.of("cold start", "s", cold),
        Figure.of("start after a kill, data path in place", "s", warm),
        Figure.of("status of everyone and everything", "s", whole),
        *(Figure.of(f"{name}, CPU time", "s", values) for name, values in used.items()),
        Figure.of("the gateway's process while nothing happens", "% of a core", idle),
    ]
    return Report(
        f"Restoring {PEERS:,} peers and {FORWARDS:,} forwards",
        "From the start of the gateway's process (interpreter included) until its socket answers, which it does when "
        f"wireguard-go has every peer and the table every forward; {ROUNDS} rounds, median. The CPU times are of that "
        "status in the gateway's process, and of whole terminal commands from the interpreter's start to its end.",
        figures,
        [
            Target("cold start", figures[0].middle, "s", bound=3),
            Target("start after a kill", figures[1].middle, "s"),
            Target("while nothing happens", figures[-1].middle, "% of a core", bound=1),
        ],
    )


async def _idle_share(gateway: Gateway) -> float:
    """Return the percentage of a core that the gateway's process takes while it is asked nothing."""
    assert gateway.process
    process = Path(f"/proc/{gateway.process.pid}/stat")
    began, before = time.perf_counter(), seconds(process, 13, 15)
    await asyncio.sleep(IDLE_S)
    return 100 * (seconds(process, 13, 15) - before) / (time.perf_counter() - began)


def _of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system


async def _start(gateway: Gateway) -> float:
    async def accepts() -> bool:
        try:
            _, writer = await asyncio.open_unix_connection(gateway.socket)
        except OSError:
            return False
        writer.close()
        return True

    began = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        starting = tasks.create_task(gateway.start())
        await until(accepts, timeout_s=30)
        took = time.perf_counter() - began
        await starting
    return took


async def _check(gateway: Gateway, whole: list[float], used: dict[str, list[float]]) -> None:
    assert gateway.process
    process = Path(f"/proc/{gateway.process.pid}/stat")
    began, before = time.perf_counter(), seconds(process, 13, 15)
    status = await gateway.status()
    whole.append(time.perf_counter() - began)
    used["the gateway's process"].append(seconds(process, 13, 15) - before)
    for name in COMMANDS:
        before = _of_children()
        await gateway.run(sys.executable, "-m", "gateway", name.split()[1], "--socket", str(gateway.socket))
        used[name].append(_of_children() - before)
    assert len(status.peers) == PEERS
    assert len(status.forwards) == FORWARDS
    shown = await gateway.run("wg", "show", gateway.interface, "peers")
    assert len(shown.split()) == PEERS
    assert (await gateway.nft("list", "map", "inet", "guildgate", "fwdid")).count(" : 0x") == 2 * FORWARDS
