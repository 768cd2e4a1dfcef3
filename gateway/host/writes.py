"""Writes to settings under /proc/sys, also of the value that is there already, by inotify(7)."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from contextlib import suppress

from gateway.host.sysctl import path

_libc = ctypes.CDLL(None, use_errno=True)
_MODIFY, _NONBLOCK, _CLOEXEC = 2, os.O_NONBLOCK, os.O_CLOEXEC
_EVENT = struct.Struct("iIII")  # struct inotify_event; a file's own has no name
_MANY = 1 << 16  # bytes


class Writes:
    """The writes since the last `watch`. It sees programs that share this /proc, and not writes of the kernel."""

    def __init__(self) -> None:
        self._inotify: int | None = None
        self._names: dict[int, str] = {}
        self._files: list[int] = []

    def watch(self, names: Iterable[str]) -> None:
        """Forget what was written, and watch these settings. Raise OSError, after which none is watched."""
        self.close()
        self._inotify = _checked(_libc.inotify_init1(_NONBLOCK | _CLOEXEC))
        for name in names:
            # An open file keeps the kernel from making another inode for it, which nothing would watch.
            self._files.append(os.open(path(name), os.O_RDONLY | _CLOEXEC))
            watched = _libc.inotify_add_watch(self._inotify, os.fsencode(path(name)), _MODIFY)
            self._names[_checked(watched)] = name

    def written(self) -> set[str]:
        """Return the names of watched settings that were written."""
        found = set[str]()
        with suppress(BlockingIOError):  # that was all
            while self._inotify is not None:
                for watched, *_ in _EVENT.iter_unpack(os.read(self._inotify, _MANY)):
                    found.update(
                        self._names.values() if watched < 0 else [self._names[watched]]
                    )  # -1: events were lost
        return found

    def close(self) -> None:
        for descriptor in (*self._files, *([] if self._inotify is None else [self._inotify])):
            os.close(descriptor)
        self._inotify, self._names, self._files = None, {}, []


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
