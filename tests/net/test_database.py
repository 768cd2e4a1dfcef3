"""While the database refuses, the gateway lives on and keeps the data path right. Only requests wait."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.api.contract import Rotate
from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import VPS4, World
from gateway.errors import NotSaved
from gateway.keys import PrivateKey
from gateway.model import Protocol
from tests.lab import go_on
from tests.net.gateway import ALICE, Gateway

HOST_SETTINGS = ["ipv4/ip_forward", "ipv6/conf/all/forwarding", "ipv4/ip_local_reserved_ports"]


def settings(gateway: Gateway) -> list[str]:
    return [gateway.read_sysctl(name) for name in HOST_SETTINGS]


async def spoil(gateway: Gateway) -> None:
    await gateway.run("sysctl", "-qw", "net.ipv4.ip_forward=0")
    await gateway.nft("flush", "ruleset")


async def is_right(gateway: Gateway) -> bool:
    tables = await gateway.nft("list", "tables")
    return "guildgate" in tables and gateway.read_sysctl("ipv4/ip_forward") == "1"


async def said(gateway: Gateway, what: str) -> None:
    """Wait for a line of the gateway's log."""
    assert gateway.process
    assert gateway.process.stderr
    while line := await gateway.process.stderr.readline():
        if re.search(what, line.decode()):
            return
    raise AssertionError(f"it ended without saying {what}")


@dataclass(frozen=True, slots=True)
class Harm:
    """Harm to the database. `said` is the gateway's last word about it."""

    name: str
    do: Callable[[Path], None]
    said: str

    def __str__(self) -> str:
        return self.name


def cut_in_half(database: Path) -> None:
    os.truncate(database, database.stat().st_size // 2)


def overwrite(database: Path) -> None:
    with database.open("r+b") as file:
        file.write(b"rubbish " * 2000)


def empty(database: Path) -> None:
    os.truncate(database, 0)


def make_read_only(database: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", database.parent], check=True)


HARMS = [
    Harm(
        "cut in half",
        cut_in_half,
        # It is found as the database is opened or as it is read, by what lies in the half that is gone.
        r"is damaged.+database disk image is malformed.+stop guildgate, move the file away",
    ),
    Harm("overwritten", overwrite, r"guildgate\.db is damaged: file is not a database; stop guildgate"),
    Harm("emptied", empty, r"guildgate\.db is damaged: it is empty; stop guildgate"),
    Harm("read-only", make_read_only, r"read-only file system"),
]


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount a small file system at `folder`. Yield a file that may fill it."""
    folder.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", folder], check=True)
    try:
        yield folder / "filling"
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.timeout(120)
async def test_with_the_database_locked_it_repairs_all_the_same(idle_gateway: Gateway) -> None:
    gateway = idle_gateway
    gateway.shorten("gateway.sqlite", "_WAIT_S", 0.5)
    await gateway.start()
    await gateway.join()
    await gateway.forward(25565)
    with closing(sqlite3.connect(gateway.state_dir / "guildgate.db", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        await spoil(gateway)
        await said(gateway, "no record of this repair")
        await said(gateway, "repaired after")
        assert await is_right(gateway)
    await gateway.forward(25566)
    await gateway.stop()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("harm", HARMS, ids=str)
async def test_without_its_database_it_does_not_start_and_matches_go_on_until_it_does(
    idle_gateway: Gateway, world: World, tmp_path: Path, harm: Harm
) -> None:
    """What is damaged is left as it is, and the end is not the final one: the next try works once there is a backup."""
    gateway, backup = idle_gateway, tmp_path / "backup.db"
    with small_disk(gateway.state_dir):
        await gateway.start()
        database = gateway.state_dir / "guildgate.db"
        config = await gateway.join()
        await gateway.forward(25565)
        async with (
            peer_up(world.friend, config, "ggfriend0") as tunnel,
            hosting(world.friend, 25565),
        ):
            await tunnel.handshake()
            async with flowing(world.player, VPS4, 25565, Protocol.UDP) as flow:
                with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(backup)) as copy:
                    source.backup(copy)
                if harm.do is not make_read_only:  # which waits for the gateway's open files
                    harm.do(database)
                    await go_on(flow)
                await gateway.kill()
                if harm.do is make_read_only:
                    harm.do(database)
                found = database.stat().st_size
                with pytest.raises(RuntimeError, match=harm.said):
                    await gateway.start()
                assert gateway.process
                assert gateway.process.returncode == 1
                assert database.stat().st_size >= found
                await go_on(flow)

                subprocess.run(["mount", "-o", "remount,rw", gateway.state_dir], check=True)
                if "damaged" in harm.said:
                    for part in gateway.state_dir.glob("guildgate.db*"):
                        part.unlink()
                    shutil.copy(backup, database)
                await gateway.start()
                await gateway.forward(25566)
                assert len((await gateway.status()).forwards) == 2
                await go_on(flow)
        await gateway.stop()


async def test_no_preshared_key_of_the_past_is_left_on_the_disk(gateway: Gateway) -> None:
    """The answers to requests are stored there, too."""

    def holding(config: str) -> list[str]:
        (key,) = re.findall(r"PresharedKey = (\S+)", config)
        return [path.name for path in gateway.state_dir.iterdir() if key.encode() in path.read_bytes()]

    first = await gateway.join()
    assert holding(first)
    private_key = PrivateKey.generate()
    second = (await gateway.client.call(Rotate(actor=ALICE, public_key=private_key.public_key))).config
    assert holding(first) == []
    assert holding(second)
    await gateway.revoke()
    assert holding(second) == []


@pytest.mark.timeout(120)
async def test_with_the_disk_full_it_starts_and_repairs_and_leaves_nothing_borrowed(
    idle_gateway: Gateway,
) -> None:
    gateway = idle_gateway
    before = settings(gateway)
    with small_disk(gateway.state_dir) as filling:
        await gateway.start()
        await gateway.join()
        await gateway.forward(25565)
        with pytest.raises(OSError), filling.open("wb", buffering=0) as file:
            while file.write(b"x" * 4096):
                pass
        with pytest.raises(NotSaved):
            for port in range(30000, 30200):  # because the rest of a page has room for some changes
                await gateway.forward(port)
                await gateway.unforward(port)
        await gateway.kill()
        await gateway.start()
        await spoil(gateway)
        await said(gateway, "repaired after")
        await until(lambda: is_right(gateway), timeout_s=30)
        await gateway.stop()
    assert settings(gateway) == before
