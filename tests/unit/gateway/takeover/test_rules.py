"""Which commands of PostUp are plain: what they do is known without running them."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from gateway.model import PortRange, Protocol
from gateway.takeover.rules import Hidden, Needless, Translation, commands, effect_of

NAT = "iptables -t nat -A PREROUTING"


@pytest.mark.parametrize(
    ("command", "ports", "to_port"),
    [
        (f"{NAT} -p tcp --dport 80 -j DNAT --to-destination 10.0.0.2", [(80, 80)], None),
        (f"{NAT} -d 203.0.113.1 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.2:81", [(80, 80)], 81),
        (f"/usr/sbin/{NAT} -w -i eth0 -p tcp --dport 80:89 -j DNAT --to 10.0.0.2:80-89", [(80, 89)], None),
        (f"{NAT} -p tcp -m multiport --dports 80,90:92 -j DNAT --to 10.0.0.2", [(80, 80), (90, 92)], None),
        (f"{NAT} -p tcp --dport 80 -m comment --comment 'a b' -j DNAT --to 10.0.0.2", [(80, 80)], None),
        ("iptables -t nat -I PREROUTING -p tcp --dport 80 -j DNAT --to 10.0.0.2", [(80, 80)], None),
        ("iptables -t nat -I PREROUTING 2 -p tcp --dport 80 -j DNAT --to 10.0.0.2", [(80, 80)], None),
    ],
)
def test_a_plain_translation_is_understood(command: str, ports: list[tuple[int, int]], to_port: int | None) -> None:
    wanted = tuple(PortRange(*each) for each in ports)
    assert effect_of(command, "wg0") == Translation(Protocol.TCP, wanted, ip_address("10.0.0.2"), to_port)


@pytest.mark.parametrize(
    "command",
    [
        f"{NAT} -p tcp -s 198.51.100.0/24 --dport 80 -j DNAT --to 10.0.0.2",
        f"{NAT} -p tcp ! --dport 80 -j DNAT --to 10.0.0.2",
        f"{NAT} -p tcp -m conntrack --ctstate NEW --dport 80 -j DNAT --to 10.0.0.2",
        f"{NAT} -p tcp --dport 80:89 -j DNAT --to 10.0.0.2:90-99",
        f"{NAT} -p tcp --dport 80:89 -j DNAT --to 10.0.0.2:80",
        f"{NAT} -p both --dport 80 -j DNAT --to 10.0.0.2",
        f"{NAT} -p tcp --dport http -j DNAT --to 10.0.0.2",
        f"{NAT} -p tcp -j DNAT --to 10.0.0.2",
        f"{NAT} -p tcp --dport 80 -j DNAT --to 10.0.0.2-10.0.0.9",
        f"{NAT} -p tcp --dport 80 -j DNAT --to $HOME",
        f"{NAT} -p tcp --dport 80 -j DNAT --to 10.0.0.2 > /tmp/log",
        f"{NAT} -p tcp --dport 80 --dport 81 -j DNAT --to 10.0.0.2",
        f"{NAT} -p tcp --dport 80 -j 'DNAT",
        f"sudo {NAT} -p tcp --dport 80 -j DNAT --to 10.0.0.2",
        "iptables -t nat -D PREROUTING -p tcp --dport 80 -j DNAT --to 10.0.0.2",
        "iptables -t nat -A POSTROUTING -o wg0 -d 10.0.0.2 -j MASQUERADE",
        "iptables -A FORWARD -j DROP",
        "sysctl -w net.ipv4.ip_forward=1 kernel.panic=1",
        "iptables",
        "sysctl",
    ],
)
def test_a_command_that_does_more_or_less_is_not_plain(command: str) -> None:
    assert effect_of(command, "wg0") is None


@pytest.mark.parametrize(
    ("command", "effect"),
    [
        ("iptables -t nat -A POSTROUTING -o eth0 -j MASQUERADE", Needless()),
        ("iptables -t nat -A POSTROUTING -s 10.0.0.0/24 -o eth0 -j MASQUERADE", Needless()),
        ("iptables -t nat -A POSTROUTING -o %i -j MASQUERADE", Hidden()),
        ("ip6tables -A FORWARD -i %i -j ACCEPT", Needless()),
        ("sysctl -q -w net.ipv6.conf.all.forwarding=1", Needless()),
    ],
)
def test_what_the_gateway_does_itself_is_known(command: str, effect: object) -> None:
    assert effect_of(command, "wg0") == effect


def test_a_line_may_hold_several_commands() -> None:
    assert commands("a; b && c;") == ["a", "b", "c"]
