from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address
from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.contract import (
    Actor,
    AddForward,
    ExtendForward,
    Give,
    Join,
    RemoveForward,
    Rename,
    Revoke,
    Rotate,
    SetGuest,
    SetLan,
    Suspend,
)
from gateway.api.target import SetToPort
from gateway.config import GatewaySection, PolicySection
from gateway.errors import (
    AccessSuspended,
    AdminsOnly,
    BadRequest,
    BeyondLimit,
    ConfigError,
    ForwardGone,
    ForwardUnknown,
    GatewayError,
    GuestOver,
    KeyInUse,
    LimitReached,
    NoDevices,
    NotAllowed,
    PartOfForward,
    PeerExists,
    PeerUnknown,
    PortForbidden,
    PortInUse,
    PortNeeded,
    PortTaken,
    SubnetFull,
    TooLong,
    TooManyJoins,
    WhichDevice,
)
from gateway.keys import PrivateKey
from gateway.model import Desired, Duration, Key, Peer, PortRange, PortSpec, Protocol, Rest, parse_ports
from gateway.state.addresses import MOST_RESTING, REST
from gateway.state.planner import CLOSED, Planner
from gateway.state.portrules import MAX_PORTS_PER_FORWARD, check_listen_port
from gateway.state.ports import Ephemeral
from tests.unit.builders import (
    ADMIN,
    ALICE,
    BOB,
    MARKS,
    NOW,
    PRESHARED,
    forwarded,
    joined,
    key,
    nothing_listens,
    planner,
    revoked,
    unforwarded,
)


def test_the_first_peer_gets_the_address_after_the_gateways_own() -> None:
    _, peer = joined(Desired())
    assert peer.ipv4 == IPv4Address("10.66.66.2")
    assert str(peer.ipv6) == "fd42:42:42::2"


def test_a_device_name_is_unique_to_its_owner_whatever_its_case() -> None:
    desired, _ = joined(Desired(), device="PC")
    with pytest.raises(PeerExists):
        joined(desired, device="pc")
    joined(desired, BOB, device="pc")


@pytest.mark.parametrize("device", ["", "   ", "x" * 33, "a\nb", "\x1b[31m", "a\u202eb"])
def test_a_device_name_must_be_short_and_visible(device: str) -> None:
    with pytest.raises(BadRequest):
        joined(Desired(), device=device)


def test_a_member_has_a_limit_of_devices_and_an_admin_has_none() -> None:
    rules = planner(devices_per_member=1)
    desired, _ = rules.join(Desired(), Join(actor=ALICE, device="a", public_key=key()), PRESHARED, NOW)
    with pytest.raises(LimitReached):
        rules.join(desired, Join(actor=ALICE, device="b", public_key=key()), PRESHARED, NOW)
    by_admin = Join(actor=ADMIN, device="b", public_key=key(), owner=ALICE.id, owner_name="alice")
    _, peer = rules.join(desired, by_admin, PRESHARED, NOW)
    assert (peer.owner, peer.owner_name) == (ALICE.id, "alice")


def test_only_an_admin_acts_for_another_member() -> None:
    desired, _ = joined(Desired())
    with pytest.raises(NotAllowed):
        planner().join(desired, Join(actor=BOB, device="x", public_key=key(), owner=ALICE.id), PRESHARED, NOW)
    with pytest.raises(NotAllowed):
        planner().rotate(desired, Rotate(actor=BOB, public_key=key(), owner=ALICE.id), PRESHARED)
    with pytest.raises(NotAllowed):
        planner().revoke(desired, Revoke(actor=BOB, owner=ALICE.id), NOW)
    add = AddForward(actor=BOB, ports=parse_ports("25565"), owner=ALICE.id)
    with pytest.raises(NotAllowed):
        planner().forward(desired, add, nothing_listens, NOW)
    desired = forwarded(desired)
    with pytest.raises(ForwardUnknown):
        unforwarded(desired, "25565", BOB)
    assert not planner().revoke(desired, Revoke(actor=ADMIN, owner=ALICE.id), NOW)[0].peers


def test_a_key_belongs_to_one_device() -> None:
    desired, peer = joined(Desired())
    with pytest.raises(KeyInUse):
        planner().join(desired, Join(actor=BOB, device="x", public_key=peer.public_key), PRESHARED, NOW)
    with pytest.raises(BadRequest):
        planner().join(desired, Join(actor=BOB, device="x", public_key=Key(bytes(32))), PRESHARED, NOW)


def test_renaming_changes_the_name_and_nothing_else() -> None:
    desired, peer = joined(joined(Desired())[0], device="phone")
    desired = forwarded(desired, device="phone")
    after, before, renamed = planner().rename(desired, Rename(actor=ALICE, device="PHONE", new_name=" deck "))
    assert (before, renamed) == (peer, replace(peer, device="deck"))
    assert after == replace(desired, peers={**desired.peers, peer.id: renamed})
    with pytest.raises(PeerExists):
        planner().rename(desired, Rename(actor=ALICE, device="phone", new_name="PC"))
    for nothing in ("", " ", "x" * 33, "a\nb"):
        with pytest.raises(BadRequest):
            planner().rename(desired, Rename(actor=ALICE, device="phone", new_name=nothing))


def test_a_member_renames_no_device_of_another() -> None:
    desired, peer = joined(Desired())
    request = Rename(actor=BOB, device="pc", new_name="mine", owner=ALICE.id)
    with pytest.raises(NotAllowed):
        planner().rename(desired, request)
    _, _, renamed = planner().rename(desired, replace(request, actor=ADMIN))
    assert (renamed.id, renamed.device) == (peer.id, "mine")


def test_an_admin_gives_a_device_to_another_member_with_its_ports() -> None:
    desired, peer = joined(Desired())
    request = Give(actor=ADMIN, owner=ALICE.id, device="PC", to=BOB.id, to_name="bob")
    after, before, handed = planner().give(desired, request)
    assert (before, handed) == (peer, replace(peer, owner=BOB.id, owner_name="bob"))
    assert after == replace(desired, peers={**desired.peers, peer.id: handed})
    with pytest.raises(AdminsOnly):
        planner().give(desired, replace(request, actor=ALICE))
    taken, _ = joined(desired, BOB)
    with pytest.raises(PeerExists):
        planner().give(taken, request)
    with pytest.raises(BadRequest):
        planner().give(desired, replace(request, to=" "))


