"""`guildgate doctor --outside`: whether the provider lets callers through.

A host can send itself nothing from outside, and cannot make a friend's device send: what a device answers comes back
through the tunnel. So a person calls a free port from another network, or from a device whose tunnel is split. The
packet is seen before any rule of this host, and its source is named.
"""

from __future__ import annotations

import random
import select
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address

from gateway.api.contract import PeerStatus, Status
from gateway.doctor.finding import Finding, failure, ok, warning
from gateway.host import bpf
from gateway.host.netlink import Program, attach
from gateway.model import Mode, PortRange, Protocol
from gateway.network import is_private

CONNECTED = timedelta(seconds=180)  # WireGuard's REJECT_AFTER_TIME; an older session carries no packet
_TITLE = "provider"
_GRACE_S = 3.0  # for the other protocol, after the first arrival
_TRIES = 100
_ALL_PROTOCOLS, _TO_THIS_HOST = 0x0003, 0  # linux/if_ether.h, linux/if_packet.h
_LOAD_HALF, _LOAD_HALF_AT_INDEX, _INDEX_OF_HEADER = 0x28, 0x48, 0xB1
_PROTOCOLS = {6: Protocol.TCP, 17: Protocol.UDP}
_PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nguildgate: this call came through.\n"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A packet to the free port."""

    protocol: Protocol
    source: IPv4Address | IPv6Address


class NoFreePort(Exception):
    """Every port that was tried is taken."""


@dataclass(frozen=True, slots=True)
class Ear:
    """The free port, with the sockets that hold it, and those that see its packets before any rule of this host."""

    port: int
    server: socket.socket
    datagrams: socket.socket
    raw: tuple[socket.socket, ...]

    def arrivals(self, seconds: float, is_outside: Callable[[Arrival], bool]) -> list[Arrival]:
        """Return each caller once, after the time, or soon after the first one from outside."""
        found: dict[Arrival, None] = {}
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            ready, _, _ = select.select([self.server, self.datagrams, *self.raw], [], [], left)
            for each in ready:
                arrival = self._take(each)
                if arrival is None or arrival in found:
                    continue
                found[arrival] = None
                if is_outside(arrival):
                    until = min(until, time.monotonic() + _GRACE_S)
        return list(found)

    def _take(self, ready: socket.socket) -> Arrival | None:
        with suppress(OSError):  # the caller has gone
            if ready is self.server:
                caller, (address, *_) = self.server.accept()
                with caller:
                    caller.settimeout(0.5)
                    with suppress(OSError):
                        caller.recv(4096)  # or the page is lost with a reset
                    caller.sendall(_PAGE)
                return Arrival(Protocol.TCP, _plain(address))
            if ready is self.datagrams:
                _, (address, *_) = self.datagrams.recvfrom(1)
                return Arrival(Protocol.UDP, _plain(address))
            packet, (_, _, kind, *_) = ready.recvfrom(64)
            return parse(packet) if kind == _TO_THIS_HOST else None
        return None


@contextmanager
def ear(ports: PortRange, taken: Iterable[PortRange], interfaces: Sequence[str]) -> Iterator[Ear]:
    """Hold a free port of `ports`, and look at what the interfaces bring for it. Raise NoFreePort or OSError."""
    closed = list(taken)
    for _ in range(_TRIES):
        port = random.randint(ports.first, ports.last)  # noqa: S311 - any will do
        if any(each.first <= port <= each.last for each in closed):
            continue
        with ExitStack() as stack:
            try:
                server = stack.enter_context(_bound(socket.SOCK_STREAM, port))
                datagrams = stack.enter_context(_bound(socket.SOCK_DGRAM, port))
                server.listen(16)
            except OSError:
                continue
            raw = [stack.enter_context(each) for each in _raw(port, interfaces)]
            yield Ear(port, server, datagrams, tuple(raw))
            return
    raise NoFreePort


def _bound(kind: int, port: int) -> socket.socket:
    """Return a socket for both families, or for IPv4 where there is no IPv6. Raise OSError for a taken port."""
    family = socket.AF_INET6 if socket.has_dualstack_ipv6() else socket.AF_INET
    made = socket.socket(family, kind | socket.SOCK_NONBLOCK)
    try:
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        made.bind(("", port))
    except BaseException:
        made.close()
        raise
    return made


