"""A listing's verdict about a packet: it is dropped, it passes, or one rule leaves that in doubt."""

from __future__ import annotations

from ipaddress import IPv4Address
from itertools import pairwise

import pytest

from gateway.foreign import iptables
from gateway.foreign.packet import sample
from gateway.foreign.walk import Ruleset, Walk

KEY = ("ip", "filter", "FORWARD")
PLAYER = sample(
    "players",
    version="ipv4",
    protocol="tcp",
    interfaces=("eth0", "wg0"),
    addresses=(IPv4Address("198.51.100.7"), IPv4Address("10.66.66.2")),
    ports=(50607, 24680),
    nat="dnat",
)
UNKNOWN, LISTED = "-m u32 --u32 0=1", "-m set --match-set x src"


def walked(*rules: str, policy: str = "ACCEPT", chains: tuple[str, ...] = ()) -> str:
    """Return `drop`, `pass` or the rule in doubt, for iptables' chain FORWARD."""
    text = ["*filter", f":FORWARD {policy} [0:0]", *(f":{name} - [0:0]" for name in chains)]
    text += [rule if rule.startswith("-A") else f"-A FORWARD {rule}" for rule in rules]
    drop = Walk(iptables.parse("\n".join(text), "ip", legacy=True), PLAYER).base(KEY)
    return "pass" if drop is None else drop.doubt.strip("`").removeprefix("-A FORWARD ") or "drop"


@pytest.mark.parametrize(
    "rule",
    [
        "-i eth+ -m conntrack --ctstate INVALID,NEW",
        "-m state ! --state ESTABLISHED",
        "-m conntrack --ctstate DNAT",
        "-m conntrack ! --ctstatus SEEN_REPLY",
        "-m conntrack --ctdir ORIGINAL",
        "-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN",
        "-p tcp -m tcp ! --dport 22",
        "-p tcp -m multiport --dports 22,20000:30000",
        "-d 10.66.66.0/24 -m comment --comment '-i lo ! \" it is'",
        "-m iprange --src-range 198.51.100.1-198.51.100.9",
        "-m addrtype ! --src-type LOCAL,MULTICAST",
        "-m mark ! --mark 0x1/0xff",
        "-m policy --dir in --pol none",
        "-m pkttype --pkt-type unicast",
        "-m hashlimit --hashlimit-upto 5/sec --hashlimit-name a",
        "! -f",
    ],
)
def test_what_iptables_says_is_understood(rule: str) -> None:
    """Each rule matches an ordinary player's first packet, and its negation does not."""
    assert walked(f"{rule} -j DROP") == "drop"
    assert walked(f"{rule} -j ACCEPT", "-j DROP") == "pass"


def raw(rule: str, sought: str) -> bool:
    """Report whether iptables' rule in the table raw leaves a player's packet untracked, or drops it."""
    ruleset = iptables.parse(f"*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING {rule}", "ip", legacy=True)
    return Walk(ruleset, PLAYER, sought).base(("ip", "raw", "PREROUTING")) is not None


def test_untracked_packets_are_looked_for_by_themselves() -> None:
    assert raw("-i eth0 -j CT --notrack", "notrack")
    assert raw("-p tcp -m tcp --dport 1024:65535 -j NOTRACK", "notrack")
    assert not raw("-i lan0 -j CT --notrack", "notrack")
    assert not raw("-i eth0 -j CT --helper ftp", "notrack")
    assert not raw("-j DROP", "notrack")
    assert not raw("-j CT --notrack", "drop")


@pytest.mark.parametrize(
    "rule",
    [
        "-i lan0",
        "-m conntrack --ctstate RELATED,ESTABLISHED,INVALID",
        "-p udp -m udp --dport 1:65535",
        "-p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE",
        "-s 192.168.0.0/16",
        "-m addrtype --dst-type LOCAL",
        "-m policy --dir in --pol ipsec",
        "-m length --length 0:20",
        "-f",
    ],
)
def test_what_does_not_match_neither_drops_nor_saves(rule: str) -> None:
    """The verdict is as certain as without the rule."""
    assert walked(f"{rule} -j DROP") == "pass"
    assert walked(f"{rule} -j ACCEPT", "-j DROP") == "drop"


