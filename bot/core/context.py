"""What services and commands share: where to ask, remember, look up and tell. No service is reachable through it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import discord

from bot.config import DiscordSection
from bot.core.memory import Memory
from bot.core.notes import Note
from bot.core.speech import Speech
from gateway.api.client import GatewayClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """`note` puts something into the log channel, and never waits or fails. `is_granted` reports whether a member, by
    id, was given access by an admin without a role; it raises aiosqlite.Error."""

    section: DiscordSection
    gateway: GatewayClient
    memory: Memory
    speech: Speech
    client: discord.Client
    note: Callable[[Note], None]
    is_granted: Callable[[int], Awaitable[bool]]
    clock: Callable[[], datetime]

    @property
    def guild_id(self) -> int:
        return int(self.section.guild or 0)

    def guild(self) -> discord.Guild | None:
        """Return the server; None before Discord has sent it, and during an outage there."""
        guild = self.client.get_guild(self.guild_id)
        return None if guild is None or guild.unavailable else guild

    async def fetch_member(self, member_id: int) -> discord.Member:
        """Ask Discord for a member of the server; raise discord.NotFound, or another of DISCORD_FAILURES."""
        guild = self.client.get_guild(self.guild_id) or await self.client.fetch_guild(self.guild_id)
        return await guild.fetch_member(member_id)

    def find_channel(self, configured: int | str | None) -> discord.TextChannel | discord.PartialMessageable | None:
        """Find a channel by name, or by an id, which Discord may refuse; None without such a name, or any."""
        guild = self.client.get_guild(self.guild_id)
        if guild is None or configured is None:
            return None
        name = str(configured).removeprefix("#")
        if name.isdecimal():
            return self.channel(int(name))
        return next((channel for channel in guild.text_channels if name == channel.name), None)

    def channel(self, channel_id: int) -> discord.PartialMessageable:
        """Return a channel of the server to write to, without asking Discord whether it is there."""
        return self.client.get_partial_messageable(channel_id, guild_id=self.guild_id)

    async def direct_messages(self, user_id: int) -> discord.DMChannel:
        """Open the channel of direct messages to a user; raise DISCORD_FAILURES."""
        return await self.client.create_dm(discord.Object(user_id))
