"""What `guildgate doctor` says of a fleet's bus, on real servers that each have one thing wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any

import pytest
from nats.js.api import StorageType
from nats.js.errors import BadRequestError

from gateway import config
from gateway.bus import subjects
from gateway.bus.told import Entry, Pulse
from gateway.codec import to_json
from gateway.doctor.bus import bus
from gateway.doctor.finding import Finding, Level
from tests import natsserver
from tests.enrolled import Enrolled, enrolled

pytestmark = [pytest.mark.root, pytest.mark.timeout(300)]
Change = Callable[[dict[str, Any]], object]


def said(fleet: Enrolled) -> list[Finding]:
    return [*bus(config.load(fleet.config), fleet.config)]


def wrong(fleet: Enrolled) -> list[Finding]:
    return [finding for finding in said(fleet) if finding.level is not Level.OK]


@asynccontextmanager
async def telling(
    fleet: Enrolled, region: str, ahead: timedelta = timedelta(), subnet4: str = "", subnet6: str = ""
) -> AsyncIterator[None]:
    """Let a region tell of itself, as its courier does, with a clock that is ahead and with some subnets."""
    invited = fleet.invitations[region]
    entry = Entry(
        region=region,
        public_address="",
        subnet4=IPv4Network(subnet4 or invited.subnet4),
        subnet6=IPv6Network(subnet6 or invited.subnet6),
        version="1.0.0",
    )
    async with fleet.client("bot") as bot, fleet.client(region) as courier:
        with suppress(BadRequestError):  # it is there
            await bot.jetstream().create_key_value(bucket=subjects.DIRECTORY, storage=StorageType.FILE, direct=True)
        await courier.jetstream().publish(subjects.entry(region), to_json(entry).encode())

        async def keep_telling() -> None:
            while True:
                pulse = Pulse(at=datetime.now(UTC) + ahead, connection="1", serving=True, load=0.0)
                await courier.publish(subjects.pulse(region), to_json(pulse).encode())
                await asyncio.sleep(0.2)

        told = asyncio.create_task(keep_telling())
        try:
            yield
        finally:
            told.cancel()
            await asyncio.wait([told])


async def with_another(fleet: Enrolled, change: Change) -> list[Finding]:
    """Return what is wrong once the server runs by a configuration that was changed."""
    await fleet.server.stop()
    made = json.loads(fleet.server.config.read_text())
    change(made)
    fleet.server.config.write_text(json.dumps(made))
    await fleet.server.start()
    return await asyncio.to_thread(wrong, fleet)


async def test_a_bus_as_fleet_add_makes_it_is_well(tmp_path: Path) -> None:
    async with enrolled(tmp_path / "fleet", ("eu",)) as fleet:
        async with telling(fleet, "eu"):
            found = await asyncio.to_thread(said, fleet)
        assert [finding.level for finding in found] == [Level.OK, Level.OK], found
        assert "eu is there, and its clock is right" in found[1].detail


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        (lambda made: made.pop("tls"), "takes clients without TLS"),
        (lambda made: made["tls"].pop("verify"), "asks clients for no certificate"),
        (lambda made: made.pop("max_payload"), "takes messages of 1024 KiB"),
        (lambda made: made["jetstream"].pop("sync_interval"), "may be lost with the power"),
        (lambda made: made.pop("jetstream"), "JetStream is off"),
    ],
)
async def test_each_wrong_setting_is_named_and_its_cure_mends_it(tmp_path: Path, change: Change, detail: str) -> None:
    async with enrolled(tmp_path / "fleet", ("eu",)) as fleet, AsyncExitStack() as stack:
        (found,) = [each for each in await with_another(fleet, change) if detail in each.detail]
        assert found.fix[0].startswith("guildgate fleet server && systemctl restart guildgate-nats")
        await fleet.server.stop()
        fleet.fleet.write_server()
        await fleet.server.start()
        await stack.enter_async_context(telling(fleet, "eu"))
        assert await asyncio.to_thread(wrong, fleet) == []


async def test_an_old_server_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the server of the tests, with another version written into the program."""
    old = tmp_path / "nats-server"
    old.write_bytes(natsserver.PROGRAM.read_bytes().replace(b"2.15.1", b"2.12.6"))
    old.chmod(0o755)
    monkeypatch.setattr(natsserver, "PROGRAM", old)
    async with enrolled(tmp_path / "fleet", ("eu",)) as fleet:
        found = (await asyncio.to_thread(wrong, fleet))[0]
        assert "is nats-server 2.12.6" in found.detail
        assert "2.14 or newer" in found.fix[0]


async def test_a_bus_that_is_away_and_another_program_are_told_apart(tmp_path: Path) -> None:
    async with enrolled(tmp_path / "fleet", ("eu",)) as fleet:
        await fleet.server.stop()
        (found,) = wrong(fleet)
        assert "does not answer (connection refused)" in found.detail


def test_without_a_fleet_there_is_nothing_to_say() -> None:
    assert [*bus(config.Config(), Path("config.toml"))] == []


@pytest.mark.parametrize(("ahead_s", "side"), [(3.5, "before"), (-3.5, "behind")])
async def test_a_clock_that_is_off_is_named_with_its_cure(tmp_path: Path, ahead_s: float, side: str) -> None:
    async with enrolled(tmp_path / "fleet") as fleet:
        async with telling(fleet, "eu", timedelta(seconds=ahead_s)), telling(fleet, "us"):
            (found,) = await asyncio.to_thread(wrong, fleet)
        assert "the clock of eu is" in found.detail
        assert side in found.detail
        assert "set-ntp true" in found.fix[0]


@pytest.mark.parametrize("subnets", [{"subnet4": "10.66.1.128/25"}, {"subnet6": "fd42:42:1::/64"}])
async def test_subnets_that_overlap_are_named_with_their_cure(tmp_path: Path, subnets: dict[str, str]) -> None:
    async with enrolled(tmp_path / "fleet") as fleet:
        async with telling(fleet, "eu"), telling(fleet, "us", **subnets):  # type: ignore[arg-type]
            (found,) = await asyncio.to_thread(wrong, fleet)
        assert f"eu and us both have addresses of {next(iter(subnets.values()))}" in found.detail
        assert "guildgate fleet add us --again --subnet4" in found.fix[0]


async def test_subnets_of_the_gateway_beside_the_bot_are_compared_as_well(tmp_path: Path) -> None:
    async with enrolled(tmp_path / "fleet", ("eu",)) as fleet:
        fleet.config.write_text(f'{fleet.config.read_text()}beside = "home"\n')
        async with telling(fleet, "eu", subnet4="10.66.66.128/25"):
            (found,) = await asyncio.to_thread(wrong, fleet)
        assert "home and eu both have addresses of 10.66.66.128/25" in found.detail
        assert "guildgate fleet add eu --again --subnet4" in found.fix[0]


async def test_a_region_that_tells_nothing_and_a_bot_that_is_not_let_in_are_named(tmp_path: Path) -> None:
    async with enrolled(tmp_path / "fleet", ("eu",)) as fleet:
        (found,) = await asyncio.to_thread(wrong, fleet)
        assert "eu tells nothing of itself" in found.detail
        found, *_ = await with_another(fleet, lambda made: made["authorization"]["users"].pop(0))
        assert "the bot is not let in" in found.detail
