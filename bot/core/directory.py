"""The ids of the configured roles and channels, remembered in the bot's database. `names` decides, this carries out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Never

import aiosqlite
import discord

from bot.config import DiscordSection, Kind, Named
from bot.core import names
from bot.core.memory import Memory
from bot.core.names import EVERYONE, Finding, Present, Trouble
from bot.core.notes import Misnamed, Note
from bot.core.service import repeat
from bot.core.words import Words

log = logging.getLogger(__name__)

RETRY_S = 5.0
# `misnamed` is for `guildgate doctor`, which has no catalogue. The server's id is text, because it may be any number.
SCHEMA = """
CREATE TABLE named (guild TEXT, kind TEXT, name TEXT, id INTEGER, PRIMARY KEY (guild, kind, name)) STRICT;
CREATE TABLE misnamed (guild TEXT, kind TEXT, name TEXT, trouble TEXT NOT NULL, sentence TEXT NOT NULL) STRICT;
"""


class Directory:
    """Finds ids for names, and tells the admins what is wrong with the names. `run` stores what was found."""

    def __init__(self, section: DiscordSection, memory: Memory, english: Words, note: Callable[[Note], None]) -> None:
        self._guild = str(section.guild or 0)
        self._memory, self._english, self._note = memory, english, note
        named = section.named()
        self._wanted = {kind: {one: keys for one, keys in named.items() if one.kind is kind} for kind in Kind}
        self._known: dict[Named, int | None] = {}
        self._missing = set[Named]()  # names that the admins were told to be missing, also by an earlier run
        self._found: dict[Kind, Sequence[Finding]] = {}  # at the last look
        self._role_names: dict[int, str] = {}
        self._has_news = asyncio.Event()

    async def load(self) -> None:
        """Read what is remembered, and forget names that are not configured any more.

        When the database fails, log it and begin anew.
        """
        wanted = {named for each in self._wanted.values() for named in each}
        try:
            for guild, kind, name, ident in await self._memory.rows("SELECT guild, kind, name, id FROM named"):
                if guild == self._guild and (named := Named(Kind(kind), name)) in wanted:
                    self._known[named] = ident
                else:
                    await self._memory.write(
                        "DELETE FROM named WHERE guild = ? AND kind = ? AND name = ?", (guild, kind, name)
                    )
            query = "SELECT kind, name FROM misnamed WHERE guild = ? AND trouble = ?"
            for kind, name in await self._memory.rows(query, (self._guild, Trouble.MISSING)):
                self._missing.add(Named(Kind(kind), name))
        except aiosqlite.Error as error:
            log.warning("the configured roles and channels are looked for by their names again: %s", error)

    async def run(self) -> Never:
        await repeat(self._store, "remembering roles and channels", otherwise_s=RETRY_S)

    def role(self, configured: int | str) -> int | None:
        """Return the id of a configured role, or None while its name stands for no role."""
        named = Named.role(configured)
        return int(self._guild) if named == EVERYONE else self._id(named)

    def channel(self, configured: int | str) -> int | None:
        """Return the id of a configured channel, or None while its name stands for no channel."""
        return self._id(Named.channel(configured))

    def role_name(self, configured: int | str) -> int | str:
        """Return what members know a configured role by: its present name, or else what the configuration says."""
        ident = None if Named.role(configured).id else self.role(configured)
        return configured if ident is None else self._role_names.get(ident, configured)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return what is wrong with the configured names, as of the last look."""
        return tuple(finding for each in self._found.values() for finding in each)

    @property
    def lacks_roles(self) -> bool:
        """Report whether a role is configured by a name that was never found, so that ids alone cannot decide."""
        return any(
            named.id is None and named != EVERYONE and named not in self._known for named in self._wanted[Kind.ROLE]
        )

    def look(self, guild: discord.Guild) -> bool:
        """Look at the roles and channels of the server; report whether a name of a role stands for another one now.

        The server has to be available. Never waits and never fails.
        """
        channels = {each.id: each.name for each in (*guild.channels, *guild.threads)}
        self._take(Kind.CHANNEL, Present(channels, {each.id for each in guild.text_channels}))
        return self.look_at(guild.roles)

    def look_at(self, roles: Iterable[discord.Role]) -> bool:
        """Do what `look` does with the server's roles alone."""
        self._role_names = {role.id: role.name for role in roles}
        # A bot's own role is made with the bot and bears its name; no member can have it.
        eligible = {role.id for role in roles if not role.is_bot_managed()}
        return self._take(Kind.ROLE, Present(self._role_names, eligible))

    def _id(self, named: Named) -> int | None:
        return named.id if named.id is not None else self._known.get(named)

    def _take(self, kind: Kind, present: Present) -> bool:
        """Take in what is present; report whether there is something new to remember."""
        wanted, before = self._wanted[kind], self._found.get(kind)
        new, findings = names.decide(wanted, self._known, present)
        self._known |= new
        came = [
            Finding(named, wanted[named], Trouble.FOUND, ident)
            for named, ident in new.items()
            if ident is not None and named in self._missing
        ]
        self._missing -= new.keys()
        self._missing |= {finding.named for finding in findings if finding.trouble is Trouble.MISSING}
        self._found[kind] = findings
        if told := (*came, *(finding for finding in findings if finding not in (before or ()))):
            for finding in told:
                log.warning("%s", names.describe(self._english, finding, for_discord=False))
            self._note(Misnamed(told))
        if new or findings != before:
            self._has_news.set()
        return bool(new)

    async def _store(self) -> float:
        await self._has_news.wait()
        self._has_news.clear()
        known = [(self._guild, named.kind, named.text, ident) for named, ident in self._known.items()]
        findings = self.findings
        try:
            for row in known:
                await self._memory.write("INSERT OR REPLACE INTO named VALUES (?, ?, ?, ?)", row)
            await self._memory.write("DELETE FROM misnamed")
            for finding in findings:
                named, sentence = finding.named, names.describe(self._english, finding, for_discord=False)
                await self._memory.write(
                    "INSERT INTO misnamed VALUES (?, ?, ?, ?, ?)",
                    (self._guild, named.kind, named.text, finding.trouble, sentence),
                )
        except aiosqlite.Error as error:
            log.warning("after a restart roles and channels are looked for by their names again: %s", error)
        return 0
