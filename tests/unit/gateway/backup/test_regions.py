"""A fleet in a backup: on the bot's host all regions, and on a region's host what lets it in."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace as changed
from pathlib import Path

import pytest

from gateway import trust
from gateway.backup import collect as collecting
from gateway.backup import place as placing
from gateway.backup.archive import Backup
from gateway.backup.regions import files_of
from gateway.bus import access
from gateway.config import FleetSection
from gateway.enrolment.fleet import access_of
from gateway.errors import BadBackup, HostProblem
from gateway.trust import BotTrust
from tests.enrolled import Enrolled
from tests.unit.builders import NOW

FILES = ("bus.key", "fleet.key", "fleet/ledger.json")


@pytest.fixture
def host(tmp_path: Path) -> Enrolled:
    """Return the bot's host of a fleet, which has no gateway."""
    made = Enrolled(tmp_path / "fleet", 4222)
    made.config.write_text(f'{made.config.read_text()}[gateway]\nstate_dir = "{tmp_path}/state"\n')
    made.config.write_text(f'{made.config.read_text()}[discord]\nstate_dir = "{tmp_path}/memory"\n')
    made.add("eu", "us")
    return made


def backed_up(at: Enrolled) -> Backup:
    settings = at.config.read_bytes()
    folder = at.folder.parent
    raw = collecting.collect(folder / "state", settings, folder / "memory", NOW, at.section).to_tar()
    return Backup.from_tar(raw, "the file", placing.NEWEST)


async def restored(at: Enrolled, backup: Backup, *, replace: bool = False, keep_config: bool = False) -> bool:
    done = await placing.place(backup, "the file", at.config, replace=replace, keep_config=keep_config, now=NOW)
    return done.has_fleet


def contents(at: Enrolled) -> dict[str, bytes]:
    return {name: (at.folder / name).read_bytes() for name in FILES}


async def test_the_bots_host_gets_its_regions_back_on_a_new_machine(host: Enrolled) -> None:
    backup, before = backed_up(host), contents(host)
    shutil.rmtree(host.folder)
    assert await restored(host, backup)
    assert contents(host) == before
    assert {(host.folder / name).stat().st_mode & 0o777 for name in FILES} == {0o600}
    assert [(host.folder / name).stat().st_mode & 0o777 for name in (".", "fleet")] == [0o755, 0o700]
    known = trust.read(BotTrust, host.section.key_file)
    assert [each.name for each in known.regions] == ["eu", "us"]
    host.fleet.write_server()
    users = json.loads((host.folder / "nats/server.json").read_text())["authorization"]["users"]
    assert access.read(host.section, "bot").seed
    assert len(users) == 3
    assert host.fleet.add("asia", store=host.folder / "store").number == 3


async def test_what_was_added_after_the_backup_is_put_aside_only_when_told(host: Enrolled) -> None:
    backup = backed_up(host)
    host.add("asia")
    before = contents(host)
    with pytest.raises(HostProblem, match=r"is of another fleet\. --replace puts it aside"):
        await restored(host, backup)
    assert contents(host) == before
    await restored(host, backup, replace=True)
    assert [each.name for each in trust.read(BotTrust, host.section.key_file).regions] == ["eu", "us"]
    assert (host.folder / "fleet/ledger.json.before-20260101T000000Z").read_bytes() == before["fleet/ledger.json"]


async def test_a_machine_that_is_another_place_of_the_fleet_refuses_the_backup(host: Enrolled) -> None:
    backup = backed_up(host)
    host.config.write_text(host.config.read_text().replace("[fleet]\n", '[fleet]\nregion = "eu"\n'))
    before = contents(host)
    with pytest.raises(BadBackup, match="is of 'bot' in a fleet, and \\[fleet\\] here is of 'eu'"):
        await restored(host, backup, replace=True, keep_config=True)
    assert contents(host) == before


async def test_a_backup_that_lacks_a_part_of_the_fleet_is_refused(host: Enrolled) -> None:
    backup = backed_up(host)
    part = changed(backup, files={name: each for name, each in backup.files.items() if name != "fleet.key"})
    with pytest.raises(BadBackup, match=r"it has a bus\.key and lacks fleet\.key"):
        await restored(host, part, replace=True)


def test_a_regions_host_holds_what_lets_it_in_and_no_ledger(host: Enrolled, tmp_path: Path) -> None:
    section = FleetSection(servers=(), region="eu", bus_file=tmp_path / "b", key_file=tmp_path / "k")
    section.bus_file.write_text(access_of(host.invitations["eu"]).reveal())
    section.key_file.write_text("key")
    assert {*files_of(section)} == {"bus.key", "fleet.key"}