def test_a_device_keeps_an_ipv6_address_that_another_program_gave_it() -> None:
    """Another device of that program may have the one that goes with its IPv4 address."""
    desired, peer = joined(Desired())
    odd = replace(peer, ipv6=IPv6Address("fd42:42:42::77"))
    _, after = planner().rotate(
        replace(desired, peers={peer.id: odd}),
        Rotate(actor=ALICE, public_key=key(), ipv4_only=False),
        PRESHARED,
    )
    assert after.ipv6 == odd.ipv6
    bare = replace(peer, ipv6=None)
    other = replace(peer, id=9, device="other", public_key=key(), ipv4=IPv4Address("10.66.66.9"))
    with pytest.raises(SubnetFull):
        planner().rotate(
            replace(desired, peers={peer.id: bare, 9: other}),
            Rotate(actor=ALICE, device=peer.device, public_key=key(), ipv4_only=False),
            PRESHARED,
        )


def test_only_the_case_of_a_name_may_change() -> None:
    desired, _ = joined(Desired())
    _, _, renamed = planner().rename(desired, Rename(actor=ALICE, device="pc", new_name="PC"))
    assert renamed.device == "PC"


def test_the_gateways_own_key_is_in_use() -> None:
    """WireGuard silently ignores such a peer, so it would be missing for ever."""
    rules = Planner(GatewaySection(), PolicySection(), own := key())
    with pytest.raises(KeyInUse):
        rules.join(Desired(), Join(actor=ALICE, device="pc", public_key=own), PRESHARED, NOW)
    with pytest.raises(KeyInUse):
        rules.rotate(joined(Desired())[0], Rotate(actor=ALICE, public_key=own), PRESHARED)


P = 2**255 - 19
# https://cr.yp.to/ecdh.html, "How do I validate Curve25519 public keys?", and 2**255 - 18, which is the same as 1
LOW_ORDER = (
    0,
    1,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
    P - 1,
    P,
    P + 1,
)


@pytest.mark.parametrize("point", [*LOW_ORDER, *(point + 2**255 for point in LOW_ORDER), P + 9, 9 + 2**255])
def test_a_key_that_no_private_key_has_is_refused(point: int) -> None:
    """With a point of low order each handshake gives the same secret. The last two are 9 in another notation."""
    weak = Key(point.to_bytes(32, "little"))
    with pytest.raises(BadRequest, match="no private key goes with it"):
        planner().join(Desired(), Join(actor=ALICE, device="pc", public_key=weak), PRESHARED, NOW)
    with pytest.raises(BadRequest):
        planner().rotate(joined(Desired())[0], Rotate(actor=ALICE, public_key=weak), PRESHARED)


def test_keys_of_private_keys_are_taken() -> None:
    for _ in range(100):
        request = Join(actor=ALICE, device="pc", public_key=PrivateKey.generate().public_key)
        planner().join(Desired(), request, PRESHARED, NOW)


def test_rotating_changes_the_keys_and_nothing_else() -> None:
    desired, peer = joined(Desired())
    desired = forwarded(desired)
    fresh = key()
    after, rotated = planner().rotate(desired, Rotate(actor=ALICE, public_key=fresh), Key(b"q" * 32))
    assert (rotated.public_key, rotated.preshared_key) == (fresh, Key(b"q" * 32))
    assert (rotated.id, rotated.ipv4, rotated.ipv6) == (peer.id, peer.ipv4, peer.ipv6)
    assert after.forwards == desired.forwards


def test_a_device_without_ipv6_keeps_none_until_it_is_told_to_have_it_again() -> None:
    join = Join(actor=ALICE, device="pc", public_key=key(), ipv4_only=True)
    desired, peer = planner().join(Desired(), join, PRESHARED, NOW)
    with_ipv6 = joined(Desired())[1].ipv6
    for asked, ipv6 in ((None, None), (False, with_ipv6), (None, with_ipv6), (True, None)):
        request = Rotate(actor=ALICE, public_key=key(), ipv4_only=asked)
        desired, rotated = planner().rotate(desired, request, PRESHARED)
        assert (rotated.ipv4, rotated.ipv6) == (peer.ipv4, ipv6)


def test_a_removed_peers_address_rests_before_it_is_given_out_again() -> None:
    desired, gone = joined(Desired())
    desired = revoked(desired)
    desired, next_peer = joined(desired, BOB)
    assert next_peer.ipv4 != gone.ipv4
    desired, third = joined(desired, BOB, "another")
    assert third.ipv4 != gone.ipv4, "the join before it has not woken the address"
    later = Join(actor=BOB, device="later", public_key=key())
    desired, peer = planner(devices_per_member=3).join(desired, later, PRESHARED, NOW + REST)
    assert peer.ipv4 == gone.ipv4
    assert desired.resting == {}, "what has rested is forgotten"


def test_an_owner_gets_back_the_own_address_that_rested_longest() -> None:
    desired, first = joined(joined(Desired())[0], BOB)
    desired, second = joined(desired, BOB, "laptop")
    desired = revoked(desired, BOB, "laptop")
    desired, _, _ = planner().revoke(desired, Revoke(actor=BOB, device="pc"), NOW + timedelta(minutes=1))
    later = NOW + timedelta(minutes=2)
    for device, before in (("phone", second), ("deck", first)):
        request = Join(actor=BOB, device=device, public_key=key())
        desired, peer = planner().join(desired, request, PRESHARED, later)
        assert (peer.ipv4, peer.ipv6) == (before.ipv4, before.ipv6)
    assert desired.resting == {}, "an address in use does not rest"


def test_no_owner_puts_the_subnet_to_rest() -> None:
    """A member's 253 turns of /join and /leave took every address of the /24."""
    rules, desired = planner(joins_per_hour=1000), Desired()
    for _ in range(260):
        request = Join(actor=ALICE, device="pc", public_key=key())
        desired = revoked(rules.join(desired, request, PRESHARED, NOW)[0])
        assert len(desired.resting) == 1
    for number in range(MOST_RESTING + 4):
        desired, _ = joined(desired, device=f"pc{number}")
    last = max(desired.peers.values(), key=lambda peer: peer.id)
    desired = revoked(revoked(joined(desired, BOB)[0], BOB))
    assert Counter(rest.owner for rest in desired.resting.values()) == {ALICE.id: MOST_RESTING, BOB.id: 1}
    assert last.ipv4 in desired.resting


