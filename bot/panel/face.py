"""The face of the live message: an overview in, a layout of Discord's out. Pure.

A line of it fits a phone's width where it can. It shows no age as text, because an age grows old: Discord computes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import discord

from bot.core.buttons import layout_of
from bot.core.render import (
    COLOUR,
    COLOUR_ATTENTION,
    COLOUR_DANGER,
    COLOUR_IDLE,
    COLOUR_READY,
    away,
    in_region,
    length,
    relative,
    safe,
)
from bot.core.words import Words
from bot.matches.address import inline, pasted
from bot.panel.buttons import rows
from bot.panel.course import Course, picture
from bot.panel.overview import Match, Overview

# https://docs.discord.com/developers/components/reference: 4000 characters in all texts of a message
MAX_TEXT = 3900
MAX_NAME = 24
MANY = 8  # a match takes two lines from here on


def face(words: Words, server: str, overview: Overview, courses: Sequence[Course]) -> discord.ui.LayoutView:
    """Return the message. `server`: the name of the server in Discord."""
    by_match = {course.match: course for course in courses}
    head = words("panel-head", server=safe(server, MAX_NAME))
    notices = [*_notices(words, overview)]
    foot = _foot(words, overview)
    room = MAX_TEXT - sum(map(length, (head, *notices, foot)))
    texts = [*_matches(words, overview, by_match, room)]
    shown: list[discord.ui.Item[Any]] = [discord.ui.TextDisplay(head)]
    if notices:
        shown.append(discord.ui.TextDisplay("\n".join(notices)))
    shown += [discord.ui.TextDisplay(text) for text in texts]
    shown += [discord.ui.Separator(), discord.ui.TextDisplay(foot)]
    return layout_of(
        discord.ui.Container(*shown, accent_colour=_colour(overview)),
        *(discord.ui.ActionRow(*row) for row in rows(words, overview.requests)),
    )


def _colour(overview: Overview) -> discord.Colour:
    if overview.away_since or overview.is_blocked:
        return COLOUR_DANGER
    if overview.problems or overview.away:
        return COLOUR_ATTENTION
    return COLOUR if overview.players else COLOUR_READY if overview.matches else COLOUR_IDLE


def _notices(words: Words, overview: Overview) -> Iterator[str]:
    if overview.away_since:
        yield words("panel-away", since=relative(overview.away_since))
    yield from away(words, overview.away)
    if overview.is_blocked:
        yield words("panel-blocked")
    elif overview.problems:
        yield words("panel-problems", count=len(overview.problems))


def _matches(words: Words, overview: Overview, courses: Mapping[int, Course], room: int) -> Iterator[str]:
    """Yield the texts of as many matches as `room` characters hold, and one that counts the rest."""
    matches = overview.matches
    if not matches and not overview.away_since:
        yield words("panel-none")
    more = length(words("panel-more", count=len(matches)))
    is_short = len(matches) > MANY
    texts = ["\n".join(_match(words, match, overview, courses.get(match.id), is_short=is_short)) for match in matches]
    kept = []
    for text in texts:
        room -= length(text) + 1
        if room < more:
            break
        kept.append(text)
    if kept:
        yield from ["\n".join(kept)] if is_short else kept
    if len(kept) < len(matches):
        yield words("panel-more", count=len(matches) - len(kept))


def _match(words: Words, match: Match, overview: Overview, course: Course | None, *, is_short: bool) -> Iterator[str]:
    game = title(words, match)
    host = in_region(safe(match.host_name, MAX_NAME), match.forwards[0].region)
    state, address = _state(words, match), address_of(words, match, overview)
    if is_short:
        yield words("panel-match-short", game=game, host=host, state=state)
        yield address
        return
    yield words("panel-match", game=game, host=host)
    drawn, most = picture(course), course.most if course else 0
    if match.is_online and match.answers is not False:
        yield words("panel-players", state=state, most=most, picture=drawn) if drawn else state
    else:
        yield state
    yield address
    since = relative(match.since)
    yield (
        words("panel-time-until", since=since, until=relative(match.until))
        if match.until
        else words("panel-time", since=since)
    )


def title(words: Words, match: Match) -> str:
    """Return the game, or the ports of a match without one."""
    first = match.forwards[0]
    return safe(first.label, MAX_NAME) if first.label else words("port-begin", ports=str(first.ports), count=1)


def address_of(words: Words, match: Match, overview: Overview) -> str:
    """Return the one address to paste."""
    if match.address:
        return inline(words, pasted(match.address, match.forwards, match.srv_port))
    return inline(words, pasted(overview.address, match.forwards, overview.srv_port))


def _state(words: Words, match: Match) -> str:
    if not match.is_online:
        since = match.online_since
        return words("panel-pc-offline", since=relative(since)) if since else words("panel-pc-never")
    if match.answers is False:
        return words("panel-silent")
    if match.slots is not None:
        return words("panel-playing-of", players=match.players, slots=match.slots)
    return words("panel-playing", players=match.players)


def _foot(words: Words, overview: Overview) -> str:
    devices = words("panel-devices", online=overview.online, devices=overview.devices)
    if overview.traffic is None:
        return words("panel-foot", devices=devices)
    return words("panel-foot-traffic", devices=devices, rate=rate(overview.traffic))


def rate(bytes_a_second: float) -> str:
    """Return a rate as `12 Mbit/s`, with two digits, so that it does not change with every packet."""
    mbit = bytes_a_second * 8 / 1e6
    if mbit < 0.05:
        return "0 Mbit/s"
    return f"{mbit:.1f} Mbit/s" if mbit < 9.95 else f"{float(f'{mbit:.2g}'):.0f} Mbit/s"
