"""Whether an owner is kept out is a level: the newest decision holds, once and for ever, also without a device."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.api.contract import Action, Actor, Join, Revoke, Suspend
from gateway.api.decisions import Decide, Decided, GetDecisions
from gateway.api.forgetting import Forget
from gateway.codec import encode
from gateway.config import Config, PolicySection
from gateway.errors import AccessSuspended, AdminsOnly, LimitReached, OwnerSuspended, TooManyChanges
from gateway.model import Decision, Desired
from gateway.state import suspensions
from gateway.state.records import peer_row
from gateway.state.schema import STEPS
from gateway.state.store import REMEMBER_REQUESTS, Store
from tests.unit.builders import ADMIN, ALICE, BOB, BOTS_USER, joined, key, suspended
from tests.unit.fakes.host import NOW
from tests.unit.running import PORT, Running, a_join, a_kernel, running

BOT = Actor(id="bot", name="guildgate bot", is_admin=True)


def decision(
    number: int, *, cut_off: bool = True, owner: Actor = ALICE, revoked_before: int | None = None, actor: Actor = BOT
) -> Decide:
    """Return the decision of second `number`."""
    return Decide(
        actor=actor,
        decision=f"decision-{number}",
        at=NOW + timedelta(seconds=number),
        owner=owner.id,
        suspended=cut_off,
        revoked_before=None if revoked_before is None else NOW + timedelta(seconds=revoked_before),
        reason="banned from the server",
    )


@pytest_asyncio.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Running]:
    async with running(tmp_path / "db", a_kernel()) as made:
        yield made


def cut_off(gateway: Running) -> dict[str, bool]:
    return {peer.device: peer.suspended_at is not None for peer in gateway.state.desired.peers.values()}


async def test_a_member_that_is_cut_off_without_a_device_gets_none_until_restored(gateway: Running) -> None:
    answer: Decided = await gateway.ask(decision(1))
    assert answer.peers == ()
    for actor in (ALICE, replace(ALICE, is_admin=True)):
        with pytest.raises(OwnerSuspended):
            await gateway.ask(a_join(actor=actor))
    await gateway.ask(a_join(actor=BOB))
    await gateway.ask(decision(2, cut_off=False))
    await gateway.ask(a_join())
    assert cut_off(gateway) == {"pc": False}


async def test_a_ban_cuts_all_devices_and_open_flows_off_and_a_restore_brings_them_back(gateway: Running) -> None:
    await gateway.ask(a_join())
    await gateway.ask(PORT)
    answer: Decided = await gateway.ask(decision(1))
    assert [peer.device for peer in answer.peers] == ["pc"]
    assert gateway.kernel.wireguard.peers == {}
    assert gateway.differences() == []
    with pytest.raises(AccessSuspended):
        await gateway.ask(a_join("laptop"))
    await gateway.ask(decision(2, cut_off=False))
    assert len(gateway.kernel.wireguard.peers) == 1
    entries = await gateway.store.audit_page(None, 2)
    assert [(one.action, len(one.forwards)) for one in entries] == [(Action.RESTORE, 1), (Action.SUSPEND, 1)]


@pytest.mark.parametrize("order", [*permutations(range(3))])
async def test_the_newest_decision_holds_in_whatever_order_they_arrive(order: tuple[int, ...]) -> None:
    """Each of them may come twice as well. So a restore that is older than a ban never wins."""
    decisions = [decision(1), decision(2, cut_off=False), decision(3)]
    async with running(None, a_kernel()) as gateway:
        await gateway.ask(a_join())
        for number in (*order, *order):
            answer: Decided = await gateway.ask(decisions[number])
        assert cut_off(gateway) == {"pc": True}
        assert answer.held.id == "decision-3"


async def test_two_decisions_of_one_moment_end_alike_everywhere() -> None:
    ban, restore = decision(1), replace(decision(1, cut_off=False), decision="another")
    ends = []
    for order in ((ban, restore), (restore, ban)):
        async with running(None, a_kernel()) as gateway:
            for each in order:
                await gateway.ask(each)
            ends.append(gateway.state.desired.decisions)
    assert ends[0] == ends[1]


async def test_a_decision_has_its_effect_once_for_ever(tmp_path: Path) -> None:
    """Also when an admin has lifted it since, when the answers are forgotten, and over a restart."""
    kernel = a_kernel()
    async with running(tmp_path / "db", kernel) as gateway:
        await gateway.ask(a_join())
        await gateway.ask(decision(1))
        await gateway.ask(Suspend(actor=ADMIN, owner=ALICE.id, suspended=False))
        kernel.host.time += 2 * REMEMBER_REQUESTS
        answer: Decided = await gateway.ask(decision(1))
        assert answer.peers == ()
        assert (answer.held.id, answer.held.suspended) == ("decision-1", False)
    async with running(tmp_path / "db", kernel) as gateway:
        await gateway.ask(decision(1))
        assert cut_off(gateway) == {"pc": False}
        held = (await gateway.ask(GetDecisions(actor=ADMIN))).decisions
        assert held == (Decision(id="decision-1", at=NOW + timedelta(seconds=1), owner=ALICE.id, suspended=False),)


@pytest.mark.parametrize("admin_first", [True, False])
async def test_what_an_admin_suspended_does_not_come_back_by_a_decision(gateway: Running, admin_first: bool) -> None:
    await gateway.ask(a_join())
    by_admin = Suspend(actor=ADMIN, owner=ALICE.id, suspended=True)
    for request in (by_admin, decision(1)) if admin_first else (decision(1), by_admin):
        await gateway.ask(request)
    await gateway.ask(decision(2, cut_off=False))
    assert cut_off(gateway) == {"pc": True}
    await gateway.ask(Suspend(actor=ADMIN, owner=ALICE.id, suspended=False))
    assert cut_off(gateway) == {"pc": False}


async def test_an_admin_suspends_a_member_without_devices_too(gateway: Running) -> None:
    await gateway.ask(Suspend(actor=ADMIN, owner=ALICE.id, suspended=True))
    with pytest.raises(OwnerSuspended):
        await gateway.ask(a_join())
    await gateway.ask(Suspend(actor=ADMIN, owner=ALICE.id, suspended=False))
    await gateway.ask(a_join())


async def test_a_bot_that_knows_no_decisions_suspends_and_restores_as_before(gateway: Running) -> None:
    """It lifts what Discord said, and not what an admin did. A newer bot goes on from there."""
    await gateway.ask(a_join())
    for is_so in (True, False):
        await gateway.ask(Suspend(actor=BOT, owner=ALICE.id, suspended=is_so))
        assert cut_off(gateway) == {"pc": is_so}
    await gateway.ask(Suspend(actor=ADMIN, owner=ALICE.id, suspended=True))
    await gateway.ask(Suspend(actor=BOT, owner=ALICE.id, suspended=False))
    assert cut_off(gateway) == {"pc": True}
    await gateway.ask(Suspend(actor=ADMIN, owner=ALICE.id, suspended=False))
    await gateway.ask(decision(1))
    assert cut_off(gateway) == {"pc": True}
    await gateway.ask(Suspend(actor=BOT, owner=ALICE.id, suspended=False))
    assert cut_off(gateway) == {"pc": False}


async def test_devices_made_before_a_revocation_are_void_and_later_ones_are_not(gateway: Running) -> None:
    """It is told when the gateway is back, and once: a device that an admin gives to the member later stays."""
    await gateway.ask(a_join())
    await gateway.ask(PORT)
    gateway.kernel.host.time += timedelta(seconds=10)
    await gateway.ask(a_join("laptop"))
    answer: Decided = await gateway.ask(decision(20, cut_off=False, revoked_before=5))
    assert [peer.device for peer in answer.peers] == ["pc"]
    assert (list(cut_off(gateway)), gateway.state.desired.forwards) == (["laptop"], {})
    assert (await gateway.store.audit_page(None, 1))[0].action is Action.REVOKE
    old = replace(next(iter(gateway.state.desired.peers.values())), created_at=NOW)
    given = replace(gateway.state.desired, peers={old.id: old})
    assert suspensions.void(given, suspensions.decide(given, decision(30, revoked_before=5)), ALICE.id) == []
    assert suspensions.void(given, suspensions.decide(given, decision(30, revoked_before=6)), ALICE.id) == [old]


async def test_only_admins_and_the_bot_decide(gateway: Running) -> None:
    for request in (decision(1, actor=ALICE), GetDecisions(actor=ALICE)):
        with pytest.raises(AdminsOnly):
            await gateway.ask(request)


async def test_a_raid_of_bans_takes_no_change_away_from_members(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot decides on each banned member once, and there is an end of them."""
    monkeypatch.setattr(suspensions, "MOST_DECISIONS", 50)
    config = Config(policy=PolicySection(changes_per_minute=2))
    async with running(None, a_kernel(config), config) as gateway:
        for number in range(50):
            await gateway.ask(decision(1, owner=Actor(id=str(number), name="")), BOTS_USER)
        await gateway.ask(decision(1, owner=Actor(id="0", name="")), BOTS_USER)
        with pytest.raises(LimitReached):
            await gateway.ask(decision(1, owner=Actor(id="one more", name="")), BOTS_USER)
        await gateway.ask(decision(2, owner=Actor(id="0", name="")), BOTS_USER)
        await gateway.ask(decision(3, owner=Actor(id="0", name="")), BOTS_USER)
        with pytest.raises(TooManyChanges):
            await gateway.ask(decision(4, owner=Actor(id="0", name="")), BOTS_USER)