def test_an_address_that_rests_from_another_subnet_is_not_given_to_its_owner() -> None:
    """The gateway has the first address of the subnet it is configured with now."""
    outside = ("10.66.66.1", "10.66.66.0", "10.66.66.255", "10.66.67.9")
    desired = Desired(resting={IPv4Address(ip): Rest(ALICE.id, NOW + REST) for ip in outside})
    _, peer = joined(desired)
    assert str(peer.ipv4) == "10.66.66.2"


def test_a_member_may_join_so_many_times_an_hour() -> None:
    rules = planner(joins_per_hour=2)
    by_member = Join(actor=ALICE, device="pc", public_key=key())

    def again(desired: Desired, now: datetime, request: Join = by_member) -> Desired:
        desired, _ = rules.join(desired, replace(request, public_key=key()), PRESHARED, now)
        return rules.revoke(desired, Revoke(actor=ADMIN, owner=ALICE.id), now)[0]

    minutes = [NOW + timedelta(minutes=number) for number in range(100)]
    desired = again(again(Desired(), minutes[0]), minutes[10])
    with pytest.raises(TooManyJoins, match=r"At most 2 devices .* Try again in 30m\."):
        again(desired, minutes[30])
    rules.join(desired, replace(by_member, actor=BOB), PRESHARED, minutes[30])
    desired = again(desired, minutes[60])
    with pytest.raises(TooManyJoins, match="Try again in 10m"):
        again(desired, minutes[60] + timedelta(seconds=30))
    by_admin = replace(by_member, actor=ADMIN, owner=ALICE.id)
    desired = again(desired, minutes[61], by_admin)
    with pytest.raises(TooManyJoins):
        again(desired, minutes[70], by_member)
    assert again(desired, minutes[61] + timedelta(hours=1), by_member).joins[ALICE.id] == (
        minutes[61] + timedelta(hours=1),
    )


def test_joins_of_a_clock_that_was_wrong_do_not_count() -> None:
    desired = Desired(joins={ALICE.id: (NOW + timedelta(days=300),) * 20})
    assert joined(desired)[0].joins == {ALICE.id: (NOW,)}


def test_ids_are_never_used_twice() -> None:
    desired, first = joined(Desired())
    desired = revoked(forwarded(desired))
    desired, second = joined(desired)
    desired = forwarded(desired)
    assert second.id != first.id
    assert list(desired.forwards) == [2]


def test_a_full_subnet_is_refused() -> None:
    rules = Planner(GatewaySection(subnet4=IPv4Network("10.0.0.0/30")), PolicySection())
    desired, _ = rules.join(Desired(), Join(actor=ALICE, device="a", public_key=key()), PRESHARED, NOW)
    with pytest.raises(SubnetFull):
        rules.join(desired, Join(actor=ALICE, device="b", public_key=key()), PRESHARED, NOW)


def test_with_one_device_it_need_not_be_named_and_with_two_it_must() -> None:
    with pytest.raises(NoDevices):
        forwarded(Desired())
    desired, _ = joined(Desired(), device="pc")
    assert forwarded(desired).forwards
    desired, _ = joined(desired, device="laptop")
    with pytest.raises(WhichDevice, match="laptop, pc"):
        forwarded(desired)
    with pytest.raises(PeerUnknown):
        forwarded(desired, device="phone")
    (forward,) = forwarded(desired, device="LAPTOP").forwards.values()
    assert desired.peers[forward.peer_id].device == "laptop"


def test_revoking_without_a_device_takes_all_of_the_owners_devices_and_their_forwards() -> None:
    desired, _ = joined(Desired(), device="pc")
    desired, _ = joined(desired, device="laptop")
    desired, bobs = joined(desired, BOB)
    desired = forwarded(forwarded(desired, "1111", device="pc"), "2222", BOB)
    after = revoked(desired)
    assert list(after.peers) == [bobs.id]
    assert [str(forward.ports) for forward in after.forwards.values()] == ["2222"]
    assert [peer.device for peer in revoked(desired, device="pc").peers.values()] == ["laptop", "pc"]


def test_a_port_is_forwarded_once_and_a_free_one_is_offered() -> None:
    desired, _ = joined(Desired())
    desired, _ = joined(desired, BOB)
    desired = forwarded(desired, "25565-25566")
    with pytest.raises(PortTaken) as refused:
        forwarded(desired, "25566", BOB)
    assert refused.value.details["free"] == "25567"


@pytest.mark.parametrize(("actor", "named"), [(ALICE, "you"), (BOB, "another member"), (ADMIN, "alice")])
def test_only_an_admin_is_told_whose_port_it_is(actor: Actor, named: str) -> None:
    desired, _ = joined(joined(forwarded(joined(Desired())[0]), BOB)[0], ADMIN)
    with pytest.raises(PortTaken) as refused:
        forwarded(desired, actor=actor)
    assert refused.value.details["owner"] == named


def test_tcp_and_udp_of_one_port_can_go_to_different_friends() -> None:
    desired, _ = joined(Desired())
    desired, _ = joined(desired, BOB)
    desired = forwarded(desired, protocol=Protocol.TCP)
    desired = forwarded(desired, protocol=Protocol.UDP, actor=BOB)
    for protocol in Protocol:
        with pytest.raises(PortTaken):
            forwarded(desired, protocol=protocol)


