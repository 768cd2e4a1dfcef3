"""The real nats-server of the tests: what a fleet asks of it, and the rights of its clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.errors import NoRespondersError
from nats.js.api import StorageType

from gateway.backoff import delays
from gateway.bus import link, subjects
from gateway.bus.access import Access
from gateway.bus.asking import Asker
from gateway.bus.keyed import KeyedClient
from gateway.bus.nkey import UserKey
from gateway.config import BusServer, FleetSection
from gateway.demo.tunnel import until
from tests.natsserver import START_S, Nats, nats, settle
from tests.net.region import bus_of

pytestmark = pytest.mark.timeout(200)


@asynccontextmanager
async def client(servers: Nats, name: str, refusals: list[str] | None = None) -> AsyncIterator[Client]:
    """Connect as one of the clients. `refusals` gets what the server complains of."""

    async def complain(error: Exception) -> None:
        if refusals is not None:
            refusals.append(str(error))

    made = KeyedClient(servers.keys[name])
    await made.connect(list(servers.urls), nkeys_seed_str=name, inbox_prefix=subjects.inbox(name), error_cb=complain)
    try:
        yield made
    finally:
        await made.close()


@pytest.mark.parametrize("size", [1, 3])
async def test_it_keeps_entries_over_a_kill_and_takes_messages_of_8_mb(tmp_path: Path, size: int) -> None:
    async with nats(tmp_path / "nats", size=size) as servers, client(servers, "bot") as bot:
        assert bot.max_payload == 8 << 20

        async def made() -> bool:
            try:
                await bot.jetstream().create_key_value(
                    bucket=subjects.DIRECTORY, storage=StorageType.FILE, replicas=size, direct=True
                )
            except Exception as error:  # a cluster that has no leader yet
                print(error)
                return False
            return True

        await until(made, timeout_s=START_S)
        async with client(servers, "eu") as eu:
            assert (await eu.jetstream().publish(subjects.entry("eu"), b"mine")).seq == 1
        await servers.kill()
        await servers.start()

        async def is_there() -> bool:
            try:
                return (await (await bot.jetstream().key_value(subjects.DIRECTORY)).get("eu")).value == b"mine"
            except Exception as error:
                print(error)
                return False

        await until(is_there, timeout_s=START_S)


async def test_a_region_answers_and_hears_no_other(tmp_path: Path) -> None:
    refusals = list[str]()
    async with (
        nats(tmp_path / "nats") as servers,
        client(servers, "bot") as bot,
        client(servers, "eu", refusals) as eu,
    ):
        heard = await eu.subscribe(subjects.requests("eu"))
        await settle(eu)
        asker = await Asker.on(bot)
        asking = asyncio.create_task(asker.ask("eu", "list", b"?", timeout_s=START_S))
        await (await heard.next_msg(timeout=START_S)).respond(b"!")
        assert (await asking).data == b"!"
        with pytest.raises(NoRespondersError):
            await asker.ask("us", "list", b"?", timeout_s=START_S)
        for subject in (subjects.requests("us"), "_INBOX.bot.>", subjects.PULSES, subjects.ENTRIES, ">"):
            await eu.subscribe(subject)
        mine = await bot.subscribe(subjects.PULSES)
        await settle(bot)
        for subject in (subjects.pulse("us"), subjects.entry("us"), subjects.request("eu", "list"), "_INBOX.bot.x"):
            await eu.publish(subject, b"forged")
        await eu.publish(subjects.pulse("eu"), b"own")
        assert (await mine.next_msg(timeout=START_S)).data == b"own"
        await until(lambda: _all_in(refusals, 9), timeout_s=START_S)


async def test_a_client_without_a_key_is_not_let_in(tmp_path: Path) -> None:
    async with nats(tmp_path / "nats") as servers:
        stranger = Client()
        with pytest.raises(Exception, match="Authorization Violation"):
            await stranger.connect(list(servers.urls), allow_reconnect=False)
        await stranger.close()


async def test_a_region_that_has_left_the_fleet_asks_seldom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its courier may run on for months, and each try is a line in the server's log."""
    longest = list[float]()

    def noted(first_s: float, longest_s: float) -> Iterator[float]:
        longest.append(longest_s)
        return delays(first_s, longest_s)

    async def use(client: Client) -> None:
        raise AssertionError("it was let in")

    async def asks_seldom() -> bool:
        return longest == [link.LONGEST_S, link.REFUSED_S]

    monkeypatch.setattr(link, "delays", noted)
    async with nats(tmp_path / "nats") as servers:
        section = FleetSection(servers=tuple(map(BusServer.parse, servers.urls)))
        seed = UserKey.generate().reveal()
        connecting = asyncio.create_task(link.Link(section, Access(client="eu", seed=seed)).run(use))
        try:
            await until(asks_seldom, timeout_s=START_S)
        finally:
            connecting.cancel()
            await asyncio.wait([connecting])


async def test_the_bot_asks_over_no_connection_that_has_ended(tmp_path: Path) -> None:
    """Its end is noticed a moment later, in which each try would fail at once."""
    async with nats(tmp_path / "nats") as servers, bus_of(servers) as bus:
        ended = (await bus.asker()).client
        closing = asyncio.create_task(ended.close())
        while not ended.is_closed:
            await asyncio.sleep(0)
        assert (await bus.asker()).client.is_connected
        await closing


async def _all_in(refusals: list[str], count: int) -> bool:
    return len([text for text in refusals if "permissions violation" in text.lower()]) == count
