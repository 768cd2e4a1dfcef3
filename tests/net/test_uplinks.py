"""Several uplinks, and a public address that changes while everything runs."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from ipaddress import IPv4Address, IPv6Address

import pytest

from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import CGNAT4, PLAYER4, SITE4, SITE6, VPS4, VPS6, World
from gateway.model import Protocol
from tests.lab import ETC_NETNS, hosts
from tests.net.gateway import Gateway

SECOND4, SECOND6 = "192.0.2.129", "2001:db8:9::1"
NEW4 = IPv4Address("203.0.113.77")
NOTICED_S = 15  # for a busy machine; the gateway looks by itself after 30 s
# Clouds and home routers give an interface these addresses as well.
ANCHOR4, ANCHOR6 = "10.19.0.5", "fd77::5"
NEIGHBOURS = (IPv4Address("10.19.0.1"), IPv6Address("fd77::fe"))


@asynccontextmanager
async def second_uplink(world: World) -> AsyncIterator[None]:
    """Add `eth1` to the VPS, a line of its own to the Internet."""
    inet = world.inet.name
    await world.vps.run("ip", "link", "add", "eth1", "type", "veth", "peer", "name", "vps2", "netns", inet)
    await world.vps.run("ip", "address", "add", f"{SECOND4}/25", "dev", "eth1")
    await world.vps.run("ip", "address", "add", f"{SECOND6}/64", "dev", "eth1", "nodad")
    await world.vps.run("ip", "link", "set", "eth1", "up")
    await world.inet.run("ip", "address", "add", "192.0.2.254/25", "dev", "vps2")
    await world.inet.run("ip", "address", "add", "2001:db8:9::fe/64", "dev", "vps2", "nodad")
    await world.inet.run("ip", "link", "set", "vps2", "up")
    yield


async def move_to_new4(world: World) -> None:
    """Add the new address and remove the old one, as a DHCP client does."""
    await world.vps.run("ip", "address", "add", f"{NEW4}/32", "dev", "eth0")  # a /24 would go with the old one
    await world.vps.run("ip", "address", "delete", f"{VPS4}/24", "dev", "eth0")
    await world.vps.run("ip", "address", "add", f"{NEW4}/24", "dev", "eth0")
    await world.vps.run("ip", "address", "delete", f"{NEW4}/32", "dev", "eth0")
    await world.vps.run("ip", "route", "replace", "default", "via", "203.0.113.254")


async def tells(gateway: Gateway, address: object) -> bool:
    """Report whether this is the IPv4 address that players are told."""
    return (await gateway.status()).public_address == str(address)


async def has_followed(gateway: Gateway, before: int) -> bool:
    return follows(gateway) > before


def follows(gateway: Gateway) -> int:
    """Return how often the gateway followed a change."""
    with contextlib.closing(sqlite3.connect(gateway.state_dir / "guildgate.db")) as db:
        return int(db.execute("SELECT count(*) FROM audit WHERE action = 'follow'").fetchone()[0])


async def announce(world: World, port: int, site: str, site_port: int) -> None:
    """Let a server of the friend announce itself to a site from its own port, and get an answer."""
    loop = asyncio.get_running_loop()
    with world.friend.socket(socket.AF_INET, socket.SOCK_DGRAM) as announcing:
        announcing.bind(("10.66.66.2", port))
        announcing.connect((site, site_port))
        async with asyncio.timeout(10):
            await loop.sock_sendall(announcing, b"here I am")
            await loop.sock_recv(announcing, 100)


async def test_players_reach_the_friend_at_every_public_address(idle_gateway: Gateway, world: World) -> None:
    gateway = idle_gateway
    gateway.settings = 'public_interface = ["eth0", "eth1"]\n'
    async with second_uplink(world):
        await world.vps.run("ip", "address", "add", "203.0.113.2/24", "dev", "eth0")
        await gateway.start()
        config = await gateway.join()
        await gateway.forward(25565)
        async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565) as server:
            await tunnel.handshake()
            for public in (VPS4, VPS6, "203.0.113.2", SECOND4, SECOND6):
                assert await world.player.ask_tcp(public, 25565) == "hello"
                assert await world.player.ask_udp(public, 25565) == "hello"
            assert {caller.address for caller in server.callers if caller.address.version == 4} == {PLAYER4}


async def test_each_way_out_is_left_with_its_own_address(idle_gateway: Gateway, world: World) -> None:
    gateway = idle_gateway
    gateway.settings = 'public_interface = ["eth0", "eth1"]\n'
    async with second_uplink(world):
        await world.vps.run("ip", "route", "add", str(SITE4), "via", "192.0.2.254")
        await world.vps.run("ip", "route", "add", str(SITE6), "via", "2001:db8:9::fe")
        await gateway.start()
        config = await gateway.join()
        await gateway.forward(8080, to_port=80)
        async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.inet, 5000) as site:
            await tunnel.handshake()
            for address in (SITE4, SITE6):
                assert await world.friend.ask_tcp(address, 5000) == "hello"
            assert [str(caller.address) for caller in site.callers] == [SECOND4, SECOND6]
            site.callers.clear()
            await announce(world, 80, "192.0.2.254", 5000)
            assert [(str(caller.address), caller.port) for caller in site.callers] == [(SECOND4, 8080)]


async def test_a_new_public_address_is_followed_within_seconds_and_without_a_restart(
    gateway: Gateway, world: World
) -> None:
    config = await gateway.join()
    await gateway.forward(8080, to_port=80)
    async with (
        peer_up(world.player2, config.replace(str(VPS4), f"[{VPS6}]"), "ggfriend0") as tunnel,
        hosting(world.player2, 80),
    ):
        await tunnel.handshake()
        async with flowing(world.player, VPS6, 8080, Protocol.TCP) as flow:
            await move_to_new4(world)
            await until(partial(tells, gateway, NEW4), timeout_s=NOTICED_S)
            await flow.goes_on()  # because neither the flow nor its tunnel uses the old address
        assert f"Endpoint = {NEW4}:51820" in await gateway.join(device="second")
    async with (
        peer_up(world.friend, config.replace(str(VPS4), str(NEW4)), "ggfriend0") as tunnel,
        hosting(world.friend, 80),
        hosting(world.inet, 5001) as site,
    ):
        await tunnel.handshake()
        assert await world.player.ask_udp(NEW4, 8080) == "hello"
        await announce(world, 81, "203.0.113.254", 5001)
        assert site.callers[0].address == NEW4


async def test_an_address_that_is_away_for_a_moment_stops_nothing(gateway: Gateway, world: World) -> None:
    await gateway.join()
    await world.vps.run("ip", "address", "flush", "dev", "eth0")
    await gateway.nft("flush", "ruleset")

    async def is_repaired() -> bool:
        try:
            return "chain guard" in await gateway.nft("list", "table", "inet", "guildgate")
        except RuntimeError:
            return False

    await until(is_repaired)
    assert (await gateway.status()).public_address == str(VPS4)
    await gateway.forward(25565)


async def test_the_way_out_may_move_to_another_interface(gateway: Gateway, world: World) -> None:
    config = await gateway.join()
    async with second_uplink(world):
        await world.vps.run("ip", "route", "replace", "default", "via", "192.0.2.254")
        await world.vps.run("ip", "-6", "route", "replace", "default", "via", "2001:db8:9::fe")
        await until(partial(tells, gateway, SECOND4), timeout_s=NOTICED_S)
        await until(partial(has_followed, gateway, 0), timeout_s=NOTICED_S)  # the table, too
        moved = config.replace(str(VPS4), SECOND4)
        async with peer_up(world.friend, moved, "ggfriend0") as tunnel, hosting(world.inet, 80) as site:
            await tunnel.handshake()
            assert await world.friend.ask_tcp(SITE4, 80) == "hello"
            assert [str(caller.address) for caller in site.callers] == [SECOND4]


async def test_what_a_server_announces_all_the_time_moves_with_the_way_out(gateway: Gateway, world: World) -> None:
    """The old line keeps its address, and no packet leaves by the new line with it.

    A site that answered to the old address in that moment counts as a player, which the server answers.
    """
    async with second_uplink(world):
        await world.vps.run("ip", "route", "add", f"{CGNAT4}/32", "via", "192.0.2.254")  # the tunnel's own way
        config = (await gateway.join()).replace(str(VPS4), SECOND4)
        await gateway.forward(8080, to_port=80)
        async with peer_up(world.friend, config, "ggfriend0") as tunnel:
            await tunnel.handshake()
            with (
                world.friend.socket(socket.AF_INET, socket.SOCK_DGRAM) as announcing,
                world.inet.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent,
            ):
                announcing.bind(("", 80))
                silent.bind((str(SITE4), 5000))
                callers = set[tuple[str, int]]()

                async def announced_at(address: str) -> bool:
                    announcing.sendto(b"here I am", (str(SITE4), 5000))
                    with suppress(BlockingIOError):
                        while True:
                            callers.add(silent.recvfrom(100)[1])
                    return (address, 8080) in callers

                await until(lambda: announced_at(str(VPS4)))
                await world.vps.run("ip", "route", "replace", "default", "via", "192.0.2.254")
                await until(lambda: announced_at(SECOND4))


async def test_the_way_out_moves_when_its_link_goes_down(gateway: Gateway, world: World) -> None:
    """It moves also without IPv6, for whose addresses and routes the kernel would send notices."""
    config = await gateway.join()
    async with second_uplink(world):
        await world.vps.run("ip", "route", "add", "default", "via", "192.0.2.254", "metric", "500")
        followed = follows(gateway)
        world.vps.sysctl("net/ipv6/conf/eth0/disable_ipv6", "1")

        async def is_without_ipv6() -> bool:
            return (await gateway.status()).public_address6 is None

        await until(is_without_ipv6)
        await until(partial(has_followed, gateway, followed), timeout_s=NOTICED_S)
        followed = follows(gateway)
        await world.vps.run("ip", "link", "set", "eth0", "down")
        await until(partial(tells, gateway, SECOND4), timeout_s=NOTICED_S)
        await until(partial(has_followed, gateway, followed), timeout_s=NOTICED_S)  # the table, too
        moved = config.replace(str(VPS4), SECOND4)
        async with peer_up(world.friend, moved, "ggfriend0") as tunnel, hosting(world.inet, 80) as site:
            await tunnel.handshake()
            assert await world.friend.ask_tcp(SITE4, 80) == "hello"
            assert [str(caller.address) for caller in site.callers] == [SECOND4]


async def test_while_one_line_is_gone_the_gateway_follows_the_other(idle_gateway: Gateway, world: World) -> None:
    gateway = idle_gateway
    gateway.settings = 'public_interface = ["eth0", "eth1"]\n'
    async with second_uplink(world):
        await gateway.start()
        config = await gateway.join()
        await gateway.forward(25565)
        await world.vps.run("ip", "link", "delete", "eth1")
        await move_to_new4(world)
        await until(partial(tells, gateway, NEW4), timeout_s=NOTICED_S)
    followed = follows(gateway)
    async with (
        second_uplink(world),
        peer_up(world.friend, config.replace(str(VPS4), str(NEW4)), "ggfriend0") as tunnel,
        hosting(world.friend, 25565),
    ):
        await tunnel.handshake()
        await until(partial(has_followed, gateway, followed), timeout_s=NOTICED_S)
        for public in (NEW4, SECOND4, SECOND6):
            assert await world.player.ask_udp(public, 25565) == "hello"


async def test_a_private_address_beside_the_public_one_is_never_told_nor_opened(
    idle_gateway: Gateway, world: World
) -> None:
    """The order does not matter, nor that the public one is away. A link-local address is not used meanwhile either."""
    gateway = idle_gateway
    await add_private_network(world)
    await world.vps.run("ip", "address", "delete", f"{VPS4}/24", "dev", "eth0")
    await world.vps.run("ip", "address", "add", f"{VPS4}/24", "dev", "eth0")  # now after the private one
    await world.vps.run("ip", "route", "replace", "default", "via", "203.0.113.254")
    await gateway.start()
    status = await gateway.status()
    assert (status.public_address, status.public_address6) == (str(VPS4), str(VPS6))
    followed = follows(gateway)
    await world.vps.run("ip", "address", "delete", f"{VPS4}/24", "dev", "eth0")
    await world.vps.run("ip", "address", "add", "169.254.7.7/16", "dev", "eth0", "scope", "link")
    await world.vps.run("ip", "route", "add", "default", "dev", "eth0", "metric", "1000")
    await until(partial(has_followed, gateway, followed), timeout_s=NOTICED_S)
    assert await tells(gateway, VPS4)
    await world.vps.run("ip", "address", "add", f"{NEW4}/24", "dev", "eth0")
    await world.vps.run("ip", "route", "replace", "default", "via", "203.0.113.254")
    await until(partial(tells, gateway, NEW4), timeout_s=NOTICED_S)
    async with (
        peer_up(world.friend, await gateway.join(), "ggfriend0") as tunnel,
        hosting(world.inet, 80, [SITE4, SITE6, *NEIGHBOURS]) as server,
    ):
        await tunnel.handshake()
        for site in (SITE4, SITE6):
            assert await world.friend.ask_tcp(site, 80) == "hello"
        server.callers.clear()
        for neighbour in NEIGHBOURS:
            with pytest.raises(OSError):
                await world.friend.ask_tcp(neighbour, 80)
        assert server.callers == []


async def test_of_the_addresses_of_a_name_the_one_that_was_taken_stays(idle_gateway: Gateway, world: World) -> None:
    """A resolver that answers in turns moves nothing. A resolver that no longer names the address does."""
    gateway, name = idle_gateway, "vps.example.org"
    gateway.settings = f'public_address = "{name}"'

    async def leads_to(address: object) -> bool:
        return str(address) in await gateway.nft("list", "set", "inet", "guildgate", "pub4")

    with hosts(world.vps, {name: str(NEW4)}):
        await gateway.start()
        assert await leads_to(NEW4)
        for answers, last in (([VPS4, NEW4], NEW4), ([VPS4], VPS4)):
            lines = "".join(f"{address} {name}\n" for address in answers)
            (ETC_NETNS / world.vps.name / "hosts").write_text(lines)
            followed = follows(gateway)
            another = f"192.0.2.{70 + len(answers)}/32"  # and the gateway follows it
            await world.vps.run("ip", "address", "add", another, "dev", "eth0")
            await until(partial(has_followed, gateway, followed))
            assert await leads_to(last)


async def test_where_all_addresses_are_private_they_are_told_and_followed(idle_gateway: Gateway, world: World) -> None:
    """A party has its own network, which is the Internet of its peers."""
    gateway = idle_gateway
    await world.vps.run("ip", "address", "flush", "dev", "eth0", "scope", "global")
    await add_private_network(world)
    await world.vps.run("ip", "route", "add", "default", "via", str(NEIGHBOURS[0]))
    await gateway.start()
    status = await gateway.status()
    assert (status.public_address, status.public_address6) == (ANCHOR4, ANCHOR6)
    await world.vps.run("ip", "address", "delete", f"{ANCHOR4}/16", "dev", "eth0")
    await world.vps.run("ip", "address", "add", "10.19.0.9/16", "dev", "eth0")
    await world.vps.run("ip", "route", "add", "default", "via", str(NEIGHBOURS[0]))
    await until(partial(tells, gateway, "10.19.0.9"), timeout_s=NOTICED_S)
    await world.cgnat.run("ip", "route", "add", "10.19.0.0/16", "via", "198.18.0.254")
    async with (
        peer_up(world.friend, await gateway.join(), "ggfriend0") as tunnel,
        hosting(world.inet, 80, NEIGHBOURS),
    ):
        await tunnel.handshake()
        for neighbour in NEIGHBOURS:
            assert await world.friend.ask_tcp(neighbour, 80) == "hello"


async def add_private_network(world: World) -> None:
    for namespace, device, addresses in ((world.vps, "eth0", (ANCHOR4, ANCHOR6)), (world.inet, "vps", NEIGHBOURS)):
        await namespace.run("ip", "address", "add", f"{addresses[0]}/16", "dev", device)
        await namespace.run("ip", "address", "add", f"{addresses[1]}/64", "dev", device, "nodad")


async def test_a_second_interface_is_waited_for_while_the_first_one_serves(idle_gateway: Gateway, world: World) -> None:
    """A line that is down at the boot ends no match on the other one. A mistyped name is seen in the log."""
    gateway = idle_gateway
    gateway.settings = 'public_interface = ["eth0", "eth1"]\n'
    await gateway.start()
    assert await tells(gateway, VPS4)
    config = await gateway.join()
    await gateway.forward(25565)
    async with (
        second_uplink(world),
        peer_up(world.friend, config, "ggfriend0") as tunnel,
        hosting(world.friend, 25565),
    ):
        await tunnel.handshake()

        async def is_served() -> bool:
            with suppress(OSError):
                return await world.player.ask_tcp(SECOND4, 25565, timeout_s=1) == "hello"
            return False

        await until(is_served, timeout_s=NOTICED_S)
    await gateway.stop()
    assert gateway.process
    assert gateway.process.stderr
    said = (await gateway.process.stderr.read()).decode()
    assert "still waiting for the interface eth1 of public_interface. This host has eth0" in said


@pytest.mark.parametrize("is_named", [False, True], ids=["address", "host name"])
async def test_what_leaves_leaves_by_the_configured_address_while_the_host_has_it(
    idle_gateway: Gateway, world: World, is_named: bool
) -> None:
    """A failover address is no interface's first one. Devices and announcements use it in both families."""
    gateway, failover6 = idle_gateway, IPv6Address("2001:db8:1::77")
    configured = "vps.example.org" if is_named else str(NEW4)
    gateway.settings = f'public_address = "{configured}"\npublic_address6 = "{failover6}"\n'
    failover = [("-4", f"{NEW4}/24"), ("-6", f"{failover6}/64")]

    async def both(verb: str) -> None:
        for family, address in failover:
            await world.vps.run("ip", family, "address", verb, address, "dev", "eth0", *(["nodad"] * (":" in address)))

    await both("add")
    with hosts(world.vps, {"vps.example.org": str(NEW4)}) if is_named else contextlib.nullcontext():
        await gateway.start()
        config = (await gateway.join()).replace(configured, str(VPS4))  # which stays
        await gateway.forward("8080,40000")
        await gateway.forward(8081, to_port=81)
        async with (
            peer_up(world.friend, config, "ggfriend0") as tunnel,
            hosting(world.inet, 5000) as site,
            hosting(world.friend, 40000),
        ):
            await tunnel.handshake()

            async def leaves_by(v4: object, v6: object) -> bool:
                site.callers.clear()
                for address in (SITE4, SITE6):
                    assert await world.friend.ask_tcp(address, 5000) == "hello"
                return [caller.address for caller in site.callers] == [v4, v6]

            async def announced_as(port: int) -> tuple[object, int]:
                site.callers.clear()
                await announce(world, port, "203.0.113.254", 5000)
                return site.callers[0].address, site.callers[0].port

            assert await leaves_by(NEW4, failover6)
            assert await announced_as(81) == (NEW4, 8081)
            assert await announced_as(8080) == (NEW4, 8080)
            assert await world.player.ask_udp(NEW4, 40000) == "hello"
            await both("delete")
            await until(lambda: leaves_by(VPS4, VPS6), timeout_s=NOTICED_S)
            assert await announced_as(82) == (VPS4, 82)
            await both("add")
            await until(lambda: leaves_by(NEW4, failover6), timeout_s=NOTICED_S)
            assert await announced_as(8080) == (NEW4, 8080)
