"""Which members play: by the VPN's addresses, and by the line that one member alone has."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address

from gateway.api.contract import PeerInfo, PeerStatus
from gateway.model import Mode
from gateway.state.playing import members_at
from tests.unit.builders import key

HOME, ELSEWHERE = IPv4Address("198.51.100.7"), IPv6Address("2001:db8:4::7")


def device(owner: str, number: int, endpoint: str | None = None, *, connected: bool = True) -> PeerStatus:
    info = PeerInfo(
        id=number,
        owner=owner,
        owner_name=owner,
        device="pc",
        public_key=key(),
        ipv4=IPv4Address(f"10.66.66.{number}"),
        ipv6=IPv6Address(f"fd42:42:42::{number}"),
        mode=Mode.FULL,
        created_at=datetime(2026, 1, 31, tzinfo=UTC),
    )
    return PeerStatus(peer=info, latest_handshake=None, rx_bytes=0, tx_bytes=0, endpoint=endpoint, connected=connected)


def test_a_device_in_the_vpn_is_its_owners() -> None:
    devices = [device("alice", 2), device("bob", 3)]
    assert members_at({IPv4Address("10.66.66.2")}, devices) == {"alice"}
    assert members_at({IPv6Address("fd42:42:42::3"), HOME}, devices) == {"bob"}


def test_a_player_from_a_members_line_is_that_member() -> None:
    devices = [device("alice", 2, "198.51.100.7:4000"), device("bob", 3, "[2001:db8:4::7]:4000")]
    assert members_at({HOME, ELSEWHERE}, devices) == {"alice", "bob"}


def test_a_line_that_two_members_share_tells_of_neither() -> None:
    devices = [device("alice", 2, "198.51.100.7:4000"), device("bob", 3, "198.51.100.7:5000")]
    assert members_at({HOME}, devices) == set()


def test_a_line_from_which_a_device_was_connected_before_tells_nothing() -> None:
    assert members_at({HOME}, [device("alice", 2, "198.51.100.7:4000", connected=False)]) == set()