async def test_a_member_with_a_device_is_cut_off_though_a_taken_over_bot_has_filled_all_decisions(
    gateway: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suspensions, "MOST_DECISIONS", 2)
    await gateway.ask(a_join())
    for number in range(2):
        await gateway.ask(decision(1, owner=Actor(id=str(number), name="")), BOTS_USER)
    await gateway.ask(decision(1), BOTS_USER)
    await gateway.ask(Suspend(actor=ADMIN, owner=ALICE.id, suspended=True), BOTS_USER)
    (peer,) = gateway.state.desired.peers.values()
    assert peer.suspended_at
    await gateway.ask(decision(2, revoked_before=10**6), BOTS_USER)
    assert not gateway.state.desired.peers


async def test_a_forgotten_member_is_in_no_decision(gateway: Running) -> None:
    await gateway.ask(decision(1))
    await gateway.ask(Suspend(actor=ADMIN, owner=ALICE.id, suspended=True))
    await gateway.ask(Forget(actor=ADMIN, member=ALICE.id))
    assert not gateway.state.desired.is_suspended(ALICE.id)
    assert await gateway.store.load() == gateway.state.desired


async def test_a_suspension_from_before_there_were_decisions_is_the_bots_or_an_admins_by_the_audit_log(
    tmp_path: Path,
) -> None:
    """The bot restores only what it suspended itself."""
    desired = joined(joined(Desired(), ALICE)[0], BOB)[0]
    for owner in (ALICE, BOB):
        desired = suspended(desired, owner, is_so=True)
    with closing(sqlite3.connect(tmp_path / "db")) as db, db:
        for step in STEPS[:15]:
            db.executescript(step)
        db.execute("PRAGMA user_version = 15")
        db.executemany("INSERT INTO peers VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", map(peer_row, desired.peers.values()))
        columns = "at, actor, actor_name, action, subject, detail"
        both = f"{BOB.id}/pc, {ALICE.id}/pc"
        rows = [
            (NOW.isoformat(), actor, "", "suspend", subject, "{}")
            for actor, subject in ((ADMIN.id, f"1{ALICE.id}/pc"), ("bot", both), (ADMIN.id, f"{BOB.id}/pc"))
        ]
        db.executemany(f"INSERT INTO audit ({columns}) VALUES (?,?,?,?,?,?)", rows)
    async with Store.open(tmp_path / "db") as store:
        found = await store.load()
    assert list(found.suspended) == [BOB.id]
    assert [(each.owner, each.suspended) for each in found.decisions.values()] == [(ALICE.id, True)]


async def test_a_decision_told_a_hundred_times_at_once_is_one_change(gateway: Running) -> None:
    await gateway.ask(a_join())
    await asyncio.gather(*(gateway.ask(replace(decision(1), request_id=f"r{number}")) for number in range(100)))
    entries = await gateway.store.audit_page(None, 100)
    assert [one.action for one in entries] == [Action.SUSPEND, Action.JOIN]


async def test_an_admin_still_adds_a_device_for_a_suspended_member_and_takes_it_away(gateway: Running) -> None:
    await gateway.ask(decision(1))
    await gateway.ask(Join(actor=ADMIN, owner=ALICE.id, device="laptop", public_key=key()))
    await gateway.ask(Revoke(actor=ADMIN, owner=ALICE.id))
    assert encode(gateway.state.desired.peers) == {}
