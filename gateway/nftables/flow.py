"""Entries of conntrack as values."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Flow:
    """A live flow of a forward. `source` is the player, or the remote end of a flow that the hosting peer began."""

    forward_id: int
    protocol: int
    source: Address
    source_port: int


@dataclass(frozen=True, slots=True)
class Tuple:
    """One direction of a flow. Ports are 0 where the protocol has none."""

    protocol: int
    source: Address
    source_port: int
    destination: Address
    destination_port: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A flow of any kind, with its packets' addresses in both directions."""

    original: Tuple
    reply: Tuple
    mark: int
    is_established: bool  # a TCP connection
    identity: bytes  # the attributes that name this entry, and no later one of the same addresses and ports
