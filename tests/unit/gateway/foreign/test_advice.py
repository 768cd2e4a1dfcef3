"""Complaints about rules that this kernel may lack, and the problems that complaints are."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

import pytest

from gateway.config import GatewaySection
from gateway.foreign.advice import complaints, problems_of
from gateway.foreign.listing import Listing
from gateway.foreign.walk import Ruleset
from gateway.host.uplink import Line
from gateway.problem import Trouble

LINE = Line(interface="eth0", exists=True, ipv4=(IPv4Address("203.0.113.1"),))
TCP = {"match": {"op": "==", "left": {"meta": {"key": "l4proto"}}, "right": {"set": ["tcp", "udp"]}}}
OUTWARD = {"match": {"op": "==", "left": {"meta": {"key": "oifname"}}, "right": "eth0"}}
OFFLOAD = {"flow": {"op": "add", "flowtable": "@f"}}


def rules(*statements: dict[str, Any], hook: str = "forward", table: str = "filter", policy: str = "accept") -> Listing:
    """Return a listing of nft with one rule."""
    place = {"family": "inet", "table": table}
    chain = {**place, "name": "c", "type": "filter", "hook": hook, "prio": 0, "policy": policy}
    rule = {**place, "chain": "c", "handle": 1, "expr": list(statements)}
    return Listing((Ruleset.of({"nftables": [{"chain": chain}, *([{"rule": rule}] if statements else [])]}),))


def test_flows_that_are_handed_to_a_flowtable_are_a_problem_that_stops_no_player() -> None:
    (found,) = complaints(rules(TCP, OFFLOAD), GatewaySection(), [LINE])
    assert "(a rule in c) hands to a flowtable, past our rules, devices reaching the Internet" in found.detail
    assert found.fix[0] == "nft 'insert rule inet filter c iifname \"wg0\" accept'"
    assert not found.fatal
    (problem,) = problems_of([found])
    assert (problem.code, problem.values["program"]) == (Trouble.OFFLOAD, "nftables")


def test_a_flowtable_for_other_interfaces_is_none() -> None:
    other = {"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "lan0"}}
    assert list(complaints(rules(other, OFFLOAD), GatewaySection(), [LINE])) == []


@pytest.mark.parametrize(
    ("statements", "hook", "policy", "code"),
    [
        ((), "forward", "drop", Trouble.FIREWALL),
        ((OUTWARD, {"drop": None}), "forward", "accept", Trouble.FIREWALL),
        ((), "input", "drop", Trouble.FIREWALL_DEVICES),
    ],
)
def test_what_certainly_stops_packets_is_a_problem(
    statements: tuple[dict[str, Any], ...], hook: str, policy: str, code: Trouble
) -> None:
    found = list(complaints(rules(*statements, hook=hook, policy=policy), GatewaySection(), [LINE]))
    (problem,) = problems_of(found)
    assert problem.code == code
    assert problem.values == {"program": "nftables", "chains": "chain c of table inet filter"}


def test_a_doubt_is_no_problem() -> None:
    doubtful = {"match": {"op": "==", "left": {"meta": {"key": "cpu"}}, "right": 1}}
    found = list(complaints(rules(doubtful, {"drop": None}), GatewaySection(), [LINE]))
    assert [each.problem for each in found] == [None]


def test_two_programs_that_stop_players_are_one_problem() -> None:
    both = Listing((*rules(policy="drop").rulesets, *rules(policy="drop", table="firewalld").rulesets))
    (problem,) = problems_of(complaints(both, GatewaySection(), [LINE]))
    assert problem.values["program"] == "nftables and firewalld"
    assert problem.values["chains"] == "chain c of table inet filter, chain c of table inet firewalld"
