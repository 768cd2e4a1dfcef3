"""The flows that the table would treat differently if they began now."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, ip_address

import pytest

from gateway.config import Service
from gateway.model import Desired, Protocol
from gateway.nftables.elements import elements_of
from gateway.nftables.flow import Entry, Tuple
from gateway.nftables.stale import Here, Stale, ports
from tests.unit.builders import BOB, MARKS, NETWORK, forwarded, joined

TCP, UDP = 6, 17
MAILING = replace(NETWORK, denied_egress=(Service.parse("tcp/25"),), peer_networks=(IPv4Network("192.168.7.0/24"),))
FIRST = "203.0.113.9"
HERE, HERE6, INSIDE, LOOPBACK = "203.0.113.1", "2001:db8:1::1", "10.66.66.1", "127.0.0.1"
PLAYER, PLAYER6, SITE, SITE6 = "198.51.100.7", "2001:db8:4::1", "192.0.2.9", "2001:db8:9::1"
PEER, PEER6, OTHER = "10.66.66.2", "fd42:42:42::2", "10.66.66.3"
GAME, WEB = MARKS.of(1), MARKS.of(2)  # 25565 to the same port of PEER, 8080/tcp to its port 80

Place = tuple[str, int]


def a_state() -> Desired:
    desired = joined(joined(Desired())[0], BOB)[0]
    return forwarded(forwarded(desired, "25565"), "8080", protocol=Protocol.TCP, to_port=80)


@pytest.fixture(scope="module")
def stale() -> Stale:
    local = [ip_address(each) for each in (HERE, HERE6, INSIDE, LOOPBACK, "fd42:42:42::1")]
    here = Here.of(MAILING, local, [ip_address(HERE), ip_address(HERE6)])
    return Stale(elements_of(a_state(), MAILING), here)


def flow(
    source: Place,
    target: Place,
    *,
    led_to: Place | None = None,
    leaves_as: Place | None = None,
    protocol: int = UDP,
    mark: int = 0,
    established: bool = False,
    answered: bool = True,
) -> Entry:
    """Return a flow from `source` to `target`. `led_to` answers it, and the answer goes to `leaves_as`."""
    original = Tuple(protocol, ip_address(source[0]), source[1], ip_address(target[0]), target[1])
    answers, back = led_to or target, leaves_as or source
    reply = Tuple(protocol, ip_address(answers[0]), answers[1], ip_address(back[0]), back[1])
    return Entry(original, reply, mark, established, answered, b"")


FINE = {
    "a player's flow of a forward": flow((PLAYER, 4000), (HERE, 25565), led_to=(PEER, 25565), mark=GAME),
    "the same by IPv6": flow((PLAYER6, 4000), (HERE6, 25565), led_to=(PEER6, 25565), mark=GAME),
    "to another internal port": flow((PLAYER, 4000), (HERE, 8080), led_to=(PEER, 80), protocol=TCP, mark=WEB),
    "to a port without a forward": flow((PLAYER, 4000), (HERE, 22), protocol=TCP),
    "to the forwarded port by the other protocol": flow((PLAYER, 4000), (HERE, 8080)),
    "an open conversation with the host": flow((PLAYER, 4000), (HERE, 25565), protocol=TCP, established=True),
    "what other programs translate": flow((PLAYER, 4000), (HERE, 25565), led_to=("172.17.0.2", 25565)),
    "between peers": flow((PEER, 4000), (OTHER, 22), protocol=TCP),
    "from the host to a peer": flow((LOOPBACK, 4000), (PEER, 22), protocol=TCP),
    "the host's own, not answered yet": flow((HERE, 4000), (SITE, 53), answered=False),
    "not answered yet, which other programs translate": flow(
        (PLAYER, 4000), (HERE, 53), led_to=("172.17.0.2", 53), answered=False
    ),
    "half-open with the host": flow((PLAYER, 4000), (HERE, 22), protocol=TCP, answered=False),
    "past the host": flow((PLAYER, 4000), (SITE, 80), protocol=TCP),
    "a peer's, masqueraded": flow((PEER, 4000), (SITE, 80), leaves_as=(HERE, 4000), protocol=TCP),
    "a peer's to the host itself": flow((PEER, 4000), (HERE, 8081), protocol=TCP),
    "a server's that announces its port": flow((PEER, 25565), (SITE, 27011), leaves_as=(HERE, 25565), mark=GAME),
    "a server's by its public port": flow((PEER, 80), (SITE, 80), leaves_as=(HERE, 8080), protocol=TCP, mark=WEB),
    "the same by IPv6 to its public port": flow(
        (PEER6, 80), (SITE6, 80), leaves_as=(HERE6, 8080), protocol=TCP, mark=WEB
    ),
    "a server's to another peer through the public address": flow(
        (PEER, 25565), (SITE, 4000), leaves_as=(OTHER, 25565), mark=GAME
    ),
    "a peer's to a server elsewhere that has a forwarded port": flow(
        (OTHER, 4000), (SITE, 25565), leaves_as=(HERE, 4000)
    ),
    "what other programs translate and mark": flow(
        (PLAYER, 4000), (HERE, 25565), led_to=("172.17.0.2", 25565), mark=0x00FF3F17
    ),
    "mail to a network that is listed": flow((PEER, 4000), ("192.168.7.9", 25), leaves_as=(HERE, 4000), protocol=TCP),
    "by a way that is no uplink": flow((PEER, 4000), (SITE, 25), leaves_as=("172.17.0.1", 4000), protocol=TCP),
    "the denied port by another protocol": flow((PEER, 4000), (SITE, 25), leaves_as=(HERE, 4000)),
    "masqueraded by another address": flow((OTHER, 25565), (SITE, 80), leaves_as=("192.168.9.1", 25565)),
}
STALE = {
    "knocking from before the forward": flow((PLAYER, 4000), (HERE, 25565)),
    "knocking where perhaps no socket hears": flow((PLAYER, 4000), (HERE, 5000), answered=False),
    "the same by IPv6": flow((PLAYER6, 4000), (HERE6, 5000), answered=False),
    "half-open from before the forward": flow((PLAYER, 4000), (HERE, 25565), protocol=TCP),
    "of an earlier forward of that port": flow((PLAYER, 4000), (HERE, 25565), led_to=(PEER, 25565), mark=MARKS.of(9)),
    "led to another peer": flow((PLAYER, 4000), (HERE, 25565), led_to=(OTHER, 25565), mark=GAME),
    "led to another port": flow((PLAYER, 4000), (HERE, 8080), led_to=(PEER, 81), protocol=TCP, mark=WEB),
    "led nowhere by IPv6": flow((PLAYER6, 4000), (HERE6, 25565), mark=GAME),
    "from outside straight to a peer": flow((PLAYER, 4000), (PEER, 25565)),
    "a peer's that leaves as it came": flow((PEER, 4000), (SITE, 80), protocol=TCP),
    "a peer's to the cloud's metadata": flow(
        (PEER, 4000), ("169.254.169.254", 80), leaves_as=(HERE, 4000), protocol=TCP
    ),
    "a peer's to the metadata by IPv6": flow((PEER6, 4000), ("fd00:ec2::254", 80), leaves_as=(HERE6, 4000)),
    "a peer's to the host by way of outside": flow((PEER, 4000), (HERE, 8081), leaves_as=("192.0.2.1", 4000)),
    "a server's by a way out that is gone": flow((PEER, 25565), (SITE, 80), leaves_as=("192.0.2.1", 25565), mark=GAME),
    "a server's by another address than announced": flow(
        (PEER, 80), (SITE, 80), leaves_as=("192.0.2.1", 8080), protocol=TCP, mark=WEB
    ),
    "a server's from before its forward": flow((PEER, 25565), (SITE, 80), leaves_as=(HERE, 25565)),
    "a server's from before its forward, by another port": flow((PEER, 25565), (SITE, 80), leaves_as=(HERE, 4001)),
    "mail to the Internet": flow((PEER, 4000), (SITE, 25), leaves_as=(HERE, 4000), protocol=TCP),
    "mail to the Internet by IPv6": flow((PEER6, 4000), (SITE6, 25), leaves_as=(HERE6, 4000), protocol=TCP),
    "another peer's that sits on a forwarded port": flow((OTHER, 4000), (SITE, 80), leaves_as=(HERE, 25565)),
}


def test_what_left_with_an_address_that_moved_away_or_was_passed_over_goes() -> None:
    """The failover address is configured. It was away, and is there again while flows go on with the first one."""
    network = replace(MAILING, public4=IPv4Address(HERE), passed_over=frozenset([IPv4Address(FIRST)]))
    stale = Stale(elements_of(a_state(), network), Here.of(network, [ip_address(HERE), ip_address(FIRST)], []))
    announcing = flow((PEER, 25565), (SITE, 27011), leaves_as=(FIRST, 25565), mark=GAME)
    browsing = flow((PEER, 4000), (SITE, 80), leaves_as=(FIRST, 4000), protocol=TCP)
    to_a_neighbour = flow((PEER, 25565), ("10.19.0.1", 53), leaves_as=(FIRST, 25565), mark=GAME)
    assert [stale(each) for each in (announcing, browsing, to_a_neighbour)] == [True, False, False]
    away = Stale(elements_of(a_state(), network), Here.of(network, [ip_address(FIRST)], []))
    assert away(flow((PEER, 4000), (SITE, 80), leaves_as=(HERE, 4000), protocol=TCP))


@pytest.mark.parametrize("name", FINE)
def test_what_would_begin_the_same_way_stays(stale: Stale, name: str) -> None:
    assert not stale(FINE[name])


@pytest.mark.parametrize("name", STALE)
def test_what_would_begin_otherwise_goes(stale: Stale, name: str) -> None:
    assert stale(STALE[name])


def test_the_gateways_own_addresses_in_the_tunnel_are_not_outside() -> None:
    here = Here.of(NETWORK, [ip_address(INSIDE), ip_address(LOOPBACK)], [])
    assert here.local == {ip_address(LOOPBACK), NETWORK.public4, NETWORK.public6}
    assert Here.of(replace(NETWORK, public4=None, public6=None), [], []).local == set()


def test_a_new_forward_is_looked_for_by_its_ports_outside_and_inside() -> None:
    come = {name: content for name, content in elements_of(a_state(), NETWORK).items() if name != "busy"}
    assert ports(come) == {25565, 8080, 80}
    assert ports({}) == set()
