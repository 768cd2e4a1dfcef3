"""Which owners are kept out, by an admin or by a decision of Discord's, and what follows for their devices. Pure.

Both are levels of an owner, and neither lifts the other: a member that an admin suspended does not come back with a
role. An admin at the terminal may restore a member whatever Discord says; the bot then asks Discord anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from gateway.api.contract import Suspend
from gateway.api.decisions import Decide
from gateway.model import Decision, Desired, Peer
from gateway.state.owners import peers_of

V = TypeVar("V")

MOST_DECISIONS = 100_000  # on owners without a device, since a ban is remembered for ever
BOT_ID = "bot"  # the actor of a bot that knows no decisions yet, and suspends by what Discord says
_TICK = timedelta(microseconds=1)


def suspend(desired: Desired, request: Suspend, now: datetime) -> tuple[Desired, list[Peer]]:
    """Suspend an owner or restore one. Return the devices that change.

    A decision that is lifted stays known as it was told, so telling it again does not suspend the owner again.
    """
    held = desired.decisions.get(request.owner)
    if request.suspended and request.actor.id == BOT_ID:
        return follow(_with_decision(desired, _now_decided(request, held, now)), request.owner, now)
    if request.suspended:
        if request.owner not in desired.suspended:
            desired = replace(desired, suspended={**desired.suspended, request.owner: now})
        return follow(desired, request.owner, now)
    if request.actor.id != BOT_ID and request.owner in desired.suspended:
        desired = replace(desired, suspended=_without(desired.suspended, request.owner))
    if held and held.suspended:
        desired = _with_decision(desired, replace(held, suspended=False))
    return follow(desired, request.owner, now)


def decide(desired: Desired, request: Decide) -> Desired:
    """Let the decision hold, unless it is known already or a newer one is. Devices do not follow yet."""
    decision = Decision(
        id=request.decision,
        at=request.at,
        owner=request.owner,
        suspended=request.suspended,
        revoked_before=request.revoked_before,
    )
    held = desired.decisions.get(request.owner)
    if held and not decision.is_newer_than(held):
        return desired
    return _with_decision(desired, decision)


def void(before: Desired, after: Desired, owner: str) -> list[Peer]:
    """Return the devices that a decision makes void. One that an admin gave to the owner later is none of them."""
    held, now = (desired.decisions.get(owner) for desired in (before, after))
    since = now.revoked_before if now else None
    if since is None or (held and held.revoked_before and since <= held.revoked_before):
        return []
    return [peer for peer in peers_of(after, owner) if peer.created_at < since]


def follow(desired: Desired, owner: str, now: datetime) -> tuple[Desired, list[Peer]]:
    """Let the devices of an owner be suspended when the owner is. Return those that change."""
    is_suspended = desired.is_suspended(owner)
    changed = [
        replace(peer, suspended_at=now if is_suspended else None)
        for peer in peers_of(desired, owner)
        if (peer.suspended_at is not None) != is_suspended
    ]
    if not changed:
        return desired, []
    return replace(desired, peers={**desired.peers, **{peer.id: peer for peer in changed}}), changed


def is_change(before: Desired, after: Desired) -> bool:
    """Report whether a change counts in the pace of all changes.

    The first decision on an owner without a device does not, because a raid brings hundreds of bans. There are at most
    `MOST_DECISIONS` of these.
    """
    is_first = len(after.decisions) > len(before.decisions) and after.peers is before.peers
    return after is not before and not is_first


def of_strangers(before: Desired, after: Desired) -> tuple[int, int]:
    """Return on how many owners there is a decision or a suspension, before a change and after it.

    Owners that have a device do not count in a change that adds one, because each of these must be cut off.
    """
    were = len(before.decisions) + len(before.suspended)
    if after.decisions is before.decisions and after.suspended is before.suspended:
        return were, were
    owners = {peer.owner for peer in before.peers.values()}
    new = [*(after.decisions.keys() - before.decisions.keys()), *(after.suspended.keys() - before.suspended.keys())]
    return were, were + sum(owner not in owners for owner in new)


def _now_decided(request: Suspend, held: Decision | None, now: datetime) -> Decision:
    """Return the decision that an older bot means, which has neither an id nor a time."""
    at = max(now, held.at + _TICK) if held else now
    before = held.revoked_before if held else None
    return Decision(
        id=request.request_id or f"at {at.isoformat()}",
        at=at,
        owner=request.owner,
        suspended=True,
        revoked_before=before,
    )


def _with_decision(desired: Desired, decision: Decision) -> Desired:
    return replace(desired, decisions={**desired.decisions, decision.owner: decision})


def _without(mapping: Mapping[str, V], owner: str) -> Mapping[str, V]:
    return {key: value for key, value in mapping.items() if key != owner}
