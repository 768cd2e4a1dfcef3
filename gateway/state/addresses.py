"""The choice of a peer's addresses, and the rest of those that removed peers had. Pure.

Resting: an address of a removed peer, which no peer of another owner gets for `REST`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from itertools import islice

from gateway.config import GatewaySection
from gateway.errors import SubnetFull
from gateway.model import Desired, Peer

# An address rests longer than any UDP flow or half-open TCP flow of its old owner lives on. These last minutes:
# nf_conntrack_tcp_timeout_close_wait and nf_conntrack_udp_timeout_stream.
REST = timedelta(hours=1)


def free_address(section: GatewaySection, desired: Desired, now: datetime) -> IPv4Address:
    """Return an address for a new peer. Raise SubnetFull."""
    used = {peer.ipv4 for peer in desired.peers.values()}
    used |= {ip for ip, until in desired.resting.items() if until > now}
    for address in islice(section.subnet4.hosts(), 1, None):  # the first is the gateway's own
        if address not in used:
            return address
    raise SubnetFull


def address6(section: GatewaySection, address: IPv4Address) -> IPv6Address | None:
    """Return the IPv6 address that goes with a peer's IPv4 address."""
    network6 = section.network6
    return network6[int(address) - int(section.subnet4.network_address)] if network6 else None


def laid_to_rest(desired: Desired, peers: Iterable[Peer], now: datetime) -> Mapping[IPv4Address, datetime]:
    """Return the resting addresses with those of `peers`, which are removed now."""
    return {**desired.resting, **{peer.ipv4: now + REST for peer in peers}}
