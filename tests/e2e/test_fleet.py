"""A fleet with the shipped processes alone: members are in two regions, and no ban is lost with what is killed."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import pytest
import pytest_asyncio

from gateway.api.contract import Actor, AddForward, Join
from gateway.demo.flow import Flow, flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import VPS4
from gateway.errors import AccessSuspended
from gateway.keys import PrivateKey
from gateway.model import Duration, Protocol, parse_ports
from tests.e2e.fleet import ALL, PATIENCE_S, Fleet, Place, fleet_in
from tests.e2e.scene import join, reaches, revoke, said
from tests.fakediscord import CannotInvokeError, Person
from tests.lab import go_on

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

GONE_S = 1.0  # from `fleet remove` to the end of the region's connection
WITHIN_S = 5.0  # from a region that is heard again to all that was decided meanwhile
MISSED_S, ENDS_S = 10.0, 1.0  # until a region that is cut off is missed, and between a port's end and its time


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_fleet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Fleet]:
    async with fleet_in(tmp_path_factory.mktemp("fleet")) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def fleet(shared_fleet: Fleet) -> Fleet:
    """Return the fleet with all of it running, also after a test that failed."""
    await shared_fleet.start()
    return shared_fleet


@dataclass
class Match:
    """A player's connections to what a member hosts in a region."""

    flows: tuple[Flow, ...]

    async def ended(self) -> None:
        async def are_silent() -> bool:
            return all(flow.unanswered >= 3 for flow in self.flows)

        await until(are_silent, timeout_s=PATIENCE_S)

    @property
    def last_answer(self) -> float:
        return max(flow.answered_at for flow in self.flows)


@asynccontextmanager
async def playing(place: Place, host: Person, config: str, port: int) -> AsyncIterator[Match]:
    """Let a member host a match in a region, and a player be in it."""
    home, player = place.world.friend, place.world.player
    async with AsyncExitStack() as stack:
        tunnel = await stack.enter_async_context(peer_up(home, config, f"gghome{place.name}"))
        await stack.enter_async_context(hosting(home, port))
        await tunnel.handshake()
        opened = said(await host.slash("forward", port=str(port), region=place.name))
        assert str(port) in opened
        assert await reaches(player, VPS4, port, timeout_s=10)
        flows = [
            await stack.enter_async_context(flowing(player, VPS4, port, protocol))
            for protocol in (Protocol.TCP, Protocol.UDP)
        ]
        yield Match(tuple(flows))


async def joined(person: Person) -> dict[str, str]:
    """Let a member type /join in each region, and return the configs."""
    return {region: await join(person, device=f"pc-{region}", region=region) for region in ALL}


async def is_cut_off(place: Place, person: Person) -> bool:
    found = await place.devices(person)
    return bool(found) and all(row.peer.suspended_at for row in found)


async def refuses(place: Place, person: Person) -> None:
    """Check that the region's own gateway gives a member no device."""
    actor = Actor(id=str(person.id), name=person.name)
    with pytest.raises(AccessSuspended):
        await place.api.call(Join(actor=actor, device="another", public_key=PrivateKey.generate().public_key))


async def cut_soon(fleet: Fleet, match: Match, place: Place, since: int, up: float) -> None:
    """Wait until the bot hears a region, and check that the match ends soon. `up`: when what was killed ran again."""
    heard = await fleet.says(rf"the gateway \({place.name}\) is back", since=since)
    await match.ended()
    ended = match.last_answer
    print(
        f"{place.name}: heard {heard - up:.2f} s after it was up, and the match ended {ended - heard:+.2f} s after that"
    )
    assert ended - heard < WITHIN_S


async def test_a_revocation_reaches_a_region_whose_courier_was_killed(fleet: Fleet) -> None:
    alice, admin = fleet.member("alice", "Player"), fleet.member("admin", "Admin")
    eu, us = fleet.places.values()
    async with playing(us, alice, (await joined(alice))["us"], 25565) as match:
        await us.courier.kill()
        since = len(fleet.bot.output)
        answer = said(await revoke(admin, alice))
        assert "Cut off in eu." in answer
        assert "us is away since" in answer
        assert await eu.devices(alice) == []
        await go_on(*match.flows)
        await us.courier.start()
        up = asyncio.get_running_loop().time()
        await cut_soon(fleet, match, us, since, up)
        assert await us.devices(alice) == []
        assert not await reaches(us.world.player, VPS4, 25565)


