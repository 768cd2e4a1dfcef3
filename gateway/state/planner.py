"""Every decision about what should be. Pure: values in, values or an error of the tree out; no clock, no I/O.

Closed: public ports of a removed forward, which no peer's own flow leaves with for `CLOSED`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from typing import TypeVar

from gateway.access import OPEN, Access, AddressRule, Kicked
from gateway.api import connections, contract
from gateway.api.contract import Actor
from gateway.api.decisions import Decide
from gateway.api.forgetting import Forget
from gateway.api.target import SetToPort
from gateway.config import GatewaySection, PolicySection
from gateway.errors import (
    AdminsOnly,
    BadRequest,
    ForwardGone,
    GuestOver,
    KeyInUse,
    NoDevices,
    NotAllowed,
    OwnerSuspended,
    PeerExists,
    SubnetFull,
    TooLong,
)
from gateway.keys import is_of_a_private_key
from gateway.model import (
    ClosedPorts,
    Desired,
    Duration,
    Forward,
    Key,
    Listening,
    Peer,
    Protocol,
    forwards_inside,
)
from gateway.network import Marks
from gateway.state import addressrules, suspensions
from gateway.state.addresses import address6, check_free, free_address, laid_to_rest, still_resting
from gateway.state.addressrules import (
    KICKED_FOR,
    kept_after,
    opened,
    rules_in_all,
    with_access,
    with_kick,
    with_rule,
    without_ended,
    without_rule,
)
from gateway.state.limits import (
    MOST_GUESTS,
    check_joins,
    check_limit,
    earliest,
    ports_in,
    recent_joins,
    remembered_guests,
)
from gateway.state.owners import check_none_suspended, may_touch, owner_of, peers_of, pick_peer
from gateway.state.portrules import PortRules
from gateway.state.ports import USUAL, Ephemeral, without
from gateway.state.slots import free_slots

Addresses = tuple[IPv4Address, IPv6Address | None]
K = TypeVar("K")
V = TypeVar("V")

# A server may go on sending to players of a closed port for this long. Players would take a peer's flow that left
# with that port for the server's.
CLOSED = timedelta(days=1)
NO_GUEST = Duration(None)
MAX_NAME = 32


@dataclass(frozen=True, slots=True)
class Planner:
    """The rules of one gateway.

    A method takes the state before and returns the state after, with the peers and forwards that it made, changed or
    removed. A method raises an error of the tree when a rule forbids the request.
    """

    gateway: GatewaySection
    policy: PolicySection
    own_key: Key | None = None  # WireGuard silently ignores a peer that has the interface's own key

    def join(
        self,
        desired: Desired,
        request: contract.Join,
        preshared_key: Key | None,
        now: datetime,
        had: Addresses | None = None,
        address: str = "",
    ) -> tuple[Desired, Peer]:
        """Add a device. `address` is what its config connects to. `had`: the addresses that its config has already."""
        owner, owner_name = owner_of(request.actor, request.owner), request.actor.name
        if owner != request.actor.id:
            owner_name = request.owner_name or owner
        device = _label("device", request.device)
        own = peers_of(desired, owner)
        if not request.actor.is_admin:
            check_none_suspended(own)
        if owner == request.actor.id and desired.is_suspended(owner):
            raise OwnerSuspended
        if any(peer.device.casefold() == device.casefold() for peer in own):
            raise PeerExists(device=device)
        joins, duration = recent_joins(desired.joins, now), request.duration or self.policy.device_duration
        if not request.actor.is_admin:
            check_limit(self.policy.devices_per_member, "devices", len(own), 1)
            check_joins(self.policy.joins_per_hour, joins.get(owner, ()), now)
            if not duration.fits(self.policy.device_duration):
                raise TooLong(longest=str(self.policy.device_duration))
        self._check_key(desired, request.public_key)
        if request.guest_for or owner == request.actor.id:
            desired, guest_end, _ = self._guest(desired, owner, request.guest_for or NO_GUEST, now)
            if _is_over(guest_end, now):
                raise GuestOver
        else:
            guest_end = None
        if had:
            check_free(self.gateway, desired, *had)
        ipv4 = had[0] if had else free_address(self.gateway, desired, owner, now)
        ipv6 = had[1] if had else None if request.ipv4_only else address6(self.gateway, ipv4)
        peer = Peer(
            id=desired.next_peer_id,
            owner=_label("owner", owner),
            owner_name=owner_name[:MAX_NAME],
            device=device,
            public_key=request.public_key,
            preshared_key=preshared_key,
            ipv4=ipv4,
            ipv6=ipv6,
            mode=request.mode,
            created_at=now,
            expires_at=earliest(duration.after(now), guest_end),
            address=address,
        )
        after = replace(
            desired,
            peers=_with(desired.peers, peer.id, peer),
            resting=_without(still_resting(desired.resting, now), [ipv4]),
            joins={**joins, owner: (*joins.get(owner, ()), now)},
            next_peer_id=peer.id + 1,
        )
        return after, peer

    def rotate(
        self, desired: Desired, request: contract.Rotate, preshared_key: Key, address: str = ""
    ) -> tuple[Desired, Peer]:
        """Give a peer new keys. `address` is what its new config connects to."""
        peer = pick_peer(desired, owner_of(request.actor, request.owner), request.device)
        self._check_key(desired, request.public_key)
        before, peer = peer, replace(peer, public_key=request.public_key, preshared_key=preshared_key, address=address)
        if request.ipv4_only is not None:
            peer = replace(peer, ipv6=None if request.ipv4_only else self._ipv6(desired, peer))
        forwards = desired.forwards
        if peer.ipv6 != before.ipv6:  # its forwards change with it, so they are other objects, see `Change`
            forwards = {each.id: replace(each) if each.peer_id == peer.id else each for each in forwards.values()}
        return replace(desired, peers=_with(desired.peers, peer.id, peer), forwards=forwards), peer

    def rename(self, desired: Desired, request: contract.Rename) -> tuple[Desired, Peer, Peer]:
        """Return the state after, and the peer before and after."""
        before = pick_peer(desired, owner_of(request.actor, request.owner), request.device)
        device = _label("device", request.new_name)
        others = (peer.device.casefold() for peer in peers_of(desired, before.owner) if peer is not before)
        if device.casefold() in others:
            raise PeerExists(device=device)
        peer = replace(before, device=device)
        return replace(desired, peers=_with(desired.peers, peer.id, peer)), before, peer

    def give(self, desired: Desired, request: contract.Give) -> tuple[Desired, Peer, Peer]:
        """Return the state after, and the peer before and after."""
        if not request.actor.is_admin:
            raise AdminsOnly
        before = pick_peer(desired, owner_of(request.actor, request.owner), request.device)
        others = (peer.device.casefold() for peer in peers_of(desired, request.to) if peer is not before)
        if before.device.casefold() in others:
            raise PeerExists(device=before.device)
        name = (request.to_name or request.to)[:MAX_NAME]
        peer = replace(before, owner=_label("to", request.to), owner_name=name)
        return replace(desired, peers=_with(desired.peers, peer.id, peer)), before, peer

    def revoke(
        self, desired: Desired, request: contract.Revoke, now: datetime
    ) -> tuple[Desired, list[Peer], list[Forward]]:
        owner = owner_of(request.actor, request.owner)
        peers = peers_of(desired, owner) if request.device is None else [pick_peer(desired, owner, request.device)]
        if request.ids:
            chosen = set(request.ids)
            peers = [peer for peer in peers if peer.id in chosen]
        if not peers:
            raise NoDevices
        if not request.actor.is_admin:  # a member that could leave and join again would not be suspended
            check_none_suspended(peers)
        return self._without_peers(desired, peers, now)

    def forget(
        self, desired: Desired, request: Forget, alias: str, now: datetime
    ) -> tuple[Desired, list[Peer], list[Forward]]:
        """Remove a member's devices, and the member from what is remembered. Addresses go on resting for the alias."""
        if not request.actor.is_admin:
            raise AdminsOnly
        member = request.member
        after, peers, forwards = self._without_peers(desired, peers_of(desired, member), now)
        resting = {ip: replace(r, owner=alias) if r.owner == member else r for ip, r in after.resting.items()}
        kept = _without(after.kept, [ports for ports in after.kept if ports[0] == member])
        after = replace(
            after,
            resting=resting,
            kept=kept,
            joins=_without(after.joins, [member]),
            guests=_without(after.guests, [member]),
            suspended=_without(after.suspended, [member]),
            decisions=_without(after.decisions, [member]),
        )
        return after, peers, forwards

    def forward(
        self,
        desired: Desired,
        request: contract.AddForward,
        listening: Listening,
        now: datetime,
        ephemeral: Ephemeral = USUAL,
    ) -> tuple[Desired, list[Forward], Peer]:
        """Add forwards. `listening` and `ephemeral` say what the gateway's own host uses."""
        owner = owner_of(request.actor, request.owner)
        peer = pick_peer(desired, owner, request.device)
        check_none_suspended([peer])  # because the new ports would stay closed
        targets = _targets(request)
        if not request.actor.is_admin:
            theirs = [f for f in desired.forwards.values() if desired.peers[f.peer_id].owner == owner]
            check_limit(self.policy.forwards_per_member, "forwards", len(theirs), len(request.ports))
            check_limit(self.policy.ports_per_member, "ports", ports_in(theirs), ports_in(request.ports))
        expires_at = self._end(request.actor, request.duration, now)
        rules = PortRules(self.gateway, self.policy, listening, ephemeral)
        made: list[Forward] = []
        slots = Marks(self.gateway.conntrack_mask).slots
        check_limit(slots, "marks", len(desired.forwards), len(request.ports))
        free, kept = free_slots(desired, slots), desired.kept
        for spec, target in zip(request.ports, targets, strict=True):
            if any(forward.clashes(spec.protocol or request.protocol, spec.ports) for forward in made):
                raise BadRequest(field="port", rule="twice", value=str(spec))
            rules.check(desired, spec.ports, spec.protocol or request.protocol, request.actor)
            forward = Forward(
                id=desired.next_forward_id + len(made),
                slot=next(free),
                peer_id=peer.id,
                protocol=spec.protocol or request.protocol,
                ports=spec.ports,
                to_port=target,
                created_at=now,
                expires_at=expires_at,
                label=request.label[:MAX_NAME],
            )
            _check_target(forward)
            kept, rules_again = opened(kept, peer, forward)
            access = Access(friends_only=request.friends_only, rules=rules_again)
            made.append(replace(forward, access=access or OPEN))
        rules.check_host(desired, made)
        forwards = {**desired.forwards, **{forward.id: forward for forward in made}}
        return replace(desired, forwards=forwards, kept=kept, next_forward_id=made[-1].id + 1), made, peer

    def unforward(
        self, desired: Desired, request: contract.RemoveForward, now: datetime
    ) -> tuple[Desired, list[Forward]]:
        chosen = {forward.id: forward for forward in self._by_id(desired, request.actor, request.ids)}
        for spec in request.ports:
            protocol = spec.protocol or request.protocol
            # Another member's port is reported like a free one.
            theirs = (f for f in desired.forwards.values() if may_touch(request.actor, desired.peers[f.peer_id].owner))
            chosen.update({forward.id: forward for forward in forwards_inside(theirs, spec.ports, protocol)})
        return self._removed(desired, [], list(chosen.values()), now), list(chosen.values())

    def extend(self, desired: Desired, request: contract.ExtendForward, now: datetime) -> tuple[Desired, list[Forward]]:
        expires_at = self._end(request.actor, request.duration, now)
        longer = [replace(f, expires_at=expires_at) for f in self._by_id(desired, request.actor, request.ids)]
        return replace(desired, forwards={**desired.forwards, **{f.id: f for f in longer}}), longer

    def lead_to(self, desired: Desired, request: SetToPort, now: datetime) -> tuple[Desired, list[Forward]]:
        """Lead forwards elsewhere. A new slot cuts the flows to where they led in the same transaction."""
        found = self._by_id(desired, request.actor, request.ids)
        slots = Marks(self.gateway.conntrack_mask).slots
        check_limit(slots, "marks", len(desired.forwards), len(found))
        free = free_slots(desired, slots)
        chosen = [replace(_led(desired, forward, request), slot=next(free)) for forward in found]
        for forward in chosen:
            _check_target(forward)
        # The next one to ask gets another slot, because flows may still carry those of before.
        after = replace(desired, next_forward_id=desired.next_forward_id + len(chosen))
        return replace(after, forwards={**desired.forwards, **{f.id: f for f in chosen}}), chosen

    def kick(self, desired: Desired, request: connections.Kick, now: datetime) -> tuple[Desired, list[Forward]]:
        (number,) = request.protocol.numbers if request.protocol is not Protocol.BOTH else (0,)
        if not number or not 1 <= request.port <= 65535:
            raise BadRequest(field="port", problem="a flow has one protocol, and a port inside 1-65535")
        end = Kicked(protocol=number, address=request.address, port=request.port, until=now + KICKED_FOR)
        chosen = self._by_id(desired, request.actor, request.ids)
        return with_access(desired, {forward.id: with_kick(forward.access, end) for forward in chosen})

    def list_address(
        self, desired: Desired, request: connections.Block | connections.LetIn, now: datetime
    ) -> tuple[Desired, list[Forward]]:
        """Block an address or a network, or let it in."""
        rule = AddressRule(network=request.network, lets_in=isinstance(request, connections.LetIn), since=now)
        limit = None if request.actor.is_admin else self.policy.addresses_per_forward
        chosen = self._by_id(desired, request.actor, request.ids)
        return with_access(desired, {forward.id: with_rule(forward.access, rule, limit) for forward in chosen})

    def unblock(self, desired: Desired, request: connections.Unblock, now: datetime) -> tuple[Desired, list[Forward]]:
        return with_access(
            desired, without_rule(self._by_id(desired, request.actor, request.ids), request.network, now)
        )

    def friends_only(
        self, desired: Desired, request: connections.SetFriendsOnly, now: datetime
    ) -> tuple[Desired, list[Forward]]:
        chosen = self._by_id(desired, request.actor, request.ids)
        return with_access(desired, {each.id: replace(each.access, friends_only=request.on) for each in chosen})

    def suspend(self, desired: Desired, request: contract.Suspend, now: datetime) -> tuple[Desired, list[Peer]]:
        if not request.actor.is_admin:
            raise AdminsOnly
        return suspensions.suspend(desired, request, now)

    def decide(
        self, desired: Desired, request: Decide, now: datetime
    ) -> tuple[Desired, list[Peer], list[Peer], list[Forward]]:
        """Return the state after, the devices cut off or let back in, and what is removed."""
        if not request.actor.is_admin:
            raise AdminsOnly
        after = suspensions.decide(desired, request)
        if after is desired:
            return desired, [], [], []
        after, peers, forwards = self._without_peers(after, suspensions.void(desired, after, request.owner), now)
        after, changed = suspensions.follow(after, request.owner, now)
        return after, changed, peers, forwards

    def guest(self, desired: Desired, request: contract.SetGuest, now: datetime) -> tuple[Desired, list[Peer]]:
        """Let the devices of an owner end like a guest's, or no more."""
        if not request.actor.is_admin:
            raise AdminsOnly
        desired, _, changed = self._guest(desired, request.owner, request.duration, now)
        return desired, changed

    def _guest(
        self, desired: Desired, owner: str, duration: Duration, now: datetime
    ) -> tuple[Desired, datetime | None, list[Peer]]:
        """Return the state after, the end of the owner's time as a guest, and the devices whose end changed.

        The first end stays, until the owner is a guest no more. Devices that had it end as a member's then.
        """
        guests, own = remembered_guests(desired.guests, now), peers_of(desired, owner)
        first, end = guests.pop(owner, None), duration.after(now)
        if end:
            guests[owner] = end = first or end
            changed = [
                replace(peer, expires_at=end) for peer in own if earliest(peer.expires_at, end) != peer.expires_at
            ]
        else:
            usual = self.policy.device_duration
            had = [peer for peer in own if first and peer.expires_at == first]
            changed = [replace(peer, expires_at=usual.after(peer.created_at)) for peer in had]
        return replace(desired, guests=guests, peers=_changed(desired.peers, changed)), end, changed

    def expire(self, desired: Desired, now: datetime) -> tuple[Desired, list[Peer], list[Forward]]:
        """Remove what has reached its end."""
        peers = [peer for peer in desired.peers.values() if _is_over(self._end_of_peer(peer), now)]
        gone = {peer.id for peer in peers}
        forwards = [f for f in desired.forwards.values() if f.peer_id in gone or _is_over(f.expires_at, now)]
        return without_ended(self._removed(desired, peers, forwards, now), now), peers, forwards

    def next_end(self, desired: Desired) -> datetime | None:
        """Return the earliest end of anything that `expire` ends, or None."""
        ends = [forward.expires_at for forward in desired.forwards.values() if forward.expires_at]
        # Most peers have no end, and this is asked after each change.
        ending = (peer for peer in desired.peers.values() if peer.expires_at or peer.suspended_at)
        return earliest(*ends, *map(self._end_of_peer, ending), *addressrules.ends(desired))

    def _end_of_peer(self, peer: Peer) -> datetime | None:
        kept = self.policy.suspended_for.after(peer.suspended_at) if peer.suspended_at else None
        return earliest(peer.expires_at, kept)

    def _end(self, actor: Actor, asked: Duration | None, now: datetime) -> datetime | None:
        longest = self.policy.longest_forward
        duration = asked or self.policy.forward_duration
        if not duration.fits(longest):
            if asked and not actor.is_admin:
                raise TooLong(longest=str(longest))
            duration = duration if asked else longest
        return duration.after(now)

    def _by_id(self, desired: Desired, actor: Actor, ids: Iterable[int]) -> list[Forward]:
        found = [desired.forwards[key] for key in dict.fromkeys(ids) if key in desired.forwards]
        if any(not may_touch(actor, desired.peers[forward.peer_id].owner) for forward in found):
            raise NotAllowed
        if ids and not found:
            raise ForwardGone
        return found

    def _without_peers(
        self, desired: Desired, peers: list[Peer], now: datetime
    ) -> tuple[Desired, list[Peer], list[Forward]]:
        gone = {peer.id for peer in peers}
        forwards = [forward for forward in desired.forwards.values() if forward.peer_id in gone]
        return self._removed(desired, peers, forwards, now), peers, forwards

    def _removed(self, desired: Desired, peers: list[Peer], forwards: list[Forward], now: datetime) -> Desired:
        return replace(
            desired,
            peers=_without(desired.peers, {peer.id for peer in peers}) if peers else desired.peers,
            forwards=_without(desired.forwards, {forward.id for forward in forwards}) if forwards else desired.forwards,
            resting=laid_to_rest(desired.resting, peers, now) if peers else desired.resting,
            closed=self._closed(desired, forwards, now) if forwards else desired.closed,
            kept=kept_after(desired, forwards, self.policy.addresses_per_forward, now),
        )

    def _closed(self, desired: Desired, forwards: list[Forward], now: datetime) -> dict[ClosedPorts, datetime]:
        return {
            **{ports: until for ports, until in without(desired.closed, forwards) if until > now},
            **{(forward.protocol, forward.ports): now + CLOSED for forward in forwards},
        }

    def lan(self, desired: Desired, request: contract.SetLan) -> Desired:
        if not request.actor.is_admin:
            raise AdminsOnly
        return replace(desired, lan=request.on)

    def check_totals(self, before: Desired, after: Desired) -> None:
        """Raise LimitReached when a change makes more than all members together may have."""
        totals = (
            (self.policy.devices_in_all, "devices_in_all", len(before.peers), len(after.peers)),
            (self.policy.forwards_in_all, "forwards_in_all", len(before.forwards), len(after.forwards)),
            (MOST_GUESTS, "guests_in_all", len(before.guests), len(after.guests)),
            (suspensions.MOST_DECISIONS, "decisions_in_all", *suspensions.of_strangers(before, after)),
        )
        for limit, what, were, are in totals:
            if are > were:
                check_limit(limit, what, were, are - were)
        rules, limit = rules_in_all(after), self.policy.addresses_in_all
        if rules > limit and (held := rules_in_all(before)) < rules:
            check_limit(limit, "addresses_in_all", held, rules - held)

    def _ipv6(self, desired: Desired, peer: Peer) -> IPv6Address | None:
        """Return the IPv6 address of a peer that has, or is to have, one. Raise SubnetFull when another has it."""
        if peer.ipv6 and peer.ipv6 in (self.gateway.network6 or ()):
            return peer.ipv6
        found = address6(self.gateway, peer.ipv4)
        if found and any(other.ipv6 == found for other in desired.peers.values()):
            raise SubnetFull
        return found

    def _check_key(self, desired: Desired, public_key: Key) -> None:
        if not is_of_a_private_key(public_key):
            raise BadRequest(field="public_key", rule="weak")
        if public_key == self.own_key or any(peer.public_key == public_key for peer in desired.peers.values()):
            raise KeyInUse


