"""Registers the commands with the server, and again when the bot comes back to it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Never

import discord
from discord import app_commands

from bot.core.hiding import hide
from bot.core.interaction import DISCORD_FAILURES
from bot.core.service import repeat

log = logging.getLogger(__name__)

RETRY_S = 5.0
SLASH = discord.AppCommandType.chat_input
REFUSED_S = 3600.0  # Discord counts requests that it refuses, and commands that are made in a day


class Registration:
    """The service. Where Discord refuses, all else goes on, and it waits until the bot is invited.

    `names`: the English name of each slash command by its name in each language. `ids` gets the ids, by the same names.
    """

    def __init__(
        self, tree: app_commands.CommandTree[Any], guild_id: int, names: Mapping[str, str], ids: dict[str, int]
    ) -> None:
        self._tree, self._guild, self._names, self._ids = tree, discord.Object(guild_id), names, ids
        self._are_hidden = False
        self._is_due = asyncio.Event()
        self._is_refused = False
        self._told = ""  # the problem that the log tells
        self._outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def arrive(self) -> None:
        """Take in that the bot is on the server, maybe after a removal that it has not heard of."""
        self._is_due.set()

    def hide(self, *, are_hidden: bool) -> None:
        """Register the admins' commands as hidden from members, or as visible to all."""
        if are_hidden != self._are_hidden:
            self._are_hidden = are_hidden
            self._is_due.set()

    def leave(self) -> None:
        """Take in that the bot is not on the server."""
        self._complain(f"the bot is not on the server {self._guild.id} of discord.guild")

    def outcome(self) -> asyncio.Future[str]:
        """Return what ends with the first try, and tells its problem, or nothing."""
        return self._outcome

    @property
    def problem(self) -> str:
        """Return what is in the way of the commands now, as a sentence, or nothing."""
        return self._told and f"{self._told[:1].upper()}{self._told[1:]}."

    async def run(self) -> Never:
        await repeat(self._look, "registering the commands", otherwise_s=RETRY_S)

    async def _look(self) -> float:
        with suppress(TimeoutError):
            async with asyncio.timeout(REFUSED_S if self._is_refused else None):
                await self._is_due.wait()
        self._is_due.clear()
        self._is_refused = False
        pause_s = await self._sync()
        if not self._outcome.done():
            self._outcome.set_result(self.problem)
        return pause_s

    async def _sync(self) -> float:
        """Register the commands; return the seconds until the next look."""
        try:
            hide(self._tree.get_commands(guild=self._guild), are_hidden=self._are_hidden)
            registered = await self._tree.sync(guild=self._guild)
        except (discord.Forbidden, discord.NotFound):
            self._is_refused = True
            self._complain(f"Discord lets the bot add no commands to the server {self._guild.id}")
        except DISCORD_FAILURES as error:
            self._complain(" ".join(str(error).split()), is_invitation=False)
            if isinstance(error, discord.HTTPException) and error.status == 400:
                self._is_refused = True
                return 0
            self._is_due.set()
            return max(RETRY_S, error.retry_after) if isinstance(error, discord.RateLimited) else RETRY_S
        else:
            self._told = ""
            self._ids.clear()
            ids = {each.name: each.id for each in registered if each.type is SLASH}
            self._ids |= {name: ids[english] for name, english in self._names.items() if english in ids}
        return 0

    def _complain(self, problem: str, *, is_invitation: bool = True) -> None:
        """Log a problem once, until another one or a success follows. `is_invitation`: an invitation mends it."""
        if problem != self._told and is_invitation:
            log.warning(
                "%s: invite it there with the scopes bot and applications.commands. The gateway and all matches go on",
                problem,
            )
        elif problem != self._told:
            log.warning("the commands could not be registered, trying again: %s", problem)
        self._told = problem
