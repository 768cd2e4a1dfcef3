"""Discord misbehaves: outages, lost and repeated events, lost replies, late interactions, limits, a wrong clock.

Each story ends with a bot that works, and with everything standing once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.access import admission, membership
from bot.access.admission import Admission
from bot.core import pace, posting
from bot.log import logbook
from bot.log.logbook import Logbook
from bot.matches import cards
from bot.ports import reminders
from gateway.api.contract import AuditEntry
from tests.fakediscord import Message, Permission, Person, Reply, button, state
from tests.joining import join, press_platform, rotate, sent
from tests.unit.bot.english import words
from tests.unit.bot.patience import again, counted, until
from tests.unit.bot.world import World, world
from tests.unit.fakes.host import NOW

Worlds = Callable[..., AbstractAsyncContextManager[World]]
CALLBACK = "/interactions/*/callback"
POSTS = "/channels/*/messages"
ANSWERS = "/webhooks/*"


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Worlds:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(cards, "TICK_S", 0.02)
    for service in (admission, logbook, reminders):
        monkeypatch.setattr(service, "POLL_S", 0.02)
    for module in (membership, logbook):
        monkeypatch.setattr(module, "RETRY_S", 0.02)
    monkeypatch.setattr(pace, "EDIT_S", 0)
    monkeypatch.setattr(posting, "RETRY_S", (0, 0))
    return partial(world, tmp_path, monkeypatch, ready_s=0.1, log_channel="vpn-log", admin_channel="vpn-admins")


@dataclass
class People:
    """A friend with a device, an admin, and a stranger."""

    anna: Person
    boss: Person
    mia: Person

    @classmethod
    async def of(cls, w: World) -> People:
        guild = w.discord.guild
        anna, boss, mia = (
            guild.add_member("anna", ["Friends"]),
            guild.add_member("boss", ["Admin"]),
            guild.add_member("mia"),
        )
        await join(anna, device="pc")
        await until(lambda: w.bot.logbook._read)
        return cls(anna, boss, mia)


def in_channel(w: World, name: str) -> list[Message]:
    return w.discord.guild.channel(name).messages


async def announced(w: World, anna: Person) -> Message:
    await anna.slash("forward", port="25565", announce=True)
    return in_channel(w, "general")[-1]


def shows(w: World, message: Message, text: str) -> Awaitable[None]:
    return w.discord.until(lambda: text in message.text, f"{text} in {message.text!r}")


def happens(w: World, subject: str) -> None:
    """Add an entry to the gateway's audit log."""
    w.gate.audit.append(
        AuditEntry(id=len(w.gate.audit) + 1, at=NOW, actor="1", actor_name="root", action="revoke", subject=subject)
    )


def changes(w: World) -> list[str]:
    """Return what members have asked the gateway to change."""
    names = [type(request).__name__ for request in w.gate.asked]
    return [name for name in names if not name.startswith(("Get", "List"))]


def told(w: World, subject: str) -> int:
    """Return how many entries of the log channel are about this subject."""
    embeds = [raw for message in in_channel(w, "vpn-log") for raw in message.embeds]
    return sum(subject in str(raw) for raw in embeds)


def about_cloudflare(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if "Cloudflare" in record.getMessage()]


# -- connections


async def test_after_an_outage_whose_end_loses_ready_all_is_told_once(worlds: Worlds) -> None:
    """Matches go on meanwhile. The card and the log channel are up to date afterwards."""
    async with worlds() as w:
        people = await People.of(w)
        card = await announced(w, people.anna)
        await w.discord.down()
        w.gate.now += timedelta(minutes=10)
        w.gate.players["25565"] = 7
        happens(w, "1/laptop")
        w.discord.lose_ready(2)
        await w.discord.up()
        await w.discord.reconnected()
        await shows(w, card, "7 players")
        assert (await people.anna.slash("status")).embeds[0].title == words("status-title")
        await w.discord.until(lambda: told(w, "laptop"), "the log entry")
        assert told(w, "laptop") == 1


