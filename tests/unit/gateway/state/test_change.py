"""A change's way through database and kernel, with a kernel that refuses."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest

from gateway.api.contract import (
    Action,
    ExtendForward,
    GetStatus,
    RemoveForward,
    Rename,
    Request,
    Revoke,
    Revoked,
    Rotate,
    Suspend,
)
from gateway.errors import ApplyFailed, GatewayError, NotSaved, PeerUnknown, PortTaken, RequestIdReused
from gateway.host.sysctl import RESERVED_PORTS
from gateway.model import Desired, parse_ports
from gateway.nftables.flow import Tuple
from gateway.problem import Trouble
from gateway.state import reconciler
from gateway.state.store import REMEMBER_REQUESTS, Audit
from tests.unit.builders import ADMIN, ALICE, BOB, BOTS_USER, MARKS, key
from tests.unit.running import PORT, Running, a_join, asked_by, begin, knock


@pytest.mark.parametrize(
    "refused", ["table.apply", "wireguard.apply: add", "database: INSERT INTO peers", "database: COMMIT"]
)
async def test_a_change_that_is_refused_changes_nothing(gateway: Running, refused: str) -> None:
    gateway.kernel.effects.refuse(refused)
    with pytest.raises(NotSaved if "database" in refused else ApplyFailed):
        await gateway.ask(a_join())
    assert gateway.state.desired.peers == {}
    assert (await gateway.store.load()).peers == {}
    assert gateway.differences() == []
    assert not await gateway.state.drift()


async def test_a_change_that_is_cancelled_half_way_changes_nothing(
    gateway: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = asyncio.Event()

    async def hang(*_: object) -> None:
        reached.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(gateway.kernel.wireguard, "apply", hang)
        change = asyncio.create_task(gateway.ask(a_join()))
        await reached.wait()
        assert gateway.differences()
        change.cancel()
        await asyncio.wait([change])
    assert gateway.differences() == []
    assert not await gateway.state.drift()
    assert (await gateway.store.load()).peers == {}


@pytest.mark.parametrize(
    "back", ["table.load", "wireguard.up", "wireguard.dump", "host.configure", "wireguard.apply: remove"]
)
async def test_a_change_that_fails_and_whose_way_back_fails_too_owes_a_repair(gateway: Running, back: str) -> None:
    """The answer is the first refusal, and the look for drift finds the rest."""
    gateway.kernel.effects.refuse("database: COMMIT", back)
    with pytest.raises(NotSaved):
        await gateway.ask(a_join())
    gateway.kernel.effects.calm()
    assert await gateway.state.drift()
    await gateway.state.repair("drift")
    assert not await gateway.state.drift()
    assert gateway.differences() == []
    assert gateway.state.desired.peers == {}


async def test_a_port_that_stayed_in_the_table_owes_a_repair_though_all_else_is_right(gateway: Running) -> None:
    """Only `_is_torn` tells the look for drift, because the kernel's notices tell of other programs' changes."""
    await gateway.ask(a_join())
    gateway.kernel.effects.refuse("database: COMMIT", "table.load")
    with pytest.raises(NotSaved):
        await gateway.ask(PORT)
    gateway.kernel.effects.calm()
    assert gateway.differences()
    assert await gateway.state.drift()
    await gateway.state.repair("drift")
    assert gateway.differences() == []
    assert not await gateway.state.drift()


async def test_a_repair_that_fails_is_still_owed(gateway: Running) -> None:
    gateway.kernel.effects.refuse("database: COMMIT", "table.load")
    with pytest.raises(NotSaved):
        await gateway.ask(a_join())
    gateway.kernel.effects.refuse("wireguard.up")
    with pytest.raises(GatewayError):
        await gateway.state.repair("drift")
    assert await gateway.state.drift()


async def test_a_port_that_the_kernel_already_has_is_taken_and_changes_nothing(gateway: Running) -> None:
    """The way back also removes the other program's element."""
    await gateway.ask(a_join())
    content = gateway.kernel.table.content
    assert content is not None
    content["fwdid"][6, 25565] = (1,)
    with pytest.raises(PortTaken):
        await gateway.ask(PORT)
    assert gateway.state.desired.forwards == {}
    assert gateway.differences() == []


