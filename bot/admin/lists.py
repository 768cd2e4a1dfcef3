"""Pages of lists for admins, and the embed of /policy: values in, embeds out, pure.

`owner` filters by the owner's id and `only` by a state, game or port; None and empty text mean all. `first` is the
index of a page's first row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

import discord

from bot.core import problems, render
from bot.core.differences import differences
from bot.core.render import COLOUR, COLOUR_IDLE, clip, code, device_title, escape, in_region, plain, relative, safe
from bot.core.roles import is_id, reason
from bot.core.words import Words, both
from bot.games import games
from gateway.api.contract import (
    Action,
    AuditEntry,
    ForwardInfo,
    ForwardStatus,
    PeerInfo,
    PeerStatus,
    PolicyInfo,
    Status,
)
from gateway.model import Duration, Protocol, parse_ports

R = TypeVar("R")

PER_PAGE = 10
MAX_NAME = 150  # length of a field's name: ten fields of MAX_NAME and MAX_VALUE fit into one embed
MAX_VALUE = 400
MAX_AUDIT_NAME = 24
MAX_AUDIT_PROBLEM = 240


class DeviceState(StrEnum):
    """The state of a device. When several apply, it is the first of them."""

    SUSPENDED = "suspended"
    CONNECTED = "connected"
    NEVER = "never"
    """The device has never been connected."""
    AWAY = "away"
    """The device was connected before."""


ICONS = {
    DeviceState.SUSPENDED: render.SUSPENDED,
    DeviceState.CONNECTED: render.ONLINE,
    DeviceState.NEVER: render.OFFLINE,
    DeviceState.AWAY: render.OFFLINE,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A row of a page as an option of its menu; the texts are without markdown."""

    id: int
    """The id of a peer or forward."""
    label: str
    """The option's first line."""
    about: str
    """The option's second line."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. `before` and `after` are values of `Spot.at`, None without such a page."""

    embed: discord.Embed
    before: int | None = None
    """The begin of the page before this one."""
    after: int | None = None
    """The begin of the page after this one."""
    choices: tuple[Choice, ...] = ()
    """The rows on the page; none for the audit log."""


def state(row: PeerStatus, at: datetime) -> DeviceState:
    if row.peer.suspended_at:
        return DeviceState.SUSPENDED
    if row.latest_handshake is None:
        return DeviceState.NEVER
    return DeviceState.CONNECTED if row.connected else DeviceState.AWAY


def peers(words: Words, status: Status, owner: str | None, first: int, only: str = "") -> Page:
    """Return a page of devices, sorted by owner and name. `only`: a `DeviceState`."""
    rows = sorted(
        (row for row in status.peers if owner in (None, row.peer.owner) and only in ("", state(row, status.at))),
        key=lambda row: (row.peer.owner_name.casefold(), row.peer.owner, row.peer.device.casefold()),
    )
    ports: dict[int, list[str]] = {}
    for row in status.forwards:
        ports.setdefault(row.forward.peer_id, []).append(str(row.forward.spec))
    connected = sum(row.connected for row in rows)
    intro = words("status-connected", connected=connected, devices=len(rows)) if rows else words("peers-none")
    intro = "\n".join((intro, *render.away(words, status.away)))

    def show(row: PeerStatus) -> tuple[str, str, Choice]:
        return *_peer(words, row, ports.get(row.peer.id, ()), status), _peer_choice(words, row, status.at)

    return _page(words, words("peers-title"), intro, rows, show, first, COLOUR if connected else COLOUR_IDLE)


def forwards(words: Words, status: Status, owner: str | None, first: int, only: str = "") -> Page:
    """Return a page of forwards, sorted by port. `only`: as in `concerns`."""
    rows = sorted(
        (row for row in status.forwards if owner in (None, row.forward.owner) and concerns(row.forward, only)),
        key=lambda row: (row.forward.ports, row.forward.protocol),
    )
    address = ", ".join(render.public_addresses(status, ipv6=False))
    intro = words("forwards-count", count=len(rows), address=address) if rows else words("forwards-none")
    intro = "\n".join((intro, *render.away(words, status.away)))
    played = any(row.connections for row in rows)

    def show(row: ForwardStatus) -> tuple[str, str, Choice]:
        return *_forward(words, row), forward_choice(words, row)

    return _page(words, words("forwards-title"), intro, rows, show, first, COLOUR if played else COLOUR_IDLE)


