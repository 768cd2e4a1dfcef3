"""The fake Discord's websocket, faults and refusals, seen by a real discord.py bot."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord as dpy
import pytest
from discord.http import Route

from tests.fakediscord import FakeDiscord, Intent, NotAnsweredError, Permission, Person
from tests.fakediscord.samplebot import SampleBot, running


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord.serve(privileged=Intent.MEMBERS) as fake:
        yield fake


@pytest.fixture
async def bot(discord: FakeDiscord) -> AsyncIterator[SampleBot]:
    async with running(discord, dpy.Intents(guilds=True, members=True)) as bot:
        yield bot


@pytest.fixture
def alice(discord: FakeDiscord) -> Person:
    return discord.guild.add_member("alice", roles=["Player"])


@pytest.mark.parametrize("code", [None, 1000, 1001, 4000])
async def test_dropped_websocket_resumes_without_loss(
    discord: FakeDiscord, alice: Person, bot: SampleBot, code: int | None
) -> None:
    """Events between a drop and its RESUME reach the bot, interactions included."""
    await discord.drop_websocket(code)
    discord.guild.add_member("bob")
    assert (await alice.slash("defer", text="still here")).text
    assert (discord.identified, discord.resumed) == (1, 1)
    assert bot.joined[-1] == "bob"
    assert discord.violations == []


async def test_bot_asked_to_reconnect_resumes(discord: FakeDiscord, alice: Person, bot: SampleBot) -> None:
    """RECONNECT makes the bot come back into its session."""
    await discord.ask_to_reconnect()
    await discord.until(lambda: discord.resumed == 1, "resumed session")
    assert (await alice.slash("forward", port="1")).text == "1/tcp"
    assert discord.violations == []


async def test_invalid_session_identifies_anew(discord: FakeDiscord, alice: Person, bot: SampleBot) -> None:
    """A forgotten session is replaced by a new one, with the guild as it is now."""
    await discord.invalidate_session()
    await discord.ready(n=2)
    assert discord.resumed == 0
    assert (await alice.slash("describe", member=alice)).text == "alice: Player in general"
    assert discord.violations == []


async def test_outage_ends_with_the_bot_back(discord: FakeDiscord, alice: Person, bot: SampleBot) -> None:
    """While Discord is down no connection succeeds; afterwards the bot reconnects by itself."""
    await discord.down()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", discord.port)
    await discord.up()
    await discord.reconnected()
    assert (await alice.slash("forward", port="1")).text == "1/tcp"
    assert discord.violations == []


async def test_membership_is_told(discord: FakeDiscord, bot: SampleBot) -> None:
    """Joining, new roles and leaving reach the bot's cache."""
    guild = bot.get_guild(discord.guild.id)
    assert guild
    carol = discord.guild.add_member("carol", roles=["Player"])
    await bot.wait_for("member_join", timeout=5)
    discord.guild.set_roles(carol, ["Admin"])
    await bot.wait_for("member_update", timeout=5)
    member = guild.get_member(carol.id)
    assert member
    assert [role.name for role in member.roles] == ["@everyone", "Admin"]
    discord.guild.remove_member(carol)
    await bot.wait_for("member_remove", timeout=5)
    assert guild.get_member(carol.id) is None


async def test_all_members_are_listed_on_request(discord: FakeDiscord, alice: Person, bot: SampleBot) -> None:
    """REQUEST_GUILD_MEMBERS and the HTTP route give the same members."""
    guild = bot.get_guild(discord.guild.id)
    assert guild
    names = {"alice", "guildgate", "owner"}
    assert {member.name for member in await guild.chunk()} == names
    assert {member.name async for member in guild.fetch_members()} == names


async def test_rate_limit_is_honoured(discord: FakeDiscord, alice: Person, bot: SampleBot) -> None:
    """A 429 is repeated after retry_after, not before."""
    discord.rate_limit("PATCH", "/webhooks/*/messages/@original", retry_after=0.2)
    assert (await alice.slash("defer", text="done")).text
    answers = [each.status for each in discord.exchanges if each.method == "PATCH"]
    assert answers[:2] == [429, 200]
    assert discord.violations == []


async def test_repeating_before_retry_after_is_recorded(discord: FakeDiscord, bot: SampleBot) -> None:
    """A request that does not wait is refused again, and that is a violation."""
    discord.rate_limit("GET", "/users/@me", retry_after=30)
    session = _session(bot)
    headers = {"Authorization": f"Bot {discord.token}"}
    for _ in range(2):
        async with session.get("https://discord.com/api/v10/users/@me", headers=headers) as response:
            assert response.status == 429
    assert discord.violations == ["GET /users/@me was repeated before its retry_after was over"]


@pytest.mark.parametrize("status", [502, None])
async def test_failing_discord_is_tried_again(
    discord: FakeDiscord, alice: Person, bot: SampleBot, status: int | None
) -> None:
    """discord.py retries a 502; a cut connection it reports, and the fake stays as it was."""
    discord.fail_next("POST", "/users/@me/channels", status)
    if status is None:
        with pytest.raises(aiohttp.ClientError):
            await (await bot.fetch_user(alice.id)).create_dm()
    assert (await alice.slash("dm")).text == "sent"
    assert discord.violations == []


async def test_bad_token_is_refused_by_http(discord: FakeDiscord) -> None:
    """A wrong token gets 401 at login."""
    bot = SampleBot(discord, dpy.Intents.none())
    async with bot:
        with pytest.raises(dpy.LoginFailure):
            await bot.login("wrong")
    assert "token is missing or wrong" in discord.violations[0]


