from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import GatewayError
from gateway.model import Change, Desired, Mode, Protocol
from gateway.network import Uplink
from gateway.nftables.elements import SETS, STAT, delta_of, elements_of
from gateway.nftables.text import load_script
from gateway.state.planner import CLOSED
from tests.unit.builders import ALICE, BOB, MARKS, NETWORK, NOW, forwarded, joined, revoked, suspended, unforwarded
from tests.unit.fakes.table import FILLED, transact


def step(desired: Desired, action: tuple[str, int, bool, Protocol]) -> Desired:
    kind, number, is_alice, protocol = action
    actor = ALICE if is_alice else BOB
    match kind:
        case "join":
            return joined(desired, actor, device=f"d{number % 3}", mode=Mode.SPLIT if number % 2 else Mode.FULL)[0]
        case "forward":
            ports = f"{2000 + number}-{2000 + number + number % 4}"
            return forwarded(desired, ports, actor, protocol, to_port=2000 + number % 5, device=f"d{number % 3}")
        case "unforward":
            days = timedelta(days=number % 4)
            return unforwarded(desired, f"{2000 + number}-{2000 + number + 9}", actor, NOW + days)
        case "suspend":
            return suspended(desired, actor, is_so=number % 2 == 0)
        case _:
            return revoked(desired, actor, device=f"d{number % 3}")


actions = st.tuples(
    st.sampled_from(["join", "join", "forward", "forward", "forward", "unforward", "suspend", "revoke"]),
    st.integers(0, 30),
    st.booleans(),
    st.sampled_from(Protocol),
)


@given(st.lists(actions, max_size=40))
@settings(deadline=None)
def test_small_changes_lead_to_the_same_table_as_loading_it_whole(taken: list[tuple[str, int, bool, Protocol]]) -> None:
    desired, content = Desired(), elements_of(Desired(), NETWORK)
    for action in taken:
        try:
            after = step(desired, action)
        except GatewayError:
            continue
        content, desired = transact(content, delta_of(Change.between(desired, after), NETWORK)), after
        whole = elements_of(desired, NETWORK)
        assert {name: content[name] for name in FILLED} == {name: whole[name] for name in FILLED}


def test_no_set_or_map_has_a_type_of_one_component() -> None:
    """nft 1.0 crashes when it lists one that nft 1.1 made; it lists those that are declared with typeof."""
    for name, spec in SETS.items():
        word, *sides = re.split(r" (?=\S)|: ", spec.declaration().partition(";")[0], maxsplit=1)
        assert word in ("type", "typeof"), name
        if word == "type":
            assert all(" . " in side for side in sides[0].split(" : ")), name


def test_closing_a_port_cools_it_and_opening_it_again_warms_it() -> None:
    desired, peer = joined(Desired())
    opened = forwarded(desired, "8080", to_port=80, protocol=Protocol.TCP)
    closing, opening = (
        delta_of(Change.between(opened, desired), NETWORK),
        delta_of(Change.between(desired, opened), NETWORK),
    )
    assert closing.add["cool4"] == {(peer.ipv4, 6, 80): ()}
    assert closing.add["cool6"] == {(peer.ipv6, 6, 80): ()}
    assert opening.remove["cool4"] == closing.add["cool4"]


def test_a_closed_port_is_kept_off_peers_flows_for_a_day_and_then_let_go() -> None:
    desired, _ = joined(Desired())
    opened = forwarded(forwarded(desired, "8080/tcp"), "9090/tcp")
    closed = unforwarded(opened, "8080/tcp")
    assert (6, 8080) in elements_of(closed, NETWORK)["busy"]
    later = unforwarded(closed, "9090/tcp", now=NOW + CLOSED)
    assert delta_of(Change.between(closed, later), NETWORK).remove["busy"] == {(6, 8080): ()}


def test_a_port_that_is_forwarded_again_is_not_let_go() -> None:
    desired, _ = joined(Desired())
    opened = forwarded(forwarded(desired, "8080/tcp"), "9090/tcp")
    again = forwarded(unforwarded(opened, "8080/tcp"), "8080/tcp")
    later = unforwarded(again, "9090/tcp", now=NOW + CLOSED)
    assert "busy" not in delta_of(Change.between(again, later), NETWORK).remove


def test_the_ports_of_a_suspended_member_stay_busy() -> None:
    desired = forwarded(joined(Desired())[0], "8080/tcp")
    cut = suspended(desired, ALICE, is_so=True)
    assert elements_of(cut, NETWORK)["fwd4"] == {}
    assert elements_of(cut, NETWORK)["busy"] == elements_of(desired, NETWORK)["busy"]
    for change in (Change.between(desired, cut), Change.between(cut, desired)):
        made = delta_of(change, NETWORK)
        assert "busy" not in made.add | made.remove


