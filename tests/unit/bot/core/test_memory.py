"""The bot's database: kept over a restart, brought up to date, and done without when it cannot be used."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot import app
from bot.config import DATABASE_VERSION
from bot.core.memory import Memory

SCHEMA = ("CREATE TABLE IF NOT EXISTS seen (what TEXT PRIMARY KEY) STRICT;",)


async def test_memory_outlives_the_process(tmp_path: Path) -> None:
    async with Memory.open(tmp_path, SCHEMA) as memory:
        assert await memory.write("INSERT OR IGNORE INTO seen VALUES (?)", ("owl",)) == 1
        assert await memory.write("INSERT OR IGNORE INTO seen VALUES (?)", ("owl",)) == 0
    async with Memory.open(tmp_path, SCHEMA) as memory:
        assert await memory.rows("SELECT what FROM seen") == [("owl",)]
    assert (tmp_path / "bot.db").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("broken", ["missing", "garbage"])
async def test_without_a_place_to_write_the_bot_remembers_while_it_runs(
    tmp_path: Path, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    """One line in the log says that the bot remembers nothing after a restart."""
    folder = tmp_path / broken
    if broken == "garbage":
        folder.mkdir()
        (folder / "bot.db").write_bytes(b"no database " * 100)
    async with Memory.open(folder, SCHEMA) as memory:
        await memory.write("INSERT INTO seen VALUES ('owl')")
        assert await memory.rows("SELECT what FROM seen") == [("owl",)]
    assert [record.message for record in caplog.records if "remembers nothing" in record.message]


# The tables as versions of the bot without schema steps made them, with a row in each table.
UNVERSIONED = """
CREATE TABLE IF NOT EXISTS reminded (
    forward INTEGER NOT NULL, ends_at INTEGER NOT NULL, PRIMARY KEY (forward, ends_at)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cards (message INTEGER PRIMARY KEY, card TEXT NOT NULL, shown TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY, member INTEGER NOT NULL, name TEXT NOT NULL, joined_at INTEGER,
    device TEXT NOT NULL, mode TEXT NOT NULL, public_key TEXT,
    asked_at INTEGER NOT NULL, channel INTEGER NOT NULL, message INTEGER,
    state TEXT NOT NULL, admin TEXT NOT NULL, admin_name TEXT NOT NULL, decided_at INTEGER, reason TEXT NOT NULL,
    stale INTEGER NOT NULL, untold INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS one_request_per_member ON requests (member) WHERE state IN ('open', 'approving');
CREATE TABLE IF NOT EXISTS grants (member INTEGER PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS cut_off (member INTEGER PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS noted (id TEXT PRIMARY KEY, embed TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS told (one INTEGER PRIMARY KEY CHECK (one = 1), audit INTEGER NOT NULL) STRICT;
INSERT INTO reminded VALUES (1, 2);
INSERT INTO cards VALUES (3, '{}', '{}');
INSERT INTO requests VALUES (4, 5, 'mia', NULL, 'pc', 'full', NULL, 6, 7, 8, 'open', '', '', NULL, '', 0, 0);
INSERT INTO grants VALUES (9);
INSERT INTO cut_off VALUES (10);
INSERT INTO noted VALUES ('11', '{}');
INSERT INTO told VALUES (1, 12);
"""
TABLES = ("reminded", "cards", "requests", "grants", "noted", "told")


def make(folder: Path, script: str) -> None:
    with closing(sqlite3.connect(folder / "bot.db")) as db:
        db.executescript(script)


def content(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(folder / "bot.db")) as db:
        return {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in (*TABLES, "pragma_user_version")}


async def test_a_database_without_a_version_keeps_its_rows_and_gets_the_present_version(tmp_path: Path) -> None:
    make(tmp_path, UNVERSIONED)
    before = content(tmp_path)
    async with Memory.open(tmp_path, app.SCHEMA) as memory:
        assert await memory.rows("SELECT member FROM grants") == [(9,)]
        assert await memory.rows("SELECT member, suspended FROM decisions") == [(10, 1)]
    assert all(before[table] for table in TABLES)
    before["requests"] = [(*row, 0, "") for row in before["requests"]]  # ipv4_only and region, which came later
    assert content(tmp_path) == {**before, "pragma_user_version": [(len(app.SCHEMA),)]}


def test_the_doctor_knows_the_newest_version() -> None:
    assert len(app.SCHEMA) == DATABASE_VERSION


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("PRAGMA user_version = 99", "was written by a newer guildgate"),
        ("ALTER TABLE requests DROP COLUMN untold", "lacks the column requests.untold"),
        ("ALTER TABLE noted ADD COLUMN colour TEXT", "has an unknown column noted.colour"),
    ],
)
async def test_a_database_with_a_wrong_schema_is_told_of_and_kept(
    tmp_path: Path, change: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The bot works without it, and an admin can repair it by what the line says."""
    make(tmp_path, UNVERSIONED + change)
    before = content(tmp_path)
    async with Memory.open(tmp_path, app.SCHEMA) as memory:
        await memory.write("INSERT INTO grants VALUES (1)")
        assert await memory.rows("SELECT member FROM grants") == [(1,)]
    (line,) = [record.message for record in caplog.records]
    assert said in line
    assert "remembers nothing" in line
    after = content(tmp_path)
    if "user_version" not in change:
        before["requests"] = [(*row, 0, "") for row in before["requests"]]  # ipv4_only and region, which came later
    assert {table: after[table] for table in TABLES} == {table: before[table] for table in TABLES}
