"""The players at forwards, by the flows that conntrack tells of. Pure: each method is told the time.

A *connection* is a flow from outside that is open: TCP in the state ESTABLISHED, or UDP with packets both ways. It is a
player's when it is none of these:

- **A query over TCP.** A server list connects, asks and closes. Minecraft's needs two more round trips: its status, and
  the ping for the delay that it shows. So a connection is a player once it has been open for three times what its
  handshake took, and for 0.15 s.
- **A query over UDP.** A question and an answer of Steam's, Quake's or Factorio's list are over in two round trips. The
  kernel calls a flow assured that still has packets two seconds after its first one; games send many a second. So a
  flow is a player once it is assured: 2 s after its first packet.
- **A scanner that asks again and again from one port.** It becomes assured by its second question, after a pause. No
  game pauses while it connects. A flow that was assured late has to have packets at two looks in a row.

A player over UDP has left after 20 s of silence, because no game is silent for so long: voice programs send a ping
every five seconds. Conntrack would keep the flow for 120 s. Over TCP a player has left when either side closes.

Players of one address are told apart by their ports: the same public port of the same protocol twice is two players. A
flow to another port, or of the other protocol, is the same player's: a game and its query port, TCP and UDP of one
game. So a page whose browser opens six connections counts as six. When one of two players leaves, what is left of them
is put together again.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from socket import IPPROTO_TCP

from gateway.api.events import EventKind, Player
from gateway.model import Protocol
from gateway.nftables.flow import Address, Flow
from gateway.nftables.forwarded import Gone, Seen

TCP_S, ROUND_TRIPS = 0.15, 3
QUERY_S = 4.0  # a flow of UDP that is assured later than this had a pause
IDLE_S = 20.0  # of silence, after which a player over UDP has left
LOOK_S = 4.0  # between two looks
ABANDONED_S = 150.0  # an unanswered flow is forgotten by then, also by conntrack
UNASSURED_S = 2.0  # for so long after its beginning, packets of a flow of UDP cause no notice
_MOST_AT_ONCE = 200  # flows in one step
_ESTABLISHED = 3  # nf_conntrack_tcp.h


End = tuple[int, Address, int, int]
"""What tells a flow to a forward from the others: its protocol, the source's address and port, and the public port."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, by both clocks."""

    uptime: float  # in seconds; nothing sets this clock
    at: datetime


@dataclass(frozen=True, slots=True)
class Happened:
    """FIRST_PLAYER, which a PLAYER_JOINED follows, PLAYER_LEFT, or COUNTED, which names no player."""

    kind: EventKind
    forward: int  # its id
    player: Player | None = None


@dataclass(frozen=True, slots=True)
class Count:
    connections: int = 0
    players: int = 0


@dataclass(slots=True, eq=False)
class _Party:
    """A player with the flows that are open, by protocol and public port."""

    shown: Player
    open: dict[tuple[int, int], _Flow] = field(default_factory=dict)
    rx_bytes: int = 0  # of flows that ended
    tx_bytes: int = 0
    is_counted: bool = True


@dataclass(slots=True, eq=False)
class _Flow:
    seen: Seen
    first: Moment  # when it was first seen
    began: Moment | None  # the same, but None for one that a look found
    heard: float = 0.0  # the uptime of the last notice or look
    opened: Moment | None = None
    is_told: bool = True  # notices tell of it; a look found another one
    is_steady: bool = False  # of UDP: it had no pause
    active: int = 0  # looks in a row that found it so
    idle_s: float = 0.0
    is_open: bool = False
    party: _Party | None = None


@dataclass(slots=True)
class _Room:
    """What goes on at a forward."""

    forward: int  # its id
    flows: dict[int, _Flow] = field(default_factory=dict)  # by id
    parties: dict[Address, list[_Party]] = field(default_factory=dict)
    count: Count = Count()
    told: Count = Count()


