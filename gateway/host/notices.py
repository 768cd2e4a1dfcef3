"""Rtnetlink's notices about our interface, its routes, and what surrounds them: each is a reason to do something."""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from gateway.host import bpf, netlink
from gateway.host.netlink import REPLACE, Program, attributes, each_message
from gateway.host.rtnetlink import (
    DELADDR,
    DELLINK,
    DELROUTE,
    IFF_UP,
    IFLA_IFNAME,
    IFLA_MTU,
    NEWADDR,
    NEWLINK,
    NEWROUTE,
    RTA_DST,
)
from gateway.model import Difference

# linux/rtnetlink.h: links, and of both families addresses, routes and the settings of interfaces
_GROUPS = (1, 5, 7, 9, 11, 24, 25)
_NEWNETCONF, _FORWARDING, _RP_FILTER = 80, 2, 3  # linux/rtnetlink.h, linux/netconf.h

SURROUNDINGS = "surroundings"
DOUBT = "doubt"


@asynccontextmanager
async def watch(
    interface: str, networks: Iterable[IPv4Network | IPv6Network] = ()
) -> AsyncIterator[AsyncGenerator[str, None]]:
    """Open a stream of reasons to look at the interface again: each is a `Difference`, or one of these two.

    SURROUNDINGS is a reason to look at everything else: another interface, its addresses or a default route changed.
    DOUBT is a reason to compare: a route to our `networks`, the mtu or forwarding is not what it was.
    Enter first and configure then, because the stream begins here. The interface need not be there yet.
    """
    state = _Watched(interface)
    async with netlink.watch(netlink.ROUTE, _GROUPS, state.read, program=program(networks)) as reasons:
        state.find()
        yield reasons


def program(networks: Iterable[IPv4Network | IPv6Network]) -> Program:
    """Return the socket filter that drops notices of routes, but of default ones and those to our networks.

    A router with the Internet's routes has thousands of notices a second, which would fill the queue.
    """
    kind_at = 4 if sys.byteorder == "little" else 5  # its lower byte in struct nlmsghdr
    family_at, length_at, attributes_at = 16, 17, 28  # in struct rtmsg behind it
    made = [
        (bpf.LOAD_BYTE, 0, 0, kind_at),
        (bpf.JUMP_EQUAL, 2, 0, NEWROUTE),
        (bpf.JUMP_EQUAL, 1, 0, DELROUTE),
        (bpf.RETURN, 0, 0, bpf.ALL),
        (bpf.LOAD_BYTE, 0, 0, length_at),
        (bpf.JUMP_EQUAL, 0, 1, 0),
        (bpf.RETURN, 0, 0, bpf.ALL),
    ]
    for network in networks:
        words = bpf.words(network.network_address.packed)
        left = 2 * len(words) + 9
        made += [
            (bpf.LOAD_BYTE, 0, 0, family_at),
            (bpf.JUMP_EQUAL, 0, left - 2, socket.AF_INET if network.version == 4 else socket.AF_INET6),
            (bpf.LOAD_BYTE, 0, 0, length_at),
            (bpf.JUMP_EQUAL, 0, left - 4, network.prefixlen),
            (bpf.SET_INDEX, 0, 0, RTA_DST),
            (bpf.SET, 0, 0, attributes_at),
            (bpf.LOAD_WORD, 0, 0, bpf.FIND_ATTRIBUTE),
            (bpf.TO_INDEX, 0, 0, 0),
        ]
        for number, word in enumerate(words):
            skipped = 2 * (len(words) - number) - 1
            made += [(bpf.LOAD_WORD_AT_INDEX, 0, 0, 4 + 4 * number), (bpf.JUMP_EQUAL, 0, skipped, word)]
        made.append((bpf.RETURN, 0, 0, bpf.ALL))
    return [*made, (bpf.RETURN, 0, 0, 0)]


@dataclass(slots=True)
class _Watched:
    """The state of our interface by the events so far. Only a change for the worse is a reason."""

    interface: str
    index: int | None = None
    up: bool = True
    mtu: bytes = b""

    def find(self) -> None:
        """Learn the index from the link that has the name now."""
        try:
            self.index = socket.if_nametoindex(self.interface)
        except OSError:
            self.index = None

    def read(self, datagram: memoryview | None) -> Iterator[str]:
        if datagram is None:
            self.find()
            yield Difference.UNSEEN
            return
        for kind, flags, body in each_message(datagram):
            family = body[0]
            if kind == _NEWNETCONF:
                yield from _settings(body)
                continue
            (index,) = struct.unpack_from("=i", body, 4)
            if kind in (NEWADDR, DELADDR):
                if index != self.index:
                    yield SURROUNDINGS
                elif kind == DELADDR:
                    yield Difference.ADDRESS
            elif kind in (NEWROUTE, DELROUTE):
                if body[1] == 0:  # rtm_dst_len: a default route
                    yield SURROUNDINGS
                elif kind == DELROUTE or flags & REPLACE:
                    yield DOUBT
            elif kind in (NEWLINK, DELLINK) and family == socket.AF_UNSPEC:  # AF_BRIDGE: a port left its bridge
                yield from self._link(kind, index, body)

    def _link(self, kind: int, index: int, body: memoryview) -> Iterator[str]:
        found = attributes(body[16:])
        named = os.fsdecode(bytes(found.get(IFLA_IFNAME, b"")).rstrip(b"\0")) == self.interface
        if kind == NEWLINK and named:
            up, mtu = bool(struct.unpack_from("=I", body, 8)[0] & IFF_UP), bytes(found.get(IFLA_MTU, b""))
            if index == self.index and self.up and not up:
                yield Difference.DOWN
            if index == self.index and mtu != self.mtu:
                yield DOUBT
            self.index, self.up, self.mtu = index, up, mtu
        elif index == self.index:  # deleted, or renamed away
            self.index = None
            yield Difference.DELETED
        else:
            # A link that goes down loses its IPv4 routes, and the kernel sends no notice of them.
            yield SURROUNDINGS


def _settings(body: memoryview) -> Iterator[str]:
    """Doubt the settings when an interface forwards no more, or checks sources otherwise.

    The notice of a new interface has all settings of it; that of a change has only one.
    """
    found = attributes(body[4:])
    forwarding = found.get(_FORWARDING)
    if not any(forwarding) if forwarding is not None else _RP_FILTER in found:
        yield DOUBT
