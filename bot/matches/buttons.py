"""The buttons of match cards: Announce on the answer of /forward, Close on the card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import discord

from bot.core import render, texts
from bot.core.buttons import Button
from bot.core.client import Interaction
from bot.core.interaction import Refused, answer, call, who
from bot.core.roles import BOT
from gateway.api.contract import List, RemoveForward


@dataclass(frozen=True)
class AnnounceButton(Button):
    prefix: ClassVar = "announce"
    ids: range

    def item(self) -> discord.ui.Button[Any]:
        return self.button(texts.ANNOUNCE, emoji="📣")


@dataclass(frozen=True)
class CloseButton(Button):
    """Everyone in the channel sees it; only the host and admins may press it."""

    prefix: ClassVar = "card:close"
    ids: range

    def item(self) -> discord.ui.Button[Any]:
        return self.button(texts.CLOSE_MATCH)


def needed(interaction: Interaction) -> tuple[str, ...]:
    """What the bot has to be allowed where a card is to be posted, as discord.py calls it."""
    in_thread = isinstance(interaction.channel, discord.Thread)
    return ("view_channel", "send_messages_in_threads" if in_thread else "send_messages", "embed_links")


async def close(interaction: Interaction, pressed: CloseButton) -> None:
    actor = await who(interaction)
    listing = await call(interaction, List(actor=BOT, everyone=True))
    left = [forward for forward in listing.forwards if forward.id in pressed.ids]
    if not left:
        await answer(interaction, texts.HAS_ENDED)
    elif not actor.is_admin and any(forward.owner != actor.id for forward in left):
        raise Refused(texts.NOT_YOUR_MATCH)
    else:
        ids = tuple(forward.id for forward in left)
        await answer(interaction, render.closed(await call(interaction, RemoveForward(actor=actor, ids=ids)), actor.id))
