"""The table's rules about marks, on kernels that join two marks by constants only."""

from __future__ import annotations

import re
import secrets
import subprocess
from collections.abc import Iterator

import pytest

from gateway.model import Desired
from gateway.nftables.elements import elements_of
from gateway.nftables.text import load_script
from tests.namespace import eventually
from tests.unit.builders import MARKS, NETWORK, forwarded, joined

pytestmark = [pytest.mark.kernel, pytest.mark.root]

LINES = """\
link add eth0 type veth peer name p0 netns {player}
address add 203.0.113.1/24 dev eth0
link set eth0 up
link add wg0 type dummy
address add 10.66.66.1/24 dev wg0
link set wg0 up
"""
OTHERS = """\
table inet others {
	chain before {
		type filter hook prerouting priority mangle; policy accept;
		meta mark set 0xca6c
		ct state new ct mark set ct mark | 0x10
	}
	chain on_the_way {
		type filter hook forward priority filter + 5; policy accept;
		oifname "wg0" meta mark 0xca6c counter
	}
}
"""


def run(*argv: str, stdin: str = "") -> str:
    return subprocess.run(argv, input=stdin, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def namespaces() -> Iterator[tuple[str, str]]:
    names = tuple(f"marks-{secrets.token_hex(3)}-{part}" for part in ("gateway", "player"))
    for name in names:
        run("ip", "netns", "add", name)
    yield names[0], names[1]
    for name in names:
        run("ip", "netns", "delete", name)


async def test_a_forwards_mark_joins_others_bits_and_the_packets_mark_stays(namespaces: tuple[str, str]) -> None:
    gateway, player = namespaces
    inside = ("ip", "netns", "exec", gateway)
    run("ip", "-n", gateway, "-b", "-", stdin=LINES.format(player=player))
    run("ip", "-n", player, "-b", "-", stdin="address add 203.0.113.7/24 dev p0\nlink set p0 up\n")
    run(*inside, "sysctl", "-qw", "net.ipv4.ip_forward=1")
    desired = forwarded(joined(Desired())[0], "25565")
    run(*inside, "nft", "-f", "-", stdin=load_script(NETWORK, elements_of(desired, NETWORK)) + OTHERS)

    async def is_joined() -> bool:
        run("ip", "netns", "exec", player, "bash", "-c", "echo > /dev/udp/203.0.113.1/25565")
        flows = run(*inside, "cat", "/proc/net/nf_conntrack").splitlines()
        marks = {int(re.findall(r"mark=(\d+)", line)[0]) for line in flows if "dport=25565" in line}
        return marks == {MARKS.of(1) | 0x10}

    assert await eventually(is_joined)
    counted = run(*inside, "nft", "list", "chain", "inet", "others", "on_the_way")
    assert "packets 0 " not in counted
