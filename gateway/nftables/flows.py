"""Conntrack through netlink: the live flows of our forwards, and the removal of flows that must end.

The kernel finds the flows of forwards by their mark (linux/netfilter/nfnetlink_conntrack.h), so the work here does not
grow with other flows. By address we choose from a whole dump and remove entry by entry. The kernel's flush by address
needs 6.11. Its filter for IPv6 addresses matches all but the wanted one, because ctnetlink_filter_matchtuple_of() uses
ipv6_addr_cmp() as a truth value. A second walk through the table costs more than looking at each entry of the first.
"""

from __future__ import annotations

import errno
import os
import platform
import re
import socket
import struct
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import UTC, datetime
from functools import reduce
from ipaddress import ip_address
from operator import and_, or_
from threading import Lock
from typing import BinaryIO, TypeVar

from gateway.access import Access
from gateway.host.netlink import (
    ACK,
    NETFILTER,
    Message,
    NetlinkRefused,
    NetlinkSocket,
    attribute,
    attributes,
    in_thread,
    nested,
    nfgenmsg,
    parser,
)
from gateway.model import Forward
from gateway.network import Marks
from gateway.nftables.flow import Address, Entry, Flow, Tuple

R = TypeVar("R")

_GET, _DELETE, _GET_STATS = (1 << 8) | 1, (1 << 8) | 2, (1 << 8) | 5
_TEXT = "/proc/net/nf_conntrack"
_TUPLE_ORIG, _TUPLE_REPLY, _STATUS, _PROTOINFO, _MARK, _ID, _ZONE, _MARK_MASK = 1, 2, 3, 4, 8, 12, 18, 21
_COUNTERS_ORIG, _COUNTERS_REPLY, _TIMESTAMP = 9, 10, 20
_SEEN_REPLY, _DST_NAT = 1 << 1, 1 << 5  # nf_conntrack_common.h
_TCP_ESTABLISHED = 3
# Before Linux 6.16 every read() of the table as text counts from the first bucket. That is slow, and misses entries
# that move up between two reads. Later kernels miss one only where a page ends in a bucket that loses an entry.
_PAGES = 20 if [int(part) for part in re.findall(r"\d+", platform.release())[:2]] >= [6, 16] else 1
_PAGE = 4096
_LONGEST_LINE = 512  # bytes; most have 200, and a page with more room than this left is the last
_VALUE = re.compile(rb"(?:port|src|dst)=(\S+)")
_FEW_PORTS = 50  # up to so many, looking for bytes is cheaper than decoding every entry


class KernelConntrack:
    """The protocol of flow.py on the running kernel. Each call blocks in a thread.

    Its socket is kept for later calls, because closing one waits some 10 ms: the kernel first frees what the last
    change took out of the ruleset (nft_rcv_nl_event()).
    """

    def __init__(self, marks: Marks, text: BinaryIO | None = None) -> None:
        """Take the table as text from `open_text`, where this process may no longer open it itself."""
        self._marks = marks
        self._text = text
        self._idle: list[NetlinkSocket] = []
        self._reading = Lock()  # two readers of one file would move each other on

    async def __aenter__(self) -> KernelConntrack:
        self._text = self._text or await in_thread(open_text)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._text:
            self._text.close()
        while self._idle:
            await in_thread(self._idle.pop().close)

    async def flows(self, slots: Collection[int]) -> dict[int, list[Flow]]:
        return await self._run(lambda netlink: _flows(netlink, self._marks, slots)) if slots else {}

    async def flush_forwards(self, forwards: Iterable[Forward]) -> None:
        """Remove every flow of these forwards. The table blocks them already."""
        marks = [(self._marks.of(forward.slot), self._marks.mask) for forward in forwards]
        if marks:
            await self._run(lambda netlink: _flush_marks(netlink, marks))

    async def flush_refused(self, chosen: Mapping[int, Access]) -> None:
        if chosen:
            await self._run(lambda netlink: _flush_refused(netlink, self._marks, chosen))

    async def flush_addresses(self, addresses: Iterable[Address]) -> None:
        """Remove every flow from or to these peer addresses, so that none reaches the next peer that gets one."""
        wanted = set(addresses)

        def is_theirs(entry: Entry) -> bool:
            return bool({entry.original.source, entry.original.destination, entry.reply.source} & wanted)

        if wanted and not await self._lacks({address.exploded for address in wanted}):
            await self._run(lambda netlink: _delete(netlink, [address.packed for address in wanted], is_theirs))

    async def is_free_of(self, ports: AbstractSet[int]) -> bool:
        """Report whether certainly no flow has one of these ports, in either direction."""
        return await self._lacks(set(map(str, ports)))

    async def _lacks(self, values: AbstractSet[str]) -> bool:
        def look() -> bool:
            with self._reading:
                return lacks(self._text, values)

        return await in_thread(look)

    async def flush_chosen(self, chosen: Callable[[Entry], bool], ports: AbstractSet[int] | None) -> None:
        """Remove the chosen flows. If `ports` are given, each chosen flow must have one of them."""
        few = ports is not None and len(ports) <= _FEW_PORTS
        holding = list(_port_attributes(ports)) if ports and few else []
        await self._run(lambda netlink: _delete(netlink, holding, chosen))

    async def _run(self, work: Callable[[NetlinkSocket], R]) -> R:
        def run() -> R:
            try:
                netlink = self._idle.pop()
            except IndexError:
                netlink = NetlinkSocket(NETFILTER)
            try:
                return work(netlink)
            finally:
                self._idle.append(netlink)

        return await in_thread(run)


