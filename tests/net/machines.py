"""A second machine, to which a gateway moves, and the commands that move it."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from ipaddress import IPv4Address
from pathlib import Path

from gateway.demo.namespace import Namespace
from gateway.demo.tunnel import until
from gateway.demo.world import VPS6, World
from tests.lab import unused_prefix
from tests.net.gateway import Gateway

OTHER4 = IPv4Address("203.0.113.99")
PASSPHRASE = "correct horse battery"


@asynccontextmanager
async def another_machine(world: World, address: IPv4Address, link: str, *, ipv6: bool = True) -> AsyncIterator[None]:
    """Put a new machine in the place of the VPS, whose interface is gone: the old one is broken.

    `link` names the new machine's interface.
    """
    inet, machine = world.inet.name, Namespace(unused_prefix() + "new")
    await world.vps.run("ip", "link", "delete", "eth0")
    machine.create()
    before, world.vps = world.vps, machine
    try:
        machine.sysctl("net/ipv6/conf/default/accept_dad", "0")
        if not ipv6:
            machine.sysctl("net/ipv6/conf/all/disable_ipv6", "1")
            machine.sysctl("net/ipv6/conf/default/disable_ipv6", "1")
        await machine.run("ip", "link", "set", "lo", "up")
        await machine.run("ip", "link", "add", link, "type", "veth", "peer", "name", "vps", "netns", inet)
        await machine.run("ip", "address", "add", f"{address}/24", "dev", link)
        await machine.run("ip", "link", "set", link, "up")
        await world.inet.run("ip", "address", "add", "203.0.113.254/24", "dev", "vps")
        await world.inet.run("ip", "link", "set", "vps", "up")
        await machine.run("ip", "route", "add", "default", "via", "203.0.113.254")
        if ipv6:
            await machine.run("ip", "address", "add", f"{VPS6}/64", "dev", link, "nodad")
            await world.inet.run("ip", "address", "add", "2001:db8:1::fe/64", "dev", "vps", "nodad")
            await machine.run("ip", "route", "add", "default", "via", "2001:db8:1::fe")
        yield
    finally:
        world.vps = before
        with suppress(FileNotFoundError):
            machine.delete()


async def guildgate(gateway: Gateway, *words: str | Path) -> str:
    """Return the output of a command on the gateway's machine. Raise RuntimeError with its complaint."""
    program = Path(sys.executable).with_name("guildgate")
    return await gateway.world.vps.run(program, *words, "--config", gateway.folder / "config.toml")


async def move(gateway: Gateway, file: Path, *, how: tuple[str | Path, ...]) -> None:
    """Lose the old machine's disk and restore the backup onto the new one, which has the same paths."""
    gateway.folder.rename(gateway.folder.with_name("lost"))
    gateway.folder.mkdir(mode=0o755)
    await guildgate(gateway, "restore", file, *how)


async def remembers_devices(gateway: Gateway, count: int = 1) -> None:
    """Wait until the database has where the devices are, which the gateway writes once a minute."""

    async def is_so() -> bool:
        with closing(sqlite3.connect(f"file:{gateway.state_dir / 'guildgate.db'}?mode=ro", uri=True)) as db:
            return bool(db.execute("SELECT count(*) >= ? FROM endpoints", (count,)).fetchone()[0])

    await until(is_so, timeout_s=30)
