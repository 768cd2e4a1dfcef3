"""What the bot does without being asked: look, act, pause, for as long as it runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Never, TypeVar

from gateway.errors import GatewayError

log = logging.getLogger(__name__)

FINISH_S = 5.0
T = TypeVar("T")


async def repeat(look: Callable[[], Awaitable[float]], what: str, *, otherwise_s: float) -> Never:
    """`look` returns the seconds until the next one. A gateway that is away is mentioned once, everything else that
    breaks is logged; either way it is tried again after `otherwise_s`."""
    is_away = False
    while True:
        pause_s = otherwise_s
        try:
            pause_s = await look()
            is_away = False
        except GatewayError as error:
            if not is_away:
                log.info("%s has to wait: %s", what, error.code)
            is_away = True
        except Exception:
            log.exception("%s broke", what)
        await asyncio.sleep(pause_s)


async def finish(work: Coroutine[Any, Any, T]) -> T:
    """Let it end even when the bot is told to stop in the middle: what was sent has to be remembered."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=FINISH_S)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise


@asynccontextmanager
async def alongside(*services: Coroutine[Any, Any, Never]) -> AsyncIterator[None]:
    """Unlike a TaskGroup, leave what the block raises as it is, for whoever tells a wrong token from an outage."""
    tasks = [asyncio.create_task(service) for service in services]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
