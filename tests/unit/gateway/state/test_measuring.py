"""What gateway/metrics is told, and that it may ask for nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.api.contract import AddForward, Caller, GetPolicy, GetStatus
from gateway.api.measures import GetMeasures, Kernel, Measures
from gateway.config import Config, MetricsSection
from gateway.errors import OtherService, PeerUnknown
from gateway.host.host import LinkCounts
from gateway.model import Difference, parse_ports
from gateway.problem import Problem, Trouble
from gateway.state.measuring import kind_of
from tests.unit.builders import ADMIN, ALICE, BOTS_USER, ROOT
from tests.unit.fakes.kernel import FakeKernel
from tests.unit.running import Running, a_join, running

METRICS_USER = Caller(uid=995, is_trusted=False, only="measure")
ASK = GetMeasures(actor=ALICE)


@pytest.fixture
async def gateway(tmp_path: Path, kernel: FakeKernel) -> AsyncIterator[Running]:
    async with running(tmp_path / "db", kernel, Config()) as made:
        yield made


async def measured(gateway: Running) -> tuple[Measures, Kernel]:
    found = await gateway.ask(ASK, METRICS_USER)
    assert found.kernel
    return found, found.kernel


async def test_what_serves_metrics_may_ask_for_that_alone(gateway: Running) -> None:
    for request in (GetStatus(actor=ADMIN, everyone=True), GetPolicy(actor=ALICE), a_join()):
        with pytest.raises(OtherService):
            await gateway.ask(request, METRICS_USER)
    with pytest.raises(OtherService):
        await gateway.ask(ASK, BOTS_USER)
    assert await gateway.ask(ASK, ROOT)


async def test_devices_and_forwards_are_counted_and_named_by_numbers(gateway: Running) -> None:
    await gateway.ask(a_join())
    await gateway.ask(AddForward(actor=ALICE, ports=parse_ports("25565")))
    _, kernel = await measured(gateway)
    (peer,), (forward,) = kernel.peers, kernel.each
    assert (kernel.connected, kernel.away, kernel.forwards) == (0, 1, 1)
    assert (forward.peer_id, peer.name, forward.name) == (peer.id, "", "")


async def test_names_are_told_where_they_are_wanted(tmp_path: Path, kernel: FakeKernel) -> None:
    async with running(tmp_path / "db", kernel, Config(metrics=MetricsSection(names=True))) as gateway:
        await gateway.ask(a_join())
        _, found = await measured(gateway)
        assert found.peers[0].name == "alice/pc"


async def test_requests_are_counted_by_how_long_they_took_and_by_their_errors(gateway: Running) -> None:
    await gateway.ask(a_join())
    with pytest.raises(PeerUnknown):
        await gateway.ask(AddForward(actor=ALICE, ports=parse_ports("25565"), device="nothing"))
    found, _ = await measured(gateway)
    counts = {each.operation: sum(each.counts) for each in found.operations}
    assert (counts["join"], counts["forward"]) == (1, 1)
    assert {each.what: each.times for each in found.errors} == {PeerUnknown.code: 1}


async def test_repairs_are_counted_by_their_kind_without_an_address(gateway: Running) -> None:
    await gateway.state.repair(f"{Difference.PEER} 10.66.66.2", Difference.TABLE)
    found, _ = await measured(gateway)
    assert {each.what: each.times for each in found.repairs} == {"peer": 1, "table": 1}
    assert kind_of("net.ipv4.ip_forward") == "setting"


async def test_a_problem_with_which_no_player_can_join_ends_the_serving(gateway: Running) -> None:
    assert (await measured(gateway))[0].is_serving
    gateway.state.problems.report(Problem(code=Trouble.BACKUP, values={"reason": "x"}))
    assert (await measured(gateway))[0].is_serving
    gateway.state.problems.report(Problem(code=Trouble.LINK, values={"reason": "x"}))
    found, _ = await measured(gateway)
    assert not found.is_serving
    assert [problem.code for problem in found.problems] == [Trouble.BACKUP, Trouble.LINK]


async def test_the_uplinks_and_the_tunnel_are_told_apart(gateway: Running) -> None:
    links = gateway.kernel.host.links
    links["eth0"].counts = LinkCounts(rx_bytes=5, rx_dropped=2)
    links["wg0"].counts = LinkCounts(tx_bytes=7)
    _, kernel = await measured(gateway)
    assert {each.role: (each.rx_bytes, each.tx_bytes, each.rx_dropped) for each in kernel.interfaces} == {
        "uplink": (5, 0, 2),
        "tunnel": (0, 7, 0),
    }


async def test_health_reads_nothing_from_the_kernel(gateway: Running) -> None:
    found = await gateway.ask(replace(ASK, with_kernel=False), METRICS_USER)
    assert found.kernel is None