async def test_what_is_revoked_is_cut_in_the_table_before_anything_else(gateway: Running) -> None:
    await gateway.ask(a_join())
    await gateway.ask(PORT)
    asked = await asked_by(gateway, await_of=gateway.ask(Revoke(actor=ALICE)))
    assert [name for name in asked if name.startswith(("table", "wireguard.apply"))] == [
        "table.apply",
        "wireguard.apply: remove",
    ]


async def test_the_database_is_asked_before_the_kernel(gateway: Running) -> None:
    asked = await asked_by(gateway, await_of=gateway.ask(a_join()))
    assert asked.index("database: BEGIN IMMEDIATE") < asked.index("table.apply") < asked.index("database: COMMIT")


async def test_a_session_with_a_device_that_is_let_back_in_is_begun_from_here(gateway: Running) -> None:
    """The handshake goes to the device's last address, unless that is scoped to an interface of ours."""
    for device, endpoint in (("pc", "192.0.2.7:4000"), ("phone", "[fe80::7%eth0]:4000")):
        peer = (await gateway.ask(a_join(device))).peer
        gateway.kernel.wireguard.seen(peer.public_key, endpoint=endpoint)
    for is_so in (True, True, False):
        await gateway.ask(Suspend(actor=ADMIN, owner=ALICE.id, suspended=is_so))
        await gateway.ask(a_join("other", actor=BOB)) if is_so else None
        await gateway.ask(Revoke(actor=BOB)) if is_so else None
    endpoints = {peer.endpoint for peer in gateway.kernel.wireguard.peers.values()}
    assert endpoints == {"192.0.2.7:4000", None}


async def test_a_player_that_knocked_before_a_forward_gets_through_when_it_is_answered(gateway: Running) -> None:
    await gateway.ask(a_join())
    knock(gateway, 25565)
    other = knock(gateway, 25566)
    await gateway.ask(PORT)
    assert gateway.kernel.conntrack.entries == [other]


async def test_flows_of_a_closed_forward_and_of_a_device_that_left_are_forgotten(gateway: Running) -> None:
    await gateway.ask(a_join())
    await gateway.ask(PORT)
    knock(gateway, 25565)
    await gateway.ask(RemoveForward(actor=ALICE, ports=parse_ports("25565")))
    assert gateway.kernel.conntrack.entries == []
    (peer,) = gateway.state.desired.peers.values()
    begin(gateway, peer.ipv4)
    await gateway.ask(Revoke(actor=ALICE))
    assert gateway.kernel.conntrack.entries == []


async def test_flows_of_an_address_that_a_device_no_longer_has_are_forgotten(gateway: Running) -> None:
    """The device stays, and so do its flows over IPv4."""
    peer = (await gateway.ask(a_join())).peer
    assert peer.ipv6
    site = IPv6Address("2001:db8:7::9")
    stays = begin(gateway, peer.ipv4)
    gateway.kernel.conntrack.note(Tuple(6, peer.ipv6, 4000, site, 80), Tuple(6, site, 80, peer.ipv6, 4000))
    await gateway.ask(PORT)
    await gateway.ask(Rotate(actor=ALICE, public_key=key(), ipv4_only=True))
    assert gateway.kernel.conntrack.entries == [stays]
    assert gateway.differences() == []


async def test_flows_of_a_device_that_left_are_forgotten_over_ipv6_too(gateway: Running) -> None:
    peer = (await gateway.ask(a_join())).peer
    assert peer.ipv6
    site = IPv6Address("2001:db8:7::9")
    gateway.kernel.conntrack.note(Tuple(6, peer.ipv6, 4000, site, 80), Tuple(6, site, 80, peer.ipv6, 4000))
    await gateway.ask(Revoke(actor=ALICE))
    assert gateway.kernel.conntrack.entries == []


