"""Discord turns the bot away: from the server, and it waits to be invited, or at the login, and it ends and says so.

The gateway and all matches go on meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.access import admission, membership
from bot.access.admission import Admission
from bot.core import pace, registration
from bot.log import logbook
from bot.matches import cards
from bot.matches.cards import Cards
from bot.ports import reminders
from tests.fakediscord import FakeDiscord, Intent
from tests.joining import join
from tests.unit.bot.english import words
from tests.unit.bot.patience import PATIENCE_S, again, counted, until
from tests.unit.bot.world import Gate, World, world
from tests.unit.fakes.host import NOW
from tests.unit.supervising import child, command, supervising

Worlds = Callable[..., AbstractAsyncContextManager[World]]


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Worlds:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(cards, "TICK_S", 0.02)
    for service in (admission, logbook, reminders):
        monkeypatch.setattr(service, "POLL_S", 0.02)
    for module in (membership, logbook):
        monkeypatch.setattr(module, "RETRY_S", 0.02)
    monkeypatch.setattr(pace, "EDIT_S", 0)
    return partial(world, tmp_path, monkeypatch, ready_s=0.1, log_channel="vpn-log", admin_channel="vpn-admins")


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the lines that say that the bot has to be invited."""
    return [record.message for record in caplog.records if "invite it" in record.message]


