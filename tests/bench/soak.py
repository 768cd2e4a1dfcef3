"""A soak: a large gateway is asked without a pause while all kinds of things go wrong. Nothing of it may grow."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TypeVar

from gateway.api.contract import (
    AddForward,
    ExtendForward,
    GetAudit,
    GetStatus,
    Join,
    List,
    RemoveForward,
    Rename,
    Request,
    Revoke,
    Rotate,
    Suspend,
)
from gateway.demo.tunnel import until
from gateway.errors import GatewayError
from gateway.keys import PrivateKey
from gateway.model import Duration, parse_ports
from gateway.nftables.elements import TABLE
from tests.bench.report import Figure, Report, Target
from tests.bench.shipped import prepared, resident_mib, seconds
from tests.net.gateway import ADMIN, Gateway

V = TypeVar("V")
PEERS, FORWARDS = 1_000, 2_000
RATE = 50  # operations a second
WORKERS = 10  # each with members of its own
FAULT_S = 10  # between two faults
SAMPLE_S = 1
FIRST_FREE = 20_000  # a port above those of the prepared state
PARTS = 5  # the first part is warm-up, the second is compared with the last
# What a request may be told while the faults go on. Anything else ends the soak.
EXPECTED = {"apply_failed", "forward_unknown", "peer_exists", "peer_unknown", "port_taken", "gateway_unreachable"}
EXPECTED |= {"suspended"}  # a member whose restoration was refused in the round before
# Run by the gateway's process, because only it knows its tasks.
COUNT_TASKS = """
import asyncio, os
from gateway import daemon
_run = daemon.run
async def _counted(*values, **named):
    loop = asyncio.get_running_loop()
    def count():
        with open({path!r} + ".new", "w") as file:
            file.write(str(len(asyncio.all_tasks())))
        os.replace(file.name, {path!r})
        loop.call_later(0.5, count)
    count()
    await _run(*values, **named)
daemon.run = _counted
"""


@dataclass(slots=True)
class Sample:
    """Measures of the gateway's process at one moment."""

    at: float
    memory: float  # MiB
    descriptors: int
    tasks: int
    cpu_s: float  # that the process has used
    busy_s: float  # that the machine's cores have worked, for all programs


@dataclass(slots=True)
class Course:
    """The course of the soak. `took` is (begin, seconds) of each operation."""

    samples: list[Sample] = field(default_factory=list)
    took: list[tuple[float, float]] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)


async def soak(folder: Path, minutes: float = 10) -> Report:
    course, log = Course(), folder / "log"
    with log.open("wb") as stderr:
        async with prepared(folder / "soak", "soak", PEERS, FORWARDS) as gateway:
            gateway.stderr = stderr.fileno()
            counted = gateway.state_dir / "tasks"
            gateway.prelude = COUNT_TASKS.format(path=str(counted))
            await gateway.start()
            began = time.monotonic()
            with suppress(TimeoutError):
                async with asyncio.timeout(60 * minutes), asyncio.TaskGroup() as tasks:
                    pace = _Pace()
                    for number in range(WORKERS):
                        tasks.create_task(_work(gateway, number, pace, course))
                    tasks.create_task(_break(gateway, course))
                    tasks.create_task(_hang_up(gateway, course))
                    tasks.create_task(_sample(gateway, counted, course))
            took = time.monotonic() - began
            await _check(gateway)
            await gateway.stop()
    assert b"Traceback" not in log.read_bytes(), log.read_text()[-4000:]
    return _report(course, began, took)


class _Pace:
    """Turns, `RATE` a second. A late turn is taken at once, and the ones after it are not made up for."""

    def __init__(self) -> None:
        self._next = 0.0

    async def turn(self) -> None:
        now = time.monotonic()
        self._next = max(self._next + 1 / RATE, now - 1)
        await asyncio.sleep(self._next - now)


