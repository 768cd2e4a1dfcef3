"""Commands in answers become mentions, which a reader taps."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.core.buttons import layout_of
from bot.core.mentions import MAX_LAYOUT, make_tappable, tappable, tappable_embed
from bot.core.render import length
from tests.unit.bot.patience import until
from tests.unit.bot.world import World, world

Worlds = Callable[..., AbstractAsyncContextManager[World]]
IDS = {"join": 123456789012345678, "forward": 2}


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    return partial(world, tmp_path, monkeypatch)


def test_a_command_without_options_becomes_a_mention() -> None:
    """One with options is there to be copied, one that is not registered stays text, and so does a block of code."""
    assert tappable("Type `/forward` or **`/join`**.", IDS, 100) == f"Type </forward:2> or **</join:{IDS['join']}>**."
    for text in ("`/forward port:25565`", "`/leave`", "/forward", "```/forward```", "a/forward"):
        assert tappable(text, IDS, 100) == text


def test_a_text_that_would_get_too_long_stays_as_it_is() -> None:
    text = "`/join`" + "x" * 93
    longer = length(tappable(text, IDS, 1000))
    assert longer > length(text)
    assert tappable(text, IDS, longer - 1) == text
    assert length(tappable(text, IDS, longer)) == longer


def test_an_embed_is_copied() -> None:
    """The embed itself may be kept and compared by the part of the bot that made it."""
    embed = discord.Embed(title="`/join`", description="`/join`").add_field(name="`/join`", value="`/forward`")
    made = tappable_embed(embed, IDS)
    assert (made.title, made.description) == ("`/join`", "</join:123456789012345678>")
    assert [(field.name, field.value) for field in made.fields] == [("`/join`", "</forward:2>")]
    assert embed.description == "`/join`"


def test_the_texts_of_a_layout_share_their_limit() -> None:
    full, other = (discord.ui.TextDisplay[Any]("`/join`" + "x" * (MAX_LAYOUT // 2 - 18)) for _ in range(2))
    make_tappable(layout_of(discord.ui.Container(full), other), IDS)
    assert [text.content.startswith("</join:") for text in (full, other)] == [True, False]
    assert length(full.content) + length(other.content) <= MAX_LAYOUT


async def test_an_answer_mentions_commands_by_the_ids_of_discord(worlds: Worlds) -> None:
    """The fake reports a mention of a command that is not registered."""
    async with worlds() as w:
        await until(lambda: bool(w.bot.context.command_ids))
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        (message,) = (await anna.slash("help")).messages
        assert f"</join:{w.bot.context.command_ids['join']}>" in message.content
        assert "</join:" in (await anna.slash("status")).message.embeds[0]["description"]


async def test_before_the_commands_are_known_they_are_text(worlds: Worlds) -> None:
    async with worlds() as w:
        ids = w.bot.context.command_ids
        await until(lambda: bool(ids))
        ids.clear()
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        (message,) = (await anna.slash("help")).messages
        assert "`/join`" in message.content
