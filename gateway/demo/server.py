"""A small game server, which sends back what it gets and notes the callers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, cast

from gateway.demo.namespace import Address, Namespace, family_of
from gateway.model import Protocol


@dataclass(frozen=True, slots=True)
class Caller:
    protocol: Protocol
    address: IPv4Address | IPv6Address
    port: int


@dataclass(slots=True)
class GameServer:
    """A server on TCP and UDP."""

    port: int
    callers: list[Caller] = field(default_factory=list)  # one for each TCP connection and UDP datagram so far, in order
    connections: set[asyncio.Transport] = field(default_factory=set, repr=False)
    is_over: bool = False

    def saw(self, address: IPv4Address | IPv6Address, protocol: Protocol) -> bool:
        return any((caller.address, caller.protocol) == (address, protocol) for caller in self.callers)

    def note(self, protocol: Protocol, peername: tuple[Any, ...]) -> None:
        self.callers.append(Caller(protocol, ip_address(peername[0]), peername[1]))


@asynccontextmanager
async def hosting(
    namespace: Namespace, port: int, addresses: Iterable[Address] = (IPv4Address(0), IPv6Address(0))
) -> AsyncIterator[GameServer]:
    """Serve TCP and UDP on `port`, by default of every address of `namespace`. Raise OSError when it is taken.

    A host with several addresses answers a datagram from the one that its route prefers, unless `addresses` are given.
    """
    loop = asyncio.get_running_loop()
    server = GameServer(port)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(asyncio.sleep, 0)  # transports close their sockets in the loop's next turn
        for address in addresses:
            stream = _bound(namespace, socket.SOCK_STREAM, address, port)
            listener = await loop.create_server(lambda: _Stream(server), sock=stream)
            stack.push_async_callback(_close, listener)
            datagram = _bound(namespace, socket.SOCK_DGRAM, address, port)
            transport, _ = await loop.create_datagram_endpoint(lambda: _Datagram(server), sock=datagram)
            stack.callback(transport.close)
        try:
            yield server
        finally:
            server.is_over = True
            for connection in server.connections:
                connection.abort()


async def _close(listener: asyncio.Server) -> None:
    """Hand over what was accepted, which `is_over` then ends: a connection whose listener is closed by then leaks."""
    for listening in listener.sockets:
        asyncio.get_running_loop().remove_reader(listening.fileno())
    await asyncio.sleep(0)
    listener.close()


def _bound(namespace: Namespace, kind: int, address: Address, port: int) -> socket.socket:
    made = namespace.socket(family_of(address), kind)
    try:
        if made.family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if kind == socket.SOCK_STREAM:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((str(address), port))
    except BaseException:
        made.close()
        raise
    return made


class _Stream(asyncio.Protocol):
    def __init__(self, server: GameServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._server.is_over:  # it was accepted right before the end
            self._transport.abort()
        self._server.connections.add(self._transport)
        self._server.note(Protocol.TCP, transport.get_extra_info("peername"))

    def data_received(self, data: bytes) -> None:
        self._transport.write(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._server.connections.discard(self._transport)


class _Datagram(asyncio.DatagramProtocol):
    def __init__(self, server: GameServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, peername: tuple[Any, ...]) -> None:
        self._server.note(Protocol.UDP, peername)
        self._transport.sendto(data, peername)
