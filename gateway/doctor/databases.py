"""The databases of gateway and bot: whether they are sound, fit this version, and can be written."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from gateway.doctor.finding import Cause, Finding, failure, ok, warning

_TITLE = "database"
_RESTORE = "Restore a backup, or move it away to begin with an empty one; the log of {} says more."


def databases(folder: Path, versions: Mapping[str, int | None], owner: str) -> Iterator[Finding]:
    """Examine those files in the folder that there are, read-only. `versions` are the newest that this program knows.

    `owner` is the process whose databases they are.
    """
    try:
        found = {name: (folder / name).lstat() for name in versions if os.path.lexists(folder / name)}
        folders = folder.stat()
    except OSError:  # nothing there yet, or only root may look
        return
    troubles = []
    for name, state in found.items():
        path = folder / name
        if not stat.S_ISREG(state.st_mode):  # no advice may lead root along a link of the folder's owner
            cause, fix = Cause.DATABASE_UNREADABLE, f"rm {path}"
            troubles.append(failure(_TITLE, f"{path} is no file, but a link or a pipe", fix, cause=cause, file=path))
            continue
        try:
            found_wrong, fix = _problem(path, versions[name]), _RESTORE.format(owner)
        except PermissionError:
            return
        if found_wrong:
            cause, problem = found_wrong
            troubles.append(failure(_TITLE, f"{path} {problem}", fix, cause=cause, file=path))
        if state.st_uid != folders.st_uid:
            detail = f"{path} belongs to another user than its folder, so the {owner} may be unable to write it"
            fix = f"chown -h --reference={folder} {path}"
            troubles.append(warning(_TITLE, detail, fix, cause=Cause.DATABASE_OWNER, file=path))
        if state.st_mode & 0o007 and folders.st_mode & 0o001:
            detail = f"others on this host can read {path}"
            troubles.append(failure(_TITLE, detail, f"chmod 600 {path}", cause=Cause.DATABASE_EXPOSED, file=path))
    yield from troubles
    if found and not troubles:
        size = sum(state.st_size for state in found.values())
        yield ok(_TITLE, f"{' and '.join(found)} of the {owner}: sound, {size >> 10} KiB")


def _problem(path: Path, newest: int | None) -> tuple[Cause, str] | None:
    """Return what is wrong inside the file, also as a predicate, or None. Raise PermissionError."""
    with path.open("rb"):
        pass
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
            ((version,),) = db.execute("PRAGMA user_version").fetchall()
            ((first, *_), *_) = db.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.Error as error:
        return Cause.DATABASE_UNREADABLE, f"cannot be read: {error}"
    if first != "ok":
        return Cause.DATABASE_DAMAGED, f"is damaged: {first}"
    if newest is not None and version > newest:
        detail = f"was written by a newer guildgate (version {version} of its tables; this one knows {newest})"
        return Cause.DATABASE_NEWER, detail
    return None
