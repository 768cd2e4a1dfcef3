"""A copy put in place. A crash at any point leaves what was there, or the copy, once `finish` has been called.

The files are written into a folder of their own first. Its rename decides, and what is left to move then is moved by
the next start. The caller holds the lock of the state folder, and no database in it is open.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from gateway.backup.archive import DATABASE, KEY, TRUST
from gateway.backup.collect import sync, write_new
from gateway.errors import HostProblem, why
from gateway.standby.copy import Copy
from gateway.state.copies import first_of
from gateway.state.schema import GIVEN_UP, TERM, TERM_BEFORE

_UNFINISHED, _DECIDED = ".copy-unfinished", ".copy"
_INSTALLED = (DATABASE, KEY, TRUST)
_LOOKED_AT = (GIVEN_UP, TERM, TERM_BEFORE)


def install(copy: Copy, state_dir: Path) -> None:
    """Put the copy in the place of what is there. Raise HostProblem."""
    finish(state_dir)
    staged = state_dir / _UNFINISHED
    try:
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(mode=0o700)
        for name in _INSTALLED:
            write_new(staged / name, copy.content.files[name])
        staged.rename(state_dir / _DECIDED)
        sync(state_dir)
    except OSError as error:
        raise HostProblem(key=str(state_dir), problem=f"takes no copy ({why(error)})") from error
    finish(state_dir)


def finish(state_dir: Path) -> None:
    """Move what `install` has decided to move, if a crash left that. Raise HostProblem."""
    decided = state_dir / _DECIDED
    try:
        if not decided.exists():
            return
        for end in ("-wal", "-shm"):  # of the database before, which the new one would take for its own
            (state_dir / f"{DATABASE}{end}").unlink(missing_ok=True)
        for path in decided.iterdir():
            path.rename(state_dir / path.name)
        sync(state_dir)
        decided.rmdir()
    except OSError as error:
        raise HostProblem(key=str(state_dir), problem=f"takes no copy ({why(error)})") from error


def is_newer(copy: Copy, state_dir: Path) -> bool:
    """Report whether the copy is newer than this machine's own state. Raise HostProblem.

    After a plain restart of the active gateway its own state is the newest there is. One that was given up is older
    than what the other machine made afterwards, and still newer than what that made before.
    """
    notes = _notes(state_dir)
    if GIVEN_UP in notes:  # by clocks that differ, the other machine's term may be before this one's own
        return copy.number >= first_of(int(notes.get(TERM_BEFORE, 0)) + 1)
    return copy.number > first_of(int(notes.get(TERM, 0)))


def was_last(state_dir: Path) -> bool:
    """Report whether this machine was the active one last, as far as it knows. Raise HostProblem."""
    notes = _notes(state_dir)
    return TERM in notes and GIVEN_UP not in notes


def give_up(state_dir: Path) -> None:
    """Note that the other machine has gone on, so that each copy that it makes now is newer than what is here.

    Raise HostProblem.
    """
    if GIVEN_UP in _notes(state_dir) or not (state_dir / DATABASE).exists():
        return
    try:
        with closing(sqlite3.connect(state_dir / DATABASE)) as db, db:
            db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (GIVEN_UP, "1"))
    except sqlite3.Error as error:
        raise _unusable(state_dir, error) from error


def _notes(state_dir: Path) -> dict[str, str]:
    path = state_dir / DATABASE
    if not path.exists():
        return {}
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
            return dict(db.execute(f"SELECT name, value FROM notes WHERE name IN {_LOOKED_AT}").fetchall())  # noqa: S608
    except sqlite3.Error as error:
        raise _unusable(state_dir, error) from error


def _unusable(state_dir: Path, error: sqlite3.Error) -> HostProblem:
    return HostProblem(key=str(state_dir / DATABASE), problem=f"cannot be used: {error}")
