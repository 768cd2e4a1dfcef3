"""`GET /metrics` and `GET /health` on listening sockets, by HTTP/1.1, one request for each connection.

Strangers may connect where the admin opened the port, so each connection costs little, and there are few at once.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from http import HTTPStatus
from socket import socket

import h11

from gateway.api.measures import Measures
from gateway.errors import GatewayError
from gateway.metrics.exposition import CONTENT_TYPE, exposed
from gateway.metrics.source import Source

log = logging.getLogger(__name__)
MOST = 32  # connections of each socket at once; one more is closed
_HEAD_S, _TAKEN_S = 5.0, 10.0  # for a request to come, and for an answer to be taken
_LINGERING_S = 1.0  # for the rest of a request
_PIECE = 16 << 10
_JSON = "application/json"


class Server:
    """The answers to requests."""

    def __init__(self, source: Source) -> None:
        self._source = source

    @asynccontextmanager
    async def serving(self, sockets: Iterable[socket]) -> AsyncIterator[None]:
        """Serve on these sockets for the length of the block."""
        async with AsyncExitStack() as stack:
            for each in sockets:
                connected = partial(self._connected, asyncio.Semaphore(MOST))
                await stack.enter_async_context(await asyncio.start_server(connected, sock=each))
            yield

    async def _connected(
        self, room: asyncio.Semaphore, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            if not room.locked():
                async with room:
                    with suppress(OSError):  # it left, or takes nothing: TimeoutError is an OSError
                        await self._exchange(reader, writer)
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http = h11.Connection(h11.SERVER, max_incomplete_event_size=_PIECE)
        try:
            async with asyncio.timeout(_HEAD_S):
                request = await _head(reader, http)
        except h11.RemoteProtocolError as error:
            status, content_type, body = HTTPStatus(error.error_status_hint), _JSON, _said("it is not HTTP/1.1")
            is_head = False
        else:
            if request is None:
                return
            status, content_type, body = await self._answer(request)
            is_head = request.method == b"HEAD"
        headers = [("Content-Type", content_type), ("Content-Length", str(len(body))), ("Connection", "close")]
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            headers.append(("Allow", "GET, HEAD"))
        answer = http.send(h11.Response(status_code=status, headers=headers, reason=status.phrase)) or b""
        writer.write(answer if is_head else answer + body)
        async with asyncio.timeout(_TAKEN_S):
            await writer.drain()
            writer.write_eof()
        async with asyncio.timeout(_LINGERING_S):  # because closing with something unread may lose the answer
            while await reader.read(_PIECE):
                pass

    async def _answer(self, request: h11.Request) -> tuple[HTTPStatus, str, bytes]:
        if request.method not in (b"GET", b"HEAD"):
            return HTTPStatus.METHOD_NOT_ALLOWED, _JSON, _said("there is only GET")
        match request.target.partition(b"?")[0]:
            case b"/metrics":
                found = await self._source.measures(with_kernel=True)
                return HTTPStatus.OK, CONTENT_TYPE, await asyncio.to_thread(exposed, found)
            case b"/health":
                return _health(await self._source.measures(with_kernel=False))
        return HTTPStatus.NOT_FOUND, _JSON, _said("there is only /metrics and /health")


async def _head(reader: asyncio.StreamReader, http: h11.Connection) -> h11.Request | None:
    """Return the request without its body, or None for a connection that ends before. Raise RemoteProtocolError."""
    while (event := http.next_event()) is h11.NEED_DATA:
        http.receive_data(await reader.read(_PIECE))
    return event if isinstance(event, h11.Request) else None


def _health(found: Measures | GatewayError) -> tuple[HTTPStatus, str, bytes]:
    if isinstance(found, GatewayError):
        answer: dict[str, object] = {"serving": False, "problems": [{"code": found.code, "message": str(found)}]}
        return HTTPStatus.SERVICE_UNAVAILABLE, _JSON, json.dumps(answer).encode()
    problems = [{"code": problem.code, "message": str(problem)} for problem in found.problems]
    answer = {"serving": found.is_serving, "problems": problems, "version": found.version}
    status = HTTPStatus.OK if found.is_serving else HTTPStatus.SERVICE_UNAVAILABLE
    return status, _JSON, json.dumps(answer).encode()


def _said(problem: str) -> bytes:
    return json.dumps({"error": problem}).encode()
