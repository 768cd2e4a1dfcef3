"""The choice of a peer's addresses, and the rest of those that removed peers had. Pure.

Resting: an address of a removed peer, which no peer of another owner gets for `REST`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from itertools import islice

from gateway.config import GatewaySection
from gateway.errors import BadRequest, SubnetFull
from gateway.model import Desired, Peer, Rest

# An address rests longer than any UDP flow or half-open TCP flow of its old owner lives on. These last minutes:
# nf_conntrack_tcp_timeout_close_wait and nf_conntrack_udp_timeout_stream.
REST = timedelta(hours=1)
MOST_RESTING = 16  # addresses of one owner, so that no owner puts the whole subnet to rest


def free_address(section: GatewaySection, desired: Desired, owner: str, now: datetime) -> IPv4Address:
    """Return the owner's own address that has rested longest, or else the first one that is free. Raise SubnetFull."""
    resting = still_resting(desired.resting, now)
    own = [ip for ip, rest in resting.items() if rest.owner == owner and _is_for_peers(section, ip)]
    if own:
        return min(own, key=lambda ip: resting[ip].until)
    used = {peer.ipv4 for peer in desired.peers.values()} | resting.keys()
    used6 = {peer.ipv6 for peer in desired.peers.values()} - {None}
    for address in islice(section.subnet4.hosts(), 1, None):  # the first is the gateway's own
        if address not in used and address6(section, address) not in used6:
            return address
    raise SubnetFull


def check_free(section: GatewaySection, desired: Desired, ipv4: IPv4Address, ipv6: IPv6Address | None) -> None:
    """Raise BadRequest when a peer cannot have these addresses, which it had elsewhere."""
    used = {address for peer in desired.peers.values() for address in (peer.ipv4, peer.ipv6)}
    fits6 = ipv6 is None or (section.network6 and ipv6 in section.network6)
    if ipv4 == section.address4 or (ipv6 and ipv6 == section.address6):
        problem = "the gateway itself has the first address of each network"
    elif not _is_for_peers(section, ipv4) or not fits6:
        problem = f"the tunnel's networks are {section.subnet4} and {section.network6 or 'none of IPv6'}"
    elif ipv4 in used or (ipv6 and ipv6 in used):
        problem = "another device has it"
    else:
        return
    raise BadRequest(field=f"the address {ipv4 if ipv6 is None else f'{ipv4}, {ipv6}'}", problem=problem)


def _is_for_peers(section: GatewaySection, address: IPv4Address) -> bool:
    """Report whether a peer may have the address, which may have gone to rest in another subnet."""
    subnet = section.subnet4
    return address in subnet and address not in (subnet.network_address, section.address4, subnet.broadcast_address)


def address6(section: GatewaySection, address: IPv4Address) -> IPv6Address | None:
    """Return the IPv6 address that goes with a peer's IPv4 address."""
    network6 = section.network6
    return network6[int(address) - int(section.subnet4.network_address)] if network6 else None


def addressed(section: GatewaySection, peers: Iterable[Peer]) -> dict[int, Peer]:
    """Return the peers with the IPv6 addresses that they have under this `subnet6`, or without any under none."""

    def ipv6(peer: Peer) -> IPv6Address | None:
        if peer.ipv6 is None or peer.ipv6 in (section.network6 or ()):
            return peer.ipv6
        return address6(section, peer.ipv4) if peer.ipv4 in section.subnet4 else None

    return {peer.id: peer if (found := ipv6(peer)) == peer.ipv6 else replace(peer, ipv6=found) for peer in peers}


def still_resting(resting: Mapping[IPv4Address, Rest], now: datetime) -> dict[IPv4Address, Rest]:
    """Return the addresses that still rest. An end far ahead is of a clock that has been set back since."""
    return {ip: rest for ip, rest in resting.items() if now < rest.until <= now + 2 * REST}


def laid_to_rest(resting: Mapping[IPv4Address, Rest], peers: Sequence[Peer], now: datetime) -> dict[IPv4Address, Rest]:
    """Return the resting addresses with those of `peers`, which are removed now: each owner's latest."""
    both = {**resting, **{peer.ipv4: Rest(peer.owner, now + REST) for peer in peers}}
    of_owner: dict[str, list[IPv4Address]] = {peer.owner: [] for peer in peers}
    for ip, rest in both.items():
        if rest.owner in of_owner:
            of_owner[rest.owner].append(ip)
    for own in of_owner.values():
        for ip in sorted(own, key=lambda ip: both[ip].until)[:-MOST_RESTING]:
            del both[ip]
    return both
