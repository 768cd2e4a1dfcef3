"""A host in memory: links, addresses, settings, sockets and a clock."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface

from gateway.host.host import FlowCounts, LinkCounts
from gateway.host.sysctl import BOOT_ID, EPHEMERAL_PORTS, RESERVED_PORTS, format_ports, no_ipv6, parse_ports
from gateway.host.uplink import Line
from gateway.model import Listening, PortRange, Protocol
from gateway.nftables.flow import Address
from gateway.wireguard.device import DeviceState
from tests.unit.fakes.effects import Effects, failed

NOW = datetime(2026, 1, 31, 20, 0, tzinfo=UTC)


@dataclass
class Link:
    """A network interface. One of WireGuard has a device."""

    addresses: set[IPv4Interface | IPv6Interface] = field(default_factory=set)
    mtu: int = 1500
    is_up: bool = True
    device: DeviceState | None = None
    counts: LinkCounts = field(default_factory=LinkCounts)


class FakeHost:
    """A host. `sockets` are the ports that programs listen on, `names` the DNS names with their addresses."""

    def __init__(self, effects: Effects) -> None:
        self._effects = effects
        self.time = NOW
        outer: set[IPv4Interface | IPv6Interface] = {
            IPv4Interface("203.0.113.1/24"),
            IPv6Interface("2001:db8:1::1/64"),
            IPv6Interface("fe80::1/64"),
        }
        self.links = {
            "lo": Link({IPv4Interface("127.0.0.1/8"), IPv6Interface("::1/128")}),
            "eth0": Link(outer),
        }
        self.default: str | None = "eth0"
        self.names: dict[str, tuple[IPv4Address, ...]] = {}
        self.sockets: set[tuple[Protocol, int]] = set()
        self.written: set[str] = set()  # settings that other programs wrote while they were watched
        self.sysctl = {
            BOOT_ID: "a boot",
            RESERVED_PORTS: "",
            EPHEMERAL_PORTS: "32768\t60999",
            "net/ipv4/ip_forward": "0",
            "net/ipv6/conf/eth0/accept_ra": "1",
            "net/ipv6/conf/all/forwarding": "0",
            no_ipv6("wg0"): "0",
        }

    def now(self) -> datetime:
        return self.time

    def uptime(self) -> float:
        """Return the seconds that tests let pass."""
        return (self.time - NOW).total_seconds()

    @property
    def reserved(self) -> set[int]:
        return parse_ports(self.sysctl[RESERVED_PORTS])

    async def default_route_interface(self) -> str | None:
        self._effects.take("host.default_route_interface", OSError("refused"))
        return self.default

    async def interfaces(self) -> tuple[str, ...]:
        self._effects.take("host.interfaces", OSError("refused"))
        return tuple(self.links)

    async def way_out(self, destination: IPv4Address | IPv6Address) -> str:
        """Return the uplink: no rule diverts packets here."""
        self._effects.take("host.way_out", OSError("refused"))
        return await self.default_route_interface() or ""

    async def line(self, interface: str) -> Line:
        self._effects.take("host.line", OSError("refused"))
        link = self.links.get(interface)
        found = [each.ip for each in sorted(link.addresses, key=str)] if link else []
        ipv6 = (ip for ip in found if isinstance(ip, IPv6Address) and not ip.is_link_local)
        return Line(
            interface=interface,
            exists=link is not None,
            ipv4=tuple(ip for ip in found if isinstance(ip, IPv4Address)),
            ipv6=tuple(ipv6),
            networks=tuple(each.network for each in link.addresses if each.version == 4) if link else (),
            mtu=link.mtu if link else 0,
        )

    async def addresses(self) -> dict[Address, str]:
        self._effects.take("host.addresses", OSError("refused"))
        return {each.ip: name for name, link in self.links.items() for each in link.addresses}

    async def resolve(self, name: str) -> tuple[IPv4Address, ...]:
        self._effects.take("host.resolve", OSError("refused"))
        if name not in self.names:
            raise OSError("unknown")
        return self.names[name]

    async def configure(self, interface: str, addresses: Iterable[IPv4Interface | IPv6Interface], mtu: int) -> None:
        self._effects.take("host.configure", failed())
        if interface not in self.links:
            raise failed()
        link, wanted = self.links[interface], set(addresses)
        link.mtu = mtu
        for stray in {each for each in link.addresses - wanted if not each.is_link_local}:
            self._effects.take("host.configure: remove an address", failed())
            link.addresses.remove(stray)
        for missing in wanted - link.addresses:
            self._effects.take("host.configure: add an address", failed())
            link.addresses.add(missing)
        self._effects.take("host.configure: set up", failed())
        link.is_up = True

    async def is_configured(self, interface: str, addresses: Iterable[IPv4Interface | IPv6Interface], mtu: int) -> bool:
        self._effects.take("host.is_configured", OSError("refused"))
        link = self.links.get(interface)
        return link is not None and link.mtu == mtu and link.is_up and set(addresses) <= link.addresses

    async def settings(self, names: Iterable[str]) -> dict[str, str | None]:
        """Return settings. They are never refused, because every process may read them."""
        return {name: self.sysctl.get(name) for name in names}

    async def change_settings(self, settings: Mapping[str, str]) -> dict[str, OSError]:
        refused = {}
        for name, value in settings.items():
            try:
                self._effects.take(f"host.change_settings: {name}", OSError(errno.EROFS, os.strerror(errno.EROFS)))
            except OSError as error:
                refused[name] = error
            else:
                self.sysctl[name] = format_ports(parse_ports(value)) if name == RESERVED_PORTS else value
        return refused

    async def link_counts(self, interfaces: Iterable[str]) -> dict[str, LinkCounts]:
        return {name: self.links[name].counts for name in interfaces if name in self.links}

    async def flow_counts(self) -> FlowCounts:
        return FlowCounts(entries=7, limit=65536, dropped=0, evicted=0)

    async def watch_settings(self, names: Iterable[str]) -> None:
        self._effects.take("host.watch_settings", OSError("refused"))
        self.written.clear()

    async def written_settings(self) -> set[str]:
        return set(self.written)

    async def listening(self) -> Listening:
        self._effects.take("host.listening", OSError("refused"))
        sockets = set(self.sockets)

        def listening(protocol: Protocol, ports: PortRange) -> bool:
            return any(used in protocol.each and port in ports for used, port in sockets)

        return listening
