"""The proof below the answer of /forward, hop by hop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.core.render import COLOUR, COLOUR_ATTENTION
from bot.ports.answer import CheckButton
from tests.fakediscord.state import MessageFlag
from tests.joining import join
from tests.serving import end
from tests.unit.bot import gameservers
from tests.unit.bot.english import words
from tests.unit.bot.panels import becomes, friend, hurry, panel, without_players
from tests.unit.bot.world import ADDRESS, World, world

Worlds = Callable[..., AbstractAsyncContextManager[World]]


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    hurry(monkeypatch)
    return partial(world, tmp_path, monkeypatch)


@asynccontextmanager
async def listening(port: int) -> AsyncIterator[None]:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", port)
    try:
        yield
    finally:
        await end(server)


async def test_each_missing_hop_comes_with_the_one_thing_to_do(worlds: Worlds) -> None:
    """The proof follows the hops one by one up to the first players, without another command."""
    async with worlds() as w:
        w.gate.handshake = None
        anna, port = await friend(w), gameservers.unused(socket.SOCK_STREAM)
        without_players(w, "25565")
        reply = await anna.slash("forward", port="25565/tcp", to_port=port)
        assert f"```\n{ADDRESS}:25565\n```" in reply.text
        _, tunnel, server, player, _ = await becomes(reply, "✅❌⏳⏳", "never")
        assert tunnel == "❌ **Turn on WireGuard on pc.** It has never been connected."
        assert (server, player) == ("⏳ Server on pc", "⏳ First player")
        assert panel(reply).title == words("proof-missing-title")
        assert panel(reply).colour == COLOUR_ATTENTION.value

        w.gate.handshake = timedelta(seconds=179)
        _, _, server, player, _ = await becomes(reply, "✅✅❌⏳")
        assert server == f"❌ **Start the server on pc.** Nothing is running on port {port}."
        assert player == "⏳ First player"

        async with listening(port):
            _, _, server, player, _ = await becomes(reply, "✅✅✅⏳")
            assert server == "✅ The server on pc accepts players"
            assert f"**Give players `{ADDRESS}:25565`.** No one has tried yet." in player
            assert "open port 25565 (TCP) in the VPS provider" in player
            assert panel(reply).title == words("proof-ready-title")

            w.gate.players["25565"] = 3
            *_, player, _ = await becomes(reply, "✅✅✅✅")
            assert player == "✅ 3 connections from 3 players"
            assert panel(reply).title == words("proof-done-title")
            assert panel(reply).colour == COLOUR.value

            w.gate.players["25565"] = 4
            await becomes(reply, "✅✅✅✅", "4 players")
        await becomes(reply, "✅✅❌✅")
        assert reply.ephemeral


async def test_the_game_itself_is_asked(worlds: Worlds) -> None:
    """Minecraft tells its players by TCP, and Valheim by UDP only, so no TCP port of it is tried."""
    async with worlds() as w:
        anna = await friend(w)
        async with gameservers.streams(gameservers.status(gameservers.minecraft(2, 20))) as port:
            reply = await anna.slash("forward", port="minecraft", to_port=port)
            await becomes(reply, "✅✅✅✅", "The server on pc answers: 2 of 20 playing")
        async with gameservers.datagrams(gameservers.a2s(5, 10)) as port:
            reply = await anna.slash("forward", port="valheim", to_port=port - 1)
            await becomes(reply, "✅✅✅✅", "5 of 10 playing")
            without_players(w, "2456-2458")
        await becomes(reply, "✅✅❌⏳", f"Nothing is running on port {port}.")


async def test_a_game_that_was_not_named_is_asked_on_its_usual_port(worlds: Worlds) -> None:
    """Silence is no failure then, because another server may run there."""
    async with worlds() as w:
        anna = await friend(w)
        without_players(w, "2456-2458")
        reply = await anna.slash("forward", port="2456-2458/udp")
        *_, server, _, _ = await becomes(reply, "✅✅❔⏳")
        assert "can't check this game" in server
        async with gameservers.datagrams(gameservers.a2s(5, 10), 2457):
            await becomes(reply, "✅✅✅⏳", "5 of 10 playing")
        without_players(w, "27015")
        reply = await anna.slash("forward", port="27015")
        await becomes(reply, "✅✅❔⏳", "Nothing is running on TCP port 27015")
        async with gameservers.datagrams(gameservers.a2s(1, 4), 27015):
            await becomes(reply, "✅✅✅⏳", "1 of 4 playing")


async def test_a_silent_machine_may_have_a_firewall(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await friend(w)
        without_players(w, "19132")
        async with gameservers.datagrams(lambda _: []) as port:
            reply = await anna.slash("forward", port="bedrock", to_port=port)
            *_, server, _, _ = await becomes(reply, "✅✅❌⏳")
            assert server == (
                f"❌ **Start the server on pc, and allow it in its firewall.** Nothing answers on port {port}."
            )
            w.gate.players["19132"] = 1
            await becomes(reply, "✅✅✅✅", "The server on pc answers")


async def test_a_server_that_cannot_be_asked_is_no_failure(worlds: Worlds) -> None:
    """It is a UDP server of no known game. A player's connection proves that it runs."""
    async with worlds() as w:
        anna = await friend(w)
        without_players(w, "7000", "7001")
        reply = await anna.slash("forward", port="7000/udp, 7001/udp")
        *_, server, player, _ = await becomes(reply, "✅✅❔⏳")
        assert server == "❔ I can't check this game from here. Make sure it's running on pc."
        assert "Give players" in player
        assert "ports 7000, 7001 (UDP)" in player
        assert panel(reply).title == words("proof-unknown-title")
        w.gate.players["7001"] = 1
        await becomes(reply, "✅✅✅✅")