async def test_a_ban_reaches_a_region_whose_gateway_was_killed(fleet: Fleet) -> None:
    alice = fleet.member("bob", "Player")
    eu, us = fleet.places.values()
    async with playing(us, alice, (await joined(alice))["us"], 25566) as match:
        await us.gateway.kill()
        since = len(fleet.bot.output)
        fleet.discord.guild.ban(alice)
        await fleet.discord.until(
            lambda: any("Cut off in eu." in entry and "**us** is away" in entry for entry in fleet.log_entries),
            "where the ban holds",
            within=PATIENCE_S,
        )
        assert await is_cut_off(eu, alice)
        await go_on(*match.flows)
        await us.start_gateway()
        up = asyncio.get_running_loop().time()
        await cut_soon(fleet, match, us, since, up)
        assert await is_cut_off(us, alice)
        for place in (eu, us):
            await refuses(place, alice)
        fleet.discord.guild.rejoin(alice, [])
        refused = await alice.slash("join", region="us")
        assert "Sorry, the VPN is only for people with the role" in said(refused)
        assert not refused.buttons


async def test_a_ban_reaches_a_region_that_is_never_there_together_with_the_bot(fleet: Fleet) -> None:
    """The bot is killed once it has decided, and the region comes after that."""
    dora = fleet.member("dora", "Player")
    us = fleet.places["us"]
    async with playing(us, dora, (await joined(dora))["us"], 25570) as match:
        await us.courier.kill()
        await us.gateway.kill()
        fleet.discord.guild.ban(dora)
        await fleet.decided(dora)
        await fleet.bot.kill()
        await go_on(*match.flows)
        await us.start()
        up = asyncio.get_running_loop().time()
        await match.ended()
        print(f"us: the match ended {match.last_answer - up:+.2f} s after it was up")
        assert await is_cut_off(us, dora)
        await refuses(us, dora)


async def test_a_ban_reaches_all_regions_when_the_bus_comes_back_empty(fleet: Fleet) -> None:
    alice = fleet.member("carol", "Player")
    configs = await joined(alice)
    async with AsyncExitStack() as stack:
        matches = [
            await stack.enter_async_context(playing(place, alice, configs[place.name], 25567))
            for place in fleet.places.values()
        ]
        await fleet.bus.kill()
        fleet.wipe_bus()
        since = len(fleet.bot.output)
        fleet.discord.guild.ban(alice)
        await fleet.discord.until(
            lambda: any("**eu** is away" in entry and "**us** is away" in entry for entry in fleet.log_entries),
            "that the ban holds nowhere yet",
            within=PATIENCE_S,
        )
        for match in matches:
            await go_on(*match.flows)
        await fleet.bus.start()
        up = asyncio.get_running_loop().time()
        places = fleet.places.values()
        ends = (cut_soon(fleet, match, place, since, up) for match, place in zip(matches, places, strict=True))
        await asyncio.gather(*ends)
        for place in places:
            assert await is_cut_off(place, alice)
            await refuses(place, alice)


@pytest.mark.parametrize("length_s", [10, *(pytest.param(each, marks=pytest.mark.long) for each in (60, 600))])
@pytest.mark.timeout(1200)
async def test_a_region_that_is_cut_off_from_the_bus_plays_on_and_takes_a_ban_when_it_is_back(
    fleet: Fleet, length_s: int
) -> None:
    alice, clock = fleet.member(f"dora{length_s}", "Player"), asyncio.get_running_loop().time
    eu, us = fleet.places.values()
    port = 25500 + length_s
    async with playing(us, alice, (await joined(alice))["us"], port) as match:
        since, heard, entries = len(fleet.bot.output), len(us.courier.output), len(fleet.log_entries)
        began = clock()
        us.line.cut()
        ending = asyncio.create_task(ends_in_time(us, alice, port + 1))
        missed = await fleet.says(r"the gateway \(us\) is away", since=since) - began
        await fleet.discord.until(lambda: away_entries(fleet, entries) == 1, "that us is away", within=PATIENCE_S)
        told, refused = clock() - began, said(await alice.slash("forward", port="25570", region="us"))
        assert "us has not answered since" in refused
        fleet.discord.guild.ban(alice)
        await fleet.discord.until(
            lambda: any(
                "Cut off in eu." in entry and "**us** is away" in entry for entry in fleet.log_entries[entries:]
            ),
            "where the ban holds",
            within=PATIENCE_S,
        )
        assert await is_cut_off(eu, alice)
        assert not await is_cut_off(us, alice)
        ended = await ending

        async def is_given_up() -> bool:
            """Report whether it was so long that the courier has given its connection up."""
            return clock() - began >= length_s and "no connection to the bus" in us.courier.output[heard:]

        await until(is_given_up, timeout_s=length_s + PATIENCE_S)
        answered = sum([await flow.lost_nothing() for flow in match.flows])
        us.line.mend()
        mended = clock()
        await match.ended()
        cut = match.last_answer - mended
        print(
            f"missed after {missed:.1f} s, told after {told:.1f} s, {answered} answered, cut {cut:.1f} s after the heal"
        )
        if length_s > 10:  # the short form runs beside all other tests, where seconds say nothing
            assert missed < MISSED_S
            assert abs(ended) < ENDS_S
            assert cut < WITHIN_S
        assert away_entries(fleet, entries) == 1
        assert await is_cut_off(us, alice)
        await refuses(us, alice)


