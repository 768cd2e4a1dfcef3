"""The three kinds of config on a friend's machine, brought up by the real wg-quick(8)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

from gateway.demo.namespace import Address
from gateway.demo.server import hosting
from gateway.demo.world import CGNAT4, PLAYER4, PLAYER6, SITE4, SITE6, VPS4, VPS6, World
from gateway.model import Mode, Protocol
from tests.net.gateway import BOB, Gateway
from tests.net.homes import be_strict
from tests.net.wgquick import WgQuick, quick_up, state_of

PUBLIC: list[tuple[Address, Address]] = [(VPS4, PLAYER4), (VPS6, PLAYER6)]
GATEWAYS_OWN = {"10.66.66.1", "fd42:42:42::1"}
ALICES: tuple[Address, ...] = (IPv4Address("10.66.66.2"), IPv6Address("fd42:42:42::2"))


async def test_two_friends_host_the_same_game_at_once(gateway: Gateway, world: World, tmp_path: Path) -> None:
    """They have the same internal port and different public ones. Each player reaches the friend of the typed port."""
    alices, bobs = await gateway.join(), await gateway.join(BOB)
    await gateway.forward(25565)
    await gateway.forward(25575, BOB, to_port=25565)
    async with (
        quick_up(world.friend, alices, "ggfriend0", tmp_path),
        quick_up(world.friend2, bobs, "ggfriend1", tmp_path),
        hosting(world.friend, 25565) as alice,
        hosting(world.friend2, 25565) as bob,
    ):
        for public, player in PUBLIC:
            for port, server in ((25565, alice), (25575, bob)):
                server.callers.clear()
                assert await world.player.ask_tcp(public, port) == "hello"
                assert await world.player.ask_udp(public, port) == "hello"
                assert {(caller.address, caller.protocol) for caller in server.callers} == {
                    (player, Protocol.TCP),
                    (player, Protocol.UDP),
                }
        assert len(alice.callers) == len(bob.callers) == 2, "none of them saw the other's players"


@pytest.mark.parametrize("strict", [False, True], ids=["", "rp_filter"])
async def test_full_keeps_the_players_address_and_takes_all_traffic(
    gateway: Gateway, world: World, tmp_path: Path, strict: bool
) -> None:
    """It works also on a machine that checks the reverse path of incoming packets."""
    if strict:
        be_strict(world.friend)
    config = await gateway.join()
    await gateway.forward(25565)
    async with (
        quick_up(world.friend, config, "ggfriend0", tmp_path),
        hosting(world.friend, 25565) as server,
        hosting(world.inet, 80, [SITE4, SITE6]) as site,
    ):
        # The friend begins, because with rp_filter its machine takes in nothing before it sent a packet with the mark.
        for address, public in ((SITE4, VPS4), (SITE6, VPS6)):
            assert await world.friend.ask_tcp(address, 80) == "hello"
            assert await world.friend.ask_udp(address, 80) == "hello"
            assert site.saw(public, Protocol.TCP)
            assert site.saw(public, Protocol.UDP)
        for public, player in PUBLIC:
            assert await world.player.ask_tcp(public, 25565) == "hello"
            assert await world.player.ask_udp(public, 25565) == "hello"
            assert server.saw(player, Protocol.TCP)
            assert server.saw(player, Protocol.UDP)


async def test_split_shows_the_gateways_address_and_leaves_traffic_at_home(
    gateway: Gateway, world: World, tmp_path: Path
) -> None:
    config = await gateway.join(mode=Mode.SPLIT)
    await gateway.forward(25565)
    async with (
        quick_up(world.friend, config, "ggfriend0", tmp_path),
        hosting(world.friend, 25565) as server,
        hosting(world.inet, 80, [SITE4]) as site,
    ):
        for public, _ in PUBLIC:
            assert await world.player.ask_tcp(public, 25565) == "hello"
            assert await world.player.ask_udp(public, 25565) == "hello"
        assert {str(caller.address) for caller in server.callers} == GATEWAYS_OWN
        assert await world.friend.ask_tcp(SITE4, 80) == "hello"
        assert await world.friend.ask_udp(SITE4, 80) == "hello"
        assert {caller.address for caller in site.callers} == {CGNAT4}


@pytest.mark.parametrize("strict", [False, True], ids=["", "rp_filter"])
async def test_linux_keeps_the_players_address_and_leaves_traffic_at_home(
    gateway: Gateway, world: World, tmp_path: Path, strict: bool
) -> None:
    """Servers may listen on every address. test_linux_mode.py has the other situations."""
    if strict:
        be_strict(world.friend)
    config = await gateway.join(mode=Mode.LINUX)
    await gateway.forward(25565)
    async with (
        quick_up(world.friend, config, "ggfriend0", tmp_path),
        hosting(world.friend, 25565) as server,
        hosting(world.inet, 80, [SITE4]) as site,
    ):
        for public, player in PUBLIC:
            assert await world.player.ask_tcp(public, 25565) == "hello"
            assert await world.player.ask_udp(public, 25565) == "hello"
            assert server.saw(player, Protocol.TCP)
            assert server.saw(player, Protocol.UDP)
        assert await world.friend.ask_tcp(SITE4, 80) == "hello"
        assert await world.friend.ask_udp(SITE4, 80) == "hello"
        assert {caller.address for caller in site.callers} == {CGNAT4}


async def test_linux_and_another_vpn_do_not_share_a_routing_table(
    gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """Other wg-quick tunnels of the machine begin at table 51820."""
    await world.friend.run("ip", "route", "add", "default", "dev", "eth0", "table", "51820")
    before = await state_of(world.friend)
    config = await gateway.join(mode=Mode.LINUX)
    await gateway.forward(25565)
    async with quick_up(world.friend, config, "ggfriend0", tmp_path) as quick:
        async with hosting(world.friend, 25565, ALICES):
            assert await world.player.ask_tcp(VPS4, 25565) == "hello"
        await quick.down()
        assert await state_of(world.friend) == before


@pytest.mark.parametrize("mode", Mode)
async def test_down_leaves_the_machine_as_it_was_and_up_works_again(
    gateway: Gateway, world: World, tmp_path: Path, mode: Mode
) -> None:
    """Routes, rules, addresses and firewall are as before."""
    quick = WgQuick(world.friend, await gateway.join(mode=mode), "ggfriend0", tmp_path)
    await gateway.forward(25565)
    before = await state_of(world.friend)
    for _ in range(2):
        await quick.up()
        async with hosting(world.friend, 25565):
            assert await world.player.ask_tcp(VPS4, 25565) == "hello"
            assert await world.player.ask_tcp(VPS6, 25565) == "hello"
        assert await state_of(world.friend) != before
        await quick.down()
        assert await state_of(world.friend) == before


@pytest.mark.parametrize("mode", Mode)
async def test_only_full_changes_the_resolver_and_down_puts_it_back(
    gateway: Gateway, world: World, tmp_path: Path, mode: Mode
) -> None:
    config = await gateway.join(mode=mode)
    async with quick_up(world.friend, config, "ggfriend0", tmp_path) as quick:
        told = quick.resolvconf_log.splitlines()
        if mode is not Mode.FULL:
            assert told == []
            return
        assert told == ["-a ggfriend0 -m 0 -x", "nameserver 1.1.1.1", "nameserver 9.9.9.9"]
        await quick.down()
        assert "-d ggfriend0 -f" in quick.resolvconf_log


@pytest.mark.parametrize("mode", Mode)
async def test_a_machine_without_ipv6_needs_a_config_without_it(
    gateway: Gateway, world: World, tmp_path: Path, mode: Mode
) -> None:
    """Its players come over IPv4, and by a config with IPv6 no tunnel comes up."""
    for scope in ("all", "default", "lo", "eth0"):
        world.friend.sysctl(f"net/ipv6/conf/{scope}/disable_ipv6", "1")
    with pytest.raises(RuntimeError, match="-6 address add"):
        await WgQuick(world.friend, await gateway.join(mode=mode), "ggfriend0", tmp_path).up()
    await gateway.revoke()
    config = await gateway.join(mode=mode, ipv4_only=True)
    await gateway.forward(25565)
    async with quick_up(world.friend, config, "ggfriend0", tmp_path), hosting(world.friend, 25565, ALICES[:1]):
        assert await world.player.ask_tcp(VPS4, 25565) == "hello"
        assert await world.player.ask_udp(VPS4, 25565) == "hello"


async def test_without_ipv6_in_the_tunnel_a_friends_own_ipv6_goes_on(
    idle_gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """A full tunnel takes what it can carry: with `::/0` the friend's IPv6 would end at the gateway."""
    gateway = idle_gateway
    gateway.settings = 'subnet6 = ""\n'
    await gateway.start()
    config = await gateway.join()
    async with (
        quick_up(world.player2, config, "ggfriend0", tmp_path),
        hosting(world.inet, 80, [SITE4, SITE6]) as site,
    ):
        assert await world.player2.ask_tcp(SITE6, 80) == "hello"
        assert not site.saw(VPS6, Protocol.TCP)
        assert await world.player2.ask_tcp(SITE4, 80) == "hello"
        assert site.saw(VPS4, Protocol.TCP)
