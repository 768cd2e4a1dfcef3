"""What the log channel is told, one embed each: values in, embeds out, like `render`. Nothing in them is secret."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import discord

from bot.core import notes, render, texts
from bot.core.notes import Note
from bot.core.render import COLOUR, COLOUR_ATTENTION, COLOUR_DANGER, COLOUR_IDLE, code, escape, fit, safe
from bot.core.roles import BOT, is_id
from gateway.api.contract import AuditEntry, ForwardInfo, PeerInfo
from gateway.model import Duration

MAX_TEXT = 1000  # a channel to skim, and ten of them in one message
ITSELF = "gateway"  # who repairs and lets end, to the gateway's audit log

_COLOURS = {
    "join": COLOUR,
    "rotate": COLOUR_IDLE,
    "revoke": COLOUR_DANGER,
    "leave": COLOUR_IDLE,
    "forward": COLOUR,
    "unforward": COLOUR_IDLE,
    "extend": COLOUR,
    "expire": COLOUR_IDLE,
    "suspend": COLOUR_DANGER,
    "restore": COLOUR,
    "lan": COLOUR_ATTENTION,
    "repair": COLOUR_ATTENTION,
    "follow": COLOUR_ATTENTION,
}


def of_audit(entry: AuditEntry, suspended_for: Duration) -> discord.Embed:
    """`suspended_for`: how long devices that are cut off are kept."""
    peers, forwards = entry.peers, entry.forwards
    action = "leave" if entry.action == "revoke" and peers and peers[0].owner == entry.actor else entry.action
    match action:
        case "join" | "rotate" | "restore":
            lines = [*_owner(peers), *_devices(peers)]
        case "leave" | "revoke":
            lines = [*_owner(peers), *_devices(peers), *_closed(forwards)]
        case "forward" | "unforward" | "extend":
            lines = [*_owner(forwards), *render.forward_lines(forwards)]
            end = forwards[0].expires_at if forwards else None
            if action != "unforward" and end:
                lines.append(texts.closes(len(forwards), *_when(end)))
        case "suspend":
            lines = [*_owner(peers), *_devices(peers), *_closed(forwards)]
            if peers and peers[0].suspended_at:
                end = suspended_for.after(peers[0].suspended_at)
                lines.append(texts.kept_until(_when(end)[0] if end else None, by_admin=entry.actor != BOT.id))
        case "expire":
            lines = [*_ended(peers), *_closed(forwards, whose=True)]
        case "lan":
            lines = [texts.LAN_SWITCHED[entry.subject]] if entry.subject in texts.LAN_SWITCHED else []
        case "repair":
            lines = [texts.repaired(safe(entry.subject, 200))]
        case "follow":
            lines = [texts.followed(code(entry.subject))]
        case _:
            lines = []
    if entry.reason:
        lines.insert(1, texts.why(escape(entry.reason)))
    embed = _embed(
        texts.LOG_TITLES.get(action) or texts.log_title(safe(entry.action)),
        lines or [safe(entry.subject, 500)],
        _COLOURS.get(action, COLOUR_IDLE),
        by=_actor(entry, peers or forwards),
    )
    embed.timestamp = entry.at
    return embed


def skipped(count: int) -> discord.Embed:
    return _embed(texts.LOG_SKIPPED, [texts.log_skipped(count)], COLOUR_IDLE)


def of_note(note: Note) -> discord.Embed:
    match note:
        case notes.Refused(member, command, sentence):
            return _embed(texts.LOG_REFUSED, [texts.asked(_who(member), code(command)), sentence], COLOUR_ATTENTION)
        case notes.Broken(member, command, sentence):
            return _embed(texts.LOG_BROKEN, [texts.asked(_who(member), code(command)), sentence], COLOUR_DANGER)
        case notes.Undelivered(member, device):
            return _embed(texts.LOG_UNDELIVERED, [texts.undelivered(_who(member), safe(device))], COLOUR_DANGER)
        case notes.NotReminded(forwards):
            lines = [texts.not_reminded(_person(forwards[0])), *render.forward_lines(forwards)]
            return _embed(texts.LOG_NOT_REMINDED, lines, COLOUR_ATTENTION)
        case notes.CardLost(forwards, channel):
            lines = [texts.card_lost(_person(forwards[0]), f"<#{channel}>"), *render.forward_lines(forwards)]
            return _embed(texts.LOG_CARD_LOST, lines, COLOUR_ATTENTION)
        case notes.CannotAsk(problem):
            return _embed(texts.REQUEST_TROUBLE, [problem], COLOUR_DANGER)
        case notes.HearsNothing():
            return _embed(texts.LOG_NO_INTENT, [texts.NO_INTENT], COLOUR_ATTENTION)


def away(since: datetime) -> discord.Embed:
    return _embed(texts.LOG_AWAY, [texts.gateway_away(*_when(since))], COLOUR_DANGER)


def back(after: timedelta) -> discord.Embed:
    return _embed(texts.LOG_BACK, [texts.gateway_back(render.duration(Duration(after)))], COLOUR)


def _embed(title: str, lines: Sequence[str], colour: discord.Colour, by: str | None = None) -> discord.Embed:
    lines = [*lines, texts.done_by(by)] if by else lines
    return discord.Embed(title=title, description=fit(lines, MAX_TEXT) or None, colour=colour)


def _actor(entry: AuditEntry, about: Sequence[PeerInfo | ForwardInfo]) -> str | None:
    """Who did it, where that is not said already."""
    if entry.actor in (BOT.id, ITSELF) or (about and about[0].owner == entry.actor):
        return None
    return _mention(entry.actor, entry.actor_name)


def _owner(about: Sequence[PeerInfo | ForwardInfo]) -> list[str]:
    return [_person(about[0])] if about else []


def _person(one: PeerInfo | ForwardInfo) -> str:
    return _mention(one.owner, one.owner_name)


def _who(member: discord.User | discord.Member) -> str:
    return _mention(str(member.id), member.display_name)


def _mention(owner: str, name: str) -> str:
    """Discord shows the mention of somebody who has left as a number."""
    return texts.mention(f"<@{owner}>", safe(name)) if is_id(owner) else f"**{safe(name)}**"


def _devices(peers: Sequence[PeerInfo]) -> list[str]:
    return [
        texts.log_device(safe(peer.device), peer.mode, _when(peer.expires_at)[0] if peer.expires_at else None)
        for peer in peers
    ]


def _ended(peers: Sequence[PeerInfo]) -> list[str]:
    return [texts.whose(texts.log_device(safe(peer.device), peer.mode, None), _person(peer)) for peer in peers]


def _closed(forwards: Sequence[ForwardInfo], *, whose: bool = False) -> list[str]:
    lines = render.forward_lines(forwards)
    if whose:
        lines = [texts.whose(line, _person(f)) for line, f in zip(lines, forwards, strict=True)]
    return [texts.ports_closed(len(lines)), *lines] if lines else []


def _when(moment: datetime) -> tuple[str, str]:
    return discord.utils.format_dt(moment, "f"), discord.utils.format_dt(moment, "R")
