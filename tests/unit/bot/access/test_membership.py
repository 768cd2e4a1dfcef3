"""A member that leaves the server or loses the role loses the VPN; a member that comes back in time gets it back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import discord
import pytest

import bot.__main__ as main
from bot.access import decisions, grants, membership
from bot.access.decisions import Decisions
from bot.access.membership import Membership, Standing, parse_event
from bot.config import BotConfig, DiscordSection
from bot.core.roles import BOT, Reason
from gateway.api.contract import Action, AuditEntry, Join, Revoke, Suspend
from tests.fakediscord import FakeDiscord, Person
from tests.joining import join
from tests.unit.bot.english import LANGUAGES
from tests.unit.bot.patience import again, counted, until
from tests.unit.bot.world import Gate, World, lead_to, world
from tests.unit.builders import ADMIN, key
from tests.unit.fakes.host import NOW

LAST = "Last"
Worlds = Callable[..., AbstractAsyncContextManager[World]]


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    monkeypatch.setattr(membership, "RETRY_S", 0.02)
    monkeypatch.setattr(decisions, "RETRY_S", 0.02)
    return partial(world, tmp_path, monkeypatch, ready_s=0.1)


async def joined(w: World, name: str = "anna", *roles: str) -> Person:
    person = w.discord.guild.add_member(name, roles or ["Friends"])
    await join(person, device=f"{name}-pc")
    return person


def suspended(gate: Gate) -> set[str]:
    """Return the suspended devices, without the one that `stays` makes."""
    return {p.device for p in gate.desired.peers.values() if p.suspended_at and p.owner_name != LAST}


async def become(gate: Gate, *devices: str) -> None:
    """Wait until these and no other devices are suspended."""
    await until(lambda: suspended(gate) == set(devices))


async def stays(w: World, *devices: str) -> None:
    """Assert that exactly these devices are suspended after all events so far.

    One more event comes last, and the bot acts on events in order.
    """
    last = await joined(w, LAST.lower())
    w.discord.guild.set_roles(last, [])
    await until(lambda: all(p.suspended_at for p in w.gate.desired.peers.values() if p.owner == str(last.id)))
    assert suspended(w.gate) == set(devices)


async def suspend(w: World, person: Person, *, is_so: bool = True) -> None:
    """Do as an admin at the terminal, before the bot hears of it."""
    await w.gate.gateway.ask(Suspend(actor=ADMIN, owner=str(person.id), suspended=is_so))


async def looked(w: World) -> None:
    """Wait until the bot has asked about an owner again."""
    before = len(asked(w))
    await until(lambda: len(asked(w)) > before)


async def settled(w: World) -> None:
    """Wait until the bot has checked all owners, as it does at the begin of a session, and waits for a reason."""
    await w.bot.wait_until_ready()
    await until(lambda: (again := w.bot.membership._again)._waiters and not again.is_set())


def owners(w: World) -> set[str]:
    """Return the owners of devices, as the bot knows them."""
    view = w.bot.context.live.view
    return {row.peer.owner for row in view.peers.values()} if view else set()


def asked(w: World, status: int | None = None) -> list[str]:
    """Return the paths of the bot's questions about members, by default with any status."""
    return [one.path for one in w.discord.exchanges if "/members/" in one.path and status in (None, one.status)]


