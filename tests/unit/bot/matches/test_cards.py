"""Match cards: their content, their life, and failures of Discord and the gateway."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.access import shown as shown_configs
from bot.access.shown import outcome
from bot.app import SCHEMA
from bot.core import pace, posting
from bot.core.memory import Memory
from bot.core.notes import Note
from bot.core.posting import components_of
from bot.core.render import COLOUR, COLOUR_ATTENTION, COLOUR_IDLE, COLOUR_READY
from bot.log.entries import of_note
from bot.log.logbook import Logbook
from bot.matches import cards, servers
from bot.matches.card import Card, Players, Way, seen
from bot.matches.cards import Cards
from bot.matches.face import face
from bot.matches.told import Told
from gateway.api.client import GatewayClient
from gateway.api.contract import AuditEntry, ForwardInfo, GetStatus, Request, Status
from gateway.codec import decode, encode
from gateway.errors import GatewayUnreachable
from gateway.model import PortRange, Protocol
from gateway.problem import Problem, Trouble
from tests.fakediscord import Message, Permission, Person, Reply, button, buttons
from tests.fakediscord.components import BUTTON, component_problems
from tests.fakediscord.state import MessageFlag, walk
from tests.joining import join, press_platform, sent
from tests.unit.bot import gameservers
from tests.unit.bot.core.test_render import FORWARD, ONLINE, PEER, PLAYED, status
from tests.unit.bot.english import words
from tests.unit.bot.matches.faces import Face, face_of
from tests.unit.bot.patience import again, counted, until
from tests.unit.bot.world import ADDRESS, World, world
from tests.unit.fakes.host import NOW

Worlds = Callable[..., AbstractAsyncContextManager[World]]
PATCHED = "/channels/*/messages/*"


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[Note]:
    """Collect the notes for the log channel."""
    notes: list[Note] = []
    monkeypatch.setattr(Logbook, "note", lambda _, note: notes.append(note))
    return notes


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    monkeypatch.setattr(cards, "TICK_S", 0.02)
    monkeypatch.setattr(cards, "CALM_S", 0)
    monkeypatch.setattr(servers, "ASK_S", 0.02)
    monkeypatch.setattr(servers, "AGAIN_S", 0.02)
    monkeypatch.setattr(servers, "CALM_S", 0)
    monkeypatch.setattr(pace, "EDIT_S", 0)
    monkeypatch.setattr(Looks, "done", counted(monkeypatch, Cards, "_look"))
    monkeypatch.setattr(posting, "RETRY_S", (0, 0))
    return partial(world, tmp_path, monkeypatch)


async def member(w: World, name: str = "anna", *roles: str) -> Person:
    person = w.discord.guild.add_member(name, roles or ["Friends"])
    await join(person)
    await w.told()  # or a card would say for a moment that the device is not connected yet
    return person


def posted(w: World, channel: str = "general") -> list[Message]:
    return w.discord.guild.channel(channel).messages


async def announced(w: World, person: Person, port: str = "minecraft", **options: Any) -> Message:
    """Open and announce a port; return the message of its card."""
    w.gate.players.setdefault("25565", 0)
    before = len(posted(w))
    await person.slash("forward", port=port, announce=True, **options)
    assert len(posted(w)) == before + 1
    return posted(w)[-1]


def shown(message: Message) -> Face:
    return face_of(message.components)


async def becomes(w: World, message: Message, *parts: str) -> Face:
    """Wait until the card has these texts."""
    await w.discord.until(lambda: all(part in message.text for part in parts), f"{parts} in {message.text!r}")
    return shown(message)


class Looks:
    done: Callable[[], int] = int


async def has_looked(w: World) -> None:
    """Wait until the cards know what the gateway counts now."""
    await w.told()
    await again(Looks.done)


def edits(w: World) -> int:
    channel = f"/channels/{w.discord.guild.channel('general').id}/"
    return sum(each.method == "PATCH" and each.path.startswith(channel) for each in w.discord.exchanges)


def is_visible(w: World, channel: str) -> bool:
    """Report whether the bot takes itself to be allowed to see the channel."""
    guild = w.bot.context.guild()
    found = guild and guild.get_channel(int(channel))
    return bool(guild and found and found.permissions_for(guild.me).view_channel)


def may_send(w: World, channel: str) -> bool:
    guild = w.bot.context.guild()
    found = guild and guild.get_channel(int(channel))
    return bool(guild and found and found.permissions_for(guild.me).send_messages)


async def nothing_kept(w: World) -> bool:
    return not await w.bot.context.memory.rows("SELECT * FROM cards")


def stamp(end: Any, style: str) -> str:
    return f"<t:{end.timestamp():.0f}:{style}>"


async def test_a_card_tells_all_that_players_need(worlds: Worlds) -> None:
    """It is posted in the channel of the command, for all its readers, and the answer links to it."""
    async with worlds() as w:
        anna = await member(w)
        w.gate.players["25565"] = 0
        channel = w.discord.guild.channel("match-making")
        reply = await anna.slash("forward", port="minecraft", announce=True, in_channel=channel)
        (message,) = posted(w, "match-making")
        assert not message.ephemeral
        embed = await becomes(w, message, words("card-way-silent", device="pc"))
        assert "Minecraft" in embed.title
        assert "**Anna**" in embed.description
        assert embed.fields["Address"].startswith(f"```\n{ADDRESS}\n```")
        assert embed.fields["Players now"] == "0 players (peak 0)"
        assert embed.fields["Open since"] == stamp(NOW, "R")
        end = NOW + timedelta(hours=12)
        assert embed.fields["Open until"] == f"{stamp(end, 'f')}, {stamp(end, 'R')}"
        assert embed.colour == COLOUR_ATTENTION.value
        assert f"https://discord.com/channels/{w.discord.guild.id}/{channel.id}/{message.id}" in reply.text
        assert reply.ephemeral
        assert "Announce" not in [found.label for found in reply.buttons]


async def test_a_port_that_is_not_announced_has_no_card(worlds: Worlds) -> None:
    """A button announces it later, and the second press finds the card of the first."""
    async with worlds() as w:
        anna = await member(w)
        reply = await anna.slash("forward", port="2456-2458, 27015/udp", duration="forever")
        await w.told()
        assert posted(w) == []
        first = await anna.press(reply.button("Announce"))
        (message,) = posted(w)
        assert "Announced here" in first.text
        second = await anna.press(reply.button("Announce"))
        assert "Announced already" in second.text
        assert message.id in second.text
        assert posted(w) == [message]
        embed = shown(message)
        assert "Ports 2456-2458, 27015/udp" in embed.title
        assert embed.fields["Address"] == f"```\n{ADDRESS}:2456\n```\n-# Also open: 2457-2458, 27015/udp"
        assert embed.fields["Open until"] == "the host closes it"


async def test_of_two_clicks_at_once_one_posts_the_card(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await member(w)
        reply = await anna.slash("forward", port="25565")
        pressed = reply.button("Announce")
        await asyncio.gather(anna.press(pressed), anna.press(pressed))
        assert len(posted(w)) == 1


async def test_the_button_works_after_a_restart_and_only_with_access(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await member(w)
        reply = await anna.slash("forward", port="25565")
        await w.stop()
        await w.start()
        await anna.press(reply.button("Announce"))
        assert len(posted(w)) == 1
        await anna.slash("unforward", port="25565")
        assert (await anna.press(reply.button("Announce"))).content.endswith(words("forward-has-ended"))
        w.discord.guild.set_roles(anna, [])
        assert "role **Friends**" in (await anna.press(reply.button("Announce"))).content


async def test_a_free_port_in_place_of_a_taken_one_is_announced_if_that_was_asked_for(worlds: Worlds) -> None:
    async with worlds() as w:
        anna, ben = await member(w), await member(w, "ben")
        await anna.slash("forward", port="25565")
        reply = await ben.slash("forward", port="25565", announce=True)
        assert posted(w) == []
        await ben.press(reply.button("Open 25566 instead"))
        (message,) = posted(w)
        assert shown(message).fields["Address"] == f"```\n{ADDRESS}:25566\n```"


async def test_a_card_follows_the_players_and_keeps_their_peak(worlds: Worlds) -> None:
    """Its colour tells whether there are players."""
    async with worlds() as w:
        w.gate.players["30000"] = 0
        message = await announced(w, await member(w), "30000")
        w.gate.players["30000"] = 5
        assert (await becomes(w, message, "5 players (peak 5)")).colour == COLOUR.value
        w.gate.players["30000"] = 1
        await becomes(w, message, "1 player (peak 5)")
        w.gate.players["30000"] = 0
        assert (await becomes(w, message, "0 players (peak 5)")).colour == COLOUR_READY.value


async def test_players_of_several_ports_are_not_counted_twice(worlds: Worlds) -> None:
    async with worlds() as w:
        w.gate.players |= {"2456-2458": 3, "27015": 2}
        message = await announced(w, await member(w), "2456-2458, 27015/udp")
        await becomes(w, message, "3 players (peak 3)")


async def test_a_card_is_edited_only_when_it_changes(worlds: Worlds) -> None:
    async with worlds() as w:
        w.gate.players["30000"] = 0
        message = await announced(w, await member(w), "30000")
        await has_looked(w)  # the card may have been posted before the mirror knew its device
        await w.told()
        await has_looked(w)
        before = edits(w)
        await has_looked(w)
        assert edits(w) == before
        w.gate.players["30000"] = 2
        await becomes(w, message, "2 players")
        await has_looked(w)
        assert edits(w) == before + 1


async def test_a_card_is_not_edited_at_every_change_but_always_ended(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The peak includes numbers that were never shown."""
    monkeypatch.setattr(pace, "EDIT_S", 1000)
    async with worlds() as w:
        anna = await member(w)
        w.gate.players["30000"] = 0
        message = await announced(w, anna, "30000")
        await w.told()
        await has_looked(w)  # the card may have been posted before the mirror knew its device
        (posted,) = w.bot._cards._posted.values()
        await until(lambda: not posted.busy)
        posted.pace.edited_at = float("-inf")
        before = edits(w)
        w.gate.players["30000"] = 1
        await becomes(w, message, "1 player (peak 1)")
        for count in (7, 2, 3):
            w.gate.players["30000"] = count
            await has_looked(w)
        assert edits(w) == before + 1
        await anna.slash("unforward", port="30000")
        assert (await becomes(w, message, "ended")).fields["Most at once"] == "7 players"


