"""The operations that change nothing, and the one that no request starts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import pytest

from gateway.api.contract import AddForward, GetAudit, GetStatus, List, Revoke
from gateway.errors import AdminsOnly
from gateway.model import Duration, parse_ports
from gateway.nftables.flow import Flow
from tests.unit.builders import ADMIN, ALICE, BOB, MARKS
from tests.unit.fakes.host import NOW
from tests.unit.running import PORT, Running, a_join, asked_by, knock


async def test_the_status_asks_the_kernel_about_what_it_is_asked_for(gateway: Running) -> None:
    """A member without a device costs nothing, and one forward costs no more than itself."""
    peer = (await gateway.ask(a_join())).peer
    await gateway.ask(a_join("box", actor=BOB))
    await gateway.ask(PORT)
    await gateway.ask(AddForward(actor=BOB, ports=parse_ports("7777")))
    gateway.kernel.wireguard.seen(peer.public_key, rx_bytes=5, latest_handshake=NOW)
    gateway.kernel.table.counts["stat_original"][MARKS.of(1),] = (1, 100)
    gateway.kernel.table.counts["shed"][MARKS.of(1),] = (3, 180)
    knock(gateway, 25565)
    knock(gateway, 7777)
    status = await gateway.ask(GetStatus(actor=ADMIN, everyone=True, forwards=(1,)))
    (forward,), (shown,) = status.forwards, status.peers
    assert (forward.connections, forward.players, forward.refused) == (1, 1, 3)
    assert (forward.rx_bytes, forward.tx_bytes) == (100, 0)
    assert (shown.peer.id, shown.rx_bytes, shown.latest_handshake) == (peer.id, 5, NOW)
    assert gateway.kernel.conntrack.asked == [[1]]
    asked = await asked_by(gateway, await_of=gateway.ask(GetStatus(actor=ADMIN)))
    assert "wireguard.dump" not in asked
    assert gateway.kernel.conntrack.asked[-1] == []
    device = await gateway.ask(GetStatus(actor=ADMIN, everyone=True, devices=(peer.id, 4711)))
    assert ([each.peer.id for each in device.peers], device.forwards) == ([peer.id], ())
    assert gateway.kernel.conntrack.asked[-1] == []
    assert (await gateway.ask(GetStatus(actor=BOB, devices=(peer.id,)))).peers == ()
    everything = await gateway.ask(GetStatus(actor=ADMIN, everyone=True))
    assert [each.forward.ports.first for each in everything.forwards] == [25565, 7777]


async def test_a_device_that_is_removed_while_the_kernel_answers_breaks_no_status(
    gateway: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status tells what was there when it was asked for."""
    await gateway.ask(a_join())
    await gateway.ask(PORT)
    flows = gateway.kernel.conntrack.flows

    async def late(slots: Collection[int]) -> dict[int, list[Flow]]:
        await gateway.ask(Revoke(actor=ALICE))
        return await flows(slots)

    monkeypatch.setattr(gateway.kernel.conntrack, "flows", late)
    status = await gateway.ask(GetStatus(actor=ADMIN, everyone=True))
    assert [row.forward.device for row in status.forwards] == ["pc"]
    assert not gateway.state.desired.peers


@pytest.mark.parametrize("request_type", [List, GetStatus])
async def test_what_others_have_is_for_admins(gateway: Running, request_type: type[List | GetStatus]) -> None:
    await gateway.ask(a_join())
    await gateway.ask(PORT)
    for actor, everyone, seen in ((ALICE, False, 1), (BOB, False, 0), (ADMIN, False, 0), (ADMIN, True, 1)):
        found = await gateway.ask(request_type(actor=actor, everyone=everyone))
        assert (len(found.peers), len(found.forwards)) == (seen, seen)
    with pytest.raises(AdminsOnly):
        await gateway.ask(request_type(actor=ALICE, everyone=True))
    with pytest.raises(AdminsOnly):
        await gateway.ask(GetAudit(actor=ALICE))


async def test_what_ends_is_removed_in_that_moment_and_the_next_end_is_told(gateway: Running) -> None:
    clock, hour = gateway.kernel.host, timedelta(hours=1)
    await gateway.ask(a_join())
    assert await gateway.operations.changes.expire() is None
    for ports, duration in (("25565", "1h"), ("7777", "2h")):
        await gateway.ask(AddForward(actor=ALICE, ports=parse_ports(ports), duration=Duration.parse(duration)))
    assert await gateway.operations.changes.expire() == NOW + hour
    clock.time += hour
    assert await gateway.operations.changes.expire() == NOW + 2 * hour
    assert [forward.ports.first for forward in gateway.state.desired.forwards.values()] == [7777]
    (entry, *_) = (await gateway.ask(GetAudit(actor=ADMIN))).entries
    assert (entry.action, entry.actor, entry.subject) == ("expire", "gateway", "25565")
    assert gateway.differences() == []
