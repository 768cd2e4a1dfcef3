"""The cost of a gateway that a watcher follows while nothing happens, and how soon it tells what does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.core.pace import EDIT_S
from gateway.api.contract import ExtendForward, GetStatus, Request
from gateway.api.events import Event, EventKind, News, Watch
from gateway.api.measures import GetMeasures
from gateway.demo.tunnel import peer_up
from gateway.demo.world import World
from tests.bench import state
from tests.bench.joins import SHOWN, TOLD, TOLD_UDP, joins
from tests.bench.report import Figure, Report, Target
from tests.bench.shipped import prepared, resident_mib, seconds
from tests.bench.status import connections, foreign
from tests.net.gateway import ADMIN, ALICE, Gateway, gateway_in

PEERS, FORWARDS = 1_000, 1_000
FIRST_S = 70  # until the start is over, and what comes once a minute has taken its memory
IDLE_S = 30
ASKED = 40
ROUNDS = 50
CONNECTS = 10
# The gateway's own steps of more than 2 ms of processor time, in microseconds
STEPS = """
import asyncio.events, time
def run(self, run=asyncio.events.Handle._run):
    began = time.thread_time()
    run(self)
    if (took := time.thread_time() - began) > 0.002:
        with open({path!r}, "a") as file:
            print(int(took * 1e6), self._callback, file=file)
asyncio.events.Handle._run = run
"""


async def live(folder: Path) -> Report:
    async with prepared(folder / "live", "liv", PEERS, FORWARDS) as gateway:
        steps = gateway.folder / "steps"
        steps.touch()
        steps.chmod(0o666)  # because the gateway becomes a user of its own
        gateway.prelude = STEPS.format(path=str(steps))
        await gateway.start()
        async with gateway.client.watch(Watch(actor=ADMIN)) as lines:
            assert (await anext(lines)).snapshot
            watcher = asyncio.create_task(_drain(lines))
            await asyncio.sleep(FIRST_S)
            steps.write_text("")
            idle = await _busy(gateway)
            before = resident_mib(gateway)
            gateway.world.vps.call(lambda: connections(foreign()))
            steps_idle = _longest(steps)
            beside = await _busy(gateway)
            grown = resident_mib(gateway) - before
            watcher.cancel()
            await asyncio.wait([watcher])
        async with gateway.client.watch(Watch(actor=ADMIN)) as lines:
            assert (await anext(lines)).snapshot
            operations = [await _extended(gateway, lines) for _ in range(ROUNDS)]
        longest = _longest(steps)
        one, everyone = await _status_ms(gateway, 1), await _status_ms(gateway, PEERS)
        scrape = await _asked_ms(gateway, GetMeasures(actor=ADMIN))
    async with prepared(folder / "small", "sml", 10, 10) as gateway:
        await gateway.start()
        one_of_few = await _status_ms(gateway, 1)
    handshakes = await _handshakes(folder / "few")
    joined, limits = await joins()
    figures = [
        Figure.of("processor time, idle", "%", [idle]),
        Figure.of(f"processor time, idle beside {len(list(foreign())):,} foreign connections", "%", [beside]),
        Figure.of("longest step, idle", "ms", [steps_idle]),
        Figure.of("longest step, with a snapshot and operations", "ms", [longest]),
        Figure.of("from an operation's request to its event", "ms", operations),
        Figure.of("from a handshake to its event, few devices", "ms", handshakes),
        Figure.of("processor time of a status of one device", "ms", [one]),
        Figure.of("the same with 10 devices there", "ms", [one_of_few]),
        Figure.of("processor time of a status of all devices", "ms", [everyone]),
        Figure.of("processor time of what /metrics asks for, every five seconds at most", "ms", [scrape]),
        *joined,
    ]
    return Report(
        "A gateway that is watched",
        f"{PEERS:,} devices, {FORWARDS:,} forwards, one watcher; processor time of the gateway's process in {IDLE_S} "
        f"s, after its first {FIRST_S} s; steps of its loop by thread time; {ROUNDS} operations, {CONNECTS} handshakes "
        f"of one device; a status and the numbers are asked for {ASKED} times. The bot has one match at "
        f"a small gateway, with its card and the live message on a fake Discord. {SHOWN + TOLD} players join over TCP, "
        f"{TOLD_UDP} over UDP; {SHOWN} of them at any time between two edits, which are measured. The pace is one edit "
        f"of a message in {EDIT_S:g} s.",
        figures,
        [
            Target("processor time, idle", idle, "%", bound=1),
            Target("processor time beside foreign connections", beside, "%", bound=1),
            Target("resident memory grows beside them by", grown, "MiB", bound=1),
            Target("longest step, idle", steps_idle, "ms", bound=10),
            Target("longest step, with a snapshot and operations", longest, "ms", bound=10),
            Target("handshake to event, the slowest", max(handshakes), "ms", bound=1000),
            Target("a status of one device, with 1,000 against 10", one / one_of_few, bound=2),
            Target("the same against one of all", one / everyone),
            *limits,
        ],
    )


async def _drain(lines: AsyncIterator[News]) -> None:
    async for _ in lines:
        pass


async def _busy(gateway: Gateway) -> float:
    """Return the share of a core that the process takes, in percent."""
    assert gateway.process
    stat = Path(f"/proc/{gateway.process.pid}/stat")
    began, before = time.monotonic(), seconds(stat, 13, 15)
    await asyncio.sleep(IDLE_S)
    return (seconds(stat, 13, 15) - before) / (time.monotonic() - began) * 100


async def _status_ms(gateway: Gateway, devices: int) -> float:
    """Return the processor time of the gateway's process for a status of so many devices."""
    request = GetStatus(actor=ADMIN, everyone=True, devices=tuple(range(1, devices + 1)))
    assert len((await gateway.client.call(request)).peers) == devices
    return await _asked_ms(gateway, request)


