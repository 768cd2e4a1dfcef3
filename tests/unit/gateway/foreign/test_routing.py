"""Which rules of other programs show that they need this host to forward packets."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.foreign import iptables
from gateway.foreign.routing import forwarding_rules
from gateway.foreign.walk import Ruleset

OWN = ("wg0", "eth0")
LIBVIRT_ROUTED = """*filter
:FORWARD ACCEPT [0:0]
:LIBVIRT_FWI - [0:0]
:LIBVIRT_INP - [0:0]
-A FORWARD -j LIBVIRT_FWI
-A LIBVIRT_FWI -d 192.168.100.0/24 -o virbr1 -j ACCEPT
-A LIBVIRT_INP -i virbr1 -p udp -m udp --dport 67 -j ACCEPT
COMMIT
"""
DOCKER = """*nat
:POSTROUTING ACCEPT [3:180]
:DOCKER - [0:0]
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
COMMIT
"""
UFW = """*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:ufw-user-forward - [0:0]
-A INPUT -i lan0 -j ACCEPT
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -p icmp -m icmp --icmp-type 8 -j ACCEPT
-A FORWARD -j ufw-user-forward
-A ufw-user-forward -i wg0 -j ACCEPT
-A ufw-user-forward -i lo -j ACCEPT
COMMIT
"""


def rules(family: str, *statements: dict[str, Any], hook: str = "forward") -> Ruleset:
    chain = {"family": family, "table": "other", "name": "c", "hook": hook, "type": "filter", "prio": 0}
    rule = {"family": family, "table": "other", "chain": "c", "handle": 7, "expr": list(statements)}
    return Ruleset.of({"nftables": [{"chain": chain}, {"rule": rule}]})


def count(*rulesets: Ruleset) -> tuple[int, int]:
    found = forwarding_rules(rulesets, OWN)
    return len(found[4]), len(found[6])


@pytest.mark.parametrize(
    ("text", "number"),
    [
        pytest.param(DOCKER, 2, id="Docker"),
        pytest.param(LIBVIRT_ROUTED, 1, id="libvirt without NAT"),
        pytest.param(UFW, 0, id="ufw"),
    ],
)
def test_programs_that_route_are_told_from_those_that_only_filter(text: str, number: int) -> None:
    assert count(iptables.parse(text, "ip", legacy=True)) == (number, 0)
    assert count(iptables.parse(text, "ip6", legacy=False)) == (0, number)


def interface(name: object, op: str = "==", key: str = "iifname") -> dict[str, Any]:
    return {"match": {"op": op, "left": {"meta": {"key": key}}, "right": name}}


@pytest.mark.parametrize(
    ("ruleset", "number"),
    [
        (rules("inet", interface("virbr0"), {"accept": None}), (1, 1)),
        (rules("inet", interface({"set": ["lo", "virbr0"]}, key="oifname"), {"accept": None}), (1, 1)),
        (rules("ip6", interface("virbr0"), {"accept": None}), (0, 1)),
        (rules("inet", interface({"set": ["lo", "wg0", "eth0"]}), {"accept": None}), (0, 0)),
        (rules("inet", interface("virbr0", "!="), {"accept": None}), (0, 0)),
        (rules("inet", interface("virbr0"), {"drop": None}), (0, 0)),
        (rules("inet", interface("virbr0"), {"accept": None}, hook="input"), (0, 0)),
        (rules("inet", {"masquerade": None}, hook="postrouting"), (1, 1)),
        (rules("inet", {"dnat": {"family": "ip", "addr": "10.0.0.2"}}, hook="prerouting"), (1, 0)),
        (rules("inet", {"redirect": {"port": 53}}, hook="prerouting"), (0, 0)),
        (rules("bridge", {"accept": None}), (0, 0)),
    ],
)
def test_a_rule_counts_when_it_translates_or_lets_another_interface_pass(
    ruleset: Ruleset, number: tuple[int, int]
) -> None:
    assert count(ruleset) == number


def test_a_rule_whose_counter_runs_and_whose_handle_changed_is_the_same() -> None:
    first = rules("ip", interface("br0"), {"counter": {"packets": 1, "bytes": 2}}, {"accept": None})
    later = rules("ip", interface("br0"), {"counter": {"packets": 9, "bytes": 9}}, {"accept": None})
    assert forwarding_rules([first], OWN) == forwarding_rules([later], OWN) != {4: set(), 6: set()}


def test_our_own_table_does_not_count() -> None:
    chain = {"family": "inet", "table": "guildgate", "name": "post", "hook": "postrouting", "prio": 95}
    rule = {"family": "inet", "table": "guildgate", "chain": "post", "expr": [{"masquerade": None}]}
    assert count(Ruleset.of({"nftables": [{"chain": chain}, {"rule": rule}]})) == (0, 0)