async def test_a_refused_resume_loses_no_command_and_no_member(worlds: Worlds) -> None:
    async with worlds() as w:
        people = await People.of(w)
        w.discord.forget_sessions()
        w.discord.guild.set_roles(people.anna, [])
        await w.discord.drop_websocket()
        await w.discord.ready(2)
        await until(lambda: w.gate.device("pc").suspended_at)
        assert (await people.anna.slash("forward", port="25565")).content.startswith("Sorry")


async def test_a_bot_that_starts_in_an_outage_of_the_server_works_once_it_is_over(worlds: Worlds) -> None:
    async with worlds() as w:
        people = await People.of(w)
        await w.stop()
        w.discord.guild.outage()
        w.discord.guild.set_roles(people.anna, [])
        happens(w, "1/laptop")
        await w.start()
        assert not w.gate.device("pc").suspended_at
        w.discord.guild.recover()
        await until(lambda: w.gate.device("pc").suspended_at)
        await w.discord.until(lambda: told(w, "laptop"), "the log entry")
        assert (await people.boss.slash("status")).embeds


async def test_a_limit_on_one_acknowledgement_holds_up_no_other(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """discord.py would wait for it, although Discord takes the acknowledgement no more then."""
    monkeypatch.setattr("bot.core.interaction.ACKNOWLEDGE_S", 0.2)
    async with worlds() as w:
        people = await People.of(w)
        w.discord.rate_limit("POST", CALLBACK, retry_after=40)
        limited = people.anna.begin("forward", port="25565")
        await w.discord.until(lambda: any(each.status == 429 for each in w.discord.exchanges), "a refusal")
        w.discord._backend.faults.limits.clear()
        assert (await people.boss.slash("status")).embeds
        await until(lambda: "could not be acknowledged" in caplog.text)
        assert limited.messages == []
        w.discord.violations.clear()


async def test_a_server_that_comes_back_from_an_outage_changed_is_known_as_it_is(worlds: Worlds) -> None:
    """A role that gives access was taken, and the log channel renamed, which no event told."""
    async with worlds() as w:
        people, guild = await People.of(w), w.discord.guild
        log = guild.channel("vpn-log")
        guild.outage()
        await until(lambda: w.bot.context.guild() is None)
        guild.set_roles(people.anna, [])
        guild.rename_channel(log, "gate-log")
        guild.recover()
        await until(lambda: w.gate.device("pc").suspended_at)
        happens(w, "1/laptop")
        await w.discord.until(lambda: log.messages and "laptop" in log.messages[-1].text, "the renamed channel's entry")


async def test_a_token_that_is_reset_under_way_makes_the_bot_give_up_nothing(worlds: Worlds) -> None:
    """Discord refuses every request with 401 before it closes the connection."""
    async with worlds() as w:
        people = await People.of(w)
        card = await announced(w, people.anna)
        world = w.discord._backend.world
        old, world.token = world.token, "new.token"
        w.gate.players["25565"] = 7
        await w.discord.until(lambda: any(each.status == 401 for each in w.discord.exchanges), "a refusal")
        world.token = old
        await shows(w, card, "7 players")
        assert {each for each in w.discord.violations if "token is missing or wrong" not in each} == set()
        w.discord.violations.clear()


async def test_permissions_that_come_back_bring_back_the_log_and_the_cards(worlds: Worlds) -> None:
    """What happened in between is told in order, and each once."""
    async with worlds() as w:
        people, guild = await People.of(w), w.discord.guild
        card = await announced(w, people.anna)
        log, general = guild.channel("vpn-log"), guild.channel("general")
        for channel in (log, general):
            guild.deny_bot(channel, Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES)
        w.gate.players["25565"] = 7
        happens(w, "1/laptop")
        happens(w, "1/phone")
        await until(lambda: any(posted.pace.is_lost for posted in w.bot._cards._posted.values()))
        w.gate.players["25565"] = 8
        assert log.messages == []
        for channel in (log, general):
            guild.deny_bot(channel, Permission(0))
        await shows(w, card, "8 players")
        lost = words("log-card-lost-title")
        await w.discord.until(lambda: all(told(w, each) for each in ("laptop", "phone", lost)), "all entries")
        assert [told(w, each) for each in ("laptop", "phone", lost)] == [1, 1, 1]


async def test_events_that_arrive_twice_are_acted_on_once(worlds: Worlds) -> None:
    """A replay may overlap with what the bot had."""
    async with worlds() as w:
        w.discord.repeat_events()
        people = await People.of(w)
        assert people.anna.unread == []
        card = await announced(w, people.anna)
        assert len(in_channel(w, "general")) == 1
        await join(people.mia)
        (request,) = in_channel(w, "vpn-admins")
        form = await people.boss.press(button(request, "Deny"))
        await people.boss.submit(form.modal, {})
        assert (await people.mia.dm()).content == words("request-refused")
        closed = await people.anna.press(button(card, words("card-close-button")))
        assert len(closed.messages) == 1
        assert "closed" in closed.text.lower()
        assert changes(w) == ["Join", "AddForward", "RemoveForward"]
        assert people.mia.unread == []


async def test_an_interaction_that_comes_late_does_nothing(worlds: Worlds, caplog: pytest.LogCaptureFixture) -> None:
    """Its member sees that the application did not respond, and must find no device without a config."""
    async with worlds() as w:
        people = await People.of(w)
        card = await announced(w, people.anna)
        devices = len(w.gate.desired.peers)
        w.discord.deliver_late()
        people.anna.begin("join", device="second")
        late = asyncio.create_task(people.anna.press(button(card, words("card-close-button"))))
        await w.discord.until(lambda: sum(each.code == 10062 for each in w.discord.exchanges) == 2, "two refusals")
        assert "did not respond" in str((await asyncio.gather(late, return_exceptions=True))[0])
        w.discord.deliver_late(0)
        await people.anna.slash("status")
        assert (len(w.gate.desired.peers), len(w.gate.desired.forwards)) == (devices, 1)
        assert len([one for one in caplog.records if "could not be acknowledged" in one.getMessage()]) == 2


@pytest.mark.parametrize("hours", [-30, 30])
async def test_a_clock_that_differs_from_discords_changes_nothing(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    monkeypatch.setattr(state, "SKEW_S", hours * 3600.0)
    monkeypatch.setattr(pace, "OLD_EDIT_S", 0.05)
    async with worlds() as w:
        people = await People.of(w)
        card = await announced(w, people.anna)
        w.gate.players["25565"] = 7
        await shows(w, card, "7 players")
        await join(people.mia)
        assert len(in_channel(w, "vpn-admins")) == 1


@pytest.mark.parametrize("is_stopped", [False, True])
async def test_what_arrived_before_a_long_outage_is_not_posted_again_after_it(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch, is_stopped: bool
) -> None:
    """Discord remembers a nonce for some minutes only, so the bot looks into the channel."""
    posts, looks = counted(monkeypatch, Logbook, "_post"), counted(monkeypatch, Admission, "_look")
    async with worlds() as w:
        people = await People.of(w)
        log, admins = (w.discord.guild.channel(name) for name in ("vpn-log", "vpn-admins"))
        for channel in (log, admins):
            w.discord.fail_next("POST", f"/channels/{channel.id}/*", None, 1000, lost=True)
        w.discord.fail_next("GET", f"/channels/{admins.id}/*", 503, 1000)
        await join(people.mia)
        happens(w, "1/laptop")
        await w.discord.until(lambda: told(w, "laptop"), "the entry")
        w.discord.fail_next("GET", f"/channels/{log.id}/*", 503, 1000)
        await w.discord.down()
        if is_stopped:
            await w.stop()
            await pass_by(w)
        else:
            begun = posts()
            await pass_by(w, looks)
            await until(lambda: posts() >= begun + 2 or not w.bot.logbook._waiting)
        happens(w, "1/phone")
        await w.discord.up()
        await (w.start() if is_stopped else w.discord.reconnected())
        await w.discord.until(lambda: told(w, "phone"), "the next entry")
        (request,) = in_channel(w, "vpn-admins")
        await people.boss.press(button(request, "Approve"))
        await people.mia.dm()
        assert (told(w, "laptop"), told(w, "phone"), len(in_channel(w, "vpn-admins"))) == (1, 1, 1)


async def test_entries_that_the_last_run_had_sent_are_not_posted_with_later_ones(worlds: Worlds) -> None:
    """It ended before it knew, and the next one begins with another batch."""
    async with worlds() as w:
        await People.of(w)
        w.discord.fail_next("POST", f"/channels/{w.discord.guild.channel('vpn-log').id}/*", None, 1000, lost=True)
        happens(w, "1/laptop")
        await w.discord.until(lambda: told(w, "laptop"), "the entry")
        await w.stop()
        w.discord._backend.faults.failures.clear()
        happens(w, "1/phone")
        await w.start()
        await w.discord.until(lambda: told(w, "phone"), "the next entry")
        assert (told(w, "laptop"), told(w, "phone")) == (1, 1)


@pytest.mark.parametrize("command", ["join", "rotate"])
async def test_a_config_stands_once_also_when_every_try_to_send_it_has_no_answer(worlds: Worlds, command: str) -> None:
    """It holds a private key. A config of the same words that was sent before is another one."""
    async with worlds() as w:
        people = await People.of(w)
        await sent(people.anna, await rotate(people.anna, device="pc"))
        device = "second" if command == "join" else "pc"
        setup = await press_platform(people.anna, await people.anna.slash(command, device=device))
        w.discord.fail_next("POST", people.anna.dm_route, None, times=3, lost=True)
        await sent(people.anna, setup)
        assert setup.files == {}
        assert len(people.anna.dms) == 2
        setup = await rotate(people.anna, device="pc")
        w.discord.fail_next("POST", people.anna.dm_route, None, times=3)
        await people.anna.press(setup.button("Send to my DMs"))
        assert list(setup.message.files) == ["gg-pc.conf"]
        assert len(people.anna.dms) == 2


async def test_a_card_stands_once_also_when_every_try_to_post_it_has_no_answer(worlds: Worlds) -> None:
    async with worlds() as w:
        people = await People.of(w)
        w.discord.fail_next("POST", POSTS, None, times=3, lost=True)
        reply = await people.anna.slash("forward", port="25565", announce=True)
        assert words("card-not-announced") not in reply.text
        (card,) = in_channel(w, "general")
        w.gate.players["25565"] = 7
        await shows(w, card, "7 players")


async def pass_by(w: World, *tries: Callable[[], int]) -> None:
    """Let ten minutes of an outage pass. What was under way before them ends first, as it does in four seconds."""
    w.gate.now += timedelta(minutes=10)
    for count in tries:
        await again(count)
    w.discord._backend.faults.failures.clear()
    w.discord.grow_old(timedelta(minutes=10))


async def test_a_decision_that_was_told_before_a_long_outage_is_not_told_again(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = counted(monkeypatch, Admission, "_look")
    async with worlds() as w:
        people = await People.of(w)
        w.discord.fail_next("POST", people.mia.dm_route, None, 1000, lost=True)
        await _deny(w, people)
        await w.discord.down()
        await pass_by(w, looks)
        await w.discord.up()
        await w.discord.reconnected()
        await until(lambda: _all_told(w))
        assert [one.content for one in people.mia.dms] == [words("request-refused")]


async def _all_told(w: World) -> bool:
    return not await w.bot.context.memory.rows("SELECT id FROM requests WHERE untold")


# -- replies that are lost after their request took effect

Act = Callable[[World, People], Awaitable[object]]


async def _join(w: World, people: People) -> Reply:
    return await join(people.anna, device="second")


async def _announce(w: World, people: People) -> Reply:
    return await people.anna.slash("forward", port="25565", announce=True)


async def _close_by_card(w: World, people: People) -> Reply:
    card = await announced(w, people.anna)
    return await people.anna.press(button(card, words("card-close-button")))


async def _ask(w: World, people: People) -> Reply:
    return await join(people.mia)


async def _approve(w: World, people: People) -> Reply:
    await join(people.mia)
    return await people.boss.press(button(in_channel(w, "vpn-admins")[-1], "Approve"))


async def _deny(w: World, people: People) -> Reply:
    await join(people.mia)
    form = await people.boss.press(button(in_channel(w, "vpn-admins")[-1], "Deny"))
    return await people.boss.submit(form.modal, {})


async def _revoke(w: World, people: People) -> Reply:
    reply = await people.boss.slash("revoke", member=people.anna)
    return await people.boss.press(reply.button(words("revoke-revoke-button")))


async def _remind(w: World, people: People) -> None:
    await people.anna.slash("forward", port="25565")
    w.gate.now += timedelta(hours=11, minutes=51)
    await people.anna.dm()


# What stands in the end: direct messages by reader, messages by channel, and all that was changed.
STANDS: dict[Act, tuple[dict[str, int], dict[str, int], list[str]]] = {
    _join: ({}, {}, ["Join", "Join"]),
    _announce: ({}, {"general": 1}, ["Join", "AddForward"]),
    _close_by_card: ({}, {"general": 1}, ["Join", "AddForward", "RemoveForward"]),
    _ask: ({}, {"vpn-admins": 1}, ["Join"]),
    _approve: ({"mia": 1}, {"vpn-admins": 1}, ["Join"]),
    _deny: ({"mia": 1}, {"vpn-admins": 1}, ["Join"]),
    _revoke: ({}, {}, ["Join", "Revoke"]),
    _remind: ({"anna": 1}, {}, ["Join", "AddForward"]),
}


@pytest.mark.parametrize(
    ("act", "method", "path", "status"),
    [
        pytest.param(_join, "PATCH", ANSWERS, None, id="a config"),
        pytest.param(_join, "PATCH", ANSWERS, 502, id="the answer of a command"),
        pytest.param(_join, "POST", CALLBACK, None, id="an acknowledgement"),
        pytest.param(_announce, "POST", POSTS, 502, id="a card"),
        pytest.param(_close_by_card, "POST", CALLBACK, 502, id="an acknowledgement of a button"),
        pytest.param(_close_by_card, "PATCH", ANSWERS, None, id="the answer of a button"),
        pytest.param(_ask, "POST", POSTS, None, id="a request"),
        pytest.param(_approve, "PUT", "/guilds/*/members/*/roles/*", None, id="a role"),
        pytest.param(_approve, "PATCH", "/channels/*/messages/*", 502, id="a decided request"),
        pytest.param(_approve, "PATCH", ANSWERS, None, id="the answer of an approval"),
        pytest.param(_deny, "POST", CALLBACK, None, id="a form"),
        pytest.param(_deny, "PATCH", ANSWERS, None, id="the answer of a form"),
        pytest.param(_revoke, "PATCH", ANSWERS, None, id="an edit by a button"),
        pytest.param(_remind, "POST", POSTS, None, id="a reminder"),
        pytest.param(_remind, "POST", "/users/@me/channels", None, id="a channel that is opened"),
    ],
)
async def test_whatever_reply_is_lost_after_its_effect_everything_stands_once(
    worlds: Worlds, act: Act, method: str, path: str, status: int | None
) -> None:
    """`status` None: the connection breaks, and the bot itself repeats. After 502 discord.py does."""
    async with worlds() as w:
        people = await People.of(w)
        w.discord.fail_next(method, path, status, lost=True)
        reply = await act(w, people)
        dms, channels, changed = STANDS[act]
        assert {one.name: len(one.dms) for one in (people.anna, people.boss, people.mia) if one.dms} == dms
        assert {name: len(in_channel(w, name)) for name in ("general", "vpn-admins") if in_channel(w, name)} == channels
        assert changes(w) == changed
        if isinstance(reply, Reply):
            assert len(reply.messages) == 1
            assert words("discord-failed") not in reply.text
        w.discord.violations[:] = [each for each in w.discord.violations if "40060" not in each]
