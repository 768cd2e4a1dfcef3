"""Commands for admins: lists, and taking devices away."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice

from bot.admin.pages import Spot, open_book
from bot.admin.revoke import ask_about
from bot.core import texts
from bot.core.client import Interaction
from bot.games import games
from bot.ports import typed
from bot.ports.suggest import devices_of_member, open_ports_of_all


@app_commands.command(description=texts.REVOKE)
@app_commands.describe(member=texts.REVOKE_MEMBER, device=texts.REVOKE_DEVICE)
@app_commands.autocomplete(device=devices_of_member)
async def revoke(interaction: Interaction, member: discord.User, device: str | None = None) -> None:
    """`member` is a User, so that someone who has left the server can still be revoked by id."""
    await ask_about(interaction, member, device)


@app_commands.command(description=texts.PEERS)
@app_commands.describe(member=texts.PEERS_MEMBER, state=texts.PEERS_STATE)
@app_commands.choices(state=[Choice(name=name, value=state) for state, name in texts.STATES.items()])
async def peers(interaction: Interaction, member: discord.User | None = None, state: str = "") -> None:
    await open_book(interaction, Spot("peers", _id(member), state))


@app_commands.command(description=texts.FORWARDS)
@app_commands.describe(member=texts.FORWARDS_MEMBER, port=texts.FORWARDS_PORT)
@app_commands.autocomplete(port=open_ports_of_all)
async def forwards(interaction: Interaction, member: discord.User | None = None, port: str = "") -> None:
    game = games.find(port)
    only = game.id if game else str(typed.one_port(port)) if port else ""
    await open_book(interaction, Spot("forwards", _id(member), only))


@app_commands.command(description=texts.AUDIT)
async def audit(interaction: Interaction) -> None:
    await open_book(interaction, Spot("audit"))


def _id(member: discord.User | None) -> str:
    return str(member.id) if member else ""


COMMANDS: tuple[app_commands.Command[Any, Any, Any], ...] = (
    revoke,
    peers,
    forwards,
    audit,
)
