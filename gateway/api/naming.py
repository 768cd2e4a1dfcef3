"""What gateway/names follows: where the public name has to lead. `KeepName` is how it answers."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import ClassVar

from gateway.api.contract import Reason, Request, Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class NameTarget:
    """The answer to KeepName: what the name has to lead to. It names no member."""

    name: str  # the configured public_address
    ipv4: IPv4Address | None  # None: the host's own address is private, so its public one is not known
    ipv6: IPv6Address | None  # None: no AAAA record
    srv_port: int | None  # the public TCP port of Minecraft (Java); None: no SRV record


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepName(Request[NameTarget]):
    """Tell what the name has to lead to, and hear what became of that. For gateway/names, and for root.

    It asks when it has something to tell, because `WatchName` tells it the rest.
    """

    operation: ClassVar[str] = "name"
    problem: Reason = ""  # what keeps the records from being so; empty: nothing
    srv_port: int | None = None  # where the SRV record leads; None: there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchName(Subscription[NameTarget]):
    """Tell what the name has to lead to, now and each time it changes. For gateway/names, and for root.

    The open connection is the process's sign of life. It answers each target by `KeepName`.
    """

    operation: ClassVar[str] = "watch-name"
