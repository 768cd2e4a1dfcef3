"""Games by their names, and a free port by pressing a button, with players on the other side of the Internet."""

from __future__ import annotations

import asyncio

import pytest

from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up
from gateway.demo.world import VPS4, VPS6, World
from tests.e2e.scene import join, reaches, said
from tests.fakediscord import Person

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module")]


async def test_a_game_is_reachable_on_its_ports_and_protocols_only(alice: Person, world: World) -> None:
    config = await join(alice)
    reply = await alice.slash("forward", port="minecraft")
    assert "Minecraft (Java)" in said(reply)
    async with peer_up(world.friend, config, "friend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        for public in (VPS4, VPS6):
            assert await reaches(world.player, public, 25565)
            with pytest.raises(OSError):
                await world.player.ask_udp(public, 25565, timeout_s=0.5)
    assert "Minecraft (Java)" in said(await alice.slash("status"))


async def test_a_press_opens_the_free_port_to_the_server_as_it_is(alice: Person, bob: Person, world: World) -> None:
    """Bob's server listens where it always did, and his players use the other port. Pressing twice opens one."""
    await join(alice)
    config = await join(bob)
    await alice.slash("forward", port="25565")
    reply = await bob.slash("forward", port="25565")
    assert "another member" in said(reply)
    button = reply.button("Open 25566 instead")
    for pressed in await asyncio.gather(bob.press(button), bob.press(button)):
        assert f"{VPS4}:25566" in said(pressed)
    async with peer_up(world.friend, config, "friend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        assert await reaches(world.player, VPS4, 25566)
        assert not await reaches(world.player, VPS4, 25565)
    assert said(await bob.slash("status")).count("25566") == 1
