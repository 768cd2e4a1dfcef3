"""The history with real packets: what moved is there, through restarts and new keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.api.client import with_private_key
from gateway.api.contract import Rotate
from gateway.api.history import GetHistory, History, KeepPlaying, Period, Step
from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import VPS4, World
from gateway.keys import PrivateKey
from gateway.model import Mode, Protocol
from tests.net.gateway import ALICE, BOB, Gateway
from tests.net.machines import guildgate

PORT = 25565
NOISE = 20_000  # bytes of handshakes and keepalives between two looks


async def history(gateway: Gateway, **more: object) -> Step:
    found = await gateway.client.call(GetHistory(**{"actor": ALICE} | more))  # type: ignore[arg-type]
    assert isinstance(found, History)
    return found.total


async def counted(gateway: Gateway) -> tuple[int, int]:
    """Return the kernel's counters of the only device."""
    (row,) = (await gateway.status()).peers
    return row.rx_bytes, row.tx_bytes


async def moved(world: World, gateway: Gateway, config: str, count: int) -> None:
    """Let a player and the server at home exchange `count` datagrams of some size."""
    async with peer_up(world.friend, config, "gghist0"), hosting(world.friend, PORT):

        async def is_through() -> bool:
            try:
                return await world.player.ask_udp(VPS4, PORT, timeout_s=1) == "hello"
            except OSError:
                return False

        await until(is_through, timeout_s=60)
        async with flowing(world.player, VPS4, PORT, Protocol.UDP) as flow:
            enough = flow.answers + count

            async def is_enough() -> bool:
                return flow.answers >= enough

            await until(is_enough, timeout_s=60)


async def test_the_sums_are_right_through_restarts_and_new_keys(
    idle_gateway: Gateway, world: World, tmp_path: Path
) -> None:
    gateway = idle_gateway
    gateway.set("gateway.state.history", "SAMPLE_S", 0.2)
    await gateway.start()
    config = await gateway.join()
    await gateway.forward(PORT)
    real_rx = real_tx = 0

    await moved(world, gateway, config, 40)
    before_kill = await counted(gateway)
    await gateway.kill()  # the counters of the kernel go on
    await gateway.start()
    await moved(world, gateway, config, 40)
    rx, tx = await counted(gateway)
    assert rx > before_kill[0]
    real_rx, real_tx = real_rx + rx, real_tx + tx

    await gateway.stop()  # the tunnel goes down, and its counters begin anew
    await gateway.start()
    await moved(world, gateway, config, 10)
    rx, tx = await counted(gateway)
    real_rx, real_tx = real_rx + rx, real_tx + tx

    key = PrivateKey.generate()
    issued = await gateway.client.call(Rotate(actor=ALICE, public_key=key.public_key))
    await moved(world, gateway, with_private_key(issued, key), 60)
    rx, tx = await counted(gateway)
    real_rx, real_tx = real_rx + rx, real_tx + tx

    async def is_there() -> bool:
        return (await history(gateway)).rx_bytes >= real_rx

    await until(is_there, timeout_s=30)
    for period in Period:
        total = await history(gateway, period=period)
        assert real_rx <= total.rx_bytes <= real_rx + NOISE, period
        assert real_tx <= total.tx_bytes <= real_tx + NOISE, period
    (forward,) = (await gateway.status()).forwards
    players = await history(gateway, forward=forward.forward.id)
    # A player that is back from another port within 20 s of silence counts twice.
    assert 1 <= players.players <= 4
    assert 0 < players.rx_bytes < real_tx, "the players' packets without the tunnel's headers"
    said = await guildgate(gateway, "history", "--port", str(PORT))
    assert f"at most {players.players}" in said
    assert (await gateway.client.call(GetHistory(actor=BOB))).steps == ()


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.SPLIT])
async def test_play_at_the_port_of_another_member_is_known_by_the_device(
    idle_gateway: Gateway, world: World, mode: Mode
) -> None:
    """Through the VPN by its address there, and past the VPN by the line that the device is connected from."""
    gateway = idle_gateway
    gateway.set("gateway.state.history", "SAMPLE_S", 0.5)
    await gateway.start()
    config = await gateway.join()
    await gateway.forward(PORT)
    theirs = await gateway.join(actor=BOB, mode=mode)
    await gateway.client.call(KeepPlaying(actor=BOB, keep=True))
    async with (
        peer_up(world.friend, config, "gghist0") as tunnel,
        peer_up(world.player, theirs, "gghist1") as own,
        hosting(world.friend, PORT),
    ):
        await tunnel.handshake()
        await own.handshake()
        async with flowing(world.player, VPS4, PORT, Protocol.UDP):

            async def is_kept() -> bool:
                return (await history(gateway, actor=BOB)).playing_s > 0

            await until(is_kept, timeout_s=60)
    assert (await history(gateway)).playing_s == 0
