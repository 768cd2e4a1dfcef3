"""The bot's database: one small SQLite file with what the bot has to know after a restart.

Each room that stores something has its own tables, and declares them in a `SCHEMA`.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiosqlite

from gateway import sqlite
from gateway.errors import HostProblem
from gateway.sqlite import Steps

log = logging.getLogger(__name__)

Row = Sequence[Any]


class Memory:
    """The open database. Every method raises aiosqlite.Error; a change is on the disk when `write` returns."""

    def __init__(self, db: aiosqlite.Connection) -> None:
        self._db = db

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, steps: Steps) -> AsyncIterator[Memory]:
        """Open the database in `folder`, and bring its schema up to date by `steps`.

        When the folder or the file cannot be used, log it and use a database in memory: the bot works without the file.
        """
        try:
            db = await sqlite.connect(folder / "bot.db", steps, key="discord.state_dir")
        except HostProblem as error:
            log.warning("the bot remembers nothing after a restart: %s", error.details["problem"])
            db = await sqlite.in_memory(steps)
        try:
            yield cls(db)
        finally:
            await db.close()

    @classmethod
    @asynccontextmanager
    async def copied(cls, folder: Path, steps: Steps) -> AsyncIterator[Memory]:
        """Open a copy in memory of the database in `folder`, which a bot may use. Without one it is empty."""
        db = await sqlite.in_memory(steps)
        try:
            uri = f"{(folder / 'bot.db').as_uri()}?mode=ro"
            with suppress(aiosqlite.Error):
                async with aiosqlite.connect(uri, uri=True) as source:
                    await source.backup(db)
            yield cls(db)
        finally:
            await db.close()

    async def rows(self, query: str, values: Sequence[object] = ()) -> list[Row]:
        return [tuple(row) for row in await self._db.execute_fetchall(query, values)]

    async def rewrite(self) -> None:
        """Write the file anew, so that it does not hold what was deleted."""
        await sqlite.rewrite(self._db)

    async def write(self, statement: str, values: Sequence[object] = ()) -> int:
        """Return the number of changed rows."""
        async with self._db.execute(statement, values) as cursor:
            return cursor.rowcount
