"""The client of nats-py with keys by libsodium, which outlives what others send."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from nats.aio.client import Client
from nats.errors import ProtocolError
from nats.protocol.parser import Parser

from gateway.bus.nkey import UserKey
from gateway.logs import SELDOM

log = logging.getLogger(__name__)
CLOSED_S = 1.0  # for the end of a connection
LONGEST = 16 << 20  # bytes that may wait for the end of a message; the servers take 8 MiB in one


class KeyedClient(Client):
    """A client that signs by a key, when it connects with `nkeys_seed_str`."""

    def __init__(self, key: UserKey) -> None:
        super().__init__()
        self._key = key
        self._ps = _Reader(self)
        logging.getLogger("asyncio").addFilter(_says_something)

    def _setup_nkeys_seed_connect(self) -> None:
        """Stand for nats-py's method, which imports a package that has no wheel."""
        self._public_nkey = self._key.public
        self._signature_cb = self._key.sign

    async def _close(self, status: int, do_cbs: bool = True) -> None:
        """Send what waits, or discard it, and tell of the end.

        nats-py would fail by what it cannot send, and then tell of no end. It would also wait for an end of TLS: 30 s
        where the other end has no power, and for ever where TLS was only begun.
        """
        waiting, self._pending, self._pending_data_size = self._pending, [], 0
        if waiting and self._transport:
            with suppress(OSError):  # TimeoutError is one
                async with asyncio.timeout(CLOSED_S):
                    # Python 3.13's `writelines` raises TypeError once the connection is lost.
                    self._transport.write(b"".join(waiting))
                    await self._transport.drain()  # type: ignore[no-untyped-call]
        try:
            async with asyncio.timeout(CLOSED_S):
                await super()._close(status, do_cbs)
        except TimeoutError:
            if do_cbs and self._closed_cb:
                await self._closed_cb()

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        """Leave out a message that nats-py cannot read, because it would read none any more on this connection.

        Any client may send such headers, or such a subject for the answer.
        """
        try:
            await super()._process_msg(sid, subject, reply, data, headers)
        except (ValueError, LookupError):
            log.warning("a message on the bus could not be read", extra=SELDOM)

    async def _process_headers(self, headers: bytes) -> dict[str, str] | None:
        """Read what can be read of them, because a message that a stream has comes again for ever."""
        try:
            return await super()._process_headers(headers)
        except (ValueError, LookupError):
            return self._parse_header_lines(headers or b"")


class _Reader(Parser):
    """Reads what a server sends. nats-py's would wait for the end of a message of any length."""

    async def parse(self, data: bytes = b"") -> None:
        await super().parse(data)
        if len(self.buf) > LONGEST:
            raise ProtocolError


def _says_something(record: logging.LogRecord) -> bool:
    """Leave out asyncio's warning at the end of each TLS connection of nats-py, which nothing follows from."""
    return "eof_received" not in str(record.msg)
