"""Hides the admins' commands from all other members.

Discord hides commands by permissions, and only people may hide them by roles, on its page *Integrations*. So a command
is hidden where each admin role has the permission below. Elsewhere an admin would not see it either.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import discord
from discord import app_commands

from bot.core.context import Context

PERMISSION = discord.Permissions(manage_guild=True)
ALWAYS = frozenset({"setup"})
"""Commands that *Manage Server* is for."""
COMMANDS = frozenset({"revoke", "audit", "lan", "peers", "forwards", "panel", "doctor", "settings"})
"""Commands that admins alone may use."""


def can_hide(guild: discord.Guild, context: Context) -> bool:
    """Report whether each role of `admin_roles` is there and has the permission."""
    section, directory = context.section, context.directory
    roles = [guild.get_role(directory.role(role) or 0) for role in section.admin_roles]
    return bool(roles) and all(role and _has(role.permissions) for role in roles)


def _has(permissions: discord.Permissions) -> bool:
    return permissions.administrator or permissions.is_superset(PERMISSION)


def hide(commands: Iterable[app_commands.Command[Any, ..., Any] | Any], *, are_hidden: bool) -> None:
    """Make the admins' commands need the permission, or no longer need it."""
    for command in commands:
        if command.name in COMMANDS | ALWAYS:
            command.default_permissions = PERMISSION if are_hidden or command.name in ALWAYS else None
