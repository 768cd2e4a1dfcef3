"""The Unix socket: which system users may connect, and how many connections each may have. It knows no operation."""

from __future__ import annotations

import asyncio
import logging
import os
import pwd
import resource
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from types import MappingProxyType

from gateway.api.carried import Courier
from gateway.api.connection import Connection
from gateway.api.contract import Caller
from gateway.api.dispatch import Handle, Lines, dispatch, error_body
from gateway.api.signed import SIGNED
from gateway.api.turns import Turns
from gateway.errors import ConfigError, GatewayBusy, GatewayError, HostProblem, WrongUser, path_refused
from gateway.holder import of_socket

log = logging.getLogger(__name__)
_AGAIN_S = 1  # pause after accept(2) failed
_LOOK_S = 0.5  # between looks at the socket's file
_EACH = 128  # connections of one user at once
_AT_ONCE = 8  # connections that one turn of the loop accepts
_KEPT = 64  # open files that are kept for the gateway itself
_ARRIVING_S = 0.5  # for root's first request on a connection; others wait so long for it
_TURNED_AWAY, _TURNED_AWAY_S = 8, 1  # at most 8 refused connections stay open, each for 1 s


@dataclass(slots=True)
class Listener:
    """A bound socket with its file, and the system users' ids that may connect to it."""

    path: Path
    allowed: frozenset[int]
    only: Mapping[int, str] = field(default_factory=dict)  # users that may ask for one operation alone
    courier: Courier | None = None  # what signed requests are for; None refuses them
    socket: socket.socket = field(init=False)
    _file: tuple[int, int] | None = field(init=False)

    def bind(self) -> None:
        """Bind a socket to the path, in place of what is there. Raise ConfigError or HostProblem when that fails.

        With other users allowed, the file's mode lets every user connect, and SO_PEERCRED (unix(7)) judges each
        connection. A mode could name one group only, and a gateway without CAP_CHOWN could not set that group.
        """
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            _bind(made, self.path)
            self.path.chmod(0o600 if self.allowed == _own() else 0o666)
            made.setblocking(False)
        except OSError as error:
            made.close()
            raise path_refused("gateway.socket", self.path, "made", error) from error
        except GatewayError:
            made.close()
            raise
        self.socket, self._file = made, _identity(self.path)

    def is_in_place(self) -> bool:
        """Report whether the path leads to our socket. No other file can have its number while it is open."""
        return self._file is not None and _identity(self.path) == self._file


@contextmanager
def listen(
    path: Path,
    users: Iterable[str],
    only: Mapping[str, str] = MappingProxyType({}),
    courier: Courier | None = None,
) -> Iterator[Listener]:
    """Bind `path` for root, our own user and `users`. Raise ConfigError or HostProblem when that fails.

    `only` are the users that may ask for one operation alone, with its name. `courier` takes signed requests, of root
    and of the user that may ask for nothing else.
    """
    limited = {_uid(user, "the user of a service"): operation for user, operation in only.items()}
    listener = Listener(path, _own() | frozenset(map(_uid, users)) | limited.keys(), limited, courier)
    listener.bind()
    try:
        yield listener
    finally:
        if listener.is_in_place():
            path.unlink()
        listener.socket.close()


def _bind(listener: socket.socket, path: Path) -> None:
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except BlockingIOError:
            holder = "a process that accepts no more"
        except OSError:
            holder = ""  # no file, or the file of a gateway that was killed
        else:
            holder = of_socket(probe)
    if holder:
        raise HostProblem(key="gateway.socket", problem=f"another gateway answers on {path}: {holder}; stop it first")
    try:
        path.unlink()
    except FileNotFoundError:
        pass
    except IsADirectoryError:
        problem = f"{path} is a folder; remove it, or name a file in it"
        raise HostProblem(key="gateway.socket", problem=problem) from None
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat(follow_symlinks=False)
    except OSError:
        return None
    return found.st_dev, found.st_ino


@asynccontextmanager
async def serve(listener: Listener, handle: Handle) -> AsyncIterator[None]:
    """Accept and answer while entered. Leaving waits for the requests that are being carried out.

    Connections that come later wait for another `serve`, or for the end of the listener.
    """
    door = _Door(listener, handle)
    door.open()
    async with asyncio.TaskGroup() as tasks:
        keeping = tasks.create_task(door.keep_open())
        try:
            yield
        finally:
            keeping.cancel()
            await door.close()


