"""What has moved: bytes and players of devices and forwards in times past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from gateway.api.contract import ForwardId, Id, PeerId, Request

_MINUTE, _HOUR, _DAY = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)
_EPOCH = datetime.fromtimestamp(0, UTC)


class Period(StrEnum):
    """How far back a history goes."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"

    @property
    def length(self) -> timedelta:
        return _LENGTHS[self]

    @property
    def step(self) -> timedelta:
        """Return how long each of its steps is. Steps begin at multiples of it in UTC."""
        return {Period.DAY: _MINUTE, Period.YEAR: _DAY}.get(self, _HOUR)


_LENGTHS = {
    Period.DAY: timedelta(days=1),
    Period.WEEK: timedelta(days=7),
    Period.MONTH: timedelta(days=31),
    Period.YEAR: timedelta(days=366),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What moved from `at` on, within one step."""

    at: datetime
    rx_bytes: int = 0  # received: from the devices, or from the players of one forward
    tx_bytes: int = 0  # sent to them
    players: int = 0  # the most at a time
    played_s: int = 0  # seconds with at least one player
    online_s: int = 0  # seconds that devices were connected, of all devices together
    playing_s: int = 0  # seconds in which a device of the member was a player, also at others' ports

    def joined(self, other: Step) -> Step:
        """Return both as one that begins with this one."""
        return Step(
            at=self.at,
            rx_bytes=self.rx_bytes + other.rx_bytes,
            tx_bytes=self.tx_bytes + other.tx_bytes,
            players=max(self.players, other.players),
            played_s=self.played_s + other.played_s,
            online_s=self.online_s + other.online_s,
            playing_s=self.playing_s + other.playing_s,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The answer to GetHistory."""

    period: Period
    until: datetime  # the gateway's time
    step_s: int  # seconds
    steps: tuple[Step, ...]  # the oldest first, without those in which nothing moved
    keeps_playing: bool = False  # the member asked for `playing_s`, which is kept since then

    def in_steps_of(self, length: timedelta) -> tuple[Step, ...]:
        """Return the whole period in steps of this length, also those in which nothing moved. No sum changes.

        `length` is a multiple of the step. The last one holds `until`.
        """
        step = timedelta(seconds=self.step_s)
        last, each, count = (self.until - _EPOCH) // step, length // step, -(-self.period.length // length)
        begins = [_EPOCH + step * (last + 1 - each * (count - number)) for number in range(count)]
        joined = [Step(at=at) for at in begins]
        for found in self.steps:
            back = (last - (found.at - _EPOCH) // step) // each
            number = max(0, count - 1 - back)
            joined[number] = joined[number].joined(found)
        return tuple(joined)

    @property
    def total(self) -> Step:
        """Return everything as one step."""
        total = Step(at=self.until - self.period.length)
        for each in self.steps:
            total = total.joined(each)
        return total


@dataclass(frozen=True, slots=True, kw_only=True)
class GetHistory(Request[History]):
    """Return what moved at the devices and forwards of a member, also at those that are gone.

    Members see what is theirs, and for anything else nothing.
    """

    operation: ClassVar[str] = "history"
    period: Period = Period.DAY
    owner: Id | None = None  # for admins: another member's id; None is the actor
    everyone: bool = False  # for admins: all members together, unless `owner` names one
    device: PeerId | None = None  # only the device with this id, and its forwards
    forward: ForwardId | None = None  # only the forward with this id


@dataclass(frozen=True, slots=True, kw_only=True)
class Playing:
    """The answer to KeepPlaying."""

    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepPlaying(Request[Playing]):
    """Begin to keep how long the actor plays, or end it and delete what was kept."""

    operation: ClassVar[str] = "keep_playing"
    keep: bool
