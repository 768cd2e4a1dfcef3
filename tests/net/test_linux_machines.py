"""Mode linux by the real wg-quick(8) on machines that have more: containers, firewalls, another VPN, no nft."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from gateway.demo.namespace import Address, Namespace
from gateway.demo.server import hosting
from gateway.demo.tunnel import until
from gateway.demo.world import CGNAT4, SITE4, VPS4, World
from gateway.model import Protocol
from tests import debian
from tests.net.gateway import Gateway
from tests.net.homes import PLAYERS, PUBLIC, VPN, another_vpn, answers, be_strict, container_on, firewalld, joined, ufw
from tests.net.wgquick import WgQuick, quick_up, state_of


async def is_silent(asker: Namespace, public: Address) -> None:
    for ask in (asker.ask_tcp, asker.ask_udp):
        with pytest.raises(OSError):
            await ask(public, 25565, timeout_s=0.7)


@pytest.mark.parametrize("is_strict", [False, True], ids=["", "rp_filter"])
async def test_a_container_behind_a_published_port_sees_the_players(
    gateway: Gateway, world: World, tmp_path: Path, is_strict: bool
) -> None:
    config = await joined(gateway)
    async with (
        container_on(world.friend) as container,
        quick_up(world.friend, config, "ggfriend0", tmp_path),
        hosting(container, 7777) as server,
        hosting(world.inet, 80, [SITE4]) as site,
    ):
        if is_strict:  # the rules by marks count there only with this setting
            be_strict(world.friend, 1, "docker0")
            world.friend.sysctl("net/ipv4/conf/all/src_valid_mark", "1")
        for public, player in PLAYERS:
            await answers(world.player, public, 25565, 25575)
            assert server.saw(player, Protocol.TCP)
            assert server.saw(player, Protocol.UDP)
        await answers(container, SITE4, 80)
        assert {caller.address for caller in site.callers} == {CGNAT4}


async def test_ufw_with_the_port_opened_lets_players_through(gateway: Gateway, world: World, tmp_path: Path) -> None:
    config = await joined(gateway)
    await ufw(world.friend)
    async with (
        quick_up(world.friend, config, "ggfriend0", tmp_path),
        hosting(world.friend, 25565) as server,
    ):
        for public, player in PLAYERS:
            await answers(world.player, public)
            assert server.saw(player, Protocol.UDP)


@pytest.mark.parametrize("is_open", [True, False], ids=["opened", "shut"])
async def test_firewalld_decides_whether_players_come_in(
    gateway: Gateway, world: World, tmp_path: Path, is_open: bool
) -> None:
    """Its reverse path check of IPv6 lets them through, and without the port opened none comes in."""
    config = await joined(gateway)
    await firewalld(world.friend, is_open=is_open)
    async with (
        quick_up(world.friend, config, "ggfriend0", tmp_path),
        hosting(world.friend, 25565) as server,
    ):
        for public, player in PLAYERS:
            if is_open:
                await answers(world.player, public)
                assert server.saw(player, Protocol.UDP)
            else:
                await is_silent(world.player, public)
        assert is_open or server.callers == []


async def test_without_nft_the_tunnel_comes_up_and_says_what_it_lacks(
    gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """TCP servers work as ever, and UDP servers that listen on the VPN address."""
    config = await joined(gateway)
    quick = WgQuick(world.friend, config, "ggfriend0", tmp_path)
    quick.put_beside("nft", "#!/bin/sh\nexit 127\n")
    try:
        said = await quick.up()
        assert f"guildgate: nftables is missing, so UDP servers must listen on {VPN[0]}" in said.splitlines()
        async with hosting(world.friend, 25565):
            assert await world.player.ask_tcp(VPS4, 25565) == "hello"
            with pytest.raises(TimeoutError):
                await world.player.ask_udp(VPS4, 25565, timeout_s=1)
        async with hosting(world.friend, 25565, VPN):
            for public in PUBLIC:
                await answers(world.player, public)
    finally:
        await quick.down()


@pytest.mark.parametrize("suite", debian.SUITES)
async def test_the_nft_of_each_debian_loads_the_hooks_and_takes_them_away(
    gateway: Gateway, world: World, tmp_path: Path, suite: str
) -> None:
    try:
        nft = debian.nft(suite)
    except debian.NoDebian as reason:
        pytest.skip(f"needs the nft of {suite}, which `python -m tests.debian` fetches: {reason}")
    quick = WgQuick(world.friend, await joined(gateway), "ggfriend0", tmp_path)
    run = " ".join(nft)  # wg-quick's own file is a pipe, which is not to be found below the other root
    quick.put_beside("nft", f'#!/bin/sh\n[ "$1" != -f ] || exec {run} -f - < "$2"\nexec {run} "$@"\n')
    before = await state_of(world.friend)
    for _ in range(2):
        said = await quick.up()
        assert not [line for line in said.splitlines() if line.startswith("guildgate")], said
        async with hosting(world.friend, 25565):
            for public in PUBLIC:
                await answers(world.player, public)
        # The text that this version lists, as an admin may save it, loads once more.
        saved = await world.friend.run(*nft, "list", "ruleset")
        assert "set players" in saved
        await world.friend.run(*nft, "flush", "ruleset")
        await world.friend.run(*nft, "-f", "-", stdin=saved)
        async with hosting(world.friend, 25565):
            await answers(world.player, VPS4)
        await quick.down()
        assert await state_of(world.friend) == before


async def test_a_second_up_is_refused_and_changes_nothing(gateway: Gateway, world: World, tmp_path: Path) -> None:
    config = await joined(gateway)
    async with quick_up(world.friend, config, "ggfriend0", tmp_path) as quick, hosting(world.friend, 25565):
        before = await state_of(world.friend)
        with pytest.raises(RuntimeError, match="already exists"):
            await quick.up()
        assert {**await state_of(world.friend), "nft list ruleset": ""} == {**before, "nft list ruleset": ""}
        await answers(world.player, VPS4)


async def test_up_again_after_a_crash_leaves_nothing_twice(gateway: Gateway, world: World, tmp_path: Path) -> None:
    """A crash of the machine's WireGuard takes the interface, and leaves rules and the table."""
    before = await state_of(world.friend)
    quick = WgQuick(world.friend, await joined(gateway), "ggfriend0", tmp_path)
    await quick.up()
    once = await state_of(world.friend)
    await world.friend.run("ip", "link", "delete", "ggfriend0")
    await until(partial(_is_gone, Path("/run/wireguard/ggfriend0.sock")))
    left = await state_of(world.friend)
    assert left["ip -4 rule"] == once["ip -4 rule"]
    assert "wg-quick-ggfriend0" in left["nft list ruleset"]
    await quick.up()
    assert (await state_of(world.friend))["ip -4 rule"] == once["ip -4 rule"]
    async with hosting(world.friend, 25565):
        for public in PUBLIC:
            await answers(world.player, public)
    await quick.down()
    assert await state_of(world.friend) == before


