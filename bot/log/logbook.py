"""Writes the log channel: one embed for each event, in order, and each once, also after outages and restarts.

Changes come from the gateway's audit log, so those of the terminal and those made while the bot was away are included.
Other events come as notes (see `core.notes`) from the part of the bot that notices them.

An entry is an embed that waits to be posted. In the database, the table `noted` holds waiting notes, and `told` holds
the id of the last audit entry that was posted. In a fleet each region has an audit log, and a row of `told_in`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Never

import aiosqlite
import discord

from bot.core.buttons import view_of
from bot.core.context import Context
from bot.core.interaction import DISCORD_FAILURES
from bot.core.live import Turn, View
from bot.core.notes import Note
from bot.core.posting import NONCE_KEPT, nonce_of, send_once, sent_since, shown
from bot.core.render import safe
from bot.core.roles import BOT
from bot.core.service import attend, finish, repeat
from bot.log import entries
from bot.log.buttons import BringBack, offer_of
from bot.log.repeats import Repeats
from gateway.api.contract import AuditEntry, GetAudit

log = logging.getLogger(__name__)

POLL_S = 3.0  # between looks at the clock, while something waits for its time
RETRY_S = 5.0
AWAY = timedelta(seconds=10)  # longer than a restart of the gateway takes
AWAY_IN_FLEET = timedelta(seconds=2)  # because it takes seconds already to miss a region
MAX_TOLD = 50  # audit entries that are posted after a time without the bot; older ones are only counted
MAX_WAITING = 200  # entries kept while Discord is away
# Below the 6000 of https://discord.com/developers/docs/resources/message#embed-object-embed-limits, because Discord
# counts some characters as more than `len` does.
MENTION = re.compile(r"<@(\d+)> \((.*?)\)")  # as `entries` writes it
MAX_EMBEDS = 10
MAX_MESSAGE = 5000
SCHEMA = """
CREATE TABLE IF NOT EXISTS noted (id TEXT PRIMARY KEY, embed TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS told (one INTEGER PRIMARY KEY CHECK (one = 1), audit INTEGER NOT NULL) STRICT;
"""
IN_REGIONS = "CREATE TABLE told_in (region TEXT PRIMARY KEY, audit INTEGER NOT NULL) STRICT;"


@dataclass(eq=False, slots=True)
class Entry:
    """An embed that waits to be posted."""

    embed: discord.Embed
    audit: int | None = None
    """The id in the gateway's audit log; None for a note."""
    region: str = ""
    """The region of that gateway, in a fleet."""
    id: str = field(default_factory=lambda: secrets.token_hex(12))
    is_kept: bool = False
    """The note is in the database."""
    offer: BringBack | None = None
    """The button below it."""

    @property
    def key(self) -> str | int:
        """Return what tells this entry from all others."""
        if self.audit is None:
            return self.id
        return f"{self.region} {self.audit}" if self.region else self.audit


class Logbook:
    """The service of the log channel. `note` never waits and never fails; `run` posts until Discord has taken it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._channel = context.section.log_channel
        self._waiting = deque[Entry]()
        self._sent: list[Entry] = []  # the last batch, which Discord may have taken or not
        self._has_posted = False
        self._has_entries = asyncio.Event()
        self._read: dict[str, int] = {}  # id of the newest audit entry that is waiting or posted, by region
        self._away: dict[str, datetime] = {}  # since when gateways are away, once that is told, by region
        self._repeats = Repeats(context.speech.languages.english)
        self._complaint: str | None = None  # the last problem with the channel, so that each is logged once

    def note(self, note: Note) -> None:
        if self._channel is not None and self._repeats.is_first(note, self._context.clock()):
            self._note(entries.of_note(self._context.speech.server(), note), offer_of(note))

    def _note(self, embed: discord.Embed, offer: BringBack | None = None) -> None:
        if self._channel is None:
            return
        embed.timestamp = embed.timestamp or self._context.clock()
        if len(self._waiting) >= MAX_WAITING:
            log.warning("the log channel cannot be written to for so long that this is not told there: %s", embed.title)
        else:
            self._wait(Entry(embed, offer=offer))

    async def run(self) -> Never:
        if self._channel is None:
            await asyncio.Event().wait()
        await self._restore()
        try:
            async with asyncio.TaskGroup() as tasks:
                follower = self._context.live.follow()
                tasks.create_task(attend(follower, self._look, "reading the audit log", otherwise_s=POLL_S))
                tasks.create_task(repeat(self._tell_repeated, "counting repeated refusals", otherwise_s=POLL_S))
                await repeat(self._post, "writing to the log channel", otherwise_s=RETRY_S)
        finally:
            self._note_repeated(None)
            await self._keep()

    async def _tell_repeated(self) -> float:
        self._note_repeated(self._context.clock())
        return POLL_S

    def _note_repeated(self, now: datetime | None) -> None:
        for note, count in self._repeats.ended(now):
            self._note(entries.of_note(self._context.speech.server(), note, count - 1))

    def _wait(self, entry: Entry) -> None:
        self._waiting.append(entry)
        self._has_entries.set()

    async def _restore(self) -> None:
        waiting = {entry.id for entry in self._waiting}
        for ident, embed in await self._context.memory.rows("SELECT id, embed FROM noted ORDER BY rowid"):
            if ident not in waiting:
                self._wait(_read(ident, json.loads(embed)))
        told = "SELECT '', audit FROM told UNION SELECT region, audit FROM told_in"
        for region, number in await self._context.memory.rows(told):
            self._read[region] = number

    # -- from the gateway

    async def _look(self, turn: Turn) -> float | None:
        view = self._context.live.view
        await self._leave_out()
        next_s = self._judge_absence()
        if view is None:
            return next_s
        if len(self._waiting) >= MAX_WAITING:
            return POLL_S  # the entries are safe in the gateway's audit log
        for part in view.each:
            await self._read_on(turn, part)
        return next_s

    async def _leave_out(self) -> None:
        """Forget what was read of regions that have left the fleet, and that they are away."""
        left = {*self._read, *self._away} - {"", *self._context.gateway.regions}
        for region in left:
            self._away.pop(region, None)
            if self._read.pop(region, None) is not None:
                await self._write("DELETE FROM told_in WHERE region = ?", region)

    async def _read_on(self, turn: Turn, view: View) -> None:
        """Let what is new in the audit log of one gateway wait to be posted."""
        found, more = await self._news(turn, view)
        words = self._context.speech.server()
        if more:
            self._note(entries.skipped(words, more, view.region))
        for one in found:
            shown = entries.of_audit(words, one, view.policy.suspended_for)
            self._wait(Entry(shown, audit=one.id, region=view.region))
            self._read[view.region] = one.id

    async def _news(self, turn: Turn, view: View) -> tuple[Sequence[AuditEntry], int]:
        """Return the audit entries not read yet, oldest first, and the number of older ones that are left out."""
        newest, read = view.newest_entry, self._read.get(view.region)
        if read is None or newest < read:  # the first start ever, or a gateway with a new database
            read = self._read[view.region] = newest
            await self._remember(view.region, newest)
        if newest == read:
            return (), 0
        entries_told = (event.entry for event in turn.events if event.entry)
        told = {entry.id: entry for entry in entries_told if entry.region == view.region}
        found = [entry for number, entry in sorted(told.items()) if read < number <= newest]
        # Entries are numbered without gaps, so a smaller number of them shows that some came before this stream.
        if len(found) < newest - read:
            request = GetAudit(actor=BOT, limit=min(newest - read, MAX_TOLD), before=newest + 1)
            found = list((await self._context.gateway.at(view.region).call(request)).entries[::-1])
        found = found[-MAX_TOLD:]
        return found, found[0].id - read - 1

    def _judge_absence(self) -> float | None:
        """Note that a gateway is away for longer than a restart takes, and that it is back.

        Return the seconds until the next look at the clock; None while all are there.
        """
        now, words = self._context.clock(), self._context.speech.server()
        away = {each.region: each for each in self._context.live.away}
        for region in self._away.keys() - away.keys():
            self._note(entries.back(words, now - self._away.pop(region), region))
        waits_s = [POLL_S] if away else []
        for region, gone in away.items():
            left = gone.since + (AWAY_IN_FLEET if region else AWAY) - now
            if region not in self._away and left <= timedelta():
                self._note(entries.away(words, gone))
                self._away[region] = gone.since
            elif region not in self._away:
                waits_s.append(left.total_seconds())
        return min(waits_s, default=None)

    # -- for Retention

    async def members(self) -> Iterable[tuple[str, str]]:
        """Return the members that waiting notes mention. Names are escaped as Discord shows them."""
        return [found for text in (await self._noted()).values() for found in MENTION.findall(text)]

    async def forget(self, member: str, names: Collection[str]) -> bool:
        """Erase what waits and mentions the member. Entries of the audit log are read again, with the alias."""
        self._note_repeated(None)
        words = [re.escape(word) for name in (member, *names) for word in (name, safe(name))]
        about = re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)")
        for entry in [entry for entry in self._waiting if about.search(_text(entry.embed.to_dict()))]:
            self._waiting.remove(entry)
        for ident, text in (await self._noted()).items():
            if about.search(text):
                await self._context.memory.write("DELETE FROM noted WHERE id = ?", (ident,))
        return True

    async def _noted(self) -> dict[str, str]:
        rows = await self._context.memory.rows("SELECT id, embed FROM noted")
        return {ident: _text(json.loads(embed)) for ident, embed in rows}

    # -- to Discord

    async def _post(self) -> float:
        await self._has_entries.wait()
        await self._keep()
        channel = self._context.find_channel(self._channel)
        if channel is None:
            if self._context.guild():
                self._complain(f"there is no text channel {self._channel} that the bot can see")
            return RETRY_S
        # A batch that perhaps arrived is sent again as it was, because Discord answers its nonce with the first one.
        batch = self._sent = [entry for entry in self._sent if entry in self._waiting] or first_few(self._waiting)
        try:
            await finish(self._send(channel, batch))
        except DISCORD_FAILURES as error:
            is_unfit = not isinstance(error, discord.Forbidden | discord.NotFound)
            if is_unfit and self._context.is_final(error):  # a fault of the bot; it would repeat
                log.error("not told in the log channel: %s: %s", [entry.embed.title for entry in batch], error)
                await self._done(batch)
                return 0
            if not is_unfit:
                self._complain(f"the bot needs View Channel, Send Messages and Embed Links in channel {channel.id}")
            else:
                self._complain(f"Discord failed: {' '.join(str(error).split())}")
            return RETRY_S
        self._complaint = None
        if not self._waiting:
            self._has_entries.clear()
        return 0

    async def _send(self, channel: discord.abc.Messageable, batch: Sequence[Entry]) -> None:
        known: Sequence[discord.Message] = ()
        since = min((entry.embed.timestamp for entry in batch if entry.embed.timestamp), default=self._context.clock())
        # The last run of the bot may have sent these entries in a batch of other ones, which had another nonce.
        if not self._has_posted or self._context.clock() - since >= NONCE_KEPT:
            known = await sent_since(self._context, channel, since)
        arrived = [shown(embed) for message in known for embed in message.embeds]
        left = [entry for entry in batch if shown(entry.embed) not in arrived]
        if left:
            nonce = nonce_of("log", *(entry.key for entry in left))
            words = self._context.speech.server()
            offers = [entry.offer.item(words) for entry in left if entry.offer]
            view = {"view": view_of(*offers)} if offers else {}
            await send_once(self._context, channel, nonce, lambda: {"embeds": [entry.embed for entry in left], **view})
        self._has_posted = True
        await self._done(batch)

    async def _done(self, batch: Sequence[Entry]) -> None:
        for entry in batch:
            with suppress(ValueError):  # its member was forgotten meanwhile
                self._waiting.remove(entry)
        told = sorted((entry.region, entry.audit) for entry in batch if entry.audit is not None)
        for region, number in dict(told).items():
            await self._remember(region, number)
        for entry in batch:
            if entry.is_kept:
                await self._write("DELETE FROM noted WHERE id = ?", entry.id)

    def _complain(self, problem: str) -> None:
        if problem != self._complaint:
            log.warning("the log channel has to wait: %s", problem)
        self._complaint = problem

    async def _keep(self) -> None:
        """Store waiting notes in the database, so that they survive a restart."""
        for entry in list(self._waiting):
            if entry.audit is None and not entry.is_kept:
                entry.is_kept = True
                await self._write("INSERT OR IGNORE INTO noted VALUES (?, ?)", entry.id, _written(entry))

    async def _remember(self, region: str, number: int) -> None:
        if region:
            await self._write("INSERT OR REPLACE INTO told_in VALUES (?, ?)", region, number)
        else:
            await self._write("INSERT OR REPLACE INTO told VALUES (1, ?)", number)

    async def _write(self, statement: str, *values: object) -> None:
        try:
            await self._context.memory.write(statement, values)
        except aiosqlite.Error as error:
            log.warning("after a restart the log channel may miss or repeat something: %s", error)


def _written(entry: Entry) -> str:
    """Return the note as it is stored: the embed's JSON, with the button's custom_id beside."""
    return json.dumps(entry.embed.to_dict() | ({"offer": entry.offer.custom_id} if entry.offer else {}))


def _read(ident: str, stored: Any) -> Entry:
    offer = BringBack.parse(stored.pop("offer", ""))
    return Entry(discord.Embed.from_dict(stored), id=ident, is_kept=True, offer=offer)


def _text(value: object) -> str:
    """Return all text of an embed, given as JSON."""
    match value:
        case dict():
            return "\n".join(map(_text, value.values()))
        case list():
            return "\n".join(map(_text, value))
    return value if isinstance(value, str) else ""


def first_few(waiting: Sequence[Entry]) -> list[Entry]:
    """Return as many entries as one message holds, at least one."""
    batch: list[Entry] = []
    room = MAX_MESSAGE
    for entry in list(waiting)[:MAX_EMBEDS]:
        room -= len(entry.embed)
        if batch and room < 0:
            break
        batch.append(entry)
    return batch
