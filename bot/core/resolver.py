"""Looks up names for the connections to Discord, in threads that no end of the bot waits for.

A lookup that no name server answers cannot be cancelled, and takes ten seconds and more. The loop's own threads and
those of `concurrent.futures` are waited for when a process ends.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar, cast

import aiohttp

T = TypeVar("T")


def resolver() -> aiohttp.ThreadedResolver:
    """Return the resolver for a connector of aiohttp."""
    return aiohttp.ThreadedResolver(loop=cast(Any, _Lookups()))


class _Lookups:
    """Stands for the loop, of which the resolver wants no more."""

    async def getaddrinfo(self, *args: Any, **options: Any) -> Any:
        return await _in_daemon(partial(socket.getaddrinfo, *args, **options))

    async def getnameinfo(self, *args: Any) -> Any:
        return await _in_daemon(partial(socket.getnameinfo, *args))


async def _in_daemon(work: Callable[[], T]) -> T:
    """Return what `work` returns in a daemon thread of its own."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: Exception | None) -> None:
        if outcome.done():  # cancelled meanwhile
            return
        if error:
            outcome.set_exception(error)
        else:
            outcome.set_result(cast(T, result))

    def run() -> None:
        result, problem = None, None
        try:
            result = work()
        except Exception as error:
            problem = error
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, result, problem)

    threading.Thread(target=run, name="lookup", daemon=True).start()
    return await outcome