@pytest.mark.parametrize(
    ("ports", "free"),
    [
        ("2050", "2100"),
        ("2040-2049", "1990-1999"),
        ("2096-2099", "2100-2103"),
        ("3000", "2999"),
        ("1500-1509", "1520-1529"),
    ],
)
def test_the_nearest_free_ports_are_as_many_and_allowed(ports: str, free: str) -> None:
    """The higher of two equally near ranges is offered. It holds no forwarded or denied port, nor the VPN's own."""
    desired = forwarded(joined(joined(Desired())[0], BOB)[0], "2000-2049, 2050-2099, 3000, 1500-1509")
    rules = Planner(
        GatewaySection(listen_port=3001),
        PolicySection(forward_ports=PortRange(1495, 3001), denied_ports=(PortRange(1490, 1492), 1519)),
    )
    with pytest.raises(PortTaken) as refused:
        rules.forward(desired, AddForward(actor=BOB, ports=parse_ports(ports)), nothing_listens, NOW)
    assert refused.value.details["free"] == free


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(0, 6), st.sampled_from(Protocol)), max_size=6),
    st.tuples(st.integers(1, 40), st.integers(0, 4), st.sampled_from(Protocol)),
    st.sets(st.integers(1, 50)),
)
def test_the_free_ports_offered_are_those_that_trying_one_after_the_other_finds(
    asked: list[tuple[int, int, Protocol]], wanted: tuple[int, int, Protocol], heard: set[int]
) -> None:
    desired, rules = (
        joined(Desired())[0],
        planner(forwards_per_member=9, forward_ports=PortRange(3, 45), denied_ports=(20, PortRange(30, 31))),
    )

    def listening(protocol: Protocol, ports: PortRange) -> bool:
        return any(port in heard for port in ports)

    def answer(desired: Desired, ports: PortRange, protocol: Protocol) -> Desired:
        specs = (PortSpec(ports, protocol),)
        return rules.forward(desired, AddForward(actor=ALICE, ports=specs), listening, NOW)[0]

    for first, more, protocol in asked:
        with suppress(GatewayError):
            desired = answer(desired, PortRange(first, first + more), protocol)
    first, more, protocol = wanted

    def refusal(start: int) -> GatewayError | None:
        try:
            answer(desired, PortRange(start, start + more), protocol)
        except GatewayError as error:
            return error
        return None

    refused = refusal(first)
    if isinstance(refused, PortTaken | PortInUse):
        others = sorted(range(1, 50), key=lambda start: (abs(start - first), start < first))
        free = (str(PortRange(start, start + more)) for start in others if not refusal(start))
        assert refused.details["free"] == next(free, None)


@pytest.mark.parametrize(
    ("ports", "reason"),
    [
        ("22", "one within 1024-60999"),
        ("1023", "one within 1024-60999"),
        ("61000", "one within 1024-60999"),
        ("60999-61000", "one within 1024-60999"),
        ("51820", "used by the VPN"),
        ("51500-52000", "used by the VPN"),
        ("50100-51000", "keeps 51000-51001 closed"),
        ("3000", "keeps 3000 closed"),
    ],
)
def test_ports_outside_policy_are_refused_by_name_of_the_reason(ports: str, reason: str) -> None:
    desired, _ = joined(Desired())
    rules = planner(denied_ports=(3000, PortRange(51000, 51001)), ports_per_member=1000)
    with pytest.raises(PortForbidden, match=reason):
        rules.forward(desired, AddForward(actor=ALICE, ports=parse_ports(ports)), nothing_listens, NOW)


def test_the_wireguard_port_may_be_forwarded_for_tcp() -> None:
    desired, _ = joined(Desired())
    assert forwarded(desired, "51820", protocol=Protocol.TCP).forwards


def test_the_wireguard_port_moves_to_no_forwarded_one() -> None:
    """The table would lead WireGuard's own packets to the device, at once or when the device is restored."""
    desired = forwarded(joined(Desired())[0], "2000-2009")
    for stored in (desired, suspended(desired)):
        with pytest.raises(ConfigError, match=r"listen_port: .* pc of alice.*unforward 2000-2009`"):
            check_listen_port(stored, 2005)
    check_listen_port(desired, 2010)
    check_listen_port(forwarded(joined(Desired())[0], "2000-2009", protocol=Protocol.TCP), 2005)


def test_a_port_of_a_program_on_the_gateway_is_refused() -> None:
    def web_server(protocol: Protocol, ports: PortRange) -> bool:
        return Protocol.TCP in protocol.each and 8080 in ports

    desired, _ = joined(Desired())
    request = AddForward(actor=ALICE, ports=parse_ports("8080"), protocol=Protocol.TCP)
    with pytest.raises(PortInUse) as refused:
        planner().forward(desired, request, web_server, NOW)
    assert refused.value.details["free"] == "8081"
    udp = AddForward(actor=ALICE, ports=parse_ports("8080"), protocol=Protocol.UDP)
    assert planner().forward(desired, udp, web_server, NOW)[0].forwards


def test_each_of_several_ports_may_have_a_target_of_its_own() -> None:
    """So one port of a game can move while the server on the device stays as it is."""
    desired, _ = joined(Desired())
    specs = parse_ports("28015/udp,28018/udp")
    request = AddForward(actor=ALICE, ports=specs, to_ports=(28015, 28017))
    _, made, _ = planner().forward(desired, request, nothing_listens, NOW)
    assert [(str(each.ports), each.to_port) for each in made] == [("28015", 28015), ("28018", 28017)]
    for wrong in (replace(request, to_ports=(28015,)), replace(request, ports=specs[:1]), replace(request, to_port=1)):
        with pytest.raises(BadRequest):
            planner().forward(desired, wrong, nothing_listens, NOW)
    with pytest.raises(BadRequest):
        planner().forward(desired, replace(request, to_ports=(28015, 65536)), nothing_listens, NOW)


def test_an_open_forward_may_lead_to_another_port() -> None:
    """It stays the same forward. Only its owner and admins may change it."""
    desired = forwarded(joined(joined(Desired())[0], BOB)[0])
    (before,) = desired.forwards.values()
    after, (changed,) = planner().lead_to(desired, SetToPort(actor=ALICE, ids=(before.id,), to_port=25570), NOW)
    assert changed == replace(before, to_port=25570, slot=changed.slot)
    assert changed.slot != before.slot, "its open flows end"
    assert after.forwards == {before.id: changed}
    for actor, to_port, refusal in ((BOB, 1, NotAllowed), (ALICE, 65536, BadRequest), (ALICE, 0, BadRequest)):
        with pytest.raises(refusal):
            planner().lead_to(desired, SetToPort(actor=actor, ids=(before.id,), to_port=to_port), NOW)
    with pytest.raises(ForwardGone):
        planner().lead_to(desired, SetToPort(actor=ALICE, ids=(99,), to_port=1), NOW)


