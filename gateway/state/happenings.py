"""What a change of the desired state means to watchers. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from gateway.api.events import EventKind
from gateway.model import Change, Desired, Forward, Peer


def peers_of(change: Change) -> Iterator[tuple[EventKind, Peer]]:
    """Yield what became of devices, each as it is now, or as it was last."""
    before, after = change.before.peers, change.after.peers
    for peer in change.peers_gone:
        if peer.id not in after:
            yield EventKind.PEER_REVOKED, peer
    for peer in change.peers_come:
        was = before.get(peer.id)
        if was is None:
            yield EventKind.PEER_ADDED, peer
        elif bool(was.suspended_at) == bool(peer.suspended_at):
            yield EventKind.PEER_CHANGED, peer
        else:
            yield EventKind.PEER_SUSPENDED if peer.suspended_at else EventKind.PEER_RESTORED, peer


def closed(change: Change, now: datetime) -> Iterator[tuple[EventKind, Forward]]:
    """Yield the forwards that are gone. `now`: one whose end is reached has expired."""
    for forward in change.forwards_gone:
        if forward.id not in change.after.forwards:
            has_ended = forward.expires_at is not None and forward.expires_at <= now
            yield EventKind.FORWARD_EXPIRED if has_ended else EventKind.FORWARD_CLOSED, forward


def opened(change: Change) -> Iterator[tuple[EventKind, Forward]]:
    """Yield the forwards that are new or different, also by the names of their device and its owner."""
    before, come = change.before.forwards, {forward.id for forward in change.forwards_come}
    for forward in change.forwards_come:
        was = before.get(forward.id)
        if was is None:
            yield EventKind.FORWARD_OPENED, forward
        else:
            is_extended = was.expires_at != forward.expires_at
            yield EventKind.FORWARD_EXTENDED if is_extended else EventKind.FORWARD_CHANGED, forward
    if renamed := {peer.id for peer in change.peers_come if _is_renamed(change.before, peer)}:
        for forward in change.after.forwards.values():
            if forward.peer_id in renamed and forward.id not in come:
                yield EventKind.FORWARD_CHANGED, forward


def _is_renamed(before: Desired, peer: Peer) -> bool:
    was = before.peers.get(peer.id)
    return was is not None and (was.owner, was.owner_name, was.device) != (peer.owner, peer.owner_name, peer.device)