class _Door:
    """The owner of all connections. It judges a caller at accept, before it reads a byte.

    A refused caller is turned away at once, because many waiting ones would use up the file descriptors.
    """

    def __init__(self, listener: Listener, handle: Handle) -> None:
        self._listener = listener
        self._handle = handle
        self._loop = asyncio.get_running_loop()
        self._again: asyncio.TimerHandle | None = None
        self._inside: dict[asyncio.Task[None], Connection] = {}
        self._count = Counter[int]()  # by user
        self._turns = Turns()
        self._turned_away: dict[socket.socket, asyncio.TimerHandle] = {}

    def open(self) -> None:
        self._listener.socket.listen(128)
        self._loop.add_reader(self._listener.socket, self._accept)

    async def keep_open(self) -> None:
        """Bind the socket anew when its file is deleted or replaced, until cancelled. Open connections go on."""
        told = ""
        while True:
            await asyncio.sleep(_LOOK_S)
            if self._listener.is_in_place():
                continue
            former = self._listener.socket
            try:
                self._listener.bind()
            except GatewayError as error:
                if str(error) != told:
                    log.warning("the socket is gone, and is tried again: %s", error)
                told = str(error)
                continue
            log.warning("the socket %s was gone and is back", self._listener.path)
            told = ""
            self._loop.remove_reader(former)
            with former, suppress(OSError):  # until none waits in the queue
                while True:
                    self._judge(former.accept()[0])
            self.open()

    async def close(self) -> None:
        self._loop.remove_reader(self._listener.socket)
        if self._again:
            self._again.cancel()
        for connection in self._inside.values():
            connection.stop()
        while self._turned_away:
            self._hang_up(next(iter(self._turned_away)))
        if self._inside:
            await asyncio.wait(self._inside)

    def _accept(self) -> None:
        """Accept a few connections per turn of the loop.

        With all, a burst would delay running requests. With one, root's would wait behind as many turns as others wait.
        """
        try:
            for _ in range(_AT_ONCE):
                self._judge(self._listener.socket.accept()[0])
        except BlockingIOError:
            return
        except OSError as error:
            log.error("no connection can be accepted for a moment: %s", error)
            self._loop.remove_reader(self._listener.socket)
            self._again = self._loop.call_later(_AGAIN_S, self.open)

    def _judge(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        uid = _peer_uid(connection)
        if uid not in self._listener.allowed:
            self._turn_away(connection, _stranger(uid))
        elif not self._has_room(uid):
            self._turn_away(connection, _response(GatewayBusy()))
        else:
            self._let_in(connection, self._caller(uid))

    def _caller(self, uid: int) -> Caller:
        is_trusted = uid in _own()
        return Caller(uid=uid, is_trusted=is_trusted, only="" if is_trusted else self._listener.only.get(uid, ""))

    def _has_room(self, uid: int) -> bool:
        """Report whether this user may have another connection. Other users leave room for root."""
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        room = files - _KEPT - (_EACH if uid else 0)
        return self._count[uid] < _EACH and self._count.total() < room

    def _turn_away(self, connection: socket.socket, response: bytes) -> None:
        """Answer, and close without reading.

        A few connections stay open for a moment, because curl looks for an answer only after it sent its request.
        """
        with suppress(OSError):
            connection.send(response)
            connection.shutdown(socket.SHUT_WR)
        if len(self._turned_away) == _TURNED_AWAY:
            self._hang_up(next(iter(self._turned_away)))
        self._turned_away[connection] = self._loop.call_later(_TURNED_AWAY_S, self._hang_up, connection)

    def _hang_up(self, connection: socket.socket) -> None:
        self._turned_away.pop(connection).cancel()
        connection.close()

    def _let_in(self, connection: socket.socket, caller: Caller) -> None:
        async def ask(operation: str, body: bytes) -> tuple[int, bytes | Lines]:
            async with self._turns.of(caller):
                self._turns.leave(inside)
                courier = self._listener.courier
                if courier and operation in courier.operations and (caller.is_trusted or caller.only == SIGNED):
                    return await courier.dispatch(self._handle, caller, operation, body)
                return await dispatch(self._handle, caller, operation, body)

        inside = Connection(connection, ask, partial(self._turns.pause, caller))
        if caller.is_trusted:
            self._turns.arrive(inside)
            self._loop.call_later(_ARRIVING_S, self._turns.leave, inside)
        task = self._loop.create_task(inside.run())
        self._inside[task] = inside
        self._count[caller.uid] += 1

        def leave(task: asyncio.Task[None]) -> None:
            del self._inside[task]
            self._turns.leave(inside)
            self._count[caller.uid] -= 1
            if not task.cancelled() and (error := task.exception()):
                log.error("a connection broke", exc_info=error)

        task.add_done_callback(leave)


@lru_cache(maxsize=128)
def _stranger(uid: int) -> bytes:
    """Return the answer to a user that may not connect. The cache makes the log name each user once."""
    log.warning("refused a connection of uid %s", uid)
    return _response(WrongUser(user=_user_name(uid)))


def _response(error: GatewayError) -> bytes:
    body = error_body(error)
    head = f"HTTP/1.1 {error.status} \r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + body


def _own() -> frozenset[int]:
    """Return root and our own user. Either could change the gateway's memory and files as well."""
    return frozenset({0, os.geteuid()})


def _peer_uid(peer: socket.socket) -> int:
    _, uid, _ = struct.unpack("=iII", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(uid)


def _uid(name: str, key: str = "gateway.socket_users") -> int:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        problem = f"there is no system user {name}; create it (useradd --system {name}) or take it out"
        raise ConfigError(key=key, problem=problem) from None


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
