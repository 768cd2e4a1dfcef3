"""The data path as values: what our nftables table holds for a desired state.

Pure. `elements_of` gives the content of every set and map, from which text.py makes the text that loads it all.
`delta_of` gives what one change adds and removes. Every look-up is a hash, so a new flow costs the same with ten
forwards as with ten thousand.

How a forward works: `fwd4` and `fwd6` say where a public port goes (DNAT). `fwdid` gives the flow the forward's mark,
which takes only our bits of the conntrack mark (`network.Marks`). Each packet of a forwarded flow must find its mark in
`stat_original` or `stat_reply`, which its direction chooses. The mark's two elements there are permission and counter
at once. Deleting them cuts open flows in the same transaction, before conntrack is flushed.

A forward that chooses its players (`gateway.access`) has its mark in `watched_original` and `watched_reply` instead,
for a minute from each change of its rules on. Its packets are looked at one by one then, so a block cuts open flows in
its transaction. Later only new flows are looked at, because no others are left. Where only friends may come, the mark
stays there, because a server that pushes would open a stranger's flow anew from inside.

Words of our own: a busy port is one that masqueraded flows must not leave with. It is forwarded, was lately, or is
WireGuard's. A cold port is the internal port of a forward just closed, from which its peer begins no new flow for a
while. A flow that flood protection turns away is shed.
"""

from __future__ import annotations

import socket
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, collapse_addresses
from typing import Protocol as Shape
from typing import TypeVar

from gateway.access import LENGTHS, Access
from gateway.model import Change, ClosedPorts, Desired, Forward, Mode, Peer, Protocol
from gateway.network import FORGED4, FORGED6, MOST_SLOTS, PRIVATE4, PRIVATE6, Network, is_private

N = TypeVar("N", IPv4Network, IPv6Network)
TABLE = "guildgate"
COOL_S = 180

# One component of a key or of data: an address or network, a number (port, protocol, mark), or an interface's name.
Part = IPv4Address | IPv6Address | IPv4Network | IPv6Network | int | str
Element = tuple[Part, ...]
Content = dict[Element, Element]
Elements = dict[str, Content]
Counters = Mapping[Element, tuple[int, int]]  # key -> (packets, bytes)
COOL = {"cool4": "host4", "cool6": "host6"}  # with the map of those that are open
MAY_BE_THERE = {*COOL, "busy"}  # what a change adds to these
STAT = ("stat_original", "stat_reply")  # by the number that the kernel has for the direction
WATCHED = ("watched_original", "watched_reply")  # the same for forwards that choose their players
BLOCKED = tuple(f"block{length}_{version}" for version, lengths in LENGTHS.items() for length in lengths)
LET_IN = tuple(f"let{length}_{version}" for version, lengths in LENGTHS.items() for length in lengths)
COUNTED = (*STAT, *WATCHED, "shed", "friends", *BLOCKED)


@dataclass(frozen=True, slots=True)
class SetSpec:
    """The component types of one set or map, by nft's names. `data` is empty for a set."""

    key: tuple[str, ...]
    data: tuple[str, ...] = ()
    flags: str = ""

    def declaration(self) -> str:
        # With typeof where nft 1.0 crashes when it lists what nft 1.1 made with a type, which is of one component.
        with_typeof = 1 in (len(self.key), len(self.data))
        sides = (
            " . ".join(_TYPEOF[kind] if with_typeof else kind for kind in kinds) for kinds in (self.key, self.data)
        )
        kind = ("typeof " if with_typeof else "type ") + " : ".join(filter(None, sides))
        return "; ".join(filter(None, (kind, self.flags)))


