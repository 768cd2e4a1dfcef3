"""Conntrack's notices of the flows that devices begin, for the flow log.

A filter in the kernel drops the notices about all other flows, so a flood from outside costs nothing here. It reads the
source at its place in the message, because ctnetlink_conntrack_event() writes the original direction first.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import AsyncGenerator, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from gateway.host import bpf
from gateway.host.netlink import NETFILTER, NetlinkSocket, attributes, each_message, in_thread, nfgenmsg, parser, watch
from gateway.nftables.flow import Tuple
from gateway.nftables.flows import tuple_of

_GROUP_NEW, _GROUP_DESTROY = 1, 3  # linux/netfilter/nfnetlink_compat.h
_NEW, _GET, _DELETE = 1 << 8, 1 << 8 | 1, 1 << 8 | 2
_ORIGINAL, _REPLY, _ID = 1, 2, 12
_FAMILY_AT, _SOURCE_AT = 16, 32  # in a message
_BUFFER = 8 << 20  # bytes, for some 10,000 notices


@dataclass(frozen=True, slots=True)
class Begun:
    """A flow that a device has begun. `id` is conntrack's, unique among live flows."""

    id: int
    original: Tuple
    reply: Tuple


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a flow with this id."""

    id: int


@dataclass(frozen=True, slots=True)
class Lost:
    """A gap: the kernel dropped notices, because too many waited."""


Notice = Begun | Ended | Lost
Subnets = tuple[IPv4Network | IPv6Network, ...]


def watch_flows(subnets: Subnets) -> AbstractAsyncContextManager[AsyncGenerator[Notice, None]]:
    """Open a stream of notices about flows from these subnets."""
    groups = _GROUP_NEW, _GROUP_DESTROY
    return watch(NETFILTER, groups, read, buffer=_BUFFER, program=program(subnets))


def read(datagram: memoryview | None) -> Iterator[Notice]:
    if datagram is None:
        yield Lost()
        return
    for kind, _, payload in each_message(datagram):
        if kind == _NEW:
            yield _begun(payload)
        elif kind == _DELETE:
            yield Ended(_id(payload))


async def live_flows(subnets: Subnets) -> list[Begun]:
    """Return the live flows from these subnets."""

    def dump() -> list[Begun]:
        with NetlinkSocket(NETFILTER) as netlink:
            found = map(_begun, netlink.dump(_GET, nfgenmsg(socket.AF_UNSPEC)))
            return [flow for flow in found if any(flow.original.source in subnet for subnet in subnets)]

    return await in_thread(dump)


@parser
def _begun(payload: memoryview) -> Begun:
    found = attributes(payload[4:])
    return Begun(_u32(found[_ID]), tuple_of(found[_ORIGINAL]), tuple_of(found[_REPLY]))


def _id(payload: memoryview) -> int:
    return _u32(attributes(payload[4:])[_ID])


def _u32(data: memoryview) -> int:
    return int(struct.unpack(">I", data)[0])


def program(subnets: Subnets) -> list[tuple[int, int, int, int]]:
    """Return the socket filter (classic BPF) that passes messages whose source lies in one of the subnets.

    An instruction is (code, steps to skip when true, steps to skip when false, operand).
    """
    made: list[tuple[int, int, int, int]] = []
    for subnet in subnets:
        family = socket.AF_INET if subnet.version == 4 else socket.AF_INET6
        network, mask = bpf.words(subnet.network_address.packed), bpf.words(subnet.netmask.packed)
        checked = [(index, network[index], part) for index, part in enumerate(mask) if part]
        left = 3 * len(checked) + 1
        made += [(bpf.LOAD_BYTE, 0, 0, _FAMILY_AT), (bpf.JUMP_EQUAL, 0, left, family)]
        for index, part, part_mask in checked:
            left -= 3
            made += [
                (bpf.LOAD_WORD, 0, 0, _SOURCE_AT + 4 * index),
                (bpf.AND, 0, 0, part_mask),
                (bpf.JUMP_EQUAL, 0, left, part),
            ]
        made.append((bpf.RETURN, 0, 0, bpf.ALL))
    return [*made, (bpf.RETURN, 0, 0, 0)]
