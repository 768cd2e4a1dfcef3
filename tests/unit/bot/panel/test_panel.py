"""The live message in its channel: what keeps it current, and what it survives."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.core import live, pace, posting
from bot.core.notes import Note, PanelGone, PanelLost
from bot.games.games import games
from bot.games.probe import query_of
from bot.log.entries import of_note
from bot.log.logbook import Logbook
from bot.matches import servers
from bot.panel import panel, presence
from gateway.problem import Problem, Trouble
from tests.fakediscord import Component, Message, Permission, Person, Reply, button, buttons
from tests.joining import join, press_platform
from tests.unit.bot import gameservers
from tests.unit.bot.english import words
from tests.unit.bot.patience import until
from tests.unit.bot.world import ADDRESS, World, world

Worlds = Callable[..., AbstractAsyncContextManager[World]]
PATCHED = "/channels/*/messages/*"
NOTHING = "Nothing is open right now"


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[Note]:
    """Collect the notes for the log channel."""
    notes: list[Note] = []
    monkeypatch.setattr(Logbook, "note", lambda _, note: notes.append(note))
    return notes


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    for module, name in ((panel, "LOOK_S"), (pace, "EDIT_S"), (panel, "REMEMBER_S"), (presence, "APART_S")):
        monkeypatch.setattr(module, name, 0)
    for module in (panel, presence):
        monkeypatch.setattr(module, "TICK_S", 0.05)
    monkeypatch.setattr(servers, "query_of", lambda forward: None)  # no game is asked
    monkeypatch.setattr(posting, "RETRY_S", (0, 0))
    return partial(world, tmp_path, monkeypatch)


def people(w: World) -> tuple[Person, Person]:
    """Return an admin and a member."""
    return w.discord.guild.add_member("boss", ["Admin"]), w.discord.guild.add_member("anna", ["Friends"])


def messages(w: World, channel: str = "general") -> list[Message]:
    return w.discord.guild.channel(channel).messages


async def put(w: World, boss: Person, channel: str = "general") -> Message:
    reply = await boss.slash("panel", in_channel=w.discord.guild.channel(channel))
    assert reply.ephemeral
    message = messages(w, channel)[-1]
    assert message.id in reply.content
    return message


async def becomes(w: World, message: Message, *parts: str, lacks: str = "\0") -> None:
    """Wait until the message has these texts."""
    try:
        await w.discord.until(lambda: all(part in message.text for part in parts) and lacks not in message.text, "text")
    except AssertionError as error:
        raise AssertionError(f"{parts} in {message.text!r}") from error


def menu(reply: Reply) -> Component:
    """Return the menu of what to host."""
    return reply.select(words("panel-host-choose-menu"))


def edits(w: World) -> int:
    return sum(one.method == "PATCH" and one.path.startswith("/channels/") for one in w.discord.exchanges)


async def host(w: World, person: Person, port: str = "minecraft", players: int = 0, **options: Any) -> None:
    w.gate.players.setdefault("25565", players)
    if not any(peer.owner == str(person.id) for peer in w.gate.desired.peers.values()):
        await join(person)
    await person.slash("forward", port=port, **options)


async def test_the_message_shows_what_happens(worlds: Worlds) -> None:
    """A match, its players, the devices, and the end. It is one message, and no edit repeats what stands there."""
    async with worlds() as w:
        boss, anna = people(w)
        message = await put(w, boss)
        assert NOTHING in message.text
        assert "0 of 0 devices online" in message.text
        await host(w, anna)
        await becomes(w, message, "Minecraft (Java) · Anna", f"`{ADDRESS}`", "1 of 1 device online")
        w.gate.players["25565"] = 3
        await becomes(w, message, "🟢 **3** players")
        before = edits(w)
        for _ in range(3):
            await anna.slash("status")
        assert edits(w) == before, [one.text for one in message.history] + [message.text]
        await anna.slash("unforward", port="25565")
        await becomes(w, message, NOTHING)
        assert messages(w) == [message]


async def test_a_pc_that_goes_offline_and_a_problem_are_shown(worlds: Worlds) -> None:
    async with worlds() as w:
        boss, anna = people(w)
        message = await put(w, boss)
        await host(w, anna)
        await becomes(w, message, "🟢 Open")
        w.gate.handshake = timedelta(minutes=10)
        await becomes(w, message, "🟡 PC offline since <t:", "0 of 1 device online")
        w.gate.gateway.state.problems.report(Problem(code=Trouble.FORWARDING, values={"reason": "read-only"}))
        await becomes(w, message, "Friends can't join right now")


async def test_the_players_that_the_game_tells_are_shown_with_its_slots(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A game that stops to answer is shown as that, and not as an empty one."""
    monkeypatch.setattr(servers, "query_of", query_of)
    for name in ("ASK_S", "AGAIN_S"):
        monkeypatch.setattr(servers, name, 0.05)
    async with worlds() as w:
        boss, anna = people(w)
        message = await put(w, boss)
        async with gameservers.streams(gameservers.status(gameservers.minecraft(4, 20))) as port:
            await host(w, anna, to_port=port, players=9)
            await becomes(w, message, "🟢 **4**/20")
        await becomes(w, message, "🟡 The game does not answer")


