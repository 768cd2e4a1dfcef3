"""Says in the log that the bot works on its server, and what is wrong there; and keeps a sign of life for others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Never

import discord

from bot.core import names, needs
from bot.core.context import Context
from bot.core.live import Turn
from bot.core.needs import Lack, Need
from bot.core.service import attend, repeat
from bot.core.words import Words
from gateway.errors import why
from gateway.network import is_private

log = logging.getLogger(__name__)

SETTLE_S = 30.0  # the longest wait for the commands to be registered, and for the gateway
RETRY_S = 5.0
BEAT_S = 15.0


class Ready:
    """The service that tells of a new session in one line. A session that finds the same again gets none.

    `registered` waits until the commands were registered or refused, and returns what is wrong with them.
    """

    def __init__(self, context: Context, registered: Callable[[], asyncio.Future[str]], *, has_events: bool) -> None:
        self._context, self._registered, self._has_events = context, registered, has_events
        self._is_due = asyncio.Event()
        self._said = ""

    def arrive(self) -> None:
        """Take in that the server is available."""
        self._is_due.set()

    def lacks(self, guild: discord.Guild) -> tuple[Lack, ...]:
        """Return what the bot lacks on the server now."""
        directory = self._context.directory
        found = needs.lacks(self._context.section, directory.role, directory.channel, needs.seen(guild))
        return (*found, *([] if self._has_events else [Lack(Need.EVENTS)]))

    async def run(self) -> Never:
        await repeat(self._look, "saying what is ready", otherwise_s=RETRY_S)

    async def _look(self) -> float:
        await self._is_due.wait()
        self._is_due.clear()
        words = self._context.speech.languages.english
        problem = words("ready-not-registered")
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_S):
                problem = await asyncio.shield(self._registered())
        guild = self._context.guild()
        if guild is None:
            return 0
        wrong = [*([problem] if problem else []), *self._on_server(guild, words), *await self._at_gateway(words)]
        line = words("ready", name=guild.name)
        if wrong:
            line = words("ready-wrong", name=guild.name, count=len(wrong), reason=" ".join(wrong))
        if line != self._said:
            log.info("%s", line)
        self._said = line
        return 0

    def _on_server(self, guild: discord.Guild, words: Words) -> Iterator[str]:
        """Yield what is wrong with roles, channels, permissions and intents."""
        for finding in self._context.directory.findings:
            yield names.describe(words, finding, for_discord=False)
        for lack in self.lacks(guild):
            yield needs.describe(words, lack)

    async def _at_gateway(self, words: Words) -> list[str]:
        try:
            async with asyncio.timeout(SETTLE_S):
                view = await self._context.live.there()
        except TimeoutError:
            return [words("ready-no-gateway", code=self._context.live.reason)]
        found = [str(problem) for problem in view.own.problems]
        for part in view.each:
            with suppress(ValueError):  # a name
                if is_private(ip_address(part.own.public_address)):
                    found.append(words("ready-private-address", address=part.own.public_address))
        return found


class Heartbeat:
    """The service that touches a file as long as the bot is connected to Discord and the gateway's stream is alive.

    A container's health is judged by the age of that file.
    """

    def __init__(self, context: Context, file: Path) -> None:
        self._context, self._file = context, file

    async def run(self) -> Never:
        await attend(self._context.live.follow(), self._beat, "the sign of life", otherwise_s=BEAT_S)

    async def _beat(self, _: Turn) -> float:
        websocket = self._context.client.ws
        if self._context.client.is_ready() and websocket.open and self._context.live.view:
            try:
                await asyncio.to_thread(self._file.touch)
            except OSError as error:
                log.error("%s cannot be written (%s), so the container looks unhealthy", self._file, why(error))
        return BEAT_S