def test_an_open_forward_may_lead_to_another_device_of_its_owner() -> None:
    desired, pc = joined(Desired())
    desired, den = joined(desired, device="den")
    desired, theirs = joined(desired, BOB, device="theirs")
    (before,) = (desired := forwarded(desired, to_port=80, device="pc")).forwards.values()
    asked = SetToPort(actor=ALICE, ids=(before.id,), device="DEN")
    _, (changed,) = planner().lead_to(desired, asked, NOW)
    assert changed == replace(before, peer_id=den.id, slot=changed.slot)
    assert changed.slot != before.slot, "its open flows end"
    _, (both,) = planner().lead_to(desired, replace(asked, to_port=81), NOW)
    assert (both.peer_id, both.to_port) == (den.id, 81)
    with pytest.raises(PeerUnknown):
        planner().lead_to(desired, replace(asked, device=theirs.device), NOW)
    cut_off = replace(desired, peers={**desired.peers, den.id: replace(den, suspended_at=NOW)})
    with pytest.raises(AccessSuspended):
        planner().lead_to(cut_off, asked, NOW)
    assert pc.id == before.peer_id


def test_internal_ports_must_exist() -> None:
    desired, _ = joined(Desired())
    assert forwarded(desired, "2000-2009", to_port=65526).forwards
    for to_port in (0, 65527, -1):
        with pytest.raises(BadRequest):
            forwarded(desired, "2000-2009", to_port=to_port)
    with pytest.raises(BadRequest):
        forwarded(desired, "2000-3000")


def test_a_member_has_a_limit_of_forwards() -> None:
    rules = planner(forwards_per_member=1)
    desired, _ = joined(Desired())
    request = AddForward(actor=ALICE, ports=parse_ports("2000"))
    desired, _, _ = rules.forward(desired, request, nothing_listens, NOW)
    with pytest.raises(LimitReached, match="Remove one first"):
        rules.forward(desired, AddForward(actor=ALICE, ports=parse_ports("2001")), nothing_listens, NOW)


def test_a_member_has_a_limit_of_ports_over_all_forwards_and_an_admin_has_none() -> None:
    rules = planner()
    desired, _ = joined(Desired())
    desired, *_ = rules.forward(desired, _asked("2000-2059"), nothing_listens, NOW)
    with pytest.raises(LimitReached, match="100 public ports, and 40 are left"):
        rules.forward(desired, _asked("3000-3040"), nothing_listens, NOW)
    desired, *_ = rules.forward(desired, _asked("3000-3029, 4000-4009"), nothing_listens, NOW)
    for ports in ("5000/udp", "2000-2999"):
        with pytest.raises(LimitReached):
            rules.forward(desired, _asked(ports), nothing_listens, NOW)
    by_admin = replace(_asked("5000-5999"), actor=ADMIN, owner=ALICE.id)
    assert rules.forward(desired, by_admin, nothing_listens, NOW)[1]


def _asked(ports: str, actor: Actor = ALICE) -> AddForward:
    return AddForward(actor=actor, ports=parse_ports(ports))


def test_what_a_member_held_before_the_limit_of_ports_stays() -> None:
    desired = forwarded(joined(Desired())[0], "2000-2999")
    rules = planner()
    with pytest.raises(LimitReached, match="and 0 are left"):
        rules.forward(desired, _asked("3000"), nothing_listens, NOW)
    assert rules.extend(desired, ExtendForward(actor=ALICE, ids=(1,)), NOW)[1]


def test_the_host_keeps_ports_for_its_own_connections() -> None:
    """Six members with five ranges of 1,000 each had all of them, and the host could open no connection any more."""
    rules = planner(forwards_per_member=5, ports_per_member=5000)
    members = [Actor(id=str(number), name=f"member {number}") for number in range(6)]
    desired = Desired()
    for member in members:
        desired, _ = joined(desired, member)
    offered = []
    for first, member in zip(range(32000, 61000, 1000), cycle(members), strict=False):
        request = replace(_asked(f"{first}-{first + 999}", member), protocol=Protocol.TCP)
        try:
            desired, *_ = rules.forward(desired, request, nothing_listens, NOW)
        except PortNeeded as refused:
            offered.append(refused.details["free"])
    held = {port for forward in desired.forwards.values() for port in forward.ports}
    assert len(held) == 24_000
    assert len(set(range(32768, 61000)) - held) >= 4096
    assert offered == ["31000-31999"] * 5, "ports outside the ephemeral range are not the host's"
    assert rules.forward(desired, _asked(offered[0], members[-1]), nothing_listens, NOW)[1]


@pytest.mark.parametrize(
    ("ports", "reserved", "fits", "too_much"),
    [
        ("30000-34999", "", "30000-30903", "30000-30904"),  # 4,096 of 5,000 are left
        ("30000-30999", "", "30000-30499", "30000-30500"),  # half of 1,000 is left
        ("30000-30998", "", "30000-30498", "30000-30499"),  # half of 999 is 500 ports
        ("30000-34999", "34000-34899", "30000-30003", "30000-30004"),  # another program reserved 900
        ("30000-34999", "30000-30899", "30000-30903", "30000-30904"),  # of which these are the same
        ("30000-34999", "20000-29999", "29950-30903", "29950-30904"),  # outside of the range none counts
        ("30000-34999", "30000-34999", "30000-30899", None),  # nothing is left, so nothing is taken away
    ],
)
def test_only_ports_that_the_host_would_lose_count(ports: str, reserved: str, fits: str, too_much: str | None) -> None:
    rules, desired = planner(ports_per_member=10_000), joined(Desired())[0]
    ephemeral = Ephemeral(PortRange.parse(ports), lambda: set(PortRange.parse(reserved)) if reserved else set())
    assert rules.forward(desired, _asked(fits), nothing_listens, NOW, ephemeral)[1]
    if too_much:
        for actor in (ALICE, ADMIN):
            with pytest.raises(PortNeeded, match="the VPS needs what is left"):
                request = replace(_asked(too_much, actor), owner=ALICE.id)
                rules.forward(desired, request, nothing_listens, NOW, ephemeral)


