"""Mode linux by the real wg-quick(8): which servers see players' real addresses while all else stays at home."""

from __future__ import annotations

import asyncio
import re
import socket
from functools import partial
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

from gateway.demo.namespace import Address, Datagrams, Namespace
from gateway.demo.server import hosting
from gateway.demo.tunnel import until
from gateway.demo.world import (
    CGNAT4,
    OTHER_PLAYER4,
    OTHER_PLAYER6,
    PLAYER4,
    PLAYER6,
    SITE4,
    SITE6,
    VPS4,
    World,
)  # fmt: skip
from gateway.model import Protocol
from tests.net.gateway import Gateway
from tests.net.homes import PLAYERS, PUBLIC, VPN, answers, be_strict, dual_stack, joined, with_pktinfo
from tests.net.surroundings import LAN_HOSTS, lan_behind
from tests.net.wgquick import quick_up, state_of

HOME4 = IPv4Address("192.168.1.10")
GATEWAYS_OWN: tuple[Address, ...] = (IPv4Address("10.66.66.1"), IPv6Address("fd42:42:42::1"))


@pytest.mark.parametrize("rp_filter", [0, 1, 2])
async def test_a_server_on_all_addresses_answers_all_players_at_once(
    gateway: Gateway, world: World, tmp_path: Path, rp_filter: int
) -> None:
    """Two players, the home, its LAN and the gateway ask by both families and protocols, on both public ports."""
    be_strict(world.friend, rp_filter)
    config = await joined(gateway)
    async with (
        lan_behind(world.cgnat) as lan,
        quick_up(world.friend, config, "ggfriend0", tmp_path),
        hosting(world.friend, 25565) as server,
    ):
        await asyncio.gather(
            *(answers(player, public, 25565, 25575) for player in (world.player, world.player2) for public in PUBLIC),
            answers(lan, HOME4),
            answers(lan, VPS4),
            answers(world.friend, VPS4),
            *(answers(world.vps, own) for own in VPN),
        )
        for address in (PLAYER4, PLAYER6, OTHER_PLAYER4, OTHER_PLAYER6, LAN_HOSTS[0], CGNAT4, *GATEWAYS_OWN):
            for protocol in (Protocol.TCP, Protocol.UDP):
                assert server.saw(address, protocol), (address, protocol)


async def test_own_traffic_stays_at_home_while_players_are_on(gateway: Gateway, world: World, tmp_path: Path) -> None:
    """This home has IPv6 as well, from which a server on all addresses would answer."""
    config = await joined(gateway)
    async with (
        quick_up(world.player2, config, "ggfriend0", tmp_path),
        hosting(world.player2, 25565) as server,
        hosting(world.inet, 80, [SITE4, SITE6]) as site,
    ):
        for public, player in PLAYERS:
            await answers(world.player, public)
            assert server.saw(player, Protocol.UDP)
        for address in (SITE4, SITE6):
            assert await world.player2.ask_tcp(address, 80) == "hello"
            assert await world.player2.ask_udp(address, 80) == "hello"
        assert {caller.address for caller in site.callers} == {OTHER_PLAYER4, OTHER_PLAYER6}


async def test_a_server_may_also_listen_on_the_vpn_address(gateway: Gateway, world: World, tmp_path: Path) -> None:
    config = await joined(gateway)
    async with (
        quick_up(world.friend, config, "ggfriend0", tmp_path),
        hosting(world.friend, 25565, VPN) as server,
    ):
        for public, player in PLAYERS:
            await answers(world.player, public)
            assert server.saw(player, Protocol.UDP)


async def test_one_udp_socket_for_both_families_answers_both(gateway: Gateway, world: World, tmp_path: Path) -> None:
    """Large datagrams as well, which travel in fragments once the player's machine knows the size of packets."""
    config = await joined(gateway)
    async with (
        quick_up(world.friend, config, "ggfriend0", tmp_path),
        dual_stack(world.friend, 25565) as server,
    ):
        for public, player in PLAYERS:
            assert await world.player.ask_udp(public, 25565) == "hello"
            await until(partial(_is_answered, world.player, public, "x" * 8000))
            assert player in [address for address, _ in server.callers]


