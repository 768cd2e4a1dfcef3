"""A large fleet: what its bot, its gateways and its servers of the bus take, and how long a restart is felt.

Real are the bot's end (its connection, mirrors, signatures and table of decisions), three nats-servers, and of each
region planner, store, operations, API and courier. Not real are the kernels of the regions, and that some of them share
a process (`regions.py`).
"""

from __future__ import annotations

import asyncio
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import cast

from bot.access.decisions import Decisions
from bot.app import SCHEMA
from bot.core.context import Context
from bot.core.gateway import Gateway
from bot.core.memory import Memory
from bot.core.roles import Reason
from bot.core.service import alongside
from bot.fleet.bus import Bus, BusTransport
from bot.fleet.fleet import Fleet
from bot.fleet.region import Member
from gateway.api.client import GatewayClient
from gateway.api.contract import AddForward, List, RemoveForward
from gateway.api.signed import BotKey, Sealer
from gateway.api.transport import SocketTransport
from gateway.bus import subjects
from gateway.bus.access import Access
from gateway.bus.link import Link
from gateway.codec import to_json
from gateway.config import BusServer, FleetSection
from gateway.demo.tunnel import until
from gateway.errors import GatewayError
from gateway.keys import PrivateKey
from gateway.model import parse_ports
from tests.bench.regions import OWNER, Place, Places
from tests.bench.report import Figure, Report, Target, percentile
from tests.natsserver import Nats, nats

REGIONS, PROCESSES, EACH_S, LENGTH_S = 100, 4, 0.1, 60.0
WRITES = 5  # one request of so many changes something
PATIENCE_S = 300.0
NODE_MB = 128
_PORT = parse_ports("25565")


@dataclass
class Load:
    """What was asked of the regions, and how long each answer took, in ms."""

    asked: int = 0
    errors: list[str] = field(default_factory=list)
    reads: list[float] = field(default_factory=list)
    writes: list[float] = field(default_factory=list)

    async def of(self, client: Gateway, until_s: float, offset_s: float) -> None:
        """Ask at an even pace. A request that is late is asked late, and none is left out."""
        due, is_open = time.perf_counter() + offset_s, False
        for number in range(sys.maxsize):
            if due >= until_s:
                return
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            due += EACH_S
            self.asked += 1
            begun, is_write = time.perf_counter(), number % WRITES == 0
            try:
                if not is_write:
                    await client.call(List(actor=OWNER))
                elif is_open:
                    await client.call(RemoveForward(actor=OWNER, ports=_PORT))
                else:
                    await client.call(AddForward(actor=OWNER, ports=_PORT))
            except GatewayError as error:
                self.errors.append(error.code)
                continue
            is_open ^= is_write
            (self.writes if is_write else self.reads).append((time.perf_counter() - begun) * 1e3)


@dataclass
class Scene:
    servers: Nats
    bus: Bus
    fleet: Fleet
    table: Decisions
    workers: list[Process]
    beside: GatewayClient
    """The first region's gateway by its socket."""

    def are_all_heard(self, since: float) -> bool:
        """Report whether each region has told since then, by the loop's time, that its gateway serves."""
        told = [each for each in self.bus.seen.values() if each.pulse and each.pulse.serving]
        return sum(each.heard is not None and each.heard > since for each in told) == REGIONS

    async def heard(self) -> None:
        """Wait until the bot has heard all regions and mirrors each."""

        async def is_so() -> bool:
            return self.are_all_heard(0.0) and all(each.live.view for each in self.fleet.all)

        await until(is_so, timeout_s=PATIENCE_S)

    def memory(self) -> dict[str, float]:
        """Return the resident memory of each process in MB."""
        pids = {"bot": "self"}
        pids |= {f"gateways {number}": str(each.pid) for number, each in enumerate(self.workers, 1)}
        pids |= {each.name: str(each.process.pid) for each in self.servers.servers if each.process}
        return {name: _resident(pid) for name, pid in pids.items()}


