"""The Discord client: one guild, slash commands only, and the members intent as its only privileged one."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import discord
from discord import app_commands

from bot import commands
from bot.access import decisions as decided
from bot.access import grants, joining, membership, moved, requests, shown
from bot.access.admission import Admission
from bot.access.buttons import (
    AddButton,
    AddInButton,
    ApproveButton,
    DenyButton,
    DenyForm,
    HostButton,
    NewSetupButton,
    RotateButton,
    RotateInButton,
    SendButton,
    TroubleButton,
)
from bot.access.decisions import Decisions, Log
from bot.access.delivery import Delivery
from bot.access.membership import Membership
from bot.access.moved import Moves
from bot.access.requests import Ledger
from bot.access.shown import ShownConfigs
from bot.access.welcome import Welcome
from bot.admin import commands as admin
from bot.admin import pages, revoke
from bot.admin.pages import Go, Pick
from bot.admin.revoke import RevokeButton
from bot.config import BotConfig
from bot.core import directory, hiding, logins, notes, slash, speech
from bot.core.buttons import Switchboard
from bot.core.client import Client, Interaction
from bot.core.context import Context
from bot.core.directory import Directory
from bot.core.gateway import Gateway
from bot.core.interaction import acknowledge, report_error
from bot.core.logins import Logins
from bot.core.memory import Memory
from bot.core.notes import Note
from bot.core.ready import Heartbeat, Ready
from bot.core.reception import CONNECTIONS
from bot.core.registration import Registration
from bot.core.resolver import resolver
from bot.core.retention import Retention
from bot.core.service import Service, alongside
from bot.core.speech import Speech
from bot.core.words import Languages, Words
from bot.fleet.fleet import Fleet
from bot.games.probe import Prober
from bot.graphs import traffic
from bot.graphs.pictures import Pictures
from bot.graphs.traffic import NightsButton, TrafficButton
from bot.log import logbook, versions
from bot.log.buttons import BringBack
from bot.log.logbook import Logbook
from bot.log.versions import Versions
from bot.matches import buttons as matches
from bot.matches import cards
from bot.matches.buttons import AnnounceAnywayButton, AnnounceButton, CloseButton
from bot.matches.cards import Cards
from bot.matches.servers import Servers
from bot.nights import commands as nights
from bot.nights import store as night_store
from bot.nights.button import StopButton
from bot.nights.nights import Nights
from bot.panel import lastgame, panel, posts, presses
from bot.panel.buttons import AddForm, HostForm, HostMenu, PanelButton
from bot.panel.lastgame import LastGames
from bot.panel.panel import Panel
from bot.panel.posts import Posts
from bot.panel.presence import Presence
from bot.panel.watch import Watch
from bot.ports import change, otherport, reminders
from bot.ports.answer import CheckButton
from bot.ports.change import ChangeButton, ChangeForm
from bot.ports.connections import ConnectionButton, ConnectionLists, ConnectionMenu, LetInButton, LetInForm
from bot.ports.offer import Offers, OpenAndAnnounce, OpenInstead
from bot.ports.opening import AddDeviceButton, CloseMenu, DeviceMenu, OpenButton
from bot.ports.otherport import HowButton, OtherPortButton, OtherPortForm
from bot.ports.proof import Proofs
from bot.ports.reminders import ReminderButton, Reminders
from bot.setup import setup
from bot.setup.setup import Setup, SetupButton, SetupForm

log = logging.getLogger(__name__)

# Databases older than these steps say version 0 and have the tables already; hence `IF NOT EXISTS` in the first step.
SCHEMA = (
    reminders.SCHEMA + cards.SCHEMA + requests.SCHEMA + grants.SCHEMA + membership.SCHEMA + logbook.SCHEMA,
    speech.SCHEMA,
    speech.AGES,
    shown.SCHEMA,
    directory.SCHEMA,
    logins.SCHEMA,
    requests.IPV4_ONLY,
    moved.SCHEMA,
    versions.SCHEMA,
    traffic.SCHEMA,
    panel.SCHEMA + lastgame.SCHEMA + posts.SCHEMA,
    traffic.KEPT_BY_GATEWAY,
    night_store.SCHEMA,
    logbook.IN_REGIONS + requests.REGION,
    decided.SCHEMA,
)


class Tree(app_commands.CommandTree[Client]):
    async def interaction_check(self, interaction: Interaction) -> bool:
        """Acknowledge before anything else. Each command checks access itself, through `caller`."""
        if not interaction.client.reception.is_first(interaction.id):
            return False
        return interaction.type is discord.InteractionType.autocomplete or await acknowledge(interaction)

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError) -> None:
        await report_error(interaction, error)


class Bot(Client):
    """The client that makes every service and hands each what it needs.

    `members_intent`: ask Discord for events about members. `start` raises PrivilegedIntentsRequired when the
    application's Server Members Intent is switched off. `gateway`: the only one, or all of a fleet. `heartbeat`: the
    file for signs of life. `written`: a fleet's log of decisions. `clock` returns aware times.
    """

    def __init__(
        self,
        config: BotConfig,
        gateway: Gateway | Fleet,
        memory: Memory,
        languages: Languages,
        *,
        members_intent: bool = True,
        heartbeat: Path | None = None,
        written: Log | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        section = config.discord
        super().__init__(
            # Role names come with the guilds intent, bans with the moderation intent.
            intents=discord.Intents(guilds=True, moderation=True, members=members_intent),
            allowed_mentions=discord.AllowedMentions.none(),
            # No member is cached: the bot asks Discord about single members, and its start waits for no list of them.
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            connector=aiohttp.TCPConnector(limit=CONNECTIONS, resolver=resolver()),
            enable_debug_events=True,  # brings on_socket_raw_receive
        )
        self._fleet = gateway if isinstance(gateway, Fleet) else Fleet.alone(gateway, clock)
        self.context = Context(
            section=section,
            gateway=self._fleet,
            live=self._fleet.live,
            memory=memory,
            speech=Speech(languages, memory, lambda: self.get_guild(self.context.guild_id), own=section.language),
            directory=Directory(section, memory, languages.english, self._note),
            client=self,
            note=self._note,
            is_granted=partial(grants.is_granted, memory),
            clock=clock,
            sources=config.sources,
        )
        self._logins = Logins(memory, clock)
        self.setup = Setup(self.context, config)
        self.logbook = Logbook(self.context)
        if not members_intent:
            self.context.note(notes.NoMembersIntent())
        decisions = Decisions(self.context, lambda: self._fleet.all, written)
        self.membership = Membership(self.context, decisions, has_events=members_intent)
        self._shown = ShownConfigs(self.context)
        prober, delivery = Prober(), Delivery(self.context, self._shown)
        welcome = Welcome(self.context, self.membership.look_again)
        self._admission = Admission(self.context, welcome)
        self._servers = Servers(self.context, prober)
        self._cards = Cards(self.context, self._servers)
        self._proofs = Proofs(self.context, prober)
        self._reminders = Reminders(self.context)
        self._moves = Moves(self.context)
        self._watch = Watch(self.context, self._servers)
        self._panel, self._posts = Panel(self.context, self._watch), Posts(self.context, self._watch)
        self._presence, self._last_games = Presence(self.context, self._watch), LastGames(self.context)
        self._nights = Nights(self.context, self._cards)
        keepers = (
            self.context.speech, self.logbook, self.membership, Ledger(memory), self._cards, self._shown,
            self._posts, self._last_games, self._nights,
        )  # fmt: skip
        self._retention = Retention(self.context, keepers)
        offers, lists = Offers(self._proofs, self._cards), ConnectionLists()
        self.is_ending = False  # the services are finishing, which no second cancellation should cut short
        self.provide(self._admission, delivery, offers, lists, Pictures(section.state_dir), self.membership, decisions)
        self.provide(self._panel, self._posts, self._last_games, self._nights)
        self._switchboard = switchboard(
            self._admission, delivery, self._cards, self._proofs, offers, lists, self._panel
        )
        self._switchboard.on(SetupButton, self.setup.pressed, first=self.setup.form)
        self._switchboard.on(SetupForm, self.setup.submit)
        self.provide(self.setup)
        self.tree = Tree(self)
        self._registration = Registration(
            self.tree, self.context.guild_id, languages.command_names(), self.context.command_ids
        )
        self._has_choice: bool | None = None  # of regions, as the commands of the tree offer it
        self._offer()
        self._fleet.changed = self._offer
        self._readiness = Ready(self.context, self._registration.outcome, has_events=members_intent)
        self.provide(self._readiness, self._registration)
        self._signs = [Heartbeat(self.context, heartbeat)] if heartbeat else []

    def _note(self, note: Note) -> None:
        self.logbook.note(note)  # the logbook is made from the context, so the context cannot hold its method

    def _offer(self) -> None:
        """Let commands have the option of a region while there are several, also those that members see now."""
        has_choice = len(self._fleet.regions) > 1
        if has_choice == self._has_choice:
            return
        self._has_choice = has_choice
        for each in all_commands(self.context.speech.languages.english, with_regions=has_choice):
            self.tree.add_command(each, override=True)
        self.tree.copy_global_to(guild=discord.Object(self.context.guild_id))
        if self.context.guild():
            self._registration.arrive()

    async def setup_hook(self) -> None:
        """Prepare what the services need before any event arrives."""
        await self.context.directory.load()
        languages = self.context.speech.languages
        if languages.has_others:  # discord.py asks for each text in each of Discord's languages
            await self.tree.set_translator(slash.Translator(languages))

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Keep the pace of logins. Raise LoginTooSoon, which ends `start`."""
        await super().before_identify_hook(shard_id, initial=initial)
        await self._logins.begin()

    async def connect(self, *, reconnect: bool = True) -> None:
        """Run the services as long as the connection. Raise LoginTooSoon."""
        await self._logins.check()  # before a connection is opened, because the hook would leave it open
        services: tuple[Service, ...] = (
            self._fleet, self._reminders, self._cards, self._proofs, self.logbook, self.membership,
            self._admission, self._retention, self._shown, self.context.directory, self._registration,
            self._readiness, self._moves, *self._signs,
            self._servers, self._panel, self._posts, self._presence, self._last_games, self._nights,
            Versions(self.context), self.setup,
        )  # fmt: skip
        async with alongside(*services):
            try:
                await super().connect(reconnect=reconnect)
            finally:
                self.is_ending = True

    async def on_socket_raw_receive(self, message: str) -> None:
        """Take in what discord.py tells too late or not at all. It has taken in the message already.

        In Python 3.11 its event that the server is available is lost when the server arrives two seconds after a login.
        """
        self.membership.receive(message)
        # A member's nickname may be the same word.
        if '"GUILD_CREATE"' in message and json.loads(message)["t"] == "GUILD_CREATE":
            self._arrive()

    async def on_interaction(self, interaction: Interaction) -> None:
        """Dispatch components; the tree has dispatched commands already."""
        is_component = interaction.type in (discord.InteractionType.component, discord.InteractionType.modal_submit)
        if is_component and self.reception.is_first(interaction.id):
            await self._switchboard.dispatch(interaction)

    async def on_connect(self) -> None:
        """Take in the servers of a new session; they are not available yet."""
        if self.get_guild(self.context.guild_id) is None:
            self._registration.leave()

    async def on_guild_unavailable(self, guild: discord.Guild) -> None:
        """Forget the server until it is available again: discord.py would keep channels deleted in between."""
        if guild.unavailable and self.get_guild(guild.id) is guild:
            self._connection._remove_guild(guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        if guild.id == self.context.guild_id:
            self._registration.leave()

    async def on_guild_role_create(self, role: discord.Role) -> None:
        self._look()

    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        self._look()

    async def on_guild_role_delete(self, role: discord.Role) -> None:
        self._look()
        self.membership.role_is_gone()  # Discord sends no event about its members

    async def on_guild_channel_create(self, channel: discord.abc.GuildChannel) -> None:
        self._look()

    async def on_guild_channel_update(self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        self._look()

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        self._look()

    def _arrive(self) -> None:
        """Take in a server that is available. A new session or an outage may have missed events about members."""
        if self.context.guild():
            self._registration.arrive()
            self._readiness.arrive()
            self._presence.look_again()
            self._look()
            self.membership.look_again()

    def _look(self) -> None:
        """Look for the configured roles and channels; a role that is found may give access to members."""
        guild = self.context.guild()
        if guild:
            self._cards.look_again()
            self._panel.look_again()
            roles_changed = self.context.directory.look(guild)
            self._registration.hide(are_hidden=hiding.can_hide(guild, self.context))
            if roles_changed:
                self.membership.look_again()


def all_commands(
    words: Words, *, with_regions: bool = False
) -> list[app_commands.Command[Any, ..., Any] | app_commands.ContextMenu]:
    """Make every command that the bot registers. `with_regions`: there is a choice of regions."""
    left_out = () if with_regions else ("region",)
    callbacks = (*commands.COMMANDS, *admin.COMMANDS, *setup.COMMANDS)
    slashes = [slash.command(words, callback, left_out=left_out) for callback in callbacks]
    slashes += [
        slash.command(words, callback, also=name, left_out=left_out) for name, callback in commands.ALSO.items()
    ]
    return [*slashes, *(slash.menu(words, message, callback) for message, callback in commands.MENUS.items())]


def switchboard(
    admission: Admission,
    delivery: Delivery,
    cards: Cards,
    proofs: Proofs,
    offers: Offers,
    lists: ConnectionLists,
    panel: Panel,
) -> Switchboard:
    """Return the switchboard with the handler of every button, menu and form."""
    made = Switchboard()
    made.on(ApproveButton, admission.approve)
    made.on(DenyButton, admission.why_no_form, first=admission.form)
    made.on(DenyForm, admission.deny)
    made.on(AddButton, joining.add, edits=True)
    made.on(AddInButton, joining.add_in, edits=True)
    made.on(RotateButton, joining.rotate, edits=True)
    made.on(RotateInButton, joining.rotate_in, edits=True)
    made.on(NewSetupButton, joining.new_setup_pressed, edits=True)
    made.on(SendButton, delivery.send_pressed, edits=True)
    made.on(TroubleButton, joining.help_pressed)
    made.on(HostButton, presses.host_pressed)
    made.on(AnnounceButton, cards.announce_pressed)
    made.on(AnnounceAnywayButton, cards.announce_anyway)
    made.on(CloseButton, matches.close)
    made.on(CheckButton, proofs.check, edits=True)
    made.on(HowButton, otherport.how)
    made.on(OtherPortButton, otherport.no_form, first=otherport.form)
    made.on(OtherPortForm, proofs.lead, edits=True)
    made.on(ChangeButton, otherport.no_form, first=change.form)
    made.on(ChangeForm, proofs.change, edits=True)
    made.on(OpenInstead, offers.open_pressed, edits=True)
    made.on(OpenAndAnnounce, offers.open_pressed, edits=True)
    made.on(OpenButton, offers.open_pressed, edits=True)
    made.on(DeviceMenu, offers.device_chosen, edits=True)
    made.on(CloseMenu, offers.close_chosen, edits=True)
    made.on(AddDeviceButton, offers.add_device)
    made.on(ConnectionButton, lists.pressed, edits=True)
    made.on(ConnectionMenu, lists.picked, edits=True)
    made.on(LetInButton, lists.no_form, first=lists.ask_address)
    made.on(LetInForm, lists.let_in, edits=True)
    made.on(StopButton, nights.stop_pressed)
    made.on(ReminderButton, reminders.pressed, edits=True)
    made.on(Go, pages.go, edits=True)
    made.on(Pick, pages.pick, edits=True)
    made.on(TrafficButton, traffic.period_pressed, edits=True)
    made.on(NightsButton, traffic.nights_pressed, edits=True)
    made.on(RevokeButton, revoke.pressed, edits=True)
    made.on(BringBack, panel.bring_back)
    made.on(PanelButton, presses.pressed)
    made.on(HostMenu, presses.host_chosen, first=presses.host_form, edits=True)
    made.on(HostForm, presses.host)
    made.on(AddForm, presses.add)
    return made
