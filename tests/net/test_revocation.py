"""What is closed or revoked stays silent, and nothing of it reaches the next owner of the address or port."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from gateway.demo.flow import flowing
from gateway.demo.namespace import Address
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import PLAYER4, PLAYER6, SITE4, SITE6, VPS4, VPS6, World
from gateway.model import Protocol
from tests.lab import end_at_once, go_on
from tests.net.gateway import ALICE, BOB, Gateway
from tests.net.nat import udp
from tests.net.traffic import GameServer, Player, flow_lines, playing, pushing

WATCHED_S = 0.5
TWENTY: list[Address] = [VPS4, VPS6] * 10
ROUTER4 = "203.0.113.254"


async def all_play(players: list[Player], since: float) -> None:
    """Wait until each player got something that was sent after `since`, saying hello meanwhile."""

    async def served() -> bool:
        waiting = [player for player in players if not player.got_something_sent_after(since)]
        for player in waiting:
            player.say_hello()
        return not waiting

    await until(served)


async def still_served(players: list[Player], server: GameServer, since: float, *, talking: bool = True) -> int:
    """Watch for a while; return how many players got something that was sent after `since`.

    The server talks on, and so do the players by default.
    """
    loop = asyncio.get_running_loop()
    pushed, until_s = server.pushed, loop.time() + WATCHED_S
    while loop.time() < until_s:
        if talking:
            for player in players:
                player.say_hello()
        await asyncio.sleep(0.1)
    assert server.pushed > pushed + len(players), "the server kept pushing"
    return sum(player.got_something_sent_after(since) for player in players)


@pytest.fixture
def rounds(in_full: bool) -> int:
    return 50 if in_full else 8


@pytest.mark.timeout(180)
async def test_closing_a_port_silences_a_pushing_server_every_time(gateway: Gateway, world: World, rounds: int) -> None:
    """Twenty players of a server that never stops sending get nothing after /unforward, every time."""
    loop = asyncio.get_running_loop()
    config = await gateway.join()
    async with (
        peer_up(world.friend, config, "ggfriend0") as tunnel,
        pushing(world.friend, 30000) as server,
        playing(world.player, TWENTY, 25565) as players,
    ):
        await tunnel.handshake()
        served = []
        for _ in range(rounds):
            await gateway.forward(25565, protocol=Protocol.UDP, to_port=30000)
            await all_play(players, loop.time())
            await gateway.unforward("25565/udp")
            served.append(await still_served(players, server, loop.time()))
        assert served == [0] * rounds


@pytest.mark.timeout(240)
async def test_revoking_silences_a_pushing_server_every_time(idle_gateway: Gateway, world: World, rounds: int) -> None:
    """The same holds for /revoke, with a new device and tunnel each time."""
    gateway, loop = idle_gateway, asyncio.get_running_loop()
    gateway.settings = "[policy]\njoins_per_hour = 1000"
    await gateway.start()
    async with pushing(world.friend, 25565) as server, playing(world.player, TWENTY, 25565) as players:
        served = []
        for _ in range(rounds):
            config = await gateway.join()
            await gateway.forward(25565, protocol=Protocol.UDP)
            async with peer_up(world.friend, config, "ggfriend0") as tunnel:
                await tunnel.handshake()
                await all_play(players, loop.time())
                await gateway.revoke()
                served.append(await still_served(players, server, loop.time()))
            server.forget()
        assert served == [0] * rounds


async def test_a_closed_port_stays_silent_through_a_repair(gateway: Gateway, world: World) -> None:
    """The server's packets do not open the flow again, even when another program has the table loaded anew."""
    loop = asyncio.get_running_loop()
    config = await gateway.join()
    async with (
        peer_up(world.friend, config, "ggfriend0") as tunnel,
        pushing(world.friend, 25565) as server,
        playing(world.player, TWENTY, 25565) as players,
    ):
        await tunnel.handshake()
        await gateway.forward(25565)
        await all_play(players, loop.time())
        await gateway.unforward(25565)
        closed_at = loop.time()
        await gateway.nft("add", "chain", "inet", "guildgate", "stray")

        async def is_repaired() -> bool:
            return "stray" not in await gateway.nft("list", "table", "inet", "guildgate")

        await until(is_repaired)
        assert await still_served(players, server, closed_at) == 0
        assert await still_served(players, server, loop.time()) == 0


