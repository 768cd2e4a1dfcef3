"""What the gateway tells systemd about itself (sd_notify(3), whose protocol is stable)."""

from __future__ import annotations

import os
import socket
from contextlib import suppress


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
