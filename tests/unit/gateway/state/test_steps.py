"""Steps that cannot succeed: each is one problem, holds up no other, and is tried alone until it works."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from pathlib import Path

import pytest

from gateway.api.contract import Rename
from gateway.config import Config, GatewaySection, NoIPv6
from gateway.errors import ConfigError, GatewayError
from gateway.host.sysctl import RESERVED_PORTS, no_ipv6
from gateway.model import Desired
from gateway.problem import Trouble
from gateway.state.addresses import addressed
from tests.unit.builders import ALICE, joined
from tests.unit.fakes.kernel import FakeKernel
from tests.unit.running import PORT, Running, a_join, knock, running

FORWARDING, FORWARDING6 = "net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"
STEPS = {
    f"host.change_settings: {FORWARDING}": Trouble.FORWARDING,
    f"host.change_settings: {FORWARDING6}": Trouble.SETTINGS,
    f"host.change_settings: {RESERVED_PORTS}": Trouble.RESERVED,
    "host.configure: add an address": Trouble.LINK,
    "conntrack.flush_chosen": Trouble.FLOWS,
}
OTHERS = {"table.load", "wireguard.up", "host.configure", "conntrack.flush_chosen"}


def problems(gateway: Running) -> set[str]:
    return {problem.code for problem in gateway.state.problems.present}


async def disturbed(gateway: Running) -> None:
    """Let another program undo all that the steps do, and a flow begin that the table would have led elsewhere."""
    await gateway.ask(a_join())
    await gateway.ask(PORT)
    gateway.kernel.host.sysctl |= {FORWARDING: "0", FORWARDING6: "0", RESERVED_PORTS: ""}
    gateway.kernel.host.links["wg0"].addresses.clear()
    gateway.kernel.table.content = None
    knock(gateway, 25565)
    gateway.kernel.effects.asked.clear()


@pytest.mark.parametrize("step", STEPS)
async def test_a_step_that_is_refused_holds_up_no_other_and_is_tried_alone(gateway: Running, step: str) -> None:
    await disturbed(gateway)
    effects = gateway.kernel.effects
    for number in range(3):
        effects.refuse(step, step)
        await gateway.state.repair(*(await gateway.state.drift() if number == 0 else gateway.state.stuck))
        assert problems(gateway) == {STEPS[step]}
        assert gateway.state.stuck
        assert (set(effects.asked) >= OTHERS) == (number == 0), "later only the step itself is tried"
        assert gateway.differences() == []
        effects.asked.clear()
        effects.calm()
    await gateway.state.repair(*gateway.state.stuck)
    assert problems(gateway) == set()
    assert not gateway.state.stuck
    assert not await gateway.state.drift()


@pytest.mark.parametrize("step", STEPS)
async def test_a_start_goes_on_without_a_step_that_is_refused(tmp_path: Path, kernel: FakeKernel, step: str) -> None:
    async with running(tmp_path / "db", kernel) as gateway:
        await disturbed(gateway)
        kernel.effects.refuse(step, step)
    async with running(tmp_path / "db", kernel) as gateway:
        kernel.effects.calm()
        assert problems(gateway) == {STEPS[step]}
        assert gateway.differences() == []
        assert await gateway.state.drift() <= gateway.state.stuck


@pytest.mark.parametrize("step", ["table.load", "wireguard.up"])
async def test_there_is_no_start_without_table_or_wireguard(tmp_path: Path, kernel: FakeKernel, step: str) -> None:
    kernel.effects.refuse(step)
    with pytest.raises(GatewayError):
        async with running(tmp_path / "db", kernel):
            pass


async def test_a_change_stands_though_its_port_can_never_be_reserved(gateway: Running) -> None:
    await gateway.ask(a_join())
    gateway.kernel.effects.refuse(*[f"host.change_settings: {RESERVED_PORTS}"] * 2)
    await gateway.ask(PORT)
    assert problems(gateway) == {Trouble.RESERVED}
    assert gateway.state.stuck == {"net.ipv4.ip_local_reserved_ports"}
    await gateway.state.repair(*gateway.state.stuck)
    assert gateway.kernel.host.reserved == {25565}
    assert problems(gateway) == set()


async def test_forwarding_that_is_switched_on_for_a_gateway_that_may_not_is_left_on(gateway: Running) -> None:
    await disturbed(gateway)
    gateway.kernel.effects.refuse(*[f"host.change_settings: {FORWARDING}"] * 2)
    await gateway.state.repair("drift")
    gateway.kernel.host.sysctl[FORWARDING] = "1"
    await gateway.state.repair(*gateway.state.stuck)
    assert 4 not in gateway.state.network.guarded
    await gateway.state.stop()
    assert gateway.kernel.host.sysctl[FORWARDING] == "1"


async def test_a_setting_that_cannot_be_put_back_is_put_back_at_the_next_stop(
    tmp_path: Path, kernel: FakeKernel
) -> None:
    async with running(tmp_path / "db", kernel) as gateway:
        kernel.effects.refuse(f"host.change_settings: {FORWARDING}")
        await gateway.state.stop()
        assert kernel.host.sysctl[FORWARDING] == "1"
        assert kernel.host.sysctl[FORWARDING6] == "0", "it holds up no other"
    async with running(tmp_path / "db", kernel) as gateway:
        await gateway.state.stop()
    assert kernel.host.sysctl[FORWARDING] == "0"


@pytest.mark.parametrize("found", ["1", None], ids=["switched-off", "kernel-without"])
async def test_without_ipv6_on_the_interface_ipv4_goes_on_and_ipv6_returns(gateway: Running, found: str | None) -> None:
    host, name = gateway.kernel.host, no_ipv6("wg0")
    await gateway.ask(a_join())
    link, both = host.links["wg0"], set(host.links["wg0"].addresses)
    host.sysctl.pop(name)
    if found:
        host.sysctl[name] = found
    link.addresses.discard(IPv6Interface("fd42:42:42::1/64"))
    assert await gateway.state.settings_drift()
    await gateway.state.repair("an address was removed")
    assert link.addresses == {IPv4Interface("10.66.66.1/24")}
    assert problems(gateway) == {Trouble.NO_IPV6}
    assert not await gateway.state.drift()
    assert gateway.differences() == []
    host.sysctl[name] = "0"
    assert await gateway.state.settings_drift()
    await gateway.state.repair(*await gateway.state.settings_drift())
    assert link.addresses == both
    assert problems(gateway) == set()


async def test_under_another_subnet6_devices_get_its_addresses_and_under_none_they_keep_theirs(
    tmp_path: Path, kernel: FakeKernel, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path / "db", kernel) as gateway:
        before = (await gateway.ask(a_join())).peer.ipv6
    for subnet6, expected, name in (
        (NoIPv6(), None, "one"),
        (IPv6Network("fd43::/64"), IPv6Address("fd43::2"), "two"),
        (IPv6Network("fd42:42:42::/64"), before, "three"),
    ):
        async with running(tmp_path / "db", kernel, Config(gateway=GatewaySection(subnet6=subnet6))) as gateway:
            (peer,) = gateway.state.desired.peers.values()
            assert peer.ipv6 == expected
            await gateway.ask(Rename(actor=ALICE, device=peer.device, new_name=name))
    assert caplog.text.count("1 devices have IPv6 addresses outside subnet6") == 2


def test_a_device_without_ipv6_gets_none_by_a_subnet6() -> None:
    peer = replace(joined(Desired())[1], ipv6=None)
    assert addressed(GatewaySection(), [peer]) == {peer.id: peer}


async def test_the_way_back_from_another_subnet4_is_named(tmp_path: Path, kernel: FakeKernel) -> None:
    async with running(tmp_path / "db", kernel) as gateway:
        await gateway.ask(a_join())
    moved = Config(gateway=GatewaySection(subnet4=IPv4Network("10.77.0.0/24")))
    with pytest.raises(ConfigError, match=r"pc of alice has 10\.66\.66\.2; put the old subnet back"):
        async with running(tmp_path / "db", kernel, moved):
            pass
