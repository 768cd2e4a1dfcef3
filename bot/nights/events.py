"""Discord's scheduled events of game nights. Each method raises DISCORD_FAILURES."""

from __future__ import annotations

from contextlib import suppress

import discord

from bot.nights.schedule import Night

PERMISSIONS = ("create_events", "manage_events")
"""What the bot needs to make events, as discord.py names it."""
CURRENT = (discord.EventStatus.scheduled, discord.EventStatus.active)
MAX_TEXT = 100  # characters of a name and of a location


def missing(guild: discord.Guild) -> list[str]:
    """Return the permissions that the bot lacks."""
    return [name for name in PERMISSIONS if not getattr(guild.me.guild_permissions, name)]


async def create(guild: discord.Guild, night: Night, name: str, description: str, location: str) -> int:
    """Make an event and return its id. The one that an earlier try made is taken, because Discord would keep both."""
    for event in await guild.fetch_scheduled_events(with_counts=False):
        is_ours = event.creator_id == guild.me.id and event.status is discord.EventStatus.scheduled
        # The start of a night that is on is another one in each try.
        if is_ours and (event.name, event.end_time, event.location) == (name, night.end, location):
            return event.id
    made = await guild.create_scheduled_event(
        name=name,
        description=description,
        start_time=night.start,
        end_time=night.end,
        entity_type=discord.EntityType.external,
        privacy_level=discord.PrivacyLevel.guild_only,
        location=location,
    )
    return made.id


async def lead(guild: discord.Guild, event_id: int, location: str) -> bool:
    """Give the event another location; report whether it is still to come or goes on."""
    try:
        event = await guild.fetch_scheduled_event(event_id, with_counts=False)
        if event.location != location and event.status in CURRENT:
            event = await event.edit(location=location)
    except discord.NotFound:
        return False
    return event.status in CURRENT


async def begin(guild: discord.Guild, event_id: int) -> bool:
    """Start the event; report whether it goes on. It does not when a member deleted, cancelled or ended it."""
    try:
        event = await guild.fetch_scheduled_event(event_id, with_counts=False)
        if event.status is discord.EventStatus.scheduled:
            event = await event.start()
    except discord.NotFound:
        return False
    return event.status is discord.EventStatus.active


async def end(guild: discord.Guild, event_id: int) -> None:
    """End the event if it has begun, and delete it if it has not."""
    with suppress(discord.NotFound):
        event = await guild.fetch_scheduled_event(event_id, with_counts=False)
        if event.status is discord.EventStatus.active:
            await event.end()
        elif event.status is discord.EventStatus.scheduled:
            await event.delete()
