"""The data path on a kernel that was booted with ipv6.disable=1: players of IPv4 reach the server all the same."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

from tests.kernel.test_data_path import HAS_IPV6, PLAYER4, VPS4, Player, Vps, connect_device, served, vps
from tests.namespace import eventually

pytestmark = [pytest.mark.without_ipv6, pytest.mark.root, pytest.mark.timeout(540)]
__all__ = ["vps"]


async def test_a_kernel_without_ipv6_serves_players_of_ipv4_and_says_what_is_missing(vps: Vps) -> None:
    assert not HAS_IPV6
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(vps.running())
        await connect_device(vps, gateway)
        await stack.enter_async_context(served(vps))
        player = Player(PLAYER4, VPS4)
        stack.callback(player.socket.close)
        await eventually(player.is_answered, within=200)
        assert {address[0] for address in vps.served} == {PLAYER4}
        (problem,) = gateway.state.problems.present
        assert str(problem).startswith("IPv6 is switched off here: net.ipv6.conf.wg0.disable_ipv6 is missing.")
        await gateway.state.stop()
