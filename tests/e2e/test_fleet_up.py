"""`guildgate up` on both hosts of a fleet: the one with the bot, whose gateway is a region too, and a region's."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import SITE4, VPS4, World
from gateway.model import Protocol
from tests.e2e import supervised
from tests.e2e.fleet import BUS, PATIENCE_S, free_port, written
from tests.e2e.scene import fake_on, join, reaches, said
from tests.e2e.service import Service
from tests.e2e.supervised import Up
from tests.fakediscord import CannotInvokeError
from tests.fakediscord.certificate import HOSTS
from tests.lab import go_on, hosts, pass_through, unused_prefix
from tests.natsserver import NatsServer
from tests.net.region import line_to
from tests.net.shipped import guildgate

pytestmark = [pytest.mark.root, pytest.mark.timeout(400)]


def settings(folder: Path, interface: str) -> str:
    return (
        f'[gateway]\ninterface = "{interface}"\nstate_dir = "{folder}/state"\nsocket = "{folder}/run/gateway.sock"\n'
        f'[discord]\nstate_dir = "{folder}/bot"\nmember_roles = ["Player"]\n'
    )


async def test_both_hosts_work_and_the_bots_own_goes_on_when_the_other_has_left(tmp_path: Path) -> None:
    pass_through(tmp_path)
    async with AsyncExitStack() as stack:
        here, there = [await stack.enter_async_context(World(unused_prefix())) for _ in range(2)]
        discord = await stack.enter_async_context(fake_on(here))
        discord.guild.role("Player")
        for vps, names in ((here.vps, dict.fromkeys(HOSTS, str(SITE4))), (there.vps, {})):
            line = stack.enter_context(line_to(vps))
            stack.enter_context(hosts(vps, {**names, BUS: line.address}))
            stack.enter_context(supervised.system_users(vps.name))
        port, home, away = free_port(), tmp_path / "home", tmp_path / "us"
        servers = f"tls://{BUS}:{port}"
        own = written(home, servers, f'{settings(home, "gguphome")}guild = "{discord.guild.id}"\n', 'beside = "home"\n')
        (home / "bot").mkdir(mode=0o700)
        shutil.chown(home / "bot", supervised.BOT, supervised.BOT)
        line_ = await guildgate(here.vps, "fleet", "add", "us", "--store", tmp_path / "store", "--config", own)
        other = written(away, servers, settings(away, "ggupus"), 'region = "us"\n')
        await guildgate(there.vps, "enrol", "--config", other, said=line_)
        environ = {"DISCORD_TOKEN": discord.token, "SSL_CERT_FILE": str(discord.ca_file)}
        ups = [
            Up(Service(here.vps, ("up", "--config", str(own)), tmp_path / "home.log", environ), home),
            Up(Service(there.vps, ("up", "--config", str(other)), tmp_path / "us.log"), away),
        ]
        bus = NatsServer("server", home / "etc/nats", BUS, port)
        stack.push_async_callback(bus.stop)
        await bus.start()
        try:
            for up in ups:
                stack.push_async_callback(up.service.stop)
                await up.service.start()
            await discord.ready(1, within=PATIENCE_S)

            async def are_there() -> bool:
                return [set(up.children()) for up in ups] == [{"gateway", "bot"}, {"gateway", "courier"}]

            await until(are_there, timeout_s=PATIENCE_S)
            alice = discord.guild.add_member("alice", ["Player"])

            async def is_heard() -> bool:
                return "us" not in said(await alice.slash("status"))

            await until(is_heard, timeout_s=PATIENCE_S)
            configs = {name: await join(alice, device=f"pc-{name}", region=name) for name in ("home", "us")}
            for name, world in (("us", there), ("home", here)):
                tunnel = await stack.enter_async_context(peer_up(world.friend, configs[name], f"ggup{name}0"))
                await stack.enter_async_context(hosting(world.friend, 25565))
                await tunnel.handshake()
                await alice.slash("forward", port="25565", region=name)
                assert await reaches(world.player, VPS4, 25565, timeout_s=10)
            flow = await stack.enter_async_context(flowing(here.player, VPS4, 25565, Protocol.TCP))
            await guildgate(here.vps, "fleet", "remove", "us", "--config", own)

            def is_offered() -> bool:
                return any(option["name"] == "region" for option in discord.registered("join")["options"])

            await discord.until(lambda: not is_offered(), "/join without a region", within=PATIENCE_S)
            with pytest.raises(CannotInvokeError):
                await alice.slash("forward", port="25566", region="us")
            await go_on(flow)
            assert "25566" in said(await alice.slash("forward", port="25566"))
            assert "pc-us" not in said(await alice.slash("status"))
        finally:
            for up in ups:
                print(up.service.output)
            print(bus.output[-3000:])
        await asyncio.gather(*(up.service.stop() for up in ups))
        assert discord.violations == []
        for up in ups:
            assert up.service.complaints() == []
            assert discord.token not in up.service.output
