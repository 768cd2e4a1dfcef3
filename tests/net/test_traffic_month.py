"""This month's traffic through a real uplink, over a kill and a restart of the gateway."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.api.measures import GetMeasures
from gateway.demo.namespace import Namespace
from gateway.demo.tunnel import until
from gateway.demo.world import VPS4
from gateway.problem import Trouble
from tests.net.gateway import ADMIN, Gateway

pytestmark = [pytest.mark.root, pytest.mark.timeout(200)]
PATIENCE_S = 60  # for a busy machine


async def load(player: Namespace, megabytes: int) -> None:
    """Let the VPS answer pings of so much, by which as much comes in as leaves."""
    count = str(megabytes * 1_000_000 // 60_000 // 2 + 1)
    await player.run("ping", "-q", "-f", "-c", count, "-s", "60000", str(VPS4))


async def octets(gateway: Gateway) -> int:
    found = await gateway.client.call(GetMeasures(actor=ADMIN, with_kernel=False))
    return found.month_bytes or 0


async def test_the_count_survives_a_kill_and_admins_are_told_once_for_each_share(idle_gateway: Gateway) -> None:
    gateway, player = idle_gateway, idle_gateway.world.player
    gateway.settings = 'monthly_traffic = "0.01 GB"\n'
    gateway.set("gateway.state.traffic", "LOOK_S", 0.1)
    gateway.set("gateway.state.traffic", "SAVE_S", 0.2)

    async def reaches(share: str) -> None:
        async def so() -> bool:
            problems = (await gateway.status()).problems
            return [each.values["share"] for each in problems if each.code == Trouble.TRAFFIC] == [share]

        await until(so, timeout_s=PATIENCE_S)

    await gateway.start()
    await until(lambda: _noted(gateway.state_dir), timeout_s=PATIENCE_S)
    await load(player, 5)
    await gateway.kill()
    await load(player, 4)  # while no gateway runs
    await gateway.start()
    await reaches("80")
    assert 8_000_000 <= await octets(gateway) < 10_000_000
    await load(player, 2)
    await reaches("100")

    async def recorded() -> bool:
        return _told(gateway.state_dir) == ["80", "100"]

    await until(recorded, timeout_s=PATIENCE_S)
    before = await octets(gateway)
    await gateway.stop()
    await gateway.start()
    await reaches("100")
    assert await octets(gateway) >= before
    assert _told(gateway.state_dir) == ["80", "100"]


async def _noted(state: Path) -> bool:
    with closing(sqlite3.connect(state / "guildgate.db")) as db:
        return bool(db.execute("SELECT 1 FROM notes WHERE name = 'traffic'").fetchall())


def _told(state: Path) -> list[str]:
    """Return the shares in the audit log, by which the log channel tells them."""
    with closing(sqlite3.connect(state / "guildgate.db")) as db:
        rows = db.execute("SELECT detail FROM audit WHERE action = 'problem' ORDER BY id").fetchall()
    problems = [json.loads(detail)["problem"] for (detail,) in rows]
    return [each["values"]["share"] for each in problems if each["code"] == Trouble.TRAFFIC]
