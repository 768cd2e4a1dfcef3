"""What the doctor says of backups and of configs, and the steps of a move."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.api.contract import PeerInfo, PeerStatus, Status
from gateway.backup.automatic import rotate
from gateway.config import BackupSection, Config, GatewaySection, Host
from gateway.doctor.finding import Finding, Level
from gateway.doctor.house import backups, configs, move
from gateway.model import Desired, Duration, Off
from tests.unit.builders import ALICE, BOB, NOW, joined
from tests.unit.gateway.doctor.test_doctor import RUNNING, facts

DAY = Duration(timedelta(days=1))


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return the configuration of a gateway that has run."""
    (tmp_path / "guildgate.db").touch()
    (tmp_path / "backups").mkdir()
    return Config(gateway=GatewaySection(state_dir=tmp_path))


def made(config: Config, *ages: timedelta) -> None:
    for age in ages:
        (config.backups / f"guildgate-{NOW - age:%Y%m%dT%H%M%SZ}.tar.gz").touch()


def said(config: Config) -> Finding:
    (found,) = backups(config, NOW)
    return found


def test_the_age_of_the_newest_backup_is_told(config: Config) -> None:
    assert said(config).level is Level.WARNING
    made(config, timedelta(hours=3), timedelta(days=9))
    (config.backups / "notes.txt").touch()
    found = said(config)
    assert found.level is Level.OK
    assert f"the newest of 2 in {config.backups} is 3 hours old; on this disk only" in found.detail


def test_an_old_backup_is_a_warning(config: Config) -> None:
    made(config, timedelta(days=9))
    assert (said(config).level, "is 9 days old" in said(config).detail) == (Level.WARNING, True)


def test_without_a_state_nothing_is_said_and_without_automatic_ones_only_that(config: Config, tmp_path: Path) -> None:
    off = replace(config, backup=BackupSection(every=Off()))
    assert "switched off" in said(off).detail
    (tmp_path / "guildgate.db").unlink()
    assert list(backups(config, NOW)) == []


def test_only_the_oldest_automatic_backups_go(config: Config) -> None:
    made(config, *(timedelta(hours=hours) for hours in range(5)))
    (config.backups / "guildgate-mine.tar.gz").touch()
    rotate(config.backups, 2)
    kept = sorted(path.name for path in config.backups.iterdir())
    assert kept == ["guildgate-20251231T230000Z.tar.gz", "guildgate-20260101T000000Z.tar.gz", "guildgate-mine.tar.gz"]


def running(*addresses: str, handshakes: bool = True) -> Status:
    desired = Desired()
    for member, address in zip((ALICE, BOB), addresses, strict=False):
        desired, peer = joined(desired, member)
        desired = replace(desired, peers={**desired.peers, peer.id: replace(peer, address=address)})
    seen = RUNNING.at if handshakes else None
    peers = (
        PeerStatus(peer=PeerInfo.of(peer), latest_handshake=seen, rx_bytes=0, tx_bytes=0, endpoint=None)
        for peer in desired.peers.values()
    )
    return replace(RUNNING, peers=tuple(peers))


@pytest.mark.parametrize(
    ("addresses", "name", "level", "detail"),
    [
        (("203.0.113.1", "203.0.113.1"), None, Level.OK, "2 of 2 have a bare address (203.0.113.1): another one would"),
        (("a.example", "203.0.113.1"), "a.example", Level.WARNING, "1 of 2 have a bare address (203.0.113.1), so they"),
        (("a.example", "a.example"), "a.example", Level.OK, "all 2 have a name"),
    ],
)
def test_configs_with_a_bare_address_are_counted(
    addresses: tuple[str, ...], name: str | None, level: Level, detail: str
) -> None:
    section = GatewaySection(public_address=Host(name) if name else None)
    (found,) = configs(running(*addresses), section)
    assert (found.level, found.detail[: len(detail)]) == (level, detail)
    assert list(configs("no gateway answers", section)) == []


def test_the_steps_of_a_move_are_told_on_either_machine(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"

    def steps(status: Status | str) -> dict[str, Finding]:
        return {found.title: found for found in move(facts(status=status), Config(), path)}

    old = steps(running("203.0.113.1", "203.0.113.1"))
    assert list(old) == ["configs", "backup", "old machine", "new machine", "address", "friends"]
    assert old["backup"].fix[0] == "guildgate backup gg.age"
    assert old["friends"].detail == "2 of 2 devices are connected to this machine"
    away = steps(running("203.0.113.1", handshakes=False))["friends"]
    assert away.detail == "0 of 1 devices are connected to this machine; away are pc of alice"
    new = steps("no gateway answers")
    assert "guildgate restore gg.age" in new["new machine"].fix
