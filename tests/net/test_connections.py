"""Kicks, blocks and friends-only on real packets: cut at once, in both families, counted, undone, and kept."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest

from gateway.api.connections import (
    Block,
    Connection,
    ForwardConnections,
    GetConnections,
    Kick,
    LetIn,
    SetFriendsOnly,
    Unblock,
)
from gateway.api.contract import AddForward
from gateway.demo.flow import flowing
from gateway.demo.namespace import Address, Namespace
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import CGNAT4, OTHER_PLAYER4, OTHER_PLAYER6, PLAYER4, PLAYER6, VPS4, VPS6, World
from gateway.errors import AddressNotListed, LimitReached, NotAllowed
from gateway.model import Mode, Protocol, parse_ports
from tests.lab import end_at_once, go_on
from tests.net.gateway import ADMIN, ALICE, BOB, Gateway
from tests.net.test_revocation import all_play, still_served
from tests.net.traffic import playing, pushing

PORT, OTHER_PORT = 25565, 25566


async def listed(gateway: Gateway, forward: int = 1) -> ForwardConnections:
    (found,) = (await gateway.client.call(GetConnections(actor=ALICE, ids=(forward,)))).forwards
    return found


async def block(gateway: Gateway, network: str, *, forward: int = 1) -> None:
    await gateway.client.call(Block(actor=ALICE, ids=(forward,), network=ip_network(network)))


async def flows_of(gateway: Gateway, player: Address, protocol: Protocol) -> list[Connection]:
    found = (await listed(gateway)).connections
    return [each for each in found if (each.address, each.protocol) == (player, protocol)]


async def is_reached(player: Namespace, address: Address, port: int = PORT) -> bool:
    """Report whether a player reaches a port by both protocols; both must agree."""
    found = []
    for ask in (player.ask_tcp, player.ask_udp):
        try:
            found.append(await ask(address, port, timeout_s=1) == "hello")
        except OSError:
            found.append(False)
    assert len(set(found)) == 1
    return found[0]


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.SPLIT])
@pytest.mark.parametrize("rule", ["address", "prefix"])
async def test_a_block_cuts_the_open_flows_of_an_address_and_no_others(
    gateway: Gateway, world: World, mode: Mode, rule: str
) -> None:
    """It cuts in both families and protocols. Other players, ports and a flow of the port's other forward go on."""
    config = await gateway.join(mode=mode)
    await gateway.forward(PORT)
    await gateway.forward(OTHER_PORT)
    async with (
        peer_up(world.friend, config, "ggfriend0") as tunnel,
        hosting(world.friend, PORT),
        hosting(world.friend, OTHER_PORT),
    ):
        await tunnel.handshake()
        async with (
            flowing(world.player, VPS4, PORT, Protocol.TCP) as tcp4,
            flowing(world.player, VPS4, PORT, Protocol.UDP) as udp4,
            flowing(world.player, VPS6, PORT, Protocol.TCP) as tcp6,
            flowing(world.player, VPS6, PORT, Protocol.UDP) as udp6,
            flowing(world.player2, VPS4, PORT, Protocol.TCP) as other4,
            flowing(world.player2, VPS6, PORT, Protocol.UDP) as other6,
            flowing(world.player, VPS4, OTHER_PORT, Protocol.TCP) as other_port,
        ):
            before = (await gateway.status()).forwards[0]
            # Both players of the world share an IPv4 /24, so its prefix is tried by IPv6 alone.
            await block(gateway, f"{PLAYER4}")
            await end_at_once(tcp4, udp4)
            await go_on(tcp6, udp6, other4, other6, other_port)
            await block(gateway, f"{PLAYER6}" if rule == "address" else str(ip_network(f"{PLAYER6}/64", strict=False)))
            await end_at_once(tcp6, udp6)
            await go_on(other4, other6, other_port)
            assert not await is_reached(world.player, VPS4)
            assert not await is_reached(world.player, VPS6)
            shown = await listed(gateway)
            assert {each.address for each in shown.connections} == {OTHER_PLAYER4, OTHER_PLAYER6}
            assert all(each.packets > 0 for each in shown.addresses), shown.addresses
            after = (await gateway.status()).forwards[0]
            assert after.players == 2
            assert after.rx_bytes >= before.rx_bytes > 0, "the counts go on where they were"
            assert after.tx_bytes >= before.tx_bytes > 0
            for each in shown.addresses:
                await gateway.client.call(Unblock(actor=ALICE, ids=(1,), network=each.network))
            assert await is_reached(world.player, VPS4)
            assert await is_reached(world.player, VPS6)
            await go_on(other4, other6)
            assert (await gateway.status()).forwards[0].rx_bytes >= after.rx_bytes


