"""A gateway moves between two machines by its backup, while a friend's tunnel and a match wait."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up
from gateway.demo.world import PLAYER4, VPS4, World
from gateway.model import Protocol
from tests.net.gateway import Gateway, gateway_in
from tests.net.machines import PASSPHRASE, another_machine, guildgate, move, remembers_devices

pytestmark = [pytest.mark.root, pytest.mark.timeout(240)]


@pytest.fixture
async def gateway(world: World, tmp_path: Path) -> AsyncIterator[Gateway]:
    """Yield a gateway that is not started yet, in a folder that can be lost."""
    folder = tmp_path / "machine"
    folder.mkdir()
    async with gateway_in(world, folder) as found:
        found.shorten("gateway.state.repairs", "ENDPOINTS_S", 0.1)
        yield found


@pytest.fixture
def by_passphrase(tmp_path: Path) -> tuple[str | Path, ...]:
    secret = tmp_path / "passphrase"
    secret.touch(mode=0o600)
    secret.write_text(PASSPHRASE + "\n")
    return "--passphrase-file", secret


async def test_with_the_same_address_neither_friend_nor_player_notices(
    gateway: Gateway, world: World, tmp_path: Path, by_passphrase: tuple[str | Path, ...]
) -> None:
    """The friend's tunnel stays up, the match goes on, and the game sees the player's own address."""
    file = tmp_path / "gg.age"
    await gateway.start()
    config = await gateway.join()
    await gateway.forward(25565)
    async with (
        peer_up(world.friend, config, "ggpeer0") as tunnel,
        hosting(world.friend, 25565) as server,
    ):
        await tunnel.handshake()
        async with flowing(world.player, VPS4, 25565, Protocol.UDP) as match:
            await remembers_devices(gateway)
            await guildgate(gateway, "backup", file, *by_passphrase)
            await gateway.stop()
            await match.ended()
            async with another_machine(world, VPS4, "ens3"):
                await move(gateway, file, how=by_passphrase)
                server.callers.clear()
                await gateway.start()
                await match.goes_on()
                assert {caller.address for caller in server.callers} == {PLAYER4}
                assert await world.player.ask_tcp(VPS4, 25565, "and a new one") == "and a new one"
                await gateway.stop()
