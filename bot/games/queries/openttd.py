"""OpenTTD's game info: https://github.com/OpenTTD/OpenTTD/blob/master/src/network/core/network_game_info.h

It is asked over TCP. Since version 12 a server still answers the question over UDP, with an empty datagram.
"""

from __future__ import annotations

import struct

from bot.games.queries.query import Stream, Told, version

_ASK, _INFO = 7, 6  # the types of both packets, PACKET_CLIENT_GAME_INFO and PACKET_SERVER_GAME_INFO
_HEAD = struct.Struct("<HBB")  # the packet's length and type, and the version of what follows
_NEWEST = 7
_ID_AND_MD5, _WITH_NAMES = 0, 1  # how each NewGRF is written


def request(_address: str, _port: int) -> bytes:
    return struct.pack("<HB", 3, _ASK)


def read(data: bytes | bytearray) -> Told | None:
    """Return what the packet tells. A newer layout begins with more fields, in front of those of the older ones."""
    if len(data) < _HEAD.size:
        return None
    length, kind, layout = _HEAD.unpack_from(data)
    if kind != _INFO or not 1 <= layout <= _NEWEST:
        raise ValueError("no game info")
    if len(data) < length:
        return None
    rest, writes = bytes(data[_HEAD.size : length]), _ID_AND_MD5
    if layout >= 7:
        rest = _after(rest, 8)  # ticks
    if layout >= 6:
        writes, rest = rest[0], _after(rest, 1)
    if layout >= 5:
        _, rest = _text(_after(rest, 4))  # the script's version and name
    if layout >= 4:
        rest = _after_grfs(rest, writes)
    if layout >= 3:
        rest = _after(rest, 8)  # dates
    if layout >= 2:
        rest = _after(rest, 3)  # companies
    _, rest = _text(rest)  # the server's name
    release, rest = _text(rest)
    has_language = layout < 6
    slots, clients = struct.unpack_from("<BB", rest, 1 + has_language)  # after the language and the password's flag
    return Told(clients, slots, version(release))


def _after(data: bytes, size: int) -> bytes:
    if len(data) < size:
        raise ValueError("cut short")
    return data[size:]


def _text(data: bytes) -> tuple[bytes, bytes]:
    """Return the text that ends with a zero byte, and what follows."""
    text, end, rest = data.partition(b"\0")
    if not end:
        raise ValueError("a text without an end")
    return text, rest


def _after_grfs(data: bytes, writes: int) -> bytes:
    if writes not in (_ID_AND_MD5, _WITH_NAMES):
        raise ValueError("an unknown way to write NewGRFs")
    number, rest = data[0], _after(data, 1)
    for _ in range(number):
        rest = _after(rest, 4 + 16)
        if writes == _WITH_NAMES:
            _, rest = _text(rest)
    return rest


QUERY = Stream(request, read)
