"""When other programs' firewalls are judged again, and what is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from gateway.config import GatewaySection
from gateway.foreign import judge
from gateway.foreign.judge import Judge
from gateway.foreign.listing import Listing
from gateway.problem import Problem, Trouble
from tests.unit.fakes.effects import Effects
from tests.unit.fakes.host import FakeHost
from tests.unit.gateway.foreign.test_advice import rules


class Registry:
    def __init__(self) -> None:
        self.present: dict[str, Problem] = {}

    def report(self, problem: Problem) -> None:
        self.present[problem.code] = problem

    def clear(self, code: str) -> None:
        self.present.pop(code, None)


class Reader:
    """The rules of the moment, and the number of looks at them."""

    def __init__(self) -> None:
        self.found: Listing | str = Listing(())
        self.looks = 0

    def __call__(self, legacy: Listing) -> Listing | str:
        self.looks += 1
        return self.found


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    made = Reader()
    monkeypatch.setattr(judge, "read_rulesets", made)
    monkeypatch.setattr(judge, "read_legacy", lambda: Listing(()))
    return made


def a_judge(registry: Registry) -> Judge:
    return Judge(GatewaySection(), FakeHost(Effects()), Listing(()), registry)


async def test_what_a_firewall_stops_is_a_problem_until_it_lets_it_through(
    reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    """The cure is logged once, and again when the same comes back."""
    registry = Registry()
    looking = a_judge(registry)
    for found, present, told in (
        (rules(policy="drop"), {Trouble.FIREWALL}, 1),
        (rules(policy="drop"), {Trouble.FIREWALL}, 1),
        ("no listing", {Trouble.UNREADABLE}, 1),
        (Listing(()), set(), 1),
        (rules(policy="drop"), {Trouble.FIREWALL}, 2),
    ):
        reader.found = found
        await looking.look()
        assert registry.present.keys() == present
        assert sum("to let it through, as root:" in message for message in caplog.messages) == told


async def test_a_look_that_breaks_leaves_the_problems(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry()
    looking = a_judge(registry)
    reader.found = rules(policy="drop")
    await looking.look()
    reader.found = None  # type: ignore[assignment]
    await looking.look()
    assert registry.present.keys() == {Trouble.FIREWALL}


async def until(probe: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not probe():
            await asyncio.sleep(0.001)


async def test_rules_that_change_all_the_time_are_judged_now_and_then_and_after_the_last_change(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first look comes by itself, and without a change there is no other."""
    monkeypatch.setattr(judge, "SETTLE_S", 0.005)
    monkeypatch.setattr(judge, "APART_S", 0.05)
    monkeypatch.setattr(judge, "IDLE", 0)
    monkeypatch.setattr(judge, "LINES_S", 0.01)
    registry, changes = Registry(), asyncio.Queue[None]()

    async def notices() -> AsyncIterator[None]:
        while True:
            await changes.get()
            yield

    looking = a_judge(registry)
    task = asyncio.get_running_loop().create_task(looking.keep_looking(notices()))
    try:
        began = asyncio.get_running_loop().time()
        await asyncio.sleep(0.03)  # several times LINES_S
        assert reader.looks == 1
        while reader.looks < 4:
            changes.put_nowait(None)
            await asyncio.sleep(0.001)
        assert asyncio.get_running_loop().time() - began > 2 * 0.05
        reader.found = rules(policy="drop")
        changes.put_nowait(None)
        await until(lambda: registry.present.keys() == {Trouble.FIREWALL})
    finally:
        task.cancel()
        await asyncio.wait([task])
