"""Ends come to the second, whatever restarts meanwhile, and the owner is asked before."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from gateway.api.contract import List
from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import VPS4, World
from gateway.model import Protocol
from tests.e2e.scene import ROOT, Scene, join, reaches, said
from tests.fakediscord import NotAnsweredError, Person, button, buttons
from tests.lab import go_on

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module")]


async def end_of(scene: Scene) -> datetime:
    (forward,) = (await scene.api.call(List(actor=ROOT, everyone=True))).forwards
    assert forward.expires_at
    return forward.expires_at


async def test_a_forward_closes_by_itself_on_time_though_the_gateway_was_killed_meanwhile(
    scene: Scene, alice: Person, world: World
) -> None:
    """Its running connections are cut, and the forward without an end goes on."""
    config = await join(alice)
    await alice.slash("forward", port="25566", duration="forever")
    async with (
        peer_up(world.friend, config, "friend0") as tunnel,
        hosting(world.friend, 25565),
        hosting(world.friend, 25566),
    ):
        await tunnel.handshake()
        reply = await alice.slash("forward", port="25565", duration="10s")
        ends = [f.expires_at for f in (await scene.api.call(List(actor=ROOT, everyone=True))).forwards]
        end = next(filter(None, ends))
        assert f"<t:{int(end.timestamp())}:R>" in said(reply)
        async with (
            flowing(world.player, VPS4, 25565, Protocol.TCP) as tcp,
            flowing(world.player, VPS4, 25565, Protocol.UDP) as udp,
            flowing(world.player, VPS4, 25566, Protocol.TCP) as lasting,
        ):
            await scene.gateway.kill()
            await scene.start_gateway()
            await go_on(tcp, udp)
            left_s = (end - datetime.now(UTC)).total_seconds()
            assert left_s > 0, "the gateway was away for too long to tell anything"
            ends_at = asyncio.get_running_loop().time() + left_s

            async def is_gone() -> bool:
                return len((await scene.api.call(List(actor=ROOT, everyone=True))).forwards) == 1

            await until(is_gone, timeout_s=left_s + 5)
            for flow in (tcp, udp):
                assert -1 < await flow.ended() - ends_at < 2
            await go_on(lasting)
        assert not await reaches(world.player, VPS4, 25565)
        status = said(await alice.slash("status"))
        assert "25565" not in status
        assert "25566" in status


async def test_a_reminder_sent_before_the_bot_was_restarted_extends_the_forward(scene: Scene, alice: Person) -> None:
    """One end causes only one reminder."""
    await join(alice)
    await alice.slash("forward", port="25565", duration="30s")
    end = await end_of(scene)
    message = await alice.dm(within=30)
    assert [found.label for found in buttons(message)] == ["Extend", "Close"]
    assert f"<t:{int(end.timestamp())}:R>" in message.content
    await scene.bot.stop()
    await scene.start_bot()
    with pytest.raises(NotAnsweredError):
        await alice.dm(within=3)
    await alice.press(button(message, "Extend"))
    assert (await end_of(scene) - end).total_seconds() > 11 * 3600
    assert "Extended" in message.content
    assert buttons(message) == []
