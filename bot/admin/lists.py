"""What admins look through page by page, and the limits everyone has: values in, embeds out, like `render`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

import discord

from bot.core import render, texts
from bot.core.render import COLOUR, COLOUR_IDLE, clip, code, escape, plain, safe
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
from gateway.model import Protocol, parse_ports

R = TypeVar("R")

PER_PAGE = 10  # with these two limits any ten fit into one embed
MAX_NAME = 150
MAX_VALUE = 400
MAX_AUDIT_NAME = 24


class State(StrEnum):
    """Of a device; each is in the first that holds."""

    SUSPENDED = "suspended"
    CONNECTED = "connected"
    NEVER = "never"
    AWAY = "away"


ICONS = {
    State.SUSPENDED: render.SUSPENDED,
    State.CONNECTED: render.ONLINE,
    State.NEVER: render.OFFLINE,
    State.AWAY: render.OFFLINE,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One row of a list in a menu; without markdown."""

    id: int
    label: str
    about: str


@dataclass(frozen=True, slots=True)
class Page:
    """`before` and `after`: where the neighbouring pages begin, None where there is none; `choices`: its rows."""

    embed: discord.Embed
    before: int | None = None
    after: int | None = None
    choices: tuple[Choice, ...] = ()


def state(row: PeerStatus, at: datetime) -> State:
    if row.peer.suspended_at:
        return State.SUSPENDED
    if row.latest_handshake is None:
        return State.NEVER
    return State.CONNECTED if render.is_connected(row, at) else State.AWAY


def peers(status: Status, owner: str | None, first: int, only: str = "") -> Page:
    """From the device number `first` on, of everyone or of one owner, in any state or one."""
    rows = sorted(
        (row for row in status.peers if owner in (None, row.peer.owner) and only in ("", state(row, status.at))),
        key=lambda row: (row.peer.owner_name.casefold(), row.peer.owner, row.peer.device.casefold()),
    )
    ports: dict[int, list[str]] = {}
    for row in status.forwards:
        ports.setdefault(row.forward.peer_id, []).append(str(row.forward.spec))
    connected = sum(render.is_connected(row, status.at) for row in rows)
    intro = texts.peers_intro(connected, len(rows)) if rows else texts.NO_DEVICES_THERE

    def show(row: PeerStatus) -> tuple[str, str, Choice]:
        return *_peer(row, ports.get(row.peer.id, ()), status), _peer_choice(row, status.at)

    return _page(texts.PEERS_TITLE, intro, rows, show, first, COLOUR if connected else COLOUR_IDLE)


def forwards(status: Status, owner: str | None, first: int, only: str = "") -> Page:
    """From the forward number `first` on, of everyone or of one owner, all or those of one game or port."""
    rows = sorted(
        (row for row in status.forwards if owner in (None, row.forward.owner) and concerns(row.forward, only)),
        key=lambda row: (row.forward.ports, row.forward.protocol),
    )
    intro = texts.forwards_intro(len(rows), code(status.public_address)) if rows else texts.NO_FORWARDS_THERE
    played = any(row.connections for row in rows)

    def show(row: ForwardStatus) -> tuple[str, str, Choice]:
        return *_forward(row), forward_choice(row)

    return _page(texts.FORWARDS_TITLE, intro, rows, show, first, COLOUR if played else COLOUR_IDLE)


def concerns(forward: ForwardInfo, only: str) -> bool:
    """Whether it was opened for that game, or lies on its ports or that port; with nothing asked for, every one."""
    game = games.find(only)
    if not only or (game and forward.label):
        return not game or forward.label == game.name
    specs = game.ports if game else parse_ports(only)
    return any(
        forward.ports.overlaps(spec.ports)
        and not {*forward.protocol.each}.isdisjoint((spec.protocol or Protocol.BOTH).each)
        for spec in specs
    )


def forward_choice(row: ForwardStatus) -> Choice:
    info = row.forward
    return Choice(info.id, forward_title(info, plain), texts.live(row.connections, row.players, row.refused))


def audit(entries: Sequence[AuditEntry], newest: int) -> Page:
    """`entries`: one more than a page when there are older ones; `newest`: the highest id there is.

    Entries are numbered without gaps, so the page before this one can be told by number.
    """
    shown = entries[:PER_PAGE]
    embed = discord.Embed(title=texts.AUDIT_TITLE, colour=COLOUR_IDLE)
    embed.description = "\n".join(map(_entry, shown)) or texts.NO_AUDIT
    if not shown:
        return Page(embed)
    newer = shown[0].id + PER_PAGE + 1
    return Page(
        embed,
        before=None if shown[0].id >= newest else 0 if newer > newest else newer,
        after=shown[-1].id if len(entries) > PER_PAGE else None,
    )


