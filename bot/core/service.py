"""Services: parts of the bot that run as long as it does, without a caller. A service looks, acts, pauses, repeats."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Never, Protocol, TypeVar

from bot.core.live import Follower, Turn
from gateway.backoff import delays
from gateway.errors import GatewayError

log = logging.getLogger(__name__)

FINISH_S = 5.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
T = TypeVar("T")


class Service(Protocol):
    """A part with a `run` of its own."""

    async def run(self) -> Never:
        """Work until cancelled. `alongside` calls it again after it has raised."""


async def repeat(look: Callable[[], Awaitable[float]], what: str, *, otherwise_s: float) -> Never:
    """Call `look` for ever; it returns the seconds until the next call.

    After an error the next call comes after `otherwise_s`. Every error is logged, but a gateway that stays away only
    once. `what` names the work in the log.
    """
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


async def attend(
    follower: Follower, act: Callable[[Turn], Awaitable[float | None]], what: str, *, otherwise_s: float
) -> Never:
    """Call `act` with each turn of the gateway, for ever.

    It returns the seconds after which it wants a turn though nothing happened; None is never. The first turn is anew,
    and so is the one after an error, which comes after `otherwise_s`.
    """
    within_s: float | None = None
    follower.wake()

    async def look() -> float:
        nonlocal within_s
        turn = await follower.next(within_s)
        try:
            within_s = await act(turn)
        except Exception:
            follower.wake()
            raise
        return 0

    await repeat(look, what, otherwise_s=otherwise_s)


async def finish(work: Coroutine[Any, Any, T]) -> T:
    """Await `work`; when cancelled, give it `FINISH_S` seconds to end before raising.

    A message that was sent has to be remembered in the database, also when the bot stops in between.
    """
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=FINISH_S)
        task.cancel()
        (outcome,) = await asyncio.gather(task, return_exceptions=True)
        if isinstance(outcome, Exception):
            log.error("what the stop interrupted broke", exc_info=outcome)
        raise


@asynccontextmanager
async def alongside(*services: Service) -> AsyncIterator[None]:
    """Run the services as long as the block.

    A TaskGroup would wrap the block's exception; unwrapped, `bot.__main__` can tell a wrong token from an outage.
    """
    tasks = [asyncio.create_task(_keep(service)) for service in services]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)  # `_keep` has logged them


async def _keep(service: Service) -> Never:
    """Run the service; when it raises, log the cause and run it again after a pause."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    pauses = delays(FIRST_PAUSE_S, LONGEST_PAUSE_S)
    while True:
        begun = loop.time()
        try:
            # A task of its own, because a group's broken task leaves a cancellation counted in Python 3.11.2.
            await asyncio.create_task(service.run())
        except Exception:
            if loop.time() - begun > LONGEST_PAUSE_S:
                pauses = delays(FIRST_PAUSE_S, LONGEST_PAUSE_S)
            pause_s = next(pauses)
            log.exception("%s broke; it begins again in %.1f s", type(service).__name__, pause_s)
            if task and task.cancelling():
                raise
            await asyncio.sleep(pause_s)
