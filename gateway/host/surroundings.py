"""The surroundings of the gateway: its uplinks, the addresses that players and devices connect to, and names."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from gateway.config import Config, GatewaySection, Service
from gateway.errors import ConfigError, why
from gateway.host.host import Host
from gateway.host.names import Unresolved
from gateway.host.uplink import Line, overlap
from gateway.model import PortRange, Protocol
from gateway.network import FloodLimits, Network, Uplink

log = logging.getLogger(__name__)
_NAMES = (Service(Protocol.TCP, PortRange(53, 53)), Service(Protocol.UDP, PortRange(53, 53)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The uplinks and addresses as found."""

    uplinks: tuple[Uplink, ...]
    address: str  # the host name or IPv4 address that players and devices connect to
    public4: IPv4Address | None  # what `address` resolves to; None while it does not
    public6: IPv6Address | None  # None without public IPv6
    outer: tuple[IPv4Address | IPv6Address, ...]  # every address on the uplinks
    near: tuple[IPv4Network | IPv6Network, ...] = ()  # the networks that the uplinks have an address in
    is_resolver: bool = False  # the peers' configs name this host as resolver

    def network(self, config: Config, guarded: frozenset[int] = frozenset()) -> Network:
        """Return what the nftables table is made for. `guarded` is the field of Network."""
        section, policy = config.gateway, config.policy
        return Network(
            interface=section.interface,
            uplinks=self.uplinks,
            listen_port=section.listen_port,
            mtu=section.mtu,
            subnet4=section.subnet4,
            subnet6=section.network6,
            address4=section.address4,
            address6=section.address6,
            public4=self.public4,
            public6=self.public6,
            outer=self.outer,
            near=self.near,
            isolate_peers=policy.isolate_peers,
            flood=FloodLimits(
                policy.new_flows_per_second,
                policy.flows_per_source,
                policy.flows_per_forward,
                policy.flows_per_device,
            ),
            services=policy.gateway_services + (_NAMES if self.is_resolver else ()),
            denied_egress=policy.denied_egress,
            peer_interfaces=tuple(entry for entry in policy.peer_networks if isinstance(entry, str)),
            peer_networks=tuple(entry for entry in policy.peer_networks if not isinstance(entry, str)),
            resolvers=section.dns,
            guarded=guarded,
        )


class Lookout:
    """The look at the surroundings. It logs an address that is gone, but still used, only once."""

    def __init__(self, section: GatewaySection, host: Host) -> None:
        self._section = section
        self._host = host
        self._kept: set[IPv4Address | IPv6Address | None] = set()

    async def look(self, before: Surroundings | None = None) -> Surroundings:
        """Return the surroundings. `before` are those of the last look, or None at the start.

        Raise ConfigError without an uplink or an address to tell players. At the start, raise it also for a missing
        interface and for a network that overlaps the tunnel's. Later, a missing interface is down.
        """
        section = self._section
        lines = await lines_of(self._host, section)
        if not lines:
            problem = "cannot be found: this host has no default route; name the interface"
            raise ConfigError(key="gateway.public_interface", problem=problem)
        everyone = await self._host.addresses()
        if before is None and (other := overlap(section, everyone)):
            problem = f"must be a network of its own: {other}; choose one that nothing here uses"
            raise ConfigError(key="gateway.subnet4 or subnet6", problem=problem)
        missing = [line.interface for line in lines if not line.exists]
        if missing and before is None:
            problem = f"{missing[0]} does not exist; `ip link` lists those that do"
            raise ConfigError(key="gateway.public_interface", problem=problem)
        known = {each.interface: each for each in before.uplinks} if before else {}
        uplinks = tuple(line.uplink(known.get(line.interface)) for line in lines)
        outer = tuple(address for line in lines for address in line.addresses)
        self._warn_of_kept(uplinks, outer)
        first = uplinks[0]
        if section.public_address is None and first.source4 is None:
            problem = f"must be set: {first.interface} has no usable IPv4 address"
            raise ConfigError(key="gateway.public_address", problem=problem)
        address = str(section.public_address or first.source4)
        return Surroundings(
            uplinks=uplinks,
            address=address,
            public4=await self._resolve(address, before.public4 if before else None),
            public6=section.public_address6 or first.source6,
            outer=outer,
            near=tuple(network for line in lines for network in line.networks),
            is_resolver=not {section.address4, section.address6, *everyone}.isdisjoint(section.dns),
        )

    def _warn_of_kept(self, uplinks: Iterable[Uplink], found: Iterable[IPv4Address | IPv6Address]) -> None:
        """Log each kept address once, and not at every look."""
        kept = {address for each in uplinks for address in (each.source4, each.source6)} - {None, *found}
        for address in kept - self._kept:
            log.warning("the address %s is gone; keeping it until there is another as good, or a restart", address)
        self._kept = kept

    async def _resolve(self, address: str, known: IPv4Address | None) -> IPv4Address | None:
        """Return the IPv4 address of `address`, or None when it is a name that does not resolve.

        When a name has several addresses, the `known` one is preferred.
        """
        try:
            return IPv4Address(address)
        except ValueError:
            pass
        try:
            answers = await self._host.resolve(address)
        except OSError as error:
            problem = str(error) if isinstance(error, Unresolved) else f"does not resolve ({why(error)})"
            log.warning("public_address %s %s; friends on the VPN cannot use that name yet", address, problem)
            return None
        return known if known in answers else answers[0]


async def lines_of(host: Host, section: GatewaySection) -> tuple[Line, ...]:
    """Return the configured public interfaces, or the default route's, or none."""
    names = section.public_interfaces or tuple(filter(None, [await host.default_route_interface()]))
    return tuple([await host.line(name) for name in names])