def policy(limits: PolicyInfo) -> discord.Embed:
    embed = discord.Embed(title=texts.POLICY_TITLE, colour=COLOUR)
    for name, value in texts.policy(
        str(limits.forward_ports),
        limits.devices_per_member,
        limits.forwards_per_member,
        render.duration(limits.forward_duration),
        render.duration(limits.longest_forward),
        render.duration(limits.device_duration),
        render.duration(limits.suspended_for),
    ):
        embed.add_field(name=name, value=value, inline=False)
    return embed


def _page(
    title: str,
    intro: str,
    rows: Sequence[R],
    show: Callable[[R], tuple[str, str, Choice]],
    first: int,
    colour: discord.Colour,
) -> Page:
    """A page that was there when its button was made may be past the end now."""
    last = max(0, len(rows) - 1) // PER_PAGE * PER_PAGE
    first = min(first // PER_PAGE * PER_PAGE, last)
    embed = discord.Embed(title=title, description=intro, colour=colour)
    shown = list(map(show, rows[first : first + PER_PAGE]))
    for name, value, _ in shown:
        embed.add_field(name=clip(name, MAX_NAME), value=clip(value, MAX_VALUE), inline=False)
    if last:
        embed.set_footer(text=texts.page(first // PER_PAGE + 1, last // PER_PAGE + 1))
    return Page(
        embed,
        first - PER_PAGE if first else None,
        first + PER_PAGE if first < last else None,
        tuple(choice for _, _, choice in shown),
    )


def _peer_choice(row: PeerStatus, at: datetime) -> Choice:
    title = texts.device_title(ICONS[state(row, at)], plain(row.peer.device), plain(row.peer.owner_name))
    return Choice(row.peer.id, title, texts.STATES[state(row, at)])


def _peer(row: PeerStatus, ports: Sequence[str], status: Status) -> tuple[str, str]:
    peer = row.peer
    online = render.is_connected(row, status.at)
    icon = ICONS[state(row, status.at)]
    lines = [texts.peer_facts(render.addresses(peer), peer.mode, relative(peer.created_at))]
    if row.latest_handshake:
        handshake = relative(row.latest_handshake)
        endpoint = render.masked(row.endpoint) if row.endpoint else None
        lines.append(texts.connected(handshake, endpoint) if online else texts.not_connected(handshake))
        lines.append(texts.traffic(render.data_size(row.rx_bytes), render.data_size(row.tx_bytes)))
    if peer.suspended_at:
        lines.append(texts.suspended(relative(peer.suspended_at)))
    if peer.expires_at:
        lines.append(texts.peer_ends(relative(peer.expires_at)))
    if ports:
        lines.append(texts.ports_of_peer(clip(", ".join(sorted(ports)), 100)))
    return texts.device_title(icon, safe(peer.device), safe(peer.owner_name)), "\n".join(lines)


def _forward(row: ForwardStatus) -> tuple[str, str]:
    forward = row.forward
    lines = [texts.live(row.connections, row.players, row.refused)]
    if forward.to_port != forward.ports.first:
        lines.append(texts.leads_to(forward.to_port))
    if forward.label:
        lines.append(safe(forward.label))
    end = texts.ends(relative(forward.expires_at)) if forward.expires_at else texts.NEVER_ENDS
    lines.append(texts.opened_at(relative(forward.created_at), end))
    return forward_title(forward), "\n".join(lines)


def owner_mention(owner: str) -> str | None:
    """Shown as the member's present name; who is no member of Discord has none."""
    return f"<@{owner}>" if owner.isdecimal() else None


def forward_title(forward: ForwardInfo, show: Callable[[str], str] = safe) -> str:
    protocol = texts.PROTOCOLS[forward.protocol]
    return texts.forward_title(str(forward.ports), protocol, show(forward.device), show(forward.owner_name))


def _entry(entry: AuditEntry) -> str:
    action = texts.ACTIONS.get(entry.action) or code(plain(entry.action))
    reason = safe(entry.reason, MAX_AUDIT_NAME) if entry.reason else None
    return texts.audit_entry(relative(entry.at), safe(entry.actor_name), action, _subject(entry), reason)


def _subject(entry: AuditEntry) -> str:
    named: tuple[PeerInfo | ForwardInfo, ...] = (*entry.peers, *entry.forwards)
    if not named:
        # An older gateway names devices as `owner/device`; Discord shows a member's name for their id in this form.
        return re.sub(r"\b(\d{15,20})/", r"<@\1> ", escape(plain(entry.subject, 120)))
    devices = [texts.device_of(safe(row.device, MAX_AUDIT_NAME), _other(row, entry.actor)) for row in named]
    ports = [code(str(forward.spec)) for forward in entry.forwards]
    is_about_ports = not entry.peers or entry.action == Action.FORWARD
    return texts.audit_subject(ports, list(dict.fromkeys(devices)), ports_first=is_about_ports)


def _other(row: PeerInfo | ForwardInfo, actor: str) -> str | None:
    return None if row.owner == actor else owner_mention(row.owner) or safe(row.owner_name, MAX_AUDIT_NAME)


def relative(moment: datetime) -> str:
    return discord.utils.format_dt(moment, "R")
