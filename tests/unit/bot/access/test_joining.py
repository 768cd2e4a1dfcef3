"""The way from /join over a connected device to a match."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.access import shown
from bot.access.shown import outcome
from tests.fakediscord import button
from tests.joining import join, sent
from tests.unit.bot.english import words
from tests.unit.bot.world import World, world

Worlds = Callable[..., AbstractAsyncContextManager[World]]


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    monkeypatch.setattr(shown, "POLL_S", 0.02)
    monkeypatch.setattr(shown, "outcome", outcome)
    return partial(world, tmp_path, monkeypatch)


async def test_a_connected_device_leads_to_hosting(worlds: Worlds) -> None:
    """The button does what the live message's one does."""
    async with worlds() as w:
        w.gate.handshake = None
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        setup = await join(anna)
        await w.told()
        w.gate.handshake = timedelta(seconds=1)
        await setup.until(lambda reply: words("setup-connected", device="pc") in reply.text)
        games = await anna.press(setup.button("Host a game"))
        opened = await anna.select(games.select(), "minecraft")
        assert "25565" in opened.text
        assert len(w.gate.desired.forwards) == 1


async def test_a_direct_message_leads_to_hosting_as_well(worlds: Worlds) -> None:
    async with worlds() as w:
        w.gate.handshake = None
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        message = await sent(anna, await join(anna))
        await w.told()
        w.gate.handshake = timedelta(seconds=1)
        await w.discord.until(lambda: words("setup-connected", device="pc") in message.text, "connected")
        games = await anna.press(button(message, "Host a game"))
        opened = await anna.select(games.select(), "minecraft")
        assert "25565" in opened.text
        assert len(w.gate.desired.forwards) == 1


async def test_from_nothing_to_an_announced_match_are_five_interactions(worlds: Worlds) -> None:
    """These are all that Discord brings the bot: a command, three buttons and a menu.

    A host on Windows clicks ten times besides. Two are in Discord: the installer's link and the file. The installer
    takes two, WireGuard three, the world two, and the firewall one. These are 15 in all.
    """
    async with worlds() as w:
        w.gate.handshake = None
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        asked = await anna.slash("join")
        setup = await anna.press(asked.button("Windows PC"))
        await w.told()
        w.gate.handshake = timedelta(seconds=1)
        await setup.until(lambda reply: any(each.label == "Host a game" for each in reply.buttons))
        games = await anna.press(setup.button("Host a game"))
        opened = await anna.select(games.select(), "minecraft")
        await anna.press(opened.button(words("card-announce-button")))
        await w.discord.until(lambda: w.discord.guild.channel("general").messages, "the card")
        assert len(w.discord._backend.world.interactions) == 5
