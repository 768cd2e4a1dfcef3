"""A router between a sender and a receiver, for one table: `outside -- eth0 [router] wg0 -- inside`.

`wg0` is a veth here: the table cannot tell, and what WireGuard costs does not hide what the table costs. As WireGuard
is point-to-point, all its peers are behind one neighbour entry (include/net/arp.h); so they are here, by a route.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from gateway.demo.namespace import Namespace
from gateway.host import nft

ROUTER4, OUTSIDE4 = IPv4Address("203.0.113.1"), IPv4Address("203.0.113.2")
INSIDE4 = IPv4Address("10.66.0.2")  # the first peer's
OUTSIDE_MAC, ROUTER_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"


@dataclass(frozen=True, slots=True)
class Lane:
    outside: Namespace
    router: Namespace
    inside: Namespace

    def load(self, text: str) -> None:
        """Have nft(8)'s library load `text` in the router."""

        def enter() -> None:
            (outcome,) = nft.run(text)
            assert outcome.code == 0, outcome.complaint[:500]

        self.router.call(enter)

    def raw_socket(self) -> socket.socket:
        """Open a socket for whole Ethernet frames to the router."""
        made = self.outside.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.outside.call(lambda: made.bind(("eth0", 0)))
        made.setsockopt(263, 20, 1)  # SOL_PACKET, PACKET_QDISC_BYPASS
        made.setblocking(True)
        return made

    def arrived(self) -> int:
        """Return the number of packets that reached the inside so far."""
        text = self.inside.call(lambda: Path("/proc/thread-self/net/dev").read_text())
        return int(next(line for line in text.splitlines() if "eth0:" in line).split()[2])


@asynccontextmanager
async def lane(name: str, *, answers: bool) -> AsyncIterator[Lane]:
    """Make a lane.

    With `answers` the inside is a host; else it drops all packets at once, which have another address.
    """
    made = Lane(*(Namespace(f"{name}-{part}") for part in ("out", "mid", "in")))
    everyone = (made.outside, made.router, made.inside)
    try:
        for each in everyone:
            each.create()
            each.sysctl("net/ipv6/conf/default/disable_ipv6", "1")
        made.router.sysctl("net/ipv4/ip_forward", "1")
        await _ip(
            made.router,
            f"link add eth0 address {ROUTER_MAC} type veth"
            f" peer name eth0 netns {made.outside.name} address {OUTSIDE_MAC}",
            f"link add wg0 type veth peer name eth0 netns {made.inside.name}",
            f"address add {ROUTER4}/24 dev eth0",
            "address add 10.66.0.1/32 dev wg0",
            "link set eth0 up",
            f"link set wg0 {'' if answers else 'arp off '}up",
            f"route add default via {OUTSIDE4}",
            f"route add 10.66.0.0/16 via {INSIDE4} dev wg0 onlink",
        )
        await _ip(
            made.outside,
            f"address add {OUTSIDE4}/24 dev eth0",
            "link set eth0 up",
            f"route add default via {ROUTER4}",
        )
        await _ip(
            made.inside,
            f"address add {INSIDE4}/16 dev eth0",
            "link set eth0 up",
            "route add default via 10.66.0.1",
        )
        yield made
    finally:
        for each in everyone:
            each.delete()


async def _ip(namespace: Namespace, *lines: str) -> None:
    await namespace.run("ip", "-batch", "-", stdin="".join(f"{line}\n" for line in lines))
