"""SQLite databases of both processes: they are opened and brought to the present schema step by step."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import aiosqlite

from gateway.errors import HostProblem

log = logging.getLogger(__name__)

Steps = Sequence[str]
"""Step n brings a database of user_version n to n + 1. Never edit a step that was released; add the next."""

# A transaction is on the disk when it ends, and readers do not wait for it. What is deleted is overwritten.
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
_WAIT_S = 5.0  # for another program that holds the database
CURE = (
    "stop guildgate, move the file away together with those beside it that end in -wal and -shm, and put a backup in "
    "its place; without one it begins empty, and every device joins again"
)


class Damaged(HostProblem):
    """The files do not hold what SQLite has written."""


async def connect(path: Path, steps: Steps, *, key: str) -> aiosqlite.Connection:
    """Open or make the database.

    Raise Damaged, or another HostProblem about `key` when it cannot be used, lacks columns or has unknown ones. A
    damaged or newer database is left unchanged.
    """
    try:
        size = _size(path)
        # SQLite would take either for a new database, and add the log to it.
        if size == 0 or (size is None and _size(path.with_name(f"{path.name}-wal")) is not None):
            rest = "is missing, but its log is there" if size is None else "is damaged: it is empty"
            raise Damaged(key=key, problem=f"{path} {rest}; {CURE}")
        if size is None:
            await _make(path, steps)
        os.close(os.open(path, os.O_RDWR | os.O_CLOEXEC))
        db = await aiosqlite.connect(path, isolation_level=None, timeout=_WAIT_S)
    except (OSError, aiosqlite.Error) as error:
        raise HostProblem(key=key, problem=f"{path} cannot be opened: {error}") from error
    try:
        try:
            problem = await _prepare(db, steps)
        except aiosqlite.Error as error:
            if is_damage(error):
                raise Damaged(key=key, problem=f"{path} is damaged: {error}; {CURE}") from error
            raise HostProblem(key=key, problem=f"{path} is not usable: {error}") from error
        if problem:
            raise HostProblem(key=key, problem=f"{path} {problem}")
    except BaseException:
        await db.close()
        raise
    return db


async def connect_or_begin_anew(path: Path, steps: Steps, what: str, *, key: str) -> aiosqlite.Connection:
    """Open a database that can be done without, like `connect`. A damaged one is put aside."""
    try:
        return await connect(path, steps, key=key)
    except Damaged as error:
        _put_aside(path)
        kept = aside_of(path).name
        log.error("%s begins anew, and %s keeps what is left of the old one: %s", what, kept, error)
        return await connect(path, steps, key=key)


def aside_of(path: Path) -> Path:
    """Return where a damaged database is put."""
    return path.with_name(f"{path.name}.damaged")


def _put_aside(path: Path) -> None:
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    if path.exists():
        path.replace(aside_of(path))


def is_damage(error: aiosqlite.Error) -> bool:
    """Report whether the file does not hold what SQLite has written. Python's own errors have no code."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _size(path: Path) -> int | None:
    """Return the file's size, or None when there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


async def _make(path: Path, steps: Steps) -> None:
    """Make the database under another name first, so that a kill leaves no empty file under its own."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    db = await aiosqlite.connect(unfinished, isolation_level=None)
    try:
        await _prepare(db, steps)
    finally:
        await db.close()
    unfinished.rename(path)


async def rewrite(db: aiosqlite.Connection) -> None:
    """Write the database anew, so that neither file nor write-ahead log holds what was deleted. Raise aiosqlite.Error.

    `secure_delete` is not enough, because SQLite copies rows when it divides a page.
    """
    await db.execute("VACUUM")
    ((is_busy, *_),) = await db.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
    if is_busy:
        raise aiosqlite.OperationalError("another program reads the database")


async def used_bytes(db: aiosqlite.Connection) -> int:
    """Return the size of what the database holds, without pages that are free for what comes."""
    found = [await db.execute_fetchall(f"PRAGMA {name}") for name in ("page_count", "freelist_count", "page_size")]
    ((pages,),), ((free,),), ((size,),) = found
    return int(pages - free) * int(size)


async def in_memory(steps: Steps) -> aiosqlite.Connection:
    """Make a database that lasts as long as its connection."""
    db = await aiosqlite.connect(":memory:", isolation_level=None)
    try:
        await _migrate(db, steps, 0)
    except BaseException:
        await db.close()
        raise
    return db


async def checkpoint(db: aiosqlite.Connection) -> bool:
    """Move the log of writes into the database, where deleted rows are overwritten, and empty it.

    Report whether that was possible. Another program that reads the database is not waited for.
    """
    ((patience_ms,),) = await db.execute_fetchall("PRAGMA busy_timeout")
    await db.execute_fetchall("PRAGMA busy_timeout=0")
    try:
        ((is_busy, *_),) = await db.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        await db.execute_fetchall(f"PRAGMA busy_timeout={patience_ms}")
    return not is_busy


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