async def _work(gateway: Gateway, number: int, pace: _Pace, course: Course) -> None:
    """Ask about one member after the other. Each round leaves the member as it was."""
    members = itertools.cycle(range(2 + number, PEERS + 1, WORKERS))
    ports = itertools.cycle(range(FIRST_FREE + number, 60_000, WORKERS))
    for member in members:
        for request in _round(f"member{member}", member, next(ports)):
            await pace.turn()
            began = time.monotonic()
            try:
                await gateway.client.call(request)
            except GatewayError as error:
                course.refused[error.code] += 1
                if error.code not in EXPECTED:
                    raise
            course.took.append((began, time.monotonic() - began))


def _round(owner: str, device: int, port: int) -> Iterator[Request[object]]:
    ports, key = parse_ports(str(port)), PrivateKey.generate().public_key
    yield AddForward(actor=ADMIN, owner=owner, ports=ports, device="pc")
    yield GetStatus(actor=ADMIN, everyone=True, devices=(device,))
    yield ExtendForward(actor=ADMIN, ids=(2 * device,), duration=Duration.parse("forever"))
    yield Suspend(actor=ADMIN, owner=owner, suspended=True)
    yield List(actor=ADMIN)
    yield Suspend(actor=ADMIN, owner=owner, suspended=False)
    yield RemoveForward(actor=ADMIN, ports=ports)
    yield Join(actor=ADMIN, owner=owner, device="phone", public_key=key)
    yield Rename(actor=ADMIN, owner=owner, device="phone", new_name="tablet")
    yield GetAudit(actor=ADMIN, limit=5)
    yield Rotate(actor=ADMIN, owner=owner, device="tablet", public_key=PrivateKey.generate().public_key)
    yield Revoke(actor=ADMIN, owner=owner, device="tablet")
    yield Revoke(actor=ADMIN, owner=owner, device="phone")  # which is only there when the renaming was refused


async def _break(gateway: Gateway, course: Course) -> None:
    """Do as other programs do: one fault after the other."""

    async def flush() -> None:
        await gateway.nft("flush", "ruleset")

    async def kill_wireguard() -> None:
        os.kill(wireguard_of(gateway), signal.SIGKILL)

    async def take_a_port() -> None:
        """Put an element there first, for which the kernel refuses the gateway's own."""
        port = random.randrange(FIRST_FREE, 60_000)
        await gateway.nft("add", "element", "inet", TABLE, "fwdid", f"{{ udp . {port} : 0x1 }}")

    async def remove_the_address() -> None:
        await gateway.run("ip", "address", "flush", "dev", gateway.interface)

    faults: list[Callable[[], Awaitable[None]]] = [flush, kill_wireguard, take_a_port, remove_the_address]
    for fault in itertools.cycle(faults):
        await asyncio.sleep(FAULT_S)
        with suppress(RuntimeError, LookupError):  # what it breaks is broken already
            await fault()
            course.faults[fault.__name__.replace("_", " ")] += 1


async def _hang_up(gateway: Gateway, course: Course) -> None:
    """Leave in the middle of a request, or before its answer."""
    body = b'{"actor": {"id": "9", "name": "root", "is_admin": true}, "everyone": true, "devices": [1]}'
    request = b"POST /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    for length in itertools.cycle((0, 10, len(request) - 1, len(request))):
        await asyncio.sleep(0.2)
        with suppress(OSError):
            _, writer = await asyncio.open_unix_connection(gateway.socket)
            writer.write(request[:length])
            writer.transport.abort() if length % 2 else writer.close()
            course.faults["clients that hang up"] += 1


async def _sample(gateway: Gateway, counted: Path, course: Course) -> None:
    assert gateway.process
    process = Path(f"/proc/{gateway.process.pid}")
    descriptors = process / "fd"
    while True:
        await asyncio.sleep(SAMPLE_S)
        tasks, open_now = int(counted.read_text()), len(list(descriptors.iterdir()))
        used = seconds(process / "stat", 13, 15), seconds(Path("/proc/stat"), 1, 4)
        course.samples.append(Sample(time.monotonic(), resident_mib(gateway), open_now, tasks, *used))


