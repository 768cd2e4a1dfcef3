"""A courier of two machines' region serves, waits and serves again on one connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, cast

from nats.aio.client import Client
from nats.aio.msg import Msg

from gateway.bus import told
from gateway.bus.told import Entry, Pulse
from gateway.courier.courier import Courier
from gateway.courier.presence import Presence

PATIENCE_S = 60.0


class Bus:
    """A client that notes what is published, and has the callback of what was subscribed last."""

    def __init__(self) -> None:
        self.published = asyncio.Queue[tuple[str, bytes]]()
        self.take: Callable[[Msg], Awaitable[None]] | None = None

    async def subscribe(self, subject: str, cb: Callable[[Msg], Awaitable[None]]) -> Bus:
        self.take = cb
        return self

    async def unsubscribe(self) -> None:
        self.take = None

    async def publish(self, subject: str, payload: bytes = b"", **more: Any) -> None:
        self.published.put_nowait((subject, payload))


class Gateway:
    async def call(self, operation: str, body: bytes) -> bytes:
        return b"answer to " + body


@asynccontextmanager
async def running(work: Awaitable[Any]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work)
    await asyncio.sleep(0)
    yield
    task.cancel()
    await asyncio.wait([task])


async def test_requests_are_answered_each_time_that_it_serves() -> None:
    bus = Bus()
    client = cast(Client, bus)
    courier = Courier(client, "eu", cast(Any, Gateway()))
    for text in (b"first", b"second"):
        async with running(courier.serve()), asyncio.timeout(PATIENCE_S):
            assert bus.take
            await bus.take(Msg(client, subject="guildgate.eu.signed", reply="_INBOX.bot.1", data=text))
            assert await bus.published.get() == ("_INBOX.bot.1", b"answer to " + text)
        assert bus.take is None


async def test_the_bot_learns_that_what_it_asked_before_is_not_answered() -> None:
    bus, connections = Bus(), set[str]()
    entry = Entry(
        region="eu", public_address="", subnet4=IPv4Network("10.66.1.0/24"), subnet6=None, version="1", protocol=1
    )
    presence = Presence(cast(Client, bus), entry, Path("/none"))
    for _ in range(2):
        async with running(presence.pulse()), asyncio.timeout(PATIENCE_S):
            pulse = told.read(Pulse, (await bus.published.get())[1])
            assert pulse
            connections.add(pulse.connection)
    assert len(connections) == 2
