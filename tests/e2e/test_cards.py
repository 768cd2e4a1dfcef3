"""An announced match as the whole channel sees it, from its first player to its end."""

from __future__ import annotations

import re
from ipaddress import IPv4Address
from typing import Any

import pytest

from gateway.api.contract import List, RemoveForward, Suspend
from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import VPS4, World
from gateway.model import Protocol, parse_ports
from tests.e2e.scene import ROOT, Scene, join, reaches, said
from tests.fakediscord import FakeDiscord, Message, Person, button, buttons
from tests.lab import go_on
from tests.unit.bot.matches.faces import Face, face_of

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module")]

IN_TIME_S = 20  # the card is checked each 5 s and edited each 10 s


async def announced(discord: FakeDiscord, host: Person, **options: Any) -> Message:
    """Announce a Minecraft server whose device is not connected yet, and return its card."""
    channel = discord.guild.channel("general")
    before = len(channel.messages)
    reply = await host.slash("forward", port="minecraft", **options)
    reply = await host.press((await host.press(reply.button("Announce"))).button("Announce anyway"))
    (message,) = channel.messages[before:]
    assert message.id in reply.content
    return message


async def becomes(discord: FakeDiscord, message: Message, *parts: str) -> Face:
    await discord.until(
        lambda: all(part in message.text for part in parts), f"{parts} in {message.text!r}", within=IN_TIME_S
    )
    return face_of(message.components)


async def test_a_card_counts_real_players_until_the_match_is_closed(
    alice: Person, world: World, discord: FakeDiscord
) -> None:
    """Players connect to the address on it. A player that left counts only for the peak."""
    config = await join(alice)
    message = await announced(discord, alice)
    embed = face_of(message.components)
    assert "Minecraft" in embed.title
    assert "**Alice**" in embed.description
    assert "0 players (peak 0)" in embed.fields["Players now"]
    found = re.match(r"```\n([\d.]+)\n```", embed.fields["Address"])
    assert found
    address, port = IPv4Address(found[1]), 25565  # the port that Minecraft takes by itself
    async with peer_up(world.friend, config, "friend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        async with flowing(world.player, address, port, Protocol.TCP):
            one = await becomes(discord, message, "1 player (peak 1)")
            async with flowing(world.player2, address, port, Protocol.TCP):
                await becomes(discord, message, "2 players (peak 2)")
        nobody = await becomes(discord, message, "0 players (peak 2)")
        assert nobody.colour != one.colour
        await alice.slash("unforward", port="25565")
        ended = await becomes(discord, message, "ended")
        assert ended.fields["Most at once"] == "2 players"
        assert re.fullmatch(r"(\d minutes?|\d+ seconds?)", ended.fields["Lasted"])
        assert buttons(message) == []
        assert not await reaches(world.player, VPS4, 25565)


async def test_a_device_is_renamed_in_the_middle_of_a_match(alice: Person, world: World, discord: FakeDiscord) -> None:
    """Its tunnel, its connections and its card go on."""
    config = await join(alice)
    message = await announced(discord, alice)
    async with (
        peer_up(world.friend, config, "friend0") as tunnel,
        hosting(world.friend, 25565),
    ):
        await tunnel.handshake()
        async with flowing(world.player, VPS4, 25565, Protocol.TCP) as match:
            await becomes(discord, message, "1 player (peak 1)")
            assert "pc is called rig now" in said(await alice.slash("rename", device="pc", new_name="rig"))
            await go_on(match)
            async with flowing(world.player2, VPS4, 25565, Protocol.TCP):
                await becomes(discord, message, "2 players (peak 2)")
            status = said(await alice.slash("status"))
            assert "rig" in status
            assert "25565" in status


async def test_a_card_outlives_bot_and_gateway_and_is_closed_by_its_button(
    scene: Scene, alice: Person, bob: Person, world: World, discord: FakeDiscord
) -> None:
    """A gateway that is away ends no match, and only its host can close it."""
    config = await join(alice)
    message = await announced(discord, alice)
    async with peer_up(world.friend, config, "friend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        async with flowing(world.player, VPS4, 25565, Protocol.TCP):
            await becomes(discord, message, "1 player (peak 1)")
        await scene.bot.stop()
        await scene.start_bot()
        await scene.gateway.kill()
        await scene.start_gateway()
        await becomes(discord, message, "0 players (peak 1)")
        assert "only" in (await bob.press(button(message, "Close"))).content.lower()
        assert await reaches(world.player, VPS4, 25565)
        await alice.press(button(message, "Close"))
        assert not await reaches(world.player, VPS4, 25565)
        ended = await becomes(discord, message, "ended")
        assert ended.fields["Most at once"] == "1 player"


async def test_a_device_that_is_cut_off_ends_its_match(scene: Scene, alice: Person, discord: FakeDiscord) -> None:
    await join(alice)
    message = await announced(discord, alice)
    await scene.api.call(Suspend(actor=ROOT, owner=str(alice.id), suspended=True))
    await becomes(discord, message, "ended")


async def test_what_closed_while_the_bot_was_away_is_ended_when_it_returns(
    scene: Scene, alice: Person, discord: FakeDiscord
) -> None:
    await join(alice)
    message = await announced(discord, alice, duration="5s")
    await scene.bot.stop()

    async def has_closed() -> bool:
        return not (await scene.api.call(List(actor=ROOT, everyone=True))).forwards

    await until(has_closed)
    await scene.start_bot()
    ended = await becomes(discord, message, "ended")
    assert ended.fields["Lasted"] == "5 seconds"


async def test_an_end_that_came_while_discord_was_away_is_told_when_it_is_back(
    scene: Scene, alice: Person, discord: FakeDiscord
) -> None:
    await join(alice)
    message = await announced(discord, alice)
    await discord.down()
    await scene.api.call(RemoveForward(actor=ROOT, ports=parse_ports("25565")))

    async def has_to_wait() -> bool:
        return f"card {message.id} has to wait" in scene.bot.output

    await until(has_to_wait)
    await discord.up()
    await becomes(discord, message, "ended")
    await discord.reconnected()
