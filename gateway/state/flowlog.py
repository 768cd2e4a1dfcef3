"""The flow log: which device began which flow through the VPS, to answer a complaint about one of its ports.

It is off unless `flow_log_for` says how long it is kept. It has a database of its own, which may be deleted. A damaged
one is put aside for as long as its flows would be kept, and begun anew. Its size is limited, and a full log drops the
oldest flows of the device that has most, so that no device hides another's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import aiosqlite

from gateway import sqlite
from gateway.api.holders import FindHolders, LoggedFlow
from gateway.model import Peer, Protocol
from gateway.nftables.flow import Address
from gateway.nftables.notices import Begun, Ended, Lost, Notice
from gateway.state.store import refusing

log = logging.getLogger(__name__)

WRITE_S, PRUNE_S = 1.0, 10.0
LOOK_AGAIN_S = 3600.0  # in case a notice of an end never came
MOST_WAITING = 50_000  # notices
MOST_BYTES = 200 << 20
MOST_FOUND = 100
CLOCKS_DIFFER = timedelta(minutes=1)  # and many complaints name the minute only
PRUNED_AT_ONCE = 20_000  # flows

STEPS: sqlite.Steps = (
    """
    CREATE TABLE devices (
        peer INTEGER PRIMARY KEY, owner TEXT NOT NULL, owner_name TEXT NOT NULL, device TEXT NOT NULL
    ) STRICT;
    CREATE TABLE flows (
        id INTEGER PRIMARY KEY,
        conntrack INTEGER NOT NULL,
        peer INTEGER NOT NULL,
        began INTEGER NOT NULL,
        ended INTEGER,
        protocol INTEGER NOT NULL,
        port INTEGER NOT NULL,
        outside BLOB NOT NULL,
        outside_port INTEGER NOT NULL,
        target BLOB NOT NULL,
        target_port INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX flows_outside ON flows (outside_port);
    CREATE INDEX flows_peer ON flows (peer);
    CREATE INDEX flows_open ON flows (conntrack) WHERE ended IS NULL;
    """,
)


@dataclass(slots=True)
class _Flow:
    """A flow that is not written yet."""

    begun: Begun
    peer: int
    began: int
    ended: int | None = None


class FlowLog:
    """The open log. `peers` returns the devices by their id, `live` the flows that conntrack has now."""

    def __init__(
        self,
        db: aiosqlite.Connection,
        kept_for: timedelta,
        now: Callable[[], datetime],
        peers: Callable[[], Mapping[int, Peer]],
        notices: AsyncIterator[Notice],
        live: Callable[[], Awaitable[Iterable[Begun]]],
        aside: Path,
    ) -> None:
        self._aside = aside  # where a damaged log from before is, if there was one
        self._db, self._kept_for, self._now = db, kept_for, now
        self._peers, self._notices, self._live = peers, notices, live
        self._known: Mapping[int, Peer] | None = None  # the devices that `_by_address` was made of
        self._by_address: dict[Address, Peer] = {}
        self._begun: dict[int, _Flow] = {}  # by conntrack's id
        self._over: list[_Flow] = []  # that began and ended meanwhile
        self._ends: list[tuple[int, int]] = []  # (time, conntrack's id) of flows that are written already
        self._devices: dict[int, Peer] = {}
        self._is_torn = True  # notices may be missing, so the log is compared with conntrack
        self._lost = 0
        self._lock = asyncio.Lock()

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        path: Path,
        kept_for: timedelta,
        now: Callable[[], datetime],
        peers: Callable[[], Mapping[int, Peer]],
        notices: AsyncIterator[Notice],
        live: Callable[[], Awaitable[Iterable[Begun]]],
    ) -> AsyncIterator[FlowLog]:
        """Open or make the database. Raise HostProblem when it cannot be used, except for damage."""
        db = await sqlite.connect_or_begin_anew(path, STEPS, "the flow log", key="gateway.state_dir")
        made = cls(db, kept_for, now, peers, notices, live, sqlite.aside_of(path))
        try:
            yield made
            await made._try("writing the flow log", made._write)
        finally:
            await db.close()

    async def run(self) -> None:
        """Log until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._note_all())
            await self._keep_writing()

    async def _note_all(self) -> None:
        async for notice in self._notices:
            self._note(notice)

    def _note(self, notice: Notice) -> None:
        """Take a notice, to be written with the next ones."""
        now = int(self._now().timestamp())
        match notice:
            case Begun():
                self._begin(notice, now)
            case Ended(id=number):
                if flow := self._begun.pop(number, None):
                    flow.ended = now
                    self._over.append(flow)
                else:
                    self._ends.append((now, number))
            case Lost():
                self._is_torn = True

    def _begin(self, begun: Begun, now: int) -> None:
        if (peers := self._peers()) is not self._known:
            self._known = peers
            self._by_address = {peer.ipv4: peer for peer in peers.values()}
            self._by_address |= {peer.ipv6: peer for peer in peers.values() if peer.ipv6}
        peer = self._by_address.get(begun.original.source)
        if peer is None or begun.original.protocol not in Protocol.BOTH.numbers:
            return
        if begun.reply.destination == begun.original.source:
            return  # it stays inside the tunnel, or ends at the gateway's host
        if len(self._begun) + len(self._over) >= MOST_WAITING:
            self._lost += 1
            return
        self._devices[peer.id] = peer
        self._begun[begun.id] = _Flow(begun, peer.id, now)

    async def _keep_writing(self) -> None:
        """Write what was noted every `WRITE_S`, and compare with conntrack now and then; until cancelled."""
        loop = asyncio.get_running_loop()
        looked_at, pruned_at = loop.time(), float("-inf")
        while True:
            if self._is_torn or loop.time() - looked_at > LOOK_AGAIN_S:
                looked_at = loop.time()
                await self._try("comparing the flow log with conntrack", self._compare)
            await self._try("writing the flow log", self._write)
            if self._lost:
                log.warning("the flow log lacks %d flows, because too many began at once", self._lost)
                self._lost = 0
            if loop.time() - pruned_at > PRUNE_S:
                pruned_at = loop.time()
                await self._try("pruning the flow log", self.prune)
            await asyncio.sleep(WRITE_S)

    async def _try(self, what: str, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except (OSError, aiosqlite.Error) as error:
            log.error("%s failed: %s", what, error)

    async def _compare(self) -> None:
        """End the flows that conntrack has no more, and take up those that the log lacks."""
        self._is_torn = False
        await self._write()
        live = {flow.id: flow for flow in await self._live()}
        now = int(self._now().timestamp())
        rows = await self._db.execute_fetchall("SELECT conntrack FROM flows WHERE ended IS NULL")
        open_ids = {number for (number,) in rows}
        self._ends += [(now, number) for number in open_ids - live.keys()]
        for number in live.keys() - open_ids - self._begun.keys():
            self._begin(live[number], now)

    async def _write(self) -> None:
        async with self._lock:
            if not (self._begun or self._over or self._ends):
                return
            begun, over, ends, devices = self._begun, self._over, self._ends, self._devices
            self._begun, self._over, self._ends, self._devices = {}, [], [], {}
            try:
                await self._insert([*over, *begun.values()], ends, devices.values())
            except BaseException:
                self._begun, self._over, self._devices = begun | self._begun, over + self._over, devices | self._devices
                self._is_torn = True  # the comparison finds the ends
                raise

    async def _insert(self, flows: list[_Flow], ends: list[tuple[int, int]], devices: Iterable[Peer]) -> None:
        """Write a batch in one transaction."""
        await self._db.execute("BEGIN IMMEDIATE")
        try:
            await self._db.executemany("UPDATE flows SET ended = ? WHERE conntrack = ? AND ended IS NULL", ends)
            await self._db.executemany(
                "INSERT OR REPLACE INTO devices VALUES (?,?,?,?)",
                [(peer.id, peer.owner, peer.owner_name, peer.device) for peer in devices],
            )
            await self._db.executemany(
                "INSERT INTO flows (conntrack, peer, began, ended, protocol, port, outside, outside_port, target, "
                "target_port) VALUES (?,?,?,?,?,?,?,?,?,?)",
                list(map(_row, flows)),
            )
            await self._db.commit()
        except BaseException:
            await self._db.rollback()
            raise

    async def prune(self) -> None:
        """Delete flows that began too long ago, and what is too much."""
        async with self._lock:
            since = int((self._now() - self._kept_for).timestamp())
            if self._aside.exists() and self._aside.stat().st_mtime < since:
                self._aside.unlink()
            await self._db.execute(
                "DELETE FROM flows WHERE id < coalesce((SELECT id FROM flows WHERE began >= ? ORDER BY id LIMIT 1), "
                "(SELECT max(id) + 1 FROM flows))",
                (since,),
            )
            await self._db.execute("DELETE FROM devices WHERE peer NOT IN (SELECT peer FROM flows)")
            while await sqlite.used_bytes(self._db) > MOST_BYTES:
                largest = "(SELECT peer FROM flows GROUP BY peer ORDER BY count(*) DESC LIMIT 1)"
                oldest = f"SELECT id FROM flows WHERE peer = {largest} ORDER BY id LIMIT {PRUNED_AT_ONCE}"  # noqa: S608
                await self._db.execute(f"DELETE FROM flows WHERE id IN ({oldest})")  # noqa: S608 - constants

    async def holders(self, request: FindHolders) -> list[LoggedFlow]:
        """Return the flows that had the port about then, the latest first. Raise NotSaved."""
        since, until = (int((request.at + sign * CLOCKS_DIFFER).timestamp()) for sign in (-1, 1))
        numbers = request.protocol.numbers
        conditions = "outside_port = ? AND began <= ? AND coalesce(ended, ?) >= ? AND protocol IN (?, ?)"
        values: list[object] = [request.port, until, since, since, numbers[0], numbers[-1]]
        if request.address:
            conditions += " AND outside = ?"
            values.append(request.address.packed)
        with refusing():
            await self._write()
            rows = await self._db.execute_fetchall(
                f"SELECT {_FIELDS} FROM flows JOIN devices USING (peer) "  # noqa: S608 - constants
                f"WHERE {conditions} ORDER BY began DESC LIMIT {MOST_FOUND}",
                values,
            )
        return list(map(_logged, rows))

    async def forget(self, member: str) -> None:
        """Delete what a member's devices did, from the file as well. Raise NotSaved."""
        self._aside.unlink(missing_ok=True)  # nothing can be deleted from that one
        with refusing():
            await self._write()
            async with self._lock:
                theirs = "(SELECT peer FROM devices WHERE owner = ?)"
                await self._db.execute(f"DELETE FROM flows WHERE peer IN {theirs}", (member,))  # noqa: S608
                await self._db.execute("DELETE FROM devices WHERE owner = ?", (member,))
                await sqlite.rewrite(self._db)


_FIELDS = "owner, owner_name, device, protocol, began, ended, port, outside, outside_port, target, target_port"


def _row(flow: _Flow) -> tuple[Any, ...]:
    original, reply = flow.begun.original, flow.begun.reply
    return (
        flow.begun.id,
        flow.peer,
        flow.began,
        flow.ended,
        original.protocol,
        original.source_port,
        reply.destination.packed,
        reply.destination_port,
        original.destination.packed,
        original.destination_port,
    )


def _logged(row: Any) -> LoggedFlow:
    owner, owner_name, device, protocol, began, ended, port, outside, outside_port, target, target_port = row
    return LoggedFlow(
        owner=owner,
        owner_name=owner_name,
        device=device,
        protocol=next(one for one in Protocol.BOTH.each if protocol in one.numbers),
        began=datetime.fromtimestamp(began, UTC),
        ended=None if ended is None else datetime.fromtimestamp(ended, UTC),
        port=port,
        outside=ip_address(outside),
        outside_port=outside_port,
        target=ip_address(target),
        target_port=target_port,
    )
