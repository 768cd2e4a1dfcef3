"""The nftables table as text, which replaces the whole table with its rules and elements in one transaction.

It is text because libnftables' JSON cannot express `address . port` map data (1.0.2 and 1.0.6 crash on it). All names
and values come from typed fields. `config.is_interface_name` checks interface names, which are quoted as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from ipaddress import ip_network
from string import Template
from typing import Any

from gateway.access import LENGTHS
from gateway.config import POOL
from gateway.network import METADATA4, METADATA6, Network
from gateway.nftables.elements import (
    COOL,
    MARKED,
    NAME,
    PROTO,
    SETS,
    TABLE,
    Content,
    Counters,
    Element,
    Elements,
    SetSpec,
    rule_set,
)

_NONE = 65534  # ARPHRD_NONE of linux/if_arp.h, by both backends of WireGuard

# WireGuard's allowed_ips stop spoofing between peers. Spoofing from outside is checked on a flow's first packet, and in
# `guard` and `input` on every packet. It is not checked in a forward's open flow, because that would slow every packet,
# and a spoofer could use a player's address as well.
# Our nat chains run 5 before the usual priorities -100 and 100. At equal priority the chain that was registered last
# wins, so a foreign dnat that is loaded after ours would take the port. In `forwards` a map miss ends only the rule.
_RULES = Template("""	chain pre {
		type nat hook prerouting priority dstnat - 5; policy accept;
		iifname "$wg" jump depart
		ip saddr $subnet4 iifname != { "$wg", "lo" } drop
		ip6 saddr $subnet6 iifname != { "$wg", "lo" } drop
		ip saddr @forged4 iifname @outside4 goto forged
		ip6 saddr @forged6 iifname @outside6 goto forged
		meta l4proto != { tcp, udp } return
		ip daddr $address4 goto inside
		ip6 daddr $address6 goto inside
		$local goto forwards
		ip daddr @pub4 goto forwards
		ip6 daddr @pub6 goto forwards
	}
	# One device could fill conntrack for all. The count leaves out closed TCP connections, whose entries stay for two
	# minutes, so the pace is limited as well. Each family counts by itself, because a set has keys of one type.
	chain depart {
		update @pace4 { ip saddr limit rate over $pace burst $per_device packets } drop
		update @pace6 { ip6 saddr limit rate over $pace burst $per_device packets } drop
		add @begun4 { ip saddr ct count over $per_device } drop
		add @begun6 { ip6 saddr ct count over $per_device } drop
	}
	# A server at home would take such a source for a neighbour. What only the link itself can carry stays as it was:
	# DHCP, a router's queries.
	chain forged {
		ip daddr { 224.0.0.0/4, 255.255.255.255 } return
		ip6 daddr { fe80::/10, ff00::/8 } return
		drop
	}
	# Services at the gateway's address in the tunnel are for peers only.
	chain inside {
		iifname @uplinks drop
	}
	chain out {
		type nat hook output priority -105; policy accept;
		meta l4proto != { tcp, udp } return
		ip daddr { $address4, 127.0.0.0/8 } return
		ip6 daddr { $address6, ::1 } return
		$local goto forwards
		ip daddr @pub4 goto forwards
		ip6 daddr @pub6 goto forwards
	}
	chain forwards {
		ct mark & $others != 0 add @held { ct id : meta mark } jump forwards_beside
		ct mark & $others == 0 ct mark set meta l4proto . th dport map @fwdid
		$mark == 0 return
		$mark @chosen jump players
		jump admit
		meta l4proto { tcp, udp } dnat ip to meta l4proto . th dport map @fwd4
		meta l4proto { tcp, udp } dnat ip6 to meta l4proto . th dport map @fwd6
		ct mark set ct mark & $others
	}
	# Other programs' bits of the conntrack mark stay. Linux 6.1 and nft 1.0 join a mark only with constants, so each of
	# our bits has a rule. What the look-up finds must be where rules can test it: in the packet's mark, which is held
	# meanwhile. Few flows have a mark before ours, and all others are spared this.
	chain forwards_beside {
		meta mark set 0
		meta mark set meta l4proto . th dport map @fwdid
		goto beside
	}
	chain hosts_beside {
		meta mark set 0
		meta mark set ip saddr . meta l4proto . th sport map @host4
		meta mark set ip6 saddr . meta l4proto . th sport map @host6
		goto beside
	}
	chain beside {
		ct mark set ct mark & $others
$each_bit
		meta mark set ct id map @held
		delete @held { ct id : meta mark }
	}
	# Rules about the outer end of a flow, for the forwards that have any. The longest prefix decides. The device's own
	# flows are judged by blocks alone, because a server has to reach its list.
	chain players {
$by_source		$mark != @friends return
		ct original ip saddr $subnet4 return
		ct original ip6 saddr $subnet6 return
		fib saddr type local return
		$mark @friends drop
	}
	chain called {
$by_target	}
	# Nat chains see only a flow's first packet, and one dropped here leaves no conntrack entry, so a flood is cheap.
	# Counting by source costs a new flow a third, so it is done only where there are many. Half of a source's limits
	# is shared by all sources of a forward, and the other half is its own. Forwards whose ids end alike share as well,
	# because so few counts stay in the processor's cache. An IPv4 address or a /64 is one source. Where a set of
	# sources is full, other sources pass, and `full` still holds.
	chain admit {
		update @rate { $some limit rate $rate/minute burst $burst packets } add @open { $some ct count $few } return
		update @rate4 { ip saddr . $mark limit rate over $rate/minute burst $own_burst packets } goto refuse
		update @rate6 { ip6 saddr & $net64 . $mark limit rate over $rate/minute burst $own_burst packets } goto refuse
		add @open4 { ip saddr . $mark ct count over $per_source } goto refuse
		add @open6 { ip6 saddr & $net64 . $mark ct count over $per_source } goto refuse
		add @full { $mark ct count over $per_forward } goto refuse
	}
	chain refuse {
		$mark @shed drop
		drop
	}

	chain post {
		type nat hook postrouting priority srcnat - 5; policy accept;
		oifname "$wg" $mark != 0 jump post_wg
		oifname != "$wg" ip saddr $subnet4 jump post_out
		oifname != "$wg" ip6 saddr $subnet6 jump post_out
	}
	chain post_wg {
		ip saddr . ip daddr @self4 masquerade
		ip6 saddr . ip6 daddr @self6 masquerade
		ip saddr != $subnet4 ip daddr @split4 masquerade
		ip6 saddr != $subnet6 ip6 daddr @split6 masquerade
		fib saddr type local masquerade
		# to its own address, so that a later chain that masquerades everything finds the flow translated
		snat ip to ip saddr
		snat ip6 to ip6 saddr
	}
	chain post_out {
		meta l4proto { tcp, udp } snat ip to oifname . ip saddr . meta l4proto . th sport map @rev4
		meta l4proto { tcp, udp } snat ip6 to oifname . ip6 saddr . meta l4proto . th sport map @rev6
$fixed		$mark != 0 masquerade
		meta l4proto { tcp, udp } meta l4proto . th sport @busy masquerade to :$pool
		masquerade
	}

	# Where two peers' flows clash, masquerade takes any port, also a busy one. This drops it, and a retry gets another.
	chain unlucky {
		type filter hook postrouting priority srcnat + 10; policy accept;
		ct state != new return
		$mark != 0 return
		oifname != "$wg" ct original ip saddr $subnet4 meta l4proto . th sport @busy drop
		oifname != "$wg" ct original ip6 saddr $subnet6 meta l4proto . th sport @busy drop
	}

	# Most packets need only one look-up. Only a translated flow keeps its mark, which is in both sets or in none. Every
	# packet pays for each expression here, so `clamp` finds out by itself whose packet it is. What comes from outside
	# is the player's, also in a flow that the device began. Only between two devices the direction says whose it is.
	# WireGuard's interface is of the type none, as few uplinks are, and a type is cheaper to compare than a name.
	chain forward {
		type filter hook forward priority filter; policy accept;
		tcp flags & (syn|rst) == syn jump clamp
		iiftype != $none $mark @stat_original accept
		ct direction original oifname "$wg" $mark @stat_original accept
		$mark @stat_reply accept
		iifname "$wg" jump guard
		oifname "$wg" jump guard$strangers
	}
	# Where this host forwards only because of the gateway, no neighbour may take it for a router to its other networks.
	# What comes from an uplink must answer a flow, or be translated by this host (Docker's published ports).
	chain strangers {
		ct direction reply return
		ct state related return
		ct status dnat return
		drop
	}
	chain guard {
		$mark != 0 goto watched
		ct state invalid drop
		iifname "$wg" goto outward
		ip saddr $subnet4 drop
		ip6 saddr $subnet6 drop
		ct state established,related accept
		drop
	}
	# Open flows of forwards that choose their players, so that a block cuts them in its transaction. Other packets with
	# a mark have found it above, or are of a forward that is closed.
	chain watched {
		ct status dnat jump players
		ct status dnat goto counted
		jump called
		goto counted
	}
	chain counted {
		iiftype != $none $mark @watched_original accept
		ct direction original oifname "$wg" $mark @watched_original accept
		$mark @watched_reply accept
		drop
	}
	# Peers never reach a cloud's metadata services, unless an admin names one as resolver, nor this host through its
	# cloud's 1:1 NAT. They reach private networks only where listed, because those behind an uplink are the provider's.
	# Every packet is checked, except those to the Internet, so flows to a network that is no longer listed end.
	chain outward {
		oifname "$wg" jump lan
		ct state related accept
		ct state established oifname @uplinks ip daddr != @private4 accept
		ct state established oifname @uplinks ip6 daddr != @private6 accept
		ct state new jump begin
		ip daddr . meta l4proto . th dport @names4 accept
		ip6 daddr . meta l4proto . th dport @names6 accept
		ip daddr { $metadata4 } reject with icmpx admin-prohibited
		ip6 daddr { $metadata6 } reject with icmpx admin-prohibited
		ip daddr @pub4 reject with icmpx admin-prohibited
		ip6 daddr @pub6 reject with icmpx admin-prohibited
		oifname @beyond accept
		ip daddr @beyond4 accept
		ip6 daddr @beyond6 accept
		ip daddr @private4 reject with icmpx admin-prohibited
		ip6 daddr @private6 reject with icmpx admin-prohibited
		oifname @uplinks meta l4proto . th dport @denied reject with icmpx admin-prohibited
		oifname @uplinks accept
		reject with icmpx admin-prohibited
	}
	chain begin {
		ip saddr . meta l4proto . th sport @cool4 drop
		ip6 saddr . meta l4proto . th sport @cool6 drop
		oifname @uplinks jump hosts
		$mark @chosen jump called
	}
	chain hosts {
		ct mark & $others != 0 add @held { ct id : meta mark } goto hosts_beside
		ct mark & $others == 0 ct mark set ip saddr . meta l4proto . th sport map @host4
		ct mark & $others == 0 ct mark set ip6 saddr . meta l4proto . th sport map @host6
	}
	chain clamp {
		iifname "$wg" tcp option maxseg size set rt mtu
		oifname "$wg" tcp option maxseg size set rt mtu
	}
	chain lan {
		oifname @lan accept
		reject with icmpx admin-prohibited
	}

	chain input {
		type filter hook input priority filter; policy accept;
		iifname "$wg" jump own
		ip saddr $subnet4 iifname != "lo" drop
		ip6 saddr $subnet6 iifname != "lo" drop
	}
	# Connections of this host to its own public address do not pass `forward`. The kernel takes them for loopback,
	# where every size fits, so the size is set here.
	chain own {
		meta nfproto ipv4 tcp flags & (syn|rst) == syn tcp option maxseg size set $mss4
		meta nfproto ipv6 tcp flags & (syn|rst) == syn tcp option maxseg size set $mss6
		ct direction original $mark @stat_original accept
		$mark @stat_reply accept
		$mark != 0 goto counted
		ct direction reply ct state established accept
		ct state related accept
		meta l4proto . th dport @services accept
		meta l4proto icmp icmp type echo-request accept
		meta l4proto icmpv6 icmpv6 type { echo-request, nd-neighbor-solicit, nd-neighbor-advert } accept
		reject with icmpx admin-prohibited
	}

	# A UDP packet that no socket takes would leave a conntrack entry. When a device calls the same place then, as in
	# hole punching, its flow would get another port, and neither would hear the other. A nat chain sees only a flow's
	# first packet, so open flows cost nothing. This hook comes after IPVS, which takes packets without a socket.
	chain arrive {
		type nat hook input priority 100; policy accept;
		ct state new meta l4proto udp iifname @uplinks jump unheard
	}
	chain unheard {
		socket wildcard 0-1 return
		limit rate 20/second burst 20 packets reject with icmpx port-unreachable
		drop
	}
