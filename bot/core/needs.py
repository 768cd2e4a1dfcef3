"""What the bot needs on its server, besides roles and channels of the configured names (see `names`).

`seen` reads the server from discord.py's objects, `lacks` decides, and `describe` says it to the admins.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

import discord

from bot.config import DiscordSection
from bot.core.render import plain
from bot.core.words import Words, both

TEXTS = ("view_channel", "send_messages")
WRITING = (*TEXTS, "embed_links")
"""Permissions in a channel that the bot writes to by itself, as discord.py names them. The last is for embeds."""
INVITED_WITH = discord.Permissions(
    manage_roles=True, view_channel=True, send_messages=True, embed_links=True, read_message_history=True
)
"""What an invitation asks for: everything that the bot can use on its server."""
IdOf = Callable[[int | str], int | None]


class Need(enum.StrEnum):
    """Something that is missing. The values stand in ids of the catalogue."""

    WRITE = "write"
    """Permissions in a configured channel."""
    HISTORY = "history"
    """The permission to read a configured channel back."""
    GIVE_ROLES = "give-roles"
    """The permission to give the role that an approval gives."""
    RANK = "rank"
    """A role above the one that an approval gives."""
    EVENTS = "events"
    """The Server Members Intent."""
    COMMANDS = "commands"
    """Registered slash commands."""


MINOR = (Need.HISTORY, Need.EVENTS)
"""Needs without which everything works, but slower or less tidily."""


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that is missing, with what it is about."""

    need: Need
    key: str = ""
    """The key of [discord] that wants it."""
    name: str = ""
    """The present name of the role or channel."""
    missing: tuple[str, ...] = ()
    """Permissions as discord.py names them, or commands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The server as the bot sees it."""

    channels: Mapping[int, tuple[str, discord.Permissions]]
    """The name of each channel, and what the bot may do there."""
    roles: Mapping[int, str]
    lower_roles: Collection[int]
    """Roles below the bot's own."""
    gives_roles: bool
    """Whether the bot has Manage Roles."""


def seen(guild: discord.Guild) -> Seen:
    """Read what `lacks` wants to know of a server whose roles, channels and bot discord.py has."""
    me = guild.me
    return Seen(
        channels={each.id: (each.name, each.permissions_for(me)) for each in guild.text_channels},
        roles={role.id: role.name for role in guild.roles},
        lower_roles={role.id for role in guild.roles if role < me.top_role},
        gives_roles=me.guild_permissions.manage_roles,
    )


def lacks(section: DiscordSection, role_of: IdOf, channel_of: IdOf, server: Seen) -> tuple[Lack, ...]:
    """Return what is missing on the server. The functions tell what a configured role or channel stands for.

    One that stands for nothing is a finding of `names` and none here.
    """
    return (*_in_channels(section, channel_of, server), *_for_approvals(section, role_of, server))


def _in_channels(section: DiscordSection, channel_of: IdOf, server: Seen) -> Iterator[Lack]:
    for key in ("admin_channel", "log_channel", "posts_channel"):
        configured = getattr(section, key)
        found = None if configured is None else server.channels.get(channel_of(configured) or 0)
        if found is None:
            continue
        name, granted = found
        needed = TEXTS if key == "posts_channel" else WRITING
        if missing := tuple(each for each in needed if not getattr(granted, each)):
            yield Lack(Need.WRITE, key, name, missing)
        elif not granted.read_message_history:
            yield Lack(Need.HISTORY, key, name)


def _for_approvals(section: DiscordSection, role_of: IdOf, server: Seen) -> Iterator[Lack]:
    """Find what keeps an approval from giving its role. Without `admin_channel` there are no approvals."""
    role = role_of(section.member_roles[0]) if section.admin_channel is not None and section.member_roles else None
    if role is None or role not in server.roles or server.roles[role] == "@everyone":
        return
    if not server.gives_roles:
        yield Lack(Need.GIVE_ROLES, "member_roles", server.roles[role])
    if role not in server.lower_roles:
        yield Lack(Need.RANK, "member_roles", server.roles[role])


def describe(words: Words, lack: Lack) -> str:
    """Return what the admins read about it, without markup."""
    name = plain(lack.name)
    match lack.need:
        case Need.WRITE:
            permissions = both(words, [words(f"permission-{each}") for each in lack.missing])
            return words("need-write", channel=name, key=lack.key, permissions=permissions)
        case Need.HISTORY:
            return words("need-history", channel=name, key=lack.key)
        case Need.GIVE_ROLES:
            return words("need-give-roles", role=name)
        case Need.RANK:
            return words("need-rank", role=name)
        case Need.EVENTS:
            return words("need-events")
        case Need.COMMANDS:
            return words("need-commands", commands=both(words, lack.missing))
