"""The log of decisions: a real nats-server, and a region's shipped gateway and courier that read it without a bot."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client
from nats.errors import Error
from nats.js.api import StreamInfo

from bot.fleet.log import Log
from gateway.api.contract import Suspend
from gateway.api.decisions import Decide, GetDecisions
from gateway.api.signed import BotKey
from gateway.bus import subjects
from gateway.bus.keyed import KeyedClient
from gateway.codec import to_json
from gateway.demo.tunnel import until
from gateway.demo.world import World
from tests.natsserver import Nats, nats
from tests.net.gateway import ADMIN, ALICE, BOB
from tests.net.region import PATIENCE_S, Region, line_to, log_of, region_in

pytestmark = [pytest.mark.root, pytest.mark.timeout(300)]

AT = datetime(2026, 1, 1, tzinfo=UTC)


@asynccontextmanager
async def bot_of(servers: Nats) -> AsyncIterator[Client]:
    """Connect with the bot's rights."""
    made = KeyedClient(servers.keys[subjects.BOT])
    inbox = subjects.inbox(subjects.BOT)
    await made.connect(list(servers.urls), nkeys_seed_str=subjects.BOT, inbox_prefix=inbox, allow_reconnect=False)
    try:
        yield made
    finally:
        await made.close()


@dataclass
class Fleet:
    """The region eu and the servers. Nothing of a bot runs beside, but in the blocks of `writing`."""

    servers: Nats
    region: Region

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[tuple[Log, Client]]:
        async with bot_of(self.servers) as bot, log_of(bot, self.region.bot, ["eu"]) as log:
            yield log, bot

    async def write(self, *decisions: Decide) -> None:
        async with self.writing() as (log, _):
            for each in decisions:
                await log.write(each)

    async def leave(self) -> None:
        """Let the region go away with all that it has under way."""
        await self.region.courier.kill()
        await self.region.gateway.kill()

    async def come(self) -> None:
        await self.region.start_gateway()
        await self.region.courier.start()

    async def holds(self, *expected: str) -> None:
        """Wait until the gateway holds these decisions and no others."""
        client = self.region.gateway.client

        async def is_so() -> bool:
            return {each.id for each in (await client.call(GetDecisions(actor=ADMIN))).decisions} == set(expected)

        await until(is_so, timeout_s=PATIENCE_S)

    async def is_cut_off(self, owner: str = ALICE.id) -> bool:
        rows = (await self.region.gateway.status()).peers
        return all(row.peer.suspended_at for row in rows if row.peer.owner == owner)


@pytest.fixture
async def fleet(world: World, tmp_path: Path) -> AsyncIterator[Fleet]:
    async with AsyncExitStack() as stack:
        line = stack.enter_context(line_to(world.vps))
        servers = await stack.enter_async_context(nats(tmp_path / "nats", address=line.address))
        region = await stack.enter_async_context(region_in(world, tmp_path, servers, line))
        await region.gateway.join()
        yield Fleet(servers, region)


def ban(name: str, *, owner: str = ALICE.id, minute: int = 0, cut_off: bool = True) -> Decide:
    at = AT + timedelta(minutes=minute)
    return Decide(actor=ADMIN, decision=name, at=at, owner=owner, suspended=cut_off)


async def test_a_ban_is_applied_where_bot_and_region_are_never_there_together(fleet: Fleet) -> None:
    """Nor are the servers there without a break."""
    await fleet.write()
    await fleet.leave()
    await fleet.write(ban("one"), ban("two", owner=BOB.id))
    await fleet.servers.kill()
    await fleet.servers.start()
    await fleet.come()
    await fleet.holds("one", "two")
    assert await fleet.is_cut_off()


async def test_a_decision_waits_for_a_gateway_that_is_away_and_for_its_answer(fleet: Fleet) -> None:
    """It is acknowledged after the gateway's commit, so a courier that dies in between loses nothing."""
    async with fleet.writing() as (log, bot):
        gateway = fleet.region.gateway
        gateway.signal(signal.SIGSTOP)
        await log.write(ban("one"))

        async def is_handed_over() -> bool:
            place = await bot.jetstream().consumer_info(subjects.MEMBERSHIP, "eu")
            return place.num_ack_pending is not None and place.num_ack_pending == 1

        await until(is_handed_over, timeout_s=PATIENCE_S)
        await fleet.region.courier.kill()
        await gateway.kill()
        assert await is_handed_over()
        await fleet.region.courier.start()
        await log.write(ban("two", minute=1))
        await fleet.region.start_gateway()
        await fleet.holds("two")
        assert await fleet.is_cut_off()


