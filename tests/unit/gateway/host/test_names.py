"""DNS names: the lack of an IPv4 address is told apart from the lack of any."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from gateway.host import names


def test_a_name_resolves_to_its_ipv4_addresses() -> None:
    """The system's resolver takes an address as a name, so this needs no network."""
    assert names.resolve("203.0.113.5") == (IPv4Address("203.0.113.5"),)


def test_a_name_with_ipv6_addresses_only_is_not_called_unresolvable() -> None:
    with pytest.raises(names.Unresolved, match="has IPv6 addresses only"):
        names.resolve("2001:db8::1")
