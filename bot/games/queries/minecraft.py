"""Minecraft's server list ping: https://minecraft.wiki/w/Java_Edition_protocol/Server_List_Ping"""

from __future__ import annotations

import json
import struct

from bot.games.queries.query import Stream, Told, count, version

MAX_STATUS = 4 * 32767 + 8  # bytes: the longest string has 32767 characters, of at most 4 bytes


def request(address: str, port: int) -> bytes:
    """Return packet 0, with version -1 for any, the server's address and 1 for the status; and the request itself."""
    host = address.encode()
    hello = b"\0\xff\xff\xff\xff\x0f" + bytes([len(host)]) + host + struct.pack(">H", port) + b"\1"
    return bytes([len(hello)]) + hello + b"\1\0"


def read(data: bytes | bytearray) -> Told | None:
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
    status = json.loads(data[start : start + size])
    players, release = status["players"], status.get("version")
    name = release.get("name") if isinstance(release, dict) else None
    return Told(count(players["online"]), count(players["max"]), version(name))


def _varint(data: bytes | bytearray, at: int) -> tuple[int, int]:
    """Return the number that begins at `at`, and the index after it; raise IndexError when the data ends too early."""
    value = 0
    for index in range(5):
        byte = data[at + index]
        value |= (byte & 0x7F) << 7 * index
        if not byte & 0x80:
            return value, at + index + 1
    raise ValueError("not a VarInt")


QUERY = Stream(request, read)
