"""The gateway as it is now: a mirror that the gateway's event stream keeps current, and the events for the services.

A service follows the stream by a follower of its own. It reads the mirror, acts, and waits for the next turn, so
nothing asks the gateway at intervals.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Never
from weakref import WeakSet

from bot.core.gateway import Gateway
from bot.core.roles import BOT
from gateway.api.contract import Away, ForwardStatus, PeerStatus, PolicyInfo, Status
from gateway.api.events import ALIVE_S, Event, EventKind, News, Snapshot, Watch
from gateway.backoff import delays
from gateway.errors import GatewayError, GatewayTimeout, GatewayUnreachable, RegionDiffers

log = logging.getLogger(__name__)

AGAIN_S, SELDOM_S = 0.2, 5.0  # from an end of the stream to the next try, and at most later
SILENT_S = 3 * ALIVE_S  # without a line the gateway counts as away
MOST_WAITING = 5000  # events for one follower; one with more is told to look at everything
_GONE = {EventKind.PEER_REVOKED, EventKind.FORWARD_CLOSED, EventKind.FORWARD_EXPIRED}


@dataclass(slots=True)
class View:
    """The gateway's state. It changes under the reader's hands at each await."""

    own: Status
    """What concerns no device and no forward. Its peers and forwards are empty."""
    peers: Mapping[int, PeerStatus]
    forwards: Mapping[int, ForwardStatus]
    guests: frozenset[str]
    policy: PolicyInfo
    newest_entry: int
    """The id of the newest audit entry."""
    at: datetime
    """The gateway's time at the last event."""
    region: str = ""
    """The region's name, in a fleet."""
    has_left: bool = False
    """It is the view of a region that has left the fleet, of which nothing is told any more."""

    @classmethod
    def made_of(cls, snapshot: Snapshot, region: str = "") -> View:
        status = snapshot.status
        return cls(
            own=replace(status, peers=(), forwards=()),
            peers={row.peer.id: row for row in status.peers},
            forwards={row.forward.id: row for row in status.forwards},
            guests=frozenset(snapshot.guests),
            policy=snapshot.policy,
            newest_entry=snapshot.newest_entry,
            at=status.at,
            region=region,
        )

    @property
    def each(self) -> Sequence[View]:
        """Return the view of each region that is there."""
        return (self,)

    def of(self, ident: int) -> View | None:
        """Return the view of the region that the id of a peer or forward leads to; None while that region is away.

        Only then it is not known whether the peer or forward is still there.
        """
        return self

    def take(self, event: Event) -> None:
        self.at = event.at
        if event.peer:
            _put(self.peers, event.peer.peer.id, event.peer, event.kind)
        if event.forward:
            _put(self.forwards, event.forward.forward.id, event.forward, event.kind)
        if event.entry:
            self.newest_entry = max(self.newest_entry, event.entry.id)
        if event.gateway:
            self.own = replace(event.gateway, peers=(), forwards=())
        if event.guests is not None:
            self.guests = frozenset(event.guests)
        if event.problem:
            others = [problem for problem in self.own.problems if problem.code != event.problem.code]
            raised = [event.problem] if event.kind == EventKind.PROBLEM_RAISED else []
            self.own = replace(self.own, problems=(*others, *raised))

    def status(self) -> Status:
        """Return the same as one value, as an admin's `GetStatus` answers."""
        return replace(self.own, at=self.at, peers=tuple(self.peers.values()), forwards=tuple(self.forwards.values()))

    def about(self, forwards: Iterable[int]) -> Status:
        """Return the forwards with these ids and the devices they lead to, as `GetStatus` answers about them."""
        rows = [self.forwards[key] for key in forwards if key in self.forwards]
        peers = {row.forward.peer_id: self.peers[row.forward.peer_id] for row in rows}
        return replace(self.own, at=self.at, peers=tuple(peers.values()), forwards=tuple(rows))


def _put(into: Mapping[int, PeerStatus] | Mapping[int, ForwardStatus], key: int, row: object, kind: str) -> None:
    table: dict[int, object] = into  # type: ignore[assignment]  # `made_of` made it, and the row is of its type
    if kind in _GONE:
        table.pop(key, None)
    else:
        table[key] = row


@dataclass(frozen=True, slots=True)
class Turn:
    """What happened since a follower's last turn. `is_anew`: anything may be different, so look at everything."""

    events: tuple[Event, ...]
    is_anew: bool = False


class Follower:
    """The events that wait for one service. It never holds up the others."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._is_anew = True
        self._filled = asyncio.Event()
        self._filled.set()

    async def next(self, within_s: float | None = None) -> Turn:
        """Return what happened, once something did; nothing after `within_s`. The first turn is anew."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._filled.wait()
        self._filled.clear()
        turn = Turn(tuple(self._events), self._is_anew)
        self._events, self._is_anew = [], False
        return turn

    def wake(self) -> None:
        """Make the next turn one that is anew, because the service itself has learned something."""
        self.put((), is_anew=True)

    def put(self, events: tuple[Event, ...], *, is_anew: bool = False) -> None:
        self._is_anew |= is_anew or len(self._events) + len(events) > MOST_WAITING
        if self._is_anew:
            self._events = []
        self._events.extend(events)
        self._filled.set()


