"""What the gateway tells systemd about itself (sd_notify(3), whose protocol is stable)."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def notify(*assignments: str) -> None:
    """Send assignments such as `READY=1` to the service manager, where one asks for them.

    Nothing waits for it and nothing depends on it, so a manager that is gone or busy misses a message.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    text = "\n".join(each.replace("\n", " ") for each in assignments)
    kind = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
    with socket.socket(socket.AF_UNIX, kind) as sender, suppress(OSError):
        sender.sendto(text.encode(), f"\0{address[1:]}" if address.startswith("@") else address)


@contextmanager
def watched() -> Iterator[None]:
    """Tell the manager's watchdog, for the length of the block, that the event loop runs (sd_watchdog_enabled(3))."""
    microseconds, pid = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", str(os.getpid()))
    if not microseconds.isdecimal() or pid != str(os.getpid()):
        yield
        return
    loop, pause_s = asyncio.get_running_loop(), int(microseconds) / 1e6 / 3
    timer: asyncio.Handle

    def beat() -> None:
        nonlocal timer
        notify("WATCHDOG=1")
        timer = loop.call_later(pause_s, beat)

    beat()
    try:
        yield
    finally:
        timer.cancel()
