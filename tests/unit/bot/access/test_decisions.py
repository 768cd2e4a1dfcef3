"""A decision on a member is never lost: each gateway confirms it, whatever was away, restarted or wiped in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import pytest_asyncio

from bot.access import decisions, membership
from bot.access.decisions import Decisions
from bot.app import SCHEMA
from bot.core import render
from bot.core.context import Context
from bot.core.memory import Memory
from bot.core.notes import CutOffLater, Note
from bot.core.roles import BOT, Reason
from bot.fleet.region import Member, Region
from bot.log.entries import of_note
from gateway import sqlite
from gateway.api.client import GatewayClient
from gateway.api.contract import Actor, Join, Request, Suspend
from gateway.api.decisions import Decide
from gateway.api.forgetting import Forget
from gateway.api.transport import SocketTransport
from gateway.errors import GatewayUnreachable, OwnerSuspended, TooManyChanges
from gateway.model import Decision, Desired
from tests.fakediscord import Person
from tests.joining import join
from tests.unit import gate
from tests.unit.bot.english import words
from tests.unit.bot.patience import counted, until
from tests.unit.bot.world import World, world
from tests.unit.builders import ADMIN, key
from tests.unit.fakes.host import NOW

Worlds = Callable[..., AbstractAsyncContextManager[World]]


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    for module in (membership, decisions):
        monkeypatch.setattr(module, "RETRY_S", 0.02)
    return partial(world, tmp_path, monkeypatch, ready_s=0.1)


async def joined(w: World, name: str = "anna") -> Person:
    person = w.discord.guild.add_member(name, ["Friends"])
    await join(person, device=f"{name}-pc")
    return person


def suspended(of: gate.Gate) -> set[str]:
    return {peer.device for peer in of.desired.peers.values() if peer.suspended_at}


async def become(of: gate.Gate, *devices: str) -> None:
    """Wait until these and no other devices are suspended."""
    await until(lambda: suspended(of) == set(devices))


async def decided(w: World, person: Person, *, cut_off: bool = True) -> None:
    """Wait until the bot has written a decision on a person down."""

    async def is_stored() -> bool:
        found = await w.bot.context.memory.rows("SELECT suspended FROM decisions WHERE member = ?", (person.id,))
        return found == [(int(cut_off),)]

    await until(is_stored)


def mute(w: World) -> None:
    """Let Discord answer no question about a member, so that the bot knows only what it was told or has stored."""
    w.discord.fail_next("GET", "/guilds/*/members/*", 503, times=100_000)


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_ban_while_the_gateway_is_away_is_applied_once_it_is_back(worlds: Worlds, restarted: bool) -> None:
    """Also when the bot was restarted in between, and Discord does not say again that the member is gone."""
    async with worlds() as w:
        anna = await joined(w)
        await w.gate.stop()
        w.discord.guild.ban(anna)
        await decided(w, anna)
        if restarted:
            await w.stop()
            mute(w)
            await w.start()
        await w.gate.start()
        await become(w.gate, "anna-pc")


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_gateway_that_is_restored_from_an_older_backup_is_told_again(worlds: Worlds, restarted: bool) -> None:
    async with worlds() as w:
        anna = await joined(w)
        before = w.gate.desired
        w.discord.guild.ban(anna)
        await become(w.gate, "anna-pc")
        mute(w)
        await w.gate.stop()
        if restarted:
            await w.stop()
        w.gate.desired = before
        await become(w.gate)
        if restarted:
            await w.start()
        await w.gate.start()
        await become(w.gate, "anna-pc")


async def test_a_bot_whose_own_table_is_older_decides_by_what_discord_says(worlds: Worlds, tmp_path: Path) -> None:
    """The gateway holds a newer decision on anna, although she has access, and a ban of ben that the table lacks."""
    async with worlds() as w:
        anna, ben = await joined(w), await joined(w, "ben")
        await w.stop()
        for person in (anna, ben):
            await tell(w.gate, person, NOW + timedelta(days=1))
        w.discord.guild._state.members.pop(ben.user.id)
        await w.start()
        await become(w.gate, "ben-pc")
        await decided(w, ben)
        assert not suspended(w.gate) - {"ben-pc"}


async def tell(of: gate.Gate, person: Person, at: Any = NOW, *, cut_off: bool = True) -> None:
    """Tell a decision that the running bot knows nothing of."""
    request = Decide(actor=BOT, decision=f"{at}", at=at, owner=str(person.id), suspended=cut_off)
    await of.gateway.ask(request)


async def test_a_member_banned_without_a_device_gets_none(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", ["Friends"])
        w.discord.guild.ban(anna)
        await until(lambda: w.gate.gateway.state.desired.is_suspended(str(anna.id)))
        with pytest.raises(OwnerSuspended):
            await w.gate.answer(Join(actor=Actor(id=str(anna.id), name="anna"), device="pc", public_key=key()))


async def test_a_member_with_the_role_that_is_kept_out_asks_and_is_let_in(worlds: Worlds) -> None:
    """The unban was missed, for example."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", ["Friends"])
        await tell(w.gate, anna)
        assert "Your access is suspended. Ask an admin" in (await join(anna, device="pc")).content
        await until(lambda: not w.gate.gateway.state.desired.is_suspended(str(anna.id)))
        await join(anna, device="pc")
        assert [peer.device for peer in w.gate.desired.peers.values()] == ["pc"]