async def test_what_is_forged_foreign_or_old_changes_nothing_and_stops_nothing_behind_it(fleet: Fleet) -> None:
    """A server of the bus can put anything into the log, and here all of it comes before what the bot wrote."""
    bot, stranger = fleet.region.bot, BotKey.generate()
    old, new = ban("old", cut_off=False), ban("new", minute=1)
    await fleet.write(new)
    await fleet.holds("new")
    good = bot.entry(to_json(ban("forged", owner=BOB.id)).encode())
    poison = {
        "cut": (b"{}", b"\xff" * 4000, fleet.region.sealer.wrap("decide", b'{"request_id": "1"}', AT).envelope),
        "unknown": (stranger.entry(to_json(ban("foreign", owner=BOB.id)).encode()),),
        "body": (good.replace(b"true", b"null"),),
        "not JSON": (bot.entry(b"nothing"),),
        "decision: is missing": (bot.entry(to_json(Suspend(actor=ADMIN, owner=BOB.id, suspended=True)).encode()),),
    }
    entries = [bot.entry(to_json(old).encode()), b"", *(each for kind in poison.values() for each in kind)]
    await fleet.leave()
    async with fleet.writing() as (log, client):
        for number, entry in enumerate(entries):
            await client.jetstream().publish(subjects.decision(str(1000 + number)), entry)
        with pytest.raises(Error):  # longer than the log takes
            await client.jetstream().publish(subjects.decision("999"), bot.entry(b" " * 5000))
        await log.write(ban("behind", owner="3"))
    await fleet.come()
    await fleet.holds("new", "behind")
    assert await fleet.is_cut_off()
    process = fleet.region.gateway.process
    assert process
    assert process.stderr
    await fleet.region.courier.stop()
    await fleet.region.gateway.stop()
    output = (await process.stderr.read()).decode()
    refusals = [line for line in output.splitlines() if "an entry of the log was refused" in line]
    assert len(refusals) == sum(map(len, poison.values())), output
    for reason in poison:
        assert any(reason in line for line in refusals), reason


async def test_a_log_that_was_wiped_is_another_one_whose_first_entry_is_read_again(fleet: Fleet) -> None:
    """It counts from 1, as the one before did."""
    async with fleet.writing() as (log, _):
        first = log.name
        await log.write(ban("one"))
        await fleet.holds("one")
    await fleet.servers.kill()
    for server in fleet.servers.servers:
        server.wipe()
    await fleet.servers.start()
    async with fleet.writing() as (log, bot):
        assert log.name != first
        await log.write(ban("two", minute=1, cut_off=False))
        assert (await info(bot)).state.last_seq == 1
        await fleet.holds("two")
        assert not await fleet.is_cut_off()


async def test_a_bot_with_another_key_writes_all_anew(tmp_path: Path) -> None:
    """What the old key has signed is refused by regions that have the new one."""
    async with nats(tmp_path / "nats") as servers, bot_of(servers) as bot:
        keys, names = [BotKey.generate() for _ in range(2)], list[str]()
        for key in (keys[0], keys[0], keys[1]):
            async with log_of(bot, key, ["eu"]) as log:
                names.append(log.name)
        assert names[0] == names[1] != names[2]


async def info(bot: Client) -> StreamInfo:
    return await bot.jetstream().stream_info(subjects.MEMBERSHIP, subjects_filter=">")


async def test_regions_that_come_and_leave_get_and_lose_their_places(tmp_path: Path) -> None:
    """A place that `fleet remove` has taken away stays so, also while the bot knows the region still."""
    async with nats(tmp_path / "nats") as servers, bot_of(servers) as bot:
        stream, key, regions = bot.jetstream(), BotKey.generate(), {"eu", "us"}

        async def places() -> set[str]:
            return {str(each.name) for each in await stream.consumers_info(subjects.MEMBERSHIP)}

        async with log_of(bot, key, regions) as log:
            assert await places() == {"eu", "us"}
            await stream.delete_consumer(subjects.MEMBERSHIP, "us")
            await log._look(stream)
            assert await places() == {"eu"}
            regions -= {"us"}
            regions |= {"ap"}
            await log._look(stream)
            assert await places() == {"eu", "ap"}
        async with log_of(bot, key, ["us"]):
            assert await places() == {"us"}


async def test_the_log_keeps_one_entry_on_each_member_and_can_neither_be_purged_nor_cut(tmp_path: Path) -> None:
    """A member that is erased leaves nothing behind, not even the subject."""
    async with (
        nats(tmp_path / "nats") as servers,
        bot_of(servers) as bot,
        log_of(bot, BotKey.generate(), ["eu"]) as log,
    ):
        for minute in range(3):
            await log.write(ban(f"{minute}", minute=minute))
        await log.write(ban("bob", owner=BOB.id))
        config: Any = (await info(bot)).config
        assert (config.deny_delete, config.deny_purge, config.max_age, config.num_replicas) == (True, True, 0, 1)
        assert (await info(bot)).state.subjects == {subjects.decision(each.id): 1 for each in (ALICE, BOB)}
        await log.erase(ALICE.id)

        async def is_gone() -> bool:
            return (await info(bot)).state.subjects == {subjects.decision(BOB.id): 1}

        await until(is_gone, timeout_s=PATIENCE_S)


async def test_a_log_on_three_servers_outlives_each_of_them(tmp_path: Path) -> None:
    async with nats(tmp_path / "nats", size=3) as servers:
        log = Log(BotKey.generate(), ["eu"], 3)
        for server in servers.servers:
            async with bot_of(servers) as bot:
                keeping = asyncio.create_task(log.keep(bot))

                async def is_written() -> bool:
                    try:
                        await log.write(ban("one"))
                        return (await info(bot)).config.num_replicas == 3
                    except Exception as error:  # no leader yet
                        print(error)
                        return False

                await until(is_written, timeout_s=PATIENCE_S)
                keeping.cancel()
                await asyncio.wait([keeping])
            await server.kill()
            await server.start()
