"""Asking for access: the request in the admin channel, the admins' decision, and the messages to the member."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.access import admission, grants, membership
from bot.access.admission import Admission
from bot.access.membership import Membership
from bot.access.requests import AccessRequest, Ledger, RequestState
from bot.app import SCHEMA
from bot.core.context import Context
from bot.core.memory import Memory
from gateway.api.contract import PRIVATE_KEY_PLACEHOLDER
from gateway.keys import PrivateKey
from gateway.model import Duration, Mode
from tests.fakediscord import Message, Permission, Person, Reply, button, buttons
from tests.fakediscord.state import shown as as_shown
from tests.joining import WINDOWS, join
from tests.unit.bot.english import words
from tests.unit.bot.patience import PATIENCE_S, again, counted, until
from tests.unit.bot.world import World, world
from tests.unit.fakes.host import NOW

CHANNEL = "vpn-admins"
MANAGE_ROLES = int(Permission.MANAGE_ROLES)
Worlds = Callable[..., AbstractAsyncContextManager[World]]
Silence = Callable[[Person], Awaitable[None]]


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Worlds:
    """Return a maker of worlds with an admin channel."""
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(admission, "POLL_S", 0.02)
    monkeypatch.setattr(membership, "RETRY_S", 0.02)
    return partial(_people, tmp_path, monkeypatch)


@asynccontextmanager
async def _people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **section: Any) -> AsyncIterator[World]:
    async with world(tmp_path, monkeypatch, **{"admin_channel": CHANNEL, **section}) as w:
        w.discord.guild.channel(CHANNEL)
        w.discord.guild.role("Friends")
        yield w


def stranger(w: World, name: str = "mia") -> Person:
    return w.discord.guild.add_member(name)


def boss(w: World, name: str = "boss") -> Person:
    return w.discord.guild.add_member(name, roles=["Admin"])


def posted(w: World) -> list[Message]:
    return w.discord.guild.channel(CHANNEL).messages


async def asked(w: World, member: Person | None = None, **options: Any) -> tuple[Person, Message]:
    person = member or stranger(w)
    await join(person, **options)
    return person, posted(w)[-1]


async def refused(boss: Person, message: Message, reason: str) -> Reply:
    form = await boss.press(button(message, "Deny"))
    return await boss.submit(form.modal, {words("request-form-label"): reason} if reason else {})


async def let_in(mia: Person) -> Message:
    """Wait for the question that an approval brings, press a platform, and return the message, which is the setup."""
    message = await mia.dm()
    assert message.text.startswith(words("request-welcome"))
    await mia.press(button(message, WINDOWS))
    return message


async def says(w: World, message: Message, words: str) -> None:
    """Wait until the message has these words and no buttons."""
    await w.discord.until(lambda: words in message.text and not buttons(message), words)


@pytest.fixture
def nothing_comes(monkeypatch: pytest.MonkeyPatch) -> Silence:
    """Return a function that waits for the bot's next look at the requests, and asserts that it sent nothing."""
    looks = counted(monkeypatch, Admission, "_look")

    async def silence(person: Person) -> None:
        await again(looks)
        assert person.unread == []

    return silence


async def test_a_request_tells_the_admins_the_member_and_the_device(worlds: Worlds) -> None:
    """It is one message with two buttons. No device is made yet, and the member learns that the admins were asked."""
    async with worlds() as w:
        mia = stranger(w)
        reply = await join(mia, device="lap_top", mode="split")
        (message,) = posted(w)
        assert reply.ephemeral
        assert reply.content == words("request-asked")
        assert [each.label for each in buttons(message)] == ["Approve", "Deny"]
        assert mia.mention in message.text
        assert "Mia wants to join" in message.text
        assert "lap\\_top" in message.text
        assert words("purpose-light") in message.text
        assert message.text.count("<t:") == 3
        assert message.content == ""
        assert not w.gate.asked


