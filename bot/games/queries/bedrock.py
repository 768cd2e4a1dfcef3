"""RakNet's unconnected ping: https://minecraft.wiki/w/RakNet#Unconnected_Pong"""

from __future__ import annotations

import struct

from bot.games.queries.query import Datagram, Told, count, version

_MAGIC = bytes.fromhex("00ffff00fefefefefdfdfdfd12345678")
_PING = b"\x01" + bytes(8) + _MAGIC + bytes(8)
_PONG = b"\x1c"


def read(data: bytes) -> Told:
    if not data.startswith(_PONG) or data[17:33] != _MAGIC:
        raise ValueError("no pong")
    (size,) = struct.unpack_from(">H", data, 33)
    _, _, _, release, players, slots, *_ = data[35 : 35 + size].split(b";")
    return Told(count(int(players)), count(int(slots)), version(release))


QUERY = Datagram(_PING, read)
