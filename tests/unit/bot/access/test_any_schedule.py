"""Bans and restores, with gateways and the bot failing anywhere: at rest each gateway holds what Discord says.

The table of decisions is the bot's own, on disk, and so is each gateway's state with its planner. Some schedules run in
the unit tests, many with `./test --all`.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar, cast
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from bot.access import decisions
from bot.access.decisions import Decisions, Region
from bot.app import SCHEMA
from bot.core.context import Context
from bot.core.live import Follower, Live
from bot.core.memory import Memory
from bot.core.roles import Reason
from gateway.api.contract import Actor, Join, Request, Revoked, Suspend
from gateway.errors import GatewayUnreachable
from gateway.model import Desired
from gateway.state.store import ITSELF, Audit
from tests.unit.builders import ADMIN, NOW, key
from tests.unit.running import Running, a_kernel, running

T = TypeVar("T")
A = TypeVar("A")
MEMBERS = (11, 12, 13)
WITHOUT_DEVICE = 13

members = st.sampled_from(MEMBERS)
numbers = st.sampled_from((1, 2))
pytestmark = pytest.mark.timeout(3600)


@cache
def begun() -> tempfile.TemporaryDirectory[str]:
    """Return the databases of two gateways with devices and of a bot. Each schedule begins with copies of these."""
    folder = tempfile.TemporaryDirectory()

    async def make() -> None:
        for number in (1, 2):
            place = Place(number, folder.name)
            await place.start()
            for member in MEMBERS:
                if member != WITHOUT_DEVICE:
                    await place.call(Join(actor=a_member(member), device="pc", public_key=key()))
            await place.kill()
        async with Memory.open(Path(folder.name), SCHEMA):
            pass

    asyncio.run(make())
    return folder


class Place:
    """A region: a gateway that may be killed, cut off, or put back to an older state, and may lose its answers."""

    def __init__(self, number: int, folder: str) -> None:
        self.name, self.number = f"region-{number}", number
        self._path, self._kernel = Path(folder, f"{number}.db"), a_kernel()
        self.followers: list[Follower] = []
        self._stack = AsyncExitStack()
        self._running: Running | None = None
        self._asked = set[asyncio.Future[Any]]()
        self.is_cut_off = self.loses_answers = False
        self.backup = Desired()
        self.live = cast(Live, self)

    # -- as its mirror

    @property
    def view(self) -> object | None:
        return None if self.is_cut_off else self._running

    @property
    def away_since(self) -> datetime | None:
        return None if self.view else NOW

    def follow(self) -> Follower:
        self.followers.append(Follower())
        return self.followers[-1]

    # -- as its gateway

    @property
    def is_running(self) -> bool:
        return self._running is not None

    @property
    def gateway(self) -> Running:
        assert self._running
        return self._running

    async def call(self, request: Request[A]) -> A:
        if self._running is None or self.is_cut_off:
            raise GatewayUnreachable
        # A gateway carries out what it was asked, also when the bot that asked has ended.
        asked = asyncio.ensure_future(self._running.ask(request))
        self._asked.add(asked)
        asked.add_done_callback(self._asked.discard)
        answer: A = await asyncio.shield(asked)
        if self.loses_answers or self.is_cut_off:
            raise GatewayUnreachable
        return answer

    async def start(self) -> None:
        if self._running is None:
            self._running = await self._stack.enter_async_context(running(self._path, self._kernel))
            self.tell()

    def tell(self) -> None:
        """Let the bot look at everything, as it does when it hears the region again."""
        for follower in self.followers:
            follower.wake()

    def cut(self, *, is_off: bool) -> None:
        self.is_cut_off = is_off
        self.tell()

    async def kill(self) -> None:
        self._running = None
        await asyncio.gather(*self._asked, return_exceptions=True)
        await self._stack.aclose()

    async def restore(self, before: Desired) -> None:
        """Put an older state in place, while it is not served."""
        await self.kill()
        async with running(self._path, self._kernel) as stopped:
            edited = before, Revoked(peers=(), forwards=()), Audit(ITSELF, "import", "a backup")  # type: ignore[arg-type]
            await stopped.state.change(lambda _: edited, Revoked)
        await self.start()


class Counting(Decisions):
    """The table, which counts the comparisons with each region."""

    def __init__(self, context: Context, regions: Callable[[], Sequence[Region]]) -> None:
        super().__init__(context, regions)
        self.comparisons = Counter[int]()

    async def _compare(self, region: Region) -> None:
        await super()._compare(region)
        self.comparisons[region.number] += 1


class AnySchedule(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        logging.disable(logging.CRITICAL)  # because each schedule logs what is away
        self.patch = mock.patch.object(decisions, "RETRY_S", 0.001)
        self.patch.start()
        self.runner = asyncio.Runner()
        made = begun().name
        self.folder = tempfile.TemporaryDirectory()
        shutil.copytree(made, self.folder.name, dirs_exist_ok=True)
        self.places = [Place(number, self.folder.name) for number in (1, 2)]
        self.banned = dict.fromkeys(MEMBERS, False)
        self.doubted: dict[int, datetime] = {}
        self.bot = AsyncExitStack()
        self.is_bot_there = False
        self.run(self.begin())

    def teardown(self) -> None:
        try:
            self.run(self.rest())
        finally:
            self.run(self.end())
            self.runner.close()
            self.folder.cleanup()
            self.patch.stop()
            logging.disable(logging.NOTSET)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.get_loop().run_until_complete(work)

    async def begin(self) -> None:
        for place in self.places:
            await place.start()
            place.backup = place.gateway.state.desired
        await self.start_bot()

    async def end(self) -> None:
        await self.bot.aclose()
        for place in self.places:
            await place.kill()

    async def start_bot(self) -> None:
        """Start the bot, which asks Discord about all members first."""
        if self.is_bot_there:
            return
        memory = await self.bot.enter_async_context(Memory.open(Path(self.folder.name), SCHEMA))
        context = SimpleNamespace(memory=memory, live=self.places[0], clock=lambda: NOW)
        self.table = Counting(cast(Context, context), lambda: self.places)
        self.table.doubted = self.doubt
        service = asyncio.create_task(self.table.run())

        async def stop() -> None:
            service.cancel()
            await asyncio.gather(service, return_exceptions=True)

        self.bot.push_async_callback(stop)
        await self.table.load()
        self.is_bot_there = True
        for member in MEMBERS:
            await self.heard(member)

    async def stop_bot(self) -> None:
        await self.bot.aclose()
        self.is_bot_there = False
        self.doubted.clear()

    def doubt(self, member: int, after: datetime) -> None:
        self.doubted[member] = after

    async def heard(self, member: int) -> None:
        """Let the bot decide by what Discord says of a member, as `Membership` does."""
        decision, is_banned = self.table.of(member), self.banned[member]
        if member in self.doubted or is_banned != (decision is not None and decision.suspended):
            after = self.doubted.pop(member, None)
            reason = Reason.BANNED if is_banned else Reason.BACK
            await self.table.decide(member, suspended=is_banned, reason=reason, after=after)

    async def rest(self) -> None:
        """Let everything be there again and nothing be left to do. Then each gateway holds what Discord says."""
        await self.start_bot()
        for place in self.places:
            place.loses_answers = False
            place.cut(is_off=False)
            await place.start()
        async with asyncio.timeout(60):
            await self.compared()
            while self.doubted or not self.is_told():
                for member in list(self.doubted):
                    await self.heard(member)
                await asyncio.sleep(0.001)
            await self.compared()
            assert not self.doubted
            assert self.is_told()
        for place in self.places:
            desired = place.gateway.state.desired
            assert {member: desired.is_suspended(str(member)) for member in MEMBERS} == self.banned
            assert all(bool(p.suspended_at) == self.banned[int(p.owner)] for p in desired.peers.values())
            assert place.gateway.differences() == []

    async def compared(self) -> None:
        """Let the bot compare all gateways with its table, as it does when they are heard again."""
        before = dict(self.table.comparisons)
        while any(self.table.comparisons[each.number] < before.get(each.number, 0) + 2 for each in self.places):
            for place in self.places:  # the first of the two may have begun before
                place.tell()
            await asyncio.sleep(0.001)

    def is_told(self) -> bool:
        return all(
            self.table.is_confirmed(place.number, member) for place in self.places for member in self.table.members()
        )

    # -- what happens

    @rule(member=members, is_banned=st.booleans())
    def ban_or_restore(self, member: int, is_banned: bool) -> None:
        self.banned[member] = is_banned
        if self.is_bot_there:
            self.run(self.heard(member))

    @rule(number=numbers)
    def kill(self, number: int) -> None:
        self.run(self.places[number - 1].kill())

    @rule(number=numbers)
    def start(self, number: int) -> None:
        self.run(self.places[number - 1].start())

    @rule(number=numbers, is_off=st.booleans())
    def cut_off_or_heal(self, number: int, is_off: bool) -> None:
        self.places[number - 1].cut(is_off=is_off)

    @rule(number=numbers, loses=st.booleans())
    def lose_answers(self, number: int, loses: bool) -> None:
        self.places[number - 1].loses_answers = loses

    @rule(number=numbers)
    def back_up(self, number: int) -> None:
        place = self.places[number - 1]
        if place.is_running:
            place.backup = place.gateway.state.desired

    @rule(number=numbers)
    def wipe(self, number: int) -> None:
        place = self.places[number - 1]
        self.run(place.restore(place.backup))

    @rule(number=numbers, member=members)
    def lift_at_the_terminal(self, number: int, member: int) -> None:
        place = self.places[number - 1]
        if place.is_running:
            self.run(place.gateway.ask(Suspend(actor=ADMIN, owner=str(member), suspended=False)))

    @rule()
    def restart_the_bot(self) -> None:
        self.run(self.stop_bot())
        self.run(self.start_bot())

    @rule()
    def stop_the_bot(self) -> None:
        self.run(self.stop_bot())

    @rule()
    def wait(self) -> None:
        self.run(asyncio.sleep(0.003))


def a_member(number: int) -> Actor:
    return Actor(id=str(number), name=f"member {number}")


TestAnySchedule = AnySchedule.TestCase
TestAnySchedule.settings = settings(
    max_examples=1000 if settings().max_examples > 100 else 3,
    stateful_step_count=15,
    suppress_health_check=list(HealthCheck),
)
