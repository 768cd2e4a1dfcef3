"""Two gateways in one network namespace."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up
from gateway.demo.world import VPS4, World
from gateway.model import Protocol
from tests.net.gateway import Gateway, gateway_in

SQUATTER = """
import os, socket, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
held = socket.socket(socket.AF_UNIX); held.bind("\\0guildgate"); held.listen()
print("held", flush=True); sys.stdin.read()
"""


def settings(number: int) -> str:
    return f'listen_port = {51820 + number}\nsubnet4 = "10.7{number}.0.0/24"\nsubnet6 = ""\n'


async def test_a_second_gateway_is_refused_with_the_name_of_the_first_which_goes_on(
    gateway: Gateway, world: World, tmp_path: Path
) -> None:
    assert gateway.process
    config = await gateway.join()
    await gateway.forward(25565)
    (tmp_path / "second").mkdir()
    async with (
        peer_up(world.friend, config, "ggfriend0") as tunnel,
        hosting(world.friend, 25565),
        gateway_in(world, tmp_path / "second", settings(1)) as second,
    ):
        await tunnel.handshake()
        second.interface = "ggtest1"
        async with flowing(world.player, VPS4, 25565, Protocol.UDP) as flow:
            for _ in range(3):
                with pytest.raises(RuntimeError, match=rf"process {gateway.process.pid} \(.*{gateway.folder}/config"):
                    await second.start()
            await flow.goes_on()
        with closing(sqlite3.connect(gateway.state_dir / "guildgate.db")) as db:
            assert db.execute("SELECT count(*) FROM audit WHERE action = 'repair'").fetchone() == (0,)
        await gateway.stop()
        await second.start()


async def test_a_user_without_privileges_keeps_no_gateway_out(idle_gateway: Gateway, world: World) -> None:
    async with world.vps.running(sys.executable, "-c", SQUATTER, stdin=-1, stdout=-1) as squatter:
        assert squatter.stdout
        assert await squatter.stdout.readline() == b"held\n"
        await idle_gateway.start()
        await idle_gateway.join()
        assert squatter.stdin
        squatter.stdin.close()
        await squatter.wait()
