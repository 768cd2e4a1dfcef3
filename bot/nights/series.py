"""A series of game nights as the bot stores it, and what follows for its port and its event. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from bot.nights.schedule import Every, Night, upcoming
from gateway.api.contract import Actor, AddForward, PeerInfo
from gateway.model import Duration, PortSpec, Protocol


class Ending(StrEnum):
    """Why a series is over. The values stand in the bot's database."""

    STOPPED = "stopped"
    """Its owner or an admin ended it."""
    DEVICE = "device"
    """Its device is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A port that opens and closes by itself on every night of a schedule. A night is known by its start."""

    owner: str
    """The member's id."""
    owner_name: str
    peer_id: int
    """The device's id, which stays when the device gets another name."""
    device: str
    """The device's name when the series was made."""
    ports: tuple[PortSpec, ...]
    protocol: Protocol
    to_port: int | None = None
    to_ports: tuple[int, ...] = ()
    """As in `AddForward`."""
    label: str = ""
    friends_only: bool = False
    channel: int | None = None
    """The channel that gets a match card on each night; None: no channel."""
    every: Every
    length: Duration
    """How long a night is; never for ever."""
    opened: datetime | None = None
    """The night that was opened last."""
    forwards: tuple[int, ...] = ()
    """The ids of the forwards of that night."""
    told: datetime | None = None
    """The last night whose owner was told that the port does not open."""
    event: int = 0
    """The id of Discord's event; 0 without one."""
    event_of: datetime | None = None
    """The night that the event is of. It stays when an event was deleted, which is not made again."""
    event_at: str = ""
    """The address that the event shows."""
    is_event_on: bool = False
    announced: datetime | None = None
    """The last night that got its match card, or could not get one."""
    ending: Ending | None = None
    """Why the series is over; its event and its row go once Discord knows."""

    def night(self, now: datetime, zone: tzinfo) -> Night:
        """Return the night that is on, or else the next one."""
        assert self.length.length
        return upcoming(self.every, self.length.length, now, zone)

    def request(self, actor: Actor, peer: PeerInfo, duration: Duration) -> AddForward:
        return AddForward(
            actor=actor,
            ports=self.ports,
            protocol=self.protocol,
            to_port=self.to_port,
            to_ports=self.to_ports,
            device=peer.device,
            duration=duration,
            label=self.label,
            friends_only=self.friends_only,
        )


class Stage(StrEnum):
    """What a series does now."""

    WAITS = "waits"
    """The next night is to come."""
    OPENS = "opens"
    """A night is on and its port is to be opened."""
    ON = "on"
    """A night is on and its port is open."""
    OVER = "over"
    """The port of the night was closed before its end, by its owner or an admin."""
    PAUSED = "paused"
    """The owner has no access at present, so nothing opens."""


def stage(series: Series, night: Night, now: datetime, *, is_open: bool, is_suspended: bool) -> Stage:
    """Return the stage. `is_open`: a forward of the last opened night is open."""
    if is_suspended:
        return Stage.PAUSED
    if now < night.start:
        return Stage.WAITS
    if series.opened != night.start:
        return Stage.OPENS
    return Stage.ON if is_open else Stage.OVER


@dataclass(frozen=True, slots=True)
class Wanted:
    """The event that Discord should have."""

    night: Night
    is_on: bool = False


def wanted(series: Series, night: Night, at: Stage, zone: tzinfo) -> Wanted | None:
    """Return the event that the members should see; None without one.

    The event of a night whose port does not open yet stays as it is.
    """
    match at:
        case Stage.PAUSED:
            return None
        case Stage.OVER:
            return Wanted(series.night(night.end, zone))
        case _:
            return Wanted(night, is_on=at is Stage.ON)
