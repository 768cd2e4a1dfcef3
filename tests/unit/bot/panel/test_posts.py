"""The posts in their channel: which are sent, about which members, and never twice."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.config import PostKind
from bot.core import posting, retention
from bot.matches import servers
from bot.panel import posts
from bot.panel.posts import sentence
from bot.panel.stories import Post
from tests.fakediscord import Message, Permission
from tests.fakediscord.state import MessageFlag
from tests.joining import join
from tests.unit.bot.core.test_render import NOW
from tests.unit.bot.core.test_retention import confirmed, forget
from tests.unit.bot.english import words
from tests.unit.bot.panel.matches import match, overview
from tests.unit.bot.panel.test_panel import host, people
from tests.unit.bot.patience import until
from tests.unit.bot.world import ADDRESS, World, world

Worlds = Callable[..., AbstractAsyncContextManager[World]]
MINUTE = timedelta(minutes=1)
GAME = "8123/tcp"  # a port without a game, so no game server is asked


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    monkeypatch.setattr(posts, "LOOK_S", 0)
    monkeypatch.setattr(posts, "TICK_S", 0.02)
    monkeypatch.setattr(servers, "query_of", lambda forward: None)  # no game is asked
    monkeypatch.setattr(retention, "POLL_S", 0.02)
    monkeypatch.setattr(posting, "RETRY_S", (0, 0))
    return partial(world, tmp_path, monkeypatch, posts_channel="games")


def sent(w: World) -> list[Message]:
    return w.discord.guild.channel("games").messages


def texts(w: World) -> list[str]:
    return [message.content for message in sent(w)]


async def looked(w: World) -> None:
    """Wait until the posts have looked at the present state twice."""
    await w.told()
    stories = w.bot._posts._stories
    seen: list[object] = []

    def is_another() -> bool:
        if not seen or seen[-1] is not stories._stories:
            seen.append(stories._stories)
        return len(seen) > 2

    await until(is_another)


async def test_an_evening_is_told_in_its_channel_without_a_notification(worlds: Worlds) -> None:
    """The fake's worlds end with an assertion that nothing pinged."""
    async with worlds() as w:
        _, anna = people(w)
        await looked(w)
        w.gate.players["8123"] = 0
        await host(w, anna, GAME)
        await looked(w)
        assert texts(w) == []
        w.gate.now += MINUTE
        await until(lambda: len(texts(w)) == 1)
        assert texts(w)[0] == f"🎮 **Anna** is hosting **Port 8123** at `{ADDRESS}:8123`"
        assert sent(w)[0].flags & MessageFlag.SUPPRESS_NOTIFICATIONS
        w.gate.players["8123"] = 3
        await looked(w)
        w.gate.now += MINUTE
        await until(lambda: len(texts(w)) == 2)
        assert texts(w)[1] == "👋 The first player joined **Anna**'s **Port 8123**."
        w.gate.handshake = timedelta(minutes=5)
        await looked(w)
        w.gate.now += MINUTE
        await until(lambda: len(texts(w)) == 3)
        assert "📴 **Anna**'s PC went offline <t:" in texts(w)[2]
        assert "while 3 players were on **Port 8123**" in texts(w)[2]


async def test_without_a_channel_nothing_is_posted(worlds: Worlds) -> None:
    async with worlds(posts_channel=None) as w:
        _, anna = people(w)
        await host(w, anna, GAME)
        w.gate.now += 2 * MINUTE
        await anna.slash("status")
        assert all(not channel.messages for channel in w.discord._backend.world.channels.values() if channel.name)


async def test_only_the_configured_kinds_are_posted(worlds: Worlds) -> None:
    async with worlds(posts=(PostKind.FIRST_PLAYER,)) as w:
        _, anna = people(w)
        await looked(w)
        await host(w, anna, GAME)
        await looked(w)
        w.gate.now += MINUTE
        await until(lambda: texts(w))
        assert ["first player" in text for text in texts(w)] == [True]


async def test_a_member_switches_posts_about_themselves_off_and_on(worlds: Worlds) -> None:
    """That outlives a restart, and concerns no other member."""
    async with worlds(posts=(PostKind.HOSTING,)) as w:
        boss, anna = people(w)
        await looked(w)
        assert "I post nothing about your matches any more" in (await anna.slash("posts", state="off")).content
        await w.stop()
        await w.start()
        await looked(w)
        await host(w, anna, GAME)
        await join(boss)
        await boss.slash("forward", port="8124")
        await looked(w)
        w.gate.now += MINUTE
        await until(lambda: texts(w))
        assert texts(w) == [f"🎮 **Boss** is hosting **Port 8124** at `{ADDRESS}:8124`"]
        await anna.slash("posts", state="on")
        await anna.slash("forward", port="8125")
        await looked(w)
        w.gate.now += MINUTE
        await until(lambda: len(texts(w)) == 2)


async def test_a_restart_repeats_no_post(worlds: Worlds) -> None:
    async with worlds(posts=(PostKind.HOSTING,)) as w:
        _, anna = people(w)
        await looked(w)
        await host(w, anna, GAME)
        w.gate.now += MINUTE
        await until(lambda: texts(w))
        await w.stop()
        await w.start()
        await looked(w)
        w.gate.now += MINUTE
        await looked(w)
        assert len(texts(w)) == 1


async def test_a_channel_that_takes_no_message_costs_that_post_alone(worlds: Worlds) -> None:
    async with worlds(posts=(PostKind.HOSTING,)) as w:
        _, anna = people(w)
        await looked(w)
        w.discord.guild.deny_bot(w.discord.guild.channel("games"), int(Permission.SEND_MESSAGES))
        await host(w, anna, GAME)
        w.gate.now += MINUTE
        await looked(w)
        await looked(w)
        w.discord.guild.deny_bot(w.discord.guild.channel("games"), 0)
        await anna.slash("forward", port="8124")
        w.gate.now += MINUTE
        await until(lambda: texts(w))
        assert ["8124" in text for text in texts(w)] == [True]


async def test_a_forgotten_member_leaves_the_switch_and_the_last_game(worlds: Worlds) -> None:
    async with worlds() as w:
        _, anna = people(w)
        await anna.slash("posts", state="off")
        await host(w, anna, GAME)

        async def kept() -> int:
            tables = "SELECT member FROM unposted UNION ALL SELECT member FROM hosted"
            return len(await w.bot.context.memory.rows(tables))

        async def all_is_kept() -> bool:
            return await kept() == 2

        await until(all_is_kept)
        await forget(w, anna)
        await confirmed(w)
        assert await kept() == 0


def test_each_kind_has_its_sentence() -> None:
    """A name cannot ping, nor change how the sentence looks."""
    about = match(owner_name="@everyone *x*", label="Valheim")
    said = {
        kind: sentence(words, Post(kind=kind, match=about, since=NOW, players=1), overview(about)) for kind in PostKind
    }
    assert all("\\*x\\*" in text and "Valheim" in text for text in said.values())
    assert "while 1 player was on" in said[PostKind.OFFLINE]
    assert said[PostKind.SILENT].endswith("Is the game's server still running?")
