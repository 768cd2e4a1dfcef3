"""The devices' endpoints: where each was last, as `address:port`.

When the interface is made anew, the gateway itself begins the sessions there. A device that noticed nothing would do
so up to half a minute later, and one that only listens up to two minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.model import Key
from gateway.state.store import Store
from gateway.wireguard.device import DeviceState, WgPeer

KEPT = timedelta(days=1)  # since the device's last handshake
_RENEWED = timedelta(hours=1)  # the stored time of a handshake is at most so old


@dataclass(frozen=True, slots=True)
class Seen:
    """The endpoint of a device at its last handshake."""

    endpoint: str
    at: datetime


class Endpoints:
    """The endpoints in memory, and now and then in the store, because each is worth a write only while it is new."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._seen: dict[Key, Seen] = {}
        self._stored: dict[Key, Seen] = {}

    async def load(self) -> None:
        found = await self._store.endpoints()
        self._stored = {key: Seen(endpoint, at) for key, (endpoint, at) in found.items()}
        self._seen = dict(self._stored)

    def note(self, device: DeviceState, peers: Collection[Key]) -> None:
        """Learn from WireGuard where devices are. Forget what is not of these peers, and devices that are long away."""
        now = self._now()
        for key, peer in device.peers.items():
            if peer.endpoint and "%" not in peer.endpoint:  # an address scoped to an interface of ours
                known = self._seen.get(key)
                at = peer.latest_handshake or (known.at if known else now)
                if known is None or known.at != at or known.endpoint != peer.endpoint:
                    self._seen[key] = Seen(peer.endpoint, at)
        self._seen = {key: seen for key, seen in self._seen.items() if key in peers and now - seen.at < KEPT}

    def of(self, peer: WgPeer) -> WgPeer:
        """Return the peer with its endpoint, if that is known."""
        seen = self._seen.get(peer.public_key)
        return replace(peer, endpoint=seen.endpoint) if seen else peer

    @property
    def is_stored(self) -> bool:
        return not self._new() and not self._gone()

    async def save(self) -> None:
        """Write what the store lacks, in the caller's transaction."""
        new = self._new()
        await self._store.set_endpoints({key: (seen.endpoint, seen.at) for key, seen in new.items()}, self._gone())
        self._stored = {key: seen for key, seen in self._stored.items() if key in self._seen} | new

    def _new(self) -> dict[Key, Seen]:
        return {key: seen for key, seen in self._seen.items() if _is_new(seen, self._stored.get(key))}

    def _gone(self) -> Collection[Key]:
        return self._stored.keys() - self._seen.keys()


def _is_new(seen: Seen, stored: Seen | None) -> bool:
    return stored is None or seen.endpoint != stored.endpoint or seen.at - stored.at > _RENEWED
