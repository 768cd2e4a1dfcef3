"""Membership by role: a member that loses the role is cut off in seconds and regains access with it.

The admins read it.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from gateway.api.contract import List, PeerInfo, Revoke
from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import VPS4, VPS6, World
from gateway.model import Protocol
from tests.e2e.scene import LOG_CHANNEL, ROOT, Scene, join, reaches
from tests.fakediscord import FakeDiscord, Person
from tests.fakediscord.reply import Embed
from tests.lab import go_on

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module")]

SECONDS = 3


async def devices(scene: Scene, person: Person) -> list[PeerInfo]:
    listing = await scene.api.call(List(actor=ROOT, everyone=True))
    return [peer for peer in listing.peers if peer.owner == str(person.id)]


async def told(discord: FakeDiscord, person: Person, title: str) -> Embed:
    """Wait for the log channel's entry about a person."""

    def found() -> list[Embed]:
        messages = discord.guild.channel(LOG_CHANNEL).messages
        embeds = [Embed.of(raw) for message in messages for raw in message.embeds]
        return [one for one in embeds if title in one.title and person.mention in one.description]

    await discord.until(lambda: bool(found()), f"log entry {title!r} about {person.name}", within=15)
    return found()[-1]


async def test_the_role_lost_cuts_running_connections_in_seconds_and_the_role_back_restores_them(
    scene: Scene, alice: Person, bob: Person, world: World
) -> None:
    """Bob kept the role and notices nothing. Config, port and address stay."""
    config, of_bob = await join(alice), await join(bob)
    await alice.slash("forward", port="25565")
    await bob.slash("forward", port="25566")
    async with (
        peer_up(world.friend, config, "friend0") as tunnel,
        peer_up(world.friend2, of_bob, "friend1") as other,
        hosting(world.friend, 25565),
        hosting(world.friend2, 25566),
    ):
        await tunnel.handshake()
        await other.handshake()
        async with (
            flowing(world.player, VPS4, 25565, Protocol.TCP) as tcp,
            flowing(world.player, VPS6, 25565, Protocol.UDP) as udp,
            flowing(world.player, VPS4, 25566, Protocol.UDP) as untouched,
        ):
            scene.discord.guild.set_roles(alice, ["Chess"])
            lost_at = asyncio.get_running_loop().time()
            for flow in (tcp, udp):
                assert await flow.ended() - lost_at < SECONDS
            await go_on(untouched)
        assert not await reaches(world.player, VPS4, 25565)
        cut = await told(scene.discord, alice, "Cut off")
        assert "no role any more" in cut.description
        assert "pc" in cut.description
        assert "25565" in cut.description
        assert "kept until <t:" in cut.description
        scene.discord.guild.set_roles(alice, ["Player"])

        async def is_back() -> bool:
            return await reaches(world.player, VPS4, 25565)

        await until(is_back, timeout_s=10)
        assert "has access again" in (await told(scene.discord, alice, "Let back in")).description


async def test_leaving_and_a_ban_cut_off_too_and_coming_back_with_the_role_restores(
    scene: Scene, alice: Person, bob: Person
) -> None:
    await join(alice)
    await join(bob)

    def are(*suspended: bool) -> Callable[[], Awaitable[bool]]:
        async def look() -> bool:
            rows = [(await devices(scene, person))[0] for person in (alice, bob)]
            return [row.suspended_at is not None for row in rows] == list(suspended)

        return look

    scene.discord.guild.remove_member(alice)
    scene.discord.guild.ban(bob)
    await until(are(True, True), timeout_s=SECONDS)
    assert "not on the server" in (await told(scene.discord, alice, "Cut off")).description
    assert "banned" in (await told(scene.discord, bob, "Cut off")).description
    scene.discord.guild.rejoin(alice, ["Player"])
    await until(are(False, True), timeout_s=SECONDS)


async def test_what_changed_while_the_bot_was_away_is_put_right_at_its_start(
    scene: Scene, alice: Person, bob: Person
) -> None:
    """It works both ways, and after the bot was killed."""
    await join(alice)
    await join(bob)
    scene.discord.guild.set_roles(bob, [])

    async def cut_off(person: Person) -> bool:
        return (await devices(scene, person))[0].suspended_at is not None

    await until(lambda: cut_off(bob), timeout_s=SECONDS)
    await scene.bot.kill()
    await scene.discord.drop_websocket()
    scene.discord.guild.remove_member(alice)
    scene.discord.guild.set_roles(bob, ["Player"])
    await scene.start_bot()
    await until(lambda: cut_off(alice), timeout_s=10)

    async def is_back() -> bool:
        return not await cut_off(bob)

    await until(is_back, timeout_s=10)
    await told(scene.discord, alice, "Cut off")
    await told(scene.discord, bob, "Let back in")


