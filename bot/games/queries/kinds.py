"""The protocols by which game servers are asked, by their names in `games.toml`."""

from __future__ import annotations

from enum import StrEnum

from bot.games.queries import a2s, bedrock, minecraft, mumble, openttd, quake3
from bot.games.queries.query import Datagram, Stream


class QueryKind(StrEnum):
    """A protocol that asks a game server for its number of players."""

    A2S = "a2s"
    BEDROCK = "bedrock"
    MINECRAFT = "minecraft"
    MUMBLE = "mumble"
    OPENTTD = "openttd"
    QUAKE3 = "quake3"


QUERIES: dict[QueryKind, Datagram | Stream] = {
    QueryKind.A2S: a2s.QUERY,
    QueryKind.BEDROCK: bedrock.QUERY,
    QueryKind.MINECRAFT: minecraft.QUERY,
    QueryKind.MUMBLE: mumble.QUERY,
    QueryKind.OPENTTD: openttd.QUERY,
    QueryKind.QUAKE3: quake3.QUERY,
}
