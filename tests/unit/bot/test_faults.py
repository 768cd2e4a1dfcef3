"""The bot while the gateway, Discord or its database is away, slow or broken."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from typing import Any, Never

import discord
import pytest

from bot.app import SCHEMA
from bot.core import interaction, posting
from bot.core.memory import Memory
from bot.ports import suggest
from tests.joining import join, press_platform, rotate
from tests.unit.bot.english import words
from tests.unit.bot.world import world


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(posting, "RETRY_S", (0, 0))


async def test_a_gateway_away_is_a_sentence_until_it_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command says so, suggestions are empty, and the bot needs no restart."""
    async with world(tmp_path, monkeypatch) as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await w.gate.stop()
        for command, options in {"join": {}, "status": {}, "leave": {}, "forward": {"port": "25565"}}.items():
            reply = await anna.slash(command, **options)  # type: ignore[arg-type]
            assert reply.content == words("error-gateway_unreachable")
            assert reply.ephemeral
        assert await anna.autocomplete("leave", focused="device") == []
        await w.gate.start()
        assert "gg-pc.conf" in (await join(anna)).files


async def test_a_slow_gateway_does_not_delay_the_acknowledgement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer comes when the gateway has answered; suggestions do not wait for it."""
    monkeypatch.setattr(suggest, "IN_TIME_S", 0.2)
    async with world(tmp_path, monkeypatch) as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        w.gate.answering.clear()
        reply = anna.begin("status")
        assert await anna.autocomplete("leave", focused="device") == []
        assert reply.acknowledged_after < 3  # Discord waits 3 seconds
        assert reply.messages == []
        w.gate.answering.set()
        assert (await reply.answered(5)).embeds[0].description == words("status-none")


async def test_an_acknowledgement_that_had_arrived_and_is_repeated_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As discord.py does when Discord's answer to the first is lost."""
    defer = discord.InteractionResponse.defer

    async def repeated(response: discord.InteractionResponse[Any], **options: Any) -> None:
        await defer(response, **options)
        response._response_type = None
        await defer(response, **options)

    monkeypatch.setattr(discord.InteractionResponse, "defer", repeated)
    async with world(tmp_path, monkeypatch) as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        assert (await anna.slash("status")).text == words("status-none")
        assert "40060" in w.discord.violations.pop()


async def test_a_gateway_that_never_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the client's timeout the member is told to look at the status before trying again."""
    async with world(tmp_path, monkeypatch, timeout_s=0.3) as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        w.gate.answering.clear()
        assert (await join(anna)).content == words("error-gateway_timeout")


async def broken(*_: object) -> Never:
    raise LookupError("a mistake in the program")


async def test_an_unforeseen_error_is_a_number_to_the_member_and_a_traceback_to_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The text of the exception stays in the log, under the number that the member got."""
    async with world(tmp_path, monkeypatch) as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        monkeypatch.setattr(interaction, "_actor", broken)
        reply = await anna.slash("status")
        (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
        log_id = record.getMessage().rpartition("[")[2].rstrip("]")
        assert reply.content == words("bug", number=log_id)
        assert record.exc_info
        assert await anna.autocomplete("leave", focused="device") == []


async def test_a_config_whose_answer_is_cut_off_comes_by_direct_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        asked = await anna.slash("join")
        w.discord.fail_next("PATCH", "/webhooks/*", None, times=2)
        pressed = anna.begin_press(asked.button("Windows PC"))
        assert set((await anna.dm()).files) == {"gg-pc.conf"}
        assert pressed.files == {}


@pytest.mark.parametrize("status", [None, 502])
async def test_a_config_is_sent_once_when_the_answer_of_discord_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int | None
) -> None:
    """It holds a private key, so a second copy in another place would be one too many."""
    async with world(tmp_path, monkeypatch) as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        asked = await anna.slash("join")
        w.discord.fail_next("PATCH", "/webhooks/*", status, lost=True)
        reply = await press_platform(anna, asked)
        assert list(reply.message.files) == ["gg-pc.conf"]
        assert len(reply.messages) == 1
        assert anna.dms == []


@pytest.mark.parametrize("status", [None, 502])
async def test_an_answer_stands_once_when_the_reply_to_it_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int | None
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        w.discord.fail_next("PATCH", "/webhooks/*", status, lost=True)
        reply = await anna.slash("policy")
        assert len(reply.messages) == 1


@pytest.mark.parametrize("status", [None, 502])
async def test_an_acknowledgement_whose_reply_is_lost_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int | None
) -> None:
    """It is repeated once, and Discord says then that it had arrived."""
    async with world(tmp_path, monkeypatch) as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        w.discord.fail_next("POST", "/interactions/*/callback", status, lost=True)
        assert (await anna.slash("status")).embeds[0].description == words("status-none")
        assert "40060" in w.discord.violations.pop()


async def test_a_config_that_arrives_nowhere_is_replaced_by_rotate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The device exists by then, so the member is told how to get its config."""
    async with world(tmp_path, monkeypatch) as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        anna.close_dms()
        asked = await anna.slash("join")
        w.discord.fail_next("PATCH", "/webhooks/*", None, times=2)
        assert words("setup-undelivered", device="pc") in (await press_platform(anna, asked)).text
        assert "gg-pc.conf" in (await rotate(anna)).files


