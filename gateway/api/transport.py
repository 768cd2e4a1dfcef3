"""The client's way to the gateway: a body goes there, a body comes back. Today it is HTTP/1.1 on a Unix socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

import h11

from gateway.errors import GatewayUnreachable

MAX_BODY = 64 * 1024  # bytes of a request
_PIECE = 64 * 1024
_AGAIN_S = 0.01
_HEADERS = [("Host", "gateway"), ("Content-Type", "application/json"), ("Connection", "close")]


class BrokeOff(Exception):
    """The connection ended before the answer. The request may or may not have been carried out."""


class Transport(Protocol):
    """A way to the gateway. Bodies are JSON. Both methods raise GatewayUnreachable, GatewayTimeout or BrokeOff.

    An error that the gateway raised is an answer here.
    """

    async def call(self, operation: str, body: bytes) -> bytes:
        """Return the answer."""
        ...

    def watch(self, operation: str, body: bytes) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Yield the answers as they come. Entering ends when the gateway has begun to answer."""
        ...


class SocketTransport:
    """A Unix socket. Each request opens its own connection, so that a restarted gateway needs no reconnecting."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def call(self, operation: str, body: bytes) -> bytes:
        async with self._ask(operation, body) as pieces:
            return b"".join([piece async for piece in pieces])

    @asynccontextmanager
    async def watch(self, operation: str, body: bytes) -> AsyncIterator[AsyncIterator[bytes]]:
        async with self._ask(operation, body) as pieces, aclosing(_lines(pieces)) as lines:
            yield lines

    @asynccontextmanager
    async def _ask(self, operation: str, body: bytes) -> AsyncIterator[AsyncIterator[bytes]]:
        """Yield the answer's body in pieces, once its head is there."""
        loop, http = asyncio.get_running_loop(), h11.Connection(h11.CLIENT)
        headers = [*_HEADERS, ("Content-Length", str(len(body)))]
        request = h11.Request(method="POST", target=f"/v1/{operation}", headers=headers)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as connection:
            await self._connect(connection)
            parts = (http.send(event) for event in (request, h11.Data(data=body), h11.EndOfMessage()))
            with suppress(BrokenPipeError, ConnectionResetError):  # a refusal may be there already
                await loop.sock_sendall(connection, b"".join(filter(None, parts)))
            head = await _next(connection, http)
            while not isinstance(head, h11.Response):
                head = await _next(connection, http)
            async with aclosing(_pieces(connection, http)) as pieces:
                yield pieces

    async def _connect(self, connection: socket.socket) -> None:
        """Connect, and try again while the listen backlog is full, because connect(2) fails then with EAGAIN."""
        while True:
            try:
                connection.connect(str(self._path))
            except BlockingIOError:
                await asyncio.sleep(_AGAIN_S)
            except OSError as error:
                raise GatewayUnreachable from error
            else:
                return


async def _next(connection: socket.socket, http: h11.Connection) -> h11.Event:
    try:
        while (event := http.next_event()) is h11.NEED_DATA:
            http.receive_data(await asyncio.get_running_loop().sock_recv(connection, _PIECE))
    except (OSError, h11.RemoteProtocolError) as error:
        raise BrokeOff from error
    assert not isinstance(event, type)  # h11.PAUSED is for servers
    return event


async def _pieces(connection: socket.socket, http: h11.Connection) -> AsyncGenerator[bytes, None]:
    while isinstance(event := await _next(connection, http), h11.Data):
        yield bytes(event.data)


async def _lines(pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """Yield lines. The last one may have no newline, because a refusal is not sent as lines."""
    rest = b""
    async for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line
    if rest:
        yield rest
