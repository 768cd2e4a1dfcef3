"""The bot with a fleet, as members and admins see it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.core import live, pace, posting
from bot.fleet.ids import BITS
from bot.log import logbook
from bot.matches import cards, servers
from bot.ports import reminders
from tests.fakediscord import CannotInvokeError, Message, Person, button
from tests.joining import join, rotate
from tests.unit.bot.patience import until
from tests.unit.bot.world import World, world

Worlds = Callable[..., AbstractAsyncContextManager[World]]
ALL = {"eu": 0, "us": 3}
TYPED: dict[str, dict[str, Any]] = {
    "join": {},
    "forward": {"port": "25565"},
    "unforward": {"port": "25565"},
    "rotate": {},
    "leave": {},
    "rename": {"device": "pc", "new_name": "tower"},
}


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    for module, name, value in (
        (cards, "TICK_S", 0.02), (cards, "CALM_S", 0), (servers, "CALM_S", 0), (pace, "EDIT_S", 0),
        (posting, "RETRY_S", (0, 0)), (live, "AGAIN_S", 0.02), (live, "SELDOM_S", 0.02), (logbook, "POLL_S", 0.02),
        (reminders, "POLL_S", 0.02),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)
    return partial(world, tmp_path, monkeypatch, regions=ALL)


async def member(w: World, name: str, *roles: str) -> Person:
    return w.discord.guild.add_member(name, roles or ["Friends"])


async def told(w: World) -> None:
    """Wait until the bot knows what each region has, and which do not answer."""

    def is_told() -> bool:
        view, away = w.bot.context.live.view, {each.region for each in w.bot.context.live.away}
        if away != {name for name, at in w.gates.items() if not at.is_serving}:
            return False
        parts = {part.region: part for part in view.each} if view else {}
        return all(
            {*(key & (1 << BITS) - 1 for key in parts[name].forwards)} == {*at.desired.forwards}
            and sorted(row.peer.device for row in parts[name].peers.values())
            == sorted(peer.device for peer in at.desired.peers.values())
            for name, at in w.gates.items()
            if at.is_serving and name in parts
        )

    await until(is_told)


async def with_ports(w: World) -> Person:
    """Return a member with a device and the open port 25565 in each region, under equal ids."""
    anna = await member(w, "anna")
    await join(anna, device="pc", region="eu")
    await join(anna, device="laptop", region="us")
    await told(w)
    await anna.slash("forward", port="25565", device="pc", announce=True)
    await anna.slash("forward", port="25565", device="laptop", announce=True)
    await told(w)
    assert [[*at.desired.forwards] for at in w.gates.values()] == [[1], [1]]
    return anna


def open_in(w: World) -> list[int]:
    return [len(at.desired.forwards) for at in w.gates.values()]


def posted(w: World) -> list[Message]:
    return w.discord.guild.channel("general").messages


async def test_a_member_chooses_where_a_device_is(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await member(w, "anna")
        offered = await anna.autocomplete("join", focused="region")
        assert [each.value for each in offered] == ["eu", "us"]
        setup = await join(anna, region="US")
        assert "pc" in setup.text
        assert [len(at.desired.peers) for at in w.gates.values()] == [0, 1]
        await told(w)
        offered = await anna.autocomplete("join", focused="region")
        assert [each.value for each in offered] == ["us", "eu"]
        await join(anna)
        assert [len(at.desired.peers) for at in w.gates.values()] == [0, 2]


async def test_no_region_is_offered_where_there_is_one_alone(worlds: Worlds) -> None:
    async with worlds(regions=None) as w:
        anna = await member(w, "anna")
        for command, options in TYPED.items():
            with pytest.raises(CannotInvokeError):
                await anna.slash(command, region="eu", **options)


async def test_a_region_that_is_not_there_is_named_with_those_that_are(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await member(w, "anna")
        for command, options in TYPED.items():
            refused = await anna.slash(command, region="mars", **options)
            assert "no region mars" in refused.text
            assert "eu, us" in refused.text


async def test_a_card_button_closes_the_port_of_its_own_region(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await with_ports(w)
        here, there = posted(w)
        assert "eu" in here.text
        assert "us" in there.text
        await anna.press(button(there, "Close"))
        assert open_in(w) == [1, 0]
        await w.discord.until(lambda: "ended" in there.text, "the end of the card")
        assert "ended" not in here.text


async def test_a_reminder_extends_the_port_of_its_own_region(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await member(w, "anna")
        await join(anna, device="pc", region="eu")
        await join(anna, device="laptop", region="us")
        await told(w)
        for device in ("pc", "laptop"):
            await anna.slash("forward", port="25565", device=device, duration="10m")
        await told(w)
        ends = {name: next(iter(at.desired.forwards.values())).expires_at for name, at in w.gates.items()}
        for at in w.gates.values():
            at.now += timedelta(minutes=6)
        await w.discord.until(lambda: len(anna.dms) == 2, "a reminder for each region")
        (mine,) = [message for message in anna.dms if "us" in message.text]
        await anna.press(button(mine, "Extend"))
        after = {name: next(iter(at.desired.forwards.values())).expires_at for name, at in w.gates.items()}
        assert after["eu"] == ends["eu"]
        assert after["us"] != ends["us"]


async def test_a_port_that_is_open_in_two_regions_is_closed_in_the_named_one(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await with_ports(w)
        asked = await anna.slash("unforward", port="25565")
        assert "Which region" in asked.text
        assert open_in(w) == [1, 1]
        closed = await anna.slash("unforward", port="25565", region="eu")
        assert "eu" in closed.text
        assert open_in(w) == [0, 1]


async def test_a_port_opens_in_the_named_region(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await with_ports(w)
        await anna.slash("forward", port="25570", region="us")
        assert open_in(w) == [1, 2]


async def test_of_two_devices_of_one_name_the_one_in_the_named_region_is_meant(worlds: Worlds) -> None:
    async with worlds() as w:
        anna, root = await member(w, "anna"), await member(w, "root", "Admin")
        await join(anna, device="pc", region="eu")
        await join(anna, device="laptop", region="us")
        await told(w)
        await anna.slash("rename", device="laptop", new_name="pc")
        await told(w)
        before = {name: at.desired.peers[1] for name, at in w.gates.items()}
        for command in ("rotate", "leave", "rename"):
            asked = await anna.slash(command, **TYPED[command])
            assert "Which region? pc is in eu, us." in asked.text, command
        assert {name: at.desired.peers[1] for name, at in w.gates.items()} == before

        assert "tower" in (await anna.slash("rename", device="pc", new_name="tower", region="us")).text
        assert "den" in (await root.slash("rename", device="pc", new_name="den", member=anna, region="eu")).text
        await root.slash("rename", device="den", new_name="tower", member=anna)
        assert [at.desired.peers[1].device for at in w.gates.values()] == ["tower", "tower"]
        offered = await anna.autocomplete("leave", focused="device", region="US")
        assert [(each.name, each.value) for each in offered] == [("tower · us", "tower")]

        assert "tower" in (await rotate(anna, device="tower", region="US")).text
        keys = {name: at.desired.peers[1].public_key for name, at in w.gates.items()}
        assert keys["eu"] == before["eu"].public_key
        assert keys["us"] != before["us"].public_key

        await anna.slash("leave", region="eu")
        assert [len(at.desired.peers) for at in w.gates.values()] == [0, 1]


async def test_status_and_lists_show_where_everything_is(worlds: Worlds) -> None:
    async with worlds() as w:
        anna, root = await with_ports(w), await member(w, "root", "Admin")
        status = await anna.slash("status")
        assert "pc · eu" in status.text
        assert "laptop · us" in status.text
        listed = await root.slash("forwards")
        assert "eu" in listed.text
        assert "us" in listed.text


async def test_a_region_that_is_away_is_named_once_and_the_others_go_on(worlds: Worlds) -> None:
    async with worlds(log_channel="vpn-log") as w:
        anna = await with_ports(w)
        here, there = posted(w)
        await w.gates["us"].stop()
        await told(w)
        for at in w.gates.values():
            at.now += timedelta(minutes=2)
        book = w.discord.guild.channel("vpn-log")

        def titles() -> list[str]:
            return [str(embed["title"]) for message in book.messages for embed in message.embeds]

        await w.discord.until(lambda: any("does not answer · us" in each for each in titles()), "the log channel")
        status = await anna.slash("status")
        assert "us has not answered since" in status.text
        assert "pc · eu" in status.text
        refused = await anna.slash("forward", port="25570", device="laptop")
        assert "us has not answered since" in refused.text
        assert "What is open there stays open" in refused.text
        assert "us has not answered" in (await anna.slash("join", region="us")).text
        pressed = await anna.press(button(there, "Close"))
        assert "us has not answered" in pressed.text
        await w.discord.until(lambda: "does not answer" in there.text, "the card in the region that is away")
        assert "does not answer" not in here.text
        assert [each.value for each in await anna.autocomplete("join", focused="region")] == ["eu"]
        await anna.slash("forward", port="25570", device="pc")
        assert open_in(w) == [2, 1]
        await w.gates["us"].start()
        await told(w)
        await w.discord.until(lambda: any("answers again · us" in each for each in titles()), "that it is back")
        await w.discord.until(lambda: "does not answer" not in there.text, "the card is as before")
        assert sum("does not answer" in each for each in titles()) == 1
        await anna.press(button(there, "Close"))
        assert open_in(w) == [2, 0]


async def test_a_button_from_before_the_fleet_acts_on_the_gateway_that_stood_alone(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await with_ports(w)
        here, _ = posted(w)
        pressed = button(here, "Close")
        assert pressed.custom_id == "card:close:1-1"  # as without a fleet
        await anna.press(pressed)
        assert open_in(w) == [0, 1]


async def test_both_audit_logs_are_told_though_their_ids_are_equal(worlds: Worlds) -> None:
    async with worlds(log_channel="vpn-log") as w:
        root = await member(w, "root", "Admin")
        for at in w.gates.values():
            at.audit.clear()
        await root.slash("lan", state="on")
        assert all(at.gateway.state.desired.lan for at in w.gates.values())
        first = await root.slash("audit", region="us")
        assert "us" in first.text


def cut_off(w: World) -> list[bool]:
    """Report for each region whether all its devices are cut off."""
    return [all(peer.suspended_at for peer in at.desired.peers.values()) for at in w.gates.values()]


async def test_a_ban_reaches_a_region_that_was_away_and_admins_read_where_it_holds(worlds: Worlds) -> None:
    async with worlds(log_channel="vpn-log") as w:
        anna = await with_ports(w)
        await w.gates["us"].stop()
        await told(w)
        w.discord.guild.ban(anna)

        def is_said() -> bool:
            texts = [message.text for message in w.discord.guild.channel("vpn-log").messages]
            return any(anna.mention in text and "Cut off in eu." in text and "**us** is away" in text for text in texts)

        await until(is_said)
        assert cut_off(w) == [True, False]
        await w.stop()
        w.discord.fail_next("GET", "/guilds/*/members/*", 503, times=100_000)
        await w.start()
        await w.gates["us"].start()
        await until(lambda: cut_off(w) == [True, True])


async def test_a_revocation_reaches_a_region_that_was_away(worlds: Worlds) -> None:
    async with worlds() as w:
        anna, boss = await with_ports(w), await member(w, "boss", "Admin")
        await w.gates["us"].stop()
        await told(w)
        w.gate.now += timedelta(minutes=1)
        reply = await boss.press((await boss.slash("revoke", member=anna)).button("Revoke"))
        assert "Cut off in eu.\n**us** is away since <t:" in reply.content
        assert open_in(w) == [0, 1]
        await w.gates["us"].start()
        await until(lambda: not any(at.desired.peers for at in w.gates.values()))


async def test_a_revocation_of_devices_that_no_region_shows_follows_when_theirs_is_back(worlds: Worlds) -> None:
    """All devices of the member are in a region that is away, and one alone cannot be taken away there."""
    async with worlds() as w:
        anna, boss = await member(w, "anna"), await member(w, "boss", "Admin")
        await join(anna, device="laptop", region="us")
        await w.gates["us"].stop()
        await told(w)
        w.gate.now += timedelta(minutes=1)
        assert "us has not answered since" in (await boss.slash("revoke", member=anna, device="laptop")).content
        asked = await boss.slash("revoke", member=anna)
        assert "Anna has no device in the regions that answer. If you confirm" in asked.content
        assert "us has not answered since" in asked.content
        done = await boss.press(asked.button("Revoke"))
        assert done.content.startswith("Cut off in eu.\n**us** is away since <t:")
        assert w.gates["us"].desired.peers
        await w.gates["us"].start()
        await until(lambda: not any(at.desired.peers for at in w.gates.values()))
