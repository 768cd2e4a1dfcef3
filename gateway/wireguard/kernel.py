"""WireGuard in the kernel, through generic netlink (linux/wireguard.h).

pyroute2 does not serve here, because it takes one peer at a time and decodes on the event loop, at 0.4 ms a peer.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeVar

from gateway.config import Backend
from gateway.errors import HostProblem, apply_failed, why
from gateway.host import link
from gateway.host.netlink import (
    ACK,
    GENERIC,
    Message,
    NetlinkRefused,
    NetlinkSocket,
    attribute,
    attributes,
    each_attribute,
    in_thread,
    nested,
    only,
    parser,
    string,
)
from gateway.model import Key
from gateway.wireguard.device import (
    KEEPALIVE_S,
    DeviceState,
    Interface,
    Known,
    PeerState,
    WgPeer,
    check_port_free,
    key_of,
    moment,
    preshared,
    preshared_raw,
    refuse_foreign,
)

KIND = "wireguard"
T = TypeVar("T")

# linux/genetlink.h: the controller, which knows the numbers of the other families
_CONTROLLER, _GET_FAMILY, _FAMILY_ID, _FAMILY_NAME = 16, 3, 1, 2
# linux/wireguard.h
_GET_DEVICE, _SET_DEVICE = 0, 1
_REMOVE_ME, _REPLACE_ALLOWEDIPS, _UPDATE_ONLY = 1, 2, 4
_IFNAME, _PRIVATE_KEY, _DEVICE_PUBLIC_KEY, _LISTEN_PORT, _PEERS = 2, 3, 4, 6, 8
_PUBLIC_KEY, _PRESHARED_KEY, _FLAGS, _ENDPOINT, _KEEPALIVE = 1, 2, 3, 4, 5
_LAST_HANDSHAKE, _RX_BYTES, _TX_BYTES, _ALLOWEDIPS = 6, 7, 8, 9
_FAMILY, _ADDRESS, _PREFIX = 1, 2, 3

_PEERS_AT_ONCE = 200  # some 200 bytes each, and an attribute holds 64 KiB
_FIX = 'run as root or with CAP_NET_ADMIN, on a kernel with WireGuard, or set backend = "userspace"'


class KernelWireGuard(Interface):
    """An interface of the kernel's WireGuard. Each operation has a socket of its own, so there is nothing to lock."""

    kind = Backend.KERNEL

    async def up(self) -> None:
        try:
            await self._call_back()
            await link.add(self.interface, KIND)
        except NetlinkRefused as error:
            raise HostProblem(
                key="gateway.backend",
                problem=f"the kernel cannot create {self.interface} ({why(error)}); {_FIX}",
            ) from error
        if (kind := await link.kind(self.interface)) != KIND:
            raise refuse_foreign(self.interface, f"is there already and no WireGuard interface ({kind or 'hardware'})")
        state = await self.dump()
        if not self.is_ours(state):
            raise refuse_foreign(self.interface, "is a WireGuard interface with another private key")
        if state.listen_port != self.listen_port:
            check_port_free(self.listen_port)
        elif state.public_key is not None:
            return
        key, port = self.private_key.raw, struct.pack("=H", self.listen_port)
        await self._set([attribute(_PRIVATE_KEY, key) + attribute(_LISTEN_PORT, port)])

    async def _call_back(self) -> None:
        """Give the interface its name again, if another program renamed it: its key tells which it is."""
        if await link.kind(self.interface) is not None:
            return
        for name in await link.names(KIND):
            state = await replace(self, interface=name).dump()
            if state.public_key == self.private_key.public_key and state.listen_port == self.listen_port:
                await link.rename(name, self.interface)
                return

    async def apply(self, add: Iterable[WgPeer], remove: Iterable[Key]) -> None:
        add = list(add)
        changes = [*_peers(remove, _removed), *_peers(add, _added)]
        changes += _peers((peer for peer in add if peer.endpoint), _begun)
        if changes:
            await self._set(changes)

    async def dump(self, only: Set[Key] | None = None) -> DeviceState:
        def read() -> DeviceState:
            with NetlinkSocket(GENERIC) as netlink:
                payloads = netlink.dump(_family(netlink), self._body(_GET_DEVICE))
                return parse((bytes(payload[4:]) for payload in payloads), only, self._known)

        try:
            return await in_thread(read)
        except OSError as error:
            raise apply_failed(f"reading {self.interface}", error) from error

    async def down(self) -> None:
        if await link.kind(self.interface) == KIND and self.is_ours(await self.dump()):
            try:
                await link.delete(self.interface)
            except NetlinkRefused as error:
                raise apply_failed(f"removing {self.interface}", error) from error

    async def _set(self, changes: Iterable[bytes]) -> None:
        """Make the changes one after the other, until the kernel refuses one."""

        def write() -> None:
            with NetlinkSocket(GENERIC) as netlink:
                family = _family(netlink)
                for change in changes:
                    netlink.request(Message(family, ACK, self._body(_SET_DEVICE) + change))

        try:
            await in_thread(write)
        except OSError as error:
            raise apply_failed(f"changing {self.interface}", error) from error

    def _body(self, command: int) -> bytes:
        return _genlmsghdr(command) + string(_IFNAME, self.interface)


def _family(netlink: NetlinkSocket) -> int:
    """Ask for the number of WireGuard's messages, which loads the module. Each load gives another number."""
    name = string(_FAMILY_NAME, KIND)
    return _family_id(only(netlink.request(Message(_CONTROLLER, ACK, _genlmsghdr(_GET_FAMILY) + name))))


