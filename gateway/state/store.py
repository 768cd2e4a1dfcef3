"""State on disk: SQLite through aiosqlite. Every change is one durable transaction."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from gateway import sqlite
from gateway.api.contract import Action, Actor, AuditEntry, Caller, ForwardInfo, Request
from gateway.api.forgetting import ERASURES_KEPT, Erasure
from gateway.codec import DecodeError, decode, to_json
from gateway.errors import DatabaseDamaged, NotErased, NotSaved, RequestIdReused, log_id
from gateway.model import Change, Desired, Kept, Key, OwnedPorts, Peer, PortRange, Protocol, Rest
from gateway.state import records
from gateway.state.forgetting import Person
from gateway.state.moved import Place
from gateway.state.schema import STEPS

log = logging.getLogger(__name__)
K = TypeVar("K")
V = TypeVar("V")
Row = tuple[Any, ...]
REMEMBER_REQUESTS = timedelta(minutes=30)
KEEP_AUDIT = 100_000  # the newest entries; a fight with another program writes as many in hours
KEEP_AUDIT_BYTES = 64 << 20  # of the newest entries, and the rest of one more
KEEP_ANSWERS_BYTES = 16 << 20  # of the newest answers alike: those about thousands of forwards are megabytes long
AUDIT_PAGE_BYTES = 4 << 20  # a page has one entry more at most, because an entry may be about thousands of forwards
_ROW_BYTES = 200  # of an entry or an answer without its texts
ITSELF = Actor(id="gateway", name="gateway", is_admin=True)


@dataclass(frozen=True, slots=True)
class Audit:
    """An audit entry to write. `detail` holds JSON values and no secret."""

    actor: Actor
    action: Action
    subject: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    uid: int | None = None  # the system user that asked


@dataclass(frozen=True, slots=True)
class Once:
    """A request that is carried out once. `digest` stands for all that it asks, because no id may stand for more."""

    id: str
    digest: str

    @classmethod
    def of(cls, caller: Caller, request: Request[Any]) -> Once | None:
        """Return None for a request without an id."""
        if request.request_id is None:
            return None
        asked = to_json([request.operation, request])
        return cls(f"{caller.uid} {request.request_id}", sha256(asked.encode()).hexdigest())


@contextmanager
def refusing() -> Iterator[None]:
    """Raise NotSaved instead of the database's errors, and DatabaseDamaged when that is what they say."""
    try:
        yield
    except aiosqlite.Error as error:
        if sqlite.is_damage(error):
            raise _damaged(error) from error
        number = log_id()
        log.error("[%s] the database refused: %s", number, error)
        raise NotSaved(log_id=number) from error


def _damaged(error: Exception) -> DatabaseDamaged:
    number = log_id()
    log.error("[%s] the database in gateway.state_dir is damaged (%s): %s", number, error, sqlite.CURE)
    return DatabaseDamaged(log_id=number)


