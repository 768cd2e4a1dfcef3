"""The face of a match card: a card in, a layout of Discord's out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import discord

from bot.core import render
from bot.core.buttons import layout_of
from bot.core.render import COLOUR, COLOUR_ATTENTION, COLOUR_IDLE, COLOUR_READY, in_region, moment, relative, safe
from bot.core.words import Words
from bot.matches.address import block, pasted
from bot.matches.buttons import CloseButton
from bot.matches.card import NOT_READY, Card, Way
from gateway.model import Duration


def face(words: Words, card: Card, *, is_stale: bool = False) -> discord.ui.LayoutView:
    """Return the layout of a card. `is_stale`: say that the gateway is away and the numbers are old."""
    if card.ended_at:
        return _ended(words, card, card.ended_at)
    players = card.players
    head = [f"## {words('card-title', what=_what(words, card))}", _host_line(words, card)]
    if is_stale:
        head.append(words("card-stale", since=relative(card.seen_at)))
    elif line := _state(words, card):
        head.append(line)
    now = (
        words("card-players", players=players.now, peak=card.peak)
        if players.slots is None
        else words("card-players-of", players=players.now, slots=players.slots, peak=card.peak)
    )
    facts = [_fact(words("card-players-field"), now)]
    if card.version:
        facts.append(_fact(words("card-version-field"), safe(card.version)))
    until = (
        words("card-until", time=moment(card.until), relative=relative(card.until))
        if card.until
        else words("card-until-closed")
    )
    facts += [_fact(words("card-since-field"), relative(card.since)), _fact(words("card-until-field"), until)]
    colour = COLOUR_ATTENTION if card.way in NOT_READY else COLOUR if players.now else COLOUR_READY
    address = f"**{words('card-address-field')}**\n{block(words, pasted(card.address, card.forwards, card.srv_port))}"
    close = discord.ui.ActionRow[Any](CloseButton(card.ids).item(words))
    return _layout(colour, head, [address], facts, close)


def _ended(words: Words, card: Card, at: datetime) -> discord.ui.LayoutView:
    head = [f"## {words('card-ended-title', what=_what(words, card))}", _host_line(words, card)]
    facts = [
        _fact(words("card-lasted-field"), _length(words, at - card.since)),
        _fact(words("card-most-field"), words("card-most", players=card.peak)),
        _fact(words("card-open-field"), words("card-open", since=moment(card.since), until=moment(at))),
    ]
    return _layout(COLOUR_IDLE, head, facts)


def _fact(name: str, value: str) -> str:
    return f"**{name}**: {value}"


def _layout(colour: discord.Colour, *parts: Sequence[str] | discord.ui.ActionRow[Any]) -> discord.ui.LayoutView:
    items = [
        part if isinstance(part, discord.ui.ActionRow) else discord.ui.TextDisplay[Any]("\n".join(part))
        for part in parts
    ]
    return layout_of(discord.ui.Container(*items, accent_colour=colour))


def _state(words: Words, card: Card) -> str:
    """Return the line about the host's side; empty when nothing is known."""
    device = safe(card.forwards[0].device)
    if card.way is Way.OPEN:
        return ""
    if card.way is Way.OFFLINE:
        if card.offline_since:
            return words("card-offline", host=_host(card), device=device, since=relative(card.offline_since))
        return words("card-offline-never", host=_host(card), device=device)
    return words(f"card-way-{card.way}", device=device)


def _host(card: Card) -> str:
    return safe(card.forwards[0].owner_name)


def _host_line(words: Words, card: Card) -> str:
    return in_region(words("card-host", host=_host(card)), card.forwards[0].region)


def _what(words: Words, card: Card) -> str:
    label, shown = card.forwards[0].label, card.forwards[:8]
    if label:
        return safe(label)
    ports = ", ".join(str(forward.spec) for forward in shown)
    return words("port-begin", ports=ports, count=sum(len(forward.ports) for forward in shown))


def _length(words: Words, passed: timedelta) -> str:
    """Say how long a match lasted, in minutes; under a minute in seconds."""
    seconds = max(1, int(passed.total_seconds()))
    return render.duration(words, Duration(timedelta(seconds=seconds if seconds < 60 else seconds // 60 * 60)))