def test_ports_of_one_request_count_together_and_once() -> None:
    """Counting takes long among ten thousand forwards, and a request has up to a hundred ports."""
    counted = 0

    def reserved() -> set[int]:
        nonlocal counted
        counted += 1
        return set()

    rules, desired = planner(), joined(Desired())[0]
    ephemeral = Ephemeral(PortRange(30000, 30003), reserved)
    with pytest.raises(PortNeeded) as refused:
        rules.forward(desired, _asked("29990, 30000, 30001, 30002"), nothing_listens, NOW, ephemeral)
    assert refused.value.details["ports"] == "30000"
    assert refused.value.details["free"] == "29999"
    assert counted == 1
    _, made, _ = rules.forward(desired, _asked("30000, 30001, 29990"), nothing_listens, NOW, ephemeral)
    assert [forward.slot for forward in made] == [forward.id for forward in made]


def test_removing_is_advised_only_where_it_helps() -> None:
    desired, _ = joined(Desired())
    six = AddForward(actor=ALICE, ports=parse_ports("2000, 2001, 2002, 2003, 2004, 2005"))
    with pytest.raises(BeyondLimit, match="Ask for fewer"):
        planner(forwards_per_member=5).forward(desired, six, nothing_listens, NOW)
    with pytest.raises(BeyondLimit):
        planner(devices_per_member=0).join(Desired(), Join(actor=ALICE, device="a", public_key=key()), PRESHARED, NOW)


def test_unforwarding_closes_what_lies_inside_the_named_ports_and_protocol() -> None:
    desired, _ = joined(Desired())
    desired = forwarded(forwarded(forwarded(desired, "2000-2009"), "2020"), "2030", protocol=Protocol.TCP)
    assert len(unforwarded(desired, "2000-2030").forwards) == 0
    assert len(unforwarded(desired, "2000-2020").forwards) == 1
    with pytest.raises(ForwardUnknown) as unknown:
        unforwarded(desired, "2021-2029")
    assert not isinstance(unknown.value, PartOfForward)
    request = RemoveForward(actor=ALICE, ports=parse_ports("2030"), protocol=Protocol.UDP)
    with pytest.raises(ForwardUnknown):
        planner().unforward(desired, request, NOW)


@pytest.mark.parametrize("ports", ["2001", "2000-2008", "2005-2015", "2000-2009/udp"])
def test_unforwarding_a_part_names_the_whole(ports: str) -> None:
    desired = forwarded(joined(Desired())[0], "2000-2009")
    with pytest.raises(PartOfForward) as refused:
        unforwarded(desired, ports)
    assert refused.value.details["whole"] == "2000-2009"
    with pytest.raises(ForwardUnknown) as unknown:
        unforwarded(desired, ports, BOB)
    assert not isinstance(unknown.value, PartOfForward), "what others forward is nobody's business"


def test_unforwarding_one_protocol_of_both_says_which_part_that_is() -> None:
    desired = forwarded(joined(Desired())[0], "2000-2009")
    request = RemoveForward(actor=ALICE, ports=parse_ports("2000-2009"), protocol=Protocol.UDP)
    with pytest.raises(PartOfForward, match=r"2000-2009/udp belongs to 2000-2009\."):
        planner().unforward(desired, request, NOW)
    desired = forwarded(joined(Desired())[0], "2000-2009", protocol=Protocol.TCP)
    with pytest.raises(PartOfForward, match="2001 belongs to 2000-2009/tcp"):
        unforwarded(desired, "2001")


@pytest.mark.parametrize("ports", ["25565, 25565", "25565, 25565/udp", "2000-2009, 2009-2010"])
def test_a_port_named_twice_is_the_requests_fault(ports: str) -> None:
    with pytest.raises(BadRequest, match="twice"):
        forwarded(joined(Desired())[0], ports)


@given(
    st.lists(
        st.tuples(st.integers(1024, 1100), st.integers(0, 12), st.sampled_from(Protocol), st.sampled_from([ALICE, BOB]))
    )
)
def test_no_two_forwards_overlap_on_one_protocol(asked: list[tuple[int, int, Protocol, Actor]]) -> None:
    desired, _ = joined(Desired())
    desired, _ = joined(desired, BOB)
    for first, more, protocol, actor in asked:
        try:
            desired = forwarded(desired, f"{first}-{first + more}", actor, protocol)
        except PortTaken as refused:
            offered = PortRange.parse(refused.details["free"])
            assert not any(forward.clashes(protocol, offered) for forward in desired.forwards.values())
    claims = [
        (protocol, port)
        for forward in desired.forwards.values()
        for protocol in forward.protocol.each
        for port in forward.ports
    ]
    assert len(claims) == len(set(claims))


def test_a_forward_lasts_as_long_as_asked_or_as_the_policy_says() -> None:
    desired, _ = joined(Desired())
    rules = planner(forward_duration=Duration.parse("1h"), longest_forward=Duration.parse("1d"))

    def end(duration: str | None, actor: Actor = ALICE) -> datetime | None:
        asked = Duration.parse(duration) if duration else None
        request = AddForward(actor=actor, owner=ALICE.id, ports=parse_ports("2000"), duration=asked)
        (forward,) = rules.forward(desired, request, nothing_listens, NOW)[1]
        return forward.expires_at

    assert end(None) == NOW + timedelta(hours=1)
    assert end("30m") == NOW + timedelta(minutes=30)
    for too_long in ("2d", "forever"):
        with pytest.raises(TooLong, match="Up to 1d"):
            end(too_long)
    assert end("forever", ADMIN) is None
    rules = planner(forward_duration=Duration.parse("forever"), longest_forward=Duration.parse("1d"))
    assert end(None) == end(None, ADMIN) == NOW + timedelta(days=1)


def as_guest(desired: Desired, now: datetime = NOW, device: str = "pc") -> tuple[Desired, Peer]:
    request = Join(actor=ALICE, device=device, public_key=key(), guest_for=DAY)
    return planner().join(desired, request, PRESHARED, now)


DAY, FOREVER = Duration.parse("1d"), Duration.parse("forever")
TOMORROW = NOW + timedelta(days=1)


