"""The live message, the bot's presence and the posts, by real processes, tunnels, players and game servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.api.contract import RemoveForward
from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import VPS4, World
from gateway.model import Protocol, parse_ports
from tests.e2e.scene import LOG_CHANNEL, ROOT, Scene, config_of, join, opened, reaches
from tests.fakediscord import FakeDiscord, Message, Person, button, buttons
from tests.joining import press_platform

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

IN_TIME_S = 60  # an edit follows the last one after 10 s, and a game is asked each 15 s
BLIP = timedelta(seconds=8)  # in place of a minute
PORT = 25565
GAME = "Minecraft (Java) · Alice"
OPEN = "🟢 Open"
POSTS = '\nposts = ["hosting", "first-player", "offline", "silent"]\n'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_scene() -> AsyncIterator[Scene]:
    async with opened(f'posts_channel = "matches"{POSTS}') as made:
        for name in ("matches", "games"):
            made.discord.guild.channel(name)
        await made.bot.stop()
        made.bot.changed["bot.panel.stories", "BLIP"] = BLIP
        await made.start_bot()
        yield made


async def put(discord: FakeDiscord, admin: Person) -> Message:
    """Put the live message into #games, and return it."""
    channel = discord.guild.channel("games")
    await admin.slash("panel", in_channel=channel)
    return channel.messages[-1]


async def shows(discord: FakeDiscord, message: Message, *parts: str, lacks: str = "\0") -> None:
    """Wait until the message has these texts."""

    def is_so() -> bool:
        return all(part in message.text for part in parts) and lacks not in message.text

    try:
        await discord.until(is_so, "text", within=IN_TIME_S)
    except AssertionError as error:
        raise AssertionError(f"{parts} in {message.text!r}") from error


async def says_beside_its_name(discord: FakeDiscord, text: str) -> None:
    await discord.until(lambda: discord.presence == text, f"{text!r} beside the bot's name", within=IN_TIME_S)


@asynccontextmanager
async def connected(world: World, host: Person) -> AsyncIterator[None]:
    """Give the host a device whose tunnel is up."""
    async with peer_up(world.friend, await join(host), "friend0") as tunnel:
        await tunnel.handshake()
        yield


async def test_a_match_from_the_buttons_of_the_live_message_to_its_end(
    admin: Person, alice: Person, world: World, discord: FakeDiscord
) -> None:
    """No command is typed: a PC is added, a game is chosen, players come and go, and it is hosted again."""
    message = await put(discord, admin)
    assert "Nothing is open right now" in message.text
    setup = await press_platform(alice, await alice.press(button(message, "Add my PC")))
    config = config_of(setup.files)
    async with peer_up(world.friend, config, "friend0") as tunnel, hosting(world.friend, PORT):
        await tunnel.handshake()
        await shows(discord, message, "1 of 1 device online")
        asked = await alice.press(button(message, "Host a game"))
        reply = await alice.select(asked.select("Choose a game"), "minecraft")
        assert str(VPS4) in reply.text
        await shows(discord, message, GAME, OPEN, f"`{VPS4}`")
        await says_beside_its_name(discord, "1 match is open")
        async with flowing(world.player, VPS4, PORT, Protocol.TCP), flowing(world.player2, VPS4, PORT, Protocol.TCP):
            await shows(discord, message, GAME, "🟢 **2** players")
            await says_beside_its_name(discord, "2 players in 1 match")
        await shows(discord, message, GAME, OPEN)
        await alice.slash("unforward", port=str(PORT))
        await shows(discord, message, "Nothing is open right now")
        await says_beside_its_name(discord, "")
        assert not await reaches(world.player, VPS4, PORT)
        await alice.press(button(message, "Host again"))
        assert await reaches(world.player, VPS4, PORT)
        await shows(discord, message, GAME)
    assert discord.guild.channel("games").messages[-1] is message


