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
TWO_LINES = """\
link add out0 type veth peer name in0 netns {home}
link add out1 type veth peer name in1 netns {home}
address add 203.0.113.1/24 dev out0
address add 192.0.2.1/24 dev out1
link set out0 up
link set out1 up
route add 198.51.100.7 dev out0

link set in0 up
link set in1 up
address add 198.51.100.7/32 dev in0
route add 203.0.113.1 dev in0 src 198.51.100.7
route add 192.0.2.1 dev in1 src 198.51.100.7
link add wg0 type wireguard
link set wg0 up
"""
ONE_LINE = """\
link add out0 type veth peer name in0 netns {home}
address add 203.0.113.1/24 dev out0
address add 203.0.113.2/24 dev out0
address add 2001:db8:1::1/64 dev out0 nodad
address add 2001:db8:1::2/64 dev out0 nodad
link set out0 up

link set in0 up
address add 203.0.113.7/24 dev in0
address add 2001:db8:1::7/64 dev in0 nodad
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

    @pytest.mark.parametrize(
        ("lines", "addresses"),
        [
            (TWO_LINES, ["192.0.2.1", "203.0.113.1"]),
            (ONE_LINE, ["203.0.113.1", "203.0.113.2", "2001:db8:1::1", "2001:db8:1::2"]),
        ],
        ids=["two lines", "one line"],
    )
    async def test_a_device_is_answered_from_the_address_that_it_asked(
        self, wireguard: WireGuard, section: GatewaySection, tmp_path: Path, lines: str, addresses: list[str]
    ) -> None:
        """The kernel's own choice may be another address, because of the way back or of the order.

        With two lines that is the second one here. A device that turned to it stays there, see tests/net/test_answers.
        """
        home = f"home{secrets.token_hex(4)}"
        network = replace(NETWORK, interface=section.interface, outer=tuple(map(ip_address, addresses)))
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
            near, far = lines.format(home=home).split("\n\n")
            subprocess.run(["ip", "-batch", "-"], input=near, text=True, check=True)
            subprocess.run(["ip", "-n", home, "-batch", "-"], input=far, text=True, check=True)
            wg = ("ip", "netns", "exec", home, "wg")

            def told(what: str) -> str:
                shown = subprocess.run([*wg, "show", "wg0", what], check=True, capture_output=True, text=True)
                return shown.stdout.split()[1]

            async def is_shaken() -> bool:
                return told("latest-handshakes") != "0"

            for address in addresses:
                endpoint = f"[{address}]:{PORT}" if ":" in address else f"{address}:{PORT}"
                remote = ("endpoint", endpoint, "allowed-ips", "0.0.0.0/0", "persistent-keepalive", "1")
                keys = ("private-key", private, "peer", str(us), "preshared-key", preshared)
                subprocess.run([*wg, "set", "wg0", *keys, *remote], check=True)
                await eventually(is_shaken, within=60)
                # because the device turns to whatever address answers
                assert told("endpoints") == endpoint
                subprocess.run([*wg, "set", "wg0", "peer", str(us), "remove"], check=True)
        finally:
            ip("netns", "delete", home)
