"""A signal ends the bot, also when Python loses it, and what a service is finishing is finished."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Never

import discord
import pytest

import bot.__main__ as main
from bot.config import BotConfig, DiscordSection
from bot.core.service import finish
from bot.ports.reminders import Reminders
from tests.fakediscord import FakeDiscord, Intent
from tests.unit.bot.english import LANGUAGES
from tests.unit.bot.world import Gate, lead_to

TURNS = 1000


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "AGAIN_S", 0.05)


@asynccontextmanager
async def serving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, privileged: Intent = Intent.MEMBERS
) -> AsyncIterator[asyncio.Task[None]]:
    """Run `serve`. A bot that is refused an intent makes a second one once its services have finished."""
    gate = Gate(tmp_path / "gateway.sock")
    await gate.start()
    async with FakeDiscord.serve(privileged=privileged, tls=False) as fake:
        lead_to(fake, monkeypatch)
        section = DiscordSection(guild=fake.guild.id, member_roles=("Friends",), state_dir=tmp_path)
        config = BotConfig(socket=gate.path, discord=section)
        running = asyncio.create_task(main.serve(config, fake.token, LANGUAGES))
        try:
            await fake.ready()
            yield running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await gate.close()


async def test_a_stop_that_is_lost_is_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """asyncio.wait_for() of Python 3.11 may go on after a cancellation as if there was none."""
    connect = discord.Client.connect

    async def lose_one(client: discord.Client, *, reconnect: bool = True) -> None:
        try:
            await connect(client, reconnect=reconnect)
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    monkeypatch.setattr(discord.Client, "connect", lose_one)
    async with serving(tmp_path, monkeypatch) as running, asyncio.timeout(20):
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait([running])
        assert running.cancelled()


async def test_a_stop_that_is_heard_lets_services_finish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stop would be repeated in each turn of the loop."""
    monkeypatch.setattr(main, "AGAIN_S", 0)
    begun, stopped, finished = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        await stopped.wait()
        for _ in range(TURNS):
            await asyncio.sleep(0)
        finished.set()

    async def run(self: Reminders) -> Never:
        await finish(work())
        raise AssertionError

    monkeypatch.setattr(Reminders, "run", run)
    async with serving(tmp_path, monkeypatch) as running, asyncio.timeout(20):
        await begun.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        stopped.set()
        await asyncio.wait([running])
        assert running.cancelled()
        assert finished.is_set()
