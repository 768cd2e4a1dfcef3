"""Asks the server on a member's device, through the tunnel, whether it answers and how many players it has.

A probe comes from the gateway itself and belongs to no forward, so it is never counted as a player. The device may
send anything. So the parsers in `queries` read a few numbers from a bounded answer; libraries for these protocols keep,
or decompress, as much as they receive.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address

from bot.games import games
from bot.games.games import Query
from bot.games.queries.kinds import QUERIES
from bot.games.queries.query import Datagram, Stream, Told
from gateway.api.contract import ForwardInfo
from gateway.model import Protocol

log = logging.getLogger(__name__)

TIMEOUT_S = 3.0
AGAIN_S = 1.0  # a datagram without an answer counts as lost after this
AT_ONCE = 32
MAX_READ = 16384  # bytes at once, and of one datagram: the longest that Quake 3 sends
MAX_CHALLENGES = 2

Address = IPv4Address | IPv6Address


class Outcome(StrEnum):
    """What a probe found, the best first."""

    ANSWERED = "answered"
    """A server answered, even if what it said could not be parsed."""
    CONNECTED = "connected"
    """A server takes connections, and was asked nothing."""
    FROZEN = "frozen"
    """A server takes connections, and says nothing to a game's question."""
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
    version: str = ""
    """Empty when the server did not tell it. The device may have written anything."""

    @property
    def listens(self) -> bool:
        """Report whether a server is there, as far as its game can be asked."""
        return self.outcome in (Outcome.ANSWERED, Outcome.CONNECTED)


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
        return await self._probe(kind, address, query.port, QUERIES[query.kind])

    async def _probe(
        self, kind: socket.SocketKind, address: Address, port: int, asked: Datagram | Stream | None
    ) -> Answer:
        outcome, heard = Outcome.SILENT, bytearray()
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        async with self._turns:
            with socket.socket(family, kind) as sock:
                sock.setblocking(False)
                try:
                    async with asyncio.timeout(TIMEOUT_S):
                        await asyncio.get_running_loop().sock_connect(sock, (str(address), port))
                        match asked:
                            case None:
                                return Answer(Outcome.CONNECTED)
                            case Stream():
                                outcome = Outcome.FROZEN
                                told = await _read_stream(sock, asked, heard)
                            case Datagram():
                                told = await _read_datagram(sock, asked)
                        return Answer(Outcome.ANSWERED, told.players, told.slots, told.version)
                except ConnectionRefusedError:
                    return Answer(Outcome.REFUSED)
                except OSError:  # includes the TimeoutError of asyncio.timeout
                    return Answer(Outcome.ANSWERED if heard else outcome)
                except Exception as error:  # a parser may raise anything on bytes that are no answer
                    log.debug("%s:%s answered nonsense: %r", address, port, error)
                    return Answer(Outcome.ANSWERED)


async def _read_stream(sock: socket.socket, asked: Stream, heard: bytearray) -> Told:
    """Return what the server tells. `heard` takes what it has said so far."""
    loop = asyncio.get_running_loop()
    address, port = sock.getpeername()[:2]
    await loop.sock_sendall(sock, asked.request(address, port))
    while (told := asked.read(heard)) is None:
        more = await loop.sock_recv(sock, MAX_READ)
        if not more:
            raise ConnectionResetError
        heard += more
    return told


async def _read_datagram(sock: socket.socket, asked: Datagram) -> Told:
    data = await _exchange(sock, asked.request)
    for _ in range(MAX_CHALLENGES):
        if request := asked.repeat(data):
            data = await _exchange(sock, request)
    return asked.read(data)


async def _exchange(sock: socket.socket, request: bytes) -> bytes:
    """Return the first answer. Datagrams may get lost, so send the request again until the caller's timeout."""
    while True:
        sock.send(request)
        with suppress(TimeoutError):
            async with asyncio.timeout(AGAIN_S):
                return await asyncio.get_running_loop().sock_recv(sock, MAX_READ)
