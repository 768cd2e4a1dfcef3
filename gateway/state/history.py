"""The history: what devices and forwards moved, in steps that grow with their age.

Once a minute the counters of the kernel are compared with those before. What they grew by goes into the present step of
each grain at once, so no grain is computed from another. A counter that is smaller than before began anew. The counters
are stored in the same transaction, so a restart counts nothing twice. No address is stored. How long a member plays is
kept from when the member asks for it.

The history has a database of its own, which may be deleted. A damaged one is put aside and begun anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiosqlite

from gateway import sqlite
from gateway.api.contract import Status
from gateway.api.history import GetHistory, History, Period, Step
from gateway.errors import AdminsOnly, GatewayError
from gateway.state.steps import in_steps
from gateway.state.store import refusing

log = logging.getLogger(__name__)

SAMPLE_S, PRUNE_S = 60.0, 3600.0
LAST_LOOK_S = 1.0  # a change that takes access away waits no longer
MOST_WAITING = 20  # looks, while the database refuses
MOST_BYTES = 32 << 20
MOST_KEEPING = 10_000  # members that ask for how long they play, since no device counts them
# Each grain in seconds, and for how many of them it is kept: for the longest period that is shown in its steps.
GRAINS = {
    int(step.total_seconds()): int(max(each.length for each in Period if each.step == step).total_seconds())
    for step in {each.step for each in Period}
}

STEPS: sqlite.Steps = (
    """
    CREATE TABLE begun (at REAL NOT NULL) STRICT;
    CREATE TABLE counters (
        peer INTEGER NOT NULL, forward INTEGER NOT NULL, mark TEXT NOT NULL, rx INTEGER NOT NULL, tx INTEGER NOT NULL,
        PRIMARY KEY (peer, forward)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE series (
        id INTEGER PRIMARY KEY, owner TEXT NOT NULL, peer INTEGER NOT NULL, forward INTEGER NOT NULL,
        UNIQUE (owner, peer, forward)
    ) STRICT;
    CREATE TABLE samples (
        series INTEGER NOT NULL, grain INTEGER NOT NULL, at INTEGER NOT NULL,
        rx INTEGER NOT NULL, tx INTEGER NOT NULL, players INTEGER NOT NULL, played INTEGER NOT NULL,
        online INTEGER NOT NULL,
        PRIMARY KEY (series, grain, at)
    ) STRICT, WITHOUT ROWID;
    """,
    "CREATE TABLE keeping (member TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;",
)

Key = tuple[int, int]
"""A device's id and a forward's; for the device itself, 0."""
_PLAYING: Key = (0, 0)  # a member's own play, on whatever device


@dataclass(frozen=True, slots=True)
class Counter:
    """Bytes as the kernel counts them. Another mark is another counter, as a device with new keys has."""

    rx: int
    tx: int
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """What moved since the sample before. Seconds are whole, because parts of them would not add up."""

    rx: int
    tx: int
    players: int = 0
    played_s: int = 0
    online_s: int = 0

    def __bool__(self) -> bool:
        return any((self.rx, self.tx, self.players, self.played_s, self.online_s))


def grown(before: Counter, now: Counter) -> tuple[int, int]:
    """Return by how much a counter grew."""
    if before.mark != now.mark or now.rx < before.rx or now.tx < before.tx:
        return now.rx, now.tx
    return now.rx - before.rx, now.tx - before.tx


def starts(at: int) -> Iterator[tuple[int, int]]:
    """Yield each grain with the beginning of its step at that time."""
    for grain in GRAINS:
        yield grain, at - at % grain


@dataclass(frozen=True, slots=True)
class _Seen:
    """A look that is not written yet."""

    status: Status
    playing: frozenset[str]  # members
    at: int
    passed_s: int
    is_all: bool


Look = Callable[[], Awaitable[Status]]
Playing = Callable[[Status], Awaitable[Collection[str]]]


class Recorder:
    """The open history. `look` returns the status of all devices and forwards; it may raise OSError or GatewayError.

    `playing` returns the members that play, likewise.
    """

    def __init__(self, db: aiosqlite.Connection, now: Callable[[], datetime], aside: Path) -> None:
        self._db, self._now, self._aside = db, now, aside
        self.look: Look | None = None
        self.playing: Playing | None = None
        self._keeping = set[str]()  # members
        self._counters: dict[Key, Counter] = {}
        self._series: dict[tuple[str, Key], int] = {}
        self._begun = 0.0
        self._sampled_at: float | None = None  # by the loop's clock
        self._is_failing = False
        self._seen = deque[_Seen](maxlen=MOST_WAITING)
        self._looking, self._writing = asyncio.Lock(), asyncio.Lock()

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, now: Callable[[], datetime]) -> AsyncIterator[Recorder]:
        """Open or make the database. Raise HostProblem when it cannot be used, except for damage."""
        db = await sqlite.connect_or_begin_anew(path, STEPS, "the history", key="gateway.state_dir")
        try:
            made = cls(db, now, sqlite.aside_of(path))
            await made.load()
            yield made
        finally:
            await db.close()

    async def load(self) -> None:
        """Read where the counters were."""
        await self._db.execute(
            "INSERT INTO begun SELECT ? WHERE NOT EXISTS (SELECT * FROM begun)", (self._now().timestamp(),)
        )
        ((self._begun,),) = await self._db.execute_fetchall("SELECT at FROM begun")
        for peer, forward, mark, rx, tx in await self._db.execute_fetchall(
            "SELECT peer, forward, mark, rx, tx FROM counters"
        ):
            self._counters[peer, forward] = Counter(rx, tx, mark)
        self._keeping = {member for (member,) in await self._db.execute_fetchall("SELECT member FROM keeping")}
        await self._load_series()

    async def _load_series(self) -> None:
        rows = await self._db.execute_fetchall("SELECT id, owner, peer, forward FROM series")
        self._series = {(owner, (peer, forward)): number for number, owner, peer, forward in rows}

    async def run(self) -> None:
        """Sample every `SAMPLE_S`, and prune now and then, until cancelled."""
        clock, pruned_at = asyncio.get_running_loop().time, float("-inf")
        while True:
            await self.sample()
            if clock() - pruned_at > PRUNE_S:
                pruned_at = clock()
                await self._try(self.prune)
            await asyncio.sleep(SAMPLE_S)

    async def sample(self) -> None:
        """Look at everything. A failure is logged."""
        await self._try(self._sample)

    async def _sample(self) -> None:
        assert self.look
        now = asyncio.get_running_loop().time()
        passed_s = 0.0 if self._sampled_at is None else min(now - self._sampled_at, 2 * SAMPLE_S)
        self._sampled_at = now
        await self._see(self.look, round(passed_s), is_all=True)
        async with self._writing:
            await self._write()

    async def last_look(self, look: Look) -> None:
        """See what is about to go with its counters. It is written later, and a failure is logged."""

        async def see() -> None:
            async with asyncio.timeout(LAST_LOOK_S):
                await self._see(look)

        await self._try(see)

    async def _see(self, look: Look, passed_s: int = 0, *, is_all: bool = False) -> None:
        """Look, one look after the other, because counters are compared in their order."""
        async with self._looking:
            status, playing = await look(), set[str]()
            if is_all and self._keeping and self.playing:
                playing = self._keeping.intersection(await self.playing(status))
            self._seen.append(_Seen(status, frozenset(playing), int(self._now().timestamp()), passed_s, is_all))

    async def _try(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except (OSError, aiosqlite.Error, GatewayError) as error:
            if not self._is_failing:
                log.error("the history has a gap: %s", error)
            self._is_failing = True
        else:
            self._is_failing = False

    async def _write(self) -> None:
        """Write what was seen."""
        while self._seen:
            await self._write_one(self._seen[0])
            self._seen.popleft()

    async def _write_one(self, seen: _Seen) -> None:
        """Write what moved, and the counters, in one transaction. Nothing is written when nothing moved."""
        counters: dict[Key, Counter] = {}
        moved: dict[tuple[str, Key], Moved] = {}
        async for row in in_steps(seen.status.peers):
            key, counter = (row.peer.id, 0), Counter(row.rx_bytes, row.tx_bytes, str(row.peer.public_key))
            counters[key] = counter
            bytes_ = self._grown(key, counter, row.peer.created_at)
            moved[row.peer.owner, key] = Moved(*bytes_, online_s=seen.passed_s * row.connected)
        async for each in in_steps(seen.status.forwards):
            info = each.forward
            key, counter = (info.peer_id, info.id), Counter(each.rx_bytes, each.tx_bytes)
            counters[key] = counter
            bytes_ = self._grown(key, counter, info.created_at)
            played_s = seen.passed_s * bool(each.players)
            moved[info.owner, key] = Moved(*bytes_, players=each.players, played_s=played_s)
        moved |= {(member, _PLAYING): Moved(0, 0, played_s=seen.passed_s) for member in seen.playing}
        moved = {key: each for key, each in moved.items() if each}
        changed = {key: each for key, each in counters.items() if self._counters.get(key) != each}
        gone = self._counters.keys() - counters.keys() if seen.is_all else set()
        if moved or changed or gone:
            await self._insert(seen.at, moved, changed, gone)
            self._counters = {key: each for key, each in self._counters.items() if key not in gone} | changed

    def _grown(self, key: Key, counter: Counter, created_at: datetime) -> tuple[int, int]:
        if before := self._counters.get(key):
            return grown(before, counter)
        # What moved before the history began cannot be told apart by time.
        return (counter.rx, counter.tx) if created_at.timestamp() >= self._begun else (0, 0)

    async def _insert(
        self, at: int, moved: dict[tuple[str, Key], Moved], counters: dict[Key, Counter], gone: set[Key]
    ) -> None:
        await self._db.execute("BEGIN IMMEDIATE")
        try:
            new = [(owner, *key) for owner, key in moved.keys() - self._series.keys()]
            await self._db.executemany("INSERT INTO series (owner, peer, forward) VALUES (?,?,?)", new)
            if new:
                await self._load_series()
            await self._db.executemany(
                "INSERT INTO samples VALUES (?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET rx = rx + excluded.rx, "
                "tx = tx + excluded.tx, players = max(players, excluded.players), played = played + excluded.played, "
                "online = online + excluded.online",
                [
                    (self._series[key], grain, start, each.rx, each.tx, each.players, each.played_s, each.online_s)
                    for key, each in moved.items()
                    for grain, start in starts(at)
                ],
            )
            await self._db.executemany("DELETE FROM counters WHERE peer = ? AND forward = ?", list(gone))
            await self._db.executemany(
                "INSERT OR REPLACE INTO counters VALUES (?,?,?,?,?)",
                [(*key, each.mark, each.rx, each.tx) for key, each in counters.items()],
            )
            await self._db.commit()
        except BaseException:
            await self._db.rollback()
            await self._load_series()
            raise

    async def prune(self) -> None:
        """Delete what is too old, and what is too much: the oldest of the finest grain first."""
        async with self._writing:
            now = int(self._now().timestamp())
            for grain, kept_s in GRAINS.items():
                oldest = now - kept_s - grain
                await self._db.execute("DELETE FROM samples WHERE grain = ? AND at < ?", (grain, oldest))
            await self._drop_empty_series()
            while await sqlite.used_bytes(self._db) > MOST_BYTES and (finest := await self._finest()):
                grain, first, last = finest
                bound = first + (last - first) // 10
                await self._db.execute("DELETE FROM samples WHERE grain = ? AND at <= ?", (grain, bound))
                await self._drop_empty_series()
            await self._load_series()
            if self._aside.exists() and self._aside.stat().st_mtime < now - max(GRAINS.values()):
                self._aside.unlink()

    async def _drop_empty_series(self) -> None:
        await self._db.execute("DELETE FROM series WHERE id NOT IN (SELECT series FROM samples)")

    async def _finest(self) -> tuple[int, int, int] | None:
        """Return the finest grain that has samples, with the times of its oldest and its newest."""
        rows = await self._db.execute_fetchall(
            "SELECT grain, min(at), max(at) FROM samples GROUP BY grain ORDER BY grain LIMIT 1"
        )
        return next(((grain, first, last) for grain, first, last in rows), None)

    async def read(self, request: GetHistory) -> History:
        """Answer the request. Raise AdminsOnly or NotSaved."""
        actor, period, now = request.actor, request.period, self._now()
        if not actor.is_admin and (request.everyone or request.owner not in (None, actor.id)):
            raise AdminsOnly
        grain = int(period.step.total_seconds())
        conditions, values = ["grain = ?", "at >= ?"], [grain, int((now - period.length).timestamp())]
        is_of_all = actor.is_admin and not request.owner and (request.everyone or request.device or request.forward)
        chosen = {
            "owner": None if is_of_all else request.owner or actor.id,
            "peer": request.device,
            "forward": request.forward,
        }
        for column, value in chosen.items():
            if value is not None:
                conditions.append(f"{column} = ?")
                values.append(value)  # type: ignore[arg-type]
        counted = "1" if request.forward is not None else "forward = 0"  # bytes of players are among the device's
        with refusing():
            async with self._writing:
                await self._write()
            rows = await self._db.execute_fetchall(
                f"SELECT at, sum(rx * ({counted})), sum(tx * ({counted})), sum(players), sum(played * (forward > 0)), "  # noqa: S608 - constants
                "sum(online), sum(played * (peer = 0)) "
                f"FROM samples JOIN series ON series.id = samples.series WHERE {' AND '.join(conditions)} "
                "GROUP BY at ORDER BY at",
                values,
            )
        steps = (
            Step(
                at=datetime.fromtimestamp(at, UTC),
                rx_bytes=rx,
                tx_bytes=tx,
                players=players,
                played_s=min(played, grain),  # of forwards that had players at the same time
                online_s=online,
                playing_s=playing,
            )
            for at, rx, tx, players, played, online, playing in rows
        )
        keeps = not is_of_all and self.keeps(request.owner or actor.id)
        return History(period=period, until=now, step_s=grain, steps=tuple(steps), keeps_playing=keeps)

    def keeps(self, member: str) -> bool:
        """Report whether how long the member plays is kept."""
        return member in self._keeping

    async def keep_playing(self, member: str, keep: bool) -> None:
        """Begin to keep how long the member plays, or end it and delete that. Raise NotSaved.

        With `MOST_KEEPING` others nothing begins.
        """
        if keep == self.keeps(member) or (keep and len(self._keeping) >= MOST_KEEPING):
            return
        with refusing():
            async with self._looking, self._writing:
                if keep:
                    await self._db.execute("INSERT INTO keeping VALUES (?)", (member,))
                    self._keeping.add(member)
                else:
                    await self._write()
                    await self._delete("owner = ? AND peer = 0", member)

    async def forget(self, member: str) -> None:
        """Delete what is kept of a member, from the file as well. Raise NotSaved."""
        self._aside.unlink(missing_ok=True)  # nothing can be deleted from that one
        with refusing():
            async with self._looking, self._writing:  # no look from before may be written afterwards
                await self._write()
                await self._delete("owner = ?", member)

    async def _delete(self, series: str, member: str) -> None:
        """Delete these series of a member, and what the member asked for. Raise aiosqlite.Error."""
        theirs = f"(SELECT id FROM series WHERE {series})"  # noqa: S608 - constants
        await self._db.execute(f"DELETE FROM samples WHERE series IN {theirs}", (member,))  # noqa: S608
        await self._db.execute(f"DELETE FROM series WHERE {series}", (member,))  # noqa: S608
        await self._db.execute("DELETE FROM keeping WHERE member = ?", (member,))
        self._keeping.discard(member)
        await sqlite.rewrite(self._db)
        await self._load_series()
