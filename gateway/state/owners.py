"""Owners and their devices: which ones a request is about, and whether its actor may touch them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.api.contract import Actor
from gateway.errors import AccessSuspended, NoDevices, NotAllowed, PeerUnknown, WhichDevice
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
    """Return the owner's device of that name, or the only one when `device` is None.

    Raise NoDevices, WhichDevice or PeerUnknown. Names are compared without case.
    """
    own = peers_of(desired, owner)
    if device is None:
        if not own:
            raise NoDevices
        if len(own) > 1:
            raise WhichDevice(devices=", ".join(sorted(peer.device for peer in own)))
        return own[0]
    for peer in own:
        if peer.device.casefold() == device.strip().casefold():
            return peer
    raise PeerUnknown(device=device)


def may_touch(actor: Actor, owner: str) -> bool:
    """Report whether the actor may change what `owner` has."""
    return actor.is_admin or actor.id == owner


def check_none_suspended(peers: Iterable[Peer]) -> None:
    """Raise AccessSuspended when one of the devices is."""
    for peer in peers:
        if peer.suspended_at:
            raise AccessSuspended(device=peer.device)
