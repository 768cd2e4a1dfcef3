"""An update that is killed before any of its effects on the disk: a version starts afterwards, with its databases."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from gateway.update.databases import Databases
from gateway.update.switch import SERVED, Installation, Plan, Settled, note_serving, serving

KILLS = 60  # more than an update has effects; a test says so
OLD, NEW = "a1", "b2"


class Killed(BaseException):
    """The end of the process."""


class Effects:
    """Counts what changes the disk, and kills before effect number `at`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count, self.at = 0, 0
        for name in ("rename", "replace", "unlink", "symlink_to", "touch", "mkdir", "write_text"):
            monkeypatch.setattr(Path, name, self._counted(getattr(Path, name)))
        monkeypatch.setattr(shutil, "rmtree", self._counted(shutil.rmtree))
        monkeypatch.setattr(os, "sync", self._counted(lambda: None))  # a test waits for no other program's disk

    def _counted(self, effect: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **options: Any) -> Any:
            self.count += 1
            if self.count == self.at:
                raise Killed
            return effect(*args, **options)

        return counted


class Host:
    """A host with an old version, and a new one with one more table. `placed` is which version's files are in place."""

    def __init__(self, folder: Path, *, new_serves: bool) -> None:
        self.installation = Installation(folder / "opt")
        self.gateway, self.bot = (
            Databases(folder / "gateway", ("guildgate.db",)),
            Databases(folder / "bot", ("bot.db",)),
        )
        self.placed, self._serve = OLD, {OLD, NEW} if new_serves else {OLD}
        for path in (self.gateway.folder, self.bot.folder, *(folder / "opt" / name for name in (OLD, NEW))):
            path.mkdir(parents=True)
        for database in self.databases:
            with closing(sqlite3.connect(database)) as db:
                db.executescript("CREATE TABLE peers (name TEXT); INSERT INTO peers VALUES ('laptop')")
                db.executescript("PRAGMA user_version = 1")
        self.installation.lead(OLD)
        note_serving(self.gateway.folder, str(folder / "opt" / OLD))

    @property
    def databases(self) -> tuple[Path, Path]:
        return self.gateway.folder / "guildgate.db", self.bot.folder / "bot.db"

    @property
    def served(self) -> Path:
        return self.gateway.folder / SERVED

    def update(self) -> None:
        self.installation.begin(Plan(OLD, self.served, (self.gateway, self.bot)))
        self.place(NEW)
        self.installation.lead(NEW)

    def place(self, name: str) -> None:
        self.placed = name

    def start(self) -> str:
        """Start the gateway until one serves, as systemd does, and return its version."""
        for _ in range(3):
            if self.installation.settle(self.place) is Settled.BACK:
                continue
            version = self.installation.current
            for database in self.databases:
                _migrate(database, 2 if version == NEW else 1)
            if version in self._serve:
                note_serving(self.gateway.folder, str(self.installation.root / version))
                return version
        raise AssertionError("no version serves")

    def content(self) -> list[tuple[int, list[tuple[str]]]]:
        found = []
        for database in self.databases:
            with closing(sqlite3.connect(database)) as db:
                ((version,),) = db.execute("PRAGMA user_version").fetchall()
                found.append((version, db.execute("SELECT name FROM peers").fetchall()))
        return found