def test_a_guests_time_begins_once() -> None:
    """/leave and /join do not begin it anew, nor does a second device."""
    desired, peer = as_guest(Desired())
    assert peer.expires_at == TOMORROW
    later = NOW + timedelta(hours=5)
    _, second = as_guest(desired, later, "phone")
    again, back = as_guest(revoked(desired), later)
    assert second.expires_at == back.expires_at == TOMORROW
    for left in (revoked(again), planner().expire(again, TOMORROW)[0]):
        assert not left.peers
        with pytest.raises(GuestOver, match="Your time as a guest is over"):
            as_guest(left, TOMORROW)
        _, other = as_guest(left, TOMORROW + timedelta(days=30))
        assert other.expires_at == TOMORROW + timedelta(days=31), "after a month a guest may come again"


def test_a_member_that_becomes_a_guest_gets_a_guests_end_and_loses_it_with_the_role_back() -> None:
    rules, desired = planner(device_duration=Duration.parse("7d")), Desired()
    for device, duration in (("pc", None), ("brief", Duration.parse("2h"))):
        request = Join(actor=ALICE, device=device, public_key=key(), duration=duration)
        desired, _ = rules.join(desired, request, PRESHARED, NOW)
    to_guest = SetGuest(actor=ADMIN, owner=ALICE.id, duration=DAY)
    guest, changed = rules.guest(desired, to_guest, NOW)
    assert [(peer.device, peer.expires_at) for peer in changed] == [("pc", TOMORROW)]
    assert [peer.expires_at for peer in guest.peers.values()] == [TOMORROW, NOW + timedelta(hours=2)]
    assert rules.next_end(guest) == NOW + timedelta(hours=2)
    assert rules.guest(guest, to_guest, NOW + timedelta(hours=1)) == (guest, [])
    member, changed = rules.guest(guest, replace(to_guest, duration=FOREVER), NOW + timedelta(hours=1))
    assert (member, len(changed)) == (desired, 1)
    with pytest.raises(AdminsOnly):
        rules.guest(desired, replace(to_guest, actor=ALICE), NOW)


def test_a_guest_that_is_a_member_now_joins_as_one() -> None:
    desired, _ = as_guest(Desired())
    desired, peer = joined(desired, device="phone")
    assert desired.guests == {}
    assert [each.expires_at for each in desired.peers.values()] == [None, None]
    assert peer.expires_at is None
    _, peer = as_guest(desired, TOMORROW, "laptop")
    assert peer.expires_at == TOMORROW + timedelta(days=1)


def test_an_admin_that_adds_a_device_for_a_guest_changes_nothing_about_the_guests_end() -> None:
    desired, _ = as_guest(Desired())
    by_admin = Join(actor=ADMIN, owner=ALICE.id, device="phone", public_key=key())
    desired, _ = planner().join(desired, by_admin, PRESHARED, NOW)
    assert desired.guests == {ALICE.id: TOMORROW}


def test_a_member_asks_for_no_device_that_outlasts_the_policy() -> None:
    rules = planner(device_duration=DAY)
    request = Join(actor=ALICE, device="pc", public_key=key(), duration=Duration.parse("12h"))
    assert rules.join(Desired(), request, PRESHARED, NOW)[1].expires_at == NOW + timedelta(hours=12)
    for duration in (Duration.parse("2d"), FOREVER):
        longer = replace(request, duration=duration)
        with pytest.raises(TooLong, match="Up to 1d"):
            rules.join(Desired(), longer, PRESHARED, NOW)
        by_admin = replace(longer, actor=ADMIN, owner=ALICE.id)
        assert rules.join(Desired(), by_admin, PRESHARED, NOW)[1].expires_at == duration.after(NOW)


def test_what_has_reached_its_end_is_removed_and_nothing_else() -> None:
    desired, peer = joined(Desired())
    desired = forwarded(forwarded(desired, "2000"), "3000")
    shorter = replace(desired.forwards[1], expires_at=NOW + timedelta(hours=1))
    desired = replace(desired, forwards={1: shorter, 2: desired.forwards[2]})
    rules = planner()
    assert rules.next_end(desired) == NOW + timedelta(hours=1)
    assert rules.expire(desired, NOW)[0].forwards == desired.forwards
    after, peers, forwards = rules.expire(desired, NOW + timedelta(hours=1))
    assert (peers, [forward.id for forward in forwards], list(after.forwards)) == ([], [1], [2])
    guest = replace(desired, peers={peer.id: replace(peer, expires_at=NOW)})
    after, peers, forwards = rules.expire(guest, NOW)
    assert (list(after.peers), list(after.forwards), len(forwards)) == ([], [], 2)
    assert peer.ipv4 in after.resting


@given(st.lists(st.tuples(st.integers(1100, 1130), st.integers(0, 9), st.sampled_from(Protocol))))
def test_closed_ranges_do_not_pile_up(ranges: list[tuple[int, int, Protocol]]) -> None:
    """Each protocol has a port once, with the time of its last closing."""
    desired, rules, last, now = joined(Desired())[0], planner(), dict[tuple[Protocol, int], datetime](), NOW
    for first, more, protocol in ranges:
        now += timedelta(minutes=1)
        ports = PortRange(first, first + more)
        desired = forwarded(desired, str(ports), protocol=protocol)
        desired, _ = rules.unforward(desired, RemoveForward(actor=ALICE, ids=(max(desired.forwards),)), now)
        last |= {(protocol, port): now + CLOSED for port in ports}
    held = [((protocol, port), until) for (protocol, ports), until in desired.closed.items() for port in ports]
    assert sorted(held) == sorted(last.items())


def test_a_closed_port_is_forgotten_after_its_time() -> None:
    desired = unforwarded(forwarded(forwarded(joined(Desired())[0], "2000"), "3000"), "2000")
    assert list(desired.closed) == [(Protocol.BOTH, PortRange(2000, 2000))]
    desired = unforwarded(desired, "3000", now=NOW + CLOSED)
    assert list(desired.closed) == [(Protocol.BOTH, PortRange(3000, 3000))]


