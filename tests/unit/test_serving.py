from __future__ import annotations

import asyncio
import gc
import socket
from typing import Any

from tests.serving import end


async def test_a_connection_that_comes_while_the_server_ends_is_closed() -> None:
    """asyncio forgets what it has just accepted, and a later test of the same process would be told of it."""
    told = list[dict[str, Any]]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    with socket.create_connection(server.sockets[0].getsockname()):
        await asyncio.sleep(0)  # the server accepts in this turn of the loop, after this task
        await end(server)
    gc.collect()
    assert told == []
