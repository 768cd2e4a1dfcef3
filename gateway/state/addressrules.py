"""From where players may come: what changes a forward's rules, and which of them outlive it. Pure.

A host expects that a troll stays out. So the rules of a closed forward are kept for its owner, and hold again when the
owner opens one of the ports again. `friends_only` is not kept, because it is asked for with each opening.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.access import LENGTHS, OPEN, Access, AddressNetwork, AddressRule, Kicked
from gateway.errors import AddressNotListed, BadRequest
from gateway.model import Desired, Forward, Kept, OwnedPorts, Peer
from gateway.state.limits import check_limit

KICKED_FOR = timedelta(minutes=1)  # longer than games wait for a silent server
SETTLED_AFTER = timedelta(minutes=1)  # flows that a rule cuts are gone from conntrack long before
KEPT_FOR = timedelta(days=30)


def with_kick(access: Access, end: Kicked) -> Access:
    others = (each for each in access.kicked if replace(each, until=end.until) != end)
    return replace(access, kicked=(*others, end))


def with_rule(access: Access, rule: AddressRule, limit: int | None) -> Access:
    """Return the access with the rule in place of one for the same network. Raise LimitReached, or BadRequest."""
    if rule.network.prefixlen not in LENGTHS[rule.network.version]:
        raise BadRequest(field="network", rule="prefix")
    others = tuple(each for each in access.rules if each.network != rule.network)
    if limit is not None:
        check_limit(limit, "addresses", len(others), 1)
    return replace(access, rules=(*others, rule), settles_at=rule.since + SETTLED_AFTER)


def without_rule(forwards: Iterable[Forward], network: AddressNetwork, now: datetime) -> dict[int, Access]:
    """Return the access of the forwards that had a rule for it. Raise AddressNotListed without any."""
    found = {
        forward.id: replace(
            forward.access,
            rules=tuple(rule for rule in forward.access.rules if rule.network != network),
            settles_at=now + SETTLED_AFTER,  # it may have been let in from a network that is blocked
        )
        for forward in forwards
        if any(rule.network == network for rule in forward.access.rules)
    }
    if not found:
        raise AddressNotListed(network=str(network))
    return found


def without_ended(desired: Desired, now: datetime) -> Desired:
    """Return the state without kicks and kept rules whose time is over, and with what has settled."""
    ended = {
        forward.id: replace(
            forward.access,
            kicked=tuple(kick for kick in forward.access.kicked if kick.until > now),
            settles_at=None if _is_over(forward.access.settles_at, now) else forward.access.settles_at,
        )
        for forward in desired.forwards.values()
        if any(_is_over(end, now) for end in _ends(forward.access))
    }
    after, _ = with_access(desired, ended)
    if any(kept.until <= now for kept in after.kept.values()):
        return replace(after, kept={ports: kept for ports, kept in after.kept.items() if kept.until > now})
    return after


def ends(desired: Desired) -> list[datetime]:
    """Return when kicks and kept rules end, and when forwards settle."""
    choosing = (forward.access for forward in desired.forwards.values() if forward.access is not OPEN)
    found = (end for access in choosing for end in _ends(access) if end)
    return [*found, *(kept.until for kept in desired.kept.values())]


def _ends(access: Access) -> tuple[datetime | None, ...]:
    return access.settles_at, *(each.until for each in access.kicked)


def _is_over(end: datetime | None, now: datetime) -> bool:
    return end is not None and end <= now


def with_access(desired: Desired, changed: Mapping[int, Access]) -> tuple[Desired, list[Forward]]:
    """Return the state with this access of forwards, and these forwards."""
    if not changed:
        return desired, []
    made = {key: replace(desired.forwards[key], access=access or OPEN) for key, access in changed.items()}
    return replace(desired, forwards={**desired.forwards, **made}), list(made.values())


def kept_after(desired: Desired, closed: Iterable[Forward], most: int, now: datetime) -> Mapping[OwnedPorts, Kept]:
    """Return the kept rules with those of closed forwards. An owner's oldest go beyond `most` rules."""
    more = {
        (desired.peers[forward.peer_id].owner, forward.protocol, forward.ports): Kept(
            forward.access.rules, now + KEPT_FOR
        )
        for forward in closed
        if forward.access.rules
    }
    if not more:
        return desired.kept
    found, left = {**desired.kept, **more}, dict.fromkeys((owner for owner, *_ in more), most)
    for ports, kept in sorted(found.items(), key=lambda item: item[1].until, reverse=True):
        if ports[0] in left:
            left[ports[0]] -= len(kept.rules)
            if left[ports[0]] < 0:
                del found[ports]
    return found


def opened(
    kept: Mapping[OwnedPorts, Kept], peer: Peer, forward: Forward
) -> tuple[Mapping[OwnedPorts, Kept], tuple[AddressRule, ...]]:
    """Return what is still kept, and the rules that hold again for an opened forward."""
    again = [
        ports
        for ports in kept
        if ports[0] == peer.owner and forward.clashes(ports[1], ports[2])
    ]  # fmt: skip
    if not again:
        return kept, ()
    again.sort(key=lambda ports: kept[ports].until)
    rules = {rule.network: rule for ports in again for rule in kept[ports].rules}
    return {ports: each for ports, each in kept.items() if ports not in again}, tuple(rules.values())


def rules_in_all(desired: Desired) -> int:
    rules = sum(len(forward.access.rules) for forward in desired.forwards.values() if forward.access is not OPEN)
    return rules + sum(len(kept.rules) for kept in desired.kept.values())
