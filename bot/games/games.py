"""The games whose ports need not be known: `games.toml`, read once."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from gateway.model import PortSpec, Protocol, parse_ports

_IGNORED = str.maketrans("", "", " -_.:'\u2019&()")  # as one may write a name with or without


class QueryKind(StrEnum):
    """How a server is asked who plays: Valve's A2S over UDP, the status of Minecraft over TCP, RakNet's ping over UDP.

    A2S: https://developer.valvesoftware.com/wiki/Server_queries
    """

    A2S = "a2s"
    MINECRAFT = "minecraft"
    BEDROCK = "bedrock"


@dataclass(frozen=True, slots=True)
class Query:
    kind: QueryKind
    port: int

    @property
    def protocol(self) -> Protocol:
        return Protocol.TCP if self.kind is QueryKind.MINECRAFT else Protocol.UDP


@dataclass(frozen=True, slots=True, kw_only=True)
class Game:
    """`ports` as a server with default settings listens; one without protocol listens on both."""

    id: str
    name: str
    aliases: tuple[str, ...]
    ports: tuple[PortSpec, ...]
    query: Query | None
    source: str

    @property
    def all_names(self) -> tuple[str, ...]:
        """All that it goes by."""
        return (self.id, self.name, *self.aliases)


@cache
def games() -> tuple[Game, ...]:
    """The most played first."""
    text = resources.files("bot.games").joinpath("games.toml").read_text(encoding="utf-8")
    return tuple(_game(row) for row in tomllib.loads(text)["game"])


def find(text: str) -> Game | None:
    """The game that goes by exactly this; case, spaces and a name's punctuation do not matter."""
    return _by_word().get(_key(text))


def suggest(text: str) -> tuple[Game, ...]:
    """Games that contain what is typed so far, those that begin with it first; with nothing typed, all of them.

    A number finds the games on ports that begin with it.
    """
    typed = _key(text)
    ranked = [(min(ranks), game) for game in games() if (ranks := [*_ranks(game, typed)])]
    return tuple(game for _, game in sorted(ranked, key=lambda pair: pair[0]))


def similar(text: str) -> tuple[Game, ...]:
    """At most three games that someone who typed this, which is none, may have meant."""
    typed = _key(text)
    if not typed:
        return ()
    near = [_by_word()[word] for word in difflib.get_close_matches(typed, _by_word(), n=5, cutoff=0.7)]
    return tuple(dict.fromkeys((*suggest(text), *near)))[:3]


def _game(row: Mapping[str, Any]) -> Game:
    query = row.get("query")
    return Game(
        id=row["id"],
        name=row["name"],
        aliases=tuple(row.get("aliases", ())),
        ports=parse_ports(row["ports"]),
        query=Query(QueryKind(query["kind"]), query["port"]) if query else None,
        source=row["source"],
    )


@cache
def _by_word() -> dict[str, Game]:
    return {_key(word): game for game in games() for word in game.all_names}


def _key(text: str) -> str:
    return text.casefold().translate(_IGNORED)


def _ranks(game: Game, typed: str) -> Iterator[int]:
    """Where in the order of suggestions each word puts the game: whole word, beginning, later on."""
    for word in (*map(_key, game.all_names), *(str(spec.ports.first) for spec in game.ports if typed.isdecimal())):
        if typed in word:
            yield 0 if word == typed else 1 if word.startswith(typed) else 2
