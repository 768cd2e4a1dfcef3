"""What watchers are told, and what of the kernel's numbers they were told last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf

from gateway.api.contract import AuditEntry, ForwardInfo, ForwardStatus, Status
from gateway.api.events import Event, EventKind, Traffic
from gateway.model import Change, Desired, Forward, Key, Peer
from gateway.problem import Problem
from gateway.state import happenings
from gateway.state.players import Count, Happened
from gateway.state.presence import Presence
from gateway.state.watchers import Watchers
from gateway.wireguard.device import DeviceState

FRESH_S = 1.0  # since a look at all devices, at most, or a status of a few needs another one
TRAFFIC_S = 10.0  # between two figures of the traffic, at least
NOTABLE, NOTABLE_BYTES = 0.2, 1000.0  # of the figure before, and at least so many a second


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers of a forward."""

    connections: int = 0
    players: int = 0
    rx_bytes: int = 0
    tx_bytes: int = 0
    refused: int = 0


class Live:
    """The gateway as it was last seen. The reconciler, the store and the problems tell it what changes.

    `describe` returns the answer to GetStatus without devices and forwards. `on_change` is called after each change.
    """

    def __init__(self, now: Callable[[], datetime], uptime: Callable[[], float]) -> None:
        self._now = now
        self._uptime = uptime
        self._counts: dict[int, Counts] = {}  # by the forward's id
        self._traffic = Traffic(rx=0.0, tx=0.0)
        self._measured = (uptime(), 0, 0)
        self._gateway: Status | None = None  # as it was told last, without problems
        self._active = Desired(), dict[Key, Peer]()  # the devices of this state, by key
        self.describe: Callable[[], Status] | None = None
        self.on_change: Callable[[], None] = lambda: None
        self.watchers = Watchers()
        self.presence = Presence(now, uptime)
        self.newest_entry = 0  # the newest audit entry's id
        self._looked_at = -inf  # by the time since boot

    def changed(self, change: Change) -> None:
        """Tell what a change did. It is committed."""
        events = [*self._closed(change)]  # before their counts and connections are forgotten
        self.presence.keep(peer.public_key for peer in change.after.active.peers.values())
        events += [self._event(kind, peer=self.presence.status(peer)) for kind, peer in happenings.peers_of(change)]
        for kind, forward in happenings.opened(change):
            events.append(self._event(kind, forward=self.forward(forward, change.after)))
        if change.before.guests.keys() != change.after.guests.keys():
            events.append(self._event(EventKind.GUESTS_CHANGED, guests=tuple(change.after.guests)))
        self.watchers.tell(*events)
        self.described()

    def _closed(self, change: Change) -> Iterator[Event]:
        for kind, forward in happenings.closed(change, self._now()):
            yield self._event(kind, forward=self.forward(forward, change.before))
            self._counts.pop(forward.id, None)

    def seen(self, device: DeviceState, desired: Desired) -> None:
        """Take WireGuard's state, of all devices or some, such as those for which it is another than before."""
        if self._active[0] is not desired:
            self._active = desired, {peer.public_key: peer for peer in desired.active.peers.values()}
        found = self.presence.look(device, self._active[1])
        self.watchers.tell(*(self._event(kind, peer=self.presence.status(peer)) for kind, peer in found))
        self._measure()

    def looked(self) -> None:
        """Take in that WireGuard was asked about all devices. What is another than before comes by `seen`."""
        self._looked_at = self._uptime()

    @property
    def is_fresh(self) -> bool:
        """Report whether `presence` knows each device as it is now."""
        return self._uptime() - self._looked_at < FRESH_S

    def _measure(self) -> None:
        at, rx, tx = self._measured
        now = self._uptime(), self.presence.rx_bytes, self.presence.tx_bytes
        if (length := now[0] - at) < TRAFFIC_S:
            return
        self._measured = now
        traffic = Traffic(rx=(now[1] - rx) / length, tx=(now[2] - tx) / length)
        if _differs(self._traffic.rx, traffic.rx) or _differs(self._traffic.tx, traffic.tx):
            self._traffic = traffic
            self.watchers.tell(self._event(EventKind.TRAFFIC, traffic=traffic))

    def counted(self, forward: Forward, now: Counts, desired: Desired) -> None:
        """Take the numbers of a forward, and tell them when they are others than before."""
        if forward.id in desired.forwards and self._counts.get(forward.id, Counts()) != now:
            self._counts[forward.id] = now
            self.watchers.tell(self._event(EventKind.COUNTED, forward=self.forward(forward, desired)))

    def played(self, happened: Iterable[Happened], count: Callable[[Forward], Count], desired: Desired) -> None:
        """Tell players, each with its forward's counts by now. Other counts are told at the next look at them."""
        for each in happened:
            forward = desired.forwards.get(each.forward)
            if forward is None or each.kind is EventKind.COUNTED:
                continue
            now, known = count(forward), self._counts.get(forward.id, Counts())
            self._counts[forward.id] = replace(known, connections=now.connections, players=now.players)
            self.watchers.tell(self._event(each.kind, forward=self.forward(forward, desired), player=each.player))

    def forward(self, forward: Forward, desired: Desired) -> ForwardStatus:
        """Return the forward with its numbers at the last look."""
        info = ForwardInfo.of(forward, desired.peers[forward.peer_id])
        return forward_status(info, self._counts.get(forward.id, Counts()))

    def recorded(self, entry: AuditEntry) -> None:
        """Tell an audit entry. It is committed."""
        self.newest_entry = entry.id
        self.watchers.tell(self._event(EventKind.AUDITED, entry=entry))

    def raised(self, problem: Problem) -> None:
        self.watchers.tell(self._event(EventKind.PROBLEM_RAISED, problem=problem))

    def cleared(self, problem: Problem) -> None:
        self.watchers.tell(self._event(EventKind.PROBLEM_CLEARED, problem=problem))

    def described(self) -> None:
        """Tell what concerns no device and no forward, when it is other than before."""
        self.on_change()
        if self.describe is None:
            return
        gateway = self.describe()
        now = replace(gateway, problems=())
        before, self._gateway = self._gateway, now
        if before is not None and replace(before, at=now.at) != now:
            self.watchers.tell(self._event(EventKind.GATEWAY_CHANGED, gateway=gateway))

    def _event(self, kind: EventKind, **about: object) -> Event:
        return Event(at=self._now(), kind=kind, **about)  # type: ignore[arg-type]


def forward_status(info: ForwardInfo, counts: Counts) -> ForwardStatus:
    return ForwardStatus(
        forward=info,
        connections=counts.connections,
        players=counts.players,
        rx_bytes=counts.rx_bytes,
        tx_bytes=counts.tx_bytes,
        refused=counts.refused,
    )


def _differs(before: float, now: float) -> bool:
    return abs(now - before) > max(NOTABLE * before, NOTABLE_BYTES)
