"""Which devices had a public port at a time. A provider asks about that, and root answers by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import ClassVar

from gateway.api.contract import ForwardInfo, Request
from gateway.model import Duration, Off, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldForward:
    """A forward that had the port."""

    forward: ForwardInfo
    closed_at: datetime | None  # None while it is open


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedFlow:
    """A flow that a device began through the VPS. Times are exact to the second."""

    owner: str  # the member's id
    owner_name: str
    device: str
    protocol: Protocol
    began: datetime
    ended: datetime | None  # None while it is open, or when its end was not seen
    port: int  # the device's own
    outside: IPv4Address | IPv6Address  # the VPS's address that the target sees
    outside_port: int
    target: IPv4Address | IPv6Address
    target_port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holders:
    """The answer to FindHolders."""

    forwards: tuple[HeldForward, ...]
    flows: tuple[LoggedFlow, ...]  # the latest first
    flow_log_for: Duration | Off  # how long flows are logged; Off when they are not


@dataclass(frozen=True, slots=True, kw_only=True)
class FindHolders(Request[Holders]):
    """Tell which devices had a public port at a time: by a forward, or by a flow that they began. For root."""

    operation: ClassVar[str] = "who"
    port: int
    at: datetime
    protocol: Protocol = Protocol.BOTH
    address: IPv4Address | IPv6Address | None = None  # the VPS's; None is any
