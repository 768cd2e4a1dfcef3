"""The part below the answer of /forward: it shows which hops to the server work, as packets prove."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up
from gateway.demo.world import VPS4, World
from gateway.model import Protocol
from tests.e2e.scene import Scene, join, reaches, said
from tests.fakediscord import Person, Reply
from tests.unit.bot.gameservers import a2s, datagrams

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module")]

WITHIN_S = 20


async def shows(reply: Reply, *words: str) -> str:
    """Wait until the text can be read on the screen."""
    await reply.until(lambda one: all(word in said(one) for word in words), WITHIN_S)
    return said(reply)


async def test_from_nothing_to_players_hop_by_hop(alice: Person, world: World) -> None:
    """Each missing hop is named with its cure, one after the other, without another command. A probe is no player."""
    config = await join(alice)
    reply = await alice.slash("forward", port="minecraft")
    assert "Turn on WireGuard on pc. It has never been connected." in await shows(reply, "Turn on WireGuard")
    async with peer_up(world.friend, config, "friend0") as tunnel:
        await tunnel.handshake()
        await shows(reply, "✅ pc is connected", "❌ Start the server on pc. Nothing is running on port 25565.")
        async with hosting(world.friend, 25565) as server:
            await shows(reply, "✅ The server on pc answers", f"⏳ Give players {VPS4}. No one has tried yet")
            assert "Ready for players" in said(reply)
            assert {caller.protocol for caller in server.callers} == {Protocol.TCP}
            assert "no one connected" in said(await alice.slash("status"))
            assert "No one has tried yet" in said(reply)
            assert await reaches(world.player, VPS4, 25565)
            await shows(reply, "✅ A player has tried to connect")
            _, player = await world.player.connect(VPS4, 25565)
            with closing(player):
                await shows(reply, "✅ 1 connection from 1 player", "Players can join")


async def test_a_game_is_asked_in_its_own_words_through_the_tunnel(alice: Person, world: World) -> None:
    """It asks Valheim's second port by UDP. A refusal comes back through the tunnel as well."""
    config = await join(alice)
    async with peer_up(world.friend, config, "friend0") as tunnel:
        await tunnel.handshake()
        reply = await alice.slash("forward", port="valheim")
        await shows(reply, "❌ Start the server on pc. Nothing is running on port 2457.")
        made = world.friend.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind(("0.0.0.0", 2457))
        async with datagrams(a2s(5, 10), made=made):
            await shows(reply, "✅ The server on pc answers: 5 of 10 playing", "No one has tried yet")


@pytest.mark.parametrize("mode", ["split", "linux"])
async def test_every_mode_is_proven_alike(alice: Person, world: World, mode: str) -> None:
    config = await join(alice, mode=mode)
    async with peer_up(world.friend, config, "friend0") as tunnel:
        await tunnel.handshake()
        reply = await alice.slash("forward", port="25565/tcp")
        await shows(reply, "Nothing is running on port 25565.")
        async with hosting(world.friend, 25565):
            await shows(reply, "✅ The server on pc answers", "No one has tried yet")


async def test_it_goes_on_when_gateway_and_bot_were_away(alice: Person, scene: Scene) -> None:
    await join(alice)
    reply = await alice.slash("forward", port="25565")
    await shows(reply, "Turn on WireGuard on pc.")
    await scene.gateway.stop()
    await shows(reply, "The VPN does not answer right now")
    await scene.start_gateway()
    await shows(reply, "Turn on WireGuard on pc.")
    await scene.bot.stop()
    await scene.start_bot()
    await alice.slash("unforward", port="25565")
    assert "That is closed already" in await shows(await alice.press(reply.button("Check again")), "closed")


async def test_players_are_not_awaited_while_another_firewall_stops_them(
    alice: Person, scene: Scene, world: World
) -> None:
    """Docker or ufw may come after the gateway. The problem ends with their rules."""
    config = await join(alice)
    scene.gateway.expected.append("problem: nftables on this host stops players")
    async with peer_up(world.friend, config, "friend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        reply = await alice.slash("forward", port="25565/tcp")
        await shows(reply, "✅ The server on pc answers", "Ready for players")
        chain = "chain c { type filter hook forward priority 0; policy drop; }"
        await world.vps.run("nft", f"table inet later {{ {chain} ; }}")
        try:
            text = await shows(reply, "❌ Ask an admin to let players through.", "Players cannot join yet")
            assert scene.gateway.expected[-1] in scene.gateway.output
            assert "nftables on the VPS stops players, in chain c of table inet later" in text
        finally:
            await world.vps.run("nft", "delete", "table", "inet", "later")
        await shows(reply, "Ready for players")
