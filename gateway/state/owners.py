"""Owners and their devices: which ones a request is about, and whether its actor may touch them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.api.contract import Actor, Caller, ForwardInfo
from gateway.devices import pick
from gateway.errors import AccessSuspended, AdminsOnly, NotAllowed, RootOnly
from gateway.model import Desired, Forward, Peer


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


def check_admin(actor: Actor) -> None:
    """Raise AdminsOnly for a member."""
    if not actor.is_admin:
        raise AdminsOnly


def check_root(caller: Caller) -> None:
    """Raise RootOnly for a caller that only claims to be an admin, as a taken-over bot could."""
    if not caller.is_trusted:
        raise RootOnly


def check_none_suspended(peers: Iterable[Peer]) -> None:
    """Raise AccessSuspended when one of the devices is."""
    for peer in peers:
        if peer.suspended_at:
            raise AccessSuspended(device=peer.device)


def infos_of(desired: Desired, forwards: Iterable[Forward]) -> tuple[ForwardInfo, ...]:
    """Return the forwards of this state as the API tells them."""
    return tuple(ForwardInfo.of(forward, desired.peers[forward.peer_id]) for forward in forwards)
