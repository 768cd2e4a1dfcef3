"""The gateway's real state, store and operations over a kernel in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, cast

import aiosqlite

from gateway import sqlite
from gateway.api.contract import Actor, AddForward, Caller, Join, Request
from gateway.config import Config
from gateway.keys import PrivateKey
from gateway.model import parse_ports
from gateway.nftables.elements import COOL, elements_of
from gateway.nftables.flow import Entry, Tuple
from gateway.state import history
from gateway.state.copies import Make
from gateway.state.history import Recorder
from gateway.state.operations import Operations
from gateway.state.reconciler import Reconciler
from gateway.state.store import Once, Store
from tests.unit.builders import ALICE, ROOT, key
from tests.unit.fakes.database import FakeDatabase
from tests.unit.fakes.kernel import FakeKernel
from tests.unit.fakes.table import FILLED

KEY = PrivateKey.generate()


@dataclass
class Running:
    """A gateway that has started. Its effects on kernel and database outlive it."""

    kernel: FakeKernel
    database: FakeDatabase
    store: Store
    state: Reconciler
    operations: Operations

    async def ask(self, request: Request[Any], caller: Caller = ROOT) -> Any:
        """Carry out a request and the tidying after it."""
        try:
            return await self.operations.handle(caller, request)
        finally:
            await self.state.tidied()

    async def stored(self, request: Request[Any]) -> Any | None:
        """Return the stored answer to a request with an id."""
        once = Once.of(ROOT, request)
        assert once
        return await self.store.answer(once)

    def differences(self) -> list[str]:
        """Return how table and WireGuard differ from the desired state, without sets that packets fill."""
        desired, content = self.state.desired, self.kernel.table.content
        if content is None:
            return ["there is no table"]
        wanted = elements_of(desired, self.state.network)
        found = [f"{name}: {content[name]}, not {wanted[name]}" for name in FILLED if content[name] != wanted[name]]
        for cool, host in COOL.items():
            found += [f"{key} is open and cold" for key in content[cool].keys() & content[host].keys()]
        peers = {
            peer.public_key: (peer.preshared_key, {peer.ipv4, peer.ipv6} - {None})
            for peer in desired.peers.values()
            if not peer.suspended_at
        }
        has = {
            key: (peer.preshared_key, {ip.network_address for ip in peer.allowed_ips})
            for key, peer in self.kernel.wireguard.peers.items()
        }
        return found if has == peers else [*found, f"WireGuard: {has}, not {peers}"]


@asynccontextmanager
async def running(
    path: Path | None,
    kernel: FakeKernel,
    config: Config | None = None,
    recorder: Recorder | None = None,
    make_copy: Make | None = None,
) -> AsyncIterator[Running]:
    """Start with the database at `path` and the kernel as it is. Leaving is like a kill and takes nothing down."""
    config = config or Config()
    with closing(FakeDatabase(path, kernel.effects)) as database:
        store = Store(cast(aiosqlite.Connection, database))
        state = Reconciler(config, store, kernel)
        services = None, recorder, None, None, make_copy
        made = Running(kernel, database, store, state, Operations(config, KEY, store, kernel, state, *services))
        await state.start()
        await made.operations.copies.begin()
        tidying = asyncio.create_task(state.tidy())
        try:
            yield made
        finally:
            tidying.cancel()
            await asyncio.wait([tidying])


@asynccontextmanager
async def recording(kernel: FakeKernel) -> AsyncIterator[Recorder]:
    """Open a history in memory."""
    db = await sqlite.in_memory(history.STEPS)
    try:
        made = Recorder(db, kernel.host.now, Path("/nowhere"))
        await made.load()
        yield made
    finally:
        await db.close()


def a_kernel(config: Config | None = None) -> FakeKernel:
    return FakeKernel.of(config or Config(), KEY)


PORT = AddForward(actor=ALICE, ports=parse_ports("25565"))


def a_join(device: str = "pc", request_id: str | None = None, actor: Actor = ALICE) -> Join:
    return Join(actor=actor, device=device, public_key=key(), request_id=request_id)


def knock(gateway: Running, port: int) -> Entry:
    """Let a player try a public port."""
    return gateway.kernel.conntrack.arrive(
        Tuple(17, IPv4Address("198.51.100.7"), 4000, IPv4Address("203.0.113.1"), port)
    )


def begin(gateway: Running, source: IPv4Address) -> Entry:
    """Let a peer begin a flow to the Internet."""
    site, here = IPv4Address("192.0.2.9"), IPv4Address("203.0.113.1")
    return gateway.kernel.conntrack.note(Tuple(6, source, 4000, site, 80), Tuple(6, site, 80, here, 4000))


async def asked_by(gateway: Running, await_of: Awaitable[object]) -> list[str]:
    """Return the effects of one request, in their order."""
    before = len(gateway.kernel.effects.asked)
    await await_of
    return gateway.kernel.effects.asked[before:]
