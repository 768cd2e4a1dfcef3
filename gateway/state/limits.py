"""What one owner may have: how many, how often, and for how long. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from gateway.errors import BeyondLimit, LimitReached, TooManyJoins
from gateway.model import Duration, Forward, PortSpec

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
REMEMBER_GUESTS = timedelta(days=30)  # from the end of a guest's time until the owner may be a guest again
MOST_GUESTS = 10_000  # remembered ones of all together, since no device counts them


def check_limit(limit: int, what: str, held: int, more: int) -> None:
    """Raise LimitReached, or BeyondLimit, when `more` exceeds what is left of the limit."""
    if held + more > limit:
        raise (LimitReached if more <= limit else BeyondLimit)(limit=limit, what=what, left=max(0, limit - held))


def ports_in(forwards: Iterable[Forward | PortSpec]) -> int:
    """Return the number of public ports."""
    return sum(len(each.ports) for each in forwards)


def recent_joins(joins: Mapping[str, tuple[datetime, ...]], now: datetime) -> dict[str, tuple[datetime, ...]]:
    """Return the joins of the last hour, by owner."""
    recent = {owner: tuple(at for at in times if now - HOUR < at <= now) for owner, times in joins.items()}
    return {owner: times for owner, times in recent.items() if times}


def check_joins(limit: int, joins: tuple[datetime, ...], now: datetime) -> None:
    """Raise TooManyJoins when the owner's joins of the last hour reach the limit."""
    if len(joins) >= limit:
        left = joins[-limit] + HOUR - now
        raise TooManyJoins(limit=limit, wait=str(Duration(-(-left // MINUTE) * MINUTE)))


def remembered_guests(guests: Mapping[str, datetime], now: datetime) -> dict[str, datetime]:
    """Return the ends of guests, without those of long ago."""
    return {owner: end for owner, end in guests.items() if end + REMEMBER_GUESTS > now}


def earliest(*ends: datetime | None) -> datetime | None:
    """Return the earliest end. None is never."""
    return min(filter(None, ends), default=None)
