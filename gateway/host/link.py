"""Links, addresses and routes of this process's network namespace, through rtnetlink."""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
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
from typing import Any

from pyroute2 import AsyncIPRoute
from pyroute2.netlink.exceptions import NetlinkError

from gateway.errors import ConfigError, apply_failed
from gateway.host import netlink
from gateway.host.netlink import NetlinkRefused, attributes, each_message

# linux/rtnetlink.h, linux/if.h, linux/if_link.h, linux/if_addr.h
_NEWLINK, _DELLINK, _NEWADDR, _DELADDR, _NEWROUTE, _DELROUTE = 16, 17, 20, 21, 24, 25
# RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_ROUTE
_GROUPS = (1, 5, 7, 9, 11)
_IFF_UP = 0x1
_IFLA_IFNAME = 3
_F_TEMPORARY, _F_DADFAILED, _F_DEPRECATED = 0x01, 0x08, 0x20
_SCOPE_UNIVERSE, _SCOPE_LINK = 0, 253
_BY_KERNEL, _BY_ADVERTISEMENT = 2, 9  # RTPROT_KERNEL, RTPROT_RA
_ADDRCONF_METRIC = 256  # IP6_RT_PRIO_ADDRCONF of net/ip6_route.h
_MAIN_TABLE, _UNICAST = 254, 1

SURROUNDINGS = "surroundings"


async def kind(interface: str) -> str | None:
    """Look up the link's kind, such as `wireguard` or `tun`; empty for hardware, None when there is no such link."""
    async with _rtnetlink() as rtnl:
        found = await _find(rtnl, ifname=interface)
    return None if found is None else found.get(("linkinfo", "kind")) or ""


async def add(interface: str, kind: str) -> None:
    """Create the link unless one of that name is there already. Raise NetlinkRefused."""
    async with _rtnetlink() as rtnl:
        with _tolerated(errno.EEXIST):
            await rtnl.link("add", ifname=interface, kind=kind)


async def delete(interface: str) -> None:
    """Delete the link if it is there. Raise NetlinkRefused."""
    async with _rtnetlink() as rtnl:
        with _tolerated(errno.ENODEV):
            await rtnl.link("del", ifname=interface)


async def configure(interface: str, addresses: Iterable[IPv4Interface | IPv6Interface], mtu: int) -> None:
    """Give our interface exactly these addresses, their routes and the mtu in bytes, and set it up.

    Link-local addresses stay. Raise ConfigError when the WireGuard port is taken or IPv6 is switched off, ApplyFailed
    for anything else.
    """
    try:
        async with _rtnetlink() as rtnl:
            (link,) = await rtnl.link("get", ifname=interface)
            index = link["index"]
            wanted = set(addresses)
            present = {_interface(message) async for message in await rtnl.addr("dump", index=index)}
            if link.get("mtu") != mtu:
                await rtnl.link("set", index=index, mtu=mtu)
            for stray in present - wanted:
                if not stray.is_link_local:
                    await rtnl.addr("del", index=index, address=str(stray.ip), prefixlen=stray.network.prefixlen)
            for missing in wanted - present:
                await _add_address(rtnl, index, missing)
            if not link["flags"] & _IFF_UP:
                await rtnl.link("set", index=index, state="up")
            routed = await _routed(index)
            for address in wanted:
                if address.network not in routed:  # another program deleted it; only a new address brings it back
                    await _add_route(rtnl, index, address)
    except NetlinkRefused as error:
        if error.errno == errno.EADDRINUSE:  # because the kernel opens WireGuard's socket when the link goes up
            raise ConfigError(
                key="gateway.listen_port", problem="is used by another program; choose another port"
            ) from error
        raise apply_failed(f"configuring {interface}", error) from error


