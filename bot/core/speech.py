"""Which language a message is in: that of who asked where only they read the answer, the server's where all can, and
the one a member was last seen with where nothing was asked."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import aiosqlite
import discord

from bot.core.memory import Memory
from bot.core.words import Languages, Words

log = logging.getLogger(__name__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS locales (member INTEGER PRIMARY KEY, locale TEXT NOT NULL) STRICT;
"""


class Speech:
    """`guild` returns the server, None while it is not known."""

    def __init__(self, languages: Languages, memory: Memory, guild: Callable[[], discord.Guild | None]) -> None:
        self.languages = languages
        self._memory, self._guild = memory, guild
        self._heard: dict[int, str] = {}

    def asker(self, interaction: discord.Interaction[Any]) -> Words:
        """For an answer that only the asker can see."""
        return self.languages.of(interaction.locale.value)

    def everybody(self) -> Words:
        """For what all who see a channel of the server can read."""
        guild = self._guild()
        return self.languages.of(guild.preferred_locale.value if guild else None)

    async def member(self, member_id: int) -> Words:
        """For a direct message; the server's language for a member who was never seen."""
        try:
            rows = await self._memory.rows("SELECT locale FROM locales WHERE member = ?", (member_id,))
        except aiosqlite.Error as error:
            log.warning("%s is written to in the server's language: %s", member_id, error)
            rows = []
        return self.languages.of(rows[0][0]) if rows else self.everybody()

    async def hear(self, interaction: discord.Interaction[Any]) -> None:
        """Remember the language of who asks, and write it only when it has changed."""
        member, locale = interaction.user.id, interaction.locale.value
        if self._heard.get(member) == locale:
            return
        try:
            await self._memory.write(
                "INSERT INTO locales VALUES (?, ?) ON CONFLICT (member) DO UPDATE SET locale = excluded.locale "
                "WHERE locale <> excluded.locale",
                (member, locale),
            )
        except aiosqlite.Error as error:
            log.warning("the language of %s is not remembered: %s", member, error)
        else:
            self._heard[member] = locale
