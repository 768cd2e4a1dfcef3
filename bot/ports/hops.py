"""Makes a proof, which shows hop by hop whether players can join, as far as the gateway can see. Pure.

A hop is one thing that has to be true: the port is open, the tunnel is up, the server listens, a player has connected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import discord

from bot.core import render
from bot.core.problems import sentence, stops_players
from bot.core.render import COLOUR, COLOUR_ATTENTION, COLOUR_IDLE, COLOUR_READY, safe
from bot.core.words import Words
from bot.games import games
from bot.games.games import Query
from bot.games.probe import Answer, Outcome, query_of
from bot.matches.address import inline, pasted
from gateway.api.contract import ForwardInfo, ForwardStatus, Opened, PeerStatus, Status
from gateway.model import PortRange, Protocol
from gateway.problem import Problem

ASKED_PORTS = 3  # a server listens on the first ports of its range
SHOWN_PORTS = 8


class Icon(StrEnum):
    DONE = "✅"
    MISSING = "❌"
    WAITING = "⏳"
    UNKNOWN = "❔"


class Cure(StrEnum):
    """What the button beside a hop does."""

    HOW = "how"
    """It shows how WireGuard is turned on."""
    OTHER_PORT = "other-port"
    """It leads a forward to another port of the device."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One line of a proof."""

    icon: Icon
    text: str
    """What is true, or the one thing to do."""
    later: str = ""
    """The line shown instead while an earlier hop is not done: the name of the hop alone."""
    holds_up: bool = True
    """While this hop is not done, the hops after it show `later`."""
    beside: Cure | None = None
    """What mends it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a proof, with what mends it."""

    text: str
    beside: Cure | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    title: str
    lines: tuple[Line, ...]
    colour: discord.Colour

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Question:
    """How to find out whether a server listens on a device: by a game's query, by TCP connections, or by both."""

    ports: PortRange
    """The ports on the device."""
    query: Query | None
    connects: bool
    """Connect by TCP to each port."""
    is_sure: bool
    """No answer means no server. Without a named game, a server may run that does not answer this question."""

    @property
    def is_tcp(self) -> bool:
        return self.connects or (self.query is not None and self.query.protocol is Protocol.TCP)


def questions(forwards: Sequence[ForwardInfo]) -> tuple[Question, ...]:
    """Return the questions for forwards of one device. A named game that can be asked is asked once for all of them."""
    asked: list[Question] = []
    queries = {forward: query_of(forward) for forward in forwards}
    answered_for = {forward.label for forward, query in queries.items() if forward.label and query}
    for forward, query in queries.items():
        if forward.label in answered_for:
            if query:
                asked.append(Question(PortRange(query.port, query.port), query, connects=False, is_sure=True))
        elif Protocol.TCP in forward.protocol.each:
            last = forward.to_port + min(len(forward.ports), ASKED_PORTS) - 1
            is_sure = forward.protocol is Protocol.TCP
            asked.append(Question(PortRange(forward.to_port, last), query, connects=True, is_sure=is_sure))
        elif query:
            asked.append(Question(PortRange(query.port, query.port), query, connects=False, is_sure=False))
    return tuple(asked)


def begun(words: Words, opened: Opened, until: datetime) -> Proof:
    """Return the proof before the first look: the gateway has just opened the ports, and nothing else is known."""
    device = safe(opened.forwards[0].device)
    later = (words("proof-tunnel", device=device), words("proof-server", device=device), words("proof-players"))
    hops = [_open(words, opened.forwards), *(Hop(Icon.WAITING, text, text) for text in later)]
    return _proof(words, words("proof-looking-title"), hops, COLOUR_IDLE, until)


def away(words: Words, until: datetime | None) -> Proof:
    """Return the proof while the gateway does not answer."""
    hop = Hop(Icon.UNKNOWN, words("proof-gateway-away"))
    return _proof(words, words("proof-unknown-title"), [hop], COLOUR_IDLE, until)


