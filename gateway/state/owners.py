"""Owners and their devices: which ones a request is about, and whether its actor may touch them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.api.contract import Actor
from gateway.devices import pick
from gateway.errors import AccessSuspended, NotAllowed
from gateway.model import Desired, Peer


def owner_of(actor: Actor, owner: str | None) -> str:
    """Return the owner that a request is about. Raise NotAllowed when the actor may not touch its devices."""
    owner = actor.id if owner is None else owner
    if not may_touch(actor, owner):
        raise NotAllowed
    return owner


def peers_of(desired: Desired, owner: str) -> list[Peer]:
    return [peer for peer in desired.peers.values() if peer.owner == owner]


def pick_peer(desired: Desired, owner: str, device: str | None) -> Peer:
    """Return the owner's device of that name, or the only one when `device` is None; raise as `pick` does."""
    return pick(peers_of(desired, owner), device)


def may_touch(actor: Actor, owner: str) -> bool:
    """Report whether the actor may change what `owner` has."""
    return actor.is_admin or actor.id == owner


def check_none_suspended(peers: Iterable[Peer]) -> None:
    """Raise AccessSuspended when one of the devices is."""
    for peer in peers:
        if peer.suspended_at:
            raise AccessSuspended(device=peer.device)
