"""Links, addresses and routes of this host, and the configuration of our interface."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TypeVar

from gateway.errors import HostProblem, apply_failed
from gateway.host.netlink import NetlinkRefused, in_thread
from gateway.host.rtnetlink import BY_ADVERTISEMENT, SCOPE_UNIVERSE, UNICAST, Interface, Route, Rtnetlink

R = TypeVar("R")

_F_TEMPORARY, _F_DADFAILED, _F_DEPRECATED = 0x01, 0x08, 0x20


async def kind(interface: str) -> str | None:
    """Return the link's kind such as `wireguard` or `tun`, empty for hardware, or None without such a link."""
    found = await _asked(lambda rtnl: rtnl.link(interface))
    return found.kind if found else None


async def real_name(interface: str) -> str:
    """Return the link's name, by which rules of nftables find it, for an alternative name."""
    found = await _asked(lambda rtnl: rtnl.link(interface))
    return found.name if found else interface


async def mtu(interface: str) -> int | None:
    """Return the link's mtu in bytes, or None without such a link."""
    found = await _asked(lambda rtnl: rtnl.link(interface))
    return found.mtu if found else None


async def path_mtu(destination: IPv4Address | IPv6Address) -> int:
    """Return what the kernel has learnt of the path to the destination, in bytes, or 0."""
    return await _asked(lambda rtnl: rtnl.path_mtu(destination))


async def way_out(destination: IPv4Address | IPv6Address) -> str:
    """Return the interface that packets of this host to the destination leave by, or an empty text without a way."""

    def look(rtnl: Rtnetlink) -> str:
        try:
            found = rtnl.link(index=rtnl.way_out(destination))
        except NetlinkRefused:  # unreachable
            return ""
        return found.name if found else ""

    return await _asked(look)


async def names(kind: str | None = None) -> tuple[str, ...]:
    """Return the names of all links, or of those of this kind."""
    return await _asked(lambda rtnl: tuple(link.name for link in rtnl.links() if kind in (None, link.kind)))


async def rename(present: str, name: str) -> None:
    """Rename the link, which goes down; `configure` sets it up again. Raise NetlinkRefused."""

    def work(rtnl: Rtnetlink) -> None:
        if found := rtnl.link(present):
            rtnl.rename(found.index, name)

    await _asked(work)


async def add(interface: str, kind: str) -> None:
    """Create the link unless one of that name exists. Raise NetlinkRefused."""
    with _tolerated(errno.EEXIST):
        await _asked(lambda rtnl: rtnl.add_link(interface, kind))


async def delete(interface: str) -> None:
    """Delete the link if it exists. Raise NetlinkRefused."""
    with _tolerated(errno.ENODEV):
        await _asked(lambda rtnl: rtnl.delete_link(interface))


async def configure(interface: str, addresses: Iterable[Interface], mtu: int) -> None:
    """Give our interface exactly these addresses, their routes and the mtu in bytes, and set it up.

    Link-local addresses stay. What can be done is done. Raise HostProblem when the WireGuard port is taken, ApplyFailed
    for anything else.
    """
    try:
        await _asked(partial(_configure, interface=interface, wanted=set(addresses), mtu=mtu))
    except NetlinkRefused as error:
        if error.errno == errno.EADDRINUSE:  # because the kernel opens WireGuard's socket when the link goes up
            raise HostProblem(
                key="gateway.listen_port", problem="is used by another program; choose another port"
            ) from error
        raise apply_failed(f"configuring {interface}", error) from error


def _configure(rtnl: Rtnetlink, *, interface: str, wanted: set[Interface], mtu: int) -> None:
    link = rtnl.link(interface)
    if link is None:
        raise NetlinkRefused(errno.ENODEV, os.strerror(errno.ENODEV))
    refused: list[NetlinkRefused] = []

    def attempt(step: Callable[..., None], *arguments: object) -> None:
        try:
            step(link.index, *arguments)
        except NetlinkRefused as error:
            if error.errno != errno.EEXIST:  # else it is done already
                refused.append(error)

    present = {address.interface for address in rtnl.addresses(link.index)}
    if link.mtu != mtu:
        attempt(rtnl.set_mtu, mtu)
    for stray in present - wanted:
        if not stray.is_link_local:
            attempt(rtnl.delete_address, stray)
    for missing in wanted - present:
        attempt(rtnl.add_address, missing)
    if not link.is_up:
        rtnl.set_up(link.index)
    routed = _routed(rtnl, link.index)
    for address in wanted:
        if address.network not in routed:  # deleted by another program; the kernel makes it only with a new address
            attempt(rtnl.add_route, address)
    if refused:
        raise refused[0]


