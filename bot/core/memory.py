"""What the bot has to know after a restart, in one small SQLite file; each part that remembers has its own tables."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiosqlite

log = logging.getLogger(__name__)

Row = Sequence[Any]


class Memory:
    """Both methods raise aiosqlite.Error; what was written is on the disk when `write` returns."""

    def __init__(self, db: aiosqlite.Connection) -> None:
        self._db = db

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, schema: str) -> AsyncIterator[Memory]:
        """`schema`: statements that may run at every start. When the folder cannot be used, which is no error, it lasts
        as long as the process."""
        db = await _connect(folder / "bot.db", schema)
        try:
            yield cls(db)
        finally:
            await db.close()

    async def rows(self, query: str, values: Sequence[object] = ()) -> list[Row]:
        return [tuple(row) for row in await self._db.execute_fetchall(query, values)]

    async def write(self, statement: str, values: Sequence[object] = ()) -> int:
        """Return how many rows that changed."""
        async with self._db.execute(statement, values) as cursor:
            return cursor.rowcount


async def _connect(path: Path, schema: str) -> aiosqlite.Connection:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        return await _opened(path, schema)
    except (OSError, aiosqlite.Error) as error:
        log.warning("%s cannot be used (%s): the bot remembers nothing after a restart", path, error)
        return await _opened(":memory:", schema)


async def _opened(path: Path | str, schema: str) -> aiosqlite.Connection:
    db = await aiosqlite.connect(path, isolation_level=None)
    try:
        await db.executescript(schema)
    except BaseException:
        await db.close()
        raise
    return db
