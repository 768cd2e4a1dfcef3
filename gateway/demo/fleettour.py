"""The tour of a fleet: what goes on in three regions while a line, the bus and a gateway fail."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bot.access.decisions import Decisions
from bot.core import render
from gateway.api.contract import Actor, AddForward, GetPolicy, GetStatus, Issued, Join, PeerInfo
from gateway.demo import message
from gateway.demo.fleet import PATIENCE_S, ROOT, FleetStage
from gateway.demo.flow import Flow, flowing
from gateway.demo.namespace import Namespace
from gateway.demo.server import hosting
from gateway.demo.stage import issue
from gateway.demo.steps import StepFailed, chapter, cut, expect, said, so, tell
from gateway.demo.tunnel import peer_up
from gateway.errors import AccessSuspended, GatewayError, RegionAway
from gateway.model import Protocol, parse_ports

ALEX, KIM = Actor(id="2", name="alex"), Actor(id="3", name="kim")
ALEX_GAME, KIM_GAME = 25565, 27015


@dataclass(frozen=True, slots=True)
class Match:
    """What a player plays on a friend's server, over TCP and UDP."""

    peer: PeerInfo
    tcp: Flow
    udp: Flow

    @property
    def name(self) -> str:
        return f"{self.peer.owner_name.title()}'s match in {self.peer.region}"

    async def goes_on(self) -> None:
        for flow in (self.tcp, self.udp):
            await so(flow.goes_on(), f"{self.name} has ended")

    async def ended(self) -> float:
        """Wait until it is over, and return when its last answer came, by the loop's time."""
        return max([await so(flow.ended(PATIENCE_S), f"{self.name} goes on") for flow in (self.tcp, self.udp)])

    async def lost_nothing(self) -> int:
        """Wait until every packet so far is answered, and return how many those are."""
        await self.goes_on()
        return sum([await so(flow.lost_nothing(), f"{self.name} lost packets") for flow in (self.tcp, self.udp)])


@dataclass(slots=True)
class Story:
    """The stage, and the matches on it by the device that hosts them. They end before the stage does."""

    stage: FleetStage
    stack: AsyncExitStack
    matches: dict[str, Match] = field(default_factory=dict)


async def play(directory: Path, nats_server: str) -> int:
    """Play every step in a new world, whose files are in `directory`. Return 0 when all happened, 1 when one failed."""
    async with FleetStage.open(directory, nats_server) as stage, AsyncExitStack() as stack:
        steps = (_regions, _join, _partition, _ban, _heal, _bus, _gateway, _standby)
        return await tell(Story(stage, stack), steps, "docs/fleet.md says when to want a fleet, and how to set one up.")


async def _regions(story: Story) -> None:
    chapter(
        "Three small VPSs, and the bot on a fourth",
        "eu is 203.0.113.1, us is 192.0.2.1 and ap is 192.0.2.129. A real nats-server runs beside the bot. There\n"
        "`guildgate fleet add` printed a line for each region, and `guildgate enrol` took it on its VPS.",
    )
    names = [region.name for region in story.stage.gateways.all if region.live.view]
    expect(names == ["eu", "us", "ap"], "eu, us and ap answer over the bus, to what the bot has signed")


async def _join(story: Story) -> None:
    chapter(
        "alex: /join pc region:eu, and /join laptop region:us",
        "A second region is a second setup. Alex hosts a game on both, Kim one in us, and /forward opens their ports.\n"
        "One player is in both of Alex's matches, another one in Kim's.",
    )
    world = story.stage.world
    await _host(story, ALEX, "pc", "eu", world.friend, ALEX_GAME, world.player)
    await _host(story, ALEX, "laptop", "us", world.friend2, ALEX_GAME, world.player)
    await _host(story, KIM, "tower", "us", world["friend3"], KIM_GAME, world.player2)


