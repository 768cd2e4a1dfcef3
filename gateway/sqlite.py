"""SQLite databases of both processes: they are opened and brought to the present schema step by step."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import aiosqlite

from gateway.errors import HostProblem

Steps = Sequence[str]
"""Step n brings a database of user_version n to n + 1. Never edit a step that was released; add the next."""

# A transaction is on the disk when it ends, and readers do not wait for it. What is deleted is overwritten.
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000", "secure_delete=ON")


async def connect(path: Path, steps: Steps, *, key: str) -> aiosqlite.Connection:
    """Open or make the database.

    Raise HostProblem about `key` when it cannot be used, lacks columns or has unknown ones. A database of a newer
    version is left unchanged.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        db = await aiosqlite.connect(path, isolation_level=None)
    except (OSError, aiosqlite.Error) as error:
        raise HostProblem(key=key, problem=f"{path} cannot be opened: {error}") from error
    try:
        try:
            problem = await _prepare(db, steps)
        except aiosqlite.Error as error:
            raise HostProblem(key=key, problem=f"{path} is not usable: {error}") from error
        if problem:
            raise HostProblem(key=key, problem=f"{path} {problem}")
    except BaseException:
        await db.close()
        raise
    return db


async def rewrite(db: aiosqlite.Connection) -> None:
    """Write the database anew, so that neither file nor write-ahead log holds what was deleted. Raise aiosqlite.Error.

    `secure_delete` is not enough, because SQLite copies rows when it divides a page.
    """
    await db.execute("VACUUM")
    ((is_busy, *_),) = await db.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
    if is_busy:
        raise aiosqlite.OperationalError("another program reads the database")


async def in_memory(steps: Steps) -> aiosqlite.Connection:
    """Make a database that lasts as long as its connection."""
    db = await aiosqlite.connect(":memory:", isolation_level=None)
    try:
        await _migrate(db, steps, 0)
    except BaseException:
        await db.close()
        raise
    return db


async def checkpoint(db: aiosqlite.Connection) -> None:
    """Move the log of writes into the database, where deleted rows are overwritten, and empty it."""
    await db.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")


async def _prepare(db: aiosqlite.Connection, steps: Steps) -> str | None:
    """Bring the database to the present schema. Return what is wrong with it, or None."""
    ((version,),) = await db.execute_fetchall("PRAGMA user_version")
    if version > len(steps):
        return "was written by a newer guildgate; install that version, or restore an older database"
    for pragma in _PRAGMAS:
        await db.execute_fetchall(f"PRAGMA {pragma}")
    if 0 < version < len(steps):  # an older guildgate left what it had deleted in free pages
        await db.execute("VACUUM")
    await _migrate(db, steps, version)
    await checkpoint(db)
    model = await in_memory(steps)
    try:
        expected, found = await _columns(model), await _columns(db)
    finally:
        await model.close()
    for table, columns in expected.items():
        for column in sorted(columns ^ found.get(table, set())):
            what = "lacks the" if column in columns else "has an unknown"
            return f"{what} column {table}.{column}; restore a backup, or move it away to begin with an empty one"
    return None


async def _migrate(db: aiosqlite.Connection, steps: Steps, version: int) -> None:
    for number, step in enumerate(steps[version:], version + 1):
        await db.executescript(f"BEGIN IMMEDIATE; {step} PRAGMA user_version = {number}; COMMIT;")


async def _columns(db: aiosqlite.Connection) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    tables = "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'"
    for table, column in await db.execute_fetchall(tables):
        found.setdefault(table, set()).add(column)
    return found