def away_entries(fleet: Fleet, since: int) -> int:
    return sum("does not answer" in entry for entry in fleet.log_entries[since:])


async def ends_in_time(place: Place, person: Person, port: int) -> float:
    """Open a port for some seconds on a region's own host, and return how late its player's last answer came."""
    clock = asyncio.get_running_loop().time
    actor = Actor(id=str(person.id), name=person.name)
    async with hosting(place.world.friend, port):
        request = AddForward(actor=actor, ports=parse_ports(str(port)), duration=Duration.parse("8s"))
        (opened,) = (await place.api.call(request)).forwards
        end = clock() + (cast(datetime, opened.expires_at) - datetime.now(UTC)).total_seconds()
        async with flowing(place.world.player, VPS4, port, Protocol.UDP) as flow:

            async def is_silent() -> bool:
                return flow.unanswered >= 3

            await until(is_silent, timeout_s=PATIENCE_S)
            return flow.answered_at - end


async def test_a_region_that_is_removed_is_gone_from_every_view_and_the_others_notice_nothing(fleet: Fleet) -> None:
    """The last test, because the region does not come back."""
    dave, admin = fleet.member("dave", "Player"), fleet.member("boss", "Admin")
    us = fleet.places["us"]
    configs = await joined(dave)
    # A port on a device of eu, again and again, which goes over the bus.
    answers, is_over, clock = list[str](), asyncio.Event(), asyncio.get_running_loop().time

    async def play_in_eu() -> None:
        while not is_over.is_set():
            answers.append(said(await dave.slash("forward", port="25569", device="pc-eu")))
            answers.append(said(await dave.slash("unforward", port="25569")))

    async with playing(us, dave, configs["us"], 25568) as match, asyncio.TaskGroup() as tasks:
        tasks.create_task(play_in_eu())
        since = len(us.courier.output)

        async def is_cut() -> bool:
            return "there is no connection to the bus" in us.courier.output[since:]

        async def remove() -> float:
            await fleet.guildgate("fleet", "remove", "us")
            return clock()

        done = tasks.create_task(remove())
        await until(is_cut, timeout_s=PATIENCE_S)
        gone = clock()
        print(f"cut off {gone - await done:+.2f} s after the command's end")
        assert gone - await done < GONE_S
        await fleet.says("the regions are now eu\n")
        heard = len(answers)

        async def is_answered() -> bool:
            return len(answers) >= heard + 4

        await until(is_answered, timeout_s=PATIENCE_S)
        is_over.set()
        await go_on(*match.flows)  # what it forwards goes on there
    assert [each.splitlines()[0] for each in answers[::2]] == [answers[0].splitlines()[0]] * (len(answers) // 2)
    assert not [each for each in answers if "away" in each or "answer" in each.splitlines()[0]]
    assert await us.devices(dave)
    for person, command in (
        (dave, "status"),
        (admin, "status"),
        (admin, "peers"),
        (admin, "forwards"),
        (admin, "audit"),
    ):
        shown = said(await person.slash(command))
        assert "pc-us" not in shown
        assert "us" not in re.findall(r"\w+", shown)
    with pytest.raises(CannotInvokeError):
        await dave.slash("join", region="us")
    with closing(sqlite3.connect(f"file:{fleet.config.parents[1]}/state/bot.db?mode=ro", uri=True)) as memory:
        assert [region for (region,) in memory.execute("SELECT region FROM told_in")] == ["eu"]
    assert (await fleet.guildgate("fleet")).split()[:2] == ["eu", "1"]
