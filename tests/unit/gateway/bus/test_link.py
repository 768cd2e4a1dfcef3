"""The connection to the bus is made anew, whatever the last one ended by."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Never

import pytest
from nats.aio.client import Client
from nats.errors import ConnectionClosedError

from gateway.bus import link
from gateway.bus.access import Access
from gateway.bus.keyed import KeyedClient
from gateway.bus.link import Link
from gateway.bus.nkey import UserKey
from gateway.config import BusServer, FleetSection

PATIENCE_S = 60.0


class Unconnected(KeyedClient):
    async def close(self) -> None:
        pass


class Tried(Link):
    """A link whose every other try to connect never ends. `tries` counts them."""

    tries = 0

    async def _connect(self, client: Client, closed: Callable[[], Awaitable[None]]) -> None:
        self.tries += 1
        if self.tries % 2 == 0:
            await asyncio.Event().wait()


async def test_a_connection_that_breaks_and_a_try_that_hangs_end_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONNECT_S", "FIRST_S", "LONGEST_S"):
        monkeypatch.setattr(link, name, 0.01)
    monkeypatch.setattr(link, "KeyedClient", Unconnected)
    access = Access(client="eu", seed=UserKey.generate().reveal())
    tried = Tried(FleetSection(servers=(BusServer.parse("nats://127.0.0.1:4222"),)), access)

    async def lost() -> Never:
        await asyncio.sleep(0)
        raise ConnectionClosedError

    async def use(client: Client) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(lost())

    running = asyncio.create_task(tried.run(use))
    async with asyncio.timeout(PATIENCE_S):
        while tried.tries < 6:
            assert not running.done()
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()


class Silent:
    """Three servers that take connections and say nothing. `tried` has the number of each connection's server."""

    def __init__(self, stack: ExitStack) -> None:
        self.tried = list[int]()
        self._stack = stack
        self._sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
        loop = asyncio.get_running_loop()
        for number, each in enumerate(self._sockets):
            loop.add_reader(each, self._take, number)
            stack.callback(loop.remove_reader, each)

    @property
    def servers(self) -> tuple[BusServer, ...]:
        return tuple(BusServer.parse(f"nats://127.0.0.1:{each.getsockname()[1]}") for each in self._sockets)

    def _take(self, number: int) -> None:
        connection, _ = self._sockets[number].accept()
        self._stack.enter_context(connection)
        self.tried.append(number)


async def test_servers_are_tried_in_their_order_and_one_that_says_nothing_holds_up_one_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All clients meet at one server then, where no message takes the way over two."""
    monkeypatch.setattr(link, "CONNECT_S", 0.1)

    async def use(client: Client) -> None:
        raise AssertionError

    with ExitStack() as stack:
        silent = Silent(stack)
        access = Access(client="eu", seed=UserKey.generate().reveal())
        running = asyncio.create_task(Link(FleetSection(servers=silent.servers), access).run(use))
        async with asyncio.timeout(PATIENCE_S):
            while len(silent.tried) < 4:
                assert not running.done()
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.wait([running])
    assert silent.tried[:4] == [0, 1, 2, 0]
