"""The bot learns which regions there are while it runs. `guildgate fleet` writes the files, and no bus is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot.fleet import reached
from bot.fleet.reached import Reached
from tests.enrolled import Enrolled
from tests.unit.bot.patience import until


@pytest.fixture
def host(tmp_path: Path) -> Enrolled:
    made = Enrolled(tmp_path / "fleet", 4222)
    made.add("eu")
    return made


@pytest.fixture
async def regions(host: Enrolled, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Reached]:
    monkeypatch.setattr(reached, "LOOK_S", 0.01)
    made = Reached(host.section, host.folder / "gateway.sock")
    running = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_a_region_is_there_once_it_was_added_and_not_after_it_was_taken_out(
    host: Enrolled, regions: Reached
) -> None:
    (before,) = regions.fleet.all
    host.add("us")
    await until(lambda: regions.fleet.regions == ["eu", "us"])
    assert regions.fleet.at("eu") is before  # so its mirror goes on
    assert regions.bus._known == {"eu", "us"}
    host.fleet.remove("eu")
    await until(lambda: regions.fleet.regions == ["us"])
    host.fleet.remove("us")
    await until(lambda: regions.fleet.regions == [])


async def test_a_region_that_was_enrolled_anew_is_asked_by_its_new_key(host: Enrolled, regions: Reached) -> None:
    before = regions.fleet.at("eu")
    host.fleet.add("eu", again=True, store=host.folder / "store")
    await until(lambda: regions.fleet.at("eu") is not before)
    assert regions.fleet.at("eu").number == before.number


async def test_the_regions_stay_while_their_file_cannot_be_read(
    host: Enrolled, regions: Reached, caplog: pytest.LogCaptureFixture
) -> None:
    written = host.section.key_file.read_text()
    host.section.key_file.write_text(written[:100])
    await until(lambda: "the regions stay as they were" in caplog.text)
    assert regions.fleet.regions == ["eu"]
    host.section.key_file.write_text(written)
    host.add("us")
    await until(lambda: regions.fleet.regions == ["eu", "us"])
    assert caplog.text.count("the regions stay as they were") == 1


async def test_the_gateway_beside_the_bot_stays_when_all_others_have_left(tmp_path: Path, host: Enrolled) -> None:
    host.config.write_text(f'{host.config.read_text()}beside = "home"\n')
    made = Reached(host.section, host.folder / "gateway.sock")
    assert [(each.name, each.number) for each in made.fleet.all] == [("home", 0), ("eu", 1)]
    host.fleet.remove("eu")
    await made._read()
    assert [(each.name, each.number) for each in made.fleet.all] == [("home", 0)]