def concerns(forward: ForwardInfo, only: str) -> bool:
    """Report whether a forward belongs to a game or lies on a port. `only`: a game's id, ports, or empty for all.

    A forward that was opened without a game belongs to a game if it lies on the game's ports.
    """
    game = games.find(only)
    if not only or (game and forward.label):
        return not game or forward.label == game.name
    specs = game.ports if game else parse_ports(only)
    return any(
        forward.ports.overlaps(spec.ports)
        and not {*forward.protocol.each}.isdisjoint((spec.protocol or Protocol.BOTH).each)
        for spec in specs
    )


def forward_choice(words: Words, row: ForwardStatus) -> Choice:
    return Choice(row.forward.id, forward_title(words, row.forward, plain), render.live(words, row))


def audit(words: Words, entries: Sequence[AuditEntry], newest: int, region: str = "") -> Page:
    """Return a page of the audit log, newest first. `region`: whose it is, in a fleet.

    `entries`: those of the page, and one more if older ones exist. `newest`: the highest id of all entries. Ids have no
    gaps, so the begin of the page before this one can be computed.
    """
    shown = entries[:PER_PAGE]
    embed = discord.Embed(title=in_region(words("audit-title"), region), colour=COLOUR_IDLE)
    embed.description = "\n".join(_entry(words, entry) for entry in shown) or words("audit-none")
    if not shown:
        return Page(embed)
    newer = shown[0].id + PER_PAGE + 1
    return Page(
        embed,
        before=None if shown[0].id >= newest else 0 if newer > newest else newer,
        after=shown[-1].id if len(entries) > PER_PAGE else None,
    )


def policy(words: Words, limits: PolicyInfo, region: str = "") -> discord.Embed:
    """Return the embed of /policy. `region`: where it holds, when it does not hold everywhere."""
    embed = discord.Embed(title=in_region(words("policy-title"), region), colour=COLOUR)
    usual, longest, suspended = limits.forward_duration, limits.longest_forward, limits.suspended_for
    count, joins = limits.devices_per_member, limits.joins_per_hour
    devices = words("policy-devices", count=count, joins=joins)
    if limits.device_duration.length:
        removed = render.duration(words, limits.device_duration)
        devices = words("policy-devices-until", count=count, joins=joins, duration=removed)
    time = words(
        "policy-time",
        usual=render.duration(words, usual) if usual.length else words("policy-usual-forever"),
        longest=words("policy-longest", duration=render.duration(words, longest))
        if longest.length
        else words("policy-longest-forever"),
    )
    left = words("policy-leave-kept")
    if suspended.length:
        left = words("policy-leave", duration=render.duration(words, suspended))
    forwards = words(
        "policy-forwards",
        count=limits.forwards_per_member,
        ports=str(limits.forward_ports),
        most=limits.ports_per_member,
    )
    devices += "\n" + words("policy-flows", count=limits.flows_per_device)
    embed.add_field(name=words("policy-devices-field"), value=devices, inline=False)
    embed.add_field(name=words("policy-forwards-field"), value=forwards, inline=False)
    embed.add_field(name=words("policy-time-field"), value=time, inline=False)
    embed.add_field(name=words("policy-leave-field"), value=left, inline=False)
    kept = words("policy-kept-forever")
    if limits.audit_kept_for.length:
        kept = words("policy-kept", duration=render.duration(words, limits.audit_kept_for))
    flows = words("policy-no-flow-log")
    if isinstance(limits.flow_log_for, Duration):
        flows = words("policy-flow-log", duration=render.duration(words, limits.flow_log_for))
    return embed.add_field(name=words("policy-kept-field"), value=f"{kept} {flows}", inline=False)