def _raw(port: int, interfaces: Sequence[str]) -> Iterator[socket.socket]:
    """Open a packet socket for each interface, as far as that is permitted."""
    for interface in interfaces:
        with suppress(OSError):
            made = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, 0)
            attach(made, program(port))
            made.bind((interface, _ALL_PROTOCOLS))
            yield made


def program(port: int) -> Program:
    """Return the socket filter that passes TCP and UDP to the port, of both families, from the IP header on."""
    return [
        (bpf.LOAD_BYTE, 0, 0, 0),
        (bpf.AND, 0, 0, 0xF0),
        (bpf.JUMP_EQUAL, 0, 6, 0x40),
        (bpf.LOAD_BYTE, 0, 0, 9),
        (bpf.JUMP_EQUAL, 1, 0, 6),
        (bpf.JUMP_EQUAL, 0, 10, 17),
        (_INDEX_OF_HEADER, 0, 0, 0),
        (_LOAD_HALF_AT_INDEX, 0, 0, 2),
        (bpf.JUMP_EQUAL, 6, 7, port),
        (bpf.JUMP_EQUAL, 0, 6, 0x60),
        (bpf.LOAD_BYTE, 0, 0, 6),
        (bpf.JUMP_EQUAL, 1, 0, 6),
        (bpf.JUMP_EQUAL, 0, 3, 17),
        (_LOAD_HALF, 0, 0, 42),
        (bpf.JUMP_EQUAL, 0, 1, port),
        (bpf.RETURN, 0, 0, bpf.ALL),
        (bpf.RETURN, 0, 0, 0),
    ]


def parse(packet: bytes) -> Arrival | None:
    """Read protocol and source of a packet that the filter passed."""
    if len(packet) >= 20 and packet[0] >> 4 == 4 and packet[9] in _PROTOCOLS:
        return Arrival(_PROTOCOLS[packet[9]], IPv4Address(packet[12:16]))
    if len(packet) >= 40 and packet[0] >> 4 == 6 and packet[6] in _PROTOCOLS:
        return Arrival(_PROTOCOLS[packet[6]], IPv6Address(packet[8:24]))
    return None


def _plain(address: str) -> IPv4Address | IPv6Address:
    found = ip_address(address)
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def instruction(address: str, port: int, seconds: float, status: Status | None) -> str:
    """Say what a person has to do now."""
    first = f"Open http://{address}:{port} within {seconds:g} s from another network, such as a phone without the VPN."
    friends = [
        f"{row.peer.owner_name}'s {row.peer.device}"
        for row in (status.peers if status else ())
        if row.peer.mode is not Mode.FULL and endpoint_of(row, status) is not None
    ]
    if not friends:
        return first
    return f"{first} A browser on {' or '.join(friends[:3])} will do as well, because its tunnel takes the VPN only."


def endpoint_of(row: PeerStatus, status: Status | None) -> IPv4Address | IPv6Address | None:
    """Return the address on the Internet that a connected device comes from."""
    if status is None or row.endpoint is None or row.latest_handshake is None:
        return None
    address = ip_address(row.endpoint.rpartition(":")[0].strip("[]"))
    return None if status.at - row.latest_handshake > CONNECTED or is_private(address) else address


def is_outside(arrival: Arrival) -> bool:
    return not is_private(arrival.source) and not arrival.source.is_loopback and not arrival.source.is_link_local


def judge(arrivals: Sequence[Arrival], port: int, seconds: float, status: Status | None) -> list[Finding]:
    """Return what the arrivals prove."""
    came = [each for each in arrivals if is_outside(each)]
    if not came:
        fix = "In the provider's firewall open UDP listen_port, and forward_ports for TCP and UDP; then try again."
        if arrivals:
            detail = f"only {arrivals[0].source} called {port}, which is not on the Internet and proves nothing"
            return [warning(_TITLE, detail, "Call from another network, without the VPN.")]
        return [failure(_TITLE, f"nothing called {port} within {seconds:g} s, neither over TCP nor over UDP", fix)]
    return [
        ok(_TITLE, f"{protocol.upper()} {port} was called by {_named(source, status)}, so the provider lets it through")
        for protocol, source in {each.protocol: each.source for each in reversed(came)}.items()
    ]


def _named(source: IPv4Address | IPv6Address, status: Status | None) -> str:
    """Name the source, and the devices that come from the same address."""
    devices = [
        f"{row.peer.owner_name}'s {row.peer.device}"
        for row in (status.peers if status else ())
        if endpoint_of(row, status) == source
    ]
    return f"{source}, the line of {' and '.join(devices[:3])}" if devices else str(source)