async def test_losing_the_last_role_cuts_all_devices_off_and_the_role_back_restores_them(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await joined(w)
        await join(anna, device="phone")
        await joined(w, "ben")
        w.discord.guild.set_roles(anna, ["Chess"])
        await become(w.gate, "anna-pc", "phone")
        w.discord.guild.set_roles(anna, ["Chess", "Friends"])
        await become(w.gate)


async def test_a_device_that_was_on_its_way_when_its_members_role_was_deleted_is_cut_off(worlds: Worlds) -> None:
    """Its member had access when /join was typed, and no look after the deletion knew of the device."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", ["Friends"])
        await settled(w)
        before = w.bot.membership._gone_at
        w.gate.telling.clear()
        await join(anna, device="anna-pc")
        w.discord.guild.delete_role("Friends")
        await until(lambda: w.bot.membership._gone_at > before)
        await settled(w)
        w.gate.telling.set()
        await become(w.gate, "anna-pc")


@pytest.mark.parametrize(
    ("go", "reason"),
    [
        (lambda w, anna: w.discord.guild.remove_member(anna), Reason.LEFT),
        (lambda w, anna: w.discord.guild.ban(anna), Reason.BANNED),
        (lambda w, anna: w.discord.guild.set_roles(anna, []), Reason.NO_ROLE),
        (lambda w, anna: w.discord.guild.delete_role("Friends"), Reason.NO_ROLE),
    ],
)
async def test_each_way_to_lose_access_is_noticed_and_named(
    worlds: Worlds, go: Callable[[World, Person], None], reason: Reason
) -> None:
    async with worlds() as w:
        go(w, await joined(w))
        await become(w.gate, "anna-pc")
        entries = await w.gate.gateway.store.audit_page(None, 10)
        assert [entry.reason for entry in entries if entry.action is Action.SUSPEND] == [reason]


async def test_a_role_left_that_gives_access_is_enough(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await joined(w, "anna", "Friends", "Admin")
        w.discord.guild.set_roles(anna, ["Admin"])
        await stays(w)


async def test_a_guest_keeps_the_devices_as_long_as_the_role(worlds: Worlds) -> None:
    async with worlds(guest_roles=("Guest",)) as w:
        gina = await joined(w, "gina", "Guest")
        w.discord.guild.set_roles(gina, ["Guest", "Chess"])
        await stays(w)
        w.discord.guild.set_roles(gina, ["Chess"])
        await become(w.gate, "gina-pc")


def ends(w: World) -> dict[str, datetime | None]:
    return {peer.device: peer.expires_at for peer in w.gate.desired.peers.values()}


@pytest.mark.parametrize("was_away", [False, True])
async def test_a_member_that_is_only_a_guest_by_now_gets_a_guests_end(worlds: Worlds, was_away: bool) -> None:
    """It is noticed by the event, and by the check at the start when the bot was away. The role back takes it away."""
    async with worlds(guest_roles=("Guest",)) as w:
        anna = await joined(w, "anna", "Friends", "Guest")
        await joined(w, "ben")
        assert ends(w) == {"anna-pc": None, "ben-pc": None}
        tomorrow = NOW + timedelta(days=1)
        for roles, end in ((["Guest"], tomorrow), (["Guest", "Friends"], None)):
            if was_away:
                await w.stop()
            w.discord.guild.set_roles(anna, roles)
            if was_away:
                await w.start()
            await until(lambda: ends(w) == {"anna-pc": end, "ben-pc": None})  # noqa: B023 - awaited in its turn


async def test_a_guests_time_is_not_renewed(worlds: Worlds) -> None:
    async with worlds(guest_roles=("Guest",)) as w:
        gina = await joined(w, "gina", "Guest")
        end = ends(w)["gina-pc"]
        w.gate.now += timedelta(hours=5)
        await gina.slash("leave")
        await join(gina, device="again")
        assert ends(w) == {"again": end}


async def test_coming_back_to_the_server_needs_the_role_as_well(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await joined(w)
        w.discord.guild.remove_member(anna)
        await become(w.gate, "anna-pc")
        w.discord.guild.rejoin(anna)
        await stays(w, "anna-pc")
        w.discord.guild.set_roles(anna, ["Friends"])
        await become(w.gate)


@pytest.mark.parametrize("restarted", [True, False])
async def test_what_happened_while_the_bot_was_away_is_found_out_when_it_is_back(
    worlds: Worlds, restarted: bool
) -> None:
    """The bot was away for a restart, or for a session that could not be resumed."""
    async with worlds() as w:
        anna, ben, _cleo = [await joined(w, name) for name in ("anna", "ben", "cleo")]
        sessions = w.discord.identified
        if restarted:
            await w.stop()
        else:
            await w.discord.invalidate_session()
        w.discord.guild.remove_member(anna)
        w.discord.guild.set_roles(ben, [])
        if restarted:
            await w.start()
        else:
            await w.discord.ready(sessions + 1)
        await become(w.gate, "anna-pc", "ben-pc")
        await w.stop()
        w.discord.guild.set_roles(ben, ["Friends"])
        await w.start()
        await become(w.gate, "anna-pc")


@pytest.mark.parametrize("code", [None, 1001, 4000])
async def test_what_happens_while_the_connection_is_lost_is_told_with_the_next(
    worlds: Worlds, code: int | None
) -> None:
    """The session is resumed, and Discord sends the missed events in it."""
    async with worlds() as w:
        await settled(w)
        anna = await joined(w)
        await w.discord.drop_websocket(code)
        w.discord.guild.remove_member(anna)
        await become(w.gate, "anna-pc")
        assert w.discord.resumed == 1
        assert asked(w) == []


async def test_a_lost_event_is_found_out_by_the_next_check_of_all_owners(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "SAFETY_S", 0.05)
    async with worlds() as w:
        anna = await joined(w)
        w.discord.guild._state.members[anna.user.id].roles = []  # without an event
        await become(w.gate, "anna-pc")


async def test_an_admins_suspension_outlives_a_look_at_the_role(worlds: Worlds) -> None:
    """The bot restores only devices that it suspended itself, even if the member loses and regains the role."""
    async with worlds() as w:
        anna = await joined(w)
        await suspend(w, anna)
        w.discord.guild.set_roles(anna, [])
        w.discord.guild.set_roles(anna, ["Friends"])
        await stays(w, "anna-pc")
        await w.stop()
        await w.start()
        await looked(w)
        await stays(w, "anna-pc")


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_suspension_by_an_admin_after_one_by_the_bot_is_not_lifted(worlds: Worlds, restarted: bool) -> None:
    async with worlds() as w:
        anna = await joined(w)
        w.discord.guild.set_roles(anna, [])
        await become(w.gate, "anna-pc")
        w.discord.guild.set_roles(anna, ["Friends"])
        await become(w.gate)
        await stays(w)
        await suspend(w, anna)
        if restarted:
            await w.stop()
            await w.start()
        w.bot.membership.look_again()
        await looked(w)
        await stays(w, "anna-pc")


async def test_a_member_that_an_admin_lets_back_in_at_the_terminal_without_the_role_is_cut_off_at_once(
    worlds: Worlds,
) -> None:
    async with worlds() as w:
        anna = await joined(w)
        w.discord.guild.set_roles(anna, [])
        await become(w.gate, "anna-pc")
        await w.told()
        before = len(asked(w))
        await suspend(w, anna, is_so=False)
        by_root = AuditEntry(id=1, at=NOW, actor="uid:0", actor_name="root", action=Action.RESTORE, subject="x")
        w.gate.audit.append(by_root)
        await until(lambda: len(asked(w)) > before)
        await become(w.gate, "anna-pc")


@pytest.mark.parametrize(
    ("action", "actor", "is_doubted"),
    [
        (Action.RESTORE, "uid:0", True),
        (Action.JOIN, "uid:1000", True),
        (Action.GIVE, "uid:0", True),
        (Action.JOIN, "1" * 18, False),
        (Action.RESTORE, BOT.id, False),
        (Action.ROTATE, "uid:0", False),
        ("unheard-of", "uid:0", False),
    ],
)
def test_what_is_done_at_the_terminal_is_checked_with_discord(action: str, actor: str, is_doubted: bool) -> None:
    entry = AuditEntry(id=1, at=NOW, actor=actor, actor_name="x", action=action, subject="x")
    assert membership.is_doubted(entry) == is_doubted


async def test_new_devices_that_an_admin_suspended_are_not_restored_with_the_role(worlds: Worlds) -> None:
    """The member was cut off by the bot as well, and the devices of then are gone."""
    async with worlds() as w:
        anna = await joined(w)
        w.discord.guild.set_roles(anna, [])
        await become(w.gate, "anna-pc")
        await w.gate.gateway.ask(Revoke(actor=ADMIN, owner=str(anna.id)))
        await w.gate.gateway.ask(Join(actor=ADMIN, owner=str(anna.id), device="laptop", public_key=key()))
        await suspend(w, anna)
        w.discord.guild.set_roles(anna, ["Friends"])
        await stays(w, "laptop")


async def test_one_device_that_is_suspended_already_keeps_no_other(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await joined(w)
        await join(anna, device="phone")
        peer = w.gate.device("phone")
        peers = {**w.gate.desired.peers, peer.id: replace(peer, suspended_at=NOW)}
        w.gate.desired = replace(w.gate.desired, peers=peers)
        w.discord.guild.set_roles(anna, [])
        await become(w.gate, "anna-pc", "phone")


async def test_an_event_that_comes_while_an_earlier_one_is_acted_on_is_not_lost(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    decides, go_on = asyncio.Event(), asyncio.Event()
    decide = Decisions.decide

    async def slowly(table: Decisions, member: int, **decision: Any) -> None:
        decides.set()
        await go_on.wait()
        await decide(table, member, **decision)

    monkeypatch.setattr(Decisions, "decide", slowly)
    async with worlds() as w:
        anna = await joined(w)
        w.discord.guild.set_roles(anna, [])
        await decides.wait()
        w.discord.guild.set_roles(anna, ["Friends"])
        await until(lambda: any(news.roles for news in w.bot.membership._news.values()))
        go_on.set()
        await stays(w)


async def test_a_member_suspended_by_an_admin_finds_no_way_around_it_and_is_told_so(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await joined(w)
        await suspend(w, anna)
        peer = w.gate.device("anna-pc")
        for reply in (
            await join(anna, device="phone"),
            await anna.slash("leave"),
            await anna.slash("forward", port="25565"),
        ):
            assert "anna-pc is suspended. Ask an admin" in reply.content
        assert list(w.gate.desired.peers) == [peer.id]


async def test_access_that_an_admin_gave_without_a_role_ends_with_leaving(worlds: Worlds) -> None:
    """The access does not return with the member."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna")
        await grants.grant(w.bot.context.memory, anna.id)
        await join(anna, device="anna-pc")
        w.discord.guild.set_roles(anna, ["Chess"])
        await stays(w)
        w.discord.guild.remove_member(anna)
        await become(w.gate, "anna-pc")
        w.discord.guild.rejoin(anna)
        await stays(w, "anna-pc")
        assert not await grants.is_granted(w.bot.context.memory, anna.id)


