"""The buttons of match cards: Announce below the answer of /forward, Close on the card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import discord

from bot.core import render
from bot.core.buttons import Button
from bot.core.client import Interaction
from bot.core.interaction import Refused, answer, call, caller_anywhere, words_of
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
class AnnounceAnywayButton(Button):
    """A button below the warning that a match is not ready."""

    prefix: ClassVar = "announce-anyway"
    ids: range

    def item(self, words: Words) -> discord.ui.Button[Any]:
        return self.button(words("card-anyway-button"), emoji="📣")


@dataclass(frozen=True)
class CloseButton(Button):
    """A button that all readers of the channel see, and that works for the host and for admins."""

    prefix: ClassVar = "card:close"
    ids: range

    def item(self, words: Words) -> discord.ui.Button[Any]:
        return self.button(words("card-close-button"))


async def close(interaction: Interaction, pressed: CloseButton) -> None:
    """Close the forwards of a card that are still open; raise `Refused` unless the caller is the host or an admin."""
    actor, words = await caller_anywhere(interaction), words_of(interaction)
    listing = await call(interaction, List(actor=BOT, everyone=True), about=pressed.ids[0])
    left = [forward for forward in listing.forwards if forward.id in pressed.ids]
    if not left:
        await answer(interaction, words("forward-has-ended"))
    elif not actor.is_admin and any(forward.owner != actor.id for forward in left):
        raise Refused(says("card-not-yours"))
    else:
        ids = tuple(forward.id for forward in left)
        closed = await call(interaction, RemoveForward(actor=actor, ids=ids))
        await answer(interaction, render.closed(words, closed, actor.id))
