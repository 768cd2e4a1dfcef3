"""Pauses between tries grow, differ, and have an upper limit."""

from __future__ import annotations

from itertools import islice

from gateway.backoff import delays


def test_pauses_double_up_to_the_longest() -> None:
    """Randomness shortens each pause by at most a half."""
    steps = (1, 2, 4, 8, 16, 32, 60, 60, 60)
    for step, pause_s in zip(steps, delays(1, 60), strict=False):
        assert step / 2 <= pause_s <= step


def test_two_waiting_clients_do_not_come_back_together() -> None:
    assert list(islice(delays(1, 60), 5)) != list(islice(delays(1, 60), 5))
