"""What gateway/metrics asks the gateway for: numbers, and what keeps it from working. No text in it names a member."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gateway.api.contract import ForwardId, PeerId, Request
from gateway.problem import Problem

MOST_EACH = 1000  # devices and forwards that are told one by one, the newest first
BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""The upper bounds of the classes that operations are counted in by how long they took. A last class has the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerMeasures:
    """A device."""

    id: PeerId
    name: str  # `owner/device`; empty unless `names` of [metrics] is on
    handshake: float | None  # when the latest one was, in seconds since 1970
    rx_bytes: int
    tx_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardMeasures:
    """A forward."""

    id: ForwardId
    peer_id: PeerId
    name: str  # `owner ports`; empty unless `names` of [metrics] is on
    flows: int
    players: int
    rx_bytes: int  # sent by players
    tx_bytes: int
    refused: int  # new flows that flood protection turned away


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationMeasures:
    """How long requests of one operation took since the gateway's start."""

    operation: str
    counts: tuple[int, ...]  # in each class of `BOUNDS_S`, and in the last one
    seconds: float  # all together


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceMeasures:
    """A network interface, since it came up."""

    role: str  # `tunnel`, or `uplink` for all uplinks together
    rx_bytes: int
    tx_bytes: int
    rx_dropped: int  # packets
    tx_dropped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowTable:
    """The host's conntrack, with flows of all programs. None: this kernel does not tell."""

    entries: int | None
    limit: int | None
    dropped: int | None  # packets whose flow found no room
    evicted: int | None  # flows that made room for others


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How often something happened since the gateway's start."""

    what: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """What the kernel was asked for."""

    connected: int  # devices with a handshake within 180 s
    away: int
    suspended: int
    forwards: int
    flows: int
    players: int
    peers: tuple[PeerMeasures, ...]  # at most `MOST_EACH`
    each: tuple[ForwardMeasures, ...]  # at most `MOST_EACH`
    interfaces: tuple[InterfaceMeasures, ...]
    table: FlowTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """The answer to GetMeasures."""

    version: str
    backend: str
    started: float  # seconds since 1970
    problems: tuple[Problem, ...]
    is_serving: bool  # players can join, as far as the gateway sees
    operations: tuple[OperationMeasures, ...]
    errors: tuple[Counted, ...]  # by code
    repairs: tuple[Counted, ...]  # by what had changed
    kernel: Kernel | None = None  # None unless it was asked for
    month_bytes: int | None = None  # of all uplinks in this calendar month; None without `monthly_traffic`
    month_limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetMeasures(Request[Measures]):
    """Measure. For gateway/metrics, and for root."""

    operation: ClassVar[str] = "measure"
    with_kernel: bool = True  # a look at WireGuard, the table and conntrack; without it nothing is read