async def _host(
    story: Story, actor: Actor, device: str, region: str, home: Namespace, port: int, player: Namespace
) -> None:
    """Let a friend join and host a game, and a player be in it."""
    stage, stack = story.stage, story.stack
    issued = await _joins(stage, actor, device, region)
    tunnel = await stack.enter_async_context(peer_up(home, issued.config, device))
    await tunnel.handshake()
    server = await stack.enter_async_context(hosting(home, port))
    await stage.gateways.call(AddForward(actor=actor, ports=parse_ports(str(port)), device=device))
    public = stage.places[region].address
    flows = [
        await stack.enter_async_context(flowing(player, public, port, protocol))
        for protocol in (Protocol.TCP, Protocol.UDP)
    ]
    story.matches[device] = match = Match(issued.peer, *flows)
    await match.goes_on()
    where = f"{actor.name.title()}'s {device}, {issued.peer.ipv4} in {region}"
    expect(len(server.callers) > 0, f"a player at {server.callers[0].address} plays at {public}:{port}, on {where}")


async def _joins(stage: FleetStage, actor: Actor, device: str, region: str) -> Issued:
    """Join in a region as the bot does; raise GatewayError."""
    return await issue(stage.gateways.at(region), partial(Join, actor=actor, device=device))


async def _partition(story: Story) -> None:
    chapter(
        "The line between us and the bot is cut",
        "Every packet between the two is dropped. Players and devices go to us directly.",
    )
    stage = story.stage
    await stage.cut_off("us")
    took = await _seconds(stage.away("us"))
    for name in ("eu", "ap"):
        await stage.gateways.at(name).call(GetPolicy(actor=ALEX))
    expect(
        [each.region for each in stage.gateways.away()] == ["us"], f"after {took:.1f} s the bot misses us, and only us"
    )
    refusal = await _refused(RegionAway, _joins(stage, KIM, "spare", "us"))
    expect(True, f'a /join there is told: "{said(refusal)}"')
    for device in ("laptop", "tower"):
        await story.matches[device].goes_on()
    expect(True, "both matches in us go on")


async def _ban(story: Story) -> None:
    chapter(
        "Alex is banned on Discord",
        "The bot writes its decision down, and tells the regions that are there. In eu it is the middle of a match.",
    )
    decisions, pc = story.stage.decisions, story.matches["pc"]
    await cut(_told_of_the_ban(decisions), pc.tcp, pc.udp)
    spread = decisions.spread(int(ALEX.id))
    lines = render.cut_off_in(message.english(), spread.done, spread.away)
    expect(
        (spread.done, [name for name, _ in spread.away]) == (("eu", "ap"), ["us"]),
        f'the log channel says: "{message.text(" ".join(lines), message.now())}"',
    )
    lost = sum([await story.matches[device].lost_nothing() for device in ("laptop", "tower")])
    expect(lost > 0, f"us has heard nothing yet, and its players lost no packet: all {lost} were answered")


async def _told_of_the_ban(decisions: Decisions) -> None:
    """Decide it, and wait until the regions that are there have confirmed it."""
    await decisions.decide(int(ALEX.id), suspended=True, reason="banned")
    await decisions.told(int(ALEX.id), PATIENCE_S)


async def _heal(story: Story) -> None:
    chapter("The line is mended", "The bot repeats what a region has not confirmed, and compares what it holds.")
    stage, laptop = story.stage, story.matches["laptop"]
    began = asyncio.get_running_loop().time()
    await stage.mend()
    ended = await laptop.ended()
    expect(True, f"{ended - began:.1f} s later Alex's match in us is over as well, over TCP and UDP")
    await stage.all_answer()
    spread = await stage.decisions.told(int(ALEX.id), PATIENCE_S)
    expect(set(spread.done) == {"eu", "us", "ap"} and not spread.away, "eu, us and ap have confirmed the ban")
    refusal = await _refused(AccessSuspended, _joins(stage, ALEX, "another", "us"))
    expect(True, f'us itself refuses Alex another device: "{said(refusal)}"')
    answered = await story.matches["tower"].lost_nothing()
    expect(answered > 0, "Kim's match beside it lost no packet")


