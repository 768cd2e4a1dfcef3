"""The choice of the addresses that players are told and that flows leave with."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest

from gateway.host.uplink import preferred

PUBLIC, NEW = IPv4Address("203.0.113.1"), IPv4Address("203.0.113.50")
ANCHOR, STOPGAP = IPv4Address("10.19.0.5"), IPv4Address("169.254.7.7")


@pytest.mark.parametrize("private", ["10.19.0.5", "172.31.0.5", "192.168.0.5", "100.64.0.5"])
def test_a_public_address_comes_before_a_private_one_wherever_the_kernel_lists_it(private: str) -> None:
    for found in ([PUBLIC, IPv4Address(private)], [IPv4Address(private), PUBLIC]):
        assert preferred(found, None) == PUBLIC
        assert preferred(found, IPv4Address(private)) == PUBLIC


def test_a_ula_does_not_push_a_global_address_aside() -> None:
    ula, other = IPv6Address("fd77::5"), IPv6Address("2001:db8:1::1")
    assert preferred([ula, other], None) == other
    assert preferred([ula, other], other) == other
    assert preferred([ula], None) == ula


def test_of_equals_the_one_it_was_stays_and_else_the_kernels_first_is_taken() -> None:
    assert preferred([NEW, PUBLIC], PUBLIC) == PUBLIC
    assert preferred([NEW, PUBLIC], None) == NEW
    assert preferred([NEW], PUBLIC) == NEW


def test_what_a_lease_leaves_behind_does_not_replace_the_public_address_that_it_had() -> None:
    assert preferred([ANCHOR], PUBLIC) == PUBLIC
    assert preferred([ANCHOR, STOPGAP], PUBLIC) == PUBLIC


def test_where_all_is_private_a_private_address_does_and_may_change() -> None:
    assert preferred([ANCHOR], None) == ANCHOR
    assert preferred([IPv4Address("10.19.0.9")], ANCHOR) == IPv4Address("10.19.0.9")


def test_a_link_local_address_is_none() -> None:
    assert preferred([STOPGAP], None) is None
    assert preferred([STOPGAP, ANCHOR], None) == ANCHOR
    assert preferred([STOPGAP], PUBLIC) is None
