"""The doctor's look at databases, real ones in a folder."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from gateway.doctor.databases import databases
from gateway.doctor.finding import Finding, Level

VERSIONS = {"guildgate.db": 3, "flows.db": None}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Make a database of the newest version, in WAL mode as the gateway's are."""
    path = tmp_path / "guildgate.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.executescript("CREATE TABLE t (x); CREATE INDEX i ON t (x); PRAGMA user_version = 3;")
        db.executemany("INSERT INTO t VALUES (?)", [(f"{number:0100}",) for number in range(1000)])
        db.commit()
    path.chmod(0o600)
    return path


def examined(file: Path) -> list[Finding]:
    return list(databases(file.parent, VERSIONS, "gateway"))


def test_a_sound_database_is_left_as_it_was(file: Path) -> None:
    """This holds while the gateway has it open, too."""
    before = file.read_bytes()
    for _ in range(2):
        (found,) = examined(file)
        assert found.level is Level.OK
        assert found.detail.startswith("guildgate.db of the gateway: sound, ")
    with closing(sqlite3.connect(file)) as db:
        db.execute("BEGIN IMMEDIATE")
        assert [found.level for found in examined(file)] == [Level.OK]
    assert file.read_bytes() == before
    assert sorted(path.name for path in file.parent.iterdir()) == ["guildgate.db"]


def test_without_a_database_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert list(databases(tmp_path, VERSIONS, "gateway")) == []
    assert list(databases(tmp_path / "nowhere", VERSIONS, "gateway")) == []


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/etc/passwd")], ids=("pipe", "link"))
def test_what_is_no_file_is_neither_followed_nor_waited_for(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """The folder is another user's. `chmod` and `chown` by root would follow a link from there."""
    make(tmp_path / "guildgate.db")
    (found,) = databases(tmp_path, VERSIONS, "gateway")
    assert found.level is Level.FAILURE
    assert found.fix == (f"rm {tmp_path}/guildgate.db",)


def test_a_newer_version_is_named(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA user_version = 4")
    (found,) = examined(file)
    assert found.level is Level.FAILURE
    assert "newer guildgate (version 4 of its tables; this one knows 3)" in found.detail


@pytest.mark.parametrize("at", [0, 4096, 8192], ids=["head", "schema's next page", "later"])
def test_a_damaged_database_is_named(file: Path, at: int) -> None:
    with file.open("r+b") as database:
        database.seek(at)
        database.write(b"\xff" * 4096)
    (found,) = examined(file)
    assert found.level is Level.FAILURE
    assert "is damaged: " in found.detail or "cannot be read: " in found.detail
    assert "Restore a backup" in found.fix[0]


def test_a_database_that_others_can_read_is_named(file: Path) -> None:
    file.parent.chmod(0o755)
    file.chmod(0o644)
    (found,) = examined(file)
    assert found.fix == (f"chmod 600 {file}",)


@pytest.mark.root
def test_a_database_of_another_user_is_named(file: Path) -> None:
    os.chown(file.parent, 65521, 65521)
    (found,) = examined(file)
    assert found.fix == (f"chown -h --reference={file.parent} {file}",)
