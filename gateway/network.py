"""The network around the gateway as values: uplinks, the tunnel's subnets, flood limits and well-known networks."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from gateway.config import MARK_BITS, Service

# RFC 1918, RFC 6598, RFC 4193
PRIVATE4 = tuple(map(IPv4Network, ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")))
PRIVATE6 = (IPv6Network("fc00::/7"),)
# The metadata services of clouds, and all link-local addresses
METADATA4 = tuple(map(IPv4Network, ("169.254.0.0/16", "100.100.100.200", "168.63.129.16")))
METADATA6 = tuple(map(IPv6Network, ("fe80::/10", "fd00:ec2::254", "fd20:ce::254")))
# No packet from the Internet has such a source: these, this host (RFC 1122), multicast and reserved ones (RFC 1112).
# Networks for documentation are not among them, because the demo and the tests live there.
FORGED4 = (*PRIVATE4, *METADATA4, *map(IPv4Network, ("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4")))
FORGED6 = (*PRIVATE6, *METADATA6, *map(IPv6Network, ("::1", "ff00::/8")))
MOST_SLOTS = 1 << 16  # which a mask of more bits does not raise


def is_private(address: IPv4Address | IPv6Address) -> bool:
    """Report whether PRIVATE4 or PRIVATE6 holds it. `address.is_private` has more, and differs between Pythons."""
    return any(address in network for network in (PRIVATE4 if address.version == 4 else PRIVATE6))


@dataclass(frozen=True, slots=True)
class Marks:
    """The bits of the conntrack mark that are ours. They hold a forward's slot plus one; 0 means no forward.

    They need no neighbours. The number's lowest bit is the highest of them, because others' marks are small. All other
    bits are other programs', and are neither compared nor written.
    """

    mask: int = MARK_BITS

    @property
    def bits(self) -> tuple[int, ...]:
        return _bits(self.mask)

    @property
    def others(self) -> int:
        return ~self.mask & 0xFFFFFFFF

    @property
    def slots(self) -> int:
        """Return how many forwards can have a mark of their own at a time. Slots are numbered from 0."""
        return min((1 << len(self.bits)) - 1, MOST_SLOTS)

    def of(self, slot: int) -> int:
        return _spread(self.mask, slot + 1)

    def slot_of(self, mark: int) -> int:
        """Return the slot of a flow with this mark, or -1 when it has none."""
        return sum(1 << number for number, bit in enumerate(self.bits) if mark & bit) - 1


@lru_cache
def _bits(mask: int) -> tuple[int, ...]:
    return tuple(1 << number for number in reversed(range(32)) if mask >> number & 1)


@lru_cache(maxsize=1 << 15)
def _spread(mask: int, value: int) -> int:
    return sum(bit for number, bit in enumerate(_bits(mask)) if value >> number & 1)


@dataclass(frozen=True, slots=True)
class Uplink:
    """An interface that faces the Internet."""

    interface: str
    source4: IPv4Address | None = None  # flows leave with it; None without an address of that family
    source6: IPv6Address | None = None
    fixed: frozenset[int] = frozenset()  # versions of IP whose source is configured, so that everything leaves with it


@dataclass(frozen=True, slots=True)
class FloodLimits:
    """Limits of each forward, and of each device. A source is an IPv4 address or an IPv6 /64."""

    new_flows_per_second: int  # from one source
    flows_per_source: int  # open at once
    flows_per_forward: int  # open at once, from all sources
    flows_per_device: int = 4096  # open at once in each family, of those that it began


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The network that the nftables table is made for. `subnet6` and `address6` are None without IPv6."""

    interface: str  # WireGuard's
    uplinks: tuple[Uplink, ...]  # the first one's addresses are those that players are told
    listen_port: int  # WireGuard's, UDP
    mtu: int  # the tunnel's, in bytes
    subnet4: IPv4Network  # the tunnel's
    subnet6: IPv6Network | None
    address4: IPv4Address  # the gateway's own in the tunnel
    address6: IPv6Address | None
    public4: IPv4Address | None  # players connect to it; None while the host name does not resolve
    public6: IPv6Address | None  # the same for IPv6; None without public IPv6
    outer: tuple[IPv4Address | IPv6Address, ...] = ()  # every address on the uplinks
    passed_over: frozenset[IPv4Address | IPv6Address] = frozenset()  # of uplinks that another address is configured of
    near: tuple[IPv4Network | IPv6Network, ...] = ()  # those that the uplinks have an address in
    isolate_peers: bool = True  # peers do not reach each other, unless LAN mode is switched on
    marks: Marks = Marks()  # our bits of the conntrack mark
    flood: FloodLimits = field(default_factory=lambda: FloodLimits(20, 100, 2000))
    services: tuple[Service, ...] = ()  # on the gateway's host, which peers may reach
    denied_egress: tuple[Service, ...] = ()  # on the Internet, which peers may not call
    peer_interfaces: tuple[str, ...] = ()  # behind which peers may reach everything
    peer_networks: tuple[IPv4Network | IPv6Network, ...] = ()  # private ones that peers may reach
    resolvers: tuple[IPv4Address | IPv6Address, ...] = ()  # in the peers' configs, so peers may ask them

    guarded: frozenset[int] = frozenset()  # versions of IP that this host forwards only because of the gateway

    @property
    def subnets(self) -> tuple[IPv4Network | IPv6Network, ...]:
        return (self.subnet4, self.subnet6) if self.subnet6 else (self.subnet4,)
