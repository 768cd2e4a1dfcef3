"""The pace of logins, which Discord counts: a bot that makes too many loses its token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import bot.__main__ as main
from bot.app import SCHEMA
from bot.config import BotConfig, DiscordSection
from bot.core import logins
from bot.core.logins import APART, DAY, FREE, Logins, LoginTooSoon, pause
from bot.core.memory import Memory
from tests.fakediscord import FakeDiscord, Intent
from tests.unit.bot.english import LANGUAGES
from tests.unit.bot.patience import until
from tests.unit.bot.world import Gate, lead_to

NOW = datetime(2026, 1, 31, 20, tzinfo=UTC)


def test_the_first_ones_of_a_day_wait_for_nothing_and_further_ones_keep_a_distance() -> None:
    many = [NOW] * FREE
    assert pause(many[1:], NOW) == timedelta()
    assert pause(many, NOW) == APART
    assert pause(many, NOW + APART) == timedelta()
    assert pause([NOW - DAY] * FREE, NOW) == timedelta()
    assert pause([NOW + DAY] * FREE, NOW) == APART, "the clock was set back"


def test_no_day_has_more_logins_than_discord_allows() -> None:
    """A bot that tries at once after each wait, for two days."""
    made, now = list[datetime](), NOW
    while now < NOW + 2 * DAY:
        made.append(now)
        now += pause(made[-FREE - 300 :], now)
    assert len(made) > 1000
    assert all(later - earlier >= DAY for earlier, later in zip(made, made[800:], strict=False))


async def test_logins_are_remembered_over_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logins, "FREE", 2)
    now = NOW
    for _ in range(2):
        async with Memory.open(tmp_path, SCHEMA) as memory:
            await Logins(memory, lambda: now).begin()
    async with Memory.open(tmp_path, SCHEMA) as memory:
        with pytest.raises(LoginTooSoon) as refused:
            await Logins(memory, lambda: now).begin()
        assert refused.value.wait_s == APART.total_seconds()
        now += APART
        await Logins(memory, lambda: now).begin()
        now += DAY
        await Logins(memory, lambda: now).begin()
        assert len(await memory.rows("SELECT at FROM logins")) == 1, "older ones are deleted"


@asynccontextmanager
async def serving(fake: FakeDiscord, gate: Gate, folder: Path) -> AsyncIterator[None]:
    config = BotConfig(socket=gate.path, discord=DiscordSection(guild=fake.guild.id, state_dir=folder))
    running = asyncio.create_task(main.serve(config, fake.token, LANGUAGES))
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_bot_that_logs_in_too_often_waits_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Restarts do not make it forget. It sends no IDENTIFY before the time."""
    monkeypatch.setattr(logins, "FREE", 1)
    monkeypatch.setattr(logins, "APART", timedelta(seconds=0.1))
    gate = Gate(tmp_path / "gateway.sock")
    await gate.start()
    async with FakeDiscord.serve(privileged=Intent.MEMBERS, tls=False) as fake:
        lead_to(fake, monkeypatch)
        try:
            async with serving(fake, gate, tmp_path):
                await fake.ready()
            monkeypatch.setattr(logins, "APART", timedelta(hours=1))
            async with serving(fake, gate, tmp_path):
                await until(lambda: "Discord counts logins" in caplog.text)
                assert fake.identified == 1
            monkeypatch.setattr(logins, "APART", timedelta(seconds=0.1))
            async with serving(fake, gate, tmp_path):
                await fake.ready(2)
        finally:
            await gate.close()
