"""Problems: each begin and each end is told once, however often it is reported and over restarts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

import pytest

from gateway.api.contract import Action, GetAudit, GetStatus
from gateway.config import Config, GatewaySection, Host
from gateway.errors import NotSaved
from gateway.host import surroundings
from gateway.problem import Problem, Trouble
from gateway.terminal.text import render_status
from tests.unit.builders import ADMIN, ALICE
from tests.unit.fakes.host import Link
from tests.unit.fakes.kernel import FakeKernel
from tests.unit.running import Running, a_join, running

ONE = Problem(code=Trouble.LEFT, values={"difference": "WireGuard's port"})
FULL = Problem(code=Trouble.DATABASE, values={"reason": "database or disk is full"})
OTHER = Problem(code=Trouble.LEFT, values={"difference": "the link wg0"})


async def recorded(gateway: Running) -> list[tuple[str, Problem | None]]:
    """Record what is new. Return the entries of the audit log about problems, the oldest first."""
    await gateway.state.problems.record(gateway.state.write)
    entries = (await gateway.ask(GetAudit(actor=ADMIN))).entries[::-1]
    return [(entry.action, entry.problem) for entry in entries if entry.action in (Action.PROBLEM, Action.SOLVED)]


async def test_a_problem_is_told_once_when_it_begins_and_once_when_it_ends(
    gateway: Running, caplog: pytest.LogCaptureFixture
) -> None:
    problems = gateway.state.problems
    for _ in range(3):
        problems.report(ONE)
        assert await recorded(gateway) == [("problem", ONE)]
    for _ in range(3):
        problems.clear(ONE.code)
        assert await recorded(gateway) == [("problem", ONE), ("solved", ONE)]
    assert caplog.messages.count(f"problem: {ONE}") == caplog.messages.count(f"no longer a problem: {ONE}") == 1


async def test_a_problem_with_other_values_takes_the_place_of_the_one_before(gateway: Running) -> None:
    problems = gateway.state.problems
    problems.report(ONE)
    problems.report(OTHER)
    assert problems.present == (OTHER,)
    assert await recorded(gateway) == [("problem", OTHER)]
    problems.report(ONE)
    assert await recorded(gateway) == [("problem", OTHER), ("problem", ONE)]


async def test_a_problem_that_lasts_over_a_restart_is_not_told_as_new(tmp_path: Path, kernel: FakeKernel) -> None:
    async with running(tmp_path / "db", kernel) as gateway:
        gateway.state.problems.report(ONE)
        assert await recorded(gateway) == [("problem", ONE)]
    async with running(tmp_path / "db", kernel) as gateway:
        assert await recorded(gateway) == [("problem", ONE)], "its owner has not looked yet"
        gateway.state.problems.report(ONE)
        assert await recorded(gateway) == [("problem", ONE)]
    async with running(tmp_path / "db", kernel) as gateway:
        gateway.state.problems.clear(ONE.code)
        assert await recorded(gateway) == [("problem", ONE), ("solved", ONE)]


async def test_a_problem_that_cannot_be_recorded_is_recorded_later(gateway: Running) -> None:
    gateway.state.problems.report(ONE)
    gateway.kernel.effects.refuse("database: INSERT INTO audit")
    with pytest.raises(NotSaved):
        await recorded(gateway)
    assert await recorded(gateway) == [("problem", ONE), ("problem", FULL)]


async def test_admins_see_the_problems_and_members_do_not(gateway: Running) -> None:
    gateway.state.problems.report(ONE)
    answer = await gateway.ask(GetStatus(actor=ADMIN, everyone=True))
    assert answer.problems == (ONE,)
    assert f"Problem: {ONE}" in render_status(answer)
    assert (await gateway.ask(GetStatus(actor=ALICE))).problems == ()


async def test_a_database_that_refuses_writes_is_a_problem_until_one_works(gateway: Running) -> None:
    """The retry of what could not be recorded ends it, when there is no other write."""
    gateway.kernel.effects.refuse("database: COMMIT")
    with pytest.raises(NotSaved):
        await gateway.ask(a_join())
    assert (await gateway.ask(GetStatus(actor=ADMIN, everyone=True))).problems == (FULL,)
    assert await recorded(gateway) == [("problem", FULL)]
    assert await recorded(gateway) == [("problem", FULL), ("solved", FULL)]
    assert gateway.state.problems.present == ()


async def test_a_database_that_refuses_is_tried_again_only_now_and_then(gateway: Running) -> None:
    """The refusal to record a problem is no new one, or the retries would never pause."""
    tries, third = 0, asyncio.Event()

    async def refuse(work: Callable[[], Awaitable[None]]) -> None:
        nonlocal tries
        tries += 1
        if tries == 3:
            third.set()
        gateway.kernel.effects.refuse("database: COMMIT")
        await gateway.state.write(work)

    gateway.state.problems.report(ONE)
    recording = asyncio.create_task(gateway.state.problems.keep_recording(refuse))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await third.wait()
    recording.cancel()
    await asyncio.wait([recording])
    assert {problem.code for problem in gateway.state.problems.present} == {ONE.code, Trouble.DATABASE}


async def test_what_is_around_the_gateway_is_a_problem_for_as_long_as_it_lasts(
    kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that does not resolve, a way out that leads elsewhere, and settings that drop players."""
    kernel.host.links["eth1"] = Link({IPv4Interface("198.51.100.1/24")})
    strict = "net/ipv4/conf/eth1/rp_filter"
    name, here = "vps.example.org", (IPv4Address("203.0.113.1"),)
    section = GatewaySection(public_interface=("eth0", "eth1"), public_address=Host(name))
    host = kernel.host
    host.names[name] = here
    async with running(None, kernel, Config(gateway=section)) as gateway:

        async def told() -> dict[str, str]:
            await gateway.state.follow()
            await gateway.state.drift()
            return {problem.code: str(problem) for problem in gateway.state.problems.present}

        assert await told() == {}
        host.names.clear()
        assert await told() == {}  # it may be back within a minute
        monkeypatch.setattr(surroundings, "_LASTS_S", 0)
        host.default, host.sysctl[strict] = "tun0", "1"
        found = await told()
        assert found.keys() == {Trouble.UNRESOLVED, Trouble.ASTRAY, Trouble.STRICT}
        assert "vps.example.org does not resolve" in found[Trouble.UNRESOLVED]
        assert "net.ipv4.conf.eth1.rp_filter must be 2" in found[Trouble.STRICT]
        assert "ip rule add priority 99 iif wg0 lookup main" in found[Trouble.ASTRAY]
        host.names[name] = here
        host.default, host.sysctl[strict] = "eth0", "2"
        assert await told() == {}
