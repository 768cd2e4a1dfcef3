"""The games whose ports a member need not know: `games.toml`, read once."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from bot.games.queries.kinds import QUERIES, QueryKind
from bot.games.queries.query import Stream
from gateway.model import PortSpec, Protocol, parse_ports

_IGNORED = str.maketrans("", "", " -_.:'\u2019&()")  # members write names with or without these


@dataclass(frozen=True, slots=True)
class Query:
    """The protocol and the port, on the device, by which a game server is asked."""

    kind: QueryKind
    port: int

    @property
    def protocol(self) -> Protocol:
        return Protocol.TCP if isinstance(QUERIES[self.kind], Stream) else Protocol.UDP


class PortField(StrEnum):
    """Whether players type the port."""

    ALWAYS = "always"
    """It follows the address."""
    OPTIONAL = "optional"
    """It follows the address, and the client takes the game's first port where none does."""
    APART = "apart"
    """The client has a field of its own for it, with the game's first port in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Game:
    """One game of `games.toml`."""

    id: str
    """The value of a suggestion in Discord, and part of a button's custom_id: it never changes."""
    name: str
    """The name that members read, and the label of its forwards."""
    aliases: tuple[str, ...]
    ports: tuple[PortSpec, ...]
    """The ports of a server with default settings; one without protocol means TCP and UDP."""
    to_port: int | None
    """The port on the device, when it cannot be the public one as well."""
    typed: PortField
    """How players type the first port."""
    has_guide: bool
    """The catalogue says in a line each how it is hosted and joined: `game-host-ID` and `game-join-ID`."""
    query: Query | None
    """How its server is asked for players; None when it cannot be asked."""
    source: str
    """The address of the page that names the ports."""

    @property
    def all_names(self) -> tuple[str, ...]:
        """Return every name that a member may type for the game."""
        return (self.id, self.name, *self.aliases)


@cache
def games() -> tuple[Game, ...]:
    """Return all games, the most played first."""
    text = resources.files("bot.games").joinpath("games.toml").read_text(encoding="utf-8")
    return tuple(_game(row) for row in tomllib.loads(text)["game"])


def find(text: str) -> Game | None:
    """Return the game with exactly this name; case, spaces and punctuation do not matter."""
    return _by_word().get(_key(text))


def suggest(text: str) -> tuple[Game, ...]:
    """Return games whose names contain the text, those that begin with it first. Empty text finds all games.

    A number also finds the games whose first port begins with it.
    """
    typed = _key(text)
    ranked = [(min(ranks), game) for game in games() if (ranks := [*_ranks(game, typed)])]
    return tuple(game for _, game in sorted(ranked, key=lambda pair: pair[0]))


def similar(text: str) -> tuple[Game, ...]:
    """Return at most three games that a member may have meant by a text that names none; none for a number."""
    typed = _key(text)
    if not any(map(str.isalpha, typed)):
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
        to_port=row.get("to_port"),
        typed=PortField(row.get("typed", PortField.ALWAYS)),
        has_guide=row.get("guide", False),
        query=Query(QueryKind(query["kind"]), query["port"]) if query else None,
        source=row["source"],
    )


@cache
def _by_word() -> dict[str, Game]:
    return {_key(name): game for game in games() for name in game.all_names}


def _key(text: str) -> str:
    return text.casefold().translate(_IGNORED)


def _ranks(game: Game, typed: str) -> Iterator[int]:
    """Yield a rank for each name that contains the text: 0 when equal, 1 when it begins with it, 2 otherwise."""
    for word in (*map(_key, game.all_names), *(str(spec.ports.first) for spec in game.ports if typed.isdecimal())):
        if typed in word:
            yield 0 if word == typed else 1 if word.startswith(typed) else 2