async def test_approval_gives_the_role_and_asks_for_the_platform(worlds: Worlds) -> None:
    """The direct message goes on as /join does. The request's message and Discord's audit log name the admin."""
    async with worlds() as w:
        w.discord.guild.promote_bot(MANAGE_ROLES, position=50)
        admin = boss(w)
        mia, message = await asked(w, device="deck", mode="split", ipv4_only=True)
        reply = await admin.press(button(message, "Approve"))
        assert not w.gate.desired.peers
        dm = await let_in(mia)
        assert set(dm.files) == {"gg-deck.conf"}
        assert [each.label for each in buttons(dm)] == ["Get WireGuard", "It doesn't work"]
        peer = w.gate.device("deck")
        assert (peer.owner, peer.owner_name, peer.mode) == (str(mia.id), "Mia", Mode.SPLIT)
        assert peer.ipv6 is None
        assert reply.content == words("request-let-in", member="Mia")
        assert reply.ephemeral
        await says(w, message, f"✅ Approved by {admin.mention} (Boss) <t:{NOW.timestamp():.0f}:R>.")
        (given,) = [each for each in w.discord.exchanges if each.method == "PUT" and "/roles/" in each.path]
        assert given.reason == words("request-role-reason", admin="Boss")
        assert "deck" in (await mia.slash("status")).text


@pytest.mark.parametrize(("permissions", "position"), [(0, 50), (MANAGE_ROLES, 0)])
async def test_access_is_remembered_where_discord_does_not_let_the_role_be_given(
    worlds: Worlds, permissions: int, position: int
) -> None:
    """The admin reads what would help. The access lasts over a restart, until an admin revokes all devices."""
    async with worlds() as w:
        w.discord.guild.promote_bot(permissions, position=position)
        admin = boss(w)
        mia, message = await asked(w)
        reply = await admin.press(button(message, "Approve"))
        role = w.discord.guild.role("Friends")
        assert (
            reply.content
            == f"{words('request-let-in', member='Mia')}\n{words('request-role-refused', role=f'<@&{role.id}>')}"
        )
        assert (await let_in(mia)).files
        await w.stop()
        await w.start()
        assert (await mia.slash("forward", port="25565")).text.startswith("**Port 25565 is open")
        confirm = await admin.slash("revoke", member=mia)
        await admin.press(confirm.buttons[0])
        assert not w.gate.desired.peers
        assert "only for people with the role" in (await mia.slash("status")).content


async def test_a_member_that_was_let_in_and_has_no_device_can_be_turned_out(worlds: Worlds) -> None:
    async with worlds() as w:
        admin = boss(w)
        mia, message = await asked(w)
        await admin.press(button(message, "Approve"))
        await let_in(mia)
        await mia.slash("leave")
        assert (await admin.slash("revoke", member=mia)).content == words("revoke-access", member="Mia")
        assert (await admin.slash("revoke", member=mia)).content == words("revoke-nothing", member="Mia")
        assert "only for people with the role" in (await mia.slash("status")).content


@pytest.mark.parametrize("configured", [(), ("Fans",), (99,)])
async def test_a_role_that_is_not_there_is_named(worlds: Worlds, configured: tuple[int | str, ...]) -> None:
    """The member has access all the same. Without a configured role, none is missing."""
    async with worlds(member_roles=configured, absent=("Fans",)) as w:
        mia, message = await asked(w)
        reply = await boss(w).press(button(message, "Approve"))
        problem = [words("request-role-missing", role=str(role)) for role in configured]
        assert reply.content == "\n".join([words("request-let-in", member="Mia"), *problem])
        assert (await let_in(mia)).files
        assert "pc" in (await mia.slash("status")).text


async def test_a_role_that_is_configured_by_its_id_is_given(worlds: Worlds) -> None:
    async with worlds() as w:
        w.discord.guild.promote_bot(MANAGE_ROLES, position=50)
        role = w.discord.guild.role("Friends")
        await w.stop()
        w.section = replace(w.section, member_roles=(role.id,))
        await w.start()
        _, message = await asked(w)
        reply = await boss(w).press(button(message, "Approve"))
        assert reply.content == words("request-let-in", member="Mia")
        (given,) = [each for each in w.discord.exchanges if each.method == "PUT" and "/roles/" in each.path]
        assert given.path.endswith(f"/roles/{role.id}")


async def test_a_guest_that_is_let_in_becomes_a_member(worlds: Worlds) -> None:
    """The guest's role came after the request; a member's devices do not end."""
    async with worlds(guest_roles=("Guest",)) as w:
        w.discord.guild.promote_bot(MANAGE_ROLES, position=50)
        mia, message = await asked(w)
        w.discord.guild.set_roles(mia, ["Guest"])
        await boss(w).press(button(message, "Approve"))
        await join(mia, device="phone")
        assert w.gate.device("phone").expires_at is None


