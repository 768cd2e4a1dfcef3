"""The record of requests and violations, and the way a test waits for a change."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 30.0  # seconds: the wait for a change that should come at once, on a machine that may be busy


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and its outcome; `code` is Discord's JSON error code, 0 without one.

    `reason` is the text that the bot gave for Discord's audit log.
    """

    method: str
    path: str
    status: int
    code: int = 0
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status}{f' ({self.code})' if self.code else ''}"


@dataclass(slots=True)
class Journal:
    """Every request in order, and every violation as a sentence."""

    exchanges: list[Exchange] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)


CROWD, CROWD_PAUSE_S = 20, 0.02


class Changes:
    """Wakes the waiting conditions after each change."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def until(self, look: Callable[[], T | None], timeout: float = PATIENCE) -> T:
        """Wait until `look` returns a value, and return it; raise TimeoutError.

        `look` may raise to give up early.
        """
        async with asyncio.timeout(timeout):
            while (found := look()) is None:
                future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiting.add(future)
                try:
                    await future
                    if len(self._waiting) > CROWD:  # else every change makes each of many conditions look at once
                        await asyncio.sleep(CROWD_PAUSE_S)
                finally:
                    self._waiting.discard(future)
        return found
