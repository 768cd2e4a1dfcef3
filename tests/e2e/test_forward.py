"""What `/forward` opens and `/unforward` closes, with players on the other side of the Internet."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.api.contract import List
from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up
from gateway.demo.world import OTHER_PLAYER4, OTHER_PLAYER6, PLAYER4, PLAYER6, VPS4, VPS6, World
from gateway.model import Protocol
from tests.e2e.scene import ROOT, Scene, join, players, reaches, said
from tests.fakediscord import Person
from tests.lab import end_at_once, go_on

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module")]


async def test_players_reach_the_friends_server_and_it_sees_their_own_addresses(alice: Person, world: World) -> None:
    """The answer says where to connect, where that leads and how to close it."""
    config = await join(alice, device="laptop")
    reply = await alice.slash("forward", port="25565")
    assert reply.ephemeral
    for part in (f"{VPS4}:25565", f"[{VPS6}]:25565", "laptop", "TCP and UDP"):
        assert part in said(reply)
    assert reply.button("Close")
    async with peer_up(world.friend, config, "friend0") as tunnel, hosting(world.friend, 25565) as server:
        await tunnel.handshake()
        for player, own4, own6 in (
            (world.player, PLAYER4, PLAYER6),
            (world.player2, OTHER_PLAYER4, OTHER_PLAYER6),
        ):
            for public, own in ((VPS4, own4), (VPS6, own6)):
                assert await player.ask_tcp(public, 25565) == "hello"
                assert await player.ask_udp(public, 25565) == "hello"
                assert server.saw(own, Protocol.TCP)
                assert server.saw(own, Protocol.UDP)
        assert {caller.address for caller in players(server)} == {PLAYER4, PLAYER6, OTHER_PLAYER4, OTHER_PLAYER6}


async def test_a_port_that_is_not_forwarded_reaches_no_device(alice: Person, world: World) -> None:
    config = await join(alice)
    await alice.slash("forward", port="25565")
    async with (
        peer_up(world.friend, config, "friend0") as tunnel,
        hosting(world.friend, 25565),
        hosting(world.friend, 25566) as other,
    ):
        await tunnel.handshake()
        assert await reaches(world.player, VPS4, 25565)
        for public in (VPS4, VPS6):
            assert not await reaches(world.player, public, 25566)
            with pytest.raises(OSError):
                await world.player.ask_udp(public, 25566, timeout_s=0.5)
        assert other.callers == []


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
async def test_one_protocol_is_forwarded_without_the_other(alice: Person, world: World, protocol: str) -> None:
    config = await join(alice)
    await alice.slash("forward", port="25565", protocol=protocol)
    async with peer_up(world.friend, config, "friend0") as tunnel, hosting(world.friend, 25565) as server:
        await tunnel.handshake()
        asked = {"tcp": world.player.ask_tcp, "udp": world.player.ask_udp}
        assert await asked.pop(protocol)(VPS4, 25565) == "hello"
        (ask_other,) = asked.values()
        with pytest.raises(OSError):
            await ask_other(VPS4, 25565, timeout_s=0.5)
        assert {caller.protocol for caller in server.callers} == {Protocol(protocol)}


async def test_the_server_may_listen_on_another_port_of_a_chosen_device(alice: Person, world: World) -> None:
    """With two devices, a menu asks for one, if none is named."""
    laptop, phone = await join(alice, device="laptop"), await join(alice, device="phone")
    which = await alice.slash("forward", port="25565", to_port=8080)
    assert {each["label"] for each in which.select().raw["options"]} == {"laptop", "phone"}
    reply = await alice.slash("forward", port="25565", to_port=8080, device="phone")
    assert "8080" in said(reply)
    async with (
        peer_up(world.friend, laptop, "friend0"),
        peer_up(world.friend2, phone, "friend1") as tunnel,
        hosting(world.friend, 8080) as wrong,
        hosting(world.friend2, 8080) as right,
    ):
        await tunnel.handshake()
        assert await world.player.ask_tcp(VPS4, 25565) == "hello"
        assert await world.player.ask_udp(VPS6, 25565) == "hello"
        assert right.saw(PLAYER4, Protocol.TCP)
        assert right.saw(PLAYER6, Protocol.UDP)
        assert players(wrong) == []


async def test_an_open_port_is_led_to_another_device_and_port_until_another_time(
    alice: Person, scene: Scene, world: World
) -> None:
    """It is the same forward all the time: players keep the address, and nothing closes in between."""
    laptop, phone = await join(alice, device="laptop"), await join(alice, device="phone")
    reply = await alice.slash("forward", port="25565/tcp", device="laptop")
    async with (
        peer_up(world.friend, laptop, "friend0") as first,
        peer_up(world.friend2, phone, "friend1") as second,
        hosting(world.friend, 25565) as before,
        hosting(world.friend2, 8080) as after,
    ):
        await first.handshake()
        await second.handshake()
        async with flowing(world.player, VPS4, 25565, Protocol.TCP) as flow:
            await go_on(flow)
            form = (await alice.press(reply.button("Change…"))).modal
            changed = {"The PC it runs on": "phone", "The port that your server uses": "8080"}
            await alice.submit(form, {**changed, "How long, or until when": "30d"})
            await end_at_once(flow)
            assert await world.player2.ask_tcp(VPS4, 25565) == "hello"
            assert after.saw(OTHER_PLAYER4, Protocol.TCP)
            assert not before.saw(OTHER_PLAYER4, Protocol.TCP)
        (forward,) = (await scene.api.call(List(actor=ROOT, everyone=True))).forwards
        assert forward.expires_at
        assert timedelta(days=29) < forward.expires_at - forward.created_at < timedelta(days=31)


async def test_a_range_and_single_ports_are_opened_and_closed_in_one_command(alice: Person, world: World) -> None:
    config = await join(alice)
    opened = said(await alice.slash("forward", port="2456-2457, 27015/udp"))
    assert "2456-2457" in opened
    assert "27015" in opened
    async with (
        peer_up(world.friend, config, "friend0") as tunnel,
        hosting(world.friend, 2457) as game,
        hosting(world.friend, 27015) as query,
    ):
        await tunnel.handshake()
        assert await world.player.ask_tcp(VPS4, 2457) == "hello"
        assert await world.player.ask_udp(VPS6, 2457) == "hello"
        assert await world.player.ask_udp(VPS4, 27015) == "hello"
        assert not await reaches(world.player, VPS4, 27015)
        assert {caller.protocol for caller in query.callers} == {Protocol.UDP}
        game.callers.clear()
        await alice.slash("unforward", port="2456-2457")
        assert not await reaches(world.player, VPS4, 2457)
        assert await world.player.ask_udp(VPS4, 27015) == "hello"
        assert players(game) == []


@pytest.mark.parametrize("port", ["", "http", "0", "65536", "25565;25566", "-1", "30-20", "٢٥٥٦٥", "1e4", "`25565`"])
async def test_what_is_no_port_is_answered_with_how_to_write_one(alice: Person, port: str) -> None:
    await join(alice)
    reply = await alice.slash("forward", port=port)
    assert reply.ephemeral
    assert "is not a port" in said(reply)
    assert "25565" in said(reply)
    assert "No port is open" in said(await alice.slash("status"))


@pytest.mark.parametrize("port", ["22", "1023", "61000", "51820"])
async def test_ports_of_the_gateway_itself_are_refused(alice: Person, port: str) -> None:
    """These are system ports, the pool for outgoing flows, and WireGuard's own port."""
    await join(alice)
    assert "can't be opened" in said(await alice.slash("forward", port=port))
    assert "No port is open" in said(await alice.slash("status"))