class Players:
    """Everything that goes on at forwards. `take` returns what has changed since the last call."""

    def __init__(self) -> None:
        self.had_player = set[int]()
        """Ids of forwards that had one."""
        self.tells_of_old_flows = True
        """Notices tell of flows as well that are older than the gateway."""
        self.unheard = set[int]()
        """Ids of flows whose end no notice tells in time, so that looks have to find it."""
        self._rooms: dict[int, _Room] = {}  # by slot
        self._flows: dict[int, _Flow] = {}  # by id
        self._due: dict[int, float] = {}  # the uptime at which a flow is judged again, by id
        self._next: list[tuple[float, int]] = []  # a heap of the same, with some that are judged already
        self._touched: set[int] | None = None  # flows that notices told of during a look
        self._happened: list[Happened] = []
        self._is_quiet = False  # players were there before
        self._changed: dict[int, None] = {}  # slots whose counts may be others

    # -- what goes in

    def keep(self, forwards: Mapping[int, int]) -> None:
        """Take the ids of all open forwards, by slot. Flows of others are forgotten without a word."""
        for slot in [slot for slot, room in self._rooms.items() if forwards.get(slot) != room.forward]:
            for key in self._rooms.pop(slot).flows:
                del self._flows[key]
                self._due.pop(key, None)
                self.unheard.discard(key)
            self._changed.pop(slot, None)
        for slot in forwards.keys() - self._rooms.keys():
            self._rooms[slot] = _Room(forwards[slot])

    def notice(self, notice: Seen | Gone, now: Moment) -> None:
        """Take a notice of conntrack."""
        if self._touched is not None:
            self._touched.add(notice.id)
        if isinstance(notice, Gone):
            self._end(notice, now)
            return
        flow = self._flows.get(notice.id)
        if flow is None:
            if notice.slot not in self._rooms:
                return
            flow = self._add(_Flow(notice, now, now))
        else:
            was_assured = flow.seen.is_assured
            flow.seen, flow.is_told = _joined(flow.seen, notice), True
            if flow.seen.is_assured and not was_assured and flow.began:
                flow.is_steady = now.uptime - flow.began.uptime < QUERY_S
        flow.idle_s, flow.heard = 0.0, now.uptime
        self._judge(flow, now)

    def begin_look(self) -> None:
        """Expect the result of a look. What notices tell from now on is newer."""
        self._touched = set()

    def looked_at(self, seen: Seen, idle_s: float, now: Moment, *, is_first: bool) -> None:
        """Take a flow that a look found. `is_first`: the look is the first one, so its flows are players already."""
        if self._touched is None or seen.id in self._touched or seen.slot not in self._rooms:
            return
        flow = self._flows.get(seen.id)
        if flow is None:
            flow = self._add(_Flow(seen, now, None, is_told=False))
            if is_first:
                flow.is_steady, flow.opened = True, Moment(now.uptime - TCP_S, seen.since or now.at)
        else:
            flow.seen = _joined(flow.seen, seen)
        flow.idle_s, flow.heard = idle_s, now.uptime
        flow.active = flow.active + 1 if idle_s < LOOK_S else 0
        flow.is_steady = flow.is_steady or (seen.is_assured and flow.active > 1)
        self._is_quiet = is_first
        self._judge(flow, now)
        self._is_quiet = False

    def not_found(self, key: int, now: Moment) -> None:
        """Take the id of a flow that a look did not find. It looks for answered flows only."""
        if self._touched is None or key in self._touched or (flow := self._flows.get(key)) is None:
            return
        is_old = flow.began is None or now.uptime - flow.began.uptime > ABANDONED_S
        if flow.seen.is_answered or is_old:
            self._end(Gone(key), now)

    def end_look(self) -> None:
        self._touched = None

    def pass_time(self, now: Moment) -> None:
        """Judge some of the flows again that are due."""
        for _ in range(_MOST_AT_ONCE):
            if (due := self.due) is None or due > now.uptime:
                return
            _, key = heapq.heappop(self._next)
            self._judge(self._flows[key], now)

    # -- what comes out

    @property
    def due(self) -> float | None:
        """Return the uptime at which time alone changes something."""
        while self._next and self._due.get(self._next[0][1]) != self._next[0][0]:
            heapq.heappop(self._next)
        return self._next[0][0] if self._next else None

    @property
    def ids(self) -> list[int]:
        return list(self._flows)

    def count(self, slot: int) -> Count:
        room = self._rooms.get(slot)
        return room.count if room else Count()

    def players(self, slot: int) -> Iterator[Player]:
        if room := self._rooms.get(slot):
            yield from (party.shown for parties in room.parties.values() for party in parties)

    def since(self, slot: int, now: Moment) -> dict[End, datetime]:
        """Return when each flow to the forward began, or was first seen where that is not known."""
        flows = self._rooms[slot].flows.values() if slot in self._rooms else ()
        return {
            (flow.seen.protocol, flow.seen.source, flow.seen.source_port, flow.seen.port): flow.seen.since
            or now.at - timedelta(seconds=now.uptime - flow.first.uptime)
            for flow in flows
        }

    def take(self) -> list[Happened]:
        happened, self._happened = self._happened, []
        for slot in self._changed:
            room = self._rooms[slot]
            if room.count != room.told:
                room.told = room.count
                happened.append(Happened(EventKind.COUNTED, room.forward))
        self._changed.clear()
        return happened

    # -- decisions

    def _add(self, flow: _Flow) -> _Flow:
        self._flows[flow.seen.id] = self._rooms[flow.seen.slot].flows[flow.seen.id] = flow
        return flow

    def _end(self, gone: Gone, now: Moment) -> None:
        flow = self._flows.get(gone.id)
        if flow is None:
            return
        if gone.rx_bytes is not None:
            flow.seen = replace(flow.seen, rx_bytes=gone.rx_bytes, tx_bytes=gone.tx_bytes)
        self._close(flow, now)
        del self._flows[gone.id], self._rooms[flow.seen.slot].flows[gone.id]
        self._due.pop(gone.id, None)
        self.unheard.discard(gone.id)

    def _judge(self, flow: _Flow, now: Moment) -> None:
        key = flow.seen.id
        self._due.pop(key, None)
        is_playing, again_at = self._over_tcp(flow, now) if flow.seen.protocol == IPPROTO_TCP else _over_udp(flow, now)
        if again_at is not None:
            self._due[key] = again_at
            heapq.heappush(self._next, (again_at, key))
        if self._is_unheard(flow):
            self.unheard.add(key)
        else:
            self.unheard.discard(key)
        if not _is_open(flow, now):
            self._close(flow, now)
            return
        if not flow.is_open:
            flow.is_open = True
            self._add_to(flow.seen.slot, connections=1)
        if is_playing and flow.party is None:
            self._join(flow, now)

    def _is_unheard(self, flow: _Flow) -> bool:
        """Report whether looks have to find the end. A flow of UDP that is silent may go on without a notice."""
        if flow.seen.protocol != IPPROTO_TCP:
            return flow.seen.is_assured
        return flow.seen.state == _ESTABLISHED and not (flow.is_told or self.tells_of_old_flows)

    def _over_tcp(self, flow: _Flow, now: Moment) -> tuple[bool, float | None]:
        """Return (it is a player, when to judge again)."""
        if flow.seen.state != _ESTABLISHED or flow.party:
            return False, None
        flow.opened = flow.opened or now
        handshake = flow.opened.uptime - flow.began.uptime if flow.began else 0.0
        at = flow.opened.uptime + max(TCP_S, ROUND_TRIPS * handshake)
        return (True, None) if now.uptime >= at else (False, at)

    def _close(self, flow: _Flow, now: Moment) -> None:
        if flow.is_open:
            flow.is_open = False
            self._add_to(flow.seen.slot, connections=-1)
        if flow.party:
            self._leave(flow, flow.party, now)

    def _join(self, flow: _Flow, now: Moment) -> None:
        room, seen = self._rooms[flow.seen.slot], flow.seen
        key = seen.protocol, seen.port
        parties = room.parties.setdefault(seen.source, [])
        flow.party = next((party for party in parties if key not in party.open), None)
        if flow.party:
            flow.party.open[key] = flow
            return
        began = flow.began or flow.opened or now
        shown = Player(
            protocol=Protocol.TCP if seen.protocol == IPPROTO_TCP else Protocol.UDP,
            address=seen.source,
            port=seen.source_port,
            since=seen.since or began.at,
        )
        flow.party = _Party(shown, {key: flow}, is_counted=seen.rx_bytes is not None)
        parties.append(flow.party)
        self._add_to(seen.slot, players=1)
        is_first = room.forward not in self.had_player
        self.had_player.add(room.forward)
        if self._is_quiet:
            return
        if is_first:
            self._happened.append(Happened(EventKind.FIRST_PLAYER, room.forward, shown))
        self._happened.append(Happened(EventKind.PLAYER_JOINED, room.forward, shown))

    def _leave(self, flow: _Flow, party: _Party, now: Moment) -> None:
        seen = flow.seen
        room, flow.party = self._rooms[seen.slot], None
        del party.open[seen.protocol, seen.port]
        if seen.rx_bytes is not None and seen.tx_bytes is not None:
            party.rx_bytes += seen.rx_bytes
            party.tx_bytes += seen.tx_bytes
            party.is_counted = True
        parties = room.parties[seen.source]
        if party.open:
            other = next((each for each in parties if each is not party and not each.open.keys() & party.open), None)
            if other is None:
                return
            for left in party.open.values():
                left.party = other
            other.open |= party.open
        parties.remove(party)
        if not parties:
            del room.parties[seen.source]
        self._add_to(seen.slot, players=-1)
        rx_bytes, tx_bytes = (party.rx_bytes, party.tx_bytes) if party.is_counted else (None, None)
        shown = replace(party.shown, until=now.at, rx_bytes=rx_bytes, tx_bytes=tx_bytes)
        self._happened.append(Happened(EventKind.PLAYER_LEFT, room.forward, shown))

    def _add_to(self, slot: int, *, connections: int = 0, players: int = 0) -> None:
        room = self._rooms[slot]
        room.count = Count(room.count.connections + connections, room.count.players + players)
        self._changed[slot] = None