async def test_a_blocked_prefix_holds_every_address_of_it_but_one_that_is_let_in(
    gateway: Gateway, world: World
) -> None:
    config = await gateway.join()
    await gateway.forward(PORT)
    network = ip_network(f"{PLAYER4}/24", strict=False)
    assert OTHER_PLAYER4 in network
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, PORT):
        await tunnel.handshake()
        async with (
            flowing(world.player, VPS4, PORT, Protocol.TCP) as one,
            flowing(world.player2, VPS4, PORT, Protocol.UDP) as other,
        ):
            await gateway.client.call(LetIn(actor=ALICE, ids=(1,), network=ip_network(OTHER_PLAYER4)))
            await block(gateway, str(network))
            await end_at_once(one)
            await go_on(other)
            await gateway.client.call(Unblock(actor=ALICE, ids=(1,), network=ip_network(OTHER_PLAYER4)))
            await end_at_once(other)


async def test_a_block_is_one_transaction_in_which_no_pushing_server_speaks_on(gateway: Gateway, world: World) -> None:
    """The server never stops sending, and would open the flow anew from inside."""
    loop = asyncio.get_running_loop()
    config = await gateway.join()
    await gateway.forward(PORT, protocol=Protocol.UDP, to_port=30000)
    async with (
        peer_up(world.friend, config, "ggfriend0") as tunnel,
        pushing(world.friend, 30000) as server,
        playing(world.player, [VPS4, VPS6] * 5, PORT) as players,
        playing(world.player2, [VPS4, VPS6], PORT) as others,
    ):
        await tunnel.handshake()
        for _ in range(3):
            await all_play([*players, *others], loop.time())
            await block(gateway, str(PLAYER4))
            await block(gateway, str(PLAYER6))
            blocked_at = loop.time()
            assert await still_served([*players, *others], server, blocked_at) == len(others)
            assert not any(player.got_something_sent_after(blocked_at) for player in players)
            for address in (PLAYER4, PLAYER6):
                await gateway.client.call(Unblock(actor=ALICE, ids=(1,), network=ip_network(address)))


@pytest.mark.parametrize("end", ["kill", "stop", "repair", "flush"])
async def test_blocks_and_their_counts_outlive_restarts_and_repairs(gateway: Gateway, world: World, end: str) -> None:
    config = await gateway.join()
    await gateway.forward(PORT)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, PORT):
        await tunnel.handshake()
        await block(gateway, str(PLAYER4))
        assert not await is_reached(world.player, VPS4)
        (before,) = (await listed(gateway)).addresses
        assert before.packets > 0
        match end:
            case "kill" | "stop":
                await (gateway.kill() if end == "kill" else gateway.stop())
                await gateway.start()
            case "repair":
                await gateway.nft("add", "chain", "inet", "guildgate", "stray")
            case _:
                await gateway.nft("flush", "ruleset")

        async def is_right() -> bool:
            try:
                table = await gateway.nft("list", "table", "inet", "guildgate")
            except RuntimeError:
                return False
            return "stray" not in table and "@chosen" in table and f"{PLAYER4} . " in table

        await until(is_right)
        assert await world.player2.ask_udp(VPS4, PORT, timeout_s=20) == "hello", "the tunnel is up again"
        assert not await is_reached(world.player, VPS4)
        assert await is_reached(world.player, VPS6)
        (after,) = (await listed(gateway)).addresses
        assert replace(after, packets=0) == replace(before, packets=0)
        assert after.packets > (before.packets if end in ("kill", "repair") else 0)


