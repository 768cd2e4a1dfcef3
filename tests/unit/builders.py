"""Desired states and requests for tests, with values for everything that does not matter."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from itertools import count

from gateway.api.contract import Actor, AddForward, Caller, Join, RemoveForward, Revoke, Suspend
from gateway.config import GatewaySection, PolicySection
from gateway.model import Desired, Key, Mode, Peer, PortRange, Protocol, parse_ports
from gateway.network import Marks, Network, Uplink
from gateway.state.planner import Planner

MARKS = Marks()
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PRESHARED = Key(b"p" * 32)
ALICE, BOB = Actor(id="1", name="alice"), Actor(id="2", name="bob")
ADMIN = Actor(id="9", name="root", is_admin=True)
ROOT = Caller(uid=0, is_trusted=True)
BOTS_USER = Caller(uid=997, is_trusted=False)
_keys = count(9)  # because 0 and 1 are points of low order


def planner(**policy: object) -> Planner:
    return Planner(GatewaySection(), PolicySection(**policy))  # type: ignore[arg-type]


def key() -> Key:
    return Key(next(_keys).to_bytes(32, "little"))


def joined(desired: Desired, actor: Actor = ALICE, device: str = "pc", mode: Mode = Mode.FULL) -> tuple[Desired, Peer]:
    request = Join(actor=actor, device=device, public_key=key(), mode=mode)
    return planner(devices_per_member=100, joins_per_hour=1000).join(desired, request, PRESHARED, NOW)


def another(peer: Peer, number: int, **more: object) -> Peer:
    """Return a peer like this one, with a number, a key and addresses of its own."""
    assert peer.ipv6
    own = {"id": number, "public_key": key(), "ipv4": peer.ipv4 + number, "ipv6": peer.ipv6 + number}
    return replace(peer, **{**own, **more})  # type: ignore[arg-type]


def forwarded(
    desired: Desired,
    ports: str = "25565",
    actor: Actor = ALICE,
    protocol: Protocol = Protocol.BOTH,
    to_port: int | None = None,
    device: str | None = None,
) -> Desired:
    request = AddForward(actor=actor, ports=parse_ports(ports), protocol=protocol, to_port=to_port, device=device)
    return planner(forwards_per_member=100, ports_per_member=100_000).forward(desired, request, nothing_listens, NOW)[0]


def unforwarded(desired: Desired, ports: str, actor: Actor = ALICE, now: datetime = NOW) -> Desired:
    return planner().unforward(desired, RemoveForward(actor=actor, ports=parse_ports(ports)), now)[0]


def revoked(desired: Desired, actor: Actor = ALICE, device: str | None = None) -> Desired:
    return planner().revoke(desired, Revoke(actor=actor, device=device), NOW)[0]


def suspended(desired: Desired, owner: Actor, *, is_so: bool) -> Desired:
    return planner().suspend(desired, Suspend(actor=ADMIN, owner=owner.id, suspended=is_so), NOW)[0]


def nothing_listens(protocol: Protocol, ports: PortRange) -> bool:
    return False


NETWORK = Network(
    interface="wg0",
    mtu=1420,
    uplinks=(Uplink("eth0", IPv4Address("203.0.113.1"), IPv6Address("2001:db8:1::1")),),
    listen_port=51820,
    subnet4=IPv4Network("10.66.66.0/24"),
    subnet6=IPv6Network("fd42:42:42::/64"),
    address4=IPv4Address("10.66.66.1"),
    address6=IPv6Address("fd42:42:42::1"),
    public4=IPv4Address("203.0.113.1"),
    public6=IPv6Address("2001:db8:1::1"),
)
