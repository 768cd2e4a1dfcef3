"""Membership is the key: who leaves the server or loses the role is cut off, who gets it back in time is let back in.

Discord tells it in events, which only the privileged members intent brings, and is asked about each device's owner:
after a start and whenever events may have been missed; without the intent all the time.
"""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Never

import aiosqlite
import discord

from bot.access.grants import withdraw
from bot.access.requests import Ledger, State
from bot.core.context import Context
from bot.core.interaction import DISCORD_FAILURES, access_of
from bot.core.roles import BOT, Reason
from bot.core.service import repeat
from gateway.api.contract import List, Listing, PeerInfo, Suspend

log = logging.getLogger(__name__)

RETRY_S = 1.0
SAFETY_S = 600.0  # events may get lost
WITHOUT_EVENTS_S = 5.0  # and no more than one owner a second
UNKNOWN_MEMBER = 10007  # https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
SCHEMA = """
CREATE TABLE IF NOT EXISTS cut_off (member INTEGER PRIMARY KEY) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Someone's role ids, None for who is not on the server."""

    roles: frozenset[int] | None
    is_banned: bool = False


def told(message: str, guild: int) -> tuple[int, Standing] | None:
    """What a websocket message says of whom, if anything.

    discord.py has events of its own for this, but not for the changed roles of somebody who is not in its cache.
    """
    if '"GUILD_MEMBER_' not in message and '"GUILD_BAN_ADD"' not in message:
        return None
    event = json.loads(message)
    data = event["d"]
    match event["t"]:
        case "GUILD_MEMBER_ADD" | "GUILD_MEMBER_UPDATE":
            standing = Standing(frozenset(map(int, data["roles"])))
        case "GUILD_MEMBER_REMOVE":
            standing = Standing(None)
        case "GUILD_BAN_ADD":
            standing = Standing(None, is_banned=True)
        case _:
            return None
    return (int(data["user"]["id"]), standing) if int(data["guild_id"]) == guild else None


def by_owner(listing: Listing) -> dict[int, list[PeerInfo]]:
    """The devices of Discord members: those that an admin added for nobody there are not the bot's business."""
    found: dict[int, list[PeerInfo]] = {}
    for peer in listing.peers:
        if peer.owner.isdecimal():
            found.setdefault(int(peer.owner), []).append(peer)
    return found


