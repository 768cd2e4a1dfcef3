"""WireGuard in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import replace

from gateway.config import Backend
from gateway.errors import HostProblem
from gateway.model import Key
from gateway.wireguard.device import DeviceState, PeerState, WgPeer
from tests.unit.fakes.effects import Effects, failed
from tests.unit.fakes.host import Link


class FakeWireGuard:
    """The device of one of the host's links. Like the kernel's, it ignores a peer with its own key."""

    kind = Backend.KERNEL

    def __init__(self, effects: Effects, links: dict[str, Link], interface: str, port: int, own_key: Key) -> None:
        self._effects = effects
        self._links = links
        self._interface = interface
        self._port = port
        self._own_key = own_key
        self.decoded: list[int] = []  # the number of peers that each dump decoded

    @property
    def peers(self) -> Mapping[Key, PeerState]:
        return self._device().peers

    def seen(self, public_key: Key, **what: object) -> None:
        """Record what the device learns from packets: an endpoint, a handshake, counts."""
        self._put({**self.peers, public_key: replace(self.peers[public_key], **what)})  # type: ignore[arg-type]

    async def up(self) -> None:
        self._effects.take("wireguard.up", HostProblem(key="gateway.listen_port", problem="is used by another program"))
        link = self._links.setdefault(self._interface, Link(mtu=1420, is_up=False, device=DeviceState()))
        assert link.device is not None
        self._effects.take("wireguard.up: set key and port", failed())
        link.device = replace(link.device, public_key=self._own_key, listen_port=self._port)

    async def apply(self, add: Iterable[WgPeer], remove: Iterable[Key]) -> None:
        """Change one peer after the other, up to the first that is refused."""
        for key in remove:
            self._effects.take("wireguard.apply: remove", failed())
            self._put({known: peer for known, peer in self.peers.items() if known != key})
        for peer in add:
            self._effects.take("wireguard.apply: add", failed())
            self._add(peer)

    def _add(self, wanted: WgPeer) -> None:
        if wanted.public_key == self._own_key:
            return
        taken = set(wanted.allowed_ips)
        others = {
            key: peer
            if taken.isdisjoint(peer.allowed_ips)
            else replace(peer, allowed_ips=tuple(ip for ip in peer.allowed_ips if ip not in taken))
            for key, peer in self.peers.items()
        }
        known = others.get(wanted.public_key, PeerState(public_key=wanted.public_key))
        now = replace(
            known,
            preshared_key=wanted.preshared_key,
            allowed_ips=wanted.allowed_ips,
            endpoint=wanted.endpoint or known.endpoint,
        )
        self._put({**others, wanted.public_key: now})

    async def dump(self, only: Set[Key] | None = None) -> DeviceState:
        self._effects.take("wireguard.dump", failed())
        device = self._device()
        self.decoded.append(len(device.peers if only is None else only & device.peers.keys()))
        if only is None:
            return device
        return replace(device, peers={key: peer for key, peer in device.peers.items() if key in only})

    async def down(self) -> None:
        self._effects.take("wireguard.down", failed())
        self._links.pop(self._interface, None)

    def _device(self) -> DeviceState:
        link = self._links.get(self._interface)
        if link is None or link.device is None:
            raise failed()
        return link.device

    def _put(self, peers: Mapping[Key, PeerState]) -> None:
        device = self._device()
        self._links[self._interface].device = replace(device, peers=peers)
