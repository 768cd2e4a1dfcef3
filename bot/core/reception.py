"""Delays the work on interactions while others wait for their acknowledgement, for which Discord gives 3 seconds.

In a burst of interactions the work of the first ones would make the last one miss that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CONNECTIONS = 100  # connections to Discord at once: with a few hundred, the loop does little but TLS handshakes
PATIENCE_S = 1.0  # an acknowledgement that Discord is slow to take delays the others no longer than this


class Reception:
    """Counts the interactions that are being acknowledged."""

    def __init__(self) -> None:
        self._count = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @contextmanager
    def acknowledging(self) -> Iterator[None]:
        """Count one interaction as long as the block."""
        self._count += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._idle.set()

    async def all_acknowledged(self) -> None:
        """Wait until no interaction is being acknowledged, at most `PATIENCE_S`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await self._idle.wait()
