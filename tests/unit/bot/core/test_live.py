"""The bot's mirror of the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.core import live
from bot.core.live import Live, Turn
from bot.core.roles import BOT
from gateway.api.client import GatewayClient
from gateway.api.contract import Action, AuditEntry, Join, Revoke
from gateway.api.events import Event, EventKind, News, Watch
from gateway.api.transport import SocketTransport
from gateway.backoff import delays
from gateway.codec import to_json
from gateway.errors import GatewayTimeout, GatewayUnreachable
from gateway.model import Duration
from gateway.problem import Problem, Trouble
from tests.unit import gate
from tests.unit.bot.patience import PATIENCE_S, until
from tests.unit.builders import ALICE, NOW, key

HOUR = Duration(timedelta(hours=1))


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "AGAIN_S", 0.01)
    monkeypatch.setattr(live, "SELDOM_S", 0.01)


@asynccontextmanager
async def mirror(at: gate.Gate) -> AsyncIterator[Live]:
    made = Live(GatewayClient(SocketTransport(at.path)), lambda: at.now)
    task = asyncio.create_task(made.run())
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[gate.Gate]:
    made = gate.Gate(tmp_path / "socket")
    await made.start()
    yield made
    await made.close()


async def test_the_first_turn_is_anew_and_shows_all_that_there_is(gateway: gate.Gate) -> None:
    await gateway.gateway.ask(Join(actor=ALICE, device="pc", public_key=key()))
    async with mirror(gateway) as mirrored:
        view = await mirrored.there()
        assert [row.peer.device for row in view.peers.values()] == ["pc"]
        assert (await mirrored.follow().next()).is_anew


async def test_the_mirror_follows_what_happens(gateway: gate.Gate) -> None:
    async with mirror(gateway) as mirrored:
        view = await mirrored.there()
        follower = mirrored.follow()
        await follower.next()
        await gateway.gateway.ask(Join(actor=ALICE, device="pc", public_key=key(), guest_for=HOUR))
        gateway.gateway.state.problems.report(Problem(code=Trouble.BACKUP, values={"reason": "it is full"}))
        while not view.own.problems:
            await follower.next()
        (row,) = view.peers.values()
        assert (row.peer.device, view.guests) == ("pc", frozenset({ALICE.id}))
        gateway.gateway.state.problems.clear(Trouble.BACKUP)
        await gateway.gateway.ask(Revoke(actor=ALICE))
        while view.own.problems or view.peers:
            await follower.next()


async def test_what_a_test_sets_is_heard_at_the_next_look(gateway: gate.Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    await gateway.gateway.ask(Join(actor=ALICE, device="pc", public_key=key()))
    async with mirror(gateway) as mirrored:
        await mirrored.there()
        follower = mirrored.follow()
        await follower.next()
        monkeypatch.setattr(gateway, "tunnel", lambda peer: gate.Tunnel(handshake=timedelta(seconds=1)))
        gateway.audit = [entry := an_entry(5)]
        await gateway.look()
        events = [*(await follower.next()).events]
        while len(events) < 2:
            events += (await follower.next()).events
        assert [event.kind for event in events] == [EventKind.PEER_CONNECTED, EventKind.AUDITED]
        assert events[-1].entry == entry


def an_entry(number: int) -> AuditEntry:
    return AuditEntry(id=number, at=NOW, actor="1", actor_name="alice", action=Action.LAN, subject="on")


async def test_a_gateway_that_leaves_is_away_and_comes_back_anew(gateway: gate.Gate) -> None:
    async with mirror(gateway) as mirrored:
        await mirrored.there()
        follower = mirrored.follow()
        await follower.next()
        await gateway.stop()
        assert (await follower.next()).is_anew
        assert (mirrored.view, mirrored.away_since) == (None, gateway.now)
        await gateway.start()
        assert (await follower.next()).is_anew
        assert mirrored.view
        assert not mirrored.away_since


async def test_a_gateway_that_is_heard_elsewhere_is_tried_at_once(
    gateway: gate.Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "AGAIN_S", 4 * PATIENCE_S)
    monkeypatch.setattr(live, "SELDOM_S", 4 * PATIENCE_S)
    async with mirror(gateway) as mirrored:
        await mirrored.there()
        follower = mirrored.follow()
        await follower.next()
        await gateway.stop()
        await follower.next()
        await gateway.start()
        mirrored.hear()
        assert (await follower.next()).is_anew
        assert mirrored.view


async def test_a_slow_follower_is_told_to_look_at_everything_and_holds_up_no_other(
    gateway: gate.Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST_WAITING", 3)
    async with mirror(gateway) as mirrored:
        await mirrored.there()
        slow, quick = mirrored.follow(), mirrored.follow()
        await slow.next()
        await quick.next()
        numbers: list[int] = []
        for number in range(1, 6):
            gateway.gateway.state.live.recorded(an_entry(number))
            turn = await quick.next()
            numbers += [event.entry.id for event in turn.events if event.entry]
            assert not turn.is_anew
        assert numbers == [1, 2, 3, 4, 5]
        assert (await slow.next()).is_anew
        gateway.gateway.state.live.recorded(an_entry(6))
        assert [event.entry for event in (await slow.next()).events] == [an_entry(6)]


async def test_a_follower_that_waits_no_longer_gets_an_empty_turn() -> None:
    follower = Live(GatewayClient(SocketTransport(Path("/nowhere"))), datetime.now).follow()
    await follower.next()
    assert await follower.next(0.01) == Turn(())


class Script:
    """A gateway of another kind: each subscription gets its lines, and then ends or is silent."""

    def __init__(self, *subscriptions: list[str | None]) -> None:
        self.subscriptions = list(subscriptions)
        self.begun = 0

    async def call(self, operation: str, body: bytes) -> bytes:
        raise AssertionError(operation)

    @asynccontextmanager
    async def watch(self, operation: str, body: bytes) -> AsyncIterator[AsyncIterator[bytes]]:
        self.begun += 1
        yield self._lines(self.subscriptions.pop(0) if self.subscriptions else [None])

    async def _lines(self, lines: list[str | None]) -> AsyncIterator[bytes]:
        for line in lines:
            if line is None:
                await asyncio.Event().wait()
            else:
                yield line.encode()


@asynccontextmanager
async def scripted(script: Script) -> AsyncIterator[Live]:
    made = Live(GatewayClient(script), lambda: NOW)
    task = asyncio.create_task(made.run())
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield made
            assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def line(number: int = 0, *events: Event) -> str:
    return to_json(News(number=number, events=events))


@pytest.fixture
async def begin(gateway: gate.Gate) -> str:
    """Return the first line of a subscription."""
    (client, watch) = GatewayClient(SocketTransport(gateway.path)), Watch(actor=BOT)
    async with client.watch(watch) as lines:
        return to_json(await anext(lines))


async def test_a_gateway_that_freezes_is_away(begin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SILENT_S", 0.02)
    async with scripted(Script([begin, None], [begin, None])) as mirrored:
        follower = mirrored.follow()
        await mirrored.there()
        while mirrored.view:
            await follower.next()
        assert (mirrored.away_since, mirrored.reason) == (NOW, GatewayTimeout.code)
        await mirrored.there()


async def test_signs_of_life_are_no_turns(begin: str) -> None:
    event = Event(at=NOW, kind=EventKind.AUDITED, entry=an_entry(9))
    async with scripted(Script([begin, line(1), line(2), line(3), line(4, event), None])) as mirrored:
        follower = mirrored.follow()
        view = await mirrored.there()
        await until(lambda: view.newest_entry == 9)
        assert await follower.next() == Turn((event,), is_anew=True)
        assert await follower.next(0.01) == Turn(())


async def test_a_gateway_that_dies_in_the_middle_of_a_line_is_away_and_the_next_one_begins_anew(tmp_path: Path) -> None:
    made = gate.Gate(tmp_path / "gateway")
    await made.start()
    client = GatewayClient(SocketTransport(made.path))
    async with client.watch(Watch(actor=BOT)) as lines:
        first = to_json(await anext(lines)).encode() + b"\n"
    await made.close()
    half = line(1, Event(at=NOW, kind=EventKind.AUDITED, entry=an_entry(9))).encode()[:40]

    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")
        writer.write(b"HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in (first, half):
            writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            await writer.drain()
            await seen.wait()
        writer.transport.abort()

    seen = asyncio.Event()
    server = await asyncio.start_unix_server(die, tmp_path / "dying")
    mirrored = Live(GatewayClient(SocketTransport(tmp_path / "dying")), lambda: NOW)
    follower, task = mirrored.follow(), asyncio.create_task(mirrored.run())
    try:
        async with asyncio.timeout(PATIENCE_S):
            for _ in range(2):
                await mirrored.there()
                seen.set()
                while mirrored.view:
                    assert (await follower.next()).is_anew
                seen.clear()
            assert mirrored.reason == GatewayUnreachable.code
            assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize(
    "unreadable",
    ['{"number": 1, "weather": "fine"}', '{"number": 1, "events": [{"at": "today", "kind": "teleported"}]}', "[]", "x"],
)
async def test_a_line_of_another_version_makes_the_gateway_be_away(
    begin: str, unreadable: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says so once."""
    caplog.set_level("INFO")
    async with scripted(Script([begin, unreadable], [unreadable], [unreadable], [begin, None])) as mirrored:
        follower = mirrored.follow()
        await mirrored.there()
        while mirrored.view:
            await follower.next()
        await mirrored.there()
        assert len([each for each in caplog.messages if "is away" in each]) == 1


