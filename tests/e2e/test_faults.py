"""Members and players notice at most a sentence when the gateway, the bot or Discord is away."""

from __future__ import annotations

import asyncio
import pwd
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import VPS4, VPS6, World
from gateway.model import Protocol
from tests.e2e.scene import BOT_USER, Scene, join, players, reaches, revoke, said, told
from tests.fakediscord import FakeDiscord, Person, Reply
from tests.joining import join as add
from tests.joining import sent
from tests.lab import go_on

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module")]

ACK_S = 3.0


async def test_with_the_gateway_stopped_a_sentence_says_so_and_all_works_when_it_is_back(
    scene: Scene, alice: Person, world: World
) -> None:
    config = await join(alice)
    await alice.slash("forward", port="25565")
    await scene.gateway.stop()
    for reply in (
        await alice.slash("status"),
        await alice.slash("forward", port="25566"),
        await alice.slash("join", device="laptop"),
    ):
        assert reply.ephemeral
        assert "The VPN's service is not running right now" in said(reply)
    assert await alice.autocomplete("unforward", focused="port") == []
    async with peer_up(world.friend, config, "friend0") as tunnel, hosting(world.friend, 25565):
        assert not await reaches(world.player, VPS4, 25565)
        await scene.start_gateway()
        await tunnel.handshake()
        assert await reaches(world.player, VPS4, 25565)
    assert "is open" in said(await alice.slash("forward", port="25566"))


async def test_a_gateway_killed_and_restarted_mid_flow_is_noticed_by_no_player(
    scene: Scene, alice: Person, admin: Person, world: World
) -> None:
    config = await join(alice)
    await alice.slash("forward", port="25565")
    async with peer_up(world.friend, config, "friend0") as tunnel, hosting(world.friend, 25565) as server:
        await tunnel.handshake()
        async with (
            flowing(world.player, VPS4, 25565, Protocol.TCP) as tcp,
            flowing(world.player, VPS6, 25565, Protocol.UDP) as udp,
        ):
            connections = len([caller for caller in players(server) if caller.protocol is Protocol.TCP])
            await scene.gateway.kill()
            assert "not running" in said(await alice.slash("status"))
            assert await alice.autocomplete("unforward", focused="port") == []
            await go_on(tcp, udp)
            await scene.start_gateway()
            await go_on(tcp, udp)
            assert len([caller for caller in players(server) if caller.protocol is Protocol.TCP]) == connections
            await told(alice, "2 connections from 2 players")
            assert "is open" in said(await alice.slash("forward", port="25566"))
            await revoke(admin, alice)
        assert not await reaches(world.player, VPS4, 25565)


async def test_while_the_gateway_hangs_commands_are_acknowledged_in_time_and_answered_later(
    scene: Scene, alice: Person, bob: Person
) -> None:
    """Suggestions cannot be deferred, so they come in time and empty."""
    await join(alice)
    scene.gateway.pause()
    waiting = alice.begin("forward", port="25565"), bob.begin("status")
    for reply in waiting:
        await reply.until(_is_acknowledged, within=ACK_S)
    assert await alice.autocomplete("unforward", focused="port") == []
    assert not any(reply.messages for reply in waiting)
    scene.gateway.resume()
    opened, status = [said(await reply.answered(10)) for reply in waiting]
    assert "is open" in opened
    assert "no device" in status


async def test_a_gateway_killed_while_it_was_asked_did_the_thing_or_did_not(scene: Scene, alice: Person) -> None:
    """The answer is a sentence, and a second try afterwards works."""
    await join(alice)
    scene.gateway.pause()
    reply = alice.begin("forward", port="25565")
    await reply.until(_is_acknowledged, within=ACK_S)
    await scene.gateway.kill()
    assert "The VPN's service is not running right now" in said(await reply.answered(10))
    await scene.start_gateway()
    assert "is open" in said(await alice.slash("forward", port="25565"))


async def _dropped(discord: FakeDiscord) -> None:
    await discord.drop_websocket()


async def _closed_with_1001(discord: FakeDiscord) -> None:
    await discord.drop_websocket(1001)


async def _asked_to_reconnect(discord: FakeDiscord) -> None:
    await discord.ask_to_reconnect()


async def _invalidated(discord: FakeDiscord) -> None:
    sessions = discord.identified
    await discord.invalidate_session()
    await discord.ready(sessions + 1)


@pytest.mark.parametrize("lost", [_dropped, _closed_with_1001, _asked_to_reconnect, _invalidated])
async def test_after_a_lost_websocket_the_bot_takes_commands_as_before(
    discord: FakeDiscord, alice: Person, lost: Callable[[FakeDiscord], Awaitable[None]]
) -> None:
    """A command typed before the bot is back in its session is answered as well."""
    await join(alice)
    connections = discord.identified + discord.resumed
    await lost(discord)
    assert "is open" in said(await alice.slash("forward", port="25565"))
    await discord.until(lambda: discord.identified + discord.resumed == connections + 1, "new connection", within=10)
    assert "25565" in said(await alice.slash("status"))


