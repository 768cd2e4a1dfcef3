"""The real bot in this process, between the fake Discord and a gateway without a kernel.

A world is one such bot with its Discord and its gateway.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path
from typing import Any

import pytest
from discord.gateway import DiscordWebSocket, KeepAliveHandler
from discord.http import HTTPClient, Route
from yarl import URL

from bot.app import SCHEMA, Bot
from bot.config import BotConfig, DiscordSection, Kind, Source
from bot.core.client import FINISH_S
from bot.core.memory import Memory
from bot.core.names import EVERYONE
from bot.core.roles import BOT
from bot.core.words import Languages
from bot.fleet.fleet import Fleet
from bot.fleet.region import Member
from gateway.api.client import GatewayClient
from gateway.api.contract import Caller, GetStatus, PeerStatus, Request, Status
from gateway.api.events import News
from gateway.api.transport import SocketTransport
from gateway.bus.told import Entry
from gateway.config import Config, GatewaySection, Host
from gateway.model import Forward, Peer
from tests.fakediscord import FakeDiscord, Intent
from tests.unit import gate
from tests.unit.bot.english import ENGLISH_ALONE
from tests.unit.bot.patience import PATIENCE_S, hurry, until

ADDRESS = "vps.example.org"


@dataclass
class Gate(gate.Gate):
    """The gateway that the bot asks. `asked` holds the requests on behalf of members, without the bot's own."""

    config: Config = field(default_factory=lambda: Config(gateway=GatewaySection(public_address=Host(ADDRESS))))
    answering: asyncio.Event = field(default_factory=asyncio.Event)
    """Cleared, the gateway keeps members' requests waiting."""
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once a member's request has arrived."""
    telling: asyncio.Event = field(default_factory=asyncio.Event)
    """Cleared, the gateway's events stay on their way to the bot."""
    forged: object = None
    """The answer to all requests of members, unless None."""
    players: dict[str, int] = field(default_factory=dict)
    """The connected players by ports; one by default."""
    handshake: timedelta | None = timedelta()
    """The age of every device's last handshake; None for never."""
    looks: int = 0
    """The number of the bot's own requests for the status. In those answers, devices are on loopback."""
    own: list[Request[Any]] = field(default_factory=list)
    """The bot's own requests."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.answering.set()
        self.telling.set()
        self.kernel.host.names[ADDRESS] = (IPv4Address("203.0.113.1"),)
        self.kernel.host.links["eth0"].addresses = {IPv4Interface("203.0.113.1/24")}

    async def handle(self, caller: Caller, request: Request[Any]) -> object:
        if request.actor == BOT:  # the services ask in every test
            self.own.append(request)
            self.looks += isinstance(request, GetStatus)
            answer = await self.answer(request)
            if isinstance(answer, AsyncGenerator):
                return self._all_at_home(answer)
            return _at_home(answer) if isinstance(answer, Status) else answer
        self.asked.append(request)
        self.reached.set()
        await self.answering.wait()
        return self.forged or await self.answer(request)

    async def _all_at_home(self, lines: AsyncGenerator[News, None]) -> AsyncGenerator[News, None]:
        async with aclosing(lines):
            async for news in lines:
                await self.telling.wait()
                snapshot = news.snapshot and replace(news.snapshot, status=_at_home(news.snapshot.status))
                events = (replace(each, peer=each.peer and _peer_at_home(each.peer)) for each in news.events)
                yield replace(news, snapshot=snapshot, events=tuple(events))

    def tunnel(self, peer: Peer) -> gate.Tunnel:
        return gate.Tunnel(handshake=self.handshake, rx_bytes=1, tx_bytes=2, endpoint="203.0.113.7:1")

    def traffic(self, forward: Forward) -> gate.Traffic:
        count = self.players.get(str(forward.ports), 1)
        return gate.Traffic(players=count, connections=count, rx_bytes=count, tx_bytes=count)


def _at_home(status: Status) -> Status:
    return replace(status, peers=tuple(map(_peer_at_home, status.peers)))


def _peer_at_home(shown: PeerStatus) -> PeerStatus:
    return replace(shown, peer=replace(shown.peer, ipv4=IPv4Address("127.0.0.1"), ipv6=None))


@dataclass
class World:
    """`bot` is the running one; `stop` and `start` make another with the same database."""

    discord: FakeDiscord
    gate: Gate
    section: DiscordSection
    timeout_s: float
    languages: Languages
    ready_s: float
    gates: dict[str, Gate] = field(default_factory=dict)
    """The gateways of a fleet by region; `gate` is the first of them. Empty without a fleet."""
    numbers: dict[str, int] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    """What the regions of a fleet tell of themselves."""

    def __post_init__(self) -> None:
        self._running = AsyncExitStack()

    async def start(self) -> None:
        """Start a bot, and return when it is ready."""
        sessions = self.discord.identified
        memory = await self._running.enter_async_context(Memory.open(self.section.state_dir, SCHEMA))
        self.bot = await self._running.enter_async_context(
            Bot(
                BotConfig(discord=self.section, socket=self.gate.path, sources=self.sources),
                self._gateways(),
                memory,
                self.languages,
                heartbeat=self.section.state_dir / "heartbeat",
                clock=lambda: self.gate.now,
            )
        )
        self.bot._connection.guild_ready_timeout = self.ready_s
        running = asyncio.create_task(self.bot.start(self.discord.token))
        self._running.push_async_callback(_end, running)
        await self.discord.ready(sessions + 1)

    def _gateways(self) -> GatewayClient | Fleet:
        if not self.gates:
            return self._client(self.gate)
        self.members = {
            name: Member(
                name=name,
                number=self.numbers[name],
                gateway=self._client(each),
                entry=partial(self.entries.get, name),
            )
            for name, each in self.gates.items()
        }
        return Fleet([*self.members.values()], lambda: self.gate.now)

    def have(self, *regions: str) -> None:
        """Let the running bot's fleet have these regions and no others."""
        self.bot._fleet.set([self.members[name] for name in regions])

    def _client(self, at: Gate) -> GatewayClient:
        return GatewayClient(SocketTransport(at.path), timeout_s=self.timeout_s)

    async def stop(self) -> None:
        await self._running.aclose()

    async def told(self) -> None:
        """Wait until the bot knows what the gateway has and counts now."""
        await until(self._knows)

    async def _knows(self) -> bool:
        await self.gate.look()
        answer, view = await self.gate.answer(GetStatus(actor=BOT, everyone=True)), self.bot.context.live.view
        assert isinstance(answer, Status)
        status = _at_home(answer)
        return (
            view is not None
            and view.forwards == {row.forward.id: row for row in status.forwards}
            and {key: (row.peer, row.connected) for key, row in view.peers.items()}
            == {row.peer.id: (row.peer, row.connected) for row in status.peers}
        )

    async def stir(self, looks: Callable[[], int]) -> None:
        """Let all services look at everything, as after a new snapshot, until two whole looks have happened."""
        before = looks()

        def have_looked() -> bool:
            self.bot.context.live._tell((), is_anew=True)
            return looks() >= before + 2  # the first of the two may have begun before

        await until(have_looked)


