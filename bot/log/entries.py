"""Embeds of the log channel, one for each entry of the audit log and each note: values in, embeds out, pure.

No embed holds a secret.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import discord

from bot.core import names, notes, problems, render
from bot.core.differences import differences
from bot.core.notes import Note
from bot.core.render import (
    COLOUR,
    COLOUR_ATTENTION,
    COLOUR_DANGER,
    COLOUR_IDLE,
    closes,
    code,
    differs,
    escape,
    fit,
    in_region,
    length,
    moment,
    relative,
    safe,
)
from bot.core.roles import BOT, is_id, reason
from bot.core.words import Words, both
from gateway.api.contract import Action, AuditEntry, Away, ForwardInfo, PeerInfo
from gateway.model import Duration

MAX_TEXT = 1000  # length of an embed's text: admins skim the channel, and ten embeds go into one message
ITSELF = "gateway"  # the actor of entries about what the gateway does by itself, such as repairs

# The embed of an action that is not listed is grey.
COLOURS: Mapping[str, discord.Colour] = {
    **dict.fromkeys((Action.JOIN, Action.FORWARD, Action.EXTEND, Action.RESTORE, Action.SOLVED), COLOUR),
    **dict.fromkeys((Action.LAN, Action.REPAIR, Action.FOLLOW), COLOUR_ATTENTION),
    **dict.fromkeys((Action.REVOKE, Action.SUSPEND, Action.PROBLEM), COLOUR_DANGER),
}


def of_audit(words: Words, entry: AuditEntry, suspended_for: Duration) -> discord.Embed:
    """Return the embed of an entry of the audit log. `suspended_for`: how long suspended devices are kept."""
    peers, forwards = entry.peers, entry.forwards
    title, colour = _title(words, entry.action), COLOURS.get(entry.action, COLOUR_IDLE)
    match entry.action:
        case Action.JOIN | Action.ROTATE | Action.RESTORE | Action.GUEST | Action.GIVE:
            lines = [*_owners(peers), *_devices(words, peers)]
        case Action.REVOKE:
            lines = [*_owners(peers), *_devices(words, peers), *_closed(words, forwards)]
            if peers and peers[0].owner == entry.actor:
                title, colour = words("log-leave-title"), COLOUR_IDLE
        case Action.FORWARD | Action.UNFORWARD | Action.EXTEND | Action.TO_PORT:
            lines = [*_owners(forwards), *render.forward_lines(words, forwards)]
            if entry.action in (Action.FORWARD, Action.EXTEND) and forwards and (end := closes(words, forwards)):
                lines.append(end)
        case Action.KICK | Action.BLOCK | Action.LET_IN | Action.UNBLOCK | Action.FRIENDS_ONLY:
            lines = [*_owners(forwards), *render.forward_lines(words, forwards)]
            if entry.action == Action.FRIENDS_ONLY and entry.address in ("on", "off"):
                lines.append(words(f"log-friends-only-{entry.address}"))
            elif entry.address:
                lines.append(words("log-address", address=code(entry.address)))
        case Action.SUSPEND:
            lines = [*_owners(peers), *_devices(words, peers), *_closed(words, forwards)]
            if peers and peers[0].suspended_at:
                again = "role" if entry.actor == BOT.id else "restored"
                lines.append(_kept(words, suspended_for.after(peers[0].suspended_at), again))
        case Action.FORGET:
            lines = [words("log-forgotten", alias=code(entry.subject)), *_closed(words, forwards)]
        case Action.EXPIRE:
            lines = [*_ended(words, peers), *_closed(words, forwards, with_owner=True)]
        case Action.LAN:
            lines = [words(f"log-lan-{entry.subject}")] if entry.subject in ("on", "off") else []
        case Action.REPAIR:
            lines = [words("log-repaired", difference=differences(words, entry.subject))]
        case Action.PROBLEM | Action.SOLVED:
            lines = [problems.sentence(words, entry.problem)] if entry.problem else []
        case Action.FOLLOW:
            lines = [words("log-followed", address=code(entry.subject))]
        case _:
            lines = []
    if entry.reason:
        lines.insert(1, words("log-why", reason=escape(reason(words, entry.reason))))
    embed = _embed(
        words,
        in_region(title, entry.region),
        lines or [safe(entry.subject, 500)],
        colour,
        by=_actor(entry, peers or forwards),
    )
    embed.timestamp = entry.at
    if entry.asked_by:
        embed.set_footer(text=words("log-asked-by", user=entry.asked_by))
    return embed


def _title(words: Words, action: str) -> str:
    return words(f"log-{action}-title") if action in set(Action) else words("log-other-title", action=safe(action))


def skipped(words: Words, count: int, region: str = "") -> discord.Embed:
    """Return an embed that stands for `count` older entries."""
    return _embed(
        words, in_region(words("log-skipped-title"), region), [words("log-skipped", count=count)], COLOUR_IDLE
    )


def of_note(words: Words, note: Note, more: int = 0) -> discord.Embed:
    """Return the embed of a note, which stands for so many `more` like it."""
    embed = _of_note(words, note)
    if more:
        line = words("log-repeated", count=more)
        shown = fit(words, str(embed.description).split("\n"), MAX_TEXT - length(line) - 1)
        embed.description = f"{shown}\n{line}"
    return embed


def _of_note(words: Words, note: Note) -> discord.Embed:
    match note:
        case notes.Refused(member, command, say):
            lines = [_asked(words, member, command), say(words)]
            return _embed(words, words("log-refused-title"), lines, COLOUR_ATTENTION)
        case notes.TurnedAway(member, command):
            line = words("log-turned-away", member=_member(member), command=_typed(words, command))
            return discord.Embed(description=line)
        case notes.Broken(member, command, say):
            lines = [_asked(words, member, command), say(words)]
            return _embed(words, words("log-broken-title"), lines, COLOUR_DANGER)
        case notes.Undelivered(member, device):
            line = words("log-undelivered", member=_member(member), device=safe(device))
            return _embed(words, words("log-undelivered-title"), [line], COLOUR_DANGER)
        case notes.NotReminded(forwards):
            head = words("log-not-reminded", member=_owner(forwards[0]))
            lines = [head, *render.forward_lines(words, forwards)]
            return _embed(words, words("log-not-reminded-title"), lines, COLOUR_ATTENTION)
        case notes.NotToldOfMove(peers):
            lines = [words("log-not-told-of-move", member=_owner(peers[0])), *_devices(words, peers)]
            return _embed(words, words("log-not-told-of-move-title"), lines, COLOUR_ATTENTION)
        case notes.CutOffLater(member_id, done, missing):
            lines = [f"<@{member_id}>", *render.cut_off_in(words, done, missing)]
            return _embed(words, words("log-suspend-title"), lines, COLOUR_DANGER)
        case notes.CardLost(forwards, channel):
            head = words("log-card-lost", member=_owner(forwards[0]), channel=f"<#{channel}>")
            lines = [head, *render.forward_lines(words, forwards)]
            return _embed(words, words("log-card-lost-title"), lines, COLOUR_ATTENTION)
        case notes.PanelLost(channel):
            line = words("log-panel-lost", channel=f"<#{channel}>")
            return _embed(words, words("log-panel-lost-title"), [line], COLOUR_ATTENTION)
        case notes.PanelGone(channel):
            line = words("log-panel-gone", channel=f"<#{channel}>")
            return _embed(words, words("log-panel-gone-title"), [line], COLOUR_ATTENTION)
        case notes.NoEvents(missing):
            permissions = both(words, [f"**{words(f'permission-{name}')}**" for name in missing])
            line = words("log-no-events", count=len(missing), permissions=permissions)
            return _embed(words, words("log-no-events-title"), [line], COLOUR_ATTENTION)
        case notes.CannotAsk(say):
            return _embed(words, words("request-trouble-title"), [say(words)], COLOUR_DANGER)
        case notes.NoMembersIntent():
            return _embed(words, words("log-no-intent-title"), [words("log-no-intent")], COLOUR_ATTENTION)
        case notes.HalvesDiffer(bot, gateway, region):
            line = words("versions-differ", bot=code(safe(bot)), gateway=code(safe(gateway)))
            return _embed(words, in_region(words("log-versions-title"), region), [line], COLOUR_ATTENTION)
        case notes.NewRelease(version, present):
            line = words("log-release", version=code(safe(version)), present=code(safe(present)))
            return _embed(words, words("log-release-title"), [line], COLOUR)
        case notes.Misnamed(findings):
            lines = [names.describe(words, finding, for_discord=True) for finding in findings]
            colour = COLOUR_ATTENTION if all(each.trouble in names.HARMLESS for each in findings) else COLOUR_DANGER
            return _embed(words, words("log-misnamed-title"), lines, colour)


def away(words: Words, gone: Away) -> discord.Embed:
    """Return an embed that says since when the gateway does not answer."""
    lines = [words("log-away", time=moment(gone.since), relative=relative(gone.since))]
    if gone.older:
        lines.append(differs(words, gone))
    return _embed(words, in_region(words("log-away-title"), gone.region), lines, COLOUR_DANGER)


def back(words: Words, after: timedelta, region: str = "") -> discord.Embed:
    """Return an embed that says that the gateway answers again."""
    line = words("log-back", duration=render.duration(words, Duration(after)))
    return _embed(words, in_region(words("log-back-title"), region), [line], COLOUR)


def _embed(
    words: Words, title: str, lines: Sequence[str], colour: discord.Colour, by: str | None = None
) -> discord.Embed:
    lines = [*lines, words("log-by", actor=by)] if by else lines
    return discord.Embed(title=title, description=fit(words, lines, MAX_TEXT) or None, colour=colour)


def _asked(words: Words, member: discord.User | discord.Member, command: str | None) -> str:
    return words("log-asked", member=_member(member), command=_typed(words, command))


def _typed(words: Words, command: str | None) -> str:
    return code(command or words("log-button"))


def _kept(words: Words, until: datetime | None, again: str) -> str:
    """Say until when suspended devices are kept. `again`: what restores them, `role` or `restored`."""
    if until is None:
        return words("log-kept-forever", again=again)
    return words("log-kept", time=moment(until), again=again)


def _actor(entry: AuditEntry, about: Sequence[PeerInfo | ForwardInfo]) -> str | None:
    """Return the member that acted; None for the bot, the gateway, and the owner, because the embed names the owner."""
    if entry.actor in (BOT.id, ITSELF) or (about and about[0].owner == entry.actor):
        return None
    return _mention(entry.actor, entry.actor_name)


def _owners(about: Sequence[PeerInfo | ForwardInfo]) -> list[str]:
    """Return one line with the owner of these devices or forwards; no line without any."""
    return [_owner(about[0])] if about else []


def _owner(one: PeerInfo | ForwardInfo) -> str:
    return _mention(one.owner, one.owner_name)


def _member(member: discord.User | discord.Member) -> str:
    return _mention(str(member.id), member.display_name)


def _mention(owner: str, name: str) -> str:
    """Mention a member and add the name, because Discord shows a member that has left as a number."""
    return f"<@{owner}> ({safe(name)})" if is_id(owner) else f"**{safe(name)}**"


def _devices(words: Words, peers: Sequence[PeerInfo]) -> list[str]:
    return [f"- {_device(words, peer, peer.expires_at)}" for peer in peers]


def _ended(words: Words, peers: Sequence[PeerInfo]) -> list[str]:
    return [f"- {_device(words, peer, None)} ({_owner(peer)})" for peer in peers]


def _device(words: Words, peer: PeerInfo, until: datetime | None) -> str:
    if until is None:
        return words("log-device", device=safe(peer.device), mode=peer.mode)
    return words("log-device-until", device=safe(peer.device), mode=peer.mode, time=moment(until))


def _closed(words: Words, forwards: Sequence[ForwardInfo], *, with_owner: bool = False) -> list[str]:
    lines = render.forward_lines(words, forwards)
    if with_owner:
        lines = [f"{line} ({_owner(forward)})" for line, forward in zip(lines, forwards, strict=True)]
    return [words("log-closed", count=len(lines)), *lines] if lines else []
