"""The end of the supervisor, and a second one."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from gateway.demo.tunnel import until
from tests.e2e.scene import Scene, said
from tests.e2e.service import Service
from tests.e2e.supervised import supervised
from tests.fakediscord import FakeDiscord, Person
from tests.joining import join
from tests.privileges import beside

SUPERVISOR_MIB = 15

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module")]


async def says(service: Service, text: str) -> None:
    async def found() -> bool:
        assert service.is_running, service.output
        return text in service.output

    await until(found, timeout_s=30)


@pytest.mark.usefixtures("heeded_hangup")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP])
async def test_the_end_of_the_supervisor_leaves_no_orphan(
    scene: Scene, discord: FakeDiscord, alice: Person, number: signal.Signals
) -> None:
    """Both processes gave up privileges, which makes the kernel forget what was agreed before."""
    host = scene.gateway.host
    async with supervised(scene, discord) as up:
        await join(alice)
        processes = [*up.children().values(), beside(up.pid, "wireguard-go")]
        assert len(processes) == 3
        os.kill(up.pid, number)
        assert up.service.process
        code = await up.service.process.wait()
        assert code == (0 if number == signal.SIGHUP else -signal.SIGKILL)

        async def are_gone() -> bool:
            return not any(_runs(pid) for pid in processes)

        await until(are_gone, timeout_s=20)
        assert "guildgate" not in await host.run("nft", "list", "tables")
        assert "gge2e0" not in await host.run("ip", "-brief", "link")
        assert up.service.complaints() == []
        up.service.process = None  # it has ended as the test wants


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_rules_that_were_flushed_while_the_gateway_was_dead_are_back_with_it(
    scene: Scene, discord: FakeDiscord, alice: Person
) -> None:
    """Until then they are open, as SECURITY.md says. Nothing can hold them over the gateway's death."""
    host = scene.gateway.host
    async with supervised(scene, discord) as up:
        await join(alice)
        clock = asyncio.get_running_loop().time
        os.kill(up.children()["gateway"], signal.SIGKILL)
        began = clock()
        await host.run("nft", "flush", "ruleset")
        assert "guildgate" not in await host.run("nft", "list", "tables")

        async def are_back() -> bool:
            return "guildgate" in await host.run("nft", "list", "tables")

        await until(are_back, timeout_s=60)
        print(f"the rules were away for {clock() - began:.2f} s")

        async def answers() -> bool:
            return "pc" in said(await alice.slash("status"))

        await until(answers, timeout_s=60)
        await up.service.stop()


async def test_a_second_supervisor_names_the_processes_in_its_way(
    scene: Scene, discord: FakeDiscord, alice: Person
) -> None:
    """It tries again. Neither a second gateway nor a second bot takes part meanwhile."""
    async with supervised(scene, discord) as up:
        await join(alice)
        sessions, children = discord.identified, up.children()
        second = up.another("second")
        await second.start()
        try:
            await says(second, f"state is in use by another running gateway, process {children['gateway']} (")
            await says(second, f"bot is in use by another running bot, process {children['bot']} (")
            await says(second, "starting it again in")
        finally:
            await second.stop()
        assert up.children() == children
        assert "pc" in said(await alice.slash("status"))
        assert discord.identified == sessions


async def test_the_supervisor_takes_little_memory_to_wait(scene: Scene, discord: FakeDiscord, alice: Person) -> None:
    """It waits for months, on the smallest of servers."""
    async with supervised(scene, discord) as up:
        await join(alice)
        sessions = discord.identified
        os.kill(up.children()["bot"], signal.SIGKILL)  # so that it has said something, and read the token again
        await says(up.service, "starting it again in")
        rows = [Path(f"/proc/{up.pid}", name).read_text().splitlines() for name in ("status", "smaps_rollup")]
        kib = {row.split()[0]: int(row.split()[1]) for row in (*rows[0], *rows[1]) if row.endswith(" kB")}
        assert kib["Pss:"] <= kib["VmRSS:"] < SUPERVISOR_MIB << 10
        print(f"the supervisor: {kib['VmRSS:']} KiB, {kib['Pss:']} of them its own share")
        await discord.ready(sessions + 1)
