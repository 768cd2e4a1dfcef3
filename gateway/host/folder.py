"""The folder of the gateway's socket, which only root can make again: it lies in /run, and the gateway is not root."""

from __future__ import annotations

import logging
import os
import stat

from gateway.errors import why

log = logging.getLogger(__name__)


class Keeper:
    """Makes the folder again when it is deleted, with the owner and mode that it had."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._known: os.stat_result | None = None  # None until it is there for the first time
        self._told = ""

    def look(self) -> None:
        """Make the folder if it was there and is gone. Log a problem once."""
        try:
            self._look()
            self._told = ""
        except OSError as error:
            if (problem := why(error)) != self._told:
                log.error("the folder %s is gone and cannot be made again: %s", self._folder, problem)
            self._told = problem

    def _look(self) -> None:
        try:
            self._known = os.stat(self._folder)
            return
        except FileNotFoundError:
            if self._known is None:
                return
        os.mkdir(self._folder, 0o700)
        # By its descriptor, because a link may have taken its place.
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.fchmod(descriptor, stat.S_IMODE(self._known.st_mode))  # first: root without CAP_FOWNER may not later
            os.fchown(descriptor, self._known.st_uid, self._known.st_gid)
        finally:
            os.close(descriptor)
        log.warning("the folder %s was gone and is back", self._folder)
