"""The devices' endpoints: what the gateway remembers of where they are, for how long, and where it is written."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.api.contract import GetStatus, Revoke, Rotate
from gateway.api.forgetting import Forget
from gateway.model import Key
from tests.unit.builders import ADMIN, ALICE, key
from tests.unit.fakes.host import NOW
from tests.unit.fakes.kernel import FakeKernel
from tests.unit.running import Running, a_join, running

HERE, THERE = "198.51.100.7:4000", "198.51.100.8:5000"


async def a_device(gateway: Running, endpoint: str = HERE) -> Key:
    """Add a device that is online, and look at it."""
    public_key: Key = (await gateway.ask(a_join())).peer.public_key
    await move(gateway, public_key, endpoint)
    return public_key


async def move(gateway: Running, public_key: Key, endpoint: str) -> None:
    gateway.kernel.wireguard.seen(public_key, endpoint=endpoint, latest_handshake=gateway.kernel.host.time)
    await gateway.ask(GetStatus(actor=ADMIN, everyone=True))


def sought(gateway: Running) -> dict[Key, str | None]:
    """Return where WireGuard looks for each device."""
    return {public_key: peer.endpoint for public_key, peer in gateway.kernel.wireguard.peers.items()}


async def remake(gateway: Running) -> None:
    gateway.kernel.host.links.pop("wg0")
    await gateway.state.repair("link_deleted")


async def stored(gateway: Running) -> dict[Key, Any]:
    return await gateway.store.endpoints()


async def test_after_the_interface_was_deleted_each_device_is_looked_for_where_it_was(gateway: Running) -> None:
    public_key = await a_device(gateway)
    await move(gateway, public_key, THERE)
    for _ in range(2):  # also before the next handshake
        await remake(gateway)
        assert sought(gateway) == {public_key: THERE}


async def test_after_a_restart_that_left_nothing_too(tmp_path: Path, kernel: FakeKernel) -> None:
    async with running(tmp_path / "db", kernel) as gateway:
        public_key = await a_device(gateway)
        await gateway.state.stop()
    assert "wg0" not in kernel.host.links
    async with running(tmp_path / "db", kernel) as gateway:
        assert sought(gateway) == {public_key: HERE}


async def test_after_a_crash_what_was_written_last_counts(tmp_path: Path, kernel: FakeKernel) -> None:
    async with running(tmp_path / "db", kernel) as gateway:
        public_key = await a_device(gateway)
        await gateway.state.save_endpoints()
        await move(gateway, public_key, THERE)
    kernel.host.links.pop("wg0")
    async with running(tmp_path / "db", kernel) as gateway:
        assert sought(gateway) == {public_key: HERE}


async def test_what_is_written_already_is_not_written_again_for_an_hour(gateway: Running) -> None:
    public_key = await a_device(gateway)
    for minutes, writes in ((0, 1), (30, 0), (61, 1)):
        gateway.kernel.host.time = NOW + timedelta(minutes=minutes)
        await move(gateway, public_key, HERE)
        before = len(gateway.kernel.effects.asked)
        await gateway.state.save_endpoints()
        assert gateway.kernel.effects.asked[before:].count("database: COMMIT") == writes


@pytest.mark.parametrize(
    "request_",
    [Revoke(actor=ADMIN, owner=ALICE.id), Forget(actor=ADMIN, member=ALICE.id)],
    ids=lambda request: type(request).__name__,
)
async def test_nothing_remembers_where_a_device_was_that_is_gone(gateway: Running, request_: Any) -> None:
    public_key = await a_device(gateway)
    await gateway.state.save_endpoints()
    assert await stored(gateway)
    await move(gateway, public_key, THERE)  # which is not written yet
    await gateway.ask(request_)
    assert await stored(gateway) == {}
    await gateway.state.save_endpoints()
    assert await stored(gateway) == {}


async def test_new_keys_have_no_place_until_the_device_uses_them(gateway: Running) -> None:
    await a_device(gateway)
    await gateway.state.save_endpoints()
    await gateway.ask(Rotate(actor=ALICE, device="pc", public_key=key()))
    assert await stored(gateway) == {}


async def test_a_device_that_is_away_for_a_day_is_not_looked_for(tmp_path: Path, kernel: FakeKernel) -> None:
    async with running(tmp_path / "db", kernel) as gateway:
        public_key = await a_device(gateway)
        await gateway.state.stop()
        kernel.host.time += timedelta(hours=25)
    async with running(tmp_path / "db", kernel) as gateway:
        assert sought(gateway) == {public_key: None}
        await gateway.state.save_endpoints()
        assert await stored(gateway) == {}


async def test_a_start_that_fails_loses_nothing_of_what_is_written(tmp_path: Path, kernel: FakeKernel) -> None:
    async with running(tmp_path / "db", kernel) as gateway:
        public_key = await a_device(gateway)
        await gateway.state.stop()
    kernel.effects.refuse("wireguard.up")
    with pytest.raises(Exception, match="listen_port"):
        async with running(tmp_path / "db", kernel):
            pass
    async with running(tmp_path / "db", kernel) as gateway:
        assert sought(gateway) == {public_key: HERE}
