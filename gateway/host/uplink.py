"""The interfaces that face the Internet, and the choice of the addresses that players are told. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TypeVar

from gateway.config import GatewaySection
from gateway.network import Uplink, is_private

# Bytes that WireGuard adds: 32 of its own, 8 of UDP, 20 of IPv4 or 40 of IPv6.
OVERHEAD4, _OVERHEAD = 60, 80
# Homes behind DS-Lite have 1460, those behind PPPoE 1492. IPv6 needs 1280.
_USUAL, LEAST_MTU = 1460 - _OVERHEAD, 1280

# It stands for all players (RFC 5737).
A_PLAYER = IPv4Address("198.51.100.7")
A = TypeVar("A", IPv4Address, IPv6Address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A public interface with its addresses in the kernel's order. A configured one need not exist."""

    interface: str
    exists: bool
    ipv4: tuple[IPv4Address, ...] = ()
    ipv6: tuple[IPv6Address, ...] = ()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()  # those on the line itself, without link-local IPv6
    mtu: int = 0  # bytes; 0 while it does not exist

    @property
    def addresses(self) -> tuple[IPv4Address | IPv6Address, ...]:
        return (*self.ipv4, *self.ipv6)

    def uplink(
        self,
        known: Uplink | None = None,
        configured: tuple[IPv4Address | None, IPv6Address | None] = (None, None),
    ) -> Uplink:
        """Choose the source addresses: the configured ones where the line has them.

        `known` are the ones in use, which are kept where they are as good.
        """
        known = known or Uplink(self.interface)
        # Without any IPv4 address a lease is being renewed, so the known one stays. IPv6 is optional.
        source4 = preferred(self.ipv4, known.source4) or known.source4
        source6 = preferred(self.ipv6, known.source6)
        fixed = set[int]()
        if configured[0] in self.ipv4:
            source4 = configured[0]
            fixed.add(4)
        if configured[1] in self.ipv6:
            source6 = configured[1]
            fixed.add(6)
        return Uplink(self.interface, source4, source6, frozenset(fixed))

    def passed_over(self, uplink: Uplink) -> Iterator[IPv4Address | IPv6Address]:
        """Yield the addresses that flows may have left with before the configured one was there."""
        for address in self.addresses:
            if address.version in uplink.fixed and address not in (uplink.source4, uplink.source6):
                yield address


def tunnel_mtu(section: GatewaySection, lines: Iterable[Line], known: int = 0) -> int:
    """Return the tunnel's mtu: the configured one, or what fits most homes and every uplink.

    `known` is the one in use, which stays while no uplink is there.
    """
    if isinstance(section.mtu, int):
        return section.mtu
    narrowest = min((line.mtu for line in lines if line.mtu), default=(known or _USUAL) + _OVERHEAD)
    return max(LEAST_MTU, min(_USUAL, narrowest - _OVERHEAD))


def diverted(section: GatewaySection, lines: Iterable[Line], way: str) -> tuple[str, tuple[str, ...]] | None:
    """Return what sends packets to players by another way than the uplinks, with the commands that mend it, or None.

    `way` is the interface that they leave by. A VPN client that takes all of the host's traffic does that by rules.
    """
    names = [line.interface for line in lines]
    if not way or not names or way in names:
        return None
    problem = f"packets to players leave by {way} and not by {' or '.join(names)}: see `ip rule` and `ip route`"
    rule = "ip rule add priority 99"
    return problem, (
        f"{rule} iif {section.interface} lookup main",
        f"{rule} ipproto udp sport {section.listen_port} lookup main",
    )


def overlap(section: GatewaySection, addresses: Mapping[IPv4Address | IPv6Address, str]) -> str:
    """Return another interface with an address of the tunnel's subnets, as `eth1 has 10.66.66.7`, or an empty text.

    Such a network would be cut off, because the table drops packets from these subnets that come from outside the
    tunnel.
    """
    for address, interface in addresses.items():
        if interface != section.interface and (address in section.subnet4 or address in (section.network6 or ())):
            return f"{interface} has {address}"
    return ""


def preferred(found: Iterable[A], known: A | None) -> A | None:
    """Return the address of one interface and family that players are told and that flows leave with, or None.

    Public addresses come before private ones, then the known one, then the kernel's order. A private address beside a
    public one is the provider's (a cloud's anchor) or a home router's (ULA). It does not take over while the public
    one's lease is renewed. Link-local addresses do not count: a DHCP client without an answer makes them up.
    """
    usable = [address for address in found if not address.is_link_local]
    best = min(usable, key=lambda address: (is_private(address), address != known), default=None)
    return known if best and known and is_private(best) > is_private(known) else best
