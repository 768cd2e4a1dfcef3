"""Rate limits that discord.py does not wait for: Cloudflare's page, a limit of the whole bot, and long ones."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from pathlib import Path

import discord
import pytest
from discord.http import Route

from bot.__main__ import brief
from bot.access import admission
from bot.core import pace, posting
from bot.core.limits import Limits
from bot.matches import cards
from tests.joining import join, rotate, sent
from tests.unit.bot.english import words
from tests.unit.bot.patience import until
from tests.unit.bot.world import World, world

Worlds = Callable[..., AbstractAsyncContextManager[World]]
POSTS = "/channels/*/messages"
LONG_S = 40.0


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Worlds:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(cards, "TICK_S", 0.02)
    monkeypatch.setattr(admission, "POLL_S", 0.02)
    monkeypatch.setattr(pace, "EDIT_S", 0)
    monkeypatch.setattr(posting, "RETRY_S", (0, 0))
    return partial(world, tmp_path, monkeypatch, ready_s=0.1)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


async def test_a_page_of_cloudflare_is_waited_out_at_the_login_in_one_line(
    worlds: Worlds, caplog: pytest.LogCaptureFixture
) -> None:
    async with worlds() as w:
        await w.stop()
        caplog.clear()
        w.discord.rate_limit("*", "*", retry_after=0.1, cloudflare=True)
        await w.start()
        assert [line for line in warnings(caplog) if "<" in line] == []
        (line,) = [line for line in warnings(caplog) if "Cloudflare" in line]
        assert "\n" not in line


@pytest.mark.parametrize("path", ["/users/@me/channels", POSTS, "/webhooks/*"])
async def test_a_page_in_the_midst_of_a_command_delays_its_answer_and_loses_no_byte_of_a_file(
    worlds: Worlds, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    """discord.py alone sends an empty file the second time, and takes the page for an error of the command."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", ["Friends"])
        setup = await join(anna)
        w.discord.rate_limit("*", path, retry_after=0.1, cloudflare=True)
        files = (await rotate(anna)).files if path == "/webhooks/*" else (await sent(anna, setup)).files
        assert b"[Interface]" in files["gg-pc.conf"]
        assert len(warnings(caplog)) == 1


async def test_no_request_is_made_while_cloudflare_turns_the_address_away(worlds: Worlds) -> None:
    """It stands before every route, so each would be counted again."""
    async with worlds() as w:
        anna, mia = (w.discord.guild.add_member(name, ["Friends"]) for name in ("anna", "mia"))
        setups = await join(anna), await join(mia)
        w.discord.rate_limit("*", "/users/*", retry_after=0.2, cloudflare=True)
        anna.begin_press(setups[0].button("Send to my DMs"))
        await until(lambda: any(each.status == 429 for each in w.discord.exchanges))
        await sent(mia, setups[1])
        await anna.dm()
        assert [each.status for each in w.discord.exchanges if each.path == "/users/@me/channels"].count(429) == 1


async def test_a_page_before_the_websocket_is_waited_out_too(worlds: Worlds, caplog: pytest.LogCaptureFixture) -> None:
    async with worlds() as w:
        w.discord.rate_limit("GET", "/", retry_after=0.1, cloudflare=True)
        await w.discord.drop_websocket(4000)
        await w.discord.reconnected()
        assert len(warnings(caplog)) == 1


async def test_a_long_limit_of_the_whole_bot_closes_every_route(worlds: Worlds) -> None:
    """discord.py would ask each of them. Interactions are free of it, so the config comes with the answer."""
    async with worlds() as w:
        anna, mia = (w.discord.guild.add_member(name, ["Friends"]) for name in ("anna", "mia"))
        w.discord.rate_limit("*", "/users/*", retry_after=LONG_S, everywhere=True)
        with pytest.raises(discord.RateLimited):
            await w.bot.create_dm(discord.Object(anna.id))
        for channel in (w.discord.guild.channel("general"), w.discord.guild.channel("other")):
            with pytest.raises(discord.RateLimited):
                await w.bot.context.channel(int(channel.id)).send("hello")
        assert [each.status for each in w.discord.exchanges].count(429) == 1
        assert "gg-pc.conf" in (await join(mia)).files


async def test_no_command_waits_for_a_long_limit_on_the_card_of_a_match(worlds: Worlds) -> None:
    """The port is open, and the answer says that the card is not there yet."""
    async with worlds() as w:
        anna, mia = (w.discord.guild.add_member(name, ["Friends"]) for name in ("anna", "mia"))
        for person in (anna, mia):
            await join(person)
        general = w.discord.guild.channel("general")
        w.discord.rate_limit("POST", f"/channels/{general.id}/messages", retry_after=LONG_S)
        reply = await anna.slash("forward", port="25565", announce=True)
        assert words("card-not-announced") in reply.text
        assert "open" in (await mia.slash("forward", port="25570", announce=True)).text
        assert [each.status for each in w.discord.exchanges].count(429) == 1


async def test_a_page_of_another_kind_is_no_refusal_and_short_in_the_log(
    worlds: Worlds, caplog: pytest.LogCaptureFixture
) -> None:
    """What stands before Discord may also answer 403; the card is kept."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", ["Friends"])
        await join(anna)
        w.gate.players["25565"] = 1
        await anna.slash("forward", port="25565", announce=True)
        (card,) = w.discord.guild.channel("general").messages
        w.discord.fail_next("PATCH", "/channels/*/messages/*", 403, times=2, page=True)
        w.gate.players["25565"] = 7
        await w.discord.until(lambda: "7 players" in card.text, "the card")
        assert "403 Forbidden (HTML)" in caplog.text
        assert "<html>" not in caplog.text


async def test_a_member_whose_channel_could_not_be_opened_so_fast_is_told_later(worlds: Worlds) -> None:
    async with worlds(admin_channel="vpn-admins") as w:
        mia = w.discord.guild.add_member("mia")
        await join(mia)
        w.discord.leave_new_dms(0)
        w.gate.now += timedelta(days=8)
        await until(lambda: any(each.code == 40003 for each in w.discord.exchanges))
        w.discord.leave_new_dms(1)
        assert (await mia.dm()).content == words("request-ran-out")


async def test_a_wait_that_is_too_long_is_an_error_at_once() -> None:
    limits, route = Limits(), Route("GET", "/users/{user_id}", user_id=1)
    limits.close(route, LONG_S)
    with pytest.raises(discord.RateLimited) as refused:
        await limits.wait(30, route)
    assert refused.value.retry_after == pytest.approx(LONG_S, abs=5)
    await limits.wait(30, Route("GET", "/guilds/{guild_id}", guild_id=1))


def test_a_lost_connection_is_one_line_and_not_a_traceback_for_each_attempt(caplog: pytest.LogCaptureFixture) -> None:
    """An exception that no outage brings keeps its traceback."""
    log = logging.getLogger("discord.client")
    log.addFilter(brief)
    try:
        for error in (ConnectionResetError("100% lost\nreally"), TimeoutError(), ValueError("a defect")):
            try:
                raise error
            except Exception:
                log.exception("Attempting a reconnect in %.2fs", 1.5)
    finally:
        log.removeFilter(brief)
    assert [record.getMessage() for record in caplog.records] == [
        "Attempting a reconnect in 1.50s 100% lost really",
        "Attempting a reconnect in 1.50s TimeoutError",
        "Attempting a reconnect in 1.50s",
    ]
    assert [bool(record.exc_info) for record in caplog.records] == [False, False, True]
