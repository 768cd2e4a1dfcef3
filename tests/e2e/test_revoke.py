"""The end of access: at once, running connections included, and only by members that may end it."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import ClientConfig, peer_up, until
from gateway.demo.world import SITE4, SITE6, VPS4, VPS6, World
from gateway.model import Protocol
from tests.e2e.scene import join, players, reaches, revoke, said
from tests.fakediscord import FakeDiscord, Person
from tests.lab import end_at_once, go_on

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module")]


async def test_revoke_ends_running_connections_within_a_second_and_the_tunnel(
    alice: Person, bob: Person, admin: Person, world: World
) -> None:
    """Bob's device is untouched. Only Alice gets her address back."""
    config, of_bob = await join(alice), await join(bob)
    await alice.slash("forward", port="25565")
    await bob.slash("forward", port="25566")
    async with (
        peer_up(world.friend, config, "friend0") as tunnel,
        peer_up(world.friend2, of_bob, "friend1") as other,
        hosting(world.friend, 25565) as server,
        hosting(world.friend2, 25566),
        hosting(world.inet, 80),
    ):
        await tunnel.handshake()
        await other.handshake()
        async with (
            flowing(world.player, VPS4, 25565, Protocol.TCP) as tcp,
            flowing(world.player, VPS4, 25565, Protocol.UDP) as udp,
            flowing(world.player, VPS6, 25565, Protocol.TCP) as tcp6,
            flowing(world.friend, SITE4, 80, Protocol.TCP) as outward,
            flowing(world.player, VPS4, 25566, Protocol.UDP) as untouched,
        ):
            asked = await admin.slash("revoke", member=alice)
            assert asked.ephemeral
            assert "Revoke 1 device of Alice?" in said(asked)
            assert "25565" in said(asked)
            await go_on(tcp, udp, tcp6, outward, untouched)
            reply = await admin.press(asked.button("Revoke"))
            await end_at_once(tcp, udp, tcp6, outward)
            await go_on(untouched)
        assert reply.ephemeral
        assert "1 device of Alice" in said(reply)
        assert "25565" in said(reply)
        server.callers.clear()
        for address in (SITE4, SITE6):
            assert not await reaches(world.friend, address, 80)
        assert not await reaches(world.player, VPS4, 25565)
        assert players(server) == []
        assert "no device" in said(await alice.slash("status"))
        before = set(ClientConfig.parse(config).addresses)
        assert set(ClientConfig.parse(await join(bob, device="phone")).addresses).isdisjoint(before)
        assert set(ClientConfig.parse(await join(alice)).addresses) == before  # its owner's, while it rests


async def test_a_member_that_tries_it_is_refused_and_nothing_changes(alice: Person, bob: Person, world: World) -> None:
    config = await join(alice)
    await alice.slash("forward", port="25565")
    async with peer_up(world.friend, config, "friend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        async with (
            flowing(world.player, VPS4, 25565, Protocol.TCP) as tcp,
            flowing(world.player, VPS4, 25565, Protocol.UDP) as udp,
        ):
            for member in (alice, bob):
                reply = await bob.slash("revoke", member=member)
                assert reply.ephemeral
                assert "only admins" in said(reply)
            assert await bob.autocomplete("revoke", focused="device", member=alice) == []
            await go_on(tcp, udp)
    assert "pc" in said(await alice.slash("status"))


async def test_one_device_can_be_revoked_without_the_others(alice: Person, admin: Person, world: World) -> None:
    laptop, phone = await join(alice, device="laptop"), await join(alice, device="phone")
    choices = await admin.autocomplete("revoke", focused="device", member=alice)
    assert {choice.value for choice in choices} == {"laptop", "phone"}
    async with (
        peer_up(world.friend, laptop, "friend0") as first,
        peer_up(world.friend2, phone, "friend1") as second,
        hosting(world.inet, 80),
    ):
        await first.handshake()
        await second.handshake()
        await revoke(admin, alice, device="laptop")
        assert not await reaches(world.friend, SITE4, 80)
        assert await reaches(world.friend2, SITE4, 80)


async def test_a_member_that_left_the_server_can_still_be_revoked(
    alice: Person, admin: Person, discord: FakeDiscord, world: World
) -> None:
    """The member is suspended after leaving, and then revoked. Coming back restores nothing."""
    config = await join(alice)
    async with peer_up(world.friend, config, "friend0") as tunnel, hosting(world.inet, 80):
        await tunnel.handshake()
        assert await reaches(world.friend, SITE4, 80)
        discord.guild.remove_member(alice)

        async def is_cut_off() -> bool:
            return not await reaches(world.friend, SITE4, 80)

        await until(is_cut_off)
        reply = await revoke(admin, alice)
        assert "1 device of Alice" in said(reply)
        discord.guild.rejoin(alice, ["Player"])
        assert "no device" in said(await alice.slash("status"))
        assert await is_cut_off()
    assert "no device" in said(await admin.slash("revoke", member=alice))


async def test_without_a_role_every_command_but_join_is_politely_refused(stranger: Person, alice: Person) -> None:
    """The refusal names the missing role, and suggestions stay empty."""
    await join(alice)
    commands: dict[str, dict[str, Any]] = {
        "forward": {"port": "25565"},
        "unforward": {"port": "25565"},
        "leave": {},
        "rotate": {},
        "revoke": {"member": alice},
        "status": {},
    }
    for command, options in commands.items():
        reply = await stranger.slash(command, **options)
        assert reply.ephemeral
        assert "Sorry" in said(reply)
        assert "Player" in said(reply)
    assert stranger.dms == []
    assert await stranger.autocomplete("leave", focused="device") == []


async def test_a_member_that_loses_the_role_is_refused_from_then_on(alice: Person, discord: FakeDiscord) -> None:
    await join(alice)
    discord.guild.set_roles(alice, [])
    assert "Sorry" in said(await alice.slash("rotate"))
    assert alice.dms == []
