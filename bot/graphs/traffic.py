"""/traffic: what moved, with a picture, and a member's match nights when the member asked for them.

The gateway keeps how long a member plays from then on, and deletes it when the member hides the nights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from itertools import islice
from typing import Any, ClassVar, Literal

import discord

from bot.core import render
from bot.core.buttons import Button, view_of
from bot.core.client import Interaction
from bot.core.interaction import NoRole, answer, call, caller, edit, words_of
from bot.core.words import Words, says
from bot.graphs.picture import Night, nights, picture
from bot.graphs.pictures import FILE, Pictures
from gateway.api.contract import Actor
from gateway.api.history import GetHistory, History, KeepPlaying, Period

SCHEMA = """
CREATE TABLE IF NOT EXISTS match_nights (member TEXT PRIMARY KEY) STRICT;
"""
KEPT_BY_GATEWAY = "DROP TABLE match_nights;"  # the gateway keeps what a member asks for
MOST_NIGHTS = 7
SHORTEST_NIGHT = timedelta(minutes=5)

Files = Callable[[], Sequence[discord.File]]


@dataclass(frozen=True)
class TrafficButton(Button):
    """A button that shows another period. An empty `owner` stands for all members."""

    prefix: ClassVar = "traffic"
    period: Period
    owner: str

    def item(self, words: Words, *, is_present: bool) -> discord.ui.Button[Any]:
        style = discord.ButtonStyle.primary if is_present else discord.ButtonStyle.secondary
        return self.button(words("graph-period-button", period=str(self.period)), style, disabled=is_present)


@dataclass(frozen=True)
class NightsButton(Button):
    """A button by which a member begins or ends to see the own match nights."""

    prefix: ClassVar = "nights"
    choice: Literal["on", "off"]
    period: Period

    def item(self, words: Words) -> discord.ui.Button[Any]:
        name = words("nights-on-button") if self.choice == "on" else words("nights-off-button")
        return self.button(name, emoji="🌙")


@dataclass(frozen=True, slots=True)
class Shown:
    embed: discord.Embed
    files: Files
    view: discord.ui.View


async def open_traffic(interaction: Interaction, actor: Actor, owner: str, period: Period) -> None:
    """Answer with the traffic of a member, or of all members for an empty `owner`."""
    shown = await _look(interaction, actor, owner, period)
    await answer(interaction, embed=shown.embed, files=shown.files, view=shown.view)


async def period_pressed(interaction: Interaction, pressed: TrafficButton) -> None:
    actor = await caller(interaction)
    if not actor.is_admin and pressed.owner != actor.id:
        raise NoRole(says("list-not-yours"))
    await _show(interaction, actor, pressed.owner, pressed.period)


async def nights_pressed(interaction: Interaction, pressed: NightsButton) -> None:
    actor = await caller(interaction)
    await call(interaction, KeepPlaying(actor=actor, keep=pressed.choice == "on"))
    await _show(interaction, actor, actor.id, pressed.period)


async def _show(interaction: Interaction, actor: Actor, owner: str, period: Period) -> None:
    shown = await _look(interaction, actor, owner, period)
    await edit(interaction, embed=shown.embed, files=shown.files, view=shown.view)


async def _look(interaction: Interaction, actor: Actor, owner: str, period: Period) -> Shown:
    words, zone = words_of(interaction), interaction.client.context.section.timezone.zone
    asked = {"owner": owner} if owner else {"everyone": True}
    history = await call(interaction, GetHistory(actor=actor, period=period, **asked))
    embed = discord.Embed(title=words("traffic-title", period=str(period)), colour=render.COLOUR)
    embed.description = f"<@{owner}>" if owner.isdecimal() else ""
    files = await add_picture(interaction, embed, history)
    items: list[discord.ui.Item[Any]] = [
        TrafficButton(each, owner).item(words, is_present=each is period) for each in Period
    ]
    if history.keeps_playing:
        month = history if period is Period.MONTH else await call(
            interaction, GetHistory(actor=actor, period=Period.MONTH, owner=owner)
        )  # fmt: skip
        embed.add_field(name=words("nights-field"), value=_nights(words, month, zone), inline=False)
    if owner == actor.id:
        items.append(NightsButton("off" if history.keeps_playing else "on", period).item(words))
    return Shown(embed, files, view_of(*items))


async def add_picture(
    interaction: Interaction, embed: discord.Embed, history: History, *, of_port: bool = False
) -> Files:
    """Put the picture of a history into the embed, or a sentence in its place. Return the file to send along."""
    words, zone = words_of(interaction), interaction.client.context.section.timezone.zone
    if not history.steps:
        return _say(embed, words("graph-nothing", period=str(history.period)))
    drawn = picture(words, history, zone, of_port=of_port)
    files = await interaction.client.service(Pictures).files(drawn)
    if files is None:
        return _say(embed, drawn.alt)
    embed.set_image(url=f"attachment://{FILE}")
    return files


def _say(embed: discord.Embed, sentence: str) -> Files:
    embed.description = "\n".join(filter(None, (embed.description, sentence)))
    return tuple


def _nights(words: Words, history: History, zone: tzinfo) -> str:
    lines = (line for night in nights(history, zone) if (line := _night(words, night)))
    return "\n".join(islice(lines, MOST_NIGHTS)) or words("nights-none")


def _night(words: Words, night: Night) -> str:
    """Return the line of a night, empty for a short one."""
    parts = []
    if night.playing_s >= SHORTEST_NIGHT.total_seconds():
        parts.append(words("nights-played", hours=night.playing_s // 3600, minutes=night.playing_s % 3600 // 60))
    if night.hosting_s >= SHORTEST_NIGHT.total_seconds():
        parts.append(words("nights-hosted", hours=night.hosting_s // 3600, minutes=night.hosting_s % 3600 // 60))
    return words("nights-line", day=f"<t:{int(night.evening.timestamp())}:D>", what=" · ".join(parts)) if parts else ""
