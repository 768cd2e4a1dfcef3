"""A direct message before a forward ends, with buttons that work for as long as the message is there."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal, Never, get_args

import aiosqlite
import discord

from bot.core import notes, render
from bot.core.buttons import Button, view_of
from bot.core.client import Interaction
from bot.core.context import Context
from bot.core.interaction import DISCORD_FAILURES, call, who_writes, words_of
from bot.core.roles import BOT
from bot.core.service import finish, repeat
from bot.core.words import Words
from gateway.api.contract import ExtendForward, ForwardInfo, List, Listing, RemoveForward

log = logging.getLogger(__name__)

LEAD = timedelta(minutes=10)
POLL_S = 10.0
KEEP_S = 86400  # past its end a forward is gone
MAX_IDS = 8  # of up to 8 digits each: a custom_id has 100 characters
SCHEMA = """
CREATE TABLE IF NOT EXISTS reminded (
    forward INTEGER NOT NULL, ends_at INTEGER NOT NULL, PRIMARY KEY (forward, ends_at)
) STRICT, WITHOUT ROWID;
"""

End = tuple[int, int]
"""A forward's id and the Unix time of its end; an extended forward has another one."""


class Reminders:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._reminded: set[End] | None = None

    async def run(self) -> Never:
        await repeat(self._look, "reminding", otherwise_s=POLL_S)

    async def _look(self) -> float:
        """Remind of what is due; return the seconds until the next look."""
        if self._reminded is None:
            rows = await self._context.memory.rows("SELECT forward, ends_at FROM reminded")
            self._reminded = {(forward, ends_at) for forward, ends_at in rows}
        now = self._context.clock()  # before the list, because what comes due while it is on its way may have changed
        listing = await self._context.gateway.call(List(actor=BOT, everyone=True))
        for forwards in due(listing, now):
            if not self._reminded.issuperset(map(key, forwards)):
                await finish(self._remind(forwards, now))
        later = [moment for forward in listing.forwards if (moment := remind_at(forward)) and moment > now]
        return min(POLL_S, (min(later) - now).total_seconds()) if later else POLL_S

    async def _remind(self, forwards: tuple[ForwardInfo, ...], now: datetime) -> None:
        owner = forwards[0].owner
        try:
            channel = await self._context.direct_messages(int(owner))
            words = await self._context.speech.member(int(owner))
            await channel.send(render.reminder(words, forwards), view=buttons(words, forwards))
        except DISCORD_FAILURES as error:
            log.info("no reminder to %s: %r", owner, error)
            if not isinstance(error, discord.HTTPException) or error.status >= 500:
                return  # the next look tries again; what is refused, mostly for closed direct messages, stays refused
            self._context.note(notes.NotReminded(forwards))
        await self._remember(list(map(key, forwards)), now.timestamp())

    async def _remember(self, added: list[End], now: float) -> None:
        """And forget what ended long before the Unix time `now`."""
        self._reminded = {end for end in self._reminded or () if end[1] > now - KEEP_S} | set(added)
        try:
            for end in added:
                await self._context.memory.write("INSERT OR IGNORE INTO reminded VALUES (?, ?)", end)
            await self._context.memory.write("DELETE FROM reminded WHERE ends_at <= ?", (now - KEEP_S,))
        except aiosqlite.Error as error:
            log.warning("after a restart a reminder may come twice: %s", error)


def remind_at(forward: ForwardInfo) -> datetime | None:
    """A short one's owner is reminded at half of its time."""
    if forward.expires_at is None:
        return None
    return forward.expires_at - min(LEAD, (forward.expires_at - forward.created_at) / 2)


def due(listing: Listing, now: datetime) -> list[tuple[ForwardInfo, ...]]:
    """What is to be reminded of now, in one message what somebody opened or extended together.

    Devices that an admin added for no Discord member have nobody to write to, and suspended ones nothing open.
    """
    quiet = {peer.id for peer in listing.peers if peer.suspended_at}
    found: dict[tuple[str, datetime], list[ForwardInfo]] = {}
    for forward in listing.forwards:
        moment, end = remind_at(forward), forward.expires_at
        if not moment or not end or not moment <= now < end:
            continue
        if forward.owner.isdecimal() and forward.peer_id not in quiet:
            found.setdefault((forward.owner, end), []).append(forward)
    return [
        tuple(together[first : first + MAX_IDS])
        for together in found.values()
        for first in range(0, len(together), MAX_IDS)
    ]


def key(forward: ForwardInfo) -> tuple[int, int]:
    assert forward.expires_at
    return forward.id, int(forward.expires_at.timestamp())


Action = Literal["extend", "close"]


@dataclass(frozen=True)
class ReminderButton(Button):
    """`end`, a Unix time, tells a message about an end that has been moved since."""

    prefix: ClassVar = "remind"
    action: Action
    end: int
    ids: tuple[int, ...]


def buttons(words: Words, forwards: tuple[ForwardInfo, ...]) -> discord.ui.View:
    ids = tuple(forward.id for forward in forwards)
    styles = {"extend": discord.ButtonStyle.primary, "close": discord.ButtonStyle.secondary}
    return view_of(
        *(
            ReminderButton(action, key(forwards[0])[1], ids).button(words(f"reminder-{action}-button"), styles[action])
            for action in get_args(Action)
        )
    )


async def pressed(interaction: Interaction, button: ReminderButton) -> None:
    actor, words = await who_writes(interaction), words_of(interaction)
    listing = await call(interaction, List(actor=actor, everyone=actor.is_admin))
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
    await interaction.edit_original_response(content=said, view=None)