class Mirror:
    """What is known of one gateway or of several, and what happens there."""

    def __init__(self) -> None:
        self._followers = WeakSet[Follower]()

    @property
    def view(self) -> View | None:
        """Return what is so; None while no gateway is there, because then nothing is sure."""
        raise NotImplementedError

    async def there(self) -> View:
        """Return what is so, once a gateway is there."""
        raise NotImplementedError

    @property
    def away(self) -> Sequence[Away]:
        """Return the gateways that do not answer. One that was not tried yet is not among them."""
        raise NotImplementedError

    @property
    def away_since(self) -> datetime | None:
        """Return since when no gateway answers; None while one does, and before the first try."""
        raise NotImplementedError

    @property
    def reason(self) -> str:
        """Return why a gateway does not answer, or did not at last: the code of an error."""
        raise NotImplementedError

    def follow(self) -> Follower:
        """Return a follower, for as long as it is kept. It has a turn as well when a gateway goes away."""
        return self.hand_to(Follower())

    def hand_to(self, follower: Follower) -> Follower:
        """Hand everything to this follower, for as long as it is kept."""
        self._followers.add(follower)
        return follower

    def _tell(self, events: tuple[Event, ...], *, is_anew: bool) -> None:
        for follower in self._followers:
            follower.put(events, is_anew=is_anew)


class Live(Mirror):
    """The service that watches one gateway. `region`: its name, in a fleet."""

    def __init__(self, gateway: Gateway, clock: Callable[[], datetime], region: str = "") -> None:
        super().__init__()
        self._gateway, self._clock, self._region = gateway, clock, region
        self._where = f" ({region})" if region else ""
        self._view: View | None = None
        self._is_there, self._is_heard = asyncio.Event(), asyncio.Event()
        self._pauses = delays(AGAIN_S, SELDOM_S)
        self._away_since: datetime | None = None
        self._error: GatewayError = GatewayUnreachable()

    @property
    def view(self) -> View | None:
        return self._view if self._is_there.is_set() else None

    @property
    def last(self) -> View | None:
        """Return the gateway as it is, or as it was before it went away; None when it never was there."""
        return self._view

    async def there(self) -> View:
        await self._is_there.wait()
        assert self._view
        return self._view

    @property
    def away(self) -> Sequence[Away]:
        if not self._away_since:
            return ()
        older = self._error.details.get("older", "") if isinstance(self._error, RegionDiffers) else ""
        return (Away(region=self._region, since=self._away_since, older=older),)

    @property
    def away_since(self) -> datetime | None:
        return self._away_since

    @property
    def reason(self) -> str:
        return self._error.code

    async def run(self) -> Never:
        try:
            while True:
                self._is_heard.clear()
                try:
                    await self._watch()
                except GatewayError as error:
                    self._leave(error)
                with suppress(TimeoutError):
                    async with asyncio.timeout(next(self._pauses)):
                        await self._is_heard.wait()
        finally:
            self._is_there.clear()

    def hear(self) -> None:
        """Try at once a gateway that is away, because something tells that it serves."""
        if self._away_since:
            self._is_heard.set()

    async def _watch(self) -> Never:
        """Take the lines until the stream ends. Raise GatewayError."""
        async with self._gateway.watch(Watch(actor=BOT)) as lines:
            self._begin(await _line(lines))
            while True:
                self._take(await _line(lines))

    def _begin(self, news: News) -> None:
        if news.snapshot is None:
            raise GatewayUnreachable  # another program answers there
        self._take(news)
        if self._away_since:
            log.info("the gateway%s is back", self._where)
        self._pauses = delays(AGAIN_S, SELDOM_S)
        self._away_since = None
        self._is_there.set()

    def _take(self, news: News) -> None:
        if news.snapshot:
            self._view = View.made_of(news.snapshot, self._region)
        assert self._view
        for event in news.events:
            self._view.take(event)
        if news.snapshot or news.events:
            self._tell(news.events, is_anew=news.snapshot is not None)

    def _leave(self, error: GatewayError) -> None:
        self._error = error
        if self._away_since is None:
            why = str(error.__cause__ or "")
            log.info("the gateway%s is away: %s", self._where, f"{error.code}: {why}" if why else error.code)
            self._away_since = self._clock()
            self._is_there.clear()
            self._tell((), is_anew=True)


async def _line(lines: AsyncIterator[News]) -> News:
    """Return the next line. Raise GatewayUnreachable at the end, and GatewayTimeout when none comes."""
    try:
        async with asyncio.timeout(SILENT_S):
            news = await anext(lines, None)
    except TimeoutError as error:
        raise GatewayTimeout from error
    if news is None:
        raise GatewayUnreachable
    return news
