"""While the database refuses, the gateway lives on and keeps the data path right. Only requests wait."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from gateway.api.contract import Rotate
from gateway.demo.tunnel import until
from gateway.errors import NotSaved
from gateway.keys import PrivateKey
from gateway.sqlite import _PRAGMAS
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
    gateway.shorten("gateway.sqlite", "_PRAGMAS", (*_PRAGMAS, "busy_timeout=500"))
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
async def test_with_the_disk_full_it_repairs_and_a_stop_leaves_nothing_borrowed(idle_gateway: Gateway) -> None:
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
        await spoil(gateway)
        await said(gateway, "repaired after")
        await until(lambda: is_right(gateway), timeout_s=30)
        await gateway.stop()
    assert settings(gateway) == before
