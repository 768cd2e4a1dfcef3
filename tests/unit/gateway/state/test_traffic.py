"""This month's traffic: counted over restarts, reboots and new interfaces, and told at 80 and 100 percent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.config import Config, GatewaySection, Size, TrafficCounts
from gateway.host.host import LinkCounts
from gateway.host.sysctl import BOOT_ID
from gateway.problem import Trouble
from gateway.state.traffic import Month, counted, share
from tests.unit.fakes.kernel import FakeKernel
from tests.unit.running import Running, running

ALLOWED = Config(gateway=GatewaySection(monthly_traffic=Size.parse("1 GB")))
BEFORE = Month(month="2026-01", octets=50, boot="a", seen={"eth0": 1000})


@pytest.mark.parametrize(
    ("month", "boot", "seen", "octets", "then"),
    [
        ("2026-01", "a", {"eth0": 1010}, 60, "2026-01"),
        ("2026-01", "a", {"eth0": 10}, 60, "2026-01"),  # the interface was made anew
        ("2026-01", "b", {"eth0": 2000}, 2050, "2026-01"),  # a reboot, after which more went through than ever before
        ("2026-01", "a", {"eth0": 1010, "eth1": 999}, 60, "2026-01"),  # a line that is new
        ("2026-01", "a", {}, 50, "2026-01"),  # a line that is away
        ("2026-02", "a", {"eth0": 1010}, 10, "2026-02"),
        ("2025-12", "a", {"eth0": 1010}, 60, "2026-01"),  # a clock that was set back
    ],
)
def test_what_counters_grew_by_is_added(month: str, boot: str, seen: dict[str, int], octets: int, then: str) -> None:
    found = counted(BEFORE, month, boot, seen)
    assert (found.octets, found.month) == (octets, then)


def test_a_line_that_was_away_goes_on_where_it_was() -> None:
    away = counted(BEFORE, "2026-01", "a", {})
    assert counted(away, "2026-01", "a", {"eth0": 1010}).octets == 60


def test_the_first_look_counts_nothing_because_it_cannot_know_the_month() -> None:
    assert counted(None, "2026-01", "a", {"eth0": 10**12}).octets == 0


@pytest.mark.parametrize(("octets", "reached"), [(79, 0), (80, 80), (99, 80), (100, 100), (300, 100)])
def test_the_highest_share_that_is_reached_counts(octets: int, reached: int) -> None:
    assert share(octets, 100) == reached


@pytest.mark.parametrize(("text", "octets"), [("20 TB", 20 * 10**12), ("500GB", 5 * 10**11), ("1.5 PB", 15 * 10**14)])
def test_a_size_counts_as_providers_do(text: str, octets: int) -> None:
    assert Size.parse(text).octets == octets


@pytest.mark.parametrize("text", ["20", "20 TiB", "0 TB", "-1 TB", "1e9 GB", "twenty TB", "20 tb"])
def test_another_text_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="20 TB"):
        Size.parse(text)


def flow(kernel: FakeKernel, megabytes: int) -> None:
    """Let so much come in, and as much leave, since the boot."""
    kernel.host.links["eth0"].counts = LinkCounts(rx_bytes=megabytes * 10**6, tx_bytes=megabytes * 10**6)


def told(gateway: Running) -> str | None:
    problems = {each.code: each.values["share"] for each in gateway.state.problems.present}
    return problems.get(Trouble.TRAFFIC)


async def test_admins_are_told_at_80_and_at_100_percent_and_a_new_month_ends_it(
    tmp_path: Path, kernel: FakeKernel
) -> None:
    async with running(tmp_path / "db", kernel, ALLOWED) as gateway:
        traffic = gateway.operations.traffic
        await traffic.look()
        seen = []
        for megabytes in (399, 400, 450, 500):
            flow(kernel, megabytes)
            await traffic.look()
            seen.append(told(gateway))
        assert seen == [None, "80", "80", "100"]
        kernel.host.time = datetime(2026, 2, 1, tzinfo=UTC)
        await traffic.look()
        assert told(gateway) is None
        assert traffic.octets == 0


async def test_only_what_leaves_counts_where_the_provider_counts_so(tmp_path: Path, kernel: FakeKernel) -> None:
    section = GatewaySection(monthly_traffic=Size.parse("1 GB"), monthly_traffic_counts=TrafficCounts.OUT)
    async with running(tmp_path / "db", kernel, Config(gateway=section)) as gateway:
        await gateway.operations.traffic.look()
        flow(kernel, 500)
        await gateway.operations.traffic.look()
        assert gateway.operations.traffic.octets == 500 * 10**6


async def test_the_count_goes_on_after_a_restart_and_a_reboot(tmp_path: Path, kernel: FakeKernel) -> None:
    async with running(tmp_path / "db", kernel, ALLOWED) as gateway:
        await gateway.operations.traffic.look()
        flow(kernel, 100)
        await gateway.operations.traffic.look()
        await gateway.operations.traffic.save()
    flow(kernel, 150)  # also while no gateway runs
    async with running(tmp_path / "db", kernel, ALLOWED) as gateway:
        await gateway.operations.traffic.look()
        assert gateway.operations.traffic.octets == 300 * 10**6
        await gateway.operations.traffic.save()
    kernel.host.sysctl[BOOT_ID] = "another boot"
    flow(kernel, 200)
    async with running(tmp_path / "db", kernel, ALLOWED) as gateway:
        await gateway.operations.traffic.look()
        assert gateway.operations.traffic.octets == 700 * 10**6


async def test_without_a_limit_nothing_is_counted_or_written(tmp_path: Path, kernel: FakeKernel) -> None:
    async with running(tmp_path / "db", kernel) as gateway:
        await gateway.operations.traffic.look()
        await gateway.operations.traffic.keep_counting()
        assert gateway.operations.traffic.octets is None
        assert await gateway.store.note("traffic") is None