async def cut_off(w: World, *devices: str) -> Person:
    """Return a member that made these devices and then lost the role."""
    mia = w.discord.guild.add_member("mia", roles=["Friends"])
    for device in devices:
        await join(mia, device=device)
    w.discord.guild.set_roles(mia, [])
    await until(lambda: all(w.gate.device(device).suspended_at for device in devices))
    return mia


async def test_an_approval_replaces_no_device(worlds: Worlds) -> None:
    """The member's earlier ones come back with the access, so the question proposes a free name."""
    async with worlds() as w:
        mia = await cut_off(w, "pc", "phone")
        earlier = dict(w.gate.desired.peers)
        _, message = await asked(w, mia, device="pc")
        await boss(w).press(button(message, "Approve"))
        assert set((await let_in(mia)).files) == {"gg-pc2.conf"}
        assert earlier.keys() < w.gate.desired.peers.keys()


async def test_access_that_is_remembered_lets_the_other_devices_back_in(worlds: Worlds) -> None:
    """The bot may not give the role, so no event of Discord tells that the member has access."""
    async with worlds() as w:
        mia = await cut_off(w, "phone")
        _, message = await asked(w, mia, device="pc")
        await boss(w).press(button(message, "Approve"))
        await until(lambda: not w.gate.device("phone").suspended_at)


async def test_a_members_own_key_is_used(worlds: Worlds) -> None:
    async with worlds() as w:
        key = PrivateKey.generate().public_key
        mia, message = await asked(w, public_key=str(key))
        await boss(w).press(button(message, "Approve"))
        dm = await let_in(mia)
        assert list(dm.files) == ["gg-pc.conf"]
        assert PRIVATE_KEY_PLACEHOLDER in dm.files["gg-pc.conf"].decode()
        assert w.gate.device("pc").public_key == key


async def test_there_is_one_open_request_for_a_member(worlds: Worlds) -> None:
    """This also holds for two /join at the same moment."""
    async with worlds() as w:
        mia = stranger(w)
        replies = [mia.begin("join"), mia.begin("join", device="phone")]
        said = {(await reply.answered(5)).content for reply in replies}
        said.add((await join(mia)).content)
        assert len(posted(w)) == 1
        assert said == {words("request-asked"), words("request-waiting", since=f"<t:{NOW.timestamp():.0f}:R>")}


async def test_only_admins_decide(worlds: Worlds) -> None:
    """Neither the member that asks nor another one can decide; both read why."""
    async with worlds() as w:
        friend = w.discord.guild.add_member("friend", roles=["Friends"])
        mia, message = await asked(w)
        for label in ("Approve", "Deny"):
            assert (await friend.press(button(message, label))).content == words("admins-only")
            assert "only for people" in (await mia.press(button(message, label))).content
        form = await boss(w).press(button(message, "Deny"))
        assert (await friend.submit(form.modal, {})).content == words("admins-only")
        assert len(buttons(message)) == 2
        assert not w.gate.asked


async def test_of_two_admins_at_once_one_is_first(worlds: Worlds) -> None:
    """The second admin reads the name of the first, and there is one device and one config."""
    async with worlds() as w:
        boss1, boss2 = boss(w, "anna"), boss(w, "bert")
        mia, message = await asked(w)
        w.gate.answering.clear()
        approve = button(message, "Approve")
        presses = [asyncio.create_task(each.press(approve)) for each in (boss1, boss2)]
        await w.gate.reached.wait()
        (late,), (first,) = await asyncio.wait(presses, return_when=asyncio.FIRST_COMPLETED)
        winner = "Anna" if first is presses[0] else "Bert"
        assert late.result().content == words("request-being-approved", admin=winner)
        w.gate.answering.set()
        assert (await first).content.startswith(words("request-let-in", member="Mia"))
        assert len(mia.dms) == 1


