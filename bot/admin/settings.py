"""What /settings shows: the choices of [discord], as an embed. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.config import DiscordSection, Kind, Named
from bot.core.mentions import MAX_DESCRIPTION
from bot.core.needs import IdOf
from bot.core.render import COLOUR, clip, code, fit, safe
from bot.core.words import Words

ROLES, CHANNELS = ("member_roles", "admin_roles", "guest_roles"), ("admin_channel", "log_channel", "posts_channel")
MAX_SHOWN = 800  # characters of the roles of one kind


def embed(words: Words, section: DiscordSection, role_of: IdOf, channel_of: IdOf, *, are_hidden: bool) -> discord.Embed:
    """Return the embed. The functions tell what a configured role or channel stands for."""
    lines = []
    for key in ROLES:
        shown = [_mention(Named.role(role), role_of(role)) for role in getattr(section, key)]
        lines.append(_line(words, key, shown))
    for key in CHANNELS:
        channel = getattr(section, key)
        shown = [] if channel is None else [_mention(Named.channel(channel), channel_of(channel))]
        lines.append(_line(words, key, shown))
    lines.append(_line(words, "timezone", [safe(str(section.timezone))]))
    made = discord.Embed(title=words("settings-title"), description=fit(words, lines, MAX_DESCRIPTION), colour=COLOUR)
    made.add_field(name=words("settings-members-field"), value=words("settings-policy"), inline=False)
    hint = words("settings-hidden" if are_hidden else "settings-hide")
    made.add_field(name=words("settings-hide-field"), value=hint, inline=False)
    return made


def _line(words: Words, key: str, shown: Sequence[str]) -> str:
    return words(
        "settings-line",
        what=words(f"settings-{key}"),
        shown=clip(", ".join(shown), MAX_SHOWN) or words("settings-none"),
    )


def _mention(named: Named, ident: int | None) -> str:
    if ident is None:
        return code(safe(named.text))
    return f"<@&{ident}>" if named.kind is Kind.ROLE else f"<#{ident}>"
