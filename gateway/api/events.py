"""The event stream: what is so, and then what changes, until one side ends it.

A subscription's lines are `News`. The first one is a snapshot, which the watcher takes instead of all that it knew.
Events follow, in order. Each tells how its device or forward is now, so one that comes twice does no harm. A watcher
that is too slow gets another snapshot, never a gap. A line without either is a sign of life.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import ClassVar

from gateway.api.contract import AuditEntry, ForwardStatus, PeerStatus, PolicyInfo, Status, Subscription
from gateway.codec import SPARSE
from gateway.model import Protocol
from gateway.problem import Problem

ALIVE_S = 10.0  # a line comes at least so often


class EventKind(StrEnum):
    """What happened. Beside each stands the field of `Event` that it is about."""

    PEER_ADDED = "peer-added"  # peer
    PEER_CHANGED = "peer-changed"  # peer: renamed, given, rotated, or with another end
    PEER_SUSPENDED = "peer-suspended"  # peer
    PEER_RESTORED = "peer-restored"  # peer
    PEER_REVOKED = "peer-revoked"  # peer, as it was last; also at its end
    PEER_CONNECTED = "peer-connected"  # peer
    PEER_DISCONNECTED = "peer-disconnected"  # peer
    PEER_MOVED = "peer-moved"  # peer: its endpoint changed
    FORWARD_OPENED = "forward-opened"  # forward
    FORWARD_CHANGED = "forward-changed"  # forward: another port or device, or another name of it or its owner
    FORWARD_EXTENDED = "forward-extended"  # forward
    FORWARD_CLOSED = "forward-closed"  # forward, as it was last
    FORWARD_EXPIRED = "forward-expired"  # forward, as it was last
    FIRST_PLAYER = "first-player"  # forward, player: the first one since the forward was opened
    PLAYER_JOINED = "player-joined"  # forward, player
    PLAYER_LEFT = "player-left"  # forward, player
    COUNTED = "counted"  # forward: other numbers than before; at most every 10 s for each
    AUDITED = "audited"  # entry
    PROBLEM_RAISED = "problem-raised"  # problem
    PROBLEM_CLEARED = "problem-cleared"  # problem
    GATEWAY_CHANGED = "gateway-changed"  # gateway
    GUESTS_CHANGED = "guests-changed"  # guests
    TRAFFIC = "traffic"  # traffic; at most every 10 s, and only while it changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """A player at a forward. No event gives one address two meanings: mask it before people see it."""

    protocol: Protocol
    address: IPv4Address | IPv6Address
    port: int
    since: datetime
    until: datetime | None = None  # None while the player is there
    rx_bytes: int | None = None  # sent by the player; None where the host does not count flows
    tx_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Bytes a second, of all devices together."""

    rx: float  # from devices
    tx: float  # to devices
    region: str = field(default="", metadata={SPARSE: True})  # as in PeerInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, with what it is about as it is now. Fields that its kind does not name are None."""

    at: datetime
    kind: EventKind | str  # a str is the word of another version
    peer: PeerStatus | None = None
    forward: ForwardStatus | None = None
    player: Player | None = None
    entry: AuditEntry | None = None
    problem: Problem | None = None
    gateway: Status | None = None  # without peers and forwards
    traffic: Traffic | None = None
    guests: tuple[str, ...] | None = None  # ids of all members that are guests


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that is so, before the events that follow."""

    status: Status  # devices and forwards of all members, and the problems
    guests: tuple[str, ...]  # ids of members that are guests
    policy: PolicyInfo
    newest_entry: int  # the id of the newest audit entry; 0 without any


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One line of the stream."""

    number: int  # 0 for the first line of a subscription, and one more with each
    snapshot: Snapshot | None = None
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch(Subscription[News]):
    """Tell what is so and what changes. For admins."""

    operation: ClassVar[str] = "watch"
