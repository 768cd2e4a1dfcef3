"""Shows beside the bot's name in Discord how many players there are."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Never

import discord

from bot.core.context import Context
from bot.core.live import Follower
from bot.core.service import repeat
from bot.core.words import Words
from bot.panel.overview import Overview
from bot.panel.watch import Watch

log = logging.getLogger(__name__)

APART_S = 15.0  # between two changes; Discord takes 5 in 20 s
TICK_S = 15.0  # a new session, or a game server's own count, is no event of the gateway's


def sentence(words: Words, overview: Overview | None) -> str:
    """Return `5 players in 2 matches`; nothing without a match, and while the gateway is away."""
    if overview is None or overview.away_since or not overview.matches:
        return ""
    matches = len(overview.matches)
    if not overview.players:
        return words("presence-open", matches=matches)
    return words("presence-playing", players=overview.players, matches=matches)


class Presence:
    """The service of the bot's presence."""

    def __init__(self, context: Context, watch: Watch) -> None:
        self._context, self._watch = context, watch
        self._shown = ""

    async def run(self) -> Never:
        follower = self._watch.follow()
        await repeat(lambda: self._look(follower), "showing the presence", otherwise_s=TICK_S)

    async def _look(self, follower: Follower) -> float:
        with suppress(TimeoutError):
            async with asyncio.timeout(TICK_S):
                await follower.next()
        said = sentence(self._context.speech.server(), await self._watch.overview())
        if said == self._shown or not self._context.guild():
            return 0.0
        activity = discord.CustomActivity(name=said) if said else None
        try:
            await self._context.client.change_presence(activity=activity)
        except (OSError, discord.DiscordException) as error:  # the websocket is closing
            log.info("the presence has to wait: %r", error)
            return TICK_S
        self._shown = said
        return APART_S

    def look_again(self) -> None:
        """Take in that Discord has forgotten the presence, because a new session has none."""
        self._shown = ""
