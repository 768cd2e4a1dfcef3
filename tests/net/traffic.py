"""Players by the dozen, and a server that talks to them unasked."""

from __future__ import annotations

import asyncio
import itertools
import socket
import struct
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from gateway.demo.namespace import Address, Namespace, family_of
from gateway.model import Protocol

_PUSH_S = 0.005
_STAMP = struct.Struct("d")


@dataclass(slots=True)
class Player:
    """A UDP socket. `stamps` are the times at which the received datagrams were sent."""

    transport: asyncio.DatagramTransport
    port: int
    stamps: list[float] = field(default_factory=list)

    def say_hello(self) -> None:
        self.transport.sendto(b"hello")

    def got_something_sent_after(self, moment: float) -> bool:
        return any(stamp > moment for stamp in self.stamps)


class _Listening(asyncio.DatagramProtocol):
    def __init__(self, player: list[Player]) -> None:
        self._player = player

    def datagram_received(self, data: bytes, peername: tuple[Any, ...]) -> None:
        self._player[0].stamps.append(_STAMP.unpack(data)[0])

    def error_received(self, error: Exception) -> None:
        """Ignore a closed port, because the player goes on trying."""


@asynccontextmanager
async def playing(
    home: Namespace, targets: Iterable[Address], port: int, source_ports: Iterable[int] | None = None
) -> AsyncIterator[list[Player]]:
    """Yield a player for each of `targets`, from any port or from these."""
    ports = itertools.repeat(0) if source_ports is None else source_ports
    async with AsyncExitStack() as stack:
        players = []
        for target, source_port in zip(targets, ports):  # noqa: B905 - `ports` may be endless
            made = home.socket(family_of(target), socket.SOCK_DGRAM)
            if made.family == socket.AF_INET6:
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            made.bind(("", source_port))
            made.connect((str(target), port))
            cell: list[Player] = []
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda cell=cell: _Listening(cell),  # type: ignore[misc]
                sock=made,
            )
            stack.callback(transport.close)
            cell.append(Player(transport, made.getsockname()[1]))
            players.append(cell[0])
        yield players


@dataclass(slots=True)
class GameServer:
    """A server. `known` is every address and port that ever spoke to it, with the number of datagrams."""

    transports: list[asyncio.DatagramTransport] = field(default_factory=list)
    known: dict[tuple[Any, ...], int] = field(default_factory=dict)
    pushed: int = 0

    def forget(self) -> None:
        self.known.clear()

    def players(self) -> set[tuple[IPv4Address | IPv6Address | str, int]]:
        return {(peername[0], peername[1]) for peername in self.known}

    async def push_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            for peername in list(self.known):
                self.transports[":" in peername[0]].sendto(_STAMP.pack(loop.time()), peername)
                self.pushed += 1
            await asyncio.sleep(_PUSH_S)


class _Hosting(asyncio.DatagramProtocol):
    def __init__(self, server: GameServer) -> None:
        self._server = server

    def datagram_received(self, data: bytes, peername: tuple[Any, ...]) -> None:
        self._server.known[peername] = self._server.known.get(peername, 0) + 1

    def error_received(self, error: Exception) -> None:
        """Ignore a refusal or a lost tunnel, as a game server does."""


@asynccontextmanager
async def pushing(
    home: Namespace, port: int, addresses: Iterable[Address] = (IPv4Address(0), IPv6Address(0))
) -> AsyncIterator[GameServer]:
    """Serve UDP on `port`, which sends its time to all known players every few milliseconds, asked or not.

    `addresses` are one of IPv4 and one of IPv6, in this order.
    """
    server = GameServer()
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        for address in addresses:
            made = home.socket(family_of(address), socket.SOCK_DGRAM)
            if address.version == 6:
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            made.bind((str(address), port))
            transport, _ = await loop.create_datagram_endpoint(lambda: _Hosting(server), sock=made)
            stack.callback(transport.close)
            server.transports.append(transport)
        async with asyncio.TaskGroup() as tasks:
            push = tasks.create_task(server.push_for_ever())
            try:
                yield server
            finally:
                push.cancel()


def flow_lines(listing: str, protocol: Protocol, *parts: str) -> list[str]:
    """Return conntrack(8)'s lines for this protocol that hold all of `parts` as words."""
    return [
        line
        for line in listing.splitlines()
        if protocol.value in line.split()[:3] and all(part in line.split() for part in parts)
    ]
