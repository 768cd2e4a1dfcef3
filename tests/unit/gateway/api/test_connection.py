"""What a caller may send on its connection, byte by byte, and what it receives."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from gateway.api import connection, contract, server
from gateway.api.client import GatewayClient
from gateway.api.contract import AuditPage, GetPolicy, PolicyInfo, Request
from gateway.api.dispatch import Handle
from gateway.api.transport import MAX_BODY, SocketTransport
from gateway.codec import encode
from gateway.errors import AdminsOnly, GatewayUnreachable
from tests.unit.builders import ADMIN, ALICE
from tests.unit.gateway.api.counting import Count, Counter

BODY = json.dumps(encode(GetPolicy(actor=ALICE))).encode()
SIZED = b"Content-Length: %d\r\n" % len(BODY)
ANSWER = json.dumps(encode(PolicyInfo())).encode()
REQUESTS = 200


def head(start: bytes = b"POST /v1/policy", headers: bytes = SIZED) -> bytes:
    return start + b" HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n"


def chunks(body: bytes, size: int) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in [*pieces, b""])


CHUNKED_HEAD = head(headers=b"Transfer-Encoding: chunked\r\n")


async def policy(caller: contract.Caller, request: Request[Any]) -> object:
    return PolicyInfo()


@asynccontextmanager
async def serving(path: Path, handle: Handle = policy) -> AsyncIterator[Path]:
    with server.listen(path / "socket", ()) as listener:
        async with asyncio.timeout(20), server.serve(listener, handle):
            yield path / "socket"


@pytest.fixture
async def dial(tmp_path: Path) -> AsyncIterator[Callable[[], Awaitable[Caller]]]:
    made = list[Caller]()

    async def connect() -> Caller:
        made.append(Caller(*await asyncio.open_unix_connection(tmp_path / "socket")))
        return made[-1]

    async with serving(tmp_path):
        yield connect
        for caller in made:
            caller.close()


class Caller:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def say(self, *parts: bytes) -> None:
        self._writer.writelines(parts)

    def close(self) -> None:
        self._writer.close()

    async def hear(self, *, without_body: bool = False) -> tuple[int, bytes, bytes]:
        """Return status, head and body of the next answer."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = [int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"content-length:")]
        body = b"" if without_body else await self._reader.readexactly(sum(length))
        return int(head.split()[1]), head, body

    async def rest(self) -> bytes:
        return await self._reader.read()


Dial = Callable[[], Awaitable[Caller]]


async def test_one_connection_carries_requests_one_after_the_other(dial: Dial) -> None:
    """Requests that are sent without waiting for an answer are carried as well."""
    caller = await dial()
    for _ in range(2):
        caller.say(head(), BODY)
        assert (await caller.hear())[::2] == (200, ANSWER)
    caller.say(*[head(), BODY] * 3)
    for _ in range(3):
        assert (await caller.hear())[::2] == (200, ANSWER)


async def test_a_caller_that_sends_without_end_leaves_turns_to_others(dial: Dial) -> None:
    """What one piece holds, thousands of requests or of chunks, is not carried out within one turn of the loop."""
    caller = await dial()
    answered = list[int]()

    async def hear() -> None:
        for _ in range(REQUESTS):
            answered.append((await caller.hear())[0])

    for one in (head(b"POST /v1/nothing", b"Content-Length: 0\r\n"), CHUNKED_HEAD + chunks(b" " * 50, 1)):
        answered.clear()
        caller.say(one * REQUESTS)
        heard, turns = asyncio.create_task(hear()), 0
        while not heard.done():
            await asyncio.sleep(0)
            turns += 1
        assert answered == [400] * REQUESTS
        assert turns > REQUESTS


async def test_a_caller_that_wants_no_further_request_is_closed(dial: Dial) -> None:
    caller = await dial()
    caller.say(head(headers=SIZED + b"Connection: close\r\n"), BODY)
    status, said, body = await caller.hear()
    assert (status, body) == (200, ANSWER)
    assert b"connection: close" in said
    assert await caller.rest() == b""


async def test_an_old_caller_is_answered(dial: Dial) -> None:
    caller = await dial()
    caller.say(head().replace(b"HTTP/1.1", b"HTTP/1.0"), BODY)
    assert (await caller.hear())[::2] == (200, ANSWER)
    assert await caller.rest() == b""


@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_a_body_may_come_in_chunks(dial: Dial, size: int) -> None:
    caller = await dial()
    caller.say(head(headers=b"Transfer-Encoding: chunked\r\n"), chunks(BODY, size))
    assert (await caller.hear())[::2] == (200, ANSWER)


async def test_a_caller_that_asks_whether_to_go_on_is_told_to(dial: Dial) -> None:
    caller = await dial()
    caller.say(head(headers=SIZED + b"Expect: 100-continue\r\n"))
    assert (await caller.hear())[0] == 100
    caller.say(BODY)
    assert (await caller.hear())[::2] == (200, ANSWER)


