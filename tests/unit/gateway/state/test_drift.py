"""What keeps the kernel matching: the start, the look for drift, repairs, a moving address, and the stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any

import pytest

from gateway.api.contract import Action, AddForward, GetAudit, Rotate, Suspend
from gateway.config import Config, GatewaySection, Host
from gateway.errors import ConfigError, GatewayError
from gateway.host.sysctl import RESERVED_PORTS
from gateway.model import parse_ports
from gateway.problem import Problem, Trouble
from tests.unit.builders import ADMIN, ALICE, key
from tests.unit.fakes.kernel import FakeKernel
from tests.unit.running import KEY, PORT, Running, a_join, knock, running


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
        assert not await gateway.state.drift()
        DISTURBANCES[what](gateway)
        assert len(await gateway.state.drift()) == 1
        await gateway.state.repair("drift")
    assert gateway.differences() == []
    page = await gateway.ask(GetAudit(actor=ADMIN))
    assert [(entry.action, entry.subject) for entry in page.entries[:3]] == [("repair", "drift")] * 3


async def test_reserved_ports_that_were_fine_before_a_forward_came_are_not_fine_after_it(gateway: Running) -> None:
    """A list that is as it was is not read again, because a long one takes milliseconds."""
    await gateway.ask(a_join())
    assert not await gateway.state.settings_drift()
    before = gateway.kernel.host.sysctl[RESERVED_PORTS]
    await gateway.ask(PORT)
    assert not await gateway.state.settings_drift()
    gateway.kernel.host.sysctl[RESERVED_PORTS] = before
    assert await gateway.state.settings_drift() == {"net.ipv4.ip_local_reserved_ports"}


async def test_what_a_repair_leaves_as_it_was_is_told_once(tmp_path: Path, kernel: FakeKernel) -> None:
    """WireGuard ignores a peer with the gateway's own key, which may be in a database from before that was refused."""
    async with running(tmp_path / "db", kernel) as gateway:
        await gateway.ask(a_join())
        await gateway.database.execute("UPDATE peers SET public_key = ?", (str(KEY.public_key),))
    async with running(tmp_path / "db", kernel) as gateway:
        for _ in range(3):
            assert await gateway.state.drift() == {"WireGuard's peer 10.66.66.2"}
            await gateway.state.repair("WireGuard's peer 10.66.66.2")
            assert gateway.state.stuck == {"WireGuard's peer 10.66.66.2"}
            assert await told(gateway) == [("problem", left("WireGuard's peer 10.66.66.2"))]
        disturb_port(gateway)
        await gateway.state.repair("the table was flushed", *await gateway.state.drift())
        assert await told(gateway) == [
            ("problem", left("WireGuard's peer 10.66.66.2")),
            ("repair", "the table was flushed, WireGuard's port"),
        ]
        await gateway.ask(Rotate(actor=ALICE, public_key=key()))
        await gateway.state.repair(*gateway.state.stuck)
        assert (await told(gateway))[2:] == [
            ("repair", "WireGuard's peer 10.66.66.2"),
            ("solved", left("WireGuard's peer 10.66.66.2")),
        ]
        assert gateway.state.stuck == frozenset()


async def test_what_changes_during_a_repair_is_no_problem_of_it(gateway: Running) -> None:
    """`ip address flush` removes one address after the other, and the first notice starts a repair."""
    link, configure = gateway.kernel.host.links["wg0"], gateway.kernel.host.configure

    async def configure_too_early(*arguments: Any) -> None:
        await configure(*arguments)
        link.addresses.clear()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(gateway.kernel.host, "configure", configure_too_early)
        await gateway.state.repair("an address was removed")
    assert gateway.state.stuck == frozenset()
    await gateway.state.repair(*await gateway.state.drift())
    assert await told(gateway) == [("repair", "an address was removed"), ("repair", "the link wg0")]


async def test_a_repair_that_is_refused_is_one_problem_until_it_works(gateway: Running) -> None:
    for _ in range(3):
        gateway.kernel.effects.refuse("table.load")
        with pytest.raises(GatewayError):
            await gateway.state.repair("the table was flushed")
        assert await told(gateway) == [("problem", left("the table was flushed"))]
    await gateway.state.repair(*gateway.state.stuck)
    assert (await told(gateway))[1:] == [
        ("repair", "the table was flushed"),
        ("solved", left("the table was flushed")),
    ]
    assert gateway.state.stuck == frozenset()