@pytest.mark.parametrize("end", ["kill", "stop"])
async def test_a_closed_port_stays_silent_through_a_restart(gateway: Gateway, world: World, end: str) -> None:
    """Its players only listen, and its server never stops sending, but its packets find no way back to them."""
    config = await gateway.join()
    await gateway.forward(25565, protocol=Protocol.UDP)
    await gateway.forward(25566)
    async with (
        peer_up(world.friend, config, "ggfriend0") as tunnel,
        pushing(world.friend, 25565) as server,
        hosting(world.friend, 25566),
        playing(world.player, TWENTY, 25565) as players,
    ):
        await tunnel.handshake()
        await all_play(players, asyncio.get_running_loop().time())
        await gateway.unforward("25565/udp")
        await (gateway.kill() if end == "kill" else gateway.stop())
        await gateway.start()
        assert await world.player.ask_udp(VPS4, 25566, timeout_s=20) == "hello", "the tunnel is up again"
        assert await still_served(players, server, asyncio.get_running_loop().time(), talking=False) == 0


async def test_what_the_server_began_ends_with_the_port_too(gateway: Gateway, world: World) -> None:
    """A server may speak first, from its public port. Such a flow is closed with the port, though it is no player's."""
    loop = asyncio.get_running_loop()
    config = await gateway.join()
    await gateway.forward(25565, protocol=Protocol.UDP, to_port=30000)
    async with (
        peer_up(world.friend, config, "ggfriend0") as tunnel,
        pushing(world.friend, 30000) as server,
        playing(world.player, [VPS4, VPS6], 25565) as players,
    ):
        await tunnel.handshake()
        for address, player in zip((PLAYER4, PLAYER6), players, strict=True):
            server.known[str(address), player.port] = 0

        async def all_heard() -> bool:
            return all(player.stamps for player in players)

        await until(all_heard)
        await all_play(players, loop.time())
        for player in players:
            player.say_hello()

        async def all_answered() -> bool:
            return len({peername[:2] for peername, number in server.known.items() if number}) == len(players)

        await until(all_answered)
        (forward,) = (await gateway.status()).forwards
        assert (forward.connections, forward.players) == (0, 0), "what the device begins is no player"
        await gateway.unforward("25565/udp")
        assert await still_served(players, server, loop.time()) == 0


async def test_a_port_opened_again_is_played_on_at_once(gateway: Gateway, world: World) -> None:
    """The silence of a closed port ends when it is opened again, also for its earlier players."""
    loop = asyncio.get_running_loop()
    config = await gateway.join()
    async with (
        peer_up(world.friend, config, "ggfriend0") as tunnel,
        pushing(world.friend, 25565) as server,
        playing(world.player, TWENTY, 25565) as players,
    ):
        await tunnel.handshake()
        for _ in range(3):
            await gateway.forward(25565)
            await all_play(players, loop.time())
            await gateway.unforward(25565)
            server.forget()


async def test_a_port_that_changes_hands_changes_them_for_old_players_too(gateway: Gateway, world: World) -> None:
    """Alice's player, from the same source port, comes to Bob as a new player and never to Alice again."""
    loop = asyncio.get_running_loop()
    alices, bobs = await gateway.join(), await gateway.join(BOB)
    async with (
        peer_up(world.friend, alices, "ggfriend0") as first,
        peer_up(world.friend2, bobs, "ggfriend1") as second,
        pushing(world.friend, 25565) as alice,
        pushing(world.friend2, 25565) as bob,
        playing(world.player, TWENTY, 25565) as players,
    ):
        await first.handshake()
        await second.handshake()
        for _ in range(5):
            await gateway.forward(25565)
            await all_play(players, loop.time())
            await gateway.unforward(25565)
            for player in players:
                player.say_hello()
            await gateway.forward(25565, BOB)
            heard_before = dict(alice.known)
            await all_play(players, loop.time())

            async def all_players_came() -> bool:
                return len(bob.known) == len(players)

            await until(all_players_came)
            assert alice.known == heard_before
            listing = await gateway.run("conntrack", "-L") + await gateway.run("conntrack", "-L", "-f", "ipv6")
            assert flow_lines(listing, Protocol.UDP, "src=10.66.66.2") == []
            assert flow_lines(listing, Protocol.UDP, "dport=25565", "src=10.66.66.3")
            await gateway.unforward(25565, BOB)
            alice.forget()
            bob.forget()


