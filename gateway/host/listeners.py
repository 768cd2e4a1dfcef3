"""Ports on which a program of the gateway's own host listens, read by sock_diag(7)."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Iterator
from ipaddress import ip_address

from gateway.host.host import Listening
from gateway.host.netlink import DUMP, REQUEST, messages
from gateway.model import PortRange, Protocol

# linux/netlink.h, sock_diag.h and inet_diag.h
_NETLINK_SOCK_DIAG, _SOCK_DIAG_BY_FAMILY = 4, 20
_ERROR, _DONE = 2, 3
# linux/tcp_states.h; an unconnected UDP socket is in state CLOSE
_LISTEN, _CLOSE = 10, 7
_STATES = {Protocol.TCP: (socket.IPPROTO_TCP, _LISTEN), Protocol.UDP: (socket.IPPROTO_UDP, _CLOSE)}


async def snapshot() -> Listening:
    """A predicate over the sockets there are now; those on loopback are nobody else's business and do not count."""
    found = await asyncio.to_thread(_read)

    def listening(protocol: Protocol, ports: PortRange) -> bool:
        return any(port in ports for each in protocol.each for port in found[each])

    return listening


def _read() -> dict[Protocol, set[int]]:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_SOCK_DIAG) as diag:
        return {
            protocol: {
                port
                for family in (socket.AF_INET, socket.AF_INET6)
                for port in _ports(diag, family, number, 1 << state)
            }
            for protocol, (number, state) in _STATES.items()
        }


def _ports(diag: socket.socket, family: int, protocol: int, states: int) -> Iterator[int]:
    """One dump: inet_diag_req_v2 there, inet_diag_msg back (family, state, timer, retrans, ports, addresses)."""
    body = struct.pack("=BBBBI48x", family, protocol, 0, 0, states)
    diag.send(struct.pack("=IHHII", 16 + len(body), _SOCK_DIAG_BY_FAMILY, REQUEST | DUMP, 1, 0) + body)
    size = 4 if family == socket.AF_INET else 16
    while True:
        for kind, _, payload in messages(memoryview(diag.recv(1 << 16))):
            if kind == _DONE:
                return
            if kind == _ERROR:
                code = -struct.unpack_from("=i", payload)[0]
                raise OSError(code, os.strerror(code))
            if not _is_loopback(bytes(payload[8 : 8 + size])):
                yield struct.unpack_from(">H", payload, 4)[0]


def _is_loopback(packed: bytes) -> bool:
    """Also where an IPv6 socket holds an IPv4 address, as Java's do (::ffff:127.0.0.1)."""
    address = ip_address(packed)
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