async def test_the_game_itself_knows_its_players_best(worlds: Worlds) -> None:
    """It is asked through the tunnel. When the tunnel is down or the game silent, connections are counted."""
    async with worlds() as w:
        anna = await member(w)
        w.gate.players["25565"] = 4
        async with gameservers.streams(gameservers.status(gameservers.minecraft(3, 20))) as port:
            message = await announced(w, anna, to_port=port)
            await becomes(w, message, "3 of 20 players (peak 4)")
            w.gate.handshake = timedelta(hours=1)
            await becomes(w, message, "4 players (peak 4)")
            w.gate.handshake = timedelta()
            await becomes(w, message, "3 of 20 players (peak 4)")
        await becomes(w, message, "4 players (peak 4)")


async def unforward(w: World, anna: Person, boss: Person, message: Message) -> None:
    await anna.slash("unforward", port="25565")


async def press_close(w: World, anna: Person, boss: Person, message: Message) -> None:
    await anna.press(button(message, "Close"))


async def leave(w: World, anna: Person, boss: Person, message: Message) -> None:
    await anna.slash("leave")


async def suspend(w: World, anna: Person, boss: Person, message: Message) -> None:
    peer = w.gate.device("pc")
    w.gate.desired = replace(w.gate.desired, peers={peer.id: replace(peer, suspended_at=w.gate.now)})


