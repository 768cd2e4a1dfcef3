"""The gateway's public address as devices know it: which of them a change of it concerns. Pure.

A place is the address that configs get, the IPv4 address that it stands for, and since when it stands for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import AddressValueError, IPv4Address

from gateway.api.contract import BACK_BY_ITSELF, Moved, PeerInfo
from gateway.host.surroundings import Surroundings
from gateway.model import Desired, Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the gateway is reached. The store keeps it, so that a start on another machine is a change as well."""

    address: str = ""  # a name or an IPv4 address; empty before the first start
    public4: IPv4Address | None = None  # None before a name has resolved
    since: datetime | None = None  # when `public4` last changed; None when it has not

    def now(self, here: Surroundings, at: datetime) -> Place:
        """Return the place after a look at the surroundings. A name that does not resolve changes nothing."""
        public4 = here.public4 or self.public4
        has_moved = self.public4 is not None and public4 != self.public4
        return Place(address=here.address, public4=public4, since=at if has_moved else self.since)


def with_addresses(desired: Desired, latest: str) -> Desired:
    """Return the state in which each peer has the address of its config.

    An older version wrote none down. The peer has most likely the `latest`.
    """
    unknown = {key: replace(peer, address=latest) for key, peer in desired.peers.items() if not peer.address}
    return replace(desired, peers={**desired.peers, **unknown}) if unknown else desired


def is_bare(address: str) -> bool:
    """Report whether a config holds an address, which cannot follow a move, and no name."""
    try:
        IPv4Address(address)
    except AddressValueError:
        return False
    return True


def moved(
    desired: Desired, here: Surroundings, place: Place, seen: Mapping[Key, datetime | None], now: datetime
) -> Moved:
    """Return the devices that a change of the address concerns. `seen` has the latest handshakes."""
    reached = {here.address, *map(str, here.outer), *([str(place.public4)] if place.public4 else [])}
    peers = [peer for peer in desired.active.peers.values() if peer.address]
    lost = [peer for peer in peers if is_bare(peer.address) and peer.address not in reached]
    waiting = []
    if place.since and now - place.since >= BACK_BY_ITSELF:
        named = [peer for peer in peers if not is_bare(peer.address) and peer.created_at < place.since]
        waiting = [peer for peer in named if (seen.get(peer.public_key) or peer.created_at) < place.since]
    return Moved(
        address=here.address,
        since=place.since,
        lost=tuple(map(PeerInfo.of, lost)),
        waiting=tuple(map(PeerInfo.of, waiting)),
    )
