"""The gateway's database without a thread, and without a disk."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from gateway.state.schema import STEPS
from tests.unit.fakes.effects import Effects


class FakeDatabase:
    """A real SQLite connection without aiosqlite's thread.

    It is in memory without a path. Its statements can be refused, and so can a commit that has something to commit.
    """

    def __init__(self, path: Path | None, effects: Effects) -> None:
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
        if not self._db.execute("SELECT * FROM sqlite_schema").fetchall():
            for step in STEPS:
                self._db.executescript(step)
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = OFF")  # because no test outlives the machine
        self._effects = effects
        self.steps = 0

    def count_steps(self) -> None:
        """Count the steps of SQLite's machine from now on, which takes time."""
        self._db.set_progress_handler(self._step, 5)

    def _step(self) -> None:
        self.steps += 5

    def close(self) -> None:
        self._db.close()

    def replace(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Replace the table's rows by these."""
        with self._db:
            self._db.execute(f"DELETE FROM {table}")
            if rows:
                self._db.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows)

    async def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        self._take(sql)
        await asyncio.sleep(0)  # because other tasks get their turn while a disk works
        return self._db.execute(sql, values)

    async def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> sqlite3.Cursor:
        self._take(sql)
        return self._db.executemany(sql, rows)

    async def execute_fetchall(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        self._take(sql)
        return self._db.execute(sql, values).fetchall()

    async def commit(self) -> None:
        if self._db.in_transaction:
            self._take("COMMIT")
            await asyncio.sleep(0)
        self._db.commit()

    async def rollback(self) -> None:
        self._db.rollback()

    def _take(self, sql: str) -> None:
        name = " ".join(sql.split()[:3])
        self._effects.take(f"database: {name}", sqlite3.OperationalError("database or disk is full"))