async def is_configured(interface: str, addresses: Iterable[IPv4Interface | IPv6Interface], mtu: int) -> bool:
    """Reports whether it is as `configure` leaves it. Changes of an mtu and of routes are not among the notices."""
    async with _rtnetlink() as rtnl:
        link = await _find(rtnl, ifname=interface)
        if link is None:
            return False
        present = {_interface(message) async for message in await rtnl.addr("dump", index=link["index"])}
    wanted = set(addresses)
    routed = await _routed(link["index"])
    return link.get("mtu") == mtu and wanted <= present and {address.network for address in wanted} <= routed


async def default_route_interface() -> str | None:
    """Find the interface of the IPv4 default route with the lowest metric, or of the IPv6 one without IPv4."""
    async with _rtnetlink() as rtnl:
        for family in (socket.AF_INET, socket.AF_INET6):
            routes = [
                (route.get("priority") or 0, hop)
                async for route in _default_routes(rtnl, family)
                if route["type"] == _UNICAST
                for hop in _hops(route)
            ]
            if routes:
                _, index = min(routes, key=lambda route: route[0])  # the first of equals, as the kernel chooses
                if found := await _find(rtnl, index=index):  # a link that was deleted meanwhile took its route along
                    return str(found.get("ifname"))
    return None


async def has_advertised_route() -> bool:
    """Reports whether a router's advertisement made an IPv6 default route of this host."""
    async with _rtnetlink() as rtnl:
        made_by = [route.get("proto") async for route in _default_routes(rtnl, socket.AF_INET6)]
    return _BY_ADVERTISEMENT in made_by


async def addresses(interface: str) -> tuple[list[IPv4Address], list[IPv6Address]]:
    """List the IPv4 addresses, the primary first, and the lasting global IPv6 ones; both empty without that link."""
    ipv4: list[IPv4Address] = []
    ipv6: list[IPv6Address] = []
    async with _rtnetlink() as rtnl:
        link = await _find(rtnl, ifname=interface)
        if link is None:
            return [], []
        async for message in await rtnl.addr("dump", index=link["index"]):
            address = _interface(message).ip
            flags = message.get("flags") or 0
            if isinstance(address, IPv4Address):
                ipv4.append(address)
            elif message["scope"] == _SCOPE_UNIVERSE and not flags & (_F_TEMPORARY | _F_DADFAILED | _F_DEPRECATED):
                ipv6.append(address)
    return ipv4, ipv6


async def all_addresses() -> dict[IPv4Address | IPv6Address, str]:
    """Map every address of this host to the name of its interface."""
    async with _rtnetlink() as rtnl:
        names = {link["index"]: str(link.get("ifname")) async for link in await rtnl.link("dump")}
        return {_interface(message).ip: names.get(message["index"], "") async for message in await rtnl.addr("dump")}


@asynccontextmanager
async def watch(interface: str) -> AsyncIterator[AsyncGenerator[str, None]]:
    """Open a stream of reasons to look at the interface again: link_deleted, link_down, address_removed, overflow.

    SURROUNDINGS is a reason to look at everything else: another interface, its addresses or a default route changed.
    Enter first and configure then, because the stream begins here. The interface need not be there yet.
    """
    state = _Watched(interface)
    async with netlink.watch(netlink.ROUTE, _GROUPS, state.read) as reasons:
        state.find()
        yield reasons


@dataclass(slots=True)
class _Watched:
    """What the events so far say about our interface. Only a change for the worse is a reason."""

    interface: str
    index: int | None = None
    up: bool = True

    def find(self) -> None:
        """Learn the index from the link that has the name now."""
        try:
            self.index = socket.if_nametoindex(self.interface)
        except OSError:
            self.index = None

    def read(self, datagram: memoryview | None) -> Iterator[str]:
        if datagram is None:
            self.find()
            yield "overflow"
            return
        for kind, _, body in each_message(datagram):
            family, (index,) = body[0], struct.unpack_from("=i", body, 4)
            if kind in (_NEWADDR, _DELADDR):
                if index != self.index:
                    yield SURROUNDINGS
                elif kind == _DELADDR:
                    yield "address_removed"
            elif kind in (_NEWROUTE, _DELROUTE):
                if body[1] == 0:  # rtm_dst_len: a default route
                    yield SURROUNDINGS
            elif kind in (_NEWLINK, _DELLINK) and family == socket.AF_UNSPEC:  # AF_BRIDGE: a port left its bridge
                yield from self._link(kind, index, body)

    def _link(self, kind: int, index: int, body: memoryview) -> Iterator[str]:
        name = bytes(attributes(body[16:]).get(_IFLA_IFNAME, b"")).rstrip(b"\0")
        named = os.fsdecode(name) == self.interface
        if kind == _NEWLINK and named:
            up = bool(struct.unpack_from("=I", body, 8)[0] & _IFF_UP)
            if index == self.index and self.up and not up:
                yield "link_down"
            self.index, self.up = index, up
        elif index == self.index:  # deleted, or renamed away
            self.index = None
            yield "link_deleted"
        else:
            # A link that goes down loses its IPv4 routes, and the kernel sends no notice of them.
            yield SURROUNDINGS


