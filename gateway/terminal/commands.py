"""The admin's commands, one declaration each. The command line, the demo's prompt and the request follow from it."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from gateway import times
from gateway.api import connections, contract, events, history, target
from gateway.api.client import GatewayClient, with_private_key
from gateway.api.contract import Actor, Listing, Request
from gateway.api.forgetting import Forget
from gateway.api.holders import FindHolders
from gateway.errors import BadRequest, ForwardUnknown, PeerUnknown
from gateway.keys import PrivateKey
from gateway.logs import safe
from gateway.model import Duration, Mode, PortRange, Protocol, forwards_inside, parse_ports
from gateway.terminal import connections as terminal_connections
from gateway.terminal import text as terminal
from gateway.terminal.news import render_news

A = TypeVar("A")
Values = dict[str, Any]
Find = Callable[[GatewayClient, Actor, Values], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument that is typed for a field of the request."""

    name: str
    help: str
    parse: Callable[[str], Any] = str  # raises ValueError that says what would be right
    field: str = ""  # the field's name, when it differs from `name`
    flag: str = ""  # the option's name; empty for a positional argument
    metavar: str = ""
    nargs: str | None = None  # as argparse has it
    is_switch: bool = False  # an option without a value, such as --ipv4-only, or --no-ipv4-only

    @property
    def to(self) -> str:
        """Return the name of the request's field."""
        return self.field or self.name

    @property
    def is_needed(self) -> bool:
        return not self.flag and self.nargs != "?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Generic[A]):
    """A command: the request that it makes, its arguments, and how its answer becomes text."""

    request: type[Request[A]]
    summary: str
    render: Callable[[A], str]
    alias: str = ""  # the command's name, when it differs from the operation's
    arguments: tuple[Argument, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)  # fields of the request that are not typed
    is_offline: bool = False  # works without a running gateway: it only reads, or takes something away
    find: Find | None = None  # asks the gateway to turn typed values into fields of the request

    @property
    def name(self) -> str:
        return self.alias or self.request.operation

    def default(self, argument: Argument) -> object:
        """Return the request's default for the argument, or None when there is none worth showing."""
        defaults = {each.name: each.default for each in dataclasses.fields(self.request)}
        default = defaults.get(argument.to)
        return None if default in (dataclasses.MISSING, ()) else default

    async def ask(self, client: GatewayClient, actor: Actor, typed: Mapping[str, Any]) -> A:
        """Send the request with the typed values, by the arguments' names. Return the answer.

        Without a typed key this makes a key pair and puts the private key into the config. Raise what `call` raises.
        """
        names = {argument.name: argument.to for argument in self.arguments}
        values = {**self.settings, **{names.get(name, name): value for name, value in typed.items()}}
        fields = {each.name for each in dataclasses.fields(self.request)}
        if self.find:
            await self.find(client, actor, values)
        if "everyone" in fields:
            values["everyone"] = actor.is_admin
        private_key = PrivateKey.generate() if "public_key" in fields - values.keys() else None
        if private_key:
            values["public_key"] = private_key.public_key
        answer = await client.call(self.request(actor=actor, **values))
        if private_key and isinstance(answer, contract.Issued):
            return dataclasses.replace(answer, config=with_private_key(answer, private_key))
        return answer


async def _find_owner(client: GatewayClient, actor: Actor, values: Values) -> None:
    if "owner" in values:
        everyone = await client.call(contract.List(actor=actor, everyone=True))
        values["owner"] = owner_id(everyone, values["owner"])


async def _find_member(client: GatewayClient, actor: Actor, values: Values) -> None:
    """Turn the name of a member with a device into the id. Any other text is an id."""
    everyone, text = await client.call(contract.List(actor=actor, everyone=True)), values["member"]
    if any(text.casefold() == peer.owner_name.casefold() for peer in everyone.peers):
        values["member"] = owner_id(everyone, text)


