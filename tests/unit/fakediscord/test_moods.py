"""Discord's moods: what takes effect although it failed, nonces, old messages, zombies and Cloudflare's page."""

from __future__ import annotations

import asyncio
import io
import json
import ssl
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord as dpy
import pytest
from discord.http import Route

from tests.fakediscord import FakeDiscord
from tests.fakediscord.samplebot import SampleBot, running

MESSAGES = "/channels/*/messages"


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord.serve() as fake:
        yield fake


@pytest.fixture
async def bot(discord: FakeDiscord) -> AsyncIterator[SampleBot]:
    async with running(discord) as bot:
        yield bot


async def general(bot: SampleBot) -> dpy.TextChannel:
    await bot.wait_until_ready()
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


async def test_a_bot_leaves_a_zombie_connection() -> None:
    """The socket stays open and says nothing; only the missing acknowledgements tell."""
    async with FakeDiscord.serve(heartbeat_interval=0.1) as discord:
        bot = SampleBot(discord, dpy.Intents(guilds=True), heartbeat_timeout=0.5)
        async with bot, asyncio.TaskGroup() as tasks:
            task: asyncio.Task[Any] = tasks.create_task(bot.start(discord.token))
            await discord.ready()
            discord.stop_acknowledging_heartbeats()
            await discord.until(lambda: discord.resumed == 1, "resumed session")
            await bot.close()
            await task


async def test_a_second_identify_in_five_seconds_is_turned_away() -> None:
    async with FakeDiscord.serve(pace=10.0) as discord, running(discord), raw(discord) as socket:
        await socket.send_json(identify(discord))
        assert await socket.receive_json() == {"op": 9, "d": False}
        assert discord.identified == 1


@asynccontextmanager
async def raw(discord: FakeDiscord) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Open a websocket that obeys no rule of Discord's by itself."""
    async with aiohttp.ClientSession() as session:
        url = f"https://localhost:{discord.port}/?v=10&encoding=json"
        async with session.ws_connect(url, ssl=ssl.create_default_context(cafile=discord.ca_file)) as socket:
            assert (await socket.receive_json())["op"] == 10
            yield socket


def identify(discord: FakeDiscord, **more: Any) -> dict[str, Any]:
    return {"op": 2, "d": {"token": discord.token, "intents": 1, "properties": {}, **more}}


async def test_a_session_more_than_the_day_allows_costs_the_token() -> None:
    """It ends the sessions that there are, too. GET /gateway/bot tells before how many are left."""
    async with FakeDiscord.serve(pace=0) as discord, raw(discord) as first, raw(discord) as second:
        await first.send_json(identify(discord))
        assert (await first.receive_json())["t"] == "READY"
        discord.leave_sessions(0)
        token = discord.token
        await second.send_json(identify(discord))
        for socket in (first, second):
            while (await socket.receive()).type is not aiohttp.WSMsgType.CLOSE:
                pass  # the server arrives
            assert socket.close_code == 4004
        assert discord.token != token
        assert "session_start_limit" in "".join(discord.violations)


async def test_how_many_sessions_are_left_is_told(discord: FakeDiscord, bot: SampleBot) -> None:
    limits = (await bot.http.request(Route("GET", "/gateway/bot")))["session_start_limit"]
    assert (limits["total"], limits["remaining"], limits["max_concurrency"]) == (1000, 999, 1)


async def test_a_bot_that_stays_where_it_was_asked_to_leave_is_cut_off() -> None:
    """It hears of no event there in between."""
    async with FakeDiscord.serve() as discord, raw(discord) as socket:
        await socket.send_json(identify(discord))
        assert [(await socket.receive_json())["t"] for _ in range(2)] == ["READY", "GUILD_CREATE"]
        await discord.ask_to_reconnect()
        discord.guild.make_role("unheard")
        assert await socket.receive_json() == {"op": 7, "d": None}
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == 4000
        assert "asked to leave" in discord.violations[0]