""")


def load_script(
    network: Network,
    elements: Elements,
    counters: Mapping[str, Counters] | None = None,
    cooling: Mapping[str, Mapping[Element, int]] | None = None,
    *,
    comment: str = "",
) -> str:
    """Write the whole table for nft(8).

    Both mappings are about the table that is replaced, by name of the set. `counters` has the counts to carry on, and
    `cooling` has the seconds that cold ports stay cold.
    """
    lines = [f"table inet {TABLE} {{}}", f"delete table inet {TABLE}", f"table inet {TABLE} {{"]
    if comment:
        lines.append(f'\tcomment "{comment}"')
    for name in SETS:
        lines += _set(name, elements[name], (counters or {}).get(name, {}), (cooling or {}).get(name, {}))
    return "\n".join([*lines, *_chains(network)])


def refresh_script(network: Network, elements: Elements, cooling: Mapping[str, Mapping[Element, int]]) -> str:
    """Write the rules anew for nft(8), in a table whose sets are declared as here.

    Elements and their counts stay, except those of sets with intervals or timeouts, which are written anew as well.
    """
    anew = [name for name, spec in SETS.items() if "interval" in spec.flags or name in COOL]
    lines = [f"flush table inet {TABLE}", *(f"flush set inet {TABLE} {name}" for name in anew)]
    lines.append(f"table inet {TABLE} {{")
    for name in anew:
        lines += _set(name, elements[name], {}, cooling.get(name, {}))
    return "\n".join([*lines, *_chains(network)])


def remove_script() -> str:
    return f"table inet {TABLE} {{}}\ndelete table inet {TABLE}\n"


def _set(name: str, content: Content, counts: Counters, left: Mapping[Element, int]) -> Iterator[str]:
    """Yield the declaration. `left` are the seconds that elements stay, in a set that has no other content."""
    spec = SETS[name]
    yield f"\t{'map' if spec.data else 'set'} {name} {{"
    yield f"\t\t{spec.declaration()};"
    if content:
        rows = ",\n".join(_rows(spec, content, counts))
        yield f"\t\telements = {{\n{rows}\n\t\t}}"
    elif left:
        rows = ",\n".join(f"{_parts(spec.key, key)} timeout {seconds}s" for key, seconds in left.items())
        yield f"\t\telements = {{\n{rows}\n\t\t}}"
    yield "\t}"


def _chains(network: Network) -> list[str]:
    return [_rules(network), *_answers(network), "}\n"]


def _rules(network: Network) -> str:
    flood = network.flood
    burst = 3 * flood.new_flows_per_second
    few = min(flood.flows_per_source, flood.flows_per_forward) // 2  # shared, so one source may use all of them
    # Without IPv6 in the tunnel no forward has any, and IPv6 packets would only use up the limits of IPv4 players.
    strangers = [f"\n\t\tmeta nfproto ipv{version} iifname @uplinks jump strangers" for version in network.guarded]
    local = "fib daddr type local" if network.subnet6 else "meta nfproto ipv4 fib daddr type local"
    mark = f"ct mark & {network.marks.mask:#x}"
    rules = _RULES.substitute(
        wg=network.interface,
        subnet4=network.subnet4,
        subnet6=network.subnet6,
        address4=network.address4,
        address6=network.address6,
        local=local,
        strangers="".join(sorted(strangers)),
        mark=mark,
        none=_NONE,
        by_source="".join(f"\t\t{rule}\n" for rule in _outer_ends(mark, "saddr", "proto-src")),
        by_target="".join(f"\t\t{rule}\n" for rule in _outer_ends(mark, "daddr", "proto-dst")),
        others=hex(network.marks.others),
        each_bit="\n".join(
            f"\t\tmeta mark & {bit:#x} == {bit:#x} ct mark set ct mark | {bit:#x}" for bit in network.marks.bits
        ),
        metadata4=", ".join(map(str, METADATA4)),
        metadata6=", ".join(map(str, METADATA6)),
        fixed="".join(f"\t\t{rule}\n" for rule in _fixed_sources(network)),
        pool=POOL,
        mss4=network.mtu - 40,
        mss6=network.mtu - 60,
        net64="ffff:ffff:ffff:ffff::",
        some=f"ct mark & {sum(network.marks.bits[:10]):#x}",
        rate=flood.new_flows_per_second * 60 // 2,
        burst=burst // 2,
        own_burst=burst - burst // 2,
        few=few,
        per_source=flood.flows_per_source - few,
        per_forward=flood.flows_per_forward - few,
        pace=f"{2 * flood.flows_per_device}/minute",
        per_device=flood.flows_per_device,
    )
    if network.subnet6 is None:
        rules = "\n".join(line for line in rules.split("\n") if "ip6 " not in line)
    return rules


def _outer_ends(mark: str, address: str, port: str) -> Iterator[str]:
    """Yield the rules that look for a flow's outer end, which `address` and `port` name."""
    for version, family in ((4, "ip"), (6, "ip6")):
        end = f"ct original {family} {address}"
        yield f"meta l4proto {{ tcp, udp }} {end} . meta l4proto . ct original {port} . {mark} @kicked{version} drop"
        for length in LENGTHS[version]:
            network = ip_network((0 if version == 4 else bytes(16), length))
            whole = network.max_prefixlen == length
            key = f"{end} . {mark}" if whole else f"{end} & {network.netmask} . {mark}"
            yield f"{key} @{rule_set(network, lets_in=True)} return"
            yield f"{key} @{rule_set(network, lets_in=False)} drop"


