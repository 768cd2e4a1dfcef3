"""The router's cost of one packet: the first of a flow, and those after it."""

from __future__ import annotations

import os
import random
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from gateway.access import OPEN, Access, AddressRule
from gateway.model import Desired
from gateway.network import FloodLimits
from gateway.nftables.elements import elements_of
from gateway.nftables.text import load_script
from tests.bench.lane import INSIDE4, OUTSIDE4, OUTSIDE_MAC, ROUTER4, ROUTER_MAC, Lane, lane
from tests.bench.report import Figure, Report, Target, ratio
from tests.bench.state import NETWORK, NOW, desired, port

SIZES = (10, 1_000, 10_000)
ROUNDS, SHORT_ROUNDS = 15, 75
LOOSE = replace(NETWORK, flood=FloodLimits(1_000_000, 1_000_000, 1_000_000))
EMPTY = "table inet empty { }\n"
_FORGET = "; ".join(f"flush set inet guildgate {name}" for name in ("rate4", "open4", "full"))


@dataclass(slots=True)
class Case:
    """One table in a router of its own, with its measurements in ns a packet."""

    name: str
    lane: Lane
    packets: int
    ports: int = 0
    is_ours: bool = False
    is_hit: bool = True
    sources: range = range(0x20000000, 0x60000000)
    sender: socket.socket = field(init=False)
    ns: list[float] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.sender = self.lane.raw_socket()

    def net(self, sender: Case) -> list[float]:
        """Return the cost without that of sending alone in the same round."""
        return [ours - theirs for ours, theirs in zip(self.ns, sender.ns, strict=True)]


async def new_flows(folder: Path) -> Report:
    """Measure ours with 10, 1,000 and 10,000 forwards, against one DNAT rule for each forward."""
    source = random.Random(1)
    async with AsyncExitStack() as stack:
        nothing = Case("the sender alone", await stack.enter_async_context(lane("none", answers=False)), 4_000)
        await nothing.lane.router.run("ip", "link", "set", "eth0", "address", "02:00:00:00:00:03")  # drops all
        ours, loose, linear = list[Case](), list[Case](), list[Case]()
        for size in SIZES:
            wanted = desired(min(size, 1_000), size)
            for kind, network, found in (("ours", NETWORK, ours), ("ours, no limit in reach", LOOSE, loose)):
                made = await stack.enter_async_context(
                    lane(f"{'ours' if found is ours else 'free'}{size}", answers=False)
                )
                made.load(load_script(network, elements_of(wanted, network)))
                found.append(Case(f"{kind}, {size:,} forwards", made, 4_000, size, is_ours=True))
            made = await stack.enter_async_context(lane(f"line{size}", answers=False))
            made.load(rule_for_each(wanted))
            linear.append(Case(f"a rule for each, {size:,} forwards", made, 4_000 if size <= 10 else 400, size))
        missed = [
            replace(case, name=f"{case.name}, a port nobody forwards", is_hit=False) for case in (ours[-1], linear[-1])
        ]
        cases = [nothing, *ours, *loose, *linear, *missed]
        with _one_core():
            for _ in range(ROUNDS):
                for case in cases:
                    await _round(case, source)
        for case in cases:
            case.sender.close()
    few, many, rules, our_miss, their_miss = (case.net(nothing) for case in (ours[0], ours[-1], linear[-1], *missed))
    return Report(
        "New flows",
        f"UDP packets from AF_PACKET, each of a fresh source address and port to a random forwarded port, through veth "
        f"and one router per table; {ROUNDS} interleaved rounds on one core, connection tracking emptied between them. "
        "Ratios are the median of those within each round; `net` is without what sending alone takes, which is in "
        "every figure. All of it is a flood from as many sources, so no limit turns it away; with 10 forwards they are "
        "busy ones, whose sources are told apart, with 10,000 they are not. `no limit in reach` is the look-ups alone.",
        [Figure.of(case.name, "ns/packet", case.ns) for case in cases],
        [
            Target("ours, 10,000 against 10 forwards", ratio(ours[-1].ns, ours[0].ns), bound=1.3),
            Target("the same, net", ratio(many, few), bound=1.3),
            Target("the same, no limit in reach", ratio(loose[-1].ns, loose[0].ns)),
            Target(
                "a rule for each against ours, 10,000 forwards",
                ratio(linear[-1].ns, ours[-1].ns),
                bound=50,
                at_least=True,
            ),
            Target("the same, net", ratio(rules, many), bound=50, at_least=True),
            Target("a port nobody forwards, net", ratio(their_miss, our_miss), bound=50, at_least=True),
        ],
    )