@pytest.mark.parametrize("refused", [False, True])
async def test_a_slot_is_used_again_only_when_no_flow_carries_it(gateway: Running, refused: bool) -> None:
    """The flow was left by a forward long ago, whose flows could not be forgotten."""
    peer = (await gateway.ask(a_join())).peer
    gateway.state.desired = replace(gateway.state.desired, next_forward_id=MARKS.slots + 7)
    player, here = IPv4Address("198.51.100.7"), IPv4Address("203.0.113.1")
    left = gateway.kernel.conntrack.note(
        Tuple(17, player, 4000, here, 9999), Tuple(17, peer.ipv4, 9999, player, 4000), MARKS.of(7)
    )
    if refused:
        gateway.kernel.effects.refuse("conntrack.flush_forwards")
        with pytest.raises(ApplyFailed):
            await gateway.ask(PORT)
        assert gateway.state.desired.forwards == {}
        assert gateway.differences() == []
        return
    asked = await asked_by(gateway, await_of=gateway.ask(PORT))
    assert asked.index("conntrack.flush_forwards") < asked.index("table.apply")
    assert left not in gateway.kernel.conntrack.entries
    (forward,) = gateway.state.desired.forwards.values()
    assert (forward.id, forward.slot) == (MARKS.slots + 7, 7)
    flow = knock(gateway, 25565)
    assert flow.mark == MARKS.of(7)
    (status,) = (await gateway.ask(GetStatus(actor=ALICE))).forwards
    assert (status.forward.id, status.connections) == (MARKS.slots + 7, 1)


async def test_flows_of_a_forward_that_is_extended_go_on(gateway: Running) -> None:
    await gateway.ask(a_join())
    await gateway.ask(PORT)
    flow = knock(gateway, 25565)
    await gateway.ask(ExtendForward(actor=ALICE, ids=tuple(gateway.state.desired.forwards)))
    assert gateway.kernel.conntrack.entries == [flow]


async def test_flows_that_a_crash_left_are_not_a_new_devices(gateway: Running) -> None:
    begin(gateway, IPv4Address("10.66.66.2"))
    await gateway.ask(a_join())
    assert gateway.kernel.conntrack.entries == []


async def test_flows_of_a_suspended_device_are_forgotten(gateway: Running) -> None:
    await gateway.ask(a_join())
    await gateway.ask(PORT)
    knock(gateway, 25565)
    await gateway.ask(Suspend(actor=ADMIN, owner=ALICE.id, suspended=True))
    assert gateway.kernel.conntrack.entries == []


async def test_a_change_stands_though_what_is_tidied_up_after_it_fails(gateway: Running) -> None:
    await gateway.ask(a_join())
    await gateway.ask(PORT)
    knock(gateway, 25565)
    gateway.kernel.effects.refuse("conntrack.flush_forwards")
    await gateway.ask(Revoke(actor=ALICE))
    assert gateway.state.desired.peers == {}
    await gateway.ask(a_join())
    assert len(gateway.state.desired.peers) == 1, "tidying goes on after it"


async def test_a_change_stands_though_flows_from_before_it_cannot_be_forgotten(gateway: Running) -> None:
    await gateway.ask(a_join())
    knock(gateway, 25565)
    gateway.kernel.effects.refuse("conntrack.flush_chosen", error=RuntimeError("a mistake of ours"))
    await gateway.ask(PORT)
    assert gateway.differences() == []
    assert len(gateway.state.desired.forwards) == 1


async def test_flows_from_before_that_the_kernel_keeps_are_a_problem_until_they_are_gone(gateway: Running) -> None:
    """Its player stays locked out meanwhile."""
    await gateway.ask(a_join())
    early = knock(gateway, 25565)
    gateway.kernel.effects.refuse("conntrack.flush_chosen")
    await gateway.ask(PORT)
    assert gateway.kernel.conntrack.entries == [early]
    assert Trouble.FLOWS in gateway.state.problems
    await gateway.state.repair(*gateway.state.stuck)
    assert gateway.kernel.conntrack.entries == []
    assert Trouble.FLOWS not in gateway.state.problems


async def test_a_change_stands_though_its_port_cannot_be_reserved(gateway: Running) -> None:
    """The look for drift finds the missing reservation."""
    await gateway.ask(a_join())
    gateway.kernel.effects.refuse(*[f"host.change_settings: {RESERVED_PORTS}"] * 2)
    await gateway.ask(PORT)
    assert len(gateway.state.desired.forwards) == 1
    assert gateway.kernel.host.reserved == set()
    assert await gateway.state.drift()
    await gateway.state.repair("drift")
    assert gateway.kernel.host.reserved == {25565}
    assert not await gateway.state.drift()


async def test_an_answer_is_given_again_for_half_an_hour_and_then_forgotten(gateway: Running) -> None:
    first = a_join(request_id="one")
    answer = await gateway.ask(first)
    gateway.kernel.host.time += REMEMBER_REQUESTS
    assert await gateway.ask(first) == answer
    assert len(gateway.state.desired.peers) == 1
    gateway.kernel.host.time += timedelta(seconds=1)
    second = a_join("phone", request_id="two")
    await gateway.ask(second)
    assert await gateway.stored(first) is None
    assert await gateway.stored(second) is not None


