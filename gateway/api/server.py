"""The Unix socket: who may connect, requests in, answers and errors out. Knows nothing of what operations do."""

from __future__ import annotations

import asyncio
import logging
import os
import pwd
import socket
import struct
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from gateway.api.dispatch import Handle, dispatch, error_body
from gateway.errors import BadRequest, ConfigError, GatewayError, WrongUser, why

log = logging.getLogger(__name__)
MAX_BODY = 64 * 1024
_WHOLE_S = 10  # for a request whose head is there
_LINGERING_S = 1  # for the rest of one that is answered already; a stop waits for it
_AGAIN_S = 1
_STRANGERS, _STRANGER_S = 8, 3  # so many in so many seconds: who asks is told what to do


@dataclass(frozen=True, slots=True)
class Listener:
    """A bound socket and the user ids that may speak on it."""

    socket: socket.socket
    allowed: frozenset[int]


@contextmanager
def listen(path: Path, users: Iterable[str]) -> Iterator[Listener]:
    """Bind `path` for root, our own user and `users`; raise ConfigError when that cannot be.

    With other users allowed, anyone may connect and each request is judged by SO_PEERCRED (unix(7)): file modes
    could name one group only, and a gateway without CAP_CHOWN could not set it.
    """
    own = frozenset({0, os.geteuid()})
    allowed = own | frozenset(map(_uid, users))
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as listener:
        try:
            _bind(listener, path)
            path.chmod(0o600 if allowed == own else 0o666)
        except OSError as error:
            problem = f"{path} cannot be made ({why(error)})"
            raise ConfigError(key="gateway.socket", problem=problem) from error
        try:
            yield Listener(listener, allowed)
        finally:
            with suppress(FileNotFoundError):
                path.unlink()


def _bind(listener: socket.socket, path: Path) -> None:
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            pass  # nobody there, or the stale file of a gateway that was killed
        else:
            raise ConfigError(key="gateway.socket", problem=f"another gateway answers on {path}; stop it first")
    with suppress(FileNotFoundError):
        path.unlink()
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)


@asynccontextmanager
async def serve(listener: Listener, handle: Handle) -> AsyncIterator[None]:
    """Answer while entered."""
    application = _application(listener.allowed, handle)
    runner = web.AppRunner(application, access_log=None, handle_signals=False, lingering_time=_LINGERING_S)
    await runner.setup()
    assert runner.server is not None
    door = _Door(listener, runner.server)
    listener.socket.setblocking(False)
    listener.socket.listen(128)
    door.open()
    try:
        yield
    finally:
        await door.close()
        listener.socket.close()
        await runner.cleanup()


class _Door:
    """Lets connections in. Whether one may ask is judged when its request's head is there, which of a stranger may be
    never: theirs are few and short, as many would leave us no file to open."""

    def __init__(self, listener: Listener, server: web.Server) -> None:
        self._listener = listener
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._again: asyncio.TimerHandle | None = None
        self._entering = set[asyncio.Task[None]]()
        self._strangers = 0

    def open(self) -> None:
        self._loop.add_reader(self._listener.socket, self._accept)

    async def close(self) -> None:
        """Wait for whom it let in just now, so that somebody else closes them."""
        self._loop.remove_reader(self._listener.socket)
        if self._again:
            self._again.cancel()
        if self._entering:
            await asyncio.wait(self._entering)

    def _accept(self) -> None:
        """One in each turn of the loop: a crowd at the door keeps nobody waiting who is inside."""
        try:
            connection, _ = self._listener.socket.accept()
        except BlockingIOError:
            return
        except OSError as error:
            log.error("nobody can connect for a moment: %s", error)
            self._loop.remove_reader(self._listener.socket)
            self._again = self._loop.call_later(_AGAIN_S, self.open)
            return
        is_stranger = _peer_uid(connection) not in self._listener.allowed
        if is_stranger and self._strangers == _STRANGERS:
            connection.close()
            return
        self._strangers += is_stranger
        task = self._loop.create_task(self._let_in(connection, is_stranger))
        self._entering.add(task)
        task.add_done_callback(self._entering.discard)

    async def _let_in(self, connection: socket.socket, is_stranger: bool) -> None:
        transport, _ = await self._loop.connect_accepted_socket(self._server, connection)
        if is_stranger:
            self._loop.call_later(_STRANGER_S, self._send_away, transport)

    def _send_away(self, stranger: asyncio.Transport) -> None:
        self._strangers -= 1
        stranger.abort()


def _application(allowed: frozenset[int], handle: Handle) -> web.Application:
    async def call(request: web.Request) -> web.Response:
        try:
            _check_user(request, allowed)
            body = await _read(request)
        except GatewayError as error:
            return web.Response(status=error.status, body=error_body(error), content_type="application/json")
        status, answer = await dispatch(handle, request.match_info["operation"], body)
        assert isinstance(answer, bytes)
        return web.Response(status=status, body=answer, content_type="application/json")

    application = web.Application(client_max_size=MAX_BODY)
    application.router.add_post("/v1/{operation}", call)
    return application


async def _read(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(_WHOLE_S):
            return await request.read()
    except TimeoutError as error:
        raise BadRequest(field="the request", problem="it does not come to its end") from error
    except web.HTTPRequestEntityTooLarge as error:
        raise BadRequest(field="the request", problem=f"it is longer than {MAX_BODY} bytes") from error


def _check_user(request: web.Request, allowed: frozenset[int]) -> None:
    assert request.transport is not None
    uid = _peer_uid(request.transport.get_extra_info("socket"))
    if uid not in allowed:
        log.warning("refused a request of uid %s", uid)
        raise WrongUser(user=_user_name(uid))


def _peer_uid(peer: socket.socket) -> int:
    _, uid, _ = struct.unpack("=iII", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(uid)


def _uid(name: str) -> int:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        problem = f"there is no system user {name}; create it (useradd --system {name}) or take it out"
        raise ConfigError(key="gateway.socket_users", problem=problem) from None


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
