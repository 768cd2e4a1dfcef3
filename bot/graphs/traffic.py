"""/traffic: what moved, with a picture, and a member's match nights when the member asked for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from typing import Any, ClassVar, Literal

import discord

from bot.core import render
from bot.core.buttons import Button, view_of
from bot.core.client import Interaction
from bot.core.interaction import NoRole, answer, call, caller, edit, words_of
from bot.core.memory import Memory
from bot.core.words import Words, says
from bot.graphs.picture import nights, picture
from bot.graphs.pictures import FILE, Pictures
from gateway.api.contract import Actor
from gateway.api.history import GetHistory, History, Period

SCHEMA = """
CREATE TABLE IF NOT EXISTS match_nights (member TEXT PRIMARY KEY) STRICT;
"""
MOST_NIGHTS = 7
SHORTEST_NIGHT = timedelta(minutes=5)

Files = Callable[[], Sequence[discord.File]]


class MatchNights:
    """The members that asked for their match nights. Only their ids are kept, because the gateway has the times."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def is_in(self, member: str) -> bool:
        return bool(await self._memory.rows("SELECT 1 FROM match_nights WHERE member = ?", (member,)))

    async def let_in(self, member: str) -> None:
        await self._memory.write("INSERT OR IGNORE INTO match_nights VALUES (?)", (member,))

    async def members(self) -> Iterable[tuple[str, str]]:
        return [(member, "") for (member,) in await self._memory.rows("SELECT member FROM match_nights")]

    async def forget(self, member: str, names: Collection[str] = ()) -> bool:
        await self._memory.write("DELETE FROM match_nights WHERE member = ?", (member,))
        return True


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
    actor, kept = await caller(interaction), interaction.client.service(MatchNights)
    await (kept.let_in(actor.id) if pressed.choice == "on" else kept.forget(actor.id))
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
    is_in = bool(owner) and await interaction.client.service(MatchNights).is_in(owner)
    if is_in:
        month = history if period is Period.MONTH else await call(
            interaction, GetHistory(actor=actor, period=Period.MONTH, owner=owner)
        )  # fmt: skip
        embed.add_field(name=words("nights-field"), value=_nights(words, month, zone), inline=False)
    if owner == actor.id:
        items.append(NightsButton("off" if is_in else "on", period).item(words))
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
    found = [each for each in nights(history, zone) if each[1] >= SHORTEST_NIGHT.total_seconds()]
    lines = [
        words("nights-line", day=f"<t:{int(begin.timestamp())}:D>", hours=seconds // 3600, minutes=seconds % 3600 // 60)
        for begin, seconds in found[:MOST_NIGHTS]
    ]
    return "\n".join(lines) or words("nights-none")
