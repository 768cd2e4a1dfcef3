"""The surroundings of the gateway: its uplinks, the addresses that players and devices connect to, and names."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from gateway.config import Config, GatewaySection, Service
from gateway.errors import ConfigError, GatewayWaiting, why
from gateway.host.host import Host
from gateway.host.names import Unresolved
from gateway.host.uplink import A_PLAYER, Line, diverted, overlap, tunnel_mtu
from gateway.model import PortRange, Protocol
from gateway.network import FloodLimits, Marks, Network, Uplink

log = logging.getLogger(__name__)
_SAID_S = 60.0  # seconds between two lines about what is still waited for
_LASTS_S = 60.0  # from when a name that does not resolve is a problem: the process that keeps it may start after us
_NAMED = 12  # interfaces in one line
_NAMES = (Service(Protocol.TCP, PortRange(53, 53)), Service(Protocol.UDP, PortRange(53, 53)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The uplinks and addresses as found."""

    uplinks: tuple[Uplink, ...]
    address: str  # the host name or IPv4 address that players and devices connect to
    public4: IPv4Address | None  # what `address` resolves to; None while it does not
    public6: IPv6Address | None  # None without public IPv6
    outer: tuple[IPv4Address | IPv6Address, ...]  # every address on the uplinks
    mtu: int  # the tunnel's, in bytes
    passed_over: frozenset[IPv4Address | IPv6Address] = frozenset()  # as in Network
    near: tuple[IPv4Network | IPv6Network, ...] = ()  # the networks that the uplinks have an address in
    is_resolver: bool = False  # the peers' configs name this host as resolver

    def network(self, config: Config, guarded: frozenset[int] = frozenset()) -> Network:
        """Return what the nftables table is made for. `guarded` is the field of Network."""
        section, policy = config.gateway, config.policy
        return Network(
            interface=section.interface,
            uplinks=self.uplinks,
            listen_port=section.listen_port,
            mtu=self.mtu,
            subnet4=section.subnet4,
            subnet6=section.network6,
            address4=section.address4,
            address6=section.address6,
            public4=self.public4,
            public6=self.public6,
            outer=self.outer,
            passed_over=self.passed_over,
            near=self.near,
            isolate_peers=policy.isolate_peers,
            marks=Marks(section.conntrack_mask),
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
    """The look at the surroundings. It logs an address that is gone, but still used, only once.

    `is_waiting` reports whether the last look missed something that the gateway goes on without. `astray` and
    `unresolved` are the values of the problems with these codes that it found.
    """

    def __init__(self, section: GatewaySection, host: Host) -> None:
        self._section = section
        self._host = host
        self._kept: set[IPv4Address | IPv6Address | None] = set()
        self._said: dict[str, float] = {}  # what is still waited for, with the loop's time of its last line
        self.astray: dict[str, str] | None = None
        self.unresolved: dict[str, str] | None = None
        self._lost_at: float | None = None  # since when the name does not resolve, by the loop's time
        self.is_waiting = False

    async def lacks(self) -> GatewayWaiting | None:
        """Return the error that says what the start has to wait for, or None."""
        lines = await lines_of(self._host, self._section)
        return lacking(self._section, lines, _uplinks(lines, None), await self._host.interfaces())

    async def look(self, before: Surroundings | None = None) -> Surroundings:
        """Return the surroundings. `before` are those of the last look, or None at the start.

        Raise GatewayWaiting without an uplink or an address to tell players. At the start, raise ConfigError for a
        network that overlaps the tunnel's. An interface that is missing beside another one is down.
        """
        section = self._section
        lines = await lines_of(self._host, section)
        uplinks, interfaces = _uplinks(lines, before), await self._host.interfaces()
        if waiting := lacking(section, lines, uplinks, interfaces, is_start=before is None):
            if before:
                self._wait_for(f"{waiting.details['what']}; what was known of the way out is kept")
            raise waiting
        everyone = await self._host.addresses()
        if before is None and (other := overlap(section, everyone)):
            way = "choose one that nothing here uses. With devices in it, take that network off this host instead"
            problem = f"must be a network of its own: {other}; {way}"
            raise ConfigError(key="gateway.subnet4 or subnet6", problem=problem)
        outer = tuple(address for line in lines for address in line.addresses)
        self._warn_of_kept(uplinks, outer)
        found = diverted(section, lines, await self._host.way_out(A_PLAYER))
        self.astray = {"reason": found[0], "commands": "; ".join(found[1])} if found else None
        first = uplinks[0]
        address = str(section.public_address or first.source4)
        self.is_waiting = False
        for line in lines:
            if not line.exists:
                self._wait_for(f"the interface {line.interface} of public_interface. {_there(interfaces)}")
        public4 = await self._resolve(address, before.public4 if before else None)
        if section.public_address or section.public_address6:
            known = public4 or (before.public4 if before else None)  # the name may not resolve for a while
            configured = known if section.public_address else None, section.public_address6
            uplinks = _uplinks(lines, before, configured)
        passed_over = (each for line, uplink in zip(lines, uplinks, strict=True) for each in line.passed_over(uplink))
        return Surroundings(
            uplinks=uplinks,
            address=address,
            public4=public4,
            public6=section.public_address6 or first.source6,
            outer=outer,
            mtu=tunnel_mtu(section, lines, before.mtu if before else 0),
            passed_over=frozenset(passed_over),
            near=tuple(network for line in lines for network in line.networks),
            is_resolver=not {section.address4, section.address6, *everyone}.isdisjoint(section.dns),
        )

    def _warn_of_kept(self, uplinks: Iterable[Uplink], found: Iterable[IPv4Address | IPv6Address]) -> None:
        """Log each kept address once, and not at every look."""
        kept = {address for each in uplinks for address in (each.source4, each.source6)} - {None, *found}
        for address in kept - self._kept:
            log.warning("the address %s is gone; keeping it until there is another as good, or a restart", address)
        self._kept = kept

    def _wait_for(self, what: str) -> None:
        """Note and log what the gateway goes on without: at once, and then each minute."""
        self.is_waiting = True
        now = asyncio.get_running_loop().time()
        if now >= self._said.get(what, now - _SAID_S) + _SAID_S:
            log.warning("still waiting for %s", what)
            self._said = {what: now, **{other: at for other, at in self._said.items() if at > now - _SAID_S}}

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
            now = asyncio.get_running_loop().time()
            self._lost_at = now if self._lost_at is None else self._lost_at
            self.unresolved = {"name": address, "reason": problem} if now - self._lost_at >= _LASTS_S else None
            self._wait_for(f"public_address: {address} {problem}; friends on the VPN cannot use that name yet")
            return None
        self.unresolved = self._lost_at = None
        return known if known in answers else answers[0]


async def lines_of(host: Host, section: GatewaySection) -> tuple[Line, ...]:
    """Return the configured public interfaces, or the default route's, or none."""
    names = section.public_interfaces or tuple(filter(None, [await host.default_route_interface()]))
    return tuple([await host.line(name) for name in names])


def lacking(
    section: GatewaySection,
    lines: Sequence[Line],
    uplinks: Sequence[Uplink],
    interfaces: Collection[str],
    *,
    is_start: bool = True,
) -> GatewayWaiting | None:
    """Return the error that says what the gateway cannot work without, or None. `interfaces` are all there are."""
    if not lines:
        hint = "To use an interface without one, set public_interface."
        return GatewayWaiting(what="a default route", hint=f"{hint} {_there(interfaces)}")
    first, has_address = lines[0], bool(section.public_address or uplinks[0].source4)
    is_cut_off = is_start and not any(line.exists for line in lines)
    if not first.exists and (is_cut_off or not has_address):
        return GatewayWaiting(what=f"the interface {first.interface} of public_interface", hint=_there(interfaces))
    if not has_address:
        hint = "To tell players another one, set public_address."
        return GatewayWaiting(what=f"an IPv4 address on {first.interface}", hint=f"{hint} {_there(interfaces)}")
    return None


def _uplinks(
    lines: Iterable[Line],
    before: Surroundings | None,
    configured: tuple[IPv4Address | None, IPv6Address | None] = (None, None),
) -> tuple[Uplink, ...]:
    known = {each.interface: each for each in before.uplinks} if before else {}
    return tuple(line.uplink(known.get(line.interface), configured) for line in lines)


def _there(interfaces: Collection[str]) -> str:
    """Name the interfaces, so that a mistyped one is seen."""
    names = sorted(name for name in interfaces if name != "lo")
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"This host has {', '.join(names[:_NAMED]) or 'no interface but lo'}{more}."