def open_text() -> BinaryIO | None:
    """Open the table as text, which only root may. Return None where that is not possible."""
    with suppress(OSError):
        with NetlinkSocket(NETFILTER) as netlink:  # the first request loads conntrack, which brings the text
            netlink.request(Message(_GET_STATS, ACK, nfgenmsg(socket.AF_UNSPEC)))
        return open(_TEXT, "rb", buffering=0)
    return None


def lacks(text: BinaryIO | None, values: AbstractSet[str]) -> bool:
    """Report whether certainly no entry has one of these ports and addresses. A long table is not read: False.

    A dump locks each bucket. Many hosts have 262,144 of them, for which a dump takes 7 ms and this 0.6 ms.
    """
    if text is None:
        return False
    read = b""
    with suppress(OSError):  # not every kernel has it (NF_CONNTRACK_PROCFS)
        for _ in range(_PAGES):
            page = os.pread(text.fileno(), _PAGE, len(read))
            read += page
            if len(page) < _PAGE - _LONGEST_LINE:
                return values.isdisjoint(value.decode() for value in _VALUE.findall(read))
    return False


def _flows(netlink: NetlinkSocket, marks: Marks, slots: Collection[int]) -> dict[int, list[Flow]]:
    """Return the live flows by slot, from one dump. The kernel filters it by the bits that all marks share."""
    found: dict[int, list[Flow]] = {slot: [] for slot in slots}
    for payload in netlink.dump(_GET, nfgenmsg(socket.AF_UNSPEC) + _mark_filter(*shared_mark(marks, slots))):
        flow = _live_flow(payload, marks)
        if flow and flow.slot in found:
            found[flow.slot].append(flow)
    return found


def shared_mark(marks: Marks, slots: Collection[int]) -> tuple[int, int]:
    """Return the narrowest (mark, mask) that the flows of the forwards in all these slots match."""
    found = list(map(marks.of, slots))
    every, some = reduce(and_, found), reduce(or_, found)
    mask = ~(every ^ some) & marks.mask
    return every & mask, mask


@parser
def _live_flow(payload: memoryview, marks: Marks) -> Flow | None:
    entry = attributes(payload[4:])
    status = _u32(entry[_STATUS])
    original = tuple_of(entry[_TUPLE_ORIG])
    if original.protocol == socket.IPPROTO_TCP:
        live = _tcp_state(entry) == _TCP_ESTABLISHED
    else:
        live = bool(status & _SEEN_REPLY)
    if not live:
        return None
    slot = marks.slot_of(_u32(entry[_MARK]))
    since = _since(entry)
    sent, answered = _bytes(entry, _COUNTERS_ORIG), _bytes(entry, _COUNTERS_REPLY)
    if status & _DST_NAT:
        source, port = (original.source, original.source_port), original.destination_port
        return Flow(slot, original.protocol, *source, port, since=since, rx_bytes=sent, tx_bytes=answered)
    source, port = (original.destination, original.destination_port), original.source_port
    return Flow(slot, original.protocol, *source, port, True, since, rx_bytes=answered, tx_bytes=sent)


def _since(entry: Mapping[int, memoryview]) -> datetime | None:
    """Read when the flow began, which hosts with `nf_conntrack_timestamp` note."""
    if _TIMESTAMP not in entry:
        return None
    return datetime.fromtimestamp(_u64(attributes(entry[_TIMESTAMP])[1]) / 1e9, UTC)


