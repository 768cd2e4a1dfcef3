"""Which region a request concerns, by what is known of all: pure.

A request with ids goes where they lead. `OF_ALL` names those that concern every region, and the rest is about a
device or a port, which is looked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.api.connections import GetConnections
from gateway.api.contract import (
    AddForward,
    ForwardInfo,
    GetPolicy,
    GetStatus,
    Give,
    List,
    PeerInfo,
    RemoveForward,
    Rename,
    Request,
    Revoke,
    Rotate,
    SetGuest,
    SetLan,
    Suspend,
)
from gateway.api.forgetting import GetErasures
from gateway.api.history import GetHistory, KeepPlaying
from gateway.errors import WhichRegion
from gateway.model import PortSpec

OF_ALL = (List, GetStatus, GetConnections, GetHistory, GetErasures, KeepPlaying, SetLan, SetGuest, Suspend, Revoke)
"""Requests that concern all regions. A Revoke of one device concerns its region alone."""
OF_A_DEVICE = (AddForward, Rotate, Rename, Give, Revoke)
OF_ANY = (GetPolicy,)
"""Requests that any region answers: the member's usual one, when it is there."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a region has, or had when it was last heard."""

    peers: Sequence[PeerInfo] = ()
    forwards: Sequence[ForwardInfo] = ()


def concerns_all(request: Request[Any]) -> bool:
    return isinstance(request, OF_ALL) and not (isinstance(request, Revoke) and request.device)


def concerns_any(request: Request[Any]) -> bool:
    return isinstance(request, OF_ANY)


def concerned(request: Request[Any], known: Mapping[str, Known], usual: str) -> str | None:
    """Return the region of the device or port that the request is about; None when no region has it.

    Raise WhichRegion when several have it. `usual`: the region for what may be in several by its nature.
    """
    if isinstance(request, RemoveForward):
        return _one([name for name, each in known.items() if _has_ports(request, each)], _shown(request.ports))
    if not isinstance(request, OF_A_DEVICE):
        return usual
    owner, device = request.owner or request.actor.id, request.device
    found = [name for name, each in known.items() if _has_device(each.peers, owner, device)]
    if device is None and len(found) > 1:
        return usual if usual in found else found[0]
    return _one(found, device or "")


def _one(found: Sequence[str], name: str) -> str | None:
    if len(found) > 1:
        raise WhichRegion(name=name, regions=", ".join(found))
    return found[0] if found else None


def _has_device(peers: Iterable[PeerInfo], owner: str, device: str | None) -> bool:
    wanted = device and device.strip().casefold()
    return any(peer.owner == owner and wanted in (None, "", peer.device.casefold()) for peer in peers)


def _has_ports(request: RemoveForward, known: Known) -> bool:
    """Report whether the region has one of the ports for the actor, or for any member when the actor is an admin."""
    actor = request.actor
    own = [forward for forward in known.forwards if actor.is_admin or forward.owner == actor.id]
    asked = [(spec.ports, spec.protocol or request.protocol) for spec in request.ports]
    return any(each.ports.overlaps(ports) and each.protocol.shares(kind) for ports, kind in asked for each in own)


def _shown(ports: Sequence[PortSpec]) -> str:
    return ", ".join(map(str, ports))


def _times(rows: Iterable[PeerInfo | ForwardInfo], owner: str) -> Iterator[datetime]:
    return (row.created_at for row in rows if row.owner == owner)


def usual(owner: str, known: Mapping[str, Known], regions: Sequence[str], away: Collection[str]) -> str:
    """Return the region for what a member adds without naming one.

    That is the one the member used last, else the first. A region that is away is not taken for a member that has
    nothing yet.
    """
    used = {
        name: max(times)
        for name, each in known.items()
        if (times := [*_times(each.peers, owner), *_times(each.forwards, owner)])
    }
    if used:
        return max(used, key=lambda name: used[name])
    return next((name for name in regions if name not in away), regions[0])
