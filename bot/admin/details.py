"""Embeds of one device, of one forward, and of what a revocation would take away: values in, embeds out, pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import discord

from bot.admin.lists import ICONS, DeviceState, forward_title, owner_mention, state
from bot.core import render
from bot.core.render import COLOUR, COLOUR_DANGER, COLOUR_IDLE, code, device_title, in_region, labelled, relative, safe
from bot.core.words import Words, both
from gateway.api.contract import ForwardStatus, PeerStatus

MAX_CONFIRMATION = 3000
MAX_INLINE = 40  # Discord shows shorter fields beside each other


def device(
    words: Words, row: PeerStatus, forwards: Sequence[ForwardStatus], at: datetime, *, reveal: bool
) -> discord.Embed:
    """Return the embed of a device. `reveal`: show the whole endpoint, which is a member's home address."""
    peer, now = row.peer, state(row, at)
    colours = {DeviceState.SUSPENDED: COLOUR_DANGER, DeviceState.CONNECTED: COLOUR}
    embed = discord.Embed(
        title=in_region(device_title(ICONS[now], safe(peer.device), safe(peer.owner_name)), peer.region),
        description=owner_mention(peer.owner),
        colour=colours.get(now, COLOUR_IDLE),
    )
    seen = row.latest_handshake
    endpoint = row.endpoint or ""
    open_ports = render.fit(words, [_line(words, each) for each in forwards], render.MAX_FIELD_VALUE)
    facts = [
        (words("detail-state-field"), words(f"state-{now}")),
        (words("detail-handshake-field"), relative(seen) if seen else ""),
        (words("detail-endpoint-field"), endpoint and (code(endpoint) if reveal else render.masked(endpoint))),
        (words("detail-traffic-field"), render.traffic(words, row) if seen else ""),
        (words("detail-address-field"), both(words, render.addresses(peer))),
        (words("detail-mode-field"), words(f"mode-{peer.mode}")),
        (words("detail-added-field"), relative(peer.created_at)),
        (words("detail-suspended-field"), relative(peer.suspended_at) if peer.suspended_at else ""),
        (words("detail-ends-field"), relative(peer.expires_at) if peer.expires_at else ""),
        (words("detail-ports-field"), open_ports if forwards else ""),
    ]
    return _with(embed, facts)


def forward(words: Words, row: ForwardStatus, address: str) -> discord.Embed:
    """Return the embed of a forward; `address` is the gateway's public one."""
    info = row.forward
    colour = COLOUR if row.connections else COLOUR_IDLE
    embed = discord.Embed(title=forward_title(words, info), description=owner_mention(info.owner), colour=colour)
    target = words("detail-target", device=safe(info.device), ports=str(info.to_ports), count=len(info.to_ports))
    traffic = words("detail-traffic", received=render.data_size(row.rx_bytes), sent=render.data_size(row.tx_bytes))
    ends = relative(info.expires_at) if info.expires_at else words("forwards-never-ends")
    facts = [
        (words("detail-game-field"), safe(info.label) if info.label else ""),
        (words("detail-reach-field"), render.reach(words, address, info.ports)),
        (words("detail-target-field"), target),
        (words("detail-now-field"), render.live(words, row)),
        (words("detail-traffic-field"), traffic),
        (words("detail-opened-field"), relative(info.created_at)),
        (words("detail-ends-field"), ends),
    ]
    return _with(embed, facts)


def confirmation(
    words: Words, peers: Sequence[PeerStatus], forwards: Sequence[ForwardStatus], at: datetime
) -> discord.Embed:
    """Return what a revocation of these devices would end. They have one owner; at least one device."""
    lines = []
    for row in sorted(peers, key=lambda row: row.peer.device.casefold()):
        peer, icon = row.peer, ICONS[state(row, at)]
        about = words("revoke-device", device=safe(peer.device), mode=peer.mode, since=relative(peer.created_at))
        lines.append(in_region(f"{icon} {about}", peer.region))
        lines += [f"- {_line(words, each)}" for each in forwards if each.forward.peer_id == peer.id]
    owner = peers[0].peer
    title = words("revoke-title", count=len(peers), member=safe(owner.owner_name))
    embed = discord.Embed(title=title, colour=COLOUR_DANGER)
    end = _means(words, len(forwards), sum(row.connections for row in forwards))
    shown = render.fit(words, lines, MAX_CONFIRMATION)
    embed.description = "\n".join(filter(None, [owner_mention(owner.owner), shown, end]))
    return embed


def _means(words: Words, ports: int, connections: int) -> str:
    if connections:
        return words("revoke-means-players", ports=ports, connections=connections)
    return words("revoke-means-ports", ports=ports) if ports else words("revoke-means")


def _with(embed: discord.Embed, facts: Iterable[tuple[str, str]]) -> discord.Embed:
    """Add facts, (name, value), as fields; a fact with an empty value is left out."""
    for name, value in facts:
        if value:
            embed.add_field(name=name, value=value, inline=render.length(value) <= MAX_INLINE)
    return embed


def _line(words: Words, row: ForwardStatus) -> str:
    return f"{labelled(row.forward)}**{row.forward.spec}**: {render.live(words, row)}"
