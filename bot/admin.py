"""Commands for looking: lists for admins, and the limits for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot import overview, texts
from bot.interaction import answer, who
from bot.pages import open_book
from gateway.contract import GetPolicy

if TYPE_CHECKING:
    from bot.interaction import Interaction


@app_commands.command(description=texts.PEERS)
@app_commands.describe(member=texts.PEERS_MEMBER)
async def peers(interaction: Interaction, member: discord.User | None = None) -> None:
    await open_book(interaction, "peers", str(member.id) if member else None)


@app_commands.command(description=texts.FORWARDS)
@app_commands.describe(member=texts.FORWARDS_MEMBER)
async def forwards(interaction: Interaction, member: discord.User | None = None) -> None:
    await open_book(interaction, "forwards", str(member.id) if member else None)


@app_commands.command(description=texts.AUDIT)
async def audit(interaction: Interaction) -> None:
    await open_book(interaction, "audit")


@app_commands.command(description=texts.POLICY)
async def policy(interaction: Interaction) -> None:
    actor = await who(interaction)
    limits = await interaction.client.gateway.policy(GetPolicy(actor=actor))
    await answer(interaction, embed=overview.policy(limits))


COMMANDS: tuple[app_commands.Command[Any, Any, Any], ...] = (peers, forwards, audit, policy)
