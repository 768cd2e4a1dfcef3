"""The network around the gateway as values: uplinks, the tunnel's subnets, flood limits, networks known by number."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from gateway.config import Service

# RFC 1918, RFC 6598, RFC 4193
PRIVATE4 = tuple(map(IPv4Network, ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")))
PRIVATE6 = (IPv6Network("fc00::/7"),)
# Clouds' metadata services, with all link-local addresses
METADATA4 = tuple(map(IPv4Network, ("169.254.0.0/16", "100.100.100.200", "168.63.129.16")))
METADATA6 = tuple(map(IPv6Network, ("fe80::/10", "fd00:ec2::254", "fd20:ce::254")))


def is_private(address: IPv4Address | IPv6Address) -> bool:
    """Tell by the networks above. The property of that name has more in it, and what changes with Python's version."""
    return any(address in network for network in (PRIVATE4 if address.version == 4 else PRIVATE6))


@dataclass(frozen=True, slots=True)
class Uplink:
    """One way out, with the addresses that flows leave it with; None where it has none of that family."""

    interface: str
    source4: IPv4Address | None = None
    source6: IPv6Address | None = None


@dataclass(frozen=True, slots=True)
class FloodLimits:
    """Of each forward, the first two by source."""

    new_flows_per_second: int
    flows_per_source: int
    flows_per_forward: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Where the table works. `public4`/`public6`: the addresses players type, None when unknown or without IPv6."""

    interface: str
    uplinks: tuple[Uplink, ...]
    listen_port: int
    mtu: int
    subnet4: IPv4Network
    subnet6: IPv6Network | None
    address4: IPv4Address
    address6: IPv6Address | None
    public4: IPv4Address | None
    public6: IPv6Address | None
    outer: tuple[IPv4Address | IPv6Address, ...] = ()  # every address on the uplinks
    isolate_peers: bool = True
    flood: FloodLimits = field(default_factory=lambda: FloodLimits(20, 100, 2000))
    services: tuple[Service, ...] = ()
    peer_interfaces: tuple[str, ...] = ()
    peer_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    resolvers: tuple[IPv4Address | IPv6Address, ...] = ()

    @property
    def subnets(self) -> tuple[IPv4Network | IPv6Network, ...]:
        return (self.subnet4, self.subnet6) if self.subnet6 else (self.subnet4,)
