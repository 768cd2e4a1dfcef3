"""The values that services and commands share. No service can be reached through them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import discord

from bot.config import DiscordSection, Named, Source
from bot.core.directory import Directory
from bot.core.gateway import Gateways
from bot.core.live import Mirror
from bot.core.memory import Memory
from bot.core.notes import Note
from bot.core.speech import Speech

OPENING_TOO_FAST = 40003  # https://discord.com/developers/docs/topics/opcodes-and-status-codes#json


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The configuration, the gateway, the database, the languages, Discord, the log channel and the time."""

    section: DiscordSection
    """The values of [discord] in the configuration file."""
    gateway: Gateways
    """The API of the gateway, or of several in a fleet; calls raise GatewayError."""
    live: Mirror
    """The gateway as it is now, and what happens there."""
    memory: Memory
    """The bot's database; calls raise aiosqlite.Error."""
    speech: Speech
    """The language of each reader."""
    directory: Directory
    """The ids of the configured roles and channels."""
    client: discord.Client
    """The connection to Discord. Services use the methods below instead."""
    note: Callable[[Note], None]
    """Put a note into the log channel; never waits and never fails."""
    is_granted: Callable[[int], Awaitable[bool]]
    """Report whether an admin gave the member with this id access without a role; raises aiosqlite.Error."""
    clock: Callable[[], datetime]
    """Return the present time, aware."""
    sources: Mapping[str, Source] = field(default_factory=dict)
    """What each key of `section` was set by; one that is not here has its default."""
    command_ids: dict[str, int] = field(default_factory=dict)
    """The id of each slash command that is registered, by its name."""

    def kept_since(self) -> datetime:
        """Return the time from which on things are remembered."""
        kept = self.section.kept_for.length
        return self.clock() - kept if kept else datetime.min.replace(tzinfo=UTC)

    @property
    def guild_id(self) -> int:
        return int(self.section.guild or 0)

    def guild(self) -> discord.Guild | None:
        """Return the server; None before Discord has sent it, and during an outage of it."""
        guild = self.client.get_guild(self.guild_id)
        return None if guild is None or guild.unavailable else guild

    def is_final(self, error: BaseException) -> bool:
        """Report whether Discord would refuse the same request again.

        Failures pass, and so do refusals of a bot that is not on the server, has an old token or is too fast. An answer
        without a code comes from a proxy before Discord.
        """
        if not isinstance(error, discord.HTTPException) or self.guild() is None:
            return False
        return error.status in (400, 403, 404, 413) and error.code not in (0, OPENING_TOO_FAST)

    async def fetch_member(self, member_id: int) -> discord.Member:
        """Ask Discord for a member of the server; raise discord.NotFound, or another of DISCORD_FAILURES."""
        guild = self.client.get_guild(self.guild_id) or await self.client.fetch_guild(self.guild_id)
        return await guild.fetch_member(member_id)

    def find_channel(self, configured: int | str | None) -> discord.PartialMessageable | None:
        """Return the configured channel. None: its name stands for no channel, or none is configured.

        An id is not checked: Discord may refuse it later.
        """
        known = self.client.get_guild(self.guild_id)
        if known is None or configured is None:
            return None
        if guild := self.guild():
            self.directory.look(guild)
        channel_id = self.directory.channel(configured)
        if channel_id is None or (guild and Named.channel(configured).id is None and not guild.get_channel(channel_id)):
            return None
        return self.channel(channel_id)

    def member_roles(self) -> list[int | str]:
        """Return the roles that give access, as members know them."""
        return [self.directory.role_name(role) for role in self.section.member_roles]

    def channel(self, channel_id: int) -> discord.PartialMessageable:
        """Return a channel of the server to write to, without asking Discord whether it exists."""
        return self.client.get_partial_messageable(channel_id, guild_id=self.guild_id)

    async def direct_messages(self, user_id: int) -> discord.DMChannel:
        """Open the channel of direct messages to a user; raise DISCORD_FAILURES."""
        return await self.client.create_dm(discord.Object(user_id))