PROTO, PORT, IP4, IP6, NAME = "inet_proto", "inet_service", "ipv4_addr", "ipv6_addr", "ifname"
MARKED, ENTRY = "mark", "ct id"
_TYPEOF = {
    PROTO: "meta l4proto",
    PORT: "th dport",
    IP4: "ip saddr",
    IP6: "ip6 saddr",
    NAME: "iifname",
    MARKED: "ct mark",
    ENTRY: ENTRY,
}
_VERSIONS = {"4": IP4, "6": IP6}
SETS: dict[str, SetSpec] = {
    # public (protocol . port) to the peer's (address . port), and to the flow's mark
    "fwd4": SetSpec((PROTO, PORT), (IP4, PORT)),
    "fwd6": SetSpec((PROTO, PORT), (IP6, PORT)),
    "fwdid": SetSpec((PROTO, PORT), (MARKED,)),
    # source ports that a masqueraded flow must not take
    "busy": SetSpec((PROTO, PORT)),
    # a hosting peer's packets from its internal port leave with its public one (a server announcing itself)
    "rev4": SetSpec((NAME, IP4, PROTO, PORT), (IP4, PORT)),
    "rev6": SetSpec((NAME, IP6, PROTO, PORT), (IP6, PORT)),
    # these packets belong to the forward, so closing the forward cuts them
    "host4": SetSpec((IP4, PROTO, PORT), (MARKED,)),
    "host6": SetSpec((IP6, PROTO, PORT), (MARKED,)),
    # Every packet looks here. For a key of 4 bytes and a known size the kernel has a hash at half the cost.
    **{name: SetSpec((MARKED,), flags=f"size {MOST_SLOTS}; counter") for name in (*STAT, *WATCHED)},
    # forwards that choose their players, and those of them that take only friends
    "chosen": SetSpec((MARKED,), flags=f"size {MOST_SLOTS}"),
    "friends": SetSpec((MARKED,), flags=f"size {MOST_SLOTS}; counter"),
    # (address or network . forward), a set for each length of prefix. An interval set of pairs would be searched one by
    # one.
    **{name: SetSpec((_VERSIONS[name[-1]], MARKED), flags="counter") for name in BLOCKED},
    **{name: SetSpec((_VERSIONS[name[-1]], MARKED)) for name in LET_IN},
    # outer ends of flows that are refused for a while
    "kicked4": SetSpec((IP4, PROTO, PORT, MARKED)),
    "kicked6": SetSpec((IP6, PROTO, PORT, MARKED)),
    # new flows of a forward that flood protection turned away
    "shed": SetSpec((MARKED,), flags="counter"),
    # filled by packets: `rate` and `open` hold new flows a second and open flows by a part of the mark. For crowded
    # forwards, `rate4` to `open6` hold the same by (source . mark), and `full` holds open flows by mark. An element
    # that counts no open flow goes within a second, so rates are in sets of their own. `ct count` must not be in a set
    # that we fill: on 6.18 deleting its elements unhooks conntrack, and every packet is invalid.
    "rate": SetSpec((MARKED,), flags="flags dynamic,timeout; timeout 1m; size 4096"),
    "open": SetSpec((MARKED,), flags="flags dynamic; size 4096"),
    "rate4": SetSpec((IP4, MARKED), flags="flags dynamic,timeout; timeout 1m; size 65536"),
    "rate6": SetSpec((IP6, MARKED), flags="flags dynamic,timeout; timeout 1m; size 65536"),
    "open4": SetSpec((IP4, MARKED), flags="flags dynamic; size 65536"),
    "open6": SetSpec((IP6, MARKED), flags="flags dynamic; size 65536"),
    "full": SetSpec((MARKED,), flags="flags dynamic; size 65536"),
    # filled by packets: new flows a minute and open flows that a device began
    "pace4": SetSpec((IP4,), flags="flags dynamic,timeout; timeout 1m; size 65536"),
    "pace6": SetSpec((IP6,), flags="flags dynamic,timeout; timeout 1m; size 65536"),
    "begun4": SetSpec((IP4,), flags="flags dynamic; size 65536"),
    "begun6": SetSpec((IP6,), flags="flags dynamic; size 65536"),
    # (peer . peer): only a peer that reaches itself through the public address needs masquerading
    "self4": SetSpec((IP4, IP4)),
    "self6": SetSpec((IP6, IP6)),
    # peers whose AllowedIPs is the VPN subnet only; their packets are masqueraded, because they drop any other source
    "split4": SetSpec((IP4,)),
    "split6": SetSpec((IP6,)),
    # cold internal ports: without these, a server that keeps pushing UDP would open the closed flow from inside
    "cool4": SetSpec((IP4, PROTO, PORT), flags=f"flags timeout; timeout {COOL_S}s"),
    "cool6": SetSpec((IP6, PROTO, PORT), flags=f"flags timeout; timeout {COOL_S}s"),
    # filled by packets: (our address . device's address . its port) of devices that ask WireGuard
    "asked4": SetSpec((IP4, IP4, PORT), flags="flags dynamic,timeout; timeout 3m; size 65536"),
    "asked6": SetSpec((IP6, IP6, PORT), flags="flags dynamic,timeout; timeout 3m; size 65536"),
    # filled by packets: the packet's mark, while `beside` needs its place
    "held": SetSpec((ENTRY,), (MARKED,), flags="flags dynamic; size 65536"),
    "uplinks": SetSpec((NAME,)),
    # uplinks whose own address is public, and sources that no packet from the Internet has
    "outside4": SetSpec((NAME,)),
    "outside6": SetSpec((NAME,)),
    "forged4": SetSpec((IP4,), flags="flags interval"),
    "forged6": SetSpec((IP6,), flags="flags interval"),
    # our interface, while peers may reach each other (LAN mode)
    "lan": SetSpec((NAME,)),
    # the gateway's host, and networks behind it, as far as peers may reach them
    "services": SetSpec((PROTO, PORT)),
    "beyond": SetSpec((NAME,)),
    "beyond4": SetSpec((IP4,), flags="flags interval"),
    "beyond6": SetSpec((IP6,), flags="flags interval"),
    # the resolvers in the peers' configs, which peers may ask wherever they are
    "names4": SetSpec((IP4, PROTO, PORT)),
    "names6": SetSpec((IP6, PROTO, PORT)),
    # ports on the Internet that peers may not call
    "denied": SetSpec((PROTO, PORT)),
    # private networks, because behind an uplink they are the provider's and not the Internet
    "private4": SetSpec((IP4,), flags="flags interval"),
    "private6": SetSpec((IP6,), flags="flags interval"),
    # the public addresses, which may be on no interface here (a cloud's 1:1 NAT)
    "pub4": SetSpec((IP4,)),
    "pub6": SetSpec((IP6,)),
}


