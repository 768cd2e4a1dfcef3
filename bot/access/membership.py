"""Takes access away with membership: suspends the devices of a member that leaves the server or loses the role.

When the member has access again in time, the devices are restored. The devices of a member that is only a guest by now
get a guest's end, and lose it when the member is more again.
A standing is what Discord says about a member: the roles, and whether the member is on the server at all. It arrives
in events, which only the privileged members intent brings. Besides, Discord is asked about the owner of each device:
after a start, after events may have been missed, every `SAFETY_S`, and without the intent all the time. An answer that
is the same as before needs nothing of the gateway.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Never

import aiohttp
import aiosqlite
import discord

from bot.access.grants import withdraw
from bot.access.requests import Ledger, RequestState
from bot.core.context import Context
from bot.core.interaction import DISCORD_FAILURES, access_of
from bot.core.live import Turn
from bot.core.roles import BOT, Access, Reason, is_id
from bot.core.service import attend, repeat
from gateway.api.contract import Action, AuditEntry, List, PeerInfo, SetGuest, Suspend
from gateway.api.events import EventKind
from gateway.model import Duration

log = logging.getLogger(__name__)

RETRY_S = 1.0
SAFETY_S = 600.0  # between two checks of all owners, because Discord promises no delivery of events
WITHOUT_EVENTS_S = 5.0  # between two checks without events; longer with more owners, to ask for one a second
DOUBTED = {Action.JOIN, Action.GIVE, Action.RESTORE}  # at the terminal they give access without asking Discord
LOSSES = {EventKind.PEER_REVOKED, EventKind.PEER_CHANGED}  # after them the former owner may have no device
UNKNOWN_MEMBER = 10007  # https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
SCHEMA = """
CREATE TABLE IF NOT EXISTS cut_off (member INTEGER PRIMARY KEY) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What Discord says about a member. `roles`: the ids of the roles, None when the member is not on the server."""

    roles: frozenset[int] | None
    is_banned: bool = False


def parse_event(message: str, guild: int) -> tuple[int, Standing] | None:
    """Parse a raw websocket message: (member id, standing), or None if it is not about membership of the guild.

    discord.py has events for this, but reports no changed roles of a member that is not in its cache.
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


def by_owner(peers: Iterable[PeerInfo]) -> dict[int, list[PeerInfo]]:
    """Return the devices by the Discord id of their owner.

    An owner that an admin made up at the terminal has no such id: those devices are left out.
    """
    found: dict[int, list[PeerInfo]] = {}
    for peer in peers:
        if is_id(peer.owner):
            found.setdefault(int(peer.owner), []).append(peer)
    return found


def is_doubted(entry: AuditEntry) -> bool:
    """Report whether a member may have devices by this change without having access: an admin did it elsewhere."""
    return entry.action in DOUBTED and not is_id(entry.actor) and entry.actor != BOT.id