async def test_undeclared_intent_closes_the_websocket() -> None:
    """A privileged intent that the application did not switch on closes with 4014."""
    async with FakeDiscord.serve() as discord:
        bot = SampleBot(discord, dpy.Intents(guilds=True, members=True))
        async with bot:
            with pytest.raises(dpy.PrivilegedIntentsRequired):
                await bot.start(discord.token)
        assert "4014" in discord.violations[0]


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (["not json"], 4002),
        (['{"op": 3, "d": {}}'], 4003),
        (['{"op": 2, "d": {"token": "wrong", "intents": 1}}'], 4004),
        ([], 4009),
        (['{"op": 2, "d": []}'], 4002),
        ([json.dumps({"op": 1, "d": "x" * 4097})], 4002),
        (['{"op": 1, "d": null}'] * 121, 4008),
        (['{"op": 2, "d": {"token": "TOKEN", "intents": 67108864}}'], 4013),
        (['{"op": 2, "d": {"token": "TOKEN"}}'], 4013),
    ],
    ids=[
        *("garbage", "before identify", "bad token", "no heartbeat", "identify is no object", "4,097 bytes"),
        *("121 frames", "unknown intent", "no intents"),
    ],
)
async def test_wrong_frames_close_the_websocket(frames: list[str], code: int) -> None:
    """A frame that breaks the gateway's protocol closes the connection with Discord's code, and is a violation."""
    async with FakeDiscord.serve(heartbeat_interval=0.05 if code == 4009 else 60) as discord:
        session = aiohttp.ClientSession()
        url = f"https://localhost:{discord.port}/?v=10&encoding=json"
        async with session, session.ws_connect(url, ssl=ssl.create_default_context(cafile=discord.ca_file)) as socket:
            assert (await socket.receive_json())["op"] == 10
            for frame in frames:
                await socket.send_str(frame.replace("TOKEN", discord.token))
            while (await socket.receive()).type is not aiohttp.WSMsgType.CLOSE:
                pass  # answers to heartbeats
            assert socket.close_code == code
        await discord.until(lambda: bool(discord.violations), "violation")
        assert str(code) in discord.violations[0]


async def test_unknown_route_is_recorded(discord: FakeDiscord, bot: SampleBot) -> None:
    """An unknown route is answered with 404, and is a violation."""
    with pytest.raises(dpy.NotFound):
        await bot.http.request(Route("GET", "/stickers/{sticker}", sticker=1))
    assert discord.violations == ["GET /api/v10/stickers/1: the fake Discord has no such route"]


async def test_channels_keep_messages_and_permissions(discord: FakeDiscord, alice: Person, bot: SampleBot) -> None:
    """The bot posts, edits, reads and deletes in a channel only within its permissions."""
    general = discord.guild.channel("general")
    channel = bot.get_channel(int(general.id))
    assert isinstance(channel, dpy.TextChannel)
    posted = await channel.send("one", embed=dpy.Embed(title="E"))
    await posted.edit(content="two")
    assert [message.text for message in general.messages] == ["two\nE"]
    said = alice.say("hello", general)
    assert [message.content async for message in channel.history()] == ["hello", "two"]
    with pytest.raises(dpy.Forbidden):
        await (await channel.fetch_message(int(said.id))).delete()
    await posted.delete()
    assert general.messages == [said]
    discord.guild.deny_bot(general, Permission.VIEW_CHANNEL)
    with pytest.raises(dpy.Forbidden) as refusal:
        await channel.send("three")
    assert refusal.value.code == 50001
    assert discord.violations == []


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ({"name": "Upper", "description": "d"}, "Command name is invalid"),
        ({"name": "x", "description": ""}, "description: This field is required"),
        (
            {
                "name": "x",
                "description": "d",
                "options": [
                    {"type": 3, "name": "a", "description": "d"},
                    {"type": 3, "name": "b", "description": "d", "required": True},
                ],
            },
            "Required options must be placed before",
        ),
        (
            {
                "name": "x",
                "description": "d",
                "options": [
                    {
                        "type": 3,
                        "name": "a",
                        "description": "d",
                        "autocomplete": True,
                        "choices": [{"name": "n", "value": "v"}],
                    }
                ],
            },
            "Autocomplete excludes choices",
        ),
        (
            {
                "name": "x",
                "description": "d",
                "options": [{"type": 3, "name": f"o{n}", "description": "d"} for n in range(26)],
            },
            "Must be between 0 and 25",
        ),
    ],
)
async def test_wrong_commands_are_not_registered(
    discord: FakeDiscord, bot: SampleBot, command: dict[str, Any], complaint: str
) -> None:
    """A command Discord would not register is refused with 50035 and the place of the mistake."""
    with pytest.raises(dpy.HTTPException) as refusal:
        await bot.http.bulk_upsert_guild_commands(discord.bot_id, discord.guild.id, [command])
    assert refusal.value.code == 50035
    assert complaint in discord.violations[0]


async def test_lost_interaction_says_so(discord: FakeDiscord, alice: Person) -> None:
    """A command without a connected bot fails and says that no bot received it."""
    async with running(discord) as bot:
        await bot.close()
        await discord.until(lambda: not discord.connected, "closed websocket")
        reply = alice.begin("silent")
        with pytest.raises(NotAnsweredError, match="no bot received it"):
            await reply.answered(within=0.1)


def _session(bot: SampleBot) -> aiohttp.ClientSession:
    session: aiohttp.ClientSession = bot.http._HTTPClient__session  # type: ignore[attr-defined]
    return session
