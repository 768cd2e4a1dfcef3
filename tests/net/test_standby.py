"""A second machine goes on by the newest copy, as the shipped gateway, with real packets."""

from __future__ import annotations

import asyncio
import base64
import socket
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from gateway.api.standby import Follow
from gateway.backup.archive import DATABASE
from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import VPS4, World
from gateway.host import nft
from gateway.keys import PrivateKey
from gateway.model import Protocol
from gateway.nftables import hush
from gateway.standby.copy import Copy
from gateway.standby.install import install
from gateway.standby.kept import Kept
from gateway.trust import GatewayTrust
from tests.net.gateway import ADMIN, ALICE, BOB, Gateway, gateway_in
from tests.net.pair import SecondVps, second_vps
from tests.unit.gateway.api.signing import BOT, EU

STANDBY = PrivateKey.generate()
BUSY, IDLE, NEW = 25565, 25566, 25570
PATIENCE_S = 60.0


@dataclass
class Standby:
    """What the standby has received."""

    kept: Kept
    numbers: list[int] = field(default_factory=list)

    async def follow(self, gateway: Gateway) -> None:
        async with gateway.client.watch(Follow(actor=ADMIN)) as copies:
            async for copied in copies:
                if copy := await asyncio.to_thread(self.kept.keep, base64.b64decode(copied.sealed)):
                    self.numbers.append(copy.number)

    def newest(self) -> Copy:
        found = self.kept.newest()
        assert found
        return found

    async def has(self, **counts: int) -> None:
        """Wait for a copy with so many rows in these tables."""

        async def is_so() -> bool:
            return bool(self.numbers) and rows(self.newest(), *counts) == counts

        await until(is_so, timeout_s=PATIENCE_S)


