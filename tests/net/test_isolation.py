"""The limits of what peers reach and of what is reached from outside, and the exceptions that an admin may make."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest

from gateway.api.contract import SetLan
from gateway.demo.flow import Flow, flowing
from gateway.demo.namespace import Address, Datagrams, Namespace, family_of
from gateway.demo.server import GameServer, hosting
from gateway.demo.tunnel import until
from gateway.demo.world import OTHER_PLAYER4, OTHER_PLAYER6, PLAYER4, SITE4, SITE6, VPS4, VPS6, World
from gateway.errors import NotAllowed
from gateway.model import Protocol
from tests.lab import end_at_once, go_on
from tests.net.gateway import ADMIN, ALICE, BOB, Gateway
from tests.net.surroundings import LAN_HOSTS, LAN_OWN, ROUTED_HOSTS, lan_behind, load, nodad, pings
from tests.net.wgquick import quick_up

ALICES: list[Address] = [IPv4Address("10.66.66.2"), IPv6Address("fd42:42:42::2")]
BOBS: list[Address] = [IPv4Address("10.66.66.3"), IPv6Address("fd42:42:42::3")]
GATEWAYS_OWN: list[Address] = [IPv4Address("10.66.66.1"), IPv6Address("fd42:42:42::1")]
SITES: list[Address] = [SITE4, SITE6]
PUBLIC: list[Address] = [VPS4, VPS6]
EACH = (Protocol.TCP, Protocol.UDP)

IP_TRANSPARENT, IPV6_TRANSPARENT = 19, 75  # linux/in.h, in6.h
METADATA = [
    ip_address(text)
    for text in ("169.254.169.254", "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254")
]
PROVIDERS = [ip_address(text) for text in ("10.5.0.9", "172.16.0.9", "192.168.99.9", "100.64.0.9", "fd99::9")]


# -- each other


async def test_peers_do_not_reach_each_other(gateway: Gateway, world: World, tmp_path: Path) -> None:
    """TCP, UDP and ping are dropped in both families."""
    async with two_friends(gateway, world, tmp_path), hosting(world.friend2, 5000) as server:
        assert not await reached(world.friend, BOBS, 5000)
        assert not await pinged(world.friend, BOBS)
        assert server.callers == []


async def test_peers_reach_each_other_where_the_config_says_so(
    idle_gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """They see each other's own addresses, also when they ping."""
    gateway = idle_gateway
    gateway.settings = "[policy]\nisolate_peers = false"
    await gateway.start()
    assert (await gateway.status()).lan
    async with two_friends(gateway, world, tmp_path), hosting(world.friend2, 5000) as server:
        assert await reached(world.friend, BOBS, 5000) == everything(BOBS)
        assert {caller.address for caller in server.callers} == set(ALICES)
        assert await pinged(world.friend, BOBS) == set(BOBS)


@pytest.mark.parametrize("protocol", EACH)
async def test_an_admin_opens_the_lan_and_closing_it_cuts_what_is_open(
    gateway: Gateway, world: World, tmp_path: Path, protocol: Protocol
) -> None:
    """It happens at run time, in both families. Connections through the public address stay."""
    async with two_friends(gateway, world, tmp_path), hosting(world.friend2, 5000):
        await gateway.forward(5000, BOB)
        await gateway.client.call(SetLan(actor=ADMIN, on=True))
        async with (
            flowing(world.friend, BOBS[0], 5000, protocol) as flow4,
            flowing(world.friend, BOBS[1], 5000, protocol) as flow6,
            flowing(world.friend, VPS4, 5000, protocol) as forwarded,
        ):
            await gateway.client.call(SetLan(actor=ADMIN, on=False))
            await end_at_once(flow4, flow6)
            await forwarded.goes_on()
        assert not await reached(world.friend, BOBS, 5000)


