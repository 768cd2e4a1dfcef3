"""The domain as values, as strict as the domain is. This module does not know how they are stored or shown."""

from __future__ import annotations

import base64
import binascii
import re
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address
from itertools import islice
from operator import is_
from typing import Protocol as Shape
from typing import Self, TypeVar

from gateway.access import OPEN, Access, AddressRule
from gateway.errors import ForwardUnknown, PartOfForward

V = TypeVar("V")


class Protocol(StrEnum):
    TCP = "tcp"
    UDP = "udp"
    BOTH = "both"

    @property
    def each(self) -> tuple[Protocol, ...]:
        """List the single protocols that this stands for."""
        return (Protocol.TCP, Protocol.UDP) if self is Protocol.BOTH else (self,)

    @property
    def numbers(self) -> tuple[int, ...]:
        """List their numbers in the IP header."""
        return _NUMBERS[self]

    def shares(self, other: Protocol) -> bool:
        """Report whether both stand for a common protocol."""
        return self is other or Protocol.BOTH in (self, other)


_NUMBERS = {
    Protocol.TCP: (socket.IPPROTO_TCP,),
    Protocol.UDP: (socket.IPPROTO_UDP,),
    Protocol.BOTH: (socket.IPPROTO_TCP, socket.IPPROTO_UDP),
}


class Mode(StrEnum):
    """What a peer sends through the tunnel."""

    FULL = "full"  # everything
    SPLIT = "split"  # packets to the VPN subnet only
    LINUX = "linux"  # packets of forwards only, which wg-quick on Linux tells apart by policy routing


class Difference(StrEnum):
    """What another program changed, or may have changed, as the audit log names it; entries keep these texts."""

    TABLE = "nftables table changed"
    UNSEEN = "overflow"  # notices of the kernel were lost
    ADDRESS = "address_removed"
    DOWN = "link_down"
    DELETED = "link_deleted"
    DRIFT = "drift"  # a look for differences failed
    UPLINKS = "a failed repair"
    TORN = "a change that failed"
    KEY = "WireGuard's key"
    PORT = "WireGuard's port"
    PEER = "WireGuard's peer"  # followed by its address, or by a public key; in old entries by ` owner/device`
    LINK = "the link"  # followed by its name
    FLOWS = "flows from before"


_DURATION = re.compile(r"(\d{1,9})\s*(s|m|h|d|w)", re.ASCII | re.IGNORECASE)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
LONGEST = timedelta(days=3650)  # so that a datetime can hold every end


@dataclass(frozen=True, slots=True)
class Duration:
    """A duration; its text is `90s`, `30m`, `12h`, `7d`, `2w`, or `forever`, whose `length` is None."""

    length: timedelta | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text. Raise ValueError, also for zero."""
        if text.strip().lower() == "forever":
            return cls(None)
        match = _DURATION.fullmatch(text.strip())
        seconds = int(match[1]) * _UNITS[match[2].lower()] if match else 0
        if not 0 < seconds <= LONGEST.total_seconds():
            raise ValueError(f"must be a duration such as 30m, 12h or 7d, at most {LONGEST.days}d, or forever")
        return cls(timedelta(seconds=seconds))

    def __str__(self) -> str:
        if self.length is None:
            return "forever"
        seconds = int(self.length.total_seconds())
        unit, size = next((unit, size) for unit, size in reversed(_UNITS.items()) if seconds % size == 0)
        return f"{seconds // size}{unit}"

    def fits(self, longest: Duration) -> bool:
        return longest.length is None or (self.length is not None and self.length <= longest.length)

    def after(self, now: datetime) -> datetime | None:
        return None if self.length is None else now + self.length


@dataclass(frozen=True, slots=True)
class Off:
    """The empty text in place of a duration: it is switched off."""

    @classmethod
    def parse(cls, text: str) -> Self:
        if text:
            raise ValueError("must be a duration such as 7d, or empty")
        return cls()

    def __str__(self) -> str:
        return ""


_PORTS = re.compile(r"(\d{1,5})(?:\s*[-\u2013\u2014]\s*(\d{1,5}))?", re.ASCII)  # phones replace hyphens by dashes


@dataclass(frozen=True, slots=True, order=True)
class PortRange:
    """One port or an inclusive range. Its text is `25565` or `27015-27030`."""

    first: int
    last: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text. Raise ValueError unless it is a port or a range inside 1-65535."""
        match = _PORTS.fullmatch(text.strip())
        if not match:
            raise ValueError("must be a port such as 25565 or a range such as 27015-27030")
        first, last = int(match[1]), int(match[2] or match[1])
        if not 1 <= first <= last <= 65535:
            raise ValueError("must lie inside 1-65535, the lower port first")
        return cls(first, last)

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    def __contains__(self, port: int) -> bool:
        return self.first <= port <= self.last

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.first, self.last + 1))

    def __len__(self) -> int:
        return self.last - self.first + 1

    def overlaps(self, other: PortRange) -> bool:
        return self.first <= other.last and other.first <= self.last

    def moved_to(self, first: int) -> PortRange:
        """Return as many ports from `first` on, also beyond 65535."""
        return PortRange(first, first + self.last - self.first)


