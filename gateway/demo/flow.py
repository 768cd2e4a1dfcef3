"""A player in the middle of a match: something is sent all the time, and the time of the last answer is known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from gateway.demo.namespace import Datagrams, Namespace
from gateway.model import Protocol

_PAUSE_S = 0.05
Ask = Callable[[], Awaitable[object]]


@dataclass(slots=True)
class Flow:
    """`answered_at`: the loop's time of the last answer."""

    answered_at: float = 0.0

    @property
    def silent_s(self) -> float:
        return asyncio.get_running_loop().time() - self.answered_at

    async def _keep_asking(self, ask: Ask) -> None:
        while True:
            try:
                await ask()
                self.answered_at = asyncio.get_running_loop().time()
            except OSError:
                pass  # a lost datagram, a broken connection: time goes on without an answer
            await asyncio.sleep(_PAUSE_S)


@asynccontextmanager
async def flowing(
    player: Namespace, host: IPv4Address | IPv6Address, port: int, protocol: Protocol
) -> AsyncIterator[Flow]:
    """One connection, or one socket, in use for the length of the block; raise OSError when the first try fails."""
    async with _asking(player, host, port, protocol) as ask:
        await ask()
        flow = Flow(asyncio.get_running_loop().time())
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(flow._keep_asking(ask))
            yield flow
            asking.cancel()


@asynccontextmanager
async def _asking(
    player: Namespace, host: IPv4Address | IPv6Address, port: int, protocol: Protocol
) -> AsyncIterator[Ask]:
    if protocol is Protocol.UDP:
        with Datagrams(player, host, port) as datagrams:
            yield lambda: datagrams.ask(timeout_s=0.5)
        return
    reader, writer = await player.connect(host, port)

    async def ask() -> None:
        async with asyncio.timeout(0.5):
            writer.write(b"hello\n")
            if not await reader.readline():
                raise ConnectionResetError

    try:
        yield ask
    finally:
        writer.transport.abort()
