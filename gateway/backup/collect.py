"""What a backup holds, taken from this machine while everything runs."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from bot import chosen
from gateway.backup.archive import BOT_DATABASE, CHOICES, CONFIG, DATABASE, HISTORY, KEY, LEDGER, Backup, Manifest
from gateway.backup.regions import files_of, read
from gateway.config import FleetSection
from gateway.errors import HostProblem, why
from gateway.host.privilege import acting_as_owner

log = logging.getLogger(__name__)

_VERSION = version("guildgate")  # read here, because the gateway's own user may be unable to
_WAIT_S = 10.0  # for another program that holds the database


def collect(
    state_dir: Path, settings: bytes | None, bot_dir: Path | None, now: datetime, fleet: FleetSection | None = None
) -> Backup:
    """Copy each database as of one moment, by SQLite's online backup, and the rest beside it.

    `settings` is the text of config.toml, `bot_dir` the folder of the bot's memory. Raise HostProblem or ConfigError.
    """
    files = files_of(fleet) if fleet else {}
    has_gateway = LEDGER not in files or (state_dir / DATABASE).exists()
    if has_gateway:
        with _of_owner(state_dir):
            files |= {KEY: read(state_dir / KEY), DATABASE: snapshot(state_dir / DATABASE)}
            if (state_dir / HISTORY).exists():
                try:
                    files[HISTORY] = snapshot(state_dir / HISTORY)
                except HostProblem as error:  # a gateway does without
                    log.warning("the backup lacks the history: %s", error)
    if bot_dir and bot_dir.exists():
        with _of_owner(bot_dir):
            if (bot_dir / BOT_DATABASE).exists():
                files[BOT_DATABASE] = snapshot(bot_dir / BOT_DATABASE)
            if choices := chosen.read(bot_dir):
                files[CHOICES] = json.dumps(choices).encode()
    if settings is not None:
        files[CONFIG] = settings
    devices, forwards = _counted(files[DATABASE]) if has_gateway else (0, 0)
    manifest = Manifest(version=_VERSION, made_at=now, devices=devices, forwards=forwards)
    return Backup(manifest, files)


@contextmanager
def _of_owner(folder: Path) -> Iterator[None]:
    """Read files of the folder with its owner's rights. Raise HostProblem without the folder."""
    try:
        with acting_as_owner(folder):
            yield
    except OSError as error:
        raise HostProblem(key=str(folder), problem=f"cannot be read ({why(error)})") from error


def snapshot(path: Path) -> bytes:
    """Return a database as of one moment. Writers go on meanwhile. Raise HostProblem, also for a damaged one."""
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))  # it may be a pipe
        with (
            closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=_WAIT_S)) as db,
            closing(sqlite3.connect(":memory:")) as copy,
        ):
            db.backup(copy)
            ((first, *_), *_) = copy.execute("PRAGMA quick_check(1)").fetchall()
            if first != "ok":
                raise HostProblem(key=str(path), problem=f"is damaged, so there is no backup of it: {first}")
            return bytes(copy.serialize())
    except OSError as error:
        raise HostProblem(key=str(path), problem=f"cannot be read ({why(error)})") from error
    except sqlite3.Error as error:
        raise HostProblem(key=str(path), problem=f"cannot be read: {error}") from error


def _counted(database: bytes) -> tuple[int, int]:
    """Return the numbers of devices and forwards."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(_readable(database))
        ((devices, forwards),) = db.execute("SELECT (SELECT count(*) FROM peers), (SELECT count(*) FROM forwards)")
        return devices, forwards


def _readable(database: bytes) -> bytes:
    """Return it without write-ahead log, because a database in memory has none (https://sqlite.org/c3ref/deserialize)."""
    return database[:18] + b"\1\1" + database[20:]


def write_new(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 that is there whole or not at all. Raise OSError, also when there is one."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(unfinished, path)  # unlike a rename, it replaces nothing
    finally:
        unfinished.unlink(missing_ok=True)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Wait until the folder's entries are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