class Membership:
    """What is heard and what is found by asking ends up in `_news`, and stays there until it has been acted on."""

    def __init__(self, context: Context, *, hears: bool) -> None:
        self._context = context
        self._ledger = Ledger(context.memory)
        self._hears = hears
        self._news: dict[int, Standing] = {}
        self._stirred = asyncio.Event()
        self._again = asyncio.Event()
        self._asking: int | None = None
        self._cut_off: set[int] | None = None  # by the bot: who was suspended by an admin stays so

    def hear(self, message: str) -> None:
        """Of every websocket message, as it came."""
        found = told(message, self._context.guild_id)
        if found is None:
            return
        member, standing = found
        if self._asking == member:
            self._asking = None  # the answer may be older than this
        known = self._news.get(member)
        if not (known and known.is_banned and standing.roles is None):  # a ban is told together with the leaving
            self._learn(member, standing)

    def look_again(self) -> None:
        """Something has happened that may concern anybody."""
        self._again.set()

    async def run(self) -> Never:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(repeat(self._act, "cutting off who lost access", otherwise_s=RETRY_S))
            await repeat(self._look, "checking who has access", otherwise_s=RETRY_S)

    def _learn(self, member: int, standing: Standing) -> None:
        self._news[member] = standing
        self._stirred.set()

    async def _look(self) -> float:
        """Ask Discord about every owner, then wait until it is time to do so again."""
        self._again.clear()
        owners = by_owner(await self._context.gateway.call(List(actor=BOT, everyone=True)))
        await self._forget(owners)
        answers = [await self._ask(owner) for owner in owners]
        if not all(answers):
            pause_s = WITHOUT_EVENTS_S
        else:
            pause_s = SAFETY_S if self._hears else max(WITHOUT_EVENTS_S, len(owners))
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._again.wait()
        return 0

    async def _ask(self, owner: int) -> bool:
        """Reports whether that could be found out. Nothing but a plain answer counts: who could not be looked up,
        for whatever reason, keeps what they have."""
        guild = self._context.guild()
        if guild is None:
            return False
        self._asking = owner
        try:
            standing = Standing(frozenset((await guild.fetch_member(owner))._roles))
        except DISCORD_FAILURES as error:
            if not isinstance(error, discord.NotFound) or error.code != UNKNOWN_MEMBER:
                log.info("%s could not be looked up: %r", owner, error)
                return False
            standing = Standing(None)
        if self._asking == owner:
            self._learn(owner, standing)
        return True

    async def _act(self) -> float:
        """On all news; what cannot be acted on now is tried again."""
        await self._stirred.wait()
        guild = self._context.guild()
        if guild is None:
            return RETRY_S
        devices = by_owner(await self._context.gateway.call(List(actor=BOT, everyone=True)))
        for member, standing in list(self._news.items()):
            try:
                await self._settle(guild, member, standing, devices.get(member, ()))
            except DISCORD_FAILURES as error:
                log.info("the roles of %s could not be looked up: %r", member, error)
                continue
            if self._news[member] is standing:
                del self._news[member]
        if self._news:
            return RETRY_S
        self._stirred.clear()
        return 0

    async def _settle(
        self, guild: discord.Guild, member: int, standing: Standing, peers: list[PeerInfo] | tuple[()]
    ) -> None:
        if standing.roles is None:
            await self._forget_access(member)
        if not peers:
            return
        by_us = await self._known()
        if standing.roles is not None and await access_of(self._context, guild, member, standing.roles):
            if member in by_us and any(peer.suspended_at for peer in peers):
                await self._suspend(member, Reason.BACK, suspended=False)
            if member in by_us:
                await self._note(member, cut_off=False)
        elif not all(peer.suspended_at for peer in peers):
            await self._note(member, cut_off=True)
            left = Reason.BANNED if standing.is_banned else Reason.LEFT
            await self._suspend(member, left if standing.roles is None else Reason.NO_ROLE, suspended=True)

    async def _forget_access(self, member: int) -> None:
        try:
            await withdraw(self._context.memory, member)
            await self._ledger.no_longer_needed(member, State.LEFT, self._context.clock())
        except aiosqlite.Error as error:
            log.warning("%s keeps what access an admin gave, for coming back: %s", member, error)

    async def _suspend(self, member: int, reason: Reason, *, suspended: bool) -> None:
        log.info("%s the devices of %s: %s", "suspending" if suspended else "restoring", member, reason)
        await self._context.gateway.call(Suspend(actor=BOT, owner=str(member), suspended=suspended, reason=reason))

    async def _known(self) -> set[int]:
        if self._cut_off is None:
            self._cut_off = {member for (member,) in await self._context.memory.rows("SELECT member FROM cut_off")}
        return self._cut_off

    async def _note(self, member: int, *, cut_off: bool) -> None:
        by_us = await self._known()
        (by_us.add if cut_off else by_us.discard)(member)
        try:
            if cut_off:
                await self._context.memory.write("INSERT OR IGNORE INTO cut_off VALUES (?)", (member,))
            else:
                await self._context.memory.write("DELETE FROM cut_off WHERE member = ?", (member,))
        except aiosqlite.Error as error:
            log.warning("after a restart, `guildgate restore %s` may be needed: %s", member, error)

    async def _forget(self, owners: dict[int, list[PeerInfo]]) -> None:
        """Those who have no device left, or an admin's later decision about new ones would be undone."""
        for member in (await self._known()) - owners.keys():
            await self._note(member, cut_off=False)
