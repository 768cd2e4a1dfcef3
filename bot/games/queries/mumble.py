"""Mumble's ping, which needs no login: https://wiki.mumble.info/wiki/Protocol#UDP_Ping_packet

An admin can switch the answer off (allowping), so silence may also mean that.
"""

from __future__ import annotations

import struct

from bot.games.queries.query import Datagram, Told, count

_IDENT = b"guildgat"  # comes back in the answer
_ANSWER = struct.Struct(">HBB8sIII")  # the version in three numbers, the ident, users, slots, bandwidth


def read(data: bytes) -> Told:
    if len(data) != _ANSWER.size:
        raise ValueError("no answer to a ping")
    major, minor, patch, ident, users, slots, _ = _ANSWER.unpack(data)
    if ident != _IDENT:
        raise ValueError("no answer to this ping")
    return Told(count(users), count(slots), f"{major}.{minor}.{patch}")


QUERY = Datagram(bytes(4) + _IDENT, read)
