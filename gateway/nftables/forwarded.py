"""Conntrack's notices of the flows that players begin, and a look at those flows.

A filter in the kernel drops the notices about all other flows, so they cost nothing here. A flow of a forward whose
first packet came from the device has the forward's mark as well, but its destination is not translated: a heartbeat to
a server list is such a flow. Neither notices nor looks tell of it.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from gateway.host import bpf, sysctl
from gateway.host.netlink import (
    NETFILTER,
    Message,
    NetlinkRefused,
    NetlinkSocket,
    Program,
    attribute,
    attributes,
    each_message,
    in_thread,
    nested,
    nfgenmsg,
    parser,
    watch,
)
from gateway.network import Marks
from gateway.nftables.flow import Address
from gateway.nftables.flows import shared_mark, tuple_of

_GROUPS = 1, 2, 3  # linux/netfilter/nfnetlink_compat.h: new, update, destroy
_NEW, _GET, _DELETE = 1 << 8, 1 << 8 | 1, 1 << 8 | 2
# linux/netfilter/nfnetlink_conntrack.h
_ORIGINAL, _STATUS, _PROTOINFO, _TIMEOUT, _MARK, _SENT, _ANSWERED, _ID, _TIMESTAMP = 1, 3, 4, 7, 8, 9, 10, 12, 20
_ZONE, _MARK_MASK, _STATUS_MASK = 18, 21, 26
_TCP_ESTABLISHED = 3  # nf_conntrack_tcp.h; later states are those of an end
# nf_conntrack_common.h. The kernel calls a flow of UDP assured that has packets both ways after its first two seconds.
_SEEN_REPLY, _ASSURED, _DST_NAT = 1 << 1, 1 << 2, 1 << 5
_ATTRIBUTES_AT = 20  # in a message, behind struct nlmsghdr and struct nfgenmsg
_BUFFER = 8 << 20  # bytes, for some 10,000 notices


@dataclass(frozen=True, slots=True)
class Seen:
    """A flow from outside to a forward. `id` is conntrack's, unique among live flows."""

    id: int
    slot: int  # of the forward, see elements.py
    protocol: int  # its number in the IP header
    source: Address
    source_port: int
    port: int  # the public one
    is_answered: bool  # packets were seen in both directions
    is_assured: bool
    state: int | None = None  # of TCP (nf_conntrack_tcp.h); None in a notice that does not tell it
    left_s: int = 0  # until conntrack forgets it, if no packet comes
    since: datetime | None = None  # None where the host does not note it
    rx_bytes: int | None = None  # sent by the source; None where the host does not count flows
    tx_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """The end of the flow with this id, and all its bytes."""

    id: int
    rx_bytes: int | None = None
    tx_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Missed:
    """A gap: the kernel dropped notices, because too many waited."""


Notice = Seen | Gone | Missed
Counts = tuple[int | None, int | None]  # bytes sent and answered


@dataclass(frozen=True, slots=True)
class Settings:
    """The host's settings of conntrack. They are only read."""

    events: str = "2"  # "0" sends no notices, "2" none of flows that are older than the first listener
    udp_s: int = 30  # after which a silent flow is forgotten
    udp_stream_s: int = 120  # the same for an assured one


def settings() -> Settings:
    found = [sysctl.read(f"net/netfilter/nf_conntrack_{name}") for name in ("udp_timeout", "udp_timeout_stream")]
    usual = Settings()
    udp_s, udp_stream_s = (int(text) if text else 0 for text in found)
    events = sysctl.read("net/netfilter/nf_conntrack_events")
    return Settings(events or "0", udp_s or usual.udp_s, udp_stream_s or usual.udp_stream_s)


@asynccontextmanager
async def watch_players(marks: Marks) -> AsyncIterator[AsyncGenerator[Notice, None]]:
    """Open a stream of notices about flows from outside to forwards."""
    with NetlinkSocket(NETFILTER) as asked:
        reader = partial(read, marks, counts=partial(_counts, asked))
        async with watch(NETFILTER, _GROUPS, reader, buffer=_BUFFER, program=program(marks)) as notices:
            yield notices


def read(
    marks: Marks, datagram: memoryview | None, *, counts: Callable[[memoryview], Counts] = lambda _: (None, None)
) -> Iterator[Notice]:
    """Yield what a datagram tells. `counts` asks for the bytes of a connection that ends, which no notice tells."""
    if datagram is None:
        yield Missed()
        return
    for kind, _, payload in each_message(datagram):
        found = attributes(payload[4:])
        if kind == _NEW:
            flow = _seen(marks, found)
            if flow.state is not None and flow.state > _TCP_ESTABLISHED:
                rx_bytes, tx_bytes = counts(payload)
                flow = replace(flow, rx_bytes=rx_bytes, tx_bytes=tx_bytes)
            yield flow
        elif kind == _DELETE:
            yield Gone(_u32(found[_ID]), *_bytes(found))