@pytest.mark.parametrize("end", [unforward, press_close, leave, suspend])
async def test_the_card_of_an_ended_match_tells_its_length_and_the_most_players(
    worlds: Worlds, end: Callable[..., Any]
) -> None:
    """It has no address and no button any more, and the bot forgets it."""
    async with worlds() as w:
        anna, boss = await member(w), w.discord.guild.add_member("boss", ["Admin"])
        message = await announced(w, anna)
        w.gate.players["25565"] = 4
        await becomes(w, message, "peak 4")
        w.gate.now = NOW + timedelta(hours=2, minutes=5, seconds=9)
        await has_looked(w)
        await end(w, anna, boss, message)
        embed = await becomes(w, message, "ended")
        assert "Minecraft" in embed.title
        assert "**Anna**" in embed.description
        assert embed.fields["Lasted"] == "2 hours 5 minutes"
        assert embed.fields["Most at once"] == "4 players"
        assert embed.fields["Open"] == f"{stamp(NOW, 'f')} to {stamp(w.gate.now, 'f')}"
        assert embed.colour == COLOUR_IDLE.value
        assert ADDRESS not in message.text
        assert buttons(message) == []
        await until(lambda: nothing_kept(w))
        count = edits(w)
        await w.told()
        assert edits(w) == count


async def test_a_match_that_ran_out_ended_at_the_end_of_its_forward(worlds: Worlds) -> None:
    async with worlds() as w:
        message = await announced(w, await member(w), duration="10m")
        w.gate.now = NOW + timedelta(minutes=10, seconds=4)
        w.gate.desired = replace(w.gate.desired, forwards={})
        embed = await becomes(w, message, "ended")
        assert embed.fields["Lasted"] == "10 minutes"


