"""A gateway that is taken over, with its own key and any client: all that it tries, and that nothing comes of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import StorageType, StreamConfig

from bot.fleet.log import Log
from gateway import trust
from gateway.api import server
from gateway.api.carried import Courier
from gateway.api.client import GatewayClient
from gateway.api.contract import Caller, GetPolicy, List, Request, Suspend
from gateway.api.decisions import Decide
from gateway.api.pair import Stand, Standing, TakeCopy, Taken, Word
from gateway.api.signed import SIGNED, Sealer
from gateway.api.standby import Copied
from gateway.api.transport import SocketTransport
from gateway.bus import subjects
from gateway.bus.asking import Asker
from gateway.bus.keyed import KeyedClient
from gateway.bus.nkey import UserKey
from gateway.codec import to_json
from gateway.courier.pair import Pair
from gateway.demo.tunnel import until
from gateway.errors import GatewayWaiting, NotAuthentic
from gateway.trust import BotTrust, GatewayTrust
from tests.enrolled import ADDRESS, Enrolled, enrolled
from tests.natsserver import settle
from tests.net.region import log_of
from tests.unit.builders import ADMIN, ALICE
from tests.unit.running import Running, a_join, a_kernel, running

pytestmark = [pytest.mark.root, pytest.mark.timeout(300)]
LOG, BUCKET = subjects.MEMBERSHIP, f"KV_{subjects.DIRECTORY}"
DECISION = Decide(actor=ADMIN, decision="1", at=datetime(2026, 1, 1, tzinfo=UTC), owner=ALICE.id, suspended=True)

PUBLISHED = {
    "calls another region": subjects.request("us", SIGNED),
    "forges an answer to the bot": f"{subjects.inbox('bot')}.abc.def",
    "answers where it was not asked": "_INBOX.abc",
    "forges an answer to another region": f"{subjects.inbox('us')}.abc.def",
    "writes the log": subjects.decision("1"),
    "overwrites the directory": subjects.entry("us"),
    "pretends that another region is alive": subjects.pulse("us"),
    "tells another region's events": subjects.event("us", "abc"),
    "deletes the log": f"$JS.API.STREAM.DELETE.{LOG}",
    "purges the log": f"$JS.API.STREAM.PURGE.{LOG}",
    "changes the log": f"$JS.API.STREAM.UPDATE.{LOG}",
    "deletes an entry of the log": f"$JS.API.STREAM.MSG.DELETE.{LOG}",
    "deletes the directory": f"$JS.API.STREAM.DELETE.{BUCKET}",
    "purges the directory": f"$JS.API.STREAM.PURGE.{BUCKET}",
    "takes another region's decisions": f"$JS.API.CONSUMER.MSG.NEXT.{LOG}.us",
    "acknowledges another region's decisions": f"$JS.ACK.{LOG}.us.1.1.1.1.1",
    "deletes another region's place in the log": f"$JS.API.CONSUMER.DELETE.{LOG}.us",
    "makes a consumer": f"$JS.API.CONSUMER.CREATE.{LOG}.eu.x",
    "makes a durable consumer": f"$JS.API.CONSUMER.DURABLE.CREATE.{LOG}.x",
    "takes another region's lease": subjects.lease("us"),
    "reads another region's lease": f"$JS.API.DIRECT.GET.KV_{subjects.LEASE}.{subjects.lease('us')}",
    "sends another region's standby a copy": subjects.state("us"),
    "reads another region's copy": f"$JS.API.DIRECT.GET.{subjects.STATE}.{subjects.state('us')}",
    "reads any copy": f"$JS.API.DIRECT.GET.{subjects.STATE}",
    "purges the copies": f"$JS.API.STREAM.PURGE.{subjects.STATE}",
    "makes a stream over requests": "$JS.API.STREAM.CREATE.MINE",
    "speaks to the system": "$SYS.REQ.SERVER.PING",
}
HEARD = {
    "hears another region's requests": subjects.requests("us"),
    "hears the bot's answers": f"{subjects.inbox('bot')}.>",
    "hears other regions": subjects.PULSES,
    "hears other regions' events": subjects.event("*", "*"),
    "hears decisions as they are written": subjects.DECISIONS,
    "hears the directory": subjects.ENTRIES,
    "hears another region's copies": subjects.state("us"),
    "hears everything": ">",
    "hears the system": "$SYS.>",
}


@asynccontextmanager
async def prepared(fleet: Enrolled, bot: Client) -> AsyncIterator[Log]:
    """Keep the log with a decision and a place for each region, and make the directory with the entry of us."""
    async with log_of(bot, trust.read(BotTrust, fleet.section.key_file).key, ("eu", "us")) as log:
        await log.write(DECISION)
        await bot.jetstream().create_key_value(bucket=subjects.DIRECTORY, storage=StorageType.FILE, direct=True)
        await bot.publish(subjects.entry("us"), b"us itself")
        await settle(bot)
        yield log


async def state_of(bot: Client) -> dict[str, object]:
    """Return what the server stores: the log, the places of its readers, and the directory."""
    log = await bot.jetstream().stream_info(LOG)
    us = await bot.jetstream().consumer_info(LOG, "us")
    directory = await bot.jetstream().stream_info(BUCKET)
    return {
        "messages": log.state.messages,
        "last": log.state.last_seq,
        "config": str(log.config),
        "pending": us.num_pending,
        "taken": (us.num_ack_pending, us.delivered, us.ack_floor),
        "directory": (directory.state.messages, directory.state.last_seq, str(directory.config)),
        "us": (await (await bot.jetstream().key_value(subjects.DIRECTORY)).get("us")).value,
    }


async def test_whatever_it_tries_is_refused_seen_and_changes_nothing(tmp_path: Path) -> None:
    refusals = list[str]()
    async with (
        enrolled(tmp_path / "fleet") as fleet,
        fleet.client("bot") as bot,
        fleet.client("us") as us,
        fleet.client("eu", refusals) as eu,
        prepared(fleet, bot),
    ):
        heard = list[tuple[str, bytes]]()

        async def hear(message: Msg) -> None:
            heard.append((message.subject, message.data))

        for who, subject in ((us, subjects.requests("us")), (us, f"{subjects.inbox('us')}.>")):
            await who.subscribe(subject, cb=hear)
        for subject in (f"{subjects.inbox('bot')}.abc.>", subjects.PULSES, subjects.event("*", "*")):
            await bot.subscribe(subject, cb=hear)
        await settle(us, bot)
        before = await state_of(bot)
        for what, subject in PUBLISHED.items():
            await refused(refusals, what, subject, eu.publish(subject, b"{}"))
        for what, subject in HEARD.items():
            await refused(refusals, what, subject, eu.subscribe(subject, cb=hear))
        await settle(us)
        assert await state_of(bot) == before
        assert not [each for each in heard if each[1] == b"{}"]
        lines = [line for line in fleet.server.output.splitlines() if "Violation" in line]
        for subject in (*PUBLISHED.values(), *HEARD.values()):
            assert any(f'"{subject}"' in line for line in lines), subject


async def refused(refusals: list[str], what: str, subject: str, attempt: Awaitable[object]) -> None:
    """Try it, and wait until the server has said that it is not allowed."""
    await attempt

    async def is_said() -> bool:
        return any("permissions violation" in said.lower() and subject.lower() in said.lower() for said in refusals)

    try:
        await until(is_said, timeout_s=60)
    except AssertionError:
        raise AssertionError(f"{what} ({subject}) was not refused: {refusals}") from None


class Region:
    """The gateway of us with the real operations, and what its courier hands over. `asked` are requests it believed."""

    def __init__(self, gateway: Running, socket: Path) -> None:
        self.gateway, self.socket = gateway, socket
        self.asked = list[Request[Any]]()

    async def handle(self, caller: Caller, request: Request[Any]) -> object:
        self.asked.append(request)
        return await self.gateway.operations.handle(caller, request)

    async def carry(self, message: Msg) -> None:
        answer = await SocketTransport(self.socket).call(SIGNED, message.data)
        if message.reply:
            await message.respond(answer)


@asynccontextmanager
async def us_serving(fleet: Enrolled, us: Client, folder: Path) -> AsyncIterator[Region]:
    invited = fleet.invitations["us"]
    known = GatewayTrust(region="us", number=2, key=invited.secret.answering, bots=invited.bots)
    async with running(None, a_kernel()) as gateway:
        region = Region(gateway, folder / "socket")
        courier = Courier(known.signatures, lambda: datetime.now(UTC))
        with server.listen(region.socket, (), courier=courier) as listener:
            async with server.serve(listener, region.handle):
                await us.subscribe(subjects.requests("us"), cb=region.carry)
                await settle(us)
                yield region


@dataclass
class Way:
    """The bot's way to us: it signs, and asks over the bus."""

    bot: Client
    sealer: Sealer

    async def call(self, operation: str, body: bytes) -> bytes:
        asked = self.sealer.wrap(operation, body, datetime.now(UTC))
        answer = await (await Asker.on(self.bot)).ask("us", SIGNED, asked.envelope, timeout_s=60)
        return asked.opened(answer.data)

    def watch(self, operation: str, body: bytes) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        raise NotImplementedError


