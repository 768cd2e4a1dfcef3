"""Conntrack by netlink: the live flows of our forwards, and removing flows that must not live on.

Filtered in the kernel (linux/netfilter/nfnetlink_conntrack.h): what we decode does not grow with other people's
flows. Flows are removed one by one from a filtered dump, since flushing by address needs kernel 6.11.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from gateway.model import Forward
from gateway.netlink import (
    ACK,
    REQUEST,
    NetfilterSocket,
    NetlinkRefused,
    attribute,
    attributes,
    message,
    nested,
)
from gateway.ruleset import MARK, MARK_MASK

Address = IPv4Address | IPv6Address

_GET, _DELETE = (1 << 8) | 1, (1 << 8) | 2
_TUPLE_ORIG, _TUPLE_REPLY, _STATUS, _PROTOINFO, _MARK, _ID, _ZONE, _MARK_MASK, _FILTER = 1, 2, 3, 4, 8, 12, 18, 21, 25
_BY_SOURCE, _BY_DESTINATION, _BY_PROTOCOL, _BY_DESTINATION_PORT = 1 << 0, 1 << 1, 1 << 3, 1 << 5
_SEEN_REPLY, _DST_NAT = 1 << 1, 1 << 5  # nf_conntrack_common.h
_TCP_ESTABLISHED = 3


@dataclass(frozen=True, slots=True)
class Flow:
    """One live flow of a forward, as the player began it."""

    forward_id: int
    protocol: int
    source: Address
    source_port: int


async def flows() -> dict[int, list[Flow]]:
    """Live flows by forward id: established TCP, and UDP that was answered."""
    return await asyncio.to_thread(_flows)


async def flush_forwards(forwards: Iterable[Forward]) -> None:
    """Forget every flow of these forwards; their permission is gone already, this is hygiene."""
    marks = [(MARK | forward.id, 0xFFFFFFFF) for forward in forwards]
    if marks:
        await asyncio.to_thread(_flush_marks, marks)


async def flush_addresses(addresses: Iterable[Address]) -> None:
    """Forget every flow from or to these peer addresses, so that none reaches their next owner."""
    wanted = list(addresses)
    if wanted:
        await asyncio.to_thread(_flush_addresses, wanted)


async def flush_stale(forward: Forward, addresses: Iterable[Address]) -> None:
    """Forget flows that came to a public port before it was forwarded: NAT is decided on a flow's first packet."""
    await asyncio.to_thread(_flush_stale, forward, list(addresses))


def _flows() -> dict[int, list[Flow]]:
    found: dict[int, list[Flow]] = defaultdict(list)
    body = _mark_filter(MARK, MARK_MASK)
    with NetfilterSocket() as netlink:
        for family in (socket.AF_INET, socket.AF_INET6):
            for payload in netlink.dump(_GET, family, body):
                if flow := _live_flow(payload):
                    found[flow.forward_id].append(flow)
    return found


def _live_flow(payload: memoryview) -> Flow | None:
    entry = attributes(payload)
    status = _u32(entry[_STATUS])
    original = attributes(entry[_TUPLE_ORIG])
    protocol = attributes(original[2])
    number = protocol[1][0]
    if number == socket.IPPROTO_TCP:
        state = attributes(attributes(entry[_PROTOINFO])[1])[1][0] if _PROTOINFO in entry else 0
        live = state == _TCP_ESTABLISHED
    else:
        live = bool(status & _SEEN_REPLY)
    if not live or not status & _DST_NAT:
        return None
    addresses = attributes(original[1])
    source = ip_address(bytes(addresses[1] if 1 in addresses else addresses[3]))
    return Flow(_u32(entry[_MARK]) & ~MARK_MASK, number, source, struct.unpack(">H", protocol[2])[0])


def _flush_marks(marks: list[tuple[int, int]]) -> None:
    with NetfilterSocket() as netlink:
        for mark, mask in marks:
            for family in (socket.AF_INET, socket.AF_INET6):
                netlink.transact(
                    message(_DELETE, REQUEST | ACK, netlink.next_sequence(), family, _mark_filter(mark, mask))
                )


def _flush_addresses(addresses: list[Address]) -> None:
    with NetfilterSocket() as netlink:
        for address in addresses:
            for direction in (_TUPLE_ORIG, _TUPLE_REPLY):
                _delete_matching(netlink, address, _tuple_filter(direction, address, _BY_SOURCE))


def _flush_stale(forward: Forward, addresses: list[Address]) -> None:
    def is_stale(payload: memoryview) -> bool:
        entry = attributes(payload)
        port = struct.unpack(">H", attributes(attributes(entry[_TUPLE_ORIG])[2])[3])[0]
        return port in forward.ports and _u32(entry.get(_MARK, memoryview(bytes(4)))) != MARK | forward.id

    numbers = [socket.IPPROTO_TCP if p == "tcp" else socket.IPPROTO_UDP for p in forward.protocol.each]
    single = forward.ports.first if len(forward.ports) == 1 else None
    with NetfilterSocket() as netlink:
        for address in addresses:
            for number in numbers:
                flags = _BY_DESTINATION | _BY_PROTOCOL | (_BY_DESTINATION_PORT if single else 0)
                body = _tuple_filter(_TUPLE_ORIG, address, flags, number, single)
                _delete_matching(netlink, address, body, is_stale)


def _delete_matching(
    netlink: NetfilterSocket, address: Address, body: bytes, chosen: Callable[[memoryview], bool] = lambda _: True
) -> None:
    family = _family(address)
    for payload in list(netlink.dump(_GET, family, body)):
        if not chosen(payload):
            continue
        entry = attributes(payload)
        exact = nested(_TUPLE_ORIG, bytes(entry[_TUPLE_ORIG])) + attribute(_ID, bytes(entry[_ID]))
        if _ZONE in entry:
            exact += attribute(_ZONE, bytes(entry[_ZONE]))
        try:
            netlink.transact(message(_DELETE, REQUEST | ACK, netlink.next_sequence(), family, exact))
        except NetlinkRefused as error:
            if error.errno != errno.ENOENT:  # ended by itself meanwhile
                raise


def _mark_filter(mark: int, mask: int) -> bytes:
    return attribute(_MARK, struct.pack(">I", mark)) + attribute(_MARK_MASK, struct.pack(">I", mask))


def _tuple_filter(
    direction: int, address: Address, flags: int, protocol: int | None = None, port: int | None = None
) -> bytes:
    v6 = address.version == 6
    source, destination = (3, 4) if v6 else (1, 2)
    kind = source if flags & _BY_SOURCE else destination
    parts = [nested(1, attribute(kind, address.packed))]
    if protocol is not None:
        ports = attribute(3, struct.pack(">H", port)) if port is not None else b""
        parts.append(nested(2, attribute(1, bytes([protocol])) + ports))
    original, reply = (flags, 0) if direction == _TUPLE_ORIG else (0, flags)
    return nested(direction, *parts) + nested(
        _FILTER, attribute(1, struct.pack("=I", original)), attribute(2, struct.pack("=I", reply))
    )


def _family(address: Address) -> int:
    return socket.AF_INET6 if address.version == 6 else socket.AF_INET


def _u32(data: memoryview) -> int:
    return int(struct.unpack(">I", data)[0])