async def test_an_event_of_another_version_is_taken_by_what_it_is_about(begin: str) -> None:
    event = Event(at=NOW, kind="teleported", entry=an_entry(9))
    async with scripted(Script([begin, line(1, event), None])) as mirrored:
        view = await mirrored.there()
        await until(lambda: view.newest_entry == 9)


async def test_a_stream_that_begins_without_a_snapshot_is_no_gateways(begin: str) -> None:
    async with scripted(Script([line()], [line(0, Event(at=NOW, kind="x"))], [begin, None])) as mirrored:
        follower = mirrored.follow()
        await mirrored.there()
        assert (await follower.next()).is_anew


async def test_pauses_grow_until_there_was_a_snapshot(begin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway that accepts and refuses is asked no more often than one that is not there."""
    made: list[Iterator[float]] = []

    def counting(first_s: float, longest_s: float) -> Iterator[float]:
        made.append(delays(first_s, longest_s))
        return made[-1]

    monkeypatch.setattr(live, "delays", counting)
    script = Script([], [], ['{"error": {"code": "admins_only", "details": {}}}'], [begin, None])
    async with scripted(script) as mirrored:
        await mirrored.there()
        assert (script.begun, len(made)) == (4, 2)


async def test_a_clock_that_is_set_back_sets_the_mirrors_time_back(begin: str) -> None:
    times = NOW + timedelta(days=1), NOW - timedelta(days=1)
    events = [Event(at=at, kind=EventKind.AUDITED, entry=an_entry(number)) for number, at in enumerate(times, 1)]
    async with scripted(Script([begin, *(line(number, event) for number, event in enumerate(events, 1)), None])) as on:
        view = await on.there()
        await until(lambda: view.newest_entry == 2)
        assert view.at == times[1]


async def test_a_bot_that_stops_watches_no_longer(gateway: gate.Gate) -> None:
    async with mirror(gateway) as mirrored:
        await mirrored.there()
        assert gateway.gateway.state.live.watchers
    assert mirrored.view is None
    await until(lambda: not gateway.gateway.state.live.watchers)


async def test_a_service_wakes_its_own_follower() -> None:
    follower = Live(GatewayClient(SocketTransport(Path("/nowhere"))), datetime.now).follow()
    await follower.next()
    follower.wake()
    assert (await follower.next()).is_anew