def rows(copy: Copy, *tables: str) -> dict[str, int]:
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(copy.content.files[DATABASE])
        return {table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


def settings(key_file: Path) -> str:
    fleet = f'[fleet]\nregion = "eu"\nservers = ["tls://127.0.0.1:4222"]\nkey_file = "{key_file}"\n'
    return f'public_address = "{VPS4}"\n{fleet}'


@asynccontextmanager
async def active(world: World, folder: Path) -> AsyncIterator[Gateway]:
    """Run the first machine's gateway, which allows the standby."""
    folder.mkdir()
    key_file = folder / "fleet.key"
    key_file.write_text(GatewayTrust(region="eu", number=1, key=EU, bots=(BOT.public,)).reveal())
    key_file.chmod(0o600)
    async with gateway_in(world, folder, settings(key_file)) as gateway:
        await gateway.start()
        said = await command(gateway, "allow", str(STANDBY.public_key))
        assert str(STANDBY.public_key) in said
        yield gateway


async def command(gateway: Gateway, *words: str) -> str:
    config = str(gateway.folder / "config.toml")
    return await gateway.run(sys.executable, "-m", "gateway", "standby", *words, "--config", config)


@asynccontextmanager
async def followed(gateway: Gateway, state_dir: Path) -> AsyncIterator[Standby]:
    """Keep copies in the folder, until the connection ends or the block does."""
    state_dir.mkdir(parents=True)
    standby = Standby(Kept(state_dir, [STANDBY], EU.public_key, STANDBY.public_key))
    following = asyncio.create_task(standby.follow(gateway))
    try:
        yield standby
    finally:
        following.cancel()
        await asyncio.wait([following])


@pytest.mark.timeout(300)
async def test_the_standby_goes_on_with_every_match_after_a_loss_of_power(world: World, tmp_path: Path) -> None:
    """Players' packets, a device that only listens, an open TCP connection, and a port that was opened just before."""
    async with AsyncExitStack() as stack:
        second = await stack.enter_async_context(second_vps(world))
        first = await stack.enter_async_context(active(world, tmp_path / "first"))
        standby = await stack.enter_async_context(followed(first, tmp_path / "second/state"))
        busy, idle = await first.join(ALICE), await first.join(BOB)
        await first.forward(BUSY, ALICE)
        await first.forward(IDLE, BOB)
        for namespace, config, name in ((world.friend, busy, "ggfriend0"), (world.friend2, idle, "ggfriend1")):
            tunnel = await stack.enter_async_context(peer_up(namespace, config, name))
            await tunnel.handshake(timeout_s=PATIENCE_S)
        for port, home in ((BUSY, world.friend), (NEW, world.friend), (IDLE, world.friend2)):
            await stack.enter_async_context(hosting(home, port))
        await standby.has(peers=2, forwards=2, endpoints=2)
        connection = await stack.enter_async_context(flowing(world.player, VPS4, BUSY, Protocol.TCP))
        datagrams = await stack.enter_async_context(flowing(world.player2, VPS4, BUSY, Protocol.UDP))
        opened = time.monotonic()
        await first.forward(NEW, ALICE)
        await standby.has(forwards=3)
        copied_s = time.monotonic() - opened

        second.vps.call(lambda: nft.run(hush.TEXT))  # as a gateway has it that waits
        await first.kill()
        await second.lose_power()
        await second.take_address()
        lost = time.monotonic()
        gateway = await stack.enter_async_context(on_second(second, tmp_path / "second"))
        install(standby.newest(), gateway.state_dir)
        await gateway.start()
        up_s = time.monotonic() - lost
        questions = connection.answers, datagrams.answers
        flows = (connection, datagrams)

        async def again() -> bool:
            return all(flow.answers > before + 1 for flow, before in zip(flows, questions, strict=True))

        # It looks for both by itself. A device that only listens may call first after two minutes.
        assert "(none)" not in await gateway.run("wg", "show", gateway.interface, "endpoints")
        await answered(lambda: world.player.ask_udp(VPS4, IDLE, timeout_s=0.5))
        idle_s = time.monotonic() - lost
        await until(again, timeout_s=PATIENCE_S)
        flows_s = time.monotonic() - lost
        await answered(lambda: world.player.ask_tcp(VPS4, NEW, timeout_s=1))
        print(f"copied {copied_s:.2f} s, up {up_s:.2f}, idle {idle_s:.2f}, flows {flows_s:.2f} s after the loss")
        assert {str(each.forward.ports) for each in (await gateway.status()).forwards} == {"25565", "25566", "25570"}
        await gateway.stop()


@asynccontextmanager
async def on_second(second: SecondVps, folder: Path) -> AsyncIterator[Gateway]:
    """Have a gateway for the second machine, which has the copy's key of the fleet."""
    async with gateway_in(cast(World, second), folder, settings(folder / "state/fleet.key")) as gateway:
        gateway.interface = "ggtest1"
        yield gateway


async def answered(ask: Callable[[], Awaitable[object]]) -> None:
    async def is_so() -> bool:
        try:
            await ask()
        except OSError:
            return False
        return True

    await until(is_so, timeout_s=PATIENCE_S)


async def test_a_standby_is_allowed_shown_and_removed_at_the_terminal(world: World, tmp_path: Path) -> None:
    async with active(world, tmp_path / "first") as gateway, followed(gateway, tmp_path / "second/state") as standby:
        await standby.has(peers=0)
        assert "no copy is sent yet: write standby" in await command(gateway), "which the courier goes by"
        config = gateway.folder / "config.toml"
        config.write_text(config.read_text().replace("[fleet]\n", f'[fleet]\nstandby = "{VPS4}"\n'))
        assert "is connected. The newest copy is of" in await command(gateway)
        await command(gateway, "remove")
        assert "There is no standby" in await command(gateway, "status")
        made = len(standby.numbers)
        await gateway.join()
        await command(gateway, "allow", str(STANDBY.public_key))
        await standby.has(peers=1)
        assert len(standby.numbers) > made
        with pytest.raises(RuntimeError, match="KEY must be"):
            await command(gateway, "allow", "nonsense")
        await gateway.stop()


async def test_a_host_that_waits_is_hushed_for_as_long_as_it_waits(world: World) -> None:
    async def hush_there() -> None:
        async with hush.hushed():
            assert "drop" in await world.vps.run("nft", "list", "table", "inet", hush.TABLE)
            await asyncio.to_thread(refused)

    def refused() -> None:
        """Check that a new connection to a closed port is refused all the same."""
        with closing(socket.socket()) as made, pytest.raises(ConnectionRefusedError):
            made.connect((str(VPS4), 9))

    await asyncio.to_thread(world.vps.call, lambda: asyncio.run(hush_there()))
    assert hush.TABLE not in await world.vps.run("nft", "list", "tables")