LONG = b"Content-Length: %d\r\n" % (MAX_BODY + 1)


@pytest.mark.parametrize(
    ("said", "status", "problem"),
    [
        (head(b"GET /v1/policy", b""), 405, "there is only POST"),
        (head(b"PUT /v1/policy") + BODY, 405, "there is only POST"),
        (head(b"GET /", b""), 404, "there is only /v1/OPERATION"),
        (head(b"POST /policy") + BODY, 404, "there is only /v1/OPERATION"),
        (head(b"POST /v1/dance") + BODY, 400, "there is no dance"),
        (head(b"POST /v1/") + BODY, 400, "there is no "),
        (head(headers=LONG), 400, "longer than 65536 bytes"),
        (head(headers=LONG + b"Expect: 100-continue\r\n"), 400, "longer than 65536 bytes"),
        (head(headers=LONG) + b" " * (MAX_BODY + 1), 400, "longer than 65536 bytes"),
        (
            head(headers=b"Transfer-Encoding: chunked\r\n") + chunks(b" " * (MAX_BODY + 1), 9999),
            400,
            "longer than 65536 bytes",
        ),
        (head(headers=b"Content-Length: many\r\n"), 400, "not HTTP"),
        (b"\x16\x03\x01\x02\x00\r\n\r\n", 400, "not HTTP"),
        (b"POST /v1/policy HTTP/1.1\r\n\r\n", 400, "not HTTP"),
        (head(headers=b"X: " + b"x" * 20_000), 431, "not HTTP"),
        (head() + b"x" * len(BODY), 400, "not JSON"),
    ],
)
async def test_what_is_wrong_is_answered_by_what_would_be_right(
    dial: Dial, said: bytes, status: int, problem: str
) -> None:
    caller = await dial()
    caller.say(said)
    found, _, body = await caller.hear()
    error = json.loads(body)["error"]
    assert (found, error["code"]) == (status, "other_version" if "there is no " in problem else "bad_request")
    assert problem in error["message"]
    assert error["message"].startswith("I don't understand the ") or "operation" in error["message"]


async def test_a_caller_may_go_on_sending_what_is_refused_already(tmp_path: Path) -> None:
    """As curl does, which looks for an answer when it has sent its request."""
    async with serving(tmp_path) as path:
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(str(path))
            caller.setblocking(False)
            caller.send(head(headers=LONG))
            said = await asyncio.get_running_loop().sock_recv(caller, 65536)
            caller.send(b"x" * 1000)
            assert b"longer than 65536 bytes" in said


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_body_may_have_the_longest_length(dial: Dial, is_chunked: bool) -> None:
    caller = await dial()
    body = BODY.ljust(MAX_BODY)
    if is_chunked:
        caller.say(head(headers=b"Transfer-Encoding: chunked\r\n"), chunks(body, 9999))
    else:
        caller.say(head(headers=b"Content-Length: %d\r\n" % MAX_BODY), body)
    assert (await caller.hear())[::2] == (200, ANSWER)


async def test_what_follows_a_refused_request_is_not_read(dial: Dial) -> None:
    """Nor is the caller left to believe it will be."""
    caller = await dial()
    caller.say(head(b"GET /v1/policy", b""), head(), BODY)
    status, said, _ = await caller.hear()
    assert status == 405
    assert b"connection: close" in said
    assert await caller.rest() == b""


async def test_a_request_for_a_head_gets_no_body(dial: Dial) -> None:
    caller = await dial()
    caller.say(head(b"HEAD /v1/policy", b""))
    status, said, _ = await caller.hear(without_body=True)
    assert status == 405
    assert b"allow: post" in said
    assert await caller.rest() == b""


@pytest.mark.parametrize("part", [b"", head(), head() + BODY[:-1]])
async def test_what_does_not_come_to_its_end_is_not_waited_for(
    dial: Dial, monkeypatch: pytest.MonkeyPatch, part: bytes
) -> None:
    """The connection of a caller that sends nothing is closed."""
    monkeypatch.setattr(connection, "_HEAD_S", 0.5)
    monkeypatch.setattr(connection, "_WHOLE_S", 1)
    caller = await dial()
    if part:  # because from Python 3.13 on, nothing to say is written as well, and may find the connection closed
        caller.say(part)
    said = await caller.rest()
    assert (b"it does not come to its end" in said) == bool(part)


