"""Ports on which programs of the gateway's own host listen, read through sock_diag(7)."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from ipaddress import ip_address

from gateway.host.netlink import SOCK_DIAG, NetlinkSocket, in_thread, parser
from gateway.model import Listening, PortRange, Protocol

_SOCK_DIAG_BY_FAMILY = 20  # linux/sock_diag.h
# linux/tcp_states.h; an unconnected UDP socket is in state CLOSE
_LISTEN, _CLOSE = 10, 7
_STATES = {Protocol.TCP: (socket.IPPROTO_TCP, _LISTEN), Protocol.UDP: (socket.IPPROTO_UDP, _CLOSE)}


async def snapshot() -> Listening:
    """Return a predicate over the present sockets. Those on loopback do not count, because no player reaches them."""
    found = await in_thread(_read)

    def listening(protocol: Protocol, ports: PortRange) -> bool:
        return any(port in ports for each in protocol.each for port in found[each])

    return listening


def _read() -> dict[Protocol, set[int]]:
    with NetlinkSocket(SOCK_DIAG) as netlink:
        return {
            protocol: {
                port
                for family in (socket.AF_INET, socket.AF_INET6)
                for port in _ports(netlink, family, number, 1 << state)
            }
            for protocol, (number, state) in _STATES.items()
        }


def _ports(netlink: NetlinkSocket, family: int, protocol: int, states: int) -> Iterator[int]:
    """Ask with inet_diag_req_v2."""
    request = struct.pack("=BBBBI48x", family, protocol, 0, 0, states)
    for payload in netlink.dump(_SOCK_DIAG_BY_FAMILY, request):
        if port := _port(payload, 4 if family == socket.AF_INET else 16):
            yield port


@parser
def _port(payload: memoryview, size: int) -> int:
    """Read inet_diag_msg: family, state, timer, retrans, ports, addresses (inet_diag.h). Return 0 on loopback."""
    return 0 if _is_loopback(bytes(payload[8 : 8 + size])) else int(struct.unpack_from(">H", payload, 4)[0])


def _is_loopback(packed: bytes) -> bool:
    """Report whether an address is on loopback, also an IPv4 one in an IPv6 socket of Java (::ffff:127.0.0.1)."""
    address = ip_address(packed)
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
