"""Asks the server on a member's device, through the tunnel, whether it answers and how many players it has.

A probe comes from the gateway itself and belongs to no forward, so it is never counted as a player. The device may
send anything. So the parsers read a few numbers from a bounded answer; libraries for these protocols keep, or
decompress, as much as they receive.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address

from bot.games import games
from bot.games.games import Query, QueryKind
from gateway.api.contract import ForwardInfo
from gateway.model import Protocol

log = logging.getLogger(__name__)

TIMEOUT_S = 3.0
AGAIN_S = 1.0  # a datagram without an answer counts as lost after this
AT_ONCE = 32
MAX_DATAGRAM = 4096
MAX_STATUS = 4 * 32767 + 8  # bytes: Minecraft's longest string has 32767 characters, of at most 4 bytes
MAX_COUNT = 2**31 - 1
MAX_CHALLENGES = 2

_A2S_INFO = b"\xff\xff\xff\xffTSource Engine Query\0"
_A2S_CHALLENGE, _A2S_ANSWER = b"\xff\xff\xff\xffA", b"\xff\xff\xff\xffI"
_RAKNET_MAGIC = bytes.fromhex("00ffff00fefefefefdfdfdfd12345678")
_RAKNET_PING = b"\x01" + bytes(8) + _RAKNET_MAGIC + bytes(8)
_RAKNET_PONG = b"\x1c"

Address = IPv4Address | IPv6Address
Counts = tuple[int, int]
"""The number of players, and the number of slots."""


class Outcome(StrEnum):
    """What a probe found, the best first."""

    ANSWERED = "answered"
    """A server answered, even if what it said could not be parsed."""
    REFUSED = "refused"
    """The device said that no program listens on the port."""
    SILENT = "silent"
    """Nothing came back, or the device cannot be reached."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a probe. The numbers are None when the server did not tell them; bots do not count as players."""

    outcome: Outcome
    players: int | None = None
    max_players: int | None = None


def query_of(forward: ForwardInfo) -> Query | None:
    """Return how to ask the game behind a forward, and on which port of the device; None when no game can be asked.

    A game that was opened on other ports keeps the distance between its ports. A forward without a game is taken for
    the game that usually has its ports.
    """
    named = games.find(forward.label)
    candidates = games.games() if not forward.label else (named,) if named else ()
    for game in candidates:
        for spec in game.ports:
            may_move = game is named and len(game.ports) == 1
            if (
                game.query
                and game.query.port in spec.ports
                and spec.protocol in (None, game.query.protocol)
                and game.query.protocol in forward.protocol.each
                and len(spec.ports) == len(forward.ports)
                and (may_move or forward.to_port == spec.ports.first)
            ):
                return Query(game.query.kind, forward.to_port + game.query.port - spec.ports.first)
    return None


class Prober:
    """Sends probes, at most `AT_ONCE` at the same time.

    A probe takes at most `TIMEOUT_S` after its turn has come, and never raises because of what the device does.
    """

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def connect(self, address: Address, port: int) -> Answer:
        """Report by a TCP connection whether a server listens."""
        return await self._probe(socket.SOCK_STREAM, address, port, None)

    async def ask(self, address: Address, query: Query) -> Answer:
        """Ask a game server; `query` comes from `query_of`."""
        kind = socket.SOCK_STREAM if query.protocol is Protocol.TCP else socket.SOCK_DGRAM
        return await self._probe(kind, address, query.port, _TALKS[query.kind])

    async def _probe(
        self,
        kind: socket.SocketKind,
        address: Address,
        port: int,
        talk: Callable[[socket.socket], Awaitable[Counts]] | None,
    ) -> Answer:
        outcome = Outcome.SILENT
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        async with self._turns:
            with socket.socket(family, kind) as sock:
                sock.setblocking(False)
                try:
                    async with asyncio.timeout(TIMEOUT_S):
                        await asyncio.get_running_loop().sock_connect(sock, (str(address), port))
                        if kind is socket.SOCK_STREAM:
                            outcome = Outcome.ANSWERED
                        return Answer(Outcome.ANSWERED, *(await talk(sock) if talk else ()))
                except ConnectionRefusedError:
                    return Answer(Outcome.REFUSED)
                except OSError:  # includes the TimeoutError of asyncio.timeout
                    return Answer(outcome)
                except Exception as error:  # a parser may raise anything on bytes that are no answer
                    log.debug("%s:%s answered nonsense: %r", address, port, error)
                    return Answer(Outcome.ANSWERED)


