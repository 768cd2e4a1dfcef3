"""Commands for admins: lists of devices, ports and the audit log, and /revoke."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.admin.lists import DeviceState
from bot.admin.pages import Spot, open_book
from bot.admin.revoke import ask_about
from bot.core.client import Interaction
from bot.core.slash import Callback, choices, option
from bot.games import games
from bot.ports import typed
from bot.ports.suggest import devices_of_member, open_ports_of_all


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


async def audit(interaction: Interaction) -> None:
    await open_book(interaction, Spot("audit"))


def _id(member: discord.User | None) -> str:
    return str(member.id) if member else ""


COMMANDS: tuple[Callback, ...] = (revoke, peers, forwards, audit)
