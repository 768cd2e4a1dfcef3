"""A client that finds out which kind of NAT it is behind, as STUN does (RFC 5780), with the words of RFC 4787."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum

from gateway.demo.namespace import Address, Namespace, family_of
from gateway.demo.tunnel import until

Endpoint = tuple[str, int]
_SILENCE_S = 1
_PORTS = (3478, 3479)


class Depends(StrEnum):
    """The remote end on which a mapping depends, or on which it depends whether a packet comes in."""

    NOT = "endpoint-independent"
    ON_ADDRESS = "address-dependent"
    ON_ADDRESS_AND_PORT = "address and port-dependent"


@dataclass(frozen=True, slots=True)
class NatType:
    mapping: Depends
    filtering: Depends
    mapped: Endpoint  # as the first server sees the client


@dataclass(slots=True)
class Servers:
    """The sockets of two addresses with two ports each, by (address, port). `home` is where they are."""

    sockets: dict[tuple[int, int], socket.socket]

    def endpoint(self, address: int, port: int) -> Endpoint:
        host, number, *_ = self.sockets[address, port].getsockname()
        return host, number

    async def mapped(self, client: socket.socket, address: int, port: int) -> Endpoint:
        """Let the client call until the server hears it. Return the client's endpoint as the server sees it."""
        server = self.sockets[address, port]

        async def heard() -> list[Endpoint]:
            client.sendto(b"who am I", self.endpoint(address, port))
            try:
                _, (host, number, *_) = server.recvfrom(100)
            except BlockingIOError:
                return []
            return [(host, number)]

        (seen,) = await until(heard)
        return seen

    def send(self, address: int, port: int, target: Endpoint, text: bytes) -> None:
        self.sockets[address, port].sendto(text, target)


@asynccontextmanager
async def servers(home: Namespace, addresses: list[Address]) -> AsyncIterator[Servers]:
    with ExitStack() as stack:
        made = {}
        for which, address in enumerate(addresses):
            for number, port in enumerate(_PORTS):
                made[which, number] = stack.enter_context(udp(home, address, port))
        yield Servers(made)


def udp(home: Namespace, address: Address, port: int) -> socket.socket:
    """Open a UDP socket with this address of its own."""
    made = home.socket(family_of(address), socket.SOCK_DGRAM)
    made.bind((str(address), port))
    return made


async def nat_type(home: Namespace, own: Address, port: int, found: Servers) -> NatType:
    """Find out which NAT a client at this address and port is behind.

    Filtering is tried first, because it needs a mapping that has seen one server only.
    """
    with udp(home, own, port) as client:
        mapped = await found.mapped(client, 0, 0)
        filtering = await _filtering(client, found, mapped)
        same_address = await found.mapped(client, 0, 1)
        other_address = await found.mapped(client, 1, 0)
    if mapped == same_address == other_address:
        mapping = Depends.NOT
    else:
        mapping = Depends.ON_ADDRESS if mapped == same_address else Depends.ON_ADDRESS_AND_PORT
    return NatType(mapping, filtering, mapped)


async def _filtering(client: socket.socket, found: Servers, mapped: Endpoint) -> Depends:
    for (address, port), filtering in (((1, 1), Depends.NOT), ((0, 1), Depends.ON_ADDRESS)):
        text = f"from {address} {port}".encode()
        found.send(address, port, mapped, text)
        try:
            async with asyncio.timeout(_SILENCE_S):
                while await asyncio.get_running_loop().sock_recv(client, 100) != text:
                    pass
        except TimeoutError:
            continue
        return filtering
    return Depends.ON_ADDRESS_AND_PORT
