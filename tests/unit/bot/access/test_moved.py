"""When the gateway's address changes, each owner is told once what to do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

import pytest

from bot.access import moved
from bot.access.moved import Moves
from gateway.api.contract import AuditEntry
from tests.fakediscord import Person
from tests.joining import join, rotate
from tests.unit.bot.patience import counted
from tests.unit.bot.world import ADDRESS, Gate, World, world

Worlds = Callable[..., AbstractAsyncContextManager[World]]
Look = Callable[[World], Awaitable[None]]
OLD, NEW = "203.0.113.1", "198.51.100.99"


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    monkeypatch.setattr(moved, "POLL_S", 0.02)
    return partial(world, tmp_path, monkeypatch)


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch) -> Look:
    looks = counted(monkeypatch, Moves, "_look")
    return lambda w: w.stir(looks)


async def joined(w: World, name: str = "anna", device: str = "pc") -> Person:
    member = w.discord.guild.add_member(name, roles=["Friends"])
    await join(member, device=device)
    return member


async def move(gate: Gate) -> None:
    """Let the gateway's machine have another address, to which its name leads as well."""
    gate.kernel.host.names[ADDRESS] = (IPv4Address(NEW),)
    gate.kernel.host.links["eth0"].addresses = {IPv4Interface(f"{NEW}/24")}
    assert await gate.gateway.state.follow()
    gate.audit.append(
        AuditEntry(
            id=len(gate.audit) + 1, at=gate.now, actor="gateway", actor_name="gateway", action="follow", subject=NEW
        )
    )


async def test_a_config_with_a_name_needs_the_tunnel_off_and_on(worlds: Worlds, look: Look) -> None:
    async with worlds() as w:
        anna = await joined(w)
        w.gate.handshake = None
        w.gate.now += timedelta(hours=1)
        await look(w)
        assert anna.unread == []
        await move(w.gate)
        await look(w)
        assert anna.unread == []  # the gateway itself may find the device yet
        w.gate.now += timedelta(minutes=3)
        message = await anna.dm()
        assert "Switch WireGuard off and on once" in message.content
        assert "**pc**" in message.content
        await look(w)
        assert anna.unread == []
        assert w.discord.violations == []


async def test_a_device_that_is_back_already_is_not_told_of(worlds: Worlds, look: Look) -> None:
    async with worlds() as w:
        anna = await joined(w)
        w.gate.now += timedelta(hours=1)
        await move(w.gate)
        w.gate.now += timedelta(minutes=3)
        w.gate.handshake = timedelta()
        w.gate._let_through()
        await look(w)
        assert anna.unread == []


async def test_a_config_with_an_address_needs_a_new_one_and_each_owner_hears_of_it_once(
    worlds: Worlds, look: Look
) -> None:
    """A restart of the bot in between repeats nothing, and a rotated device is not told of."""
    async with worlds() as w:
        anna, ben = await joined(w), await joined(w, "ben", "deck")
        peers = {key: replace(peer, address=OLD) for key, peer in w.gate.desired.peers.items()}
        w.gate.desired = replace(w.gate.desired, peers=peers)
        await move(w.gate)
        for member, device in ((anna, "pc"), (ben, "deck")):
            message = await member.dm()
            assert f"Its address is `{ADDRESS}` now" in message.content
            assert "Type `/rotate`" in message.content
            assert f"**{device}**" in message.content
        await rotate(anna)
        await w.stop()
        await w.start()
        await look(w)
        assert (anna.unread, ben.unread) == ([], [])
        assert [peer.address for peer in w.gate.desired.peers.values()] == [ADDRESS, OLD]