async def told(gateway: Running) -> list[tuple[str, str]]:
    """Return what the audit log has of repairs and problems, the oldest first."""
    await gateway.state.problems.record(gateway.state.write)
    page = await gateway.ask(GetAudit(actor=ADMIN))
    told = (Action.REPAIR, Action.PROBLEM, Action.SOLVED)
    return [(entry.action, entry.subject) for entry in page.entries[::-1] if entry.action in told]


def left(difference: str) -> str:
    """Return the sentence of what a repair left."""
    return str(Problem(code=Trouble.LEFT, values={"difference": difference}))


async def test_a_repair_without_a_record_is_one_all_the_same(gateway: Running) -> None:
    gateway.kernel.table.content = None
    gateway.kernel.effects.refuse("database: INSERT INTO audit")
    await gateway.state.repair("the table was flushed")
    assert gateway.differences() == []


async def test_the_table_is_there_before_the_tunnel_and_goes_after_it(tmp_path: Path, kernel: FakeKernel) -> None:
    """Peers would reach the host itself without the table."""
    async with running(tmp_path / "db", kernel) as gateway:
        order = [name for name in kernel.effects.asked if name in ("table.load", "wireguard.up")]
        assert order == ["table.load", "wireguard.up"]
        await gateway.state.stop()
        order = [name for name in kernel.effects.asked if name in ("table.remove", "wireguard.down")]
        assert order == ["wireguard.down", "table.remove"]


async def test_a_stop_goes_on_whatever_a_step_raises(gateway: Running) -> None:
    kernel = gateway.kernel
    await gateway.ask(a_join())
    await gateway.ask(PORT)
    kernel.effects.refuse("wireguard.down", "table.remove", error=RuntimeError("a mistake of ours"))
    await gateway.state.stop()
    assert kernel.host.sysctl["net/ipv4/ip_forward"] == "0"
    assert kernel.host.reserved == set()


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
    """This happens while a lease is renewed."""
    gateway.kernel.host.default = None
    assert not await gateway.state.follow()
    assert gateway.state.surroundings.address == "203.0.113.1"


async def test_after_a_start_a_suspended_device_is_still_cut_off(tmp_path: Path, kernel: FakeKernel) -> None:
    async with running(tmp_path / "db", kernel) as gateway:
        await gateway.ask(a_join())
        await gateway.ask(Suspend(actor=ADMIN, owner=ALICE.id, suspended=True))
        await gateway.state.stop()
    async with running(tmp_path / "db", kernel) as gateway:
        assert gateway.kernel.wireguard.peers == {}
        assert gateway.differences() == []


async def test_flows_that_began_while_there_was_no_table_are_forgotten_at_the_start(
    tmp_path: Path, kernel: FakeKernel
) -> None:
    async with running(tmp_path / "db", kernel) as gateway:
        await gateway.ask(a_join())
        await gateway.ask(PORT)
        await gateway.state.stop()
        knock(gateway, 25565)
        other = knock(gateway, 25566)
    async with running(tmp_path / "db", kernel) as gateway:
        assert kernel.conntrack.entries == [other]


async def test_the_listen_port_moves_to_no_forwarded_one(tmp_path: Path, kernel: FakeKernel) -> None:
    async with running(tmp_path / "db", kernel) as gateway:
        await gateway.ask(a_join())
        await gateway.ask(PORT)
    with pytest.raises(ConfigError, match="25565/udp is forwarded to pc of alice"):
        async with running(tmp_path / "db", kernel, Config(gateway=GatewaySection(listen_port=25565))):
            pass


async def test_a_name_that_does_not_resolve_for_a_while_leads_where_it_led(tmp_path: Path, kernel: FakeKernel) -> None:
    kernel.host.names["vps.example.org"] = (IPv4Address("203.0.113.1"),)
    config = Config(gateway=GatewaySection(public_address=Host("vps.example.org")))
    async with running(tmp_path / "db", kernel, config) as gateway:
        kernel.host.names.clear()
        assert not await gateway.state.follow()
        assert gateway.state.surroundings.public4 == IPv4Address("203.0.113.1")