def gone(words: Words) -> Proof:
    """Return the proof of forwards that are closed."""
    return Proof(words("proof-gone-title"), (Line(words("forward-has-ended")),), COLOUR_IDLE)


def seen(
    words: Words,
    status: Status,
    rows: Sequence[ForwardStatus],
    answers: Mapping[Question, Answer],
    until: datetime | None,
) -> Proof:
    """Return the proof after a look. `rows`: the forwards of one device, at least one.

    `answers`: what the device answered, empty when it is not connected. `until`: when the bot stops looking, None once
    it has stopped. From then on nothing is said to be missing, because that may be mended without a trace here.
    """
    forwards = [row.forward for row in rows]
    peer, is_talking = device_of(status, forwards[0]), any(row.connections for row in rows)
    hops = [
        _rule(words, peer, forwards),
        _tunnel(words, peer),
        _server(words, forwards, answers, is_talking=is_talking),
        *(() if is_talking else _blocked(words, status.problems)),
        _players(words, rows, status),
    ]
    title, colour = _verdict(words, hops)
    if until is None and any(hop.icon is Icon.MISSING for hop in hops):
        hops = [replace(hop, icon=Icon.UNKNOWN) if hop.icon is Icon.MISSING else hop for hop in hops]
        title, colour = words("proof-over-title"), COLOUR_IDLE
    return _proof(words, title, hops, colour, until)


def device_of(status: Status, forward: ForwardInfo) -> PeerStatus:
    """Return the device that the forward leads to."""
    return next(row for row in status.peers if row.peer.id == forward.peer_id)


def _rule(words: Words, peer: PeerStatus, forwards: Sequence[ForwardInfo]) -> Hop:
    if peer.peer.suspended_at:
        return Hop(Icon.MISSING, words("proof-suspended", device=safe(peer.peer.device)))
    return _open(words, forwards)


def _open(words: Words, forwards: Sequence[ForwardInfo]) -> Hop:
    ports, count = _named([forward.ports for forward in forwards])
    return Hop(Icon.DONE, words("proof-open", ports=ports, count=count))


def _named(ranges: Sequence[PortRange]) -> tuple[str, int]:
    """Return the text of the first `SHOWN_PORTS` ranges, and the number of ports in all of them."""
    shown = ", ".join(map(str, ranges[:SHOWN_PORTS]))
    return f"{shown} …" if len(ranges) > SHOWN_PORTS else shown, sum(map(len, ranges))


def _tunnel(words: Words, peer: PeerStatus) -> Hop:
    device = safe(peer.peer.device)
    last = render.relative(peer.latest_handshake) if peer.latest_handshake else None
    if last and peer.connected:
        return Hop(Icon.DONE, words("proof-connected", device=device, handshake=last))
    missing = (
        words("proof-not-connected", device=device, handshake=last)
        if last
        else words("proof-never-connected", device=device)
    )
    return Hop(Icon.MISSING, missing, words("proof-tunnel", device=device), beside=Cure.HOW)


def _server(
    words: Words, forwards: Sequence[ForwardInfo], answers: Mapping[Question, Answer], *, is_talking: bool
) -> Hop:
    """Return the hop of the server. `is_talking`: a player has a connection, which proves more than any silence."""
    device, first = safe(forwards[0].device), forwards[0]
    later, how = words("proof-server", device=device), _how_to_host(words, first)
    missing = [
        question
        for question, answer in answers.items()
        if answer.outcome is Outcome.REFUSED or (not is_talking and not answer.listens)
        if question.is_sure or (question.is_tcp and answer.outcome is not Outcome.FROZEN)
    ]
    if missing := sorted(missing, key=lambda question: not question.is_sure):
        (question, *_) = missing
        outcome, ports = answers[question].outcome, render.port(words, question.ports)
        if question.is_sure:
            text = words(f"proof-server-{outcome}", device=device, ports=ports)
            return Hop(Icon.MISSING, f"{text}{how}", later, beside=Cure.OTHER_PORT)
        if not is_talking:
            text = words(f"proof-server-{outcome}-tcp", device=device, ports=ports)
            return Hop(Icon.UNKNOWN, f"{text}{how}", later, beside=Cure.OTHER_PORT)
    for answer in answers.values():
        if answer.players is not None:
            return Hop(Icon.DONE, _playing(words, device, answer))
    found = {answer.outcome for answer in answers.values()}
    if is_talking or Outcome.ANSWERED in found:
        return Hop(Icon.DONE, words("proof-answers", device=device))
    if found & {Outcome.CONNECTED, Outcome.FROZEN}:
        return Hop(Icon.DONE, words("proof-takes", device=device))
    return Hop(Icon.UNKNOWN, f"{words('proof-udp', device=device)}{how}", later, holds_up=False, beside=Cure.OTHER_PORT)


