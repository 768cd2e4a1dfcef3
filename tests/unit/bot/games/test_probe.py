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
from typing import Any

import pytest

from bot.games import games, probe
from bot.games.games import Query
from bot.games.probe import Answer, Outcome, Prober, query_of
from bot.games.queries.kinds import QUERIES, QueryKind
from bot.games.queries.query import Told
from gateway.api.contract import ForwardInfo
from gateway.model import PortRange, Protocol
from tests.serving import end
from tests.unit.bot.core.test_render import FORWARD
from tests.unit.bot.gameservers import (
    a2s,
    a2s_info,
    bedrock,
    bedrock_pong,
    datagrams,
    minecraft,
    mumble,
    mumble_pong,
    openttd,
    openttd_request,
    quake3,
    quake3_status,
    status,
    streams,
    unused,
    varint,
)

HERE = IPv4Address("127.0.0.1")
A2S, BEDROCK, JAVA = QueryKind.A2S, QueryKind.BEDROCK, QueryKind.MINECRAFT
MUMBLE, OPENTTD, QUAKE3 = QueryKind.MUMBLE, QueryKind.OPENTTD, QueryKind.QUAKE3
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
        (lambda: datagrams(a2s(7, 64)), A2S, (7, 64, "")),
        (lambda: datagrams(a2s(12, 24, bots=9)), A2S, (3, 24, "")),
        (lambda: datagrams(lambda _: [a2s_info(0, 10, version="1.40.1.0")]), A2S, (0, 10, "1.40.1.0")),
        (lambda: datagrams(bedrock(3)), BEDROCK, (3, 10, "1.21.80")),
        (lambda: streams(status(minecraft(4))), JAVA, (4, 20, "1.21.5")),
        (lambda: datagrams(mumble(5)), MUMBLE, (5, 100, "1.3.4")),
        (lambda: datagrams(quake3(50, 0, 120, 0, 0)), QUAKE3, (2, 16, "1.36")),
        (lambda: datagrams(quake3()), QUAKE3, (0, 16, "1.36")),
        (lambda: streams(openttd(3), request=openttd_request), OPENTTD, (3, 25, "13.0")),
    ],
)
async def test_each_kind_of_server_tells_its_players(
    server: Callable[[], AbstractAsyncContextManager[int]], kind: QueryKind, answer: tuple[int, int, str]
) -> None:
    """One of them first sends a challenge, against forged source addresses. Bots do not count as players.

    Some tell their version; a game that keeps none sends 1.0.0.0.
    """
    async with server() as port:
        assert await Prober().ask(HERE, Query(kind, port)) == Answer(Outcome.ANSWERED, *answer)


@pytest.mark.parametrize("layout", range(1, 8))
def test_each_layout_of_openttd_is_read(layout: int) -> None:
    """A newer one puts fields before the older ones. No shorter part of the answer is taken for all of it."""
    data = openttd(3, 25, layout)
    read = QUERIES[OPENTTD].read
    assert read(data) == Told(3, 25, "13.0")
    assert [read(data[:length]) for length in range(len(data))] == [None] * len(data)


def test_a_player_of_xonotic_has_a_team() -> None:
    """Its engine writes the team between ping and name, and its version is none that a player knows."""
    data = (
        quake3_status(most=8).replace(b"ioq3 1.36+u20221123.70d07d9+dfsg-1/Debian", b"Xonotic build 8:06")
        + b'12 34 5 "Nexuiz \\"X\\""\n0 0 14 "[BOT]Eureka"\n'
    )
    assert QUERIES[QUAKE3].read(data) == Told(1, 8, "")


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
@pytest.mark.parametrize(("kind", "request_"), [(JAVA, None), (OPENTTD, openttd_request)])
async def test_a_server_that_only_accepts_does_not_answer(kind: QueryKind, request_: Any) -> None:
    """A connection that is not followed by a question proves no more than that the server takes it."""
    for stays in (True, False):
        async with streams(b"", request=request_, stays=stays) as port:
            assert await Prober().connect(HERE, port) == Answer(Outcome.CONNECTED)
            assert await Prober().ask(HERE, Query(kind, port)) == Answer(Outcome.FROZEN)
    async with streams(b"\x05", request=request_, stays=True) as port:
        assert await Prober().ask(HERE, Query(kind, port)) == NONSENSE


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
    "the pong of another ping": mumble_pong(1, 2, bytes(8)),
    "more users than there are numbers": mumble_pong(2**32 - 1, 2, b"guildgat"),
    "a pong cut short": mumble_pong(1, 2, b"guildgat")[:-1],
    "no slots": quake3_status(50).replace(b"sv_maxclients", b"sv_minclients"),
    "words for slots": quake3_status(50).replace(b"\\16\\", b"\\many\\"),
    "a key without value": quake3_status(50, settings="\\fraglimit"),
    "no player": quake3_status(50) + b"SELECT 1\n",
    "a ping of many digits": quake3_status(10**300),
}


