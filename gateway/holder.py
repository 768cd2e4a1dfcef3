"""The process that is in the way: which it is, as far as this one may know."""

from __future__ import annotations

import fcntl
import os
import pwd
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LONGEST = 200  # characters of a command


class Held(Exception):
    """Another process holds the lock. The text names it."""


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold the lock of that file, which is made, for the block. Raise Held, or OSError for the file.

    No link is followed, because root makes it in folders of other users as well.
    """
    file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Held(process(_of_lock(file))) from None
        yield
    finally:
        os.close(file)


def listener(path: Path) -> int:
    """Return the process that listens on the Unix socket, 0 when there is none or it cannot be seen."""
    with socket.socket(socket.AF_UNIX) as connection, suppress(OSError):
        connection.connect(str(path))
        return _peer(connection)
    return 0


def of_socket(connection: socket.socket) -> str:
    """Name the process that listens at the other end of a Unix socket."""
    return process(_peer(connection))


def of_udp_port(port: int) -> str:
    """Name the process with that UDP port, else its user, which any process may read."""
    for table in ("udp", "udp6"):
        with suppress(OSError, ValueError):
            for line in Path("/proc/net", table).read_text().splitlines()[1:]:
                _, local, _, _, _, _, _, uid, _, inode, *_ = line.split()
                if int(local.rpartition(":")[2], 16) == port:
                    return _of_inode(int(inode)) or f"one of {_owner(int(uid), int(inode))}"
    return process(0)


def process(pid: int) -> str:
    """Return the number and the command of a process. It has none when it is in another container."""
    if pid <= 0:
        return "a process that cannot be seen from here"
    words: list[str] = []
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    command = " ".join(words).strip()
    return f"process {pid} ({command[:_LONGEST]})" if command else f"process {pid}"


def _peer(connection: socket.socket) -> int:
    pid, _, _ = struct.unpack("=iII", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(pid)


def _of_lock(file: int) -> int:
    """Return the process that holds the lock of an open file, 0 when it is hidden (proc_locks(5))."""
    found = os.fstat(file)
    name = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
    with suppress(OSError, ValueError):
        for line in Path("/proc/locks").read_text().splitlines():
            _, kind, _, _, pid, inode, *_ = line.split()  # a waiting one begins with an arrow
            if (kind, inode) == ("FLOCK", name):
                return int(pid)
    return 0


def _of_inode(inode: int) -> str:
    """Name the process with that socket. Only root sees another user's."""
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if os.readlink(descriptor) == f"socket:[{inode}]":
                return process(int(descriptor.parts[2]))
    return ""


def _owner(uid: int, inode: int) -> str:
    if not inode:
        return "the kernel, such as a WireGuard interface"
    with suppress(KeyError):
        return f"the user {pwd.getpwuid(uid).pw_name}"
    return f"the user {uid}"
