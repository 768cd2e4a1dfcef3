"""Problems: each begin and each end is told once, however often it is reported and over restarts."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.api.contract import Action, GetAudit, GetStatus
from gateway.errors import NotSaved
from gateway.problem import Problem, Trouble
from gateway.terminal.text import render_status
from tests.unit.builders import ADMIN, ALICE
from tests.unit.fakes.kernel import FakeKernel
from tests.unit.running import Running, running

ONE = Problem(code=Trouble.LEFT, values={"difference": "WireGuard's port"})
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
    assert await recorded(gateway) == [("problem", ONE)]


async def test_admins_see_the_problems_and_members_do_not(gateway: Running) -> None:
    gateway.state.problems.report(ONE)
    answer = await gateway.ask(GetStatus(actor=ADMIN, everyone=True))
    assert answer.problems == (ONE,)
    assert f"Problem: {ONE}" in render_status(answer)
    assert (await gateway.ask(GetStatus(actor=ALICE))).problems == ()