@asynccontextmanager
async def _rtnetlink(**options: Any) -> AsyncIterator[Any]:
    """Open a socket of pyroute2 for the block, and turn its error into ours."""
    try:
        async with AsyncIPRoute(**options) as rtnl:
            yield rtnl
    except NetlinkError as error:
        raise NetlinkRefused(error.code, os.strerror(error.code)) from error


@contextmanager
def _tolerated(code: int) -> Iterator[None]:
    """Go on after this refusal, because it says that the work is done already."""
    try:
        yield
    except NetlinkError as error:
        if error.code != code:
            raise


async def _find(rtnl: Any, **by: object) -> Any:
    found = None
    with _tolerated(errno.ENODEV):
        (found,) = await rtnl.link("get", **by)
    return found


async def _default_routes(rtnl: Any, family: int) -> AsyncIterator[Any]:
    async for route in await rtnl.route("dump", family=family, table=_MAIN_TABLE):
        if route["dst_len"] == 0:
            yield route


async def _routed(index: int) -> set[IPv4Network | IPv6Network]:
    """List the networks that the main table routes to this link. The kernel filters: a router has a million routes."""
    async with _rtnetlink(strict_check=True) as rtnl:
        return {
            ip_network(f"{dst}/{route['dst_len']}")
            for family in (socket.AF_INET, socket.AF_INET6)
            async for route in await rtnl.route("dump", family=family, table=_MAIN_TABLE, oif=index)
            if (dst := route.get("dst"))
        }


async def _add_route(rtnl: Any, index: int, address: IPv4Interface | IPv6Interface) -> None:
    """Add the route as the kernel does for a new address (fib_add_ifaddr), so that it goes with the address."""
    own: dict[str, object] = {"proto": _BY_KERNEL, "scope": _SCOPE_LINK, "prefsrc": str(address.ip)}
    if address.version == 6:
        own = {"proto": _BY_KERNEL, "priority": _ADDRCONF_METRIC}
    with _tolerated(errno.EEXIST):
        await rtnl.route("add", dst=str(address.network), oif=index, **own)


async def _add_address(rtnl: Any, index: int, address: IPv4Interface | IPv6Interface) -> None:
    try:
        with _tolerated(errno.EEXIST):
            await rtnl.addr("add", index=index, address=str(address.ip), prefixlen=address.network.prefixlen)
    except NetlinkError as error:
        if address.version == 6 and error.code in (errno.EACCES, errno.EOPNOTSUPP):
            raise ConfigError(
                key="gateway.subnet6", problem='IPv6 is switched off on this host; set subnet6 = ""'
            ) from error
        raise


def _interface(message: Any) -> IPv4Interface | IPv6Interface:
    """Read our address. IFA_LOCAL is our end of a point-to-point link; IPv6 has the attribute only there."""
    return ip_interface(f"{message.get('local') or message.get('address')}/{message['prefixlen']}")


def _hops(route: Any) -> list[int]:
    """List the indexes of the interfaces that a route leads to."""
    if (index := route.get("oif")) is not None:
        return [index]
    return [hop["oif"] for hop in route.get("multipath") or ()]