@pytest.mark.parametrize("end", ["kill", "stop"])
async def test_kicks_blocks_and_friends_hold_in_both_families_without_the_gateway_and_after_its_next_start(
    idle_gateway: Gateway, world: World, end: str
) -> None:
    """A stop takes the data path down, and nothing is reached meanwhile. After a kill the kernel keeps to the rules."""
    gateway = idle_gateway
    gateway.prelude = "import datetime"
    gateway.changed["gateway.state.planner", "KICKED_FOR"] = timedelta(hours=1)
    await gateway.start()
    config = await gateway.join()
    await gateway.forward(PORT)
    await gateway.forward(OTHER_PORT)
    async with AsyncExitStack() as stack:
        tunnel = await stack.enter_async_context(peer_up(world.friend, config, "ggfriend0"))
        for port in (PORT, OTHER_PORT):
            await stack.enter_async_context(hosting(world.friend, port))
        await tunnel.handshake()
        kicked4, kicked6, friend = [
            await stack.enter_async_context(flowing(world.player2, address, port, protocol))
            for address, port, protocol in (
                (VPS4, PORT, Protocol.UDP),
                (VPS6, PORT, Protocol.UDP),
                (VPS6, OTHER_PORT, Protocol.TCP),
            )
        ]
        for address in (PLAYER4, PLAYER6):
            await block(gateway, str(address))
        await gateway.client.call(SetFriendsOnly(actor=ALICE, ids=(2,), on=True))
        for network in (str(OTHER_PLAYER4), f"{OTHER_PLAYER6}/64"):
            request = LetIn(actor=ALICE, ids=(2,), network=ip_network(network, strict=False))
            await gateway.client.call(request)
        for address in (OTHER_PLAYER4, OTHER_PLAYER6):
            (one,) = await flows_of(gateway, address, Protocol.UDP)
            await gateway.client.call(
                Kick(actor=ALICE, ids=(1,), protocol=Protocol.UDP, address=one.address, port=one.port)
            )
        await end_at_once(kicked4, kicked6)

        async def all_holds() -> None:
            for player, is_let_in in ((world.player, False), (world.player2, True)):
                for address in (VPS4, VPS6):
                    for port in (PORT, OTHER_PORT):
                        assert await is_reached(player, address, port) == is_let_in, (player, address, port)
            await end_at_once(kicked4, kicked6)

        before = [replace(each, packets=0) for each in (await listed(gateway)).addresses]
        await (gateway.kill() if end == "kill" else gateway.stop())
        if end == "kill":
            await all_holds()
            await go_on(friend)
        await gateway.start()
        assert await world.player2.ask_udp(VPS4, PORT, timeout_s=20) == "hello", "the tunnel is up again"
        await all_holds()
        if end == "kill":
            await go_on(friend)
        assert [replace(each, packets=0) for each in (await listed(gateway)).addresses] == before


async def test_after_a_minute_open_flows_pay_nothing_for_a_block_which_still_holds(
    idle_gateway: Gateway, world: World
) -> None:
    gateway = idle_gateway
    gateway.prelude = "import datetime"
    gateway.shorten("gateway.state.addressrules", "SETTLED_AFTER", timedelta(seconds=2))
    await gateway.start()
    config = await gateway.join()
    await gateway.forward(PORT)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, PORT):
        await tunnel.handshake()
        async with (
            flowing(world.player, VPS4, PORT, Protocol.UDP) as cut,
            flowing(world.player2, VPS4, PORT, Protocol.UDP) as other,
        ):
            await block(gateway, str(PLAYER4))
            await end_at_once(cut)
            before = (await gateway.status()).forwards[0]

            async def is_settled() -> bool:
                watched = await gateway.nft("list", "set", "inet", "guildgate", "watched_original")
                return "elements" not in watched

            await until(is_settled, timeout_s=70)
            await go_on(other)
            assert not await is_reached(world.player, VPS4)
            assert await is_reached(world.player, VPS6)
            after = (await gateway.status()).forwards[0]
            assert after.rx_bytes > before.rx_bytes > 0, "the counts go on where they were"
            assert cut.unanswered > 0


