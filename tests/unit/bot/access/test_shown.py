"""Configs leave the messages that brought them: when the device connects, and in any case after a time."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from pathlib import Path

import discord
import pytest

from bot.access import shown
from bot.access.shown import ShownConfigs, outcome
from bot.core.live import Live
from gateway.api.contract import GetStatus, List, PeerInfo
from gateway.api.events import News
from gateway.model import Duration
from tests.fakediscord import Message, Person, button, buttons
from tests.joining import WINDOWS, join, press_platform, rotate, sent
from tests.unit.bot.english import words
from tests.unit.bot.patience import counted, until
from tests.unit.bot.world import World, world
from tests.unit.fakes.host import NOW

Worlds = Callable[..., AbstractAsyncContextManager[World]]
Looks = Callable[[], int]
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
SINCE = timedelta(seconds=5)


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    monkeypatch.setattr(shown, "POLL_S", 0.02)
    monkeypatch.setattr(shown, "outcome", outcome)
    return partial(world, tmp_path, monkeypatch)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    """Return the number of questions about handshakes that were asked and acted on."""
    return counted(monkeypatch, ShownConfigs, "_look")


def a_friend(w: World, name: str = "anna") -> Person:
    """Return a member whose devices do not connect yet."""
    w.gate.handshake = None
    return w.discord.guild.add_member(name, roles=["Friends"])


async def joined(w: World, person: Person) -> Message:
    return await sent(person, await join(person))


async def becomes(w: World, message: Message, said: str) -> None:
    """Wait until the message is this sentence and nothing else."""
    await w.discord.until(lambda: message.text == said, f"{said}, but {message.text}")
    assert (message.files, message.embeds, message.content) == ({}, [], "")


def at(moment: timedelta) -> str:
    return f"<t:{(NOW + moment).timestamp():.0f}:R>"


async def remembered(w: World) -> int:
    return len(await w.bot.context.memory.rows("SELECT * FROM shown"))


async def test_a_message_says_beforehand_that_it_loses_the_config_and_does_when_the_device_connects(
    worlds: Worlds, looks: Looks
) -> None:
    async with worlds() as w:
        message = await joined(w, a_friend(w))
        assert words("setup-private-until", relative=at(DAY)) in message.text
        await w.stir(looks)
        assert set(message.files) == {"gg-pc.conf"}
        w.gate.handshake = SINCE
        await becomes(w, message, words("setup-connected", device="pc"))
        await until(lambda: not w.bot._shown._shown)
        assert await remembered(w) == 0


@pytest.mark.parametrize("gateway_is_away", [False, True])
async def test_the_config_of_a_device_that_never_connects_goes_after_a_day(
    worlds: Worlds, looks: Looks, gateway_is_away: bool
) -> None:
    async with worlds() as w:
        message = await joined(w, a_friend(w))
        if gateway_is_away:
            await w.gate.stop()
        w.gate.now = NOW + DAY - MINUTE
        await w.stir(looks)
        assert message.files
        w.gate.now = NOW + DAY
        await becomes(w, message, words("setup-taken-out", device="pc"))


async def test_the_time_is_configured_and_may_be_without_end(worlds: Worlds, looks: Looks) -> None:
    async with worlds(config_shown_for=Duration(None)) as w:
        message = await joined(w, a_friend(w))
        assert words("setup-private") in message.text
        w.gate.now = NOW + timedelta(days=400)
        await w.stir(looks)
        assert message.files
        w.gate.handshake = SINCE
        await becomes(w, message, words("setup-connected", device="pc"))


async def test_a_restart_forgets_no_message_and_the_database_holds_no_config(worlds: Worlds, tmp_path: Path) -> None:
    async with worlds() as w:
        message = await joined(w, a_friend(w))
        secrets = [
            line.partition(" = ")[2] for line in message.files["gg-pc.conf"].decode().splitlines() if "Key" in line
        ]
        assert len(secrets) == 3
        files = [file.read_bytes() for file in tmp_path.glob("bot.db*")]
        private, _, preshared = secrets
        assert files
        assert not [file for file in files if private.encode() in file or preshared.encode() in file]
        await w.stop()
        assert message.files
        await w.start()
        w.gate.handshake = SINCE
        await becomes(w, message, words("setup-connected", device="pc"))


async def test_an_answer_loses_the_config_before_discord_no_longer_lets_it_be_edited(
    worlds: Worlds, looks: Looks, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """The token of the interaction opens the answer, so it is neither logged nor stored."""
    caplog.set_level(logging.DEBUG, "bot")
    async with worlds() as w:
        reply = await join(a_friend(w))
        assert words("setup-private-until", relative=at(14 * MINUTE)) in reply.text
        w.gate.now = NOW + 13 * MINUTE
        await w.stir(looks)
        assert reply.files
        assert await remembered(w) == 0
        w.gate.now = NOW + 14 * MINUTE
        await becomes(w, reply.message, words("setup-taken-out", device="pc"))
        token = reply.interaction.token
        assert token not in caplog.text
        assert not [file for file in tmp_path.glob("bot.db*") if token.encode() in file.read_bytes()]


async def test_an_answer_becomes_connected_too(worlds: Worlds) -> None:
    async with worlds() as w:
        reply = await join(a_friend(w))
        w.gate.handshake = SINCE
        await becomes(w, reply.message, words("setup-connected", device="pc"))


async def test_a_bot_that_stops_takes_configs_out_of_answers_because_it_forgets_their_tokens(worlds: Worlds) -> None:
    async with worlds() as w:
        anna, ben = a_friend(w), a_friend(w, "ben")
        reply, direct = await join(anna), await joined(w, ben)
        await w.stop()
        await becomes(w, reply.message, words("setup-taken-out", device="pc"))
        assert direct.files
        await w.start()


async def test_rotate_makes_a_new_message_and_empties_the_old_one(worlds: Worlds, looks: Looks) -> None:
    async with worlds() as w:
        anna = a_friend(w)
        old = await joined(w, anna)
        new = await sent(anna, await rotate(anna))
        await becomes(w, old, words("setup-taken-out", device="pc"))
        await w.stir(looks)
        assert new.files
        w.gate.handshake = SINCE
        await becomes(w, new, words("setup-connected", device="pc"))


async def test_a_device_that_is_removed_takes_its_config_along(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = a_friend(w)
        message = await joined(w, anna)
        await anna.slash("leave")
        await becomes(w, message, words("setup-gone", device="pc"))


async def test_the_config_of_an_approval_is_taken_out_as_well(worlds: Worlds) -> None:
    async with worlds(admin_channel="vpn-admins") as w:
        channel = w.discord.guild.channel("vpn-admins")
        w.gate.handshake = None
        boss, mia = w.discord.guild.add_member("boss", ["Admin"]), w.discord.guild.add_member("mia")
        await join(mia)
        await boss.press(button(channel.messages[0], "Approve"))
        message = await mia.dm()
        await mia.press(button(message, WINDOWS))
        assert message.files
        assert words("setup-private-until", relative=at(DAY)) in message.text
        w.gate.handshake = SINCE
        await becomes(w, message, words("setup-connected", device="pc"))


@pytest.mark.parametrize("status", [503, 401, None])
async def test_a_message_that_discord_does_not_take_now_is_edited_later(worlds: Worlds, status: int | None) -> None:
    """Also while the bot's token is not valid."""
    async with worlds() as w:
        anna = a_friend(w)
        message = await joined(w, anna)
        w.discord.fail_next("PATCH", f"{anna.dm_route}/*", status, times=2)
        w.gate.handshake = SINCE
        await becomes(w, message, words("setup-connected", device="pc"))


