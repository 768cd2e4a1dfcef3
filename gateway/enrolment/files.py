"""Secret files: there whole or not at all, of mode 0600 from their first byte on, and their reader's own."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from bot.chosen import write_file
from gateway.errors import HostProblem, why
from gateway.host.privilege import User, find


def user(name: str) -> User | None:
    """Return the system user, or None where there is none, or where this process may give it nothing."""
    with suppress(KeyError):
        return find(name) if os.geteuid() == 0 else None
    return None


def make_folder(path: Path, owner: User | None = None, mode: int = 0o755) -> None:
    """Make the folder, which stays as it is where it is there. Raise HostProblem."""
    try:
        if not path.is_dir():
            path.mkdir(mode, parents=True)
            if owner:
                os.chown(path, owner.uid, owner.gid)
    except OSError as error:
        raise HostProblem(key=str(path), problem=f"cannot be made ({why(error)})") from error


def write(path: Path, content: str, owner: User | None = None, mode: int = 0o600) -> None:
    """Write the file in the place of any other. Raise HostProblem."""
    make_folder(path.parent)
    try:
        write_file(path, content.encode(), mode, (owner.uid, owner.gid) if owner else None)
    except OSError as error:
        raise HostProblem(key=str(path), problem=f"cannot be written ({why(error)})") from error
