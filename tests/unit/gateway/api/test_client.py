"""Many requests at once, and a slow gateway: a queue makes no caller believe that the gateway is away or late."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway import errors, logs
from gateway.api import client, server
from gateway.api.client import GatewayClient
from gateway.api.contract import Caller, Listing, Request
from gateway.api.contract import List as ListRequest
from gateway.api.transport import SocketTransport
from tests.unit.builders import ALICE
from tests.unit.gateway.api.counting import Count, Counter

REQUEST = ListRequest(actor=ALICE)


class Hours:
    """A clock that moves at once, so that waits of minutes are tried as they are on any machine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()
        real = loop.time
        self._passed_s = 0.0
        monkeypatch.setattr(loop, "time", lambda: real() + self._passed_s)

    def pass_by(self, seconds: float) -> None:
        self._passed_s += seconds

    async def until_done(self, call: asyncio.Task[Listing]) -> float:
        """Return the seconds that had to pass."""
        before = self._passed_s
        while not call.done():
            self.pass_by(1)
            for _ in range(5):  # turns of the loop, in which it notices
                await asyncio.sleep(0)
        return self._passed_s - before


@pytest.fixture
async def hours(monkeypatch: pytest.MonkeyPatch) -> Hours:
    return Hours(monkeypatch)


class Turns:
    """A gateway whose work goes on when the test tells it to."""

    def __init__(self) -> None:
        self.asked = 0
        self._free = asyncio.Semaphore(0)

    async def wait(self) -> None:
        self.asked += 1
        await self._free.acquire()

    def one_more(self) -> None:
        self._free.release()

    async def asked_by(self, many: int) -> None:
        while self.asked < many:
            await asyncio.sleep(0)


