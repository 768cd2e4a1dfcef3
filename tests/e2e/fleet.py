"""A fleet of shipped processes: what `guildgate fleet add` and `enrol` wrote, a bus, two regions, and a bot.

The bus runs beside the test. Each host has a line to it and finds it by name. The bot's host has no gateway.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.api.client import GatewayClient
from gateway.api.contract import GetStatus, PeerStatus
from gateway.api.transport import SocketTransport
from gateway.bus import subjects
from gateway.bus.access import Access
from gateway.bus.keyed import KeyedClient
from gateway.bus.nkey import UserKey
from gateway.codec import decode
from gateway.demo.tunnel import until
from gateway.demo.world import SITE4, World
from gateway.supervisor import COURIER_USER, SYSTEM_USER
from tests.e2e import supervised
from tests.e2e.scene import LOG_CHANNEL, ROOT, answers, fake_on
from tests.e2e.service import Service
from tests.fakediscord import FakeDiscord, Person
from tests.fakediscord.certificate import HOSTS
from tests.lab import hosts, pass_through, unused_prefix
from tests.natsserver import NatsServer
from tests.net.region import Line, line_to
from tests.net.shipped import guildgate

ALL = ("eu", "us")
BUS = "bus.example.org"
PATIENCE_S = 120.0  # for a busy machine


@dataclass
class Place:
    """A region on the VPS of a world of its own. `api` shows what its gateway holds, `line` leads to the bus."""

    name: str
    world: World
    gateway: Service
    courier: Service
    socket: Path
    line: Line

    def __post_init__(self) -> None:
        self.api = GatewayClient(SocketTransport(self.socket))

    async def start_gateway(self) -> None:
        await self.gateway.start()
        await answers(self.gateway, self.api, within=PATIENCE_S)

    async def start(self) -> None:
        """Start what does not run, and mend the line."""
        self.line.mend()
        if not self.gateway.is_running:
            await self.start_gateway()
        if not self.courier.is_running:
            await self.courier.start()

    async def stop(self) -> None:
        await self.courier.stop()
        await self.gateway.stop()

    async def devices(self, person: Person) -> list[PeerStatus]:
        status = await self.api.call(GetStatus(actor=ROOT, everyone=True))
        return [row for row in status.peers if row.peer.owner == str(person.id)]


@dataclass
class Fleet:
    """The fleet, with its Discord."""

    discord: FakeDiscord
    bot: Service
    bus: NatsServer
    store: Path
    config: Path  # of the bot's host
    access: Access  # of the bot to the bus
    places: dict[str, Place]

    async def start(self) -> None:
        """Start what does not run, the bot's host first, and wait until the bot is ready."""
        if not self.bus.is_running:
            await self.bus.start()
        sessions = self.discord.identified
        if is_new := not self.bot.is_running:
            await self.bot.start()
        await asyncio.gather(*(place.start() for place in self.places.values()))
        await self.discord.ready(sessions + is_new, within=PATIENCE_S)

    def member(self, name: str, *roles: str) -> Person:
        return self.discord.guild.add_member(name, roles)

    async def guildgate(self, *arguments: str) -> str:
        """Return what a command on the bot's host prints."""
        return await guildgate(self.bot.host, *arguments, "--config", self.config)

    def wipe_bus(self) -> None:
        """Take away all that the bus has stored. It must not run."""
        assert not self.bus.is_running
        for each in self.store.iterdir():
            shutil.rmtree(each) if each.is_dir() else each.unlink()

    async def decided(self, person: Person) -> None:
        """Wait until the log on the bus has a decision on a member."""
        client, subject = KeyedClient(UserKey.parse(self.access.seed)), subjects.decision(str(person.id))
        await client.connect(
            f"tls://127.0.0.1:{self.bus.port}",
            nkeys_seed_str=self.access.seed,
            tls=self.access.tls(),
            tls_hostname=BUS,
            inbox_prefix=subjects.inbox(subjects.BOT),
        )

        async def is_there() -> bool:
            found = await client.jetstream().stream_info(subjects.MEMBERSHIP, subjects_filter=subject)
            return subject in (found.state.subjects or {})

        try:
            await until(is_there, timeout_s=PATIENCE_S)
        finally:
            await client.close()

    @property
    def log_entries(self) -> list[str]:
        return [message.text for message in self.discord.guild.channel(LOG_CHANNEL).messages]

    async def says(self, pattern: str, *, since: int = 0) -> float:
        """Wait until the bot's log has a line of this pattern, and return the loop's time."""

        async def is_said() -> bool:
            assert self.bot.is_running, self.bot.output
            return re.search(pattern, self.bot.output[since:]) is not None

        await until(is_said, timeout_s=PATIENCE_S)
        return asyncio.get_running_loop().time()


