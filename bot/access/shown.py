"""Takes configs out of the messages that brought them: once the device has connected, or when their time is over.

The database remembers which direct messages still show a config, and never the config itself. An answer that only the
caller sees can be edited with its interaction's token. That token also opens the answer, so it is as secret as the
config and stays in memory: a bot that stops takes the configs out of answers at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Never

import aiosqlite
import discord

from bot.core.context import Context
from bot.core.interaction import DISCORD_FAILURES
from bot.core.render import safe
from bot.core.roles import BOT
from bot.core.service import repeat
from bot.core.words import Say, says
from gateway.api.contract import GetStatus, PeerInfo, PeerStatus

log = logging.getLogger(__name__)

POLL_S = 5.0
RARELY_S = 60.0  # between two questions to the gateway when no config is new
NEW_S = 900.0  # most devices connect in this time
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

    message: discord.PartialMessage
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
        self._arrived = asyncio.Event()
        self._new_until = 0.0  # the loop's time

    def until(self, *, is_answer: bool = False) -> datetime | None:
        """Return the time until which a message that is sent now may show its config; None is forever."""
        now = self._context.clock()
        wanted = self._context.section.config_shown_for.after(now)
        return min(filter(None, (wanted, now + ANSWERS))) if is_answer else wanted

    async def add(self, message: discord.Message, member: int, peer: PeerInfo, until: datetime | None) -> None:
        """Remember that a message shows the config of this device; `until` as its text tells."""
        shown = Shown(message, member, peer.id, str(peer.public_key), peer.device, until)
        self._shown[message.id] = shown
        self._look_often()
        if not shown.is_answer:
            ends_at = int(until.timestamp()) if until else None
            row = (message.id, message.channel.id, member, shown.peer, shown.public_key, shown.device, ends_at)
            await self._write("INSERT OR REPLACE INTO shown VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    async def run(self) -> Never:
        await self._load()
        self._look_often()
        try:
            await repeat(self._look, "taking configs out of messages", otherwise_s=POLL_S)
        finally:
            answers = [one for one in self._shown.values() if one.is_answer]
            await self._take_out((one, says("setup-taken-out", device=safe(one.device))) for one in answers)

    async def _look(self) -> float:
        """Take out what is due, and wait until it is time to ask again."""
        now = self._context.clock()
        late = [one for one in self._shown.values() if one.until and one.until <= now]
        await self._take_out((one, says("setup-taken-out", device=safe(one.device))) for one in late)
        if asked := list(self._shown.values()):  # the answer knows nothing of a device that is added meanwhile
            # The only question about handshakes. It asks the kernel for nothing else.
            devices = tuple({one.peer for one in asked})
            status = await self._context.gateway.call(GetStatus(actor=BOT, everyone=True, devices=devices))
            peers = {row.peer.id: row for row in status.peers}
            await self._take_out((one, say) for one in asked if (say := outcome(one, peers)))
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause_s()):
                await self._arrived.wait()
        self._arrived.clear()
        return POLL_S

    def _pause_s(self) -> float | None:
        """Return the seconds to wait besides `POLL_S`; None when no message shows a config."""
        if not self._shown:
            return None
        if asyncio.get_running_loop().time() < self._new_until:
            return 0
        now = self._context.clock()
        left = [(one.until - now).total_seconds() for one in self._shown.values() if one.until]
        return max(0, min([RARELY_S, *left]) - POLL_S)

    def _look_often(self) -> None:
        self._new_until = asyncio.get_running_loop().time() + NEW_S
        self._arrived.set()

    async def _take_out(self, settled: Iterable[tuple[Shown, Say]]) -> None:
        """Replace messages by sentences, all at once; those that Discord does not take now are tried again."""
        await asyncio.gather(*(self._replace(one, say) for one, say in settled))

    async def _replace(self, one: Shown, say: Say) -> None:
        words = await self._context.speech.member(one.member)
        try:
            async with asyncio.timeout(EDIT_S):
                await one.message.edit(content=say(words), embed=None, attachments=[])
        except DISCORD_FAILURES as error:
            is_final = self._is_final(one, error)
            log.info("message %s keeps its config%s: %r", one.message.id, "" if is_final else " for now", error)
            if not is_final:
                return
        self._shown.pop(one.message.id, None)
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
        await self._take_out((one, says("setup-gone", device=safe(one.device))) for one in theirs)
        return (member, "") not in await self.members()

    async def _write(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            await self._context.memory.write(statement, values)
        except aiosqlite.Error as error:
            log.warning("after a restart a message may keep its config: %s", error)


def outcome(shown: Shown, peers: Mapping[int, PeerStatus]) -> Say | None:
    """Return what the message becomes, or None while its device has not connected. `peers`: devices by id."""
    row = peers.get(shown.peer)
    if row is None:
        return says("setup-gone", device=safe(shown.device))
    device = safe(row.peer.device)
    if str(row.peer.public_key) != shown.public_key:
        return says("setup-taken-out", device=device)
    return says("setup-connected", device=device) if row.latest_handshake else None