async def test_a_member_that_loses_the_role_while_a_device_is_made_is_cut_off(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot hears of the device after it has acted on the event."""
    acted = counted(monkeypatch, membership.Membership, "_act")
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", ["Friends"])
        before = acted()
        w.discord.guild.set_roles(anna, [])
        await until(lambda: acted() > before and not w.bot.membership._news)
        await w.gate.answer(Join(actor=Actor(id=str(anna.id), name="anna"), device="pc", public_key=key()))
        await become(w.gate, "pc")


async def test_an_unban_that_was_missed_is_found_though_no_device_is_left(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each check of all owners asks about some more of the members that are cut off, because they may be thousands."""
    monkeypatch.setattr(membership, "ASKED_BESIDES", 1)
    monkeypatch.setattr(membership, "SAFETY_S", 0.02)
    async with worlds() as w:
        people = [w.discord.guild.add_member(name, ["Friends"]) for name in ("anna", "ben", "cleo")]
        for person in people:
            w.discord.guild.ban(person)
            await decided(w, person)
        await w.stop()
        for person in people[1:]:
            w.discord.guild.rejoin(person)
            w.discord.guild.set_roles(person, ["Friends"])
        await w.start()
        for person in people[1:]:
            await decided(w, person, cut_off=False)
        assert w.gate.gateway.state.desired.is_suspended(str(people[0].id))


async def test_a_revocation_holds_for_devices_that_an_older_backup_brings_back(worlds: Worlds) -> None:
    async with worlds() as w:
        anna, boss = await joined(w), w.discord.guild.add_member("boss", ["Admin"])
        before = w.gate.desired
        w.gate.now += timedelta(minutes=1)
        await boss.press((await boss.slash("revoke", member=anna)).button("Revoke"))
        assert w.gate.desired.peers == {}
        await decided(w, anna, cut_off=False)
        await w.gate.stop()
        w.gate.desired = before
        await until(lambda: w.gate.gateway.state.desired.peers)
        await w.gate.start()
        await until(lambda: not w.gate.desired.peers)
        await join(anna, device="new")
        assert [peer.device for peer in w.gate.desired.peers.values()] == ["new"]


async def test_a_config_with_another_key_is_not_sent(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two bots that handle one interaction get one answer, and only one of them has its private key."""
    async with worlds() as w:
        answer = w.gate.answer

        async def anothers(request: Request[Any]) -> object:
            return await answer(replace(request, public_key=key()) if isinstance(request, Join) else request)

        monkeypatch.setattr(w.gate, "answer", anothers)
        reply = await join(w.discord.guild.add_member("anna", ["Friends"]), device="pc")
        assert "pc was set up by another request" in reply.content
        assert not reply.files


async def test_a_forgotten_member_is_not_told_about_again(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await joined(w)
        w.discord.guild.ban(anna)
        await become(w.gate, "anna-pc")
        await w.stop()
        await w.gate.gateway.ask(Forget(actor=ADMIN, member=str(anna.id)))
        await w.start()

        async def is_forgotten() -> bool:
            return await w.bot.context.memory.rows("SELECT * FROM decisions") == []

        await until(is_forgotten)
        assert w.gate.gateway.state.desired.decisions == {}


async def test_what_an_older_bot_had_cut_off_is_restored_with_the_role(tmp_path: Path) -> None:
    db = await sqlite.connect(tmp_path / "bot.db", SCHEMA[:-1], key="discord.state_dir")
    await db.execute("INSERT INTO cut_off VALUES (5)")
    await db.close()
    async with Memory.open(tmp_path, SCHEMA) as memory:
        ((member, ident, is_suspended),) = await memory.rows("SELECT member, id, suspended FROM decisions")
        table = Decisions(cast(Context, SimpleNamespace(memory=memory)), tuple)
        await table.load()
    assert (member, len(ident), is_suspended) == (5, 32, 1)
    assert list(table.suspended()) == [5]


# -- several regions


@dataclass
class Fleet:
    """A table of decisions that is told to the gateways of two regions. `doubts` holds what it doubted."""

    gates: dict[str, gate.Gate]
    memory: Memory
    notes: list[Note]
    doubts: list[int]
    written: Written | None = None

    def __post_init__(self) -> None:
        self._running = AsyncExitStack()

    async def start(self) -> None:
        """Begin as a bot does that was restarted."""
        regions = []
        for number, (name, served) in enumerate(self.gates.items(), 1):
            client = GatewayClient(SocketTransport(served.path))
            region = Region(Member(name=name, number=number, gateway=client), lambda: NOW)
            regions.append(region)
            await self._run(region.live.run())
        context = SimpleNamespace(memory=self.memory, live=regions[0].live, clock=lambda: NOW, note=self.notes.append)
        self.table = Decisions(cast(Context, context), lambda: regions, self.written)
        self.table.doubted = lambda member, at: self.doubts.append(member)
        await self.table.load()
        await self._run(self.table.run())

    async def stop(self) -> None:
        await self._running.aclose()

    async def _run(self, service: Any) -> None:
        task = asyncio.create_task(service)

        async def end() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        self._running.push_async_callback(end)

    async def told(self, *names: str) -> None:
        """Wait until these regions have confirmed all, and no others."""
        table = self.table

        def is_told() -> bool:
            return all(set(table.spread(member).done) == set(names) for member in table.members())

        await until(is_told)


@pytest_asyncio.fixture
async def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Fleet]:
    monkeypatch.setattr(decisions, "RETRY_S", 0.02)
    gates = {name: gate.Gate(tmp_path / f"{name}.sock") for name in ("eu", "ap")}
    async with Memory.open(tmp_path, SCHEMA) as memory:
        made = Fleet(gates, memory, [], [])
        try:
            for each in gates.values():
                await each.start()
                await each.answer(Join(actor=Actor(id="5", name="anna"), device="pc", public_key=key()))
            await made.start()
            yield made
        finally:
            await made.stop()
            for each in gates.values():
                await each.close()


async def test_what_a_region_held_before_a_newer_decision_raises_no_doubt(fleet: Fleet) -> None:
    """An admin has lifted the first one there, and the second one is made in the middle of a comparison."""
    table, eu = fleet.table, fleet.gates["eu"]
    await table.decide(5, suspended=True, reason=Reason.BANNED)
    await fleet.told("eu", "ap")
    await eu.gateway.ask(Suspend(actor=ADMIN, owner="5", suspended=False))
    confirm = table._confirm

    async def confirm_slowly(*confirmed: Any) -> None:
        table._confirm = confirm  # type: ignore[method-assign]
        await confirm(*confirmed)
        await table.decide(5, suspended=True, reason=Reason.BANNED)

    table._confirm = confirm_slowly  # type: ignore[method-assign, assignment]
    await table._compare(table.regions[0])
    assert fleet.doubts == []
    await fleet.told("eu", "ap")
    assert suspended(eu) == {"pc"}


async def test_each_region_is_told_and_the_one_that_is_away_when_it_is_back(fleet: Fleet) -> None:
    """No region waits for another, and the admins read which one has it later."""
    eu, ap = fleet.gates.values()
    await ap.stop()
    await until(lambda: fleet.table.regions[1].live.away_since)
    await fleet.table.decide(5, suspended=True, reason=Reason.BANNED)
    fleet.table.report(5)
    await fleet.told("eu")
    assert (suspended(eu), suspended(ap)) == ({"pc"}, set())
    spread = await fleet.table.told(5)
    said = "\n".join(render.cut_off_in(words, spread.done, spread.away))
    assert said.startswith("Cut off in eu.\n**ap** is away since <t:")
    await until(lambda: fleet.notes)
    (note,) = fleet.notes
    assert isinstance(note, CutOffLater)
    assert said in str(of_note(words, note).description)
    await ap.start()
    await fleet.told("eu", "ap")
    assert suspended(ap) == {"pc"}
    assert await fleet.table.told(5) == decisions.Spread(("eu", "ap"), ())


async def test_what_a_region_still_has_to_be_told_outlives_a_restart_of_the_bot(fleet: Fleet) -> None:
    await fleet.gates["ap"].stop()
    await fleet.table.decide(5, suspended=True, reason=Reason.BANNED)
    await fleet.told("eu")
    await fleet.stop()
    await fleet.gates["ap"].start()
    await fleet.start()
    await fleet.told("eu", "ap")
    assert suspended(fleet.gates["ap"]) == {"pc"}


async def test_a_region_that_loses_a_decision_without_being_away_gets_it_again(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All regions are compared every ten minutes."""
    await fleet.stop()
    monkeypatch.setattr(decisions, "COMPARE_S", 0.05)
    await fleet.start()
    await fleet.table.decide(5, suspended=True, reason=Reason.BANNED)
    await fleet.told("eu", "ap")
    for served in fleet.gates.values():
        served.desired = replace(served.desired, decisions={}, peers=active(served.desired))
        await until(lambda: not served.desired.decisions)  # noqa: B023 - awaited in its turn
        await become(served, "pc")


def active(desired: Desired) -> dict[int, Any]:
    return {key: replace(peer, suspended_at=None) for key, peer in desired.peers.items()}


async def test_a_member_that_an_admin_restores_in_one_region_is_doubted(fleet: Fleet) -> None:
    await fleet.table.decide(5, suspended=True, reason=Reason.BANNED)
    await fleet.told("eu", "ap")
    await fleet.gates["eu"].answer(Suspend(actor=ADMIN, owner="5", suspended=False))
    await fleet.stop()
    await fleet.start()
    await until(lambda: fleet.doubts)
    assert set(fleet.doubts) == {5}
    await fleet.table.decide(5, suspended=True, reason=Reason.BANNED)
    await fleet.told("eu", "ap")
    await become(fleet.gates["eu"], "pc")


async def test_a_decision_that_a_region_refuses_keeps_no_other_waiting(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = Region.call

    async def refusing(region: Region, request: Request[Any]) -> Any:
        if isinstance(request, Decide) and request.owner == "4":
            raise TooManyChanges(limit=1)
        return await call(region, request)

    monkeypatch.setattr(Region, "call", refusing)
    await fleet.table.decide(4, suspended=True, reason=Reason.BANNED)
    await fleet.table.decide(5, suspended=True, reason=Reason.BANNED)
    for served in fleet.gates.values():
        await become(served, "pc")
    monkeypatch.setattr(Region, "call", call)
    await fleet.told("eu", "ap")


# -- the log


class Written:
    """A log that is there unless `is_away`, with the newest decision on each member as it was written."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.begin("first")
        self.is_away = False

    def begin(self, name: str) -> None:
        """Become another log, which is empty."""
        self._name = name
        self.entries = dict[str, str]()
        self.count = 0
        self.news.set()

    @property
    def name(self) -> str:
        self._check()
        return self._name

    async def write(self, request: Decide) -> None:
        self._check()
        self.entries[request.owner] = request.decision
        self.count += 1

    async def erase(self, owner: str) -> None:
        self._check()
        self.entries.pop(owner, None)

    def _check(self) -> None:
        if self.is_away:
            raise GatewayUnreachable


@pytest_asyncio.fixture
async def written(fleet: Fleet) -> Written:
    """Let the fleet have a log."""
    await fleet.stop()
    fleet.written = Written()
    await fleet.start()
    return fleet.written


async def holds(fleet: Fleet, written: Written) -> None:
    """Wait until the log has the newest decision on each member."""
    table = fleet.table
    await until(lambda: written.entries == {str(each): decided_on(table, each) for each in table.members()})


def decided_on(table: Decisions, member: int) -> str:
    decision = table.of(member)
    assert decision
    return decision.id


async def test_each_decision_is_written_to_the_log_once_also_while_all_regions_are_away(
    fleet: Fleet, written: Written
) -> None:
    for served in fleet.gates.values():
        await served.stop()
    await fleet.table.decide(5, suspended=True, reason=Reason.BANNED)
    await holds(fleet, written)
    await fleet.table.decide(5, suspended=False, reason=Reason.BACK)
    await fleet.table.decide(6, suspended=True, reason=Reason.BANNED)
    await holds(fleet, written)
    await fleet.stop()
    await fleet.start()
    await fleet.table.decide(7, suspended=True, reason=Reason.BANNED)
    await holds(fleet, written)
    assert written.count == 4


async def test_a_log_that_was_away_gets_what_it_missed_and_another_one_all(fleet: Fleet, written: Written) -> None:
    await fleet.table.decide(5, suspended=True, reason=Reason.BANNED)
    await holds(fleet, written)
    written.is_away = True
    await fleet.table.decide(6, suspended=True, reason=Reason.BANNED)
    await fleet.told("eu", "ap")
    assert "6" not in written.entries
    written.is_away = False
    await holds(fleet, written)
    written.begin("second")
    await holds(fleet, written)
    assert written.entries.keys() == {"5", "6"}


async def test_a_forgotten_member_is_not_in_the_log_and_not_before_that_forgotten_here(
    fleet: Fleet, written: Written
) -> None:
    await fleet.table.decide(5, suspended=True, reason=Reason.BANNED)
    await holds(fleet, written)
    written.is_away = True
    assert not await fleet.table.forget(5)
    assert fleet.table.of(5)
    written.is_away = False
    assert await fleet.table.forget(5)
    assert not written.entries
    assert not await fleet.memory.rows("SELECT * FROM confirmed WHERE member = 5")


async def test_a_later_decision_is_later_though_the_clock_stands_still(fleet: Fleet) -> None:
    await fleet.table.decide(5, suspended=True, reason=Reason.BANNED)
    first = fleet.table.of(5)
    await fleet.table.decide(5, suspended=False, reason=Reason.BACK, after=NOW + timedelta(hours=1))
    second = fleet.table.of(5)
    assert isinstance(first, Decision)
    assert isinstance(second, Decision)
    assert second.is_newer_than(first)
    assert second.at > NOW + timedelta(hours=1)