@pytest.mark.parametrize(
    "rule", [LISTED, "-m connlimit --connlimit-above 5", "-m recent --rcheck", "-m rt --rt-type 0"]
)
def test_what_is_singled_out_is_no_veto_and_no_safety(rule: str) -> None:
    """A blocklist does not concern an ordinary player, but an allow list may or may not hold that player."""
    assert walked(f"{rule} -j DROP") == "pass"
    assert walked(f"{rule} -j BAD", "-A BAD -j DROP", chains=("BAD",)) == "pass"
    assert walked(f"{rule} -j ACCEPT", policy="DROP") == f"{rule} -j ACCEPT"
    assert walked(f"{rule} -j RETURN", "-j DROP") == f"{rule} -j RETURN"


@pytest.mark.parametrize(
    ("rules", "outcome"),
    [
        ([f"{UNKNOWN} -j DROP"], f"{UNKNOWN} -j DROP"),
        ([f"{UNKNOWN} -j ACCEPT"], "pass"),
        ([f"{UNKNOWN} -j LOG"], "pass"),
        ([f"-i lan0 {UNKNOWN} -j DROP"], "pass"),
        ([f"! -i lan0 {UNKNOWN} -j DROP"], f"! -i lan0 {UNKNOWN} -j DROP"),
        ([f"{UNKNOWN} -j DROP", "-j ACCEPT"], f"{UNKNOWN} -j DROP"),
        (["-j ACCEPT", f"{UNKNOWN} -j DROP"], "pass"),
        ([f"{UNKNOWN} -j DROP", "-j DROP"], "drop"),
        ([f"{UNKNOWN} -j ACCEPT", "-j DROP"], f"{UNKNOWN} -j ACCEPT"),
        ([f"{UNKNOWN} -j SUB", "-A SUB -j DROP"], f"{UNKNOWN} -j SUB"),
        ([f"{UNKNOWN} -j SUB", "-A SUB -j ACCEPT", "-j DROP"], f"{UNKNOWN} -j SUB"),
        ([f"{UNKNOWN} -j SUB", "-A SUB -j LOG", "-j DROP"], "drop"),
        ([f"{UNKNOWN} -g SUB", "-A SUB -j LOG", "-j DROP"], f"{UNKNOWN} -g SUB"),
        (["-j SUB", f"-A SUB {UNKNOWN} -j RETURN", "-A SUB -j ACCEPT", "-j DROP"], f"-A SUB {UNKNOWN} -j RETURN"),
        (["-g SUB", "-A SUB -j RETURN", "-j DROP"], "pass"),
        (["-j NFQUEUE --queue-num 0"], "-j NFQUEUE --queue-num 0"),
        (["-m set ! --match-set x src -j DROP"], "-m set ! --match-set x src -j DROP"),
        (['-m comment --comment "of two lines -j DROP'], '-m comment --comment "of two lines -j DROP'),
    ],
)
def test_a_doubt_is_kept_until_it_does_not_matter(rules: list[str], outcome: str) -> None:
    """An unreadable rule may drop or accept. The verdict is certain only where both lead to the same."""
    assert walked(*rules, chains=("SUB",)) == outcome