class Membership:
    """Collects standings in `_news`, where each stays until it has been acted on. `has_events`: events arrive."""

    def __init__(self, context: Context, *, has_events: bool) -> None:
        self._context = context
        self._ledger = Ledger(context.memory)
        self._has_events = has_events
        self._news: dict[int, Standing] = {}  # by member id
        self._acted_on: dict[int, Standing] = {}  # by member id, the last one
        self._has_news = asyncio.Event()
        self._again = asyncio.Event()
        self._asking: int | None = None
        self._is_unanswered = False  # the log has a line about it
        # Members whose devices the bot suspended; None until read. A suspension by an admin is not the bot's to lift.
        self._cut_off: set[int] | None = None

    def receive(self, message: str) -> None:
        """Take a raw websocket message."""
        found = parse_event(message, self._context.guild_id)
        if found is None:
            return
        member, standing = found
        if self._asking == member:
            self._asking = None  # Discord's answer may be older than this event, and is dropped
        known = self._news.get(member)
        # A ban brings a second event, that the member left. The ban stays, because it is the reason to give.
        if not (known and known.is_banned and standing.roles is None):
            self._learn(member, standing)

    def look_again(self) -> None:
        """Check all owners again soon, because something changed that may concern each of them."""
        self._acted_on.clear()
        self._again.set()

    async def run(self) -> Never:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(repeat(self._act, "cutting off members without access", otherwise_s=RETRY_S))
            follower = self._context.live.follow()
            tasks.create_task(attend(follower, self._heed, "following the devices of members", otherwise_s=RETRY_S))
            await repeat(self._look, "checking the access of members", otherwise_s=RETRY_S)

    def _learn(self, member: int, standing: Standing) -> None:
        self._news[member] = standing
        self._has_news.set()

    async def _look(self) -> float:
        """Ask Discord about every owner, then wait until it is time to do so again."""
        self._again.clear()
        view = await self._context.live.there()
        owners = by_owner(row.peer for row in view.peers.values())
        if not await self._ask_all(owners):
            pause_s = WITHOUT_EVENTS_S
        else:
            pause_s = SAFETY_S if self._has_events else max(WITHOUT_EVENTS_S, len(owners))
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._again.wait()
        return 0

    async def _heed(self, turn: Turn) -> None:
        """Take in which members have devices, and check again when an admin at the terminal gave one."""
        if turn.is_anew:
            self._acted_on.clear()
        if (view := self._context.live.view) and (turn.is_anew or any(each.kind in LOSSES for each in turn.events)):
            await self._forget(by_owner(row.peer for row in view.peers.values()))
        if any(event.entry and is_doubted(event.entry) for event in turn.events):
            self.look_again()

    async def _ask_all(self, owners: Iterable[int]) -> bool:
        """Ask Discord about every owner; report whether it answered each time.

        While it cannot be reached, or limits these questions, no further owner is asked about.
        """
        try:
            answers = [await self._ask(owner) for owner in owners]
        except (discord.RateLimited, aiohttp.ClientError, OSError) as error:
            if not self._is_unanswered:
                log.info("the members' access is checked later: %s", " ".join(str(error).split()))
            self._is_unanswered = True
            return False
        self._is_unanswered = False
        return all(answers)

    async def _ask(self, owner: int) -> bool:
        """Ask Discord for a member's standing; report whether it answered. Raise when it cannot be asked.

        Only a plain answer counts. After any failure the member keeps the present access.
        """
        guild = self._context.guild()
        if guild is None:
            return False
        self._asking = owner
        try:
            standing = Standing(frozenset((await guild.fetch_member(owner))._roles))
        except discord.HTTPException as error:
            if not isinstance(error, discord.NotFound) or error.code != UNKNOWN_MEMBER:
                log.info("%s could not be looked up: %r", owner, error)
                return False
            standing = Standing(None)
        if self._asking == owner and self._acted_on.get(owner) != standing:
            self._learn(owner, standing)
        return True

    async def _act(self) -> float:
        """Settle all news; what cannot be settled now is tried again."""
        await self._has_news.wait()
        guild = self._context.guild()
        if guild is None:
            return RETRY_S
        listing = await self._context.gateway.call(List(actor=BOT, everyone=True))
        devices = by_owner(listing.peers)
        for member, standing in list(self._news.items()):
            if member in devices:
                self._acted_on[member] = standing
            try:
                is_guest = str(member) in listing.guests
                await self._settle(guild, member, standing, devices.get(member, ()), is_guest=is_guest)
            except DISCORD_FAILURES as error:
                log.info("the roles of %s could not be looked up: %r", member, error)
                continue
            if self._news[member] is standing:
                del self._news[member]
        if self._news:
            return RETRY_S
        self._has_news.clear()
        return 0

    async def _settle(
        self, guild: discord.Guild, member: int, standing: Standing, peers: Sequence[PeerInfo], *, is_guest: bool
    ) -> None:
        """Suspend or restore the devices of a member, or change their end, if the standing asks for it.

        `is_guest`: the gateway knows the member as a guest.
        """
        if standing.roles is None:
            await self._forget_access(member)
        if not peers:
            return
        by_us = await self._known()
        access = Access.NONE
        if standing.roles is not None:
            access = await access_of(self._context, guild, member, standing.roles)
        if access:
            if member in by_us and any(peer.suspended_at for peer in peers):
                await self._suspend(member, Reason.BACK, suspended=False)
            if member in by_us:
                await self._note(member, cut_off=False)
            guest_for = self._context.section.guest_duration if access is Access.GUEST else Duration(None)
            if is_guest != (guest_for.length is not None):
                log.info("%s is %s now", member, "a guest" if guest_for.length else "no guest")
                await self._context.gateway.call(SetGuest(actor=BOT, owner=str(member), duration=guest_for))
        elif not all(peer.suspended_at for peer in peers):
            await self._note(member, cut_off=True)
            left = Reason.BANNED if standing.is_banned else Reason.LEFT
            await self._suspend(member, left if standing.roles is None else Reason.NO_ROLE, suspended=True)

    async def _forget_access(self, member: int) -> None:
        try:
            await withdraw(self._context.memory, member)
            await self._ledger.no_longer_needed(member, RequestState.LEFT, self._context.clock())
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
        """Forget members without devices, or the bot would restore new ones that an admin suspended."""
        for member in (await self._known()) - owners.keys():
            await self._note(member, cut_off=False)

    # -- for Retention

    async def members(self) -> Iterable[tuple[str, str]]:
        rows = await self._context.memory.rows("SELECT member FROM cut_off UNION SELECT member FROM grants")
        return [(str(member), "") for (member,) in rows]

    async def forget(self, member: str, names: Collection[str]) -> bool:
        await self._context.memory.write("DELETE FROM cut_off WHERE member = ?", (member,))
        await self._context.memory.write("DELETE FROM grants WHERE member = ?", (member,))
        self._cut_off = None
        return True