async def test_a_connection_of_the_old_owner_is_unknown_to_the_new_one(gateway: Gateway, world: World) -> None:
    """An open TCP connection to Alice's port breaks when Bob has it, and does not go on."""
    alices, bobs = await gateway.join(), await gateway.join(BOB)
    async with (
        peer_up(world.friend, alices, "ggfriend0") as first,
        peer_up(world.friend2, bobs, "ggfriend1") as second,
        hosting(world.friend, 25565) as alice,
        hosting(world.friend2, 25565) as bob,
    ):
        await first.handshake()
        await second.handshake()
        for public, player in ((VPS4, PLAYER4), (VPS6, PLAYER6)):
            await gateway.forward(25565)
            async with flowing(world.player, public, 25565, Protocol.TCP) as flow:
                await gateway.unforward(25565)
                await gateway.forward(25565, BOB)
                await end_at_once(flow)
                assert await world.player.ask_tcp(public, 25565) == "hello"
            assert [caller.address for caller in bob.callers] == [player]
            assert alice.saw(player, Protocol.TCP)
            bob.callers.clear()
            await gateway.unforward(25565, BOB)


async def test_nothing_of_a_revoked_peer_is_left_in_conntrack(gateway: Gateway, world: World) -> None:
    """The revoked peer's outgoing flows are forgotten in both families. Those of other peers live on."""
    alices, bobs = await gateway.join(), await gateway.join(BOB)
    async with (
        peer_up(world.friend, alices, "ggfriend0") as first,
        peer_up(world.friend2, bobs, "ggfriend1") as second,
        hosting(world.inet, 80, [SITE4, SITE6]),
    ):
        await first.handshake()
        await second.handshake()
        for friend in (world.friend, world.friend2):
            for site in (SITE4, SITE6):
                assert await friend.ask_udp(site, 80) == "hello"
                assert await friend.ask_tcp(site, 80) == "hello"
        async with (
            flowing(world.friend2, SITE4, 80, Protocol.TCP) as bobs4,
            flowing(world.friend2, SITE6, 80, Protocol.TCP) as bobs6,
        ):
            assert await flows_of(gateway, "10.66.66.2", "fd42:42:42::2") == 4
            before = await flows_of(gateway, "10.66.66.3", "fd42:42:42::3")
            await gateway.revoke(ALICE)
            await until(lambda: is_forgotten(gateway, "10.66.66.2", "fd42:42:42::2"))
            assert await flows_of(gateway, "10.66.66.3", "fd42:42:42::3") == before
            await go_on(bobs4, bobs6)


async def is_forgotten(gateway: Gateway, *addresses: str) -> bool:
    return await flows_of(gateway, *addresses) == 0


async def flows_of(gateway: Gateway, *addresses: str) -> int:
    found = 0
    for family in ("ipv4", "ipv6"):
        lines = (await gateway.run("conntrack", "-L", "-f", family)).splitlines()
        found += sum(f"src={address}" in line.split() for line in lines for address in addresses)
    return found


async def test_the_next_owner_of_an_address_gets_none_of_the_old_ones_flows(
    idle_gateway: Gateway, world: World
) -> None:
    """A site that keeps answering Alice after she is gone does not reach Bob, the next owner of her address."""
    gateway = idle_gateway
    gateway.settings = 'subnet4 = "10.66.66.0/30"'
    await gateway.start()
    config = await gateway.join()
    async with pushing(world.inet, 7000, [SITE4, SITE6]) as site:
        async with peer_up(world.friend, config, "ggfriend0") as tunnel:
            await tunnel.handshake()
            async with playing(world.friend, [SITE4, SITE6], 7000, [7001, 7001]) as alice:
                for player in alice:
                    player.say_hello()

                async def is_known() -> bool:
                    return len(site.known) == 2

                await until(is_known)
                # the gateway was killed before it tidied up, or stopped, so flows may be left
                await gateway.revoke()
        await gateway.stop()
        end_rest(gateway)
        await gateway.start()
        bobs = await gateway.join(BOB)
        assert "10.66.66.2/" in bobs
        async with (
            peer_up(world.friend2, bobs, "ggfriend1") as tunnel,
            pushing(world.friend2, 7001) as bob,
            hosting(world.friend2, 25565),
        ):
            await tunnel.handshake()
            await gateway.forward(25565, BOB)
            pushed = site.pushed

            async def pushed_more() -> bool:
                return site.pushed > pushed + 100

            await until(pushed_more)
            assert await world.player.ask_udp(VPS4, 25565) == "hello"
            assert bob.known == {}


