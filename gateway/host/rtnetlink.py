"""Links, addresses and routes of this process's network namespace (rtnetlink(7)).

The calls block, mostly for microseconds, so callers run them in a thread. See netlink.py for why this is own code.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
    ip_interface,
    ip_network,
)
from typing import Self

from gateway.host.netlink import (
    ACK,
    CREATE,
    EXCL,
    REPLACE,
    ROUTE,
    Message,
    NetlinkRefused,
    NetlinkSocket,
    attribute,
    attributes,
    nested,
    only,
    parser,
)

# linux/rtnetlink.h
NEWLINK, DELLINK, NEWADDR, DELADDR, NEWROUTE, DELROUTE = 16, 17, 20, 21, 24, 25
_GETLINK, _SETLINK, _GETADDR, _GETROUTE = 18, 19, 22, 26
_MAIN_TABLE = 254
RTA_DST, _RTA_OIF, _RTA_PRIORITY, _RTA_PREFSRC, _RTA_MULTIPATH = 1, 4, 6, 7, 9
_RTA_METRICS, _RTAX_MTU = 8, 2
UNICAST = 1
BY_KERNEL, BY_ADVERTISEMENT = 2, 9  # RTPROT_KERNEL, RTPROT_RA
SCOPE_UNIVERSE, SCOPE_LINK = 0, 253
# linux/if.h, linux/if_link.h, linux/if_addr.h
IFF_UP = 0x1
IFLA_IFNAME, IFLA_MTU, _IFLA_LINKINFO, _IFLA_INFO_KIND = 3, 4, 18, 1
_IFA_ADDRESS, _IFA_LOCAL, _IFA_FLAGS = 1, 2, 8

_LINK, _ADDRESS, _ROUTE, _NEXT_HOP = "=BxHiII", "=BBBBi", "=8BI", "=HBBi"  # the messages' headers
_VERSIONS = {4: socket.AF_INET, 6: socket.AF_INET6}

Interface = IPv4Interface | IPv6Interface


@dataclass(frozen=True, slots=True)
class Link:
    """A network interface."""

    index: int
    name: str
    kind: str  # such as `wireguard` or `tun`; empty for hardware
    mtu: int  # bytes
    is_up: bool


@dataclass(frozen=True, slots=True)
class Address:
    """An address of a link."""

    index: int  # the link's
    interface: Interface
    scope: int  # RT_SCOPE_*
    flags: int  # IFA_F_*


@dataclass(frozen=True, slots=True)
class Route:
    """A route of the main table."""

    network: IPv4Network | IPv6Network
    protocol: int  # RTPROT_*
    type: int  # RTN_*
    priority: int  # its metric; the lowest wins
    hops: tuple[int, ...]  # the indexes of the links that it leads to


class Rtnetlink:
    """A socket for one thread at a time. Every method raises NetlinkRefused."""

    def __init__(self) -> None:
        self._netlink = NetlinkSocket(ROUTE, is_strict=True)  # because a router may have a million routes to dump

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._netlink.close()

    def link(self, name: str = "", index: int = 0) -> Link | None:
        """Return the link of that name or that index, or None."""
        body = struct.pack(_LINK, 0, 0, index, 0, 0) + (attribute(IFLA_IFNAME, _text(name)) if name else b"")
        try:
            found = only(self._netlink.request(Message(_GETLINK, 0, body)))
        except NetlinkRefused as error:
            if error.errno == errno.ENODEV:
                return None
            raise
        return _link(found)

    def links(self) -> list[Link]:
        return list(map(_link, self._netlink.dump(_GETLINK, struct.pack(_LINK, 0, 0, 0, 0, 0))))

    def add_link(self, name: str, kind: str) -> None:
        info = nested(_IFLA_LINKINFO, attribute(_IFLA_INFO_KIND, kind.encode()))
        body = struct.pack(_LINK, 0, 0, 0, 0, 0) + attribute(IFLA_IFNAME, _text(name)) + info
        self._netlink.request(Message(NEWLINK, ACK | CREATE | EXCL, body))

    def delete_link(self, name: str) -> None:
        body = struct.pack(_LINK, 0, 0, 0, 0, 0) + attribute(IFLA_IFNAME, _text(name))
        self._netlink.request(Message(DELLINK, ACK, body))

    def set_mtu(self, index: int, mtu: int) -> None:
        body = struct.pack(_LINK, 0, 0, index, 0, 0) + attribute(IFLA_MTU, struct.pack("=I", mtu))
        self._netlink.request(Message(_SETLINK, ACK, body))

    def set_up(self, index: int) -> None:
        self._netlink.request(Message(_SETLINK, ACK, struct.pack(_LINK, 0, 0, index, IFF_UP, IFF_UP)))

    def rename(self, index: int, name: str) -> None:
        """Rename the link. It goes down before, and up again by `set_up`, because kernels before 6.2 refuse it else."""
        self._netlink.request(Message(_SETLINK, ACK, struct.pack(_LINK, 0, 0, index, 0, IFF_UP)))
        body = struct.pack(_LINK, 0, 0, index, 0, 0) + attribute(IFLA_IFNAME, _text(name))
        self._netlink.request(Message(_SETLINK, ACK, body))

    def addresses(self, index: int = 0) -> list[Address]:
        """Return the addresses of one link, the primary first, or of all links."""
        return list(map(_address, self._netlink.dump(_GETADDR, struct.pack(_ADDRESS, 0, 0, 0, 0, index))))

    def add_address(self, index: int, address: Interface) -> None:
        self._netlink.request(Message(NEWADDR, ACK | CREATE | EXCL, _address_body(index, address)))

    def delete_address(self, index: int, address: Interface) -> None:
        self._netlink.request(Message(DELADDR, ACK, _address_body(index, address)))

    def routes(self, family: int, out: int = 0) -> Iterator[Route]:
        """Yield the routes of the main table, or those of it that lead to the link with the index `out`."""
        body = struct.pack(_ROUTE, family, 0, 0, 0, _MAIN_TABLE, 0, 0, 0, 0)
        if out:
            body += attribute(_RTA_OIF, struct.pack("=i", out))
        for payload in self._netlink.dump(_GETROUTE, body):
            if payload[:1] == bytes([family]):  # a kernel without IPv6 answers with IPv4 routes
                yield _route(payload)

    def path_mtu(self, destination: IPv4Address | IPv6Address) -> int:
        """Return what the kernel has learnt of the path to the destination, in bytes, or 0."""
        found = self._way(destination)
        return _number(attributes(found[_RTA_METRICS]).get(_RTAX_MTU)) if _RTA_METRICS in found else 0

    def way_out(self, destination: IPv4Address | IPv6Address) -> int:
        """Return the index of the link that packets of this host to the destination leave by, or 0."""
        return _number(self._way(destination).get(_RTA_OIF))

    def _way(self, destination: IPv4Address | IPv6Address) -> dict[int, memoryview]:
        family, packed = _VERSIONS[destination.version], destination.packed
        body = struct.pack(_ROUTE, family, 8 * len(packed), 0, 0, 0, 0, 0, 0, 0) + attribute(RTA_DST, packed)
        return attributes(only(self._netlink.request(Message(_GETROUTE, 0, body)))[12:])

    def add_route(self, index: int, address: Interface) -> None:
        """Add the route that the kernel makes with a new address, so that it also removes it (fib_add_ifaddr()).

        It replaces another program's, because two of one metric cannot be.
        """
        network, is_4 = address.network, address.version == 4
        scope = SCOPE_LINK if is_4 else SCOPE_UNIVERSE
        own = (_RTA_PREFSRC, address.ip.packed) if is_4 else (_RTA_PRIORITY, struct.pack("=I", _ADDRCONF_METRIC))
        body = struct.pack(
            _ROUTE, _VERSIONS[address.version], network.prefixlen, 0, 0, _MAIN_TABLE, BY_KERNEL, scope, UNICAST, 0
        )
        body += attribute(RTA_DST, network.network_address.packed) + attribute(_RTA_OIF, struct.pack("=i", index))
        self._netlink.request(Message(NEWROUTE, ACK | CREATE | REPLACE, body + attribute(*own)))


_ADDRCONF_METRIC = 256  # IP6_RT_PRIO_ADDRCONF of net/ip6_route.h


def _text(name: str) -> bytes:
    return os.fsencode(name) + b"\0"


def _name(payload: memoryview) -> str:
    return os.fsdecode(bytes(payload).rstrip(b"\0"))


def _number(payload: memoryview | None) -> int:
    return int(struct.unpack("=I", payload)[0]) if payload else 0


@parser
def _link(payload: memoryview) -> Link:
    _, _, index, flags, _ = struct.unpack_from(_LINK, payload)
    found = attributes(payload[16:])
    kind = attributes(found[_IFLA_LINKINFO]).get(_IFLA_INFO_KIND) if _IFLA_LINKINFO in found else None
    return Link(
        index=index,
        name=_name(found[IFLA_IFNAME]),
        kind=_name(kind) if kind else "",
        mtu=_number(found.get(IFLA_MTU)),
        is_up=bool(flags & IFF_UP),
    )


@parser
def _address(payload: memoryview) -> Address:
    """Read an address. IFA_LOCAL is our end of a point-to-point link; IPv6 has it only there."""
    _, length, _, scope, index = struct.unpack_from(_ADDRESS, payload)
    found = attributes(payload[8:])
    own = found.get(_IFA_LOCAL, found.get(_IFA_ADDRESS, b""))
    return Address(index, ip_interface((bytes(own), length)), scope, _number(found.get(_IFA_FLAGS)))


def _address_body(index: int, address: Interface) -> bytes:
    body = struct.pack(_ADDRESS, _VERSIONS[address.version], address.network.prefixlen, 0, 0, index)
    local = attribute(_IFA_LOCAL, address.ip.packed) if address.version == 4 else b""
    return body + local + attribute(_IFA_ADDRESS, address.ip.packed)


@parser
def _route(payload: memoryview) -> Route:
    family, length, _, _, _, protocol, _, kind, _ = struct.unpack_from(_ROUTE, payload)
    found = attributes(payload[12:])
    destination = bytes(found.get(RTA_DST, bytes(4 if family == socket.AF_INET else 16)))
    hops = [_number(found[_RTA_OIF])] if _RTA_OIF in found else _hops(found.get(_RTA_MULTIPATH))
    return Route(ip_network((destination, length)), protocol, kind, _number(found.get(_RTA_PRIORITY)), tuple(hops))


def _hops(multipath: memoryview | None) -> Iterator[int]:
    while multipath:
        length, _, _, index = struct.unpack_from(_NEXT_HOP, multipath)
        if length < struct.calcsize(_NEXT_HOP):
            raise ValueError("a hop's length cannot be")
        yield index
        multipath = multipath[(length + 3) & ~3 :]
