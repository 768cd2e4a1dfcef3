"""A network namespace for one test. It has no name, so it is gone with the last process in it."""

from __future__ import annotations

import asyncio
import ctypes
import os
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
_CLONE_NEWNET = 0x40000000  # linux/sched.h
_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def fresh_network() -> Iterator[None]:
    """Move this thread, and every thread and process it starts, into a new namespace whose lo is up.

    Then move it back.
    """
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        _check(_libc.unshare(_CLONE_NEWNET))
        try:
            ip("link", "set", "lo", "up")
            yield
        finally:
            _check(_libc.setns(before, _CLONE_NEWNET))
    finally:
        os.close(before)


def enter(name: str) -> None:
    """Move this thread into a namespace of ip-netns(8), for good."""
    namespace = os.open(f"/run/netns/{name}", os.O_RDONLY)
    try:
        _check(_libc.setns(namespace, _CLONE_NEWNET))
    finally:
        os.close(namespace)


def _check(status: int) -> None:
    if status:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def ip(*arguments: str) -> str:
    return subprocess.run(["ip", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


async def eventually(probe: Callable[[], Awaitable[T]], within: float = 30) -> T:
    """Return what `probe` returns once that is true."""
    async with asyncio.timeout(within):
        while not (found := await probe()):
            await asyncio.sleep(0.02)  # because neither the kernel nor wireguard-go announces this state
    return found


def has_kernel_wireguard() -> bool:
    """Report whether the running kernel has WireGuard or could load it. Create nothing."""
    release = os.uname().release
    return Path("/sys/module/wireguard").exists() or any(Path("/lib/modules", release).glob("**/wireguard.ko*"))
