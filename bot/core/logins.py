"""The pace of logins. Discord allows 1,000 IDENTIFY a day, and then takes the token from the bot."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import aiosqlite

from bot.core.memory import Memory

log = logging.getLogger(__name__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS logins (at TEXT NOT NULL) STRICT;
"""
DAY = timedelta(days=1)
FREE = 500  # logins within a day, after which they are spaced; so 788 at most are made in any 24 hours
APART = timedelta(minutes=5)


class LoginTooSoon(Exception):
    """The bot has logged in so often that the next time is `wait_s` seconds away."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s


def pause(before: Iterable[datetime], now: datetime) -> timedelta:
    """Return how long to wait for the next login after those before."""
    recent = [at for at in before if at > now - DAY]
    if len(recent) < FREE:
        return timedelta()
    return min(max(max(recent) + APART - now, timedelta()), APART)  # the clock may have been set back


class Logins:
    """The logins of the last day, which outlive the process, because a bot that crashes at once makes the most."""

    def __init__(self, memory: Memory, clock: Callable[[], datetime]) -> None:
        self._memory, self._clock = memory, clock

    async def check(self) -> None:
        """Raise LoginTooSoon when a login has to wait."""
        now = self._clock()
        try:
            await self._memory.write("DELETE FROM logins WHERE at <= ?", ((now - DAY).isoformat(),))
            before = [datetime.fromisoformat(str(at)) for (at,) in await self._memory.rows("SELECT at FROM logins")]
        except aiosqlite.Error as error:
            log.warning("earlier logins are not known: %s", error)
            return
        if wait := pause(before, now):
            raise LoginTooSoon(wait.total_seconds())

    async def begin(self) -> None:
        """Note a login right before it is made. Raise LoginTooSoon."""
        await self.check()
        try:
            await self._memory.write("INSERT INTO logins VALUES (?)", (self._clock().isoformat(),))
        except aiosqlite.Error as error:
            log.warning("a login is not counted: %s", error)