async def _is_gone(path: Path) -> bool:
    return not path.exists()


async def test_up_before_the_network_works_when_the_network_comes(
    gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """So it is at boot."""
    config = (await joined(gateway)).replace("PersistentKeepalive = 25", "PersistentKeepalive = 1")
    await world.friend.run("ip", "link", "set", "eth0", "down")
    quick = WgQuick(world.friend, config, "ggfriend0", tmp_path)
    try:
        await quick.up(is_reachable=False)
        await world.friend.run("ip", "link", "set", "eth0", "up")
        await world.friend.run("ip", "route", "add", "default", "via", "192.168.1.1")
        await quick.shakes_hands()
        async with hosting(world.friend, 25565):
            for public in PUBLIC:
                await answers(world.player, public)
    finally:
        await quick.down()


async def test_players_are_answered_beside_another_vpn_that_was_up_before(
    gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """The other one is a full tunnel of wg-quick, which takes all traffic of the machine, that of ours included."""
    config = await joined(gateway)
    async with (
        another_vpn(world.inet, "vps", tmp_path) as other,
        quick_up(world.friend, other, "ggfriend1", tmp_path),
        quick_up(world.friend, config, "ggfriend0", tmp_path),
        hosting(world.friend, 25565) as server,
        hosting(world.inet, 80, [SITE4]) as site,
    ):
        for public, player in PLAYERS:
            await answers(world.player, public)
            assert server.saw(player, Protocol.UDP)
        await answers(world.friend, SITE4, 80)
        assert {str(caller.address) for caller in site.callers} == {"10.99.0.2"}
