"""Admission, from the request in the admin channel to a tunnel that works."""

from __future__ import annotations

import asyncio

import pytest

from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up
from gateway.demo.world import PLAYER4, SITE4, VPS4, World
from gateway.model import Protocol
from tests.codes import read_png
from tests.e2e.scene import ADMIN_CHANNEL, Scene, config_of, reaches, said
from tests.fakediscord import Message, Permission, Person, button, buttons
from tests.joining import PHONE, WINDOWS
from tests.joining import join as add

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module")]

SITE, GAME = 80, 25565


def request(scene: Scene) -> Message:
    """Return the newest message in the admin channel."""
    return scene.discord.guild.channel(ADMIN_CHANNEL).messages[-1]


async def test_an_approved_stranger_plays(scene: Scene, world: World, stranger: Person, admin: Person) -> None:
    """One click gives a config that reaches the Internet. The new member may forward a port to players."""
    scene.discord.guild.role("Player")
    asked = await stranger.slash("join", device="laptop")
    assert asked.ephemeral
    assert stranger.dms == []
    reply = await admin.press(button(request(scene), "Approve"))
    message = await stranger.dm()
    await stranger.press(button(message, PHONE))
    config = config_of(message.files)
    assert read_png(message.files["gg-laptop.png"]).decode() == config
    assert "Manage Roles" in said(reply)
    async with peer_up(world.friend, config, "friend0") as tunnel, hosting(world.inet, SITE):
        await tunnel.handshake()
        assert await world.friend.ask_tcp(SITE4, SITE) == "hello"
        await stranger.slash("forward", port=str(GAME))
        async with hosting(world.friend, GAME) as server:
            assert await reaches(world.player, VPS4, GAME)
            assert server.saw(PLAYER4, Protocol.TCP)


async def test_the_role_is_given_and_the_click_works_after_a_restart(
    scene: Scene, stranger: Person, admin: Person
) -> None:
    """The bot gives the role where it may. It is killed between request and click."""
    scene.discord.guild.role("Player")
    scene.discord.guild.promote_bot(int(Permission.MANAGE_ROLES), position=50)
    await stranger.slash("join")
    await scene.bot.kill()
    await scene.start_bot()
    reply = await admin.press(button(request(scene), "Approve"))
    assert "Manage Roles" not in said(reply)
    message = await stranger.dm()
    await stranger.press(button(message, WINDOWS))
    assert set(message.files) == {"gg-pc.conf"}
    assert "pc" in said(await stranger.slash("status"))
    assert not buttons(request(scene))


async def test_an_approval_that_a_kill_cut_off_is_carried_out(
    scene: Scene, world: World, stranger: Person, admin: Person
) -> None:
    """The gateway hangs while the bot dies. Once both are back, one question arrives by itself."""
    await stranger.slash("join")
    approve = button(request(scene), "Approve")
    scene.gateway.pause()
    both = [asyncio.create_task(each.press(approve)) for each in (admin, scene.member("another", "Admin"))]
    (late,), (first,) = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    assert "right now" in said(late.result())
    first.cancel()
    await scene.bot.kill()
    scene.gateway.resume()
    await scene.start_bot()
    message = await stranger.dm()
    await stranger.press(button(message, WINDOWS))
    async with peer_up(world.friend, config_of(message.files), "friend0") as tunnel:
        await tunnel.handshake()
    assert said(await admin.slash("peers", member=stranger)).count("added") == 1
    await scene.discord.until(lambda: "Approved by" in request(scene).text, "decision", within=5)
    assert len(stranger.dms) == 1


async def test_a_denied_stranger_stays_out(scene: Scene, stranger: Person, admin: Person) -> None:
    """The stranger reads why, and there is no device."""
    await stranger.slash("join")
    form = (await admin.press(button(request(scene), "Deny"))).modal
    await admin.submit(form, dict.fromkeys(form.fields, "not today"))
    assert "not today" in said(await stranger.dm())
    assert "not today" in said(request(scene))
    assert not buttons(request(scene))
    assert "no device" in said(await admin.slash("peers", member=stranger))


async def test_while_the_gateway_is_away_the_request_stays_open(scene: Scene, stranger: Person, admin: Person) -> None:
    await stranger.slash("join")
    await scene.gateway.stop()
    reply = await admin.press(button(request(scene), "Approve"))
    assert "stays open" in said(reply)
    await scene.start_gateway()
    await admin.press(button(request(scene), "Approve"))
    assert button(await stranger.dm(), WINDOWS)


async def test_a_guests_device_has_an_end(scene: Scene, world: World) -> None:
    guest = scene.member("guest", "Guest")
    reply = await add(guest)
    assert "Ends <t:" in said(reply)
    async with peer_up(world.friend, config_of(reply.files), "friend0") as tunnel:
        await tunnel.handshake()