@asynccontextmanager
async def gateway(path: Path, answering: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    async def handle(caller: Caller, request: Request[Any]) -> Listing:
        await answering()
        return Listing(peers=(), forwards=())

    with server.listen(path, ()) as listener:
        async with server.serve(listener, handle):
            yield


async def test_a_crowd_finds_a_gateway_that_accepts_no_connection_for_a_moment(tmp_path: Path) -> None:
    """More callers connect than the kernel queues at the socket."""
    with server.listen(tmp_path / "socket", ()) as listener:
        listener.socket.listen(128)

        async def handle(caller: Caller, request: Request[Any]) -> Listing:
            return Listing(peers=(), forwards=())

        crowd = [GatewayClient(SocketTransport(tmp_path / "socket")) for _ in range(5)]
        async with asyncio.TaskGroup() as tasks:
            calls = [tasks.create_task(one.call(REQUEST)) for one in crowd for _ in range(60)]
            for _ in range(300):  # turns of the loop, in which as many connect as may
                await asyncio.sleep(0)
            async with server.serve(listener, handle):
                await asyncio.wait(calls)


async def test_a_call_behind_others_is_patient_while_the_gateway_answers(tmp_path: Path, hours: Hours) -> None:
    """The wait is five times as long as the patience with a silent gateway."""
    turns = Turns()
    one = GatewayClient(SocketTransport(tmp_path / "socket"), timeout_s=100)
    async with gateway(tmp_path / "socket", turns.wait):
        calls = {asyncio.create_task(one.call(REQUEST)) for _ in range(20)}
        await turns.asked_by(20)
        while calls:
            hours.pass_by(25)
            turns.one_more()
            answered, calls = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
            assert all(call.result() for call in answered)


async def test_a_silent_gateway_is_waited_for_as_long_as_was_said(tmp_path: Path, hours: Hours) -> None:
    """The next request succeeds once the gateway answers."""
    turns = Turns()
    one = GatewayClient(SocketTransport(tmp_path / "socket"), timeout_s=300)
    async with gateway(tmp_path / "socket", turns.wait):
        call = asyncio.create_task(one.call(REQUEST))
        await turns.asked_by(1)
        assert await hours.until_done(call) == pytest.approx(300, abs=50)
        with pytest.raises(errors.GatewayTimeout):
            await call
        turns.one_more()
        turns.one_more()
        assert await one.call(REQUEST)


async def test_a_call_that_waits_too_long_for_its_turn_says_that_nothing_was_done(tmp_path: Path, hours: Hours) -> None:
    """The gateway never got the request."""
    turns = Turns()
    one = GatewayClient(SocketTransport(tmp_path / "socket"), timeout_s=500)
    async with gateway(tmp_path / "socket", turns.wait):
        calls = [asyncio.create_task(one.call(REQUEST)) for _ in range(client.IN_FLIGHT)]
        await turns.asked_by(client.IN_FLIGHT)
        one_more = asyncio.create_task(one.call(REQUEST))
        assert await hours.until_done(one_more) == pytest.approx(client.QUEUED_S, abs=50)
        with pytest.raises(errors.GatewayBusy):
            await one_more
        for _ in calls:
            turns.one_more()
        await asyncio.gather(*calls)
    assert turns.asked == client.IN_FLIGHT


async def test_one_stuck_call_ends_although_others_are_answered(tmp_path: Path, hours: Hours) -> None:
    first, turns = True, Turns()

    async def stick() -> None:
        nonlocal first
        if first:
            first = False
            await turns.wait()

    one = GatewayClient(SocketTransport(tmp_path / "socket"), timeout_s=300)
    async with gateway(tmp_path / "socket", stick):
        stuck = asyncio.create_task(one.call(REQUEST))
        await turns.asked_by(1)
        waited = 0
        while not stuck.done():
            assert waited < client.LONGEST_S + 200
            assert await one.call(REQUEST)
            hours.pass_by(100)
            waited += 100
            await asyncio.sleep(0)
        assert waited >= client.LONGEST_S
        with pytest.raises(errors.GatewayTimeout):
            await stuck
        turns.one_more()


class Breaking:
    """A listener that reads a request and breaks off in the middle of its answer, `times` times."""

    def __init__(self, times: int, answer: bytes) -> None:
        self.asked = list[bytes]()
        self._times, self._answer = times, answer

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        length = int(asked.lower().partition(b"content-length: ")[2].split()[0])
        self.asked.append(await reader.readexactly(length))
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(self._answer)
        writer.write((head + self._answer)[: None if len(self.asked) > self._times else -1])
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def breaking(path: Path, times: int, answer: bytes = b'{"peers": [], "forwards": []}') -> AsyncIterator[Breaking]:
    breaking = Breaking(times, answer)
    async with await asyncio.start_unix_server(breaking, path):
        yield breaking


async def test_a_call_that_breaks_off_is_tried_again_with_the_same_id(tmp_path: Path) -> None:
    async with breaking(tmp_path / "socket", 1) as other:
        assert await GatewayClient(SocketTransport(tmp_path / "socket")).call(REQUEST) == Listing(peers=(), forwards=())
    first, second = other.asked
    assert first == second
    assert json.loads(first)["request_id"]


@pytest.mark.parametrize("answer", [b"5", b'{"error": "x"}', b'{"error": {"code": "x"}}', b"[" * 100_000])
async def test_an_answer_of_another_program_is_no_answer(tmp_path: Path, answer: bytes) -> None:
    async with breaking(tmp_path / "socket", 0, answer):
        with pytest.raises(errors.GatewayUnreachable):
            await GatewayClient(SocketTransport(tmp_path / "socket")).call(REQUEST)


@pytest.mark.parametrize("answer", [b"{}", b"<html>"])
async def test_what_breaks_off_three_times_or_is_no_gateway_is_not_there(tmp_path: Path, answer: bytes) -> None:
    async with breaking(tmp_path / "socket", 3 if answer == b"{}" else 0, answer) as other:
        with pytest.raises(errors.GatewayUnreachable):
            await GatewayClient(SocketTransport(tmp_path / "socket")).call(REQUEST)
    assert len(other.asked) == (3 if answer == b"{}" else 1)


async def test_a_socket_without_a_gateway_says_so_at_once(tmp_path: Path) -> None:
    """Both a request and a subscription say so."""
    one = GatewayClient(SocketTransport(tmp_path / "socket"))
    with pytest.raises(errors.GatewayUnreachable) as refused:
        await one.call(REQUEST)
    assert isinstance(refused.value.__cause__, FileNotFoundError)
    with pytest.raises(errors.GatewayUnreachable):
        async with one.watch(Count(actor=ALICE)):
            raise AssertionError


async def test_a_watch_that_breaks_off_is_no_end(tmp_path: Path, counter: Counter) -> None:
    """The gateway did not end the stream."""
    answer = b'{"entries": []}\n' * 2
    one = GatewayClient(SocketTransport(tmp_path / "socket"))
    async with breaking(tmp_path / "socket", 1, answer), one.watch(Count(actor=ALICE)) as answers:
        assert await anext(answers)
        with pytest.raises(errors.GatewayUnreachable):
            await anext(answers)


async def test_a_gateway_that_does_not_begin_to_answer_is_not_watched(tmp_path: Path, hours: Hours) -> None:
    turns = Turns()
    one = GatewayClient(SocketTransport(tmp_path / "socket"), timeout_s=300)

    async def watch() -> Any:
        async with one.watch(Count(actor=ALICE)):
            raise AssertionError

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await turns.wait()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_unix_server(silent, tmp_path / "socket"):
        watching = asyncio.create_task(watch())
        await turns.asked_by(1)
        assert await hours.until_done(watching) == pytest.approx(300, abs=50)
        with pytest.raises(errors.GatewayTimeout):
            await watching
        turns.one_more()


def test_a_request_of_an_interaction_begins_with_its_id_and_no_two_are_alike() -> None:
    with logs.about("1234567890123456789"):
        first, second = client._new_id(), client._new_id()
    assert first.startswith("1234567890123456789-")
    assert first != second
    assert len(first) <= 32
    with logs.about("x" * 40):
        assert len(client._new_id()) <= 32
    assert len(client._new_id()) == 32
