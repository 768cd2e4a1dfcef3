"""The API as types: every operation's request and answer. Both ends build on this and on nothing else.

`POST /v1/<operation>` with the request as JSON; 200 and the answer, or the error's status and
`{"error": {"code", "message", "details"}}`. A subscription is answered by many of these, one a line. rx and tx are seen
from the gateway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Any, ClassVar, Generic, TypeVar, cast, get_args

from gateway.model import Duration, Forward, Key, Mode, Peer, PortRange, PortSpec, Protocol

Answer = TypeVar("Answer", covariant=True)
PRIVATE_KEY_PLACEHOLDER = "PASTE_YOUR_PRIVATE_KEY_HERE"
MOST_ENTRIES = 100  # of the audit log in one answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks. The caller on the socket vouches for it; the audit log keeps it."""

    id: str
    name: str
    is_admin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerInfo:
    id: int
    owner: str
    owner_name: str
    device: str
    public_key: Key
    ipv4: IPv4Address
    ipv6: IPv6Address | None
    mode: Mode
    created_at: datetime
    expires_at: datetime | None = None
    suspended_at: datetime | None = None

    @classmethod
    def of(cls, peer: Peer) -> PeerInfo:
        return cls(
            id=peer.id,
            owner=peer.owner,
            owner_name=peer.owner_name,
            device=peer.device,
            public_key=peer.public_key,
            ipv4=peer.ipv4,
            ipv6=peer.ipv6,
            mode=peer.mode,
            created_at=peer.created_at,
            expires_at=peer.expires_at,
            suspended_at=peer.suspended_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardInfo:
    """`peer_id` is that of the device it leads to; 0 in what was stored before there was this field."""

    id: int
    peer_id: int = 0
    owner: str
    owner_name: str
    device: str
    protocol: Protocol
    ports: PortRange
    to_port: int
    created_at: datetime
    expires_at: datetime | None = None
    label: str = ""

    @classmethod
    def of(cls, forward: Forward, peer: Peer) -> ForwardInfo:
        return cls(
            id=forward.id,
            peer_id=peer.id,
            owner=peer.owner,
            owner_name=peer.owner_name,
            device=peer.device,
            protocol=forward.protocol,
            ports=forward.ports,
            to_port=forward.to_port,
            created_at=forward.created_at,
            expires_at=forward.expires_at,
            label=forward.label,
        )

    @property
    def to_ports(self) -> PortRange:
        return self.ports.moved_to(self.to_port)

    @property
    def spec(self) -> PortSpec:
        """What to type to close this forward and no other."""
        return PortSpec(self.ports, None if self.protocol is Protocol.BOTH else self.protocol)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """Answer of join and rotate. `config` is whole but for `PRIVATE_KEY_PLACEHOLDER`: the gateway never sees that key.

    `file_name` is safe as a file name and as an interface name on every platform (at most 15 characters and `.conf`).
    """

    peer: PeerInfo
    file_name: str
    config: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """`public_address` is what players type; `public_address6` is None without public IPv6."""

    forwards: tuple[ForwardInfo, ...]
    mode: Mode
    public_address: str
    public_address6: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    forwards: tuple[ForwardInfo, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    peers: tuple[PeerInfo, ...]
    forwards: tuple[ForwardInfo, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    peers: tuple[PeerInfo, ...]
    forwards: tuple[ForwardInfo, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerStatus:
    """`endpoint` is `address:port` as WireGuard last saw it; mask it before showing it to people."""

    peer: PeerInfo
    latest_handshake: datetime | None
    rx_bytes: int
    tx_bytes: int
    endpoint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardStatus:
    """`connections` live flows from `players` addresses; rx is what players sent in, tx what went back to them.

    `refused` counts attempts at a new flow that flood protection turned away.
    """

    forward: ForwardInfo
    connections: int
    players: int
    rx_bytes: int
    tx_bytes: int
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LanState:
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Extended:
    forwards: tuple[ForwardInfo, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """The devices whose state changed."""

    peers: tuple[PeerInfo, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """`subject` is what it was about: `owner/device`, ports, a reason; the rest the same as values, where there are.

    An `action` that is no `Action` is another version's.
    """

    id: int
    at: datetime
    actor: str
    actor_name: str
    action: Action | str
    subject: str
    peers: tuple[PeerInfo, ...] = ()
    forwards: tuple[ForwardInfo, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """Newest first."""

    entries: tuple[AuditEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyInfo:
    """The part of the configuration's [policy] that says what members may do, with its defaults."""

    forward_ports: PortRange = PortRange(1024, 60999)  # public ports that a forward may have
    devices_per_member: int = 3
    forwards_per_member: int = 5
    forward_duration: Duration = Duration(timedelta(hours=12))  # of a forward that is opened without one
    longest_forward: Duration = Duration(None)
    device_duration: Duration = Duration(None)
    suspended_for: Duration = Duration(timedelta(days=7))  # how long a suspended device is kept before its removal

    @classmethod
    def of(cls, policy: PolicyInfo) -> PolicyInfo:
        """Leave out what the gateway keeps to itself."""
        return PolicyInfo(**{each.name: getattr(policy, each.name) for each in fields(PolicyInfo)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """`lan`: peers may reach each other."""

    at: datetime
    lan: bool
    backend: str
    public_address: str
    public_address6: str | None
    listen_port: int
    peers: tuple[PeerStatus, ...]
    forwards: tuple[ForwardStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Generic[Answer]):
    """`request_id`: a retry with the same id gets the first try's answer and changes nothing twice.

    A subclass declares an operation: its name, and by `Request[Answer]` the type of its answer.
    """

    operation: ClassVar[str]
    actor: Actor
    request_id: str | None = None

    @classmethod
    def answer_type(cls) -> type[Answer]:
        (base,) = cls.__orig_bases__  # type: ignore[attr-defined]  # types.get_original_bases has it from 3.12 on
        (answer,) = get_args(base)
        return cast(type[Answer], answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription(Request[Answer]):
    """Answered again and again, until one side ends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Join(Request[Issued]):
    """`owner` and `owner_name`: an admin joins on someone's behalf. `duration` left out: that of the policy."""

    operation: ClassVar[str] = "join"
    device: str
    public_key: Key
    mode: Mode = Mode.FULL
    duration: Duration | None = None
    owner: str | None = None
    owner_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotate(Request[Issued]):
    """`device` may be left out when there is only one."""

    operation: ClassVar[str] = "rotate"
    public_key: Key
    device: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoke(Request[Revoked]):
    """`device` left out: all devices of the owner, or those of them that have one of `ids`."""

    operation: ClassVar[str] = "revoke"
    owner: str | None = None
    device: str | None = None
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AddForward(Request[Opened]):
    """All of `ports` or none; `to_port` only with one of them."""

    operation: ClassVar[str] = "forward"
    ports: tuple[PortSpec, ...]
    protocol: Protocol = Protocol.BOTH
    to_port: int | None = None
    device: str | None = None
    owner: str | None = None
    duration: Duration | None = None
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendForward(Request[Extended]):
    """These forwards end `duration` from now instead; left out: the policy's."""

    operation: ClassVar[str] = "extend"
    ids: tuple[int, ...]
    duration: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveForward(Request[Closed]):
    """Closes every forward of the actor (an admin: of anyone) that lies inside one of `ports`, or has one of `ids`."""

    operation: ClassVar[str] = "unforward"
    ports: tuple[PortSpec, ...] = ()
    ids: tuple[int, ...] = ()
    protocol: Protocol = Protocol.BOTH


@dataclass(frozen=True, slots=True, kw_only=True)
class List(Request[Listing]):
    """What is stored, without asking the kernel: cheap enough for autocomplete."""

    operation: ClassVar[str] = "list"
    everyone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspend(Request[Suspended]):
    """For admins, and the bot itself when someone lost their role: cut off all of the owner's devices, or let them
    back in. Nothing is removed and nobody else gets their ports or addresses. `reason` is for the audit log."""

    operation: ClassVar[str] = "suspend"
    owner: str
    suspended: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetAudit(Request[AuditPage]):
    """For admins: the newest `limit` (at most MOST_ENTRIES) entries older than the id `before`."""

    operation: ClassVar[str] = "audit"
    before: int | None = None
    limit: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class GetPolicy(Request[PolicyInfo]):
    operation: ClassVar[str] = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLan(Request[LanState]):
    """For admins: peers may reach each other, until the next call; outlives restarts."""

    operation: ClassVar[str] = "lan"
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GetStatus(Request[Status]):
    """`forwards`: only those of these ids, and the devices they lead to; empty: all."""

    operation: ClassVar[str] = "status"
    everyone: bool = False
    forwards: tuple[int, ...] = ()


class Action(StrEnum):
    """What the audit log says was done: an operation, or what happens without a request."""

    JOIN = Join.operation
    ROTATE = Rotate.operation
    REVOKE = Revoke.operation
    FORWARD = AddForward.operation
    EXTEND = ExtendForward.operation
    UNFORWARD = RemoveForward.operation
    SUSPEND = Suspend.operation
    RESTORE = "restore"  # the end of a suspension
    LAN = SetLan.operation
    EXPIRE = "expire"
    REPAIR = "repair"
    FOLLOW = "follow"  # to another public address

    @classmethod
    def read(cls, text: str) -> Action | str:
        """Leave the word of another version as it is."""
        try:
            return cls(text)
        except ValueError:
            return text


# By name, every operation that is declared above.
OPERATIONS: Mapping[str, type[Request[Any]]] = {
    kind.operation: kind
    for kind in list(globals().values())
    if isinstance(kind, type) and issubclass(kind, Request) and hasattr(kind, "operation")
}