def test_a_forward_has_at_most_as_many_ports_as_is_said() -> None:
    desired, _ = joined(Desired())
    most = 2000 + MAX_PORTS_PER_FORWARD - 1
    assert len(forwarded(desired, f"2000-{most}").forwards[1].ports) == MAX_PORTS_PER_FORWARD
    with pytest.raises(BadRequest, match=f"{MAX_PORTS_PER_FORWARD} ports"):
        forwarded(desired, f"2000-{most + 1}")


def test_ids_of_forwards_grow_for_ever_and_their_slots_begin_again() -> None:
    """The slot stays inside our bits of the mark. No two forwards share one."""
    desired = forwarded(joined(Desired())[0], "1024,1025")
    for turn in (1, 2):
        desired = replace(desired, next_forward_id=turn * MARKS.slots - 1)
        desired = forwarded(desired, ",".join(str(1024 + 10 * turn + number) for number in range(3)))
    found = [(forward.id, forward.slot) for forward in desired.forwards.values()]
    assert found[2:5] == [(MARKS.slots - 1, MARKS.slots - 1), (MARKS.slots, 0), (MARKS.slots + 1, 3)]
    assert found[5:] == [(2 * MARKS.slots - 1, 4), (2 * MARKS.slots, 5), (2 * MARKS.slots + 1, 6)]


def test_whether_devices_reach_each_other_is_for_admins_to_say() -> None:
    rules, desired = planner(), Desired()
    for on in (True, False):
        assert rules.lan(desired, SetLan(actor=ADMIN, on=on)).lan is on
        with pytest.raises(AdminsOnly):
            rules.lan(desired, SetLan(actor=ALICE, on=on))


def test_extending_is_for_the_owner_and_admins() -> None:
    desired = forwarded(joined(Desired())[0])
    rules = planner()
    request = ExtendForward(actor=ALICE, ids=(1,), duration=Duration.parse("2h"))
    assert rules.extend(desired, request, NOW)[0].forwards[1].expires_at == NOW + timedelta(hours=2)
    with pytest.raises(NotAllowed):
        rules.extend(desired, replace(request, actor=BOB), NOW)
    with pytest.raises(ForwardUnknown):
        rules.extend(desired, replace(request, ids=(7,)), NOW)


def test_a_suspended_members_devices_keep_their_place_and_reach_nothing() -> None:
    desired, peer = joined(Desired())
    desired, bobs = joined(forwarded(desired), BOB)
    rules = planner(suspended_for=Duration.parse("7d"))
    with pytest.raises(NotAllowed):
        rules.suspend(desired, Suspend(actor=ALICE, owner=ALICE.id, suspended=True), NOW)
    cut, changed = rules.suspend(desired, Suspend(actor=ADMIN, owner=ALICE.id, suspended=True), NOW)
    assert [one.id for one in changed] == [peer.id]
    assert (list(cut.active.peers), list(cut.active.forwards)) == ([bobs.id], [])
    with pytest.raises(PortTaken):
        forwarded(cut, actor=BOB)
    assert rules.next_end(replace(cut, forwards={})) == NOW + timedelta(days=7)
    again = rules.suspend(cut, Suspend(actor=ADMIN, owner=ALICE.id, suspended=True), NOW + timedelta(days=1))
    assert again == (cut, []), "it is not removed later for being suspended twice"
    restored, _ = rules.suspend(cut, Suspend(actor=ADMIN, owner=ALICE.id, suspended=False), NOW)
    assert restored.active is restored
    assert rules.expire(cut, NOW + timedelta(days=7))[1] == changed


def suspended(desired: Desired, owner: Actor = ALICE, *, on: bool = True) -> Desired:
    return planner().suspend(desired, Suspend(actor=ADMIN, owner=owner.id, suspended=on), NOW)[0]


def test_a_suspended_member_finds_no_way_around_it() -> None:
    """A suspended member gets no new device and cannot leave. A restored member may do both, and so may all others."""
    cut = suspended(joined(Desired())[0])
    for device in ("pc", "laptop"):
        with pytest.raises(AccessSuspended, match="pc is suspended"):
            joined(cut, device=device)
    for named in ("pc", None):
        with pytest.raises(AccessSuspended):
            revoked(cut, device=named)
    joined(cut, BOB)
    restored = suspended(cut, on=False)
    joined(restored, device="laptop")
    assert not revoked(restored).peers


def test_a_device_that_an_admin_added_for_a_suspended_member_may_be_left_and_used() -> None:
    cut = suspended(joined(Desired())[0])
    by_admin = Join(actor=ADMIN, device="laptop", public_key=key(), owner=ALICE.id)
    cut, _ = planner().join(cut, by_admin, PRESHARED, NOW)
    assert len(forwarded(cut, device="laptop").active.forwards) == 1
    assert len(revoked(cut, device="laptop").peers) == 1
    with pytest.raises(AccessSuspended):
        revoked(cut)


def test_an_admin_takes_a_suspended_device_away() -> None:
    cut = suspended(joined(Desired())[0])
    assert not planner().revoke(cut, Revoke(actor=ADMIN, owner=ALICE.id), NOW)[0].peers


@pytest.mark.parametrize("actor", [ALICE, ADMIN])
def test_no_port_is_opened_to_a_suspended_device(actor: Actor) -> None:
    """A second port on the device would be as closed as its first."""
    cut = suspended(forwarded(joined(Desired())[0], "2000"))
    for ports in ("2000", "3000"):
        with pytest.raises(AccessSuspended):
            request = AddForward(actor=actor, owner=ALICE.id, ports=parse_ports(ports))
            planner().forward(cut, request, nothing_listens, NOW)


@pytest.mark.parametrize("text", ["90s", "30m", "12h", "3d", "2w", "forever"])
def test_a_duration_reads_back(text: str) -> None:
    assert str(Duration.parse(text)) == text


@pytest.mark.parametrize("text", ["", "12", "h", "0h", "-1h", "1.5h", "12 hours", "9999999h", "none"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="30m, 12h or 7d"):
        Duration.parse(text)


@pytest.mark.parametrize("dash", ["-", " - ", "\u2013", "\u2014"])
def test_a_range_is_understood_with_the_dashes_that_phones_write(dash: str) -> None:
    assert parse_ports(f"27015{dash}27030") == parse_ports("27015-27030")
