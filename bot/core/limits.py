"""Waits for rate limits that discord.py does not wait for: Cloudflare's page, a limit of the whole bot, a long one.

Cloudflare stands before Discord and turns an address away that asks too often, with an HTML page on every route.
discord.py takes that for an error. It raises RateLimited for a limit longer than its `max_ratelimit_timeout`, and makes
the next request all the same. Answers to interactions go another way through discord.py, with neither.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
from discord.http import Route
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

log = logging.getLogger(__name__)

# The longest wait for a rate limit inside a request; discord.py takes no less. A longer one raises RateLimited.
REQUEST_S = 30.0
CALLBACK_S = 2.0  # for an acknowledgement, which Discord takes for 3 seconds
ANSWER_S = 600.0  # for an answer, whose token is good for 15 minutes
UNTOLD_S = 60.0  # for a page that does not say how long
PAGE = "text/html"


class Limits:
    """The limits of one client. `trace` sees the answer to every request of its HTTP session, websockets included."""

    def __init__(self) -> None:
        self.trace = aiohttp.TraceConfig()
        self.trace.on_request_end.append(self._seen)
        # The loop's time until which no request is made: from this address, by the bot, and by route.
        self._address = self._bot = float("-inf")
        self._routes: dict[tuple[str, str], float] = {}

    def watch(self, http: discord.http.HTTPClient) -> None:
        """Make the client's requests, websockets and answers wait. discord.py has no hook for it."""
        http.request = _Request(self, http.request)  # type: ignore[method-assign]
        http.ws_connect = _Connect(self, http.ws_connect)  # type: ignore[method-assign]
        async_context.set(_Adapter(self))  # the tasks of the client inherit it

    async def _seen(self, _: object, __: SimpleNamespace, params: aiohttp.TraceRequestEndParams) -> None:
        response, now = params.response, asyncio.get_running_loop().time()
        if response.status != 429:
            return
        until = now + _seconds(response.headers.get("Retry-After"))
        if not response.headers.get("Via") or response.content_type == PAGE:
            if now >= self._address:
                log.warning("Cloudflare turns requests to Discord away, waiting %.0f s", until - now)
            self._address = max(self._address, until)
        elif response.headers.get("X-RateLimit-Scope") == "global":
            self._bot = max(self._bot, until)

    def left(self, route: Route | None = None) -> float:
        """Return the seconds until a request may be made. Websockets and interactions have no `route`.

        They are free of the bot's limit.
        """
        until = self._address if route is None else max(self._address, self._bot, self._routes.get(_key(route), 0.0))
        return until - asyncio.get_running_loop().time()

    def close(self, route: Route, seconds: float) -> None:
        self._routes[_key(route)] = asyncio.get_running_loop().time() + seconds

    async def wait(self, most_s: float, route: Route | None = None) -> None:
        """Wait until a request may be made; raise RateLimited when that takes longer than `most_s`."""
        while (left := self.left(route)) > 0:
            if left > most_s:
                raise discord.RateLimited(left)
            await asyncio.sleep(left)

    async def patiently(
        self,
        attempt: Callable[[], Awaitable[Any]],
        files: Sequence[discord.File] | None,
        most_s: float,
        route: Route | None = None,
    ) -> Any:
        """Return what `attempt` returns, and repeat it for as long as it is turned away."""
        while True:
            await self.wait(most_s, route)
            try:
                return await attempt()
            except discord.HTTPException as error:
                if error.response.headers.get("Content-Type", "").startswith(PAGE):
                    error.text = error.response.reason or ""  # else every line about it in the log quotes the page
                    error.args = (f"{error.status} {error.text} (HTML)",)
                if error.status != 429 or self.left(route) <= 0:
                    raise
            for file in files or ():
                file.reset(seek=True)


class _Request:
    """All requests but those of interactions."""

    def __init__(self, limits: Limits, request: Callable[..., Awaitable[Any]]) -> None:
        self._limits, self._request = limits, request

    async def __call__(self, route: Route, *, files: Sequence[discord.File] | None = None, **options: Any) -> Any:
        try:
            return await self._limits.patiently(
                lambda: self._request(route, files=files, **options), files, REQUEST_S, route
            )
        except discord.RateLimited as error:
            self._limits.close(route, error.retry_after)
            raise


class _Connect:
    """Every websocket."""

    def __init__(self, limits: Limits, connect: Callable[..., Awaitable[Any]]) -> None:
        self._limits, self._connect = limits, connect

    async def __call__(self, url: str, **options: Any) -> Any:
        while True:
            await self._limits.wait(float("inf"))
            try:
                return await self._connect(url, **options)
            except aiohttp.WSServerHandshakeError as error:
                if error.status != 429 or self._limits.left() <= 0:
                    raise


class _Adapter(AsyncWebhookAdapter):
    """The acknowledgements and answers of interactions."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._limits = limits

    async def request(
        self,
        route: Route,
        session: aiohttp.ClientSession,
        *,
        files: Sequence[discord.File] | None = None,
        **options: Any,
    ) -> Any:
        most_s = CALLBACK_S if route.path.endswith("/callback") else ANSWER_S
        attempt = super().request
        return await self._limits.patiently(lambda: attempt(route, session, files=files, **options), files, most_s)


def _key(route: Route) -> tuple[str, str]:
    return route.key, route.major_parameters


def _seconds(text: str | None) -> float:
    """Read a Retry-After, which may be a date as well."""
    with suppress(ValueError):
        return max(float(text or UNTOLD_S), 0.0)
    return UNTOLD_S
