"""Game nights: ports that open and close by themselves, with an event of Discord's and perhaps a match card.

One loop opens the ports and never waits for Discord. The other one shows on Discord what the first one did. The gateway
closes each port by itself, so it closes also while the bot is away.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Any, Never

import aiosqlite
import discord

from bot.core.buttons import view_of
from bot.core.context import Context
from bot.core.gateway import Gateway
from bot.core.interaction import DISCORD_FAILURES, access_of
from bot.core.live import Turn, View
from bot.core.posting import nonce_of, send_once
from bot.core.roles import BOT, Access, is_id
from bot.core.service import attend, finish
from bot.core.words import Words
from bot.matches.cards import Cards
from bot.nights.button import StopButton
from bot.nights.calendar import Calendar
from bot.nights.schedule import Night
from bot.nights.series import Ending, Series, Stage, stage, wanted
from bot.nights.shown import ended, refused
from bot.nights.store import Store
from gateway.api.contract import Actor, List, PeerInfo
from gateway.errors import GatewayError, PortTaken, RegionUnknown

log = logging.getLogger(__name__)

POLL_S = 10.0  # between two looks at the clock, at most, because it may be set
AGAIN = timedelta(minutes=1)  # from a refusal, or a failure of Discord's, to the next try
SOON = timedelta(seconds=5)  # from a failure of the gateway to the next try
MEMBER_S = 3.0  # for Discord's answer about the owner; without one the gateway alone judges
ARRIVING = timedelta(seconds=10)  # until a forward that was just opened has to be among what the gateway tells


class Nights:
    """The service of all series."""

    def __init__(self, context: Context, cards: Cards) -> None:
        self._context, self._cards = context, cards
        self._store = Store(context.memory)
        self._calendar = Calendar(context, self._store)
        self._opening, self._showing = context.live.follow(), context.live.follow()
        self._troubles: dict[int, tuple[Night, GatewayError]] = {}  # why the present night does not open, by series
        self._opened_at: dict[int, datetime] = {}
        self._not_before: dict[tuple[str, int], datetime] = {}  # the next try after a refusal, by loop and series

    async def run(self) -> Never:
        await self._store.load()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(attend(self._opening, self._open_all, "opening game nights", otherwise_s=POLL_S))
            await attend(self._showing, self._show_all, "showing game nights", otherwise_s=POLL_S)

    # -- for the commands and the button

    @property
    def zone(self) -> tzinfo:
        return self._context.section.timezone.zone

    def of(self, owner: str = "") -> dict[int, Series]:
        """Return the series of a member, or else all."""
        return self._store.of(owner)

    async def add(self, series: Series) -> int:
        """Begin a series and return its id. Raise aiosqlite.Error."""
        key = await self._store.add(series)
        self._wake()
        return key

    async def stop(self, key: int) -> None:
        """End a series. What is open stays open until its end."""
        await self._store.change(key, ending=Ending.STOPPED)
        self._wake()

    def _wake(self) -> None:
        self._opening.wake()
        self._showing.wake()

    # -- the ports

    async def _open_all(self, turn: Turn) -> float | None:
        view, now = self._context.live.view, self._context.clock()
        if view:
            for key in [*self._store.of()]:
                await self._each("open", self._open, key, view, now)
        return self._wait_s(now)

    async def _open(self, key: int, series: Series, view: View, now: datetime) -> None:
        night = series.night(now, self.zone)
        is_known = series.peer_id in view.peers
        if series.ending or (is_known and self._stage(key, series, night, view, now) is not Stage.OPENS):
            return
        peer = await self._device(series)
        if peer is None:
            await self._store.change(key, ending=Ending.DEVICE)
            self._showing.wake()
        if peer is None or not is_known:
            return
        actor = await self._actor(series)
        if actor is None:
            self._not_before["open", key] = now + AGAIN
            log.info("game night %s waits: %s has no access", key, series.owner)
            return
        try:
            ids = await self._opened(series, peer, actor, night, now)
        except GatewayError as error:
            if error.status >= 500:
                raise
            self._not_before["open", key] = now + AGAIN
            self._troubles[key] = night, error
        else:
            self._troubles.pop(key, None)
            self._opened_at[key] = now
            await self._store.change(key, opened=night.start, forwards=ids)
        self._showing.wake()

    async def _opened(
        self, series: Series, peer: PeerInfo, actor: Actor, night: Night, now: datetime
    ) -> tuple[int, ...]:
        """Open the ports and return their ids. Those that the device has already count, so nothing opens twice."""
        try:
            opened = await self._gateway(series).call(series.request(actor, peer, night.left(now)))
        except PortTaken:
            listing = await self._gateway(series).call(List(actor=BOT, everyone=True))
            own = [each for each in listing.forwards if each.peer_id == series.peer_id]
            found = [each.id for spec in series.ports for each in own if each.ports == spec.ports]
            if len(found) < len(series.ports):
                raise
            return tuple(found)
        return tuple(forward.id for forward in opened.forwards)

    async def _device(self, series: Series) -> PeerInfo | None:
        """Return the device as it is called now. The gateway is asked, because the mirror may be a moment behind."""
        try:
            listing = await self._gateway(series).call(List(actor=BOT, everyone=True))
        except RegionUnknown:  # it has left the fleet
            return None
        return next((peer for peer in listing.peers if peer.id == series.peer_id), None)

    def _gateway(self, series: Series) -> Gateway:
        return self._context.gateway.of(series.peer_id)

    async def _actor(self, series: Series) -> Actor | None:
        """Return the owner with the present access, None without any.

        When Discord does not tell, the owner counts as a member, because the gateway suspends those without access.
        """
        actor = Actor(id=series.owner, name=series.owner_name)
        if not is_id(series.owner):
            return actor
        try:
            async with asyncio.timeout(MEMBER_S):
                member = await self._context.fetch_member(int(series.owner))
                access = await access_of(self._context, member.guild, member.id, member._roles)
        except discord.NotFound:
            return None
        except (TimeoutError, *DISCORD_FAILURES) as error:
            log.info("the access of %s is not known: %r", series.owner, error)
            return actor
        return Actor(id=actor.id, name=actor.name, is_admin=access is Access.ADMIN) if access else None

    # -- what Discord shows

    async def _show_all(self, turn: Turn) -> float | None:
        view, now = self._context.live.view, self._context.clock()
        if view and self._context.guild():
            for key in [*self._store.series]:
                await self._each("show", self._show, key, view, now)
        return self._wait_s(now)

    async def _show(self, key: int, series: Series, view: View, now: datetime) -> None:
        if series.ending:
            await self._end(key, series)
            return
        night = series.night(now, self.zone)
        at = self._stage(key, series, night, view, now)
        trouble = self._troubles.get(key)
        if trouble and at is Stage.OPENS and trouble[0].start == night.start and series.told != night.start:
            await self._tell(key, series, lambda words: refused(words, series, *trouble), night.start, can_stop=True)
            await self._store.change(key, told=night.start)
        await self._calendar.show(key, series, wanted(series, night, at, self.zone), view, now)
        if at is Stage.ON and series.channel and series.announced != night.start:
            await self._store.change(key, announced=night.start)
            await self._cards.announce_by_itself(series.channel, series.forwards)

    async def _end(self, key: int, series: Series) -> None:
        await self._calendar.end(key, series)
        if series.ending is Ending.DEVICE:
            await self._tell(key, series, lambda words: ended(words, series), None)
        await self._store.remove(key)

    async def _tell(
        self, key: int, series: Series, say: Callable[[Words], str], of: datetime | None, *, can_stop: bool = False
    ) -> None:
        """Tell the owner by direct message. Raise DISCORD_FAILURES that may pass."""
        if not is_id(series.owner):
            return
        words = await self._context.speech.member(int(series.owner))
        said: dict[str, Any] = {"content": say(words)}
        if can_stop:
            said["view"] = view_of(StopButton(key).item(words))
        try:
            channel = await self._context.direct_messages(int(series.owner))
            await send_once(self._context, channel, nonce_of("night", key, of), lambda: said)
        except DISCORD_FAILURES as error:
            if not self._context.is_final(error):
                raise
            log.info("%s cannot be told about game night %s: %r", series.owner, key, error)

    # -- both

    def _stage(self, key: int, series: Series, night: Night, view: View, now: datetime) -> Stage:
        row, since = view.peers.get(series.peer_id), self._opened_at.get(key)
        is_fresh = since is not None and timedelta() <= now - since < ARRIVING
        is_open = is_fresh or not view.forwards.keys().isdisjoint(series.forwards)
        return stage(series, night, now, is_open=is_open, is_suspended=row is None or row.peer.suspended_at is not None)

    async def _each(
        self,
        loop: str,
        work: Callable[[int, Series, View, datetime], Coroutine[Any, Any, None]],
        key: int,
        view: View,
        now: datetime,
    ) -> None:
        """Do the work for one series, unless it was refused a moment ago. A failure stops no other series."""
        series, left = self._store.series.get(key), self._not_before.pop((loop, key), now) - now
        part = view.of(series.peer_id) if series else None
        if series is None or (part is None and not series.ending):
            return  # what is in a region that is away may go on there
        if timedelta() < left <= AGAIN:  # a longer time was computed before the clock was set back
            self._not_before[loop, key] = now + left
            return
        try:
            await finish(work(key, series, part or view, now))
        except (GatewayError, aiosqlite.Error, *DISCORD_FAILURES) as error:
            log.info("game night %s has to wait: %r", key, error)
            self._not_before[loop, key] = now + (SOON if isinstance(error, GatewayError) else AGAIN)

    def _wait_s(self, now: datetime) -> float | None:
        """Return the seconds until the next begin or end; None without any series."""
        moments = [moment for moment in self._moments(now) if moment > now]
        return min([POLL_S, *((moment - now).total_seconds() for moment in moments)]) if moments else None

    def _moments(self, now: datetime) -> Iterator[datetime]:
        for series in self._store.series.values():
            night = series.night(now, self.zone)
            yield from (night.start, night.end)

    # -- for Retention

    async def members(self) -> Iterable[tuple[str, str]]:
        names = [(each.owner, each.owner_name) for each in self._store.series.values()]
        return [*names, *((owner, "") for owner in await self._store.owners())]

    async def forget(self, member: str, names: Collection[str]) -> bool:
        """Report whether nothing is left: a series goes once Discord has taken back its event."""
        for key, series in [*self._store.series.items()]:
            if series.owner == member:
                await self._store.change(key, ending=series.ending or Ending.STOPPED)
                self._showing.wake()
        await self._store.remove_unread(member)
        return member not in await self._store.owners()