@dataclass(frozen=True, slots=True)
class Delta:
    """One transaction: all of `remove` is deleted and all of `add` is added, or nothing changes."""

    add: Elements
    remove: Elements

    def __bool__(self) -> bool:
        return bool(self.add or self.remove)


class Table(Shape):
    """The table in the kernel. A method that the kernel refuses raises ApplyFailed and has changed nothing."""

    async def load(self, network: Network, elements: Elements, *, counts_go_on: bool = True) -> None:
        """Put the whole table in place, carrying on the counts of the one it replaces unless its marks were others."""

    async def remove(self) -> None: ...

    async def apply(self, delta: Delta) -> None:
        """Change elements in one transaction. Raise PortTaken when a public port is in the table already."""

    async def counters(self, slots: Collection[int]) -> Counters:
        """Return what the forwards in these slots let through, by slot and direction."""

    async def hits(self, keys: Mapping[str, Collection[Element]]) -> Mapping[str, Counters]:
        """Return the packets that rules about players dropped, by set and element."""

    async def refused(self, slots: Collection[int]) -> dict[int, int]:
        """Return the new flows to the forwards in these slots that flood protection turned away, by slot."""


def elements_of(desired: Desired, network: Network) -> Elements:
    """Return the content of every set for the whole of `desired`."""
    active = desired.active
    found: Elements = {name: {} for name in SETS}
    _put_peers(found, active.peers.values())
    _put_forwards(found, active.forwards.values(), active.peers, network)
    found["busy"] = _busy(desired, network)
    for uplink in network.uplinks:
        found["uplinks"][uplink.interface,] = ()
        for name, source in (("outside4", uplink.source4), ("outside6", uplink.source6)):
            if source and not is_private(source):
                found[name][uplink.interface,] = ()
    found["forged4"] = {(net4,): () for net4 in _without(FORGED4, network.near)}
    found["forged6"] = {(net6,): () for net6 in _without(FORGED6, network.near)}
    if network.public4:
        found["pub4"][network.public4,] = ()
    if network.public6:
        found["pub6"][network.public6,] = ()
    found["services"] = _each_port((service.protocol, service.ports) for service in network.services)
    found["denied"] = _each_port((service.protocol, service.ports) for service in network.denied_egress)
    for resolver in network.resolvers:
        for number in Protocol.BOTH.numbers:
            found[f"names{resolver.version}"][resolver, number, 53] = ()
    for name in network.peer_interfaces:
        found["beyond"][name,] = ()
    # Collapsed, because an interval set refuses networks that overlap.
    for listed4 in collapse_addresses(net for net in network.peer_networks if isinstance(net, IPv4Network)):
        found["beyond4"][listed4,] = ()
    for listed6 in collapse_addresses(net for net in network.peer_networks if isinstance(net, IPv6Network)):
        found["beyond6"][listed6,] = ()
    # A gateway with a private public address serves a private network, which is the Internet of its peers.
    for name, networks, public in (("private4", PRIVATE4, network.public4), ("private6", PRIVATE6, network.public6)):
        if public is None or not is_private(public):
            found[name] = {(private,): () for private in networks}
    _put_lan(found, desired, network)
    return found


