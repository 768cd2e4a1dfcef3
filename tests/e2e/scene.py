"""The whole system: a fake Discord on the Internet, gateway and bot on a VPS, friends and players around."""

from __future__ import annotations

import re
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.api.client import GatewayClient
from gateway.api.contract import Actor, GetStatus, Revoke
from gateway.api.transport import SocketTransport
from gateway.config import GatewaySection
from gateway.demo.namespace import Address, Namespace
from gateway.demo.server import Caller, GameServer
from gateway.demo.tunnel import until
from gateway.demo.world import SITE4, World
from gateway.errors import GatewayError
from tests.e2e.service import Service
from tests.fakediscord import FakeDiscord, Intent, Message, Person, Reply
from tests.fakediscord.certificate import HOSTS
from tests.joining import join as add
from tests.lab import hosts, unused_prefix

ROOT = Actor(id="0", name="root", is_admin=True)
ADMIN_CHANNEL, LOG_CHANNEL = "vpn-admins", "vpn-log"
ASKING = GatewaySection().subnet4[1]
BOT_USER = "daemon"  # an unprivileged user that every system has


@dataclass
class Scene:
    """The scene. `api` is for setting up and tidying; a test shows its result through Discord and packets."""

    world: World
    discord: FakeDiscord
    gateway: Service
    bot: Service
    socket: Path

    def __post_init__(self) -> None:
        self.api = GatewayClient(SocketTransport(self.socket))

    def member(self, name: str, *roles: str) -> Person:
        return self.discord.guild.add_member(name, roles)

    async def start_gateway(self) -> None:
        await self.gateway.start()
        await answers(self.gateway, self.api, within=30)

    async def start_bot(self) -> None:
        sessions = self.discord.identified
        await self.bot.start()
        await self.discord.ready(sessions + 1)

    async def tidy(self) -> None:
        """Start both processes again if needed, and remove every device."""
        self.gateway.resume()
        await self.discord.up()
        if not self.gateway.is_running:
            await self.start_gateway()
        if not self.bot.is_running:
            await self.start_bot()
        await self.discord.reconnected()
        status = await self.api.call(GetStatus(actor=ROOT, everyone=True))
        for owner in {row.peer.owner for row in status.peers}:
            await self.api.call(Revoke(actor=ROOT, owner=owner))


async def answers(gateway: Service, api: GatewayClient, *, within: float) -> None:
    """Wait until the gateway answers. Raise TimeoutError after `within` seconds."""

    async def does() -> bool:
        assert gateway.is_running, gateway.output
        try:
            await api.call(GetStatus(actor=ROOT))
        except GatewayError:
            return False
        return True

    await until(does, timeout_s=within)


@asynccontextmanager
async def opened(settings: str = "") -> AsyncIterator[Scene]:
    """Yield the scene with gateway and bot ready. `settings` are further lines of [discord].

    Both end cleanly, and their logs hold neither an error nor a secret.
    """
    async with World(unused_prefix()) as world:
        with (
            tempfile.TemporaryDirectory(prefix="guildgate-") as name,
            hosts(world.vps, dict.fromkeys(HOSTS, str(SITE4))),
        ):
            folder = Path(name)
            folder.chmod(0o755)  # because the bot, as another user, must find the gateway's socket in it
            async with fake_on(world) as discord:
                for channel in (ADMIN_CHANNEL, LOG_CHANNEL):
                    discord.guild.channel(channel)
                for role in ("Player", "Admin", "Guest"):
                    discord.guild.role(role)
                own = folder / "bot"
                own.mkdir(mode=0o700)
                shutil.chown(own, BOT_USER)
                config = folder / "config.toml"
                config.write_text(_config(folder, discord) + settings)
                made = Scene(
                    world,
                    discord,
                    Service(world.vps, ("gateway", "--config", str(config)), folder / "gateway.log"),
                    Service(
                        world.vps,
                        ("bot", "--config", str(config), "--user", BOT_USER),
                        folder / "bot.log",
                        {"DISCORD_TOKEN": discord.token, "SSL_CERT_FILE": str(discord.ca_file)},
                    ),
                    folder / "run/gateway.sock",
                )
                try:
                    await made.start_gateway()
                    await made.start_bot()
                    yield made
                finally:
                    try:
                        await made.bot.stop()
                    finally:
                        await made.gateway.stop()
                for service in (made.gateway, made.bot):
                    assert service.complaints() == [], service.complaints()
                    assert discord.token not in service.output


def fake_on(world: World) -> AbstractAsyncContextManager[FakeDiscord]:
    """Serve Discord at a site of the world's Internet for the length of the block."""
    return FakeDiscord.serve(_listener(world.inet), privileged=Intent.MEMBERS)


def _listener(internet: Namespace) -> socket.socket:
    listener = internet.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((str(SITE4), 443))
    return listener


def _config(folder: Path, discord: FakeDiscord) -> str:
    return f"""
[gateway]
interface = "gge2e0"
state_dir = "{folder}/state"
socket = "{folder}/run/gateway.sock"
socket_users = ["{BOT_USER}"]

[discord]
guild = "{discord.guild.id}"
member_roles = ["Player"]
admin_roles = ["Admin"]
guest_roles = ["Guest"]
guest_duration = "1h"
admin_channel = "{ADMIN_CHANNEL}"
log_channel = "{LOG_CHANNEL}"
state_dir = "{folder}/bot"
"""


async def join(person: Person, **options: Any) -> str:
    """Return the config of a device that a person adds: a PC with Windows, or with Linux for `mode:linux`."""
    return config_of((await add(person, **options)).files)


async def revoke(admin: Person, member: Person, **options: Any) -> Reply:
    """Type /revoke and confirm."""
    asked = await admin.slash("revoke", member=member, **options)
    return await admin.press(asked.button("Revoke"))


def config_of(files: dict[str, bytes]) -> str:
    (text,) = [data.decode() for name, data in files.items() if name.endswith(".conf")]
    return text


def said(reply: Reply | Message) -> str:
    """Return the text as it is read on the screen, without the markdown."""
    return re.sub(r"[*`\\]", "", reply.text)


async def told(person: Person, part: str) -> Reply:
    """Return the answer to /status once it has this part. Players are counted a moment after they came."""

    async def answered() -> Reply | None:
        reply = await person.slash("status")
        return reply if part in said(reply) else None

    reply = await until(answered, timeout_s=30)
    assert reply
    return reply


async def reaches(home: Namespace, address: Address, port: int, *, timeout_s: float = 1) -> bool:
    try:
        return await home.ask_tcp(address, port, timeout_s=timeout_s) == "hello"
    except OSError:
        return False


def players(server: GameServer) -> list[Caller]:
    """Return the server's callers without the bot, which asks through the tunnel whether it runs."""
    return [caller for caller in server.callers if caller.address != ASKING]
