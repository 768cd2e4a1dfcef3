"""What the doctor says of a region that two machines have."""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path

import pytest

from gateway import config
from gateway.api.standby import StandbyState
from gateway.backup.archive import CONFIG, Backup, Manifest
from gateway.config import Config
from gateway.doctor.finding import Level
from gateway.doctor.standby import address, serving, standby, waiting
from gateway.standby.copy import Copy
from tests.unit.builders import NOW, key
from tests.unit.gateway.standby.test_turn import REGION, SECOND

HERE = """
[gateway]
public_address = "198.51.100.7"
interface = "wg7"
[fleet]
region = "eu"
servers = ["tls://bus.example.org:4222"]
standby = "198.51.100.7"
"""


def parsed(text: str) -> Config:
    return config.parse(config.tables(text.encode(), "x"))


def a_copy(text: str) -> Copy:
    manifest = Manifest(version="1", made_at=NOW, devices=0, forwards=0)
    return Copy(1, Backup(manifest, {CONFIG: text.encode()}), SECOND.region_key)


def test_without_a_second_machine_there_is_nothing_to_say() -> None:
    assert [*standby(Config())] == []
    assert [*standby(parsed(HERE.replace('standby = "198.51.100.7"\n', "")))] == []


def test_a_host_that_is_not_enrolled_is_told_how_to_look(tmp_path: Path) -> None:
    (finding,) = standby(parsed(f'{HERE}key_file = "{tmp_path}/fleet.key"\n'))
    assert (finding.level, finding.fix) == (Level.WARNING, ("Run it with sudo.",))


@pytest.mark.parametrize(
    ("allowed", "followers", "level"), [(False, 0, Level.FAILURE), (True, 0, Level.FAILURE), (True, 1, Level.OK)]
)
def test_the_one_that_serves_has_to_send_its_copies(allowed: bool, followers: int, level: Level) -> None:
    fleet = parsed(HERE).fleet
    assert fleet
    state = StandbyState(key=key() if allowed else None, followers=followers, number=0, made_at=None)
    (finding,) = serving(state, fleet)
    assert finding.level is level
    assert bool(finding.fix) is (level is not Level.OK)


def test_a_standby_without_a_copy_is_told_what_to_type_on_the_other_machine() -> None:
    (finding,) = waiting("no copy has come yet", SECOND, parsed(HERE))
    assert finding.level is Level.FAILURE
    assert finding.fix == (f"sudo guildgate standby allow {SECOND.key.public_key}    on the other machine",)
    assert SECOND.key.reveal() not in repr(finding)
    (finding,) = waiting("no copy has come yet", REGION, parsed(HERE))
    assert finding.fix == ()


def test_what_devices_and_players_meet_has_to_be_the_same_on_both() -> None:
    same = HERE.replace('"wg7"', '"wg0"')
    (finding,) = waiting(a_copy(same), SECOND, parsed(HERE))
    assert (finding.level, "2026-" in finding.detail) == (Level.OK, True)
    other = f"{HERE}[policy]\ndevices_per_member = 7\n".replace("[fleet]", "listen_port = 443\n[fleet]")
    _, warned = waiting(a_copy(other), SECOND, parsed(HERE))
    assert warned.level is Level.WARNING
    assert warned.detail.endswith(": gateway.listen_port, policy.devices_per_member")


def test_the_address_is_looked_for_on_this_machine() -> None:
    (finding,) = address(IPv4Address("198.51.100.7"))
    assert (finding.level, "so it waits" in finding.detail) == (Level.OK, True)
