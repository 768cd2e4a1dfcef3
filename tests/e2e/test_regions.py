"""One bot with the gateways of two regions: real processes, tunnels and packets, and one of them killed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app import SCHEMA, Bot
from bot.config import BotConfig, DiscordSection
from bot.core.memory import Memory
from bot.core.service import alongside
from bot.core.words import Languages
from bot.fleet.fleet import Fleet
from bot.fleet.ids import BITS
from bot.fleet.region import Member
from bot.log import logbook
from gateway.api.client import GatewayClient
from gateway.api.contract import Actor, ExtendForward
from gateway.api.transport import SocketTransport
from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up
from gateway.demo.world import VPS4, World
from gateway.errors import ForwardGone
from gateway.model import Protocol
from tests.e2e.scene import join, reaches, said
from tests.fakediscord import FakeDiscord, Intent, Message, Person, button
from tests.lab import go_on, unused_prefix
from tests.natsserver import nats
from tests.net.gateway import Gateway
from tests.net.region import line_to, reached, region_in, there
from tests.unit.bot.patience import until
from tests.unit.bot.world import lead_to

pytestmark = [pytest.mark.root, pytest.mark.timeout(300)]

PORT = 25565
LOG = "vpn-log"
ALL = ("eu", "us")
NUMBER = 5  # of us; eu stood alone before


@dataclass
class Regions:
    """The bot's Discord, and the VPS of each region with its homes and players."""

    discord: FakeDiscord
    bot: Bot
    gateways: dict[str, Gateway]
    restart: Callable[[], Awaitable[None]]
    """Starts the gateway of us again."""

    def world(self, region: str) -> World:
        return self.gateways[region].world

    async def told(self, **forwards: int) -> None:
        """Wait until the bot knows so many forwards of each region."""

        def is_told() -> bool:
            view = self.bot.context.live.view
            return view is not None and {each.region: len(each.forwards) for each in view.each} == forwards

        await until(is_told)

    @property
    def titles(self) -> list[str]:
        messages = self.discord.guild.channel(LOG).messages
        return [str(embed["title"]) for message in messages for embed in message.embeds]

    @property
    def cards(self) -> list[Message]:
        return self.discord.guild.channel("general").messages


@pytest.fixture(params=["sockets", "bus"])
async def regions(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Regions]:
    """Run the bot in this process, with the gateway of eu beside it. The one of us is reached by a socket or a bus."""
    async with AsyncExitStack() as stack:
        worlds = [await stack.enter_async_context(World(unused_prefix())) for _ in ALL]
        folders = [tmp_path / name for name in ALL]
        for folder in folders:
            folder.mkdir()
        here = Gateway(worlds[0], folders[0], interface="ggbeside0")
        stack.push_async_callback(here.stop)
        await here.start()
        if request.param == "bus":
            fleet, there, restart = await _over_the_bus(stack, here, worlds[1], folders[1])
        else:
            there = Gateway(worlds[1], folders[1], interface="ggafar0")
            stack.push_async_callback(there.stop)
            await there.start()
            restart = there.start
            clients = (GatewayClient(SocketTransport(each.socket)) for each in (here, there))
            members = zip(ALL, (0, NUMBER), clients, strict=True)
            fleet = Fleet([Member(name=name, number=number, gateway=client) for name, number, client in members])
        discord = await stack.enter_async_context(FakeDiscord.serve(privileged=Intent.MEMBERS, tls=False))
        lead_to(discord, monkeypatch)
        discord.guild.channel(LOG)
        for role in ("Player", "Admin"):
            discord.guild.role(role)
        section = DiscordSection(
            guild=discord.guild.id,
            member_roles=("Player",),
            admin_roles=("Admin",),
            log_channel=LOG,
            state_dir=tmp_path,
        )
        memory = await stack.enter_async_context(Memory.open(tmp_path, SCHEMA))
        config = BotConfig(discord=section, socket=here.socket)
        bot = await stack.enter_async_context(Bot(config, fleet, memory, Languages.load()))
        running = asyncio.create_task(bot.start(discord.token))
        stack.push_async_callback(_end, running)
        await discord.ready(1)
        yield Regions(discord, bot, dict(zip(ALL, (here, there), strict=True)), restart)
        assert discord.violations == []