async def _end(task: asyncio.Task[None]) -> None:
    while not task.done():  # Python 3.11's wait_for, in which discord.py connects, may lose a cancellation
        task.cancel()
        await asyncio.wait([task], timeout=FINISH_S + 1)
    if not task.cancelled():
        await task
    # discord.py leaves a websocket and its heartbeat alive when it is stopped while connecting.
    for thread in threading.enumerate():
        if isinstance(thread, KeepAliveHandler):
            thread.stop()
            await thread.ws.socket.close()


@asynccontextmanager
async def world(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    member_roles: tuple[int | str, ...] = ("Friends",),
    admin_roles: tuple[int | str, ...] = ("Admin",),
    timeout_s: float = PATIENCE_S,
    ready_s: float = 2,
    privileged: Intent = Intent.MEMBERS,
    languages: Languages = ENGLISH_ALONE,
    absent: Collection[str] = (),
    regions: Mapping[str, int] | None = None,
    sources: Mapping[str, Source] | None = None,
    **section: Any,
) -> AsyncIterator[World]:
    """Run a world whose bot is ready; at the end, assert that there was no violation and no ping.

    `absent`: configured roles and channels that are not there. `timeout_s`: the bot's timeout for the gateway.
    `regions`: the numbers of a fleet's regions. `sources`: what each key of the section was set by.
    `ready_s`: discord.py waits this long for further servers before it reports the bot's own. The time of an
    interaction is computing time, so a busy machine makes no answer late.
    """
    gates = {name: Gate(tmp_path / f"{name}.sock") for name in regions or ()}
    gateway = next(iter(gates.values()), None) or Gate(tmp_path / "gateway.sock")
    for each in [*gates.values()] or [gateway]:
        await each.start()
    try:
        async with FakeDiscord.serve(privileged=privileged, tls=False, clock=time.process_time) as discord:
            lead_to(discord, monkeypatch)
            configured = DiscordSection(
                guild=discord.guild.id,
                member_roles=member_roles,
                admin_roles=admin_roles,
                state_dir=tmp_path,
                **section,
            )
            for named in configured.named():
                if named.id is None and named != EVERYONE and named.text not in absent:
                    (discord.guild.role if named.kind is Kind.ROLE else discord.guild.channel)(named.text)
            made = World(
                discord, gateway, configured, timeout_s, languages, ready_s, gates, dict(regions or {}), sources or {}
            )
            try:
                await made.start()
                yield made
            finally:
                await made.stop()
            assert discord.violations == [], discord.violations
            assert discord.pings == []
    finally:
        for each in [*gates.values()] or [gateway]:
            each.answering.set()
            await each.close()


def lead_to(discord: FakeDiscord, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make discord.py connect to the fake, without TLS and without discord.py's own pauses.

    The end-to-end tests have both.
    """
    hurry(monkeypatch)
    monkeypatch.setattr(Route, "BASE", f"http://127.0.0.1:{discord.port}/api/v10")
    read = HTTPClient.get_from_cdn

    async def read_from_fake(client: HTTPClient, url: str) -> bytes:
        return await read(client, url.replace("https://cdn.discordapp.com", f"http://127.0.0.1:{discord.port}"))

    monkeypatch.setattr(HTTPClient, "get_from_cdn", read_from_fake)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", URL(f"ws://127.0.0.1:{discord.port}"))
