"""The end of the servers that tests run."""

from __future__ import annotations

import asyncio
import socket
from asyncio.trsock import TransportSocket


async def accept_no_more(*listeners: socket.socket | TransportSocket) -> None:
    """Let a running server accept no connection any more, and make connections of all sockets that it has accepted.

    asyncio forgets a socket that it has accepted, but made no connection of, when its server is closed.
    """
    for listener in listeners:
        asyncio.get_running_loop().remove_reader(listener)
    for _ in range(3):
        await asyncio.sleep(0)


async def end(server: asyncio.Server) -> None:
    """Close the server, and wait until each of its connections is closed.

    Before Python 3.12.1 `wait_closed` waits for connections only if it is called before `close`.
    """
    await accept_no_more(*server.sockets)
    closed = asyncio.ensure_future(server.wait_closed())
    await asyncio.sleep(0)  # lets it begin
    server.close()
    await closed