def _is_over(end: datetime | None, now: datetime) -> bool:
    return end is not None and end <= now


def _targets(request: contract.AddForward) -> tuple[int, ...]:
    """Return the device's first port for each entry of `ports`."""
    if not request.ports or (request.to_port is not None and (len(request.ports) > 1 or request.to_ports)):
        raise BadRequest(field="to_port", rule="one_port")
    if request.to_ports and len(request.to_ports) != len(request.ports):
        raise BadRequest(field="to_ports", problem="it has one port for each entry of ports")
    if request.to_port is not None:
        return (request.to_port,)
    return request.to_ports or tuple(spec.ports.first for spec in request.ports)


def _led(desired: Desired, forward: Forward, request: SetToPort) -> Forward:
    """Return the forward with its new port and device."""
    peer_id, to_port = forward.peer_id, forward.to_port if request.to_port is None else request.to_port
    if request.device is not None:
        peer = pick_peer(desired, desired.peers[peer_id].owner, request.device)
        check_none_suspended([peer])  # because the port would be closed there
        peer_id = peer.id
    return replace(forward, peer_id=peer_id, to_port=to_port)


def _check_target(forward: Forward) -> None:
    if forward.to_port < 1 or forward.to_ports.last > 65535:
        raise BadRequest(field="to_port", rule="inside")


def _label(field: str, text: str) -> str:
    text = text.strip()
    if not 1 <= len(text) <= MAX_NAME or not text.isprintable():
        raise BadRequest(field=field, rule="name", value=MAX_NAME)
    return text


def _changed(peers: Mapping[int, Peer], changed: Iterable[Peer]) -> Mapping[int, Peer]:
    more = {peer.id: peer for peer in changed}
    return {**peers, **more} if more else peers


def _with(mapping: Mapping[int, V], key: int, value: V) -> Mapping[int, V]:
    return {**mapping, key: value}


def _without(mapping: Mapping[K, V], keys: Iterable[K]) -> Mapping[K, V]:
    gone = set(keys)
    return {key: value for key, value in mapping.items() if key not in gone}