@pytest.mark.timeout(300)
async def test_a_kick_cuts_one_flow_which_may_come_back_after_its_time(idle_gateway: Gateway, world: World) -> None:
    gateway = idle_gateway
    gateway.prelude = "import datetime"
    gateway.shorten("gateway.state.planner", "KICKED_FOR", timedelta(seconds=6))
    await gateway.start()
    config = await gateway.join()
    await gateway.forward(PORT)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, PORT):
        await tunnel.handshake()
        for address, protocol in ((VPS4, Protocol.TCP), (VPS4, Protocol.UDP), (VPS6, Protocol.UDP)):
            async with (
                flowing(world.player, address, PORT, protocol) as kicked,
                flowing(world.player2, address, PORT, protocol) as other,
            ):
                player = PLAYER4 if address is VPS4 else PLAYER6
                (one,) = await flows_of(gateway, player, protocol)
                assert (one.protocol, one.to, one.is_from_device) == (protocol, PORT, False)
                assert one.since, "this host notes no times, so it is when the gateway first saw the flow"
                assert timedelta() < datetime.now(UTC) - one.since < timedelta(hours=1)
                async with flowing(world.player, address, PORT, protocol) as second:
                    request = Kick(actor=ALICE, ids=(1,), protocol=one.protocol, address=one.address, port=one.port)
                    await gateway.client.call(request)
                    await end_at_once(kicked)
                    await go_on(second, other)
                    assert one.port not in {each.port for each in await flows_of(gateway, player, protocol)}
                if protocol is Protocol.UDP:
                    await go_on(kicked, timeout_s=90)  # by and by, because its time is over


async def test_only_devices_in_the_vpn_and_addresses_let_in_reach_a_forward_for_friends(
    gateway: Gateway, world: World
) -> None:
    """Open flows of strangers end with the switch, and what the device itself begins goes on."""
    config, other = await gateway.join(), await gateway.join(BOB)
    await gateway.forward(PORT)
    await gateway.forward(OTHER_PORT)
    async with (
        peer_up(world.friend, config, "ggfriend0") as tunnel,
        peer_up(world.friend2, other, "ggfriend1") as second,
        hosting(world.friend, PORT),
        hosting(world.friend, OTHER_PORT),
        hosting(world.player2, 9000),
    ):
        await tunnel.handshake()
        await second.handshake()
        async with (
            flowing(world.player, VPS4, PORT, Protocol.TCP) as stranger,
            flowing(world.player, VPS6, PORT, Protocol.UDP) as stranger6,
            flowing(world.player2, VPS4, PORT, Protocol.UDP) as known,
            # By IPv6, because the demo's devices reach the VPS's IPv4 address past the tunnel.
            flowing(world.friend2, VPS6, PORT, Protocol.TCP) as device,
            flowing(world.friend2, VPS6, PORT, Protocol.UDP) as device6,
            flowing(world.player, VPS4, OTHER_PORT, Protocol.TCP) as elsewhere,
        ):
            await gateway.client.call(LetIn(actor=ALICE, ids=(1,), network=ip_network(OTHER_PLAYER4)))
            await gateway.client.call(SetFriendsOnly(actor=ALICE, ids=(1,), on=True))
            await end_at_once(stranger, stranger6)
            await go_on(known, device, device6, elsewhere)
            assert not await is_reached(world.player, VPS4)
            assert not await is_reached(world.player, VPS6)
            assert await world.vps.ask_tcp(VPS4, PORT) == "hello", "this host itself, which asks for the match card"
            assert await world.friend.ask_udp(OTHER_PLAYER4, 9000) == "hello"
            shown = await listed(gateway)
            assert shown.strangers > 0
            assert {(each.device, each.owner_name) for each in shown.connections} == {("pc", "bob"), ("", "")}
            assert (await gateway.status()).forwards[0].players == 2
            await gateway.client.call(SetFriendsOnly(actor=ALICE, ids=(1,), on=False))
            assert await is_reached(world.player, VPS4)
            await go_on(known, device, device6)


async def test_the_address_of_a_devices_home_is_no_proof_so_its_host_lets_it_in(gateway: Gateway, world: World) -> None:
    """A device in split mode calls the public address past the tunnel, from an address that its carrier shares out."""
    config, bobs = await gateway.join(), await gateway.join(BOB, mode=Mode.SPLIT)
    await gateway.client.call(AddForward(actor=ALICE, ports=parse_ports(str(PORT)), friends_only=True))

    async def is_answered(place: Namespace) -> bool:
        try:
            return await place.ask_udp(VPS4, PORT, timeout_s=1) == "hello"
        except OSError:
            return False

    async with (
        peer_up(world.friend, config, "ggfriend0") as tunnel,
        peer_up(world.friend2, bobs, "ggfriend1") as second,
        hosting(world.friend, PORT),
    ):
        await tunnel.handshake()
        await second.handshake()
        (row,) = [row for row in (await gateway.status()).peers if row.peer.owner == BOB.id]
        assert (row.endpoint or "").startswith(f"{CGNAT4}:")
        assert not await is_answered(world.friend2)
        assert not await is_answered(world.cgnat), "another customer of the carrier, with the same address"
        assert (await listed(gateway)).strangers >= 2
        await gateway.client.call(LetIn(actor=ALICE, ids=(1,), network=ip_network(CGNAT4)))
        assert await is_answered(world.friend2)
        assert await is_answered(world.cgnat)


