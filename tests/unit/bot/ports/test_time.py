"""Forwards that end: their end is told at once, and a reminder before it extends or closes them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.config import Timezone
from bot.ports import reminders
from bot.ports.reminders import Reminders
from bot.ports.suggest import DURATIONS
from gateway.config import PolicySection
from gateway.model import Duration
from tests.fakediscord import Message, Person, button, buttons
from tests.joining import join
from tests.unit.bot.english import words
from tests.unit.bot.patience import counted, until
from tests.unit.bot.world import World, world
from tests.unit.fakes.host import NOW

Worlds = Callable[..., AbstractAsyncContextManager[World]]
Silence = Callable[[World, Person], Awaitable[None]]
HOURS12 = NOW + timedelta(hours=12)


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    monkeypatch.setattr(reminders, "POLL_S", 0.02)
    return partial(world, tmp_path, monkeypatch)


async def hosting(w: World, port: str = "25565", **options: Any) -> Person:
    """Add a member with a device and open ports, and read the message with its config."""
    anna = w.discord.guild.add_member("anna", roles=["Friends"])
    await join(anna)
    await anna.slash("forward", port=port, **options)
    return anna


async def reminded(w: World, anna: Person) -> Message:
    """Move the time to shortly before the end, and return the reminder."""
    w.gate.now = NOW + timedelta(hours=11, minutes=51)
    return await anna.dm()


@pytest.fixture
def nothing_comes(monkeypatch: pytest.MonkeyPatch) -> Silence:
    """Return a function that waits for the bot's next look at the time, and asserts that it sent nothing."""
    looks = counted(monkeypatch, Reminders, "_look")

    async def silence(w: World, person: Person) -> None:
        await until(lambda: knows_owners(w))
        await w.stir(looks)
        assert person.unread == []

    return silence


def knows_owners(w: World) -> bool:
    """Report whether the bot knows the devices' owners and suspensions, or that the gateway is away."""
    view = w.bot.context.live.view
    if view is None:
        return True
    known = {key: (row.peer.owner, row.peer.suspended_at) for key, row in view.peers.items()}
    return known == {peer.id: (peer.owner, peer.suspended_at) for peer in w.gate.desired.peers.values()}


def ends(w: World) -> list[object]:
    return [forward.expires_at for forward in w.gate.desired.forwards.values()]


def stamp(end: float, style: str = "R") -> str:
    return f"<t:{end:.0f}:{style}>"


