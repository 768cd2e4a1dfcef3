"""Targets of what comes over a wire: the socket, the bus, and the port of the metrics."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any, cast

from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from bot.core.render import refusal
from bot.core.words import Languages, Words
from bot.fleet import ids
from bot.fleet.bus import _check, _lines
from bot.fleet.joining import joined
from gateway.api import client
from gateway.api.connection import Connection
from gateway.api.contract import Actor, Caller, GetStatus, List, PolicyInfo, Request
from gateway.api.dispatch import dispatch
from gateway.api.events import Watch
from gateway.api.history import GetHistory
from gateway.api.signed import REASONS, BotKey, Sealer, Signatures, _Answers
from gateway.api.transport import BrokeOff
from gateway.bus import told
from gateway.bus.keyed import KeyedClient
from gateway.bus.nkey import UserKey
from gateway.bus.told import Entry, Pulse
from gateway.codec import to_json
from gateway.errors import GatewayError, GatewayUnreachable, NotAuthentic, NotSigned
from gateway.keys import PrivateKey
from gateway.metrics.server import Server
from gateway.metrics.source import Source
from tests.fuzz import corpus

_NOW = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
_BOT, _REGION_KEY = BotKey(b"b" * 32), PrivateKey(b"e" * 32)
_ACTOR = Actor(id="1", name="alice")
_ASKED: tuple[Request[Any], ...] = (
    List(actor=_ACTOR),
    GetStatus(actor=_ACTOR),
    GetHistory(actor=_ACTOR),
    Watch(actor=_ACTOR),
)
_NUMBER = 7  # of the region that answers


@cache
def words() -> Words:
    return Languages.load().english


async def _policy(caller: Caller, request: Request[Any]) -> object:
    return PolicyInfo()


async def _connect(data: bytes) -> bytes:
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.settimeout(0)
        ours.setblocking(False)
        theirs.send(data)
        theirs.shutdown(socket.SHUT_WR)
        ask = partial(dispatch, _policy, Caller(uid=0, is_trusted=True))
        await Connection(ours, ask, partial(asyncio.sleep, 0)).run()
        answered = b""
        with suppress(BlockingIOError, ConnectionResetError):
            while piece := theirs.recv(1 << 16):
                answered += piece
        return answered


@cache
def loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def http(data: bytes) -> None:
    """Say anything on a connection, and hang up. Whatever comes back is HTTP."""
    answered = loop().run_until_complete(_connect(data[: 1 << 15]))
    assert not answered or answered.startswith(b"HTTP/1.1 ")


def signed_request(data: bytes) -> None:
    """Take an envelope. What is not refused is the one that was signed."""
    try:
        Signatures("eu", _REGION_KEY, (_BOT.public,)).admit(data, _NOW)
    except NotSigned as error:
        assert error.details["reason"] in REASONS
    else:
        assert data == corpus("signed_request")["whole"]


def decision_entry(data: bytes) -> None:
    """Take an entry of the log. What is not refused is the one that was signed."""
    try:
        Signatures("eu", _REGION_KEY, (_BOT.public,)).decision(data)
    except NotSigned as error:
        assert error.details["reason"] in REASONS
    else:
        assert data == corpus("decision_entry")["whole"]


def sealed_answer(data: bytes) -> None:
    """Read an answer. What is not refused is the one that was sealed."""
    line = corpus("signed_request")["whole"].partition(b"\n")[0]
    try:
        answer = _Answers(Sealer(_BOT, "eu", _REGION_KEY.public_key)._box, line).opened(data)
    except NotAuthentic as error:
        assert error.details["reason"] in (*REASONS, "mixed")
    else:
        assert answer == b'{"peers": [], "forwards": []}'


def region_told(data: bytes) -> None:
    """Read what a region tells of itself on the bus. What is understood is written as it was read."""
    entry, pulse = told.read(Entry, data), told.read(Pulse, data)
    assert entry is None or told.read(Entry, to_json(entry).encode()) == entry
    assert pulse is None or told.read(Pulse, to_json(pulse).encode()) == pulse


class _Away(Source):
    """A gateway that does not answer."""

    def __init__(self) -> None:
        """Ask nothing."""

    async def measures(self, *, with_kernel: bool) -> GatewayError:
        return GatewayUnreachable()


async def _scrape(data: bytes) -> bytes:
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.settimeout(0)
        theirs.send(data)
        theirs.shutdown(socket.SHUT_WR)
        reader, writer = await asyncio.open_connection(sock=ours)
        await Server(_Away())._connected(asyncio.Semaphore(1), reader, writer)
        with suppress(OSError):
            await writer.wait_closed()
        answered = b""
        with suppress(BlockingIOError, ConnectionResetError):
            while piece := theirs.recv(1 << 16):
                answered += piece
        return answered


def metrics_http(data: bytes) -> None:
    """Ask for numbers with any bytes, and hang up. Whatever comes back is HTTP."""
    answered = loop().run_until_complete(_scrape(data[: 1 << 15]))
    assert not answered or answered.startswith(b"HTTP/1.1 ")


async def _one(message: Msg) -> AsyncGenerator[bytes, None]:
    """Yield what a watch makes of one message of the bus."""
    waiting = asyncio.Queue[Msg | None]()
    waiting.put_nowait(message)
    waiting.put_nowait(None)
    line = corpus("signed_request")["whole"].partition(b"\n")[0]
    asked = _Answers(Sealer(_BOT, "eu", _REGION_KEY.public_key)._box, line)
    async for each in _lines(waiting, cast(Any, asked)):
        yield each


async def _hear(reply: bytes, headers: bytes, data: bytes) -> None:
    client = KeyedClient(UserKey(b"n" * 32))
    heard = Subscription(client, 1, "a", pending_msgs_limit=1)
    client._subs[1] = heard
    await client._process_msg(1, b"a", reply, data, headers)
    if heard._pending_queue.empty():
        return
    message = heard._pending_queue.get_nowait()
    with suppress(BrokeOff, GatewayError):
        _check(message)
    with suppress(BrokeOff, GatewayError):
        async for _ in _one(message):
            raise AssertionError("what nothing sealed was believed")


def bus_message(data: bytes) -> None:
    """Take a message of the bus: where its answer goes, a newline, its headers, a zero byte and what it carries."""
    reply, _, rest = data.partition(b"\n")
    headers, _, carried = rest.partition(b"\0")
    loop().run_until_complete(_hear(reply, headers, carried))


def region_answer(data: bytes) -> None:
    """Read what another region's gateway answers. Each id in it leads there, and a refusal is a short sentence."""
    for asked in _ASKED:
        try:
            answer = client._answer(asked, data)
        except GatewayError as error:
            assert len(refusal(words(), error)) < 4 * len(data) + 2000
            continue
        with suppress(ValueError):
            outer = ids.outside(_NUMBER, "eu", answer)
            assert ids.numbers_in(outer) <= {0, _NUMBER}
            joined([outer, outer], ["eu", "us"])
