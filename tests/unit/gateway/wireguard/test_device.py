"""`diff`: the changes that make the actual device hold the wanted peers."""

from __future__ import annotations

from ipaddress import IPv4Network, ip_network

from hypothesis import given
from hypothesis import strategies as st

from gateway.model import Key
from gateway.wireguard.device import DeviceState, PeerState, WgPeer, diff

keys = st.integers(0, 7).map(lambda n: Key(bytes([n]) * 32))
networks = st.integers(0, 7).map(lambda n: IPv4Network((10 << 24 | n, 32)))
peers = st.builds(WgPeer, keys, keys, st.lists(networks, unique=True, max_size=3).map(tuple))
wanted_peers = st.lists(peers, unique_by=lambda peer: peer.public_key)


def actual(*peers: WgPeer) -> DeviceState:
    states = [
        PeerState(public_key=p.public_key, preshared_key=p.preshared_key, allowed_ips=p.allowed_ips, rx_bytes=5)
        for p in peers
    ]
    return DeviceState(peers={state.public_key: state for state in states})


@given(wanted_peers, wanted_peers)
def test_applying_the_difference_gives_what_is_wanted(wanted: list[WgPeer], before: list[WgPeer]) -> None:
    """Removing, then adding or replacing what `diff` names turns any device into the wanted one."""
    add, remove = diff(wanted, actual(*before))
    after = [peer for peer in before if peer.public_key not in {*remove, *(peer.public_key for peer in add)}]
    assert _facts([*after, *add]) == _facts(wanted)


@given(wanted_peers, wanted_peers)
def test_right_peers_are_not_touched(wanted: list[WgPeer], before: list[WgPeer]) -> None:
    """A peer that is as wanted, in whatever order its allowed_ips are read, is in neither list."""
    add, remove = diff(wanted, actual(*before))
    assert not _facts(add) & _facts(before)
    assert not set(remove) & {peer.public_key for peer in wanted}


def _facts(peers: list[WgPeer]) -> set[object]:
    return {(peer.public_key, peer.preshared_key, frozenset(peer.allowed_ips)) for peer in peers}


def test_a_peer_without_its_preshared_key_is_added_again() -> None:
    """Another program took the preshared key away."""
    peer = WgPeer(Key(b"a" * 32), Key(b"b" * 32), (ip_network("10.0.0.2/32"),))
    state = PeerState(public_key=peer.public_key, preshared_key=None, allowed_ips=peer.allowed_ips)
    assert diff([peer], DeviceState(peers={peer.public_key: state})) == ([peer], [])


def test_preshared_keys_are_not_shown() -> None:
    """Neither repr holds the preshared key."""
    psk = Key(b"secret" * 5 + b"00")
    shown = repr(WgPeer(Key(b"a" * 32), psk, ())) + repr(PeerState(public_key=Key(b"a" * 32), preshared_key=psk))
    assert str(psk) not in shown
    assert "secret" not in shown