@pytest.mark.parametrize(
    ("typed", "length"),
    [("2h", 2), ("until 02:00", 6), (None, 12)],
)
async def test_the_answer_and_the_status_say_when_a_forward_ends(
    worlds: Worlds, typed: str | None, length: int
) -> None:
    """The end is the typed one, or else the policy's."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await join(anna)
        options: dict[str, Any] = {"duration": typed} if typed else {}
        reply = await anna.slash("forward", port="25565", **options)
        end = NOW + timedelta(hours=length)
        assert ends(w) == [end]
        assert stamp(end.timestamp()) in reply.text
        assert stamp(end.timestamp(), "f") in reply.text
        (embed,) = (await anna.slash("status")).embeds
        assert f"ends {stamp(end.timestamp())}" in embed.fields["🟢 pc"]


async def test_forever_has_no_end_to_tell(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await join(anna)
        reply = await anna.slash("forward", port="25565", duration="forever")
        assert "Closes <t:" not in reply.text
        assert ends(w) == [None]


async def test_a_text_that_is_no_duration_opens_nothing(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await join(anna)
        assert (await anna.slash("forward", port="25565", duration="soon")).content == words("duration-unreadable")
        assert not w.gate.desired.forwards


async def test_durations_are_suggested_as_far_as_the_policy_goes(worlds: Worlds) -> None:
    """An admin may exceed the policy. The typed text comes first, if it is a duration."""
    async with worlds() as w:
        w.gate.policy = PolicySection(longest_forward=Duration(timedelta(hours=5)))
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        root = w.discord.guild.add_member("root", roles=["Admin"])
        offered = await anna.autocomplete("forward", focused="duration", port="25565")
        assert [choice.value for choice in offered] == ["1h", "2h", "4h", "until 00:00"]
        assert offered[1].name == "2h · Sat 22:00 (UTC), in 2 h"
        assert offered[3].name == "until 00:00 · Sun 00:00 (UTC), in 4 h"
        everything = await root.autocomplete("forward", focused="duration", port="25565")
        assert [choice.value for choice in everything] == list(DURATIONS)
        typed = await anna.autocomplete("forward", focused="duration", port="25565", duration="3h30m")
        assert [(choice.value, choice.name) for choice in typed] == [
            ("3h30m", "3h30m · Sat 23:30 (UTC), in 3 h 30 min")
        ]
        bare = await anna.autocomplete("forward", focused="duration", port="25565", duration="3")
        assert [choice.value for choice in bare] == ["3", "3m"]
        clock = await anna.autocomplete("forward", focused="duration", port="25565", duration="until 1")
        assert [choice.value for choice in clock] == ["until 1am", "until 1:00"]


async def test_suggestions_tell_the_time_of_the_server(worlds: Worlds) -> None:
    """The clock of the zone goes on with the time: an hour later less is left."""
    async with worlds(timezone=Timezone.parse("Europe/Berlin")) as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        w.gate.now = NOW + timedelta(minutes=40)
        (choice,) = await anna.autocomplete("forward", focused="duration", port="25565", duration="until 3am")
        assert choice.name == "until 3am · Sun 03:00 (Europe/Berlin), in 5 h 20 min"
        reply = await anna.slash("forward", port="25565", duration="until 3am")
        assert reply.content == words("forward-no-device")


async def test_the_owner_is_reminded_once_ten_minutes_before_the_end(worlds: Worlds, nothing_comes: Silence) -> None:
    """Forwards that were opened together are in one direct message."""
    async with worlds() as w:
        anna = await hosting(w, "2456-2458, 27015/udp")
        w.gate.now = NOW + timedelta(hours=11, minutes=49)
        await nothing_comes(w, anna)
        message = await reminded(w, anna)
        assert stamp(HOURS12.timestamp()) in message.content
        assert "2456-2458" in message.content
        assert "27015" in message.content
        assert [found.label for found in buttons(message)] == ["Extend", "Close"]
        await nothing_comes(w, anna)


async def test_a_short_forward_is_reminded_of_at_half_of_its_time(worlds: Worlds, nothing_comes: Silence) -> None:
    async with worlds() as w:
        anna = await hosting(w, duration="10m")
        w.gate.now = NOW + timedelta(minutes=4, seconds=59)
        await nothing_comes(w, anna)
        w.gate.now = NOW + timedelta(minutes=5)
        await anna.dm()


async def test_extending_moves_the_end_by_the_usual_time_and_brings_another_reminder(worlds: Worlds) -> None:
    """The message tells the new end and has no buttons any more."""
    async with worlds() as w:
        anna = await hosting(w)
        message = await reminded(w, anna)
        reply = await anna.press(button(message, "Extend"))
        end = w.gate.now + timedelta(hours=12)
        assert ends(w) == [end]
        assert stamp(end.timestamp()) in message.content
        assert buttons(message) == []
        assert reply.messages == [message]
        w.gate.now = end - timedelta(minutes=9)
        assert stamp(end.timestamp()) in (await anna.dm()).content


async def test_closing_from_a_reminder_closes_only_its_forwards(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await hosting(w)
        await anna.slash("forward", port="27015", duration="forever")
        message = await reminded(w, anna)
        await anna.press(button(message, "Close"))
        assert [str(forward.ports) for forward in w.gate.desired.forwards.values()] == ["27015"]
        assert message.content.startswith(words("unforward-done", count=1))
        assert buttons(message) == []


@pytest.mark.parametrize("label", ["Extend", "Close"])
async def test_a_button_whose_forward_has_ended_says_so(worlds: Worlds, label: str) -> None:
    async with worlds() as w:
        anna = await hosting(w)
        message = await reminded(w, anna)
        await anna.slash("unforward", port="25565")
        reply = await anna.press(button(message, label))
        assert words("forward-has-ended") in reply.content
        assert buttons(message) == []


@pytest.mark.parametrize("label", ["Extend", "Close"])
async def test_a_button_after_an_extension_changes_nothing(worlds: Worlds, label: str) -> None:
    """It tells the present end, because the message was about an earlier one."""
    async with worlds() as w:
        anna = await hosting(w)
        message = await reminded(w, anna)
        (forward,) = w.gate.desired.forwards.values()
        later = NOW + timedelta(days=2)
        w.gate.desired = replace(w.gate.desired, forwards={forward.id: replace(forward, expires_at=later)})
        reply = await anna.press(button(message, label))
        assert words("extended-already") in reply.content
        assert stamp(later.timestamp()) in reply.content
        assert ends(w) == [later]


async def test_two_clicks_at_once_are_both_answered(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await hosting(w)
        message = await reminded(w, anna)
        pressed = button(message, "Extend")
        await asyncio.gather(anna.press(pressed), anna.press(pressed))
        assert ends(w) == [w.gate.now + timedelta(hours=12)]


@pytest.mark.parametrize("label", ["Extend", "Close"])
async def test_the_buttons_refuse_a_member_that_lost_the_role_or_left(worlds: Worlds, label: str) -> None:
    """The message with the buttons still exists in the member's direct messages."""
    async with worlds() as w:
        anna = await hosting(w)
        message = await reminded(w, anna)
        before = w.gate.desired.forwards
        w.discord.guild.set_roles(anna, [])
        assert "role **Friends**" in (await anna.press(button(message, label))).content
        w.discord.guild.remove_member(anna)
        assert (await anna.press(button(message, label))).content.endswith(words("server-left"))
        assert w.gate.desired.forwards == before