async def test_an_acknowledgement_repeated_after_an_error_still_leads_to_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Discord fails the first attempt, and discord.py repeats it."""
    async with world(tmp_path, monkeypatch) as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        w.discord.fail_next("POST", "/interactions/*/callback", 502)
        assert (await anna.slash("status")).embeds[0].description == words("status-none")


async def test_a_dropped_websocket_loses_no_command_in_flight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer arrives by HTTP, the session is resumed, the next command works."""
    async with world(tmp_path, monkeypatch) as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        asked = await anna.slash("join")
        w.gate.answering.clear()
        w.gate.reached.clear()
        reply = anna.begin_press(asked.button("Windows PC"))
        await w.gate.reached.wait()
        await w.discord.drop_websocket()
        w.gate.answering.set()
        assert "gg-pc.conf" in (await reply.answered(10)).files
        await w.discord.reconnected()
        assert "pc" in (await anna.slash("status")).text


async def test_a_burst_is_acknowledged_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of forty members that join at once are acknowledged, and all get a device."""
    async with world(tmp_path, monkeypatch) as w:
        people = [w.discord.guild.add_member(f"p{i}", roles=["Friends"]) for i in range(40)]
        begun = time.monotonic()
        replies = [person.begin("join") for person in people]
        for reply in replies:
            await reply.answered(60)
        pressed = [one.begin_press(reply.button("Windows PC")) for one, reply in zip(people, replies, strict=True)]
        for reply in pressed:
            await reply.answered(60)
        replies += pressed
        assert max(reply.acknowledged_after for reply in replies) < 3
        assert len(w.gate.desired.peers) == len(people), time.monotonic() - begun


async def test_stopping_lets_a_command_finish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A config whose peer exists already is not lost by a restart of the bot."""
    async with world(tmp_path, monkeypatch) as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        asked = await anna.slash("join")
        w.gate.answering.clear()
        w.gate.reached.clear()
        reply = anna.begin_press(asked.button("Windows PC"))
        await w.gate.reached.wait()
        closing = asyncio.create_task(w.bot.close())
        w.gate.answering.set()
        await closing
        assert "gg-pc.conf" in (await reply.answered(1)).files


async def test_a_database_that_lacks_a_column_is_one_line_in_the_log_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Members without access can ask for it, and the log channel tells refusals."""
    async with Memory.open(tmp_path, SCHEMA) as memory:
        await memory.write("ALTER TABLE requests DROP COLUMN untold")
        await memory.write("ALTER TABLE told DROP COLUMN audit")
    async with world(tmp_path, monkeypatch, admin_channel="vpn-admins", log_channel="vpn-log") as w:
        requests, log = (w.discord.guild.channel(name) for name in ("vpn-admins", "vpn-log"))
        assert (await join(w.discord.guild.add_member("mia"))).content == words("request-asked")
        assert requests.messages
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        assert (await anna.slash("revoke", member=anna)).content == words("admins-only")
        await w.discord.until(lambda: bool(log.messages), "the log channel tells of the refusal")
    lines = [record.message for record in caplog.records if "remembers nothing" in record.message]
    assert len(lines) == 1
    assert "lacks the column requests.untold" in lines[0]