async def _split_place(_: GatewayClient, __: Actor, values: Values) -> None:
    values["address"], values["port"], values["protocol"] = values["port"]


async def _find_forwards_of_flow(client: GatewayClient, actor: Actor, values: Values) -> None:
    protocol = values.pop("protocol")  # the flow's, and not that of the forwards
    await _find_forwards(client, actor, values)
    values["protocol"] = protocol


async def _find_forwards(client: GatewayClient, actor: Actor, values: Values) -> None:
    if not values.get("ports"):
        return
    listing = await client.call(contract.List(actor=actor, everyone=actor.is_admin))
    protocol = values.pop("protocol", Protocol.BOTH)
    found = (forwards_inside(listing.forwards, spec.ports, spec.protocol or protocol) for spec in values.pop("ports"))
    values["ids"] = tuple(dict.fromkeys(forward.id for forward in itertools.chain(*found)))


async def _find_history(client: GatewayClient, actor: Actor, values: Values) -> None:
    """Turn names and a port into ids."""
    if not values.keys() & {"owner", "device", "forward"}:
        return
    listing = await client.call(contract.List(actor=actor, everyone=actor.is_admin))
    if "owner" in values:
        values["owner"] = owner_id(listing, values["owner"])
    if name := values.get("device"):
        found = [p for p in listing.peers if p.device.casefold() == name.casefold()]
        found = [p for p in found if values.get("owner") in (None, p.owner)]
        if not found:
            raise PeerUnknown(device=name)
        if len(found) > 1:
            owners = ", ".join(sorted(peer.owner_name for peer in found))
            raise BadRequest(field="--device", problem=f"several members have one called {name}: {owners}; name one")
        values["device"] = found[0].id
    if port := values.get("forward"):
        forward = next((each for each in listing.forwards if port in each.ports), None)
        if forward is None:
            raise ForwardUnknown(ports=str(port))
        values["forward"] = forward.id


def owner_id(listing: Listing, text: str) -> str:
    """Return the member's id for an id or a name. Raise BadRequest when no member or several members have it."""
    names = {guest: guest for guest in listing.guests} | {peer.owner: peer.owner_name for peer in listing.peers}
    if text in names:
        return text
    found = sorted(owner for owner, name in names.items() if name.casefold() == text.casefold())
    if not found:
        raise BadRequest(field="OWNER", problem=f"no member with a device is called {text}; see `guildgate peers`")
    if len(found) > 1:
        raise BadRequest(field="OWNER", problem=f"{text} is the name of several: write one of {', '.join(found)}")
    return found[0]


def _yes_or_no(text: str) -> bool:
    if text.casefold() not in ("yes", "no", "true", "false"):
        raise ValueError("must be yes or no")
    return text.casefold() in ("yes", "true")


def _one_of(kind: type[StrEnum], text: str) -> StrEnum:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"must be {', '.join(kind)}") from None


def _switch(text: str) -> bool:
    if text not in ("on", "off"):
        raise ValueError("must be on or off")
    return text == "on"


def _one_port(text: str) -> int:
    ports = PortRange.parse(text)
    if len(ports) > 1:
        raise ValueError("must be one port: the first of the device's")
    return ports.first


def _each_port(text: str) -> tuple[int, ...]:
    return tuple(map(_one_port, text.split(",")))


def _number(text: str, most: int = 1 << 62) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise ValueError(f"must lie inside 1-{most}")
    return int(text)


def _place(text: str) -> tuple[IPv4Address | IPv6Address | None, int, Protocol]:
    """Read `40123`, `203.0.113.1:40123` or `[2001:db8::1]:40123`, each also with `/tcp` or `/udp`. Raise ValueError."""
    place, _, protocol = text.partition("/")
    address, _, port = place.rpartition(":")
    try:
        found = ip_address(address.removeprefix("[").removesuffix("]")) if address else None
        return found, _number(port, 65535), Protocol(protocol or Protocol.BOTH)
    except ValueError:
        raise ValueError("must be a port such as 40123, 203.0.113.1:40123/tcp or [2001:db8::1]:40123") from None


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise ValueError("must be an address such as 203.0.113.9, or a network such as 203.0.113.0/24") from None


