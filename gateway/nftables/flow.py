"""Conntrack's entries as values, and conntrack as a protocol."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol as Shape

from gateway import access
from gateway.access import Access
from gateway.model import Forward

Address = access.Address


@dataclass(frozen=True, slots=True)
class Flow:
    """A live flow of a forward. `source` is the player, or the remote end of a flow that the hosting peer began."""

    slot: int  # of the forward, see elements.py
    protocol: int  # its number in the IP header
    source: Address
    source_port: int
    port: int = 0  # the public one, or the hosting peer's in a flow that it began
    is_begun_inside: bool = False
    since: datetime | None = None  # None where the host does not note it
    rx_bytes: int | None = None  # sent by the source; None where the host does not count flows
    tx_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Tuple:
    """One direction of a flow. Ports are 0 where the protocol has none."""

    protocol: int  # its number in the IP header
    source: Address
    source_port: int
    destination: Address
    destination_port: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A flow of any kind, with its packets' addresses in both directions."""

    original: Tuple
    reply: Tuple
    mark: int  # the conntrack mark, see elements.py
    is_established: bool  # a TCP flow in the state ESTABLISHED
    is_answered: bool  # packets were seen in both directions
    identity: bytes  # the netlink attributes that name this entry

    @property
    def outer_end(self) -> tuple[int, Address, int]:
        """Return the protocol, the address and the port that a forward's flow has outside."""
        original = self.original
        if self.reply.source != original.destination:  # a player's, which is translated
            return original.protocol, original.source, original.source_port
        return original.protocol, original.destination, original.destination_port


class Conntrack(Shape):
    """The kernel's table of flows. Every method raises OSError when the kernel refuses."""

    async def flows(self, slots: Collection[int]) -> Mapping[int, Sequence[Flow]]:
        """Return the live flows of the forwards in these slots, by slot: established TCP, and UDP that was answered."""

    async def flush_forwards(self, forwards: Iterable[Forward]) -> None:
        """Forget every flow of these forwards."""

    async def flush_refused(self, chosen: Mapping[int, Access]) -> None:
        """Forget the flows with outer ends that the forwards in these slots refuse."""

    async def flush_addresses(self, addresses: Iterable[Address]) -> None:
        """Forget every flow from or to these peer addresses, so that none reaches their next owner."""

    async def is_free_of(self, ports: AbstractSet[int]) -> bool:
        """Report whether certainly no flow has one of these ports, in either direction."""

    async def flush_chosen(self, chosen: Callable[[Entry], bool], ports: AbstractSet[int] | None) -> None:
        """Forget the chosen flows. If `ports` are given, each chosen flow has one of them."""
