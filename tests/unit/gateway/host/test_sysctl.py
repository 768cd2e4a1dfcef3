from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.host.sysctl import dotted, format_ports, merge_ports, parse_ports, routing, too_strict, wanted

ports = st.sets(st.integers(1, 65535))


@given(ports)
def test_the_kernels_notation_reads_back(found: set[int]) -> None:
    assert parse_ports(format_ports(found)) == found


def test_neighbours_are_written_as_a_range() -> None:
    assert format_ports({8082, 8080, 8081, 9000}) == "8080-8082,9000"
    assert format_ports(set()) == ""


@given(ports, ports, ports)
def test_what_others_reserved_outlives_us(foreign: set[int], first: set[int], second: set[int]) -> None:
    current, added = merge_ports(foreign, set(), first)
    assert current == foreign | first
    current, added = merge_ports(current, added, second)
    assert current == foreign | second
    assert merge_ports(current, added, set())[0] == foreign


FORWARDING4, FORWARDING6 = "net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"
ETH0, ETH1 = "net/ipv6/conf/eth0/accept_ra", "net/ipv6/conf/eth1/accept_ra"


def test_routing_depends_on_these_settings_in_this_order() -> None:
    """If forwarding came first, a route learnt from a router would be lost."""
    each = [f"net/ipv4/conf/{name}/forwarding" for name in ("eth0", "eth1")]
    assert routing(["eth0", "eth1"], ipv6=True) == [FORWARDING4, *each, ETH0, ETH1, FORWARDING6]
    assert routing(["eth0"], ipv6=False) == [FORWARDING4, each[0]]


def test_a_dot_in_an_interfaces_name_is_written_as_sysctl_reads_it() -> None:
    assert dotted("net/ipv4/conf/eth0.7/rp_filter") == "net.ipv4.conf.eth0/7.rp_filter"


@pytest.mark.parametrize(
    ("every", "second", "strict"), [("0", "0", False), ("1", "0", True), ("0", "1", True), ("1", "2", False)]
)
def test_a_strict_check_of_sources_matters_where_there_is_another_way_out(
    every: str, second: str, strict: bool
) -> None:
    name = "net/ipv4/conf/eth1/rp_filter"
    found = {"net/ipv4/conf/all/rp_filter": every, "net/ipv4/conf/eth0/rp_filter": "2", name: second}
    assert too_strict(found, ["eth0", "eth1"]) == ([name] if strict else [])
    assert too_strict(found, ["eth1"]) == []


def test_an_interface_that_hears_routers_goes_on_and_one_that_does_not_is_left_alone() -> None:
    """The rule holds also for a setting that the gateway changed before."""
    found = {FORWARDING4: "0", ETH0: "1", ETH1: "0", FORWARDING6: "1"}
    assert wanted(found) == {FORWARDING4: "1", ETH0: "2", FORWARDING6: "1"}
    assert wanted({ETH0: "2"}) == {ETH0: "2"}


def test_without_ipv6_in_the_kernel_there_is_nothing_to_switch() -> None:
    assert wanted({FORWARDING4: "1", ETH0: None, FORWARDING6: None}) == {FORWARDING4: "1"}