async def _a2s(sock: socket.socket) -> Counts:
    """Ask by A2S_INFO: https://developer.valvesoftware.com/wiki/Server_queries#A2S_INFO"""
    data = await _exchange(sock, _A2S_INFO)
    for _ in range(MAX_CHALLENGES):
        if data.startswith(_A2S_CHALLENGE):
            data = await _exchange(sock, _A2S_INFO + data[len(_A2S_CHALLENGE) :][:4])
    return a2s_counts(data)


def a2s_counts(data: bytes) -> Counts:
    if not data.startswith(_A2S_ANSWER):
        raise ValueError("no answer to A2S_INFO")
    _, _, _, _, rest = data[len(_A2S_ANSWER) + 1 :].split(b"\0", 4)  # name, map, folder, game
    _, players, most, bots = struct.unpack_from("<HBBB", rest)
    # `players` includes bots: https://partner.steamgames.com/doc/api/ISteamMatchmakingServers#gameserveritem_t
    return max(players - bots, 0), most


async def _bedrock(sock: socket.socket) -> Counts:
    """Ask by an unconnected ping: https://minecraft.wiki/w/RakNet#Unconnected_Pong"""
    return bedrock_counts(await _exchange(sock, _RAKNET_PING))


def bedrock_counts(data: bytes) -> Counts:
    if not data.startswith(_RAKNET_PONG) or data[17:33] != _RAKNET_MAGIC:
        raise ValueError("no pong")
    (size,) = struct.unpack_from(">H", data, 33)
    fields = data[35 : 35 + size].split(b";")
    return _count(int(fields[4])), _count(int(fields[5]))


async def _minecraft(sock: socket.socket) -> Counts:
    """Ask by a server list ping: https://minecraft.wiki/w/Java_Edition_protocol/Server_List_Ping"""
    loop = asyncio.get_running_loop()
    address, port = sock.getpeername()[:2]
    host = address.encode()
    # Packet 0: version -1 for any, the server's address and port, and 1 for the status. The request follows it.
    hello = b"\0\xff\xff\xff\xff\x0f" + bytes([len(host)]) + host + struct.pack(">H", port) + b"\1"
    await loop.sock_sendall(sock, bytes([len(hello)]) + hello + b"\1\0")
    data = bytearray()
    while (counts := minecraft_counts(data)) is None:
        more = await loop.sock_recv(sock, MAX_DATAGRAM)
        if not more:
            raise ValueError("broke off")
        data += more
    return counts


def minecraft_counts(data: bytes | bytearray) -> Counts | None:
    """Parse the status; None while it is incomplete. Raise when it cannot become one."""
    try:
        size, start = _varint(data, 0)
    except IndexError:
        return None
    if size > MAX_STATUS:
        raise ValueError("too long")
    if len(data) < start + size:
        return None
    packet, start = _varint(data, start)
    size, start = _varint(data, start)
    if packet != 0:
        raise ValueError("no status")
    players = json.loads(data[start : start + size])["players"]
    return _count(players["online"]), _count(players["max"])


def _varint(data: bytes | bytearray, at: int) -> tuple[int, int]:
    """Return the number that begins at `at`, and the index after it; raise IndexError when the data ends too early."""
    value = 0
    for index in range(5):
        byte = data[at + index]
        value |= (byte & 0x7F) << 7 * index
        if not byte & 0x80:
            return value, at + index + 1
    raise ValueError("not a VarInt")


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value <= MAX_COUNT:
        raise ValueError("not a number of players")
    return value


async def _exchange(sock: socket.socket, request: bytes) -> bytes:
    """Return the first answer. Datagrams may get lost, so send the request again until the caller's timeout."""
    while True:
        sock.send(request)
        with suppress(TimeoutError):
            async with asyncio.timeout(AGAIN_S):
                return await asyncio.get_running_loop().sock_recv(sock, MAX_DATAGRAM)


_TALKS: dict[QueryKind, Callable[[socket.socket], Awaitable[Counts]]] = {
    QueryKind.A2S: _a2s,
    QueryKind.BEDROCK: _bedrock,
    QueryKind.MINECRAFT: _minecraft,
}