async def test_half_a_head_is_waited_for_less_long_than_half_a_request(
    dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_HEAD_S", 0.5)
    caller = await dial()
    caller.say(head()[:-4])
    assert b"it does not come to its end" in await caller.rest()


async def test_an_answer_that_is_not_taken_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_TAKEN_S", 0.1)
    is_asked = asyncio.Event()

    async def long(caller: contract.Caller, request: Request[Any]) -> object:
        is_asked.set()
        return ["x" * 10_000_000]

    async with serving(tmp_path, long) as path:
        files = len(os.listdir("/proc/self/fd"))
        reader, writer = await asyncio.open_unix_connection(path, limit=1)
        writer.write(head() + BODY)
        await is_asked.wait()
        assert len(os.listdir("/proc/self/fd")) == files + 2  # both ends are here
        while len(os.listdir("/proc/self/fd")) > files + 1:
            await asyncio.sleep(0.01)
        assert len(await reader.read()) < 10_000_000
        writer.close()


async def test_answers_of_a_subscription_come_one_by_one(tmp_path: Path, counter: Counter) -> None:
    """The next answer is made after the one before has arrived."""
    async with serving(tmp_path, counter.handle) as path:
        async with GatewayClient(SocketTransport(path)).watch(Count(actor=ADMIN)) as answers:
            for number in range(1, 4):
                counter.add()
                assert await anext(answers) == AuditPage(entries=())
                assert counter.given == number
        await counter.closed.wait()


async def test_a_subscription_ends_when_its_caller_leaves(tmp_path: Path, counter: Counter) -> None:
    """It ends even when no answer is due."""
    async with serving(tmp_path, counter.handle) as path:
        reader, writer = await asyncio.open_unix_connection(path)
        body = json.dumps(encode(Count(actor=ADMIN))).encode()
        writer.write(head(b"POST /v1/count", b"Content-Length: %d\r\n" % len(body)) + body)
        assert b"200" in await reader.readuntil(b"\r\n\r\n")
        await counter.opened.wait()
        writer.write(b"what is said meanwhile means nothing")
        counter.add()
        assert b'{"entries": []}\n' in await reader.readuntil(b"\n\r\n")
        assert not counter.closed.is_set()
        writer.close()
        await counter.closed.wait()


async def test_a_caller_that_sends_while_it_is_answered_is_read_now_and_then(tmp_path: Path, counter: Counter) -> None:
    """Reading it in each turn of the loop would take the time of others."""
    async with serving(tmp_path, counter.handle) as path:
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(str(path))
            caller.setblocking(False)
            body = json.dumps(encode(Count(actor=ADMIN))).encode()
            caller.send(head(b"POST /v1/count", b"Content-Length: %d\r\n" % len(body)) + body)
            await counter.opened.wait()
            sent = 0
            for _ in range(1000):
                with suppress(BlockingIOError):
                    sent += caller.send(bytes(1 << 16))
                await asyncio.sleep(0)
            assert sent < 8 << 20
        await counter.closed.wait()


async def test_a_subscription_comes_to_its_end_when_the_gateway_stops(tmp_path: Path, counter: Counter) -> None:
    """It ends without an error, and the last answer is whole."""
    told = list[AuditPage]()

    async def watch(path: Path) -> None:
        async with GatewayClient(SocketTransport(path)).watch(Count(actor=ADMIN)) as answers:
            async for answer in answers:
                told.append(answer)

    async with asyncio.TaskGroup() as tasks, serving(tmp_path, counter.handle) as path:
        watching = [tasks.create_task(watch(path)) for _ in range(3)]
        counter.add()
        while not told:
            await asyncio.sleep(0)
    assert all(task.done() for task in watching)
    assert told == [AuditPage(entries=())]
    assert counter.closed.is_set()


async def test_a_subscription_that_begins_while_the_gateway_stops_ends_at_once(
    tmp_path: Path, counter: Counter
) -> None:
    is_asked, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(caller: contract.Caller, request: Request[Any]) -> object:
        is_asked.set()
        await go_on.wait()
        return await counter.handle(caller, request)

    async def watch(path: Path) -> list[AuditPage]:
        async with GatewayClient(SocketTransport(path)).watch(Count(actor=ADMIN)) as answers:
            return [answer async for answer in answers]

    async with asyncio.TaskGroup() as tasks, serving(tmp_path, slowly) as path:
        watching = tasks.create_task(watch(path))
        await is_asked.wait()
        asyncio.get_running_loop().call_later(0.1, go_on.set)
    assert watching.result() == []


async def test_a_subscriber_that_takes_nothing_is_given_up(
    tmp_path: Path, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_TAKEN_S", 0.1)
    client = GatewayClient(SocketTransport(tmp_path / "socket"))
    async with serving(tmp_path, counter.handle), client.watch(Count(actor=ADMIN)) as answers:
        while not counter.closed.is_set():
            counter.add()
            await asyncio.sleep(0)
        with pytest.raises(GatewayUnreachable):
            async for _ in answers:
                pass


async def test_an_error_is_the_last_that_a_subscriber_hears(tmp_path: Path, counter: Counter) -> None:
    counter.add()
    counter.add(AdminsOnly())
    async with serving(tmp_path, counter.handle) as path:
        async with GatewayClient(SocketTransport(path)).watch(Count(actor=ADMIN)) as answers:
            assert await anext(answers) == AuditPage(entries=())
            with pytest.raises(AdminsOnly):
                await anext(answers)
        async with GatewayClient(SocketTransport(path)).watch(Count(actor=ALICE)) as answers:
            with pytest.raises(AdminsOnly):
                await anext(answers)
