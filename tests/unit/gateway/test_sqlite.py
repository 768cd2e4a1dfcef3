"""Databases are opened and brought to the present schema."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import aiosqlite
import pytest

from bot import app
from gateway import sqlite
from gateway.errors import HostProblem
from gateway.state import schema

FIRST = "CREATE TABLE seen (what TEXT PRIMARY KEY) STRICT;"
SECOND = "ALTER TABLE seen ADD COLUMN times INTEGER NOT NULL DEFAULT 1;"
BROKEN = "ALTER TABLE seen ADD COLUMN at TEXT; INSERT INTO nowhere VALUES (1);"


async def write(path: Path, steps: sqlite.Steps, statement: str) -> None:
    db = await sqlite.connect(path, steps, key="x.state_dir")
    try:
        await db.execute(statement)
    finally:
        await db.close()


def content(path: Path) -> tuple[int, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute("PRAGMA user_version").fetchone()[0], sorted(db.execute("SELECT * FROM seen"))


async def test_each_step_is_taken_once_and_keeps_what_there_is(tmp_path: Path) -> None:
    path = tmp_path / "db"
    await write(path, (FIRST,), "INSERT INTO seen VALUES ('owl')")
    assert content(path) == (1, [("owl",)])
    for _ in range(2):
        await write(path, (FIRST, SECOND), "UPDATE seen SET times = times + 1")
    assert content(path) == (2, [("owl", 3)])
    assert path.stat().st_mode & 0o077 == 0


async def test_a_step_that_fails_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    """The earlier version can still use it."""
    path = tmp_path / "db"
    await write(path, (FIRST,), "INSERT INTO seen VALUES ('owl')")
    with pytest.raises(HostProblem, match="not usable"):
        await sqlite.connect(path, (FIRST, BROKEN), key="x.state_dir")
    await write(path, (FIRST,), "INSERT INTO seen VALUES ('cat')")
    assert content(path) == (1, [("cat",), ("owl",)])


async def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "db"
    await write(path, (FIRST, SECOND), "INSERT INTO seen VALUES ('owl', 2)")
    before = path.read_bytes()
    with pytest.raises(HostProblem, match=r"^x\.state_dir: .*newer guildgate"):
        await sqlite.connect(path, (FIRST,), key="x.state_dir")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DROP TABLE seen", "lacks the column seen.times"),
        ("ALTER TABLE seen DROP COLUMN times", "lacks the column seen.times"),
        ("ALTER TABLE seen ADD COLUMN colour TEXT", "has an unknown column seen.colour"),
    ],
)
async def test_a_schema_that_no_step_made_is_refused(tmp_path: Path, change: str, said: str) -> None:
    """The refusal comes at the start and names the column, instead of a statement that fails later."""
    await write(tmp_path / "db", (FIRST, SECOND), change)
    with pytest.raises(HostProblem, match=said):
        await sqlite.connect(tmp_path / "db", (FIRST, SECOND), key="x.state_dir")


def cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def overwrite(path: Path) -> None:
    path.write_bytes(b"no database " * 1000)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def lose_all_but_the_log(path: Path) -> None:
    """Move the database away and forget its log, as an admin may."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO seen VALUES ('cat')")
        db.commit()
        log = path.with_name("db-wal").read_bytes()
    path.unlink()
    path.with_name("db-wal").write_bytes(log)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut_in_half, "is damaged: database disk image is malformed; stop guildgate"),
        (overwrite, "is damaged: file is not a database; stop guildgate"),
        (empty, "is damaged: it is empty; stop guildgate"),
        (lose_all_but_the_log, "is missing, but its log is there; stop guildgate"),
    ],
)
async def test_a_damaged_database_is_left_as_it_is(tmp_path: Path, damage: Callable[[Path], None], said: str) -> None:
    """What SQLite can still read of it may be worth something. The end is no final one, because a backup may come."""
    path = tmp_path / "db"
    await write(path, (FIRST,), "INSERT INTO seen VALUES ('owl')")
    damage(path)
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    with pytest.raises(HostProblem) as raised:
        await sqlite.connect(path, (FIRST,), key="x.state_dir")
    assert f"{path} {said}" in str(raised.value)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before


