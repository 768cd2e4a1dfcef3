"""A backup put in place: all is checked and written beside its place first, and then moved there."""

from __future__ import annotations

import os
import pwd
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import bot.config
from bot import chosen
from bot.config import DATABASE_VERSION, DiscordSection
from gateway import config as configuration
from gateway.backup import regions
from gateway.backup.archive import BOT_DATABASE, CHOICES, CONFIG, DATABASE, HISTORY, KEY, LEDGER, Backup
from gateway.backup.collect import sync, write_new
from gateway.config import Config
from gateway.errors import BadBackup, ConfigError, GatewayError, HostProblem, StateThere, StillRunning, why
from gateway.holder import Held, lock
from gateway.host.ownuser import DEFAULT_USER
from gateway.keys import PrivateKey
from gateway.state import history
from gateway.state.schema import OF_THE_HOST, STANDBY_KEY, STEPS, TERM
from gateway.state.store import Store

NEWEST = {DATABASE: len(STEPS), BOT_DATABASE: DATABASE_VERSION, HISTORY: len(history.STEPS)}
_STAGE = ".restoring"
_Move = tuple[Path, Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did. `aside` are folders and files that were in the way."""

    devices: int
    forwards: int
    made_at: datetime
    version: str
    config: str  # the path of the configuration in use
    has_memory: bool  # of the bot
    has_fleet: bool  # all regions that the bot leads
    aside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder of a process, with its owner."""

    path: Path
    uid: int
    gid: int

    @classmethod
    def of(cls, path: Path, user: str) -> _Folder:
        """Find the owner: that of the folder, or the user of that name when it is root's or missing, or root."""
        with suppress(FileNotFoundError):
            found = path.stat()
            if found.st_uid != 0:
                return cls(path, found.st_uid, found.st_gid)
        with suppress(KeyError):
            entry = pwd.getpwnam(user)
            return cls(path, entry.pw_uid, entry.pw_gid)
        return cls(path, os.geteuid(), os.getegid())

    def own(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


async def place(
    backup: Backup,
    file: str,
    target: Path,
    *,
    replace: bool,
    keep_config: bool,
    now: datetime,
    alone: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Restored:
    """Restore onto this machine. `target` is the path of config.toml; `keep_config` leaves what is there in force.

    `alone` is entered besides the locks of both folders. Raise BadBackup, StateThere, StillRunning, ConfigError or
    HostProblem. Nothing is changed then.
    """
    settings = None if keep_config else backup.files.get(CONFIG)
    config, section = _settings(settings, target, file, _choices(backup, file))
    reader = config.gateway.user or DEFAULT_USER
    state = _Folder.of(config.gateway.state_dir, reader)
    memory = _Folder.of(section.state_dir, regions.BOTS_USER)
    fleet, moves = regions.to_place(backup, config.fleet, reader, file, replace=replace), list[_Move]()
    try:
        with _unused(state), _unused(memory), alone(), ExitStack() as stages:
            if not replace and (devices := _devices(state.path / DATABASE)):
                raise StateThere(folder=str(state.path), devices=devices)
            if KEY in backup.files:
                staged = stages.enter_context(_stage(state))
                await _prepare(staged, backup, config, file, now)
                present = (KEY, DATABASE, *([HISTORY] if HISTORY in backup.files else []))
                moves += [*_aside(state.path, now), *((staged / name, state.path / name) for name in present)]
            if own := {name: backup.files[name] for name in (BOT_DATABASE, CHOICES) if name in backup.files}:
                remembered = stages.enter_context(_stage(memory))
                for name, content in own.items():
                    write_new(remembered / name, content)
                    memory.own(remembered / name)
                if BOT_DATABASE in own:
                    _check_database(remembered / BOT_DATABASE, file)
                moves += [*_aside(memory.path, now), *((remembered / name, memory.path / name) for name in own)]
            for path, user, content in fleet:
                moves += _beside(path, content, stages, now, user=user)
            if settings is not None and settings != _content(target):
                # The bot's user and the gateway's read it, and it holds no secret.
                moves += _beside(target, settings, stages, now, mode=0o644)
            _move(moves)
    except OSError as error:
        raise HostProblem(
            key=str(error.filename), problem=f"cannot be written ({why(error)}); nothing was changed"
        ) from (error)
    return Restored(
        devices=backup.manifest.devices,
        forwards=backup.manifest.forwards,
        made_at=backup.manifest.made_at,
        version=backup.manifest.version,
        config=str(target),
        has_memory=BOT_DATABASE in backup.files,
        has_fleet=bool(config.fleet and not config.fleet.region and LEDGER in backup.files),
        aside=tuple(sorted({str(_outermost(to, now)) for _, to in moves if _stamp(now) in str(to)})),
    )


def _choices(backup: Backup, file: str) -> dict[str, Any]:
    """Return what was chosen in Discord. Raise BadBackup."""
    try:
        return chosen.parse(backup.files[CHOICES]) if CHOICES in backup.files else {}
    except (ValueError, RecursionError):
        raise BadBackup(file=file, problem=f"is damaged: its {CHOICES} cannot be read") from None


def _settings(
    settings: bytes | None, target: Path, file: str, choices: Mapping[str, Any]
) -> tuple[Config, DiscordSection]:
    """Return the configuration that will be in force. Raise BadBackup or ConfigError."""
    if settings is None:
        raw = configuration.read(target) if target.exists() else {}
        return configuration.parse(raw), bot.config.parse({**choices, **raw.get("discord", {})})
    try:
        raw = configuration.tables(settings, CONFIG)
        return configuration.parse(raw), bot.config.parse({**choices, **raw.get("discord", {})})
    except ConfigError as error:
        problem = f"holds a configuration that this version does not take ({error}); --keep-config uses this machine's"
        raise BadBackup(file=file, problem=problem) from error


@contextmanager
def _unused(folder: _Folder) -> Iterator[None]:
    """Hold the lock of the folder, if there is one. Raise StillRunning."""
    if not folder.path.exists():
        yield
        return
    try:
        with lock(folder.path / "lock"):
            folder.own(folder.path / "lock")
            yield
    except Held as holder:
        raise StillRunning(folder=str(folder.path), holder=str(holder)) from None


def _devices(database: Path) -> int:
    """Count the devices of a gateway that is there already. One that cannot be read counts as one."""
    if not database.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as db:
            ((devices,),) = db.execute("SELECT count(*) FROM peers").fetchall()
    except sqlite3.Error:
        return 1
    return int(devices)


@contextmanager
def _stage(folder: _Folder) -> Iterator[Path]:
    """Make a folder inside, on the same disk. It is gone at the end, and so is `folder` when nothing came into it."""
    is_new = not folder.path.exists()
    folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.own(folder.path)
    stage = folder.path / _STAGE
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(mode=0o700)
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        if is_new:
            with suppress(OSError):
                folder.path.rmdir()


async def _prepare(stage: Path, backup: Backup, config: Config, file: str, now: datetime) -> None:
    """Write key and database there, bring the database to the present schema, and take the old machine out of it."""
    try:
        PrivateKey.parse(backup.files[KEY].decode())
    except ValueError:
        raise BadBackup(file=file, problem="holds no key of WireGuard") from None
    owner = _Folder(stage, stage.parent.stat().st_uid, stage.parent.stat().st_gid)
    write_new(stage / KEY, backup.files[KEY])
    database = stage / DATABASE
    write_new(database, backup.files[DATABASE])
    _check_database(database, file)
    try:
        async with Store.open(database) as store:
            peers = (await store.load()).peers.values()
            async with store.transaction():
                await store.drop_notes(OF_THE_HOST)
                if await store.note(STANDBY_KEY):  # what was restored is newer than any copy for the standby
                    await store.set_note(TERM, str(int(now.timestamp())))
    except GatewayError as error:
        raise BadBackup(file=file, problem=f"holds a {DATABASE} that cannot be used") from error
    if strangers := [peer for peer in peers if peer.ipv4 not in config.gateway.subnet4]:
        outside = f"holds {len(strangers)} devices with addresses outside subnet4, as {strangers[0].ipv4} is"
        raise BadBackup(file=file, problem=f"{outside}; set subnet4 in this machine's configuration as it was")
    written = [stage / KEY, database]
    if HISTORY in backup.files:
        write_new(stage / HISTORY, backup.files[HISTORY])
        _check_database(stage / HISTORY, file)
        written.append(stage / HISTORY)
    for path in written:
        owner.own(path)


def _check_database(database: Path, file: str) -> None:
    """Raise BadBackup for one that is damaged."""
    try:
        with closing(sqlite3.connect(database)) as db:
            ((first, *_), *_) = db.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.Error as error:
        first = str(error)
    if first != "ok":
        raise BadBackup(file=file, problem=f"is damaged: its {database.name} is no sound database ({first})")


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _stamp(now: datetime) -> str:
    return f"before-{now:%Y%m%dT%H%M%SZ}"


def _outermost(path: Path, now: datetime) -> Path:
    """Return the folder that holds what was put aside, or the file itself."""
    return path.parent if path.parent.name == _stamp(now) else path


def _aside(folder: Path, now: datetime) -> list[_Move]:
    """Return the moves of everything that a process stored there."""
    names = (KEY, DATABASE, BOT_DATABASE, CHOICES, HISTORY, "flows.db")
    found = [folder / f"{name}{end}" for name in names for end in ("", "-wal", "-shm")]
    return [(path, folder / _stamp(now) / path.name) for path in found if path.exists()]


def _beside(
    path: Path, content: bytes, stages: ExitStack, now: datetime, *, user: str = "root", mode: int = 0o600
) -> list[_Move]:
    """Write a file beside its place. Return the moves of the old one and of this one."""
    # A secret that root alone reads has a folder of its own.
    path.parent.mkdir(mode=0o700 if (user, mode) == ("root", 0o600) else 0o755, parents=True, exist_ok=True)
    staged = path.with_name(f".{path.name}.restoring")
    staged.unlink(missing_ok=True)
    write_new(staged, content)
    stages.callback(staged.unlink, missing_ok=True)
    staged.chmod(mode)
    _Folder.of(path, user).own(staged)
    old = [(path, path.with_name(f"{path.name}.{_stamp(now)}"))] if path.exists() else []
    return [*old, (staged, path)]


def _move(moves: list[_Move]) -> None:
    """Move all or nothing. The database comes into place after its key."""
    with ExitStack() as undo:
        for source, to in moves:
            if not to.parent.exists():
                to.parent.mkdir(mode=0o700)
                undo.callback(to.parent.rmdir)
            source.rename(to)
            undo.callback(to.rename, source)
        for folder in {to.parent for _, to in moves}:
            sync(folder)
        undo.pop_all()
