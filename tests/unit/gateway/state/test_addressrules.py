"""From where players may come: the rules of forwards, what ends by itself, and what outlives a closed port."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.access import Access, AddressRule, masked, masked_network
from gateway.api.connections import Block, Kick, LetIn, SetFriendsOnly, Unblock
from gateway.api.contract import Actor, AddForward, Give, RemoveForward
from gateway.api.forgetting import Forget
from gateway.errors import AddressNotListed, BadRequest, ForwardGone, LimitReached, NotAllowed
from gateway.model import Change, Desired, Forward, Kept, PortRange, Protocol, parse_ports
from gateway.nftables.elements import COOL, STAT, WATCHED, delta_of, elements_of
from gateway.nftables.flow import Flow
from gateway.state.addressrules import KEPT_FOR, KICKED_FOR, SETTLED_AFTER
from gateway.state.connections import let_through
from tests.unit.builders import (
    ADMIN,
    ALICE,
    BOB,
    MARKS,
    NETWORK,
    NOW,
    forwarded,
    joined,
    nothing_listens,
    planner,
    unforwarded,
)
from tests.unit.running import PORT, a_join, a_kernel, running

TROLL = IPv4Address("198.51.100.66")
START = forwarded(joined(joined(Desired())[0], BOB)[0], "25565")


def blocked(desired: Desired, network: str, actor: Actor = ALICE) -> Desired:
    request = Block(actor=actor, ids=tuple(desired.forwards), network=ip_network(network))
    return planner().list_address(desired, request, NOW)[0]


def let_in(desired: Desired, network: str) -> Desired:
    request = LetIn(actor=ALICE, ids=tuple(desired.forwards), network=ip_network(network))
    return planner().list_address(desired, request, NOW)[0]


def kicked(desired: Desired, port: int = 40000) -> Desired:
    request = Kick(actor=ALICE, ids=tuple(desired.forwards), protocol=Protocol.UDP, address=TROLL, port=port)
    return planner().kick(desired, request, NOW)[0]


def friends_only(desired: Desired, *, on: bool = True) -> Desired:
    return planner().friends_only(desired, SetFriendsOnly(actor=ALICE, ids=tuple(desired.forwards), on=on), NOW)[0]


def rules(desired: Desired) -> list[str]:
    """Return the rules of the newest forward."""
    *_, forward = desired.forwards.values()
    return [f"{'+' if rule.lets_in else '-'}{rule.network}" for rule in forward.access.rules]


def test_the_longest_prefix_decides() -> None:
    after = let_in(blocked(START, "198.51.100.0/24"), f"{TROLL}")
    access = after.forwards[1].access
    assert not access.refuses(6, TROLL, 1)
    assert access.refuses(6, TROLL + 1, 1)
    assert not access.refuses(6, ip_address("192.0.2.1"), 1)
    assert not access.refuses(6, ip_address("2001:db8::1"), 1)


def test_a_rule_takes_the_place_of_the_one_for_its_network() -> None:
    assert rules(let_in(blocked(START, f"{TROLL}"), f"{TROLL}")) == [f"+{TROLL}/32"]
    assert rules(blocked(blocked(START, f"{TROLL}"), f"{TROLL}")) == [f"-{TROLL}/32"]


@pytest.mark.parametrize("network", ["0.0.0.0/0", "198.51.100.0/25", "2001:db8::/32", "::/0", "2001:db8::/127"])
def test_other_lengths_of_prefixes_are_refused(network: str) -> None:
    """There is a set for each length, and a whole provider is not to be blocked by a slip."""
    with pytest.raises(BadRequest, match="/24"):
        blocked(START, network)


REQUESTS = (
    Block(actor=BOB, ids=(1,), network=ip_network(TROLL)),
    LetIn(actor=BOB, ids=(1,), network=ip_network(TROLL)),
    SetFriendsOnly(actor=BOB, ids=(1,), on=True),
    Kick(actor=BOB, ids=(1,), protocol=Protocol.TCP, address=TROLL, port=1),
)


def carried_out(request: Block | LetIn | SetFriendsOnly | Kick) -> tuple[Desired, list[Forward]]:
    match request:
        case SetFriendsOnly():
            return planner().friends_only(START, request, NOW)
        case Kick():
            return planner().kick(START, request, NOW)
        case _:
            return planner().list_address(START, request, NOW)


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.operation)
def test_only_the_owner_and_admins_choose(request_: Block | LetIn | SetFriendsOnly | Kick) -> None:
    with pytest.raises(NotAllowed):
        carried_out(request_)
    for actor in (ALICE, ADMIN):
        after, (forward,) = carried_out(replace(request_, actor=actor))
        assert after.forwards == {1: forward}
        assert forward.access
    with pytest.raises(ForwardGone):
        carried_out(replace(request_, ids=(7,)))


def test_what_has_no_rule_cannot_be_undone() -> None:
    request = Unblock(actor=ALICE, ids=(1,), network=ip_network(TROLL))
    with pytest.raises(AddressNotListed):
        planner().unblock(START, request, NOW)
    after, (forward,) = planner().unblock(blocked(START, f"{TROLL}"), request, NOW)
    assert forward.access == Access(settles_at=NOW + SETTLED_AFTER)
    assert planner().expire(after, NOW + SETTLED_AFTER)[0] == START


def test_open_flows_are_looked_at_until_those_from_before_are_gone() -> None:
    """A block costs an open flow nothing after a minute. New flows are looked at as long as it stands."""
    after, mark = blocked(START, f"{TROLL}"), (MARKS.of(START.forwards[1].slot),)
    assert after.forwards[1].access.is_watched
    assert planner().next_end(after) == NOW + SETTLED_AFTER
    settled = planner().expire(after, NOW + SETTLED_AFTER)[0]
    delta = delta_of(Change.between(after, settled), NETWORK)
    assert delta.add == {name: {mark: ()} for name in STAT}
    assert {name: delta.remove[name] for name in WATCHED} == {name: {mark: ()} for name in WATCHED}
    elements = elements_of(settled, NETWORK)
    assert mark in elements["chosen"]
    assert elements["block32_4"] == {(TROLL, *mark): ()}
    friends = friends_only(settled)
    assert planner().expire(friends, NOW + timedelta(hours=1))[0].forwards[1].access.is_watched


def test_a_forward_has_so_many_rules_and_all_together_so_many() -> None:
    few = planner(addresses_per_forward=1, addresses_in_all=2)
    one = blocked(START, f"{TROLL}")
    with pytest.raises(LimitReached):
        few.list_address(one, Block(actor=ALICE, ids=(1,), network=ip_network(TROLL + 1)), NOW)
    two = few.list_address(one, Block(actor=ADMIN, ids=(1,), network=ip_network(TROLL + 1)), NOW)[0]
    few.check_totals(one, two)
    three = few.list_address(two, Block(actor=ADMIN, ids=(1,), network=ip_network(TROLL + 2)), NOW)[0]
    with pytest.raises(LimitReached):
        few.check_totals(two, three)
    few.check_totals(three, two)


def test_a_kick_ends_after_its_minute_and_a_second_one_lengthens_it() -> None:
    after = kicked(kicked(START))
    assert len(after.forwards[1].access.kicked) == 1
    assert after.forwards[1].access.refuses(17, TROLL, 40000)
    assert not after.forwards[1].access.refuses(17, TROLL, 40001)
    assert not after.forwards[1].access.refuses(6, TROLL, 40000)
    assert planner().next_end(after) == NOW + KICKED_FOR
    ended, peers, forwards = planner().expire(after, NOW + KICKED_FOR)
    assert (ended, peers, forwards) == (START, [], [])


@pytest.mark.parametrize(("protocol", "port"), [(Protocol.BOTH, 1), (Protocol.TCP, 0), (Protocol.UDP, 65536)])
def test_no_kick_without_one_flow(protocol: Protocol, port: int) -> None:
    with pytest.raises(BadRequest):
        planner().kick(START, Kick(actor=ALICE, ids=(1,), protocol=protocol, address=TROLL, port=port), NOW)


def test_rules_hold_again_when_their_owner_opens_one_of_the_ports_again() -> None:
    closed = unforwarded(friends_only(let_in(blocked(START, f"{TROLL}"), "2001:db8::/64")), "25565")
    assert closed.forwards == {}
    again = forwarded(closed, "25560-25570")
    assert rules(again) == [f"-{TROLL}/32", "+2001:db8::/64"]
    assert not again.forwards[2].access.friends_only, "which each opening asks for anew"
    assert again.kept == {}


@pytest.mark.parametrize(("actor", "ports"), [(BOB, "25565"), (ALICE, "25566")])
def test_rules_are_their_owners_and_of_their_ports(actor: Actor, ports: str) -> None:
    closed = unforwarded(blocked(START, f"{TROLL}"), "25565")
    assert rules(forwarded(closed, ports, actor)) == []
    assert forwarded(closed, ports, actor).kept == closed.kept


def test_kept_rules_are_forgotten_in_time_and_with_their_owner() -> None:
    closed = unforwarded(blocked(START, f"{TROLL}"), "25565")
    assert planner().next_end(closed) == NOW + KEPT_FOR
    assert planner().expire(closed, NOW + KEPT_FOR - timedelta(seconds=1))[0].kept == closed.kept
    assert planner().expire(closed, NOW + KEPT_FOR)[0].kept == {}
    for desired in (closed, blocked(START, f"{TROLL}")):
        assert planner().forget(desired, Forget(actor=ADMIN, member=ALICE.id), "forgotten-1", NOW)[0].kept == {}


def test_an_owner_keeps_only_as_many_rules_as_one_forward_may_have() -> None:
    """The newest stay. What others keep has nothing to do with it."""
    other = ("7", Protocol.BOTH, PortRange(1, 1))
    rule = AddressRule(network=ip_network(TROLL), lets_in=False, since=NOW)
    desired, few = replace(START, kept={other: Kept((rule,) * 9, NOW + KEPT_FOR)}), planner(addresses_per_forward=2)
    for number, port in enumerate(("25565", "2001", "2002")):
        desired = blocked(desired if number == 0 else forwarded(desired, port), f"{TROLL + number}")
        request = RemoveForward(actor=ALICE, ports=parse_ports(port))
        desired = few.unforward(desired, request, NOW + timedelta(minutes=number))[0]
    assert desired.kept[other].rules == (rule,) * 9
    assert {str(ports) for owner, _, ports in desired.kept if owner == ALICE.id} == {"2001", "2002"}


def test_a_device_that_is_given_away_keeps_its_rules() -> None:
    given = planner().give(blocked(START, f"{TROLL}"), Give(actor=ADMIN, owner=ALICE.id, device="pc", to="7"))[0]
    assert rules(given) == [f"-{TROLL}/32"]
    assert [owner for owner, *_ in unforwarded(given, "25565", ADMIN).kept] == ["7"]


def test_a_port_is_opened_for_friends_only() -> None:
    request = AddForward(actor=ALICE, ports=parse_ports("2000"), friends_only=True)
    after, (forward,), _ = planner().forward(START, request, nothing_listens, NOW)
    assert forward.access == Access(friends_only=True)
    assert after.forwards[forward.id] == forward


def test_the_table_moves_a_forward_that_chooses_to_the_sets_that_look_at_each_packet() -> None:
    """One transaction cuts its open flows, because their mark is in no other set from then on."""
    mark = (MARKS.of(START.forwards[1].slot),)
    after = kicked(friends_only(let_in(blocked(START, f"{TROLL}"), "2001:db8::/64")))
    delta = delta_of(Change.between(START, after), NETWORK)
    assert {name: delta.remove[name] for name in STAT} == {name: {mark: ()} for name in STAT}
    assert delta.remove.keys() == {*STAT, *COOL}, "open ports are not cold"
    assert delta.add == {
        **{name: {mark: ()} for name in (*WATCHED, "chosen", "friends")},
        "block32_4": {(TROLL, *mark): ()},
        "let64_6": {(IPv6Address("2001:db8::"), *mark): ()},
        "kicked4": {(TROLL, 17, 40000, *mark): ()},
    }
    back = delta_of(Change.between(after, START), NETWORK)
    assert back.add == {name: {mark: ()} for name in STAT}


NETWORKS = st.sampled_from(
    ["198.51.100.66/32", "198.51.100.67/32", "198.51.100.0/24", "192.0.2.0/24", "2001:db8::7/128", "2001:db8::/64"]
)
ADDRESSES = st.sampled_from(
    ["198.51.100.66", "198.51.100.67", "198.51.100.9", "192.0.2.1", "2001:db8::7", "2001:db8::8"]
)


@given(st.lists(st.tuples(st.booleans(), NETWORKS)), st.booleans(), ADDRESSES)
def test_the_values_and_the_table_decide_alike(chosen: list[tuple[bool, str]], only: bool, text: str) -> None:
    """What counts players and what the sets let through is the same, in the order in which text.py has them."""
    desired = friends_only(START, on=only)
    for lets_in, network in chosen:
        desired = (let_in if lets_in else blocked)(desired, network)
    address, elements, mark = ip_address(text), elements_of(desired, NETWORK), MARKS.of(START.forwards[1].slot)
    verdict = (mark,) not in elements["friends"]
    for length in (24, 32) if address.version == 4 else (64, 128):
        key = (ip_network((text, length), strict=False).network_address, mark)
        for name, found in ((f"let{length}_{address.version}", True), (f"block{length}_{address.version}", False)):
            if key in elements[name]:
                verdict = found
    flow = Flow(0, 17, address, 40000)
    assert let_through(desired.forwards[1].access, [flow], NETWORK) == ([flow] if verdict else [])


def test_what_the_device_itself_calls_is_cut_by_blocks_alone() -> None:
    flow = Flow(0, 17, TROLL, 27011, 25565, True)
    assert let_through(friends_only(START).forwards[1].access, [flow], NETWORK) == [flow]
    assert let_through(blocked(START, f"{TROLL}").forwards[1].access, [flow], NETWORK) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("203.0.113.9/32", "203.0.•.•"),
        ("203.0.113.0/24", "203.0.•.•/24"),
        ("2001:db8:1:2::5/128", "2001:db8:•"),
        ("2001:db8:1:2::/64", "2001:db8:•/64"),
    ],
)
def test_an_address_in_the_audit_log_names_no_player(text: str, shown: str) -> None:
    assert masked_network(ip_network(text)) == shown
    assert masked(ip_network(text).network_address) == shown.partition("/")[0]


async def test_the_audit_log_tells_what_was_done_and_nothing_of_what_ended_by_itself() -> None:
    async with running(None, a_kernel()) as gateway:
        await gateway.ask(a_join())
        await gateway.ask(PORT)
        await gateway.ask(Block(actor=ALICE, ids=(1,), network=ip_network(TROLL)))
        await gateway.ask(SetFriendsOnly(actor=ALICE, ids=(1,), on=True))
        gateway.kernel.host.time += SETTLED_AFTER
        await gateway.operations.changes.expire()
        (forward,) = gateway.state.desired.forwards.values()
        assert forward.access.settles_at is None
        switched, entry, *_ = await gateway.store.audit_page(None, 10)
    assert (entry.subject, entry.address) == ("25565 198.51.•.•", "198.51.•.•")
    assert (switched.subject, switched.address) == ("25565 on", "on")
