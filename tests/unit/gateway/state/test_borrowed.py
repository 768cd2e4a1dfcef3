"""The host's settings that the gateway changes, and how it puts them back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.api.contract import RemoveForward
from gateway.host.sysctl import BOOT_ID, RESERVED_PORTS, parse_ports
from gateway.model import parse_ports as specs
from tests.unit.builders import ALICE
from tests.unit.fakes.kernel import FakeKernel
from tests.unit.running import PORT, Running, a_join, running

FORWARDING, FORWARDING6 = "net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"


async def noted_ports(gateway: Running) -> set[int]:
    return parse_ports(await gateway.store.note("reserved_ports") or "")


async def test_what_was_found_first_is_put_back(tmp_path: Path, kernel: FakeKernel) -> None:
    """A repair finds another program's change. A start after a kill finds the gateway's own."""
    kernel.host.sysctl[FORWARDING6] = "1"
    async with running(tmp_path / "db", kernel) as gateway:
        kernel.host.sysctl |= {FORWARDING: "2", FORWARDING6: "0"}
        await gateway.state.repair("drift")
        assert kernel.host.sysctl[FORWARDING] == kernel.host.sysctl[FORWARDING6] == "1"
    async with running(tmp_path / "db", kernel) as gateway:
        await gateway.state.stop()
    assert kernel.host.sysctl[FORWARDING] == kernel.host.sysctl[FORWARDING6] == "0"


async def test_after_a_boot_what_is_found_then_counts(tmp_path: Path, kernel: FakeKernel) -> None:
    async with running(tmp_path / "db", kernel):
        pass
    kernel.host.sysctl |= {BOOT_ID: "the next boot", FORWARDING: "1", FORWARDING6: "0"}
    async with running(tmp_path / "db", kernel) as gateway:
        await gateway.state.stop()
    assert kernel.host.sysctl[FORWARDING] == "1"
    assert kernel.host.sysctl[FORWARDING6] == "0"


async def test_where_forwarding_was_off_neighbours_are_kept_out(tmp_path: Path, kernel: FakeKernel) -> None:
    """It stays so after a kill, when the gateway finds on what it switched on itself, and ends with a boot."""
    kernel.host.sysctl[FORWARDING6] = "1"
    async with running(tmp_path / "db", kernel) as gateway:
        assert gateway.state.network.guarded == {4}
    async with running(tmp_path / "db", kernel) as gateway:
        assert gateway.state.network.guarded == {4}
        await gateway.state.stop()
    kernel.host.sysctl |= {BOOT_ID: "the next boot", FORWARDING: "1", FORWARDING6: "0"}
    async with running(tmp_path / "db", kernel) as gateway:
        assert gateway.state.network.guarded == {6}


async def test_nothing_is_forwarded_without_the_table(tmp_path: Path, kernel: FakeKernel) -> None:
    """The table guards the host's other networks, so forwarding comes after it and goes before it."""
    async with running(tmp_path / "db", kernel) as gateway:
        await gateway.state.stop()
    asked = kernel.effects.asked
    switched = [number for number, effect in enumerate(asked) if effect == f"host.change_settings: {FORWARDING}"]
    assert asked.index("table.load") < switched[0]
    assert switched[1] < asked.index("table.remove")


DOCKERS = "chain POSTROUTING of table ip nat: masquerade"


async def test_forwarding_that_other_programs_came_to_need_stays_on(
    tmp_path: Path, kernel: FakeKernel, caplog: pytest.LogCaptureFixture
) -> None:
    """The next gateway still knows how it was found, and puts it back once they are gone."""
    assert kernel.firewalls.rules
    async with running(tmp_path / "db", kernel) as gateway:
        kernel.firewalls.rules[4].add(DOCKERS)
        await gateway.state.stop()
    assert (kernel.host.sysctl[FORWARDING], kernel.host.sysctl[FORWARDING6]) == ("1", "0")
    assert f"leaving net.ipv4.ip_forward on, because other programs came to need it: {DOCKERS}" in caplog.text
    async with running(tmp_path / "db", kernel) as gateway:
        assert gateway.state.network.guarded == {4, 6}
        kernel.firewalls.rules[4].clear()
        await gateway.state.stop()
    assert kernel.host.sysctl[FORWARDING] == "0"


@pytest.mark.parametrize("is_repaired", [False, True])
async def test_forwarding_that_another_program_switched_on_as_well_stays_on(
    tmp_path: Path, kernel: FakeKernel, caplog: pytest.LogCaptureFixture, is_repaired: bool
) -> None:
    """A repair in between and the next gateway remember it. A write of 0 is no need, and is repaired."""
    async with running(tmp_path / "db", kernel) as gateway:
        kernel.host.written = {FORWARDING, FORWARDING6}
        kernel.host.sysctl[FORWARDING6] = "0"
        if is_repaired:
            await gateway.state.repair("drift")
            assert kernel.host.sysctl[FORWARDING6] == "1"
        await gateway.state.stop()
    assert (kernel.host.sysctl[FORWARDING], kernel.host.sysctl[FORWARDING6]) == ("1", "0")
    assert "leaving net.ipv4.ip_forward on, because other programs came to need it: it was written again" in caplog.text
    kernel.host.written = set()
    async with running(tmp_path / "db", kernel) as gateway:
        assert gateway.state.network.guarded == {4, 6}
        await gateway.state.stop()
    assert (kernel.host.sysctl[FORWARDING], kernel.host.sysctl[FORWARDING6]) == ("1", "0")


