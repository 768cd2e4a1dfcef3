"""The bytes of nfnetlink (RFC 3549; linux/netlink.h, linux/netfilter/nfnetlink.h), as far as we speak it ourselves.

Two jobs have no library: pyroute2 cannot write nftables map data, and decodes conntrack at about 7,000 entries a
second; libnftables' element commands dump every interval set on the host first (0.3 s beside 50,000 foreign entries).
Headers are in host order, nfnetlink payloads big endian. Everything here blocks: call it from the owner's thread.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self, TypeVar

Data = TypeVar("Data", bytes, memoryview)

REQUEST, ACK, DUMP = 0x1, 0x4, 0x300
EXCL, CREATE = 0x200, 0x400
_ERROR, _DONE = 2, 3
_DUMP_INTR = 0x10
_NESTED = 0x8000
_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33
_BUFFER = 64 << 20


class NetlinkRefused(OSError):
    """The kernel's answer to a request, `errno` set."""


def attribute(kind: int, payload: bytes) -> bytes:
    padding = b"\0" * (-len(payload) % 4)
    return struct.pack("=HH", len(payload) + 4, kind) + payload + padding


def nested(kind: int, *parts: bytes) -> bytes:
    return attribute(kind | _NESTED, b"".join(parts))


def attributes(data: Data) -> dict[int, Data]:
    """Attribute kind to payload; of a repeated kind the last."""
    return dict(each_attribute(data))


def each_attribute(data: Data) -> Iterator[tuple[int, Data]]:
    """(kind, payload) of each; the kind's upper two bits are flags and left out."""
    at, end = 0, len(data)
    while at + 4 <= end:
        length, kind = struct.unpack_from("=HH", data, at)
        if length < 4:
            return
        yield kind & 0x3FFF, data[at + 4 : at + length]
        at += (length + 3) & ~3


def message(kind: int, flags: int, sequence: int, family: int, body: bytes, resource: int = 0) -> bytes:
    """One nfnetlink message: nlmsghdr, nfgenmsg, attributes."""
    return (
        struct.pack("=IHHII", 20 + len(body), kind, flags, sequence, 0)
        + struct.pack("=BB", family, 0)
        + struct.pack(">H", resource)
        + body
    )


def messages(data: Data) -> Iterator[tuple[int, int, Data]]:
    """(type, flags, payload) of each message of one datagram."""
    at = 0
    while at + 16 <= len(data):
        length, kind, flags = struct.unpack_from("=IHH", data, at)
        yield kind, flags, data[at + 16 : at + length]
        at += (length + 3) & ~3


class NetfilterSocket:
    """One NETLINK_NETFILTER socket. Keep it open: closing makes the kernel wait for pending destroy work."""

    def __init__(self, groups: Iterable[int] = ()) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 12)
        try:
            for option in (_SO_SNDBUFFORCE, _SO_RCVBUFFORCE):
                self._socket.setsockopt(socket.SOL_SOCKET, option, _BUFFER)
            self._socket.bind((0, 0))
            for group in groups:
                self._socket.setsockopt(270, 1, group)  # SOL_NETLINK, NETLINK_ADD_MEMBERSHIP
        except OSError:
            self._socket.close()
            raise
        self._sequence = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def fileno(self) -> int:
        return self._socket.fileno()

    def next_sequence(self) -> int:
        self._sequence += 1
        return self._sequence

    def send(self, data: bytes) -> None:
        self._socket.send(data)

    def receive(self, *, wait: bool) -> memoryview | None:
        """The next datagram, or None when there is none and `wait` is off. ENOBUFS: messages were lost."""
        try:
            return memoryview(self._socket.recv(1 << 20, 0 if wait else socket.MSG_DONTWAIT))
        except BlockingIOError:
            return None

    def transact(self, data: bytes) -> list[memoryview]:
        """Send requests that ask for acknowledgement; raise NetlinkRefused for the first that failed.

        The kernel works a request off inside send(), so all its answers are queued when that returns. Returns the
        payloads (behind nfgenmsg) of those that are not acknowledgements.
        """
        self._socket.send(data)
        failed = 0
        found = []
        while (answer := self.receive(wait=False)) is not None:
            for kind, _, payload in messages(answer):
                if kind != _ERROR:
                    found.append(payload[4:])
                elif not failed:
                    failed = -struct.unpack_from("=i", payload)[0]
        if failed:
            raise NetlinkRefused(failed, os.strerror(failed))
        return found

    def dump(self, kind: int, family: int, body: bytes = b"") -> Iterator[memoryview]:
        """The payload (behind nfgenmsg) of every message of a dump, begun again when the kernel says it was torn."""
        for _ in range(5):
            found, torn = self._dump_once(kind, family, body)
            if not torn:
                break
        yield from found

    def _dump_once(self, kind: int, family: int, body: bytes) -> tuple[list[memoryview], bool]:
        self._socket.send(message(kind, REQUEST | DUMP, self.next_sequence(), family, body))
        found: list[memoryview] = []
        torn = False
        while True:
            answer = self.receive(wait=True)
            assert answer is not None
            for answer_kind, flags, payload in messages(answer):
                torn |= bool(flags & _DUMP_INTR)
                if answer_kind == _DONE:
                    return found, torn
                if answer_kind == _ERROR:
                    code = -struct.unpack_from("=i", payload)[0]
                    if code == errno.ENOENT:
                        return [], False
                    raise NetlinkRefused(code, os.strerror(code))
                found.append(payload[4:])