async def test_a_gateway_away_is_waited_for(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = counted(monkeypatch, Decisions, "_tell")
    async with worlds() as w:
        anna = await joined(w)
        await w.gate.stop()
        w.discord.guild.remove_member(anna)
        await again(tries)
        assert suspended(w.gate) == set()
        await w.gate.start()
        await become(w.gate, "anna-pc")


async def test_a_member_back_before_a_ban_was_acted_on_keeps_the_devices(worlds: Worlds) -> None:
    """The gateway is away meanwhile."""
    async with worlds() as w:
        anna = await joined(w)
        await w.gate.stop()
        w.discord.guild.ban(anna)
        w.discord.guild.rejoin(anna)
        w.discord.guild.set_roles(anna, ["Friends"])
        await until(lambda: any(news.roles for news in w.bot.membership._news.values()))
        await w.gate.start()
        await stays(w)


@pytest.mark.parametrize("status", [503, 403, 404, None])
async def test_a_question_that_discord_fails_to_answer_suspends_no_device(
    worlds: Worlds, status: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the answer "unknown member" suspends; after a failure the bot asks again soon."""
    monkeypatch.setattr(membership, "WITHOUT_EVENTS_S", 0.02)
    async with worlds() as w:
        anna = await joined(w)
        await w.stop()
        w.discord.fail_next("GET", "/guilds/*/members/*", status, times=3)
        await w.start()
        await until(lambda: asked(w, status=200))
        await stays(w)
        w.discord.guild._state.members.pop(anna.user.id)
        w.bot.membership.look_again()
        await until(lambda: "anna-pc" in suspended(w.gate))


async def test_a_rate_limit_while_asking_is_kept_and_suspends_no_device(worlds: Worlds) -> None:
    """An event about another member does not wait for it."""
    async with worlds() as w:
        await joined(w)
        ben = await joined(w, "ben")
        w.discord.rate_limit("GET", "/guilds/*/members/*", retry_after=1000)
        w.bot.membership.look_again()
        await until(lambda: any(one.status == 429 for one in w.discord.exchanges))
        w.discord.guild.set_roles(ben, [])
        await become(w.gate, "ben-pc")


async def test_an_outage_stops_the_questions_about_owners_at_the_first(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Each further one would be another line of the log, and another request, every few seconds."""
    monkeypatch.setattr(membership, "WITHOUT_EVENTS_S", 0.02)
    looks = counted(monkeypatch, Membership, "_look")
    caplog.set_level(logging.INFO)
    async with worlds() as w:
        for name in ("anna", "ben", "cleo", "dave", "eve", "finn", "gus", "hal"):
            await joined(w, name)
        before, begun = len(asked(w)), looks()
        w.discord.fail_next("GET", "/guilds/*/members/*", None, times=1000)
        w.bot.membership.look_again()
        await again(looks)
        failed = 1000 - w.discord._backend.faults.failures[0].times
        assert failed <= 2 * (looks() - begun + 1)  # because aiohttp repeats a request whose connection is lost
        w.discord._backend.faults.failures.clear()
        await until(lambda: len(asked(w)) >= before + 8)
        assert len([one for one in caplog.records if "is checked later" in one.getMessage()]) == 1


async def test_an_answer_older_than_an_event_does_not_count(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    """The member lost the role after Discord had looked it up, and before the answer arrived."""
    looked, arrives = asyncio.Event(), asyncio.Event()
    fetch = discord.Guild.fetch_member

    async def slowly(guild: discord.Guild, member_id: int) -> discord.Member:
        found = await fetch(guild, member_id)
        looked.set()
        await arrives.wait()
        return found

    async with worlds() as w:
        anna = await joined(w)
        monkeypatch.setattr(discord.Guild, "fetch_member", slowly)
        w.bot.membership.look_again()
        await looked.wait()
        w.discord.guild.set_roles(anna, [])
        await become(w.gate, "anna-pc")
        arrives.set()
        await stays(w, "anna-pc")


async def test_an_outage_of_the_server_suspends_no_device(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    """Discord knows no member during an outage, so the bot asks only after it."""
    considered = counted(monkeypatch, Membership, "_ask")
    async with worlds() as w:
        await settled(w)
        await joined(w)
        ben = await joined(w, "ben")
        w.discord.guild.outage()
        w.discord.guild._state.members.pop(ben.user.id)
        await until(lambda: w.bot.context.guild() is None)
        before = len(asked(w))
        w.bot.membership.look_again()
        await until(lambda: considered() == 2)
        assert len(asked(w)) == before
        assert suspended(w.gate) == set()
        w.discord.guild.recover()
        await become(w.gate, "ben-pc")


@pytest.mark.parametrize("owner", ["uid:0", "9" * 30, "\u0661" * 18])
async def test_devices_of_owners_that_are_not_on_discord_are_left_alone(
    worlds: Worlds, caplog: pytest.LogCaptureFixture, owner: str
) -> None:
    """They do not keep the bot from checking the other owners."""
    async with worlds() as w:
        await settled(w)
        await joined(w)
        ben = await joined(w, "ben")
        peer = w.gate.device("anna-pc")
        peers = {**w.gate.desired.peers, peer.id: replace(peer, owner=owner)}
        w.gate.desired = replace(w.gate.desired, peers=peers)
        await until(lambda: owner in owners(w))
        w.discord.guild._state.members.pop(ben.user.id)
        w.bot.membership.look_again()
        await become(w.gate, "ben-pc")
        assert asked(w) == [f"/guilds/{w.discord.guild.id}/members/{ben.id}"]
        assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_with_the_intent_the_bot_asks_about_no_member_without_need(worlds: Worlds) -> None:
    async with worlds() as w:
        await settled(w)
        anna = await joined(w)
        before = len(asked(w))
        for roles in (["Chess"], ["Friends"], []):
            w.discord.guild.set_roles(anna, roles)
        await become(w.gate, "anna-pc")
        assert len(asked(w)) == before


@contextlib.asynccontextmanager
async def serving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[FakeDiscord, Gate]]:
    """Run `main.serve` with the members intent switched off in Discord."""
    gate = Gate(tmp_path / "gateway.sock")
    await gate.start()
    async with FakeDiscord.serve(tls=False) as discord:
        lead_to(discord, monkeypatch)
        section = DiscordSection(guild=discord.guild.id, member_roles=("Friends",), state_dir=tmp_path)
        config = BotConfig(socket=gate.path, discord=section)
        running = asyncio.create_task(main.serve(config, discord.token, LANGUAGES))
        try:
            await discord.ready()
            yield discord, gate
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await gate.close()


async def test_without_the_intent_the_bot_says_so_and_asks_about_the_owners(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A lost role is found within seconds, and a ban still comes as an event."""
    monkeypatch.setattr(membership, "WITHOUT_EVENTS_S", 0.2)
    async with serving(tmp_path, monkeypatch) as (discord, gate):
        (violation,) = discord.violations
        assert "4014" in violation
        assert [record for record in caplog.records if "Server Members Intent" in record.message]
        anna, ben = (discord.guild.add_member(name, ["Friends"]) for name in ("anna", "ben"))
        await join(anna, device="anna")
        discord.guild.set_roles(anna, [])
        await become(gate, "anna")
        discord.guild.set_roles(anna, ["Friends"])
        await become(gate)
        monkeypatch.setattr(membership, "WITHOUT_EVENTS_S", 1000)
        await join(ben, device="ben")
        discord.guild.ban(ben)
        await become(gate, "ben")


def event(name: str, **data: object) -> str:
    return json.dumps({"op": 0, "t": name, "s": 1, "d": {"guild_id": "7", "user": {"id": "5"}, **data}})


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (event("GUILD_MEMBER_UPDATE", roles=["1", "2"]), (5, Standing(frozenset({1, 2})))),
        (event("GUILD_MEMBER_ADD", roles=[]), (5, Standing(frozenset()))),
        (event("GUILD_MEMBER_REMOVE"), (5, Standing(None))),
        (event("GUILD_BAN_ADD"), (5, Standing(None, is_banned=True))),
        (event("GUILD_MEMBER_REMOVE", guild_id="8"), None),
        (event("MESSAGE_CREATE", content='"t": "GUILD_MEMBER_REMOVE"'), None),
        (event("MESSAGE_CREATE", content='"GUILD_MEMBER_'), None),
    ],
)
def test_what_the_websocket_tells_of_a_member(message: str, expected: object) -> None:
    """Only events of the own server count, and no text of a message is taken for an event."""
    assert parse_event(message, 7) == expected
