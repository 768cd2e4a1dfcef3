"""The interfaces that face the Internet, as they are, and which of their addresses are told and used. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import TypeVar

from gateway.config import GatewaySection
from gateway.network import Uplink, is_private

A = TypeVar("A", IPv4Address, IPv6Address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A public interface with its addresses, the kernel's first one first, or a configured one that does not exist."""

    interface: str
    exists: bool
    ipv4: tuple[IPv4Address, ...] = ()
    ipv6: tuple[IPv6Address, ...] = ()

    @property
    def addresses(self) -> tuple[IPv4Address | IPv6Address, ...]:
        return (*self.ipv4, *self.ipv6)

    def uplink(self, known: Uplink | None = None) -> Uplink:
        """How it is used now, after it was used as `known`."""
        known = known or Uplink(self.interface)
        # Without any IPv4 a lease is being renewed; without IPv6 one gets along.
        source4 = preferred(self.ipv4, known.source4) or known.source4
        return Uplink(self.interface, source4, preferred(self.ipv6, known.source6))


def overlap(section: GatewaySection, addresses: Mapping[IPv4Address | IPv6Address, str]) -> str:
    """Who else has an address of the tunnel's subnets, such as `eth1 has 10.66.66.7`; empty where nobody does.

    The table lets nothing from there in but through the tunnel, so that other network would be cut off.
    """
    for address, interface in addresses.items():
        if interface != section.interface and (address in section.subnet4 or address in (section.network6 or ())):
            return f"{interface} has {address}"
    return ""


def preferred(found: Iterable[A], known: A | None) -> A | None:
    """Of one interface's addresses of one family, the one to be reached at and to leave with.

    Public before private, then the one it was before, then the kernel's order. Beside a public address a private one is
    the provider's (a cloud's anchor) or a home router's (ULA), and stays behind while the lease of the public one is
    renewed: it does not take over. Link-local ones lead nowhere; a DHCP client that hears nothing makes them up.
    """
    usable = [address for address in found if not address.is_link_local]
    best = min(usable, key=lambda address: (is_private(address), address != known), default=None)
    return known if best and known and is_private(best) > is_private(known) else best