def delta_of(change: Change, network: Network) -> Delta:
    """Return what turns the table of the state before into that after, at the cost of what changed."""
    active = change.active
    gone, come = active.forwards_gone, active.forwards_come
    near = _near(active)
    stayed = near.keys() - {forward.id for forward in gone}
    later = {forward.id: forward for forward in (*map(near.__getitem__, stayed), *come)}
    old = _part(active.before, active.peers_gone, near, network)
    new = _part(active.after, active.peers_come, later, network)
    add = {name: {k: v for k, v in new[name].items() if old[name].get(k) != v} for name in SETS}
    remove = {name: {k: v for k, v in old[name].items() if new[name].get(k) != v} for name in SETS}
    add["busy"], remove["busy"] = _busy_delta(change, network)
    # A closed port gets cold, unless another forward leads to it. An opened port must not stay cold.
    was, now = _internal_ports(gone, active.before.peers), _internal_ports(come, active.after.peers)
    for name in COOL:
        still = new[COOL[name]].keys() | now[name].keys()
        add[name] = {key: () for key in was[name] if key not in still}
        remove[name] = now[name]
    return Delta({n: c for n, c in add.items() if c}, {n: c for n, c in remove.items() if c})


def _without(networks: Iterable[N], holes: Iterable[IPv4Network | IPv6Network]) -> Iterator[N]:
    """Return the networks without the holes, collapsed because an interval set refuses those that overlap."""
    left = list(networks)
    for hole in holes:
        left = [part for network in left for part in _parts_without(network, hole)]
    return collapse_addresses(left)


def _parts_without(network: N, hole: IPv4Network | IPv6Network) -> Iterable[N]:
    if not isinstance(hole, type(network)) or not network.overlaps(hole):
        return (network,)
    return network.address_exclude(hole) if network.prefixlen <= hole.prefixlen else ()


def _busy(desired: Desired, network: Network) -> Content:
    """Return the busy ports. Those of suspended peers are among them, because these peers get their ports back."""
    wireguards = {(socket.IPPROTO_UDP, network.listen_port): ()}
    return _each_port(_claims(desired.forwards.values())) | _each_port(desired.closed) | wireguards


def _busy_delta(change: Change, network: Network) -> tuple[Content, Content]:
    """Return (add, remove) for `busy`. A closed port normally stays busy; only a released one needs the full set."""
    before, after = change.before.closed, change.after.closed
    closed_gone, closed_come = (before.keys() - after, after.keys() - before) if before is not after else ((), ())
    old = _each_port([*_claims(change.forwards_gone), *closed_gone])
    new = _each_port([*_claims(change.forwards_come), *closed_come])
    let_go = old.keys() - new.keys()
    if let_go:
        let_go -= _busy(change.after, network).keys()
    return {key: () for key in new if key not in old}, dict.fromkeys(let_go, ())


def _claims(forwards: Iterable[Forward]) -> Iterator[ClosedPorts]:
    return ((forward.protocol, forward.ports) for forward in forwards)


def _each_port(claims: Iterable[ClosedPorts]) -> Content:
    return {(number, port): () for protocol, ports in claims for number in protocol.numbers for port in ports}


