"""The folder of the gateway's socket, which only root can make again: it lies in /run, and the gateway is not root."""

from __future__ import annotations

import asyncio
import logging
import os
import stat
from pathlib import Path

from gateway.errors import why

log = logging.getLogger(__name__)
_LOOK_S = 0.5


async def keep(folder: Path) -> None:
    """Make the folder again when it is deleted, with the owner and mode that it had, until cancelled."""
    known: os.stat_result | None = None
    told = ""
    while True:
        try:
            known = _look(folder, known)
            told = ""
        except OSError as error:
            if (problem := why(error)) != told:
                log.error("the folder %s is gone and cannot be made again: %s", folder, problem)
            told = problem
        await asyncio.sleep(_LOOK_S)


def _look(folder: Path, known: os.stat_result | None) -> os.stat_result | None:
    """Return what is known of the folder, which is None until it is there for the first time."""
    try:
        return folder.stat()
    except FileNotFoundError:
        if known is None:
            return None
    folder.mkdir(mode=0o700)
    # By its descriptor, because a link may have taken its place.
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fchmod(descriptor, stat.S_IMODE(known.st_mode))  # first, because root without CAP_FOWNER may not later
        os.fchown(descriptor, known.st_uid, known.st_gid)
    finally:
        os.close(descriptor)
    log.warning("the folder %s was gone and is back", folder)
    return known
