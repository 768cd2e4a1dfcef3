"""Connections of forwards, and from where players may come. Members ask about their own forwards, admins about all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import ClassVar

from gateway.api.contract import ForwardId, ForwardInfo, Request
from gateway.model import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A live flow of a forward. Mask its address before people see it that are no admins."""

    protocol: Protocol
    address: IPv4Address | IPv6Address  # outside: the player's, or what the device itself called
    port: int  # the same
    to: int  # the public port; the device's own in a flow that it began
    is_from_device: bool = False  # the device began it, as a server does that announces itself
    device: str = ""  # of a player in the VPN: its device's name
    owner_name: str = ""  # of a player in the VPN
    since: datetime | None = None  # or when the gateway first saw it; None for a device's where the host notes nothing
    rx_bytes: int | None = None  # sent from outside; None where the host does not count flows
    tx_bytes: int | None = None  # sent back


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAddress:
    """An address or network that is blocked, or let in."""

    network: IPv4Network | IPv6Network
    lets_in: bool
    since: datetime
    packets: int = 0  # dropped since then, as far as the table remembers; 0 for what is let in


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardConnections:
    forward: ForwardInfo
    connections: tuple[Connection, ...]
    addresses: tuple[ListedAddress, ...]  # in the order they were set
    strangers: int = 0  # packets dropped because only friends may come


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """The answer to GetConnections."""

    at: datetime  # the gateway's time
    forwards: tuple[ForwardConnections, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GetConnections(Request[Connections]):
    """Return the live flows of forwards, and the addresses that are blocked or let in."""

    operation: ClassVar[str] = "connections"
    everyone: bool = False  # for admins: what all members have
    ids: tuple[ForwardId, ...] = ()  # only forwards with these ids; empty is all


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The answer to the requests below: the forwards that they are about."""

    forwards: tuple[ForwardInfo, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kick(Request[Chosen]):
    """Cut one flow, and refuse its outer end for a minute, so that the player's program gives up."""

    operation: ClassVar[str] = "kick"
    ids: tuple[ForwardId, ...]
    protocol: Protocol
    address: IPv4Address | IPv6Address
    port: int  # the player's


@dataclass(frozen=True, slots=True, kw_only=True)
class Block(Request[Chosen]):
    """Keep an address, its /64 or its /24 out of forwards, and cut its flows."""

    operation: ClassVar[str] = "block"
    ids: tuple[ForwardId, ...]
    network: IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class LetIn(Request[Chosen]):
    """Let an address, its /64 or its /24 in, where only friends may come or a larger network is blocked."""

    operation: ClassVar[str] = "let-in"
    ids: tuple[ForwardId, ...]
    network: IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Unblock(Request[Chosen]):
    """Undo a Block or a LetIn."""

    operation: ClassVar[str] = "unblock"
    ids: tuple[ForwardId, ...]
    network: IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFriendsOnly(Request[Chosen]):
    """Let only devices in the VPN and addresses that were let in connect, or all players again."""

    operation: ClassVar[str] = "friends-only"
    ids: tuple[ForwardId, ...]
    on: bool