async def test_while_discord_is_away_games_go_on_and_no_change_is_lost(
    scene: Scene, discord: FakeDiscord, alice: Person, world: World
) -> None:
    """Requests from before are carried out, even when their answer cannot be delivered."""
    config = await join(alice)
    await alice.slash("forward", port="25565")
    async with peer_up(world.friend, config, "friend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        async with flowing(world.player, VPS4, 25565, Protocol.UDP) as flow:
            scene.gateway.pause()
            asked = alice.begin("forward", port="25566")
            await asked.until(_is_acknowledged, within=ACK_S)
            await discord.down()
            scene.gateway.resume()
            await go_on(flow)
            await discord.up()
            await discord.reconnected()
            await go_on(flow)
        shown = said(await alice.slash("status"))
        assert "25565" in shown
        assert "25566" in shown


async def test_a_direct_message_that_discord_fails_to_send_loses_no_config(discord: FakeDiscord, alice: Person) -> None:
    """It stays in the answer, or comes by a second try where discord.py makes one."""
    setup = await add(alice)
    discord.fail_next("POST", alice.dm_route, 503)
    await alice.press(setup.button("Send to my DMs"))
    assert set(setup.files) == {"gg-pc.conf"}
    discord.fail_next("POST", alice.dm_route, 502)
    assert set((await sent(alice, setup)).files) == {"gg-pc.conf"}
    assert setup.files == {}


async def test_a_killed_bot_comes_back_to_everything_as_it_was(scene: Scene, alice: Person, world: World) -> None:
    config = await join(alice)
    await alice.slash("forward", port="25565")
    async with peer_up(world.friend, config, "friend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        async with flowing(world.player, VPS4, 25565, Protocol.TCP) as flow:
            await scene.bot.kill()
            await go_on(flow)
            await scene.start_bot()
            assert "1 connection from 1 player" in said(await alice.slash("status"))
            await go_on(flow)


async def test_a_bot_logs_in_once_its_gateway_answers(scene: Scene, discord: FakeDiscord, alice: Person) -> None:
    """It says once what it waits for. Before, it could only refuse each command."""
    await scene.bot.stop()
    await scene.gateway.stop()
    sessions, requests = discord.identified, len(discord.exchanges)
    before = len(scene.bot.output)
    await scene.bot.start()
    await until(lambda: _says(scene, "the bot logs in to Discord once the gateway answers on", before))
    assert (discord.identified, len(discord.exchanges)) == (sessions, requests)
    await scene.start_gateway()
    await discord.ready(sessions + 1)
    await join(alice)
    assert scene.bot.output[before:].count("once the gateway answers") == 1


async def test_a_rate_limit_at_login_is_waited_out_in_one_line(
    scene: Scene, discord: FakeDiscord, alice: Person
) -> None:
    """It is an HTML page from before Discord, and asking again before its time is a violation."""
    await scene.bot.stop()
    before = len(scene.bot.output)
    discord.rate_limit("GET", "/users/@me", retry_after=2, cloudflare=True)
    await scene.start_bot()
    (line,) = [line for line in scene.bot.output[before:].splitlines() if " WARNING " in line]
    assert line.endswith("Cloudflare turns requests to Discord away, waiting 2 s")
    assert "<html" not in scene.bot.output[before:].lower()
    assert discord.violations == []
    await join(alice)


async def test_a_bot_that_starts_before_discord_is_there_keeps_trying(
    scene: Scene, discord: FakeDiscord, alice: Person
) -> None:
    await scene.bot.stop()
    await discord.down()
    starting = asyncio.create_task(scene.start_bot())
    await until(lambda: _says(scene, "Discord cannot be reached, trying again"))
    await discord.up()
    await starting
    await join(alice)


async def _says(scene: Scene, text: str, since: int = 0) -> bool:
    return text in scene.bot.output[since:]


async def test_a_bot_told_to_stop_first_answers_what_it_was_asked(scene: Scene, alice: Person) -> None:
    """The config that was just made exists nowhere else."""
    asked = await alice.slash("join")
    scene.gateway.pause()
    reply = alice.begin_press(asked.button("Windows PC"))
    await reply.until(_is_acknowledged, within=ACK_S)
    assert scene.bot.process
    scene.bot.process.terminate()
    scene.gateway.resume()
    assert set((await reply.answered(10)).files) == {"gg-pc.conf"}
    await scene.bot.stop()


async def test_the_bot_runs_without_privileges(scene: Scene) -> None:
    """Its user is ordinary, without a capability and without a way to gain one."""
    assert scene.bot.process
    lines = Path(f"/proc/{scene.bot.process.pid}/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines)
    assert set(status["Uid"].split()) == {str(pwd.getpwnam(BOT_USER).pw_uid)}
    assert {int(status[kind], 16) for kind in ("CapEff", "CapPrm", "CapInh", "CapAmb")} == {0}
    assert status["NoNewPrivs"] == "1"


def _is_acknowledged(reply: Reply) -> bool:
    return reply.interaction.acknowledged is not None
