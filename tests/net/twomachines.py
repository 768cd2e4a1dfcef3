"""A region on two machines, by the commands as they are typed: shipped gateways and couriers, a real bus, one Internet.

    player ---- inet ---- first   203.0.113.1, which moves
                   `----- second  192.0.2.130 of its own

Both machines have a line of their own to the bus, which runs beside the test with the bot's end of it.
"""

from __future__ import annotations

import asyncio
import shlex
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bot.fleet.bus import BusTransport
from bot.fleet.reached import Reached
from gateway import config as configuration
from gateway.api.client import GatewayClient
from gateway.api.contract import GetPolicy
from gateway.api.signed import Sealer
from gateway.demo.namespace import Namespace
from gateway.demo.tunnel import until
from gateway.demo.world import VPS4, World
from gateway.errors import GatewayError, GatewayUnreachable
from gateway.supervisor import COURIER_USER, SYSTEM_USER
from gateway.trust import BotTrust, read
from tests.e2e.service import Service
from tests.e2e.supervised import system_users
from tests.lab import hosts, pass_through, unused_prefix
from tests.natsserver import NatsServer
from tests.net.gateway import ADMIN
from tests.net.region import line_to
from tests.net.shipped import BUS4, PATIENCE_S, Machine, guildgate

OWN4 = "192.0.2.130"  # the second machine's


@dataclass
class Pair:
    """The region, and the bot's end of its bus."""

    world: World
    first: Machine
    second: Machine
    server: NatsServer
    bot: GatewayClient  # of the region, over the bus

    async def answers_the_bot(self) -> None:
        """Wait until the region answers over the bus, whichever machine does."""

        async def does() -> bool:
            try:
                return bool(await self.bot.call(GetPolicy(actor=ADMIN)))
            except GatewayError:
                return False

        await until(does, timeout_s=PATIENCE_S)

    async def one_serves(self) -> tuple[Machine, Machine]:
        """Wait until one does, and return it before the other one."""

        async def does() -> tuple[Machine, Machine] | None:
            with suppress(GatewayUnreachable):
                if await self.first.status():
                    return self.first, self.second
                if await self.second.status():
                    return self.second, self.first
            return None

        found = await until(does, timeout_s=PATIENCE_S)
        assert found
        return found

    async def move_to_second(self) -> None:
        """Do what a provider does with an address that moves."""
        await self.world.inet.run("ip", "route", "replace", str(VPS4), "via", OWN4)
        await self.second.host.run("ip", "address", "add", f"{VPS4}/32", "dev", "eth0")
        await self.second.host.run("ip", "route", "replace", "default", "via", "192.0.2.129", "src", str(VPS4))

    async def move_to_first(self) -> None:
        await self.world.inet.run("ip", "route", "delete", str(VPS4))
        await self.second.host.run("ip", "route", "replace", "default", "via", "192.0.2.129")
        await self.second.host.run("ip", "address", "delete", f"{VPS4}/32", "dev", "eth0")


