"""Game servers on loopback that tell their players, made from the protocols' descriptions; and some that lie."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

from tests.serving import end

MAGIC = bytes.fromhex("00ffff00fefefefefdfdfdfd12345678")
CHALLENGE = b"\x4b\xa1\xd5\x22"

Answering = Callable[[bytes], Iterable[bytes]]
"""Returns the datagrams that answer a datagram."""


def a2s(players: int, most: int = 64, bots: int = 0) -> Answering:
    """Answer only a client that repeats the challenge sent to its address."""

    def answer(request: bytes) -> list[bytes]:
        if request == b"\xff\xff\xff\xffTSource Engine Query\0" + CHALLENGE:
            return [a2s_info(players, most, bots)]
        assert request == b"\xff\xff\xff\xffTSource Engine Query\0", request
        return [b"\xff\xff\xff\xffA" + CHALLENGE]

    return answer


def a2s_info(players: int, most: int, bots: int = 0, version: str = "1.0.0.0") -> bytes:
    texts = b"".join(text.encode() + b"\0" for text in ("Friday night", "Dedicated", "valheim", ""))
    numbers = struct.pack("<HBBB", 0, players, most, bots)
    return b"\xff\xff\xff\xffI\x11" + texts + numbers + b"dl\0\x01" + version.encode() + b"\0" + b"\0"


def bedrock(players: int, most: int = 10) -> Answering:
    def answer(request: bytes) -> list[bytes]:
        assert request[:1] == b"\x01", request
        assert request[9:25] == MAGIC, request
        assert len(request) == 33, request
        return [bedrock_pong(players, most, request[1:9])]

    return answer


def bedrock_pong(players: int, most: int, time: bytes = bytes(8)) -> bytes:
    text = f"MCPE;Friday night;800;1.21.80;{players};{most};13253860892328930865;World;Survival;1;19132;19133;".encode()
    return b"\x1c" + time + bytes(range(8)) + MAGIC + struct.pack(">H", len(text)) + text


def varint(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*made, value])


def status(document: object) -> bytes:
    text = json.dumps(document).encode()
    packet = b"\0" + varint(len(text)) + text
    return varint(len(packet)) + packet


def minecraft(players: int, most: int = 20) -> dict[str, Any]:
    return {
        "version": {"name": "1.21.5", "protocol": 770},
        "players": {"max": most, "online": players, "sample": []},
        "description": {"text": "Friday night", "extra": [{"text": "!"}]},
        "favicon": "data:image/png;base64," + "A" * 20000,
    }


def mumble(users: int, most: int = 100) -> Answering:
    """Answer as Murmur 1.3.4 does."""

    def answer(request: bytes) -> list[bytes]:
        assert len(request) == 12, request
        assert request[:4] == bytes(4), request
        return [mumble_pong(users, most, request[4:])]

    return answer


def mumble_pong(users: int, most: int, ident: bytes) -> bytes:
    return bytes((0, 1, 3, 4)) + ident + struct.pack(">III", users, most, 72000)


def quake3(*pings: int, most: int = 16, settings: str = "") -> Answering:
    """Answer as ioquake3 does; bots have the ping 0."""

    def answer(request: bytes) -> list[bytes]:
        assert request == b"\xff\xff\xff\xffgetstatus", request
        return [quake3_status(*pings, most=most, settings=settings)]

    return answer


def quake3_status(*pings: int, most: int = 16, settings: str = "") -> bytes:
    version = "ioq3 1.36+u20221123.70d07d9+dfsg-1/Debian linux-x86_64 Jan  8 2023"
    told = f"\\sv_hostname\\Friday night\\version\\{version}\\sv_maxclients\\{most}\\g_needpass\\0{settings}\n"
    players = "".join(f'{-ping} {ping} "^1Sarge {ping}"\n' for ping in pings)
    return b"\xff\xff\xff\xffstatusResponse\n" + told.encode() + players.encode()


def openttd(clients: int, most: int = 25, layout: int = 6) -> bytes:
    """Return the answer of OpenTTD 13.0, or of another version by its layout."""
    text, grf = b"Friday night\0" + b"13.0\0", bytes(range(20))
    names = b"\1" if layout >= 6 else b""
    ticks = bytes(8) if layout >= 7 else b""
    script = b"\xff\xff\xff\xff" + b"Script\0" if layout >= 5 else b""
    grfs = b"\2" + (grf + (b"OpenGFX\0" if names else b"")) * 2 if layout >= 4 else b""
    dates = struct.pack("<II", 712230, 712223) if layout >= 3 else b""
    companies = bytes((15, 1, most)) if layout >= 2 else b""
    language = b"\0" if layout < 6 else b""
    numbers = struct.pack("<?BBBHHB?", False, most, clients, 0, 256, 256, 0, True)
    rest = ticks + names + script + grfs + dates + companies + text + language + numbers
    return struct.pack("<HBB", 4 + len(rest), 6, layout) + rest


@asynccontextmanager
async def datagrams(answer: Answering, port: int = 0, made: socket.socket | None = None) -> AsyncIterator[int]:
    """Run a UDP server and yield its port, a free one by default. `made`: a bound socket of another host."""

    class Server(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
            for datagram in answer(data):
                transport.sendto(datagram, source)

    address = None if made else ("127.0.0.1", port)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Server, local_addr=address, sock=made)
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


async def minecraft_request(reader: asyncio.StreamReader, port: int) -> None:
    hello = await reader.readexactly((await reader.readexactly(1))[0])
    assert hello[0] == 0
    assert hello.endswith(struct.pack(">H", port) + b"\1")
    assert await reader.readexactly(2) == b"\1\0"


async def openttd_request(reader: asyncio.StreamReader, _: int) -> None:
    assert await reader.readexactly(3) == b"\3\0\7"


@asynccontextmanager
async def streams(
    answer: bytes,
    *,
    request: Callable[[asyncio.StreamReader, int], Awaitable[None]] | None = None,
    stays: bool = False,
    made: socket.socket | None = None,
) -> AsyncIterator[int]:
    """Run a TCP server that answers a game's request with these bytes; yield its port.

    `request`: reads the request, by default that of a Minecraft client, and raises when it is another one.
    `stays`: it keeps the connection open afterwards. `made`: a bound socket of another host.
    """
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await (request or minecraft_request)(reader, port)
            for first in range(0, len(answer), 1000):
                writer.write(answer[first : first + 1000])
                await writer.drain()
            if stays:
                await over.wait()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # a probe that only connects, or that has closed the connection
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    server = await (asyncio.start_server(serve, sock=made) if made else asyncio.start_server(serve, "127.0.0.1", 0))
    port = server.sockets[0].getsockname()[1]
    try:
        yield port
    finally:
        over.set()
        await end(server)


def unused(kind: socket.SocketKind) -> int:
    """Return a port without a listener."""
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