async def test_a_click_on_a_decided_request_is_answered_with_the_admin_and_the_time(worlds: Worlds) -> None:
    """One admin has the form of a denial open while another one approves."""
    async with worlds() as w:
        boss1, boss2 = boss(w, "anna"), boss(w, "bert")
        mia, message = await asked(w)
        form = await boss2.press(button(message, "Deny"))
        await boss1.press(button(message, "Approve"))
        reply = await boss2.submit(form.modal, {words("request-form-label"): "no"})
        assert f"Approved by {boss1.mention} (Anna) <t:{NOW.timestamp():.0f}:R>." in reply.messages[-1].text
        assert len(mia.dms) == 1
        await says(w, message, "Approved by")


@pytest.mark.parametrize("label", ["Approve", "Deny"])
async def test_a_request_that_was_forgotten_does_not_become_another(worlds: Worlds, label: str) -> None:
    """When the bot's database is lost, its old buttons are answered and removed."""
    async with worlds() as w:
        _, message = await asked(w)
        await w.bot.context.memory.write("DELETE FROM requests")
        reply = await boss(w).press(button(message, label))
        assert words("request-unknown") in [as_shown(each.content) for each in reply.messages]
        assert not buttons(message)
        assert not w.gate.asked


async def test_a_denial_is_told_with_its_reason_as_it_was_typed(worlds: Worlds) -> None:
    """Markdown and mentions in it are escaped. There is no device, and a later /join asks anew."""
    async with worlds() as w:
        mia, message = await asked(w)
        reason = "**not** you @everyone\n<@&1> `x` " + "a" * 200
        reply = await refused(boss(w), message, reason)
        shown = "\\*\\*not\\*\\* you @everyone \\<@&1> \\`x\\`"
        assert reply.messages[-1].content == words("request-denied", member="Mia")
        assert shown in (await mia.dm()).content
        assert f"⛔ Denied by <@{reply.interaction.user.id}> (Boss)" in message.text
        assert shown in message.text
        assert not buttons(message)
        assert not w.gate.asked
        assert (await join(mia)).content == words("request-asked")
        assert len(posted(w)) == 2


async def test_a_denial_needs_no_reason(worlds: Worlds) -> None:
    async with worlds() as w:
        mia, message = await asked(w)
        await refused(boss(w), message, "")
        assert (await mia.dm()).content == words("request-refused")
        await says(w, message, "Denied by")
        assert "Reason" not in message.text


async def test_a_denial_to_closed_direct_messages_is_told_to_the_admin(worlds: Worlds) -> None:
    async with worlds() as w:
        mia, message = await asked(w)
        mia.close_dms()
        reply = await refused(boss(w), message, "no")
        assert reply.messages[-1].content == words("request-denied-untold", member="Mia")
        await says(w, message, "Denied by")


async def test_a_denial_to_closed_direct_messages_is_not_tried_again(worlds: Worlds, nothing_comes: Silence) -> None:
    """A member that opens them later is not told of an old denial."""
    async with worlds() as w:
        mia, message = await asked(w)
        mia.close_dms()
        await refused(boss(w), message, "no")
        mia.open_dms()
        await nothing_comes(mia)


async def test_a_denial_is_told_once_though_the_service_finds_it_too(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch, nothing_comes: Silence
) -> None:
    """The service reads that the denial is untold while the click is about to tell it."""
    due, direct_messages, found = Ledger.due, Context.direct_messages, asyncio.Event()

    async def finding(ledger: Ledger) -> list[AccessRequest]:
        requests = await due(ledger)
        if any(each.untold for each in requests):
            found.set()
        return requests

    async def after_the_service(context: Context, member_id: int) -> Any:
        await found.wait()
        return await direct_messages(context, member_id)

    monkeypatch.setattr(Ledger, "due", finding)
    monkeypatch.setattr(Context, "direct_messages", after_the_service)
    async with worlds() as w:
        mia, message = await asked(w)
        await refused(boss(w), message, "no")
        await nothing_comes(stranger(w, "noa"))
        assert len(mia.dms) == 1


async def test_a_request_that_is_being_approved_has_no_form_for_a_denial(worlds: Worlds) -> None:
    async with worlds() as w:
        anna, bert = boss(w, "anna"), boss(w, "bert")
        _, message = await asked(w)
        w.gate.answering.clear()
        press = asyncio.create_task(anna.press(button(message, "Approve")))
        await w.gate.reached.wait()
        reply = await bert.press(button(message, "Deny"))
        assert [each.content for each in reply.messages] == [words("request-being-approved", admin="Anna")]
        w.gate.answering.set()
        await press