async def _bus(story: Story) -> None:
    chapter("nats-server is killed", "By kill -9. The bus carries what the bot asks and is told, and no game.")
    stage, match = story.stage, story.matches["tower"]
    await stage.bus.kill()
    await stage.away("eu", "us", "ap")
    expect(True, "the bot misses every region")
    status = await stage.places["us"].client.call(GetStatus(actor=ROOT, everyone=True))
    forwards = [str(row.forward.ports) for row in status.forwards if row.forward.owner == KIM.id]
    expect(forwards == [str(KIM_GAME)], f"`guildgate status` on us answers as before, with Kim's port {KIM_GAME}")
    await stage.bus.start()
    took = await _seconds(stage.all_answer())
    expect(True, f"{took:.1f} s after its start eu, us and ap answer the bot again")
    answered = await match.lost_nothing()
    expect(answered > 0, "Kim's match lost no packet")


async def _gateway(story: Story) -> None:
    chapter("The gateway of us is killed", "By kill -9 as well. The kernel goes on with what the gateway told it.")
    stage, match = story.stage, story.matches["tower"]
    us = stage.places["us"]
    await us.gateway.kill()
    took = await _seconds(stage.away("us"))
    await match.goes_on()
    expect(True, f"after {took:.1f} s the bot misses us, and Kim's match goes on")
    await us.gateway.start()
    took = await _seconds(stage.all_answer())
    status = await stage.gateways.at("us").call(GetStatus(actor=KIM))
    forwards = [str(row.forward.ports) for row in status.forwards]
    expect(forwards == [str(KIM_GAME)], f"{took:.1f} s after its start it answers, with Kim's port {KIM_GAME}")
    answered = await match.lost_nothing()
    expect(answered > 0, f"Kim's match lost no packet up to here: all {answered} were answered")


async def _standby(story: Story) -> None:
    chapter(
        "us gets a standby, and loses its power",
        "`guildgate fleet add us --standby` printed a line for a second VPS, and `standby allow` gives it copies\n"
        "of all that us knows. Then the first one is off at once, and the provider moves 192.0.2.1 to the second one.",
    )
    stage, match = story.stage, story.matches["tower"]
    first, second = stage.places["us"], await stage.stand_by()
    expect(True, "the standby has a copy, and waits")
    await match.goes_on()
    began = asyncio.get_running_loop().time()
    await stage.take_power(first)
    await stage.move_address(second)
    udp = await so(match.udp.back(began, PATIENCE_S), f"{match.name} has ended") - began
    tcp = await so(match.tcp.back(began, PATIENCE_S), f"{match.name} has ended") - began
    expect(True, f"after {udp:.1f} s Kim's match goes on over UDP, and after {tcp:.1f} s by the same TCP connection")
    await stage.all_answer()
    expect(not stage.gateways.away(), "the bot hears us again")
    rows = await second.client.call(GetStatus(actor=ROOT, everyone=True))
    forwards = [str(row.forward.ports) for row in rows.forwards if row.forward.owner == KIM.id]
    suspended = [row.peer.owner for row in rows.peers if row.peer.suspended_at]
    expect(forwards == [str(KIM_GAME)], f"it has Kim's port {KIM_GAME}, as the first one had it")
    expect(suspended == [ALEX.id], "and Alex is cut off there too")


async def _refused(kind: type[GatewayError], asked: Awaitable[object]) -> GatewayError:
    """Return the refusal of this kind. Raise StepFailed for an answer, and other refusals as they are."""
    try:
        await asked
    except kind as refusal:
        return refusal
    raise StepFailed(f"a request was answered that should have failed: {kind.code}")


async def _seconds(work: Awaitable[object]) -> float:
    """Return how long it took."""
    clock: Callable[[], float] = asyncio.get_running_loop().time
    began = clock()
    await work
    return clock() - began