def test_a_port_that_another_forward_leads_to_is_not_cooled() -> None:
    desired, _ = joined(Desired())
    both = forwarded(forwarded(desired, "8080", to_port=80), "9090", to_port=80)
    change = delta_of(Change.between(both, unforwarded(both, "8080")), NETWORK)
    assert "cool4" not in change.add
    assert {data[1] for data in change.add["rev4"].values()} == {9090}


def test_the_mark_carries_the_forwards_id_and_permission_goes_with_it() -> None:
    desired, _ = joined(Desired())
    opened = forwarded(desired)
    there, gone = elements_of(opened, NETWORK), delta_of(Change.between(opened, desired), NETWORK).remove
    for name in STAT:
        assert there[name] == gone[name] == {(MARKS.of(1),): ()}


def test_rotating_keys_changes_nothing_in_the_table() -> None:
    desired, peer = joined(Desired())
    desired = forwarded(desired)
    after = replace(desired, peers={peer.id: replace(peer, owner_name="new")})
    assert not delta_of(Change.between(desired, after), NETWORK)


def test_an_elastic_address_is_known_though_it_is_on_no_interface() -> None:
    elastic = replace(NETWORK, public4=NETWORK.address4)
    assert elements_of(Desired(), elastic)["pub4"] == {(NETWORK.address4,): ()}


def test_answers_are_looked_at_only_where_there_are_several_addresses() -> None:
    """Only the family with several addresses gets the chains, and a device may ask any of these addresses."""
    one4, one6, other6 = IPv4Address("203.0.113.1"), IPv6Address("2001:db8:1::1"), IPv6Address("2001:db8:1::2")
    for outer, expected in (((), []), ((one4, one6), []), ((one4, one6, other6), [one6, other6])):
        network = replace(NETWORK, outer=outer)
        text = load_script(network, elements_of(Desired(), network))
        assert re.findall(r"saddr set (\S+) .*@asked", text) == list(map(str, expected))
        assert ("chain answer" in text) == bool(expected)


def test_without_ipv6_the_text_does_not_speak_of_it() -> None:
    network = replace(NETWORK, subnet6=None, address6=None, public6=None)
    text = load_script(network, elements_of(Desired(), network))
    assert "ip6 " not in re.sub("typeof .*", "", text)  # the sets are there, and empty
    assert text.count("meta nfproto ipv4 fib daddr type local goto forwards") == 2
    assert "None" not in text
    assert "ip6 " in load_script(NETWORK, elements_of(Desired(), NETWORK))


def test_reloading_carries_on_the_counts() -> None:
    desired = forwarded(joined(Desired())[0])
    text = load_script(NETWORK, elements_of(desired, NETWORK), {"stat_reply": {(MARKS.of(1),): (3, 400)}})
    assert text.count("0x40000000 counter packets 3 bytes 400") == 1


def test_private_networks_are_closed_unless_the_gateway_itself_serves_one() -> None:
    content = elements_of(Desired(), NETWORK)
    assert (IPv4Network("192.168.0.0/16"),) in content["private4"]
    assert content["private6"]
    at_home = replace(NETWORK, public4=IPv4Address("192.168.1.1"), public6=None)
    content = elements_of(Desired(), at_home)
    assert content["private4"] == {}
    assert content["private6"]


def test_a_private_network_of_the_uplink_itself_is_not_forged() -> None:
    """The other addresses of the networks that it lies in are, and one address may be all that is near."""
    near = (IPv4Network("10.19.0.0/16"), IPv4Network("192.168.0.0/15"), IPv6Network("fd77::7/128"))
    found = elements_of(Desired(), replace(NETWORK, near=near))
    forged4 = [key[0] for key in found["forged4"]]
    assert not any(IPv4Network("10.19.0.0/16").overlaps(each) for each in forged4)  # type: ignore[arg-type]
    assert not any(IPv4Network("192.168.0.0/16").overlaps(each) for each in forged4)  # type: ignore[arg-type]
    for forged in ("10.18.255.255", "10.20.0.0", "172.16.0.1", "169.254.169.254", "127.0.0.1", "0.0.0.1", "255.0.0.1"):
        assert any(IPv4Address(forged) in each for each in forged4), forged  # type: ignore[operator]
    forged6 = [key[0] for key in found["forged6"]]
    assert not any(IPv6Address("fd77::7") in each for each in forged6)  # type: ignore[operator]
    for forged in ("fd77::6", "fd77::8", "fe80::1", "::1", "ff02::1"):
        assert any(IPv6Address(forged) in each for each in forged6), forged  # type: ignore[operator]


def test_only_an_uplink_with_a_public_address_is_outside() -> None:
    """The rule holds for each family."""
    both = Uplink("eth0", IPv4Address("10.0.0.5"), IPv6Address("2001:db8:1::1"))
    found = elements_of(Desired(), replace(NETWORK, uplinks=(both, Uplink("eth1", IPv4Address("203.0.113.1")))))
    assert list(found["outside4"]) == [("eth1",)]
    assert list(found["outside6"]) == [("eth0",)]