async def test_the_live_message_and_the_presence_go_on_after_each_process_was_away(
    scene: Scene, admin: Person, alice: Person, world: World, discord: FakeDiscord
) -> None:
    """Each restart leaves one message, which then shows what happened meanwhile."""
    message = await put(discord, admin)
    before = len(discord.guild.channel("games").messages)
    async with connected(world, alice), hosting(world.friend, PORT):
        await alice.slash("forward", port="minecraft")
        async with flowing(world.player, VPS4, PORT, Protocol.TCP):
            await shows(discord, message, GAME, "🟢 **1** player")
            await scene.bot.stop()
            await scene.start_bot()
            await says_beside_its_name(discord, "1 player in 1 match")
            await scene.gateway.kill()
            await scene.start_gateway()
            async with flowing(world.player2, VPS4, PORT, Protocol.TCP):
                await shows(discord, message, GAME, "🟢 **2** players")
                await says_beside_its_name(discord, "2 players in 1 match")
        await scene.bot.stop()
        await scene.api.call(RemoveForward(actor=ROOT, ports=parse_ports(str(PORT))))
        await scene.start_bot()
        await shows(discord, message, "Nothing is open right now", "1 of 1 device online")
    assert len(discord.guild.channel("games").messages) == before


async def test_a_deleted_live_message_is_offered_by_a_button_and_comes_back_by_it(
    scene: Scene, admin: Person, alice: Person, discord: FakeDiscord
) -> None:
    """It is deleted while the bot is away, and the button is pressed after another restart."""
    message = await put(discord, admin)
    await scene.bot.stop()
    admin.delete(message)
    await scene.start_bot()
    log = discord.guild.channel(LOG_CHANNEL)

    def offers() -> list[Message]:
        return [one for one in log.messages if [each.label for each in buttons(one)] == ["Bring it back"]]

    await discord.until(offers, "the offer", within=IN_TIME_S)
    await scene.bot.stop()
    await scene.start_bot()
    offer = button(offers()[-1], "Bring it back")
    assert "only" in (await alice.press(offer)).content.lower()
    await admin.press(offer)
    again = discord.guild.channel("games").messages[-1]
    assert again.id != message.id
    await join(alice)
    await alice.slash("forward", port="minecraft")
    await shows(discord, again, GAME, "🟡 Waiting for the host's PC")


async def test_a_message_that_discord_calls_too_old_is_edited_once_it_takes_edits_again(
    scene: Scene, admin: Person, alice: Person, discord: FakeDiscord
) -> None:
    """It refuses by 30046 and says for how long. The bot asks once in that time, whatever happens."""
    message = await put(discord, admin)
    discord.grow_old(edits=0)

    def refusals() -> int:
        return sum(one.code == 30046 for one in discord.exchanges)

    before = refusals()
    await join(alice)
    await alice.slash("forward", port="minecraft")
    await discord.until(lambda: refusals() > before, "a refusal", within=IN_TIME_S)
    await alice.slash("forward", port="valheim")
    await says_beside_its_name(discord, "2 matches are open")
    assert refusals() == before + 1
    assert GAME not in message.text
    discord.grow_old(timedelta(), edits=5)
    await shows(discord, message, GAME, "Valheim · Alice")
    assert refusals() == before + 1


# -- posts


def posts(discord: FakeDiscord) -> list[str]:
    return [message.content for message in discord.guild.channel("matches").messages]


async def posted(discord: FakeDiscord, since: int, *parts: str) -> None:
    """Wait until the posts since that number are one for each part, in this order."""
    found: list[str] = []

    def are_there() -> bool:
        found[:] = posts(discord)[since:]
        return len(found) >= len(parts)

    await discord.until(are_there, f"posts {parts}, only {found}", within=IN_TIME_S)
    assert len(found) == len(parts), found
    for text, part in zip(found, parts, strict=True):
        assert part in text


