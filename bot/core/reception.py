"""Takes in interactions: each once, and the work on them after the acknowledgement of all that wait.

Discord gives 3 seconds for an acknowledgement. In a burst of interactions the work of the first ones would make the
last one miss that. After a reconnect Discord may send an event a second time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CONNECTIONS = 100  # connections to Discord at once: with a few hundred, the loop does little but TLS handshakes
REMEMBERED = 4096  # interactions whose second arrival is noticed
PATIENCE_S = 1.0  # an acknowledgement that Discord is slow to take delays the others no longer than this


class Reception:
    """Knows the last interactions, and counts those that are being acknowledged."""

    def __init__(self) -> None:
        self._known = dict[int, None]()  # ids, oldest first
        self._count = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def is_first(self, interaction_id: int) -> bool:
        """Report whether the interaction arrives for the first time."""
        is_first = interaction_id not in self._known
        self._known[interaction_id] = None
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
        return is_first

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
