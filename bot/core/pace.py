"""When a message that is kept up to date may be edited next, and what a refusal of Discord's means for it.

Discord takes 5 edits in 5 s for a channel. It takes few edits of messages older than an hour: code 30046 of its list
of JSON error codes. It does not say how many, and counts what it refuses.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

import discord

EDIT_S = 10.0  # between two edits of one message
OLD, OLD_EDIT_S = timedelta(hours=1), 120.0
LOST_EDIT_S = 300.0  # between two attempts where a permission is missing


class Refusal(Enum):
    """What becomes of a message whose edit Discord refused."""

    WAITS = auto()
    """The same edit may work later."""
    LOST = auto()
    """The bot may not write there, until an admin gives it a permission."""
    GONE = auto()
    """The message or its channel is deleted."""


@dataclass(slots=True)
class Pace:
    """The pace of one message."""

    edited_at: float = float("-inf")
    """The loop's time of the last edit; later where Discord asked for a longer pause."""
    is_lost: bool = False
    """A permission was missing at the last edit."""

    def left_s(self, message: int, now: datetime, *, is_last: bool = False) -> float:
        """Return the seconds until the message with this id may be edited; `now` is the present time.

        `is_last`: the edit is the message's last one, which waits only for what Discord asked for.
        """
        is_old = discord.utils.snowflake_time(message) < now - OLD
        pause_s = 0.0 if is_last else OLD_EDIT_S if is_old else EDIT_S
        return self.edited_at + pause_s - asyncio.get_running_loop().time()

    def begin(self) -> None:
        """Take in that an edit begins."""
        self.edited_at = asyncio.get_running_loop().time()

    def refused(self, error: Exception, *, is_final: bool) -> Refusal:
        """Take in that Discord refused the edit. `is_final`: it would refuse the same edit again."""
        if not is_final:
            if isinstance(error, discord.RateLimited):
                self.edited_at += error.retry_after
            return Refusal.WAITS
        if isinstance(error, discord.Forbidden):
            self.is_lost = True
            self.edited_at += LOST_EDIT_S
            return Refusal.LOST
        return Refusal.GONE

    def look_again(self) -> None:
        """Take in that the bot may have got the missing permission."""
        if self.is_lost:
            self.edited_at = float("-inf")
