"""What the bot remembers, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.memory import Memory

SCHEMA = "CREATE TABLE IF NOT EXISTS seen (what TEXT PRIMARY KEY) STRICT;"


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
    """One line in the log says what that means."""
    folder = tmp_path / broken
    if broken == "garbage":
        folder.mkdir()
        (folder / "bot.db").write_bytes(b"no database " * 100)
    async with Memory.open(folder, SCHEMA) as memory:
        await memory.write("INSERT INTO seen VALUES ('owl')")
        assert await memory.rows("SELECT what FROM seen") == [("owl",)]
    assert [record.message for record in caplog.records if "remembers nothing" in record.message]
