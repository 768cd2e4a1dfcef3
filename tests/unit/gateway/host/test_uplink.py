"""The choice of the addresses that players are told and that flows leave with."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest

from gateway.config import AutoMtu, GatewaySection
from gateway.host.uplink import Line, preferred, tunnel_mtu

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


@pytest.mark.parametrize(
    ("uplinks", "mtu"),
    [
        ((1500,), 1380),
        ((1492,), 1380),
        ((1460,), 1380),
        ((1459,), 1379),
        ((9000, 1400), 1320),
        ((1300,), 1280),
        ((), 1380),
    ],
)
def test_the_tunnel_fits_into_every_uplink(uplinks: tuple[int, ...], mtu: int) -> None:
    """WireGuard adds at most 80 bytes. IPv6 needs 1280."""
    lines = [Line(interface=f"eth{size}", exists=True, mtu=size) for size in uplinks]
    assert tunnel_mtu(GatewaySection(), lines) == mtu
    assert tunnel_mtu(GatewaySection(mtu=AutoMtu()), lines) == mtu
    assert tunnel_mtu(GatewaySection(mtu=1420), lines) == 1420


def test_an_uplink_that_is_away_leaves_the_tunnel_as_it_was() -> None:
    assert tunnel_mtu(GatewaySection(), [Line(interface="ppp0", exists=False)], 1372) == 1372
