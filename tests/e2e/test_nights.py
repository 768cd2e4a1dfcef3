"""A game night opens and closes by itself, whatever restarts meanwhile."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import VPS4, World
from gateway.times import WEEKDAYS
from tests.e2e.scene import Scene, join, reaches, said
from tests.fakediscord import Permission, Person, button
from tests.fakediscord.state import ORDINARY, EventStatus

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module")]

LENGTH_S = 45


def next_minute() -> datetime:
    """Return the next begin of a minute that leaves time to type the command."""
    return (datetime.now(UTC) + timedelta(seconds=75)).replace(second=0, microsecond=0)


@pytest.mark.timeout(400)  # it begins with a minute of the clock
async def test_a_night_opens_and_closes_by_itself_though_bot_and_gateway_restart(
    scene: Scene, alice: Person, world: World
) -> None:
    """The bot is dead when the night begins, and both are when it ends. Discord follows once the bot is back."""
    guild = scene.discord.guild
    guild.promote_bot(ORDINARY | Permission.CREATE_EVENTS | Permission.MANAGE_EVENTS, position=99)
    config = await join(alice)
    start = next_minute()
    reply = await alice.slash(
        "forward", port="25565", every=f"{WEEKDAYS[start.weekday()]} {start:%H:%M}", duration=f"{LENGTH_S}s"
    )
    assert f"<t:{start.timestamp():.0f}:f>" in said(reply)

    def statuses() -> list[EventStatus]:
        return [event.status for event in guild.events]

    async with peer_up(world.friend, config, "friend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        await scene.discord.until(lambda: statuses() == [EventStatus.SCHEDULED], "the event", within=30)
        assert guild.events[0].location == f"{VPS4}:25565"
        assert guild.events[0].start == start
        await scene.bot.kill()
        await _moment(start + timedelta(seconds=1))
        assert not await reaches(world.player, VPS4, 25565)
        await scene.start_bot()

        async def is_open() -> bool:
            return await reaches(world.player, VPS4, 25565)

        await until(is_open, timeout_s=LENGTH_S)
        await scene.discord.until(lambda: statuses() == [EventStatus.ACTIVE], "its begin", within=LENGTH_S)
        await scene.bot.kill()
        await scene.gateway.kill()
        await _moment(start + timedelta(seconds=LENGTH_S))
        await scene.start_gateway()

        async def is_closed() -> bool:
            return not await reaches(world.player, VPS4, 25565)

        await until(is_closed, timeout_s=30)
        await scene.start_bot()
        over = [EventStatus.COMPLETED, EventStatus.SCHEDULED]
        await scene.discord.until(lambda: statuses() == over, "its end and the next one", within=30)
        assert guild.events[1].start == start + timedelta(days=7)
        shown = await alice.slash("status")
        await shown.until(lambda found: len(found.messages) == 2)
        await alice.press(button(shown.messages[-1], "Stop Port 25565"))
        await scene.discord.until(lambda: statuses() == [EventStatus.COMPLETED], "the end of the series", within=30)


async def _moment(at: datetime) -> None:
    """Wait for a time by the clock, which is what the night waits for."""
    await asyncio.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))
