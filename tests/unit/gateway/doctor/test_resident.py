"""The doctor in the gateway's process: one look at a time, and none that holds the loop or the gateway's end up."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from gateway.api.diagnosis import Diagnose, Finding, Level
from gateway.config import Config
from gateway.doctor import resident
from gateway.doctor.resident import Resident
from gateway.errors import AdminsOnly
from gateway.foreign.listing import Listing
from gateway.state.operations import Operations
from tests.unit.builders import ADMIN, ALICE, BOTS_USER
from tests.unit.running import KEY, a_kernel, running

FINDING = Finding(Level.OK, "clock", "it is right")


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[threading.Event]:
    """Have each look wait for the event that it adds."""
    begun: list[threading.Event] = []

    def wait(self: Resident) -> list[Finding]:
        begun.append(threading.Event())
        assert begun[-1].wait(60)
        return [FINDING]

    monkeypatch.setattr(Resident, "_examine", wait)
    return begun


async def until_begun(looks: list[threading.Event], count: int) -> None:
    while len(looks) < count:
        await asyncio.sleep(0.001)


async def test_callers_during_a_look_get_its_findings_and_the_next_caller_a_new_look(
    looks: list[threading.Event],
) -> None:
    doctor = Resident(Config(), Listing((), (), ()))
    asking = [asyncio.create_task(doctor.examine()) for _ in range(5)]
    await until_begun(looks, 1)  # while the loop goes on
    asking[0].cancel()
    await asyncio.sleep(0)
    looks[0].set()
    assert await asyncio.gather(*asking[1:]) == [(FINDING,)] * 4
    assert len(looks) == 1
    again = asyncio.create_task(doctor.examine())
    await until_begun(looks, 2)
    looks[1].set()
    assert await again == (FINDING,)


def test_the_end_of_the_gateway_waits_for_no_look(looks: list[threading.Event]) -> None:
    async def serve() -> None:
        asyncio.get_running_loop().create_task(Resident(Config(), Listing((), (), ())).examine())
        await until_begun(looks, 1)

    asyncio.run(serve())
    looks[0].set()


async def test_only_admins_may_ask(tmp_path: Path) -> None:
    kernel = a_kernel()
    async with running(tmp_path / "db", kernel, Config()) as gateway:

        async def examine() -> tuple[Finding, ...]:
            return (FINDING,)

        made = Operations(Config(), KEY, gateway.store, kernel, gateway.state, examine=examine)
        assert (await made.handle(BOTS_USER, Diagnose(actor=ADMIN))).findings == (FINDING,)  # type: ignore[attr-defined]
        with pytest.raises(AdminsOnly):
            await made.handle(BOTS_USER, Diagnose(actor=ALICE))


def test_a_part_that_hangs_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resident, "LIMIT_S", 0.01)
    hang = threading.Event()
    monkeypatch.setattr(resident, "disks", lambda folders: hang.wait(60) and [])
    for name in ("gather", "databases", "backups"):
        monkeypatch.setattr(resident, name, lambda *args: [])
    monkeypatch.setattr(resident, "judge", lambda *args: [FINDING])
    found = Resident(Config(), Listing((), (), ()))._examine()
    hang.set()
    assert any(each.title == "doctor" and "the disks" in each.detail for each in found)
