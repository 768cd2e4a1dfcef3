"""Chooses the language of a message by its readers.

An answer that only the caller reads is in the caller's language, a message in a channel in the server's. A direct
message is in the language of the member's last interaction, which is remembered for this.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any

import aiosqlite
import discord

from bot.core.memory import Memory
from bot.core.words import Languages, Words

log = logging.getLogger(__name__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS locales (member INTEGER PRIMARY KEY, locale TEXT NOT NULL) STRICT;
"""
AGES = """
ALTER TABLE locales ADD COLUMN used_on TEXT NOT NULL DEFAULT '';
UPDATE locales SET used_on = date('now');
"""


class Speech:
    """The languages of readers; `guild` returns the server, or None while it is not known.

    `own`: the language of messages in channels, in place of the one that the server has on Discord.
    """

    def __init__(
        self, languages: Languages, memory: Memory, guild: Callable[[], discord.Guild | None], *, own: str = ""
    ) -> None:
        self.languages = languages
        self._memory, self._guild, self._own = memory, guild, own
        self._remembered: dict[int, tuple[str, str]] = {}  # (locale, day) by member id, as they stand in the database

    def caller(self, interaction: discord.Interaction[Any]) -> Words:
        """Return the language for an answer that only the caller can see."""
        return self.languages.of(interaction.locale.value)

    def server(self) -> Words:
        """Return the language for a message in a channel of the server."""
        if self._own:
            return self.languages.of(self._own)
        guild = self._guild()
        return self.languages.of(guild.preferred_locale.value if guild else None)

    async def member(self, member_id: int) -> Words:
        """Return the language for a direct message: the member's last one, or else the server's."""
        try:
            rows = await self._memory.rows("SELECT locale FROM locales WHERE member = ?", (member_id,))
        except aiosqlite.Error as error:
            log.warning("%s is written to in the server's language: %s", member_id, error)
            rows = []
        return self.languages.of(rows[0][0]) if rows else self.server()

    async def remember(self, interaction: discord.Interaction[Any]) -> None:
        """Store the caller's language, and the day; a database that fails is only logged."""
        member = interaction.user.id
        used = interaction.locale.value, interaction.created_at.date().isoformat()
        if self._remembered.get(member) == used:
            return
        try:
            await self._memory.write(
                "INSERT OR REPLACE INTO locales (member, locale, used_on) VALUES (?, ?, ?)", (member, *used)
            )
        except aiosqlite.Error as error:
            log.warning("the language of %s is not remembered: %s", member, error)
        else:
            self._remembered[member] = used

    async def tidy(self, since: datetime) -> None:
        """Forget the languages of members whose last interaction was before `since`; raise aiosqlite.Error."""
        await self._memory.write("DELETE FROM locales WHERE used_on < ?", (since.date().isoformat(),))

    async def members(self) -> Iterable[tuple[str, str]]:
        return [(str(member), "") for (member,) in await self._memory.rows("SELECT member FROM locales")]

    async def forget(self, member: str, names: Collection[str]) -> bool:
        await self._memory.write("DELETE FROM locales WHERE member = ?", (member,))
        self._remembered = {known: used for known, used in self._remembered.items() if str(known) != member}
        return True