async def established(folder: Path) -> Report:
    """Measure packets of one established flow."""
    wanted = desired(1_000, 10_000)
    async with AsyncExitStack() as stack:
        cases = list[Case]()
        for name, text in (
            ("an empty table, routed", EMPTY),
            ("one DNAT rule and connection tracking", rule_for_each(desired(1, 1))),
            ("ours, 10,000 forwards", load_script(NETWORK, elements_of(wanted, NETWORK))),
        ):
            made = await stack.enter_async_context(lane(f"est{len(cases)}", answers=False))
            made.load(text)
            cases.append(Case(name, made, 4_000))
        routed, dnat, ours = cases
        with _one_core():
            for _ in range(SHORT_ROUNDS):
                for case in cases:
                    target = INSIDE4 if case is routed else ROUTER4
                    _blast(case, [frame(OUTSIDE4, 5_000, target, port(0))] * case.packets)
        for case in cases:
            case.sender.close()
    return Report(
        "Established packets",
        f"The same sender and routers, all packets of one UDP flow; {SHORT_ROUNDS} interleaved rounds of 4,000, so "
        "short since the machine's pace changes; ratios are the median of those within each round (packets a second "
        "against packets a second).",
        [Figure.of(case.name, "ns/packet", case.ns) for case in cases],
        [
            Target("ours against one DNAT rule", ratio(dnat.ns, ours.ns), bound=0.9, at_least=True),
            Target("ours against an empty table that only routes", ratio(routed.ns, ours.ns)),
            Target("one DNAT rule against that", ratio(routed.ns, dnat.ns)),
        ],
    )


def choosing(rules: int, settles_at: datetime | None = None, *, lets_in: bool = False) -> Desired:
    """Return a state of one forward with so many rules, in turn for an address and a /24, and none for the sender.

    The forward blocks these addresses, or it is for friends and lets in these and the senders'.
    """
    (forward,) = (wanted := desired(1, 1)).forwards.values()
    networks = [IPv4Network((0x80000000 + (number << 8), (32, 24)[number % 2])) for number in range(rules)]
    if lets_in:
        networks[0] = IPv4Network((OUTSIDE4, 24), strict=False)
    listed = tuple(AddressRule(network=each, lets_in=lets_in, since=NOW) for each in networks)
    access = Access(rules=listed, settles_at=settles_at, friends_only=lets_in) or OPEN
    return replace(wanted, forwards={forward.id: replace(forward, access=access)})