async def test_the_lan_outlives_a_restart_and_only_admins_switch_it(
    gateway: Gateway, world: World, tmp_path: Path
) -> None:
    with pytest.raises(NotAllowed):
        await gateway.client.call(SetLan(actor=ALICE, on=True))
    assert not (await gateway.status()).lan
    await gateway.client.call(SetLan(actor=ADMIN, on=True))
    await gateway.stop()
    await gateway.start()
    with pytest.raises(NotAllowed):
        await gateway.client.call(SetLan(actor=ALICE, on=False))
    assert (await gateway.status()).lan
    async with two_friends(gateway, world, tmp_path), hosting(world.friend2, 5000):
        assert await reached(world.friend, BOBS, 5000) == everything(BOBS)


# -- under a false name


async def test_a_peer_speaks_only_under_its_own_address(gateway: Gateway, world: World, tmp_path: Path) -> None:
    """Packets under another peer's, the gateway's, a stranger's or a home's address arrive nowhere."""
    false: list[Address] = [*BOBS, *GATEWAYS_OWN, OTHER_PLAYER4, OTHER_PLAYER6, IPv4Address("192.168.99.1")]
    async with (
        two_friends(gateway, world, tmp_path),
        hosting(world.friend2, 5000) as bob,
        hosting(world.inet, 80, SITES) as site,
    ):
        await gateway.forward(5001, BOB, to_port=5000)
        await gateway.client.call(SetLan(actor=ADMIN, on=True))
        for server, targets, port, seen_as in (
            (bob, BOBS, 5000, ALICES),
            (bob, PUBLIC, 5001, ALICES),
            (site, SITES, 80, PUBLIC),
        ):
            # The true address comes after the false one on the same way, so a packet that is still missing never comes.
            for source in (*false, *ALICES):
                for target in targets:
                    if source.version == target.version:
                        send_udp(world.friend, source, target, port)
            await until(lambda server=server: arrived(server, 2))  # type: ignore[misc]
            assert sorted((caller.address for caller in server.callers), key=lambda seen: seen.version) == seen_as
            server.callers.clear()


# -- the gateway host


