"""Posts match cards, keeps them up to date while the match lasts, and ends them with it. Words as in `card`."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Never
from weakref import WeakValueDictionary

import aiosqlite
import discord

from bot.core import notes
from bot.core.buttons import view_of
from bot.core.client import Interaction
from bot.core.context import Context
from bot.core.interaction import DISCORD_FAILURES, Explain, answer, caller_anywhere, words_of
from bot.core.live import View
from bot.core.pace import Pace, Refusal
from bot.core.posting import components_of, send_once
from bot.core.render import safe
from bot.core.roles import BOT
from bot.core.service import finish, repeat
from bot.core.words import says
from bot.matches.buttons import AnnounceAnywayButton, AnnounceButton
from bot.matches.card import (
    NOT_READY,
    Card,
    connected,
    is_unwatched,
    seen,
    still_open,
    told_before,
    way_of,
)
from bot.matches.face import face
from bot.matches.place import place_of
from bot.matches.servers import Servers
from gateway.api.contract import AuditEntry, ForwardInfo, ForwardStatus, GetAudit, GetStatus, Status
from gateway.codec import decode, to_json
from gateway.errors import GatewayError, RegionUnknown

log = logging.getLogger(__name__)

TICK_S = 5.0  # between two looks at least, because the clock tells nothing by itself
CALM_S = 0.05  # after a look, so that a flood of events is taken in a few looks
ARRIVING = timedelta(seconds=10)  # until a forward that was just announced has to be among what the gateway tells
STALE = timedelta(minutes=1)  # longer than a restart of the gateway takes
REMEMBER_S = 60  # the stored time of the last look may be this old after a restart
MAX_AUDIT = 100
UNKNOWN_MESSAGE = 10008  # https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
SCHEMA = """
CREATE TABLE IF NOT EXISTS cards (message INTEGER PRIMARY KEY, card TEXT NOT NULL, shown TEXT NOT NULL) STRICT;
"""


@dataclass(slots=True)
class _Posted:
    """A card whose message exists."""

    card: Card
    shown: str = ""
    """The face that Discord shows, as JSON."""
    pace: Pace = field(default_factory=Pace)
    busy: set[str] = field(default_factory=set)
    """The work that is under way for this card; `_start` starts none of it twice."""
    is_known: bool = False
    """The gateway has told of its forwards, which it does a moment after it opened them."""
    editing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held during an edit, so that an older face never follows a newer one."""


class NotReady(Explain):
    """Players could not join. The caller may announce the match anyway."""


