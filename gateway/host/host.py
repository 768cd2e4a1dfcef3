"""The host that the gateway runs on, as a protocol: addresses, names, settings, sockets and the clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface
from typing import Protocol as Shape

from gateway.host.uplink import Line
from gateway.model import Listening


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCounts:
    """What went through an interface since it came up."""

    rx_bytes: int = 0
    tx_bytes: int = 0
    rx_dropped: int = 0  # packets
    tx_dropped: int = 0

    def __add__(self, other: LinkCounts) -> LinkCounts:
        return LinkCounts(
            rx_bytes=self.rx_bytes + other.rx_bytes,
            tx_bytes=self.tx_bytes + other.tx_bytes,
            rx_dropped=self.rx_dropped + other.rx_dropped,
            tx_dropped=self.tx_dropped + other.tx_dropped,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowCounts:
    """The state of conntrack. None: this kernel does not tell."""

    entries: int | None = None
    limit: int | None = None
    dropped: int | None = None  # packets whose flow found no room, since the boot
    evicted: int | None = None  # flows that made room for others, since the boot


class Host(Shape):
    """The host. A method raises OSError when the host refuses, unless its docstring names another error."""

    def now(self) -> datetime:
        """Return the time of the wall clock, which may be set."""

    def uptime(self) -> float:
        """Return the seconds since boot, also those asleep. Nothing sets this clock."""

    async def default_route_interface(self) -> str | None: ...

    async def interfaces(self) -> tuple[str, ...]:
        """Return the names of all interfaces."""

    async def line(self, interface: str) -> Line: ...

    async def way_out(self, destination: IPv4Address | IPv6Address) -> str:
        """Return the interface that packets to the destination leave by, or an empty text without a way."""

    async def addresses(self) -> Mapping[IPv4Address | IPv6Address, str]:
        """Return every address with its interface's name."""

    async def resolve(self, name: str) -> tuple[IPv4Address, ...]:
        """Return the IPv4 addresses of a DNS name, at least one. Raise Unresolved or TimeoutError."""

    async def configure(self, interface: str, addresses: Iterable[IPv4Interface | IPv6Interface], mtu: int) -> None:
        """Give an interface of ours exactly these addresses, their routes and the mtu, and set it up.

        Raise HostProblem when this host cannot have that configuration now, ApplyFailed for anything else.
        """

    async def is_configured(
        self, interface: str, addresses: Iterable[IPv4Interface | IPv6Interface], mtu: int
    ) -> bool: ...

    async def settings(self, names: Iterable[str]) -> dict[str, str | None]:
        """Return the texts of settings under /proc/sys, by name. A setting that this kernel lacks is None."""

    async def change_settings(self, settings: Mapping[str, str]) -> dict[str, OSError]:
        """Write settings in this order. Return those that were refused."""

    async def watch_settings(self, names: Iterable[str]) -> None:
        """Begin anew to note which of these settings are written."""

    async def written_settings(self) -> set[str]:
        """Return the watched settings that a program wrote since the watch began, also with an equal value."""

    async def link_counts(self, interfaces: Iterable[str]) -> dict[str, LinkCounts]:
        """Return what the kernel counted for each of these interfaces that is there."""

    async def flow_counts(self) -> FlowCounts: ...

    async def listening(self) -> Listening:
        """Return a predicate over the sockets of this moment. Sockets on loopback do not count."""
