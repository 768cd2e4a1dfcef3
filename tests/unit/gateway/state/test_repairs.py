"""The moments at which the gateway repairs what other programs break, and what it does when it cannot."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from gateway import daemon
from gateway.errors import NotSaved
from gateway.host import notices
from gateway.state import repairs as repairs_module
from gateway.state.changes import Changes
from gateway.state.reconciler import Reconciler
from gateway.state.repairs import Repairs, keep_expiring

ERRORS = [OSError("refused"), NotSaved(log_id="1")]


class Recording:
    """A reconciler that records the repairs it is asked for. It raises `errors` first."""

    def __init__(self) -> None:
        self.repaired: asyncio.Queue[str] = asyncio.Queue()
        self.errors: list[Exception] = []
        self.followed = asyncio.Event()
        self.differences = frozenset[str]()
        self.stuck = frozenset[str]()
        self.lasting = frozenset[str]()  # what no repair changes
        self.is_waiting = False
        self.looks = 0

    async def repair(self, *reasons: str) -> None:
        self.stuck = self.stuck.union(reasons)
        self._fail()
        self.stuck = self.lasting
        await self.repaired.put(", ".join(reasons))

    async def follow(self) -> bool:
        self._fail()
        self.followed.set()
        return False

    async def settings_drift(self) -> frozenset[str]:
        return await self.drift()

    async def tunnel_drift(self) -> frozenset[str]:
        return await self.drift()

    async def drift(self) -> frozenset[str]:
        self.looks += 1
        self._fail()
        return self.differences

    def _fail(self) -> None:
        if self.errors:
            raise self.errors.pop()

    async def next(self) -> str:
        return await asyncio.wait_for(self.repaired.get(), 10)


@pytest.fixture
def reconciler() -> Recording:
    return Recording()


@pytest.fixture
async def repairs(reconciler: Recording) -> AsyncIterator[Repairs]:
    repairs = Repairs(cast(Reconciler, reconciler))
    task = asyncio.create_task(repairs.keep_repairing())
    yield repairs
    task.cancel()


async def test_the_first_repair_does_not_wait(
    repairs: Repairs, reconciler: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repairs_module, "CALM_S", 3600)
    repairs.note("the table was flushed")
    assert await reconciler.next() == "the table was flushed"


async def test_what_comes_in_the_calm_after_it_is_one_repair(
    repairs: Repairs, reconciler: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repairs_module, "CALM_S", 0.05)
    repairs.note("first")
    assert await reconciler.next() == "first"
    for reason in ("second", "third", "second"):
        repairs.note(reason)
    assert await reconciler.next() == "second, third"
    assert reconciler.repaired.empty()


async def test_a_reason_is_repaired_once(
    repairs: Repairs, reconciler: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repairs_module, "CALM_S", 0)
    repairs.note("first")
    assert await reconciler.next() == "first"
    for _ in range(10):  # turns of the loop, of which a repair takes one
        await asyncio.sleep(0)
    assert reconciler.repaired.empty()


async def test_drift_that_is_found_is_repaired(
    repairs: Repairs, reconciler: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repairs_module, "LOOK_S", 0)
    reconciler.differences = frozenset(["the link wg0", "WireGuard's key"])
    task = asyncio.create_task(repairs.look_now_and_then())
    assert await reconciler.next() == "WireGuard's key, the link wg0"
    task.cancel()


async def test_a_doubt_is_a_look_and_a_repair_only_where_something_differs(
    repairs: Repairs, reconciler: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repairs_module, "CALM_S", 0)
    task = asyncio.create_task(repairs.look_when_in_doubt())
    repairs.note(notices.DOUBT)
    async with asyncio.timeout(10):
        while not reconciler.looks:
            await asyncio.sleep(0)
    assert reconciler.repaired.empty()
    reconciler.differences = frozenset(["the link wg0"])
    repairs.note(notices.DOUBT)
    assert await reconciler.next() == "the link wg0"
    task.cancel()


async def test_settings_are_looked_at_again_and_again(
    repairs: Repairs, reconciler: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repairs_module, "SETTINGS_S", 0)
    reconciler.differences = frozenset(["net.ipv4.ip_forward"])
    task = asyncio.create_task(repairs.look_at_settings())
    assert await reconciler.next() == "net.ipv4.ip_forward"
    task.cancel()


async def test_the_tunnel_is_looked_at_less_often_where_a_look_takes_long(
    repairs: Repairs, reconciler: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repairs_module, "SETTINGS_S", 0)
    reconciler.differences = frozenset(["the peer 10.66.66.2"])
    task = asyncio.create_task(repairs.look_at_tunnel())
    assert await reconciler.next() == "the peer 10.66.66.2"
    monkeypatch.setattr(repairs_module, "SPARING", 1e9)
    looks = reconciler.looks
    while reconciler.looks == looks:  # the last one before the pause
        await asyncio.sleep(0)
    looks = reconciler.looks
    for _ in range(1000):
        await asyncio.sleep(0)
    assert reconciler.looks == looks
    task.cancel()


async def test_a_move_that_gives_no_notice_is_followed(
    repairs: Repairs, reconciler: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A public address that is a name is looked up again."""
    for name in ("LOOK_S", "CALM_S"):
        monkeypatch.setattr(repairs_module, name, 0)
    tasks = [asyncio.create_task(work()) for work in (repairs.look_now_and_then, repairs.keep_following)]
    await asyncio.wait_for(reconciler.followed.wait(), 10)
    for task in tasks:
        task.cancel()


