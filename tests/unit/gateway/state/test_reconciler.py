"""The way of a change through database and kernel, with a kernel that refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

import pytest

from gateway.api.contract import Actor, AddForward, GetAudit, GetStatus, Join, RemoveForward, Revoke, Suspend
from gateway.config import Config, GatewaySection
from gateway.errors import ApplyFailed, ConfigError, GatewayError, NotSaved, PortTaken
from gateway.host.sysctl import RESERVED_PORTS
from gateway.model import parse_ports
from gateway.nftables.elements import MARK, elements_of
from gateway.nftables.flow import Entry, Tuple
from gateway.state.store import REMEMBER_REQUESTS
from tests.unit.builders import ADMIN, ALICE, BOB, key
from tests.unit.fakes import FILLED, NOW, FakeKernel
from tests.unit.running import Running, a_kernel, running

PORT = AddForward(actor=ALICE, ports=parse_ports("25565"))


@pytest.fixture
def kernel() -> FakeKernel:
    return a_kernel()


@pytest.fixture
async def gateway(tmp_path: Path, kernel: FakeKernel) -> AsyncIterator[Running]:
    async with running(tmp_path / "db", kernel) as gateway:
        yield gateway


def a_join(device: str = "pc", request_id: str | None = None, actor: Actor = ALICE) -> Join:
    return Join(actor=actor, device=device, public_key=key(), request_id=request_id)


def knock(gateway: Running, port: int) -> Entry:
    """Have a player try a public port."""
    return gateway.kernel.conntrack.arrive(
        Tuple(17, IPv4Address("198.51.100.7"), 4000, IPv4Address("203.0.113.1"), port)
    )


def begin(gateway: Running, source: IPv4Address) -> Entry:
    """Have a peer begin a flow to the Internet."""
    site, here = IPv4Address("192.0.2.9"), IPv4Address("203.0.113.1")
    return gateway.kernel.conntrack.note(Tuple(6, source, 4000, site, 80), Tuple(6, site, 80, here, 4000))


async def asked_by(gateway: Running, await_of: Awaitable[object]) -> list[str]:
    """The effects of one request, in their order."""
    before = len(gateway.kernel.effects.asked)
    await await_of
    return gateway.kernel.effects.asked[before:]


def is_right(gateway: Running) -> bool:
    """Reports whether the kernel has what the stored state says."""
    state, content = gateway.state, gateway.kernel.table.content or {}
    whole = elements_of(state.desired, state.network)
    keys = {peer.public_key for peer in state.desired.active.peers.values()}
    return {name: content.get(name) for name in FILLED} == {name: whole[name] for name in FILLED} and (
        gateway.kernel.wireguard.peers.keys() == keys
    )


@pytest.mark.parametrize(
    "refused", ["table.apply", "wireguard.apply: add", "database: INSERT INTO peers", "database: COMMIT"]
)
async def test_a_change_that_is_refused_changes_nothing(gateway: Running, refused: str) -> None:
    gateway.kernel.effects.refuse(refused)
    with pytest.raises(NotSaved if "database" in refused else ApplyFailed):
        await gateway.ask(a_join())
    assert gateway.state.desired.peers == {}
    assert (await gateway.store.load()).peers == {}
    assert is_right(gateway)
    assert not await gateway.state.has_drifted()


@pytest.mark.parametrize(
    "back", ["table.load", "wireguard.up", "wireguard.dump", "host.configure", "wireguard.apply: remove"]
)
async def test_a_change_that_fails_and_whose_way_back_fails_too_owes_a_repair(gateway: Running, back: str) -> None:
    """It is the first refusal that is answered, and the look for drift that finds it."""
    gateway.kernel.effects.refuse("database: COMMIT", back)
    with pytest.raises(NotSaved):
        await gateway.ask(a_join())
    gateway.kernel.effects.calm()
    assert await gateway.state.has_drifted()
    await gateway.state.repair("drift")
    assert not await gateway.state.has_drifted()
    assert is_right(gateway)
    assert gateway.state.desired.peers == {}


async def test_a_port_that_stayed_in_the_table_owes_a_repair_though_all_else_is_right(gateway: Running) -> None:
    """Of the table the look for drift knows by this alone: the kernel's notices are of what others do."""
    await gateway.ask(a_join())
    gateway.kernel.effects.refuse("database: COMMIT", "table.load")
    with pytest.raises(NotSaved):
        await gateway.ask(PORT)
    gateway.kernel.effects.calm()
    assert not is_right(gateway)
    assert await gateway.state.has_drifted()
    await gateway.state.repair("drift")
    assert is_right(gateway)
    assert not await gateway.state.has_drifted()


