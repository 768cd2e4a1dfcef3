"""The end of a connection whose other end says nothing any more, as one without power."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nats.errors import StaleConnectionError

from gateway.bus import keyed
from gateway.bus.keyed import KeyedClient
from gateway.bus.nkey import UserKey
from gateway.enrolment.certificates import Authority, key_pem, pem

ADDRESS = "127.0.0.1"
INFO = b'INFO {"server_id": "x", "version": "2.11.0", "max_payload": 1048576, "tls_required": true}\r\n'


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyed, "CLOSED_S", 0.1)


class Server:
    """A server that falls silent: before TLS, or once the client has connected."""

    def __init__(self, folder: Path, *, begins_tls: bool) -> None:
        self.authority, self._begins_tls, self._is_over = Authority.generate(), begins_tls, asyncio.Event()
        key = Ed25519PrivateKey.generate()
        file = folder / "server.pem"
        file.write_text(pem(self.authority.server([ADDRESS], key.public_key())) + key_pem(key))
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(file)

    @asynccontextmanager
    async def url(self) -> AsyncIterator[str]:
        async with await asyncio.start_server(self._serve, ADDRESS, 0) as server:
            try:
                yield "tls://{}:{}".format(*server.sockets[0].getsockname())
            finally:
                self._is_over.set()  # because the end of a server waits for its connections

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(INFO)
        if self._begins_tls:
            await writer.start_tls(self._context)
            while await reader.readline() != b"PING\r\n":
                pass
            writer.write(b"PONG\r\n")
            await writer.drain()
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a ReadTransport as well
        await self._is_over.wait()
        writer.transport.abort()


async def connect(client: KeyedClient, server: Server, url: str, closed: asyncio.Event) -> None:
    async def end() -> None:
        closed.set()

    async def ignore(error: Exception) -> None:
        """Say nothing."""

    context = ssl.create_default_context(cadata=pem(server.authority.certificate))
    await client.connect(url, tls=context, allow_reconnect=False, closed_cb=end, error_cb=ignore)


async def test_a_try_whose_tls_does_not_come_about_ends(tmp_path: Path) -> None:
    server, client = Server(tmp_path, begins_tls=False), KeyedClient(UserKey.generate())
    async with asyncio.timeout(60), server.url() as url:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await connect(client, server, url, asyncio.Event())
        await client.close()


async def test_the_end_of_a_connection_is_told_before_that_of_its_tls(tmp_path: Path) -> None:
    """asyncio waits for it for 30 seconds."""
    server, client, closed = Server(tmp_path, begins_tls=True), KeyedClient(UserKey.generate()), asyncio.Event()
    async with asyncio.timeout(60), server.url() as url:
        await connect(client, server, url, closed)
        async with asyncio.timeout(20):
            await client._process_op_err(StaleConnectionError())
            await closed.wait()
