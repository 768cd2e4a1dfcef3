"""A fleet in one world: the bot's host with a real nats-server, and three regions, each a gateway and its courier.

    eu   203.0.113.1   2001:db8:1::1 ---.
    us   192.0.2.1     2001:db8:2::1 ---- inet ---- bot 192.0.2.193
    ap   192.0.2.129   2001:db8:3::1 ---'

This process is the bot, without Discord: it has the bot's connection to the bus and the bot's table of decisions.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path
from typing import Self, cast

from bot.access import decisions
from bot.access.decisions import Decisions
from bot.access.membership import SCHEMA as FIRST_SCHEMA
from bot.core.context import Context
from bot.core.live import Mirror
from bot.core.memory import Memory
from bot.core.notes import Note
from bot.core.service import alongside
from bot.fleet.fleet import Fleet as Gateways
from bot.fleet.reached import Reached
from gateway import config as configuration
from gateway.api.client import GatewayClient
from gateway.api.transport import SocketTransport
from gateway.demo.namespace import Namespace
from gateway.demo.tunnel import until
from gateway.demo.world import VPS4, Line, World, load
from gateway.enrolment import line
from gateway.enrolment.fleet import Fleet as Enrolment
from gateway.enrolment.joining import join
from gateway.host.child import stop
from gateway.host.netlink import in_thread

PATIENCE_S = 60.0  # for a busy machine
BOT4 = IPv4Address("192.0.2.193")
ADDRESSES = {"eu": VPS4, "us": IPv4Address("192.0.2.1"), "ap": IPv4Address("192.0.2.129")}
LINES: tuple[Line, ...] = (
    ("us", "inet", [("192.0.2.1/26", "192.0.2.62/26"), ("2001:db8:2::1/64", "2001:db8:2::fe/64")]),
    ("ap", "inet", [("192.0.2.129/26", "192.0.2.190/26"), ("2001:db8:3::1/64", "2001:db8:3::fe/64")]),
    ("bot", "inet", [("192.0.2.193/26", "192.0.2.254/26")]),
    ("friend3", "cgnat", [("192.168.3.10/24", "192.168.3.1/24")]),
)
_HOSTS = {"eu": "vps", "us": "us", "ap": "ap"}
_COURIER = "nobody"  # in the place of guildgate-courier, because the demo adds no user
_GRACE_S = 3.0  # a courier whose line is cut waits for the other end's last word
_BUS = f'servers = ["tls://{BOT4}:4222"]'


@dataclass(slots=True)
class Daemon:
    """A process on a host. It may be killed and started again, and ends with `stack`."""

    host: Namespace
    argv: tuple[str, ...]
    log: Path
    stack: AsyncExitStack = field(repr=False)
    process: Process | None = None

    async def start(self) -> None:
        with self.log.open("a") as output:
            self.process = await self.stack.enter_async_context(
                self.host.running(
                    *self.argv,
                    stdin=DEVNULL,
                    stdout=output,
                    stderr=output,
                    process_group=0,  # only the demo gets Ctrl-C, and stops them itself
                )
            )

    async def kill(self) -> None:
        assert self.process
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> None:
        if self.process:
            await stop(self.process, grace_s=_GRACE_S)

    def check(self) -> None:
        """Raise RuntimeError with its log when it has ended."""
        if self.process and self.process.returncode is not None:
            raise RuntimeError(f"{self.log.stem} ended with {self.process.returncode}:\n{self.log.read_text()}")


@dataclass(slots=True)
class Place:
    """A region. `client` asks its gateway on its own host, as the terminal does."""

    address: IPv4Address
    gateway: Daemon
    courier: Daemon
    client: GatewayClient

    @property
    def daemons(self) -> tuple[Daemon, Daemon]:
        return self.gateway, self.courier


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What of the bot's context the table of decisions needs."""

    memory: Memory
    live: Mirror
    note: Callable[[Note], None]
    clock: Callable[[], datetime]