async def test_a_bot_that_was_removed_and_is_invited_again_goes_on_as_if_started_anew(
    worlds: Worlds, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Devices, forwards, match cards and open requests outlast it, and one line says what to do."""
    looks = counted(monkeypatch, Cards, "_watch")
    async with worlds() as w:
        guild = w.discord.guild
        anna, mia = guild.add_member("anna", ["Friends"]), guild.add_member("mia")
        await join(anna, device="anna-pc")
        await anna.slash("forward", port="25565", announce=True)
        (card,) = guild.channel("general").messages
        guild.remove_bot()
        await until(lambda: w.bot.context.guild() is None)
        await until(lambda: told(caplog))
        w.gate.players["25565"] = 7
        await again(looks)
        assert not w.gate.device("anna-pc").suspended_at
        guild.invite_bot()
        await w.discord.until(lambda: w.discord.commands, "commands")
        assert "anna-pc" in (await anna.slash("status")).text
        await w.discord.until(lambda: "7" in card.text, "the card of seven players")
        assert (await join(mia)).content == words("request-asked")
        assert len(guild.channel("vpn-admins").messages) == 1
        (line,) = told(caplog)
        assert str(guild.id) in line
        assert w.discord.identified == 1


async def test_a_request_that_ran_out_while_the_bot_was_removed_is_told_afterwards(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is removed, Discord refuses every message to the member."""
    looks = counted(monkeypatch, Admission, "_look")
    async with worlds() as w:
        mia = w.discord.guild.add_member("mia")
        await join(mia)
        w.discord.guild.remove_bot()
        await until(lambda: w.bot.context.guild() is None)
        w.gate.now = NOW + timedelta(days=8)
        await again(looks)
        w.discord.guild.invite_bot()
        assert (await mia.dm()).content == words("request-ran-out")


async def test_a_reminder_that_was_due_while_the_bot_was_removed_comes_afterwards(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", ["Friends"])
        await join(anna, device="anna-pc")
        await anna.slash("forward", port="25565")
        w.discord.guild.remove_bot()
        await until(lambda: w.bot.context.guild() is None)
        refused = len(w.discord.exchanges)
        w.gate.now = NOW + timedelta(hours=11, minutes=51)
        await until(lambda: any(each.status == 403 for each in w.discord.exchanges[refused:]))
        w.discord.guild.invite_bot()
        assert "25565" in (await anna.dm()).text


async def test_a_bot_that_starts_outside_of_the_server_waits_to_be_invited(
    worlds: Worlds, caplog: pytest.LogCaptureFixture
) -> None:
    """It asks Discord once, says what to do in one line, and is there as soon as it is invited."""
    async with worlds() as w:
        await w.stop()
        w.discord.guild.remove_bot()
        sessions = w.discord.identified
        starting = asyncio.create_task(w.start())
        try:
            await until(lambda: told(caplog))
            await until(w.bot.is_ready)
            assert w.discord.commands == []
            w.discord.guild.invite_bot()
            await starting
        finally:
            starting.cancel()
        assert w.discord.identified == sessions + 1
        assert len(told(caplog)) == 1
        anna = w.discord.guild.add_member("anna", ["Friends"])
        assert (await anna.slash("status")).embeds[0].description == words("status-none")


async def test_an_invitation_without_the_right_scopes_is_tried_again_now_and_then(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """No event tells the bot that it got the scope later."""
    monkeypatch.setattr(registration, "REFUSED_S", 0.05)
    async with worlds() as w:
        await w.stop()
        w.discord.guild.remove_bot()
        w.discord.guild.invite_bot()
        w.discord.fail_next("PUT", "/applications/*/commands", 403, times=3)
        await w.start()
        put = [each for each in w.discord.exchanges if each.method == "PUT" and each.path.endswith("/commands")]
        assert [each.status for each in put[-4:]] == [403, 403, 403, 200]
        assert len(told(caplog)) == 1


async def test_commands_that_discord_does_not_take_are_sent_again_only_now_and_then(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Commands that are made count, 200 in a day; the log tells once that they are too many."""
    monkeypatch.setattr(registration, "RETRY_S", 0.0)
    monkeypatch.setattr(registration, "REFUSED_S", 0.05)
    async with worlds() as w:
        await w.stop()
        w.discord.guild.remove_bot()
        w.discord.guild.invite_bot()
        w.discord.leave_new_commands(3)
        starting = asyncio.create_task(w.start())
        await until(lambda: sum(each.code == 30034 for each in w.discord.exchanges) >= 2)
        w.discord.leave_new_commands(200)
        await starting
        assert len([one for one in caplog.records if "could not be registered" in one.getMessage()]) == 1
        w.discord.violations.clear()


async def test_a_discord_that_fails_to_register_the_commands_is_asked_again(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registration, "RETRY_S", 0.02)
    async with worlds() as w:
        await w.stop()
        w.discord.guild.remove_bot()
        w.discord.guild.invite_bot()
        w.discord.fail_next("PUT", "/applications/*/commands", 500, times=6)  # discord.py itself asks five times
        await w.start()
        assert w.discord.commands


BOT = """
import sys
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL
from bot.__main__ import main
Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = sys.argv[2], URL(sys.argv[3])
sys.exit(main(["--config", sys.argv[1]]))
"""


def bot_of(discord: FakeDiscord, folder: Path) -> tuple[str, ...]:
    """Return the command of a bot that connects to the fake."""
    config, at = folder / "config.toml", f"127.0.0.1:{discord.port}"
    config.write_text(
        f'[gateway]\nsocket = "{folder}/gateway.sock"\n'
        f'[discord]\nguild = {discord.guild.id}\nmember_roles = [1]\nstate_dir = "{folder}"\n'
    )
    return sys.executable, "-c", BOT, str(config), f"http://{at}/api/v10", f"ws://{at}"


@asynccontextmanager
async def answering(folder: Path) -> AsyncIterator[Gate]:
    """Serve as the gateway of `bot_of`, because a bot waits for its gateway before it logs in."""
    gate = Gate(folder / "gateway.sock")
    await gate.start()
    try:
        yield gate
    finally:
        await gate.close()


@pytest.mark.parametrize("when", ["at the login", "while it runs"])
async def test_a_refused_token_ends_the_bot_with_a_line_that_says_so(when: str, tmp_path: Path) -> None:
    """The supervisor knows by the code that another attempt needs another token."""
    async with answering(tmp_path), FakeDiscord.serve(privileged=Intent.MEMBERS, tls=False) as discord:
        token = discord.token if when == "while it runs" else "old.token"
        environ = {**os.environ, "DISCORD_TOKEN": token}
        process = await asyncio.create_subprocess_exec(*bot_of(discord, tmp_path), env=environ, stderr=PIPE)
        try:
            if when == "while it runs":
                await discord.ready()
                await discord.reset_token("new.token")
            _, said = await asyncio.wait_for(process.communicate(), PATIENCE_S)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert process.returncode == 77
    (line,) = [one for one in said.decode().splitlines() if " CRITICAL bot: " in one]
    assert "refuses the bot's token" in line
    assert "discord.token_file" in line
    assert token not in said.decode()


async def test_a_reset_token_ends_no_match_and_the_new_one_in_its_file_brings_the_bot_back(tmp_path: Path) -> None:
    """The supervisor is real, the gateway is a process that has nothing to do."""
    file, config = tmp_path / "token", tmp_path / "supervised.toml"
    async with answering(tmp_path), FakeDiscord.serve(privileged=Intent.MEMBERS, tls=False) as discord:
        file.write_text(discord.token)
        config.write_text(f'[discord]\ntoken_file = "{file}"\n')
        gateway = child("gateway", "import signal; signal.pause()")
        async with supervising(command(gateway, ("bot", bot_of(discord, tmp_path)), config=config)) as supervisor:
            await discord.ready()
            await discord.reset_token("new.token")
            await supervisor.says("the bot is tried again when its token changes")
            logins = len(discord.exchanges)
            file.write_text("new.token")
            await discord.ready(2)
            assert "the gateway ended" not in supervisor.said
            assert [each.status for each in discord.exchanges[logins:] if each.path == "/users/@me"] == [200]
            assert await supervisor.end() == 0
