"""The operations that only look."""

from __future__ import annotations

from gateway.api.contract import AddForward, GetStatus
from gateway.model import parse_ports
from gateway.nftables.elements import MARK
from tests.unit.builders import ADMIN, BOB
from tests.unit.fakes import NOW
from tests.unit.running import PORT, Running, a_join, asked_by, knock


async def test_the_status_asks_the_kernel_about_what_it_is_asked_for(gateway: Running) -> None:
    """A member without a device costs nothing, and one forward no more than itself."""
    peer = (await gateway.ask(a_join())).peer
    await gateway.ask(a_join("box", actor=BOB))
    await gateway.ask(PORT)
    await gateway.ask(AddForward(actor=BOB, ports=parse_ports("7777")))
    gateway.kernel.wireguard.seen(peer.public_key, rx_bytes=5, latest_handshake=NOW)
    gateway.kernel.table.counts["stat"][MARK | 1, 0] = (1, 100)
    gateway.kernel.table.counts["shed"][MARK | 1,] = (3, 180)
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
    everything = await gateway.ask(GetStatus(actor=ADMIN, everyone=True))
    assert [each.forward.ports.first for each in everything.forwards] == [25565, 7777]
