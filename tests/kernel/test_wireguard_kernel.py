"""The kernel's WireGuard under the same contract as wireguard-go, and the change from one to the other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.config import Backend, GatewaySection
from gateway.host import link
from gateway.keys import PrivateKey
from gateway.wireguard.choose import choose
from gateway.wireguard.device import WireGuard, diff
from tests.net.test_wireguard import BackendContract, peer

pytestmark = [pytest.mark.kernel, pytest.mark.root]


class TestKernel(BackendContract):
    backend = Backend.KERNEL
    kind = "wireguard"

    async def test_auto_takes_the_kernel(self, section: GatewaySection, private_key: PrivateKey) -> None:
        """On a host with nothing of ours, `auto` is the kernel's WireGuard."""
        assert (await choose(replace(section, backend=Backend.AUTO), private_key)).kind is Backend.KERNEL

    async def test_auto_stays_with_a_living_wireguard_go(
        self, section: GatewaySection, private_key: PrivateKey
    ) -> None:
        """`auto` takes over what the gateway before used, though the kernel could do it too."""
        before = await choose(replace(section, backend=Backend.USERSPACE), private_key)
        await before.up()
        assert (await choose(replace(section, backend=Backend.AUTO), private_key)).kind is Backend.USERSPACE
        await before.down()

    async def test_a_named_backend_replaces_the_other(
        self, wireguard: WireGuard, section: GatewaySection, private_key: PrivateKey
    ) -> None:
        """Configured from kernel to userspace, our kernel interface makes way."""
        other = await choose(replace(section, backend=Backend.USERSPACE), private_key)
        await other.up()
        assert await link.kind(section.interface) == "tun"
        await other.down()

    async def test_a_peer_longer_than_a_message_is_read_whole(self, wireguard: WireGuard) -> None:
        """The kernel splits a peer of 2,000 allowed_ips over messages; the dump joins it again."""
        long = replace(peer(2), allowed_ips=tuple(peer(n).allowed_ips[0] for n in range(2, 2002)))
        after = peer(3000)
        await wireguard.apply([long], [])
        await wireguard.apply([after], [])
        assert diff([long, after], await wireguard.dump()) == ([], [])
