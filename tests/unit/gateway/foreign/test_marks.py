"""What other programs do with the conntrack mark, and which mask keeps out of their way."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.config import MARK_BITS, GatewaySection
from gateway.foreign import iptables
from gateway.foreign.advice import complaints, problems_of
from gateway.foreign.listing import Listing
from gateway.foreign.marks import free_mask, uses
from gateway.foreign.walk import Ruleset
from gateway.host.uplink import Line
from gateway.problem import Trouble
from tests.unit.gateway.foreign.test_routing import rules

OWN = ("wg0", "eth0")
MARK: dict[str, Any] = {"ct": {"key": "mark"}}
PACKETS: dict[str, Any] = {"meta": {"key": "mark"}}
ALL = 0xFFFFFFFF


def setting(value: object) -> dict[str, Any]:
    return {"mangle": {"key": MARK, "value": value}}


def match(left: object, right: object) -> dict[str, Any]:
    return {"match": {"left": left, "op": "==", "right": right}}


def saved(rule: str) -> Ruleset:
    return iptables.parse(f"*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING {rule}\nCOMMIT\n", "ip", legacy=False)


def told(ruleset: Ruleset, mask: int = MARK_BITS) -> list[tuple[str, tuple[str, ...]]]:
    section = GatewaySection(conntrack_mask=mask)
    found = complaints(Listing((ruleset,)), section, [Line(interface="eth0", exists=True)])
    return [(each.detail, each.fix) for each in found]


@pytest.mark.parametrize(
    ("value", "bits"),
    [
        (0x10, ALL),
        (PACKETS, ALL),
        ({"&": [PACKETS, 0xFF0000]}, ALL),
        ({"|": [MARK, 0x10]}, 0x10),
        ({"^": [MARK, 0x3]}, 0x3),
        ({"|": [{"&": [MARK, 0xFFFFC0FF]}, 0x100]}, 0x3F00),
        ({"|": [{"&": [MARK, 0xFFFFC0FF]}, PACKETS]}, ALL),
        ({"map": {"key": MARK, "data": {"set": []}}}, ALL),
    ],
)
def test_a_rule_of_nft_writes_the_bits_that_it_names_or_all(value: object, bits: int) -> None:
    (use,) = uses([rules("inet", setting(value), hook="prerouting")], OWN)
    assert (use.bits, use.writes, use.whole) == (bits, True, bits == ALL)


@pytest.mark.parametrize(
    ("options", "bits"),
    [
        ("--set-xmark 0x10/0x30", 0x30),
        ("--set-xmark 0x5/0xffffffff", ALL),
        ("--save-mark --nfmask 0x3f00 --ctmask 0x3f00", 0x3F00),
        ("--save-mark --nfmask 0xffffffff --ctmask 0xffffffff", ALL),
    ],
)
def test_a_rule_of_iptables_writes_the_bits_of_its_masks(options: str, bits: int) -> None:
    (use,) = uses([saved(f"-j CONNMARK {options}")], OWN)
    assert (use.bits, use.writes) == (bits, True)


@pytest.mark.parametrize(
    "rule",
    [
        "-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff",
        "-m mark --mark 0xca6c -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff",
        "-i wt0 -j CONNMARK --set-xmark 0x1bd10/0xffffffff",
        "-m connmark --mark 0x0 -j ACCEPT",
    ],
)
def test_what_meets_no_flow_of_a_forward_is_not_told(rule: str) -> None:
    assert told(saved(rule)) == []


@pytest.mark.parametrize("mask", [0xFF0000, 0x3F00, 0x10, 0x1])
def test_the_default_mask_is_not_what_widespread_programs_use(mask: int) -> None:
    assert told(saved(f"-j CONNMARK --set-xmark {mask:#x}/{mask:#x}")) == []


def test_a_mask_that_meets_theirs_is_told_with_one_that_does_not() -> None:
    rule = saved("-j CONNMARK --set-xmark 0x80/0x80")
    ((detail, (fix,)),) = told(rule)
    assert "writes bits 0x80 of the conntrack mark" in detail
    mask = int(fix.split()[2], 16)
    assert mask.bit_count() == MARK_BITS.bit_count()
    assert told(rule, mask) == []


def test_a_rule_that_takes_the_mark_for_its_own_is_told() -> None:
    for statement, word in ((setting(0x10), "writes the whole"), (match(MARK, 0x10), "compares the whole")):
        ((detail, _),) = told(rules("inet", statement, hook="prerouting"))
        assert word in detail


def test_where_others_leave_too_few_bits_no_mask_is_named() -> None:
    found = list(uses([saved("-j CONNMARK --set-xmark 0x0/0xfffff000")], OWN))
    assert free_mask(MARK_BITS, found) is None


@pytest.mark.parametrize(
    ("statement", "is_one"), [(setting(0x10), True), (setting({"|": [MARK, 0x10]}), False), (match(MARK, 0x10), False)]
)
def test_a_rule_that_ends_flows_of_forwards_is_a_problem(statement: dict[str, Any], is_one: bool) -> None:
    listing = Listing((rules("inet", statement, hook="prerouting"),))
    found = problems_of(complaints(listing, GatewaySection(), [Line(interface="eth0", exists=True)]))
    assert [problem.code for problem in found] == [Trouble.MARKS] * is_one