async def test_a_member_that_leaves_while_the_gateway_is_away_is_cut_off_when_it_is_back(
    scene: Scene, alice: Person, world: World
) -> None:
    config = await join(alice)
    await alice.slash("forward", port="25565")
    async with peer_up(world.friend, config, "friend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        async with flowing(world.player, VPS4, 25565, Protocol.UDP) as udp:
            await scene.gateway.kill()
            scene.discord.guild.remove_member(alice)
            await go_on(udp)
            await scene.start_gateway()
            back_at = asyncio.get_running_loop().time()
            assert await udp.ended() - back_at < SECONDS


async def test_a_ban_outlives_a_killed_gateway_a_killed_bot_and_a_state_from_before_it(
    scene: Scene, alice: Person, world: World
) -> None:
    """Discord tells of the ban once, and answers no question about members. Open connections end as well."""
    config = await join(alice)
    await alice.slash("forward", port="25565")
    async with peer_up(world.friend, config, "friend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        async with flowing(world.player, VPS4, 25565, Protocol.UDP) as udp:
            await scene.gateway.kill()
            before = stored(scene)
            scene.discord.guild.ban(alice)
            await until(lambda: is_decided(scene, alice), timeout_s=30)
            await scene.bot.kill()
            await scene.discord.drop_websocket()
            scene.discord.fail_next("GET", "/guilds/*/members/*", 503, times=10_000)
            sessions = scene.discord.identified
            await scene.bot.start()
            await go_on(udp)
            await scene.start_gateway()
            await scene.discord.ready(sessions + 1)
            async with asyncio.timeout(30):
                await udp.ended()
        await scene.gateway.stop()
        put_back(scene, before)
        await scene.start_gateway()

        async def is_cut_off() -> bool:
            return (await devices(scene, alice))[0].suspended_at is not None

        await until(is_cut_off, timeout_s=30)
        assert not await reaches(world.player, VPS4, 25565)
    scene.discord._backend.faults.failures.clear()


def stored(scene: Scene) -> dict[Path, bytes]:
    """Return the files of the gateway's state."""
    return {path: path.read_bytes() for path in state_of(scene).glob("guildgate.db*")}


def put_back(scene: Scene, before: dict[Path, bytes]) -> None:
    """Put an older state in place, which the gateway's own user may write."""
    for path in state_of(scene).glob("guildgate.db*"):
        if path not in before:
            path.unlink()
    owner = state_of(scene).stat()
    for path, content in before.items():
        path.write_bytes(content)
        os.chown(path, owner.st_uid, owner.st_gid)


def state_of(scene: Scene) -> Path:
    return scene.socket.parent.parent / "state"


async def is_decided(scene: Scene, person: Person) -> bool:
    """Report whether the bot has written down that a person is cut off."""
    with closing(sqlite3.connect(scene.socket.parent.parent / "bot/bot.db")) as db:
        rows = db.execute("SELECT suspended FROM decisions WHERE member = ?", (person.id,)).fetchall()
    return rows == [(1,)]


async def test_the_log_channel_tells_what_happened_from_all_sides_once(
    scene: Scene, alice: Person, admin: Person, stranger: Person
) -> None:
    """It tells of members, refusals and a bot that was away. It shows no key and no whole address."""
    config = await join(alice)
    added = await told(scene.discord, alice, "Device added")
    await alice.slash("forward", port="25565")
    opened = await told(scene.discord, alice, "Port opened")
    assert "25565" in opened.description
    await scene.bot.stop()
    await scene.api.call(Revoke(actor=ROOT, owner=str(alice.id)))
    await scene.start_bot()
    revoked = await told(scene.discord, alice, "Access removed")
    assert "root" in revoked.description
    assert "25565" in revoked.description
    await stranger.slash("status")
    refused = await told(scene.discord, stranger, "")
    assert "/status" in refused.description
    messages = scene.discord.guild.channel(LOG_CHANNEL).messages
    embeds = [Embed.of(raw) for message in messages for raw in message.embeds]
    for embed in (added, opened, revoked, refused):
        assert embeds.count(embed) == 1
    text = "\n".join(message.text for message in messages)
    for line in config.splitlines():
        key, _, value = line.partition(" = ")
        if key in ("PrivateKey", "PublicKey", "PresharedKey"):
            assert value not in text
        if key == "Address":
            assert not [address for address in value.split(", ") if address.partition("/")[0] in text]
