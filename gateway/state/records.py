"""Rows of the gateway's database as values, and back."""

from __future__ import annotations

import json
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from gateway.access import OPEN, Access, AddressRule, Kicked
from gateway.api.contract import ForwardInfo, PeerInfo
from gateway.codec import DecodeError, decode
from gateway.model import ClosedPorts, Decision, Forward, Kept, Key, Mode, OwnedPorts, Peer, PortRange, Protocol, Rest
from gateway.problem import Problem
from gateway.state.forgetting import Texts


def texts(row: Any) -> Texts:
    """Return the texts of a row (id, actor, actor_name, subject, detail)."""
    _, actor, actor_name, subject, detail = row
    return Texts(actor=actor, actor_name=actor_name, subject=subject, detail=json.loads(detail))


def peer_row(peer: Peer) -> tuple[Any, ...]:
    return (
        peer.id,
        peer.owner,
        peer.owner_name,
        peer.device,
        str(peer.public_key),
        str(peer.preshared_key or ""),
        str(peer.ipv4),
        str(peer.ipv6) if peer.ipv6 else None,
        peer.mode.value,
        peer.created_at.isoformat(),
        _text(peer.expires_at),
        _text(peer.suspended_at),
        peer.address,
    )


def peer(row: Any) -> Peer:
    ident, owner, owner_name, device, public_key, preshared_key, ipv4, ipv6, mode, created_at, *rest = row
    expires_at, suspended_at, address = rest
    return Peer(
        id=ident,
        owner=owner,
        owner_name=owner_name,
        device=device,
        public_key=Key.parse(public_key),
        preshared_key=Key.parse(preshared_key) if preshared_key else None,
        ipv4=IPv4Address(ipv4),
        ipv6=IPv6Address(ipv6) if ipv6 else None,
        mode=Mode(mode),
        created_at=datetime.fromisoformat(created_at),
        expires_at=_time(expires_at),
        suspended_at=_time(suspended_at),
        address=address,
    )


def forward_row(forward: Forward) -> tuple[Any, ...]:
    return (
        forward.id,
        forward.peer_id,
        forward.protocol.value,
        forward.ports.first,
        forward.ports.last,
        forward.to_port,
        forward.created_at.isoformat(),
        _text(forward.expires_at),
        forward.label,
        forward.slot,
        int(forward.access.friends_only),
        _text(forward.access.settles_at),
    )


def forward(row: Any, rules: tuple[AddressRule, ...], kicked: tuple[Kicked, ...]) -> Forward:
    ident, peer_id, protocol, first, last, to_port, created_at, expires_at, label, slot, *access = row
    friends_only, settles_at = access
    return Forward(
        id=ident,
        slot=slot,
        peer_id=peer_id,
        protocol=Protocol(protocol),
        ports=PortRange(first, last),
        to_port=to_port,
        created_at=datetime.fromisoformat(created_at),
        expires_at=_time(expires_at),
        label=label,
        access=Access(friends_only=bool(friends_only), rules=rules, kicked=kicked, settles_at=_time(settles_at))
        or OPEN,
    )


def rule_rows(forward_id: int, rules: tuple[AddressRule, ...]) -> list[tuple[Any, ...]]:
    return [(forward_id, str(rule.network), int(rule.lets_in), rule.since.isoformat()) for rule in rules]


def rule(network: str, lets_in: int, since: str) -> AddressRule:
    return AddressRule(network=ip_network(network), lets_in=bool(lets_in), since=datetime.fromisoformat(since))


def kicked_rows(forward_id: int, kicked: tuple[Kicked, ...]) -> list[tuple[Any, ...]]:
    return [(forward_id, each.protocol, str(each.address), each.port, each.until.isoformat()) for each in kicked]


def kicked(protocol: int, address: str, port: int, until: str) -> Kicked:
    at = datetime.fromisoformat(until)
    return Kicked(protocol=protocol, address=ip_address(address), port=port, until=at)


def kept_rows(owned: OwnedPorts, kept: Kept) -> list[tuple[Any, ...]]:
    owner, protocol, ports = owned
    begin, until = (owner, protocol.value, ports.first, ports.last), kept.until.isoformat()
    return [(*begin, *row, until) for _, *row in rule_rows(0, kept.rules)]


def resting_rows(address: IPv4Address, rest: Rest) -> list[tuple[Any, ...]]:
    return [(str(address), rest.until.isoformat(), rest.owner)]


def join_rows(owner: str, times: tuple[datetime, ...]) -> list[tuple[Any, ...]]:
    return [(owner, at.isoformat()) for at in times]


def guest_rows(owner: str, until: datetime) -> list[tuple[Any, ...]]:
    return [(owner, until.isoformat())]


def suspended_rows(owner: str, since: datetime) -> list[tuple[Any, ...]]:
    return [(owner, since.isoformat())]


def decision_rows(owner: str, decision: Decision) -> list[tuple[Any, ...]]:
    before = _text(decision.revoked_before)
    return [(owner, decision.id, decision.at.isoformat(), int(decision.suspended), before)]


def decision(row: Any) -> Decision:
    owner, ident, at, suspended, before = row
    return Decision(
        id=ident,
        at=datetime.fromisoformat(at),
        owner=owner,
        suspended=bool(suspended),
        revoked_before=_time(before),
    )


def closed_rows(closed: ClosedPorts, until: datetime) -> list[tuple[Any, ...]]:
    protocol, ports = closed
    return [(protocol.value, ports.first, ports.last, until.isoformat())]


def detail(text: str) -> dict[str, Any]:
    """Return the fields of an entry's detail. An entry of another version may lack them or be unreadable."""
    detail = json.loads(text)
    try:
        return {
            "peers": decode(tuple[PeerInfo, ...], detail.get("peers", [])),
            "forwards": decode(tuple[ForwardInfo, ...], detail.get("forwards", [])),
            "reason": str(detail.get("reason", "")),
            "address": str(detail.get("address", "")),
            "problem": decode(Problem, detail["problem"]) if "problem" in detail else None,
        }
    except DecodeError:
        return {}


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
