"""A fleet in one world: the bot's host with a real nats-server, and three regions, each a gateway and its courier.

    eu   203.0.113.1   2001:db8:1::1 ---.
    us   192.0.2.1     2001:db8:2::1 ---- inet ---- bot 192.0.2.193
    us2  192.0.2.66    2001:db8:6::1 ---|
    ap   192.0.2.129   2001:db8:3::1 ---'

The region us has two machines. The address 192.0.2.1 moves from one to the other.

This process is the bot, without Discord: it has the bot's connection to the bus and the bot's table of decisions.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path
from typing import Self

from bot.access import decisions
from bot.access.decisions import Decisions
from bot.access.membership import SCHEMA as FIRST_SCHEMA
from bot.core.live import Mirror
from bot.core.memory import Memory
from bot.core.notes import Note
from bot.core.service import alongside
from bot.fleet.fleet import Fleet as Gateways
from bot.fleet.reached import Reached
from gateway import config as configuration
from gateway.api.client import GatewayClient
from gateway.api.contract import Actor
from gateway.api.standby import SetStandby
from gateway.api.transport import SocketTransport
from gateway.demo.namespace import Namespace, kill
from gateway.demo.tunnel import until
from gateway.demo.world import VPS4, Line, World, load
from gateway.enrolment import line
from gateway.enrolment.fleet import Fleet as Enrolment
from gateway.enrolment.joining import join
from gateway.host.child import stop
from gateway.host.netlink import in_thread
from gateway.model import Key

PATIENCE_S = 60.0  # for a busy machine
BOT4 = IPv4Address("192.0.2.193")
ADDRESSES = {"eu": VPS4, "us": IPv4Address("192.0.2.1"), "ap": IPv4Address("192.0.2.129")}
LINES: tuple[Line, ...] = (
    ("us", "inet", [("192.0.2.1/26", "192.0.2.62/26"), ("2001:db8:2::1/64", "2001:db8:2::fe/64")]),
    ("us2", "inet", [("192.0.2.66/30", "192.0.2.65/30"), ("2001:db8:6::1/64", "2001:db8:6::fe/64")]),
    ("ap", "inet", [("192.0.2.129/26", "192.0.2.190/26"), ("2001:db8:3::1/64", "2001:db8:3::fe/64")]),
    ("bot", "inet", [("192.0.2.193/26", "192.0.2.254/26")]),
    ("friend3", "cgnat", [("192.168.3.10/24", "192.168.3.1/24")]),
)
_HOSTS = {"eu": "vps"}  # namespaces that are named otherwise than the region's machine
PAIR = "us"  # the region that has two machines
ROOT = Actor(id="0", name="root", is_admin=True)
_COPY = "copy.sealed"  # as gateway/standby/kept.py has it
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
    folder: Path
    key: Key  # what `enrol` printed

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

    directory: Path
    world: World
    bus: Daemon
    places: dict[str, Place]
    enrolment: Enrolment
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
                name: _place(enrolment.add(name, store=directory / "store"), name, world, directory, stack)
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
            table = Decisions(around, lambda: reached.fleet.all, reached.log)
            await stack.enter_async_context(alongside(reached.bus, reached.fleet, table))
            stage = cls(directory, world, bus, places, enrolment, reached.fleet, table, stack)
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

    async def stand_by(self) -> Place:
        """Start the second machine of the pair, and wait until it has a copy of the first one."""
        first = self.places[PAIR]
        second = _place(self.enrolment.add_standby(PAIR), f"{PAIR}2", self.world, self.directory, self.stack)
        await first.client.call(SetStandby(actor=ROOT, key=second.key))
        await second.gateway.start()
        await second.courier.start()

        async def has_copy() -> bool:
            second.gateway.check()
            return (second.folder / "state" / _COPY).exists()

        await until(has_copy, timeout_s=PATIENCE_S)
        return second

    async def take_power(self, place: Place) -> None:
        """End a machine at once, as no program could notice."""
        await place.gateway.host.run("ip", "link", "set", "eth0", "down")
        await in_thread(lambda: kill(place.gateway.host))

    async def move_address(self, second: Place) -> None:
        """Do what a provider does, and what it has the machine do."""
        host = second.gateway.host
        await self.world.inet.run("ip", "route", "replace", str(second.address), "via", "192.0.2.66")
        await host.run("ip", "address", "add", f"{second.address}/32", "dev", "eth0")
        await host.run("ip", "route", "replace", "default", "via", "192.0.2.65", "src", str(second.address))
        self.places[PAIR] = second

    async def _load(self, ruleset: str) -> None:
        await in_thread(lambda: self.world.inet.call(lambda: load(ruleset)))


def _place(invitation: line.Invitation, name: str, world: World, directory: Path, stack: AsyncExitStack) -> Place:
    """Enrol a machine by the line that was printed for it."""
    folder, address = directory / name, ADDRESSES[invitation.region]
    socket = folder / "run/gateway.sock"
    own = f'[gateway]\ninterface = "wg-{name}"\nstate_dir = "{folder}/state"\nsocket = "{socket}"\n'
    own += f'public_address = "{address}"\n'
    moving = f'\nstandby = "{address}"' if invitation.region == PAIR else ""
    config = _write(folder, f'{_BUS}\nregion = "{invitation.region}"{moving}', own)
    joined = join(line.read(invitation.reveal()), config)
    host, shared = world[_HOSTS.get(name, name)], ("--config", str(config))
    program = (sys.executable, "-P", "-m", "gateway")
    gateway = (*program, "gateway", *shared, "--courier-user", _COURIER)
    courier = (*program, "courier", *shared, "--user", _COURIER)
    return Place(
        address,
        Daemon(host, gateway, folder / f"gateway-{name}.log", stack),
        Daemon(host, courier, folder / f"courier-{name}.log", stack),
        GatewayClient(SocketTransport(socket)),
        folder,
        joined.key,
    )


def _write(folder: Path, fleet: str, more: str = "") -> Path:
    """Write the configuration of a host, whose secrets will lie beside it."""
    folder.mkdir(mode=0o711, parents=True)  # the gateway's own user passes through
    files = f'bus_file = "{folder}/bus.key"\nkey_file = "{folder}/fleet.key"\n'
    path = folder / "config.toml"
    path.write_text(f"{more}[fleet]\n{fleet}\n{files}")
    return path
