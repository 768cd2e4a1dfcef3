"""Tells each owner once what a change of the gateway's address means for the own devices, by a direct message."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Never

import aiosqlite

from bot.core import notes
from bot.core.context import Context
from bot.core.interaction import DISCORD_FAILURES
from bot.core.live import Turn
from bot.core.posting import nonce_of, send_once
from bot.core.render import code, fit, safe
from bot.core.roles import BOT, is_id
from bot.core.service import attend, finish
from bot.core.words import Words
from gateway.api.contract import BACK_BY_ITSELF, Action, GetMoved, Moved, PeerInfo
from gateway.api.events import Event, EventKind

log = logging.getLogger(__name__)

POLL_S = 20.0  # between looks at the clock, and until what Discord did not take is tried again
_MOST = 1900  # characters of a message
SCHEMA = """
CREATE TABLE moved (peer INTEGER NOT NULL, place TEXT NOT NULL, PRIMARY KEY (peer, place)) STRICT, WITHOUT ROWID;
"""

Told = tuple[int, str]
"""A device's id, and the place of the gateway that its owner was told of. Another place is worth another message."""


class Moves:
    """The service that tells of moves."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._told: set[Told] | None = None
        self._due: datetime | None = None  # when the gateway is asked without an event

    async def run(self) -> Never:
        follower = self._context.live.follow()
        await attend(follower, self._look, "telling of the gateway's new address", otherwise_s=POLL_S)

    async def _look(self, turn: Turn) -> float | None:
        """Ask the gateway when an event may have changed the answer, and once devices had the time to come back."""
        now = self._context.clock()
        view = self._context.live.view
        if view is None:
            return None
        # A time that is too far away was computed before the clock was set back.
        is_due = self._due is not None and not now < self._due <= now + BACK_BY_ITSELF
        if not (turn.is_anew or is_due or any(map(_is_about_moves, turn.events))):
            return POLL_S if self._due else None
        if self._told is None:
            rows = await self._context.memory.rows("SELECT peer, place FROM moved")
            self._told = {(peer, place) for peer, place in rows}
        gateways = [self._context.gateway.at(part.region) for part in view.each]
        due = [await self._look_at(await gateway.call(GetMoved(actor=BOT)), self._told, now) for gateway in gateways]
        self._due = min(filter(None, due), default=None)
        return POLL_S if self._due else None

    async def _look_at(self, moved: Moved, told: Collection[Told], now: datetime) -> datetime | None:
        """Tell of what one gateway answered. Return when it is to be asked again, None for not without an event."""
        found = (True, _lost(moved), moved.lost), (False, _waiting(moved), moved.waiting)
        for is_lost, place, concerned in found:
            untold = (peer for peer in concerned if (peer.id, place) not in told)
            for _, peers in groupby(sorted(untold, key=attrgetter("owner")), key=attrgetter("owner")):
                await finish(self._tell(tuple(peers), moved, place, is_lost=is_lost))
        is_told = all((peer.id, place) in (self._told or ()) for _, place, concerned in found for peer in concerned)
        back_at = moved.since + BACK_BY_ITSELF if moved.since else now
        again_at = None if is_told else now + timedelta(seconds=POLL_S)
        return back_at if back_at > now else again_at

    async def _tell(self, peers: tuple[PeerInfo, ...], moved: Moved, place: str, *, is_lost: bool) -> None:
        owner = peers[0].owner
        if is_id(owner):  # no direct message reaches another
            try:
                channel = await self._context.direct_messages(int(owner))
                said = text(await self._context.speech.member(int(owner)), peers, moved, is_lost=is_lost)
                nonce = nonce_of("moved", place, *(peer.id for peer in peers))
                await send_once(self._context, channel, nonce, lambda: {"content": said})
            except DISCORD_FAILURES as error:
                log.info("%s is not told of the gateway's new address: %r", owner, error)
                if not self._context.is_final(error):
                    return  # the next look tries again
                self._context.note(notes.NotToldOfMove(peers))
        await self._remember({(peer.id, place) for peer in peers})

    async def _remember(self, told: Iterable[Told]) -> None:
        self._told = {*(self._told or ()), *told}
        try:
            for one in told:
                await self._context.memory.write("INSERT OR IGNORE INTO moved VALUES (?, ?)", one)
        except aiosqlite.Error as error:
            log.warning("after a restart an owner may be told of the new address twice: %s", error)


def _is_about_moves(event: Event) -> bool:
    """Report whether devices may be concerned that were not before. One that is restored was left out before."""
    is_move = event.entry is not None and event.entry.action == Action.FOLLOW
    return is_move or event.kind == EventKind.PEER_RESTORED


def _lost(moved: Moved) -> str:
    return moved.address


def _waiting(moved: Moved) -> str:
    return f"{moved.address} {moved.since.isoformat() if moved.since else ''}"


def text(words: Words, peers: tuple[PeerInfo, ...], moved: Moved, *, is_lost: bool) -> str:
    """Say what to do with these devices of one owner. `is_lost`: they need a new config."""
    count = len(peers)
    said = (
        words("moved-lost", address=code(moved.address), count=count)
        if is_lost
        else words("moved-waiting", count=count)
    )
    return fit(words, [said, *(f"- **{safe(peer.device)}**" for peer in peers)], _MOST)
