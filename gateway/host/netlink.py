"""Netlink (RFC 3549; linux/netlink.h), because no library does what is needed here well enough.

pyroute2 takes 10 MiB of memory, cannot write nftables map data and decodes only 7,000 conntrack entries a second. It
also takes one WireGuard peer at a time, and raises ENOBUFS for ever once events were lost. libnftables' element
commands dump every interval set on the host first (0.3 s beside 50,000 foreign entries).

Headers are in host order, nfnetlink payloads are big endian. Requests and dumps block, so callers run them in a thread
(see `in_thread`). Events are read on the loop.
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import itertools
import os
import socket
import struct
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import wraps
from typing import ParamSpec, Self, TypeVar

Data = TypeVar("Data", bytes, memoryview)
P = ParamSpec("P")
R = TypeVar("R")
Program = Sequence[tuple[int, int, int, int]]  # of classic BPF: (code, jump if true, jump if false, operand)

ROUTE, SOCK_DIAG, NETFILTER, GENERIC = 0, 4, 12, 16

ACK, DUMP, REPLACE, EXCL, CREATE = 0x4, 0x300, 0x100, 0x200, 0x400
_REQUEST, _DUMP_INTR = 0x1, 0x10
_ERROR, _DONE = 2, 3
_NESTED, _KIND_MASK = 0x8000, 0x3FFF
_SOL_NETLINK, _ADD_MEMBERSHIP, _CAP_ACK, _GET_STRICT_CHK = 270, 1, 10, 12
_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33
_SO_ATTACH_FILTER = 26

_LONGEST = 1 << 17  # bytes; the kernel sends no longer datagram, and parts of a dump have at most 32 KiB
_DUMP_TRIES = 10
_MAX_ERRNO = 4095  # linux/err.h
_EVENTS_AT_ONCE = 64


class NetlinkRefused(OSError):
    """The refusal with which the kernel answers a request; `errno` says why. EBADMSG: the answer makes no sense."""


def parser(read: Callable[P, R]) -> Callable[P, R]:
    """Make `read`, which returns what bytes of the kernel say, raise NetlinkRefused for bytes that say nothing.

    The cause is left out, because a message may hold keys.
    """

    @wraps(read)
    def parse(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return read(*args, **kwargs)
        except (LookupError, ValueError, OverflowError, struct.error):
            raise NetlinkRefused(errno.EBADMSG, os.strerror(errno.EBADMSG)) from None

    return parse


@dataclass(frozen=True, slots=True)
class Message:
    """A request. `body` is the header of the family, then attributes. The repr omits it, because it may hold keys."""

    kind: int
    flags: int
    body: bytes = field(repr=False)

    def pack(self, sequence: int) -> bytes:
        return struct.pack("=IHHII", 16 + len(self.body), self.kind, self.flags | _REQUEST, sequence, 0) + self.body


def nfgenmsg(family: int, resource: int = 0) -> bytes:
    """Make the header of nfnetlink's messages (linux/netfilter/nfnetlink.h)."""
    return struct.pack(">BBH", family, 0, resource)


def attribute(kind: int, payload: bytes) -> bytes:
    padding = b"\0" * (-len(payload) % 4)
    return struct.pack("=HH", len(payload) + 4, kind) + payload + padding


def string(kind: int, text: str) -> bytes:
    """Make an attribute that holds text, which ends with a zero byte."""
    return attribute(kind, text.encode() + b"\0")


def nested(kind: int, *parts: bytes) -> bytes:
    return attribute(kind | _NESTED, b"".join(parts))


def attributes(data: Data) -> dict[int, Data]:
    """Map each attribute's kind to its payload; a repeated kind keeps the last one."""
    return dict(each_attribute(data))


def each_attribute(data: Data) -> Iterator[tuple[int, Data]]:
    """Yield (kind, payload) of each attribute, without the flags in the kind's upper two bits.

    Raise ValueError for a length that cannot be, such as 0.
    """
    at, end = 0, len(data)
    while at + 4 <= end:
        length, kind = struct.unpack_from("=HH", data, at)
        if length < 4 or at + length > end:
            raise ValueError("an attribute's length cannot be")
        yield kind & _KIND_MASK, data[at + 4 : at + length]
        at += (length + 3) & ~3


