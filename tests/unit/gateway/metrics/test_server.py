"""`/metrics` and `/health` over a real socket, with callers that know HTTP and callers that do not."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from gateway.api.client import GatewayClient
from gateway.api.measures import GetMeasures, Measures
from gateway.config import MetricsSection
from gateway.errors import GatewayError, GatewayUnreachable, HostProblem
from gateway.metrics import server
from gateway.metrics.exposition import CONTENT_TYPE
from gateway.metrics.server import Server
from gateway.metrics.sockets import opened
from gateway.metrics.source import Source
from gateway.problem import Trouble
from tests.unit.gateway.metrics.numbers import kernel, measures


@dataclass
class Gateway:
    """What answers in the gateway's place. It notes what it was asked."""

    problem: GatewayError | None = None
    codes: tuple[Trouble, ...] = ()
    asked: list[GetMeasures] = field(default_factory=list)

    async def call(self, request: GetMeasures) -> Measures:
        self.asked.append(request)
        await asyncio.sleep(0)
        if self.problem:
            raise self.problem
        return measures(kernel() if request.with_kernel else None, *self.codes)


@asynccontextmanager
async def serving(gateway: Gateway, *, fresh_s: float = 60) -> AsyncIterator[socket.socket]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        source = Source(cast(GatewayClient, gateway), fresh_s=fresh_s)
        async with Server(source).serving([listener]):
            yield listener


async def say(listener: socket.socket, text: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    try:
        writer.write(text)
        return await asyncio.wait_for(reader.read(), 30)
    finally:
        writer.close()


async def get(listener: socket.socket, path: str, method: str = "GET") -> tuple[int, str, bytes]:
    answer = await say(listener, f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *headers = head.decode().split("\r\n")
    fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in headers)}
    assert method == "HEAD" or int(fields["content-length"]) == len(body)
    return int(first.split()[1]), fields["content-type"], body


async def test_metrics_are_openmetrics() -> None:
    async with serving(Gateway()) as listener:
        status, content_type, body = await get(listener, "/metrics?x=1")
        assert (status, content_type) == (200, CONTENT_TYPE)
        assert body.endswith(b"# EOF\n")
        assert (await get(listener, "/metrics", "HEAD"))[2] == b""


async def test_scrapes_within_seconds_ask_the_gateway_once() -> None:
    gateway = Gateway()
    async with serving(gateway) as listener:
        answers = await asyncio.gather(*(get(listener, "/metrics") for _ in range(10)))
    assert {status for status, _, _ in answers} == {200}
    assert len(gateway.asked) == 1


async def test_health_asks_the_kernel_for_nothing() -> None:
    gateway = Gateway()
    async with serving(gateway) as listener:
        status, _, body = await get(listener, "/health")
    assert (status, json.loads(body)["serving"]) == (200, True)
    assert [request.with_kernel for request in gateway.asked] == [False]


async def test_health_says_what_is_wrong() -> None:
    async with serving(Gateway(codes=(Trouble.LINK,))) as listener:
        status, _, body = await get(listener, "/health")
    assert status == 503
    assert [problem["code"] for problem in json.loads(body)["problems"]] == ["link"]


async def test_without_a_gateway_health_says_so_and_metrics_go_on() -> None:
    async with serving(Gateway(GatewayUnreachable())) as listener:
        status, _, body = await get(listener, "/health")
        assert (status, json.loads(body)["problems"][0]["code"]) == (503, GatewayUnreachable.code)
        assert b"guildgate_up 0.0" in (await get(listener, "/metrics"))[2]


async def test_a_gateway_that_is_back_is_seen_once_the_answer_is_old() -> None:
    gateway = Gateway(GatewayUnreachable())
    async with serving(gateway, fresh_s=0) as listener:
        assert (await get(listener, "/health"))[0] == 503
        gateway.problem = None
        assert (await get(listener, "/health"))[0] == 200


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/", "GET", 404), ("/v1/status", "GET", 404), ("/metrics", "POST", 405), ("/health", "DELETE", 405)],
)
async def test_there_is_nothing_else(path: str, method: str, status: int) -> None:
    gateway = Gateway()
    async with serving(gateway) as listener:
        assert (await get(listener, path, method))[0] == status
    assert gateway.asked == []


@pytest.mark.parametrize(
    "garbage",
    [b"\x16\x03\x01\x02\x00\x01\x00", b"GET /metrics\r\n\r\n", b"\0" * 4000, b"GET / HTTP/1.1\r\nA: " + b"a" * 40000],
)
async def test_garbage_is_answered_by_400_or_431_and_harms_none(garbage: bytes) -> None:
    async with serving(Gateway()) as listener:
        answer = await say(listener, garbage + b"\r\n\r\n")
        assert answer.split()[1] in (b"400", b"431")
        assert (await get(listener, "/health"))[0] == 200


async def test_a_caller_that_says_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_HEAD_S", 0.02)
    async with serving(Gateway()) as listener:
        assert await say(listener, b"GET /metr") == b""


async def test_callers_that_hold_connections_leave_no_more_than_a_few_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MOST", 2)
    async with serving(Gateway()) as listener:
        held = [await asyncio.open_connection(*listener.getsockname()) for _ in range(2)]
        assert await asyncio.wait_for(_turned_away(listener), 30)
        for _, writer in held:
            writer.close()


async def _turned_away(listener: socket.socket) -> bool:
    """Report that a further connection ends without an answer, once both others are counted."""
    while True:
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        try:
            writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            if not await reader.read():
                return True
        except ConnectionError:
            return True
        finally:
            writer.close()


async def test_the_socket_is_for_its_group_and_goes_with_the_process(tmp_path: Path) -> None:
    section = MetricsSection(socket=tmp_path / "metrics.sock")
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(section.socket))
    with opened(section) as (found,):
        assert section.socket.stat().st_mode & 0o777 == 0o660
        assert found.family is socket.AF_UNIX
        with pytest.raises(HostProblem, match="another process answers"), opened(section):
            pass
    assert not section.socket.exists()