@asynccontextmanager
async def fleet_in(folder: Path) -> AsyncIterator[Fleet]:
    """Run the fleet for the length of the block. All of it ends cleanly, and no log has an error or a secret."""
    pass_through(folder)
    async with AsyncExitStack() as stack:
        worlds = {name: await stack.enter_async_context(World(unused_prefix())) for name in ALL}
        internet = worlds["eu"]
        discord = await stack.enter_async_context(fake_on(internet))
        discord.guild.channel(LOG_CHANNEL)
        for role in ("Player", "Admin"):
            discord.guild.role(role)
        home = internet.player2  # the bot's host
        lines = dict[str, Line]()
        for host, names in ((home, dict.fromkeys(HOSTS, str(SITE4))), *((each.vps, {}) for each in worlds.values())):
            lines[host.name] = line = stack.enter_context(line_to(host))
            stack.enter_context(hosts(host, {**names, BUS: line.address}))
            stack.enter_context(supervised.system_users(host.name))
        port = free_port()
        servers, store = f"tls://{BUS}:{port}", folder / "store"
        own = folder / "bot"
        config = written(own, servers, _discord(own, discord))
        (own / "state").mkdir(mode=0o700)
        shutil.chown(own / "state", supervised.BOT, supervised.BOT)

        async def add(name: str) -> Place:
            printed = await guildgate(home, "fleet", "add", name, "--store", store, "--config", config)
            world = worlds[name]
            return await _enrolled(world, folder / name, name, servers, printed, lines[world.vps.name])

        places = {"eu": await add("eu")}
        bus = NatsServer("server", own / "etc/nats", BUS, port)
        stack.push_async_callback(bus.stop)
        bot = Service(
            home,
            ("bot", "--config", str(config), "--user", SYSTEM_USER),
            folder / "bot.log",
            {"DISCORD_TOKEN": discord.token, "SSL_CERT_FILE": str(discord.ca_file)},
        )
        try:
            stack.push_async_callback(bot.stop)
            access = decode(Access, json.loads((own / "etc/bus.key").read_text()))
            made = Fleet(discord, bot, bus, store, config, access, places)
            await bus.start()
            await bot.start()
            await made.says(r"logs in to Discord once the gateway answers in eu: \w+")
            places["us"] = await add("us")
            await made.says("the regions are now eu, us")
            for place in places.values():
                stack.push_async_callback(place.stop)
            await asyncio.gather(*(place.start() for place in places.values()))
            await discord.ready(1, within=PATIENCE_S)
            yield made
            await bot.stop()
            await stack.aclose()
        finally:
            services = [bot, *(each for place in places.values() for each in (place.gateway, place.courier))]
            for service in services:
                print(f"{service.log.name}:", service.output)
            print("bus:", bus.output[-5000:])
        assert discord.violations == []
        for service in services:
            assert service.complaints() == [], service.log.name
            assert discord.token not in service.output
            assert "eof_received" not in service.output


async def _enrolled(world: World, folder: Path, name: str, servers: str, printed: str, line: Line) -> Place:
    """Make a region of a VPS, whose [fleet] says only where its secrets are to lie."""
    socket_file = folder / "run/gateway.sock"
    settings = f'[gateway]\ninterface = "ggfleet{name}"\nstate_dir = "{folder}/state"\nsocket = "{socket_file}"\n'
    config = written(folder, servers, settings, f'region = "{name}"\n')
    await guildgate(world.vps, "enrol", "--config", config, said=printed)
    options = ("--socket-user", SYSTEM_USER, "--courier-user", COURIER_USER)
    return Place(
        name,
        world,
        Service(world.vps, ("gateway", "--config", str(config), *options), folder / f"gateway-{name}.log"),
        Service(
            world.vps, ("courier", "--config", str(config), "--user", COURIER_USER), folder / f"courier-{name}.log"
        ),
        socket_file,
        line,
    )


def written(folder: Path, servers: str, settings: str, region: str = "") -> Path:
    """Write the configuration of a host into a folder that will hold its secrets, as /etc/guildgate does."""
    etc = folder / "etc"
    folder.mkdir()
    etc.mkdir(mode=0o755)
    files = f'bus_file = "{etc}/bus.key"\nkey_file = "{etc}/fleet.key"\n'
    path = etc / "config.toml"
    path.write_text(f'{settings}\n[fleet]\nservers = ["{servers}"]\n{region}{files}')
    return path


def _discord(folder: Path, discord: FakeDiscord) -> str:
    return f"""[discord]
guild = "{discord.guild.id}"
member_roles = ["Player"]
admin_roles = ["Admin"]
log_channel = "{LOG_CHANNEL}"
state_dir = "{folder}/state"
"""


def free_port() -> int:
    with socket.create_server(("", 0)) as made:
        return int(made.getsockname()[1])
