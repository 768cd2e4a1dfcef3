"""Mode linux with the kernel's WireGuard at both ends, brought up by the real wg-quick(8)."""

from __future__ import annotations

import subprocess
from contextlib import AsyncExitStack

import pytest

from gateway.api.client import with_private_key
from gateway.api.contract import AddForward, Join
from gateway.keys import PrivateKey
from gateway.model import Mode, parse_ports
from tests.kernel.test_data_path import (
    ALICE,
    INSIDE,
    PLAYER4,
    PLAYER6,
    PORT,
    VPS4,
    VPS6,
    Player,
    Vps,
    connected,
    echoes,
    served,
    vps,
)
from tests.namespace import eventually, ip

__all__ = ["vps"]
pytestmark = [pytest.mark.kernel, pytest.mark.root, pytest.mark.timeout(540)]

# A home with addresses of its own in both families, from which a server on all addresses would answer.
HOME = """\
link add eth0 type veth peer name home netns inet
address add 192.0.2.10/24 dev eth0
address add 2001:db8:9::10/64 dev eth0 nodad
link set eth0 up
"""
ITS_ROUTER = """\
address add 192.0.2.1/24 dev home
address add 2001:db8:9::1/64 dev home nodad
link set home up
"""
ITS_ROUTES = "-4 route add default via 192.0.2.1", "-6 route add default via 2001:db8:9::1"


def in_home(*argv: str) -> str:
    done = subprocess.run(["ip", "netns", "exec", "home", *argv], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def state_of_home() -> list[str]:
    return [in_home(*command.split()) for command in ("ip -4 rule", "ip -6 rule", "nft list ruleset")]


async def test_a_server_on_all_addresses_answers_players_and_down_leaves_nothing(vps: Vps) -> None:
    for name, lines in (("home", HOME), ("inet", ITS_ROUTER)):
        subprocess.run(["ip", "-n", name, "-batch", "-"], input=lines, text=True, check=True)
    for route in ITS_ROUTES:
        ip("-n", "home", *route.split())
    for setting in ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"):
        subprocess.run(["ip", "netns", "exec", "inet", "sysctl", "-qw", setting], check=True)
    before = state_of_home()
    key, file = PrivateKey.generate(), vps.folder / "gg-pc.conf"
    async with vps.running() as gateway, served(vps), AsyncExitStack() as stack:
        issued = await gateway.ask(Join(actor=ALICE, device="pc", public_key=key.public_key, mode=Mode.LINUX))
        await gateway.ask(AddForward(actor=ALICE, ports=parse_ports(str(PORT)), to_port=INSIDE))
        file.write_text(with_private_key(issued, key))
        file.chmod(0o600)
        in_home("wg-quick", "up", str(file))
        for source, public in ((PLAYER4, VPS4), (PLAYER6, VPS6)):
            player = Player(source, public)
            stack.callback(player.socket.close)
            await eventually(player.is_answered, within=200)
        assert {address[0] for address in vps.served} == {f"::ffff:{PLAYER4}", PLAYER6}
        assert await echoes(await stack.enter_async_context(connected(PLAYER4, VPS4)))
        for family, site in (("-4", "198.51.100.99"), ("-6", "2001:db8:99::1")):
            assert " dev eth0 " in ip("-n", "home", family, "route", "get", site), "own traffic stays at home"
        in_home("wg-quick", "down", str(file))
        assert state_of_home() == before
        await gateway.state.stop()
