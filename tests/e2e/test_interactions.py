"""The way from nothing to an announced match, with each interaction counted.

An interaction is one click, one typed command or one form sent: in Discord, in WireGuard, in Windows or in the game. In
Discord the test makes them, and elsewhere it names them beside what comes of them.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.demo.tunnel import peer_up
from gateway.demo.world import VPS4, World
from tests.e2e.scene import config_of, reaches, said
from tests.fakediscord import FakeDiscord, Person, Reply, button
from tests.fakediscord.reply import Component
from tests.unit.bot.gameservers import minecraft, status, streams

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module")]

PORT = 25565
MOST = 15
INSTALLER = "https://download.wireguard.com/windows-client/wireguard-installer.exe"
WITHIN_S = 30


@dataclass
class Hands:
    """The hands of a member, with what they did."""

    person: Person
    done: list[str] = field(default_factory=list)

    async def types(self, command: str, **options: Any) -> Reply:
        self.done.append(f"/{command}")
        return await self.person.slash(command, **options)

    async def presses(self, component: Component) -> Reply:
        self.done.append(f"[{component.label}]")
        return await self.person.press(component)

    async def chooses(self, menu: Component, value: str) -> Reply:
        self.done.append(f"({value})")
        return await self.person.select(menu, value)

    def does(self, *interactions: str) -> None:
        """Note interactions outside of Discord."""
        self.done += interactions


def listening(world: World) -> socket.socket:
    made = world.friend.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("0.0.0.0", PORT))
    return made


async def test_fifteen_interactions_lead_from_nothing_to_an_announced_match_and_one_leads_back(
    admin: Person, alice: Person, world: World, discord: FakeDiscord
) -> None:
    general = discord.guild.channel("general")
    await admin.slash("panel", in_channel=general)
    live = general.messages[-1]
    hands = Hands(alice)
    setup = await hands.presses((await hands.types("join")).button("Windows PC"))
    assert setup.button("Get WireGuard").url == INSTALLER  # the program itself, and no page about it
    hands.does("[Get WireGuard]", "open the download", "Windows: Yes")
    config = config_of(setup.files)  # in the same message, so there is nowhere to go
    hands.does("save the file", "Import tunnel(s) from file", "the file, by a double click", "Activate")
    async with peer_up(world.friend, config, "friend0") as tunnel:
        await tunnel.handshake()
        await setup.until(lambda answer: "Connected" in answer.text, WITHIN_S)
        asked = await hands.presses(setup.button("Host a game"))
        reply = await hands.chooses(asked.select(), "minecraft")
        assert "Set its port to 25565" in said(await _shows(reply, "❌ Start the server"))
        hands.does("Open to LAN", "the port and Start LAN World", "Windows: Allow")
        async with streams(status(minecraft(0)), made=listening(world)):
            await _shows(reply, "✅ The server on pc answers")
            announced = await hands.presses(reply.button("Announce"))
            card = general.messages[-1]
            assert card.id in announced.content
            assert str(VPS4) in card.text
            assert len(hands.done) <= MOST, f"{len(hands.done)}: {hands.done}"
            await alice.slash("unforward", port=str(PORT))
            assert not await reaches(world.player, VPS4, PORT)
            again = Hands(alice)
            await again.presses(button(live, "Host again"))
            await discord.until(lambda: "🟢" in live.text, "the match", within=WITHIN_S)
            assert f"`{VPS4}`" in live.text, "all readers of the channel see the address"
            assert len(again.done) == 1


async def _shows(reply: Reply, text: str) -> Reply:
    await reply.until(lambda answer: text in said(answer), WITHIN_S)
    return reply
