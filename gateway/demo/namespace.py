"""A network namespace: processes in it, and sockets of this process that live in it."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import socket
import threading
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any, Self, TypeVar

from pyroute2 import IPRoute, NetlinkError, netns

from gateway.host.child import running

T = TypeVar("T")
Address = IPv4Address | IPv6Address

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Namespace:
    name: str

    def running(self, *argv: str | Path, **options: Any) -> AbstractAsyncContextManager[Process]:
        """Run `argv` inside for the length of the block. ip(8) executes it, so pid and signals are those of `argv`."""
        return running("ip", "netns", "exec", self.name, *map(str, argv), **options)

    async def run(self, *argv: str | Path, stdin: str = "") -> str:
        """Run `argv` inside and return its output. Raise RuntimeError with its complaint."""
        async with self.running(*argv, stdin=PIPE, stdout=PIPE, stderr=PIPE) as process:
            out, complaint = await process.communicate(stdin.encode())
        if process.returncode:
            raise RuntimeError(f"{' '.join(map(str, argv))}: {complaint.decode().strip()}")
        return out.decode()

    def create(self) -> None:
        """Create the namespace. netns.create() would fork this process, which is slow, and unsafe with threads."""

        def unshare() -> None:
            if _libc.unshare(netns.CLONE_NEWNET):
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number), self.name)
            netns.attach(self.name, threading.get_native_id(), _libc)

        _in_own_thread(unshare)

    def delete(self) -> None:
        """Remove the name. The namespace ends with the last process and socket inside."""
        netns.remove(self.name, _libc)

    @contextmanager
    def rtnetlink(self) -> Iterator[IPRoute]:
        """Open a socket for links, addresses and routes, for a thread without an event loop. Raise OSError."""
        try:
            with self.socket(socket.AF_NETLINK, socket.SOCK_DGRAM) as own, IPRoute(use_socket=own) as rtnetlink:
                yield rtnetlink
        except NetlinkError as error:
            raise OSError(error.code, os.strerror(error.code), "rtnetlink") from error

    def call(self, function: Callable[[], T]) -> T:
        """Return the result of a quick `function` that sees this namespace."""

        def enter() -> T:
            netns.setns(self.name, flags=0, libc=_libc)
            return function()

        return _in_own_thread(enter)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Have this thread see the namespace for the length of the block, and so what it starts."""
        with Path("/proc/thread-self/ns/net").open() as before:
            netns.setns(self.name, flags=0, libc=_libc)
            try:
                yield
            finally:
                _libc.setns(before.fileno(), netns.CLONE_NEWNET)

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
        async with asyncio.timeout(timeout_s):
            await self.send(text)
            return await self.answer()

    async def send(self, text: str) -> None:
        """Send a datagram. Raise OSError."""
        await asyncio.get_running_loop().sock_sendall(self.socket, text.encode())

    async def answer(self) -> str:
        """Wait for the next datagram. Raise OSError."""
        return (await asyncio.get_running_loop().sock_recv(self.socket, 65535)).decode()


def kill(*namespaces: Namespace) -> None:
    """Kill every process inside."""
    processes = netns.ns_pids()
    for namespace in namespaces:
        for pid in processes.get(namespace.name, ()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _in_own_thread(function: Callable[[], T]) -> T:
    """Call `function` in a new thread, because a thread in another namespace must not do anything else."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(function).result()


def family_of(host: str | Address) -> int:
    return socket.AF_INET if ip_address(str(host)).version == 4 else socket.AF_INET6
