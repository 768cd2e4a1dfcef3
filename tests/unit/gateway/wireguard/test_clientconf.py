"""The config that a member receives."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

import pytest

from gateway.config import GatewaySection, NoIPv6
from gateway.model import Mode, Peer
from gateway.wireguard.clientconf import issue
from tests.unit.builders import NOW, key

RESOLVERS = (IPv6Address("2606:4700:4700::1111"), IPv4Address("1.1.1.1"))
WITH_IPV6 = GatewaySection(dns=RESOLVERS)
WITHOUT_IPV6 = replace(WITH_IPV6, subnet6=NoIPv6())
PEER = Peer(
    id=1,
    owner="1",
    owner_name="alice",
    device="pc",
    public_key=key(),
    preshared_key=key(),
    ipv4=IPv4Address("10.66.66.2"),
    ipv6=IPv6Address("fd42:42:42::2"),
    mode=Mode.FULL,
    created_at=NOW,
)


def config(peer: Peer, section: GatewaySection = WITH_IPV6) -> str:
    return issue(peer, [peer], section, peer.public_key, "203.0.113.1", 1380).config


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    ("peer", "section"),
    [(replace(PEER, ipv6=None), WITH_IPV6), (PEER, WITHOUT_IPV6), (replace(PEER, ipv6=None), WITHOUT_IPV6)],
    ids=["a device without IPv6", "a gateway without it since", "neither"],
)
def test_without_ipv6_no_line_is_about_it(mode: Mode, peer: Peer, section: GatewaySection) -> None:
    text = config(replace(peer, mode=mode), section)
    assert "::" not in text
    assert " -6 " not in text
    assert ("AllowedIPs = 10.66.66.0/24\n" if mode is Mode.SPLIT else "AllowedIPs = 0.0.0.0/0\n") in text
    assert ("DNS = 1.1.1.1\n" in text) == (mode is Mode.FULL)


def test_a_resolver_that_cannot_be_reached_without_ipv6_is_not_named() -> None:
    section = replace(WITH_IPV6, dns=RESOLVERS[:1])
    assert "DNS = 2606:4700:4700::1111\n" in config(PEER, section)
    assert "DNS" not in config(replace(PEER, ipv6=None), section)


def test_a_device_of_another_program_may_have_no_preshared_key() -> None:
    assert "PresharedKey" in config(PEER)
    assert "PresharedKey" not in config(replace(PEER, preshared_key=None))


def test_with_ipv6_all_of_both_families_goes_through_a_full_tunnel() -> None:
    assert "AllowedIPs = 0.0.0.0/0, ::/0\n" in config(PEER)


@pytest.mark.parametrize("mode", Mode)
def test_nothing_that_people_typed_is_in_a_config(mode: Mode) -> None:
    """Root runs its hooks. They hold our names, and numbers that are computed."""
    plain = replace(PEER, mode=mode)
    typed = replace(plain, device="'; reboot; $(reboot) # %i", owner_name='"`reboot`', owner="7")
    assert config(typed) == config(plain)


def test_the_hooks_of_linux_mode_survive_wg_quick() -> None:
    """It cuts lines at #, and a shell reads the rest."""
    hooks = [line.split(" = ", 1)[1] for line in config(replace(PEER, mode=Mode.LINUX)).splitlines() if "Up = " in line]
    assert len(hooks) == 15
    for hook in hooks:
        assert "#" not in hook
        subprocess.run(["bash", "-n", "-c", hook], check=True)
