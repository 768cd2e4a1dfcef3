"""A backup on machines with systemd: it comes to a freshly installed one, and its files to their owners."""

from __future__ import annotations

import pytest

from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import PLAYER4, VPS4, World
from gateway.model import Protocol
from tests.boot.conftest import WAYS
from tests.boot.machine import Machine

pytestmark = [pytest.mark.root, pytest.mark.long, pytest.mark.timeout(600)]

PORT = 25565
UNITS = "guildgate-bot", "guildgate-gateway"
MEMORY = "import sqlite3; sqlite3.connect('/var/lib/guildgate-bot/bot.db').execute('CREATE TABLE seen (what TEXT)')"


async def test_a_backup_restores_a_machine_that_was_installed_anew(machine: Machine, world: World) -> None:
    way = WAYS["install"]
    await machine.run(*way.install)
    config = await machine.run("guildgate", "join", "laptop")
    await machine.run("guildgate", "forward", str(PORT), "--device", "laptop")
    await machine.run("install", "-d", "-m", "700", "-o", "guildgate", "/var/lib/guildgate-bot")
    await machine.run("python3", "-c", MEMORY)
    own = "install", "-m", "600", "-o", "guildgate", "/dev/stdin"
    await machine.run(*own, "/var/lib/guildgate-bot/chosen.json", stdin='{"member_roles": [3]}')
    await machine.run("install", "-m", "600", "/dev/stdin", "/root/secret", stdin="correct horse\n")
    secret = "--passphrase-file", "/root/secret"
    assert "holds 1 devices, 1 forwards" in await machine.run("guildgate", "backup", "/root/gg.age", *secret)

    await machine.run(*way.purge)
    await machine.run(*way.install)
    with pytest.raises(RuntimeError, match=r"/var/lib/guildgate is in use by .*systemctl stop guildgate-bot"):
        await machine.run("guildgate", "restore", "/root/gg.age", *secret)
    await machine.run("systemctl", "stop", *UNITS)
    await machine.run("guildgate", "restore", "/root/gg.age", *secret)
    await machine.run("systemctl", "start", "guildgate-gateway")
    for path, owner in (
        ("/var/lib/guildgate/guildgate.db", "guildgate-gateway 600"),
        ("/var/lib/guildgate/private_key", "guildgate-gateway 600"),
        ("/var/lib/guildgate/lock", "guildgate-gateway 600"),
        ("/var/lib/guildgate-bot/bot.db", "guildgate 600"),
        ("/var/lib/guildgate-bot/chosen.json", "guildgate 600"),
        ("/var/lib/guildgate-bot", "guildgate 700"),
        ("/etc/guildgate/config.toml", "root 644"),
    ):
        assert (await machine.run("stat", "-c", "%U %a", path)).strip() == owner, path
    assert "1 of 1 have a bare address" in " ".join((await machine.run("guildgate", "move")).split())

    async with peer_up(world.friend, config, "ggboot0") as tunnel, hosting(world.friend, PORT) as server:
        await tunnel.handshake(timeout_s=30)

        async def answers() -> bool:
            try:
                return await world.player.ask_tcp(VPS4, PORT, timeout_s=1) == "hello"
            except OSError:
                return False

        await until(answers, timeout_s=30)
        assert server.saw(PLAYER4, Protocol.TCP)