async def test_buttons_and_forms_outlive_the_bot(worlds: Worlds) -> None:
    """The bot restarts between a request and the click, and between a form and its answer."""
    async with worlds() as w:
        admin = boss(w)
        mia, first = await asked(w)
        noa, second = await asked(w, stranger(w, "noa"))
        form = await admin.press(button(second, "Deny"))
        await w.stop()
        await w.start()
        await admin.press(button(first, "Approve"))
        assert "gg-pc.conf" in (await let_in(mia)).files
        await admin.submit(form.modal, {words("request-form-label"): "later"})
        assert (
            await noa.dm()
        ).content == f"{words('request-refused')}\n{words('request-refused-reason', reason='later')}"


async def test_an_approval_that_a_stop_cut_off_is_finished_at_the_next_start(worlds: Worlds) -> None:
    """The member has been asked already, and is not asked twice."""
    async with worlds() as w:
        mia, message = await asked(w)
        admin = boss(w)
        await admin.press(button(message, "Approve"))
        await mia.dm()
        await says(w, message, "Approved by")
        state = "UPDATE requests SET state = 'approving'"
        await w.bot.context.memory.write(state)
        await w.stop()
        await w.gate.stop()
        await w.start()
        await w.gate.start()
        memory = w.bot.context.memory
        await until(lambda: _is_approved(memory))
        assert len(mia.dms) == 1


