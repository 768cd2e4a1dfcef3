"""A region on two machines: what players and devices notice when one dies, and that never both serve."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.demo.flow import Flow, flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import PLAYER4, VPS4, World
from gateway.model import Protocol
from tests.net.gateway import ALICE, BOB
from tests.net.shipped import PATIENCE_S, Machine
from tests.net.twomachines import OWN4, Pair, pair_in

pytestmark = [pytest.mark.root, pytest.mark.timeout(600)]


@pytest.fixture
async def pair(world: World, tmp_path: Path) -> AsyncIterator[Pair]:
    async with pair_in(world, tmp_path) as made:
        yield made


async def until_answered(flow: Flow, since: float) -> float:
    """Wait for an answer that came after this moment, and return when it came."""

    async def is_so() -> bool:
        return flow.answered_at > since

    await until(is_so, timeout_s=PATIENCE_S)
    return flow.answered_at


async def until_asked(world: World, port: int) -> float:
    """Ask a device that says nothing by itself until it answers, and return when that was."""

    async def answers() -> bool:
        try:
            return await world.player.ask_udp(VPS4, port, timeout_s=0.2) == "hello"
        except OSError:
            return False

    await until(answers, timeout_s=PATIENCE_S)
    return asyncio.get_running_loop().time()


async def test_when_the_machine_that_serves_loses_its_power_players_play_on(pair: Pair, world: World) -> None:
    """A player's UDP and TCP go on, a device that only listens is reached, and what was just opened is open."""
    first, second = pair.first, pair.second
    await pair.answers_the_bot()
    configs = [await first.join(actor) for actor in (ALICE, BOB)]
    await first.forward(25565, ALICE)
    await first.forward(25570, BOB)
    async with (
        peer_up(world.friend, configs[0], "ggpeer0") as busy,
        peer_up(world.friend2, configs[1], "ggpeer1") as idle,
        hosting(world.friend, 25565) as server,
        hosting(world.friend, 25571),
        hosting(world.friend2, 25570),
    ):
        await asyncio.gather(busy.handshake(), idle.handshake())
        async with (
            flowing(world.player, VPS4, 25565, Protocol.UDP) as datagrams,
            flowing(world.player, VPS4, 25565, Protocol.TCP) as connection,
        ):
            await second.has_copy_with("SELECT 1 WHERE (SELECT count(*) FROM endpoints) = 2")
            await first.forward(25571, ALICE)
            await asyncio.sleep(1.0)  # the test's premise, and no wait for anything
            clock = asyncio.get_running_loop().time
            await first.lose_power()
            await pair.move_to_second()
            server.callers.clear()
            lost = clock()
            await second.says("it goes on from the copy")
            began = clock()
            back = await until_answered(datagrams, lost), await until_asked(world, 25570)
            await until_answered(connection, lost)
            assert {caller.address for caller in server.callers} == {PLAYER4}
            assert connection.answers
            assert await world.player.ask_udp(VPS4, 25571) == "hello"
            await pair.answers_the_bot()
            seen = [f"{moment - began:.1f}" for moment in back]
            print(f"lease after {began - lost:.1f} s; player and idle device {seen} s later")
            await comes_back_and_takes_nothing(first, second, datagrams)
            await second.forward(25572, BOB)
            await first.has_copy_with("SELECT 1 FROM forwards WHERE first_port = 25572")
        await second.stop()
        await pair.move_to_first()
        status = await first.serves()
        assert {str(row.forward.ports) for row in status.forwards} == {"25565", "25570", "25571", "25572"}
        assert await until_asked(world, 25571)


async def comes_back_and_takes_nothing(first: Machine, second: Machine, flow: Flow) -> None:
    """Boot the machine that died. Its network still has the address written down."""
    answered = flow.answers
    await first.get_power()
    await first.waits()
    await first.has_copy_with("SELECT 1 FROM forwards WHERE first_port = 25571")
    assert await second.status()
    assert flow.answers > answered
    await flow.goes_on()
    assert await first.status() is None


async def test_of_two_machines_that_both_have_the_address_one_serves(pair: Pair) -> None:
    """The provider may have it configured on both. Both start at once, and the lease decides."""
    first, second = pair.first, pair.second
    await second.has_copy_with("SELECT 1")
    await asyncio.gather(first.stop(), second.stop())
    await second.host.run("ip", "address", "add", f"{VPS4}/32", "dev", "lo")
    await asyncio.gather(first.start(), second.start())
    serving, other = await pair.one_serves()
    await other.says("The other machine serves now")
    await other.waits()
    assert await serving.status()


async def test_without_a_bus_the_one_that_serves_goes_on_and_makes_way_once_it_hears_of_the_other(
    pair: Pair, world: World
) -> None:
    first, second = pair.first, pair.second
    config = await first.join(ALICE)
    await first.forward(25565, ALICE)
    async with peer_up(world.friend, config, "ggpeer0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        async with flowing(world.player, VPS4, 25565, Protocol.UDP) as flow:
            await second.has_copy_with("SELECT 1 FROM endpoints")
            await first.cut()
            await first.host.run("ip", "link", "set", "eth0", "down")
            await pair.move_to_second()
            await second.serves()
            assert await first.status(), "it goes on while it hears nothing"
            await first.host.run("ip", "link", "set", "eth0", "up")
            await first.mend()
            await first.waits()
            assert await second.status()
            await until_answered(flow, asyncio.get_running_loop().time())


async def test_without_a_bus_only_the_one_that_served_last_starts(pair: Pair) -> None:
    first, second = pair.first, pair.second
    await second.has_copy_with("SELECT 1")
    await pair.server.kill()
    assert await first.status()
    for machine in (first, second):
        machine.gateway.changed["gateway.standby.turn", "SILENT_S"] = 3.0
        await machine.gateway.kill()
    await second.host.run("ip", "address", "add", f"{VPS4}/32", "dev", "lo")
    await asyncio.gather(first.gateway.start(), second.gateway.start())
    await first.serves()
    assert "the bus says nothing, so it goes on as the one that served last" in first.gateway.output
    assert await second.status() is None
    await pair.server.start()
    await second.says("The other machine serves now", since=len(second.gateway.output))
    assert await first.status()


async def test_the_doctor_says_whether_each_could_go_on(pair: Pair) -> None:
    first, second = pair.first, pair.second
    await second.has_copy_with("SELECT 1")
    assert first.doctor() == [
        f"ok: {VPS4} is on this machine, and packets leave by it",
        "ok: this machine serves eu, and the other one gets a copy of each change",
    ]
    away, waits = second.doctor()
    assert away == f"ok: {VPS4} is not on this machine, so it waits"
    assert waits.startswith("ok: this machine waits; its newest copy is of ")
    await second.host.run("ip", "address", "add", f"{VPS4}/32", "dev", "eth0")
    leaves, _ = second.doctor()
    assert leaves.startswith(f"warning: packets leave by {OWN4} and not by {VPS4}: ")
    await first.guildgate("standby", "remove")
    assert first.doctor()[1] == "failure: this machine serves eu, and the other one gets no copies"