def _counts(netlink: NetlinkSocket, notice: memoryview) -> Counts:
    """Ask conntrack for the bytes of the flow that the notice is about. The kernel finds it by its hash, at once."""
    if sysctl.read("net/netfilter/nf_conntrack_acct") != "1":
        return None, None
    found = attributes(notice[4:])
    identity = nested(_ORIGINAL, bytes(found[_ORIGINAL]))
    if _ZONE in found:
        identity += attribute(_ZONE, bytes(found[_ZONE]))
    try:
        answers = netlink.request(Message(_GET, 0, bytes(notice[:4]) + identity))
    except NetlinkRefused:  # it is gone already
        return None, None
    return _bytes(attributes(answers[0][4:])) if answers else (None, None)


async def look(marks: Marks, slots: Collection[int]) -> dict[int, Seen]:
    """Return the answered flows from outside to the forwards in these slots, by id. The kernel filters them."""
    return await in_thread(lambda: _look(marks, frozenset(slots))) if slots else {}


def _look(marks: Marks, slots: frozenset[int]) -> dict[int, Seen]:
    mark, mask = shared_mark(marks, slots)
    # Many marks share no bits. Few flows of others have these two states, and the kernel filters by both.
    status = _SEEN_REPLY | _DST_NAT
    filters = ((_MARK, mark), (_MARK_MASK, mask), (_STATUS, status), (_STATUS_MASK, status))
    body = nfgenmsg(socket.AF_UNSPEC) + b"".join(attribute(kind, struct.pack(">I", value)) for kind, value in filters)
    with NetlinkSocket(NETFILTER) as netlink:
        return _chosen(marks, slots, netlink.dump(_GET, body))


@parser
def _chosen(marks: Marks, slots: frozenset[int], payloads: Collection[memoryview]) -> dict[int, Seen]:
    chosen = {}
    for payload in payloads:
        found = attributes(payload[4:])
        if _MARK not in found or marks.slot_of(_u32(found[_MARK])) not in slots:
            continue
        flow = _seen(marks, found)
        if flow.is_answered and _u32(found[_STATUS]) & _DST_NAT:  # because older kernels ignore that filter
            chosen[flow.id] = flow
    return chosen


def _seen(marks: Marks, found: Mapping[int, memoryview]) -> Seen:
    original, status = tuple_of(found[_ORIGINAL]), _u32(found[_STATUS])
    protocol = attributes(found[_PROTOINFO]) if _PROTOINFO in found else {}
    began = attributes(found[_TIMESTAMP]).get(1) if _TIMESTAMP in found else None
    return Seen(
        _u32(found[_ID]),
        marks.slot_of(_u32(found[_MARK])),
        original.protocol,
        original.source,
        original.source_port,
        original.destination_port,
        bool(status & _SEEN_REPLY),
        bool(status & _ASSURED),
        attributes(protocol[1])[1][0] if 1 in protocol else None,
        _u32(found[_TIMEOUT]) if _TIMEOUT in found else 0,
        datetime.fromtimestamp(_u64(began) / 1e9, UTC) if began else None,
        *_bytes(found),
    )


def _bytes(found: Mapping[int, memoryview]) -> Counts:
    """Read what was sent and answered, which hosts with `nf_conntrack_acct` count."""
    if _SENT not in found or _ANSWERED not in found:
        return None, None
    return _u64(attributes(found[_SENT])[2]), _u64(attributes(found[_ANSWERED])[2])


def _u32(data: memoryview) -> int:
    return int(struct.unpack(">I", data)[0])


def _u64(data: memoryview) -> int:
    return int(struct.unpack(">Q", data)[0])


def program(marks: Marks) -> Program:
    """Return the socket filter that passes messages about flows with a mark of ours and a translated destination."""
    return [*_has_bits(_MARK, marks.mask, 9), *_has_bits(_STATUS, _DST_NAT, 1), (bpf.RETURN, 0, 0, bpf.ALL), _DROP]


_DROP = (bpf.RETURN, 0, 0, 0)


def _has_bits(kind: int, bits: int, left: int) -> Program:
    """Skip `left` further instructions unless the attribute is there and has one of the bits."""
    return [
        (bpf.SET, 0, 0, _ATTRIBUTES_AT),
        (bpf.SET_INDEX, 0, 0, kind),
        (bpf.LOAD_WORD, 0, 0, bpf.FIND_ATTRIBUTE),
        (bpf.JUMP_EQUAL, left + 4, 0, 0),
        (bpf.TO_INDEX, 0, 0, 0),
        (bpf.LOAD_WORD_AT_INDEX, 0, 0, 4),
        (bpf.AND, 0, 0, bits),
        (bpf.JUMP_EQUAL, left, 0, 0),
    ]
