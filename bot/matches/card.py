"""A match card as a value, and pure functions over it.

A match is the time that announced forwards are open; their owner is its host. A look is the gateway's state about
them: `seen` makes the card's next value of it. The face is the layout that Discord shows. A card is stale while the
gateway is away, because then its numbers are old.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.problems import stops_players
from bot.matches.told import Told
from gateway.api.contract import Action, AuditEntry, ForwardInfo, ForwardStatus, Status

WATCHED = timedelta(minutes=2)  # a match that was seen open so short ago ended now; an older end is looked up
CLOSING = (Action.UNFORWARD, Action.REVOKE, Action.FORGET, Action.EXPIRE, Action.SUSPEND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Players:
    """The number of players; `slots` is the most that the game takes, None when it did not say."""

    now: int
    slots: int | None = None


class Way(StrEnum):
    """The way from players to the host's server. A player with a connection proves that nothing is in it."""

    OPEN = "open"
    """Nothing is known to be in the way, and the server cannot be asked."""
    READY = "ready"
    """The server answers."""
    OFFLINE = "offline"
    """The device is not connected."""
    BLOCKED = "blocked"
    """A problem at the gateway keeps all players out."""
    SILENT = "silent"
    """The server was asked and does not answer."""


NOT_READY = (Way.OFFLINE, Way.BLOCKED, Way.SILENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card; stored in the bot's database as JSON, so a new field needs a default."""

    channel: int
    """The id of the channel it is posted in."""
    message: int
    """The id of the message that shows it; 0 before it is posted."""
    address: str
    """The gateway's public address, which players type."""
    srv_port: int | None = None
    """The port that players leave out, as in Status."""
    forwards: tuple[ForwardInfo, ...]
    """The announced forwards that are still open; after the end, those that were open last."""
    seen_at: datetime
    """The gateway's time at the last look that found a forward open."""
    players: Players
    """The players at the last look."""
    peak: int = 0
    """The most players at any look."""
    version: str = ""
    """The version of the game's server, which players need as well; empty when it is not known."""
    way: Way = Way.OPEN
    """What stood between players and the server at the last look."""
    offline_since: datetime | None = None
    """Since when the device is not connected; None when it is, and when it never was."""
    ended_at: datetime | None = None
    """The end of the match; None while it goes on."""

    @property
    def ids(self) -> range:
        return ids_of(self.forwards)

    @property
    def since(self) -> datetime:
        return min(forward.created_at for forward in self.forwards)

    @property
    def until(self) -> datetime | None:
        """Return the earliest end of its forwards; forwards opened or extended together have the same."""
        return min((forward.expires_at for forward in self.forwards if forward.expires_at), default=None)


def ids_of(forwards: Sequence[ForwardInfo]) -> range:
    """Return the ids of forwards that one command opened: the gateway gives them consecutive ids."""
    ids = [forward.id for forward in forwards]
    return range(min(ids), max(ids) + 1)


def still_open(status: Status, ids: Collection[int]) -> tuple[ForwardStatus, ...]:
    """Return the forwards with these ids that players can reach; those of a suspended device are closed, but kept."""
    suspended = {row.peer.id for row in status.peers if row.peer.suspended_at}
    return tuple(row for row in status.forwards if row.forward.id in ids and row.forward.peer_id not in suspended)


def connected(rows: Collection[ForwardStatus]) -> Players:
    """Return the most players of any one forward; one player may be connected to several ports of a game."""
    return Players(now=max(row.players for row in rows))


def seen(card: Card, status: Status, told: Told | None = None, audit: Sequence[AuditEntry] = ()) -> Card:
    """Return the card after a look.

    `told`: what the game server said, None where it was not asked; it knows its players better than the gateway does.
    `audit`: entries, newest first, needed if `is_unwatched`: they hold the time of the end.
    """
    rows = still_open(status, card.ids)
    if not rows:
        return replace(card, ended_at=_end(card, status.at, audit))
    players = connected(rows) if told is None or told.players is None else Players(now=told.players, slots=told.slots)
    device = next(row for row in status.peers if row.peer.id == rows[0].forward.peer_id)
    return replace(
        card,
        address=status.public_address,
        srv_port=status.srv_port,
        forwards=tuple(row.forward for row in rows),
        seen_at=status.at,
        players=players,
        peak=max(card.peak, players.now),
        version=(told and told.version) or card.version,
        way=way_of(rows, status, told),
        offline_since=None if device.connected else device.since,
    )


def way_of(rows: Sequence[ForwardStatus], status: Status, told: Told | None = None) -> Way:
    """Return what stands between players and the server of these forwards of one device."""
    device = next(row for row in status.peers if row.peer.id == rows[0].forward.peer_id)
    if not device.connected:
        return Way.OFFLINE
    if told and told.answers:
        return Way.READY
    if any(row.connections for row in rows):
        return Way.OPEN
    if any(map(stops_players, status.problems)):
        return Way.BLOCKED
    return Way.SILENT if told else Way.OPEN


def told_before(card: Card) -> Told | None:
    """Return what the game server had said at the card's last look."""
    if card.way not in (Way.READY, Way.SILENT):
        return None
    players, slots = card.players.now, card.players.slots
    return Told(
        answers=card.way is Way.READY,
        players=None if slots is None else players,
        slots=slots,
        version=card.version,
    )


def is_unwatched(card: Card, status: Status) -> bool:
    """Report whether the match ended while the bot did not look, so that the audit log has to tell when."""
    return not still_open(status, card.ids) and status.at - card.seen_at > WATCHED


def _end(card: Card, at: datetime, audit: Sequence[AuditEntry]) -> datetime:
    devices = {forward.peer_id for forward in card.forwards}
    for entry in audit:
        closed = entry.action in CLOSING and any(forward.id in card.ids for forward in entry.forwards)
        # An entry of an old version lacks the forwards, and a card that an old version stored the device's id.
        if closed or (entry.action == Action.SUSPEND and devices & {peer.id for peer in entry.peers}):
            return entry.at
    if card.until and card.until <= at:
        return card.until
    return at if at - card.seen_at <= WATCHED else card.seen_at
