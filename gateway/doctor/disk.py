"""The disks of the databases and of the journal: whether there is room."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from gateway.doctor.finding import Cause, Finding, failure, ok, warning

_TITLE = "disk"
_LEAST_FREE = 64 << 20  # bytes
_JOURNALS = (Path("/var/log/journal"), Path("/run/log/journal"))  # journald.conf(5)
_ROOM = "Make room: a full disk means that no change can be saved."


def disks(states: Sequence[Path], journals: Sequence[Path] = _JOURNALS) -> Iterator[Finding]:
    """Check the disks that the state folders of gateway and bot are on, or will be, and that of the journal."""
    seen: dict[int, int] = {}  # what each disk still takes, in bytes
    troubles = []
    for state in states:
        folder = next(path for path in (state, *state.parents) if path.exists())
        free, files = _left(folder)
        disk = folder.stat().st_dev
        needed = max(_LEAST_FREE, 2 * _size(state, "*.db*"))  # the database is written anew now and then
        if disk not in seen and free < needed:
            detail = f"that of {state} has {free >> 20} MiB left, and its database may need {needed >> 20}"
            left, most = free >> 20, needed >> 20
            troubles.append(failure(_TITLE, detail, _ROOM, cause=Cause.DISK_FULL, folder=state, left=left, needed=most))
        elif disk not in seen and not files:
            detail = f"that of {state} takes no further file"
            troubles.append(failure(_TITLE, detail, _ROOM, cause=Cause.DISK_FILES, folder=state))
        seen[disk] = free
    said = f"{min(seen.values()) >> 20} MiB are left for the state"
    if journal := next((path for path in journals if path.is_dir()), None):
        said += f"; the journal takes {_size(journal, '*/*.journal') >> 20} MiB"
        if journal.stat().st_dev not in seen and _left(journal)[0] < _LEAST_FREE:
            detail = f"that of {journal} has less than {_LEAST_FREE >> 20} MiB left, so the log loses its oldest lines"
            fix = "journalctl --vacuum-size=100M"
            troubles.append(warning(_TITLE, detail, fix, cause=Cause.JOURNAL_FULL, folder=journal))
    yield from troubles
    if not troubles:
        yield ok(_TITLE, said)


def _left(folder: Path) -> tuple[int, int]:
    """Return how many bytes and files the disk still takes; one without a limit of files says 0 of 0."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize, found.f_favail if found.f_files else 1


def _size(folder: Path, pattern: str) -> int:
    try:
        return sum(path.stat().st_size for path in folder.glob(pattern))
    except OSError:  # only root may look, or a file has just gone
        return 0