async def test_an_evening_is_posted_and_what_lasts_shorter_is_not(
    alice: Person, bob: Person, world: World, discord: FakeDiscord
) -> None:
    """A match that was closed at once, and a server that was restarted, are no news. A member may keep out of it."""
    before = len(posts(discord))
    await join(bob)
    await bob.slash("posts", state="off")
    await bob.slash("forward", port="terraria")
    async with connected(world, alice), AsyncExitStack() as server:
        await server.enter_async_context(hosting(world.friend, PORT))
        await alice.slash("forward", port="valheim")
        await alice.slash("unforward", port="2456-2458")
        await alice.slash("forward", port="minecraft")
        await posted(discord, before, f"**Alice** is hosting **Minecraft (Java)** at `{VPS4}`")
        async with flowing(world.player, VPS4, PORT, Protocol.TCP):
            hosting_and_player = "is hosting", "The first player joined **Alice**'s **Minecraft (Java)**"
            await posted(discord, before, *hosting_and_player)
        await server.aclose()
        await posted(discord, before, *hosting_and_player, "**Alice**'s **Minecraft (Java)** has not answered since")
    assert discord.pings == []


async def test_only_the_configured_kinds_are_posted(
    scene: Scene, alice: Person, world: World, discord: FakeDiscord
) -> None:
    """A player comes to the first match, and stays for longer than a blip, before the second one is told."""
    config = Path(scene.bot.argv[2])
    text = config.read_text()
    await scene.bot.stop()
    config.write_text(text.replace(POSTS, '\nposts = ["hosting"]\n'))
    try:
        await scene.start_bot()
        before = len(posts(discord))
        async with connected(world, alice), hosting(world.friend, PORT):
            await alice.slash("forward", port="minecraft")
            await posted(discord, before, "is hosting **Minecraft (Java)**")
            async with flowing(world.player, VPS4, PORT, Protocol.TCP):
                await says_beside_its_name(discord, "1 player in 1 match")
                await alice.slash("forward", port="valheim")
                await posted(discord, before, "is hosting **Minecraft (Java)**", "is hosting **Valheim**")
    finally:
        await scene.bot.stop()
        config.write_text(text)
        await scene.start_bot()


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_a_lost_tunnel_is_posted_with_its_players_by_the_times_of_the_program(
    scene: Scene, alice: Person, world: World, discord: FakeDiscord
) -> None:
    """A tunnel counts as lost after 180 s, and is posted a minute later. One that comes back sooner is no news."""
    await scene.bot.stop()
    changed = scene.bot.changed.copy()
    scene.bot.changed.clear()
    try:
        await scene.start_bot()
        before = len(posts(discord))
        config = await join(alice)
        async with AsyncExitStack() as home:
            await (await home.enter_async_context(peer_up(world.friend, config, "friend0"))).handshake()
            await home.enter_async_context(hosting(world.friend, PORT))
            await alice.slash("forward", port="minecraft")
            await asyncio.sleep(30)
            assert posts(discord)[before:] == []
            players = await home.enter_async_context(AsyncExitStack())  # what a bot finds when it starts is no news
            for player in (world.player, world.player2):
                await players.enter_async_context(flowing(player, VPS4, PORT, Protocol.TCP))
            await says_beside_its_name(discord, "2 players in 1 match")

            async def are_two_posts() -> bool:
                return len(posts(discord)) == before + 2

            await until(are_two_posts, timeout_s=120)
            await players.aclose()

        async def is_posted() -> bool:
            return len(posts(discord)) > before + 2

        await until(is_posted, timeout_s=480)
        assert "📴 **Alice**'s PC went offline <t:" in posts(discord)[-1]
        assert "while 2 players were on **Minecraft (Java)**" in posts(discord)[-1]
        assert len(posts(discord)) == before + 3
    finally:
        await scene.bot.stop()
        scene.bot.changed |= changed
        await scene.start_bot()
