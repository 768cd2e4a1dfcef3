"""Valve's A2S_INFO: https://developer.valvesoftware.com/wiki/Server_queries#A2S_INFO"""

from __future__ import annotations

import struct

from bot.games.queries.query import Datagram, Told, version

_INFO = b"\xff\xff\xff\xffTSource Engine Query\0"
_CHALLENGE, _ANSWER = b"\xff\xff\xff\xffA", b"\xff\xff\xff\xffI"
_NO_VERSION = "1.0.0.0"  # what games send that do not keep their version there
_NUMBERS, _FLAGS = "<HBBB", 4  # then a byte each for the server's kind, its system, a password, and anti-cheat


def read(data: bytes) -> Told:
    if not data.startswith(_ANSWER):
        raise ValueError("no answer to A2S_INFO")
    _, _, _, _, rest = data[len(_ANSWER) + 1 :].split(b"\0", 4)  # name, map, folder, game
    _, players, slots, bots = struct.unpack_from(_NUMBERS, rest)
    told = version(rest[struct.calcsize(_NUMBERS) + _FLAGS :].partition(b"\0")[0])
    # `players` includes bots: https://partner.steamgames.com/doc/api/ISteamMatchmakingServers#gameserveritem_t
    return Told(max(players - bots, 0), slots, "" if told == _NO_VERSION else told)


def repeat(data: bytes) -> bytes | None:
    """Return the request with the challenge in it, which a server sends against forged source addresses."""
    return _INFO + data[len(_CHALLENGE) :][:4] if data.startswith(_CHALLENGE) else None


QUERY = Datagram(_INFO, read, repeat)
