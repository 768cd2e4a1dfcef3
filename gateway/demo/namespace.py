"""A network namespace: processes in it, and sockets of this process that live in it."""

from __future__ import annotations

import asyncio
import ctypes
import os
import socket
import threading
from asyncio.subprocess import PIPE
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any, Self, TypeVar

from gateway.host.child import running

T = TypeVar("T")
Address = IPv4Address | IPv6Address

RUN_NETNS = Path("/run/netns")
CLONE_NEWNET = 0x40000000  # linux/sched.h
_libc = ctypes.CDLL(None, use_errno=True)


async def ip(*argv: str, batch: str | None = None) -> str:
    """Run ip(8), with `batch` as the lines of a batch. Raise RuntimeError with its complaint."""
    process = await asyncio.create_subprocess_exec(
        "ip",
        *argv,
        *(["-batch", "-"] if batch is not None else []),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, complaint = await process.communicate((batch or "").encode())
    if process.returncode:
        raise RuntimeError(f"ip {' '.join(argv)}: {complaint.decode().strip()}")
    return out.decode()


@dataclass(frozen=True, slots=True)
class Namespace:
    name: str

    def running(self, *argv: str | Path, **options: Any) -> AbstractAsyncContextManager[asyncio.subprocess.Process]:
        """Run `argv` inside for the length of the block. ip(8) executes it, so pid and signals are those of `argv`."""
        return running("ip", "netns", "exec", self.name, *map(str, argv), **options)

    async def run(self, *argv: str | Path, stdin: str = "") -> str:
        """Run `argv` inside and return its output. Raise RuntimeError with its complaint."""
        async with self.running(*argv, stdin=PIPE, stdout=PIPE, stderr=PIPE) as process:
            out, complaint = await process.communicate(stdin.encode())
        if process.returncode:
            raise RuntimeError(f"{' '.join(map(str, argv))}: {complaint.decode().strip()}")
        return out.decode()

    async def ip(self, *argv: str, batch: str | None = None) -> str:
        return await ip("-n", self.name, *argv, batch=batch)

    def call(self, function: Callable[[], T]) -> T:
        """Return the result of a quick `function` that sees this namespace.

        It runs in a thread of its own, because a thread in another namespace must not do anything else.
        """
        outcome: list[T] = []
        failure: list[BaseException] = []

        def enter() -> None:
            try:
                with (RUN_NETNS / self.name).open() as namespace:
                    if _libc.setns(namespace.fileno(), CLONE_NEWNET):
                        number = ctypes.get_errno()
                        raise OSError(number, os.strerror(number), self.name)
                outcome.append(function())
            except BaseException as error:
                failure.append(error)

        thread = threading.Thread(target=enter, name=f"in {self.name}")
        thread.start()
        thread.join()
        if failure:
            raise failure[0]
        return outcome[0]

    def sysctl(self, path: str, value: str) -> None:
        """Write `net/...` as this namespace sees it."""
        self.call(lambda: Path("/proc/sys", path).write_text(value))

    def socket(self, family: int, kind: int) -> socket.socket:
        """Open a non-blocking socket, which stays in this namespace whichever thread uses it."""
        made = self.call(lambda: socket.socket(family, kind))
        made.setblocking(False)
        return made

    async def connect(
        self, host: str | Address, port: int, *, timeout_s: float = 3
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a TCP connection from here. Raise OSError, of which TimeoutError is one."""
        made = self.socket(family_of(host), socket.SOCK_STREAM)
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.get_running_loop().sock_connect(made, (str(host), port))
            return await asyncio.open_connection(sock=made)
        except BaseException:
            made.close()
            raise

    async def ask_tcp(self, host: str | Address, port: int, text: str = "hello", *, timeout_s: float = 3) -> str:
        """Return a TCP server's answer to one line. Raise OSError without one."""
        reader, writer = await self.connect(host, port, timeout_s=timeout_s)
        try:
            async with asyncio.timeout(timeout_s):
                writer.write(text.encode() + b"\n")
                return (await reader.readline()).decode().rstrip("\n")
        finally:
            writer.close()

    async def ask_udp(self, host: str | Address, port: int, text: str = "hello", *, timeout_s: float = 3) -> str:
        """Return a UDP server's answer to one datagram. Raise OSError without one."""
        with Datagrams(self, host, port) as datagrams:
            return await datagrams.ask(text, timeout_s=timeout_s)


class Datagrams:
    """A connected UDP socket in a namespace."""

    def __init__(self, namespace: Namespace, host: str | Address, port: int) -> None:
        self.socket = namespace.socket(family_of(host), socket.SOCK_DGRAM)
        self.socket.connect((str(host), port))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    async def ask(self, text: str = "hello", *, timeout_s: float = 3) -> str:
        """Send a datagram and return the answer. Raise OSError."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(timeout_s):
            await loop.sock_sendall(self.socket, text.encode())
            return await self.answer()

    async def answer(self) -> str:
        """Wait for the next datagram. Raise OSError."""
        return (await asyncio.get_running_loop().sock_recv(self.socket, 65535)).decode()


def family_of(host: str | Address) -> int:
    return socket.AF_INET if ip_address(str(host)).version == 4 else socket.AF_INET6
