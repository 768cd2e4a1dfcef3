"""What both backends share: wanted peers, the actual state, and the difference of the two."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Protocol, Self

from gateway.config import Backend, GatewaySection
from gateway.errors import HostProblem
from gateway.holder import of_udp_port
from gateway.keys import PrivateKey
from gateway.model import Key

KEEPALIVE_S = 25  # any number of seconds but 0


@dataclass(frozen=True, slots=True)
class WgPeer:
    """A peer as it should be."""

    public_key: Key
    preshared_key: Key | None = field(repr=False)
    allowed_ips: tuple[IPv4Network | IPv6Network, ...]
    endpoint: str | None = None  # where it was last, such as `1.2.3.4:5`; the gateway begins a session there


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerState:
    """A peer as it is."""

    public_key: Key
    preshared_key: Key | None = field(default=None, repr=False)
    allowed_ips: tuple[IPv4Network | IPv6Network, ...] = ()
    endpoint: str | None = None  # `1.2.3.4:5` or `[fd00::1]:5`
    latest_handshake: datetime | None = None
    rx_bytes: int = 0  # received by the gateway
    tx_bytes: int = 0  # sent by the gateway


Known = dict[bytes, PeerState]
"""Peers by their bytes in a dump. Most are the same in the next one, and not read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceState:
    """An interface as it is. `public_key` is None while it has no private key."""

    public_key: Key | None = None
    listen_port: int = 0
    peers: Mapping[Key, PeerState] = field(default_factory=dict)


@dataclass(frozen=True)
class Interface:
    """An interface as the configuration wants it. Each backend is one that can make it so."""

    interface: str
    listen_port: int
    private_key: PrivateKey
    _known: Known = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, section: GatewaySection, private_key: PrivateKey) -> Self:
        return cls(section.interface, section.listen_port, private_key)

    def is_ours(self, state: DeviceState) -> bool:
        """Report whether the interface has our key, or none, because a gateway was killed before it set the key."""
        return state.public_key in (None, self.private_key.public_key)


class WireGuard(Protocol):
    """One interface of ours. Every method raises ApplyFailed when the backend refuses."""

    @property
    def kind(self) -> Backend: ...

    async def up(self) -> None:
        """Create or adopt the interface and give it key and port; sessions of peers that are there go on.

        May be called again, to repair an interface that vanished. Raise HostProblem when the interface is not ours,
        the port is taken or the host cannot do it.
        """

    async def apply(self, add: Iterable[WgPeer], remove: Iterable[Key]) -> None:
        """Remove peers, then add or replace peers. Sessions of all other peers go on."""

    async def dump(self, only: Set[Key] | None = None) -> DeviceState:
        """Read the interface. `only`: without other peers, because to decode a thousand takes some 15 ms."""

    async def down(self) -> None:
        """Remove the interface if it is there and is ours."""


def diff(wanted: Iterable[WgPeer], actual: DeviceState) -> tuple[list[WgPeer], list[Key]]:
    """Return the arguments of `apply` that turn `actual` into `wanted`. A peer that is right is in neither."""
    wanted = list(wanted)
    add = [peer for peer in wanted if not _is_right(peer, actual.peers.get(peer.public_key))]
    remove = actual.peers.keys() - {peer.public_key for peer in wanted}
    return add, [key for key in actual.peers if key in remove]


def _is_right(wanted: WgPeer, actual: PeerState | None) -> bool:
    return (
        actual is not None
        and actual.preshared_key == wanted.preshared_key
        and (actual.allowed_ips == wanted.allowed_ips or set(actual.allowed_ips) == set(wanted.allowed_ips))
    )


def key_of(raw: bytes) -> Key:
    """Read a key. Raise ValueError, without the key in its text."""
    if len(raw) != 32:
        raise ValueError("a key of another length than 32 bytes")
    return Key(raw)


def preshared(raw: bytes) -> Key | None:
    """Read a peer's preshared key; None for zeros. Raise ValueError like `key_of`."""
    return key_of(raw) if any(raw) else None


def preshared_raw(key: Key | None) -> bytes:
    """Return the preshared key as both backends take it: zeros for None."""
    return key.raw if key else bytes(32)


def moment(seconds: int, nanoseconds: int) -> datetime | None:
    """Read the time of a handshake; None for zero, which is never. Raise ValueError for one that no clock shows."""
    try:
        return datetime.fromtimestamp(seconds + nanoseconds / 1e9, UTC) if seconds else None
    except (OSError, OverflowError):
        raise ValueError("a time that no clock shows") from None


def refuse_foreign(interface: str, what: str) -> HostProblem:
    return HostProblem(
        key="gateway.interface",
        problem=f"{interface} {what}; choose a name that nothing uses, or remove that interface",
    )


def check_port_free(port: int) -> None:
    """Raise HostProblem when a UDP socket has the port, because both backends say so later or never."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind(("", port))
        except OSError as error:  # any other error: this host has no IPv6, which is fine
            if error.errno == errno.EADDRINUSE:
                raise HostProblem(
                    key="gateway.listen_port",
                    problem=f"{port} is used by another program, {of_udp_port(port)}; stop it or choose another port",
                ) from error