def _page(
    words: Words,
    title: str,
    intro: str,
    rows: Sequence[R],
    show: Callable[[R], tuple[str, str, Choice]],
    first: int,
    colour: discord.Colour,
) -> Page:
    """Return the page that holds row `first`, or the last page: the list may be shorter than when a button was made."""
    last = max(0, len(rows) - 1) // PER_PAGE * PER_PAGE
    first = min(first // PER_PAGE * PER_PAGE, last)
    embed = discord.Embed(title=title, description=intro, colour=colour)
    shown = list(map(show, rows[first : first + PER_PAGE]))
    for name, value, _ in shown:
        embed.add_field(name=clip(name, MAX_NAME), value=clip(value, MAX_VALUE), inline=False)
    if last:
        embed.set_footer(text=words("list-page", number=first // PER_PAGE + 1, last=last // PER_PAGE + 1))
    return Page(
        embed,
        first - PER_PAGE if first else None,
        first + PER_PAGE if first < last else None,
        tuple(choice for _, _, choice in shown),
    )


def _peer_choice(words: Words, row: PeerStatus, at: datetime) -> Choice:
    title = device_title(ICONS[state(row, at)], plain(row.peer.device), plain(row.peer.owner_name))
    title = in_region(title, row.peer.region, plain)
    return Choice(row.peer.id, title, words(f"state-{state(row, at)}"))


def _peer(words: Words, row: PeerStatus, ports: Sequence[str], status: Status) -> tuple[str, str]:
    peer = row.peer
    addresses = both(words, render.addresses(peer))
    lines = [words("peers-facts", addresses=addresses, mode=peer.mode, since=relative(peer.created_at))]
    lines += render.connection(words, row, online=row.connected)
    if peer.suspended_at:
        lines.append(words("peers-suspended", since=relative(peer.suspended_at)))
    if peer.expires_at:
        lines.append(words("peers-ends", relative=relative(peer.expires_at)))
    if ports:
        lines.append(words("peers-ports", ports=clip(", ".join(sorted(ports)), 100)))
    title = device_title(ICONS[state(row, status.at)], safe(peer.device), safe(peer.owner_name))
    return in_region(title, peer.region), "\n".join(lines)


def _forward(words: Words, row: ForwardStatus) -> tuple[str, str]:
    forward = row.forward
    lines = [render.live(words, row)]
    if forward.to_port != forward.ports.first:
        lines.append(words("forwards-target", port=str(forward.to_port)))
    if forward.label:
        lines.append(safe(forward.label))
    end = words("ends", relative=relative(forward.expires_at)) if forward.expires_at else words("forwards-never-ends")
    lines.append(words("forwards-opened", since=relative(forward.created_at), end=end))
    return forward_title(words, forward), "\n".join(lines)


def owner_mention(owner: str) -> str | None:
    """Return a mention, which Discord shows as the present name; None if the owner is no Discord member."""
    return f"<@{owner}>" if is_id(owner) else None


def forward_title(words: Words, forward: ForwardInfo, show: Callable[[str], str] = safe) -> str:
    protocol = render.protocol(words, forward.protocol)
    title = f"{forward.ports} {protocol} → {show(forward.device)} · {show(forward.owner_name)}"
    return in_region(title, forward.region, show)


def _entry(words: Words, entry: AuditEntry) -> str:
    when, actor, subject = relative(entry.at), safe(entry.actor_name), _subject(words, entry)
    if f"audit-{entry.action}" in words:
        said = words(f"audit-{entry.action}", when=when, actor=actor, subject=subject)
    else:
        said = words("audit-other", when=when, actor=actor, action=code(plain(entry.action)), subject=subject)
    notes = [safe(reason(words, entry.reason), MAX_AUDIT_NAME)] if entry.reason else []
    notes += [safe(entry.address, MAX_AUDIT_NAME)] if entry.address else []
    notes += [words("audit-asked-by", user=entry.asked_by)] if entry.asked_by else []
    return f"{said} ({'; '.join(notes)})" if notes else said


def _subject(words: Words, entry: AuditEntry) -> str:
    named: tuple[PeerInfo | ForwardInfo, ...] = (*entry.peers, *entry.forwards)
    if entry.action == Action.REPAIR:
        return differences(words, entry.subject)
    if entry.problem:
        return clip(problems.sentence(words, entry.problem), MAX_AUDIT_PROBLEM)
    if not named:
        # An older gateway wrote only a text, with `owner/device` for a device; the id becomes a mention.
        return re.sub(r"\b(\d{15,20})/", r"<@\1> ", escape(plain(entry.subject, 120)))
    devices = _some(words, list(dict.fromkeys(_device(words, row, entry.actor) for row in named)), 2)
    ports = _some(words, [code(str(forward.spec)) for forward in entry.forwards], 3)
    if not entry.forwards:
        return devices
    if not entry.peers or entry.action == Action.FORWARD:
        return words("audit-ports-of", ports=ports, devices=devices)
    return words("audit-devices-with", devices=devices, ports=ports)


def _some(words: Words, names: Sequence[str], most: int) -> str:
    shown = ", ".join(names[:most])
    return words("list-more", names=shown, count=len(names) - most) if len(names) > most else shown


def _device(words: Words, row: PeerInfo | ForwardInfo, actor: str) -> str:
    """Name a device, and its owner unless the owner acted."""
    device = safe(row.device, MAX_AUDIT_NAME)
    if row.owner == actor:
        return device
    return words("device-of", device=device, owner=owner_mention(row.owner) or safe(row.owner_name, MAX_AUDIT_NAME))