async def test_a_port_opened_for_friends_is_so_from_its_first_packet(gateway: Gateway, world: World) -> None:
    config = await gateway.join()
    request = AddForward(actor=ALICE, ports=parse_ports(str(PORT)), friends_only=True)
    opened = await gateway.client.call(request)
    assert opened.forwards[0].friends_only
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, PORT):
        await tunnel.handshake()
        assert not await is_reached(world.player, VPS4)
        await gateway.client.call(LetIn(actor=ALICE, ids=(1,), network=ip_network(f"{PLAYER4}/24", strict=False)))
        assert await is_reached(world.player, VPS4)
        assert not await is_reached(world.player, VPS6)


async def test_a_troll_stays_out_when_the_port_is_opened_again(gateway: Gateway, world: World) -> None:
    """The rules are the owner's: another member that gets the port begins without any."""
    mine, bobs = await gateway.join(), await gateway.join(BOB)
    await gateway.forward(PORT)
    async with (
        peer_up(world.friend, mine, "ggfriend0") as tunnel,
        peer_up(world.friend2, bobs, "ggfriend1") as second,
        hosting(world.friend, PORT),
        hosting(world.friend2, PORT),
    ):
        await tunnel.handshake()
        await second.handshake()
        await block(gateway, str(PLAYER4))
        await gateway.unforward(PORT)
        table = await gateway.nft("list", "table", "inet", "guildgate")
        assert str(PLAYER4) not in table, "nothing of a closed port stays in the table"
        await gateway.forward(PORT, BOB)
        assert await is_reached(world.player, VPS4)
        await gateway.unforward(PORT, BOB)
        await gateway.forward(PORT)
        assert not await is_reached(world.player, VPS4)
        assert await is_reached(world.player, VPS6)


async def test_a_server_that_speaks_first_reaches_no_blocked_address(gateway: Gateway, world: World) -> None:
    config = await gateway.join()
    await gateway.forward(PORT, protocol=Protocol.UDP, to_port=30000)
    await block(gateway, str(PLAYER4))
    async with (
        peer_up(world.friend, config, "ggfriend0") as tunnel,
        pushing(world.friend, 30000) as server,
        playing(world.player, [VPS4], PORT) as blocked,
        playing(world.player2, [VPS4], PORT) as others,
    ):
        await tunnel.handshake()
        for address, player in ((PLAYER4, blocked[0]), (OTHER_PLAYER4, others[0])):
            server.known[str(address), player.port] = 0

        async def is_heard() -> bool:
            return bool(others[0].stamps)

        await until(is_heard)
        assert await still_served([*blocked, *others], server, asyncio.get_running_loop().time()) == 1
        (flow,) = (await listed(gateway)).connections
        assert (flow.address, flow.is_from_device) == (OTHER_PLAYER4, True)


async def test_members_choose_for_their_own_ports_within_limits(idle_gateway: Gateway) -> None:
    gateway = idle_gateway
    gateway.settings = "[policy]\naddresses_per_forward = 2"
    await gateway.start()
    await gateway.join()
    await gateway.forward(PORT)
    with pytest.raises(NotAllowed):
        await gateway.client.call(Block(actor=BOB, ids=(1,), network=ip_network(PLAYER4)))
    with pytest.raises(AddressNotListed):
        await gateway.client.call(Unblock(actor=ALICE, ids=(1,), network=ip_network(PLAYER4)))
    for address in ("192.0.2.1", "192.0.2.2", "192.0.2.2"):
        await block(gateway, address)
    with pytest.raises(LimitReached):
        await block(gateway, "192.0.2.3")
    await gateway.client.call(Block(actor=ADMIN, ids=(1,), network=ip_network("192.0.2.3")))
    assert [str(each.network) for each in (await listed(gateway)).addresses] == [
        "192.0.2.1/32",
        "192.0.2.2/32",
        "192.0.2.3/32",
    ]