async def test_a_server_that_asks_the_kernel_for_the_address_answers(
    gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """It uses IP_PKTINFO, by which answers leave from the address that was asked."""
    config = await joined(gateway)
    async with (
        quick_up(world.friend, config, "ggfriend0", tmp_path),
        with_pktinfo(world.friend, 25565) as server,
    ):
        assert await world.player.ask_udp(VPS4, 25565) == "hello"
        assert server.callers[0][0] == PLAYER4
        assert server.asked == [VPN[0]]


async def test_a_match_goes_on_when_the_home_gets_another_address(
    gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """The player's socket and the server's stay the same, as after a DHCP lease or a change from Wi-Fi to cable."""
    config = (await joined(gateway)).replace("PersistentKeepalive = 25", "PersistentKeepalive = 1")
    async with (
        quick_up(world.friend, config, "ggfriend0", tmp_path),
        hosting(world.friend, 25565),
    ):
        with Datagrams(world.player, VPS4, 25565) as player:
            assert await player.ask() == "hello"
            await world.friend.run("ip", "-4", "address", "flush", "dev", "eth0")
            await world.friend.run("ip", "address", "add", "192.168.1.77/24", "dev", "eth0")
            await world.friend.run("ip", "route", "add", "default", "via", "192.168.1.1")

            async def is_answered() -> bool:
                try:
                    return await player.ask(timeout_s=0.5) == "hello"
                except TimeoutError:
                    return False

            await until(is_answered, timeout_s=60)
        await answers(world.player2, VPS4)


async def _is_answered(asker: Namespace, public: Address, text: str) -> bool:
    try:
        return await asker.ask_udp(public, 25565, text, timeout_s=1) == text
    except OSError:
        return False


async def test_a_server_is_heard_while_only_it_speaks(gateway: Gateway, world: World, tmp_path: Path) -> None:
    """Each answer keeps the player remembered, here for two seconds instead of five minutes."""
    config = (await joined(gateway)).replace("timeout 5m", "timeout 2s")
    async with (
        quick_up(world.friend, config, "ggfriend0", tmp_path),
        dual_stack(world.friend, 25565) as server,
    ):
        with Datagrams(world.player, VPS4, 25565) as player:
            assert await player.ask() == "hello"
            for number in range(8):
                await asyncio.sleep(0.5)
                server.socket.sendto(f"{number}".encode(), (f"::ffff:{PLAYER4}", server.callers[0][1]))
                async with asyncio.timeout(3):
                    assert await player.answer() == str(number)


async def test_players_in_a_full_memory_play_on(gateway: Gateway, world: World, tmp_path: Path) -> None:
    config = (await joined(gateway)).replace("size 65535", "size 2")
    async with (
        quick_up(world.friend, config, "ggfriend0", tmp_path),
        hosting(world.friend, 25565),
    ):
        with (
            Datagrams(world.player, VPS4, 25565) as first,
            Datagrams(world.player2, VPS4, 25565) as second,
            Datagrams(world.player, VPS4, 25565) as third,
        ):
            assert await first.ask() == await second.ask() == "hello"
            with pytest.raises(TimeoutError):
                await third.ask(timeout_s=0.7)
            assert await first.ask() == await second.ask() == "hello"


async def test_a_private_source_out_of_the_tunnel_takes_no_answers_from_the_lan(
    gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """Another device of the VPN, or a gateway that was taken over, may send with the address of a player at home."""
    config = await joined(gateway)
    neighbour = LAN_HOSTS[0]
    async with (
        lan_behind(world.cgnat) as lan,
        quick_up(world.friend, config, "ggfriend0", tmp_path),
        dual_stack(world.friend, 25565) as server,
    ):
        await world.vps.run("ip", "address", "add", f"{neighbour}/32", "dev", "lo")
        for here, target in ((world.vps, VPN[0]), (lan, HOME4)):
            with here.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
                made.bind((str(neighbour), 5555))
                made.connect((str(target), 25565))
                made.send(b"hello")
                await until(partial(_heard, server.callers, 1 if here is world.vps else 2))
                if here is lan:
                    async with asyncio.timeout(3):
                        assert await asyncio.get_running_loop().sock_recv(made, 100) == b"hello"


async def _heard(callers: list[tuple[Address, int]], count: int) -> bool:
    return len(callers) >= count


async def test_a_socket_for_each_player_is_heard_with_the_lines_that_operations_names(
    gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """Such a server connects a second socket of its port to the player, as DTLS and some of QUIC do."""
    config = await joined(gateway)
    (number,) = set(re.findall(r"-4 route add default dev %i table (\d+)", config))
    text = (Path(__file__).parents[2] / "docs/operations.md").read_text()
    lines = re.findall(r"^(?:PreUp|PostUp|PostDown) = ip rule .*$", text, re.MULTILINE)
    assert len(lines) == 4
    more = "\n".join(lines).replace("4433", "25565").replace("TABLE", number)
    config = config.replace("\n\n[Peer]", f"\n{more}\n\n[Peer]")
    before = await state_of(world.friend)
    async with quick_up(world.friend, config, "ggfriend0", tmp_path) as quick:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(10):
            with shared_socket(world.friend) as listener, Datagrams(world.player, VPS4, 25565) as player:
                await loop.sock_sendall(player.socket, b"hello")
                _, peername = await loop.sock_recvfrom(listener, 100)
                with shared_socket(world.friend) as child:
                    child.connect(peername)
                    await loop.sock_sendall(child, b"welcome")
                    assert await player.answer() == "welcome"
                    await loop.sock_sendall(player.socket, b"more")
                    assert await loop.sock_recv(child, 100) == b"more"
        await quick.down()
        assert await state_of(world.friend) == before


def shared_socket(home: Namespace) -> socket.socket:
    """Open one of several sockets on the server's port. The kernel gives a datagram to one that is connected to it."""
    made = home.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("0.0.0.0", 25565))
    return made