def test_an_extension_that_is_not_listed_is_in_doubt() -> None:
    """nft's listing alone has a match by its name only, and a set without its elements."""
    chain = {"family": "ip", "table": "filter", "name": "FORWARD", "hook": "forward", "policy": "accept"}
    place = {"family": "ip", "table": "filter", "chain": "FORWARD", "handle": 7}

    def doubt(*statements: object) -> str:
        rule = {"rule": {**place, "expr": statements}}
        drop = Walk(Ruleset.of({"nftables": [{"chain": chain}, rule]}), PLAYER).base(KEY)
        return drop.doubt if drop else "pass"

    named = "with handle 7 of `nft -a list chain ip filter FORWARD`"
    source = {"payload": {"protocol": "ip", "field": "saddr"}}
    for name, word in (("conntrack", named), ("hashlimit", "pass"), ("comment", "")):
        assert doubt({"xt": {"type": "match", "name": name}}, {"drop": None}) == word
    for operator, word in (("==", "pass"), ("!=", named)):
        assert doubt({"match": {"op": operator, "left": source, "right": "@s"}}, {"drop": None}) == word
    assert doubt({"vmap": {"key": source, "data": "@s"}}) == "pass"
    assert (
        doubt({"vmap": {"key": source, "data": {"set": [["192.0.2.1", {"accept": None}], ["*", {"drop": None}]]}}})
        == ""
    )


@pytest.mark.parametrize("text", ["*filter\n-A ", "*filter\n:", ":FORWARD"])
def test_what_is_no_list_of_iptables_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        iptables.parse(text, "ip", legacy=True)


@pytest.mark.parametrize("rule", ["-j", "-m", "-g", "-p tcp -j", "-p tcp --tcp-flags SYN -j DROP", "-m mark --mark"])
def test_a_rule_that_is_cut_off_may_do_anything(rule: str) -> None:
    assert walked(rule, policy="DROP") == rule


def test_chains_that_multiply_are_gone_through_once() -> None:
    """40 chains with two ways into the next make a million million ways."""
    names = tuple(f"c{number}" for number in range(40))
    jumps = [f"-A {one} {when}-j {after}" for one, after in pairwise(names) for when in (f"{UNKNOWN} ", "")]
    assert walked("-j c0", *jumps, f"-A {names[-1]} -j DROP", chains=names) == "drop"


def test_chains_that_lead_into_each_other_end() -> None:
    assert walked("-j a", "-A a -j b", "-A b -j a", "-j DROP", chains=("a", "b")) == "pass"


def test_chains_deeper_than_can_be_gone_are_in_doubt() -> None:
    names = tuple(f"c{number}" for number in range(2000))
    jumps = [f"-A {one} -j {after}" for one, after in pairwise(names)]
    assert walked("-j c0", *jumps, chains=names) == "at the end of all jumps from FORWARD"


def test_a_statement_without_json_judges_no_packet() -> None:
    chain = {"family": "ip", "table": "filter", "name": "FORWARD", "hook": "forward", "policy": "accept"}
    text = "add @seen { ip saddr : meta mark }"
    for verdict, is_dropped in (("accept", False), ("drop", True)):
        rule = {"family": "ip", "table": "filter", "chain": "FORWARD", "handle": 7, "expr": [text, {verdict: None}]}
        drop = Walk(Ruleset.of({"nftables": [{"chain": chain}, {"rule": rule}]}), PLAYER).base(KEY)
        assert bool(drop) == is_dropped


@pytest.mark.parametrize(
    "expression", [[{}], [{"match": {}}], [{"match": None}], [{"xt": None}], [{"jump": {}}, {"drop": None}]]
)
def test_a_rule_of_another_form_may_do_anything(expression: list[object]) -> None:
    chain = {"family": "ip", "table": "filter", "name": "FORWARD", "hook": "forward", "policy": "drop"}
    rule = {"family": "ip", "table": "filter", "chain": "FORWARD", "handle": 7, "expr": expression}
    drop = Walk(Ruleset.of({"nftables": [{"chain": chain}, {"rule": rule}]}), PLAYER).base(KEY)
    assert drop
    assert "handle 7" in drop.doubt


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"chain": 5},
        {"chain": {}},
        {"chain": {"family": "ip", "table": "filter", "name": 1}},
        {"rule": {"family": "ip"}},
        5,
    ],
)
def test_a_listing_of_another_form_is_a_value_error(item: object) -> None:
    with pytest.raises(ValueError):
        Ruleset.of({"nftables": [item]})