@asynccontextmanager
async def pair_in(world: World, folder: Path) -> AsyncIterator[Pair]:
    """Run the region for the length of the block: the first machine serves, and the second one may have its copies."""
    pass_through(folder)
    async with AsyncExitStack() as stack:
        bot = folder / "bot"
        port = _free_port()
        servers = f'servers = ["tls://{BUS4}:{port}"]\n'
        config = _host(bot, servers)
        subprocess.run(["ip", "address", "replace", f"{BUS4}/32", "dev", "lo"], check=True)
        own = Namespace(unused_prefix() + "second")
        own.create()
        stack.callback(own.delete)
        await _connect(own, world.inet)
        machines = [
            _machine(stack, host, folder / name, servers, number)
            for number, (host, name) in enumerate(((world.vps, "first"), (own, "second")), 1)
        ]
        for machine in machines:
            await machine.mend()
        first, second = machines
        line = await guildgate(None, "fleet", "add", "eu", "--store", folder / "store", "--config", config)
        await first.guildgate("enrol", said=line)
        line = await guildgate(None, "fleet", "add", "eu", "--standby", "--config", config)
        allow = shlex.split(await second.guildgate("enrol", said=line))
        server = NatsServer("server", bot / "etc/nats", "127.0.0.1", port)
        stack.push_async_callback(server.stop)
        try:
            await server.start()
            over_the_bus = await stack.enter_async_context(_bus(config, bot))
            stack.push_async_callback(_end, machines)
            await first.start()
            await first.serves()
            assert allow[:2] == ["sudo", "guildgate"]
            await first.guildgate(*allow[2:])
            await second.start()
            await second.waits()
            yield Pair(world, first, second, server, over_the_bus)
            await stack.aclose()
        finally:
            services = [service for each in machines for service in (each.gateway, each.courier)]
            for service in services:
                print(f"{service.log}:", service.output)
            print("bus:", server.output[-5000:])
    for service in services:
        assert service.complaints() == [], service.log.name


async def _end(machines: list[Machine]) -> None:
    for machine in machines:
        await machine.stop()


@asynccontextmanager
async def _bus(config: Path, folder: Path) -> AsyncIterator[GatewayClient]:
    """Run the bot's end of the bus, and yield a client of the region over it."""
    section = configuration.load(config).fleet
    assert section
    bus = Reached(section, folder / "none").bus
    known = read(BotTrust, section.key_file)
    (region,) = known.regions
    running = asyncio.create_task(bus.run())
    try:
        yield GatewayClient(BusTransport(bus, region.name, Sealer(known.key, region.name, region.key)))
    finally:
        running.cancel()
        await asyncio.wait([running])


async def _connect(second: Namespace, inet: Namespace) -> None:
    for argv in (
        ("ip", "link", "set", "lo", "up"),
        ("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "second", "netns", inet.name),
        ("ip", "address", "add", f"{OWN4}/30", "dev", "eth0"),
        ("ip", "link", "set", "eth0", "up"),
    ):
        await second.run(*argv)
    await inet.run("ip", "address", "add", "192.0.2.129/30", "dev", "second")
    await inet.run("ip", "link", "set", "second", "up")
    await second.run("ip", "route", "add", "default", "via", "192.0.2.129")


def _machine(stack: AsyncExitStack, host: Namespace, folder: Path, servers: str, number: int) -> Machine:
    line = stack.enter_context(line_to(host))
    stack.enter_context(hosts(host, {}))
    stack.enter_context(system_users(host.name))
    socket_file = folder / "run/gateway.sock"
    config = _host(
        folder,
        f'region = "eu"\nstandby = "{VPS4}"\n{servers}',
        f'[gateway]\ninterface = "ggpair{number}"\nstate_dir = "{folder}/state"\nsocket = "{socket_file}"\n'
        f'public_address = "{VPS4}"\n',
    )
    gateway = ("gateway", "--config", str(config), "--socket-user", SYSTEM_USER, "--courier-user", COURIER_USER)
    courier = ("courier", "--config", str(config), "--user", COURIER_USER)
    return Machine(
        host,
        folder,
        line,
        Service(host, gateway, folder / "gateway.log"),
        Service(host, courier, folder / "courier.log"),
    )


def _host(folder: Path, fleet: str, settings: str = "") -> Path:
    """Write the configuration of a host into a folder that root alone reads, and that will hold its secrets."""
    etc = folder / "etc"
    folder.mkdir()
    etc.mkdir(mode=0o700)
    path = etc / "config.toml"
    path.write_text(f'{settings}[fleet]\n{fleet}bus_file = "{etc}/bus.key"\nkey_file = "{etc}/fleet.key"\n')
    return path


def _free_port() -> int:
    with socket.create_server(("", 0)) as made:
        return int(made.getsockname()[1])
