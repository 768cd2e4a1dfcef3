"""The kernel's WireGuard answers from the address that was asked, also where the way back is another interface."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

import pytest

from gateway.demo.world import World
from tests.net.gateway import gateway_in
from tests.net.test_answers import OTHER4, several_addresses, tunnels_come_up
from tests.net.test_uplinks import SECOND4, SECOND6

pytestmark = [pytest.mark.kernel, pytest.mark.root]


@pytest.mark.timeout(300)
async def test_a_tunnel_comes_up_at_every_public_address(world: World, tmp_path: Path) -> None:
    """What the second line is asked is answered by the first, as the only default route says."""
    async with several_addresses(world), gateway_in(world, tmp_path, 'backend = "kernel"\n') as gateway:
        await tunnels_come_up(world, gateway, [ip_address(address) for address in (OTHER4, SECOND4, SECOND6)])