async def test_a_log_of_rubbish_is_none(tmp_path: Path) -> None:
    path = tmp_path / "db"
    await write(path, (FIRST,), "INSERT INTO seen VALUES ('owl')")
    (tmp_path / "db-wal").write_bytes(b"rubbish " * 1000)
    await write(path, (FIRST,), "INSERT INTO seen VALUES ('cat')")
    assert content(path) == (1, [("cat",), ("owl",)])


async def test_a_kill_while_it_is_made_leaves_what_the_next_start_makes_anew(tmp_path: Path) -> None:
    (tmp_path / ".db.unfinished").write_bytes(b"half")
    await write(tmp_path / "db", (FIRST,), "INSERT INTO seen VALUES ('owl')")
    assert [each.name for each in tmp_path.iterdir()] == ["db"]


async def test_a_database_that_another_program_holds_is_used_once_it_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_WAIT_S", 0.01)
    path = tmp_path / "db"
    await write(path, (FIRST,), "INSERT INTO seen VALUES ('owl')")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("BEGIN EXCLUSIVE")
        with pytest.raises(HostProblem, match="is not usable: database is locked"):
            await sqlite.connect(path, (FIRST,), key="x.state_dir")
    await write(path, (FIRST,), "INSERT INTO seen VALUES ('cat')")


async def test_tables_of_others_do_not_matter(tmp_path: Path) -> None:
    """ANALYZE makes such tables."""
    await write(tmp_path / "db", (FIRST,), "ANALYZE")
    await write(tmp_path / "db", (FIRST,), "INSERT INTO seen VALUES ('owl')")


async def test_a_transaction_is_on_the_disk_when_it_ends(tmp_path: Path) -> None:
    db = await sqlite.connect(tmp_path / "db", (FIRST,), key="x.state_dir")
    try:
        pragmas = [await value(db, name) for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")]
        assert pragmas == ["wal", 2, 1, 5000]
    finally:
        await db.close()


async def value(db: aiosqlite.Connection, pragma: str) -> object:
    ((found,),) = await db.execute_fetchall(f"PRAGMA {pragma}")
    return found


@pytest.mark.parametrize(
    ("steps", "digests"),
    [
        (
            schema.STEPS,
            [
                "a3028dc1db9103a4",
                "9cd4e24b4fa0667b",
                "e6df45a4f82dd2b7",
                "b3c3a863f2495b92",
                "16c1e20ce5fc2ee7",
                "fec8920710765415",
                "202c8347dcb0b5de",
                "950c97d0370e69d5",
                "ead841ab839993ca",
                "484550f9e1cdde99",
                "7b078b73aa54bf34",
                "b8cae604f5a91dbc",
                "7d29f74408ecf581",
                "f4dc23d859845844",
                "1a9e956798d7b483",
                "1580ebab0316e8d1",
            ],
        ),
        (
            app.SCHEMA,
            [
                "4f4d6efaef3c3e95",
                "a288b7957d682ecc",
                "a29dd04d0b843780",
                "ab9a5d7c45956353",
                "da887f93dfe2fe18",
                "c45da02766c9d6fa",
                "bc3273e94fae0557",
                "f0d28bc8480fe9f1",
                "fe32d4f5700eafca",
                "fabd2a2d95bf866a",
                "44d449dcd2f3e043",
                "ccac798f0a7585f4",
                "b565ef2514950c6d",
                "bd6e81fd3449988e",
                "b70f467020f0993f",
            ],
        ),
    ],
    ids=["gateway", "bot"],
)
def test_a_step_that_was_released_is_never_edited(steps: sqlite.Steps, digests: list[str]) -> None:
    """Databases that took the step before would lack the change. A new step gets a new line here."""
    assert [hashlib.sha256(step.encode()).hexdigest()[:16] for step in steps] == digests
