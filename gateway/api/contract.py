"""The API as types: every operation's request and the type of its answer.

A request is `POST /v1/<operation>` with its fields as JSON. The response is 200 with the answer as JSON, or the error's
status with `{"error": {"code", "message", "details"}}`. A subscription gets many of these, one a line.

Both sides may be of different versions. The gateway refuses a key of a request that it does not know, and a client
leaves out those of an answer. So a new key of a request is sparse, and a new key of an answer has a default.

Times are aware datetimes. rx is what the gateway received, tx what it sent, both in bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, ClassVar, Generic, TypeVar, cast, get_args

from gateway.codec import SPARSE, AtMost
from gateway.model import Duration, Forward, Key, Mode, Off, Peer, PortRange, PortSpec, Protocol
from gateway.problem import Problem

Answer = TypeVar("Answer", covariant=True)
PRIVATE_KEY_PLACEHOLDER = "PASTE_YOUR_PRIVATE_KEY_HERE"
# After a change of the gateway's address. A device whose router lets the gateway through is found by it, and needs
# nothing.
BACK_BY_ITSELF = timedelta(minutes=2)
MOST_ENTRIES = 100  # audit entries in one answer
# Texts and lists of requests. They go into the log and the audit log, and are compared with all that there is.
Name = Annotated[str, AtMost(64)]
Id = Annotated[str, AtMost(32)]
Reason = Annotated[str, AtMost(300)]
Ports = Annotated[tuple[PortSpec, ...], AtMost(100)]
Targets = Annotated[tuple[int, ...], AtMost(100)]


class Local:
    """The mark of an id that one gateway gives. Another gateway gives the same number to something else."""


PeerId = Annotated[int, Local]  # never given to another peer
ForwardId = Annotated[int, Local]  # never given to another forward


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The member, admin or program that a request is made for. The gateway takes the caller's word for it."""

    id: Id  # a Discord user id, `uid:` and a system user's id, or `gateway`
    name: Name  # for people only
    is_admin: bool = False  # may see and change what all members have


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The system user that asks on the socket. The kernel names it (SO_PEERCRED), so no request can make it up."""

    uid: int
    is_trusted: bool  # root, or the gateway's own user: what [policy] says of all others together does not hold for it
    only: str = ""  # the one operation that this caller may ask for, with what belongs to it; empty: all but such ones


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerInfo:
    """A member's device as the gateway stores it."""

    id: PeerId
    owner: str  # the member's Discord user id
    owner_name: str  # for people only
    device: str  # its name, unique among the owner's, without regard to case
    public_key: Key
    ipv4: IPv4Address  # inside the tunnel
    ipv6: IPv6Address | None  # inside the tunnel; None when the VPN has no IPv6
    mode: Mode  # what the device sends through the tunnel
    created_at: datetime
    expires_at: datetime | None = None  # when the gateway removes it; None is never
    suspended_at: datetime | None = None  # since when it is cut off; None when it is not
    address: str = ""  # the name or IPv4 address that its config connects to; empty in audit entries from before
    # Where it is, in a fleet. Only clients of several gateways write it.
    region: str = field(default="", metadata={SPARSE: True})

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
            address=peer.address,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardInfo:
    """A forward as the gateway stores it, with the device that it leads to."""

    id: ForwardId
    peer_id: PeerId = 0  # the device's id; 0 in audit entries from before this field
    owner: str  # the member's Discord user id
    owner_name: str  # for people only
    device: str  # the device's name
    protocol: Protocol
    ports: PortRange  # public ports, on the gateway
    to_port: int  # the first of the device's ports
    created_at: datetime
    expires_at: datetime | None = None  # when the gateway closes it; None is never
    label: str = ""  # for people only, such as a game's name
    friends_only: bool = False  # only devices in the VPN, and addresses that were let in
    region: str = field(default="", metadata={SPARSE: True})  # as in PeerInfo

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
            friends_only=forward.access.friends_only,
        )

    @property
    def to_ports(self) -> PortRange:
        """Return the device's ports."""
        return self.ports.moved_to(self.to_port)

    @property
    def spec(self) -> PortSpec:
        """Return the ports as a person types them to close this forward and no other."""
        return PortSpec(self.ports, None if self.protocol is Protocol.BOTH else self.protocol)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """The answer to Join and Rotate: a device and its WireGuard config."""

    peer: PeerInfo
    file_name: str  # `<name>.conf`; the name has at most 15 characters, a valid interface name on every platform
    # A wg-quick(8) config with `PRIVATE_KEY_PLACEHOLDER` for the private key, which the gateway never sees.
    config: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The answer to AddForward."""

    forwards: tuple[ForwardInfo, ...]
    mode: Mode  # the device's
    public_address: str  # the host name or IPv4 address that players type
    public_address6: str | None  # None when players cannot reach the device over IPv6


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """The answer to RemoveForward: the forwards that were closed."""

    forwards: tuple[ForwardInfo, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """The answer to Revoke: the devices that were removed, and their forwards."""

    peers: tuple[PeerInfo, ...]
    forwards: tuple[ForwardInfo, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """A gateway of a fleet that did not answer, so that an answer of all the others lacks what is there."""

    region: str
    since: datetime
    older: str = ""  # of versions that do not understand each other: `gateway`, `bot` or `unknown`


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The answer to List: devices and the forwards that lead to them."""

    peers: tuple[PeerInfo, ...]
    forwards: tuple[ForwardInfo, ...]
    guests: tuple[str, ...] = ()  # ids of members that are guests, with devices or without
    away: tuple[Away, ...] = field(default=(), metadata={SPARSE: True})  # only clients of several gateways write it


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerStatus:
    """A device, and what WireGuard's interface knows about it."""

    peer: PeerInfo
    latest_handshake: datetime | None  # None when there was none since the interface came up
    rx_bytes: int  # received from the device since the interface came up
    tx_bytes: int  # sent to the device since the interface came up
    endpoint: str | None  # `address:port` as WireGuard last saw it; mask it before people see it
    connected: bool = False  # it answered within 180 s, and was not taken for away in between
    since: datetime | None = None  # since when it is connected or away; None when it never was connected


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardStatus:
    """A forward, and what conntrack and the nftables table count for it."""

    forward: ForwardInfo
    connections: int  # open flows that came from outside
    players: int  # by state/players.py; a query is none
    rx_bytes: int  # sent by players, and by what the device called from its port
    tx_bytes: int  # sent back to them
    refused: int = 0  # new flows that flood protection turned away


