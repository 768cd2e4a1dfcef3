"""Quake 3's getstatus, which its descendants and Xonotic's engine answer as well.

https://github.com/ioquake/ioq3/blob/main/code/server/sv_main.c (SVC_Status): a line of settings, then one for each
player with score, ping and name. Bots have the ping 0. Xonotic's engine adds the team before the name.
"""

from __future__ import annotations

import re

from bot.games.queries.query import Datagram, Told, count, version

_ANSWER = b"\xff\xff\xff\xffstatusResponse\n"
_PLAYER = re.compile(rb'-?\d{1,10} (-?\d{1,10})(?: -?\d{1,10})? ".*"')
_VERSION = re.compile(rb"\d+\.\d+\w*")  # of `ioq3 1.36+... linux-x86_64 Jan 8 2023`


def read(data: bytes) -> Told:
    if not data.startswith(_ANSWER):
        raise ValueError("no answer to getstatus")
    settings, *lines = data[len(_ANSWER) :].rstrip(b"\0\n").split(b"\n")
    begin, *fields = settings.split(b"\\")
    if begin:
        raise ValueError("no settings")
    said = {key.lower(): value for key, value in zip(fields[::2], fields[1::2], strict=True)}
    players = [_PLAYER.fullmatch(line) for line in lines]
    if None in players:
        raise ValueError("no player")
    release = _VERSION.search(said.get(b"version", b""))
    playing = sum(int(player[1]) != 0 for player in players if player)
    return Told(playing, count(int(said[b"sv_maxclients"])), version(release[0] if release else b""))


QUERY = Datagram(b"\xff\xff\xff\xffgetstatus", read)