class Store:
    """One connection. Callers hold the reconciler's lock around everything that writes.

    Every method raises NotSaved when the database refuses, also to read. `heed` is called after each transaction, with
    what the database said when it refused it, or None; `committed` after each that is committed, and `recorded` with
    each audit entry in it.
    """

    def __init__(self, db: aiosqlite.Connection) -> None:
        self._db = db
        self.heed: Callable[[str | None], None] = lambda refusal: None
        self.recorded: Callable[[AuditEntry], None] = lambda entry: None
        self.committed: Callable[[], None] = lambda: None
        self._entries: list[AuditEntry] = []  # of the transaction
        # By peer, its IPv6 address under another `subnet6`, and what stays stored for as long as it has that one.
        self.kept_ipv6: dict[int, tuple[IPv6Address | None, IPv6Address | None]] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator[Store]:
        """Open or make the database. Raise HostProblem when it cannot be used."""
        db = await sqlite.connect(path, STEPS, key="gateway.state_dir")
        try:
            yield cls(db)
        finally:
            await db.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Callable[[], Awaitable[None]]]:
        """Commit at the end, or roll back when anything inside raises.

        Yield `commit`, for a caller that works on while the disk writes.
        """
        self._entries = []
        try:
            with refusing():
                await self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield self._db.commit
                    await self._db.commit()
                except BaseException:
                    await self._db.rollback()
                    raise
        except NotSaved as error:
            self.heed(str(error.__cause__))
            raise
        self.heed(None)
        for entry in self._entries:
            self.recorded(entry)
        self.committed()

    async def load(self) -> Desired:
        """Return the stored state. Raise DatabaseDamaged for values that the gateway has not written."""
        try:
            return await self._load()
        except (TypeError, ValueError) as error:
            raise _damaged(error) from error

    async def _load(self) -> Desired:
        peers = {row[0]: records.peer(row) for row in await self._rows("SELECT * FROM peers ORDER BY id")}
        rules, kicked = defaultdict(list), defaultdict(list)
        for forward_id, *row in await self._rows("SELECT * FROM address_rules ORDER BY rowid"):
            rules[forward_id].append(records.rule(*row))
        for forward_id, *row in await self._rows("SELECT * FROM kicked ORDER BY rowid"):
            kicked[forward_id].append(records.kicked(*row))
        forwards = {
            row[0]: records.forward(row, tuple(rules.get(row[0], ())), tuple(kicked.get(row[0], ())))
            for row in await self._rows("SELECT * FROM forwards ORDER BY id")
        }
        kept: dict[OwnedPorts, Kept] = {}
        for owner, protocol, first, last, *rule, until in await self._rows("SELECT * FROM kept_rules ORDER BY rowid"):
            ports = owner, Protocol(protocol), PortRange(first, last)
            before = kept[ports].rules if ports in kept else ()
            kept[ports] = Kept((*before, records.rule(*rule)), datetime.fromisoformat(until))
        resting = {
            IPv4Address(ip): Rest(owner, datetime.fromisoformat(until))
            for ip, until, owner in await self._rows("SELECT ipv4, until, owner FROM resting")
        }
        joins: dict[str, tuple[datetime, ...]] = {}
        for owner, at in await self._rows("SELECT owner, at FROM joins ORDER BY rowid"):
            joins[owner] = (*joins.get(owner, ()), datetime.fromisoformat(at))
        ends = await self._rows("SELECT owner, until FROM guests")
        closed = {
            (Protocol(protocol), PortRange(first, last)): datetime.fromisoformat(until)
            for protocol, first, last, until in await self._rows("SELECT * FROM closed")
        }
        suspended = await self._rows("SELECT owner, since FROM suspended")
        decisions = map(records.decision, await self._rows("SELECT * FROM decisions"))
        lan = await self.note("lan")
        return Desired(
            lan=None if lan is None else lan == "on",
            peers=peers,
            forwards=forwards,
            resting=resting,
            joins=joins,
            guests={owner: datetime.fromisoformat(until) for owner, until in ends},
            closed=closed,
            kept=kept,
            suspended={owner: datetime.fromisoformat(since) for owner, since in suspended},
            decisions={decision.owner: decision for decision in decisions},
            next_peer_id=int(await self.note("next_peer_id") or 1),
            next_forward_id=int(await self.note("next_forward_id") or 1),
        )

    def _as_stored(self, peer: Peer) -> Peer:
        shown, kept = self.kept_ipv6.get(peer.id, (peer.ipv6, peer.ipv6))
        return replace(peer, ipv6=kept) if shown == peer.ipv6 else peer

    async def save(self, change: Change) -> None:
        """Write the change. The caller has a transaction open."""
        before, after = change.before, change.after
        await self._many("DELETE FROM forwards WHERE id = ?", [(forward.id,) for forward in change.forwards_gone])
        await self._many("DELETE FROM peers WHERE id = ?", [(peer.id,) for peer in change.peers_gone])
        peers = [self._as_stored(peer) for peer in change.peers_come]
        await self._many("INSERT INTO peers VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", list(map(records.peer_row, peers)))
        await self._many(
            "INSERT INTO forwards VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            list(map(records.forward_row, change.forwards_come)),
        )
        gone = {forward.id: forward.access for forward in change.forwards_gone if forward.access}
        come = {forward.id: forward.access for forward in change.forwards_come if forward.access}
        for table, part, rows in (
            ("address_rules", attrgetter("rules"), records.rule_rows),
            ("kicked", attrgetter("kicked"), records.kicked_rows),
        ):
            old, new = ({key: part(access) for key, access in both.items()} for both in (gone, come))
            await self._save_rows(table, "forward_id", old, new, rows)
        kept = {peer.public_key for peer in change.peers_come}
        gone_keys = [(str(peer.public_key),) for peer in change.peers_gone if peer.public_key not in kept]
        await self._many("DELETE FROM endpoints WHERE public_key = ?", gone_keys)
        await self._save_rows("resting", "ipv4", before.resting, after.resting, records.resting_rows)
        await self._save_rows("joins", "owner", before.joins, after.joins, records.join_rows)
        await self._save_rows("guests", "owner", before.guests, after.guests, records.guest_rows)
        closed = "protocol, first_port, last_port"
        await self._save_rows("closed", closed, before.closed, after.closed, records.closed_rows)
        await self._save_rows("kept_rules", f"owner, {closed}", before.kept, after.kept, records.kept_rows)
        await self._save_rows("suspended", "owner", before.suspended, after.suspended, records.suspended_rows)
        await self._save_rows("decisions", "owner", before.decisions, after.decisions, records.decision_rows)
        if before.lan != after.lan:
            await self.set_note("lan", "on" if after.lan else "off")
        for name in ("next_peer_id", "next_forward_id"):
            if getattr(before, name) != getattr(after, name):
                await self.set_note(name, str(getattr(after, name)))

    async def _save_rows(
        self, table: str, key: str, before: Mapping[K, V], after: Mapping[K, V], rows: Callable[[K, V], list[Row]]
    ) -> None:
        """Write what changed. `key` names the table's first columns, which `rows` makes of a mapping's key."""
        if before is after:
            return
        columns = key.count(",") + 1
        gone = [(k, v) for k, v in before.items() if after.get(k) != v]
        come = [row for k, v in after.items() if before.get(k) != v for row in rows(k, v)]
        keys = {row[:columns] for k, v in gone for row in rows(k, v)}
        marks = ",".join("?" * columns)
        await self._many(f"DELETE FROM {table} WHERE ({key}) = ({marks})", list(keys))  # noqa: S608 - constants
        if come:
            await self._many(f"INSERT INTO {table} VALUES ({','.join('?' * len(come[0]))})", come)  # noqa: S608

    async def audit(self, entry: Audit, now: datetime) -> None:
        detail = json.dumps(entry.detail)
        size = _ROW_BYTES + len(entry.subject.encode()) + len(detail)
        number = await self._do(
            "INSERT INTO audit (at, actor, actor_name, action, subject, detail, uid, total) "
            "VALUES (?,?,?,?,?,?,?, ? + (SELECT coalesce(max(total), 0) FROM audit))",
            (now.isoformat(), entry.actor.id, entry.actor.name, entry.action, entry.subject, detail, entry.uid, size),
        )
        self._entries.append(
            AuditEntry(
                id=number,
                at=now,
                actor=entry.actor.id,
                actor_name=entry.actor.name,
                action=entry.action,
                subject=entry.subject,
                **records.detail(detail),
                uid=entry.uid,
            )
        )
        await self._keep_newest("audit", "id", KEEP_AUDIT)
        await self._keep_newest("audit", "total", KEEP_AUDIT_BYTES)

    async def audit_page(self, before: int | None, limit: int) -> list[AuditEntry]:
        """Return the newest `limit` entries, newest first; with `before`, those with smaller ids.

        A page may have fewer entries, because it has few bytes. It has one at least, if there is one.
        """
        before = before if before is not None else 1 << 62
        columns = "id, at, actor, actor_name, action, subject, detail, uid"
        rows = await self._rows(
            f"SELECT {columns} FROM audit WHERE id < ? AND total > "  # noqa: S608 - constants
            "(SELECT total FROM audit WHERE id < ? ORDER BY id DESC LIMIT 1) - ? ORDER BY id DESC LIMIT ?",
            (before, before, AUDIT_PAGE_BYTES, limit),
        )
        return [
            AuditEntry(
                id=row[0],
                at=datetime.fromisoformat(row[1]),
                actor=row[2],
                actor_name=row[3],
                action=Action.read(row[4]),
                subject=row[5],
                **records.detail(row[6]),
                uid=row[7],
            )
            for row in rows
        ]

    async def newest_entry(self) -> int:
        """Return the id of the newest entry, or 0."""
        rows = await self._rows("SELECT max(id) FROM audit")
        return int(rows[0][0] or 0)

    async def closings(self, since: datetime) -> list[tuple[datetime, tuple[ForwardInfo, ...]]]:
        """Return (time, forwards) of every entry of the audit log from then on that closed forwards."""
        rows = await self._rows(
            "SELECT at, detail FROM audit WHERE at >= ? AND action IN (?, ?, ?, ?)",
            (since.astimezone(UTC).isoformat(), Action.UNFORWARD, Action.REVOKE, Action.FORGET, Action.EXPIRE),
        )
        found = [(datetime.fromisoformat(at), records.detail(detail).get("forwards", ())) for at, detail in rows]
        return [(at, forwards) for at, forwards in found if forwards]

    async def answer(self, once: Once) -> Any | None:
        """Return the answer that a request already got, as a JSON value, or None. Raise RequestIdReused."""
        rows = await self._rows("SELECT digest, answer FROM requests WHERE id = ?", (once.id,))
        if not rows:
            return None
        if rows[0][0] != once.digest:
            raise RequestIdReused
        return json.loads(rows[0][1])

    async def remember(self, once: Once, answer: Any, now: datetime) -> None:
        """Keep the answer for `REMEMBER_REQUESTS`. `answer` is a JSON value without a secret."""
        text = json.dumps(answer)
        await self._do("DELETE FROM requests WHERE at < ?", ((now - REMEMBER_REQUESTS).isoformat(),))
        await self._do(
            "INSERT INTO requests VALUES (?,?,?,?, ? + (SELECT coalesce(max(total), 0) FROM requests))",
            (once.id, now.isoformat(), once.digest, text, _ROW_BYTES + len(text)),
        )
        await self._keep_newest("requests", "total", KEEP_ANSWERS_BYTES)

    async def checkpoint(self) -> bool:
        """Leave in the log of writes no key that was deleted. Report whether another program let that happen."""
        with refusing():
            is_done = await sqlite.checkpoint(self._db)
        if not is_done:
            log.warning("another program reads the database, so its log of writes may hold deleted keys for an hour")
        return is_done

    async def knows(self, member: str) -> bool:
        """Report whether the audit log names the member by its id."""
        found = "SELECT 1 FROM audit WHERE actor = ? OR instr(subject, ?) OR instr(detail, ?) LIMIT 1"
        return bool(await self._rows(found, (member, member, json.dumps(member))))

    async def forget(self, member: str, alias: str, names: Iterable[str]) -> None:
        """Put the alias in the member's place. The caller has a transaction open, and has removed the devices."""
        columns = "id, actor, actor_name, subject, detail"
        by_id = await self._rows(
            f"SELECT {columns} FROM audit WHERE actor = ? OR instr(subject, ?) OR instr(detail, ?)",  # noqa: S608
            (member, member, json.dumps(member)),
        )
        person = Person(member, alias, frozenset(names)).named_in([records.texts(row) for row in by_id])
        # A reason may name the member anywhere, in any case.
        reasons = f"SELECT {columns} FROM audit WHERE json_extract(detail, '$.reason') <> ''"  # noqa: S608 - constants
        rows = {row[0]: row for row in (*by_id, *await self._rows(reasons))}
        for number, row in rows.items():
            texts = records.texts(row)
            if (after := person.forgotten(texts)) != texts:
                await self._do(
                    "UPDATE audit SET actor = ?, actor_name = ?, subject = ?, detail = ? WHERE id = ?",
                    (after.actor, after.actor_name, after.subject, json.dumps(after.detail), number),
                )
        await self._do("UPDATE audit SET uid = NULL WHERE 'uid:' || uid = ?", (member,))
        for text in (member, *person.names):
            await self._do("DELETE FROM requests WHERE instr(answer, ?)", (json.dumps(text),))

    async def owe(self, erasure: Erasure, now: datetime) -> None:
        values = (erasure.alias, erasure.salt, erasure.digest, now.isoformat())
        await self._do("INSERT INTO erasures VALUES (?,?,?,?)", values)

    async def erasures(self) -> list[Erasure]:
        rows = await self._rows("SELECT alias, salt, digest FROM erasures ORDER BY at")
        return [Erasure(alias=alias, salt=salt, digest=digest) for alias, salt, digest in rows]

    async def erased(self, aliases: Iterable[str]) -> None:
        await self._many("DELETE FROM erasures WHERE alias = ?", [(alias,) for alias in aliases])

    async def prune(self, now: datetime, audit_since: datetime | None) -> None:
        """Delete what is kept for no longer. `audit_since`: when the oldest entry of the audit log may be from.

        The newest entry stays, because its number must not be given again.
        """
        await self._do("DELETE FROM requests WHERE at < ?", ((now - REMEMBER_REQUESTS).isoformat(),))
        await self._do("DELETE FROM erasures WHERE at < ?", ((now - ERASURES_KEPT).isoformat(),))
        if audit_since:
            last = "(SELECT max(id) FROM audit)"
            since = "(SELECT id FROM audit WHERE at >= ? ORDER BY id LIMIT 1)"
            await self._do(
                f"DELETE FROM audit WHERE id < coalesce({since}, {last})",  # noqa: S608 - constants
                (audit_since.isoformat(),),
            )

    async def rewrite(self) -> None:
        """Write the file anew, so that it does not hold what was deleted. Raise NotErased."""
        try:
            await sqlite.rewrite(self._db)
        except aiosqlite.Error as error:
            number = log_id()
            log.error("[%s] the database could not be written anew: %s", number, error)
            raise NotErased(log_id=number) from error

    async def _keep_newest(self, table: str, column: str, most: int) -> None:
        newest = f"SELECT max({column}) FROM {table}"  # noqa: S608 - constants
        await self._do(f"DELETE FROM {table} WHERE {column} <= ({newest}) - ?", (most,))  # noqa: S608

    async def endpoints(self) -> dict[Key, tuple[str, datetime]]:
        """Return devices' last endpoints, each with the time of the handshake."""
        rows = await self._rows("SELECT public_key, endpoint, at FROM endpoints")
        return {Key.parse(key): (endpoint, datetime.fromisoformat(at)) for key, endpoint, at in rows}

    async def set_endpoints(self, new: Mapping[Key, tuple[str, datetime]], gone: Iterable[Key]) -> None:
        """Write some endpoints and delete others. The caller has a transaction open."""
        await self._many("DELETE FROM endpoints WHERE public_key = ?", [(str(key),) for key in gone])
        rows = [(str(key), endpoint, at.isoformat()) for key, (endpoint, at) in new.items()]
        await self._many("INSERT OR REPLACE INTO endpoints VALUES (?,?,?)", rows)

    async def place(self) -> Place:
        """Return where the gateway was reached last."""
        try:
            return decode(Place, json.loads(await self.note("place") or "{}"))
        except DecodeError:  # another version's
            return Place()

    async def set_place(self, place: Place) -> None:
        await self.set_note("place", to_json(place))

    async def note_address(self, address: str) -> None:
        """Write the address into peers of an older version, which wrote none down."""
        await self._do("UPDATE peers SET address = ? WHERE address = ''", (address,))

    async def note(self, name: str) -> str | None:
        rows = await self._rows("SELECT value FROM notes WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else None

    async def set_note(self, name: str, value: str) -> None:
        await self._do("INSERT OR REPLACE INTO notes VALUES (?,?)", (name, value))

    async def drop_notes(self, names: Iterable[str]) -> None:
        """Delete notes. The caller has a transaction open."""
        await self._many("DELETE FROM notes WHERE name = ?", [(name,) for name in names])

    async def _rows(self, sql: str, values: tuple[Any, ...] = ()) -> list[Any]:
        with refusing():
            return list(await self._db.execute_fetchall(sql, values))

    async def _do(self, sql: str, values: tuple[Any, ...] = ()) -> int:
        """Return the number of the row that an INSERT made."""
        with refusing():
            return int((await self._db.execute(sql, values)).lastrowid or 0)

    async def _many(self, sql: str, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            with refusing():
                await self._db.executemany(sql, rows)
