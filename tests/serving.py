"""The end of the servers that tests run."""

from __future__ import annotations

import asyncio


async def end(server: asyncio.Server) -> None:
    """Close the server, and wait until each of its connections is closed.

    Before Python 3.12.1 `wait_closed` waits for connections only if it is called before `close`.
    """
    closed = asyncio.ensure_future(server.wait_closed())
    await asyncio.sleep(0)  # lets it begin
    server.close()
    await closed
