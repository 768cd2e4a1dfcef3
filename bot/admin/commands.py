"""Commands for admins: lists of devices, ports and the audit log, /revoke, /doctor and /settings."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.admin.diagnosis import report
from bot.admin.lists import DeviceState
from bot.admin.pages import Spot, open_book
from bot.admin.revoke import ask_about
from bot.admin.settings import embed as settings_embed
from bot.core import checks
from bot.core.checks import Check
from bot.core.client import Interaction
from bot.core.hiding import can_hide
from bot.core.interaction import answer, call, caller, words_of
from bot.core.ready import Ready
from bot.core.registration import Registration
from bot.core.render import refusal
from bot.core.roles import Access
from bot.core.slash import Callback, choices, option
from bot.games import games
from bot.ports import suggest, typed
from bot.ports.suggest import devices_of_member, open_ports_of_all
from gateway.api.diagnosis import Diagnose, Finding
from gateway.errors import GatewayError
from gateway.version import own


@app_commands.autocomplete(device=devices_of_member)
async def revoke(interaction: Interaction, member: discord.User, device: str | None = None) -> None:
    """Show what would go. `member` is a User, so that an admin can name a member that has left the server, by id."""
    await ask_about(interaction, member, device)


@choices(state=(DeviceState.CONNECTED, DeviceState.AWAY, DeviceState.NEVER, DeviceState.SUSPENDED))
async def peers(interaction: Interaction, member: discord.User | None = None, state: str = "") -> None:
    await open_book(interaction, Spot("peers", _id(member), option(DeviceState, state) if state else ""))


@app_commands.autocomplete(port=open_ports_of_all)
async def forwards(interaction: Interaction, member: discord.User | None = None, port: str = "") -> None:
    game = games.find(port)
    only = game.id if game else str(typed.one_port(port)) if port else ""
    await open_book(interaction, Spot("forwards", _id(member), only))


@app_commands.autocomplete(region=suggest.regions)
async def audit(interaction: Interaction, region: str = "") -> None:
    gateway = interaction.client.context.gateway
    chosen = region or gateway.usual(str(interaction.user.id))
    await open_book(interaction, Spot("audit", only=gateway.named(chosen)))


async def doctor(interaction: Interaction) -> None:
    """Have each gateway examine its machine, and look at the bot's own server meanwhile."""
    actor = await caller(interaction, Access.ADMIN)
    words, client = words_of(interaction), interaction.client
    own_checks: tuple[Check, ...] = ()
    if guild := client.context.guild():
        lacks, problem = client.service(Ready).lacks(guild), client.service(Registration).problem
        own_checks = checks.of_server(words, client.context.directory.findings, lacks, problem)
    for region in client.context.gateway.regions or ("",):
        found: tuple[Finding, ...] | str
        try:
            answered = await call(interaction, Diagnose(actor=actor), region=region)
        except GatewayError as error:
            found = refusal(words, error)
        else:
            found, own_checks = answered.findings, (*own_checks, checks.of_versions(words, own(), answered.version))
        await answer(interaction, embed=report(words, found, own_checks, region))
        own_checks = ()  # which are told once


async def settings(interaction: Interaction) -> None:
    await caller(interaction, Access.ADMIN)
    client = interaction.client
    context = client.context
    guild = context.guild()
    shown = settings_embed(
        words_of(interaction),
        context.section,
        context.sources,
        context.directory.role,
        context.directory.channel,
        are_hidden=guild is not None and can_hide(guild, context),
    )
    await answer(interaction, embed=shown)


def _id(member: discord.User | None) -> str:
    return str(member.id) if member else ""


COMMANDS: tuple[Callback, ...] = (revoke, peers, forwards, audit, doctor, settings)