async def test_a_request_id_stands_for_all_that_was_asked(gateway: Running) -> None:
    """Another member, operation or body under the same id is refused, so it fetches no answer and no config."""
    first = a_join(request_id="one")
    await gateway.ask(first)
    others: tuple[Request[Any], ...] = (
        replace(first, actor=BOB),
        replace(first, actor=replace(ALICE, is_admin=True)),
        replace(first, device="phone"),
        replace(first, public_key=key()),
        Suspend(actor=ALICE, owner=ALICE.id, suspended=True, request_id="one"),
    )
    for other in others:
        with pytest.raises(RequestIdReused):
            await gateway.ask(other)
    assert len(gateway.state.desired.peers) == 1


async def test_a_request_id_is_one_system_users_own(gateway: Running) -> None:
    await gateway.ask(a_join(request_id="one"))
    await gateway.ask(a_join("phone", request_id="one"), BOTS_USER)
    assert len(gateway.state.desired.peers) == 2


async def test_a_repeated_join_gets_the_config_of_its_device_as_it_is_now(gateway: Running) -> None:
    request = a_join(request_id="one")
    answer = await gateway.ask(request)
    assert await gateway.ask(request) == answer
    await gateway.ask(Rename(actor=ALICE, device="pc", new_name="laptop"))
    assert (await gateway.ask(request)).peer.device == "laptop"


@pytest.mark.parametrize("change", [Rotate(actor=ALICE, public_key=key()), Revoke(actor=ALICE)])
async def test_a_repeated_join_gets_no_config_of_later_keys(gateway: Running, change: Request[Any]) -> None:
    request = a_join(request_id="one")
    await gateway.ask(request)
    await gateway.ask(change)
    with pytest.raises(PeerUnknown):
        await gateway.ask(request)


async def test_no_answer_is_stored_with_a_key(gateway: Running) -> None:
    for request in (a_join(request_id="1"), Rotate(actor=ALICE, public_key=key(), request_id="2")):
        config = (await gateway.ask(request)).config
        (peer,) = gateway.state.desired.peers.values()
        assert str(peer.preshared_key) in config
        assert str(peer.preshared_key) not in str(await gateway.stored(request))


async def test_a_change_stands_though_what_was_deleted_cannot_be_overwritten(gateway: Running) -> None:
    await gateway.ask(a_join())
    gateway.kernel.effects.refuse("database: PRAGMA wal_checkpoint(TRUNCATE)")
    await gateway.ask(Revoke(actor=ALICE))
    assert gateway.state.desired.peers == {}


async def test_a_request_that_was_refused_may_be_tried_again_under_its_id(gateway: Running) -> None:
    request = a_join(request_id="one")
    gateway.kernel.effects.refuse("table.apply")
    with pytest.raises(ApplyFailed):
        await gateway.ask(request)
    assert (await gateway.ask(request)).peer.device == "pc"


async def test_a_change_wakes_what_waits_for_the_next_end(gateway: Running) -> None:
    gateway.state.changed.clear()
    await gateway.ask(a_join())
    assert gateway.state.changed.is_set()


async def test_a_device_whose_tunnel_stays_the_same_keeps_its_session(gateway: Running) -> None:
    """WireGuard gets no message, because the change concerns only what people see."""
    await gateway.ask(a_join())

    def rename(desired: Desired) -> tuple[Desired, Revoked, Audit]:
        peers = {peer.id: replace(peer, owner_name="Alice") for peer in desired.peers.values()}
        return replace(desired, peers=peers), Revoked(peers=(), forwards=()), Audit(ADMIN, Action.JOIN, "")

    asked = await asked_by(gateway, await_of=gateway.state.change(rename, Revoked))
    assert not [name for name in asked if name.startswith("wireguard")]
    assert gateway.differences() == []


async def test_a_list_of_thousands_is_reserved_after_the_answer(
    gateway: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writing it takes its time."""
    monkeypatch.setattr(reconciler, "_FEW_FORWARDS", 0)
    await gateway.ask(a_join())
    asked = await asked_by(gateway, await_of=gateway.ask(PORT))
    assert asked.index("database: COMMIT") < asked.index(f"host.change_settings: {RESERVED_PORTS}")
    assert gateway.kernel.host.reserved == {25565}