async def test_a_repair_that_fails_is_still_owed(gateway: Running) -> None:
    gateway.kernel.effects.refuse("database: COMMIT", "table.load")
    with pytest.raises(NotSaved):
        await gateway.ask(a_join())
    gateway.kernel.effects.refuse("wireguard.up")
    with pytest.raises(GatewayError):
        await gateway.state.repair("drift")
    assert await gateway.state.has_drifted()


async def test_a_stop_goes_on_whatever_a_step_raises(gateway: Running) -> None:
    kernel = gateway.kernel
    await gateway.ask(a_join())
    await gateway.ask(PORT)
    kernel.effects.refuse("wireguard.down", "table.remove", error=RuntimeError("a mistake of ours"))
    await gateway.state.stop()
    assert kernel.host.sysctl["net/ipv4/ip_forward"] == "0"
    assert kernel.host.reserved == set()


async def test_a_repair_without_a_record_is_one_all_the_same(gateway: Running) -> None:
    gateway.kernel.table.content = None
    gateway.kernel.effects.refuse("database: INSERT INTO audit")
    await gateway.state.repair("the table was flushed")
    assert is_right(gateway)


async def test_a_port_that_the_kernel_already_has_is_taken_and_changes_nothing(gateway: Running) -> None:
    """Another program's element is put right by the way back."""
    await gateway.ask(a_join())
    content = gateway.kernel.table.content
    assert content is not None
    content["fwdid"][6, 25565] = (1,)
    with pytest.raises(PortTaken):
        await gateway.ask(PORT)
    assert gateway.state.desired.forwards == {}
    assert is_right(gateway)


async def test_what_is_revoked_is_cut_in_the_table_before_anything_else(gateway: Running) -> None:
    await gateway.ask(a_join())
    await gateway.ask(PORT)
    asked = await asked_by(gateway, await_of=gateway.ask(Revoke(actor=ALICE)))
    assert [name for name in asked if name.startswith(("table", "wireguard.apply"))] == [
        "table.apply",
        "wireguard.apply: remove",
    ]


async def test_the_table_is_there_before_the_tunnel_and_goes_after_it(tmp_path: Path, kernel: FakeKernel) -> None:
    """Without the table peers would reach the host itself."""
    async with running(tmp_path / "db", kernel) as gateway:
        order = [name for name in kernel.effects.asked if name in ("table.load", "wireguard.up")]
        assert order == ["table.load", "wireguard.up"]
        await gateway.state.stop()
        order = [name for name in kernel.effects.asked if name in ("table.remove", "wireguard.down")]
        assert order == ["wireguard.down", "table.remove"]


async def test_the_database_is_asked_before_the_kernel(gateway: Running) -> None:
    asked = await asked_by(gateway, await_of=gateway.ask(a_join()))
    assert asked.index("database: BEGIN IMMEDIATE") < asked.index("table.apply") < asked.index("database: COMMIT")


