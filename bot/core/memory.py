"""What the bot has to know after a restart, in one small SQLite file; each part that remembers has its own tables."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiosqlite

from gateway import sqlite
from gateway.errors import ConfigError
from gateway.sqlite import Steps

log = logging.getLogger(__name__)

Row = Sequence[Any]


class Memory:
    """Both methods raise aiosqlite.Error; what was written is on the disk when `write` returns."""

    def __init__(self, db: aiosqlite.Connection) -> None:
        self._db = db

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, steps: Steps) -> AsyncIterator[Memory]:
        """When the folder or the file cannot be used, which is no error, it lasts as long as the process."""
        try:
            db = await sqlite.connect(folder / "bot.db", steps, key="discord.state_dir")
        except ConfigError as error:
            log.warning("the bot remembers nothing after a restart: %s", error.details["problem"])
            db = await sqlite.in_memory(steps)
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