@pytest.mark.parametrize("error", ERRORS, ids=repr)
async def test_what_fails_is_tried_again(
    repairs: Repairs, reconciler: Recording, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(repairs_module, "RETRY_S", 0)
    reconciler.errors = [error]
    repairs.note("first")
    assert await reconciler.next() == "first"


@pytest.mark.parametrize("error", ERRORS, ids=repr)
@pytest.mark.parametrize("loop", ["keep_following", "look_now_and_then"])
async def test_a_look_that_fails_ends_in_a_repair(
    repairs: Repairs, reconciler: Recording, monkeypatch: pytest.MonkeyPatch, loop: str, error: Exception
) -> None:
    for name in ("LOOK_S", "CALM_S", "RETRY_S"):
        monkeypatch.setattr(repairs_module, name, 0)
    reconciler.errors = [error]
    repairs.note(notices.SURROUNDINGS)
    task = asyncio.create_task(getattr(repairs, loop)())
    assert await reconciler.next()
    task.cancel()


async def test_what_a_repair_leaves_is_tried_again_after_ever_longer_pauses(
    repairs: Repairs, reconciler: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The looks in between find it again and start no repair. Anything else is repaired at once."""
    for name in ("LOOK_S", "CALM_S"):
        monkeypatch.setattr(repairs_module, name, 0)
    monkeypatch.setattr(repairs_module, "delays", lambda first_s, longest_s: iter([0, 0, 3600, 3600]))
    reconciler.lasting = reconciler.differences = frozenset(["WireGuard's peer 1/pc"])
    task = asyncio.create_task(repairs.look_now_and_then())
    for _ in range(3):
        assert await reconciler.next() == "WireGuard's peer 1/pc"
    looks = reconciler.looks
    async with asyncio.timeout(10):
        while reconciler.looks < looks + 20:
            await asyncio.sleep(0)
    assert reconciler.repaired.empty()
    reconciler.differences |= {"WireGuard's port"}
    assert await reconciler.next() == "WireGuard's port"
    task.cancel()


async def test_a_look_that_keeps_failing_starts_no_repair_in_between(
    repairs: Repairs, reconciler: Recording, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Settings are looked at twice a second, and a repair writes all rules anew."""
    for name in ("SETTINGS_S", "CALM_S"):
        monkeypatch.setattr(repairs_module, name, 0)
    monkeypatch.setattr(repairs_module, "delays", lambda first_s, longest_s: iter([3600]))
    reconciler.errors = [OSError("refused")] * 20
    task = asyncio.create_task(repairs.look_at_settings())
    async with asyncio.timeout(10):
        while reconciler.errors:
            await asyncio.sleep(0)
    task.cancel()
    assert caplog.text.count("making things match again failed") == 1
    assert caplog.text.count("cannot look for drift") == 1


class Expiring:
    """Changes for which something ends in an hour."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.asked: asyncio.Queue[None] = asyncio.Queue()

    async def expire(self) -> datetime:
        if self.errors:
            raise self.errors.pop()
        await self.asked.put(None)
        return datetime.now(UTC) + timedelta(hours=1)


async def test_an_end_is_looked_for_again_and_again_as_the_clock_may_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repairs_module, "LOOK_S", 0)
    changes = Expiring()
    task = asyncio.create_task(keep_expiring(cast(Changes, changes), asyncio.Event()))
    for _ in range(2):
        await asyncio.wait_for(changes.asked.get(), 10)
    task.cancel()


async def test_what_has_expired_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repairs_module, "RETRY_S", 0)
    changes = Expiring(*ERRORS)
    task = asyncio.create_task(keep_expiring(cast(Changes, changes), asyncio.Event()))
    await asyncio.wait_for(changes.asked.get(), 10)
    task.cancel()


def test_the_gateway_may_open_as_many_files_as_the_system_lets_it() -> None:
    before = soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(512, soft), hard))
    try:
        daemon._allow_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (min(hard, daemon._FILES), hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
