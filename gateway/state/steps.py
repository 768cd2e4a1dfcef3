"""Steps of the loop for work over thousands of things."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

T = TypeVar("T")

AT_ONCE = 100  # things in one step of the loop


async def in_steps(items: Iterable[T]) -> AsyncIterator[T]:
    """Yield the items. Other work of the loop gets its turn now and then."""
    for number, item in enumerate(items, 1):
        yield item
        if number % AT_ONCE == 0:
            await asyncio.sleep(0)