@dataclass(slots=True)
class FleetStage:
    """The fleet. `gateways` and `decisions` are the bot's own."""

    world: World
    bus: Daemon
    places: Mapping[str, Place]
    gateways: Gateways
    decisions: Decisions
    stack: AsyncExitStack = field(repr=False)

    @classmethod
    @asynccontextmanager
    async def open(cls, directory: Path, nats_server: str, prefix: str = "") -> AsyncIterator[Self]:
        """Start everything in `directory`, and wait until each region answers over the bus."""
        async with AsyncExitStack() as stack:
            world = await stack.enter_async_context(World(prefix, LINES))
            host = world["bot"]
            stack.enter_context(host.entered())
            section = configuration.load(_write(directory / "bot", _BUS)).fleet
            assert section
            enrolment = Enrolment(section)
            places = {
                name: _place(name, world, directory / name, enrolment.add(name, store=directory / "store"), stack)
                for name in ADDRESSES
            }
            run = (nats_server, "--config", str(enrolment.config_of_servers))
            bus = Daemon(host, run, directory / "nats-server.log", stack)
            await bus.start()
            for place in places.values():
                await place.gateway.start()
                await place.courier.start()
            reached = Reached(section, directory / "none.sock")
            memory = await stack.enter_async_context(Memory.open(directory / "bot", (FIRST_SCHEMA, decisions.SCHEMA)))
            around = _Surroundings(memory, reached.fleet.live, lambda note: None, lambda: datetime.now(UTC))
            table = Decisions(cast(Context, around), lambda: reached.fleet.all)
            await stack.enter_async_context(alongside(reached.bus, reached.fleet, table))
            stage = cls(world, bus, places, reached.fleet, table, stack)
            try:
                await stage.all_answer()
                yield stage
            finally:
                await asyncio.gather(*(daemon.stop() for daemon in stage.daemons))  # each takes a while

    @property
    def daemons(self) -> list[Daemon]:
        return [self.bus, *(daemon for place in self.places.values() for daemon in place.daemons)]

    async def all_answer(self) -> None:
        """Wait until the bot hears every region. Raise RuntimeError when it does not, or a process has ended."""

        async def do_answer() -> bool:
            for daemon in self.daemons:
                daemon.check()
            return all(region.live.view for region in self.gateways.all)

        try:
            await until(do_answer, timeout_s=PATIENCE_S)
        except TimeoutError:
            silent = [region.name for region in self.gateways.all if not region.live.view]
            logs = "".join(each.log.read_text() for name in silent for each in self.places[name].daemons)
            raise RuntimeError(f"the bot hears nothing of {', '.join(silent)}:\n{logs}") from None

    async def away(self, *names: str) -> None:
        """Wait until the bot misses these regions. Raise RuntimeError when it does not."""

        async def are_away() -> bool:
            return {each.region for each in self.gateways.away()} >= set(names)

        try:
            await until(are_away, timeout_s=PATIENCE_S)
        except TimeoutError:
            raise RuntimeError(f"the bot does not miss {', '.join(names)}") from None

    async def cut_off(self, name: str) -> None:
        """Drop every packet between a region and the bot's host."""
        there = self.places[name].address
        ways = "\n".join(f"ip saddr {one} ip daddr {other} drop" for one, other in ((there, BOT4), (BOT4, there)))
        chain = f"chain forward {{\ntype filter hook forward priority filter\n{ways}\n}}"
        await self._load(f"table inet cut {{\n{chain}\n}}")

    async def mend(self) -> None:
        await self._load("delete table inet cut")

    async def _load(self, ruleset: str) -> None:
        await in_thread(lambda: self.world.inet.call(lambda: load(ruleset)))


def _place(name: str, world: World, folder: Path, invitation: line.Invitation, stack: AsyncExitStack) -> Place:
    """Enrol a region by the line that was printed for it."""
    socket = folder / "run/gateway.sock"
    own = f'[gateway]\ninterface = "wg-{name}"\nstate_dir = "{folder}/state"\nsocket = "{socket}"\n'
    config = _write(folder, f'{_BUS}\nregion = "{name}"', own)
    join(line.read(invitation.reveal()), config)
    host, shared = world[_HOSTS[name]], ("--config", str(config))
    program = (sys.executable, "-P", "-m", "gateway")
    gateway = (*program, "gateway", *shared, "--courier-user", _COURIER)
    courier = (*program, "courier", *shared, "--user", _COURIER)
    return Place(
        ADDRESSES[name],
        Daemon(host, gateway, folder / f"gateway-{name}.log", stack),
        Daemon(host, courier, folder / f"courier-{name}.log", stack),
        GatewayClient(SocketTransport(socket)),
    )


def _write(folder: Path, fleet: str, more: str = "") -> Path:
    """Write the configuration of a host, whose secrets will lie beside it."""
    folder.mkdir(mode=0o711, parents=True)  # the gateway's own user passes through
    files = f'bus_file = "{folder}/bus.key"\nkey_file = "{folder}/fleet.key"\n'
    path = folder / "config.toml"
    path.write_text(f"{more}[fleet]\n{fleet}\n{files}")
    return path