async def test_a_watch_that_is_refused_stops_nothing(
    tmp_path: Path, kernel: FakeKernel, caplog: pytest.LogCaptureFixture
) -> None:
    kernel.effects.refuse("host.watch_settings")
    async with running(tmp_path / "db", kernel) as gateway:
        await gateway.state.stop()
    assert kernel.host.sysctl[FORWARDING] == "0"
    assert "cannot see whether other programs switch forwarding on" in caplog.text


async def test_the_ipv6_route_is_kept_with_the_forwarding_of_ipv6(tmp_path: Path, kernel: FakeKernel) -> None:
    assert kernel.firewalls.rules
    async with running(tmp_path / "db", kernel) as gateway:
        kernel.firewalls.rules[6].add(DOCKERS)
        await gateway.state.stop()
    assert (kernel.host.sysctl[FORWARDING], kernel.host.sysctl[FORWARDING6]) == ("0", "1")
    assert kernel.host.sysctl["net/ipv6/conf/eth0/accept_ra"] == "2"


@pytest.mark.parametrize("when", ["before", "unreadable before", "unreadable after"])
async def test_forwarding_that_was_off_beside_the_same_rules_is_put_back(
    tmp_path: Path, kernel: FakeKernel, when: str
) -> None:
    """So it is when the rules cannot be read."""
    rules: dict[int, set[str]] = {4: {DOCKERS}, 6: {DOCKERS}}
    kernel.firewalls.rules = None if when == "unreadable before" else rules
    async with running(tmp_path / "db", kernel) as gateway:
        kernel.firewalls.rules = None if when == "unreadable after" else rules
        await gateway.state.stop()
    assert kernel.host.sysctl[FORWARDING] == kernel.host.sysctl[FORWARDING6] == "0"


async def test_a_setting_that_the_kernel_lost_is_not_missed(tmp_path: Path, kernel: FakeKernel) -> None:
    """The kernel loses one when IPv6 is switched off while the gateway runs."""
    async with running(tmp_path / "db", kernel) as gateway:
        del kernel.host.sysctl[FORWARDING6]
        await gateway.state.stop()
    assert kernel.host.sysctl[FORWARDING] == "0"
    assert FORWARDING6 not in kernel.host.sysctl


async def test_it_is_noted_before_it_is_changed(gateway: Running) -> None:
    asked = gateway.kernel.effects.asked
    assert asked.index("database: INSERT OR REPLACE") < asked.index(f"host.change_settings: {FORWARDING}")


async def test_a_port_is_reserved_and_noted_for_as_long_as_it_is_forwarded(gateway: Running) -> None:
    gateway.kernel.host.sysctl[RESERVED_PORTS] = "30000"
    await gateway.ask(a_join())
    await gateway.ask(PORT)
    assert gateway.kernel.host.reserved == {25565, 30000}
    assert await noted_ports(gateway) == {25565}
    await gateway.ask(RemoveForward(actor=ALICE, ports=specs("25565")))
    assert gateway.kernel.host.reserved == {30000}
    assert await noted_ports(gateway) == set()


async def test_a_port_that_could_not_be_let_go_stays_noted_when_another_comes(gateway: Running) -> None:
    """Or after a kill it would be taken for one that another program reserved."""
    await gateway.ask(a_join())
    await gateway.ask(PORT)
    gateway.kernel.effects.refuse(*[f"host.change_settings: {RESERVED_PORTS}"] * 4)
    await gateway.ask(RemoveForward(actor=ALICE, ports=specs("25565")))
    await gateway.ask(replace(PORT, ports=specs("25566")))
    assert gateway.kernel.host.reserved == {25565}
    assert await noted_ports(gateway) == {25565, 25566}
    await gateway.state.repair("drift")
    assert gateway.kernel.host.reserved == {25566}


async def test_ports_whose_note_cannot_be_read_are_reserved_by_the_next_try(gateway: Running) -> None:
    """The step fails before its write, in a repair of something else. The first repair shows when it reads the note."""
    await gateway.ask(a_join())
    await gateway.ask(PORT)
    asked = gateway.kernel.effects.asked
    gateway.kernel.host.sysctl[RESERVED_PORTS] = "30000"
    begin = len(asked)
    await gateway.state.repair("another change")
    write = asked.index(f"host.change_settings: {RESERVED_PORTS}", begin)
    read = max(place for place in range(begin, write) if asked[place] == "database: SELECT value FROM")

    gateway.kernel.host.sysctl[RESERVED_PORTS] = "30000"
    gateway.kernel.effects.refuse(read - begin + 1)
    await gateway.state.repair("another change")
    assert gateway.kernel.host.reserved == {30000}
    assert gateway.state.stuck == {"net.ipv4.ip_local_reserved_ports"}
    await gateway.state.repair(*gateway.state.stuck)
    assert gateway.kernel.host.reserved == {25565, 30000}


async def test_a_note_of_too_many_ports_that_cannot_be_changed_hinders_no_repair(gateway: Running) -> None:
    await gateway.ask(a_join())
    await gateway.ask(PORT)
    gateway.kernel.effects.refuse(*[f"host.change_settings: {RESERVED_PORTS}"] * 2)
    await gateway.ask(RemoveForward(actor=ALICE, ports=specs("25565")))
    gateway.kernel.effects.refuse("database: INSERT OR REPLACE")
    await gateway.state.repair("drift")
    assert gateway.kernel.host.reserved == set()
    assert await noted_ports(gateway) == {25565}
