"""The bot's own table of members that are cut off: the newest decision on each, and the gateways that confirmed it.

A decision is on the disk before any gateway hears of it. It is told to each gateway directly, again and again, until
that one has confirmed it after its own commit. When a gateway is heard again, what it holds is compared with the table,
because it may have been restored from an older backup. Several gateways are regions, which are compared as well every
`COMPARE_S`. One alone is region 0.

A fleet has a log as well, which regions read also while the bot is away. It gets each decision like one more region,
and is asked nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Never, Protocol, TypeVar
from uuid import uuid4

import aiosqlite

from bot.core.live import Live, Mirror, Turn
from bot.core.memory import Memory
from bot.core.notes import CutOffLater, Note
from bot.core.roles import BOT, is_id
from bot.core.service import attend, repeat
from gateway.api.contract import Request
from gateway.api.decisions import Decide, GetDecisions
from gateway.api.forgetting import GetErasures
from gateway.errors import GatewayError, GatewayTimeout, GatewayUnreachable
from gateway.model import Decision

log = logging.getLogger(__name__)

A = TypeVar("A")

RETRY_S = 1.0
TOLD_S = 5.0  # for the regions that are there, before an admin reads which ones have it
COMPARE_S = 600.0  # in a fleet, because a region may lose what it holds without ever being away
AWAY = (GatewayUnreachable, GatewayTimeout)
LOG, ITSELF = -1, 0  # the log's number in `confirmed`, and there the member whose row holds the log's own name
# A member that an older version had cut off is told about once more, which changes nothing there.
SCHEMA = """
CREATE TABLE decisions (
    member INTEGER PRIMARY KEY, id TEXT NOT NULL, at TEXT NOT NULL, suspended INTEGER NOT NULL, revoked_before TEXT,
    reason TEXT NOT NULL
) STRICT;
CREATE TABLE confirmed (
    region INTEGER NOT NULL, member INTEGER NOT NULL, decision TEXT NOT NULL, PRIMARY KEY (region, member)
) STRICT;
INSERT INTO decisions
    SELECT member, lower(hex(randomblob(16))), strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'), 1, NULL, '' FROM cut_off;
DROP TABLE cut_off;
"""


class Region(Protocol):
    """A gateway of the fleet, or the only one."""

    @property
    def name(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def live(self) -> Live: ...
    async def call(self, request: Request[A]) -> A: ...


class Log(Protocol):
    """The log of a fleet. All but `news` raise GatewayUnreachable."""

    news: asyncio.Event
    """Set when there may be something to write."""

    @property
    def name(self) -> str:
        """Return what no other log has, also not one that was made in its place."""
        ...

    async def write(self, request: Decide) -> None: ...
    async def erase(self, owner: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Spread:
    """How far a decision has come: the regions that confirmed it, and the others, each with the time it went away."""

    done: tuple[str, ...]
    away: tuple[tuple[str, datetime], ...]


class Around(Protocol):
    """What the table needs of the bot's context."""

    @property
    def memory(self) -> Memory: ...
    @property
    def live(self) -> Mirror: ...
    @property
    def note(self) -> Callable[[Note], None]: ...
    @property
    def clock(self) -> Callable[[], datetime]: ...