def _migrate(database: Path, newest: int) -> None:
    with closing(sqlite3.connect(database)) as db:
        ((version,),) = db.execute("PRAGMA user_version").fetchall()
        assert version <= newest, "an old version cannot open a new database"
        if version < newest:
            db.executescript("CREATE TABLE more (one TEXT); DELETE FROM peers; PRAGMA user_version = 2")


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Yield a folder in memory, because SQLite waits for a disk."""
    with TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


@pytest.fixture
def effects(monkeypatch: pytest.MonkeyPatch) -> Effects:
    return Effects(monkeypatch)


def test_a_version_that_serves_stays(tmp_path: Path, effects: Effects) -> None:
    host = Host(tmp_path, new_serves=True)
    host.update()
    assert host.start() == NEW
    host.installation.end()
    assert host.start() == host.placed == NEW
    assert host.content() == [(2, []), (2, [])]


def test_one_that_does_not_serve_goes_back_with_its_databases(tmp_path: Path, effects: Effects) -> None:
    host = Host(tmp_path, new_serves=False)
    host.update()
    assert host.start() == host.placed == OLD
    assert host.content() == [(1, [("laptop",)])] * 2
    assert not host.installation.plan
    assert not list(tmp_path.rglob("before-update"))


def test_one_that_is_given_up_goes_back_though_it_serves(tmp_path: Path, effects: Effects) -> None:
    """The bot may fail where the gateway does not."""
    host = Host(tmp_path, new_serves=True)
    host.update()
    assert host.start() == NEW
    host.installation.give_up()
    assert host.start() == OLD
    assert host.content() == [(1, [("laptop",)])] * 2


def test_what_is_stored_meanwhile_stays_where_tables_are_as_before(tmp_path: Path, effects: Effects) -> None:
    host = Host(tmp_path, new_serves=False)
    host.update()
    assert host.installation.settle(host.place) is Settled.FIRST
    assert serving(host.served) == ""
    with closing(sqlite3.connect(host.databases[0])) as db, db:
        db.execute("INSERT INTO peers VALUES ('phone')")
    assert host.installation.settle(host.place) is Settled.BACK
    assert host.content()[0] == (1, [("laptop",), ("phone",)])


def test_a_start_that_cannot_copy_the_databases_goes_back(tmp_path: Path, effects: Effects) -> None:
    host = Host(tmp_path, new_serves=True)
    host.update()
    host.databases[1].write_bytes(b"no database" * 100)
    with pytest.raises(OSError, match=r"bot\.db cannot be copied"):
        host.installation.settle(host.place)
    assert host.installation.current == host.placed == OLD


def test_a_log_of_writes_is_not_added_to_the_copy(tmp_path: Path, effects: Effects) -> None:
    """A new version that was killed leaves its writes in a log beside the database."""
    host = Host(tmp_path, new_serves=False)
    host.update()
    assert host.installation.settle(host.place) is Settled.FIRST
    writer = sqlite3.connect(host.databases[0])
    writer.executescript("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; DELETE FROM peers")
    writer.executescript("PRAGMA user_version = 2")
    for name in ("guildgate.db", "guildgate.db-wal"):  # as a kill leaves them, without the end of the connection
        shutil.copy(host.gateway.folder / name, tmp_path / name)
    writer.close()
    for name in ("guildgate.db", "guildgate.db-wal"):
        shutil.copy(tmp_path / name, host.gateway.folder / name)
    assert host.start() == OLD
    assert host.content() == [(1, [("laptop",)])] * 2


@pytest.mark.parametrize("new_serves", [True, False])
@pytest.mark.parametrize("at", range(1, KILLS))
def test_a_kill_before_any_effect_leaves_a_version_that_starts(
    tmp_path: Path, effects: Effects, at: int, new_serves: bool
) -> None:
    """The kill meets the update, or a start after it, which systemd then tries again."""
    host = Host(tmp_path, new_serves=new_serves)
    effects.count, effects.at = 0, at
    try:
        host.update()
        host.start()
        host.installation.end()
    except Killed:
        pass
    else:
        assert effects.count < at
    effects.at = 0
    version = host.start()
    assert version == OLD or new_serves
    assert host.content() == [(1, [("laptop",)])] * 2 if version == OLD else [(2, [])] * 2
    assert serving(host.served) == version
    host.start()
    assert not host.installation.plan
    assert host.start() == version


def test_the_kills_are_as_many_as_there_are_effects(tmp_path: Path, effects: Effects) -> None:
    host = Host(tmp_path, new_serves=False)
    effects.count = 0
    host.update()
    host.start()
    assert 15 < effects.count < KILLS
