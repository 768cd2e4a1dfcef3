"""The lines about what the start waits for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from gateway.config import GatewaySection
from gateway.demo.tunnel import until
from gateway.host import waiting
from gateway.host.surroundings import Lookout
from gateway.host.waiting import Wait
from tests.unit.fakes.effects import Effects
from tests.unit.fakes.host import FakeHost


async def silence() -> AsyncGenerator[str, None]:
    """Send no notice."""
    await asyncio.Event().wait()
    yield ""


async def test_what_is_waited_for_is_said_at_once_each_minute_and_when_it_changes(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A look that finds the same says nothing. The wait ends without any notice of the kernel."""
    host = FakeHost(Effects())
    eth0 = host.links.pop("eth0")
    addresses, eth0.addresses = eth0.addresses, set()
    lookout = Lookout(GatewaySection(public_interface="eth0"), host)
    error = await lookout.lacks()
    assert error
    monkeypatch.setattr(waiting, "LOOK_S", 0.001)
    looks = 0

    async def looked_often() -> bool:
        nonlocal looks
        looks += 1
        return looks > 5

    async with asyncio.TaskGroup() as tasks:
        over = tasks.create_task(Wait(lookout, error).over(silence(), asyncio.Event()))
        await until(looked_often)
        assert caplog.text.count("waits for the interface eth0") == 1
        monkeypatch.setattr(waiting, "SAID_S", 0.0)

        async def said_again() -> bool:
            return caplog.text.count("waits for the interface eth0") > 2

        await until(said_again)
        monkeypatch.setattr(waiting, "SAID_S", 60.0)
        host.links["eth0"] = eth0

        async def said_other() -> bool:
            return "waits for an IPv4 address on eth0" in caplog.text

        await until(said_other)
        eth0.addresses = addresses
        await over