class Decisions:
    """The table, and the service that tells it to the gateways.

    `doubted` is called with a member and a time when a gateway holds something else than was decided. Discord has to be
    asked about the member then, and what comes of it must be decided after that time.
    """

    def __init__(self, context: Around, regions: Callable[[], Sequence[Region]], written: Log | None = None) -> None:
        """Take what returns all gateways; they may become others. `written`: the log, in a fleet."""
        self._context, self._regions, self._log = context, regions, written
        self._memory = context.memory
        self.doubted: Callable[[int, datetime], None] = lambda member, at: None
        self._rows: dict[int, tuple[Decision, str]] = {}  # with the reason, by member
        self._confirmed: dict[int, dict[int, str]] = {}  # by region and member, the decision's id
        self._is_loaded = False
        self._loading = asyncio.Lock()
        self._news: dict[int, asyncio.Event] = {}  # by region, that there may be something to tell
        self._told = asyncio.Condition()
        self._reports = asyncio.Queue[int]()  # members, for the log channel

    @property
    def regions(self) -> Sequence[Region]:
        return self._regions()

    async def load(self) -> None:
        """Read the table once; raise aiosqlite.Error."""
        async with self._loading:
            if self._is_loaded:
                return
            for row in await self._memory.rows("SELECT * FROM decisions ORDER BY at"):
                decision, reason = _decision(*row)
                self._rows[int(decision.owner)] = decision, reason
            for region, member, decision_id in await self._memory.rows("SELECT * FROM confirmed"):
                self._confirmed.setdefault(region, {})[member] = decision_id
            self._is_loaded = True

    def of(self, member: int) -> Decision | None:
        """Return the newest decision on a member."""
        row = self._rows.get(member)
        return row[0] if row else None

    def suspended(self) -> Iterable[int]:
        """Return the members that are cut off."""
        return [member for member, (decision, _) in self._rows.items() if decision.suspended]

    def is_confirmed(self, region: int, member: int) -> bool:
        row = self._rows.get(member)
        return row is not None and self._confirmed.get(region, {}).get(member) == row[0].id

    async def decide(self, member: int, *, suspended: bool, reason: str, after: datetime | None = None) -> None:
        """Decide whether a member is cut off, after all that was decided before, and after the time `after`."""
        before = self.of(member)
        revoked = before.revoked_before if before else None
        await self._write(self._made(member, after, suspended=suspended, revoked_before=revoked), reason)

    async def revoke(self, member: int, reason: str) -> None:
        """Decide that all devices of a member, which are there now, are void wherever they are."""
        before = self.of(member)
        suspended = before is not None and before.suspended
        now = self._context.clock()
        await self._write(self._made(member, None, suspended=suspended, revoked_before=now), reason)

    def _made(
        self, member: int, after: datetime | None, *, suspended: bool, revoked_before: datetime | None
    ) -> Decision:
        before = self.of(member)
        earlier = [at for at in (before.at if before else None, after) if at]
        at = max([self._context.clock(), *(each + timedelta(microseconds=1) for each in earlier)])
        return Decision(id=uuid4().hex, at=at, owner=str(member), suspended=suspended, revoked_before=revoked_before)

    async def _write(self, decision: Decision, reason: str) -> None:
        member = int(decision.owner)
        self._rows.pop(member, None)  # so that the order stays that of the decisions
        self._rows[member] = decision, reason
        before = decision.revoked_before.isoformat() if decision.revoked_before else None
        values = (member, decision.id, decision.at.isoformat(), int(decision.suspended), before, reason)
        try:
            await self._memory.write("INSERT OR REPLACE INTO decisions VALUES (?,?,?,?,?,?)", values)
        except aiosqlite.Error as error:
            log.warning("a restart of the bot forgets what it decided on %s: %s", member, error)
        self._wake()

    def _wake(self) -> None:
        for event in self._news.values():
            event.set()

    def spread(self, member: int) -> Spread:
        """Return how far the newest decision on a member has come."""
        done = [each.name for each in self.regions if self.is_confirmed(each.number, member)]
        rest = [each for each in self.regions if not self.is_confirmed(each.number, member)]
        now = self._context.clock()
        return Spread(tuple(done), tuple((each.name, each.live.away_since or now) for each in rest))

    async def told(self, member: int, within_s: float = TOLD_S) -> Spread:
        """Return how far a decision has come once all regions that are there have it, or after `within_s`."""

        def is_told() -> bool:
            there = [each for each in self.regions if each.live.view]
            return all(self.is_confirmed(each.number, member) for each in there)

        try:
            async with asyncio.timeout(within_s), self._told:
                await self._told.wait_for(is_told)
        except TimeoutError:
            pass
        return self.spread(member)

    def report(self, member: int) -> None:
        """Let the log channel say which regions have a decision only later. One gateway alone is no region."""
        if len(self.regions) > 1:
            self._reports.put_nowait(member)

    # -- the service

    async def run(self) -> Never:
        await self.load()
        keeping: dict[Region, asyncio.Task[Never]] = {}
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_reporting())
            if self._log:
                tasks.create_task(self._keep_writing(self._log))

            async def meet(turn: Turn) -> None:
                present = self.regions
                for gone in [region for region in keeping if region not in present]:
                    keeping.pop(gone).cancel()
                for region in present:
                    if region not in keeping:
                        keeping[region] = tasks.create_task(self._keep(region))

            follower = self._context.live.follow()
            await attend(follower, meet, "following the regions", otherwise_s=RETRY_S)

    async def _keep_reporting(self) -> Never:
        while True:
            member = await self._reports.get()
            spread = await self.told(member)
            if spread.away:
                self._context.note(CutOffLater(member, spread.done, spread.away))

    async def _keep(self, region: Region) -> Never:
        """Tell a gateway what it lacks, and compare what it holds."""
        news = self._news.setdefault(region.number, asyncio.Event())
        news.set()
        compared = 0.0

        async def heed(turn: Turn) -> float | None:
            nonlocal compared
            if region.live.view is None:
                return None
            now = asyncio.get_running_loop().time
            if turn.is_anew or now() - compared >= COMPARE_S:
                await self._compare(region)
                compared = now()
                news.set()
            return max(0.0, compared + COMPARE_S - now()) if region.name else None

        async with asyncio.TaskGroup() as tasks:
            tell = partial(self._tell, region.number, partial(self._tell_one, region), news)
            tasks.create_task(repeat(tell, f"telling {region.name or 'the gateway'} decisions", otherwise_s=RETRY_S))
            await attend(region.live.follow(), heed, "comparing decisions", otherwise_s=RETRY_S)

    async def _keep_writing(self, written: Log) -> Never:
        """Write each decision to the log, and to another log all of them."""
        self._news[LOG] = written.news
        written.news.set()
        await repeat(partial(self._write_on, written), "writing decisions to the log", otherwise_s=RETRY_S)

    async def _write_on(self, written: Log) -> float:
        await written.news.wait()
        if self._confirmed.get(LOG, {}).get(ITSELF) != (name := written.name):
            await self._memory.write("DELETE FROM confirmed WHERE region = ?", (LOG,))
            self._confirmed[LOG] = {}
            await self._confirm(LOG, ITSELF, name)
        await self._tell(LOG, partial(self._write_one, written), written.news)
        if written.name != name:  # it became another one meanwhile
            written.news.set()
        return 0

    async def _write_one(self, written: Log, request: Decide) -> None:
        await written.write(request)
        if int(request.owner) not in self._rows:
            await written.erase(request.owner)
        await self._confirm(LOG, int(request.owner), request.decision)

    async def _tell(self, place: int, one: Callable[[Decide], Awaitable[None]], news: asyncio.Event) -> float:
        """Tell a region or the log each decision that it has not confirmed, in their order. Raise GatewayError.

        A decision that it refuses keeps no other one waiting.
        """
        await news.wait()
        refusal: GatewayError | None = None
        for member, (decision, reason) in list(self._rows.items()):
            if self.is_confirmed(place, member) or self.of(member) != decision:
                continue
            try:
                await one(_request(decision, reason))
            except AWAY:
                raise
            except GatewayError as error:
                refusal = error
        if refusal:
            raise refusal
        if all(self.is_confirmed(place, member) for member in self._rows):
            news.clear()
        return 0

    async def _tell_one(self, region: Region, request: Decide) -> None:
        member, held = int(request.owner), (await region.call(request)).held
        await self._confirm(region.number, member, request.decision)
        if (decision := self.of(member)) and decision.id == request.decision:
            self._judge(decision, held)

    async def _confirm(self, place: int, member: int, decision: str) -> None:
        if member not in self._rows and member != ITSELF:  # forgotten in between
            return
        self._confirmed.setdefault(place, {})[member] = decision
        try:
            values = (place, member, decision)
            await self._memory.write("INSERT OR REPLACE INTO confirmed VALUES (?,?,?)", values)
        except aiosqlite.Error as error:
            log.warning("a restart of the bot tells a decision on %s again: %s", member, error)
        async with self._told:
            self._told.notify_all()

    async def _compare(self, region: Region) -> None:
        """Look for what a gateway lacks, and for what it holds that was never decided here. Raise GatewayError."""
        await self.load()
        found = (await region.call(GetDecisions(actor=BOT))).decisions
        # Asked later, because the gateway forgets a decision and owes its erasure in one transaction.
        erasures = (await region.call(GetErasures(actor=BOT))).erasures
        held = {int(each.owner): each for each in found if is_id(each.owner)}
        for member, (decision, _) in list(self._rows.items()):
            there = held.pop(member, None)
            if self.of(member) != decision:  # it was decided anew meanwhile, so this is told again
                continue
            if there and (there.id == decision.id or there.is_newer_than(decision)):
                await self._confirm(region.number, member, decision.id)
                self._judge(decision, there)
            elif not any(erasure.is_of(str(member)) for erasure in erasures):
                self._confirmed.get(region.number, {}).pop(member, None)
        for member, there in held.items():
            if there.suspended and member not in self._rows:  # this table is older than the gateway's
                self.doubted(member, there.at)

    def _judge(self, decision: Decision, held: Decision) -> None:
        """Doubt a decision when the gateway holds a newer one, or an admin has lifted it there.

        One that was followed by another meanwhile is not doubted, because the gateway did not know of that one yet.
        """
        if self.of(int(decision.owner)) != decision:
            return
        if held.id != decision.id or held.suspended != decision.suspended:
            log.info("the gateway holds another decision on %s", decision.owner)
            self.doubted(int(decision.owner), max(held.at, decision.at))

    # -- for Retention, by Membership

    def members(self) -> Iterable[int]:
        return list(self._rows)

    async def forget(self, member: int) -> bool:
        """Forget a member; raise aiosqlite.Error. Report whether nothing is left: the log may be away."""
        if self._log and member in self._rows:
            try:
                await self._log.erase(str(member))
            except AWAY:
                return False
        self._rows.pop(member, None)  # first, so that nothing is confirmed any more
        for confirmed in self._confirmed.values():
            confirmed.pop(member, None)
        await self._memory.write("DELETE FROM decisions WHERE member = ?", (member,))
        await self._memory.write("DELETE FROM confirmed WHERE member = ?", (member,))
        return True


def _request(decision: Decision, reason: str) -> Decide:
    return Decide(
        actor=BOT,
        decision=decision.id,
        at=decision.at,
        owner=decision.owner,
        suspended=decision.suspended,
        revoked_before=decision.revoked_before,
        reason=reason,
    )


def _decision(
    member: int, ident: str, at: str, suspended: int, revoked_before: str | None, reason: str
) -> tuple[Decision, str]:
    made = Decision(
        id=ident,
        at=datetime.fromisoformat(at),
        owner=str(member),
        suspended=bool(suspended),
        revoked_before=datetime.fromisoformat(revoked_before) if revoked_before else None,
    )
    return made, reason