async def test_a_member_without_a_device_is_told_to_add_one_first(alice: Person) -> None:
    assert "Add your PC first" in said(await alice.slash("forward", port="25565"))


async def test_closing_a_port_ends_its_flows_and_leaves_the_other_alone(alice: Person, world: World) -> None:
    """The other protocol of a closed port and the tunnel itself go on."""
    config = await join(alice)
    for port in ("25565", "25566"):
        await alice.slash("forward", port=port)
    choices = await alice.autocomplete("unforward", focused="port", port="")
    assert {choice.value for choice in choices} == {"25565", "25566"}
    async with (
        peer_up(world.friend, config, "friend0") as tunnel,
        hosting(world.friend, 25565),
        hosting(world.friend, 25566),
    ):
        await tunnel.handshake()
        async with (
            flowing(world.player, VPS4, 25565, Protocol.TCP) as tcp,
            flowing(world.player, VPS6, 25565, Protocol.UDP) as udp,
            flowing(world.player, VPS4, 25566, Protocol.TCP) as other,
        ):
            reply = await alice.slash("unforward", port="25565")
            assert "25565" in said(reply)
            await end_at_once(tcp, udp)
            await go_on(other)
        assert "is not open" in said(await alice.slash("unforward", port="25565"))


async def test_a_member_cannot_close_another_members_port(alice: Person, bob: Person, world: World) -> None:
    """The other member does not get the port either; the refusal names a free one."""
    config = await join(alice)
    await join(bob)
    await alice.slash("forward", port="25565")
    assert "is not open" in said(await bob.slash("unforward", port="25565"))
    assert await bob.autocomplete("unforward", focused="port", port="255") == []
    assert "25566 is free" in said(await bob.slash("forward", port="25565"))
    async with peer_up(world.friend, config, "friend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        assert await reaches(world.player, VPS4, 25565)


async def test_of_two_members_racing_for_a_port_exactly_one_gets_it(alice: Person, bob: Person, world: World) -> None:
    """Players reach the member that was told so."""
    configs = await join(alice), await join(bob)
    async with (
        peer_up(world.friend, configs[0], "friend0") as first,
        peer_up(world.friend2, configs[1], "friend1") as second,
        hosting(world.friend, 25565) as of_alice,
        hosting(world.friend2, 25565) as of_bob,
    ):
        await first.handshake()
        await second.handshake()
        for _ in range(5):
            racing = [person.begin("forward", port="25565") for person in (alice, bob)]
            answers = [said(await reply.answered(10)) for reply in racing]
            won = ["is open" in answer for answer in answers]
            assert sorted(won) == [False, True], answers
            assert "is already open" in answers[won.index(False)]
            assert await reaches(world.player, VPS4, 25565)
            winner, loser = (of_alice, of_bob) if won[0] else (of_bob, of_alice)
            assert winner.saw(PLAYER4, Protocol.TCP)
            assert players(loser) == []
            winner.callers.clear()
            await (alice if won[0] else bob).slash("unforward", port="25565")