def _how_to_host(words: Words, forward: ForwardInfo) -> str:
    """Return a line in small print about hosting the game, or nothing."""
    game = games.find(forward.label)
    return f"\n-# {words(f'game-host-{game.id}', port=str(forward.to_port))}" if game and game.has_guide else ""


def _blocked(words: Words, problems: Sequence[Problem]) -> Iterator[Hop]:
    """Yield a hop for each problem with which no player can join. A player with a connection proves it wrong."""
    for problem in problems:
        if stops_players(problem):
            yield Hop(Icon.MISSING, words("proof-blocked", problem=sentence(words, problem)), holds_up=False)


def _playing(words: Words, device: str, answer: Answer) -> str:
    players, slots = answer.players or 0, answer.max_players
    text = (
        words("proof-playing", device=device, players=players)
        if slots is None
        else words("proof-playing-of", device=device, players=players, slots=slots)
    )
    return f"{text}{words('proof-version', version=safe(answer.version))}" if answer.version else text


def _players(words: Words, rows: Sequence[ForwardStatus], status: Status) -> Hop:
    connections = sum(row.connections for row in rows)
    if connections:
        # One player may use several forwards, so their players do not add up.
        players = max(row.players for row in rows)
        return Hop(Icon.DONE, render.connections(words, connections, players))
    if any(row.rx_bytes for row in rows):
        return Hop(Icon.DONE, words("proof-knocked"))
    address = status.public_address
    where = inline(words, pasted(address, [row.forward for row in rows], status.srv_port))
    protocols = {protocol for row in rows for protocol in row.forward.protocol.each}
    protocol = render.protocol(words, protocols.pop() if len(protocols) == 1 else Protocol.BOTH)
    shown, count = _named([row.forward.ports for row in rows])
    ports = words("port", ports=shown, count=count)
    text = words("proof-nobody", address=where, ports=ports, protocol=protocol)
    return Hop(Icon.WAITING, text, words("proof-players"))


def _verdict(words: Words, hops: Sequence[Hop]) -> tuple[str, discord.Colour]:
    *ours, players = hops
    if any(hop.icon is Icon.MISSING for hop in ours):
        return words("proof-missing-title"), COLOUR_ATTENTION
    if any(hop.icon is Icon.UNKNOWN for hop in ours):
        return words("proof-unknown-title"), COLOUR_IDLE
    if players.icon is Icon.DONE:
        return words("proof-done-title"), COLOUR
    return words("proof-ready-title"), COLOUR_READY


def _proof(words: Words, title: str, hops: Sequence[Hop], colour: discord.Colour, until: datetime | None) -> Proof:
    lines, held_up = [], False
    for hop in hops:
        if hop.icon is not Icon.DONE and held_up:
            lines.append(Line(f"{Icon.WAITING} {hop.later}"))
        else:
            lines.append(Line(f"{hop.icon} {hop.text}", hop.beside))
            held_up = held_up or (hop.icon is not Icon.DONE and hop.holds_up)
    end = words("proof-until", time=discord.utils.format_dt(until, "T")) if until else words("proof-stopped")
    return Proof(title, (*lines, Line(f"-# {end}")), colour)