def _near(change: Change) -> dict[int, Forward]:
    """Return earlier forwards that a change removes, or that may share a `rev` element with a changed one."""
    touched: dict[int, set[int]] = defaultdict(set)  # peer id -> internal ports of changed forwards
    for forward in change.forwards_gone + change.forwards_come:
        touched[forward.peer_id].update(forward.to_ports)
    if not touched:
        return {}
    return {
        key: forward
        for key, forward in change.before.forwards.items()
        if forward.peer_id in touched and not touched[forward.peer_id].isdisjoint(forward.to_ports)
    }


def _part(state: Desired, peers: Iterable[Peer], forwards: Mapping[int, Forward], network: Network) -> Elements:
    """Return the elements of these peers and forwards, in the order of forward ids as `elements_of` has them."""
    found: Elements = {name: {} for name in SETS}
    _put_lan(found, state, network)
    _put_peers(found, peers)
    _put_forwards(found, (forwards[key] for key in sorted(forwards)), state.peers, network)
    return found


def is_lan(desired: Desired, network: Network) -> bool:
    """Report whether peers may reach each other."""
    return not network.isolate_peers if desired.lan is None else desired.lan


def _put_lan(found: Elements, desired: Desired, network: Network) -> None:
    if is_lan(desired, network):
        found["lan"][network.interface,] = ()


def _put_peers(found: Elements, peers: Iterable[Peer]) -> None:
    for peer in peers:
        found["self4"][peer.ipv4, peer.ipv4] = ()
        if peer.mode is Mode.SPLIT:
            found["split4"][peer.ipv4,] = ()
        if peer.ipv6:
            found["self6"][peer.ipv6, peer.ipv6] = ()
            if peer.mode is Mode.SPLIT:
                found["split6"][peer.ipv6,] = ()


def _put_forwards(found: Elements, forwards: Iterable[Forward], peers: Mapping[int, Peer], network: Network) -> None:
    fwd4, fwd6, fwdid = found["fwd4"], found["fwd6"], found["fwdid"]
    rev4, rev6, host4, host6 = found["rev4"], found["rev6"], found["host4"], found["host6"]
    for forward in forwards:
        peer = peers[forward.peer_id]
        mark = (network.marks.of(forward.slot),)
        for name in (*(WATCHED if forward.access.is_watched else STAT), "shed"):
            found[name][mark] = ()
        if forward.access:
            _put_access(found, forward.access, mark)
        for number in forward.protocol.numbers:
            for port, to_port in zip(forward.ports, forward.to_ports, strict=True):
                fwd4[number, port] = (peer.ipv4, to_port)
                fwdid[number, port] = mark
                # Two public ports may lead to one internal port. Its packets leave with that of the older forward.
                announced = host4.setdefault((peer.ipv4, number, to_port), mark) is mark
                if peer.ipv6:
                    fwd6[number, port] = (peer.ipv6, to_port)
                    host6.setdefault((peer.ipv6, number, to_port), mark)
                if announced and port != to_port:
                    for uplink in network.uplinks:
                        if uplink.source4:
                            rev4[uplink.interface, peer.ipv4, number, to_port] = (uplink.source4, port)
                        if uplink.source6 and peer.ipv6:
                            rev6[uplink.interface, peer.ipv6, number, to_port] = (uplink.source6, port)


def _put_access(found: Elements, access: Access, mark: Element) -> None:
    found["chosen"][mark] = ()
    if access.friends_only:
        found["friends"][mark] = ()
    for rule in access.rules:
        found[rule_set(rule.network, lets_in=rule.lets_in)][rule.network.network_address, *mark] = ()
    for each in access.kicked:
        found[f"kicked{each.address.version}"][each.address, each.protocol, each.port, *mark] = ()


def rule_set(network: IPv4Network | IPv6Network, *, lets_in: bool) -> str:
    """Return the name of the set for rules with this length of prefix."""
    return f"{'let' if lets_in else 'block'}{network.prefixlen}_{network.version}"


def _internal_ports(forwards: Iterable[Forward], peers: Mapping[int, Peer]) -> Elements:
    found: Elements = {"cool4": {}, "cool6": {}}
    for forward in forwards:
        peer = peers[forward.peer_id]
        for number in forward.protocol.numbers:
            for port in forward.to_ports:
                found["cool4"][peer.ipv4, number, port] = ()
                if peer.ipv6:
                    found["cool6"][peer.ipv6, number, port] = ()
    return found
