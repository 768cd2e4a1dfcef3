"""The admins' lists and buttons, with real tunnels and connections."""

from __future__ import annotations

import pytest

from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up
from gateway.demo.world import CGNAT4, PLAYER4, VPS4, World
from gateway.model import Protocol
from tests.e2e.scene import join, reaches, said
from tests.fakediscord import Person, Reply
from tests.lab import go_on

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module")]


async def choose(person: Person, reply: Reply, label: str) -> Reply:
    menu = reply.select()
    (value,) = [option["value"] for option in menu.raw["options"] if label in option["label"]]
    return await person.select(menu, value)


async def test_from_the_list_of_devices_a_port_is_closed_and_a_device_taken_away(
    alice: Person, bob: Person, admin: Person, world: World
) -> None:
    """Each happens only after it was shown, with the open connections, and confirmed. Other players play on."""
    config = await join(alice, device="tower")
    await join(bob, device="laptop")
    for port in ("25565", "27015"):
        await alice.slash("forward", port=port)
    async with (
        peer_up(world.friend, config, "friend0") as tunnel,
        hosting(world.friend, 25565),
        hosting(world.friend, 27015),
    ):
        await tunnel.handshake()
        async with (
            flowing(world.player, VPS4, 25565, Protocol.TCP) as first,
            flowing(world.player, VPS4, 27015, Protocol.UDP) as second,
        ):
            await go_on(first, second)
            listed = await admin.slash("peers", state="connected")
            assert "tower" in said(listed)
            assert "laptop" not in said(listed)
            device = await choose(admin, listed, "tower")
            assert str(CGNAT4) not in said(device)
            assert str(CGNAT4) in said(await admin.press(device.button("Show address")))

            opened = await choose(admin, await admin.slash("forwards", port="25565"), "25565")
            assert "1 connection" in said(opened)
            asked = await admin.press(opened.button("Close…"))
            await go_on(first)
            await admin.press(next(button for button in asked.buttons if button.label != "Keep it"))
            await first.ended()
            await go_on(second)
            assert not await reaches(world.player2, VPS4, 25565)

            device = await choose(admin, await admin.slash("peers", member=alice), "tower")
            asked = await admin.press(device.button("Revoke…"))
            assert "27015" in said(asked)
            await go_on(second)
            await admin.press(asked.button("Revoke"))
            await second.ended()
    left = said(await admin.slash("peers"))
    assert "laptop" in left
    assert "tower" not in left
    assert str(PLAYER4) not in left


async def test_the_audit_log_the_policy_and_the_members_menu_tell_what_is_so(alice: Person, admin: Person) -> None:
    """The answers are in words, and admins alone read the first and the last."""
    await join(alice, device="deck")
    await alice.slash("forward", port="terraria", duration="2h")
    told = said(await admin.slash("audit"))
    assert "7777" in told
    assert "deck" in told
    assert "only admins" in said(await alice.slash("audit"))
    assert "Up to 5" in said(await alice.slash("policy"))
    assert "deck" in said(await admin.context_menu("VPN devices", alice))
    assert "deck" in said(await alice.context_menu("VPN devices", alice))
    extended = await admin.press((await choose(admin, await admin.slash("forwards"), "7777")).button("Extend"))
    assert "Extended" in said(extended)
    assert "7777" in said(await alice.slash("status"))