async def _asked_ms(gateway: Gateway, request: Request[Any]) -> float:
    """Return the processor time of the gateway's process for a request."""
    assert gateway.process
    threads = Path(f"/proc/{gateway.process.pid}/task")

    def spent() -> float:
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads.iterdir()) / 1e6

    before = spent()
    for _ in range(ASKED):
        await gateway.client.call(request)
    return (spent() - before) / ASKED


def _longest(steps: Path) -> float:
    return max((int(line.split()[0]) / 1e3 for line in steps.read_text().splitlines()), default=2.0)


async def _extended(gateway: Gateway, lines: AsyncIterator[News]) -> float:
    began = time.perf_counter()
    asking = asyncio.create_task(gateway.client.call(ExtendForward(actor=ALICE, ids=(1,))))
    await _next(lines, lambda event: event.kind == EventKind.FORWARD_EXTENDED)
    took = time.perf_counter() - began
    await asking
    return took * 1e3


async def _next(lines: AsyncIterator[News], wanted: Callable[[Event], bool]) -> Event:
    async for news in lines:
        for event in news.events:
            if wanted(event):
                return event
    raise AssertionError("the stream ended")


async def _handshakes(folder: Path) -> list[float]:
    """Connect a device anew and anew. Each time it has new keys, because the old session would last."""
    folder.mkdir()
    found = list[float]()
    async with World("few-") as world, gateway_in(world, folder) as gateway:
        gateway.interface = "wg-few"
        await gateway.start()
        async with gateway.client.watch(Watch(actor=ADMIN)) as lines:
            assert (await anext(lines)).snapshot
            for number in range(CONNECTS):
                config = await gateway.join(device=f"pc{number}", actor=ADMIN)
                async with peer_up(world.friend, config, f"few{number}"):
                    peer = (await _next(lines, lambda event: event.kind == EventKind.PEER_CONNECTED)).peer
                    assert peer
                    assert peer.latest_handshake
                    found.append((datetime.now(UTC) - peer.latest_handshake).total_seconds() * 1e3)
    assert ALICE.id == state.OWNER
    return found
