"""Probes of game servers, which may answer anything or nothing."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

import pytest

from bot.games import games, probe
from bot.games.games import Query, QueryKind
from bot.games.probe import Answer, Outcome, Prober, query_of
from gateway.api.contract import ForwardInfo
from gateway.model import PortRange, Protocol
from tests.unit.bot.core.test_render import FORWARD
from tests.unit.bot.gameservers import (
    a2s,
    a2s_info,
    bedrock,
    bedrock_pong,
    datagrams,
    minecraft,
    status,
    streams,
    unused,
    varint,
)

HERE = IPv4Address("127.0.0.1")
A2S, BEDROCK, JAVA = QueryKind.A2S, QueryKind.BEDROCK, QueryKind.MINECRAFT
NONSENSE = Answer(Outcome.ANSWERED)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a server that answers enough time, also on a slow machine."""
    monkeypatch.setattr(probe, "TIMEOUT_S", 60)
    monkeypatch.setattr(probe, "AGAIN_S", 0.1)


@pytest.fixture
def impatient(patient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a test of silence short."""
    monkeypatch.setattr(probe, "TIMEOUT_S", 0.3)


def forward(game: str, ports: str, to_port: int | None = None, protocol: Protocol = Protocol.BOTH) -> ForwardInfo:
    found, opened = games.find(game), PortRange.parse(ports)
    assert found
    return replace(FORWARD, label=found.name, ports=opened, to_port=to_port or opened.first, protocol=protocol)


def unnamed(ports: str) -> ForwardInfo:
    opened = PortRange.parse(ports)
    return replace(FORWARD, ports=opened, to_port=opened.first)


@pytest.mark.parametrize(
    ("server", "kind", "answer"),
    [
        (lambda: datagrams(a2s(7, 64)), A2S, Answer(Outcome.ANSWERED, 7, 64)),
        (lambda: datagrams(a2s(12, 24, bots=9)), A2S, Answer(Outcome.ANSWERED, 3, 24)),
        (lambda: datagrams(lambda _: [a2s_info(0, 10)]), A2S, Answer(Outcome.ANSWERED, 0, 10)),
        (lambda: datagrams(bedrock(3)), BEDROCK, Answer(Outcome.ANSWERED, 3, 10)),
        (lambda: streams(status(minecraft(4))), JAVA, Answer(Outcome.ANSWERED, 4, 20)),
    ],
)
async def test_each_kind_of_server_tells_its_players(
    server: Callable[[], AbstractAsyncContextManager[int]], kind: QueryKind, answer: Answer
) -> None:
    """One of them first sends a challenge, against forged source addresses. Bots do not count as players."""
    async with server() as port:
        assert await Prober().ask(HERE, Query(kind, port)) == answer


@pytest.mark.parametrize("kind", QueryKind)
async def test_a_port_without_a_listener_is_refused_at_once(kind: QueryKind) -> None:
    query = Query(kind, 0)
    port = unused(socket.SOCK_STREAM if query.protocol is Protocol.TCP else socket.SOCK_DGRAM)
    assert await Prober().ask(HERE, replace(query, port=port)) == Answer(Outcome.REFUSED)
    assert await Prober().connect(HERE, unused(socket.SOCK_STREAM)) == Answer(Outcome.REFUSED)
    assert await Prober().connect(IPv6Address("::1"), unused(socket.SOCK_STREAM)) == Answer(Outcome.REFUSED)


@pytest.mark.usefixtures("impatient")
async def test_silence_is_told_from_refusal() -> None:
    """The cases are a firewall that drops, a server that hangs, and a machine that is not there."""
    async with datagrams(lambda _: []) as port:
        assert await Prober().ask(HERE, Query(A2S, port)) == Answer(Outcome.SILENT)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):  # takes the only place in the backlog
            assert await Prober().connect(HERE, port) == Answer(Outcome.SILENT)
    assert await Prober().connect(IPv4Address("255.255.255.255"), 1) == Answer(Outcome.SILENT)


async def test_a_lost_datagram_is_sent_again() -> None:
    """The first request gets lost, and so does the first answer to the challenge."""
    asked: list[bytes] = []

    def forgetful(request: bytes) -> list[bytes]:
        asked.append(request)
        return list(a2s(5)(request)) if asked.count(request) > 1 else []

    async with datagrams(forgetful) as port:
        assert (await Prober().ask(HERE, Query(A2S, port))).players == 5


@pytest.mark.usefixtures("impatient")
async def test_a_server_that_only_accepts_has_answered() -> None:
    """It listens, but does not tell its players."""
    async with streams(b"", stays=True) as port:
        assert await Prober().connect(HERE, port) == Answer(Outcome.ANSWERED)
        assert await Prober().ask(HERE, Query(JAVA, port)) == NONSENSE


HOSTILE_DATAGRAMS = {
    "noise": bytes(range(256)) * 4,
    "only a header": b"\xff\xff\xff\xffI",
    "no end of a name": b"\xff\xff\xff\xffI\x11" + b"A" * 1000,
    "cut short": a2s_info(1, 2)[:-20],
    "a compressed part of many": b"\xfe\xff\xff\xff" + struct.pack("<LBBH", 1 << 31, 255, 0, 1400) + b"BZh9" * 100,
    "a challenge for ever": b"\xff\xff\xff\xffA1234",
    "a challenge without one": b"\xff\xff\xff\xffA",
    "a pong without text": b"\x1c" + bytes(16),
    "a pong with another magic": bedrock_pong(1, 2).replace(b"\xfe\xfe", b"\xfe\xff", 1),
    "few fields": bedrock_pong(1, 2)[:33] + b"\0\4MCPE",
    "a number of players below nothing": bedrock_pong(-1, 2),
    "more players than there are numbers": bedrock_pong(10**300, 2),
}


@pytest.mark.parametrize("kind", [A2S, BEDROCK])
@pytest.mark.parametrize("data", HOSTILE_DATAGRAMS.values(), ids=HOSTILE_DATAGRAMS.keys())
async def test_a_hostile_datagram_is_an_answer_without_numbers(kind: QueryKind, data: bytes) -> None:
    async with datagrams(lambda _: [data] * 3) as port:
        assert await Prober().ask(HERE, Query(kind, port)) == NONSENSE


def deep(text: str) -> bytes:
    return varint(len(text) + 1 + len(varint(len(text)))) + b"\0" + varint(len(text)) + text.encode()


HOSTILE_STREAMS = {
    "closed at once": b"",
    "not a number": b"\xff" * 9,
    "a length without end": varint(2**31 - 1) + b"\0" * 3000,
    "cut short": status(minecraft(1))[:-10],
    "another packet": b"\x03\x01\x01{",
    "no text": b"\x02\x00\x00",
    "bytes that are no text": b"\x05\x00\x03\xff\xfe\xfd",
    "nested too deep": deep("[" * 60000),
    "a list": status([1, 2]),
    "no players": status({"players": None}),
    "words for numbers": status({"players": {"online": "many", "max": True}}),
    "truth for numbers": status({"players": {"online": True, "max": 20}}),
    "below nothing": status({"players": {"online": -5, "max": 20}}),
    "a number of many digits": deep(json.dumps({"players": {"online": 1, "max": 1}}).replace("1", "9" * 9000)),
    "a number like no other": deep('{"players": {"online": NaN, "max": Infinity}}'),
}


@pytest.mark.parametrize("data", HOSTILE_STREAMS.values(), ids=HOSTILE_STREAMS.keys())
async def test_a_hostile_status_is_an_answer_without_numbers(data: bytes) -> None:
    async with streams(data) as port:
        assert await Prober().ask(HERE, Query(JAVA, port)) == NONSENSE


async def test_a_server_that_never_stops_talking_is_left_at_once() -> None:
    """The prober keeps no more than the longest status."""
    sent = 0

    async def pour(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        try:
            writer.write(varint(2**27))
            while True:
                writer.write(bytes(65536))
                await writer.drain()
                sent += 65536
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(pour, "127.0.0.1", 0)
    async with server:
        assert await Prober().ask(HERE, Query(JAVA, server.sockets[0].getsockname()[1])) == NONSENSE
    assert sent < 8_000_000  # the kernel's buffers hold less for a connection that is not read


async def test_many_probes_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of open sockets is bounded."""
    monkeypatch.setattr(probe, "AT_ONCE", 3)
    monkeypatch.setattr(probe, "AGAIN_S", 60)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((str(HERE), 0))
        server.setblocking(False)
        prober, query = Prober(), Query(BEDROCK, server.getsockname()[1])
        calls = [asyncio.create_task(prober.ask(HERE, query)) for _ in range(9)]
        for _ in range(3):
            asked = [await asyncio.get_running_loop().sock_recvfrom(server, 100) for _ in range(3)]
            for _ in range(100):  # turns of the loop, in which other probes could send
                await asyncio.sleep(0)
            with pytest.raises(BlockingIOError):
                server.recv(100)
            for request, address in asked:
                (pong,) = bedrock(4)(request)
                server.sendto(pong, address)
        assert [answer.players for answer in await asyncio.gather(*calls)] == [4] * 9


@pytest.mark.parametrize(
    ("opened", "query"),
    [
        (forward("minecraft", "25565", protocol=Protocol.TCP), Query(JAVA, 25565)),
        (forward("minecraft", "25565", 25570, Protocol.TCP), Query(JAVA, 25570)),
        (forward("valheim", "2456-2458", protocol=Protocol.UDP), Query(A2S, 2457)),
        (forward("valheim", "3456-3458", 2456, Protocol.UDP), Query(A2S, 2457)),
        (forward("valheim", "2456-2458", 3000, Protocol.UDP), Query(A2S, 3001)),
        (forward("ark", "27015", protocol=Protocol.UDP), Query(A2S, 27015)),
        (forward("ark", "7777-7778", protocol=Protocol.UDP), None),
        (forward("cs2", "27015"), Query(A2S, 27015)),
        (forward("rust", "28015", protocol=Protocol.UDP), None),
        (forward("rust", "28017", protocol=Protocol.UDP), Query(A2S, 28017)),
        (forward("7 days to die", "26900", protocol=Protocol.TCP), None),
        (forward("7 days to die", "26900-26903", protocol=Protocol.UDP), Query(A2S, 26901)),
        (forward("valheim", "2456-2458", protocol=Protocol.TCP), None),
        (forward("valheim", "2456", protocol=Protocol.UDP), None),
        (forward("terraria", "7777", protocol=Protocol.TCP), None),
        (FORWARD, Query(JAVA, 25565)),
        (replace(FORWARD, to_port=25570), None),
        (replace(FORWARD, protocol=Protocol.UDP), None),
        (unnamed("2456-2458"), Query(A2S, 2457)),
        (unnamed("27015"), Query(A2S, 27015)),
        (unnamed("27015-27030"), None),
        (unnamed("26000"), None),
        (replace(FORWARD, label="no such game"), None),
    ],
)
def test_the_query_port_moves_with_the_game(opened: ForwardInfo, query: Query | None) -> None:
    """A game on other ports keeps the distance between its ports, and its query port need not be the first one.

    A forward without a game is taken for the game that usually has exactly these ports.
    """
    assert query_of(opened) == query


@pytest.mark.parametrize("game", [game for game in games.games() if game.query], ids=lambda game: game.id)
def test_every_game_with_a_query_is_asked_on_one_of_its_forwards(game: games.Game) -> None:
    opened = [
        replace(FORWARD, label=game.name, ports=s.ports, to_port=s.ports.first, protocol=s.protocol or Protocol.BOTH)
        for s in game.ports
    ]
    assert [query for each in opened if (query := query_of(each))] == [game.query]