def _span(text: str) -> Duration:
    """Read how long, or until when by this machine's clock."""
    return times.parse(text, datetime.now(UTC), local_zone())


def local_zone() -> tzinfo:
    """Return this machine's time zone, with its changes of the clock."""
    try:
        with Path("/etc/localtime").open("rb") as data:
            return ZoneInfo.from_file(data)
    except (OSError, ValueError):
        return UTC


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a time such as 2026-01-31T20:00, which is UTC, or 2026-01-31T22:00+02:00") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


_MEMBER = Argument("member", "the member's id, or name when only one has it", field="owner", metavar="OWNER")
_OWNER = Argument("owner", "the member's id or name (default: you)", flag="--owner", metavar="ID")
_PORTS = Argument(
    "port",
    "25565, a range 27015-27030, or several: 2456-2458,27015/udp",
    lambda text: parse_ports(text.removesuffix(",")),  # because a shell splits `80, 81` at the space
    field="ports",
    metavar="PORTS",
    nargs="+",
)
_FORWARDS = dataclasses.replace(_PORTS, name="ports", nargs=None)
_ADDRESS = Argument(
    "address", "203.0.113.9, a /24 of IPv4 or a /64 of IPv6", _network, field="network", metavar="ADDRESS"
)
_PROTOCOL = Argument(
    "protocol",
    "for ports without one of their own",
    partial(_one_of, Protocol),
    flag="--protocol",
    metavar=f"{{{','.join(Protocol)}}}",
)
_DURATION = Argument(
    "duration",
    "how long or until when: 2h, 1h30, 'friday 20:00', forever (default: the policy's)",
    _span,
    flag="--for",
    metavar="TIME",
)

_IPV4_ONLY = Argument(
    "ipv4_only",
    "for a device that has IPv6 switched off",
    _yes_or_no,
    flag="--ipv4-only",
    is_switch=True,
)


def _about_address(
    request: type[connections.Block | connections.LetIn | connections.Unblock], done: str, summary: str
) -> Command[connections.Chosen]:
    return Command(
        request=request,
        summary=summary,
        render=partial(terminal_connections.render_chosen, done),
        arguments=(_FORWARDS, _ADDRESS),
        find=_find_forwards,
    )


