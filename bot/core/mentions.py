"""Mentions of commands: Discord shows each as a link that begins the command. Pure.

A sentence of the catalogue writes a command in backticks. One without options becomes a mention; one with options is
there to be copied. The ids, by the names that a command has in any language, are known once the commands are
registered. They work in the server only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import discord

from bot.core.render import MAX_FIELD_VALUE, length

MAX_DESCRIPTION, MAX_EMBED, MAX_LAYOUT = 4096, 6000, 4000
_COMMAND = re.compile(r"(?<!`)`/([\w'-]+)`(?!`)")


def tappable(text: str, ids: Mapping[str, int], most: int) -> str:
    """Mention each command of a text. The text stays as it is when it would get longer than `most`."""
    made = _COMMAND.sub(lambda found: f"</{found[1]}:{ids[found[1]]}>" if found[1] in ids else found[0], text)
    return made if length(made) <= most else text


def tappable_embed(embed: discord.Embed, ids: Mapping[str, int]) -> discord.Embed:
    """Return the embed with mentions in its description and the values of its fields."""
    made = embed.copy()
    if made.description:
        made.description = tappable(made.description, ids, MAX_DESCRIPTION)
    for index, field in enumerate(made.fields):
        value = tappable(field.value or "", ids, MAX_FIELD_VALUE)
        made.set_field_at(index, name=field.name, value=value, inline=field.inline)
    return made if len(made) <= MAX_EMBED else embed


def make_tappable(layout: discord.ui.LayoutView, ids: Mapping[str, int]) -> None:
    """Mention the commands in the texts of a layout."""
    texts = [item for item in layout.walk_children() if isinstance(item, discord.ui.TextDisplay)]
    room = MAX_LAYOUT - sum(length(item.content) for item in texts)
    for item in texts:
        made = tappable(item.content, ids, length(item.content) + room)
        room -= length(made) - length(item.content)
        item.content = made
