"""Posts the live message of /panel, and keeps it current by editing it, for as long as it exists.

There is at most one. Its row in the database outlives restarts. A message that was deleted is not posted again by
itself, because an admin may have meant it: the log channel offers a button that brings it back.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Never

import aiosqlite
import discord

from bot.core import notes
from bot.core.client import Interaction
from bot.core.context import Context
from bot.core.interaction import DISCORD_FAILURES, Explain, answer, caller, words_of
from bot.core.live import Follower
from bot.core.pace import Pace, Refusal
from bot.core.posting import components_of, nonce_of, send_once
from bot.core.roles import Access
from bot.core.service import finish, repeat
from bot.core.words import says
from bot.log.buttons import BringBack
from bot.panel.course import Course, go_on
from bot.panel.face import face
from bot.panel.overview import Overview
from bot.panel.watch import AWAY, Watch
from gateway.codec import decode, to_json

log = logging.getLogger(__name__)

LOOK_S = 0.5  # between two looks, however much happens
TICK_S = 10.0  # between two looks when nothing happens: a request for access is no event of the gateway's
REMEMBER_S = 60.0  # the stored numbers of players may be this old after a restart
SCHEMA = """
CREATE TABLE panel (
    one INTEGER PRIMARY KEY CHECK (one = 1), channel INTEGER NOT NULL, message INTEGER NOT NULL, courses TEXT NOT NULL
) STRICT;
"""


@dataclass(slots=True)
class _Posted:
    """The message that exists."""

    channel: int
    message: int
    shown: str = ""
    """The digest of the face that Discord shows. It is empty after a restart, so that the first look edits.

    That edit also finds a message that was deleted meanwhile.
    """
    pace: Pace = field(default_factory=Pace)


@dataclass(frozen=True, slots=True)
class Courses:
    """The stored courses."""

    all: tuple[Course, ...] = ()


class Panel:
    """The service of the live message."""

    def __init__(self, context: Context, watch: Watch) -> None:
        self._context, self._watch = context, watch
        self._posted: _Posted | None = None
        self._is_late = False  # the message shows less than there is, because of the pace or a refusal
        self._courses: tuple[Course, ...] = ()
        self._remembered_at = float("-inf")
        self._placing = asyncio.Lock()  # also held during an edit, so that none follows a newer message

    @property
    def channel(self) -> int | None:
        """Return the id of the channel that the live message is in; None without one."""
        return self._posted.channel if self._posted else None

    async def run(self) -> Never:
        await self._load()
        follower = self._watch.follow()
        await repeat(lambda: self._look(follower), "keeping the live message", otherwise_s=TICK_S)

    async def put(self, interaction: Interaction) -> None:
        """Post the live message in the interaction's channel, in the place of the one before. For admins."""
        await caller(interaction, Access.ADMIN)
        assert interaction.channel_id
        async with self._placing:
            await self._place(interaction, interaction.channel_id)

    async def bring_back(self, interaction: Interaction, pressed: BringBack) -> None:
        """Post the live message where it was deleted, unless there is another one by now. For admins."""
        await caller(interaction, Access.ADMIN)
        async with self._placing:
            if self._posted:
                link = self._message(self._posted).jump_url
                await answer(interaction, words_of(interaction)("panel-there", link=link))
            elif (guild := self._context.guild()) and guild.get_channel_or_thread(pressed.channel):
                await self._place(interaction, pressed.channel)
            else:
                raise Explain(says("panel-cannot-post"))

    async def _place(self, interaction: Interaction, channel: int) -> None:
        before = self._posted
        try:
            message = await finish(self._post(channel, interaction.id))
        except (discord.Forbidden, discord.NotFound) as error:
            log.info("no live message in channel %s: %r", channel, error)
            raise Explain(says("panel-cannot-post")) from error
        if before and before.message != message.id:
            with suppress(*DISCORD_FAILURES):
                await self._message(before).delete()
        await answer(interaction, words_of(interaction)("panel-posted", link=message.jump_url))

    async def _post(self, channel: int, after: int) -> discord.Message:
        shown = self._face(await self._watch.overview() or Overview())
        message = await send_once(
            self._context,
            self._context.channel(channel),
            nonce_of("panel", after),
            lambda: {"view": shown},
            after=after,
        )
        self._posted = _Posted(channel, message.id, _digest(shown))
        self._posted.pace.begin()
        self._watch.begin()
        await self._remember()
        return message

    async def _look(self, follower: Follower) -> float:
        """Wait until something happens or an edit may be made, and show what there is if the pace allows."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._left_s(self._posted) if self._is_late else TICK_S):
                self._watch.take((await follower.next()).events)
        async with self._placing:
            if self._posted and self._context.guild():
                await self._show(self._posted)
        return LOOK_S

    async def _show(self, posted: _Posted) -> None:
        overview, now = await self._watch.overview(), self._context.clock()
        if overview is None or _is_blip(overview, now):
            return
        if not overview.away_since:
            self._courses = go_on(self._courses, overview.matches, now)
        shown = self._face(overview)
        self._is_late = _digest(shown) != posted.shown
        is_due = self._is_late and self._left_s(posted) <= 0  # judged with the face, or one of before may be shown
        await self._remember_courses()
        if not is_due:
            return
        posted.pace.begin()
        try:
            await self._message(posted).edit(view=shown)
        except DISCORD_FAILURES as error:
            await self._refused(posted, error)
            return
        posted.shown, posted.pace.is_lost = _digest(shown), False
        self._is_late = False

    def _left_s(self, posted: _Posted | None) -> float:
        """Return the seconds until an edit may be made, from 0 to `TICK_S`."""
        left = posted.pace.left_s(posted.message, self._context.clock()) if posted else TICK_S
        return min(max(0.0, left), TICK_S)

    async def _refused(self, posted: _Posted, error: Exception) -> None:
        was_lost = posted.pace.is_lost
        refusal = posted.pace.refused(error, is_final=self._context.is_final(error))
        log.info("the live message in channel %s was not edited: %r", posted.channel, error)
        if refusal is Refusal.GONE:
            self._posted = None
            self._context.note(notes.PanelGone(posted.channel))
            await self._write("DELETE FROM panel")
        elif refusal is Refusal.LOST and not was_lost:
            self._context.note(notes.PanelLost(posted.channel))

    def look_again(self) -> None:
        """Take in that the bot may have got a permission in the channel of the message."""
        if self._posted:
            self._posted.pace.look_again()

    def _face(self, overview: Overview) -> discord.ui.LayoutView:
        guild = self._context.guild()
        return face(self._context.speech.server(), guild.name if guild else "", overview, self._courses)

    def _message(self, posted: _Posted) -> discord.PartialMessage:
        return self._context.channel(posted.channel).get_partial_message(posted.message)

    async def _load(self) -> None:
        try:
            rows = await self._context.memory.rows("SELECT channel, message, courses FROM panel")
        except aiosqlite.Error as error:
            log.warning("an earlier live message stays as it is: %s", error)
            return
        for channel, message, courses in rows:
            self._posted = self._posted or _Posted(channel, message)
            self._watch.begin()
            with suppress(ValueError):  # another version's
                self._courses = decode(Courses, json.loads(courses)).all

    async def _remember_courses(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._remembered_at >= REMEMBER_S:
            self._remembered_at = now
            await self._write("UPDATE panel SET courses = ?", to_json(Courses(self._courses)))

    async def _remember(self) -> None:
        assert self._posted
        row = self._posted.channel, self._posted.message, to_json(Courses(self._courses))
        await self._write("INSERT OR REPLACE INTO panel VALUES (1, ?, ?, ?)", *row)

    async def _write(self, statement: str, *values: object) -> None:
        try:
            await self._context.memory.write(statement, values)
        except aiosqlite.Error as error:
            log.warning("after a restart the live message may be out of date: %s", error)


def _is_blip(overview: Overview, now: datetime) -> bool:
    return overview.away_since is not None and now - overview.away_since < AWAY


def _digest(shown: discord.ui.LayoutView) -> str:
    """Return a digest of the face, because the face itself holds names of members."""
    return hashlib.sha256(json.dumps(components_of(shown), sort_keys=True).encode()).hexdigest()
