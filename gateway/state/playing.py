"""Which members play now, by the addresses that players come from. Pure; only members' ids come out."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from ipaddress import ip_address

from gateway.access import Address
from gateway.api.contract import PeerStatus


def members_at(sources: Collection[Address], devices: Iterable[PeerStatus]) -> set[str]:
    """Return the ids of the members with a device at one of these addresses.

    A device's address in the VPN tells its owner. In split mode a device plays from its line's address, which tells the
    owner while no other member's device is connected from there.
    """
    found = set[str]()
    lines: dict[Address, set[str]] = {}
    for row in devices:
        if row.peer.ipv4 in sources or row.peer.ipv6 in sources:
            found.add(row.peer.owner)
        if row.connected and row.endpoint:
            address = ip_address(row.endpoint.rpartition(":")[0].strip("[]"))
            lines.setdefault(address, set()).add(row.peer.owner)
    for address in lines.keys() & set(sources):
        if len(lines[address]) == 1:
            found |= lines[address]
    return found
