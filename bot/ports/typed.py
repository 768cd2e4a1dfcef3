"""Parses the ports that a member types: numbers, or the name of a game."""

from __future__ import annotations

from bot.core.interaction import Explain
from bot.core.render import escape, plain, refusal
from bot.core.words import Say, either
from bot.games import games
from bot.games.games import Game
from gateway.errors import BadPorts
from gateway.model import PortSpec, parse_ports

MAX_TYPED = 1000  # characters; twice the longest /unforward command that the bot gives to copy


def ports(text: str) -> tuple[PortSpec, ...]:
    """Parse numbers; raise `BadPorts`, also for a text that is longer than any that a member types."""
    try:
        if len(text) <= MAX_TYPED:
            return parse_ports(text)
    except ValueError:
        pass
    raise BadPorts(text=plain(text))


def ports_and_game(text: str) -> tuple[tuple[PortSpec, ...], Game | None]:
    """Return the ports, and the game that the text names; None for numbers. Raise like `ports_or_game`."""
    game = games.find(text)
    return (game.ports, game) if game else (ports_or_game(text), None)


def ports_or_game(text: str) -> tuple[PortSpec, ...]:
    """Parse numbers where a game was also possible; raise `BadPorts`, or `Explain` with the games that may be meant."""
    try:
        return ports(text)
    except BadPorts as error:
        meant = [escape(game.name) for game in games.similar(text)]
        if not meant:
            raise
        raise Explain(_did_you_mean(error, meant)) from error


def _did_you_mean(error: BadPorts, meant: list[str]) -> Say:
    return lambda words: f"{refusal(words, error)} {words('forward-did-you-mean', games=either(words, meant))}"


def one_port(text: str) -> PortSpec:
    """Parse one port or range; raise `BadPorts` for several, or like `ports_or_game`."""
    specs = ports_or_game(text)
    if len(specs) > 1:
        raise BadPorts(text=plain(text))
    return specs[0]