async def test_a_long_frame_is_compressed_for_a_bot_that_asks_for_it() -> None:
    async with FakeDiscord.serve() as discord, raw(discord) as socket:
        await socket.send_json(identify(discord, compress=True))
        frames = [await socket.receive() for _ in range(2)]
        assert frames[1].type is aiohttp.WSMsgType.BINARY
        assert json.loads(zlib.decompress(frames[1].data))["t"] == "GUILD_CREATE"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"content": 5}, 50035),
        ({"embeds": {"title": "t"}}, 50035),
        ({"embeds": [5]}, 50035),
        ({"components": [{"type": "row"}]}, 50035),
        ({"components": [[]]}, 50035),
        ({"allowed_mentions": []}, 50035),
        ({"attachments": [5]}, 50035),
        ({"flags": "64"}, 50035),
        ({"content": "x", "message_reference": {"message_id": "1"}}, 50035),
        ({"content": "x", "message_reference": {"message_id": "1", "fail_if_not_exists": False}}, None),
        ({"content": "x", "tts": True}, 50013),
        ([], 50035),
    ],
)
async def test_a_body_of_a_wrong_shape_is_refused(
    discord: FakeDiscord, bot: SampleBot, body: object, code: int | None
) -> None:
    """It is never a failure of the server."""
    channel = await general(bot)
    session: aiohttp.ClientSession = bot.http._HTTPClient__session  # type: ignore[attr-defined]
    url, headers = (
        f"https://discord.com/api/v10/channels/{channel.id}/messages",
        {"Authorization": f"Bot {discord.token}"},
    )
    async with session.post(url, json=body, headers=headers) as response:
        said = await response.json()
        assert response.status == (200 if code is None else 403 if code == 50013 else 400)
    assert said.get("code") == code
    async with session.get(f"{url}?limit=many", headers=headers) as response:
        assert response.status == 400


async def test_a_request_of_more_than_25_mib_is_refused(discord: FakeDiscord, bot: SampleBot) -> None:
    """Three files that are small enough by themselves are too much together."""
    channel, data = await general(bot), bytes(9 * 1024 * 1024)
    with pytest.raises(dpy.HTTPException) as refused:
        await channel.send(files=[dpy.File(io.BytesIO(data), f"{number}.bin") for number in range(3)])
    assert refused.value.code == 40005


async def test_channels_of_direct_messages_are_opened_only_so_fast(discord: FakeDiscord, bot: SampleBot) -> None:
    """One that is open stays open."""
    anna, mia = discord.guild.add_member("anna"), discord.guild.add_member("mia")
    discord.leave_new_dms(1)
    await bot.create_dm(dpy.Object(anna.id))
    with pytest.raises(dpy.Forbidden) as refused:
        await bot.create_dm(dpy.Object(mia.id))
    assert refused.value.code == 40003
    await bot.create_dm(dpy.Object(anna.id))
    assert discord.violations == []


async def test_commands_are_created_only_so_many_times_a_day(discord: FakeDiscord, bot: SampleBot) -> None:
    """A change of one that is there does not count."""
    discord.leave_new_commands(0)
    await bot.tree.sync(guild=bot.home)
    command = {"name": "new", "description": "d"}
    with pytest.raises(dpy.HTTPException) as refused:
        await bot.http.upsert_guild_command(discord.bot_id, discord.guild.id, command)
    assert refused.value.code == 30034


@pytest.mark.parametrize(
    ("text", "allowed", "pinged"),
    [
        ("<@{anna}> <@{mia}>", None, "anna mia"),
        ("<@{anna}> <@{mia}>", dpy.AllowedMentions.none(), ""),
        ("<@{anna}> <@{mia}>", dpy.AllowedMentions(users=[dpy.Object(7)], everyone=False, roles=False), ""),
        ("hello", dpy.AllowedMentions(users=True), ""),
        ("<@&{players}> <@{anna}>", dpy.AllowedMentions(roles=True, users=False, everyone=False), "players"),
        ("@everyone", None, ""),
    ],
)
async def test_only_allowed_mentions_of_the_text_ping(
    discord: FakeDiscord, bot: SampleBot, text: str, allowed: dpy.AllowedMentions | None, pinged: str
) -> None:
    """A bot without the permission pings not all members at once, and an embed pings no member."""
    names = {name: str(discord.guild.add_member(name).id) for name in ("anna", "mia")}
    names["players"] = discord.guild.role("players").id
    said, embed = text.format(**names), dpy.Embed(description=f"<@{names['anna']}>")
    options: dict[str, Any] = {} if allowed is None else {"allowed_mentions": allowed}
    message = await (await general(bot)).send(said, embed=embed, **options)
    (posted,) = discord.guild.channel("general").messages
    assert posted.pinged == {names[name] for name in pinged.split()}
    assert {str(user.id) for user in message.mentions} == posted.pinged - {names["players"]}


async def test_an_ordinary_rate_limit_is_told_before_it_is_reached() -> None:
    """discord.py reads the headers and waits by itself, so no request is refused."""
    async with FakeDiscord.serve(pace=0.2) as discord, running(discord) as bot:
        channel = await general(bot)
        await asyncio.gather(*(channel.send(f"message {number}") for number in range(6)))
        assert len(posted(discord)) == 6
        assert 429 not in {exchange.status for exchange in discord.exchanges}
