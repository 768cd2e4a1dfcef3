"""WireGuard in the kernel, through generic netlink.

pyroute2's own `set` is not safe to cancel and takes one peer at a time, and its decoding costs 0.4 ms a peer
on the event loop. So its socket carries messages built here, and answers are taken raw and read by `parse`.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, TypeVar

from pyroute2.netlink import NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST, NLMSG_DONE
from pyroute2.netlink.exceptions import NetlinkError
from pyroute2.netlink.generic.wireguard import AsyncWireGuard, wgmsg
from pyroute2.netlink.nlsocket import NetlinkRequest

from gateway.config import Backend
from gateway.errors import ConfigError, apply_failed, why
from gateway.host import link
from gateway.host.netlink import attributes, each_attribute
from gateway.keys import PrivateKey
from gateway.model import Key
from gateway.wireguard.device import (
    DeviceState,
    PeerState,
    WgPeer,
    check_port_free,
    is_ours,
    refuse_foreign,
)

KIND = "wireguard"
T = TypeVar("T")

# linux/wireguard.h
_GET_DEVICE, _SET_DEVICE = 0, 1
_REMOVE_ME, _REPLACE_ALLOWEDIPS = 1, 2
_DEVICE_PUBLIC_KEY, _DEVICE_LISTEN_PORT, _DEVICE_PEERS = 4, 6, 8
_PUBLIC_KEY, _PRESHARED_KEY, _ENDPOINT, _LAST_HANDSHAKE, _RX_BYTES, _TX_BYTES, _ALLOWEDIPS = (
    1,
    2,
    4,
    6,
    7,
    8,
    9,
)
_ADDRESS, _PREFIX = 2, 3

_NLM_F_DUMP_INTR = 0x10  # linux/netlink.h: somebody changed the device while we read it
_DUMP_TRIES = 10
_REMOVE_AT_ONCE, _ADD_AT_ONCE = 200, 50  # peers a message: some 10 ms to encode, and far below 64 kB
_FIX = 'run as root or with CAP_NET_ADMIN, on a kernel with WireGuard, or set backend = "userspace"'


class KernelWireGuard:
    """One socket per operation: nothing to lock, and no late answer of a cancelled call to take for ours."""

    kind = Backend.KERNEL

    def __init__(self, interface: str, listen_port: int, private_key: PrivateKey) -> None:
        self._interface = interface
        self._listen_port = listen_port
        self._private_key = private_key

    async def up(self) -> None:
        try:
            await link.add(self._interface, KIND)
        except NetlinkError as error:
            raise ConfigError(
                key="gateway.backend",
                problem=f"the kernel cannot create {self._interface} ({why(error.code)}); {_FIX}",
            ) from error
        if (kind := await link.kind(self._interface)) != KIND:
            raise refuse_foreign(self._interface, f"is there already and no WireGuard interface ({kind or 'hardware'})")
        state = await self.dump()
        if not is_ours(state, self._private_key):
            raise refuse_foreign(self._interface, "is a WireGuard interface with another private key")
        if state.listen_port != self._listen_port:
            check_port_free(self._listen_port)
        elif state.public_key is not None:
            return
        key = ["WGDEVICE_A_PRIVATE_KEY", self._private_key.reveal()]
        await self._set([[key, ["WGDEVICE_A_LISTEN_PORT", self._listen_port]]])

    async def apply(self, add: Iterable[WgPeer], remove: Iterable[Key]) -> None:
        chunks = *_chunks(remove, _REMOVE_AT_ONCE, _removed), *_chunks(add, _ADD_AT_ONCE, _added)
        if chunks:
            await self._set([["WGDEVICE_A_PEERS", chunk]] for chunk in chunks)

    async def dump(self) -> DeviceState:
        try:
            for _ in range(_DUMP_TRIES):
                messages = await self._get()
                if not any(flags & _NLM_F_DUMP_INTR for flags, _ in messages):
                    return await asyncio.to_thread(parse, [body for _, body in messages])
            raise NetlinkError(errno.EINTR, "changed during every dump")
        except (NetlinkError, OSError) as error:
            raise apply_failed(f"reading {self._interface}", error) from error

    async def down(self) -> None:
        if await link.kind(self._interface) == KIND and is_ours(await self.dump(), self._private_key):
            try:
                await link.delete(self._interface)
            except NetlinkError as error:
                raise apply_failed(f"removing {self._interface}", error) from error

    async def _set(self, requests: Iterable[list[Any]]) -> None:
        """Send the attributes of each request, one after the other, up to the first the kernel refuses."""
        flags = NLM_F_REQUEST | NLM_F_ACK
        try:
            async with _socket() as wireguard:
                for attributes in requests:
                    message = self._message(_SET_DEVICE, *attributes)
                    async for _ in await wireguard.nlm_request(message, wireguard.prid, flags):
                        pass
        except (NetlinkError, OSError) as error:
            raise apply_failed(f"changing {self._interface}", error) from error

    async def _get(self) -> list[tuple[int, bytes]]:
        """Netlink flags and attributes of every message of a dump."""
        async with _socket() as wireguard:

            def raw(data: bytes, offset: int, length: int) -> Any:
                _, kind, flags, sequence = struct.unpack_from("=IHHI", data, offset)
                if kind == wireguard.prid:  # the body begins after nlmsghdr and genlmsghdr
                    body = data[offset + 20 : offset + length]
                    return {"header": {"type": kind, "flags": flags}, "body": body}
                if kind == NLMSG_DONE and (status := struct.unpack_from("=i", data, offset + 16)[0]) < 0:
                    return {"header": {"type": kind, "flags": flags, "error": NetlinkError(-status)}}
                return wireguard.marshal.parse_one_message(kind, flags, sequence, data, offset, length)

            message = self._message(_GET_DEVICE)
            flags = NLM_F_REQUEST | NLM_F_DUMP
            request = NetlinkRequest(wireguard, message, msg_type=wireguard.prid, msg_flags=flags, parser=raw)
            await request.send()
            return [(message["header"]["flags"], message["body"]) async for message in request.response()]

    def _message(self, command: int, *attributes: list[Any]) -> Any:
        message = wgmsg()
        message["cmd"], message["version"] = command, 1
        message["attrs"] = [["WGDEVICE_A_IFNAME", self._interface], *attributes]
        return message


@asynccontextmanager
async def _socket() -> AsyncIterator[Any]:
    async with AsyncWireGuard() as wireguard:
        await wireguard.setup_endpoint()  # looks up the family's number, which entering does not
        yield wireguard


def _chunks(items: Iterable[T], size: int, encode: Callable[[T], Any]) -> Iterator[list[Any]]:
    encoded = [encode(item) for item in items]
    for first in range(0, len(encoded), size):
        yield encoded[first : first + size]


def _removed(key: Key) -> dict[str, Any]:
    return {"attrs": [["WGPEER_A_PUBLIC_KEY", str(key)], ["WGPEER_A_FLAGS", _REMOVE_ME]]}


def _added(peer: WgPeer) -> dict[str, Any]:
    found = [
        ["WGPEER_A_PUBLIC_KEY", str(peer.public_key)],
        ["WGPEER_A_PRESHARED_KEY", str(peer.preshared_key)],
        ["WGPEER_A_FLAGS", _REPLACE_ALLOWEDIPS],
        ["WGPEER_A_ALLOWEDIPS", [_allowed_ip(network) for network in peer.allowed_ips]],
    ]
    if peer.endpoint:
        host, _, port = peer.endpoint.rpartition(":")
        found.append(["WGPEER_A_ENDPOINT", {"addr": host.strip("[]"), "port": int(port)}])
    return {"attrs": found}


def _allowed_ip(network: IPv4Network | IPv6Network) -> dict[str, Any]:
    return {
        "attrs": [
            ["WGALLOWEDIP_A_FAMILY", socket.AF_INET if network.version == 4 else socket.AF_INET6],
            ["WGALLOWEDIP_A_IPADDR", network.network_address.packed],
            ["WGALLOWEDIP_A_CIDR_MASK", network.prefixlen],
        ]
    }


def parse(messages: Iterable[bytes]) -> DeviceState:
    """Read the attributes of a dump's messages.

    The device's own attributes are in the first message only. A peer that does not fit into one goes on in
    the next with nothing but its key and more allowed_ips.
    """
    device: dict[int, bytes] = {}
    peers: dict[bytes, dict[int, bytes]] = {}
    allowed_ips: dict[bytes, list[IPv4Network | IPv6Network]] = {}
    for message in messages:
        for kind, value in each_attribute(message):
            if kind != _DEVICE_PEERS:
                device[kind] = value
                continue
            for _, nested in each_attribute(value):
                peer = attributes(nested)
                key = peer[_PUBLIC_KEY]
                networks = peer.pop(_ALLOWEDIPS, b"")
                peers.setdefault(key, {}).update(peer)
                allowed_ips.setdefault(key, []).extend(_network(entry) for _, entry in each_attribute(networks))
    public_key = device.get(_DEVICE_PUBLIC_KEY)
    return DeviceState(
        public_key=Key(public_key) if public_key else None,
        listen_port=struct.unpack("=H", device[_DEVICE_LISTEN_PORT])[0],
        peers={Key(key): _peer(found, allowed_ips[key]) for key, found in peers.items()},
    )


def _peer(found: dict[int, bytes], allowed_ips: list[IPv4Network | IPv6Network]) -> PeerState:
    preshared_key = found.get(_PRESHARED_KEY, b"")
    seconds, nanoseconds = struct.unpack("=qq", found[_LAST_HANDSHAKE])
    return PeerState(
        public_key=Key(found[_PUBLIC_KEY]),
        preshared_key=Key(preshared_key) if any(preshared_key) else None,
        allowed_ips=tuple(allowed_ips),
        endpoint=_endpoint(found.get(_ENDPOINT)),
        latest_handshake=datetime.fromtimestamp(seconds + nanoseconds / 1e9, UTC) if seconds else None,
        rx_bytes=struct.unpack("=Q", found[_RX_BYTES])[0],
        tx_bytes=struct.unpack("=Q", found[_TX_BYTES])[0],
    )


def _network(entry: bytes) -> IPv4Network | IPv6Network:
    found = attributes(entry)
    return ip_network((found[_ADDRESS], found[_PREFIX][0]))


def _endpoint(sockaddr: bytes | None) -> str | None:
    if sockaddr is None:
        return None
    family, port = struct.unpack_from("=H", sockaddr)[0], struct.unpack_from("!H", sockaddr, 2)[0]
    if family == socket.AF_INET:
        return f"{ip_address(sockaddr[4:8])}:{port}"
    return f"[{ip_address(sockaddr[8:24])}]:{port}"
