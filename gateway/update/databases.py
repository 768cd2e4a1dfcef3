"""Copies of the databases from before an update, and the way back to them.

They lie beside the databases and are made with their owner's rights. Root would follow links that this user left in its
folder.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gateway.host.privilege import acting_as_owner

_WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Databases:
    """The databases of one process: a folder, and their names in it."""

    folder: Path
    names: tuple[str, ...]

    def copy(self, name: str) -> Path:
        """Copy those that there are into the new folder `name` beside them, and return it. Raise OSError.

        A process that still writes them may go on; each copy is of one moment.
        """
        into = self.folder / name
        self.remove(name)
        with acting_as_owner(self.folder):
            into.mkdir(0o700)
            for path in self._present():
                _copy(path, into / path.name)
        return into

    def go_back(self, name: str) -> None:
        """Put the copies of `copy` in the place of those that a newer version has changed. Raise OSError.

        A database whose tables are as before keeps what was stored since. Interrupted, it does the rest the next time.
        """
        with acting_as_owner(self.folder):
            for path in (self.folder / each for each in self.names):
                copy, chosen = self.folder / name / path.name, path.with_name(f".{path.name}.back")
                if copy.exists() and _version(path) != _version(copy):
                    copy.rename(chosen)  # because a database whose log is gone already may look as before
                if chosen.exists():
                    for rest in ("-wal", "-shm"):  # first, because SQLite would add them to the copy
                        path.with_name(path.name + rest).unlink(missing_ok=True)
                    chosen.replace(path)

    def remove(self, name: str) -> None:
        with acting_as_owner(self.folder):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def _present(self) -> list[Path]:
        return [path for path in (self.folder / name for name in self.names) if path.exists()]


def _copy(path: Path, to: Path) -> None:
    try:
        with closing(_read(path)) as db, closing(sqlite3.connect(to)) as copy:
            db.backup(copy)
        to.chmod(0o600)
    except sqlite3.Error as error:
        raise OSError(f"{path} cannot be copied: {error}") from error


def _read(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=_WAIT_S)


def _version(path: Path) -> int | None:
    """Return the version of the database's tables, None when it is damaged."""
    try:
        with closing(_read(path)) as db:
            ((version,),) = db.execute("PRAGMA user_version").fetchall()
            return int(version)
    except sqlite3.Error:
        return None
