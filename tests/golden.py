"""The whole nftables table as text, for gateways that between them use every set and every rule.

`python -m tests.golden` writes tests/unit/gateway/nftables/*.nft anew; read the difference before committing it.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path

from gateway.api.connections import Block, Kick, LetIn, SetFriendsOnly
from gateway.api.contract import Actor
from gateway.config import Service
from gateway.model import Desired, Mode, Protocol
from gateway.network import FloodLimits, Network, Uplink
from gateway.nftables.elements import Counters, Element, elements_of
from gateway.nftables.text import load_script
from tests.unit.builders import ALICE, BOB, MARKS, NETWORK, NOW, forwarded, joined, planner, suspended, unforwarded

FOLDER = Path(__file__).parent / "unit/gateway/nftables"
CARL = Actor(id="3", name="carl")

# Two ways out with several addresses, LAN mode, everything that peers may reach besides, and a public address that is
# on no interface.
RICH = replace(
    NETWORK,
    uplinks=(
        replace(NETWORK.uplinks[0], fixed=frozenset({4, 6})),
        Uplink("eth1", IPv4Address("198.51.100.1")),
    ),
    public4=IPv4Address("192.0.2.1"),
    outer=tuple(map(ip_address, ("203.0.113.1", "198.51.100.1", "2001:db8:1::1", "2001:db8:1::2"))),
    near=(IPv4Network("203.0.113.0/24"), IPv4Network("10.19.0.0/16"), IPv6Network("fd77::/64")),
    isolate_peers=False,
    flood=FloodLimits(new_flows_per_second=5, flows_per_source=10, flows_per_forward=9, flows_per_device=64),
    services=(Service.parse("tcp/8080"), Service.parse("udp/5000-5001")),
    denied_egress=(Service.parse("tcp/25"),),
    peer_interfaces=("dmz0",),
    peer_networks=(IPv4Network("192.168.7.0/25"), IPv4Network("192.168.7.128/25"), IPv6Network("fd00:7::/48")),
    resolvers=(IPv4Address("192.168.7.53"), IPv6Address("fd00:7::53")),
    guarded=frozenset({4, 6}),
)
# Behind a home router, without IPv6.
PLAIN = replace(
    NETWORK,
    uplinks=(Uplink("ppp0", IPv4Address("192.168.1.2")),),
    public4=IPv4Address("192.168.1.2"),
    subnet6=None,
    address6=None,
    public6=None,
)


def a_state() -> Desired:
    """Return a state with a peer of each mode, each kind of forward, a suspended peer and a closed port."""
    desired = Desired()
    for actor, mode in ((ALICE, Mode.FULL), (BOB, Mode.SPLIT), (CARL, Mode.LINUX)):
        desired, _ = joined(desired, actor, mode=mode)
    desired = forwarded(desired, "25565")
    desired = forwarded(desired, "27015-27016/udp", BOB)
    desired = forwarded(desired, "8443", BOB, Protocol.TCP, to_port=443)
    desired = forwarded(desired, "9443", BOB, Protocol.TCP, to_port=443)
    desired = forwarded(desired, "2456", CARL)
    desired = forwarded(desired, "7777/tcp")
    desired = choosing(desired)
    return suspended(unforwarded(desired, "7777/tcp", now=NOW + timedelta(hours=1)), CARL, is_so=True)


def choosing(desired: Desired) -> Desired:
    """Return the state with forwards of Bob that choose their players, one by every kind of rule."""
    ids = tuple(forward.id for forward in desired.forwards.values() if desired.peers[forward.peer_id].owner == BOB.id)
    rules = planner()
    for text in ("198.51.100.66", "198.51.100.0/24", "2001:db8:4::66", "2001:db8:5::/64"):
        desired, _ = rules.list_address(desired, Block(actor=BOB, ids=ids[:1], network=ip_network(text)), NOW)
    for text in ("198.51.100.7", "192.0.2.0/24", "2001:db8:5::7", "2001:db8:6::/64"):
        desired, _ = rules.list_address(desired, LetIn(actor=BOB, ids=ids[:1], network=ip_network(text)), NOW)
    for text in ("198.51.100.9", "2001:db8:7::9"):
        request = Kick(actor=BOB, ids=ids[:1], protocol=Protocol.UDP, address=ip_address(text), port=40000)
        desired, _ = rules.kick(desired, request, NOW)
    return rules.friends_only(desired, SetFriendsOnly(actor=BOB, ids=ids[:2], on=True), NOW)[0]


def without_ipv6(desired: Desired) -> Desired:
    return replace(desired, peers={key: replace(peer, ipv6=None) for key, peer in desired.peers.items()})


def text(desired: Desired, network: Network) -> str:
    """Return the text of a table that replaces another one, so that counts go on and a port stays cold."""
    counts: dict[str, Counters] = {
        "stat_original": {(MARKS.of(1),): (3, 400)},
        "shed": {(MARKS.of(1),): (7, 420)},
        "block32_4": {(IPv4Address("198.51.100.66"), MARKS.of(2)): (9, 540)},
    }
    cooling: dict[str, dict[Element, int]] = {"cool4": {(desired.peers[1].ipv4, 6, 7777): 90}}
    return load_script(network, elements_of(desired, network), counts, cooling)


def texts() -> dict[Path, str]:
    state = a_state()
    return {
        FOLDER / "golden.nft": text(state, RICH),
        FOLDER / "golden_without_ipv6.nft": text(without_ipv6(state), PLAIN),
    }


if __name__ == "__main__":
    for path, content in texts().items():
        path.write_text(content)
        print(f"wrote {path.relative_to(Path.cwd())}", file=sys.stderr)