def each_message(data: Data) -> Iterator[tuple[int, int, Data]]:
    """Yield (kind, flags, payload) of each message of one datagram. The payload begins with the family's header.

    Raise ValueError for a length that cannot be, such as 0.
    """
    at, end = 0, len(data)
    while at + 16 <= end:
        length, kind, flags = struct.unpack_from("=IHH", data, at)
        if length < 16 or at + length > end:
            raise ValueError("a message's length cannot be")
        yield kind, flags, data[at + 16 : at + length]
        at += (length + 3) & ~3


class NetlinkSocket:
    """A socket for one thread at a time.

    `buffer` is the size of its queues in bytes; 0 leaves the system's. Only CAP_NET_ADMIN in the first user namespace
    exceeds net.core.rmem_max and wmem_max. `is_strict` makes the kernel filter dumps of rtnetlink by their request.
    `program` is a socket filter for the groups' messages.

    The kernel carries out a request inside send(), and makes the next part of a dump inside recv(). So every answer is
    queued before it is read, and an empty queue ends it. An exchange that breaks off closes the socket and the next
    one opens another, because the old one would still hold answers.
    """

    def __init__(
        self,
        protocol: int,
        *,
        groups: Iterable[int] = (),
        buffer: int = 0,
        is_strict: bool = False,
        program: Program = (),
    ) -> None:
        self._protocol = protocol
        self._groups = tuple(groups)
        self._buffer = buffer
        self._is_strict = is_strict
        self._program = program
        self._sequence = 0
        self._socket = self._open()

    def _open(self) -> socket.socket:
        opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, self._protocol)
        try:
            if self._buffer:
                _enlarge(opened, self._buffer)
            if self._is_strict:
                opened.setsockopt(_SOL_NETLINK, _GET_STRICT_CHK, 1)
            opened.setsockopt(_SOL_NETLINK, _CAP_ACK, 1)  # a refusal without the request, which may be long or secret
            if self._program:
                attach(opened, self._program)
            opened.bind((0, 0))
            for group in self._groups:
                opened.setsockopt(_SOL_NETLINK, _ADD_MEMBERSHIP, group)
        except BaseException:
            opened.close()
            raise
        return opened

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def request(self, *messages: Message) -> list[memoryview]:
        """Send messages in one datagram, and return the payloads of the answers that are not acknowledgements.

        Raise NetlinkRefused for the first message that the kernel refused.
        """
        found: list[memoryview] = []
        refused = 0
        with self._exchange():
            self._send(messages)
            while (datagram := self._receive()) is not None:
                for kind, _, payload in _messages(datagram):
                    if kind != _ERROR:
                        found.append(payload)
                    elif not refused:
                        refused = _status(payload)
        _check(refused)
        return found

    def dump(self, kind: int, body: bytes) -> list[memoryview]:
        """Return the payloads of a whole dump. Dump again when the kernel says that something changed meanwhile."""
        for _ in range(_DUMP_TRIES):
            with self._exchange():
                found, torn, status = self._dump_once(Message(kind, DUMP, body))
            _check(status)
            if not torn:
                return found
        raise NetlinkRefused(errno.EINTR, "changed during every dump")

    def _dump_once(self, message: Message) -> tuple[list[memoryview], bool, int]:
        """Return (payloads, torn, errno). A torn dump may lack entries, because something changed during it."""
        found: list[memoryview] = []
        torn = False
        self._send([message])
        while (datagram := self._receive()) is not None:
            for kind, flags, payload in _messages(datagram):
                torn |= bool(flags & _DUMP_INTR)
                if kind in (_DONE, _ERROR):
                    return found, torn, _status(payload)
                found.append(payload)
        raise OSError(errno.ENODATA, "a dump without its end")

    async def event(self) -> memoryview | None:
        """Wait for the next datagram of the groups. None means that some were lost."""
        try:
            return memoryview(await asyncio.get_running_loop().sock_recv(self._socket, _LONGEST))
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
        self._drain()
        return None

    def _drain(self) -> None:
        """Empty the queue, because until then the kernel drops events without another ENOBUFS."""
        while True:
            try:
                if self._receive() is None:
                    return
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise

    @contextmanager
    def _exchange(self) -> Iterator[None]:
        if self._socket.fileno() < 0:
            self._socket = self._open()
        try:
            yield
        except BaseException:
            self.close()
            raise

    def _send(self, messages: Iterable[Message]) -> None:
        packed = []
        for message in messages:
            self._sequence += 1
            packed.append(message.pack(self._sequence))
        self._socket.send(b"".join(packed))

    def _receive(self) -> memoryview | None:
        """Return the next datagram, or None when the queue is empty. ENOBUFS means that some were lost."""
        try:
            return memoryview(self._socket.recv(_LONGEST))
        except BlockingIOError:
            return None