async def test_a_match_on_several_ports_goes_on_with_the_open_ones(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await member(w)
        message = await announced(w, anna, "25565, 25570")
        await anna.slash("unforward", port="25565")
        await w.discord.until(lambda: "25565" not in message.text, "card without the closed port")
        assert "25570" in shown(message).fields["Address"]
        await anna.slash("unforward", port="25570")
        await becomes(w, message, "ended")


async def test_an_extended_match_shows_its_new_end(worlds: Worlds) -> None:
    async with worlds() as w:
        message = await announced(w, await member(w))
        (forward,) = w.gate.desired.forwards.values()
        later = NOW + timedelta(days=2)
        w.gate.desired = replace(w.gate.desired, forwards={forward.id: replace(forward, expires_at=later)})
        await becomes(w, message, stamp(later, "R"))


async def test_only_host_and_admins_close_a_match(worlds: Worlds) -> None:
    async with worlds() as w:
        anna, ben = await member(w), await member(w, "ben")
        boss = w.discord.guild.add_member("boss", ["Admin"])
        stranger = w.discord.guild.add_member("stranger")
        message = await announced(w, anna)
        close = button(message, "Close")
        assert (await ben.press(close)).content == words("card-not-yours")
        assert "role **Friends**" in (await stranger.press(close)).content
        assert len(w.gate.desired.forwards) == 1
        reply = await boss.press(close)
        assert reply.ephemeral
        assert "25565" in reply.text
        await becomes(w, message, "ended")


async def test_a_close_button_that_discord_still_shows_says_that_it_has_ended(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await member(w)
        message = await announced(w, anna)
        w.discord.fail_next("PATCH", PATCHED, None, times=1000)
        await anna.slash("unforward", port="25565")
        assert (await anna.press(button(message, "Close"))).content == words("forward-has-ended")


async def test_after_a_restart_cards_go_on_with_their_peak(worlds: Worlds) -> None:
    """The restart itself causes no edit."""
    async with worlds() as w:
        message = await announced(w, await member(w))
        w.gate.players["25565"] = 6
        await becomes(w, message, "peak 6")
        w.gate.players["25565"] = 6
        await has_looked(w)
        before = edits(w)
        await w.stop()
        await w.start()
        await has_looked(w)
        assert edits(w) == before
        w.gate.players["25565"] = 2
        await becomes(w, message, "2 players (peak 6)")


async def test_a_card_that_is_posted_while_the_bot_is_told_to_stop_is_not_orphaned(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await member(w)
        w.discord.rate_limit("POST", "/channels/*/messages", retry_after=0.1)
        anna.begin("forward", port="minecraft", announce=True)
        await w.discord.until(lambda: any(each.status == 429 for each in w.discord.exchanges), "429")
        await w.stop()
        (message,) = posted(w)
        await w.start()
        w.gate.players["25565"] = 8
        await becomes(w, message, "8 players")


@pytest.mark.parametrize("known", [True, False])
async def test_a_match_that_closed_while_the_bot_was_away_is_ended_at_its_start(worlds: Worlds, known: bool) -> None:
    """Its end is the time in the gateway's audit log, or else the time it was last seen."""
    async with worlds() as w:
        anna = await member(w)
        message = await announced(w, anna)
        w.gate.players["25565"] = 6
        await becomes(w, message, "peak 6")
        w.gate.now = NOW + timedelta(minutes=30)
        await has_looked(w)
        await w.stop()
        (forward,) = w.gate.desired.forwards.values()
        info, end = ForwardInfo.of(forward, w.gate.device("pc")), NOW + timedelta(minutes=45)
        w.gate.audit = [
            AuditEntry(id=1, at=NOW, actor="1", actor_name="a", action="forward", subject="", forwards=(info,)),
            AuditEntry(id=2, at=end, actor="1", actor_name="a", action="unforward", subject="", forwards=(info,)),
        ][: 2 if known else 1]
        w.gate.desired = replace(w.gate.desired, forwards={})
        w.gate.now = NOW + timedelta(hours=3)
        await w.start()
        embed = await becomes(w, message, "ended")
        assert embed.fields["Lasted"] == ("45 minutes" if known else "30 minutes")
        assert embed.fields["Most at once"] == "6 players"


async def test_an_end_that_discord_did_not_take_is_shown_after_a_restart(worlds: Worlds) -> None:
    """This also works while the gateway is away."""
    async with worlds() as w:
        anna = await member(w)
        message = await announced(w, anna)
        w.discord.fail_next("PATCH", PATCHED, None, times=1000)
        await anna.slash("unforward", port="25565")
        await until(lambda: failures(w) < 998)
        await w.stop()
        w.discord._backend.faults.failures.clear()
        await w.gate.stop()
        await w.start()
        await becomes(w, message, "ended")


def failures(w: World) -> int:
    return sum(each.times for each in w.discord._backend.faults.failures)


@pytest.mark.parametrize("fault", ["cut", 503, 429])
async def test_an_edit_that_discord_does_not_take_is_made_later(worlds: Worlds, fault: str | int) -> None:
    async with worlds() as w:
        anna = await member(w)
        message = await announced(w, anna)
        if fault == 429:
            w.discord.rate_limit("PATCH", PATCHED, retry_after=0.1, times=2)
        else:
            w.discord.fail_next("PATCH", PATCHED, None if fault == "cut" else int(fault), times=2)
        w.gate.players["25565"] = 3
        await becomes(w, message, "3 players (peak 3)")
        await anna.slash("unforward", port="25565")
        await becomes(w, message, "ended")


async def test_a_card_is_kept_when_discord_limits_its_edits_for_long(worlds: Worlds, noted: list[Note]) -> None:
    """discord.py gives up after five refusals; the bot tries again."""
    async with worlds() as w:
        message = await announced(w, await member(w))
        w.discord.rate_limit("PATCH", PATCHED, retry_after=0.1, times=5)
        w.gate.players["25565"] = 3
        await becomes(w, message, "3 players (peak 3)")
        assert noted == []


async def test_no_click_waits_for_the_edit_of_an_old_card(worlds: Worlds) -> None:
    """Discord limits edits of messages older than an hour for 40 seconds, and is not asked again meanwhile."""
    async with worlds() as w:
        anna = await member(w)
        await announced(w, anna)
        w.discord.grow_old(edits=0)
        w.gate.players["25565"] = 3

        def refusals() -> int:
            return sum(one.code == 30046 for one in w.discord.exchanges)

        await until(refusals)
        reply = await anna.slash("forward", port="minecraft", announce=True)
        assert words("card-announced-already", link="").strip() in reply.text
        assert refusals() == 1


async def test_a_port_that_is_open_again_can_be_announced_before_discord_shows_the_end(worlds: Worlds) -> None:
    """A device that was suspended comes back with its forwards, while the card of the match stays ended."""
    async with worlds() as w:
        anna, boss = await member(w), w.discord.guild.add_member("boss", ["Admin"])
        reply = await anna.slash("forward", port="25565")
        await anna.press(reply.button("Announce"))
        (message,) = posted(w)
        w.discord.fail_next("PATCH", PATCHED, None, times=1000)
        await suspend(w, anna, boss, message)
        await until(lambda: all(posted.card.ended_at for posted in w.bot._cards._posted.values()))
        await until(lambda: failures(w) < 1000)
        peer = w.gate.device("pc")
        w.gate.desired = replace(w.gate.desired, peers={peer.id: replace(peer, suspended_at=None)})
        assert "Announced here" in (await anna.press(reply.button("Announce"))).content
        assert len(posted(w)) == 2


async def test_a_card_that_discord_does_not_take_holds_up_no_other(worlds: Worlds) -> None:
    """The other card is in another channel, because Discord limits edits by channel."""
    async with worlds() as w:
        anna = await member(w)
        stuck = await announced(w, anna)
        w.gate.players["27015"] = 0
        await anna.slash("forward", port="27015", announce=True, in_channel=w.discord.guild.channel("other"))
        (other,) = posted(w, "other")
        w.discord.rate_limit("PATCH", f"/channels/*/messages/{stuck.id}", retry_after=1000)
        w.gate.players |= {"25565": 2, "27015": 5}
        await becomes(w, other, "5 players")
        w.gate.players["27015"] = 4
        await becomes(w, other, "4 players")
        assert "0 players" in stuck.text
        await w.stop()
        w.discord._backend.faults.limits.clear()
        await w.start()
        await becomes(w, stuck, "2 players")


async def test_a_deleted_card_is_forgotten_quietly_and_can_be_posted_anew(
    worlds: Worlds, noted: list[Note], caplog: pytest.LogCaptureFixture
) -> None:
    """A new one can be posted right after the deletion, before the bot has noticed it."""
    async with worlds() as w:
        anna = await member(w)
        reply = await anna.slash("forward", port="25565")
        await anna.press(reply.button("Announce"))
        w.discord._backend.delete(posted(w)[0])
        await anna.press(reply.button("Announce"))
        (message,) = posted(w)
        w.discord._backend.delete(message)
        w.gate.players["25565"] = 9
        await w.discord.until(lambda: any(each.code == 10008 for each in w.discord.exchanges), "edit")
        await anna.slash("unforward", port="25565")
        assert posted(w) == []
        assert noted == []
        assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


async def test_a_channel_that_is_lost_takes_its_card_with_it_and_the_admins_are_told_once(
    worlds: Worlds, noted: list[Note]
) -> None:
    async with worlds() as w:
        anna, general = await member(w), w.discord.guild.channel("general")
        message = await announced(w, anna)
        await becomes(w, message, words("card-way-silent", device="pc"))  # the answer of the game is an edit as well
        before = edits(w)
        w.discord.guild.deny_bot(general, Permission.VIEW_CHANNEL)
        # The bot tries again after each event about the channel, so this one has to come before the edit.
        await until(lambda: not is_visible(w, general.id))
        w.gate.players["25565"] = 9
        await until(lambda: bool(noted))
        await anna.slash("unforward", port="25565")
        (note,) = noted
        told = of_note(words, note)
        assert told.title == words("log-card-lost-title")
        assert "Minecraft" in str(told.description)
        assert "Anna" in str(told.description)
        assert edits(w) == before + 1


@pytest.mark.parametrize(
    ("denied", "name"),
    [
        (Permission.SEND_MESSAGES, "Send Messages"),
        (Permission.VIEW_CHANNEL, "View Channel"),
    ],
)
async def test_without_permission_the_port_is_open_and_the_answer_says_which_one_to_give(
    worlds: Worlds, denied: Permission, name: str
) -> None:
    """The button posts the card once the permission is given."""
    async with worlds() as w:
        anna, general = await member(w), w.discord.guild.channel("general")
        w.discord.guild.deny_bot(general, denied)
        reply = await anna.slash("forward", port="25565", announce=True)
        assert "is open" in reply.text
        assert f"in <#{general.id}> I lack the permission **{name}**" in reply.text
        assert len(w.gate.desired.forwards) == 1
        w.discord.guild.deny_bot(general, Permission(0))
        await anna.press(reply.button("Announce"))
        assert len(posted(w)) == 1


async def test_a_card_needs_no_permission_for_embeds(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await member(w)
        w.discord.guild.deny_bot(w.discord.guild.channel("general"), Permission.EMBED_LINKS)
        message = await announced(w, anna)
        w.gate.players["25565"] = 3
        await becomes(w, message, "3 players")


async def in_direct_messages(w: World, anna: Person, monkeypatch: pytest.MonkeyPatch) -> Reply:
    """Return the answer of *Host a game* below a setup that went to the direct messages."""
    monkeypatch.setattr(shown_configs, "outcome", outcome)
    monkeypatch.setattr(shown_configs, "POLL_S", 0.02)
    w.gate.handshake = None
    asked = await anna.slash("join")
    setup = await sent(anna, await press_platform(anna, asked))
    w.gate.handshake = timedelta(seconds=5)
    await w.discord.until(lambda: [each.label for each in buttons(setup)] == ["Host a game"], "the device connects")
    w.gate.players["25565"] = 0
    menu = await anna.press(button(setup, "Host a game"))
    return await anna.select(menu.select(), "minecraft")


async def test_from_direct_messages_a_match_is_announced_where_the_posts_are(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with worlds(posts_channel="matches") as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        channel = w.discord.guild.channel("matches")
        reply = await in_direct_messages(w, anna, monkeypatch)
        w.discord.guild.deny_bot(channel, Permission.SEND_MESSAGES)
        await until(lambda: not may_send(w, channel.id))
        refused = await anna.press(reply.button("Announce"))
        assert f"in <#{channel.id}> I lack the permission **Send Messages**" in refused.content
        w.discord.guild.deny_bot(channel, Permission(0))
        await until(lambda: may_send(w, channel.id))
        warned = await anna.press(reply.button("Announce"))
        said = await anna.press(warned.button("Announce anyway"))
        (message,) = posted(w, "matches")
        assert said.content.startswith("📣 Announced here: ")
        assert said.content.endswith(f"/{channel.id}/{message.id}")


async def test_from_direct_messages_a_match_without_such_a_channel_is_announced_by_a_command(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command that the answer names announces what is open, and opens nothing more."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        reply = await in_direct_messages(w, anna, monkeypatch)
        said = await anna.press(reply.button("Announce"))
        command = "/forward port:25565/tcp device:pc announce:True"
        assert said.content == words("card-not-here", command=f"`{command}`")
        await anna.slash("forward", port="25565/tcp", device="pc", announce=True)
        assert len(w.gate.desired.forwards) == 1


async def test_a_broken_connection_does_not_keep_a_card_from_being_posted(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await member(w)
        w.discord.fail_next("POST", "/channels/*/messages", None, times=2)
        await announced(w, anna)


async def test_an_announcement_that_fails_leaves_the_port_open_and_a_button_to_try_again(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Discord fails in the first case, and the gateway in the second, after it has opened the port."""

    call = GatewayClient.call

    async def away(client: GatewayClient, request: Request[Any]) -> object:
        if isinstance(request, GetStatus):
            raise GatewayUnreachable
        return await call(client, request)

    async with worlds() as w:
        anna = await member(w)
        w.discord.fail_next("POST", "/channels/*/messages", None, times=3)
        first = await anna.slash("forward", port="25565", announce=True)
        with monkeypatch.context() as broken:
            broken.setattr(GatewayClient, "call", away)
            second = await anna.slash("forward", port="25570", announce=True)
        for count, reply in enumerate((first, second)):
            assert "is open" in reply.text
            assert words("card-not-announced") in reply.text
            assert len(posted(w)) == count
            await anna.press(reply.button("Announce"))
            assert len(posted(w)) == count + 1


async def test_a_gateway_away_ends_no_match(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    """The card stays unchanged; after a minute it tells how old its numbers are."""
    looks = counted(monkeypatch, Cards, "_look")
    async with worlds() as w:
        w.gate.players["30000"] = 0
        message = await announced(w, await member(w), "30000")
        before = message.text
        await w.gate.stop()
        w.gate.players["30000"] = 3
        await again(looks)
        assert message.text == before
        w.gate.now += timedelta(minutes=1)
        await becomes(w, message, words("card-stale", since=stamp(NOW, "R")), "0 players")
        await w.gate.start()
        await becomes(w, message, "3 players")
        assert "does not answer" not in message.text


def test_the_end_of_an_unwatched_match_is_taken_from_an_entry_about_this_match() -> None:
    """The audit log also holds entries about other forwards and other actions."""
    mine = Card(channel=1, message=2, address=ADDRESS, forwards=(FORWARD,), seen_at=NOW, players=Players(now=0))
    what: dict[str, dict[str, Any]] = {
        "revoke": {"forwards": (replace(FORWARD, id=77),)},
        "unforward": {"forwards": (replace(FORWARD, id=78),)},
        "restore": {"peers": (PEER,)},
        "suspend": {"peers": (PEER,)},
        "extend": {"forwards": (FORWARD,)},
    }
    audit = [
        AuditEntry(
            id=9 - i, at=NOW + timedelta(minutes=9 - i), actor="1", actor_name="a", action=action, subject="", **of
        )
        for i, (action, of) in enumerate(what.items())
    ]
    ended = seen(mine, replace(status(), at=NOW + timedelta(hours=1)), None, audit)
    assert ended.ended_at == NOW + timedelta(minutes=6)


def test_a_renamed_device_ends_no_card_but_ends_it_when_it_is_cut_off() -> None:
    """A device is known by its id, not by the name in the forward."""
    mine = Card(channel=1, message=2, address=ADDRESS, forwards=(FORWARD,), seen_at=NOW, players=Players(now=0))
    renamed = replace(ONLINE, peer=replace(PEER, device="tower"))
    for row in (PLAYED, replace(PLAYED, forward=replace(FORWARD, device="tower"))):
        card = seen(mine, status(renamed, forwards=(row,)))
        assert card.ended_at is None
        assert card.players.now == PLAYED.players
    away = replace(renamed, peer=replace(renamed.peer, suspended_at=NOW))
    assert seen(mine, status(away, forwards=(PLAYED,))).ended_at == NOW
    cut_off = AuditEntry(
        id=1, at=NOW, actor="bot", actor_name="", action="suspend", subject="", peers=(renamed.peer,)
    )  # fmt: skip
    later = replace(status(), at=NOW + timedelta(hours=1))
    assert seen(replace(mine, seen_at=NOW - timedelta(hours=1)), later, None, [cut_off]).ended_at == NOW


def test_a_stored_card_whose_forwards_lack_the_peer_id_is_still_read() -> None:
    kept = encode(Card(channel=1, message=2, address="a", forwards=(FORWARD,), seen_at=NOW, players=Players(now=0)))
    del kept["forwards"][0]["peer_id"]
    card = decode(Card, kept)
    assert card.forwards == (replace(FORWARD, peer_id=0),)
    assert seen(card, status(ONLINE, forwards=(PLAYED,))).forwards == (FORWARD,)
    cut_off = AuditEntry(
        id=1, at=NOW, actor="bot", actor_name="", action="suspend", subject="", peers=(PEER,), forwards=(FORWARD,)
    )
    later = replace(status(), at=NOW + timedelta(hours=1))
    assert seen(replace(card, seen_at=NOW - timedelta(hours=1)), later, None, [cut_off]).ended_at == NOW


@settings(max_examples=60)
@given(st.text(max_size=80), st.text(max_size=80), st.integers(1, 60), st.booleans())
def test_no_name_breaks_a_limit_or_becomes_a_mention(name: str, label: str, count: int, ended: bool) -> None:
    forwards = tuple(
        replace(
            FORWARD, id=i, owner_name=name, label=label, ports=PortRange(10000 + i, 20000 + i), protocol=Protocol.UDP,
            expires_at=NOW,
        )
        for i in range(count)
    )  # fmt: skip
    made = face(
        words,
        Card(
            channel=1,
            message=2,
            address="a" * 200 + ".example.org",
            forwards=forwards,
            seen_at=NOW,
            players=Players(now=2**31, slots=2**31),
            peak=2**31,
            ended_at=NOW if ended else None,
        ),
    )
    components = components_of(made)
    assert component_problems(components, layout=True) == []
    assert not re.search(r"(?<!\\)<@", str(components))


@pytest.mark.parametrize(
    ("forward", "srv_port", "typed"),
    [
        (FORWARD, None, f"{ADDRESS}:25565"),
        (FORWARD, 25565, ADDRESS),
        (FORWARD, 25570, f"{ADDRESS}:25565"),
        (replace(FORWARD, protocol=Protocol.UDP), 25565, f"{ADDRESS}:25565"),
    ],
)
def test_a_card_leaves_out_the_port_that_an_srv_record_spares(
    forward: ForwardInfo, srv_port: int | None, typed: str
) -> None:
    mine = Card(channel=1, message=2, address=ADDRESS, forwards=(forward,), seen_at=NOW, players=Players(now=0))
    looked = replace(status(ONLINE, forwards=(replace(PLAYED, forward=forward),)), srv_port=srv_port)
    assert face_of(components_of(face(words, seen(mine, looked)))).fields["Address"] == f"```\n{typed}\n```"


def test_a_match_whose_host_is_away_or_blocked_is_not_ready() -> None:
    """A player with a connection proves that nothing is in the way."""
    card = Card(channel=1, message=2, address=ADDRESS, forwards=(FORWARD,), seen_at=NOW, players=Players(now=0))
    row = replace(PLAYED, connections=0, players=0)
    busy = replace(row, connections=1, players=1)
    problem = Problem(code=Trouble.FIREWALL, values={"program": "Docker", "chains": "ip filter FORWARD"})
    blocked = replace(status(ONLINE, forwards=(row,)), problems=(problem,))

    def way(here: Status, told: Told | None = None) -> Way:
        return seen(card, here, told).way

    assert way(status(ONLINE, forwards=(row,))) is Way.OPEN
    assert way(status(replace(ONLINE, connected=False), forwards=(busy,))) is Way.OFFLINE
    assert way(blocked) is Way.BLOCKED
    assert way(replace(blocked, forwards=(busy,))) is Way.OPEN
    assert way(status(ONLINE, forwards=(row,)), Told(answers=False)) is Way.SILENT
    assert way(status(ONLINE, forwards=(busy,)), Told(answers=False)) is Way.OPEN
    assert way(status(ONLINE, forwards=(row,)), Told(answers=True)) is Way.READY
    offline = seen(card, status(replace(ONLINE, connected=False), forwards=(row,)))
    assert face_of(components_of(face(words, offline))).colour == COLOUR_ATTENTION.value


async def test_a_match_that_is_not_ready_is_announced_after_a_warning_only(worlds: Worlds) -> None:
    """The host's device is offline at first, and then the server does not answer."""
    async with worlds() as w:
        w.gate.handshake = None
        anna = await member(w)
        w.gate.players["25565"] = 0
        reply = await anna.slash("forward", port="minecraft", announce=True)
        assert words("card-not-ready-offline", device="pc") in reply.text
        assert posted(w) == []
        w.gate.handshake = timedelta()
        await w.told()
        warned = await anna.press(reply.button("Announce"))
        assert warned.content == words("card-not-ready-silent", device="pc")
        assert posted(w) == []
        pressed = await anna.press(warned.button("Announce anyway"))
        assert "Announced here" in pressed.content
        (message,) = posted(w)
        await becomes(w, message, words("card-way-silent", device="pc"))


async def test_a_match_whose_server_answers_is_announced_at_once(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await member(w)
        w.gate.players["25565"] = 0
        async with gameservers.streams(gameservers.status(gameservers.minecraft(0, 20))) as port:
            reply = await anna.slash("forward", port="minecraft", to_port=port)
            assert "Announced here" in (await anna.press(reply.button("Announce"))).content
            (message,) = posted(w)
            await becomes(w, message, words("card-way-ready"))


async def test_a_card_tells_the_version_that_friends_need(worlds: Worlds) -> None:
    """It stays when the server is away for a while."""
    async with worlds() as w:
        anna = await member(w)
        async with gameservers.streams(gameservers.status(gameservers.minecraft(3, 20))) as port:
            message = await announced(w, anna, to_port=port)
            card = await becomes(w, message, "3 of 20 players")
            assert card.fields["Version"] == "1.21.5"
        card = await becomes(w, message, words("card-way-silent", device="pc"))
        assert card.fields["Version"] == "1.21.5"


async def test_a_card_of_an_older_version_becomes_a_layout_and_its_button_works(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await member(w)
        message = await announced(w, anna)
        await w.stop()
        close = next(each for each in walk(message.components) if each["type"] == BUTTON)
        message.embeds, message.components = [{"title": "Minecraft"}], [{"type": 1, "components": [close]}]
        message.flags &= ~MessageFlag.COMPONENTS_V2
        async with Memory.open(w.section.state_dir, SCHEMA) as memory:
            await memory.write("UPDATE cards SET shown = ?", ('{"title": "Minecraft"}',))
        await w.start()
        await w.discord.until(lambda: not message.embeds, "the card is a layout")
        assert "Minecraft" in shown(message).title
        await anna.press(button(message, "Close"))
        await becomes(w, message, "ended")
        assert buttons(message) == []
