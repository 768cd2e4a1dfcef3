"""One caller's connection: HTTP/1.1 requests in, answers or errors out, one after the other."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress

import h11

from gateway.api.dispatch import Lines, error_body, note_malformed
from gateway.api.transport import MAX_BODY
from gateway.errors import BadRequest

Ask = Callable[[str, bytes], Awaitable[tuple[int, bytes | Lines]]]
"""Carry out an operation with its body. Return a status and the answer, as `dispatch` does."""

_PREFIX = "/v1/"
_PIECE = 64 * 1024
_HEAD_S, _WHOLE_S = 5, 10  # for a request's head and for the whole request, since the connection or the last answer
_TAKEN_S = 30  # for the caller to take what is sent
_DEAF_S = 0.2  # between two looks at a caller that sends while it is answered without end
_LINGERING_S = 1  # for the rest of a request that was refused, and for an answer that a stop waits for


class _Refused(Exception):
    """A request breaks the rules of the transport. The connection closes, because what follows cannot be trusted."""

    def __init__(self, problem: str, *, field: str = "the request", status: int = 400) -> None:
        super().__init__(problem)
        self.status = status
        self.body = error_body(BadRequest(field=field, problem=problem))


class Connection:
    """A connection that was accepted.

    `pause` gives turns to others. `_limit` is the timeout of the current wait. It is None while a request is carried
    out, which may take any time.
    """

    def __init__(self, connection: socket.socket, ask: Ask, pause: Callable[[], Awaitable[None]]) -> None:
        self._socket = connection
        self._ask = ask
        self._pause = pause
        self._http = h11.Connection(h11.SERVER)
        self._loop = asyncio.get_running_loop()
        self._limit: asyncio.Timeout | None = None
        self._grace_s = 0.0
        self._is_stopping = False
        self._is_last = False  # no further request is read
        self._is_head = False  # the answer has no body
        self._hearing: asyncio.TimerHandle | None = None

    def stop(self) -> None:
        """Answer the request that is being carried out, and read no further one."""
        self._is_stopping = self._is_last = True
        if self._limit and not self._limit.expired():
            self._limit.reschedule(self._loop.time() + self._grace_s)

    async def run(self) -> None:
        """Answer requests until the caller leaves or the connection must end."""
        with self._socket, suppress(OSError):  # the caller left, or takes nothing: TimeoutError is an OSError
            while not self._is_last:
                try:
                    await self._exchange()
                except _Refused as refusal:
                    note_malformed(refusal)
                    self._is_last = True
                    await self._answer(refusal.status, refusal.body)
                    await self._linger()

    async def _exchange(self) -> None:
        request = await self._read()
        if request is None:
            self._is_last = True
            return
        status, answer = await self._ask(*request)
        if isinstance(answer, bytes):
            await self._answer(status, answer)
        else:
            self._is_last = True
            await self._stream(status, answer)
        if self._http.our_state is h11.DONE:
            self._http.start_next_cycle()
        else:
            self._is_last = True

    @asynccontextmanager
    async def _within(self, seconds: float | None, grace_s: float = 0.0) -> AsyncIterator[asyncio.Timeout]:
        """Limit the block to `seconds`, or to `grace_s` once the gateway stops. None is no limit."""
        try:
            async with asyncio.timeout(grace_s if self._is_stopping else seconds) as self._limit:
                self._grace_s = grace_s
                yield self._limit
        finally:
            self._limit = None

    async def _read(self) -> tuple[str, bytes] | None:
        """Return an operation and its request, or None when there is no further one. Raise _Refused."""
        began = self._loop.time()
        try:
            async with self._within(_HEAD_S) as limit:
                head = await self._event()
                if not isinstance(head, h11.Request):
                    return None
                operation = self._check(head)
                if not self._is_stopping:
                    limit.reschedule(began + _WHOLE_S)
                return operation, await self._body()
        except TimeoutError:
            is_idle = self._http.their_state is h11.IDLE and not self._http.trailing_data[0]
            if self._is_stopping or is_idle:
                return None
            raise _Refused("it does not come to its end") from None
        except h11.RemoteProtocolError as error:
            raise _Refused("it is not HTTP/1.1", status=error.error_status_hint) from error

    def _check(self, head: h11.Request) -> str:
        """Return the operation of the request. Raise _Refused."""
        self._is_head = head.method == b"HEAD"
        path = head.target.decode("ascii").partition("?")[0]
        if not path.startswith(_PREFIX):
            raise _Refused(f"there is only {_PREFIX}OPERATION", field="the path", status=404)
        if head.method != b"POST":
            raise _Refused("there is only POST", field="the method", status=405)
        if int(dict(head.headers).get(b"content-length", 0)) > MAX_BODY:
            raise _too_long()
        return path.removeprefix(_PREFIX)

    async def _body(self) -> bytes:
        body = bytearray()
        while isinstance(event := await self._event(), h11.Data):
            body += event.data
            if len(body) > MAX_BODY:
                raise _too_long()
        return bytes(body)

    async def _event(self) -> h11.Event:
        await self._pause()  # a piece may hold thousands of events, which are parsed without waiting
        while (event := self._http.next_event()) is h11.NEED_DATA:
            if self._http.they_are_waiting_for_100_continue:
                await self._send(h11.InformationalResponse(status_code=100, headers=[]))
            self._http.receive_data(await self._receive())
        assert not isinstance(event, type)  # h11.PAUSED cannot be, because each cycle ends before the next read
        return event

    async def _receive(self) -> bytes:
        """Read what has come. Other tasks get a turn first, because sock_recv() only waits when nothing is there."""
        await self._pause()
        return await self._loop.sock_recv(self._socket, _PIECE)

    async def _answer(self, status: int, body: bytes) -> None:
        events = [h11.Data(data=body)] if not self._is_head else []
        async with self._within(_TAKEN_S, _LINGERING_S):
            await self._send(self._head(status, ("Content-Length", str(len(body)))), *events, h11.EndOfMessage())

    async def _stream(self, status: int, lines: Lines) -> None:
        """Send `lines` until they end, the caller leaves or the gateway stops."""
        is_between = True
        try:
            async with aclosing(lines), self._within(None) as limit:
                self._hear(limit)
                await self._send(self._head(status))
                async for line in lines:
                    is_between = False
                    async with asyncio.timeout(_TAKEN_S):
                        await self._send(h11.Data(data=line + b"\n"))
                    is_between = True
        except TimeoutError:
            if not is_between:  # no end can follow half a line
                raise
        finally:
            self._loop.remove_reader(self._socket)
            if self._hearing:
                self._hearing.cancel()
        async with self._within(_LINGERING_S, _LINGERING_S):
            await self._send(h11.EndOfMessage())

    def _hear(self, limit: asyncio.Timeout) -> None:
        self._loop.add_reader(self._socket, self._heard, limit)

    def _heard(self, limit: asyncio.Timeout) -> None:
        """End the stream when the caller has left. Ignore what it sends, and look only now and then while it does."""
        try:
            is_gone = not self._socket.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            is_gone = True
        self._loop.remove_reader(self._socket)
        if not is_gone:
            self._hearing = self._loop.call_later(_DEAF_S, self._hear, limit)
        elif not limit.expired():
            limit.reschedule(self._loop.time())

    def _head(self, status: int, *headers: tuple[str, str]) -> h11.Response:
        ending = [("Connection", "close")] if self._is_last else []
        named = [("Content-Type", "application/json"), *([("Allow", "POST")] if status == 405 else [])]
        return h11.Response(status_code=status, headers=[*named, *headers, *ending])

    async def _send(self, *events: h11.Event) -> None:
        await self._loop.sock_sendall(self._socket, b"".join(self._http.send(event) or b"" for event in events))

    async def _linger(self) -> None:
        """Read the rest of a refused request, because a caller that is cut off while sending may miss the answer."""
        self._socket.shutdown(socket.SHUT_WR)
        async with self._within(_LINGERING_S):
            while await self._receive():
                pass


def _too_long() -> _Refused:
    return _Refused(f"it is longer than {MAX_BODY} bytes")