async def _over_the_bus(
    stack: AsyncExitStack, here: Gateway, world: World, folder: Path
) -> tuple[Fleet, Gateway, Callable[[], Awaitable[None]]]:
    """Run us with its courier, and the bot's end by the files that it is given."""
    line = stack.enter_context(line_to(world.vps))
    servers = await stack.enter_async_context(nats(folder / "nats", address=line.address))
    region = await stack.enter_async_context(region_in(world, folder, servers, line, "us"))
    end = reached(region, servers, here.folder / "fleet", number=NUMBER, beside="eu")
    await stack.enter_async_context(alongside(end.bus))
    await there(end.bus, "us")
    return end.fleet, region.gateway, region.start_gateway


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def with_matches(regions: Regions) -> tuple[Person, dict[str, str]]:
    """Return a member that hosts a match in each region, with the config of each device."""
    alice = regions.discord.guild.add_member("alice", ["Player"])
    configs = {
        "eu": await join(alice, device="pc", region="eu"),
        "us": await join(alice, device="laptop", region="us"),
    }
    await regions.told(eu=0, us=0)
    for region in configs:
        reply = await alice.slash("forward", port=str(PORT), region=region)
        asked = await alice.press(reply.button("Announce"))
        await alice.press(asked.button("Announce anyway"))
    await regions.told(eu=1, us=1)
    return alice, configs


async def test_what_has_equal_ids_in_two_regions_is_told_apart_by_every_button(regions: Regions) -> None:
    alice, configs = await with_matches(regions)
    assert [[*(row.forward.id for row in (await each.status()).forwards)] for each in regions.gateways.values()] == [
        [1], [1]
    ]  # fmt: skip
    async with AsyncExitStack() as stack:
        for region, config in configs.items():
            home = regions.world(region).friend
            tunnel = await stack.enter_async_context(peer_up(home, config, f"gghome{region}"))
            await stack.enter_async_context(hosting(home, PORT))
            await tunnel.handshake()
            assert await reaches(regions.world(region).player, VPS4, PORT, timeout_s=10)
        assert len(regions.cards) == 2
        here, there = regions.cards
        await alice.press(button(there, "Close"))
        assert not await reaches(regions.world("us").player, VPS4, PORT)
        assert await reaches(regions.world("eu").player, VPS4, PORT, timeout_s=10)
        await regions.discord.until(lambda: "ended" in there.text, "the end of the card in us", within=60)
        assert "ended" not in here.text
        fleet = regions.bot.context.gateway
        with pytest.raises(ForwardGone):
            await fleet.call(ExtendForward(actor=_actor(alice), ids=(NUMBER << BITS | 1,)))
        await fleet.call(ExtendForward(actor=_actor(alice), ids=(1,)))


async def test_a_region_whose_gateway_is_killed_is_named_once_and_seen_when_it_is_back(
    regions: Regions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logbook, "POLL_S", 0.2)
    alice, configs = await with_matches(regions)
    here, there = regions.cards
    async with (
        peer_up(regions.world("eu").friend, configs["eu"], "gghomeeu") as tunnel,
        hosting(regions.world("eu").friend, PORT),
    ):
        await tunnel.handshake()
        async with flowing(regions.world("eu").player, VPS4, PORT, Protocol.TCP) as flow:
            await regions.gateways["us"].kill()
            await until(lambda: regions.bot.context.live.away)
            began = time.monotonic()
            refused = await alice.slash("forward", port="25570", device="laptop")
            assert time.monotonic() - began < 3
            assert "us has not answered since" in said(refused)
            assert "us has not answered since" in said(await alice.press(button(there, "Close")))
            status = said(await alice.slash("status"))
            assert "us has not answered since" in status
            assert "pc · eu" in status
            await regions.discord.until(
                lambda: any(each.endswith("does not answer · us") for each in regions.titles), "that us is away",
                within=60,
            )  # fmt: skip
            assert "ended" not in there.text
            await regions.restart()
            await regions.told(eu=1, us=1)
            await regions.discord.until(
                lambda: any(each.endswith("answers again · us") for each in regions.titles), "that us is back",
                within=60,
            )  # fmt: skip
            assert sum("does not answer" in each for each in regions.titles) == 1
            await alice.press(button(there, "Close"))
            await regions.told(eu=1, us=0)
            await go_on(flow)
            assert "ended" not in here.text


def _actor(person: Person) -> Actor:
    return Actor(id=str(person.user.id), name="alice")
