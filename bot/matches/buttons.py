"""The buttons of match cards: Announce on the answer of /forward, Close on the card. Each holds what it is about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import discord

from bot.core import render, texts
from bot.core.interaction import Refused, answer, respond, who
from bot.core.roles import BOT
from gateway.api.contract import List, RemoveForward

if TYPE_CHECKING:
    from bot.core.interaction import Interaction


def needed(interaction: Interaction) -> tuple[str, ...]:
    """What the bot has to be allowed where a card is to be posted, as discord.py calls it."""
    in_thread = isinstance(interaction.channel, discord.Thread)
    return ("view_channel", "send_messages_in_threads" if in_thread else "send_messages", "embed_links")


class AnnounceButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"announce:(?P<first>\d+)-(?P<last>\d+)"):
    def __init__(self, ids: range) -> None:
        custom_id = f"announce:{ids[0]}-{ids[-1]}"
        super().__init__(discord.ui.Button(label=texts.ANNOUNCE, emoji="📣", custom_id=custom_id))
        self._ids = ids

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> AnnounceButton:
        return cls(range(int(match["first"]), int(match["last"]) + 1))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await respond(interaction, self._announce)

    async def _announce(self, interaction: Interaction) -> None:
        await answer(interaction, await interaction.client.cards.announce(interaction, self._ids))


class CloseButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"card:close:(?P<first>\d+)-(?P<last>\d+)"):
    """Everybody sees it; the host and admins may."""

    def __init__(self, ids: range) -> None:
        custom_id = f"card:close:{ids[0]}-{ids[-1]}"
        super().__init__(discord.ui.Button(label=texts.CLOSE_MATCH, custom_id=custom_id))
        self._ids = ids

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> CloseButton:
        return cls(range(int(match["first"]), int(match["last"]) + 1))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await respond(interaction, self._close)

    async def _close(self, interaction: Interaction) -> None:
        actor, gateway = await who(interaction), interaction.client.gateway
        listing = await gateway.call(List(actor=BOT, everyone=True))
        left = [forward for forward in listing.forwards if forward.id in self._ids]
        if not left:
            await answer(interaction, texts.HAS_ENDED)
        elif not actor.is_admin and any(forward.owner != actor.id for forward in left):
            raise Refused(texts.NOT_YOUR_MATCH)
        else:
            ids = tuple(forward.id for forward in left)
            await answer(interaction, render.closed(await gateway.call(RemoveForward(actor=actor, ids=ids)), actor.id))
