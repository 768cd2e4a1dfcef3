"""What the live message, the posts and the bot's presence tell, as values, and pure functions over them.

A match is the time that forwards are open that one command opened; their owner is its host.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.problems import stops_players
from bot.matches.told import Told
from gateway.api.contract import Away, ForwardInfo, ForwardStatus, PeerStatus, Status
from gateway.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One match as it is now; at least one forward."""

    forwards: tuple[ForwardInfo, ...]
    """In the order in which they were opened: the first one is the game's own port."""
    players: int
    slots: int | None = None
    """The most players that the game takes; None when it did not say."""
    is_online: bool
    """Whether the host's device is connected."""
    online_since: datetime | None = None
    """Since when the device is connected, or away; None when it never was connected."""
    answers: bool | None = None
    """Whether the game server answers; None when it cannot be asked."""
    is_device_there: bool = False
    """The game server does not answer, and the host's device does."""
    address: str = ""
    """The public address that players type; empty for the only one that there is."""
    srv_port: int | None = None
    """The port that players leave out, as in Status; of `address`."""

    @property
    def id(self) -> int:
        return min(forward.id for forward in self.forwards)

    @property
    def host(self) -> str:
        return self.forwards[0].owner

    @property
    def host_name(self) -> str:
        return self.forwards[0].owner_name

    @property
    def since(self) -> datetime:
        return min(forward.created_at for forward in self.forwards)

    @property
    def until(self) -> datetime | None:
        return min((forward.expires_at for forward in self.forwards if forward.expires_at), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The server as it is now, or as it was last."""

    matches: tuple[Match, ...] = ()
    """Those with the most players first, then the newest."""
    devices: int = 0
    """The number of devices that are not suspended."""
    online: int = 0
    """The number of devices that are connected."""
    problems: tuple[Problem, ...] = ()
    address: str = ""
    """The public address, which players type."""
    srv_port: int | None = None
    """The port that players leave out, as in Status."""
    traffic: float | None = None
    """Bytes a second of all devices, both ways together; None when the gateway has not told."""
    requests: int = 0
    """The number of requests for access that wait for an admin."""
    away_since: datetime | None = None
    """Since when the gateway does not answer; None while it does."""
    away: tuple[Away, ...] = ()
    """The regions that do not answer, while others do. Their matches are as they were last."""

    @property
    def players(self) -> int:
        return sum(match.players for match in self.matches)

    @property
    def is_blocked(self) -> bool:
        return any(map(stops_players, self.problems))


def matches_of(status: Status, told: Mapping[int, Told]) -> tuple[Match, ...]:
    """Return the open matches. `told`: what game servers said, by the id of the forward that they are asked by.

    The forwards of a suspended device are closed, but kept.
    """
    devices = {row.peer.id: row for row in status.peers if not row.peer.suspended_at}
    together: dict[tuple[int, datetime], list[ForwardStatus]] = {}
    for row in sorted(status.forwards, key=lambda row: row.forward.id):
        if row.forward.peer_id in devices:
            together.setdefault((row.forward.peer_id, row.forward.created_at), []).append(row)
    found = [_match(rows, devices[peer], told) for (peer, _), rows in together.items()]
    return _sorted(found)


def _sorted(matches: Iterable[Match]) -> tuple[Match, ...]:
    return tuple(sorted(matches, key=lambda match: (-match.players, -match.since.timestamp(), match.id)))


def _match(rows: Iterable[ForwardStatus], device: PeerStatus, told: Mapping[int, Told]) -> Match:
    rows = tuple(rows)
    said = next((told[row.forward.id] for row in rows if row.forward.id in told), None)
    counted = max(row.players for row in rows)  # one player may be connected to several ports of a game
    return Match(
        forwards=tuple(row.forward for row in rows),
        players=counted if said is None or said.players is None else said.players,
        slots=said.slots if said else None,
        is_online=device.connected,
        online_since=device.since,
        answers=said.answers if said and not said.is_doubtful and device.connected else None,
        is_device_there=said is not None and said.is_device_there,
    )


def joined(parts: Sequence[Overview], kept: Iterable[Match], away: Iterable[Away]) -> Overview:
    """Return the overviews of several regions as one. `kept`: matches in regions that are away."""
    found = [replace(each, address=part.address, srv_port=part.srv_port) for part in parts for each in part.matches]
    rates = [part.traffic for part in parts if part.traffic is not None]
    return replace(
        parts[0],
        matches=_sorted([*found, *kept]),
        devices=sum(part.devices for part in parts),
        online=sum(part.online for part in parts),
        problems=tuple(problem for part in parts for problem in part.problems),
        traffic=sum(rates) if rates else None,
        away=tuple(away),
    )


def overview_of(status: Status, told: Mapping[int, Told], *, traffic: float | None, requests: int) -> Overview:
    rows = [row for row in status.peers if not row.peer.suspended_at]
    return Overview(
        matches=matches_of(status, told),
        devices=len(rows),
        online=sum(row.connected for row in rows),
        problems=status.problems,
        address=status.public_address,
        srv_port=status.srv_port,
        traffic=traffic,
        requests=requests,
    )
