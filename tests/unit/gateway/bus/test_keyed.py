"""The client of the bus, and what a server that it does not trust sends it."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from nats.aio.msg import Msg

from gateway.bus import keyed
from gateway.bus.keyed import KeyedClient
from gateway.bus.nkey import UserKey

INFO = b'INFO {"server_id": "x", "version": "2.11.0", "max_payload": 1048576, "headers": true}\r\n'
_RESET = struct.pack("ii", 1, 0)  # for a reset in the place of an end, see socket(7)
UNREADABLE = {
    "status that is no text": b"HMSG a 1 16 16\r\nNATS/1.0 \xff\xfe\xfd\r\n\r\n\r\n",
    "reason that is no text": b"HMSG a 1 19 19\r\nNATS/1.0 503 \xff\xff\r\n\r\n\r\n",
    "headers that are cut": b"HMSG a 1 4 4\r\nNATS\r\n",
    "answer to no text": b"MSG a 1 \xff\xff 2\r\nhi\r\n",
}


class _Server:
    """A server of NATS that says what a test wants once the client has subscribed."""

    def __init__(self, *says: bytes) -> None:
        """Take what it says. Without anything it breaks the connection."""
        self._says = says

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(INFO)
        while line := await reader.readline():
            if line == b"PING\r\n":
                writer.write(b"PONG\r\n")
            elif line.startswith(b"SUB"):
                writer.writelines(self._says)
                if not self._says:
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    writer.transport.abort()
        writer.close()


class _Publishing(KeyedClient):
    """A client that publishes in the moment in which its connection breaks."""

    async def _process_op_err(self, e: Exception) -> None:
        await self.publish("a", b"hi")
        await super()._process_op_err(e)


@asynccontextmanager
async def hearing(
    *says: bytes, kind: type[KeyedClient] = KeyedClient
) -> AsyncIterator[tuple[asyncio.Queue[Msg], asyncio.Event]]:
    """Yield what the client hears, and whether its connection has ended."""
    heard, closed = asyncio.Queue[Msg](), asyncio.Event()

    async def end() -> None:
        closed.set()

    async def ignore(error: Exception) -> None:
        """Say nothing."""

    client = kind(UserKey.generate())
    server = await asyncio.start_server(_Server(*says), "127.0.0.1", 0)
    async with server, asyncio.timeout(60):
        where = "nats://{}:{}".format(*server.sockets[0].getsockname())
        await client.connect(where, allow_reconnect=False, closed_cb=end, error_cb=ignore)
        try:
            await client.subscribe("a", cb=heard.put)
            yield heard, closed
        finally:
            await client.close()


@pytest.mark.parametrize("kind", UNREADABLE)
async def test_a_message_that_cannot_be_read_ends_no_connection(kind: str) -> None:
    async with hearing(UNREADABLE[kind], b"MSG a 1 2\r\nhi\r\n") as (heard, closed):
        while (message := await heard.get()).data != b"hi" or message.reply:
            assert not closed.is_set()


async def test_the_end_of_an_endless_message_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyed, "LONGEST", 1 << 20)
    async with hearing(b"MSG a 1 99999999999\r\n", bytes(2 << 20)) as (heard, closed):
        await closed.wait()
        assert heard.empty()


async def test_the_end_of_a_connection_is_told_also_where_something_waits_to_be_sent() -> None:
    async with hearing(kind=_Publishing) as (_, closed):
        await closed.wait()