async def test_a_session_with_a_device_that_is_let_back_in_is_begun_from_here(gateway: Running) -> None:
    """At the address that it had last; one of an interface of ours would not do."""
    for device, endpoint in (("pc", "192.0.2.7:4000"), ("phone", "[fe80::7%eth0]:4000")):
        peer = (await gateway.ask(a_join(device))).peer
        gateway.kernel.wireguard.seen(peer.public_key, endpoint=endpoint)
    for is_so in (True, True, False):
        await gateway.ask(Suspend(actor=ADMIN, owner=ALICE.id, suspended=is_so))
        await gateway.ask(a_join("other", actor=BOB)) if is_so else None
        await gateway.ask(Revoke(actor=BOB)) if is_so else None
    endpoints = {peer.endpoint for peer in gateway.kernel.wireguard.peers.values()}
    assert endpoints == {"192.0.2.7:4000", None}


async def test_who_knocked_before_a_forward_gets_through_when_it_is_answered(gateway: Running) -> None:
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
    assert is_right(gateway)
    assert len(gateway.state.desired.forwards) == 1


async def test_a_change_stands_though_its_port_cannot_be_reserved(gateway: Running) -> None:
    """The look for drift sees it then."""
    await gateway.ask(a_join())
    gateway.kernel.effects.refuse(*[f"host.change_settings: {RESERVED_PORTS}"] * 2)
    await gateway.ask(PORT)
    assert len(gateway.state.desired.forwards) == 1
    assert gateway.kernel.host.reserved == set()
    assert await gateway.state.has_drifted()
    await gateway.state.repair("drift")
    assert gateway.kernel.host.reserved == {25565}
    assert not await gateway.state.has_drifted()


async def test_an_answer_is_given_again_for_half_an_hour_and_then_forgotten(gateway: Running) -> None:
    first = a_join(request_id="one")
    answer = await gateway.ask(first)
    gateway.kernel.host.time += REMEMBER_REQUESTS
    assert await gateway.ask(first) == answer
    assert len(gateway.state.desired.peers) == 1
    gateway.kernel.host.time += timedelta(seconds=1)
    await gateway.ask(a_join("phone", request_id="two"))
    assert await gateway.store.answer("one") is None
    assert await gateway.store.answer("two") is not None


async def test_a_request_that_was_refused_may_be_tried_again_under_its_id(gateway: Running) -> None:
    request = a_join(request_id="one")
    gateway.kernel.effects.refuse("table.apply")
    with pytest.raises(ApplyFailed):
        await gateway.ask(request)
    assert (await gateway.ask(request)).peer.device == "pc"


def disturb_peer(gateway: Running) -> None:
    device = gateway.kernel.host.links["wg0"].device
    assert device
    gateway.kernel.host.links["wg0"].device = replace(device, peers={})


def disturb_port(gateway: Running) -> None:
    device = gateway.kernel.host.links["wg0"].device
    assert device
    gateway.kernel.host.links["wg0"].device = replace(device, listen_port=1)


def disturb_key(gateway: Running) -> None:
    device = gateway.kernel.host.links["wg0"].device
    assert device
    gateway.kernel.host.links["wg0"].device = replace(device, public_key=None)


DISTURBANCES: dict[str, Callable[[Running], object]] = {
    "a peer": disturb_peer,
    "the listen port": disturb_port,
    "the private key": disturb_key,
    "an address": lambda gateway: gateway.kernel.host.links["wg0"].addresses.clear(),
    "the mtu": lambda gateway: setattr(gateway.kernel.host.links["wg0"], "mtu", 1280),
    "forwarding": lambda gateway: gateway.kernel.host.sysctl.update({"net/ipv4/ip_forward": "0"}),
    "accept_ra": lambda gateway: gateway.kernel.host.sysctl.update({"net/ipv6/conf/eth0/accept_ra": "1"}),
    "reserved ports": lambda gateway: gateway.kernel.host.sysctl.update({RESERVED_PORTS: ""}),
}