# -- what it survives


async def test_it_goes_on_after_a_restart_with_the_most_players_of_before(worlds: Worlds) -> None:
    async with worlds() as w:
        boss, anna = people(w)
        message = await put(w, boss)
        await host(w, anna, "8123/tcp")
        w.gate.players["8123"] = 7
        await becomes(w, message, "🟢 **7** players")
        w.gate.now += timedelta(minutes=15)
        await becomes(w, message, "most 7 ▇▇")
        await w.stop()
        w.gate.players["8123"] = 2
        await w.start()
        await becomes(w, message, "🟢 **2** players", "most 7 ▇▇")
        assert messages(w) == [message]


async def test_a_deleted_message_is_not_posted_again_until_an_admin_wants_it(worlds: Worlds, noted: list[Note]) -> None:
    """It may be deleted while the bot is away, too."""
    async with worlds() as w:
        boss, anna = people(w)
        await put(w, boss)
        await w.stop()
        boss.delete(messages(w)[0])
        await w.start()
        channel = int(w.discord.guild.channel("general").id)
        await until(lambda: noted)
        assert noted == [PanelGone(channel)]
        assert "was deleted. Want it back? Press the button" in str(of_note(words, noted[0]).description)
        await host(w, anna)
        assert messages(w) == []
        assert not await w.bot.context.memory.rows("SELECT * FROM panel")
        await becomes(w, await put(w, boss), "Minecraft (Java) · Anna")


async def test_a_button_brings_a_deleted_message_back_where_it_was(worlds: Worlds) -> None:
    """It is for admins, stands there after a restart, and makes no second message."""
    async with worlds(log_channel="vpn-log") as w:
        boss, anna = people(w)
        await put(w, boss, "games")
        await w.stop()
        boss.delete(messages(w, "games")[0])
        await w.start()

        def offered() -> list[Message]:
            return [one for one in messages(w, "vpn-log") if [each.label for each in buttons(one)] == ["Bring it back"]]

        await until(offered)
        await w.stop()
        await w.start()
        offer = button(offered()[0], "Bring it back")
        assert words("admins-only") in (await anna.press(offer)).content
        reply = await boss.press(offer)
        (message,) = messages(w, "games")
        assert message.id in reply.content
        await host(w, anna)
        await becomes(w, message, "Minecraft (Java) · Anna")
        assert "there already" in (await boss.press(offer)).content
        assert messages(w, "games") == [message]


async def test_the_offer_waits_in_the_database_for_a_log_channel_that_can_be_written_to(worlds: Worlds) -> None:
    async with worlds(log_channel="vpn-log", absent=("vpn-log",)) as w:
        boss, _ = people(w)
        await put(w, boss)
        boss.delete(messages(w)[0])
        await until(lambda: w.bot.context.memory.rows("SELECT * FROM noted"))
        await w.stop()
        log_channel = w.discord.guild.channel("vpn-log")
        await w.start()
        await until(lambda: [one for one in log_channel.messages if buttons(one)])


