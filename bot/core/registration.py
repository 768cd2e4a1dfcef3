"""Registers the commands with the server, and again when the bot comes back to it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any, Never

import discord
from discord import app_commands

from bot.core.interaction import DISCORD_FAILURES
from bot.core.service import repeat

log = logging.getLogger(__name__)

RETRY_S = 5.0
REFUSED_S = 3600.0  # Discord counts requests that it refuses


class Registration:
    """The service. Where Discord refuses, it waits until the bot is invited, and all else goes on."""

    def __init__(self, tree: app_commands.CommandTree[Any], guild_id: int) -> None:
        self._tree, self._guild = tree, discord.Object(guild_id)
        self._is_due = asyncio.Event()
        self._is_due.set()
        self._is_done = False
        self._is_told = False  # the refusal is in the log

    def arrive(self) -> None:
        """Take in that the bot is on the server."""
        if not self._is_done:
            self._is_due.set()

    def leave(self) -> None:
        """Take in that the bot was removed from the server, which takes its commands."""
        self._is_done = False
        self._complain(f"the bot was removed from the server {self._guild.id}")

    async def run(self) -> Never:
        await repeat(self._look, "registering the commands", otherwise_s=RETRY_S)

    async def _look(self) -> float:
        with suppress(TimeoutError):
            async with asyncio.timeout(None if self._is_done else REFUSED_S):
                await self._is_due.wait()
        self._is_due.clear()
        try:
            await self._tree.sync(guild=self._guild)
        except (discord.Forbidden, discord.NotFound):
            self._complain(f"Discord lets the bot add no commands to the server {self._guild.id} of discord.guild")
        except DISCORD_FAILURES as error:
            log.warning("the commands could not be registered, trying again: %s", " ".join(str(error).split()))
            self._is_due.set()
            return RETRY_S
        else:
            self._is_done, self._is_told = True, False
        return 0

    def _complain(self, what: str) -> None:
        if not self._is_told:
            log.warning(
                "%s: invite it there with the scopes bot and applications.commands. The gateway and all matches go on",
                what,
            )
        self._is_told = True
