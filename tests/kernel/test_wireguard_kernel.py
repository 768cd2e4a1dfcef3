"""The kernel's WireGuard under the contract that wireguard-go has, and the change from one to the other."""

from __future__ import annotations

import secrets
import subprocess
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from gateway.config import Backend, GatewaySection
from gateway.host import link
from gateway.keys import PrivateKey
from gateway.model import Desired
from gateway.nftables.elements import elements_of
from gateway.nftables.text import load_script
from gateway.wireguard.choose import choose
from gateway.wireguard.device import WireGuard, diff
from tests.namespace import eventually, ip
from tests.net.test_wireguard import PORT, BackendContract, peer
from tests.unit.builders import NETWORK

pytestmark = [pytest.mark.kernel, pytest.mark.root]

# two lines, here and at a device, of which only the first leads from here back to the device
LINES = """\
link add out0 type veth peer name in0 netns {home}
link add out1 type veth peer name in1 netns {home}
address add {chosen}/24 dev out0
address add {asked}/24 dev out1
link set out0 up
link set out1 up
route add 198.51.100.7 dev out0

link set in0 up
link set in1 up
address add 198.51.100.7/32 dev in0
route add {chosen} dev in0 src 198.51.100.7
route add {asked} dev in1 src 198.51.100.7
link add wg0 type wireguard
link set wg0 up
"""


class TestKernel(BackendContract):
    backend = Backend.KERNEL
    kind = "wireguard"

    async def test_auto_takes_the_kernel(self, section: GatewaySection, private_key: PrivateKey) -> None:
        """On a host with nothing of ours, `auto` is the kernel's WireGuard."""
        assert (await choose(replace(section, backend=Backend.AUTO), private_key)).kind is Backend.KERNEL

    async def test_auto_stays_with_a_living_wireguard_go(
        self, section: GatewaySection, private_key: PrivateKey
    ) -> None:
        """`auto` keeps the wireguard-go of the former gateway, although the kernel could do it."""
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

    async def test_a_device_is_answered_from_the_address_that_it_asked(
        self, wireguard: WireGuard, section: GatewaySection, tmp_path: Path
    ) -> None:
        """The way back may be another interface, for which the kernel chooses another source."""
        chosen, asked, home = "203.0.113.1", "192.0.2.1", f"home{secrets.token_hex(4)}"
        network = replace(NETWORK, interface=section.interface, outer=(ip_address(chosen), ip_address(asked)))
        ruleset, private, preshared = (tmp_path / name for name in ("ruleset.nft", "private", "preshared"))
        ruleset.write_text(load_script(network, elements_of(Desired(), network)))
        subprocess.run(["nft", "-f", ruleset], check=True)
        key = PrivateKey.generate()
        them, us = peer(2, key.public_key), (await wireguard.dump()).public_key
        private.write_text(key.reveal())
        preshared.write_text(str(them.preshared_key))
        await wireguard.apply([them], [])
        await link.configure(section.interface, [], 1420)
        ip("netns", "add", home)
        try:
            near, far = LINES.format(home=home, chosen=chosen, asked=asked).split("\n\n")
            subprocess.run(["ip", "-batch", "-"], input=near, text=True, check=True)
            subprocess.run(["ip", "-n", home, "-batch", "-"], input=far, text=True, check=True)
            wg = ("ip", "netns", "exec", home, "wg")
            remote = ("endpoint", f"{asked}:{PORT}", "allowed-ips", "0.0.0.0/0", "persistent-keepalive", "1")
            keys = ("private-key", private, "peer", str(us), "preshared-key", preshared)
            subprocess.run([*wg, "set", "wg0", *keys, *remote], check=True)

            async def is_shaken() -> bool:
                return (await wireguard.dump()).peers[them.public_key].latest_handshake is not None

            await eventually(is_shaken, within=60)
            # because the device turns to whatever address answers
            endpoints = subprocess.run([*wg, "show", "wg0", "endpoints"], check=True, capture_output=True, text=True)
            assert endpoints.stdout.split() == [str(us), f"{asked}:{PORT}"]
        finally:
            ip("netns", "delete", home)
