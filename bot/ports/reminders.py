"""Sends the owner of a forward a direct message before it ends, with buttons to extend or close it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal, Never, get_args

import aiosqlite
import discord

from bot.core import notes, render
from bot.core.buttons import Button, view_of
from bot.core.client import Interaction
from bot.core.context import Context
from bot.core.interaction import DISCORD_FAILURES, call, caller_anywhere, edit, words_of
from bot.core.live import Turn
from bot.core.posting import nonce_of, send_once
from bot.core.roles import is_id
from bot.core.service import attend, finish
from bot.core.words import Words
from gateway.api.contract import ExtendForward, ForwardInfo, List, PeerInfo, RemoveForward

log = logging.getLogger(__name__)

LEAD = timedelta(minutes=10)
POLL_S = 10.0  # between looks at the clock, at most, because it may be set
KEEP_S = 86400  # a reminder stays in the database this long after the forward's end
# Forwards of one message. Their ids fit into the 100 characters of a custom_id, with 8 digits each, and 10 in a fleet.
MAX_IDS, MAX_IDS_IN_FLEET = 8, 6
SCHEMA = """
CREATE TABLE IF NOT EXISTS reminded (
    forward INTEGER NOT NULL, ends_at INTEGER NOT NULL, PRIMARY KEY (forward, ends_at)
) STRICT, WITHOUT ROWID;
"""

End = tuple[int, int]
"""A forward's id and the Unix time of its end. An extended forward has another end, and is due for a new reminder."""


class Reminders:
    """The service that reminds."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._reminded: set[End] | None = None

    async def run(self) -> Never:
        await attend(self._context.live.follow(), self._look, "reminding", otherwise_s=POLL_S)

    async def _look(self, _: Turn) -> float | None:
        """Remind of the forwards that are due; return the seconds until the next is, None without one."""
        if self._reminded is None:
            rows = await self._context.memory.rows("SELECT forward, ends_at FROM reminded")
            self._reminded = {(forward, ends_at) for forward, ends_at in rows}
        now, view = self._context.clock(), self._context.live.view
        if view is None:
            return None
        forwards = [row.forward for row in view.forwards.values()]
        for together in due([row.peer for row in view.peers.values()], forwards, now):
            if not self._reminded.issuperset(map(key, together)):
                await finish(self._remind(together, now))
        moments = list(filter(None, map(remind_at, forwards)))
        return min([POLL_S, *((at - now).total_seconds() for at in moments if at > now)]) if moments else None

    async def _remind(self, forwards: tuple[ForwardInfo, ...], now: datetime) -> None:
        owner = forwards[0].owner
        try:
            channel = await self._context.direct_messages(int(owner))
            words = await self._context.speech.member(int(owner))
            said, view = render.reminder(words, forwards), buttons(words, forwards)
            nonce = nonce_of("reminder", *map(key, forwards))
            since = remind_at(forwards[0])
            await send_once(self._context, channel, nonce, lambda: {"content": said, "view": view}, since=since)
        except DISCORD_FAILURES as error:
            log.info("no reminder to %s: %r", owner, error)
            if not self._context.is_final(error):
                return  # the next look tries again; a refusal, mostly of closed direct messages, would repeat
            self._context.note(notes.NotReminded(forwards))
        await self._remember(list(map(key, forwards)), now.timestamp())

    async def _remember(self, added: list[End], now: float) -> None:
        """Store reminders, and delete those whose forward ended `KEEP_S` before the Unix time `now`."""
        self._reminded = {end for end in self._reminded or () if end[1] > now - KEEP_S} | set(added)
        try:
            for end in added:
                await self._context.memory.write("INSERT OR IGNORE INTO reminded VALUES (?, ?)", end)
            await self._context.memory.write("DELETE FROM reminded WHERE ends_at <= ?", (now - KEEP_S,))
        except aiosqlite.Error as error:
            log.warning("after a restart a reminder may come twice: %s", error)


def remind_at(forward: ForwardInfo) -> datetime | None:
    """Return when to remind of a forward; None if it has no end. `LEAD` before the end, or at half of a short time."""
    if forward.expires_at is None:
        return None
    return forward.expires_at - min(LEAD, (forward.expires_at - forward.created_at) / 2)


def due(peers: Iterable[PeerInfo], forwards: Iterable[ForwardInfo], now: datetime) -> list[tuple[ForwardInfo, ...]]:
    """Return the forwards to remind of now, grouped by message: one owner's in one region that end at the same time.

    Forwards of a suspended device are left out, because they are closed. So are those of an owner that is no Discord
    member, because a direct message needs one.
    """
    suspended = {peer.id for peer in peers if peer.suspended_at}
    found: dict[tuple[str, datetime, str], list[ForwardInfo]] = {}
    for forward in forwards:
        moment, end = remind_at(forward), forward.expires_at
        if not moment or not end or not moment <= now < end:
            continue
        if is_id(forward.owner) and forward.peer_id not in suspended:
            found.setdefault((forward.owner, end, forward.region), []).append(forward)
    return [
        tuple(together[first : first + most])
        for (_, _, region), together in found.items()
        for most in (MAX_IDS_IN_FLEET if region else MAX_IDS,)
        for first in range(0, len(together), most)
    ]


def key(forward: ForwardInfo) -> tuple[int, int]:
    assert forward.expires_at
    return forward.id, int(forward.expires_at.timestamp())


ReminderAction = Literal["extend", "close"]


@dataclass(frozen=True)
class ReminderButton(Button):
    """A button of a reminder. `end`: the Unix time of the end that the message told; it may have been moved since."""

    prefix: ClassVar = "remind"
    action: ReminderAction
    end: int
    ids: tuple[int, ...]


def buttons(words: Words, forwards: tuple[ForwardInfo, ...]) -> discord.ui.View:
    ids = tuple(forward.id for forward in forwards)
    styles = {"extend": discord.ButtonStyle.primary, "close": discord.ButtonStyle.secondary}
    return view_of(
        *(
            ReminderButton(action, key(forwards[0])[1], ids).button(words(f"reminder-{action}-button"), styles[action])
            for action in get_args(ReminderAction)
        )
    )


async def pressed(interaction: Interaction, button: ReminderButton) -> None:
    """Extend or close the forwards; when their end has been moved since the reminder, only tell the present end."""
    actor, words = await caller_anywhere(interaction), words_of(interaction)
    listing = await call(interaction, List(actor=actor, everyone=actor.is_admin), about=button.ids[0])
    left = [forward for forward in listing.forwards if forward.id in button.ids]
    ids = tuple(forward.id for forward in left)
    if not left:
        said = words("forward-has-ended")
    elif all(forward.expires_at is None or key(forward)[1] != button.end for forward in left):
        said = render.extended(words, left, again=True)
    elif button.action == "close":
        said = render.closed(words, await call(interaction, RemoveForward(actor=actor, ids=ids)), actor.id)
    else:
        said = render.extended(words, (await call(interaction, ExtendForward(actor=actor, ids=ids))).forwards)
    await edit(interaction, content=said, view=None)