async def test_a_lost_permission_is_told_once_and_the_message_goes_on_with_it(
    worlds: Worlds, noted: list[Note]
) -> None:
    async with worlds() as w:
        boss, anna = people(w)
        message, channel = await put(w, boss), w.discord.guild.channel("general")
        w.discord.guild.deny_bot(channel, int(Permission.VIEW_CHANNEL))
        await host(w, anna)
        await until(lambda: noted)
        await anna.slash("unforward", port="25565")
        await anna.slash("status")
        assert noted == [PanelLost(int(channel.id))]
        await host(w, anna)
        w.discord.guild.deny_bot(channel, 0)
        await becomes(w, message, "Minecraft (Java) · Anna")


async def test_where_the_bot_may_not_write_the_admin_reads_what_it_lacks(worlds: Worlds) -> None:
    async with worlds() as w:
        boss, _ = people(w)
        w.discord.guild.deny_bot(w.discord.guild.channel("general"), int(Permission.SEND_MESSAGES))
        reply = await boss.slash("panel", in_channel=w.discord.guild.channel("general"))
        assert "**Send Messages**" in reply.content
        assert messages(w) == []


async def test_the_message_moves_with_the_command(worlds: Worlds) -> None:
    async with worlds() as w:
        boss, anna = people(w)
        first = await put(w, boss)
        second = await put(w, boss, "games")
        assert first.deleted
        await host(w, anna)
        await becomes(w, second, "Minecraft (Java) · Anna")


async def test_a_lost_answer_of_discord_makes_no_second_message(worlds: Worlds) -> None:
    async with worlds() as w:
        boss, _ = people(w)
        w.discord.fail_next("POST", "/channels/*/messages", None, lost=True)
        await put(w, boss)
        assert len(messages(w)) == 1


async def test_an_old_message_is_edited_no_faster_than_discord_takes_it(worlds: Worlds) -> None:
    """Discord refuses once, and is not asked again for as long as it said."""
    async with worlds() as w:
        boss, anna = people(w)
        await put(w, boss)
        w.discord.grow_old(edits=0)

        def refusals() -> int:
            return sum(one.code == 30046 for one in w.discord.exchanges)

        await host(w, anna)
        await until(refusals)
        for count in range(3):
            w.gate.players["25565"] = count
            await anna.slash("status")
        assert refusals() == 1


async def test_after_an_hour_edits_are_two_minutes_apart(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel, "TICK_S", 0.05)  # because the test shortens a pause that the panel waits for already
    async with worlds() as w:
        boss, anna = people(w)
        message = await put(w, boss)
        w.gate.now = datetime.now(UTC) + timedelta(hours=2)
        before = edits(w)
        await host(w, anna)
        await w.told()  # or the one edit could show a moment before the match
        assert edits(w) == before
        w.bot.service(panel.Panel)._posted.pace.edited_at -= pace.OLD_EDIT_S  # type: ignore[union-attr]
        await becomes(w, message, "Minecraft (Java) · Anna")


