"""Waiting for the bot in tests: on conditions, and never for one of discord.py's own pauses."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any

import discord.client
import discord.http
import discord.webhook.async_
import pytest

PATIENCE_S = 30  # a machine may be busy
MOMENT_S = 0.02


async def until(holds: Callable[[], object]) -> None:
    """Wait until the condition holds; it may be a coroutine function."""
    async with asyncio.timeout(PATIENCE_S):
        while not (await found if isawaitable(found := holds()) else found):
            await asyncio.sleep(0.005)


def counted(monkeypatch: pytest.MonkeyPatch, owner: type, method: str) -> Callable[[], int]:
    """Return a function that tells how often a coroutine method has ended, by return or by exception."""
    original: Callable[..., Awaitable[Any]] = getattr(owner, method)
    count = 0

    async def counting(*args: Any) -> Any:
        nonlocal count
        try:
            return await original(*args)
        finally:
            count += 1

    monkeypatch.setattr(owner, method, counting)
    return lambda: count


async def again(count: Callable[[], int]) -> None:
    """Wait until a whole counted call has happened."""
    before = count()
    await until(lambda: count() >= before + 2)  # the first of the two may have begun before


class _Asyncio:
    """The module asyncio with a `sleep` that is short for delays of the given types."""

    def __init__(self, *own: type) -> None:
        self._own = own

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, delay: float) -> None:
        await asyncio.sleep(min(delay, MOMENT_S) if isinstance(delay, self._own) else delay)


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten discord.py's own pauses before another attempt, but not those that Discord asks for.

    In its HTTP code its own pauses are ints, and Discord's are floats.
    """
    monkeypatch.setattr(discord.client, "asyncio", _Asyncio(int, float))
    for module in (discord.http, discord.webhook.async_):
        monkeypatch.setattr(module, "asyncio", _Asyncio(int))