_DECLARED = (
    Command(
        request=contract.List,
        alias="peers",
        summary="List every member's devices.",
        render=lambda listing: terminal.render_peers(listing, datetime.now(UTC)),
        is_offline=True,
    ),
    Command(
        request=contract.GetStatus,
        summary="Show handshakes, traffic and live connections.",
        render=terminal.render_status,
        is_offline=True,
    ),
    Command(
        request=contract.Join,
        summary="Make a device's peer and print its WireGuard config and QR code.",
        render=terminal.render_issued,
        arguments=(
            Argument("device", "a name for the device, such as laptop"),
            Argument(
                "mode",
                "full: all traffic; split: VPN only; linux: forwards only, with wg-quick",
                partial(_one_of, Mode),
                flag="--mode",
                metavar=f"{{{','.join(Mode)}}}",
            ),
            _IPV4_ONLY,
            Argument("owner", "the member it belongs to (default: you)", flag="--owner", metavar="ID"),
            Argument("owner_name", "how lists call that member", flag="--owner-name", metavar="NAME"),
        ),
    ),
    Command(
        request=contract.Rotate,
        summary="Give a device new keys and print its new config. The old one stops working.",
        render=terminal.render_issued,
        arguments=(
            Argument("device", "needed when the member has several", nargs="?"),
            _IPV4_ONLY,
            _OWNER,
        ),
        find=_find_owner,
    ),
    Command(
        request=contract.Rename,
        summary="Give a device another name. Its tunnel and ports go on.",
        render=lambda done: safe(f"{done.was} of {done.peer.owner_name} is called {done.peer.device} now."),
        arguments=(Argument("device", "its name so far"), Argument("new_name", "its name from now on"), _OWNER),
        find=_find_owner,
    ),
    Command(
        request=contract.Give,
        summary="Let a device belong to another member, with its ports. Its config goes on working.",
        render=lambda given: safe(f"{given.peer.device} of {given.was} belongs to {given.peer.owner_name} now."),
        arguments=(
            Argument("owner", "the id or name that it belongs to, such as imported"),
            Argument("device", "its name"),
            Argument("to", "the member's id", metavar="ID"),
            Argument("to_name", "how lists call that member", flag="--name", metavar="NAME"),
        ),
        find=_find_owner,
    ),
    Command(
        request=contract.AddForward,
        summary="Open public ports to a device.",
        render=terminal.render_opened,
        arguments=(
            _PORTS,
            _PROTOCOL,
            Argument(
                "to_ports",
                "the device's port, one for each of PORTS (default: the same)",
                _each_port,
                flag="--to-port",
                metavar="N[,N]",
            ),
            Argument("device", "needed when the member has several", flag="--device", metavar="NAME"),
            _OWNER,
            _DURATION,
            Argument(
                "friends_only",
                "only devices in the VPN, and addresses that are let in, may connect",
                _yes_or_no,
                flag="--friends-only",
                is_switch=True,
            ),
        ),
        find=_find_owner,
    ),
    Command(
        request=contract.ExtendForward,
        summary="Move the end of every forward inside PORTS, whoever has it.",
        render=terminal.render_extended,
        arguments=(_PORTS, _PROTOCOL, _DURATION),
        find=_find_forwards,
    ),
    Command(
        request=target.SetToPort,
        summary="Lead every forward inside PORTS to another port of its device, or to another device of its owner.",
        render=terminal.render_led,
        arguments=(
            _PORTS,
            _PROTOCOL,
            Argument("to_port", "the device's port (of a range: its first)", _one_port),
            Argument("device", "another device of the same owner", flag="--device", metavar="NAME"),
        ),
        find=_find_forwards,
    ),
    Command(
        request=contract.RemoveForward,
        summary="Close every forward inside PORTS, whoever has it.",
        render=terminal.render_closed,
        arguments=(_PORTS, _PROTOCOL),
        is_offline=True,
    ),
    Command(
        request=connections.GetConnections,
        summary="Show live connections with their addresses, and what is blocked or let in.",
        render=terminal_connections.render_connections,
        arguments=(dataclasses.replace(_FORWARDS, flag="--port", help="only these (default: all)"),),
        find=_find_forwards,
        is_offline=True,
    ),
    Command(
        request=connections.Kick,
        summary="Cut one connection, and keep that address and port out for a minute.",
        render=partial(terminal_connections.render_chosen, "Kicked"),
        arguments=(
            _FORWARDS,
            Argument("address", "the player's, as `connections` shows it", ip_address),
            Argument("port", "the player's", partial(_number, most=65535)),
            Argument("protocol", "tcp or udp", partial(_one_of, Protocol)),
        ),
        find=_find_forwards_of_flow,
    ),
    _about_address(connections.Block, "Blocked", "Keep an address out of ports, and cut its connections."),
    _about_address(
        connections.LetIn, "Let in", "Let an address in where only friends may come, or a larger network is blocked."
    ),
    _about_address(connections.Unblock, "Undone", "Undo a block, or letting an address in."),
    Command(
        request=connections.SetFriendsOnly,
        summary="Let only devices in the VPN and addresses that were let in reach ports, or all players again.",
        render=terminal_connections.render_friends_only,
        arguments=(
            _FORWARDS,
            Argument("state", "open connections of others end", _switch, field="on", metavar="{on,off}"),
        ),
        find=_find_forwards,
    ),
    Command(
        request=contract.Revoke,
        summary="Take access away at once, established connections included.",
        render=terminal.render_revoked,
        arguments=(_MEMBER, Argument("device", "only this device (default: all of them)", nargs="?")),
        is_offline=True,
        find=_find_owner,
    ),
    Command(
        request=contract.Suspend,
        summary="Cut a member's devices off, and keep them and their ports.",
        render=partial(terminal.render_suspended, suspended=True),
        arguments=(_MEMBER,),
        settings={"suspended": True},
        is_offline=True,
        find=_find_owner,
    ),
    Command(
        request=contract.Suspend,
        alias="restore",
        summary="Let a suspended member's devices back in; or put a backup in place, which is a file.",
        render=partial(terminal.render_suspended, suspended=False),
        arguments=(dataclasses.replace(_MEMBER, metavar="MEMBER|FILE"),),
        settings={"suspended": False},
        find=_find_owner,
    ),
    Command(
        request=contract.SetGuest,
        summary="Let a member's devices end like a guest's after TIME, or with `forever` no more.",
        render=terminal.render_guest,
        arguments=(
            _MEMBER,
            Argument("duration", "how long or until when: 12h, 7d, 'friday 20:00', forever", _span, metavar="TIME"),
        ),
        find=_find_owner,
    ),
    Command(
        request=Forget,
        summary="Remove a member, also from the audit log and from what the bot remembers.",
        render=terminal.render_forgotten,
        arguments=(Argument("member", "the member's id, or name when it has a device", metavar="MEMBER"),),
        find=_find_member,
    ),
    Command(
        request=FindHolders,
        summary="Tell which device had a public port at a time, to answer a complaint.",
        render=terminal.render_holders,
        arguments=(
            Argument("port", "40123, 203.0.113.1:40123/tcp or [2001:db8::1]:40123", _place, metavar="PORT"),
            Argument("at", "2026-01-31T20:00, in UTC, or 2026-01-31T22:00+02:00", _time, metavar="TIME"),
        ),
        find=_split_place,
    ),
    Command(
        request=contract.GetAudit,
        summary="Show who did what when, the newest first.",
        is_offline=True,
        render=terminal.render_audit,
        arguments=(
            Argument(
                "limit",
                f"1-{contract.MOST_ENTRIES}",
                partial(_number, most=contract.MOST_ENTRIES),
                flag="--limit",
                metavar="N",
            ),
            Argument("before", "only what is older than this entry", _number, flag="--before", metavar="NUMBER"),
        ),
    ),
    Command(
        request=history.GetHistory,
        summary="Show what moved in times past, of all members or one.",
        render=terminal.render_history,
        arguments=(
            Argument("member", "only this member's (default: everyone's)", field="owner", metavar="OWNER", nargs="?"),
            Argument(
                "period",
                "how far back",
                partial(_one_of, history.Period),
                flag="--period",
                metavar=f"{{{','.join(history.Period)}}}",
            ),
            Argument("device", "only this one and its ports", flag="--device", metavar="NAME"),
            Argument("port", "only this open port", _one_port, field="forward", flag="--port", metavar="PORT"),
        ),
        find=_find_history,
    ),
    Command(
        request=events.Watch,
        summary="Show what happens as it happens, a line for each event, until Ctrl-C.",
        render=render_news,
    ),
    Command(
        request=contract.GetPolicy,
        summary="Show what members may do.",
        render=terminal.render_policy,
        is_offline=True,
    ),
    Command(
        request=contract.SetLan,
        summary="Let devices reach each other, or keep them apart again.",
        render=terminal.render_lan,
        arguments=(
            Argument("state", "applies at once, and after restarts too", _switch, field="on", metavar="{on,off}"),
        ),
    ),
)
COMMANDS: tuple[Command[Any], ...] = _DECLARED  # in two steps, so that mypy compares each answer with its `render`
