"""Updates of a machine's services from real releases, while a match goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from gateway.demo.flow import flowing
from gateway.demo.tunnel import until
from gateway.demo.world import VPS4, World
from gateway.model import Protocol
from tests.boot.conftest import WAYS
from tests.boot.machine import Machine
from tests.boot.test_services import PORT, Lost, active, match, pid, reached
from tests.releases import Releases, signers

pytestmark = [pytest.mark.root, pytest.mark.long, pytest.mark.timeout(400)]

GATEWAY = "guildgate-gateway"
ONE_MORE_TABLE = '\nSTEPS = (*STEPS, "CREATE TABLE of_the_new_version (one INTEGER) STRICT;")\n'
A_STEP_THAT_FAILS = '\nSTEPS = (*STEPS, "INSERT INTO no_table VALUES (1);")\n'
# The databases are migrated by then.
NO_START = """

async def _serve(*_: object) -> None:
    raise RuntimeError("this version does not serve")
"""
HANGS = """

async def _serve(*_: object) -> None:
    await asyncio.sleep(3600)
"""


class Installed:
    """A machine with the services and a repository of releases, whose key is pinned."""

    def __init__(self, machine: Machine, releases: Releases) -> None:
        self.machine, self.releases = machine, releases
        self.key = releases.key("release")
        (machine.root / "etc/guildgate/release-signers").write_text(signers(self.key))
        (machine.root / "etc/guildgate/release-source").write_text("/srv/releases\n")

    async def version(self) -> str:
        return (await self.machine.run("guildgate", "--version")).split()[-1]

    async def refused(self, *argv: str) -> str:
        """Return why an update was refused."""
        with pytest.raises(RuntimeError) as refusal:
            await self.machine.run("guildgate", "update", *argv)
        return str(refusal.value)

    async def tables(self) -> str:
        database = self.machine.root / "var/lib/guildgate/guildgate.db"
        return await self.machine.run(
            "python3", "-c", "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("
            "'SELECT group_concat(name) FROM sqlite_schema').fetchone())",
            f"/{database.relative_to(self.machine.root)}",
        )  # fmt: skip


@pytest.fixture
async def installed(machine: Machine) -> Installed:
    await machine.run(*WAYS["install"].install)
    return Installed(machine, Releases(machine.root / "srv/releases", machine.root / "srv/guildgate"))


@asynccontextmanager
async def losing_a_packet_at_most(world: World) -> AsyncIterator[None]:
    """Play over UDP for the length of the block, and print how many packets were lost."""
    async with flowing(world.player, VPS4, PORT, Protocol.UDP) as flow:
        lost = Lost(flow)
        counting = asyncio.create_task(lost.count())
        try:
            yield
            await flow.goes_on()
        finally:
            counting.cancel()
            with suppress(asyncio.CancelledError):
                await counting
        print(f"lost: {lost.all} of {lost.all + flow.answers} packets")
        assert lost.all <= 1


async def test_an_update_is_verified_and_interrupts_no_match(installed: Installed, world: World) -> None:
    machine, releases = installed.machine, installed.releases
    before, serving = await installed.version(), await pid(machine)
    releases.publish("0.2.0", installed.key, {"gateway/state/schema.py": ONE_MORE_TABLE})
    async with match(machine, world):
        async with losing_a_packet_at_most(world):
            await machine.run("guildgate", "update")
        assert await installed.version() == "0.2.0" != before
        assert await pid(machine) != serving
        assert "of_the_new_version" in await installed.tables()
        assert "update.conf" not in await machine.run("systemctl", "cat", GATEWAY)
        assert await machine.run("guildgate", "update") == ""  # there is no newer one
        releases.publish("0.1.9", installed.key)
        assert "0.1.9 is older" in await installed.refused("0.1.9")
        await machine.reboot()
        assert await machine.settled() == "running"
        await reached(world)
        assert await installed.version() == "0.2.0"


async def test_what_is_not_signed_by_the_pinned_key_changes_nothing(installed: Installed) -> None:
    machine, releases = installed.machine, installed.releases
    before, serving = await installed.version(), await pid(machine)
    releases.publish("0.2.0")
    assert "v0.2.0 is not signed" in await installed.refused()
    releases.publish("0.3.0", releases.key("stranger"))
    assert "v0.3.0 is not signed by a key in" in await installed.refused()
    releases.publish("0.4.0", installed.key)
    releases.rename_tag("v0.4.0", "v0.5.0")
    assert "v0.5.0 is another tag" in await installed.refused()
    releases.publish("0.6.0", installed.key, {"gateway/state/schema.py": A_STEP_THAT_FAILS})
    assert "no such table: no_table" in await installed.refused()
    (machine.root / "etc/guildgate/release-signers").unlink()
    assert "no release key is pinned" in await installed.refused()
    assert (await installed.version(), await pid(machine)) == (before, serving)
    await machine.run("guildgate", "update", "--unsigned", "0.2.0")
    assert await installed.version() == "0.2.0"


async def test_a_release_that_does_not_serve_is_taken_back(installed: Installed, world: World) -> None:
    """Its gateway fails after the databases were migrated."""
    machine = installed.machine
    before = await installed.version()
    edits = {"gateway/state/schema.py": ONE_MORE_TABLE, "gateway/daemon.py": NO_START}
    installed.releases.publish("0.2.0", installed.key, edits)
    async with match(machine, world):
        async with losing_a_packet_at_most(world):
            assert "0.2.0 is taken back" in await installed.refused()
        assert await installed.version() == before
        assert await active(machine, GATEWAY) == "active"
        assert "of_the_new_version" not in await installed.tables()
        assert "laptop" in await machine.run("guildgate", "peers")


@pytest.mark.parametrize("is_power_cut", [True, False], ids=["power cut", "kill -9"])
async def test_an_update_that_dies_on_the_way_is_taken_back(
    installed: Installed, world: World, is_power_cut: bool
) -> None:
    """Its gateway hangs, with the databases migrated, when the update dies."""
    machine = installed.machine
    before = await installed.version()
    edits = {"gateway/state/schema.py": ONE_MORE_TABLE, "gateway/daemon.py": HANGS}
    installed.releases.publish("0.2.0", installed.key, edits)
    async with match(machine, world):
        updating = asyncio.create_task(machine.run("guildgate", "update"))

        async def is_migrated() -> bool:
            return "of_the_new_version" in await installed.tables()

        await until(is_migrated, timeout_s=120)
        if is_power_cut:
            await machine.crash()
            await machine.settled()
        else:
            await machine.run("pkill", "-KILL", "-f", "guildgate update")
            await machine.run("systemctl", "kill", "--kill-whom=main", "--signal=KILL", GATEWAY)
        with pytest.raises(RuntimeError):
            await updating

        async def is_back() -> bool:
            return await active(machine, GATEWAY) == "active" and await installed.version() == before

        await until(is_back, timeout_s=60)
        await reached(world)
        assert "of_the_new_version" not in await installed.tables()
        assert "laptop" in await machine.run("guildgate", "peers")


async def test_a_checkout_without_services_is_updated_as_well(machine: Machine, world: World) -> None:
    """`./run` supervises both processes there. The second release does not serve."""
    checkout = machine.root / "srv/guildgate"
    releases = Releases(machine.root / "srv/releases", machine.root / "srv/guildgate")
    key = releases.key("release")
    (machine.root / "etc/guildgate").mkdir()
    (machine.root / "etc/guildgate/release-signers").write_text(signers(key))
    (machine.root / "etc/guildgate/release-source").write_text("/srv/releases\n")
    (checkout / "config.toml").write_text("")
    wheels = ("--setenv=PIP_NO_INDEX=1", "--setenv=PIP_FIND_LINKS=/wheels")
    run = "/srv/guildgate/run"
    await machine.run("systemd-run", "--quiet", "--unit=guildgate-run", *wheels, run)
    await machine.run("ln", "-s", run, "/usr/local/bin/guildgate")

    async def version() -> str:
        with suppress(RuntimeError):
            return str(json.loads(await machine.run(run, "status", "--json"))["version"])
        return ""

    before = await until(version, timeout_s=120)
    releases.publish("0.2.0", key, {"gateway/state/schema.py": ONE_MORE_TABLE})
    async with match(machine, world):
        async with losing_a_packet_at_most(world):
            await machine.run(run, "update")
        assert await until(version) == "0.2.0" != before
        another = ONE_MORE_TABLE.replace("of_the_new", "of_another")
        edits = {"gateway/state/schema.py": ONE_MORE_TABLE + another, "gateway/daemon.py": NO_START}
        releases.publish("0.3.0", key, edits)
        async with losing_a_packet_at_most(world):
            with pytest.raises(RuntimeError, match=r"0\.3\.0 is taken back"):
                await machine.run(run, "update")
        assert await until(version) == "0.2.0"
        assert "laptop" in await machine.run(run, "peers")
