"""One gateway for each network namespace, because its table has one name and two gateways would repair it in turns."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gateway.errors import HostProblem
from gateway.holder import process

_NAME = b"\0guildgate"
_CAP_NET_ADMIN = 12  # linux/capability.h
_CREDENTIALS = struct.Struct("3i")  # struct ucred: process, user, group


@contextmanager
def only_one() -> Iterator[None]:
    """Hold the namespace's one place for a gateway. Raise HostProblem that names the gateway which has it.

    An abstract socket belongs to its network namespace and ends with its process, so nothing is left behind. Any user
    may bind the name, so a holder that may not change the network counts for nothing.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as held:
        try:
            held.bind(_NAME)
        except OSError:
            if holder := _holder():
                problem = (
                    f"already runs for this network: {holder}; stop it first, or give this one a network namespace"
                )
                raise HostProblem(key="another gateway", problem=problem) from None
            yield
            return
        held.listen()
        loop = asyncio.get_running_loop()
        loop.add_reader(held, _dismiss, held)
        try:
            yield
        finally:
            loop.remove_reader(held)


def _dismiss(held: socket.socket) -> None:
    """Close what another start connected to learn the holder, because the queue of connections is short."""
    with suppress(OSError):
        held.accept()[0].close()


def _holder() -> str:
    """Describe the gateway that has the name, or return an empty text when no gateway has it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as asking:
        try:
            asking.connect(_NAME)
        except BlockingIOError:  # so many ask at once
            return "a process that cannot be told"
        except OSError:  # it ended meanwhile
            return ""
        pid, user, _ = _CREDENTIALS.unpack(asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:  # it ended, or lies in another PID namespace
        return process(pid) if user in (0, os.geteuid()) else ""
    capabilities = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapEff:"))
    return process(pid) if capabilities >> _CAP_NET_ADMIN & 1 else ""