@pytest.mark.parametrize("kind", [A2S, BEDROCK, MUMBLE, QUAKE3])
@pytest.mark.parametrize("data", HOSTILE_DATAGRAMS.values(), ids=HOSTILE_DATAGRAMS.keys())
async def test_a_hostile_datagram_is_an_answer_without_numbers(kind: QueryKind, data: bytes) -> None:
    async with datagrams(lambda _: [data] * 3) as port:
        assert await Prober().ask(HERE, Query(kind, port)) == NONSENSE


def deep(text: str) -> bytes:
    return varint(len(text) + 1 + len(varint(len(text)))) + b"\0" + varint(len(text)) + text.encode()


HOSTILE_STREAMS = {
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
    async with streams(data, request=openttd_request) as port:
        assert await Prober().ask(HERE, Query(OPENTTD, port)) == NONSENSE


def info(rest: bytes, layout: int = 6) -> bytes:
    return struct.pack("<HBB", 4 + len(rest), 6, layout) + rest


HOSTILE_INFO = {
    "another packet": openttd(1).replace(b"\x06\x06", b"\x03\x06", 1),
    "a layout of the future": openttd(1, layout=7).replace(b"\x06\x07", b"\x06\x08", 1),
    "shorter than its head": b"\2\0\6\6",
    "nothing in it": info(b""),
    "an unknown way to write NewGRFs": info(b"\7" + bytes(200)),
    "fewer NewGRFs than it says": info(b"\1" + bytes(4) + b"\0" + b"\xff" + bytes(30)),
    "names without an end": info(bytes(12) + b"A" * 1000, layout=4),
    "no numbers": info(bytes(12) + b"A\0" + b"13.0\0", layout=4),
}


@pytest.mark.parametrize("data", HOSTILE_INFO.values(), ids=HOSTILE_INFO.keys())
async def test_a_hostile_game_info_is_an_answer_without_numbers(data: bytes) -> None:
    async with streams(data, request=openttd_request) as port:
        assert await Prober().ask(HERE, Query(OPENTTD, port)) == NONSENSE


@pytest.mark.parametrize("name", ["\n@everyone\u202e" + "9" * 1000, 7, None, ["1.21"]])
async def test_a_version_is_one_short_line_or_none(name: object) -> None:
    async with streams(status({**minecraft(4), "version": {"name": name}})) as port:
        told = await Prober().ask(HERE, Query(JAVA, port))
    assert told == Answer(Outcome.ANSWERED, 4, 20, f"@everyone{'9' * 23}" if isinstance(name, str) else "")


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
    try:
        assert await Prober().ask(HERE, Query(JAVA, server.sockets[0].getsockname()[1])) == NONSENSE
    finally:
        await end(server)
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
        (forward("mumble", "54738", 64738), Query(MUMBLE, 64738)),
        (FORWARD, Query(JAVA, 25565)),
        (replace(FORWARD, to_port=25570), None),
        (replace(FORWARD, protocol=Protocol.UDP), None),
        (unnamed("2456-2458"), Query(A2S, 2457)),
        (unnamed("27015"), Query(A2S, 27015)),
        (unnamed("27015-27030"), None),
        (unnamed("26000"), Query(QUAKE3, 26000)),
        (unnamed("30000"), None),
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
