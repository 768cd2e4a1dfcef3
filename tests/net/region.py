"""A region of a fleet on the VPS of a world: the shipped gateway and courier, and servers of the bus that both reach.

The servers run beside the test, which is the bot. A line of its own leads from there to the VPS.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from nats.aio.client import Client

from bot.fleet.bus import Bus, BusTransport
from bot.fleet.log import Log
from bot.fleet.reached import Reached
from gateway import trust
from gateway.api.client import GatewayClient
from gateway.api.signed import BotKey, Sealer
from gateway.api.transport import SocketTransport
from gateway.bus import subjects
from gateway.bus.access import Access
from gateway.bus.link import Link
from gateway.config import BusServer, FleetSection
from gateway.demo.namespace import Namespace
from gateway.demo.tunnel import until
from gateway.demo.world import World
from gateway.keys import PrivateKey
from gateway.model import Desired
from gateway.supervisor import COURIER_USER, SYSTEM_USER
from gateway.trust import BotTrust, GatewayTrust
from tests.bench import state
from tests.e2e.service import Service
from tests.e2e.supervised import system_users
from tests.lab import hosts
from tests.natsserver import Nats
from tests.net.gateway import Gateway, gateway_in

PATIENCE_S = 60.0  # for a busy machine
_lines = count(1)


@dataclass
class Line:
    """A cable between the test and the VPS. `address` is that of the end beside the test."""

    vps: Namespace
    near: str
    address: str

    def cut(self) -> None:
        self._set("down")

    def mend(self) -> None:
        self._set("up")

    def _set(self, state: str) -> None:
        """Switch the far end, because the near one keeps its address only while it is up."""
        subprocess.run(["ip", "-n", self.vps.name, "link", "set", "bus0", state], check=True)


@contextmanager
def line_to(vps: Namespace) -> Iterator[Line]:
    number = next(_lines)
    line = Line(vps, f"bus{number}", f"172.31.{number}.1")
    far = f"172.31.{number}.2/30"
    for argv in (
        f"ip link add {line.near} type veth peer name bus0 netns {vps.name}",
        f"ip address add {line.address}/30 dev {line.near}",
        f"ip link set {line.near} up",
        f"ip -n {vps.name} address add {far} dev bus0",
        f"ip -n {vps.name} link set bus0 up",
    ):
        subprocess.run(argv.split(), check=True)
    try:
        yield line
    finally:
        subprocess.run(["ip", "link", "delete", line.near], check=True)


@dataclass
class Region:
    """A gateway and its courier. `bot` is the key that its requests are signed by, `key` the gateway's own."""

    name: str
    gateway: Gateway
    courier: Service
    line: Line
    bot: BotKey
    key: PrivateKey = field(default_factory=PrivateKey.generate)

    @property
    def sealer(self) -> Sealer:
        return Sealer(self.bot, self.name, self.key.public_key)

    def over(self, bus: Bus) -> GatewayClient:
        return GatewayClient(BusTransport(bus, self.name, self.sealer))

    def over_the_socket(self) -> GatewayClient:
        """Return a client of the bot's system user."""
        return GatewayClient(_AsTheBot(self.gateway.socket))

    async def start_gateway(self) -> None:
        await self.gateway.start("--socket-user", SYSTEM_USER, "--courier-user", COURIER_USER)


class _AsTheBot(SocketTransport):
    """Calls as the bot's system user, which the kernel notes at connect(2)."""

    async def _connect(self, connection: socket.socket) -> None:
        before = os.geteuid()
        os.seteuid(_BOT)
        try:
            await super()._connect(connection)
        finally:
            os.seteuid(before)


_BOT = 64011  # of tests/e2e/supervised.py