async def test_a_bot_that_is_not_on_the_server_takes_no_refusal_for_final(worlds: Worlds, looks: Looks) -> None:
    async with worlds() as w:
        anna = a_friend(w)
        message = await joined(w, anna)
        w.discord.guild.outage()
        await until(lambda: not w.bot.context.guild())
        w.discord.fail_next("PATCH", f"{anna.dm_route}/*", 403, times=1000)
        (failure,) = w.discord._backend.faults.failures
        w.gate.handshake = SINCE
        await until(lambda: failure.times < 999)
        failure.times = 0
        await becomes(w, message, words("setup-connected", device="pc"))


@pytest.mark.parametrize("status", [502, None])
async def test_a_direct_message_is_sent_once_when_discords_answer_to_it_is_lost(
    worlds: Worlds, status: int | None
) -> None:
    """A second one would keep its config, because the bot knows one of them."""
    async with worlds() as w:
        anna = a_friend(w)
        setup = await join(anna)
        w.discord.fail_next("POST", anna.dm_route, status, lost=True)
        message = await sent(anna, setup)
        assert anna.dms == [message]
        w.gate.handshake = SINCE
        await becomes(w, message, words("setup-connected", device="pc"))


async def test_a_message_that_is_gone_is_forgotten(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = a_friend(w)
        message = await joined(w, anna)
        anna.delete(message)
        w.gate.handshake = SINCE
        await until(lambda: not w.bot._shown._shown)
        await until(lambda: _is_empty(w))


async def _is_empty(w: World) -> bool:
    return await remembered(w) == 0


async def test_a_config_that_is_sent_before_the_stream_tells_of_its_device_stays(
    worlds: Worlds, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to a /join or /rotate may be faster than the stream."""
    is_behind, take = False, Live._take

    def behind(self: Live, news: News) -> None:
        if not is_behind:
            take(self, news)

    monkeypatch.setattr(Live, "_take", behind)
    async with worlds() as w:
        anna = a_friend(w)
        await w.bot.context.live.there()
        is_behind = True
        first = await joined(w, anna)
        await w.stir(looks)
        assert first.files
        second = await sent(anna, await rotate(anna))
        await becomes(w, first, words("setup-taken-out", device="pc"))
        await w.stir(looks)
        assert second.files


def shows(w: World, device: str) -> bool:
    """Report whether the bot's mirror has the device."""
    view = w.bot.context.live.view
    return view is not None and any(row.peer.device == device for row in view.peers.values())


async def test_a_device_that_connects_costs_no_request(worlds: Worlds, looks: Looks) -> None:
    """The gateway tells it by itself. A config that waits for its device costs none either."""
    async with worlds() as w:
        message = await joined(w, a_friend(w))
        await until(lambda: shows(w, "pc"))
        await w.stir(looks)
        before = len(w.gate.own)
        w.gate.handshake = SINCE
        await becomes(w, message, words("setup-connected", device="pc"))
        assert not [each for each in w.gate.own[before:] if isinstance(each, GetStatus | List)]


async def test_a_setup_that_is_sent_is_in_one_place(worlds: Worlds) -> None:
    """The answer in the server gives up its file at once."""
    async with worlds() as w:
        anna = a_friend(w)
        setup = await join(anna)
        config = setup.files["gg-pc.conf"]
        message = await sent(anna, setup)
        assert message.files["gg-pc.conf"] == config
        assert (setup.text, setup.files) == (words("setup-sent"), {})
        w.gate.handshake = SINCE
        await becomes(w, message, words("setup-connected", device="pc"))
        assert setup.text == words("setup-sent")


async def test_a_setup_stays_where_it_is_when_direct_messages_are_closed(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = a_friend(w)
        anna.close_dms()
        setup = await join(anna)
        reply = await anna.press(setup.button("Send to my DMs"))
        assert words("setup-not-sent") in reply.text
        assert setup.message.files
        w.gate.handshake = SINCE
        await becomes(w, setup.message, words("setup-connected", device="pc"))


async def test_a_message_of_an_earlier_version_becomes_connected(worlds: Worlds) -> None:
    """It has a text and an embed, which the new face takes the place of."""
    async with worlds() as w:
        anna = a_friend(w)
        await join(anna)
        peer = w.gate.device("pc")
        member = await w.bot.context.fetch_member(int(anna.id))
        old = await member.send(
            "Your config", embed=discord.Embed(title="Steps"), file=discord.File(io.BytesIO(b"x"), "a.conf")
        )
        message = await anna.dm()
        await w.bot._shown.add(old, int(anna.id), PeerInfo.of(peer), NOW + DAY)
        w.gate.handshake = SINCE
        await becomes(w, message, words("setup-connected", device="pc"))


async def test_a_setup_whose_time_is_over_offers_a_new_one(worlds: Worlds, looks: Looks) -> None:
    """The button does what /rotate does: the old file works no longer."""
    async with worlds() as w:
        anna = a_friend(w)
        setup = await join(anna)
        before = w.gate.device("pc").public_key
        w.gate.now = NOW + 14 * MINUTE
        await becomes(w, setup.message, words("setup-taken-out", device="pc"))
        again = await press_platform(anna, await anna.press(button(setup.message, "New setup file")))
        assert again.files
        assert w.gate.device("pc").public_key != before
        w.gate.handshake = SINCE
        await becomes(w, again.message, words("setup-connected", device="pc"))
        assert [each.label for each in buttons(again.message)] == ["Host a game"]