async def blocks(folder: Path) -> Report:
    """Measure new flows and established packets of one forward without rules, and with 10,000 of either kind."""
    source = random.Random(1)
    states = {
        "no rules": choosing(0),
        "1 block": choosing(1),
        "10,000 blocks": choosing(10_000),
        "10,000 blocks, one of them new": choosing(10_000, NOW),
        "for friends, 1 let in": choosing(1, lets_in=True),
        "for friends, 10,000 let in": choosing(10_000, lets_in=True),
    }
    async with AsyncExitStack() as stack:
        new, open_ = dict[str, Case](), dict[str, Case]()
        for name, wanted in states.items():
            made = await stack.enter_async_context(lane(f"block{len(open_)}", answers=False))
            made.load(load_script(LOOSE, elements_of(wanted, LOOSE)))
            new[name] = Case(f"a new flow, {name}", made, 4_000, 1, is_ours=True)
            open_[name] = Case(f"an established packet, {name}", made, 4_000)
        new["for friends, 10,000 let in"].sources = range(0x80000100, 0x80000200)  # an address that is let in
        del new["10,000 blocks, one of them new"], new["for friends, 1 let in"]
        with _one_core():
            for _ in range(ROUNDS):
                for case in new.values():
                    await _round(case, source)
                for case in open_.values():
                    _blast(case, [frame(OUTSIDE4, 5_000, ROUTER4, port(0))] * case.packets)
        for case in (*new.values(), *open_.values()):
            case.sender.close()

    def against(cases: dict[str, Case], name: str, other: str) -> float:
        return ratio(cases[name].ns, cases[other].ns)

    return Report(
        "Blocks of one forward",
        f"The same sender, routers and {ROUNDS} rounds, with one forward and no limit in reach. Of the rules, every "
        "second one is for a /24. No block holds the sender, and a forward for friends lets it in. A forward without "
        "rules is in other sets, and pays nothing.",
        [Figure.of(case.name, "ns/packet", case.ns) for case in (*new.values(), *open_.values())],
        [
            Target("new flows, 10,000 blocks against one", against(new, "10,000 blocks", "1 block"), bound=1.3),
            Target("new flows, 10,000 blocks against none", against(new, "10,000 blocks", "no rules"), bound=1.5),
            Target(
                "new flows, 10,000 let in against no rules",
                against(new, "for friends, 10,000 let in", "no rules"),
                bound=1.5,
            ),
            Target(
                "established packets, 10,000 blocks against one", against(open_, "10,000 blocks", "1 block"), bound=1.3
            ),
            Target(
                "established packets, 10,000 blocks against none",
                against(open_, "10,000 blocks", "no rules"),
                bound=1.1,
            ),
            Target(
                "the same, within a minute of a new block",
                against(open_, "10,000 blocks, one of them new", "no rules"),
            ),
            Target(
                "established packets, 10,000 let in against one",
                against(open_, "for friends, 10,000 let in", "for friends, 1 let in"),
                bound=1.1,
            ),
            Target(
                "established packets, 10,000 let in against no rules",
                against(open_, "for friends, 10,000 let in", "no rules"),
            ),
        ],
    )


def rule_for_each(wanted: Desired) -> str:
    """Return the usual rules, as xiahualiu/wg_gaming_installer writes them.

    They match only packets from the Internet, because peers' own packets to such a port would be turned around as well.
    """
    rules = "\n".join(
        f'iifname "eth0" {protocol} dport {forward.ports} '
        f"dnat to {wanted.peers[forward.peer_id].ipv4}:{forward.to_port}"
        for forward in wanted.forwards.values()
        for protocol in forward.protocol.each
    )
    return (
        "table ip usual {\n chain pre {\n type nat hook prerouting priority dstnat;\n"
        f"{rules}\n }}\n chain post {{\n type nat hook postrouting priority srcnat;\n"
        ' oifname "eth0" masquerade\n }\n}\n'
    )


async def _round(case: Case, source: random.Random) -> None:
    frames = [
        frame(
            IPv4Address(source.choice(case.sources)),
            source.randrange(1024, 65536),
            ROUTER4,
            port(source.randrange(case.ports or 1)) + (0 if case.is_hit else 2),
        )
        for _ in range(case.packets)
    ]
    before = case.lane.arrived()
    _blast(case, frames)
    if case.ports:
        if case.is_hit:
            assert case.lane.arrived() - before >= 0.99 * case.packets, f"{case.name}: packets were dropped"
        await case.lane.router.run("conntrack", "-F")
    if case.is_ours:
        case.lane.load(_FORGET)


def _blast(case: Case, frames: Sequence[bytes]) -> None:
    send = case.sender.send
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))  # so that no other process runs inside the measurement
    try:
        began = time.perf_counter_ns()
        for each in frames:
            send(each)
        took = time.perf_counter_ns() - began
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    case.ns.append(took / len(frames))


def frame(source: IPv4Address, source_port: int, target: IPv4Address, target_port: int) -> bytes:
    """Return Ethernet, IPv4 and UDP (without checksum, which IPv4 allows) around 18 bytes."""
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 46, 0, 0, 64, 17, 0, source.packed, target.packed)
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xFFFF) + (total >> 16)
    head = head[:10] + struct.pack(">H", ~(total + (total >> 16)) & 0xFFFF) + head[12:]
    ethernet = bytes.fromhex((ROUTER_MAC + OUTSIDE_MAC).replace(":", "")) + b"\x08\x00"
    return ethernet + head + struct.pack(">HHHH", source_port, target_port, 26, 0) + bytes(18)


@contextmanager
def _one_core() -> Iterator[None]:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
