"""The Discord client as interactions see it: the base of `bot.app.Bot`, without the services' classes."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, TypeAlias, TypeVar, cast

import discord

from bot.core.context import Context
from bot.core.limits import REQUEST_S, Limits
from bot.core.reception import Reception

S = TypeVar("S")
log = logging.getLogger(__name__)

FINISH_S = 5  # time for running commands to end once the bot is told to stop


class Client(discord.Client):
    """The client with the context, and with the services that commands call, each found by its class."""

    context: Context

    def __init__(self, **options: Any) -> None:
        self._limits = Limits()
        super().__init__(**options, http_trace=self._limits.trace, max_ratelimit_timeout=REQUEST_S)
        self.reception = Reception()
        self._services: dict[type, object] = {}
        self._working = set[asyncio.Task[Any]]()

    def provide(self, *services: object) -> None:
        self._services |= {type(service): service for service in services}

    def service(self, kind: type[S]) -> S:
        return cast(S, self._services[kind])

    async def login(self, token: str) -> None:
        self._limits.watch(self.http)
        await super().login(token)

    def work(self) -> None:
        """Make `close` wait for the current task, which discord.py owns: it may hold a config not yet delivered."""
        task = asyncio.current_task()
        assert task
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def close(self) -> None:
        if self._working:
            log.info("finishing %s commands", len(self._working))
            await asyncio.wait(self._working, timeout=FINISH_S)
        await super().close()


Interaction: TypeAlias = discord.Interaction[Client]