def _bytes(entry: Mapping[int, memoryview], direction: int) -> int | None:
    """Read what was sent, which hosts with `nf_conntrack_acct` count."""
    return _u64(attributes(entry[direction])[2]) if direction in entry else None


def tuple_of(data: memoryview) -> Tuple:
    """Read enum ctattr_tuple of linux/netfilter/nfnetlink_conntrack.h, and the enums that it nests."""
    found = attributes(data)
    addresses, protocol = attributes(found[1]), attributes(found[2])
    return Tuple(
        protocol[1][0],
        ip_address(bytes(addresses[1] if 1 in addresses else addresses[3])),
        _u16(protocol[2]) if 2 in protocol else 0,
        ip_address(bytes(addresses[2] if 2 in addresses else addresses[4])),
        _u16(protocol[3]) if 3 in protocol else 0,
    )


@parser
def _entry(payload: memoryview) -> Entry:
    found = attributes(payload[4:])
    identity = nested(_TUPLE_ORIG, bytes(found[_TUPLE_ORIG])) + attribute(_ID, bytes(found[_ID]))
    if _ZONE in found:
        identity += attribute(_ZONE, bytes(found[_ZONE]))
    return Entry(
        tuple_of(found[_TUPLE_ORIG]),
        tuple_of(found[_TUPLE_REPLY]),
        _u32(found[_MARK]) if _MARK in found else 0,
        _tcp_state(found) == _TCP_ESTABLISHED,
        bool(_u32(found[_STATUS]) & _SEEN_REPLY),
        identity,
    )


def _tcp_state(entry: Mapping[int, memoryview]) -> int | None:
    """Read the state (linux/netfilter/nf_conntrack_tcp.h); None for other protocols."""
    protocol = attributes(entry[_PROTOINFO]) if _PROTOINFO in entry else {}
    return attributes(protocol[1])[1][0] if 1 in protocol else None


def _flush_marks(netlink: NetlinkSocket, marks: list[tuple[int, int]]) -> None:
    for mark, mask in marks:
        netlink.request(Message(_DELETE, ACK, nfgenmsg(socket.AF_UNSPEC) + _mark_filter(mark, mask)))


def _flush_refused(netlink: NetlinkSocket, marks: Marks, chosen: Mapping[int, Access]) -> None:
    mark, mask = shared_mark(marks, chosen)
    for payload in netlink.dump(_GET, nfgenmsg(socket.AF_UNSPEC) + _mark_filter(mark, mask)):
        entry = _entry(payload)
        refusing = chosen.get(marks.slot_of(entry.mark))
        if refusing and refusing.refuses(*entry.outer_end):
            _delete_one(netlink, entry)


def _delete(netlink: NetlinkSocket, holding: Collection[bytes], chosen: Callable[[Entry], bool]) -> None:
    """Remove the chosen flows. If `holding` is given, decode only entries that hold one of these bytes."""
    for payload in netlink.dump(_GET, nfgenmsg(socket.AF_UNSPEC)):
        if holding:
            raw = bytes(payload)
            if not any(part in raw for part in holding):
                continue
        entry = _entry(payload)
        if chosen(entry):
            _delete_one(netlink, entry)


def _delete_one(netlink: NetlinkSocket, entry: Entry) -> None:
    try:
        family = socket.AF_INET if entry.original.source.version == 4 else socket.AF_INET6
        netlink.request(Message(_DELETE, ACK, nfgenmsg(family) + entry.identity))
    except NetlinkRefused as error:
        if error.errno != errno.ENOENT:  # the flow ended meanwhile
            raise


def _mark_filter(mark: int, mask: int) -> bytes:
    return attribute(_MARK, struct.pack(">I", mark)) + attribute(_MARK_MASK, struct.pack(">I", mask))


def _port_attributes(ports: Iterable[int]) -> Iterator[bytes]:
    """Yield the bytes that an entry with one of these ports holds: CTA_PROTO_SRC_PORT or CTA_PROTO_DST_PORT."""
    for port in ports:
        yield struct.pack("=HH", 6, 2) + struct.pack(">H", port)
        yield struct.pack("=HH", 6, 3) + struct.pack(">H", port)


def _u16(data: memoryview) -> int:
    return int(struct.unpack(">H", data)[0])


def _u64(data: memoryview) -> int:
    return int(struct.unpack(">Q", data)[0])


def _u32(data: memoryview) -> int:
    return int(struct.unpack(">I", data)[0])