def _fixed_sources(network: Network) -> Iterator[str]:
    """Yield the rules for uplinks with a configured address. Masquerade takes the first one that fits the next hop.

    That one is right for private networks behind an uplink, whose answers would go elsewhere.
    """
    for uplink in network.uplinks:
        for version, family, source in ((4, "ip", uplink.source4), (6, "ip6", uplink.source6)):
            if version in uplink.fixed and source:
                out = f'oifname "{uplink.interface}" {family} daddr != @private{version}'
                other = f"ct mark & {network.marks.mask:#x} == 0 meta l4proto {{ tcp, udp }}"
                pool = f"{source}:{POOL}" if version == 4 else f"[{source}]:{POOL}"
                yield f"{out} {other} meta l4proto . th sport @busy snat {family} to {pool}"
                yield f"{out} snat {family} to {source}"


def _answers(network: Network) -> list[str]:
    """Return the chains that make WireGuard's answers leave with the address that a device asked.

    They are needed only with several addresses of one family.

    A home router drops answers from any other address. wireguard-go forgets the address when it uses UDP_GRO
    (splitCoalescedMessages() in conn/bind_std.go). The kernel's WireGuard forgets it when the way back is another
    interface (send4() in drivers/net/wireguard/socket.c). NAT cannot repair that: conntrack already has a flow between
    the two addresses, so a second one would get another port. These chains change the packet, which is then routed
    again. Conntrack sees a wrong answer as a new flow, and the question stays new, too. Right answers make both
    established, and those are not looked at.
    """
    rules: list[str] = []
    for family in ("ip", "ip6"):
        version = 4 if family == "ip" else 6
        addresses = [address for address in network.outer if address.version == version]
        if len(addresses) > 1:
            asked = f"{family} saddr . {family} daddr . udp dport @asked{version} accept"
            rules.append(f"meta l4proto udp {asked}")
            rules += [f"meta l4proto udp {family} saddr set {address} {asked}" for address in addresses]
            rules.append(f"{family} saddr set ct original {family} saddr")
    if not rules:
        return []
    port = network.listen_port
    return [
        "\tchain asked {",
        "\t\ttype filter hook input priority filter; policy accept;",
        f"\t\tudp dport {port} ct state new update @asked4 {{ ip daddr . ip saddr . udp sport }}",
        f"\t\tudp dport {port} ct state new update @asked6 {{ ip6 daddr . ip6 saddr . udp sport }}",
        "\t}",
        "\tchain output {",
        "\t\ttype route hook output priority mangle; policy accept;",
        f"\t\tudp sport {port} ct state new goto answer",
        "\t}",
        "\tchain answer {",
        *(f"\t\t{rule}" for rule in rules),
        "\t}",
    ]


def _rows(spec: SetSpec, content: Mapping[Element, Element], counters: Counters) -> Iterator[str]:
    for key, data in content.items():
        row = _parts(spec.key, key)
        if key in counters:
            packets, octets = counters[key]
            row += f" counter packets {packets} bytes {octets}"
        yield f"{row} : {_parts(spec.data, data)}" if data else row


def _parts(kinds: tuple[str, ...], values: Element) -> str:
    return " . ".join([_WORD.get(kind, _word)(value) for kind, value in zip(kinds, values, strict=True)])


_word: Callable[[object], str] = lru_cache(maxsize=1 << 14)(str)  # few addresses and ports are in many elements
_WORD: dict[str, Callable[[Any], str]] = {
    NAME: '"{}"'.format,
    PROTO: {6: "tcp", 17: "udp"}.__getitem__,
    MARKED: hex,
}