def _routed(rtnl: Rtnetlink, index: int) -> set[IPv4Network | IPv6Network]:
    """Return the networks that the main table routes to that link."""
    return {route.network for family in (socket.AF_INET, socket.AF_INET6) for route in rtnl.routes(family, index)}


async def is_configured(interface: str, addresses: Iterable[Interface], mtu: int) -> bool:
    """Report whether the interface is as `configure` leaves it."""
    wanted = set(addresses)

    def look(rtnl: Rtnetlink) -> bool:
        link = rtnl.link(interface)
        if link is None or link.mtu != mtu:
            return False
        present = {address.interface for address in rtnl.addresses(link.index)}
        return wanted <= present and {address.network for address in wanted} <= _routed(rtnl, link.index)

    return await _asked(look)


async def default_route_interface() -> str | None:
    """Return the interface of the IPv4 default route with the lowest metric, else of the IPv6 one, or None."""

    def look(rtnl: Rtnetlink) -> str | None:
        for family in (socket.AF_INET, socket.AF_INET6):
            routes = [
                (route.priority, hop)
                for route in _default_routes(rtnl, family)
                if route.type == UNICAST
                for hop in route.hops
            ]
            if routes:
                _, index = min(routes, key=lambda route: route[0])  # the kernel's first among equals
                if found := rtnl.link(index=index):  # else it was deleted just now, with its route
                    return found.name
        return None

    return await _asked(look)


async def has_advertised_route() -> bool:
    """Report whether a router's advertisement made an IPv6 default route of this host."""
    made_by = await _asked(lambda rtnl: [route.protocol for route in _default_routes(rtnl, socket.AF_INET6)])
    return BY_ADVERTISEMENT in made_by


def _default_routes(rtnl: Rtnetlink, family: int) -> Iterator[Route]:
    return (route for route in rtnl.routes(family) if route.network.prefixlen == 0)


async def addresses(interface: str) -> tuple[list[IPv4Address], list[IPv6Address]]:
    """Return (IPv4 addresses, the primary first; lasting global IPv6 addresses). Both are empty without the link."""

    def look(rtnl: Rtnetlink) -> tuple[list[IPv4Address], list[IPv6Address]]:
        ipv4: list[IPv4Address] = []
        ipv6: list[IPv6Address] = []
        link = rtnl.link(interface)
        for each in rtnl.addresses(link.index) if link else ():
            address = each.interface.ip
            if isinstance(address, IPv4Address):
                ipv4.append(address)
            elif each.scope == SCOPE_UNIVERSE and not each.flags & (_F_TEMPORARY | _F_DADFAILED | _F_DEPRECATED):
                ipv6.append(address)
        return ipv4, ipv6

    return await _asked(look)


async def networks(interface: str) -> list[IPv4Network | IPv6Network]:
    """Return the networks that the interface has an address in, without link-local ones of IPv6."""

    def look(rtnl: Rtnetlink) -> list[IPv4Network | IPv6Network]:
        link = rtnl.link(interface)
        found = [each.interface.network for each in rtnl.addresses(link.index)] if link else []
        return [network for network in found if network.version == 4 or not network.is_link_local]

    return await _asked(look)


async def all_addresses() -> dict[IPv4Address | IPv6Address, str]:
    """Return every address with its interface's name."""

    def look(rtnl: Rtnetlink) -> dict[IPv4Address | IPv6Address, str]:
        names = {link.index: link.name for link in rtnl.links()}
        return {each.interface.ip: names.get(each.index, "") for each in rtnl.addresses()}

    return await _asked(look)


async def _asked(work: Callable[[Rtnetlink], R]) -> R:
    def in_socket() -> R:
        with Rtnetlink() as rtnl:
            return work(rtnl)

    return await in_thread(in_socket)


@contextmanager
def _tolerated(code: int) -> Iterator[None]:
    """Go on after a refusal with this errno, because it means that the work is done already."""
    try:
        yield
    except NetlinkRefused as error:
        if error.errno != code:
            raise
