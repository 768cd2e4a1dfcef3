"""What members read about game nights: values in, texts out, pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo

import discord

from bot.core import render
from bot.core.render import COLOUR, MAX_CONTENT, clip, fit, safe
from bot.core.words import Words, both
from bot.matches.address import pasted
from bot.nights.events import MAX_TEXT
from bot.nights.schedule import Every, Night
from bot.nights.series import Series
from gateway.api.contract import ForwardInfo
from gateway.errors import GatewayError
from gateway.times import WEEKDAYS

MAX_PORTS = 60  # characters


def what(words: Words, series: Series) -> str:
    """Return the game, or the ports of a server whose game is not known."""
    if series.label:
        return series.label
    ports = clip(", ".join(map(str, series.ports)), MAX_PORTS)
    return words("night-ports", ports=ports, count=sum(len(spec.ports) for spec in series.ports))


def when(words: Words, every: Every) -> str:
    at = f"{every.at:%H:%M}"
    if len(every.days) == len(WEEKDAYS):
        return words("night-every-day", time=at)
    return words("night-every", days=both(words, [words("weekday", day=day + 1) for day in every.days]), time=at)


def added(words: Words, series: Series, night: Night, zone: str) -> str:
    lines = (
        words(
            "night-added",
            what=f"**{safe(what(words, series))}**",
            when=when(words, series.every),
            zone=zone,
            duration=render.duration(words, series.length),
        ),
        words("night-next", time=render.moment(night.start), relative=render.relative(night.start)),
    )
    return "\n".join(lines)


def listed(words: Words, series: Mapping[int, Series], now: datetime, zone: tzinfo, *, viewer: str) -> discord.Embed:
    """Return the list of some series. `viewer`: the id of its reader; the owner of any other series is named."""
    lines = []
    for each in series.values():
        night = each.night(now, zone)
        line = words(
            "night-line",
            what=f"**{safe(what(words, each))}**",
            when=when(words, each.every),
            device=safe(each.device),
            duration=render.duration(words, each.length),
            relative=render.relative(night.start),
        )
        lines.append(line if each.owner == viewer else f"{line} ({safe(each.owner_name)})")
    return discord.Embed(title=words("nights-title"), description=fit(words, lines, MAX_CONTENT), colour=COLOUR)


def refused(words: Words, series: Series, night: Night, error: GatewayError) -> str:
    return words(
        "night-refused",
        what=f"**{safe(what(words, series))}**",
        why=render.refusal(words, error),
        time=render.moment(night.end),
    )


def ended(words: Words, series: Series) -> str:
    """Say that the series is over, because its device is gone."""
    name, at = f"**{safe(what(words, series))}**", when(words, series.every)
    return words("night-device-gone", what=name, when=at, device=safe(series.device))


def event_name(words: Words, series: Series) -> str:
    return clip(words("night-event", what=what(words, series), host=render.plain(series.owner_name)), MAX_TEXT)


def location(series: Series, address: str, srv_port: int | None, now: datetime) -> str:
    """Return the address that players paste, as Discord shows it in an event."""
    shown = pasted(address, [_forward(series, index, now) for index in range(len(series.ports))], srv_port)
    return clip(shown.text if shown.port is None else f"{shown.text}:{shown.port}", MAX_TEXT)


def _forward(series: Series, index: int, now: datetime) -> ForwardInfo:
    """Return the forward as it will be."""
    spec = series.ports[index]
    return ForwardInfo(
        id=0,
        owner=series.owner,
        owner_name=series.owner_name,
        device=series.device,
        protocol=spec.protocol or series.protocol,
        ports=spec.ports,
        to_port=series.to_port or spec.ports.first,
        created_at=now,
        label=series.label,
    )
