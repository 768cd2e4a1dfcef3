"""Ports on which a program of the gateway's own host listens, read by sock_diag(7)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from ipaddress import ip_address

from pyroute2 import DiagSocket

from gateway.model import PortRange, Protocol

# linux/tcp_states.h; an unconnected UDP socket is in state CLOSE
_LISTEN, _CLOSE = 10, 7
_STATES = {Protocol.TCP: (socket.IPPROTO_TCP, _LISTEN), Protocol.UDP: (socket.IPPROTO_UDP, _CLOSE)}

Listening = Callable[[Protocol, PortRange], bool]


async def snapshot() -> Listening:
    """A predicate over the sockets there are now; those on loopback are nobody else's business and do not count."""
    found = await asyncio.to_thread(_read)

    def listening(protocol: Protocol, ports: PortRange) -> bool:
        return any(port in ports for each in protocol.each for port in found[each])

    return listening


def _read() -> dict[Protocol, set[int]]:
    found: dict[Protocol, set[int]] = {Protocol.TCP: set(), Protocol.UDP: set()}
    with DiagSocket() as diag:
        for protocol, (number, state) in _STATES.items():
            for family in (socket.AF_INET, socket.AF_INET6):
                for entry in diag.get_sock_stats(family=family, protocol=number, states=1 << state):
                    if not ip_address(entry["idiag_src"]).is_loopback:
                        found[protocol].add(entry["idiag_sport"])
    return found