@parser
def _family_id(answer: memoryview) -> int:
    return int(struct.unpack("=H", attributes(answer[4:])[_FAMILY_ID])[0])


def _genlmsghdr(command: int) -> bytes:
    return struct.pack("=BBH", command, 1, 0)


def _peers(items: Iterable[T], encode: Callable[[T], bytes]) -> Iterator[bytes]:
    encoded = [encode(item) for item in items]
    for first in range(0, len(encoded), _PEERS_AT_ONCE):
        yield nested(_PEERS, *encoded[first : first + _PEERS_AT_ONCE])


def _removed(key: Key) -> bytes:
    return nested(0, attribute(_PUBLIC_KEY, key.raw), attribute(_FLAGS, struct.pack("=I", _REMOVE_ME)))


def _added(peer: WgPeer) -> bytes:
    """Encode the peer. A keepalive that is switched on is sent at once, and begins the session (set_peer())."""
    return nested(
        0,
        attribute(_PUBLIC_KEY, peer.public_key.raw),
        attribute(_PRESHARED_KEY, preshared_raw(peer.preshared_key)),
        attribute(_FLAGS, struct.pack("=I", _REPLACE_ALLOWEDIPS)),
        attribute(_ENDPOINT, _sockaddr(peer.endpoint)) if peer.endpoint else b"",
        nested(_ALLOWEDIPS, *map(_allowed_ip, peer.allowed_ips)),
        attribute(_KEEPALIVE, struct.pack("=H", KEEPALIVE_S)) if peer.endpoint else b"",
    )


def _begun(peer: WgPeer) -> bytes:
    """Switch the keepalive off again."""
    return nested(
        0,
        attribute(_PUBLIC_KEY, peer.public_key.raw),
        attribute(_FLAGS, struct.pack("=I", _UPDATE_ONLY)),
        attribute(_KEEPALIVE, struct.pack("=H", 0)),
    )


def _allowed_ip(network: IPv4Network | IPv6Network) -> bytes:
    family = socket.AF_INET if network.version == 4 else socket.AF_INET6
    return nested(
        0,
        attribute(_FAMILY, struct.pack("=H", family)),
        attribute(_ADDRESS, network.network_address.packed),
        attribute(_PREFIX, bytes([network.prefixlen])),
    )


def _sockaddr(endpoint: str) -> bytes:
    """Encode `1.2.3.4:5` as struct sockaddr_in, `[fd00::1]:5` as struct sockaddr_in6."""
    host, _, port = endpoint.rpartition(":")
    address = ip_address(host.strip("[]"))
    if address.version == 4:
        return struct.pack("=H", socket.AF_INET) + struct.pack("!H4s8x", int(port), address.packed)
    return struct.pack("=H", socket.AF_INET6) + struct.pack("!HI16sI", int(port), 0, address.packed, 0)


@parser
def parse(messages: Iterable[bytes], only: Set[Key] | None = None, known: Known | None = None) -> DeviceState:
    """Read the attributes of a dump's messages, of peers `only` these.

    Only the first message has the device's own attributes. A peer that does not fit into one message goes on in the
    next, with only its key and more allowed_ips. `known` has the peers of the dump before, and then those of this one.
    """
    device: dict[int, bytes] = {}
    peers: dict[bytes, bytes] = {}
    wanted = None if only is None else {key.raw for key in only}
    for message in messages:
        for kind, value in each_attribute(message):
            if kind != _PEERS:
                device[kind] = value
                continue
            for _, entry in each_attribute(value):
                first, key = next(each_attribute(entry), (0, b""))
                if first != _PUBLIC_KEY:
                    raise ValueError("a peer that does not begin with its key")
                if wanted is None or key in wanted:
                    peers[key] = peers.get(key, b"") + entry
    public_key = device.get(_DEVICE_PUBLIC_KEY)
    before = known or {}
    found = {entry: before.get(entry) or _peer(entry) for entry in peers.values()}
    if known is not None and wanted is None:
        known.clear()
        known.update(found)
    return DeviceState(
        public_key=key_of(public_key) if public_key else None,
        listen_port=struct.unpack("=H", device[_LISTEN_PORT])[0],
        peers={state.public_key: state for state in found.values()},
    )


def _peer(entry: bytes) -> PeerState:
    found: dict[int, bytes] = {}
    allowed_ips = list[IPv4Network | IPv6Network]()
    for kind, value in each_attribute(entry):
        if kind == _ALLOWEDIPS:
            allowed_ips += (_network(network) for _, network in each_attribute(value))
        else:
            found[kind] = value
    return PeerState(
        public_key=key_of(found[_PUBLIC_KEY]),
        preshared_key=preshared(found.get(_PRESHARED_KEY, b"")),
        allowed_ips=tuple(allowed_ips),
        endpoint=_endpoint(found.get(_ENDPOINT)),
        latest_handshake=moment(*struct.unpack("=qq", found[_LAST_HANDSHAKE])),
        rx_bytes=struct.unpack("=Q", found[_RX_BYTES])[0],
        tx_bytes=struct.unpack("=Q", found[_TX_BYTES])[0],
    )


def _network(allowed_ip: bytes) -> IPv4Network | IPv6Network:
    found = attributes(allowed_ip)
    return ip_network((found[_ADDRESS], found[_PREFIX][0]))


def _endpoint(sockaddr: bytes | None) -> str | None:
    if sockaddr is None:
        return None
    family, port = struct.unpack_from("=H", sockaddr)[0], struct.unpack_from("!H", sockaddr, 2)[0]
    if family == socket.AF_INET:
        return f"{ip_address(sockaddr[4:8])}:{port}"
    return f"[{ip_address(sockaddr[8:24])}]:{port}"
