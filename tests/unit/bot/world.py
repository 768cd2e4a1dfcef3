"""The real bot in this process, between the fake Discord and a gateway without a kernel."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from discord.gateway import DiscordWebSocket, KeepAliveHandler
from discord.http import Route
from yarl import URL

from bot.app import SCHEMA, Bot
from bot.config import DiscordSection
from bot.core.client import FINISH_S
from bot.core.memory import Memory
from bot.core.roles import BOT
from bot.core.words import Languages
from gateway.api import server
from gateway.api.client import GatewayClient
from gateway.api.contract import (
    AddForward,
    AuditEntry,
    AuditPage,
    Closed,
    Extended,
    ExtendForward,
    ForwardInfo,
    ForwardStatus,
    GetAudit,
    GetPolicy,
    GetStatus,
    Join,
    LanState,
    List,
    Listing,
    Opened,
    PeerInfo,
    PeerStatus,
    PolicyInfo,
    RemoveForward,
    Request,
    Revoke,
    Revoked,
    Rotate,
    SetLan,
    Status,
    Suspend,
    Suspended,
)
from gateway.api.transport import SocketTransport
from gateway.config import GatewaySection, PolicySection
from gateway.errors import AdminsOnly
from gateway.model import Desired, Forward, Key, Peer
from gateway.state.planner import Planner
from gateway.wireguard import clientconf
from tests.fakediscord import FakeDiscord, Intent
from tests.unit.bot.english import LANGUAGES
from tests.unit.bot.patience import PATIENCE_S, hurry

NOW = datetime(2026, 1, 31, 20, 0, tzinfo=UTC)
ADDRESS = "vps.example.org"
PRESHARED_KEY = Key(bytes(range(32)))


@dataclass
class Gate:
    """The gateway's own planner and socket server; what it should be is kept in memory.

    `players` by ports, one where nothing is said; `looks`: how often the bot asked for the status of its own accord,
    and then it finds the devices on loopback. `handshake`: how long ago every device's last one was, None for never.
    """

    path: Path
    desired: Desired = field(default_factory=Desired)
    asked: list[Request[Any]] = field(default_factory=list)
    answering: asyncio.Event = field(default_factory=asyncio.Event)
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    forged: object = None
    now: datetime = NOW
    policy: PolicySection = field(default_factory=PolicySection)
    audit: list[AuditEntry] = field(default_factory=list)
    players: dict[str, int] = field(default_factory=dict)
    handshake: timedelta | None = timedelta()
    looks: int = 0

    def __post_init__(self) -> None:
        self.answering.set()
        self._stack = AsyncExitStack()

    @property
    def _planner(self) -> Planner:
        return Planner(GatewaySection(), self.policy)

    async def start(self) -> None:
        listener = self._stack.enter_context(server.listen(self.path, ()))
        await self._stack.enter_async_context(server.serve(listener, self._handle))

    async def stop(self) -> None:
        await self._stack.aclose()

    def device(self, name: str) -> Peer:
        (peer,) = [peer for peer in self.desired.peers.values() if peer.device == name]
        return peer

    async def _handle(self, request: Request[Any]) -> object:
        if request.actor == BOT:  # looks on its own account, whatever a test is about
            self.looks += isinstance(request, GetStatus)
            return self._answer(request)
        self.asked.append(request)
        self.reached.set()
        await self.answering.wait()
        return self.forged or self._answer(request)

    def _answer(self, request: Request[Any]) -> object:
        match request:
            case Join():
                self.desired, peer = self._planner.join(self.desired, request, PRESHARED_KEY, self.now)
                return clientconf.issue(peer, GatewaySection(), PRESHARED_KEY, ADDRESS)
            case Rotate():
                self.desired, peer = self._planner.rotate(self.desired, request, PRESHARED_KEY)
                return clientconf.issue(peer, GatewaySection(), PRESHARED_KEY, ADDRESS)
            case Revoke():
                before = self.desired
                self.desired, peers, forwards = self._planner.revoke(before, request, self.now)
                return Revoked(peers=tuple(map(PeerInfo.of, peers)), forwards=_infos(before, forwards))
            case AddForward():
                self.desired, made, peer = self._planner.forward(self.desired, request, lambda *_: False, self.now)
                return Opened(
                    forwards=tuple(ForwardInfo.of(forward, peer) for forward in made),
                    mode=peer.mode,
                    public_address=ADDRESS,
                    public_address6=None,
                )
            case RemoveForward():
                before = self.desired
                self.desired, forwards = self._planner.unforward(before, request, self.now)
                return Closed(forwards=_infos(before, forwards))
            case ExtendForward():
                self.desired, forwards = self._planner.extend(self.desired, request, self.now)
                return Extended(forwards=_infos(self.desired, forwards))
            case Suspend():
                self.desired, peers = self._planner.suspend(self.desired, request, self.now)
                return Suspended(peers=tuple(map(PeerInfo.of, peers)))
            case GetPolicy():
                return PolicyInfo.of(self.policy)
            case GetAudit():
                if not request.actor.is_admin:
                    raise AdminsOnly
                older = [entry for entry in self.audit if request.before is None or entry.id < request.before]
                return AuditPage(entries=tuple(older[-request.limit :][::-1]))
            case SetLan():
                self.desired = self._planner.lan(self.desired, request)
                return LanState(on=request.on)
            case List() | GetStatus():
                return self._look(request)
        raise AssertionError(request)

    def _look(self, request: List | GetStatus) -> object:
        if request.everyone and not request.actor.is_admin:
            raise AdminsOnly
        peers = [p for p in self.desired.peers.values() if request.everyone or p.owner == request.actor.id]
        ids = {peer.id for peer in peers}
        found = [forward for forward in self.desired.forwards.values() if forward.peer_id in ids]
        if isinstance(request, GetStatus) and request.forwards:
            found = [forward for forward in found if forward.id in request.forwards]
            peers = [peer for peer in peers if any(forward.peer_id == peer.id for forward in found)]
        forwards = _infos(self.desired, found)
        if isinstance(request, List):
            return Listing(peers=tuple(map(PeerInfo.of, peers)), forwards=forwards)
        return Status(
            at=self.now,
            lan=bool(self.desired.lan),
            backend="kernel",
            public_address=ADDRESS,
            public_address6=None,
            listen_port=51820,
            peers=tuple(
                PeerStatus(
                    peer=_at_home(peer) if request.actor == BOT else PeerInfo.of(peer),
                    latest_handshake=None if self.handshake is None else self.now - self.handshake,
                    rx_bytes=1,
                    tx_bytes=2,
                    endpoint="203.0.113.7:1",
                )
                for peer in peers
            ),
            forwards=tuple(
                ForwardStatus(forward=info, connections=count, players=count, rx_bytes=count, tx_bytes=count)
                for info in forwards
                for count in [self.players.get(str(info.ports), 1)]
            ),
        )


def _at_home(peer: Peer) -> PeerInfo:
    return dataclasses.replace(PeerInfo.of(peer), ipv4=IPv4Address("127.0.0.1"), ipv6=None)


def _infos(desired: Desired, forwards: Sequence[Forward]) -> tuple[ForwardInfo, ...]:
    return tuple(ForwardInfo.of(forward, desired.peers[forward.peer_id]) for forward in forwards)


@dataclass
class World:
    discord: FakeDiscord
    gate: Gate
    section: DiscordSection
    timeout_s: float
    languages: Languages
    ready_s: float

    def __post_init__(self) -> None:
        self._running = AsyncExitStack()

    async def start(self) -> None:
        """Return when the bot is ready."""
        sessions = self.discord.identified
        client = GatewayClient(SocketTransport(self.gate.path), timeout_s=self.timeout_s)
        memory = await self._running.enter_async_context(Memory.open(self.section.state_dir, SCHEMA))
        self.bot = await self._running.enter_async_context(
            Bot(self.section, client, memory, self.languages, clock=lambda: self.gate.now)
        )
        self.bot._connection.guild_ready_timeout = self.ready_s
        running = asyncio.create_task(self.bot.start(self.discord.token))
        self._running.push_async_callback(_end, running)
        await self.discord.ready(sessions + 1)

    async def stop(self) -> None:
        await self._running.aclose()


async def _end(task: asyncio.Task[None]) -> None:
    while not task.done():  # Python 3.11's wait_for, in which discord.py connects, may lose a cancellation
        task.cancel()
        await asyncio.wait([task], timeout=FINISH_S + 1)
    if not task.cancelled():
        await task
    # discord.py leaves a websocket open, and its heart beating, that was just being made.
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
    languages: Languages = LANGUAGES,
    **section: Any,
) -> AsyncIterator[World]:
    """A bot that is ready; leaving it asserts that Discord had nothing to complain about.

    `timeout_s`: what the bot gives the gateway; `ready_s`: after so long discord.py believes to know all servers and
    tells the bot of its own. What an interaction takes is measured in computing time: a busy machine makes nobody late.
    """
    gate = Gate(tmp_path / "gateway.sock")
    await gate.start()
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
            made = World(discord, gate, configured, timeout_s, languages, ready_s)
            try:
                await made.start()
                yield made
            finally:
                await made.stop()
            assert discord.violations == []
    finally:
        gate.answering.set()
        await gate.stop()


def lead_to(discord: FakeDiscord, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the fake's address Discord's. It speaks without TLS here, and discord.py makes no pauses of its own; the
    end-to-end tests have both."""
    hurry(monkeypatch)
    monkeypatch.setattr(Route, "BASE", f"http://127.0.0.1:{discord.port}/api/v10")
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", URL(f"ws://127.0.0.1:{discord.port}"))
