"""The courier's way to the gateway: connections that are used again, because they cost more than most requests."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import h11

from gateway.api.transport import BrokeOff, SocketTransport

MOST_KEPT = 16
KEPT_S = 2.0  # the gateway closes a connection without a request after five
_PIECE = 64 * 1024
_HEADERS = [("Host", "gateway"), ("Content-Type", "application/json")]


class _Kept:
    """A connection between two requests."""

    def __init__(self, made: socket.socket) -> None:
        self.socket = made
        self.http = h11.Connection(h11.CLIENT)
        self.since = 0.0

    def is_open(self, now: float) -> bool:
        if now - self.since > KEPT_S:
            return False
        try:
            self.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:  # nothing came, not even an end
            return True
        except OSError:
            return False
        return False


class KeptTransport(SocketTransport):
    """A Unix socket. `watch` has a connection of its own, as each request of the other transport has."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._kept: list[_Kept] = []

    def close(self) -> None:
        while self._kept:
            self._kept.pop().socket.close()

    async def call(self, operation: str, body: bytes) -> bytes:
        """Return the answer. A connection that the gateway closed just now breaks off, and the caller asks again."""
        kept = self._open_one() or await self._connected()
        is_whole = False
        try:
            answer = await _exchange(kept, operation, body)
            is_whole = kept.http.our_state is h11.DONE and kept.http.their_state is h11.DONE
        finally:
            if not is_whole or len(self._kept) >= MOST_KEPT:
                kept.socket.close()
            else:
                kept.http.start_next_cycle()
                kept.since = asyncio.get_running_loop().time()
                self._kept.append(kept)
        return answer

    def _open_one(self) -> _Kept | None:
        now = asyncio.get_running_loop().time()
        while self._kept:
            if (kept := self._kept.pop()).is_open(now):
                return kept
            kept.socket.close()
        return None

    async def _connected(self) -> _Kept:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            await self._connect(made)
        except BaseException:
            made.close()
            raise
        return _Kept(made)


async def _exchange(kept: _Kept, operation: str, body: bytes) -> bytes:
    loop, http, pieces = asyncio.get_running_loop(), kept.http, bytearray()
    headers = [*_HEADERS, ("Content-Length", str(len(body)))]
    request = h11.Request(method="POST", target=f"/v1/{operation}", headers=headers)
    sent = b"".join(http.send(event) or b"" for event in (request, h11.Data(data=body), h11.EndOfMessage()))
    try:
        await loop.sock_sendall(kept.socket, sent)
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                http.receive_data(await loop.sock_recv(kept.socket, _PIECE))
            elif isinstance(event, h11.Data):
                pieces += event.data
            elif isinstance(event, h11.EndOfMessage):
                return bytes(pieces)
    except (OSError, h11.RemoteProtocolError) as error:
        raise BrokeOff from error