def count_of(flows: Iterable[Flow]) -> Count:
    """Count by one look, at which nothing is known of how long the flows have been open."""
    theirs = [flow for flow in flows if not flow.is_begun_inside]
    at_ports = Counter((flow.source, flow.protocol, flow.port) for flow in theirs)
    by_source: dict[Address, int] = {}
    for (source, _, _), number in at_ports.items():
        by_source[source] = max(number, by_source.get(source, 0))
    return Count(len(theirs), sum(by_source.values()))


def _joined(before: Seen, now: Seen) -> Seen:
    """Return what is known of a flow. A notice tells a state of TCP and bytes only where they are of interest."""
    state = before.state if now.state is None else now.state
    counts = now if now.rx_bytes is not None else before
    return replace(
        now,
        state=state,
        is_answered=now.is_answered or before.is_answered,
        is_assured=now.is_assured or before.is_assured,
        since=now.since or before.since,
        rx_bytes=counts.rx_bytes,
        tx_bytes=counts.tx_bytes,
    )


def _is_open(flow: _Flow, now: Moment) -> bool:
    seen = flow.seen
    if seen.protocol == IPPROTO_TCP:
        return seen.state == _ESTABLISHED
    return seen.is_answered and flow.idle_s < IDLE_S and (seen.is_assured or now.uptime < _forgotten_at(flow))


def _over_udp(flow: _Flow, now: Moment) -> tuple[bool, float | None]:
    """Return (it is a player, when to judge again). Conntrack is late in telling that it has forgotten a flow."""
    if flow.seen.is_assured or not flow.seen.is_answered or now.uptime >= _forgotten_at(flow):
        return flow.seen.is_assured and flow.is_steady, None
    return False, _forgotten_at(flow)


def _forgotten_at(flow: _Flow) -> float:
    return flow.heard + flow.seen.left_s + UNASSURED_S
