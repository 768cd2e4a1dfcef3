"""Keeps Discord's event of each series: made, led to the present address, begun, ended."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

import discord

from bot.core import notes
from bot.core.context import Context
from bot.core.interaction import DISCORD_FAILURES
from bot.core.live import View
from bot.nights import events
from bot.nights.series import Series, Wanted
from bot.nights.shown import event_name, location, when
from bot.nights.store import Store

T = TypeVar("T")
log = logging.getLogger(__name__)

# Discord takes no event that starts in the past.
EARLY = timedelta(seconds=5)  # before its start an event is made no more
AHEAD = timedelta(seconds=15)  # to the start of an event whose night is on already


class Calendar:
    """The events of all series. Each method raises DISCORD_FAILURES, after which it is tried again."""

    def __init__(self, context: Context, store: Store) -> None:
        self._context, self._store = context, store
        self._lacked: list[str] = []  # the permissions that the admins were told of

    async def show(self, key: int, series: Series, want: Wanted | None, view: View, now: datetime) -> None:
        guild = self._context.guild()
        assert guild
        if series.event and (want is None or want.night.start != series.event_of):
            await self._permitted(key, events.end(guild, series.event))
            # An event that was taken back before its night may be made again, when its owner has access again.
            is_back = want is None and not series.is_event_on
            of = None if is_back else series.event_of
            series = await self._store.change(key, event=0, is_event_on=False, event_of=of) or series
        if want is None:
            return
        where = location(series, view.own.public_address, view.own.srv_port, now)
        if not series.event and want.night.start != series.event_of:
            await self._make(key, series, want, where, now)
            return
        if series.event and where != series.event_at and self._may(guild):
            goes_on = await events.lead(guild, series.event, where)
            series = await self._store.change(key, event=series.event if goes_on else 0, event_at=where) or series
        if series.event and want.is_on and not series.is_event_on:
            has_begun = bool(await self._permitted(key, events.begin(guild, series.event)))
            await self._store.change(key, event=series.event if has_begun else 0, is_event_on=has_begun)

    async def end(self, key: int, series: Series) -> None:
        guild = self._context.guild()
        if guild and series.event:
            await self._permitted(key, events.end(guild, series.event))

    async def _make(self, key: int, series: Series, want: Wanted, where: str, now: datetime) -> None:
        """Make the event. That of a night which is on begins at once: the bot had no permission for it before."""
        guild, night = self._context.guild(), want.night
        assert guild
        if want.is_on:
            night = replace(night, start=now + AHEAD)
        if not now + EARLY < night.start < night.end or not self._may(guild):
            return
        words = self._context.speech.server()
        about = words("night-event-about", when=when(words, series.every))
        event = await self._permitted(key, events.create(guild, night, event_name(words, series), about, where))
        await self._store.change(key, event=event or 0, event_of=want.night.start, event_at=where)

    async def _permitted(self, key: int, work: Awaitable[T]) -> T | None:
        """Return the result. What Discord refuses for good is logged, and told where a permission is missing."""
        try:
            return await work
        except DISCORD_FAILURES as error:
            if not self._context.is_final(error):
                raise
            log.warning("the event of game night %s: %r", key, error)
            if guild := self._context.guild():
                self._may(guild)
            return None

    def _may(self, guild: discord.Guild) -> bool:
        """Report whether the bot has the permissions, and tell the admins once when it has not."""
        before, self._lacked = self._lacked, events.missing(guild)
        if self._lacked and self._lacked != before:
            self._context.note(notes.NoEvents(tuple(self._lacked)))
        return not self._lacked
