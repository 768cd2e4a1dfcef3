"""Tells which users read a file, by fanotify(7), which holds each read until it has been looked at."""

from __future__ import annotations

import ctypes
import os
import re
import select
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

_LIBC = ctypes.CDLL(None, use_errno=True)
# linux/fanotify.h
_CLASS_CONTENT, _MARK_ADD, _ACCESS_PERM, _ALLOW = 0x4, 0x1, 0x20000, 1
_EVENT, _RESPONSE = struct.Struct("=IBBHQii"), struct.Struct("=iI")
_AT_FDCWD = -100


@contextmanager
def readers(path: Path) -> Iterator[list[int]]:
    """Yield the user ids of those that read the file, in their order, until the end of the block."""
    watch = _checked(_LIBC.fanotify_init(_CLASS_CONTENT, os.O_RDONLY | os.O_CLOEXEC))
    end, ending = os.pipe()
    uids: list[int] = []
    thread = Thread(target=_watch, args=(watch, end, uids))
    try:
        mask = ctypes.c_uint64(_ACCESS_PERM)
        _checked(_LIBC.fanotify_mark(watch, _MARK_ADD, mask, _AT_FDCWD, os.fsencode(path)))
        thread.start()
        yield uids
    finally:
        os.close(ending)
        if thread.ident:
            thread.join()
        os.close(end)
        os.close(watch)  # lets every read go on


def _watch(watch: int, end: int, uids: list[int]) -> None:
    while True:
        ready, _, _ = select.select([watch, end], [], [])
        if watch not in ready:
            return
        for event in _EVENT.iter_unpack(os.read(watch, _EVENT.size)):
            *_, descriptor, pid = event
            status = Path(f"/proc/{pid}/status").read_text()
            uids += [int(uid) for uid in re.findall(r"^Uid:\t\d+\t(\d+)", status, re.MULTILINE)]
            os.write(watch, _RESPONSE.pack(descriptor, _ALLOW))
            os.close(descriptor)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