async def test_after_a_restart_the_buttons_work_and_no_reminder_comes_twice(
    worlds: Worlds, nothing_comes: Silence
) -> None:
    async with worlds() as w:
        anna = await hosting(w)
        message = await reminded(w, anna)
        await w.stop()
        await w.start()
        await nothing_comes(w, anna)
        await anna.press(button(message, "Extend"))
        assert ends(w) == [w.gate.now + timedelta(hours=12)]


async def test_closed_direct_messages_are_no_problem(
    worlds: Worlds, caplog: pytest.LogCaptureFixture, nothing_comes: Silence
) -> None:
    """They delay no other member's reminder, and the bot does not try again."""
    async with worlds() as w:
        anna = await hosting(w)
        anna.close_dms()
        ben = w.discord.guild.add_member("ben", roles=["Friends"])
        await join(ben)
        await ben.slash("forward", port="27015")
        w.gate.now = NOW + timedelta(hours=11, minutes=51)
        await ben.dm()
        anna.open_dms()
        await nothing_comes(w, anna)
        assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_gateway_away_delays_the_reminder(
    worlds: Worlds, caplog: pytest.LogCaptureFixture, nothing_comes: Silence
) -> None:
    """The reminder comes when the gateway is back. The log tells once that it is away."""
    caplog.set_level("INFO")
    async with worlds() as w:
        anna = await hosting(w)
        await w.gate.stop()
        w.gate.now = NOW + timedelta(hours=11, minutes=51)
        await until(lambda: "the gateway is away" in caplog.text)
        await nothing_comes(w, anna)
        await w.gate.start()
        await anna.dm()
    assert len([each for each in caplog.records if "the gateway is away" in each.message]) == 1


@pytest.mark.parametrize("owner", ["uid:0", "9" * 30])
async def test_an_owner_that_is_suspended_or_not_on_discord_gets_no_reminder(
    worlds: Worlds, nothing_comes: Silence, caplog: pytest.LogCaptureFixture, owner: str
) -> None:
    """Such an owner does not hold up the reminders of others."""
    async with worlds() as w:
        anna = await hosting(w)
        peer = w.gate.device("pc")
        w.gate.desired = replace(w.gate.desired, peers={peer.id: replace(peer, suspended_at=NOW)})
        await nothing_comes(w, anna)
        w.gate.now = NOW + timedelta(hours=11, minutes=51)
        await nothing_comes(w, anna)
        w.gate.desired = replace(w.gate.desired, peers={peer.id: replace(peer, owner=owner)})
        await nothing_comes(w, anna)
        assert not [record for record in caplog.records if record.levelname == "ERROR"]
        w.gate.desired = replace(w.gate.desired, peers={peer.id: peer})
        await anna.dm()