async def test_an_approval_that_a_stop_cut_off_waits_for_a_gateway_that_is_away(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The admin has decided, and need not decide again."""
    tries = counted(monkeypatch, Admission, "_resume")
    async with worlds() as w:
        mia, message = await asked(w)
        await w.stop()
        await w.gate.stop()
        await w.start()
        await w.bot.context.memory.write("UPDATE requests SET state = 'approving', decided_at = asked_at")
        await until(tries)
        assert [each.member for each in await Ledger(w.bot.context.memory).half_approved()] == [mia.id]
        await w.gate.start()
        assert (await let_in(mia)).files
        await says(w, message, "Approved by")


async def _is_approved(memory: Memory) -> bool:
    return await memory.rows("SELECT state FROM requests") == [("approved",)]


async def test_a_request_expires(worlds: Worlds, nothing_comes: Silence) -> None:
    """It expires after a week. The member is told, and may ask again."""
    async with worlds() as w:
        mia, message = await asked(w)
        w.gate.now = NOW + timedelta(days=6, hours=23)
        await nothing_comes(mia)
        assert buttons(message)
        w.gate.now = NOW + timedelta(days=7)
        assert (await mia.dm()).content == words("request-ran-out")
        await says(w, message, "⌛ Expired")
        assert (await join(mia)).content == words("request-asked")
        await nothing_comes(mia)


async def test_a_request_is_closed_when_its_member_leaves(worlds: Worlds) -> None:
    async with worlds() as w:
        mia, message = await asked(w)
        w.discord.guild.remove_member(mia)
        await says(w, message, "they left the server")


async def test_a_member_that_left_without_an_event_cannot_be_let_in(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot notices it when an admin decides, closes the request, and makes no device."""
    monkeypatch.setattr(Membership, "receive", lambda *_: None)
    async with worlds() as w:
        mia, message = await asked(w)
        w.discord.guild.remove_member(mia)
        reply = await boss(w).press(button(message, "Approve"))
        assert reply.messages[-1].content == words("request-left", member="Mia")
        await says(w, message, "they left the server")
        assert not w.gate.desired.peers


@pytest.mark.parametrize("status", [None, 503])
async def test_a_config_that_cannot_be_delivered_waits_for_a_join(worlds: Worlds, status: int | None) -> None:
    """No device is made after closed direct messages or a failure; the member has access, and types /join."""
    async with worlds() as w:
        mia, message = await asked(w)
        admin = boss(w)
        if status is None:
            mia.close_dms()
        else:
            w.discord.fail_next("POST", mia.dm_route, status)
        reply = await admin.press(button(message, "Approve"))
        assert reply.content.startswith(words("request-let-in-undelivered", member="Mia"))
        await says(w, message, "did not arrive")
        assert not w.gate.desired.peers
        assert set((await join(mia)).files) == {"gg-pc.conf"}


async def test_a_gateway_that_is_away_leaves_the_request_open(worlds: Worlds) -> None:
    async with worlds() as w:
        admin = boss(w)
        mia, message = await asked(w)
        await w.gate.stop()
        reply = await admin.press(button(message, "Approve"))
        assert reply.messages[-1].content == f"{words('error-gateway_unreachable')} {words('request-stays-open')}"
        assert await Ledger(w.bot.context.memory).half_approved() == [], "the bot does not approve by itself later"
        assert len(buttons(message)) == 2
        await w.gate.start()
        await admin.press(button(message, "Approve"))
        assert (await let_in(mia)).files


async def test_a_gateway_that_refuses_the_device_says_so_to_the_member(worlds: Worlds) -> None:
    """The member has access by then, and may press again or type /join."""
    async with worlds() as w:
        key = str(PrivateKey.generate().public_key)
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await join(anna, public_key=key)
        mia, message = await asked(w, public_key=key)
        await boss(w).press(button(message, "Approve"))
        question = await mia.dm()
        reply = await mia.press(button(question, WINDOWS))
        assert words("error-key_in_use") in reply.text
        assert button(question, WINDOWS)
        assert (await join(mia)).files


async def test_a_question_of_a_member_that_lost_access_adds_nothing(worlds: Worlds) -> None:
    async with worlds() as w:
        mia, message = await asked(w)
        admin = boss(w)
        await admin.press(button(message, "Approve"))
        question = await mia.dm()
        await admin.slash("revoke", member=mia)
        reply = await mia.press(button(question, WINDOWS))
        assert "only for people with the role" in reply.text
        assert not w.gate.desired.peers


async def test_a_discord_that_fails_to_return_the_member_leaves_the_request_open(worlds: Worlds) -> None:
    async with worlds() as w:
        admin = boss(w)
        mia, message = await asked(w)
        w.discord.fail_next("GET", "/guilds/*/members/*", 503)
        reply = await admin.press(button(message, "Approve"))
        assert reply.messages[-1].content == f"{words('request-discord-fails')} {words('request-stays-open')}"
        assert not w.gate.asked
        await admin.press(button(message, "Approve"))
        assert (await let_in(mia)).files


async def test_a_role_that_discord_fails_to_give_does_not_keep_the_member_out(worlds: Worlds) -> None:
    async with worlds() as w:
        w.discord.guild.promote_bot(MANAGE_ROLES, position=50)
        mia, message = await asked(w)
        w.discord.fail_next("PUT", "/guilds/*/members/*/roles/*", 503)
        reply = await boss(w).press(button(message, "Approve"))
        assert reply.content == f"{words('request-let-in', member='Mia')}\n{words('request-role-failed')}"
        await let_in(mia)
        assert "pc" in (await mia.slash("status")).text


@pytest.mark.parametrize(("form_s", "failures"), [(PATIENCE_S, 5), (0.0, 0)], ids=["five failures", "too late"])
async def test_a_form_that_discord_does_not_take_is_answered(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch, form_s: float, failures: int
) -> None:
    """discord.py gives up after five failures; the bot gives up when no time is left. The next click opens the form."""
    async with worlds() as w:
        admin = boss(w)
        _, message = await asked(w)
        w.discord.fail_next("POST", "/interactions/*/callback", 503, times=failures)
        with monkeypatch.context() as patched:
            patched.setattr(admission, "FORM_S", form_s)
            reply = await admin.press(button(message, "Deny"))
        assert reply.messages[-1].content == f"{words('request-discord-fails')} {words('request-stays-open')}"
        assert (await admin.press(button(message, "Deny"))).modal


async def test_remembered_access_ends_with_leaving_the_server(worlds: Worlds) -> None:
    async with worlds() as w:
        mia, message = await asked(w)
        await boss(w).press(button(message, "Approve"))
        await let_in(mia)
        assert "pc" in (await mia.slash("status")).text
        w.discord.guild.remove_member(mia)
        await until(lambda: w.gate.device("pc").suspended_at)
        w.discord.guild.rejoin(mia)
        assert "only for people" in (await mia.slash("status")).content


async def test_a_request_whose_message_is_deleted_is_posted_again_by_the_next_join(worlds: Worlds) -> None:
    async with worlds() as w:
        mia, message = await asked(w)
        boss(w).delete(message)
        await join(mia)
        (again,) = posted(w)
        await boss(w, "root").press(button(again, "Approve"))
        assert (await let_in(mia)).files
        await says(w, again, "Approved by")


async def test_a_message_deleted_after_the_click_changes_nothing(worlds: Worlds) -> None:
    async with worlds() as w:
        mia, message = await asked(w)
        w.gate.answering.clear()
        admin = boss(w)
        press = asyncio.create_task(admin.press(button(message, "Approve")))
        await w.gate.reached.wait()
        admin.delete(message)
        w.gate.answering.set()
        assert (await press).messages[-1].content.startswith(words("request-let-in", member="Mia"))
        assert (await let_in(mia)).files


async def test_a_channel_that_is_not_there_is_told_in_the_log_channel(worlds: Worlds) -> None:
    """The admins learn that members cannot ask for access."""
    async with worlds(admin_channel="nowhere", log_channel="vpn-log", absent=("nowhere",)) as w:
        log_channel = w.discord.guild.channel("vpn-log")
        await join(stranger(w))
        problem = words("request-no-channel", channel="nowhere")
        await w.discord.until(lambda: any(problem in each.text for each in log_channel.messages), problem)


@pytest.mark.parametrize("configured", [None, "nowhere"])
async def test_without_a_channel_a_member_is_told_which_role_is_needed(worlds: Worlds, configured: str | None) -> None:
    async with worlds(admin_channel=configured, absent=("nowhere",)) as w:
        reply = await join(stranger(w))
        assert reply.content == words("no-access", roles="**Friends**")
        assert reply.ephemeral


@pytest.mark.parametrize("denied", [Permission.VIEW_CHANNEL, Permission.SEND_MESSAGES, Permission.EMBED_LINKS])
async def test_a_channel_that_the_bot_may_not_write_to_is_told_to_the_admins(
    worlds: Worlds, denied: Permission, caplog: pytest.LogCaptureFixture
) -> None:
    """The member that asks is not told. Once the bot has the permission, the next /join works."""
    async with worlds() as w:
        channel = w.discord.guild.channel(CHANNEL)
        w.discord.guild.deny_bot(channel, int(denied))
        mia = stranger(w)
        assert (await join(mia)).content == words("no-access", roles="**Friends**")
        assert words("request-no-permission", channel=f"<#{channel.id}>") in caplog.text
        w.discord.guild.deny_bot(channel, 0)
        assert (await join(mia)).content == words("request-asked")
        assert len(posted(w)) == 1


async def test_messages_that_discord_fails_to_take_are_sent_later(worlds: Worlds) -> None:
    """These are the request, its decision, and the message to the member."""
    async with worlds() as w:
        w.discord.fail_next("POST", "/channels/*/messages", 503)
        mia = stranger(w)
        assert (await join(mia)).content == words("request-asked")
        await w.discord.until(lambda: bool(posted(w)), "request")
        (message,) = posted(w)
        w.discord.fail_next("PATCH", "/channels/*/messages/*", 503)
        w.discord.fail_next("POST", mia.dm_route, 503)
        reply = await refused(boss(w), message, "no")
        assert reply.messages[-1].content == words("request-denied-untold", member="Mia")
        assert (await mia.dm()).content == f"{words('request-refused')}\n{words('request-refused-reason', reason='no')}"
        await says(w, message, "Denied by")
        assert len(mia.dms) == 1


async def test_a_member_that_was_given_the_role_by_hand_need_not_wait(worlds: Worlds) -> None:
    """The next /join works, and closes the request."""
    async with worlds() as w:
        mia, message = await asked(w)
        w.discord.guild.set_roles(mia, ["Friends"])
        assert (await join(mia)).files
        await says(w, message, "they already have access")


async def test_a_member_without_access_is_told_how_to_ask(worlds: Worlds) -> None:
    async with worlds() as w:
        reply = await stranger(w).slash("status")
        assert reply.content == words("no-access-ask", roles="**Friends**")


async def test_names_of_markdown_fit_and_show_as_they_are(worlds: Worlds) -> None:
    """The fake Discord refuses a message that is too long."""
    async with worlds() as w:
        name = "*" * 32
        mia, message = await asked(w, stranger(w, name), device="_" * 32)
        await refused(boss(w, "`" * 32), message, "*" * 300)
        assert "\\*" * 32 in message.text
        assert (await mia.dm()).content


async def test_a_guests_device_ends(worlds: Worlds) -> None:
    """The configuration says when; the answer tells the time."""
    async with worlds(guest_roles=("Guest",)) as w:
        gina = w.discord.guild.add_member("gina", roles=["Guest"])
        reply = await join(gina)
        end = NOW + timedelta(days=1)
        assert w.gate.device("pc").expires_at == end
        assert words("setup-ends", relative=f"<t:{end.timestamp():.0f}:R>") in reply.text
        anna = w.discord.guild.add_member("anna", roles=["Guest", "Friends"])
        await join(anna, device="forever")
        assert w.gate.device("forever").expires_at is None


async def test_a_guest_with_access_from_an_admin_is_a_member(worlds: Worlds) -> None:
    async with worlds(guest_roles=("Guest",)) as w:
        gina = w.discord.guild.add_member("gina", roles=["Guest"])
        await grants.grant(w.bot.context.memory, gina.id)
        await join(gina)
        assert w.gate.device("pc").expires_at is None


WANTED = AccessRequest(
    id=1, member=2, name="mia", joined_at=None, device="pc", mode=Mode.FULL, public_key=None, asked_at=3, channel=4
)


async def test_what_is_decided_stays_decided(tmp_path: Path) -> None:
    """Whatever comes late: an approval's end, a role, or a channel that takes no message."""
    async with Memory.open(tmp_path, SCHEMA) as memory:
        ledger = Ledger(memory)
        await ledger.open(WANTED)
        assert await ledger.settle(WANTED.id, RequestState.DENIED, NOW, tell=True)
        decided = await ledger.find(WANTED.id)
        assert not await ledger.settle(WANTED.id, RequestState.APPROVING, NOW)
        await ledger.conclude(WANTED.id, RequestState.OPEN)
        await ledger.no_longer_needed(WANTED.member, RequestState.LEFT, NOW)
        await ledger.withdraw(WANTED.id)
        assert await ledger.find(WANTED.id) == decided


async def test_a_message_that_shows_an_earlier_state_is_still_stale(tmp_path: Path) -> None:
    async with Memory.open(tmp_path, SCHEMA) as memory:
        ledger = Ledger(memory)
        shown = await ledger.open(WANTED)
        await ledger.settle(WANTED.id, RequestState.DENIED, NOW)
        await ledger.shown(shown, 7)
        (due,) = await ledger.due()
        assert (due.message, due.stale) == (7, True)
        await ledger.shown(due, 7)
        assert await ledger.due() == []


async def test_a_decided_request_is_deleted_after_its_time_when_all_is_told(tmp_path: Path) -> None:
    async with Memory.open(tmp_path, SCHEMA) as memory:
        ledger = Ledger(memory)
        await ledger.open(WANTED)
        await ledger.settle(WANTED.id, RequestState.DENIED, NOW, tell=True)
        for left in (True, True, False):
            await ledger.tidy(NOW)
            assert await ledger.find(WANTED.id)
            await ledger.tidy(NOW + timedelta(seconds=1))
            found = await ledger.find(WANTED.id)
            assert bool(found) is left
            if found and found.stale:
                await ledger.shown(found, 7)
            elif found and found.untold:
                await ledger.told(found.id)


async def test_the_bot_deletes_old_decisions(worlds: Worlds) -> None:
    """The configuration says when."""
    async with worlds(kept_for=Duration.parse("3d")) as w:
        _, message = await asked(w)
        await refused(boss(w), message, "no")
        memory = w.bot.context.memory
        w.gate.now = NOW + timedelta(days=3)
        assert await memory.rows("SELECT id FROM requests")
        w.gate.now = NOW + timedelta(days=3, seconds=1)

        async def deleted() -> bool:
            return not await memory.rows("SELECT id FROM requests")

        await until(deleted)


async def test_a_request_that_is_settled_while_it_is_stored_is_returned(tmp_path: Path) -> None:
    """The member gets a role, or leaves, between the two steps of storing it."""
    wanted = WANTED
    async with Memory.open(tmp_path, SCHEMA) as memory:
        ledger = Ledger(memory)
        assert await ledger.open(wanted) == wanted
        await ledger.no_longer_needed(wanted.member, RequestState.NEEDLESS, NOW)
        assert (await ledger.open(wanted)).state is RequestState.NEEDLESS
