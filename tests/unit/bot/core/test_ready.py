"""One line of the log says that the bot is ready and what is wrong, and a file says that all goes on."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from pathlib import Path

import pytest

from bot.core import ready
from bot.core.ready import Heartbeat
from tests.fakediscord import Intent, Permission
from tests.unit.bot.patience import again, counted, until
from tests.unit.bot.test_stop import serving
from tests.unit.bot.world import World, world


@pytest.fixture(autouse=True)
def _informed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.name == "bot.core.ready" and each.levelname == "INFO"]


async def test_the_bot_says_once_that_it_is_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        await until(lambda: lines(caplog))
        assert lines(caplog) == [f"ready in {w.discord.guild.name}"]


async def test_the_line_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A role is missing, a channel cannot be written to, and players get a private address."""
    monkeypatch.setattr("tests.unit.bot.world.ADDRESS", "10.0.0.5")
    async with world(tmp_path, monkeypatch, absent=("Admin",), log_channel="vpn-log") as w:
        await until(lambda: lines(caplog))
        assert lines(caplog)[0].startswith(f"ready in {w.discord.guild.name}, where 2 things are wrong: No role is ")
        await w.stop()
        w.discord.guild.deny_bot(w.discord.guild.channel("vpn-log"), Permission.SEND_MESSAGES)
        await w.start()
        await until(lambda: len(lines(caplog)) == 2)
        line = lines(caplog)[1]
        assert f"ready in {w.discord.guild.name}, where 3 things are wrong: " in line
        assert "I cannot write to #vpn-log (log_channel). Give me Send Messages and Embed Links there." in line
        assert "Players get the private address 10.0.0.5" in line


async def test_the_line_tells_of_an_intent_that_is_switched_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(tmp_path, monkeypatch, Intent(0)):
        await until(lambda: lines(caplog))
        assert "Server Members Intent" in lines(caplog)[0]


async def beating(w: World, file: Path) -> None:
    await Heartbeat(w.bot.context, file).run()


@pytest.mark.parametrize("away", ["gateway", "Discord"])
async def test_the_file_gets_old_once_the_gateway_or_discord_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, away: str
) -> None:
    monkeypatch.setattr(ready, "BEAT_S", 0.01)
    file = tmp_path / "heartbeat"
    beats = counted(monkeypatch, Heartbeat, "_beat")
    async with world(tmp_path, monkeypatch, timeout_s=1) as w:
        task = asyncio.create_task(beating(w, file))
        try:
            await until(file.exists)
            await (w.gate.stop() if away == "gateway" else w.discord.down())
            await again(beats)
            file.unlink()
            await again(beats)
            assert not file.exists()
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_a_file_that_cannot_be_written_is_a_line_and_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ready, "BEAT_S", 0.01)
    async with world(tmp_path, monkeypatch, timeout_s=1) as w:
        task = asyncio.create_task(beating(w, tmp_path / "absent" / "heartbeat"))
        try:
            await until(lambda: "cannot be written (no such file or directory)" in caplog.text)
            assert not [record for record in caplog.records if record.exc_info]
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
