"""What WireGuard is to know of the devices, and in what it differs from that. Pure."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from gateway.model import Change, Desired, Difference, Key, Peer
from gateway.wireguard.device import DeviceState, WgPeer, diff


class Comparison:
    """Compares WireGuard with the desired state. It keeps what it made last, because looks are many."""

    def __init__(self, listen_port: int) -> None:
        self._listen_port = listen_port
        self._wanted = Desired(), list[WgPeer]()  # the peers that this state makes
        self._last = Desired(), DeviceState(), frozenset[str]()  # what was compared last, and what differed

    def is_as_before(self, desired: Desired, device: DeviceState) -> bool:
        """Report whether both are those of the last comparison.

        Peers that are as before are the same objects, so this takes a hundredth of a comparison.
        """
        return self._last[0] is desired and self._last[1] == device

    def differences(self, desired: Desired, device: DeviceState) -> frozenset[str]:
        """Name what differs: peers, key and port."""
        if self.is_as_before(desired, device):
            return self._last[2]
        if self._wanted[0] is not desired:
            self._wanted = desired, list(map(wg_peer, desired.active.peers.values()))
        add, remove = diff(self._wanted[1], device)
        different = {*(peer.public_key for peer in add), *remove}
        addresses = {peer.public_key: peer.ipv4 for peer in desired.peers.values() if peer.public_key in different}
        found = {f"{Difference.PEER} {addresses.get(key, key)}" for key in different}  # because no member is named
        if device.public_key is None:
            found.add(Difference.KEY)
        if device.listen_port != self._listen_port:
            found.add(Difference.PORT)
        self._last = desired, device, frozenset(found)
        return self._last[2]


def wg_peer(peer: Peer) -> WgPeer:
    return WgPeer(peer.public_key, peer.preshared_key, tuple(_network(ip) for ip in (peer.ipv4, peer.ipv6) if ip))


@lru_cache(maxsize=1 << 14)  # because each look makes the same ones, at 30 µs
def _network(address: IPv4Address | IPv6Address) -> IPv4Network | IPv6Network:
    return ip_network(address)


def wg_changes(change: Change) -> tuple[list[WgPeer], list[Key]]:
    """Return (peers to add, keys to remove). A peer whose tunnel stays the same is in neither."""
    old = {peer.id: wg_peer(peer) for peer in change.peers_gone}
    new = {peer.id: wg_peer(peer) for peer in change.peers_come}
    keys = {peer.public_key for peer in new.values()}
    add = [peer for key, peer in new.items() if old.get(key) != peer]
    return add, [peer.public_key for peer in old.values() if peer.public_key not in keys]
