"""The way of a change through database and kernel, with a kernel that refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.api.contract import AddForward, Join
from gateway.errors import ApplyFailed, GatewayError, NotSaved
from gateway.model import parse_ports
from gateway.nftables.elements import elements_of
from tests.unit.builders import ALICE, key
from tests.unit.fakes import FILLED, FakeKernel
from tests.unit.running import Running, a_kernel, running

PORT = AddForward(actor=ALICE, ports=parse_ports("25565"))


@pytest.fixture
def kernel() -> FakeKernel:
    return a_kernel()


@pytest.fixture
async def gateway(tmp_path: Path, kernel: FakeKernel) -> AsyncIterator[Running]:
    async with running(tmp_path / "db", kernel) as gateway:
        yield gateway


def a_join(device: str = "pc", request_id: str | None = None) -> Join:
    return Join(actor=ALICE, device=device, public_key=key(), request_id=request_id)


def is_right(gateway: Running) -> bool:
    """Reports whether the kernel has what the stored state says."""
    state, content = gateway.state, gateway.kernel.table.content or {}
    whole = elements_of(state.desired, state.network)
    keys = {peer.public_key for peer in state.desired.active.peers.values()}
    return {name: content.get(name) for name in FILLED} == {name: whole[name] for name in FILLED} and (
        gateway.kernel.wireguard.peers.keys() == keys
    )


@pytest.mark.parametrize(
    "refused", ["table.apply", "wireguard.apply: add", "database: INSERT INTO peers", "database: COMMIT"]
)
async def test_a_change_that_is_refused_changes_nothing(gateway: Running, refused: str) -> None:
    gateway.kernel.effects.refuse(refused)
    with pytest.raises(NotSaved if "database" in refused else ApplyFailed):
        await gateway.ask(a_join())
    assert gateway.state.desired.peers == {}
    assert (await gateway.store.load()).peers == {}
    assert is_right(gateway)
    assert not await gateway.state.has_drifted()


@pytest.mark.parametrize(
    "back", ["table.load", "wireguard.up", "wireguard.dump", "host.configure", "wireguard.apply: remove"]
)
async def test_a_change_that_fails_and_whose_way_back_fails_too_owes_a_repair(gateway: Running, back: str) -> None:
    """It is the first refusal that is answered, and the look for drift that finds it."""
    gateway.kernel.effects.refuse("database: COMMIT", back)
    with pytest.raises(NotSaved):
        await gateway.ask(a_join())
    gateway.kernel.effects.calm()
    assert await gateway.state.has_drifted()
    await gateway.state.repair("drift")
    assert not await gateway.state.has_drifted()
    assert is_right(gateway)
    assert gateway.state.desired.peers == {}


async def test_a_port_that_stayed_in_the_table_owes_a_repair_though_all_else_is_right(gateway: Running) -> None:
    """Of the table the look for drift knows by this alone: the kernel's notices are of what others do."""
    await gateway.ask(a_join())
    gateway.kernel.effects.refuse("database: COMMIT", "table.load")
    with pytest.raises(NotSaved):
        await gateway.ask(PORT)
    gateway.kernel.effects.calm()
    assert not is_right(gateway)
    assert await gateway.state.has_drifted()
    await gateway.state.repair("drift")
    assert is_right(gateway)
    assert not await gateway.state.has_drifted()


async def test_a_repair_that_fails_is_still_owed(gateway: Running) -> None:
    gateway.kernel.effects.refuse("database: COMMIT", "table.load")
    with pytest.raises(NotSaved):
        await gateway.ask(a_join())
    gateway.kernel.effects.refuse("wireguard.up")
    with pytest.raises(GatewayError):
        await gateway.state.repair("drift")
    assert await gateway.state.has_drifted()


async def test_a_stop_goes_on_whatever_a_step_raises(gateway: Running) -> None:
    kernel = gateway.kernel
    await gateway.ask(a_join())
    await gateway.ask(PORT)
    kernel.effects.refuse("wireguard.down", "table.remove", error=RuntimeError("a mistake of ours"))
    await gateway.state.stop()
    assert kernel.host.sysctl["net/ipv4/ip_forward"] == "0"
    assert kernel.host.reserved == set()


async def test_a_repair_without_a_record_is_one_all_the_same(gateway: Running) -> None:
    gateway.kernel.table.content = None
    gateway.kernel.effects.refuse("database: INSERT INTO audit")
    await gateway.state.repair("the table was flushed")
    assert is_right(gateway)
