"""Exponential backoff: the pauses between tries."""

from __future__ import annotations

import random
from collections.abc import Iterator


def delays(first_s: float, longest_s: float) -> Iterator[float]:
    """Yield pauses in seconds without end, each about twice the last, up to `longest_s`.

    They are random, so that many clients do not come back at once.
    """
    while True:
        yield first_s * random.uniform(0.5, 1)  # noqa: S311 - spreads load, guards nothing
        first_s = min(2 * first_s, longest_s)
