"""What has to be true for players to get in, hop by hop, as far as it can be seen from the gateway. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import discord

from bot.core import render, texts
from bot.core.render import COLOUR, COLOUR_ATTENTION, COLOUR_IDLE, COLOUR_READY, code, reach, safe
from bot.games.games import Query
from bot.games.probe import Answer, Outcome, query_of
from gateway.api.contract import ForwardInfo, ForwardStatus, Opened, PeerStatus, Status
from gateway.model import PortRange, Protocol

ASKED_PORTS = 3  # of a range: a server listens on its first ones
SHOWN_PORTS = 8


class Icon(StrEnum):
    DONE = "✅"
    MISSING = "❌"
    WAITING = "⏳"
    UNKNOWN = "❔"


@dataclass(frozen=True, slots=True)
class Hop:
    """`text`: what is true, or the one thing to do; `later`: what it is about, said while an earlier hop `holds_up`."""

    icon: Icon
    text: str
    later: str = ""
    holds_up: bool = True


@dataclass(frozen=True, slots=True)
class Question:
    """How to learn whether a server listens on one of a device's ports: by a game's query, by connecting, or both.

    `is_sure`: no answer means no server. Where no game was named, it may be one that is never asked like this.
    """

    ports: PortRange
    query: Query | None
    connects: bool
    is_sure: bool

    @property
    def is_tcp(self) -> bool:
        return self.connects or (self.query is not None and self.query.protocol is Protocol.TCP)


def questions(forwards: Sequence[ForwardInfo]) -> tuple[Question, ...]:
    """Of forwards of one device; a game that was named and can be asked is asked once for all of them."""
    asked: list[Question] = []
    queries = {forward: query_of(forward) for forward in forwards}
    answered_for = {forward.label for forward, query in queries.items() if forward.label and query}
    for forward, query in queries.items():
        if forward.label in answered_for:
            if query:
                asked.append(Question(PortRange(query.port, query.port), query, connects=False, is_sure=True))
        elif Protocol.TCP in forward.protocol.each:
            last = forward.to_port + min(len(forward.ports), ASKED_PORTS) - 1
            connects = not query or query.protocol is Protocol.UDP
            is_sure = forward.protocol is Protocol.TCP
            asked.append(Question(PortRange(forward.to_port, last), query, connects=connects, is_sure=is_sure))
        elif query:
            asked.append(Question(PortRange(query.port, query.port), query, connects=False, is_sure=False))
    return tuple(asked)


def begun(opened: Opened, until: datetime) -> discord.Embed:
    """Before anything was looked at; that the ports are open is what the gateway has just said."""
    device = safe(opened.forwards[0].device)
    later = (texts.hop_tunnel(device), texts.hop_server(device), texts.HOP_PLAYERS)
    hops = [_open(opened.forwards), *(Hop(Icon.WAITING, text, text) for text in later)]
    return _embed(texts.PROOF_LOOKING, hops, COLOUR_IDLE, until)


def away(until: datetime | None) -> discord.Embed:
    hop = Hop(Icon.UNKNOWN, texts.HOP_GATEWAY_AWAY)
    return _embed(texts.PROOF_UNKNOWN, [hop], COLOUR_IDLE, until)


def gone() -> discord.Embed:
    return discord.Embed(title=texts.PROOF_GONE, description=texts.HAS_ENDED, colour=COLOUR_IDLE)


def seen(
    status: Status, rows: Sequence[ForwardStatus], answers: Mapping[Question, Answer], until: datetime | None
) -> discord.Embed:
    """`rows`: the forwards of one device, at least one. `until`: how long it looks, None when it no longer does."""
    forwards = [row.forward for row in rows]
    peer = device_of(status, forwards[0])
    hops = [
        _rule(peer, forwards),
        _tunnel(peer, status.at),
        _server(safe(peer.peer.device), answers, is_talking=any(row.connections for row in rows)),
        _players(rows, status.public_address),
    ]
    title, colour = _verdict(hops)
    return _embed(title, hops, colour, until)


def device_of(status: Status, forward: ForwardInfo) -> PeerStatus:
    """The one it leads to."""
    return next(row for row in status.peers if row.peer.id == forward.peer_id)


def _rule(peer: PeerStatus, forwards: Sequence[ForwardInfo]) -> Hop:
    if peer.peer.suspended_at:
        return Hop(Icon.MISSING, texts.hop_suspended(safe(peer.peer.device)))
    return _open(forwards)


def _open(forwards: Sequence[ForwardInfo]) -> Hop:
    return Hop(Icon.DONE, texts.hop_open(_named([forward.ports for forward in forwards])))


def _named(ranges: Sequence[PortRange]) -> str:
    shown = [str(ports) for ports in ranges[:SHOWN_PORTS]]
    return texts.ports_list(shown, more=len(ranges) > SHOWN_PORTS)


def _tunnel(peer: PeerStatus, at: datetime) -> Hop:
    device = safe(peer.peer.device)
    last = discord.utils.format_dt(peer.latest_handshake, "R") if peer.latest_handshake else None
    if last and render.is_connected(peer, at):
        return Hop(Icon.DONE, texts.hop_connected(device, last))
    return Hop(Icon.MISSING, texts.hop_not_connected(device, last), texts.hop_tunnel(device))


def _server(device: str, answers: Mapping[Question, Answer], *, is_talking: bool) -> Hop:
    """`is_talking`: a player gets answers, which proves more than a question that gets none."""
    later = texts.hop_server(device)
    missing = [
        question
        for question, answer in answers.items()
        if answer.outcome is Outcome.REFUSED or (answer.outcome is Outcome.SILENT and not is_talking)
        if question.is_sure or question.is_tcp
    ]
    if missing := sorted(missing, key=lambda question: not question.is_sure):
        (question, *_) = missing
        refused, ports = answers[question].outcome is Outcome.REFUSED, _named([question.ports])
        if question.is_sure:
            say = texts.hop_refused if refused else texts.hop_silent
            return Hop(Icon.MISSING, say(device, ports), later)
        if not is_talking:
            return Hop(Icon.UNKNOWN, texts.hop_no_tcp(device, ports, refused=refused), later)
    for answer in answers.values():
        if answer.players is not None:
            return Hop(Icon.DONE, texts.hop_told(device, answer.players, answer.max_players))
    if is_talking or any(answer.outcome is Outcome.ANSWERED for answer in answers.values()):
        return Hop(Icon.DONE, texts.hop_answers(device))
    return Hop(Icon.UNKNOWN, texts.hop_udp(device), later, holds_up=False)


def _players(rows: Sequence[ForwardStatus], address: str) -> Hop:
    connections = sum(row.connections for row in rows)
    if connections:
        # One player may use several forwards.
        return Hop(Icon.DONE, texts.hop_connections(connections, max(row.players for row in rows)))
    if any(row.rx_bytes for row in rows):
        return Hop(Icon.DONE, texts.HOP_KNOCKED)
    where = reach(address, rows[0].forward.ports) if len(rows) == 1 else code(address)
    protocols = {protocol for row in rows for protocol in row.forward.protocol.each}
    protocol = protocols.pop() if len(protocols) == 1 else Protocol.BOTH
    ports = _named([row.forward.ports for row in rows])
    return Hop(Icon.WAITING, texts.hop_nobody(where, texts.PROTOCOLS[protocol], ports), texts.HOP_PLAYERS)


def _verdict(hops: Sequence[Hop]) -> tuple[str, discord.Colour]:
    *ours, players = hops
    if any(hop.icon is Icon.MISSING for hop in ours):
        return texts.PROOF_MISSING, COLOUR_ATTENTION
    if any(hop.icon is Icon.UNKNOWN for hop in ours):
        return texts.PROOF_UNKNOWN, COLOUR_IDLE
    return (texts.PROOF_DONE, COLOUR) if players.icon is Icon.DONE else (texts.PROOF_READY, COLOUR_READY)


def _embed(title: str, hops: Sequence[Hop], colour: discord.Colour, until: datetime | None) -> discord.Embed:
    lines, held_up = [], False
    for hop in hops:
        if hop.icon is not Icon.DONE and held_up:
            lines.append(f"{Icon.WAITING} {hop.later}")
        else:
            lines.append(f"{hop.icon} {hop.text}")
            held_up = held_up or (hop.icon is not Icon.DONE and hop.holds_up)
    lines.append(texts.looks_until(discord.utils.format_dt(until, "T")) if until else texts.NO_LONGER_LOOKS)
    return discord.Embed(title=title, description="\n".join(lines), colour=colour)