async def test_a_port_of_both_protocols_is_asked_by_tcp_and_not_taken_for_closed(worlds: Worlds) -> None:
    """Its server may speak UDP only. So a refusal is no failure, but a likely cause."""
    async with worlds() as w:
        anna, port = await friend(w), gameservers.unused(socket.SOCK_STREAM)
        without_players(w, "25565")
        reply = await anna.slash("forward", port="25565", to_port=port)
        *_, server, player, _ = await becomes(reply, "✅✅❔⏳")
        assert server == (
            f"❔ **Start the server on pc.** Nothing is running on TCP port {port}. UDP servers can't be checked."
        )
        assert player == "⏳ First player"
        w.gate.players["25565"] = 2
        await becomes(reply, "✅✅✅✅")


async def test_several_ports_are_one_proof_that_names_the_failing_port(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await friend(w)
        up, down = gameservers.unused(socket.SOCK_STREAM), gameservers.unused(socket.SOCK_STREAM)
        without_players(w, str(up), str(down))
        async with listening(up):
            reply = await anna.slash("forward", port=f"{up}/tcp, {down}/tcp")
            first, _, server, *_ = await becomes(reply, "✅✅❌⏳")
            assert first == f"✅ Ports {up}, {down} are open"
            assert server.endswith(f"Nothing is running on port {down}.")
            async with listening(down):
                *_, player, _ = await becomes(reply, "✅✅✅⏳")
                assert f"**Give players `{ADDRESS}:{up}`.**" in player


async def test_a_port_that_certainly_fails_is_named_first(worlds: Worlds) -> None:
    """The first port may be meant for UDP, so its silence is not certain."""
    async with worlds() as w:
        anna = await friend(w)
        ports = sorted(gameservers.unused(socket.SOCK_STREAM) for _ in range(2))
        without_players(w, *map(str, ports))
        reply = await anna.slash("forward", port=f"{ports[0]}, {ports[1]}/tcp")
        await becomes(reply, "✅✅❌⏳", f"Nothing is running on port {ports[1]}.")


async def test_the_proof_of_a_suspended_device_says_so(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await friend(w)
        reply = await anna.slash("forward", port="25565")
        await becomes(reply, "✅✅✅✅")
        peer = w.gate.device("pc")
        w.gate.handshake = None
        w.gate.players["25565"] = 0
        w.gate.desired = replace(w.gate.desired, peers={peer.id: replace(peer, suspended_at=w.gate.now)})
        first, *_ = await becomes(reply, "❌⏳⏳⏳")
        assert "Ask an admin to let pc back in" in first


async def test_a_free_port_in_place_of_a_taken_one_gets_a_proof(worlds: Worlds) -> None:
    async with worlds() as w:
        anna, ben = await friend(w), w.discord.guild.add_member("ben", roles=["Friends"])
        await join(ben, device="laptop")
        await anna.slash("forward", port="25565")
        reply = await ben.slash("forward", port="25565")
        assert reply.embeds == []
        await ben.press(reply.button("Open 25566 instead"))
        first, *_ = await becomes(reply, "✅✅✅✅")
        assert first == "✅ Port 25566 is open"


async def test_a_server_on_another_port_is_led_to_by_a_form(worlds: Worlds) -> None:
    """The line about the game says what to set. The form moves the forward itself, so its card and ids stay."""
    async with worlds() as w:
        anna, port = await friend(w), gameservers.unused(socket.SOCK_STREAM)
        without_players(w, "25565")
        reply = await anna.slash("forward", port="minecraft", to_port=port)
        await becomes(reply, "✅✅❌⏳", f"Opened to LAN? Set its port to {port}.")
        asked = await anna.press(reply.button("Other port…"))
        wrong = await anna.submit(asked.modal, {words("proof-other-port-form-label"): "many"})
        assert wrong.content == words("proof-other-port-bad")
        async with gameservers.streams(gameservers.status(gameservers.minecraft(2, 20))) as other:
            await anna.submit(asked.modal, {words("proof-other-port-form-label"): str(other)})
            await becomes(reply, "✅✅✅⏳", "2 of 20 playing")
            (forward,) = w.gate.desired.forwards.values()
            assert (forward.id, forward.to_port) == (1, other)
            assert f"port {other}" in reply.text
            assert "Other port…" not in [found.label for found in reply.buttons]


async def test_the_missing_tunnel_has_its_help_beside_it(worlds: Worlds) -> None:
    async with worlds() as w:
        w.gate.handshake = None
        anna = await friend(w)
        without_players(w, "25565")
        reply = await anna.slash("forward", port="25565")
        await becomes(reply, "✅❌⏳⏳")
        assert "Activate" in (await anna.press(reply.button("Show me how"))).content


async def test_the_answer_of_an_older_version_becomes_a_layout(worlds: Worlds) -> None:
    """Its text and embed go, because no layout may have them beside it."""
    async with worlds() as w:
        anna = await friend(w)
        reply = await anna.slash("forward", port="25565")
        await becomes(reply, "✅✅✅✅")
        old = CheckButton(range(1, 2)).item(words).to_component_dict()
        reply.message.components = [{"type": 1, "components": [old]}]
        reply.message.content, reply.message.embeds = "Open.", [{"title": "Can players join?"}]
        reply.message.flags &= ~MessageFlag.COMPONENTS_V2
        pressed = await anna.press(reply.button("Check again"))
        await becomes(pressed, "✅✅✅✅")
        assert (reply.message.content, reply.message.embeds) == ("", [])
        assert f"```\n{ADDRESS}:25565\n```" in reply.text
