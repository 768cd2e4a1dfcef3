"""The cost of `status` beside connections that are not ours."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path

from pyroute2 import NFCTSocket

from gateway.api.contract import GetStatus
from gateway.demo.world import World
from gateway.host.netlink import ACK, CREATE, NETFILTER, Message, NetlinkSocket, attribute, nested, nfgenmsg
from gateway.network import Marks
from tests.bench.report import Figure, Report, Target
from tests.bench.shipped import prepared, resident_mib
from tests.bench.state import OWNER
from tests.net.gateway import ALICE, Gateway

FOREIGN, OURS = 100_000, 50
ROUNDS = 20
HERE = IPv4Address("203.0.113.1")
PEERS, FORWARDS = 100, 1_000
_CT_NEW = 1 << 8
# linux/netfilter/nfnetlink_conntrack.h
_TUPLE_ORIG, _TUPLE_REPLY, _STATUS, _NAT_DST, _TIMEOUT, _MARK = 1, 2, 3, 13, 7, 8
_CONFIRMED_BOTH_WAYS = struct.pack(">I", 0b1110)  # SEEN_REPLY, ASSURED, CONFIRMED


async def status(folder: Path) -> Report:
    """Measure the status of one member, before and after foreign connections are there."""
    assert ALICE.id == OWNER
    async with prepared(folder / "status", "sts", PEERS, FORWARDS) as gateway:
        await gateway.start()
        gateway.world.vps.call(lambda: connections(_ours()))
        few = [await _ask(gateway) for _ in range(ROUNDS)]
        before = resident_mib(gateway)
        gateway.world.vps.call(lambda: connections(foreign()))
        count = int(gateway.read_sysctl("netfilter/nf_conntrack_count"))
        assert count >= FOREIGN, count
        many = [await _ask(gateway) for _ in range(ROUNDS)]
        after = resident_mib(gateway)
        listing = list[float]()
        for _ in range(5):
            began = time.perf_counter()
            await gateway.run("conntrack", "-L")
            listing.append((time.perf_counter() - began) * 1e3)
        dump = _full_dump_ms(gateway.world)
    figures = [
        Figure.of("status without foreign connections", "ms", few),
        Figure.of(f"status beside {FOREIGN:,}", "ms", many),
        Figure.of("`conntrack -L`", "ms", listing),
        Figure.of("a full dump by pyroute2", "ms", [dump]),
    ]
    return Report(
        "Status beside foreign connections",
        f"POST /v1/status of a member with {FORWARDS // PEERS} of {FORWARDS:,} forwards and {OURS} live flows, from "
        f"connect to answer; {FOREIGN:,} UDP connections of others made by ctnetlink; {ROUNDS} times each, medians.",
        figures,
        [
            Target("status", figures[1].middle, "ms", bound=100),
            Target("the gateway's resident memory grows by", after - before, "MiB", bound=1),
            Target("`conntrack -L` against status", figures[2].middle / figures[1].middle),
            Target("a full dump by pyroute2 against status", figures[3].middle / figures[1].middle),
        ],
    )


async def _ask(gateway: Gateway) -> float:
    began = time.perf_counter()
    found = await gateway.client.call(GetStatus(actor=ALICE))
    took = (time.perf_counter() - began) * 1e3
    assert sum(forward.connections for forward in found.forwards) == OURS
    return took


def _full_dump_ms(world: World) -> float:
    def dump() -> float:
        with NFCTSocket() as conntrack:
            began = time.perf_counter()
            assert sum(1 for _ in conntrack.dump()) >= FOREIGN
            return (time.perf_counter() - began) * 1e3

    return world.vps.call(dump)


def _ours() -> Iterator[bytes]:
    """Yield flows of the first forward as DNAT leaves them."""
    target = IPv4Address("10.66.0.2")
    for number in range(OURS):
        to = nested(_NAT_DST, attribute(1, target.packed), attribute(2, target.packed))
        yield (
            connection(IPv4Address("198.51.100.7"), 10_000 + number, 1030)
            + attribute(_MARK, struct.pack(">I", Marks().of(1)))
            + to
        )


def foreign() -> Iterator[bytes]:
    for number in range(FOREIGN):
        yield connection(IPv4Address(0x64000000 + number // 50_000), 1024 + number % 50_000, 443)


def connection(source: IPv4Address, source_port: int, port: int, target: IPv4Address = HERE) -> bytes:
    return (
        nested(_TUPLE_ORIG, *_tuple(source, target, source_port, port))
        + nested(_TUPLE_REPLY, *_tuple(target, source, port, source_port))
        + attribute(_STATUS, _CONFIRMED_BOTH_WAYS)
        + attribute(_TIMEOUT, struct.pack(">I", 3600))
    )


def _tuple(source: IPv4Address, target: IPv4Address, source_port: int, port: int) -> tuple[bytes, bytes]:
    addresses = nested(1, attribute(1, source.packed), attribute(2, target.packed))
    ports = attribute(2, struct.pack(">H", source_port)) + attribute(3, struct.pack(">H", port))
    return addresses, nested(2, attribute(1, bytes([socket.IPPROTO_UDP])) + ports)


def connections(bodies: Iterator[bytes]) -> None:
    with NetlinkSocket(NETFILTER, buffer=1 << 20) as netlink:
        batch = list[Message]()
        for body in bodies:
            batch.append(Message(_CT_NEW, ACK | CREATE, nfgenmsg(socket.AF_INET) + body))
            if len(batch) == 100:
                netlink.request(*batch)
                batch.clear()
        if batch:
            netlink.request(*batch)