def _enlarge(netlink: socket.socket, size: int) -> None:
    for forced, option in ((_SO_SNDBUFFORCE, socket.SO_SNDBUF), (_SO_RCVBUFFORCE, socket.SO_RCVBUF)):
        try:
            netlink.setsockopt(socket.SOL_SOCKET, forced, size)
        except PermissionError:
            netlink.setsockopt(socket.SOL_SOCKET, option, size)


@asynccontextmanager
async def watch(
    protocol: int,
    groups: Iterable[int],
    read: Callable[[memoryview | None], Iterable[R]],
    *,
    buffer: int = 0,
    program: Program = (),
) -> AsyncIterator[AsyncGenerator[R, None]]:
    """Open a stream of what `read` finds in each datagram of these groups; `read` gets None when some were lost.

    The stream begins here. Datagrams that are not read yet wait in the socket's queue, and are lost beyond `buffer`.
    """
    with NetlinkSocket(protocol, groups=groups, buffer=buffer, program=program) as netlink:
        events = _events(netlink, read)
        try:
            yield events
        finally:
            await events.aclose()


async def _events(netlink: NetlinkSocket, read: Callable[[memoryview | None], Iterable[R]]) -> AsyncGenerator[R, None]:
    for number in itertools.count(1):
        datagram = await netlink.event()
        try:
            events = _all_of(read, datagram)
        except NetlinkRefused:
            events = list(read(None))  # what makes no sense is as good as lost
        for event in events:
            yield event
        if number % _EVENTS_AT_ONCE == 0:
            await asyncio.sleep(0)  # let other tasks run, because reading a long queue never waits


def attach(opened: socket.socket, program: Program) -> None:
    """Let the kernel drop what the filter does not pass (struct sock_fprog of linux/filter.h)."""
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in program))
    opened.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("@HP", len(program), ctypes.addressof(code)))


async def in_thread(work: Callable[[], R]) -> R:
    """Run `work` in a thread. A cancelled call waits for its end, because a thread cannot be stopped."""
    thread = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(thread)
    except asyncio.CancelledError:
        with suppress(Exception):
            await thread
        raise


@parser
def only(answers: list[memoryview]) -> memoryview:
    """Return the one answer to a request about one thing."""
    (answer,) = answers
    return answer


@parser
def _all_of(read: Callable[[memoryview | None], Iterable[R]], datagram: memoryview | None) -> list[R]:
    return list(read(datagram))


@parser
def _messages(datagram: memoryview) -> list[tuple[int, int, memoryview]]:
    return list(each_message(datagram))


@parser
def _status(payload: memoryview) -> int:
    """Read the errno in an acknowledgement, or at the end of a dump; 0 is success."""
    status = -int(struct.unpack_from("=i", payload)[0]) if len(payload) >= 4 else 0
    if not 0 <= status <= _MAX_ERRNO:
        raise ValueError("not an errno")
    return status


def _check(status: int) -> None:
    if status:
        raise NetlinkRefused(status, os.strerror(status))