async def test_peers_do_not_reach_the_gateways_services_but_may_ping_it(
    gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """They reach it on none of its addresses: the tunnel's, the public ones, another interface's."""
    own = [*GATEWAYS_OWN, VPS4, VPS6, *LAN_OWN]
    async with (
        lan_behind(world.vps),
        one_friend(gateway, world, tmp_path),
        hosting(world.vps, 2222) as service,
    ):
        assert not await reached(world.friend, own, 2222)
        assert service.callers == []
        assert await pinged(world.friend, own) == set(own)


async def test_peers_reach_the_services_that_are_listed(idle_gateway: Gateway, world: World, tmp_path: Path) -> None:
    """Only the listed ports are reached, by the listed protocol."""
    gateway = idle_gateway
    gateway.settings = '[policy]\ngateway_services = ["tcp/8080", "udp/9000-9001"]'
    await gateway.start()
    own = [*GATEWAYS_OWN, VPS4, VPS6]
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(one_friend(gateway, world, tmp_path))
        for port in (8080, 8081, 9001):
            await stack.enter_async_context(hosting(world.vps, port, own))
        assert await reached(world.friend, own, 8080) == {(address, Protocol.TCP) for address in own}
        assert await reached(world.friend, own, 9001) == {(address, Protocol.UDP) for address in own}
        assert not await reached(world.friend, own, 8081)


async def test_the_host_is_not_reached_through_its_clouds_nat(
    idle_gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """A cloud may send back packets from the host to its own public address, and these are no player's."""
    elastic: list[Address] = [IPv4Address("192.0.2.99"), IPv6Address("2001:db8:99::99")]
    await load(
        world.inet,
        tmp_path,
        """table inet cloud {
            chain pre {
                type nat hook prerouting priority dstnat;
                ip daddr 192.0.2.99 dnat ip to 203.0.113.1
                ip6 daddr 2001:db8:99::99 dnat ip6 to 2001:db8:1::1
            }
            chain post {
                type nat hook postrouting priority srcnat;
                iifname "vps" ip saddr 203.0.113.1 snat ip to 192.0.2.99
                iifname "vps" ip6 saddr 2001:db8:1::1 snat ip6 to 2001:db8:99::99
            }
        }""",
    )
    gateway = idle_gateway
    gateway.settings = 'public_address = "192.0.2.99"\npublic_address6 = "2001:db8:99::99"'
    await gateway.start()
    async with one_friend(gateway, world, tmp_path), hosting(world.vps, 2222) as service:
        assert await reached(world.player, elastic, 2222, (Protocol.TCP,)), "the test's cloud works"
        service.callers.clear()
        assert not await reached(world.friend, elastic, 2222)
        assert service.callers == []


# -- the networks around it


async def test_peers_do_not_reach_the_hosts_other_networks(gateway: Gateway, world: World, tmp_path: Path) -> None:
    """The host itself reaches such a network on another interface, with private or public addresses."""
    behind = [*LAN_HOSTS, *ROUTED_HOSTS]
    async with (
        lan_behind(world.vps) as lan,
        one_friend(gateway, world, tmp_path),
        hosting(lan, 5000) as server,
    ):
        assert await reached(world.vps, behind, 5000) == everything(behind)
        server.callers.clear()
        assert not await reached(world.friend, behind, 5000)
        assert not await pinged(world.friend, behind)
        assert server.callers == []


@pytest.mark.parametrize(
    ("listed", "opened"),
    [
        ('"lan0"', LAN_HOSTS),
        ('"192.168.0.0/16", "192.168.7.0/24"', LAN_HOSTS[:1]),
    ],
)
async def test_peers_reach_the_networks_that_are_listed(
    idle_gateway: Gateway, world: World, tmp_path: Path, listed: str, opened: list[Address]
) -> None:
    """Only listed interfaces and networks, which may overlap, are reached. The host's address there stays closed."""
    gateway = idle_gateway
    gateway.settings = f"[policy]\npeer_networks = [{listed}]"
    async with lan_behind(world.vps) as lan:
        await gateway.start()
        async with (
            one_friend(gateway, world, tmp_path),
            hosting(lan, 5000) as server,
            hosting(world.vps, 5000) as own,
        ):
            assert await reached(world.friend, LAN_HOSTS, 5000) == everything(opened)
            assert {caller.address for caller in server.callers} <= set(LAN_OWN), "the lan needs no route back"
            assert not await reached(world.friend, LAN_OWN, 5000)
            assert own.callers == []


async def test_peers_do_not_reach_metadata_services_nor_the_providers_private_networks(
    idle_gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """These are behind the same interface as the Internet. Peers reach the Internet and the config's resolver."""
    gateway = idle_gateway
    resolver = IPv4Address("10.5.0.10")
    gateway.settings = f'dns = ["{resolver}"]'
    await gateway.start()
    around = [*METADATA, *PROVIDERS]
    await add_addresses(world.inet, [*around, resolver])
    async with one_friend(gateway, world, tmp_path), hosting(world.inet, 53, [*around, resolver, *SITES]) as server:
        assert await reached(world.vps, around, 53) == everything(around)
        assert await reached(world.friend, [*SITES, resolver], 53) == everything([*SITES, resolver])
        server.callers.clear()
        assert not await reached(world.friend, around, 53)
        assert server.callers == []


@pytest.mark.parametrize("resolver", ["10.66.66.1", "fd42:42:42::1", "203.0.113.1", "169.254.169.253"])
async def test_a_resolver_that_the_config_names_is_asked_wherever_it_is(
    idle_gateway: Gateway, world: World, tmp_path: Path, resolver: str
) -> None:
    """It may be on the gateway's host or a cloud's. Peers reach nothing of it but names."""
    gateway, address = idle_gateway, ip_address(resolver)
    gateway.settings = f'dns = ["{resolver}"]'
    await gateway.start()
    where = world.vps
    if address.is_link_local:
        where = world.inet
        await add_addresses(where, [address])
    async with (
        one_friend(gateway, world, tmp_path),
        hosting(where, 53, [address]),
        hosting(where, 80, [address]) as other,
    ):
        assert await reached(world.friend, [address], 53) == everything([address])
        assert not await reached(world.friend, [address], 80)
        assert other.callers == []


async def test_metadata_services_stay_closed_whatever_is_listed(
    idle_gateway: Gateway, world: World, tmp_path: Path
) -> None:
    gateway = idle_gateway
    gateway.settings = """[policy]
        peer_networks = ["eth0", "169.254.0.0/16", "100.64.0.0/10", "10.5.0.0/16", "fd00::/8"]"""
    await gateway.start()
    around = [*METADATA, *PROVIDERS]
    await add_addresses(world.inet, around)
    async with one_friend(gateway, world, tmp_path), hosting(world.inet, 53, around) as server:
        assert await reached(world.friend, PROVIDERS, 53) == everything(PROVIDERS)
        server.callers.clear()
        assert not await reached(world.friend, METADATA, 53)
        assert server.callers == []


async def test_what_is_no_longer_listed_ends_with_the_next_start(
    idle_gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """Connections that a crash left open end as well. A flow to the Internet goes on."""
    gateway = idle_gateway
    gateway.settings = '[policy]\npeer_networks = ["lan0"]\ngateway_services = ["tcp/8080", "udp/8080"]'
    async with lan_behind(world.vps) as lan, AsyncExitStack() as stack:
        await gateway.start()
        await stack.enter_async_context(one_friend(gateway, world, tmp_path))

        async def opened(host: Namespace, addresses: list[Address], port: int) -> list[Flow]:
            await stack.enter_async_context(hosting(host, port, addresses))
            return [
                await stack.enter_async_context(flowing(world.friend, address, port, protocol))
                for address, protocol in everything(addresses)
            ]

        closing = [*await opened(lan, LAN_HOSTS, 5000), *await opened(world.vps, GATEWAYS_OWN, 8080)]
        staying = await opened(world.inet, SITES, 80)
        await gateway.kill()
        gateway.settings = ""
        await gateway.start()
        await end_at_once(*closing)
        await go_on(*staying)


async def test_peers_do_not_call_denied_ports_on_the_internet_and_are_told_so(
    idle_gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """By default that is tcp/25. Other devices and listed networks have their mail servers."""
    gateway = idle_gateway
    gateway.settings = '[policy]\npeer_networks = ["lan0"]\nisolate_peers = false'
    async with lan_behind(world.vps) as lan:
        await gateway.start()
        async with (
            two_friends(gateway, world, tmp_path),
            hosting(world.inet, 25, SITES) as abroad,
            hosting(world.inet, 587, SITES),
            hosting(lan, 25),
            hosting(world.friend2, 25),
        ):
            assert await reached(world.friend, SITES, 25) == {(address, Protocol.UDP) for address in SITES}
            assert {caller.protocol for caller in abroad.callers} == {Protocol.UDP}
            assert await reached(world.friend, SITES, 587) == everything(SITES)
            assert await reached(world.friend, [*LAN_HOSTS, *BOBS], 25) == everything([*LAN_HOSTS, *BOBS])
            for address in SITES:
                with pytest.raises(OSError, check=lambda error: error.errno in (errno.EHOSTUNREACH, errno.EACCES)):
                    await world.friend.connect(address, 25)


async def test_what_a_peer_called_on_a_port_ends_once_that_is_denied(
    idle_gateway: Gateway, world: World, tmp_path: Path
) -> None:
    gateway = idle_gateway
    gateway.settings = "[policy]\ndenied_egress = []"
    await gateway.start()
    async with (
        one_friend(gateway, world, tmp_path),
        hosting(world.inet, 25, SITES),
        flowing(world.friend, SITES[0], 25, Protocol.TCP) as mail4,
        flowing(world.friend, SITES[1], 25, Protocol.TCP) as mail6,
        flowing(world.friend, SITES[0], 25, Protocol.UDP) as other,
    ):
        await gateway.kill()
        gateway.settings = ""
        await gateway.start()
        await end_at_once(mail4, mail6)
        await go_on(other)


# -- from outside


@pytest.mark.parametrize("way", ["lan", "service"])
async def test_a_neighbour_cannot_take_part_in_a_peers_flow_under_its_name(
    idle_gateway: Gateway, world: World, tmp_path: Path, way: str
) -> None:
    """A neighbour of the host sends into an open flow with the peer's address and port."""
    gateway = idle_gateway
    gateway.settings = '[policy]\nisolate_peers = false\ngateway_services = ["udp/5000"]'
    await gateway.start()
    async with two_friends(gateway, world, tmp_path):
        host, targets = {"lan": (world.friend2, BOBS), "service": (world.vps, GATEWAYS_OWN)}[way]
        await world.inet.run("ip", "route", "add", "10.66.66.0/24", "via", str(VPS4))
        await world.inet.run("ip", "route", "add", "fd42:42:42::/64", "via", str(VPS6))
        async with hosting(host, 5000, targets) as server:
            for alice, target in zip(ALICES, targets, strict=True):
                with Datagrams(world.friend, target, 5000) as datagrams:
                    assert await datagrams.ask() == "hello"
                    send_udp(world.inet, alice, target, 5000, datagrams.socket.getsockname()[1])
                    assert await datagrams.ask() == "hello", "what was sent before was there before"
            assert len(server.callers) == 4


async def test_what_only_the_tunnel_should_reach_of_the_gateway_is_not_reached_from_outside(
    idle_gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """A neighbour that routes the VPN's addresses to the gateway reaches no service at its address in the tunnel."""
    gateway = idle_gateway
    gateway.settings = '[policy]\ngateway_services = ["tcp/6000", "udp/6000"]'
    await gateway.start()
    async with one_friend(gateway, world, tmp_path), hosting(world.vps, 6000, GATEWAYS_OWN):
        await world.inet.run("ip", "route", "add", "10.66.66.0/24", "via", str(VPS4))
        await world.inet.run("ip", "route", "add", "fd42:42:42::/64", "via", str(VPS6))
        assert not await reached(world.player, GATEWAYS_OWN, 6000)
        assert await reached(world.friend, GATEWAYS_OWN, 6000) == everything(GATEWAYS_OWN)


async def test_nothing_but_forwarded_flows_comes_in(gateway: Gateway, world: World, tmp_path: Path) -> None:
    """A neighbour routes the VPN's addresses to the gateway.

    Neither TCP, UDP nor ping reaches a peer or the gateway's address in the tunnel, not even under a peer's address.
    The host's other networks reach nothing either.
    """
    async with (
        lan_behind(world.vps) as lan,
        two_friends(gateway, world, tmp_path),
        hosting(world.friend, 5000) as server,
        hosting(world.friend, 5001) as forwarded,
        hosting(world.vps, 5000) as own,
    ):
        await gateway.forward(5001)
        await world.inet.run("ip", "route", "add", "10.66.66.0/24", "via", str(VPS4))
        await world.inet.run("ip", "route", "add", "fd42:42:42::/64", "via", str(VPS6))
        inside = [*ALICES, *GATEWAYS_OWN]
        for outsider in (world.player, lan):
            assert not any(
                await asyncio.gather(
                    reached(outsider, ALICES, 5000), reached(outsider, ALICES, 5001), pinged(outsider, ALICES)
                )
            )
        # with the source address of a peer, to a peer and to a forwarded port
        for source in BOBS:
            for target in (*inside, VPS4, VPS6):
                if source.version == target.version:
                    for port in (5000, 5001):
                        send_udp(world.player, source, target, port)
        assert await reached(world.player, PUBLIC, 5001) == everything(PUBLIC)
        assert {caller.address for caller in forwarded.callers} == {PLAYER4, ip_address("2001:db8:4::7")}
        assert server.callers == []
        assert not {caller.address for caller in own.callers} & set(BOBS)


@pytest.mark.parametrize("policy", ["", "input"])
async def test_the_hosts_own_input_rules_are_left_alone(
    gateway: Gateway, world: World, tmp_path: Path, policy: str
) -> None:
    """The host's services stay reachable from the Internet, and its firewall's drops stay dropped."""
    if policy:
        await load(
            world.vps,
            tmp_path,
            """table inet hosts {
                chain input {
                    type filter hook input priority filter; policy drop;
                    ct state established,related accept
                    meta l4proto { icmpv6, icmp } accept
                    udp dport 51820 accept
                    tcp dport 2222 accept
                }
            }""",
        )
    async with (
        one_friend(gateway, world, tmp_path),
        hosting(world.friend, 5000),
        hosting(world.vps, 2222, PUBLIC),
        hosting(world.vps, 8080, PUBLIC),
    ):
        await gateway.forward(5000)
        rest = set() if policy else everything(PUBLIC)
        assert await reached(world.player, PUBLIC, 2222) == {(address, Protocol.TCP) for address in PUBLIC} | rest
        assert await reached(world.player, PUBLIC, 8080) == rest
        assert await reached(world.player, PUBLIC, 5000) == everything(PUBLIC), "forwards do not pass input"
        before = await world.vps.run("nft", "-s", "list", "chain", "inet", "hosts", "input") if policy else ""
        await gateway.stop()
        if policy:
            assert await world.vps.run("nft", "-s", "list", "chain", "inet", "hosts", "input") == before


# -- helpers


@asynccontextmanager
async def one_friend(gateway: Gateway, world: World, folder: Path) -> AsyncIterator[None]:
    async with quick_up(world.friend, await gateway.join(), "ggfriend0", folder):
        yield


@asynccontextmanager
async def two_friends(gateway: Gateway, world: World, folder: Path) -> AsyncIterator[None]:
    """Connect Alice at `friend` and Bob at `friend2`, both with all their traffic in the tunnel."""
    alices, bobs = await gateway.join(), await gateway.join(BOB)
    async with (
        quick_up(world.friend, alices, "ggfriend0", folder),
        quick_up(world.friend2, bobs, "ggfriend1", folder),
    ):
        yield


async def reached(
    asker: Namespace, addresses: Iterable[Address], port: int, protocols: Iterable[Protocol] = EACH
) -> set[tuple[Address, Protocol]]:
    """Return which of the targets answer within a second."""

    async def ask(address: Address, protocol: Protocol) -> bool:
        question = asker.ask_tcp if protocol is Protocol.TCP else asker.ask_udp
        try:
            return await question(address, port, timeout_s=1) == "hello"
        except OSError:
            return False

    asked = [(address, protocol) for address in addresses for protocol in protocols]
    answers = await asyncio.gather(*(ask(*one) for one in asked))
    return {one for one, answered in zip(asked, answers, strict=True) if answered}


def everything(addresses: Iterable[Address]) -> set[tuple[Address, Protocol]]:
    return {(address, protocol) for address in addresses for protocol in EACH}


async def pinged(asker: Namespace, addresses: list[Address]) -> set[Address]:
    """Return which of the targets answer a ping within a second."""
    answers = await asyncio.gather(*(pings(asker, address) for address in addresses))
    return {address for address, answered in zip(addresses, answers, strict=True) if answered}


def send_udp(sender: Namespace, source: Address, target: Address, port: int, source_port: int = 0) -> None:
    """Send a datagram. `source` need not be an address of `sender`."""
    with sender.socket(family_of(source), socket.SOCK_DGRAM) as datagrams:
        if source.version == 4:
            datagrams.setsockopt(socket.IPPROTO_IP, IP_TRANSPARENT, 1)
        else:
            datagrams.setsockopt(socket.IPPROTO_IPV6, IPV6_TRANSPARENT, 1)
        datagrams.bind((str(source), source_port))
        datagrams.sendto(b"hello", (str(target), port))


async def arrived(server: GameServer, count: int) -> bool:
    return len(server.callers) >= count


async def add_addresses(namespace: Namespace, addresses: Iterable[Address]) -> None:
    for address in addresses:
        await namespace.run("ip", "address", "add", str(address), "dev", "lo", *nodad(address))