class Cards:
    """The service for all cards. A look takes in what the gateway told, after each event.

    A card is dropped once Discord shows its end, or once its message or channel is gone.
    """

    def __init__(self, context: Context, servers: Servers) -> None:
        self._context, self._servers = context, servers
        self._posted: dict[int, _Posted] = {}  # by message id
        self._follower = context.live.follow()
        self._posting = WeakValueDictionary[str, asyncio.Lock]()  # by the caller's id
        servers.want(lambda view: self._open(), self._follower.wake)

    async def run(self) -> Never:
        await self._load()
        async with asyncio.TaskGroup() as tasks:
            await repeat(lambda: self._look(tasks), "keeping the match cards", otherwise_s=TICK_S)

    async def announce(
        self, interaction: Interaction, ids: Collection[int], *, ask: bool = False, anyway: bool = False
    ) -> str:
        """Post a card about these forwards where the interaction belongs (`place_of`); return the answer.

        `ask`: ask the game first. Raise `NotReady` when players could not join, except with `anyway`. Raise `Explain`
        when the forwards are closed or Discord takes no card, and GatewayError.
        """
        actor, words = await caller_anywhere(interaction), words_of(interaction)
        # The lock makes the second of two clicks wait, and find the card of the first.
        async with self._posting.setdefault(actor.id, asyncio.Lock()):
            request = GetStatus(actor=actor, everyone=actor.is_admin, forwards=tuple(ids))
            status = await self._context.gateway.call(request)
            rows = still_open(status, ids)
            if not rows:
                raise Explain(says("forward-has-ended"))
            known = self._about(ids)
            if known and await self._exists(known.card):
                return words("card-announced-already", link=self._message(known.card).jump_url)
            place = place_of(interaction, [row.forward for row in rows])
            if place.missing:
                raise Explain(place.refusal(place.missing))
            if not anyway:
                await self._check_ready(rows, status, ask=ask)
            card = _card(place.channel, rows, status)
            try:
                message = await finish(self._post(card, interaction.id))
            except (discord.Forbidden, discord.NotFound) as error:
                log.info("no card in channel %s: %r", card.channel, error)
                raise Explain(place.refusal(place.needed)) from error
            except DISCORD_FAILURES as error:
                log.warning("no card in channel %s: %r", card.channel, error)
                raise Explain(says("card-not-announced")) from error
            return words("card-announced", link=message.jump_url)

    async def announce_by_itself(self, channel: int, ids: Collection[int]) -> None:
        """Post a card without a member's command, unless there is one. Raise GatewayError and DISCORD_FAILURES."""
        status = await self._context.gateway.call(GetStatus(actor=BOT, everyone=True, forwards=tuple(ids)))
        rows = still_open(status, ids)
        if rows and not self._about(ids):
            await finish(self._post(_card(channel, rows, status), 0))

    async def announce_pressed(self, interaction: Interaction, pressed: AnnounceButton) -> None:
        words = words_of(interaction)
        try:
            await answer(interaction, await self.announce(interaction, pressed.ids, ask=True))
        except NotReady as error:
            await answer(interaction, error.say(words), view=view_of(AnnounceAnywayButton(pressed.ids).item(words)))

    async def announce_anyway(self, interaction: Interaction, pressed: AnnounceAnywayButton) -> None:
        await answer(interaction, await self.announce(interaction, pressed.ids, anyway=True))

    async def _check_ready(self, rows: Sequence[ForwardStatus], status: Status, *, ask: bool) -> None:
        """Raise `NotReady` when players could not join."""
        forwards, told = tuple(row.forward for row in rows), None
        if (whole := self._context.live.view) and (view := whole.of(forwards[0].id)):
            status = replace(status, problems=view.own.problems)  # which the gateway tells to admins only
            told = await self._servers.ask(forwards, view) if ask else None
        way = way_of(rows, status, told)
        if way in NOT_READY:
            device = safe(forwards[0].device)
            raise NotReady(lambda words: words(f"card-not-ready-{way}", device=device))

    async def _post(self, card: Card, after: int) -> discord.PartialMessage:
        words = self._context.speech.server()
        layout = face(words, card)
        message = await send_once(
            self._context,
            self._context.channel(card.channel),
            secrets.token_hex(12),
            lambda: {"view": layout},
            after=after,
        )
        card = replace(card, message=message.id)
        posted = self._posted[message.id] = _Posted(card, _json(layout))
        await self._remember(posted)
        self._follower.wake()
        self._servers.look_again()
        return self._message(card)

    def _about(self, ids: Collection[int]) -> _Posted | None:
        for posted in self._posted.values():
            if not posted.card.ended_at and any(forward.id in ids for forward in posted.card.forwards):
                return posted
        return None

    async def _look(self, tasks: asyncio.TaskGroup) -> float:
        """Update every card, in tasks of their own: no card waits until Discord or a game has answered for another.

        Then wait for what happens next.
        """
        live = self._live()
        if view := self._context.live.view:
            await self._watch(live, view)
        next_s = self._show_due(tasks)
        await asyncio.sleep(CALM_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(next_s if self._posted else None):
                await self._follower.next()
        return 0

    def _live(self) -> list[_Posted]:
        return [posted for posted in self._posted.values() if not posted.card.ended_at]

    def _open(self) -> list[ForwardInfo]:
        return [forward for posted in self._live() for forward in posted.card.forwards]

    async def _watch(self, live: Sequence[_Posted], whole: View) -> None:
        for posted in live:
            if (view := whole.of(posted.card.forwards[0].id)) is None:
                continue  # its region is away, where the match may go on
            status = replace(view.about(posted.card.ids), at=self._context.clock())
            # An event from after the card was made means that the forwards' own event has come as well.
            is_past = view.at > posted.card.seen_at or status.at - posted.card.seen_at > ARRIVING
            posted.is_known |= bool(status.forwards) or is_past or view.has_left
            if not posted.is_known:
                continue
            audit: tuple[AuditEntry, ...] = ()
            if is_unwatched(posted.card, status):
                try:
                    gateway = self._context.gateway.of(posted.card.forwards[0].id)
                    audit = (await gateway.call(GetAudit(actor=BOT, limit=MAX_AUDIT))).entries
                except RegionUnknown:
                    pass  # it has left the fleet, and its audit log with it
                except GatewayError as error:
                    log.info("the end of card %s is looked up later: %s", posted.card.message, error.code)
                    continue
            told = self._servers.told(posted.card.forwards)
            before, posted.card = posted.card, seen(posted.card, status, told, audit)
            minutes = {int(card.seen_at.timestamp() / REMEMBER_S) for card in (before, posted.card)}
            if len(minutes) > 1 or before != replace(posted.card, seen_at=before.seen_at):
                await self._remember(posted)

    def _show_due(self, tasks: asyncio.TaskGroup) -> float:
        """Show the cards whose face has changed. Return the seconds until the next one whose last edit is too recent.

        While the bot is not on the server, or the server is not available, Discord would refuse for good.
        """
        if not self._context.guild():
            return TICK_S
        now, next_s = self._context.clock(), TICK_S
        for posted in self._posted.values():
            if posted.shown == _json(self._face(posted.card)):
                continue
            left_s = posted.pace.left_s(posted.card.message, now, is_last=posted.card.ended_at is not None)
            if left_s <= 0:
                self._start(tasks, "showing", posted, self._show)
            else:
                next_s = min(next_s, left_s)
        return next_s

    def _start(
        self, tasks: asyncio.TaskGroup, what: str, posted: _Posted, work: Callable[[_Posted], Awaitable[object]]
    ) -> None:
        """Start the work for one card, unless the same work is under way for it."""

        async def guarded() -> None:
            try:
                await work(posted)
            except Exception:  # an exception would end the group and with it the work for all other cards
                log.exception("%s: card %s broke", what, posted.card.message)
            finally:
                posted.busy.discard(what)

        if what not in posted.busy:
            posted.busy.add(what)
            tasks.create_task(guarded())

    async def _exists(self, card: Card) -> bool:
        """Report whether the card's message is still there. An edit would tell, but may have to wait for a minute."""
        try:
            await self._message(card).fetch()
        except discord.NotFound:
            await self._forget(card)
            return False
        except DISCORD_FAILURES as error:
            log.info("card %s is taken to be there: %r", card.message, error)
        return True

    async def _show(self, posted: _Posted) -> None:
        """Edit the message to the card's present face."""
        async with posted.editing:
            card = posted.card
            posted.pace.begin()
            layout = self._face(card)
            try:
                # A card from before had an embed, which no layout may have beside it.
                await self._message(card).edit(content=None, embed=None, view=layout)
            except DISCORD_FAILURES as error:
                await self._refused(posted, error)
                return
            posted.shown, posted.pace.is_lost = _json(layout), False
            await (self._forget(card) if card.ended_at else self._remember(posted))

    async def _refused(self, posted: _Posted, error: Exception) -> None:
        """Keep a card for later, also where a permission is missing, or else forget it."""
        card, was_lost = posted.card, posted.pace.is_lost
        refusal = posted.pace.refused(error, is_final=self._context.is_final(error))
        if refusal is Refusal.WAITS:
            log.info("card %s has to wait: %r", card.message, error)
            return
        code = error.code if isinstance(error, discord.HTTPException) else 0
        if code != UNKNOWN_MESSAGE and not was_lost:
            log.warning("card %s in channel %s cannot be edited: %r", card.message, card.channel, error)
            self._context.note(notes.CardLost(card.forwards, card.channel))
        if refusal is Refusal.GONE or (was_lost and card.ended_at):
            await self._forget(card)

    def look_again(self) -> None:
        """Take in that the bot may have got a permission, which cards of some channels wait for."""
        for posted in self._posted.values():
            posted.pace.look_again()

    def _face(self, card: Card) -> discord.ui.LayoutView:
        view = self._context.live.view
        is_away = view is None or view.of(card.forwards[0].id) is None
        return face(
            self._context.speech.server(),
            card,
            is_stale=is_away and self._context.clock() - card.seen_at >= STALE,
        )

    def _message(self, card: Card) -> discord.PartialMessage:
        return self._context.channel(card.channel).get_partial_message(card.message)

    async def _load(self) -> None:
        try:
            rows = await self._context.memory.rows("SELECT message, card, shown FROM cards")
        except aiosqlite.Error as error:
            log.warning("earlier match cards stay as they are: %s", error)
            return
        for message, card, shown in rows:
            try:
                read = decode(Card, json.loads(card))
                self._posted.setdefault(message, _Posted(read, shown, is_known=True))
                self._servers.suppose(read.forwards, told_before(read))
            except ValueError as error:
                log.warning("card %s of another version stays as it is: %s", message, error)

    async def _remember(self, posted: _Posted) -> None:
        if posted.card.message in self._posted:  # a card forgotten in between must not come back
            row = (posted.card.message, to_json(posted.card), posted.shown)
            await self._write("INSERT OR REPLACE INTO cards VALUES (?, ?, ?)", row)

    async def _forget(self, card: Card) -> None:
        self._posted.pop(card.message, None)
        await self._write("DELETE FROM cards WHERE message = ?", (card.message,))

    async def members(self) -> Iterable[tuple[str, str]]:
        rows = await self._context.memory.rows("SELECT card FROM cards")
        forwards = [forward for (card,) in rows for forward in json.loads(card).get("forwards", ())]
        return [(forward["owner"], forward["owner_name"]) for forward in forwards]

    async def forget(self, member: str, names: Collection[str]) -> bool:
        """Report whether no card is about the member: the gateway closed the forwards, so that each ends by itself."""
        return member not in {owner for owner, _ in await self.members()}

    async def _write(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            await self._context.memory.write(statement, values)
        except aiosqlite.Error as error:
            log.warning("after a restart a match card may be out of date: %s", error)


def _card(channel: int, rows: Sequence[ForwardStatus], status: Status) -> Card:
    """Return a card that is not posted yet."""
    return Card(
        channel=channel,
        message=0,
        address=status.public_address,
        srv_port=status.srv_port,
        forwards=tuple(row.forward for row in rows),
        seen_at=status.at,
        players=connected(rows),
        peak=connected(rows).now,
    )


def _json(layout: discord.ui.LayoutView) -> str:
    return json.dumps(components_of(layout), sort_keys=True)
