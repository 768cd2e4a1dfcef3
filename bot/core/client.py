"""The Discord client as interactions see it: the base of `bot.app.Bot`, without the services' classes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, TypeVar, cast

import discord
from discord.http import Route

from bot.core.context import Context
from bot.core.reception import Reception

S = TypeVar("S")
log = logging.getLogger(__name__)

FINISH_S = 5  # time for running commands to end once the bot is told to stop


class Patient:
    """Makes requests, and none before the end of a rate limit that is too long to wait for.

    discord.py raises RateLimited for such a limit, and would make the next request all the same.
    """

    def __init__(self, request: Callable[..., Awaitable[Any]]) -> None:
        self._request = request
        self._closed_until: dict[tuple[str, str], float] = {}  # the loop's time, by route and major parameters

    async def __call__(self, route: Route, **options: Any) -> Any:
        key, now = (route.key, route.major_parameters), asyncio.get_running_loop().time()
        if (left := self._closed_until.get(key, now) - now) > 0:
            raise discord.RateLimited(left)
        try:
            return await self._request(route, **options)
        except discord.RateLimited as error:
            self._closed_until[key] = asyncio.get_running_loop().time() + error.retry_after
            raise


class Client(discord.Client):
    """The client with the context, and with the services that commands call, each found by its class."""

    context: Context

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # discord.py has no hook for it, and every request but those of interactions passes here.
        self.http.request = Patient(self.http.request)  # type: ignore[method-assign]
        self.reception = Reception()
        self._services: dict[type, object] = {}
        self._working = set[asyncio.Task[Any]]()

    def provide(self, *services: object) -> None:
        self._services |= {type(service): service for service in services}

    def service(self, kind: type[S]) -> S:
        return cast(S, self._services[kind])

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