@pytest.mark.parametrize("what", DISTURBANCES)
async def test_drift_is_seen_and_repaired_as_often_as_it_comes(gateway: Running, what: str) -> None:
    await gateway.ask(a_join())
    await gateway.ask(PORT)
    for _ in range(3):
        assert not await gateway.state.has_drifted()
        DISTURBANCES[what](gateway)
        assert await gateway.state.has_drifted()
        await gateway.state.repair("drift")
    assert is_right(gateway)
    page = await gateway.ask(GetAudit(actor=ADMIN))
    assert [(entry.action, entry.subject) for entry in page.entries[:3]] == [("repair", "drift")] * 3


async def test_addresses_of_another_subnet_are_not_taken_for_ours(tmp_path: Path, kernel: FakeKernel) -> None:
    async with running(tmp_path / "db", kernel) as gateway:
        await gateway.ask(a_join())
    moved = GatewaySection(subnet4=IPv4Network("10.77.0.0/24"))
    with pytest.raises(ConfigError, match="1 devices have addresses outside it"):
        async with running(tmp_path / "db", kernel, Config(gateway=moved)):
            pass


async def test_a_moved_public_address_is_followed_and_recorded(
    gateway: Running, caplog: pytest.LogCaptureFixture
) -> None:
    await gateway.ask(a_join())
    await gateway.ask(AddForward(actor=ALICE, ports=parse_ports("8080/tcp"), to_port=80))
    assert not await gateway.state.follow()
    gateway.kernel.host.links["eth0"].addresses = {IPv4Interface("203.0.113.9/24")}
    assert await gateway.state.follow()
    assert not await gateway.state.follow()
    content = gateway.kernel.table.content
    assert content is not None
    assert list(content["rev4"].values()) == [(IPv4Address("203.0.113.9"), 8080)]
    (entry, *_) = (await gateway.ask(GetAudit(actor=ADMIN))).entries
    assert (entry.action, entry.subject) == ("follow", "203.0.113.9")
    assert "the public address is 203.0.113.9 now, was 203.0.113.1" in caplog.text


async def test_without_any_way_out_the_last_one_is_kept(gateway: Running) -> None:
    """A lease is being renewed."""
    gateway.kernel.host.default = None
    assert not await gateway.state.follow()
    assert gateway.state.surroundings.address == "203.0.113.1"


async def test_the_status_asks_the_kernel_about_what_it_is_asked_for(gateway: Running) -> None:
    """A member without a device costs nothing, and one forward no more than itself."""
    peer = (await gateway.ask(a_join())).peer
    await gateway.ask(a_join("box", actor=BOB))
    await gateway.ask(PORT)
    await gateway.ask(AddForward(actor=BOB, ports=parse_ports("7777")))
    gateway.kernel.wireguard.seen(peer.public_key, rx_bytes=5, latest_handshake=NOW)
    gateway.kernel.table.counts["stat"][MARK | 1, 0] = (1, 100)
    gateway.kernel.table.counts["shed"][MARK | 1,] = (3, 180)
    knock(gateway, 25565)
    knock(gateway, 7777)
    status = await gateway.ask(GetStatus(actor=ADMIN, everyone=True, forwards=(1,)))
    (forward,), (shown,) = status.forwards, status.peers
    assert (forward.connections, forward.players, forward.rx_bytes, forward.tx_bytes, forward.refused) == (
        1,
        1,
        100,
        0,
        3,
    )
    assert (shown.peer.id, shown.rx_bytes, shown.latest_handshake) == (peer.id, 5, NOW)
    assert gateway.kernel.conntrack.asked == [[1]]
    asked = await asked_by(gateway, await_of=gateway.ask(GetStatus(actor=ADMIN)))
    assert "wireguard.dump" not in asked
    assert gateway.kernel.conntrack.asked[-1] == []
    everything = await gateway.ask(GetStatus(actor=ADMIN, everyone=True))
    assert [each.forward.ports.first for each in everything.forwards] == [25565, 7777]
