"""The buttons of match cards: Announce on the answer of /forward, Close on the card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import discord

from bot.core import render
from bot.core.buttons import Button
from bot.core.client import Interaction
from bot.core.interaction import Refused, answer, call, who, words_of
from bot.core.roles import BOT
from bot.core.words import Words, says
from gateway.api.contract import List, RemoveForward


@dataclass(frozen=True)
class AnnounceButton(Button):
    prefix: ClassVar = "announce"
    ids: range

    def item(self, words: Words) -> discord.ui.Button[Any]:
        return self.button(words("card-announce-button"), emoji="📣")


@dataclass(frozen=True)
class CloseButton(Button):
    """Everyone in the channel sees it; only the host and admins may press it."""

    prefix: ClassVar = "card:close"
    ids: range

    def item(self, words: Words) -> discord.ui.Button[Any]:
        return self.button(words("card-close-button"))


PERMISSIONS = ("view_channel", "send_messages", "send_messages_in_threads", "embed_links")
"""What a card may need, as discord.py calls it."""


def needed(interaction: Interaction) -> tuple[str, ...]:
    """Which of `PERMISSIONS` the bot must have where a card is to be posted."""
    view, send, send_in_threads, embed = PERMISSIONS
    return view, send_in_threads if isinstance(interaction.channel, discord.Thread) else send, embed


async def close(interaction: Interaction, pressed: CloseButton) -> None:
    actor, words = await who(interaction), words_of(interaction)
    listing = await call(interaction, List(actor=BOT, everyone=True))
    left = [forward for forward in listing.forwards if forward.id in pressed.ids]
    if not left:
        await answer(interaction, words("forward-has-ended"))
    elif not actor.is_admin and any(forward.owner != actor.id for forward in left):
        raise Refused(says("card-not-yours"))
    else:
        ids = tuple(forward.id for forward in left)
        closed = await call(interaction, RemoveForward(actor=actor, ids=ids))
        await answer(interaction, render.closed(words, closed, actor.id))
