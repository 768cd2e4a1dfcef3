"""Which devices are connected, by WireGuard's state as the gateway sees it now and then.

A device renews its session every two minutes while it sends anything, and WireGuard takes nothing from one whose last
handshake is older than `CONNECTED_S`. Ages are taken from the time since boot, because the clock may be set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.api.contract import PeerInfo, PeerStatus
from gateway.api.events import EventKind
from gateway.model import Key, Peer
from gateway.wireguard.device import DeviceState, PeerState

CONNECTED_S = 180.0  # since the last handshake, at most
LATE_S = 15.0  # a connected device may renew its session so late, or it would flap


@dataclass(slots=True)
class _Known:
    """What is known of a device. `answered` is its latest handshake, in seconds since boot."""

    state: PeerState
    answered: float | None = None
    is_connected: bool = False
    since: datetime | None = None
    heard: datetime | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """A device's connection, as it is written down. It goes on over a restart that the device outlasts."""

    peer_id: int
    since: datetime
    answered: datetime


class Presence:
    """The devices' connections. Each look may be at some devices only."""

    def __init__(self, now: Callable[[], datetime], uptime: Callable[[], float]) -> None:
        self._now = now
        self._uptime = uptime
        self._known: dict[Key, _Known] = {}
        self.rx_bytes = self.tx_bytes = 0
        """Bytes from and to all devices since the start."""

    def load(self, stored: Iterable[Connection], peers: Mapping[int, Peer]) -> None:
        """Take the connections from before a restart, before the first look."""
        now, uptime = self._now(), self._uptime()
        for connection in stored:
            age = max(0.0, (now - connection.answered).total_seconds())
            if (peer := peers.get(connection.peer_id)) and age < CONNECTED_S + LATE_S:
                self._known[peer.public_key] = _Known(
                    state=PeerState(public_key=peer.public_key),
                    answered=uptime - age,
                    is_connected=True,
                    since=connection.since,
                    heard=connection.answered,
                )

    def connections(self, peers: Iterable[Peer]) -> list[Connection]:
        """Return which of the devices are connected."""
        now, uptime = self._now(), self._uptime()
        found = []
        for peer in peers:
            known = self._known.get(peer.public_key)
            if known and known.is_connected and known.since and known.answered is not None:
                answered = now - timedelta(seconds=uptime - known.answered)
                found.append(Connection(peer.id, since=known.since, answered=answered))
        return found

    def look(self, device: DeviceState, active: Mapping[Key, Peer]) -> list[tuple[EventKind, Peer]]:
        """Take WireGuard's state. Return which of the active devices connected, moved and disconnected."""
        now, uptime = self._now(), self._uptime()
        found = []
        for key, state in device.peers.items():
            known = self._known.get(key)
            if (known and known.state is state) or (peer := active.get(key)) is None:
                continue
            if known is None:
                known = self._known[key] = _Known(PeerState(public_key=key))
            if kind := self._take(known, state, now, uptime):
                found.append((kind, peer))
        for key, known in self._known.items():
            if known.is_connected and (known.answered is None or uptime - known.answered >= CONNECTED_S + LATE_S):
                known.is_connected, known.since = False, known.heard
                if key in active:
                    found.append((EventKind.PEER_DISCONNECTED, active[key]))
        return found

    def _take(self, known: _Known, state: PeerState, now: datetime, uptime: float) -> EventKind | None:
        was, known.state = known.state, state
        if received := _grown(was.rx_bytes, state.rx_bytes):
            known.heard = now
        self.rx_bytes += received
        self.tx_bytes += _grown(was.tx_bytes, state.tx_bytes)
        at = state.latest_handshake
        if at and at != was.latest_handshake:
            known.answered = uptime - max(0.0, (now - at).total_seconds())
            known.heard = max(at, known.heard or at)
            if not known.is_connected and uptime - known.answered < CONNECTED_S:
                known.is_connected, known.since = True, min(at, now)
                return EventKind.PEER_CONNECTED
            known.since = known.since or at
        has_moved = was.endpoint and state.endpoint and was.endpoint != state.endpoint
        return EventKind.PEER_MOVED if has_moved and known.is_connected else None

    def keep(self, active: Iterable[Key]) -> None:
        """Forget the connections of all other devices, because they are cut."""
        active = set(active)
        for key in self._known.keys() - active:
            del self._known[key]

    def status(self, peer: Peer) -> PeerStatus:
        """Return how the device was at the last look at it."""
        known = self._known.get(peer.public_key)
        if known is None or peer.suspended_at:
            return PeerStatus(
                peer=PeerInfo.of(peer),
                latest_handshake=None,
                rx_bytes=0,
                tx_bytes=0,
                endpoint=None,
                since=peer.suspended_at,
            )
        return PeerStatus(
            peer=PeerInfo.of(peer),
            latest_handshake=known.state.latest_handshake,
            rx_bytes=known.state.rx_bytes,
            tx_bytes=known.state.tx_bytes,
            endpoint=known.state.endpoint,
            connected=known.is_connected,
            since=known.since,
        )


def _grown(before: int, after: int) -> int:
    """Return by how much a counter grew. It begins anew with the interface."""
    return after - before if after >= before else after
