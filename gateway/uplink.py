"""The interfaces that face the Internet, as they are; blocking."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from pyroute2 import IPRoute

from gateway.config import GatewaySection


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplink:
    """A public interface with its addresses of global scope, or a configured one that does not exist."""

    interface: str
    exists: bool
    addresses: tuple[IPv4Address | IPv6Address, ...]

    def address(self, version: int, preferred: object) -> IPv4Address | IPv6Address | None:
        """That of an IP version by which it is reached: `preferred` where it has that, else the first."""
        own = [address for address in self.addresses if address.version == version]
        return next((address for address in own if address == preferred), own[0] if own else None)


def read_uplinks(section: GatewaySection) -> tuple[Uplink, ...]:
    """The configured interfaces, or that of the default route with the lowest metric; empty without either."""
    with IPRoute() as ip:
        links = {link.get("ifname"): link["index"] for link in ip.get_links()}
        names = section.public_interfaces or _default_route(ip, {index: name for name, index in links.items()})
        return tuple(
            Uplink(interface=name, exists=name in links, addresses=_addresses(ip, links[name]) if name in links else ())
            for name in names
        )


def _addresses(ip: Any, index: int) -> tuple[IPv4Address | IPv6Address, ...]:
    return tuple(ip_address(found.get("address")) for found in ip.get_addr(index=index, scope=0))


def _default_route(ip: Any, names: Mapping[int, str]) -> tuple[str, ...]:
    for family in (socket.AF_INET, socket.AF_INET6):
        routes = [r for r in ip.get_default_routes(family=family) if r.get("oif") in names]
        if routes:
            return (names[min(routes, key=lambda r: int(r.get("priority") or 0)).get("oif")],)
    return ()