def wireguard_of(gateway: Gateway) -> int:
    """Return the id of the gateway's wireguard-go. Raise LookupError when it is not there."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            if words[0].endswith(b"wireguard-go") and gateway.interface.encode() in words:
                return int(process.name)
    raise LookupError("no wireguard-go")


async def _check(gateway: Gateway) -> None:
    """Wait until all that is stored is in the kernel and in wireguard-go again."""

    async def is_whole() -> bool:
        status = await gateway.status()
        peers = (await gateway.run("wg", "show", gateway.interface, "peers")).split()
        listed = await gateway.nft("list", "map", "inet", TABLE, "fwdid")
        active = {peer.peer.id for peer in status.peers if not peer.peer.suspended_at}
        forwards = sum(len(each.forward.protocol.each) for each in status.forwards if each.forward.peer_id in active)
        return len(peers) == len(active) and listed.count(" : 0x") == forwards

    await until(is_whole, timeout_s=90)


def _report(course: Course, began: float, took: float) -> Report:
    def part(number: int, stamped: list[tuple[float, V]]) -> list[V]:
        length = took / PARTS
        return [value for at, value in stamped if number <= (at - began) / length < number + 1]

    samples = [(each.at, each) for each in course.samples]
    measures = {
        "resident memory": ("MiB", [(at, each.memory) for at, each in samples]),
        "open descriptors": ("", [(at, float(each.descriptors)) for at, each in samples]),
        "asyncio tasks": ("", [(at, float(each.tasks)) for at, each in samples]),
        "time of an operation": ("ms", [(at, 1000 * seconds) for at, seconds in course.took]),
    }
    figures, ratios = list[Figure](), dict[str, float]()
    for name, (unit, stamped) in measures.items():
        for number in range(PARTS):
            figures.append(Figure.of(f"{name}, {number + 1} of {PARTS}", unit, part(number, stamped)))
        ratios[name] = median(part(PARTS - 1, stamped)) / median(part(1, stamped))
    costs = list[float]()
    for number in range(PARTS):
        found = part(number, samples)
        elapsed, cpu_s = found[-1].at - found[0].at, found[-1].cpu_s - found[0].cpu_s
        busy_s = found[-1].busy_s - found[0].busy_s
        asked = sum(found[0].at <= at < found[-1].at for at, _ in course.took)
        costs.append(1000 * cpu_s / asked)
        named = f"{number + 1} of {PARTS}"
        figures.append(Figure.of(f"processor time of the gateway for an operation, {named}", "ms", [costs[-1]]))
        figures.append(Figure.of(f"cores at work for all programs, {named}", "", [busy_s / elapsed]))
    faults = ", ".join(f"{name} {count}" for name, count in sorted(course.faults.items()))
    refused = ", ".join(f"{code} {count}" for code, count in sorted(course.refused.items())) or "none"
    return Report(
        f"A soak of {took / 60:.0f} minutes",
        f"{PEERS:,} peers and {FORWARDS:,} forwards; {RATE} operations a second of 13 kinds, in {WORKERS} rows. "
        f"Faults: {faults}. Requests that were refused meanwhile: {refused}. The first fifth is warm-up. "
        "At the end all that is stored is in the kernel and in wireguard-go.",
        figures,
        [
            Target("operations a second", len(course.took) / took, "", bound=0.9 * RATE, at_least=True),
            Target(
                "refused by kernel or wireguard-go", course.refused["apply_failed"] / len(course.took), "", bound=0.05
            ),
            Target("memory, last fifth against second", ratios["resident memory"], bound=1.1),
            Target("descriptors, last against second", ratios["open descriptors"], bound=1.1),
            Target("tasks, last against second", ratios["asyncio tasks"], bound=1.1),
            Target("time of an operation, last against second", ratios["time of an operation"], bound=1.5),
            Target("processor time for an operation, last against second", costs[-1] / costs[1], bound=1.2),
        ],
    )
