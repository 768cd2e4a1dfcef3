"""The Discord client: one guild, slash commands only, and no privileged intent but that for members."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import aiohttp
import discord
from discord import app_commands

from bot import commands
from bot.access import buttons as requestbuttons
from bot.access import grants, membership, requests
from bot.access.admission import Admission
from bot.access.buttons import RequestButton
from bot.access.membership import Membership
from bot.admin import commands as admin
from bot.admin.pages import Go, Pick
from bot.admin.revoke import RevokeButton
from bot.config import DiscordSection
from bot.core import texts
from bot.core.interaction import acknowledge, answer, report_error, respond
from bot.core.memory import Memory
from bot.core.reception import CONNECTIONS, Reception
from bot.core.service import alongside
from bot.games.probe import Prober
from bot.log import entries, logbook
from bot.log.logbook import Logbook
from bot.matches import cards
from bot.matches.buttons import AnnounceButton, CloseButton
from bot.matches.cards import Cards
from bot.ports import reminders
from bot.ports.offer import OpenInstead
from bot.ports.proof import CheckButton, Proofs
from bot.ports.reminders import ReminderButton, Reminders
from gateway.api.client import GatewayClient
from gateway.errors import ConfigError

log = logging.getLogger(__name__)

SCHEMA = reminders.SCHEMA + cards.SCHEMA + requests.SCHEMA + grants.SCHEMA + membership.SCHEMA + logbook.SCHEMA
ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    ReminderButton, Go, Pick, RevokeButton, OpenInstead, CheckButton, AnnounceButton, CloseButton, RequestButton
)  # fmt: skip
FINISH_S = 5  # what a command gets to end in once the bot is told to stop


class Tree(app_commands.CommandTree["Bot"]):
    async def interaction_check(self, interaction: discord.Interaction[Bot]) -> bool:
        """Acknowledge before anything else; who may do what is asked by each command through `who`."""
        return interaction.type is discord.InteractionType.autocomplete or await acknowledge(interaction)

    async def on_error(self, interaction: discord.Interaction[Bot], error: app_commands.AppCommandError) -> None:
        await report_error(interaction, error)


class Bot(discord.Client):
    """`hears_members`: ask for the members intent; connecting raises PrivilegedIntentsRequired where it is off."""

    def __init__(
        self,
        section: DiscordSection,
        gateway: GatewayClient,
        memory: Memory,
        *,
        hears_members: bool = True,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(
            # Role names come with the guild, bans with moderation.
            intents=discord.Intents(guilds=True, moderation=True, members=hears_members),
            allowed_mentions=discord.AllowedMentions.none(),
            # Nobody is kept in memory: what is needed of members is asked for, and start waits for no list of them.
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            connector=aiohttp.TCPConnector(limit=CONNECTIONS),
            enable_debug_events=True,  # on_socket_raw_receive
        )
        self.section = section
        self.gateway = gateway
        self.memory = memory
        self.logbook = Logbook(self)
        self.membership = Membership(self, hears=hears_members)
        self.clock = clock
        if not hears_members:
            self.logbook.note(entries.hears_nothing())
        self.prober = Prober()
        self.proofs = Proofs(self)
        self.cards = Cards(self)
        self.admission = Admission(self)
        self.guild = discord.Object(int(section.guild or 0))
        self.reception = Reception()
        self.packing = asyncio.Semaphore(1)
        self._working = set[asyncio.Task[Any]]()
        self.tree = Tree(self)
        for command in (*commands.COMMANDS, *admin.COMMANDS):
            self.tree.add_command(command)
        self.add_dynamic_items(*ITEMS)

    async def setup_hook(self) -> None:
        """Sync to the one guild, where changes show at once; raise ConfigError when the bot is not in it."""
        self.tree.copy_global_to(guild=self.guild)
        try:
            await self.tree.sync(guild=self.guild)
        except (discord.Forbidden, discord.NotFound) as error:
            problem = (
                f"Discord does not let the bot add commands to the server {self.guild.id}; "
                "invite it there with the scopes bot and applications.commands"
            )
            raise ConfigError(key="discord.guild", problem=problem) from error

    async def connect(self, *, reconnect: bool = True) -> None:
        """Also the life of what the bot does without being asked."""
        async with alongside(
            Reminders(self).run(),
            self.cards.run(),
            self.proofs.run(),
            self.logbook.run(),
            self.membership.run(),
            self.admission.run(),
        ):
            await super().connect(reconnect=reconnect)

    async def on_socket_raw_receive(self, message: str) -> None:
        self.membership.hear(message)

    async def on_interaction(self, interaction: discord.Interaction[Bot]) -> None:
        """Of every one, besides what finds its own way; forms do not, nor do buttons that another version made."""
        if interaction.type is discord.InteractionType.modal_submit:
            await requestbuttons.submitted(interaction)
        elif interaction.type is discord.InteractionType.component:
            data: Mapping[str, object] = interaction.data or {}
            if not any(item.__discord_ui_compiled_template__.fullmatch(str(data.get("custom_id"))) for item in ITEMS):
                await respond(interaction, _say_outdated)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """At the begin of every session, which may have missed something, and after an outage.

        `on_ready` would come two seconds later, and may come after the bot was closed.
        """
        self.membership.look_again()

    async def on_guild_join(self, guild: discord.Guild) -> None:
        self.membership.look_again()

    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        if before.name != after.name:
            self.membership.look_again()

    async def on_guild_role_delete(self, role: discord.Role) -> None:
        self.membership.look_again()

    def find_channel(self, configured: int | str | None) -> discord.TextChannel | discord.PartialMessageable | None:
        """By name, or by an id, which may be one that Discord refuses; None when it is not configured or not there."""
        guild = self.get_guild(self.guild.id)
        if guild is None or configured is None:
            return None
        name = str(configured).removeprefix("#")
        if name.isdecimal():
            return self.get_partial_messageable(int(name), guild_id=guild.id)
        return next((channel for channel in guild.text_channels if name == channel.name), None)

    def work(self) -> None:
        """Let the current task, which discord.py owns, end before the bot closes: it may hold someone's new config."""
        task = asyncio.current_task()
        assert task
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def close(self) -> None:
        if self._working:
            log.info("finishing %s commands", len(self._working))
            await asyncio.wait(self._working, timeout=FINISH_S)
        await super().close()


async def _say_outdated(interaction: discord.Interaction[Bot]) -> None:
    await answer(interaction, texts.OUTDATED_BUTTON)
