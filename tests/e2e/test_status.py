"""`/status` with real tunnels: what it shows, and to which member."""

from __future__ import annotations

import re
import time

import pytest

from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up
from gateway.demo.world import CGNAT4, SITE4, VPS4, World
from gateway.model import Protocol
from tests.e2e.scene import join, said, told
from tests.fakediscord import Person

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module")]


async def test_it_shows_a_fresh_handshake_the_bytes_and_the_live_connections(alice: Person, world: World) -> None:
    """It shows only enough of the device's home address to recognise it."""
    config = await join(alice, device="laptop")
    assert "Never connected" in said(await alice.slash("status"))
    await alice.slash("forward", port="25565")
    started = time.time()
    async with (
        peer_up(world.friend, config, "friend0") as tunnel,
        hosting(world.inet, 80),
        hosting(world.friend, 25565),
    ):
        await tunnel.handshake()
        assert "no one connected" in said(await alice.slash("status"))
        text = "x" * 50_000
        assert await world.friend.ask_tcp(SITE4, 80, text) == text
        async with (
            flowing(world.player, VPS4, 25565, Protocol.TCP),
            flowing(world.player, VPS4, 25565, Protocol.UDP),
            flowing(world.player2, VPS4, 25565, Protocol.TCP),
        ):
            reply = await told(alice, "3 connections from 2 players")
        assert reply.ephemeral
        shown = said(reply)
        assert "1 of 1 device connected" in shown
        assert "25565 TCP and UDP: 3 connections from 2 players" in shown
        handshake = re.search(r"last seen <t:(\d+):R>", shown)
        assert handshake
        assert started - 1 <= int(handshake[1]) <= time.time()
        sizes = re.search(r"Sent ([\d.]+) kB, received ([\d.]+) kB", shown)
        assert sizes
        assert all(50 < float(size) < 500 for size in sizes.groups())
        assert str(CGNAT4) not in shown
        assert "from 198.18.•.•" in shown
        assert str(VPS4) in shown


async def test_members_see_only_their_own_and_admins_see_all(alice: Person, bob: Person, admin: Person) -> None:
    await join(alice, device="of-alice")
    await alice.slash("forward", port="25565")
    await join(bob, device="of-bob")
    await bob.slash("forward", port="25566")
    for person, own, other in ((alice, ("of-alice", "25565"), "25566"), (bob, ("of-bob", "25566"), "25565")):
        shown = said(await person.slash("status"))
        assert all(part in shown for part in own)
        assert other not in shown
        assert shown.count("of-") == 1
    everything = said(await admin.slash("status"))
    for part in ("of-alice", "of-bob", "25565", "25566", "Alice", "Bob", "0 of 2 devices"):
        assert part in everything
    assert [choice.value for choice in await bob.autocomplete("rotate", focused="device")] == ["of-bob"]
