"""What clients of the bus send to harm others there, by a real nats-server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.errors import Error

from gateway.bus import subjects
from gateway.bus.carrying import FAILED, Failed
from gateway.bus.keyed import KeyedClient
from gateway.bus.nkey import UserKey
from gateway.bus.told import Entry, Pulse
from gateway.codec import to_json
from gateway.courier.courier import Courier
from gateway.demo.tunnel import until
from tests.natsserver import Nats, nats, settle
from tests.net.region import PATIENCE_S, bus_of

pytestmark = pytest.mark.timeout(120)
PULSE = to_json(Pulse(at=datetime.now(UTC), connection="a", serving=True, load=0.0)).encode()
HEADERS = (b"NATS", b"NATS/1.0 \xff\xfe\xfd\r\n\r\n", b"NATS/1.0 503 \xff\r\n\r\n")


@asynccontextmanager
async def connected(servers: Nats, client: str, key: UserKey) -> AsyncIterator[Client]:
    made = KeyedClient(key)
    await made.connect(list(servers.urls), nkeys_seed_str=key.reveal(), inbox_prefix=subjects.inbox(client))
    try:
        yield made
    finally:
        await made.close()


def unreadable(subject: str) -> bytes:
    """Return messages that nats-py cannot read, as the protocol has them."""
    said = b"PUB %s \xff\xff 2\r\nhi\r\n" % subject.encode()
    for headers in HEADERS:
        said += b"HPUB %s %d %d\r\n%s\r\n" % (subject.encode(), len(headers), len(headers), headers)
    return said


async def test_no_region_ends_the_connection_of_the_bot(tmp_path: Path) -> None:
    """nats-py read nothing any more, so the bot was deaf to all regions for ten seconds each time."""
    async with (
        nats(tmp_path / "nats") as servers,
        bus_of(servers) as bus,
        connected(servers, "us", servers.keys["us"]) as us,
    ):
        before = (await bus.asker()).client
        await settle(before)
        assert us._transport
        us._transport.write(unreadable(subjects.pulse("us")))
        await us.publish(subjects.pulse("us"), PULSE)

        async def is_heard() -> bool:
            return "us" in bus.seen

        await until(is_heard, timeout_s=PATIENCE_S)
        assert (await bus.asker()).client is before


def entry_of(region: str) -> Entry:
    subnet4 = IPv4Network("10.8.0.0/24")
    return Entry(region=region, public_address="192.0.2.1", subnet4=subnet4, subnet6=None, version="1")


async def test_no_entry_of_the_directory_ends_the_bot(tmp_path: Path) -> None:
    """nats-py took a header of the entry for the server's own, and failed for ever at each start."""
    async with (
        nats(tmp_path / "nats") as servers,
        connected(servers, "eu", servers.keys["eu"]) as eu,
        connected(servers, "us", servers.keys["us"]) as us,
    ):

        async def are_written() -> bool:
            with suppress(Error):
                await us.jetstream().publish(subjects.entry("us"), to_json(entry_of("us")).encode())
                return bool(await eu.jetstream().publish(subjects.entry("eu"), headers={"Status": "500"}))
            return False

        async with bus_of(servers):
            await until(are_written, timeout_s=PATIENCE_S)
        async with bus_of(servers) as bus:

            async def is_read() -> bool:
                return bus.entry("us") == entry_of("us")

            await until(is_read, timeout_s=PATIENCE_S)

            async def is_heard() -> bool:
                await eu.publish(subjects.entry("eu"), to_json(entry_of("eu")).encode())
                return bus.entry("eu") == entry_of("eu")

            await until(is_heard, timeout_s=PATIENCE_S)


async def test_the_bot_remembers_no_region_that_it_does_not_know(tmp_path: Path) -> None:
    async with nats(tmp_path / "nats", ("us", "mars")) as servers:
        mars = servers.keys.pop("mars")
        async with (
            bus_of(servers) as bus,
            connected(servers, "us", servers.keys["us"]) as us,
            connected(servers, "mars", mars) as other,
        ):
            await settle((await bus.asker()).client)
            await other.publish(subjects.pulse("mars"), PULSE)
            await settle(other)
            await us.publish(subjects.pulse("us"), PULSE)

            async def is_heard() -> bool:
                return "us" in bus.seen

            await until(is_heard, timeout_s=PATIENCE_S)
            assert set(bus.seen) == {"us"}


class _Untouched:
    """A gateway that must not be asked."""

    async def call(self, operation: str, body: bytes) -> bytes:
        raise AssertionError(operation)


@asynccontextmanager
async def serving(courier: Courier) -> AsyncIterator[None]:
    task = asyncio.create_task(courier.serve())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_courier_keeps_no_request_that_no_gateway_takes(tmp_path: Path) -> None:
    async with (
        nats(tmp_path / "nats") as servers,
        connected(servers, "eu", servers.keys["eu"]) as eu,
        connected(servers, subjects.BOT, servers.keys[subjects.BOT]) as bot,
        serving(Courier(eu, "eu", _Untouched())),  # type: ignore[arg-type]
    ):
        await settle(eu)
        answers = await bot.subscribe(subjects.event("eu", "x"))
        await bot.publish(subjects.request("eu", "signed"), bytes(4 << 20), reply=subjects.event("eu", "x"))
        answer = await answers.next_msg(timeout=PATIENCE_S)
        assert (answer.headers or {})[FAILED] == Failed.UNREACHABLE
