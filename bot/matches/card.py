"""A match card as a value: what is known of an announced match, what a look makes of it, and its face."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import discord

from bot.core import render, texts
from bot.core.render import COLOUR, COLOUR_IDLE, COLOUR_READY, MAX_FIELD_VALUE, fit, reach, safe
from gateway.api.contract import AuditEntry, ForwardInfo, ForwardStatus, Status
from gateway.model import Duration

WATCHED = timedelta(minutes=2)  # who looked so short ago knows when it ended
CLOSING = ("unforward", "revoke", "expire")  # actions of the audit log


@dataclass(frozen=True, slots=True, kw_only=True)
class Players:
    """`slots`: how many the game takes, None when it was not asked or did not say."""

    now: int
    slots: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """`forwards` are those of one command that are open, or were to the end; `seen_at`: when they last were."""

    channel: int
    message: int
    address: str
    forwards: tuple[ForwardInfo, ...]
    seen_at: datetime
    players: Players
    peak: int = 0
    ended_at: datetime | None = None

    @property
    def ids(self) -> range:
        return ids_of(self.forwards)

    @property
    def since(self) -> datetime:
        return min(forward.created_at for forward in self.forwards)

    @property
    def until(self) -> datetime | None:
        """The first end: what was opened or extended together has only one."""
        return min((forward.expires_at for forward in self.forwards if forward.expires_at), default=None)


def ids_of(forwards: Sequence[ForwardInfo]) -> range:
    """Of what one command opened: the gateway numbers it in a row."""
    ids = [forward.id for forward in forwards]
    return range(min(ids), max(ids) + 1)


def still_open(status: Status, ids: Collection[int]) -> tuple[ForwardStatus, ...]:
    """Of these forwards those that players can reach: the ones of a suspended device are only kept."""
    suspended = {row.peer.id for row in status.peers if row.peer.suspended_at}
    return tuple(row for row in status.forwards if row.forward.id in ids and row.forward.peer_id not in suspended)


def connected(rows: Collection[ForwardStatus]) -> Players:
    """The most of any one forward: players of a game with several ports are on several."""
    return Players(now=max(row.players for row in rows))


def seen(card: Card, status: Status, heard: Players | None = None, audit: Sequence[AuditEntry] = ()) -> Card:
    """The card after a look; `heard` is what the game itself says, which knows its players better than we do.

    `audit`, newest first, tells when a match ended that nobody watched.
    """
    rows = still_open(status, card.ids)
    if not rows:
        return replace(card, ended_at=_end(card, status.at, audit))
    players = heard or connected(rows)
    return replace(
        card,
        address=status.public_address,
        forwards=tuple(row.forward for row in rows),
        seen_at=status.at,
        players=players,
        peak=max(card.peak, players.now),
    )


def is_unwatched(card: Card, status: Status) -> bool:
    """Whether it ended at a time that has to be looked up."""
    return not still_open(status, card.ids) and status.at - card.seen_at > WATCHED


def _end(card: Card, at: datetime, audit: Sequence[AuditEntry]) -> datetime:
    devices = {forward.peer_id for forward in card.forwards}
    for entry in audit:
        closed = entry.action in CLOSING and any(forward.id in card.ids for forward in entry.forwards)
        if closed or (entry.action == "suspend" and devices & {peer.id for peer in entry.peers}):
            return entry.at
    if card.until and card.until <= at:
        return card.until
    return at if at - card.seen_at <= WATCHED else card.seen_at


def face(card: Card, *, is_stale: bool = False) -> discord.Embed:
    """`is_stale`: nobody knows whether a match that is still on is as the card says."""
    host = texts.card_host(safe(card.forwards[0].owner_name))
    if card.ended_at:
        return _embed(
            texts.card_ended_title(_what(card)),
            COLOUR_IDLE,
            host,
            texts.card_ended(
                _length(card.ended_at - card.since),
                card.peak,
                discord.utils.format_dt(card.since, "f"),
                discord.utils.format_dt(card.ended_at, "f"),
            ),
        )
    stale = texts.card_stale(discord.utils.format_dt(card.seen_at, "R")) if is_stale else None
    return _embed(
        texts.card_title(_what(card)),
        COLOUR if card.players.now else COLOUR_READY,
        "\n".join(filter(None, (host, stale))),
        texts.card_live(
            fit([reach(card.address, forward.ports) for forward in card.forwards], MAX_FIELD_VALUE),
            card.players.now,
            card.players.slots,
            card.peak,
            discord.utils.format_dt(card.since, "R"),
            (discord.utils.format_dt(card.until, "f"), discord.utils.format_dt(card.until, "R"))
            if card.until
            else None,
        ),
    )


def _embed(
    title: str, colour: discord.Colour, description: str, fields: tuple[tuple[str, str, bool], ...]
) -> discord.Embed:
    made = discord.Embed(title=title, description=description, colour=colour)
    for name, value, inline in fields:
        made.add_field(name=name, value=value, inline=inline)
    return made


def _what(card: Card) -> str:
    label = card.forwards[0].label
    return safe(label) if label else texts.card_ports([str(forward.spec) for forward in card.forwards[:8]])


def _length(passed: timedelta) -> str:
    """To the minute, which is what a match is told in; a shorter one to the second."""
    seconds = max(1, int(passed.total_seconds()))
    return render.duration(Duration(timedelta(seconds=seconds if seconds < 60 else seconds // 60 * 60)))
