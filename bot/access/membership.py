"""Takes access away with membership: decides that a member is cut off that leaves the server or loses the role.

When the member has access again in time, the devices are restored. `Decisions` keeps what is decided and tells it to
the gateways. The devices of a member that is only a guest by now get a guest's end, and lose it when the member is more
again.
A standing is what Discord says about a member: the roles, and whether the member is on the server at all. It arrives
in events, which only the privileged members intent brings. Besides, Discord is asked about the owner of each device:
after a start, after events may have been missed, every `SAFETY_S`, and without the intent all the time. An answer that
is the same as before needs nothing of the gateway.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from math import inf
from typing import Never

import aiohttp
import aiosqlite
import discord

from bot.access.decisions import Decisions
from bot.access.grants import withdraw
from bot.access.requests import Ledger, RequestState
from bot.core.context import Context
from bot.core.interaction import DISCORD_FAILURES, access_of
from bot.core.live import Turn
from bot.core.roles import BOT, Access, Reason, is_id
from bot.core.service import attend, repeat
from gateway.api.contract import Action, AuditEntry, List, PeerInfo, SetGuest
from gateway.api.events import EventKind
from gateway.errors import GatewayError
from gateway.model import Duration

log = logging.getLogger(__name__)

RETRY_S = 1.0
SAFETY_S = 600.0  # between two checks of all owners, because Discord promises no delivery of events
WITHOUT_EVENTS_S = 5.0  # between two checks without events; longer with more owners, to ask for one a second
DOUBTED = {Action.JOIN, Action.GIVE, Action.RESTORE}  # at the terminal they give access without asking Discord
GAINS = {EventKind.PEER_ADDED, EventKind.PEER_CHANGED, EventKind.PEER_RESTORED}  # after them a member may have a device
ASKED_BESIDES = 50  # members that are cut off and have no device, in one check of all owners
MOST_TURNED_AWAY = 1000  # the newest ones without access and without a device that are remembered
IN_FLIGHT_S = 60.0  # a device may come so long after its member had access, as /join saw it
UNKNOWN_MEMBER = 10007  # https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
# The present table is that of decisions.py.
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


def owners_of(peers: Iterable[PeerInfo]) -> set[int]:
    """Return the Discord ids of the owners of devices. An owner that an admin made up at the terminal has none."""
    return {int(peer.owner) for peer in peers if is_id(peer.owner)}


def is_doubted(entry: AuditEntry) -> bool:
    """Report whether a member may have devices by this change without having access: an admin did it elsewhere."""
    return entry.action in DOUBTED and not is_id(entry.actor) and entry.actor != BOT.id


class Membership:
    """Collects standings in `_news`, where each stays until it has been acted on. `has_events`: events arrive."""

    def __init__(self, context: Context, decisions: Decisions, *, has_events: bool) -> None:
        self._context, self._decisions = context, decisions
        decisions.doubted = self.doubt
        self._ledger = Ledger(context.memory)
        self._has_events = has_events
        self._news: dict[int, Standing] = {}  # by member id
        self._acted_on: dict[int, Standing] = {}  # by member id, the last one
        self._has_news = asyncio.Event()
        self._again = asyncio.Event()
        self._asking: int | None = None
        self._is_unanswered = False  # the log has a line about it
        self._doubts: dict[int, datetime | None] = {}  # members to decide on anew, after which time
        self._turned_away: dict[int, Standing] = {}  # the last standing of members without access and without a device
        self._asked_besides = 0
        self._gone_at = -inf  # when a role was deleted, by time.monotonic()

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

    def role_is_gone(self) -> None:
        """Check all owners again, and members that get a device within `IN_FLIGHT_S`."""
        self._gone_at = time.monotonic()
        self.look_again()

    def doubt(self, member: int, after: datetime | None = None) -> None:
        """Ask Discord about a member, and decide anew, after the time `after`: a gateway holds something else."""
        self._doubts[member] = after
        self._acted_on.pop(member, None)
        self._again.set()

    async def run(self) -> Never:
        await self._decisions.load()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._decisions.run())
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
        await self._context.live.there()
        asked = set().union(*self._owners().values(), self._doubts)
        if not await self._ask_all([*asked, *self._besides(asked)]):
            pause_s = WITHOUT_EVENTS_S
        else:
            pause_s = SAFETY_S if self._has_events else max(WITHOUT_EVENTS_S, len(asked))
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._again.wait()
        return 0

    def _besides(self, asked: Collection[int]) -> list[int]:
        """Return some members that are cut off and have no device; others each time, because they may be thousands."""
        rest = [member for member in self._decisions.suspended() if member not in asked]
        begin = self._asked_besides % len(rest) if rest else 0
        self._asked_besides = begin + ASKED_BESIDES
        return list(islice(rest[begin:] + rest[:begin], ASKED_BESIDES))

    def _owners(self) -> dict[int, set[int]]:
        """Return the owners of devices by region, as each was heard last; none of a region that never was."""
        lasts = {region.number: region.live.last for region in self._decisions.regions}
        return {number: owners_of(row.peer for row in last.peers.values()) for number, last in lasts.items() if last}

    async def _heed(self, turn: Turn) -> None:
        """Take in which members have devices, and check again when an admin at the terminal gave one."""
        if turn.is_anew:
            self._acted_on.clear()
            present = set().union(*self._owners().values())
            for member in present & self._turned_away.keys():
                self._learn(member, self._turned_away.pop(member))
        for event in turn.events:
            if event.peer and event.kind in GAINS:
                self._gained(event.peer.peer)
        if any(event.entry and is_doubted(event.entry) for event in turn.events):
            self.look_again()

    def _gained(self, peer: PeerInfo) -> None:
        """Look at a member that has a device now, and by what is known should not use it."""
        if not is_id(peer.owner) or peer.suspended_at:
            return
        member = int(peer.owner)
        if standing := self._turned_away.pop(member, None):
            self._learn(member, standing)
        decision = self._decisions.of(member)
        told = (self._decisions.is_confirmed(each.number, member) for each in self._decisions.regions)
        if decision and decision.suspended and any(told):
            self.doubt(member)
        elif member not in self._acted_on and time.monotonic() - self._gone_at < IN_FLIGHT_S:
            self._again.set()  # the member may have had access by that role, and no look after it knew of the device

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
        """Decide on all news; what cannot be decided now is tried again."""
        await self._has_news.wait()
        guild = self._context.guild()
        if guild is None:
            return RETRY_S
        failure: GatewayError | None = None
        for member, standing in list(self._news.items()):
            try:
                is_settled = await self._settle(guild, member, standing)
            except DISCORD_FAILURES as error:
                log.info("the roles of %s could not be looked up: %r", member, error)
                continue
            except GatewayError as error:
                failure = error
                continue
            if is_settled and self._news[member] is standing:
                del self._news[member]
        if failure:
            raise failure
        if self._news:
            return RETRY_S
        self._has_news.clear()
        return 0

    async def _settle(self, guild: discord.Guild, member: int, standing: Standing) -> bool:
        """Decide what a standing asks for; report whether that is all. Raise GatewayError and DISCORD_FAILURES."""
        if standing.roles is None:
            await self._forget_access(member)
        access = Access.NONE
        if standing.roles is not None:
            access = await access_of(self._context, guild, member, standing.roles)
        decision, known = self._decisions.of(member), self._owners()
        is_owner = any(member in each for each in known.values())
        if is_owner or decision:
            self._acted_on[member] = standing
        if access:
            self._turned_away.pop(member, None)
            if member in self._doubts or (decision and decision.suspended):
                await self._decide(member, Reason.BACK, suspended=False)
            await self._settle_guest(member, access, [number for number, each in known.items() if member in each])
            return True
        if not (is_owner or decision or standing.is_banned or member in self._doubts):
            self._turned_away[member] = standing
            if len(self._turned_away) > MOST_TURNED_AWAY:
                del self._turned_away[next(iter(self._turned_away))]
            return all(region.number in known for region in self._decisions.regions)
        if member in self._doubts or decision is None or not decision.suspended:
            left = Reason.BANNED if standing.is_banned else Reason.LEFT
            await self._decide(member, left if standing.roles is None else Reason.NO_ROLE, suspended=True)
            if is_owner:
                self._decisions.report(member)
        return True

    async def _settle_guest(self, member: int, access: Access, numbers: Collection[int]) -> None:
        """Let the devices of a member end as a guest's do, or no more. Raise GatewayError.

        `numbers`: the regions with such devices.
        """
        guest_for = self._context.section.guest_duration if access is Access.GUEST else Duration(None)
        for region in self._decisions.regions:
            if region.number not in numbers:
                continue
            listing = await region.call(List(actor=BOT, everyone=True))
            has_devices = any(peer.owner == str(member) for peer in listing.peers)
            if has_devices and (str(member) in listing.guests) != (guest_for.length is not None):
                log.info("%s is %s now", member, "a guest" if guest_for.length else "no guest")
                await region.call(SetGuest(actor=BOT, owner=str(member), duration=guest_for))

    async def _forget_access(self, member: int) -> None:
        try:
            await withdraw(self._context.memory, member)
            await self._ledger.no_longer_needed(member, RequestState.LEFT, self._context.clock())
        except aiosqlite.Error as error:
            log.warning("%s keeps what access an admin gave, for coming back: %s", member, error)

    async def _decide(self, member: int, reason: Reason, *, suspended: bool) -> None:
        log.info("%s %s: %s", "cutting off" if suspended else "restoring", member, reason)
        after = self._doubts.get(member)
        await self._decisions.decide(member, suspended=suspended, reason=reason, after=after)
        if self._doubts.get(member) == after:
            self._doubts.pop(member, None)

    # -- for Retention

    async def members(self) -> Iterable[tuple[str, str]]:
        rows = await self._context.memory.rows("SELECT member FROM decisions UNION SELECT member FROM grants")
        return [(str(member), "") for (member,) in rows]

    async def forget(self, member: str, names: Collection[str]) -> bool:
        if is_id(member) and not await self._decisions.forget(int(member)):
            return False
        await self._context.memory.write("DELETE FROM grants WHERE member = ?", (member,))
        return True
