"""The series of game nights, in the bot's memory and in its database."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import aiosqlite

from bot.core.memory import Memory
from bot.nights.series import Series
from gateway.codec import decode, to_json

log = logging.getLogger(__name__)

SCHEMA = """
CREATE TABLE nights (id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, series TEXT NOT NULL) STRICT;
"""


class Store:
    """All series by their ids, which are never given twice. What is read here is as new as the last change."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._series: dict[int, Series] = {}

    @property
    def series(self) -> Mapping[int, Series]:
        return self._series

    async def load(self) -> None:
        """Raise aiosqlite.Error."""
        for key, text in await self._memory.rows("SELECT id, series FROM nights"):
            try:
                self._series.setdefault(key, decode(Series, json.loads(text)))
            except ValueError as error:
                log.warning("game night %s of another version waits for that version: %s", key, error)

    async def add(self, series: Series) -> int:
        """Store a new series and return its id. Raise aiosqlite.Error."""
        rows = await self._memory.rows(
            "INSERT INTO nights (owner, series) VALUES (?, ?) RETURNING id", (series.owner, to_json(series))
        )
        key = int(rows[0][0])
        self._series[key] = series
        return key

    async def change(self, key: int, **fields: Any) -> Series | None:
        """Change fields of a series and return it; None when it is gone meanwhile. A failing database is logged."""
        if key not in self._series:
            return None
        changed = self._series[key] = replace(self._series[key], **fields)
        try:
            await self._memory.write("UPDATE nights SET series = ? WHERE id = ?", (to_json(changed), key))
        except aiosqlite.Error as error:
            log.warning("after a restart a game night may be opened or told of again: %s", error)
        return changed

    async def owners(self) -> set[str]:
        """Return the ids of all owners in the database. Raise aiosqlite.Error."""
        return {owner for (owner,) in await self._memory.rows("SELECT owner FROM nights")}

    async def remove_unread(self, owner: str) -> None:
        """Remove a member's series that another version stored. Raise aiosqlite.Error."""
        for (key,) in await self._memory.rows("SELECT id FROM nights WHERE owner = ?", (owner,)):
            if key not in self._series:
                await self.remove(key)

    async def remove(self, key: int) -> None:
        """Raise aiosqlite.Error."""
        await self._memory.write("DELETE FROM nights WHERE id = ?", (key,))
        self._series.pop(key, None)

    def of(self, owner: str = "") -> dict[int, Series]:
        """Return the series of a member, or else all, without those that are ending."""
        return {
            key: each for key, each in self._series.items() if not each.ending and (not owner or each.owner == owner)
        }
