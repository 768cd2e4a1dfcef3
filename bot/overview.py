"""What admins look through page by page, and the limits everyone has: values in, embeds out, like `render`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import discord

from bot import render, texts
from bot.render import COLOUR, COLOUR_IDLE, clip, code, escape, plain, safe
from gateway.contract import AuditEntry, ForwardStatus, PeerStatus, PolicyInfo, Status

PER_PAGE = 10  # with these two limits any ten fit into one embed
MAX_NAME = 150
MAX_VALUE = 400


@dataclass(frozen=True, slots=True)
class Page:
    """`before` and `after`: where the neighbouring pages begin, None where there is none."""

    embed: discord.Embed
    before: int | None = None
    after: int | None = None


def peers(status: Status, owner: str | None, first: int) -> Page:
    """From the device number `first` on, of everyone or of one owner."""
    rows = sorted(
        (row for row in status.peers if owner in (None, row.peer.owner)),
        key=lambda row: (row.peer.owner_name.casefold(), row.peer.owner, row.peer.device.casefold()),
    )
    ports: dict[tuple[str, str], list[str]] = {}
    for row in status.forwards:
        ports.setdefault((row.forward.owner, row.forward.device), []).append(str(row.forward.spec))
    connected = sum(render.is_connected(row, status.at) for row in rows)
    intro = texts.peers_intro(connected, len(rows)) if rows else texts.NO_DEVICES_THERE
    fields = [_peer(row, ports.get((row.peer.owner, row.peer.device), ()), status) for row in rows]
    return _page(texts.PEERS_TITLE, intro, fields, first, COLOUR if connected else COLOUR_IDLE)


def forwards(status: Status, owner: str | None, first: int) -> Page:
    """From the forward number `first` on, of everyone or of one owner."""
    rows = sorted(
        (row for row in status.forwards if owner in (None, row.forward.owner)),
        key=lambda row: (row.forward.ports, row.forward.protocol),
    )
    intro = texts.forwards_intro(len(rows), code(status.public_address)) if rows else texts.NO_FORWARDS_THERE
    played = any(row.connections for row in rows)
    return _page(texts.FORWARDS_TITLE, intro, list(map(_forward, rows)), first, COLOUR if played else COLOUR_IDLE)


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


def _page(title: str, intro: str, fields: Sequence[tuple[str, str]], first: int, colour: discord.Colour) -> Page:
    """A page that was there when its button was made may be past the end now."""
    last = max(0, len(fields) - 1) // PER_PAGE * PER_PAGE
    first = min(first // PER_PAGE * PER_PAGE, last)
    embed = discord.Embed(title=title, description=intro, colour=colour)
    for name, value in fields[first : first + PER_PAGE]:
        embed.add_field(name=clip(name, MAX_NAME), value=clip(value, MAX_VALUE), inline=False)
    if last:
        embed.set_footer(text=texts.page(first // PER_PAGE + 1, last // PER_PAGE + 1))
    return Page(embed, first - PER_PAGE if first else None, first + PER_PAGE if first < last else None)


def _peer(row: PeerStatus, ports: Sequence[str], status: Status) -> tuple[str, str]:
    peer = row.peer
    online = render.is_connected(row, status.at)
    icon = "⛔" if peer.suspended_at else "🟢" if online else "⚪"
    lines = [texts.peer_facts(render.addresses(peer), peer.mode, _relative(peer.created_at))]
    if row.latest_handshake:
        handshake = _relative(row.latest_handshake)
        endpoint = render.masked(row.endpoint) if row.endpoint else None
        lines.append(texts.connected(handshake, endpoint) if online else texts.not_connected(handshake))
        lines.append(texts.traffic(render.data_size(row.rx_bytes), render.data_size(row.tx_bytes)))
    if peer.suspended_at:
        lines.append(texts.suspended(_relative(peer.suspended_at)))
    if peer.expires_at:
        lines.append(texts.peer_ends(_relative(peer.expires_at)))
    if ports:
        lines.append(texts.ports_of_peer(clip(", ".join(sorted(ports)), 100)))
    return texts.device_title(icon, safe(peer.device), safe(peer.owner_name)), "\n".join(lines)


def _forward(row: ForwardStatus) -> tuple[str, str]:
    forward = row.forward
    title = texts.forward_title(
        str(forward.ports), texts.PROTOCOLS[forward.protocol], safe(forward.device), safe(forward.owner_name)
    )
    lines = [texts.live(row.connections, row.players, row.refused)]
    if forward.to_port != forward.ports.first:
        lines.append(texts.leads_to(forward.to_port))
    if forward.label:
        lines.append(safe(forward.label))
    end = texts.ends(_relative(forward.expires_at)) if forward.expires_at else texts.NEVER_ENDS
    lines.append(texts.opened_at(_relative(forward.created_at), end))
    return title, "\n".join(lines)


def _entry(entry: AuditEntry) -> str:
    # The gateway names devices as `owner/device`; Discord shows a member's name for their id in this form.
    subject = re.sub(r"\b(\d{15,20})/", r"<@\1> ", escape(plain(entry.subject, 120)))
    return texts.audit_entry(_relative(entry.at), safe(entry.actor_name), code(plain(entry.action)), subject)


def _relative(moment: datetime) -> str:
    return discord.utils.format_dt(moment, "R")
