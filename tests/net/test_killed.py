"""SIGKILL of the gateway's process at moments of its work on the real kernel.

tests/unit/gateway/state/test_killed.py has every operation and every moment, on a kernel in memory.
"""

from __future__ import annotations

import asyncio
import re
import signal
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from gateway.api.contract import AddForward, Join, Request, Revoke, Suspend
from gateway.codec import encode
from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up
from gateway.demo.world import VPS4, World
from gateway.errors import GatewayError
from gateway.keys import PrivateKey
from gateway.model import Protocol, parse_ports
from tests.lab import go_on
from tests.net.dying import PRELUDE, arm, disarm
from tests.net.gateway import ADMIN, BOB, Gateway

OPEN, NEW = 25565, 25570


def requests() -> list[Request[Any]]:
    return [
        AddForward(actor=BOB, ports=parse_ports(str(NEW))),
        Join(actor=BOB, device="phone", public_key=PrivateKey.generate().public_key),
        Suspend(actor=ADMIN, owner=BOB.id, suspended=True),
        Revoke(actor=ADMIN, owner=BOB.id, device="pc"),
    ]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", range(4), ids=["forward", "join", "suspend", "revoke"])
async def test_killed_while_it_serves_a_request_it_leaves_one_state_and_other_matches_go_on(
    idle_gateway: Gateway, world: World, number: int, pytestconfig: pytest.Config
) -> None:
    """A retry with the same id gets one result. `./test --all` tries every moment, else some of them."""
    gateway = idle_gateway
    gateway.settings = "[policy]\njoins_per_hour = 1000"
    gateway.prelude = PRELUDE.format(folder=str(gateway.state_dir))
    await gateway.start()
    config = await gateway.join()
    await gateway.forward(OPEN)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, OPEN):
        await tunnel.handshake()
        async with (
            flowing(world.player, VPS4, OPEN, Protocol.TCP) as connection,
            flowing(world.player2, VPS4, OPEN, Protocol.UDP) as datagrams,
        ):
            await begin(gateway)
            arm(gateway.state_dir, None)
            await gateway.client.call(requests()[number])
            moments = disarm(gateway.state_dir)
            assert {"before Connection.commit", "after Connection.commit"} <= set(moments)
            step = 1 if pytestconfig.getoption("all") else max(1, len(moments) // 3)
            for at in range(1 + number % step, len(moments) + 1, step):
                await begin(gateway)
                request = replace(requests()[number], request_id=f"killed at {at}")
                arm(gateway.state_dir, at)
                with suppress(GatewayError):
                    await gateway.client.call(request)
                await died(gateway)
                disarm(gateway.state_dir)
                await go_on(connection, datagrams)
                await gateway.start()
                first = await gateway.client.call(request)
                assert encode(await gateway.client.call(request)) == encode(first), moments[at - 1]
                await is_one(gateway, moments[at - 1])
                await go_on(connection, datagrams)
            assert connection.unanswered == 0  # and it is the first connection, because a flow opens no other
    await gateway.stop()
    assert "guildgate" not in await gateway.nft("list", "tables")


async def begin(gateway: Gateway) -> None:
    """Bring Bob back to one device with one port."""
    with suppress(GatewayError):
        await gateway.revoke(BOB)
    await gateway.suspend(BOB, is_so=False)
    await gateway.join(BOB)
    await gateway.forward(25571, BOB)


async def died(gateway: Gateway) -> None:
    """Wait until the gateway has killed itself. That is after its answer when the moment is one of the tidying."""
    assert gateway.process
    async with asyncio.timeout(10):
        assert await gateway.process.wait() == -signal.SIGKILL


async def is_one(gateway: Gateway, moment: str) -> None:
    """Check that the answers, the table and WireGuard tell the same."""
    status = await gateway.status()
    active = {peer.peer.id: peer.peer for peer in status.peers if peer.peer.suspended_at is None}
    ports = {str(each.forward.ports) for each in status.forwards if each.forward.peer_id in active}
    listed = await gateway.nft("list", "map", "inet", "guildgate", "fwdid")
    assert set(re.findall(r"tcp \. (\d+) : ", listed)) == ports, moment
    peers = set((await gateway.run("wg", "show", gateway.interface, "peers")).split())
    assert peers == {str(peer.public_key) for peer in active.values()}, moment