def bot_of(fleet: Enrolled, bot: Client) -> GatewayClient:
    known = trust.read(BotTrust, fleet.section.key_file)
    (us,) = (region for region in known.regions if region.name == "us")
    return GatewayClient(Way(bot, Sealer(known.key, "us", us.key)))


async def test_what_it_has_the_server_deliver_onto_another_region_is_no_request(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A reply subject is a way round the rights of NATS: the server itself answers there."""
    async with (
        enrolled(tmp_path / "fleet") as fleet,
        fleet.client("bot") as bot,
        fleet.client("us") as us,
        fleet.client("eu") as eu,
        us_serving(fleet, us, tmp_path) as region,
        prepared(fleet, bot),
    ):
        onto = subjects.request("us", SIGNED)
        attempts = (
            (f"$JS.API.CONSUMER.MSG.NEXT.{LOG}.eu", b'{"batch": 1, "expires": 5000000000}'),
            (subjects.entry("eu"), b"eu itself"),
        )
        for number, (subject, content) in enumerate(attempts, start=1):
            await eu.publish(subject, content, reply=onto)

            async def is_refused(number: int = number) -> bool:
                return caplog.text.count("a signed request was refused: cut") == number

            await until(is_refused, timeout_s=60)
        assert not region.asked
        assert (await bot_of(fleet, bot).call(GetPolicy(actor=ADMIN))).devices_per_member


STORED = (
    (b"NATS/1.0\r\n\r\n", b"us_standby"),
    (b"NATS/1.0\r\n\r\n", b"{}"),
    (b"NATS/1.0\r\nStatus: 404\r\n\r\n", b""),
    (b"NATS/1.0\r\nStatus: 500\r\n\r\n", b""),
    (b"NATS/1.0 503 \xff\r\n\r\n", b"us_standby"),
)
"""What it may store of its own, as headers and content."""


class Waiting:
    """The gateway of us for its courier. `words` are what it heard of the lease, and `taken` the copies that came."""

    def __init__(self) -> None:
        self.serves = True
        self.words, self.taken = list[Word](), list[str]()

    async def handle(self, _: Caller, request: Request[Any]) -> object:
        match request:
            case Stand():
                self.words.append(request.word)
                return Standing(serves=self.serves, wants=True, mark="mark")
            case TakeCopy():
                self.taken.append(request.text)
                return Taken(is_kept=True)
        raise GatewayWaiting(what="nothing")

    async def hears(self, more: int = 4) -> set[Word]:
        """Return what it hears of the lease in the next rounds."""
        begun = len(self.words)

        async def has_heard() -> bool:
            return len(self.words) >= begun + more

        await until(has_heard, timeout_s=60)
        return set(self.words[begun:])


async def test_it_takes_no_lease_and_ends_no_courier_of_a_region_with_two_machines(tmp_path: Path) -> None:
    """By a reply subject it has the server deliver its own messages onto the lease and the copies of us."""
    async with AsyncExitStack() as stack:
        fleet = await stack.enter_async_context(enrolled(tmp_path / "fleet"))
        bot = await stack.enter_async_context(fleet.client("bot"))
        us = await stack.enter_async_context(fleet.client("us"))
        eu = await stack.enter_async_context(fleet.client("eu"))
        await stack.enter_async_context(prepared(fleet, bot))
        await bot.jetstream().create_key_value(bucket=subjects.LEASE, storage=StorageType.FILE, direct=True)
        copies = StreamConfig(
            name=subjects.STATE, subjects=[subjects.STATES], max_msgs_per_subject=1, allow_direct=True
        )
        await bot.jetstream().add_stream(copies)
        gateway = Waiting()
        listener = stack.enter_context(server.listen(tmp_path / "socket", ()))
        await stack.enter_async_context(server.serve(listener, gateway.handle))
        pair = asyncio.create_task(Pair("us", "us", tmp_path / "socket").take_turns(us, []))
        stack.push_async_callback(ended, pair)

        async def has_it() -> bool:
            assert not pair.done(), pair
            return Word.OWN in gateway.words

        await until(has_it, timeout_s=60)
        for headers, content in STORED:
            assert eu._transport
            line = f"HPUB {subjects.state('eu')} {len(headers)} {len(headers + content)}\r\n".encode()
            eu._transport.write(line + headers + content + b"\r\n")
            await settle(eu)
            for onto in (subjects.lease("us"), subjects.state("us")):
                await eu.publish(subjects.entry("eu"), b"eu itself", reply=onto)
                await settle(eu)
                await eu.publish(f"$JS.API.DIRECT.GET.{subjects.STATE}.{subjects.state('eu')}", reply=onto)
            for gateway.serves in (True, False):
                assert await gateway.hears() == {Word.OWN}
        await us.publish(subjects.state("us"), to_json(Copied(number=1, sealed="the copy")).encode())

        async def has_come() -> bool:
            return gateway.taken == ["the copy"]

        await until(has_come, timeout_s=60)
        assert not pair.done()


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


async def test_a_node_that_is_taken_over_reads_no_secret_and_changes_nothing(tmp_path: Path) -> None:
    """It hears all that it carries, says it again, forges requests and answers, and withholds them."""
    async with AsyncExitStack() as stack:
        fleet = await stack.enter_async_context(enrolled(tmp_path / "fleet"))
        node = await stack.enter_async_context(with_all_rights(fleet))
        bot = await stack.enter_async_context(fleet.client("bot"))
        us = await stack.enter_async_context(fleet.client("us"))
        region = await stack.enter_async_context(us_serving(fleet, us, tmp_path))
        carried = list[Msg]()

        async def overhear(message: Msg) -> None:
            carried.append(message)

        await node.subscribe(">", cb=overhear)
        await settle(node)
        client, state = bot_of(fleet, bot), region.gateway.state
        issued = await client.call(a_join(request_id="1"))
        cut_off = Suspend(actor=ADMIN, owner=ALICE.id, suspended=True)
        await client.call(cut_off)
        await client.call(replace(cut_off, suspended=False))
        await settle(node)
        (peer,) = state.desired.peers.values()
        secrets = [str(peer.preshared_key), issued.config, "PresharedKey"]
        assert len(carried) >= 6
        assert not [each for each in carried for secret in secrets if secret.encode() in each.data]
        before, asked = state.desired, len(region.asked)
        forged = [each.data for each in carried if each.subject == subjects.request("us", SIGNED)]
        assert len(forged) == 3
        forged += [each.replace(b'"suspended": false', b'"suspended": true ') for each in forged]
        for envelope in (*forged, b"{}", issued.config.encode()):
            answer = await (await Asker.on(node)).ask("us", SIGNED, envelope, timeout_s=60)
            assert json.loads(answer.data)["error"]["code"] == "not_signed"
        assert (len(region.asked), state.desired) == (asked, before)
        await withhold_and_forge(bot, us, node, region, client)
        assert state.desired == before


async def withhold_and_forge(bot: Client, us: Client, node: Client, region: Region, client: GatewayClient) -> None:
    """Answer in the place of us, which gets nothing: as the node likes, and with what it heard before."""
    await us.close()
    answers = iter([b"{}", b'{"peers": [], "forwards": []}', b'{"error": {"code": "peer_unknown", "details": {}}}'])

    async def forge(message: Msg) -> None:
        await message.respond(next(answers))

    await node.subscribe(subjects.requests("us"), cb=forge)
    await settle(node)
    for _ in range(3):
        with pytest.raises(NotAuthentic):
            await client.call(List(actor=ALICE))


@asynccontextmanager
async def with_all_rights(fleet: Enrolled) -> AsyncIterator[Client]:
    """Connect as the server's owner could: with another user that may hear and say anything."""
    key = UserKey.generate()
    made = json.loads(fleet.server.config.read_text())
    made["authorization"]["users"].append({"nkey": key.public})
    fleet.server.config.write_text(json.dumps(made))
    await fleet.server.reload()
    client = KeyedClient(key)
    await client.connect([f"tls://{ADDRESS}:{fleet.port}"], nkeys_seed_str=key.reveal(), tls=fleet.access("bot").tls())
    try:
        yield client
    finally:
        await client.close()
