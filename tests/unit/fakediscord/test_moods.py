"""Discord's moods: what takes effect although it failed, nonces, old messages, zombies and Cloudflare's page."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord as dpy
import pytest

from tests.fakediscord import FakeDiscord
from tests.fakediscord.samplebot import SampleBot, running

MESSAGES = "/channels/*/messages"


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord.serve(heartbeat_interval=0.1) as fake:
        yield fake


@pytest.fixture
async def bot(discord: FakeDiscord) -> AsyncIterator[SampleBot]:
    async with running(discord) as bot:
        yield bot


async def general(bot: SampleBot) -> dpy.TextChannel:
    (guild,) = bot.guilds
    (channel,) = guild.text_channels
    return channel


def posted(discord: FakeDiscord) -> list[str]:
    return [message.content for message in discord.guild.channel("general").messages]


@pytest.mark.parametrize("status", [None, 502])
async def test_a_message_whose_answer_is_lost_is_posted_all_the_same(
    discord: FakeDiscord, bot: SampleBot, status: int | None
) -> None:
    """discord.py repeats after 502, with the same nonce, and not after a broken connection."""
    channel = await general(bot)
    discord.fail_next("POST", MESSAGES, status, lost=True)
    if status is None:
        with pytest.raises(aiohttp.ClientError):
            await channel.send("once")
    else:
        await channel.send("once")
    assert posted(discord) == ["once"]


async def test_a_nonce_keeps_a_repeated_message_single(discord: FakeDiscord, bot: SampleBot) -> None:
    channel = await general(bot)
    discord.fail_next("POST", MESSAGES, 502, lost=True)
    first = await channel.send("once", nonce="a")
    assert posted(discord) == ["once"]
    assert (await channel.send("other text", nonce="a")).id == first.id
    assert (await channel.send("twice", nonce="b")).nonce == "b"
    assert posted(discord) == ["once", "twice"]
    assert discord.violations == []


async def test_old_messages_are_edited_seldom(discord: FakeDiscord, bot: SampleBot) -> None:
    """Discord's 30046 is a 429 of many seconds; only a bot with a bound on the wait hears of it."""
    channel = await general(bot)
    bot.http.max_ratelimit_timeout = 1
    message = await channel.send("a card")
    discord.grow_old(edits=1)
    await message.edit(content="a later card")
    with pytest.raises(dpy.RateLimited):
        await message.edit(content="too soon")
    assert posted(discord) == ["a later card"]
    assert discord.violations == []


async def test_a_page_of_cloudflare_is_no_answer_of_discord(discord: FakeDiscord, bot: SampleBot) -> None:
    channel = await general(bot)
    discord.rate_limit("POST", MESSAGES, retry_after=30, cloudflare=True)
    with pytest.raises(dpy.HTTPException) as refused:
        await channel.send("hello")
    assert (refused.value.status, refused.value.response.headers["Retry-After"]) == (429, "30")


async def test_an_invalid_session_may_be_resumed(discord: FakeDiscord, bot: SampleBot) -> None:
    await discord.invalidate_session(may_resume=True)
    await discord.until(lambda: discord.resumed == 1, "resumed session")
    assert discord.identified == 1


async def test_a_bot_leaves_a_zombie_connection(discord: FakeDiscord) -> None:
    """The socket stays open and says nothing; only the missing acknowledgements tell."""
    bot = SampleBot(discord, dpy.Intents(guilds=True), heartbeat_timeout=0.5)
    async with bot, asyncio.TaskGroup() as tasks:
        task: asyncio.Task[Any] = tasks.create_task(bot.start(discord.token))
        await discord.ready()
        discord.stop_acknowledging_heartbeats()
        await discord.until(lambda: discord.resumed == 1, "resumed session")
        await bot.close()
        await task


async def test_a_second_identify_in_five_seconds_is_turned_away() -> None:
    async with FakeDiscord.serve(pace=10.0) as discord, running(discord), aiohttp.ClientSession() as session:
        url = f"https://localhost:{discord.port}/?v=10&encoding=json"
        async with session.ws_connect(url, ssl=ssl.create_default_context(cafile=discord.ca_file)) as socket:
            assert (await socket.receive_json())["op"] == 10
            await socket.send_json({"op": 2, "d": {"token": discord.token, "intents": 0, "properties": {}}})
            assert await socket.receive_json() == {"op": 9, "d": False}
        assert discord.identified == 1


async def test_an_ordinary_rate_limit_is_told_before_it_is_reached(discord: FakeDiscord, bot: SampleBot) -> None:
    """discord.py reads the headers and waits by itself, so no request is refused."""
    channel = await general(bot)
    await asyncio.gather(*(channel.send(f"message {number}") for number in range(12)))
    assert len(posted(discord)) == 12
    assert 429 not in {exchange.status for exchange in discord.exchanges}
