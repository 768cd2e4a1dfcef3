"""The one address of a game that players paste, and what else they have to type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.core.render import code
from bot.core.words import Words
from bot.games import games
from bot.games.games import PortField
from gateway.api.contract import ForwardInfo
from gateway.model import PortRange, PortSpec, Protocol

SHOWN_PORTS = 8


@dataclass(frozen=True, slots=True)
class Pasted:
    text: str
    """The address as one word."""
    port: int | None = None
    """The port, where the client has a field of its own for it and would take another one."""
    guide: str = ""
    """The id of a game of which the catalogue says how it is joined."""
    also: tuple[PortSpec, ...] = ()
    """The other open ports of a server whose game is not known."""


def pasted(address: str, forwards: Sequence[ForwardInfo], srv_port: int | None = None) -> Pasted:
    """Return what players paste to reach forwards that were opened together: the address with the first port.

    Without the port where their client takes the same one by itself, by the game's default or by an SRV record.
    """
    first = forwards[0]
    game, port = games.find(first.label), first.ports.first
    also = () if game else tuple(_others(first, forwards[1:]))
    usual = game.ports[0].ports.first if game else None
    guide = game.id if game and game.has_guide else ""
    is_srv = srv_port == port and len(first.ports) == 1 and Protocol.TCP in first.protocol.each
    if game and game.typed is PortField.APART:
        return Pasted(address, None if port == usual else port, guide)
    if is_srv or (game and game.typed is PortField.OPTIONAL and port == usual and ":" not in address):
        return Pasted(address, guide=guide, also=also)
    return Pasted(f"[{address}]:{port}" if ":" in address else f"{address}:{port}", guide=guide, also=also)


def _others(first: ForwardInfo, rest: Iterable[ForwardInfo]) -> Iterable[PortSpec]:
    if len(first.ports) > 1:
        yield PortSpec(PortRange(first.ports.first + 1, first.ports.last), first.spec.protocol)
    yield from (forward.spec for forward in rest)


def block(words: Words, pasted: Pasted) -> str:
    """Return the address as a block of its own, which Discord copies whole, and the rest in small print."""
    return "\n".join((f"```\n{pasted.text}\n```", *(f"-# {line}" for line in _rest(words, pasted))))


def inline(words: Words, pasted: Pasted) -> str:
    """Return the address inside a sentence."""
    return (
        code(pasted.text)
        if pasted.port is None
        else words("address-port-of", address=code(pasted.text), port=str(pasted.port))
    )


def _rest(words: Words, pasted: Pasted) -> Iterable[str]:
    if pasted.port is not None:
        yield words("address-port", port=str(pasted.port))
    if pasted.guide:
        yield words("address-game", how=words(f"game-join-{pasted.guide}"))
    if pasted.also:
        shown = ", ".join(map(str, pasted.also[:SHOWN_PORTS]))
        yield words("address-also", ports=f"{shown} …" if len(pasted.also) > SHOWN_PORTS else shown)