@dataclass(frozen=True, slots=True)
class PortSpec:
    """Ports as people type them: `25565`, `27015-27030` or `27015/udp`. Without a protocol the request's counts."""

    ports: PortRange
    protocol: Protocol | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text. Raise ValueError."""
        ports, slash, protocol = text.strip().partition("/")
        if not slash:
            return cls(PortRange.parse(ports))
        if protocol.strip().lower() not in ("tcp", "udp"):
            raise ValueError("must end in /tcp or /udp, or in no slash at all")
        return cls(PortRange.parse(ports), Protocol(protocol.strip().lower()))

    def __str__(self) -> str:
        return f"{self.ports}/{self.protocol}" if self.protocol else str(self.ports)


def parse_ports(text: str) -> tuple[PortSpec, ...]:
    """Read a list such as `2456-2458, 27015/udp`. Raise ValueError for anything else, also for an empty text."""
    return tuple(PortSpec.parse(part) for part in text.split(","))


@dataclass(frozen=True, slots=True)
class Key:
    """A Curve25519 public key or a preshared key: 32 bytes, whose text is base64."""

    raw: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text. Raise ValueError unless it is 32 bytes in canonical base64."""
        try:
            raw = base64.b64decode(text.strip(), validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if len(raw) != 32 or base64.b64encode(raw).decode() != text.strip():
            raise ValueError("must be a WireGuard key: 44 characters of base64 ending in =")
        return cls(raw)

    def __str__(self) -> str:
        return base64.b64encode(self.raw).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A member's device as it should be. PeerInfo in api/contract.py says what each field means."""

    id: int
    owner: str  # the member's Discord user id
    owner_name: str  # for people only
    device: str
    public_key: Key
    preshared_key: Key | None = field(repr=False)  # None only for a device of another program
    ipv4: IPv4Address
    ipv6: IPv6Address | None
    mode: Mode
    created_at: datetime
    expires_at: datetime | None = None
    suspended_at: datetime | None = None
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """Public ports that lead to as many ports of a peer. ForwardInfo in api/contract.py says what each field means."""

    id: int
    slot: int  # its number in the conntrack marks of its flows, which another forward may get later
    peer_id: int
    protocol: Protocol
    ports: PortRange  # public
    to_port: int  # the first of the peer's
    created_at: datetime
    expires_at: datetime | None = None
    label: str = ""  # for people only
    access: Access = OPEN  # from where players may come

    @property
    def to_ports(self) -> PortRange:
        return self.ports.moved_to(self.to_port)

    def clashes(self, protocol: Protocol, ports: PortRange) -> bool:
        """Report whether both claim a common public port."""
        return self.ports.overlaps(ports) and self.protocol.shares(protocol)


@dataclass(frozen=True, slots=True)
class Rest:
    """The rest of an address: the owner that had it, and from when on every other owner may get it."""

    owner: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """The address rules of a closed forward, which hold again when its owner opens the ports again."""

    rules: tuple[AddressRule, ...]
    until: datetime  # when they are forgotten


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What holds for an owner since a time, by what Discord says of the member. The newest one of an owner counts."""

    id: str
    at: datetime  # when it was made, by the bot's clock
    owner: str
    suspended: bool
    revoked_before: datetime | None = None  # devices that were made before are void

    def is_newer_than(self, other: Decision) -> bool:
        """Report whether it comes after the other. Two of one moment have an order as well, the same everywhere."""
        return (self.at, self.id) > (other.at, other.id)


OwnedPorts = tuple[str, Protocol, PortRange]  # an owner's public ports
ClosedPorts = tuple[Protocol, PortRange]
Listening = Callable[[Protocol, PortRange], bool]
"""Report whether a program of the host listens on one of these ports."""


@dataclass(frozen=True, kw_only=True)
class Desired:
    """The desired state. No id is used twice, because buttons of old messages hold it."""

    peers: Mapping[int, Peer] = field(default_factory=dict)
    forwards: Mapping[int, Forward] = field(default_factory=dict)
    resting: Mapping[IPv4Address, Rest] = field(default_factory=dict)  # addresses of removed peers
    joins: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)  # of the last hour, by owner, oldest first
    # The end of each guest's time, by owner. It outlives the devices, so that a new one does not begin it anew.
    guests: Mapping[str, datetime] = field(default_factory=dict)
    # Closed public ports of removed forwards, and from when on flows that peers begin may leave with one.
    closed: Mapping[ClosedPorts, datetime] = field(default_factory=dict)
    kept: Mapping[OwnedPorts, Kept] = field(default_factory=dict)  # the oldest first
    # Since when an admin has suspended an owner. The owner's devices are, and no further one is made.
    suspended: Mapping[str, datetime] = field(default_factory=dict)
    decisions: Mapping[str, Decision] = field(default_factory=dict)  # the newest one on each owner
    lan: bool | None = None  # peers may reach each other; None leaves it to the configuration
    next_peer_id: int = 1
    next_forward_id: int = 1

    def is_suspended(self, owner: str) -> bool:
        """Report whether an admin or Discord keeps the owner out, also one without devices."""
        decision = self.decisions.get(owner)
        return owner in self.suspended or (decision is not None and decision.suspended)

    @cached_property
    def active(self) -> Desired:
        """Return what the kernel should have: all but suspended peers, which keep their addresses and ports."""
        suspended = {peer.id for peer in self.peers.values() if peer.suspended_at}
        if not suspended:
            return self
        return replace(
            self,
            peers={key: peer for key, peer in self.peers.items() if key not in suspended},
            forwards={key: forward for key, forward in self.forwards.items() if forward.peer_id not in suspended},
        )


@dataclass(frozen=True, kw_only=True)
class Change:
    """The difference of two states, computed once because it goes through everything.

    A changed item is in `gone` as it was, and in `come` as it is now. Items that did not change are the same object.
    """

    before: Desired
    after: Desired
    peers_gone: tuple[Peer, ...]
    peers_come: tuple[Peer, ...]
    forwards_gone: tuple[Forward, ...]
    forwards_come: tuple[Forward, ...]

    @classmethod
    def between(cls, before: Desired, after: Desired) -> Change:
        peers_gone, peers_come = _difference(before.peers, after.peers)
        forwards_gone, forwards_come = _difference(before.forwards, after.forwards)
        return cls(
            before=before,
            after=after,
            peers_gone=peers_gone,
            peers_come=peers_come,
            forwards_gone=forwards_gone,
            forwards_come=forwards_come,
        )

    @cached_property
    def active(self) -> Change:
        """Return the part of the change that the kernel sees."""
        before, after = self.before.active, self.after.active
        return self if before is self.before and after is self.after else Change.between(before, after)

    @property
    def moves_ports(self) -> bool:
        """Report whether public ports are opened or closed."""
        return {forward.ports for forward in self.forwards_gone} != {forward.ports for forward in self.forwards_come}


def _difference(before: Mapping[int, V], after: Mapping[int, V]) -> tuple[tuple[V, ...], tuple[V, ...]]:
    """Return (gone, come). It is quickest where items were only added at the end, as new ids are."""
    if before is after:
        return (), ()
    if len(before) <= len(after) and all(map(is_, before.values(), after.values())):
        return (), tuple(islice(after.values(), len(before), None))
    gone = tuple(value for key, value in before.items() if after.get(key) is not value)
    return gone, tuple(value for key, value in after.items() if before.get(key) is not value)


class _Open(Shape):
    @property
    def ports(self) -> PortRange: ...
    @property
    def protocol(self) -> Protocol: ...


F = TypeVar("F", bound=_Open)


def forwards_inside(forwards: Iterable[F], ports: PortRange, protocol: Protocol) -> list[F]:
    """Return the forwards wholly inside `ports`. Raise ForwardUnknown without any, PartOfForward for part of one."""
    touched = [f for f in forwards if f.ports.overlaps(ports) and f.protocol.shares(protocol)]
    inside = [
        f
        for f in touched
        if f.ports.first in ports and f.ports.last in ports and set(f.protocol.each) <= set(protocol.each)
    ]
    if touched and not inside:
        raise PartOfForward(ports=spec_of(ports, protocol), whole=spec_of(touched[0].ports, touched[0].protocol))
    if not inside:
        raise ForwardUnknown(ports=spec_of(ports, protocol))
    return inside


def spec_of(ports: PortRange, protocol: Protocol) -> str:
    return str(PortSpec(ports, None if protocol is Protocol.BOTH else protocol))
