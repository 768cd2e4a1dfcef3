"""What the bot has to know after a restart: of which ends it reminded whom. Small enough to be held in memory too."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite

log = logging.getLogger(__name__)

KEEP_S = 86400  # past its end a forward is gone
_TABLE = """
CREATE TABLE IF NOT EXISTS reminded (
    forward INTEGER NOT NULL, ends_at INTEGER NOT NULL, PRIMARY KEY (forward, ends_at)
) STRICT, WITHOUT ROWID
"""

End = tuple[int, int]
"""A forward's id and the Unix time of its end; an extended forward has another one."""


class Memory:
    """Without a database, which is no error, it lasts as long as the process."""

    def __init__(self, db: aiosqlite.Connection | None = None, reminded: Iterable[End] = ()) -> None:
        self._db = db
        self._reminded = set(reminded)

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path) -> AsyncIterator[Memory]:
        path = folder / "bot.db"
        db = None
        try:
            try:
                os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
                db = await aiosqlite.connect(path, isolation_level=None)
                await db.execute(_TABLE)
                rows = await db.execute_fetchall("SELECT forward, ends_at FROM reminded")
                memory = cls(db, [(row[0], row[1]) for row in rows])
            except (OSError, aiosqlite.Error) as error:
                log.warning("%s cannot be used (%s): after a restart reminders may come twice", path, error)
                memory = cls()
            yield memory
        finally:
            if db is not None:
                await db.close()

    def __contains__(self, end: End) -> bool:
        return end in self._reminded

    async def add(self, ends: Iterable[End], now: float) -> None:
        """Remember these, and forget what ended long before the Unix time `now`."""
        added = list(ends)
        self._reminded = {end for end in self._reminded if end[1] > now - KEEP_S} | set(added)
        if self._db is None:
            return
        try:
            await self._db.executemany("INSERT OR IGNORE INTO reminded VALUES (?, ?)", added)
            await self._db.execute("DELETE FROM reminded WHERE ends_at <= ?", (now - KEEP_S,))
        except aiosqlite.Error as error:
            log.warning("a reminder may come twice: %s", error)
