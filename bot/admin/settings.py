"""What /settings shows: the choices of [discord], as an embed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import discord

from bot.config import DiscordSection, Kind, Named, Source
from bot.core.mentions import MAX_DESCRIPTION
from bot.core.needs import IdOf
from bot.core.render import COLOUR, clip, code, fit, safe
from bot.core.words import Words

ROLES, CHANNELS = ("member_roles", "admin_roles", "guest_roles"), ("admin_channel", "log_channel", "posts_channel")
MAX_SHOWN = 800  # characters of the roles of one kind


def embed(
    words: Words,
    section: DiscordSection,
    sources: Mapping[str, Source],
    role_of: IdOf,
    channel_of: IdOf,
    *,
    are_hidden: bool,
) -> discord.Embed:
    """Return the embed. `sources`: what set each key. The functions tell what a role or channel stands for."""
    lines = list[str]()

    def add(key: str, shown: Sequence[str]) -> None:
        lines.append(_line(words, key, shown, sources.get(key)))

    for key in ROLES:
        shown = [_mention(Named.role(role), role_of(role)) for role in getattr(section, key)]
        add(key, shown)
    for key in CHANNELS:
        channel = getattr(section, key)
        shown = [] if channel is None else [_mention(Named.channel(channel), channel_of(channel))]
        add(key, shown)
    add("timezone", [safe(str(section.timezone))])
    add("language", [section.language or words("setup-language-menu")])
    made = discord.Embed(title=words("settings-title"), description=fit(words, lines, MAX_DESCRIPTION), colour=COLOUR)
    made.add_field(name=words("settings-members-field"), value=words("settings-policy"), inline=False)
    made.add_field(name=words("settings-change-field"), value=words("settings-change"), inline=False)
    hint = words("settings-hidden" if are_hidden else "settings-hide")
    made.add_field(name=words("settings-hide-field"), value=hint, inline=False)
    return made


def _line(words: Words, key: str, shown: Sequence[str], source: Source | None) -> str:
    joined = clip(", ".join(shown), MAX_SHOWN) or words("settings-none")
    line = words("settings-line", what=words(f"settings-{key}"), shown=joined)
    return f"{line} {words(f'settings-by-{source}')}" if source else line


def _mention(named: Named, ident: int | None) -> str:
    if ident is None:
        return code(safe(named.text))
    return f"<@&{ident}>" if named.kind is Kind.ROLE else f"<#{ident}>"
