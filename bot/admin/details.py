"""One device, one forward, and what a revocation would take away: values in, embeds out, like `render`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import discord

from bot.admin.lists import ICONS, State, forward_title, owner_mention, relative, state
from bot.core import render, texts
from bot.core.render import COLOUR, COLOUR_DANGER, COLOUR_IDLE, code, safe
from gateway.api.contract import ForwardStatus, PeerStatus

MAX_CONFIRMATION = 3000
MAX_BESIDE = 40  # longer values get a line of their own


def device(row: PeerStatus, forwards: Sequence[ForwardStatus], at: datetime, *, reveal: bool) -> discord.Embed:
    """One device; with `reveal` the whole address it connects from."""
    peer, now = row.peer, state(row, at)
    colours = {State.SUSPENDED: COLOUR_DANGER, State.CONNECTED: COLOUR}
    embed = discord.Embed(
        title=texts.device_title(ICONS[now], safe(peer.device), safe(peer.owner_name)),
        description=owner_mention(peer.owner),
        colour=colours.get(now, COLOUR_IDLE),
    )
    seen = row.latest_handshake
    endpoint = row.endpoint or ""
    facts = [
        (texts.STATE, texts.STATES[now]),
        (texts.LAST_HANDSHAKE, relative(seen) if seen else ""),
        (texts.COMES_FROM, endpoint and (code(endpoint) if reveal else render.masked(endpoint))),
        (texts.TRAFFIC, texts.traffic(render.data_size(row.rx_bytes), render.data_size(row.tx_bytes)) if seen else ""),
        (texts.VPN_ADDRESS, texts.both(render.addresses(peer))),
        (texts.MODE, texts.MODES[peer.mode]),
        (texts.ADDED, relative(peer.created_at)),
        (texts.CUT_OFF, relative(peer.suspended_at) if peer.suspended_at else ""),
        (texts.ENDS, relative(peer.expires_at) if peer.expires_at else ""),
        (texts.FORWARDS_TITLE, render.fit(list(map(_line, forwards)), render.MAX_FIELD_VALUE) if forwards else ""),
    ]
    return _with(embed, facts)


def forward(row: ForwardStatus, address: str) -> discord.Embed:
    """One forward; `address` is the gateway's."""
    info = row.forward
    colour = COLOUR if row.connections else COLOUR_IDLE
    embed = discord.Embed(title=forward_title(info), description=owner_mention(info.owner), colour=colour)
    facts = [
        (texts.GAME, safe(info.label) if info.label else ""),
        (texts.PLAYERS_CONNECT_TO, render.reach(address, info.ports)),
        (texts.LEADS_TO, texts.target_of(safe(info.device), str(info.to_ports))),
        (texts.NOW, texts.live(row.connections, row.players, row.refused)),
        (texts.TRAFFIC, texts.from_players(render.data_size(row.rx_bytes), render.data_size(row.tx_bytes))),
        (texts.OPENED, relative(info.created_at)),
        (texts.ENDS, relative(info.expires_at) if info.expires_at else texts.NEVER_ENDS),
    ]
    return _with(embed, facts)


def confirmation(peers: Sequence[PeerStatus], forwards: Sequence[ForwardStatus], at: datetime) -> discord.Embed:
    """What would go with these devices of one owner; at least one."""
    lines = []
    for row in sorted(peers, key=lambda row: row.peer.device.casefold()):
        peer, icon = row.peer, ICONS[state(row, at)]
        lines.append(texts.doomed_device(icon, safe(peer.device), peer.mode, relative(peer.created_at)))
        lines += [f"- {_line(each)}" for each in forwards if each.forward.peer_id == peer.id]
    owner = peers[0].peer
    embed = discord.Embed(title=texts.confirm_revoke(safe(owner.owner_name), len(peers)), colour=COLOUR_DANGER)
    end = texts.revoke_means(len(forwards), sum(row.connections for row in forwards))
    embed.description = "\n".join(filter(None, [owner_mention(owner.owner), render.fit(lines, MAX_CONFIRMATION), end]))
    return embed


def _with(embed: discord.Embed, facts: Iterable[tuple[str, str]]) -> discord.Embed:
    """Facts without a value are left out."""
    for name, value in facts:
        if value:
            embed.add_field(name=name, value=value, inline=render.length(value) <= MAX_BESIDE)
    return embed


def _line(row: ForwardStatus) -> str:
    info = row.forward
    live = texts.live(row.connections, row.players, row.refused)
    return texts.port_line(safe(info.label) if info.label else None, str(info.spec), live)
