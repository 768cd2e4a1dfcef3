"""Parses what a member types: ports as numbers or as the name of a game, and times."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.client import Interaction
from bot.core.interaction import Explain
from bot.core.render import code, escape, plain
from bot.core.words import either, says
from bot.games import games
from bot.games.games import Game
from gateway import times
from gateway.errors import BadPorts
from gateway.model import Duration, PortSpec, parse_ports

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


class Unclear(Explain):
    """The text names no game, and is like the names of some."""

    def __init__(self, text: str, meant: Sequence[Game]) -> None:
        names = [f"**{escape(game.name)}**" for game in meant]
        super().__init__(lambda words: words("forward-meant", games=either(words, names), text=code(plain(text, 32))))
        self.meant = meant


def ports_or_game(text: str) -> tuple[PortSpec, ...]:
    """Parse numbers where a game was also possible; raise `BadPorts`, or `Unclear`."""
    try:
        return ports(text)
    except BadPorts as error:
        if meant := games.similar(text):
            raise Unclear(text, meant) from error
        raise


def one_port(text: str) -> PortSpec:
    """Parse one port or range; raise `BadPorts` for several, or like `ports_or_game`."""
    specs = ports_or_game(text)
    if len(specs) > 1:
        raise BadPorts(text=plain(text))
    return specs[0]


def duration(interaction: Interaction, text: str) -> Duration:
    """Read how long, or until when by the server's clocks; raise `Explain`."""
    context = interaction.client.context
    try:
        return times.parse(text, context.clock(), context.section.timezone.zone)
    except times.TimeError as error:
        raise Explain(says(f"duration-{error.problem}")) from None
