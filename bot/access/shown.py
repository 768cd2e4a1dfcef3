"""Takes configs out of the messages that brought them: once the device has connected, or when their time is over.

That a device has connected comes by the gateway's event stream.

The database remembers which direct messages still show a config, and never the config itself. An answer that only the
caller sees can be edited with its interaction's token. That token also opens the answer, so it is as secret as the
config and stays in memory: a bot that stops takes the configs out of answers at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Never

import aiosqlite
import discord

from bot.access import screens
from bot.access.screens import Face
from bot.core.context import Context
from bot.core.interaction import DISCORD_FAILURES
from bot.core.live import Turn, View
from bot.core.roles import BOT
from bot.core.service import attend
from gateway.api.contract import List, PeerInfo, PeerStatus
from gateway.model import Key

log = logging.getLogger(__name__)

POLL_S = 5.0  # between looks at the clock, and until what Discord did not take is tried again
ANSWERS = timedelta(minutes=14)  # Discord lets an answer be edited for 15 minutes
EDIT_S = 5.0
SCHEMA = """
CREATE TABLE shown (
    message INTEGER PRIMARY KEY, channel INTEGER NOT NULL, member INTEGER NOT NULL,
    peer INTEGER NOT NULL, public_key TEXT NOT NULL, device TEXT NOT NULL, until INTEGER
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A message that shows a config: a direct message, or an answer."""

    message: discord.PartialMessage | discord.Message
    member: int
    """The id of its reader."""
    peer: int
    """The id of the device."""
    public_key: str
    """The device's public key in the config; the device has another one after a rotation."""
    device: str
    """The device's name, not escaped."""
    until: datetime | None
    """The time when the config is taken out in any case; None for never."""

    @property
    def is_answer(self) -> bool:
        return isinstance(self.message, discord.WebhookMessage | discord.InteractionMessage)


class ShownConfigs:
    """The service that takes configs out of messages."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._shown: dict[int, Shown] = {}  # by message id
        self._due: dict[int, Face] = {}  # what messages become, by message id, until Discord has taken it
        self._follower = context.live.follow()

    def until(self, *, is_answer: bool = False) -> datetime | None:
        """Return the time until which a message that is sent now may show its config; None is forever."""
        now = self._context.clock()
        wanted = self._context.section.config_shown_for.after(now)
        return min(filter(None, (wanted, now + ANSWERS))) if is_answer else wanted

    async def add(self, message: discord.Message, member: int, peer: PeerInfo, until: datetime | None) -> None:
        """Remember that a message shows the config of this device; `until` as its text tells."""
        shown = Shown(message, member, peer.id, str(peer.public_key), peer.device, until)
        self._shown[message.id] = shown
        self._follower.wake()
        if not shown.is_answer:
            ends_at = int(until.timestamp()) if until else None
            row = (message.id, message.channel.id, member, shown.peer, shown.public_key, shown.device, ends_at)
            await self._write("INSERT OR REPLACE INTO shown VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def forget_answer(self, message_id: int) -> None:
        """Forget an answer that is about to lose its config in another way."""
        self._shown.pop(message_id, None)
        self._due.pop(message_id, None)

    async def run(self) -> Never:
        await self._load()
        try:
            await attend(self._follower, self._look, "taking configs out of messages", otherwise_s=POLL_S)
        finally:
            answers = [one for one in self._shown.values() if one.is_answer]
            await self._take_out((one, screens.taken_out(one.device)) for one in answers)

    async def _look(self, _: Turn) -> float | None:
        """Take out what is due. Return the seconds until the next look at the clock, None when no message needs one."""
        now = self._context.clock()
        for one in self._shown.values():
            if one.until and one.until <= now:
                self._due.setdefault(one.message.id, screens.taken_out(one.device))
        if view := self._context.live.view:
            rows = [view.peers[key] for key in {one.peer for one in self._shown.values()} & view.peers.keys()]
            await self._settle(view, {row.peer.id: row.peer for row in rows}, answered(rows))
        await self._take_out([(self._shown[message], face) for message, face in self._due.items()])
        return POLL_S if self._due or any(one.until for one in self._shown.values()) else None

    async def _settle(self, view: View, peers: Mapping[int, PeerInfo], connected: Collection[Key]) -> None:
        """Find messages that become another one. `peers`: devices by id; `connected`: keys that did.

        A message about a device in a region that is away stays as it is.
        """
        there = {one.message.id: part for one in self._shown.values() if (part := view.of(one.peer))}
        left = [self._shown[message] for message in there if message not in self._due]
        if any(outcome(one, peers, ()) for one in left):
            # The stream may be behind the answer that brought the config, and then has not told of its device yet.
            listing = await self._context.gateway.call(List(actor=BOT, everyone=True))
            peers, away = {peer.id: peer for peer in listing.peers}, {each.region for each in listing.away}
            left = [one for one in left if there[one.message.id].region not in away]
        for one in left:
            if (face := outcome(one, peers, connected)) and one.message.id in self._shown:
                self._due[one.message.id] = face

    async def _take_out(self, settled: Iterable[tuple[Shown, Face]]) -> None:
        """Give messages new faces, all at once; those that Discord does not take now are tried again."""
        await asyncio.gather(*(self._replace(one, face) for one, face in settled))

    async def _replace(self, one: Shown, face: Face) -> None:
        words = await self._context.speech.member(one.member)
        try:
            async with asyncio.timeout(EDIT_S):
                # Messages of older versions have a text and an embed, which a layout has not.
                await one.message.edit(content=None, embed=None, attachments=[], view=face(words))
        except DISCORD_FAILURES as error:
            is_final = self._is_final(one, error)
            log.info("message %s keeps its config%s: %r", one.message.id, "" if is_final else " for now", error)
            if not is_final:
                return
        if self._shown.get(one.message.id) is not one:
            return  # meanwhile the message shows another config
        self.forget_answer(one.message.id)
        if not one.is_answer:
            await self._write("DELETE FROM shown WHERE message = ?", (one.message.id,))

    def _is_final(self, one: Shown, error: BaseException) -> bool:
        """Report whether Discord would refuse again: the message is gone, or the token of its answer is too old.

        While the bot is not on the server, or has a token that is no longer valid, it refuses more.
        """
        if one.is_answer:
            return isinstance(error, discord.HTTPException) and error.status in (400, 401, 403, 404) and error.code != 0
        return self._context.is_final(error)

    async def _load(self) -> None:
        query = "SELECT message, channel, member, peer, public_key, device, until FROM shown"
        try:
            rows = await self._context.memory.rows(query)
        except aiosqlite.Error as error:
            log.warning("earlier messages keep their configs: %s", error)
            return
        for message, channel, member, peer, key, device, until in rows:
            ends_at = datetime.fromtimestamp(until, UTC) if until is not None else None
            place = self._context.client.get_partial_messageable(channel).get_partial_message(message)
            self._shown.setdefault(message, Shown(place, member, peer, key, device, ends_at))

    # -- for Retention

    async def members(self) -> Iterable[tuple[str, str]]:
        return [(str(member), "") for (member,) in await self._context.memory.rows("SELECT member FROM shown")]

    async def forget(self, member: str, names: Collection[str]) -> bool:
        """Take out the member's configs, whose devices are gone; report whether Discord has taken all edits."""
        theirs = [one for one in self._shown.values() if str(one.member) == member]
        await self._take_out((one, screens.gone(one.device)) for one in theirs)
        return (member, "") not in await self.members()

    async def _write(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            await self._context.memory.write(statement, values)
        except aiosqlite.Error as error:
            log.warning("after a restart a message may keep its config: %s", error)


def answered(rows: Iterable[PeerStatus]) -> set[Key]:
    """Return the keys of devices that had a handshake with the gateway."""
    return {row.peer.public_key for row in rows if row.connected or row.latest_handshake}


def outcome(shown: Shown, peers: Mapping[int, PeerInfo], connected: Collection[Key]) -> Face | None:
    """Return what the message becomes, or None while its device has not connected.

    `peers`: devices by id; `connected`: the keys of those that did.
    """
    peer = peers.get(shown.peer)
    if peer is None:
        return screens.gone(shown.device)
    if str(peer.public_key) != shown.public_key:
        return screens.taken_out(peer.device)
    return screens.connected(peer.device) if peer.public_key in connected else None