@asynccontextmanager
async def region_in(
    world: World,
    folder: Path,
    servers: Nats,
    line: Line,
    name: str = "eu",
    *,
    wanted: Desired | None = None,
    policy: str = "",
    preludes: tuple[str, str] = ("", ""),
) -> AsyncIterator[Region]:
    """Run a region for the length of the block.

    `wanted` is what its gateway begins with, `policy` its [policy]. `preludes` is code that gateway and courier run
    first.
    """
    bus_file, key_file = folder / "bus.key", folder / "fleet.key"
    listed = ", ".join(f'"{url}"' for url in servers.urls)
    # Indented, because a line that begins with `interface` would stand for the gateway's.
    fleet = f'[fleet]\n region = "{name}"\n servers = [{listed}]\n bus_file = "{bus_file}"\n key_file = "{key_file}"\n'
    async with AsyncExitStack() as stack:
        stack.enter_context(hosts(world.vps, {}))
        stack.enter_context(system_users(world.vps.name))
        settings = (state.SETTINGS if wanted else "") + fleet + f"[policy]\n{policy}\n"
        gateway = await stack.enter_async_context(gateway_in(world, folder, settings))
        if wanted:
            await state.write(gateway.state_dir, wanted)
        gateway.prelude, prelude = preludes
        argv = ("courier", "--config", str(gateway.write_config()), "--user", COURIER_USER)
        courier = Service(world.vps, argv, folder / "courier.log", prelude=prelude)
        region = Region(name, gateway, courier, line, BotKey.generate())
        bus_file.write_text(Access(client=name, seed=servers.keys[name].reveal()).reveal())
        known = GatewayTrust(region=name, number=1, key=region.key, bots=(region.bot.public,))
        key_file.write_text(known.reveal())
        for each in (bus_file, key_file):
            each.chmod(0o600)
        try:
            await region.start_gateway()
            await courier.start()
            yield region
        finally:
            await courier.stop()
            print(courier.output)
    assert courier.complaints() == []


def reached(region: Region, servers: Nats, folder: Path, *, number: int = 1, beside: str = "") -> Reached:
    """Return the bot's end by the files that it is given. `beside` is the name of a gateway on its own host."""
    folder.mkdir()
    listed = tuple(map(BusServer.parse, servers.urls))
    section = FleetSection(servers=listed, bus_file=folder / "bus.key", key_file=folder / "fleet.key", beside=beside)
    section.bus_file.write_text(Access(client=subjects.BOT, seed=servers.keys[subjects.BOT].reveal()).reveal())
    known = trust.Region(name=region.name, number=number, key=region.key.public_key)
    section.key_file.write_text(BotTrust(key=region.bot, regions=(known,)).reveal())
    return Reached(section, folder.parent / "run/gateway.sock")


@asynccontextmanager
async def bus_of(servers: Nats) -> AsyncIterator[Bus]:
    """Run the bot's connection to the servers."""
    section = FleetSection(servers=tuple(map(BusServer.parse, servers.urls)))
    link = Link(section, Access(client=subjects.BOT, seed=servers.keys[subjects.BOT].reveal()))
    bus = Bus(link, servers.keys.keys() - {subjects.BOT})
    async with AsyncExitStack() as stack:
        running = asyncio.create_task(bus.run())

        async def end() -> None:
            running.cancel()
            await asyncio.wait([running])
            if not running.cancelled() and (error := running.exception()):
                raise error

        stack.push_async_callback(end)
        yield bus


async def there(bus: Bus, region: str = "eu") -> None:
    """Wait until the region's gateway shows on the bus."""

    async def is_there() -> bool:
        seen = bus.seen.get(region)
        return seen is not None and not seen.is_away and seen.pulse is not None and seen.pulse.serving

    await until(is_there, timeout_s=PATIENCE_S)


@asynccontextmanager
async def log_of(bot: Client, key: BotKey, regions: Collection[str]) -> AsyncIterator[Log]:
    """Keep the log as the bot does, on a connection of the bot's."""
    made = Log(key, regions, 1)
    keeping = asyncio.create_task(made.keep(bot))
    try:
        async with asyncio.timeout(PATIENCE_S):
            await made.news.wait()
        yield made
    finally:
        keeping.cancel()
        await asyncio.wait([keeping])
