"""A host that forwards only because of the gateway. It is no router for its neighbours, and serves other programs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest

from gateway.demo.namespace import Address, Namespace
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import SITE4, SITE6, VPS4, VPS6, World
from tests.net.gateway import Gateway
from tests.net.surroundings import LAN_HOSTS, ROUTED_HOSTS, lan_behind, load, pings

FORWARDING = ("ipv4/ip_forward", "ipv6/conf/all/forwarding")
SITES: list[Address] = [SITE4, SITE6]
CONTAINER4 = "172.17.0.2"
# What Docker adds where it finds forwarding switched on: then it leaves the policy of FORWARD alone.
DOCKER = f"""*nat
:PREROUTING ACCEPT
:POSTROUTING ACCEPT
:DOCKER -
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination {CONTAINER4}:80
COMMIT
*filter
:FORWARD ACCEPT
:DOCKER -
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT
-A DOCKER -d {CONTAINER4}/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
COMMIT
"""
NO_DOCKER = "*nat\n:PREROUTING ACCEPT\n:POSTROUTING ACCEPT\nCOMMIT\n*filter\n:FORWARD ACCEPT\nCOMMIT\n"


@pytest.fixture
async def lan(world: World) -> AsyncIterator[Namespace]:
    """Yield a machine behind the VPS. The Internet routes its networks to the VPS, as a neighbour could."""
    async with lan_behind(world.vps) as found, hosting(found, 5000), hosting(world.inet, 80, SITES):
        for network in ("192.168.7.0/24", "192.0.3.0/24"):
            await world.inet.run("ip", "route", "add", network, "via", str(VPS4))
        for network in ("fd00:7::/64", "2001:db8:77::/64"):
            await world.inet.run("ip", "route", "add", network, "via", str(VPS6))
        yield found


async def reached(asker: Namespace, targets: Sequence[Address], port: int) -> set[tuple[Address, str]]:
    """Return which of these can be asked, and how."""
    found = set[tuple[Address, str]]()
    for target in targets:
        for kind, ask in (("tcp", asker.ask_tcp), ("udp", asker.ask_udp)):
            try:
                if await ask(target, port, timeout_s=0.7) == "hello":
                    found.add((target, kind))
            except OSError:
                pass
        if await pings(asker, target):
            found.add((target, "ping"))
    return found


def everything(targets: Sequence[Address]) -> set[tuple[Address, str]]:
    return {(target, kind) for target in targets for kind in ("tcp", "udp", "ping")}


@pytest.mark.parametrize("way", ["started", "started again after a kill"])
async def test_a_neighbour_on_the_uplink_does_not_reach_what_is_behind_the_host(
    gateway: Gateway, world: World, lan: Namespace, way: str
) -> None:
    """Machines behind the host go out as before, and those of the host's own networks reach each other."""
    if way != "started":
        await gateway.kill()
        await gateway.start()
    assert await reached(world.inet, [*LAN_HOSTS, *ROUTED_HOSTS], 5000) == set()
    assert await reached(lan, SITES, 80) == everything(SITES)
    assert await reached(world.vps, LAN_HOSTS, 5000) == everything(LAN_HOSTS)


async def test_what_forwarded_before_goes_on_forwarding(idle_gateway: Gateway, world: World, lan: Namespace) -> None:
    """The host was a router for IPv4 by its admin's choice, and none for IPv6."""
    world.vps.sysctl("net/ipv4/ip_forward", "1")
    await idle_gateway.start()
    assert await reached(world.inet, LAN_HOSTS, 5000) == everything(LAN_HOSTS[:1])


@asynccontextmanager
async def docker(gateway: Gateway) -> AsyncIterator[Namespace]:
    """Bring up a bridge with a container as Docker does, with its rules. Yield the container."""
    vps = gateway.world.vps
    container = Namespace(f"{vps.name}-container")
    container.create()
    try:
        await vps.run("ip", "link", "add", "docker0", "type", "bridge")
        await vps.run("ip", "address", "add", "172.17.0.1/16", "dev", "docker0")
        await vps.run("ip", "link", "add", "veth1", "type", "veth", "peer", "name", "eth0", "netns", container.name)
        await vps.run("ip", "link", "set", "veth1", "master", "docker0")
        for device in ("docker0", "veth1"):
            await vps.run("ip", "link", "set", device, "up")
        await container.run("ip", "address", "add", f"{CONTAINER4}/16", "dev", "eth0")
        await container.run("ip", "link", "set", "eth0", "up")
        await container.run("ip", "route", "add", "default", "via", "172.17.0.1")
        await vps.run("iptables-restore", stdin=DOCKER)
        async with hosting(container, 80):
            yield container
    finally:
        container.delete()


async def test_docker_that_starts_after_the_gateway_works_and_outlives_it(gateway: Gateway, world: World) -> None:
    """Its containers reach the Internet and each published port is reached, while and after the gateway runs."""
    await world.inet.run("ip", "route", "add", "172.17.0.0/16", "via", str(VPS4))
    async with docker(gateway) as container, hosting(world.inet, 80, SITES):
        config = await gateway.join()
        async with peer_up(world.friend, config, "ggfriend0") as tunnel:
            await tunnel.handshake()
            assert await container.ask_tcp(SITE4, 80) == "hello"
            assert await container.ask_udp(SITE4, 80) == "hello"
            assert await world.player.ask_tcp(VPS4, 8080) == "hello"
            assert not await pings(world.inet, ip_address(CONTAINER4)), "nothing of it is published but one port"
        await gateway.stop()
        assert [gateway.read_sysctl(name) for name in FORWARDING] == ["1", "0"]
        assert await container.ask_tcp(SITE4, 80) == "hello"
        assert await world.player.ask_tcp(VPS4, 8080) == "hello"
        await gateway.start()
        assert not await pings(world.inet, ip_address(CONTAINER4)), "the next gateway knows how it was found"
        await world.vps.run("iptables-restore", stdin=NO_DOCKER)
        await gateway.stop()
        assert [gateway.read_sysctl(name) for name in FORWARDING] == ["0", "0"]


async def test_forwarding_that_an_admin_switches_on_as_well_outlives_the_gateway(
    gateway: Gateway, world: World
) -> None:
    """A write of 1 over our 1 is one, also after a repair."""
    await gateway.run("sysctl", "-w", "net.ipv4.ip_forward=1")
    await gateway.nft("delete", "table", "inet", "guildgate")

    async def is_repaired() -> bool:
        try:
            return bool(await gateway.nft("list", "chain", "inet", "guildgate", "strangers"))
        except RuntimeError:
            return False

    await until(is_repaired)
    await gateway.stop()
    assert [gateway.read_sysctl(name) for name in FORWARDING] == ["1", "0"]


FILTER = """table inet filter {
    chain input { type filter hook input priority 0; policy accept; ct state established,related accept; }
    chain forward { type filter hook forward priority 0; policy accept; ct state established,related accept; }
}
"""


async def test_a_firewall_that_only_filters_keeps_no_forwarding_on(
    gateway: Gateway, world: World, tmp_path: Path
) -> None:
    await load(world.vps, tmp_path, FILTER)
    await gateway.stop()
    assert [gateway.read_sysctl(name) for name in FORWARDING] == ["0", "0"]
