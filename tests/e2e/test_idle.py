"""With nothing happening the bot's process asks the gateway's for nothing; an event reaches Discord at its own cost."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

import pytest

from gateway.api.contract import SetLan
from gateway.api.measures import GetMeasures
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import World
from tests import joining
from tests.e2e.scene import LOG_CHANNEL, ROOT, Scene, config_of
from tests.fakediscord import Message, Person, Reply

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]
MINUTE_S = 60.0


async def requests(scene: Scene) -> Counter[str]:
    """Return how many requests have reached the gateway since its start, without these questions."""
    found = (await scene.api.call(GetMeasures(actor=ROOT, with_kernel=False))).operations
    return Counter({each.operation: sum(each.counts) for each in found if each.operation != GetMeasures.operation})


async def rest(scene: Scene) -> Counter[str]:
    """Wait until the bot has acted on all that happened so far, and return the requests."""
    before = Counter[str]()

    async def is_quiet() -> bool:
        nonlocal before
        last, before = before, await requests(scene)
        await asyncio.sleep(1)
        return before == last

    await until(is_quiet, timeout_s=60)
    return before


async def host(scene: Scene, member: Person) -> tuple[Reply, str]:
    """Return the set-up and config of a device with an open port, a match card and an end that is to be told.

    The set-up shows the config until the device connects.
    """
    scene.discord.guild.channel("general")
    setup = await joining.join(member)
    reply = await member.slash("forward", port="25565", duration="30m")
    await member.press((await member.press(reply.button("Announce"))).button("Announce anyway"))
    return setup, config_of(setup.files)


async def panel(scene: Scene, admin: Person) -> Message:
    """Put the live message into the channel of the matches."""
    channel = scene.discord.guild.channel("general")
    await admin.slash("panel", in_channel=channel)
    return channel.messages[-1]


@pytest.mark.long
@pytest.mark.parametrize("is_connected", [False, True], ids=["away", "connected"])
async def test_in_a_minute_of_nothing_no_request_reaches_the_gateway(
    scene: Scene, alice: Person, admin: Person, world: World, is_connected: bool
) -> None:
    """A match card and the live message are there, and the host's device and game server as well or not."""
    _, config = await host(scene, alice)
    message = await panel(scene, admin)
    async with AsyncExitStack() as home:
        if is_connected:
            await (await home.enter_async_context(peer_up(world.friend, config, "friend0"))).handshake()
            await home.enter_async_context(hosting(world.friend, 25565))
            await scene.discord.until(lambda: "1 of 1 device online" in message.text, "the device connects")
        before = await rest(scene)
        await asyncio.sleep(MINUTE_S)
        assert await requests(scene) - before == Counter()


async def test_a_device_that_connects_and_a_change_are_told_without_a_question(
    scene: Scene, alice: Person, admin: Person, world: World
) -> None:
    setup, config = await host(scene, alice)
    shown = await panel(scene, admin)
    before = await rest(scene)
    log = scene.discord.guild.channel(LOG_CHANNEL)
    async with peer_up(world.friend, config, "friend0") as tunnel:
        await tunnel.handshake()
        await scene.discord.until(lambda: "Connected" in setup.text, "the device connects")
        await scene.discord.until(lambda: "1 of 1 device online" in shown.text, "the live message shows it", within=30)
        await scene.api.call(SetLan(actor=ROOT, on=True))
        await scene.discord.until(
            lambda: any("devices reach each other" in one.text for one in log.messages), "the entry"
        )
        assert await requests(scene) - before == Counter({SetLan.operation: 1})
    await scene.api.call(SetLan(actor=ROOT, on=False))