@dataclass(frozen=True, slots=True, kw_only=True)
class LanState:
    """The answer to SetLan."""

    on: bool  # peers may reach each other


@dataclass(frozen=True, slots=True, kw_only=True)
class Extended:
    """The answer to ExtendForward: the forwards with their new end."""

    forwards: tuple[ForwardInfo, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """The answer to Suspend: the devices whose state changed."""

    peers: tuple[PeerInfo, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestState:
    """The answer to SetGuest: the devices whose end changed."""

    peers: tuple[PeerInfo, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The answer to GetMoved: devices that do not find the gateway where their config leads them."""

    address: str  # the name or IPv4 address in new configs, which players type as well
    since: datetime | None  # when the public IPv4 address last changed; None when it has not
    lost: tuple[PeerInfo, ...]  # their config has an IPv4 address that is not the gateway's any more
    waiting: tuple[PeerInfo, ...]  # their config has a name, which WireGuard resolves only when it is switched on


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the audit log: an actor, an action, and what the action was about."""

    id: int  # grows with each entry
    at: datetime
    actor: str  # the actor's id
    actor_name: str
    action: Action | str  # a str is the word of another version
    subject: str  # what it was about, as text: `owner/device`, ports, or a reason
    peers: tuple[PeerInfo, ...] = ()  # the devices that it was about
    forwards: tuple[ForwardInfo, ...] = ()  # the forwards that it was about
    reason: str = ""  # given with the request
    uid: int | None = None  # the system user that asked on the socket; None for the gateway itself, and in old entries
    problem: Problem | None = None  # the problem that began or ended
    address: str = ""  # a player's, masked, because no entry names a player; `on` or `off` for friends only
    region: str = field(default="", metadata={SPARSE: True})  # as in PeerInfo

    @property
    def asked_by(self) -> str:
        """Name the system user that asked, as text. It is empty where `uid` is None."""
        if self.uid is None:
            return ""
        return "root" if self.uid == 0 else f"uid {self.uid}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """The answer to GetAudit."""

    entries: tuple[AuditEntry, ...]  # newest first


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyInfo:
    """The part of the configuration's [policy] that says what members may do, with its defaults."""

    forward_ports: PortRange = PortRange(1024, 60999)  # public ports that a forward may have
    devices_per_member: int = 3  # at most; admins may exceed it
    joins_per_hour: int = 20  # devices made for a member in any hour, at most; admins may exceed it
    forwards_per_member: int = 5  # at most, over all devices; admins may exceed it
    ports_per_member: int = 100  # public ports in all forwards of a member, at most; admins may exceed it
    flows_per_device: int = 4096  # at most, open at once in each family, of those that the device began
    forward_duration: Duration = Duration(timedelta(hours=12))  # for a forward whose request names none
    longest_forward: Duration = Duration(None)  # the longest a member may ask for; admins may exceed it
    device_duration: Duration = Duration(None)  # for a device whose request names none
    suspended_for: Duration = Duration(timedelta(days=7))  # how long a suspended device is kept before its removal
    audit_kept_for: Duration = Duration(timedelta(days=180))  # how long the audit log keeps an entry
    flow_log_for: Duration | Off = Off()  # how long it is logged which flows devices begin

    @classmethod
    def of(cls, policy: PolicyInfo) -> PolicyInfo:
        """Return `policy` without the keys that only the gateway uses."""
        return PolicyInfo(**{each.name: getattr(policy, each.name) for each in fields(PolicyInfo)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a region of a fleet has for itself. The fields are as in Status."""

    region: str
    public_address: str
    public_address6: str | None
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The answer to GetStatus."""

    at: datetime  # the gateway's time
    lan: bool  # peers may reach each other
    backend: str  # what runs WireGuard: `kernel` or `userspace`
    public_address: str  # the host name or IPv4 address that players type
    public_address6: str | None  # None without public IPv6
    listen_port: int  # WireGuard's UDP port
    peers: tuple[PeerStatus, ...]
    forwards: tuple[ForwardStatus, ...]
    problems: tuple[Problem, ...] = ()  # for admins: what does not work at present
    # Where the SRV record of Minecraft (Java) leads: players leave this TCP port out. None while there is no record.
    srv_port: int | None = None
    version: str = ""  # the gateway's; empty from one before this field
    # The regions of a fleet that answered, and those that did not. Only clients of several gateways write this.
    places: tuple[Place, ...] = field(default=(), metadata={SPARSE: True})
    away: tuple[Away, ...] = field(default=(), metadata={SPARSE: True})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Generic[Answer]):
    """A request. A subclass declares an operation: its name, and by `Request[Answer]` the type of its answer."""

    operation: ClassVar[str]
    actor: Actor
    request_id: Id | None = None  # the same request with the same id gets the first answer and changes nothing twice

    @classmethod
    def answer_type(cls) -> type[Answer]:
        """Return the type of the answer."""
        (base,) = cls.__orig_bases__  # type: ignore[attr-defined]  # types.get_original_bases has it from 3.12 on
        (answer,) = get_args(base)
        return cast(type[Answer], answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription(Request[Answer]):
    """A request that gets one answer after the other, until one side ends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Join(Request[Issued]):
    """Make a device."""

    operation: ClassVar[str] = "join"
    device: Name  # its name, 1 to 32 visible characters
    public_key: Key
    mode: Mode = Mode.FULL
    ipv4_only: bool = False  # for a device that has IPv6 switched off: neither address nor routes of it
    duration: Duration | None = None  # from now until its removal, at most the policy's; None is the policy's
    guest_for: Duration | None = None  # the owner is a guest, and this is the time from the first device on
    owner: Id | None = None  # for admins: another member's id; None is the actor
    owner_name: Name | None = None  # for admins: another member's name; None is `owner`


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotate(Request[Issued]):
    """Give a device new keys. Its old config stops working."""

    operation: ClassVar[str] = "rotate"
    public_key: Key  # the new one
    device: Name | None = None  # its name; None is the owner's only device
    ipv4_only: bool | None = None  # as in `Join`; None leaves it as it is
    owner: Id | None = None  # for admins: another member's id; None is the actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed:
    peer: PeerInfo
    was: str  # the device's name before


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename(Request[Renamed]):
    """Give a device another name. Its tunnel, forwards and cards go on, because they know it by its id."""

    operation: ClassVar[str] = "rename"
    device: Name
    new_name: Name
    owner: Id | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    peer: PeerInfo
    was: str  # the owner's name before


@dataclass(frozen=True, slots=True, kw_only=True)
class Give(Request[Given]):
    """Let a device belong to another member, with its forwards. Its config goes on working. For admins."""

    operation: ClassVar[str] = "give"
    device: Name
    to: Id  # the member's id
    to_name: Name | None = None  # for people only; None is the id
    owner: Id | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoke(Request[Revoked]):
    """Remove devices and their forwards, and cut their open flows."""

    operation: ClassVar[str] = "revoke"
    owner: Id | None = None  # for admins: another member's id; None is the actor
    device: Name | None = None  # its name; None is all devices of the owner
    ids: tuple[PeerId, ...] = ()  # only devices with one of these ids; empty is no restriction


@dataclass(frozen=True, slots=True, kw_only=True)
class AddForward(Request[Opened]):
    """Open public ports to a device. Either all of them are opened or none."""

    operation: ClassVar[str] = "forward"
    ports: Ports  # public ports; each entry becomes a forward
    protocol: Protocol = Protocol.BOTH  # for `ports` that name none
    to_port: int | None = None  # the device's first port, only with one entry of `ports`; None is the public port
    to_ports: Targets = ()  # the same for each entry of `ports`, in the place of `to_port`; empty: the public ports
    device: Name | None = None  # its name; None is the owner's only device
    owner: Id | None = None  # for admins: another member's id; None is the actor
    duration: Duration | None = None  # from now until they close; None is the policy's
    label: Name = ""  # for people only; cut at 32 characters
    friends_only: bool = False  # only devices in the VPN, and addresses that were let in, may connect


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendForward(Request[Extended]):
    """Move the end of forwards."""

    operation: ClassVar[str] = "extend"
    ids: tuple[ForwardId, ...]
    duration: Duration | None = None  # from now until they close; None is the policy's


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveForward(Request[Closed]):
    """Close forwards: the actor's own, or any for an admin."""

    operation: ClassVar[str] = "unforward"
    ports: Ports = ()  # closes forwards that lie inside one of these
    ids: tuple[ForwardId, ...] = ()  # closes forwards that have one of these ids
    protocol: Protocol = Protocol.BOTH  # for `ports` that name none


@dataclass(frozen=True, slots=True, kw_only=True)
class List(Request[Listing]):
    """Return what is stored, without asking the kernel. It is cheap enough for autocomplete."""

    operation: ClassVar[str] = "list"
    everyone: bool = False  # for admins: what all members have


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspend(Request[Suspended]):
    """Cut off all devices of a member, or let them back in. For admins.

    The bot sends it as well, when a member loses or regains the role. The devices keep their ports and addresses.
    """

    operation: ClassVar[str] = "suspend"
    owner: Id  # the member's id
    suspended: bool  # False lets the devices back in
    reason: Reason = ""  # for the audit log


@dataclass(frozen=True, slots=True, kw_only=True)
class SetGuest(Request[GuestState]):
    """Let all devices of a member end like a guest's, which is what the member is from now on. For admins.

    A guest's time begins once: later calls and joins change nothing about its end.
    """

    operation: ClassVar[str] = "guest"
    owner: Id  # the member's id
    duration: Duration  # from now until the removal of the devices; forever: the member is no guest any more


@dataclass(frozen=True, slots=True, kw_only=True)
class GetMoved(Request[Moved]):
    """Return the devices that a change of the public address concerns. For admins."""

    operation: ClassVar[str] = "moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class GetAudit(Request[AuditPage]):
    """Return a page of the audit log. For admins."""

    operation: ClassVar[str] = "audit"
    before: int | None = None  # only entries with smaller ids
    limit: int = 20  # entries, at most MOST_ENTRIES


@dataclass(frozen=True, slots=True, kw_only=True)
class GetPolicy(Request[PolicyInfo]):
    """Return what members may do."""

    operation: ClassVar[str] = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLan(Request[LanState]):
    """Let peers reach each other, or keep them apart. For admins. It outlives restarts."""

    operation: ClassVar[str] = "lan"
    on: bool  # peers may reach each other


@dataclass(frozen=True, slots=True, kw_only=True)
class GetStatus(Request[Status]):
    """Return live numbers from the kernel: handshakes, flows and bytes."""

    operation: ClassVar[str] = "status"
    everyone: bool = False  # for admins: what all members have
    forwards: tuple[ForwardId, ...] = ()  # only forwards with these ids, and the devices they lead to; empty is all
    devices: tuple[PeerId, ...] = ()  # only devices with these ids, without their forwards; empty is all


class Action(StrEnum):
    """The action of an audit entry: an operation, or something that happens without a request."""

    JOIN = Join.operation
    ROTATE = Rotate.operation
    RENAME = Rename.operation
    REVOKE = Revoke.operation
    FORWARD = AddForward.operation
    EXTEND = ExtendForward.operation
    UNFORWARD = RemoveForward.operation
    SUSPEND = Suspend.operation
    FORGET = "forget"
    RESTORE = "restore"  # the end of a suspension
    GUEST = SetGuest.operation
    LAN = SetLan.operation
    GIVE = Give.operation
    KICK = "kick"
    BLOCK = "block"
    LET_IN = "let-in"
    UNBLOCK = "unblock"
    FRIENDS_ONLY = "friends-only"
    TO_PORT = "to-port"
    IMPORT = "import"  # from another program
    EXPIRE = "expire"
    REPAIR = "repair"
    PROBLEM = "problem"  # it began
    SOLVED = "solved"  # a problem ended
    FOLLOW = "follow"  # to another public address

    @classmethod
    def read(cls, text: str) -> Action | str:
        """Return the action, or `text` itself when it is the word of another version."""
        try:
            return cls(text)
        except ValueError:
            return text