async def test_what_the_pace_held_back_is_shown_as_soon_as_it_may_be(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pause of the edits ends while the panel itself pauses, and nothing happens afterwards."""
    for name, seconds in (("TICK_S", 1000), ("LOOK_S", 0.3)):
        monkeypatch.setattr(panel, name, seconds)
    monkeypatch.setattr(pace, "EDIT_S", 0.2)
    async with worlds() as w:
        boss, _ = people(w)
        await put(w, boss)
        posted = w.bot.service(panel.Panel)._posted
        assert posted
        before = edits(w)
        posted.shown = ""
        posted.pace.begin()
        for follower in w.bot.context.live._followers:
            follower.wake()
        await w.discord.until(lambda: edits(w) > before, "another edit")


@pytest.mark.parametrize("fault", ["429", "500", "cut"])
async def test_failures_of_discord_only_delay_it(worlds: Worlds, noted: list[Note], fault: str) -> None:
    async with worlds() as w:
        boss, anna = people(w)
        message = await put(w, boss)
        if fault == "429":
            w.discord.rate_limit("PATCH", PATCHED, retry_after=0.1, times=5)
        else:
            w.discord.fail_next("PATCH", PATCHED, None if fault == "cut" else int(fault), times=2)
        await host(w, anna)
        await becomes(w, message, "Minecraft (Java) · Anna")
        assert noted == []


async def test_a_gateway_that_is_away_is_told_after_a_minute(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    """A restart of it is no news. What was open stays in the message, because it stays open."""
    monkeypatch.setattr(live, "AGAIN_S", 0.02)
    async with worlds() as w:
        boss, anna = people(w)
        message = await put(w, boss)
        await host(w, anna)
        await becomes(w, message, "Minecraft (Java) · Anna", "🟢 Open", "1 of 1 device online")
        before = edits(w)
        await w.gate.stop()
        await until(lambda: w.bot.context.live.away_since)
        reply = await anna.press(button(message, "Help"))
        assert reply.content
        assert edits(w) == before
        w.gate.now += timedelta(minutes=2)
        await becomes(w, message, "has not answered since <t:", "Minecraft (Java) · Anna")
        await w.gate.start()
        await becomes(w, message, "Minecraft (Java) · Anna", lacks="has not answered")


# -- its buttons


async def test_only_an_admin_puts_it_and_others_are_refused_in_words(worlds: Worlds) -> None:
    async with worlds() as w:
        boss, anna = people(w)
        assert words("admins-only") in (await anna.slash("panel")).content
        message = await put(w, boss)
        stranger = w.discord.guild.add_member("zoe")
        for label in ("Devices", "Requests"):
            assert words("admins-only") in (await anna.press(button(message, label))).content
        for label in ("Host a game", "Host again", "My stuff"):
            assert "only for people with the role" in (await stranger.press(button(message, label))).content
        assert "Add my PC" in (await stranger.press(button(message, "Help"))).content


async def test_a_member_adds_a_pc_and_hosts_by_forms(worlds: Worlds) -> None:
    """The answers are those of /join and /forward, and only the member sees them."""
    async with worlds() as w:
        boss, anna = people(w)
        message = await put(w, boss)
        assert "Add your PC first" in (await anna.press(button(message, "Host a game"))).content
        setup = await press_platform(anna, await anna.press(button(message, "Add my PC")))
        assert "gg-pc.conf" in setup.files
        assert setup.ephemeral
        await until(lambda: w.bot.context.live.view and w.bot.context.live.view.peers)
        assert "**pc2**" in (await anna.press(button(message, "Add my PC"))).text
        asked = await anna.press(button(message, "Host a game"))
        assert asked.ephemeral
        form = (await anna.select(menu(asked), "other")).modal
        reply = await anna.submit(form, {"Which game or port?": "minecrfat"})
        assert "Minecraft (Java)" in reply.text
        reply = await anna.submit(form, {"Which game or port?": "minecraft"})
        assert reply.ephemeral
        assert ADDRESS in reply.text
        await becomes(w, message, "Minecraft (Java) · Anna")
        assert "pc" in (await anna.press(button(message, "My stuff"))).embeds[0].fields.popitem()[0]


async def test_a_game_is_hosted_by_choosing_it(worlds: Worlds) -> None:
    """The menu has the games that are played the most, and at last *Other…*. The answer takes the menu's place."""
    async with worlds() as w:
        boss, anna = people(w)
        message = await put(w, boss)
        await join(anna)
        await until(lambda: w.bot.context.live.view and w.bot.context.live.view.peers)
        asked = await anna.press(button(message, "Host a game"))
        labels = [option["label"] for option in menu(asked).raw["options"]]
        assert labels == [game.name for game in games()[:24]] + ["Other…"]
        reply = await anna.select(menu(asked), "valheim")
        (opened,) = w.gate.forwards()
        assert (opened.label, str(opened.spec)) == ("Valheim", "2456-2458/udp")
        assert ADDRESS in reply.text
        assert words("panel-host-which") not in reply.text
        assert words("panel-host-choose-menu") not in str(reply.components)


async def test_host_again_opens_the_last_game_in_one_press(worlds: Worlds) -> None:
    """It is remembered through a restart, with the device's port. Of two presses the second finds it open."""
    async with worlds() as w:
        boss, anna = people(w)
        message = await put(w, boss)
        assert "You have not hosted a game yet" in (await anna.press(button(message, "Host again"))).content
        await host(w, anna)
        w.gate.now += timedelta(minutes=1)
        await anna.slash("forward", port="8123/tcp", to_port=80)
        (opened,) = [one for one in w.gate.forwards() if one.ports.first == 8123]

        async def is_remembered() -> bool:
            return any("8123" in row[0] for row in await w.bot.context.memory.rows("SELECT game FROM hosted"))

        await until(is_remembered)
        await anna.slash("unforward", port="8123, 25565")
        await w.stop()
        await w.start()
        await w.bot.context.live.there()
        reply = await anna.press(button(message, "Host again"))
        (again,) = w.gate.forwards()
        assert (again.spec, again.to_port, again.device) == (opened.spec, 80, opened.device)
        assert f"{ADDRESS}:8123" in reply.text
        assert "open already" in (await anna.press(button(message, "Host again"))).text


async def test_host_again_after_the_device_was_removed_takes_the_one_that_is_connected(worlds: Worlds) -> None:
    async with worlds() as w:
        boss, anna = people(w)
        message = await put(w, boss)
        await host(w, anna)
        await until(lambda: w.bot.context.memory.rows("SELECT * FROM hosted"))
        await anna.slash("leave", device="pc")
        await join(anna, device="laptop")
        await until(lambda: [row.connected for row in getattr(w.bot.context.live.view, "peers", {}).values()] == [True])
        await anna.press(button(message, "Host again"))
        assert [one.device for one in w.gate.forwards()] == ["laptop"]


async def test_requests_that_wait_are_counted_and_an_admin_finds_them(worlds: Worlds) -> None:
    async with worlds(admin_channel="vpn-admins") as w:
        boss, _ = people(w)
        message = await put(w, boss)
        assert words("panel-requests-none") in (await boss.press(button(message, "Requests"))).content
        await join(w.discord.guild.add_member("mia"))
        await w.discord.until(lambda: "Requests (1)" in [one.label for one in buttons(message)], "the count")
        reply = await boss.press(button(message, "Requests (1)"))
        assert "**Mia** asked" in reply.content
        assert messages(w, "vpn-admins")[0].id in reply.content
        assert "Devices" in (await boss.press(button(message, "Devices"))).text


# -- beside the bot's name


async def test_the_presence_counts_players_and_matches_and_is_nothing_without_any(worlds: Worlds) -> None:
    async with worlds() as w:
        _, anna = people(w)
        assert w.discord.presence == ""
        await host(w, anna)
        await w.discord.until(lambda: w.discord.presence == "1 match is open", "a match")
        w.gate.players["25565"] = 5
        await w.discord.until(lambda: w.discord.presence == "5 players in 1 match", "players")
        await w.discord.invalidate_session()
        await w.discord.until(lambda: w.discord.presence == "5 players in 1 match", "the same in a new session")
        await anna.slash("unforward", port="25565")
        await w.discord.until(lambda: w.discord.presence == "", "nothing")


async def test_presences_are_far_enough_apart_for_discord(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fake counts more than five in twenty seconds as a violation."""
    async with worlds() as w:
        monkeypatch.setattr(presence, "APART_S", 1000)
        _, anna = people(w)
        await host(w, anna)
        await w.discord.until(lambda: w.discord.presence == "1 match is open", "a match")
        w.gate.players["25565"] = 5
        for _ in range(3):
            await anna.slash("status")
        assert w.discord.presence == "1 match is open"
