"""A gateway for tests of its clients: the real operations behind the real socket, over a kernel in memory.

It looks at what tests set every `LOOK_S`, and tells watchers what changed.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from gateway.api import server
from gateway.api.contract import Action, AuditEntry, Caller, ForwardInfo, GetAudit, GetStatus, Request, Revoked
from gateway.api.events import Watch
from gateway.codec import encode
from gateway.config import Config, PolicySection
from gateway.model import Desired, Forward, Peer
from gateway.nftables.flow import Tuple
from gateway.state.operations import Operations
from gateway.state.store import ITSELF, Audit
from tests.unit.builders import MARKS
from tests.unit.fakes.kernel import FakeKernel
from tests.unit.running import KEY, Running, a_kernel, recording, running

LOOK_S = 0.02


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """The traffic of a forward."""

    players: int = 0
    connections: int = 0
    rx_bytes: int = 0
    tx_bytes: int = 0
    refused: int = 0


@dataclass(frozen=True, kw_only=True)
class Tunnel:
    """The traffic of a peer's tunnel. `handshake` is the age of the last one, None for never."""

    handshake: timedelta | None = None
    rx_bytes: int = 0
    tx_bytes: int = 0
    endpoint: str | None = None


@dataclass
class Gate:
    """A gateway.

    `asked` has the requests so far. The next request sees what a test sets as `desired`, `policy` or `audit`; the audit
    log holds nothing else. A watcher hears of a request's change at once, and of what a test sets at the next look.
    """

    path: Path
    config: Config = field(default_factory=Config)
    asked: list[Request[Any]] = field(default_factory=list)
    audit: list[AuditEntry] = field(default_factory=list)
    is_serving: bool = False
    is_quiet: bool = False
    """The kernel's flows are the test's own, and not those that `traffic` returns."""

    def __post_init__(self) -> None:
        self.kernel: FakeKernel = a_kernel(self.config)
        self._set: Desired | None = None
        self._is_renewed = False
        self._setting = asyncio.Lock()
        self._serving = AsyncExitStack()
        self._running = AsyncExitStack()
        self._gateway: Running | None = None

    async def start(self) -> None:
        """Serve, for the first time or again."""
        if self._gateway is None:
            self.recorder = await self._running.enter_async_context(recording(self.kernel))
            self._gateway = await self._running.enter_async_context(
                running(None, self.kernel, self.config, self.recorder)
            )
            looking = asyncio.create_task(self._keep_looking())
            self._running.push_async_callback(_end, looking)
            self._gateway.store.recorded = lambda entry: None  # because only `audit` is to be told
        listener = self._serving.enter_context(server.listen(self.path, ()))
        await self._serving.enter_async_context(server.serve(listener, self.handle))
        self.is_serving = True

    async def stop(self) -> None:
        """Stop serving and keep the state."""
        self.is_serving = False
        await self._serving.aclose()

    async def close(self) -> None:
        await self.stop()
        await self._running.aclose()

    @property
    def gateway(self) -> Running:
        assert self._gateway
        return self._gateway

    @property
    def now(self) -> datetime:
        return self.kernel.host.time

    @now.setter
    def now(self, moment: datetime) -> None:
        self.kernel.host.time = moment

    @property
    def policy(self) -> PolicySection:
        return self.config.policy

    @policy.setter
    def policy(self, policy: PolicySection) -> None:
        self.config = replace(self.config, policy=policy)
        self._is_renewed = True
        gateway = self.gateway
        gateway.operations = Operations(
            self.config, KEY, gateway.store, self.kernel, gateway.state, None, self.recorder
        )

    @property
    def desired(self) -> Desired:
        return self._set or self.gateway.state.desired

    @desired.setter
    def desired(self, desired: Desired) -> None:
        self._set = desired

    def device(self, name: str) -> Peer:
        (peer,) = [peer for peer in self.desired.peers.values() if peer.device == name]
        return peer

    def forwards(self) -> tuple[ForwardInfo, ...]:
        peers = self.desired.peers
        return tuple(ForwardInfo.of(forward, peers[forward.peer_id]) for forward in self.desired.forwards.values())

    async def handle(self, caller: Caller, request: Request[Any]) -> object:
        self.asked.append(request)
        return await self.answer(request)

    async def look(self) -> None:
        """Let the gateway look at the kernel and at what the test has set, and tell its watchers what is new.

        That is: `desired`, handshakes, endpoints, numbers, and entries of `audit`. After another `policy` it serves
        anew, because a gateway gets one only by a restart.
        """
        if self._is_renewed:
            self._is_renewed = False
            await self.stop()
            await self.start()
        await self._look()

    async def _keep_looking(self) -> None:
        """Look now and then, until cancelled."""
        while True:
            await self._look()
            await asyncio.sleep(LOOK_S)

    async def _look(self) -> None:
        await self._put_what_was_set()
        self._let_through()
        gateway = self.gateway
        gateway.state.note_endpoints(await self.kernel.wireguard.dump())
        await gateway.operations.looks.count()
        live = gateway.state.live
        for entry in sorted(self.audit, key=lambda entry: entry.id):
            if entry.id > live.newest_entry:
                live.recorded(entry)

    async def answer(self, request: Request[Any]) -> object:
        await self._put_what_was_set()
        if isinstance(request, GetStatus):
            self._let_through()
        elif isinstance(request, GetAudit):
            self._write_audit()
        elif isinstance(request, Watch):
            await self._look()
        return await self.gateway.ask(request)

    def tunnel(self, peer: Peer) -> Tunnel:
        """Return what the kernel shall report about a peer."""
        return Tunnel()

    def traffic(self, forward: Forward) -> Traffic:
        """Return what the kernel shall report about a forward."""
        return Traffic()

    async def _put_what_was_set(self) -> None:
        async with self._setting:
            while (desired := self._set) is not None:
                edited = desired, Revoked(peers=(), forwards=()), Audit(ITSELF, Action.REPAIR, "by the test")
                await self.gateway.state.change(partial(_always, edited), Revoked)
                if self._set is desired:  # and not another one by now
                    self._set = None

    def _let_through(self) -> None:
        for peer in self.desired.active.peers.values():
            if peer.public_key not in self.kernel.wireguard.peers:  # because a change is on its way
                continue
            tunnel = self.tunnel(peer)
            self.kernel.wireguard.seen(
                peer.public_key,
                latest_handshake=None if tunnel.handshake is None else self.now - tunnel.handshake,
                rx_bytes=tunnel.rx_bytes,
                tx_bytes=tunnel.tx_bytes,
                endpoint=tunnel.endpoint,
            )
        if self.is_quiet:
            return
        self.kernel.conntrack.entries.clear()
        for forward in self.desired.active.forwards.values():
            traffic, mark = self.traffic(forward), MARKS.of(forward.slot)
            counts = self.kernel.table.counts
            counts["stat_original"][mark,] = (1, traffic.rx_bytes)
            counts["stat_reply"][mark,] = (1, traffic.tx_bytes)
            counts["shed"][mark,] = (traffic.refused, 0)
            for number in range(traffic.connections):
                player = IPv4Address("198.51.100.0") + min(number, traffic.players - 1)
                arriving = Tuple(
                    forward.protocol.numbers[0], player, 40000 + number, IPv4Address("203.0.113.1"), forward.ports.first
                )
                self.kernel.conntrack.arrive(arriving)

    def _write_audit(self) -> None:
        rows = [
            (
                entry.id,
                entry.at.isoformat(),
                entry.actor,
                entry.actor_name,
                entry.action,
                entry.subject,
                _detail(entry),
                entry.uid,
                entry.id,
            )
            for entry in self.audit
        ]
        self.gateway.database.replace("audit", rows)


def _always(edited: tuple[Desired, Revoked, Audit], _: Desired) -> tuple[Desired, Revoked, Audit]:
    return edited


def _detail(entry: AuditEntry) -> str:
    detail: Mapping[str, Any] = {"peers": encode(entry.peers), "forwards": encode(entry.forwards)}
    return json.dumps({**detail, "reason": entry.reason})


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()
