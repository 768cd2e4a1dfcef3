"""The fake Discord's scheduled events refuse what the real ones refuse."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import discord as dpy
import pytest
from discord.http import Route

from tests.fakediscord import FakeDiscord, Permission
from tests.fakediscord.samplebot import SampleBot, running
from tests.fakediscord.state import ORDINARY, EventStatus, now

HOUR = timedelta(hours=1)


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord.serve() as fake:
        fake.guild.promote_bot(ORDINARY | Permission.CREATE_EVENTS | Permission.MANAGE_EVENTS, position=99)
        yield fake


@pytest.fixture
async def guild(discord: FakeDiscord) -> AsyncIterator[dpy.Guild]:
    async with running(discord) as bot:
        yield await _guild(bot)


async def _guild(bot: SampleBot) -> dpy.Guild:
    await bot.wait_until_ready()
    (guild,) = bot.guilds
    return guild


async def create(guild: dpy.Guild, **changed: Any) -> dpy.ScheduledEvent:
    values: dict[str, Any] = {
        "name": "Game night",
        "start_time": now() + HOUR,
        "end_time": now() + 2 * HOUR,
        "entity_type": dpy.EntityType.external,
        "privacy_level": dpy.PrivacyLevel.guild_only,
        "location": "vps.example.org",
        **changed,
    }
    return await guild.create_scheduled_event(**values)


async def test_an_event_goes_from_scheduled_to_active_to_completed(discord: FakeDiscord, guild: dpy.Guild) -> None:
    event = await create(guild)
    assert [each.id for each in await guild.fetch_scheduled_events()] == [event.id]
    assert (await guild.fetch_scheduled_event(event.id)).location == "vps.example.org"
    event = await event.start()
    assert discord.guild.events[0].status is EventStatus.ACTIVE
    event = await event.end()
    assert await guild.fetch_scheduled_events() == []
    with pytest.raises(dpy.HTTPException) as refused:
        await event.edit(name="Another", end_time=now() + 3 * HOUR)
    assert refused.value.code == 180000
    assert discord.violations == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"start_time": now() - HOUR}, "Cannot schedule event in the past."),
        ({"end_time": now() + HOUR / 2}, "Cannot schedule end time before start time."),
        ({"start_time": now() + 9e4 * HOUR, "end_time": now() + 9.1e4 * HOUR}, "so far in the future"),
        ({"name": ""}, "required"),
        ({"name": "n" * 101}, "100"),
        ({"location": "l" * 101}, "100"),
        ({"description": "d" * 1001}, "1000"),
    ],
)
async def test_a_wrong_event_is_refused(
    discord: FakeDiscord, guild: dpy.Guild, changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(dpy.HTTPException) as refused:
        await create(guild, **changed)
    assert refused.value.code == 50035
    assert discord.guild.events == []
    (violation,) = discord.violations
    assert said in violation


async def test_an_external_event_needs_an_end(discord: FakeDiscord, guild: dpy.Guild) -> None:
    """discord.py asks for it as well, so the request is made by hand."""
    form = {
        "name": "Game night",
        "scheduled_start_time": (now() + HOUR).isoformat(),
        "privacy_level": 2,
        "entity_type": 3,
        "entity_metadata": {"location": "vps.example.org"},
    }
    with pytest.raises(dpy.HTTPException):
        await guild._state.http.request(Route("POST", "/guilds/{id}/scheduled-events", id=guild.id), json=form)
    assert "scheduled_end_time" in discord.violations[0]


@pytest.mark.parametrize("status", [dpy.EventStatus.completed, dpy.EventStatus.canceled])
async def test_a_step_that_is_none_is_refused(discord: FakeDiscord, guild: dpy.Guild, status: dpy.EventStatus) -> None:
    """A scheduled event cannot be completed, and a running one not cancelled."""
    event = await create(guild)
    if status is dpy.EventStatus.canceled:
        event = await event.start()
    with pytest.raises(dpy.HTTPException):
        await event.edit(status=status)
    assert "status" in discord.violations[0]


async def test_without_the_permission_nothing_is_made_or_changed(discord: FakeDiscord, guild: dpy.Guild) -> None:
    event = await create(guild)
    discord.guild.promote_bot(ORDINARY, position=99)
    discord.guild.role("guildgate").permissions = ORDINARY
    for attempt in (lambda: create(guild), event.delete, event.start):
        with pytest.raises(dpy.Forbidden):
            await attempt()
    assert len(discord.violations) == 3


async def test_a_deleted_event_is_not_found(discord: FakeDiscord, guild: dpy.Guild) -> None:
    event = await create(guild)
    discord.guild.delete_event(discord.guild.events[0])
    with pytest.raises(dpy.NotFound) as refused:
        await event.start()
    assert refused.value.code == 10070
    assert discord.violations == []


async def test_a_hundred_events_are_the_most(discord: FakeDiscord, guild: dpy.Guild) -> None:
    event = await create(guild)
    (kept,) = discord.guild.events
    for number in range(99):
        discord._backend.world.events[str(number)] = kept
    with pytest.raises(dpy.HTTPException) as refused:
        await create(guild)
    assert refused.value.code == 30038
    assert event.name == "Game night"