def _resident(pid: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1000


@asynccontextmanager
async def _scene(folder: Path) -> AsyncIterator[Scene]:
    names = [f"r{number}" for number in range(REGIONS)]
    places, bot = [(name, PrivateKey.generate()) for name in names], BotKey.generate()
    async with AsyncExitStack() as stack:
        servers = await stack.enter_async_context(nats(folder / "nats", names, size=3))
        made = [Place(name=name, key=key.reveal(), seed=servers.keys[name].reveal()) for name, key in places]
        workers = []
        for number in range(PROCESSES):
            path = folder / f"{number}.json"
            share = tuple(made[number::PROCESSES])
            path.write_text(
                to_json(Places(folder=str(folder), bot=str(bot.public), servers=servers.urls, places=share))
            )
            argv = (sys.executable, "-m", "tests.bench.regions", str(path))
            workers.append(await asyncio.create_subprocess_exec(*argv, stdin=PIPE))
            stack.push_async_callback(_end, workers[-1])
        section = FleetSection(servers=tuple(map(BusServer.parse, servers.urls)))
        link = Link(section, Access(client=subjects.BOT, seed=servers.keys[subjects.BOT].reveal()))
        bus = Bus(link, names)
        members = [
            Member(
                name=name,
                number=number,
                gateway=GatewayClient(BusTransport(bus, name, Sealer(bot, name, key.public_key))),
            )
            for number, (name, key) in enumerate(places, 1)
        ]
        fleet = Fleet(members)
        memory = await stack.enter_async_context(Memory.open(folder, SCHEMA))
        now = fleet.all[0]._clock
        table = Decisions(cast(Context, SimpleNamespace(memory=memory, live=fleet.live, clock=now)), lambda: fleet.all)
        await table.load()
        beside = GatewayClient(SocketTransport(made[0].socket(folder)))
        async with alongside(bus, fleet, table):
            scene = Scene(servers, bus, fleet, table, workers, beside)
            await scene.heard()
            yield scene


async def _end(worker: Process) -> None:
    assert worker.stdin
    worker.stdin.close()
    await worker.wait()


async def fleet(folder: Path) -> Report:
    """Load the fleet, then kill all servers of the bus, ban a member meanwhile, and start them again."""
    async with _scene(folder) as scene:
        began = scene.memory()
        load, alone = Load(), Load()
        end = time.perf_counter() + LENGTH_S
        asking = [load.of(each, end, number * EACH_S / REGIONS) for number, each in enumerate(scene.fleet.all)]
        middle = asyncio.create_task(_later(scene.memory, LENGTH_S / 3))
        took = time.perf_counter()
        await asyncio.gather(*asking, _beside(scene.beside, alone, end))
        took = time.perf_counter() - took
        third, after = await middle, scene.memory()
        heard, confirmed = await _restarted(scene)
    figures = [
        Figure("requests that were asked", "", load.asked, load.asked, 1),
        Figure("seconds until all were answered", "s", took, took, 1),
        Figure.of("list over the bus", "ms", load.reads),
        Figure.of("list on one region's socket, meanwhile", "ms", alone.reads),
        Figure.of("forward and unforward over the bus", "ms", load.writes),
        *(Figure(f"memory: {name}", "MB", after[name], began[name], 1) for name in after),
        Figure("all servers killed and started: all regions are heard", "s", heard, heard, 1),
        Figure("... and all have confirmed a ban that was decided meanwhile", "s", confirmed, confirmed, 1),
    ]
    nodes = [after[each.name] for each in scene.servers.servers]
    targets = [
        Target("requests that failed", len(load.errors), unit="", bound=0),
        Target("list: bus against socket", median(load.reads) / median(alone.reads)),
        Target("list: 99th percentile", percentile(load.reads, 99), unit="ms"),
        Target("forward and unforward: 99th percentile", percentile(load.writes, 99), unit="ms"),
        Target("memory after the last two thirds: bot", after["bot"] / third["bot"]),
        Target("... a process of gateways", max(after[each] / third[each] for each in after if "gateways" in each)),
        Target("... a server", max(after[each.name] / third[each.name] for each in scene.servers.servers)),
        Target("a server's memory", max(nodes), unit="MB", bound=NODE_MB),
    ]
    return Report(
        f"A fleet of {REGIONS} regions",
        f"{REGIONS} gateways with their couriers in {PROCESSES} processes, over kernels in memory; three nats-servers; "
        f"the bot's end in the benchmark's process, with a mirror of each region. {1 / EACH_S:.0f} requests a second "
        f"to each for {LENGTH_S:.0f} s, one in {WRITES} of them a change. Of memory, `least` is that before the load.",
        figures,
        targets,
    )


async def _beside(client: GatewayClient, load: Load, end: float) -> None:
    """Ask one region by its socket at the same pace. It changes nothing."""
    while time.perf_counter() < end:
        begun = time.perf_counter()
        await client.call(List(actor=OWNER))
        load.reads.append((time.perf_counter() - begun) * 1e3)
        await asyncio.sleep(EACH_S)


async def _later(measure: Callable[[], dict[str, float]], seconds: float) -> dict[str, float]:
    await asyncio.sleep(seconds)
    return measure()


async def _restarted(scene: Scene) -> tuple[float, float]:
    """Return the seconds from the start of the servers until all regions are heard, and until all have a ban."""
    await scene.servers.kill()

    async def is_missed() -> bool:
        return len(scene.fleet.away()) == REGIONS

    await until(is_missed, timeout_s=PATIENCE_S)
    await scene.table.decide(int(OWNER.id), suspended=True, reason=Reason.BANNED)
    began = asyncio.get_running_loop().time()
    await scene.servers.start()

    async def is_heard() -> bool:
        return scene.are_all_heard(began)

    async def is_confirmed() -> bool:
        return not scene.table.spread(int(OWNER.id)).away

    heard, confirmed = await asyncio.gather(_took(began, is_heard), _took(began, is_confirmed))
    return heard, confirmed


async def _took(began: float, holds: Callable[[], Awaitable[bool]]) -> float:
    await until(holds, timeout_s=PATIENCE_S)
    return asyncio.get_running_loop().time() - began