async def test_flows_that_a_crash_left_behind_do_not_reach_the_next_owner(idle_gateway: Gateway, world: World) -> None:
    """The gateway is killed after the peer went and before its flows were forgotten.

    The next owner's join forgets them.
    """
    gateway = idle_gateway
    gateway.settings = 'subnet4 = "10.66.66.0/30"'
    await gateway.start()
    config = await gateway.join()
    async with pushing(world.inet, 7000, [SITE4, SITE6]) as site:
        async with (
            peer_up(world.friend, config, "ggfriend0") as tunnel,
            playing(world.friend, [SITE4, SITE6], 7000, [7001, 7001]) as alice,
        ):
            await tunnel.handshake()
            for player in alice:
                player.say_hello()

            async def is_known() -> bool:
                return len(site.known) == 2

            await until(is_known)
        await gateway.kill()
        with closing(sqlite3.connect(gateway.state_dir / "guildgate.db")) as db, db:
            db.execute("DELETE FROM peers")
        assert await flows_of(gateway, "10.66.66.2", "fd42:42:42::2") >= 2
        await gateway.start()
        bobs = await gateway.join(BOB)
        async with peer_up(world.friend2, bobs, "ggfriend1") as tunnel, pushing(world.friend2, 7001) as bob:
            await tunnel.handshake()
            pushed = site.pushed

            async def pushed_more() -> bool:
                return site.pushed > pushed + 100

            await until(pushed_more)
            assert bob.known == {}


def end_rest(gateway: Gateway) -> None:
    """Set the end of resting to now, as an hour after the last /revoke."""
    with closing(sqlite3.connect(gateway.state_dir / "guildgate.db")) as db, db:
        assert db.execute("UPDATE resting SET until = ?", (datetime.now(UTC).isoformat(),)).rowcount == 1


@pytest.mark.parametrize("others", [0, 3000], ids=["", "among-many"])
async def test_opening_a_port_forgets_stale_flows_to_it_and_nothing_else(
    gateway: Gateway, world: World, others: int
) -> None:
    """A flow that came too early is led to the forward. Flows of the host, other peers and other protocols stay."""
    alices, bobs = await gateway.join(), await gateway.join(BOB)
    async with (
        peer_up(world.friend, alices, "ggfriend0") as first,
        peer_up(world.friend2, bobs, "ggfriend1") as second,
        hosting(world.inet, 25565, [SITE4, SITE6]),
        hosting(world.vps, 9000, [VPS4, VPS6]),
    ):
        await first.handshake()
        await second.handshake()
        with (
            world.player.socket(2, 2) as early4,
            world.player.socket(10, 2) as early6,
            world.player.socket(2, 1) as other_protocol,
        ):
            for early, own, public in ((early4, PLAYER4, VPS4), (early6, PLAYER6, VPS6)):
                with udp(world.vps, public, 25565):  # because a packet that no socket takes leaves no flow
                    early.bind((str(own), 40000))
                    early.sendto(b"too early", (str(public), 25565))
                    assert await world.player.ask_tcp(public, 9000) == "hello"
            other_protocol.bind((str(PLAYER4), 40000))
            with pytest.raises(ConnectionRefusedError):
                await asyncio.get_running_loop().sock_connect(other_protocol, (str(VPS4), 25565))
            for port in range(10_000, 10_000 + others):
                with udp(world.player, PLAYER4, port) as knocker:
                    knocker.sendto(b"hello", (str(VPS4), 9000))
            for site in (SITE4, SITE6):
                assert await world.friend2.ask_udp(site, 25565) == "hello"
                assert await world.vps.ask_udp(site, 25565) == "hello"

            async def came() -> bool:
                return len(await stale(gateway)) == 2

            await until(came)
            before = await kept(gateway)
            assert {protocol for protocol, _ in before} == {"udp"}
            await gateway.forward(25565, protocol=Protocol.UDP)
            assert await stale(gateway) == []
            assert await kept(gateway) == before


async def listing(gateway: Gateway) -> str:
    return "".join([await gateway.run("conntrack", "-L", "-f", family) for family in ("ipv4", "ipv6")])


async def stale(gateway: Gateway) -> list[str]:
    return stale_of(await listing(gateway))


def stale_of(listed: str) -> list[str]:
    return flow_lines(listed, Protocol.UDP, "dport=25565", "sport=40000")


async def kept(gateway: Gateway) -> set[tuple[str, str]]:
    """Return all flows but stale ones and the tunnels' own, without what changes with time."""
    listed = await listing(gateway)  # once, because a line holds the seconds left
    found = set()
    for line in set(listed.splitlines()) - set(stale_of(listed)):
        words = [word for word in line.split() if word.startswith(("src=", "dst=", "sport=", "dport="))]
        if "dport=51820" not in words and len(words) == 8 and "TIME_WAIT" not in line:
            found.add(("tcp" if line.split()[0] == "tcp" else "udp", " ".join(words)))
    return found
