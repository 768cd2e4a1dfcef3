"""The kernel, WireGuard or the disk refuses: the error is clear, nothing is changed, and the gateway lives on."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

from gateway.api.contract import Actor
from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import PLAYER4, PLAYER6, VPS4, VPS6, World
from gateway.errors import ApplyFailed, GatewayError, NotSaved, PortTaken
from gateway.keys import PrivateKey, new_preshared_key
from gateway.model import Change, Forward, Mode, Peer, PortRange, Protocol
from gateway.network import Marks
from gateway.state.store import Store
from tests.lab import end_at_once
from tests.net.gateway import ALICE, BOB, Gateway


async def everything(gateway: Gateway) -> dict[str, object]:
    """Return what a change touches: the answers, the table, WireGuard, the host's settings and the database."""
    found: dict[str, object] = {}
    for name in ("fwd4", "fwd6", "fwdid", "rev4", "rev6", "host4", "host6"):
        found[name] = sorted(_elements(await gateway.nft("list", "map", "inet", "guildgate", name)))
    for name in ("busy", "self4", "self6"):
        found[name] = sorted(_elements(await gateway.nft("list", "set", "inet", "guildgate", name)))
    found["peers"] = sorted((await gateway.run("wg", "show", gateway.interface, "allowed-ips")).splitlines())
    found["reserved"] = gateway.read_sysctl("ipv4/ip_local_reserved_ports")
    status = await gateway.status()
    found["status"] = ([entry.peer for entry in status.peers], [entry.forward for entry in status.forwards])
    with closing(sqlite3.connect(f"file:{gateway.state_dir}/guildgate.db?mode=ro", uri=True)) as db:
        for table in ("peers", "forwards", "resting", "audit"):
            query = f"SELECT * FROM {table}" + (
                " WHERE action NOT IN ('repair', 'problem', 'solved')" if table == "audit" else ""
            )
            found[f"table {table}"] = db.execute(query).fetchall()
    return found


def _elements(listing: str) -> list[str]:
    _, _, rest = listing.partition("elements = {")
    return [part.strip(" \t\n}") for part in rest.split(",") if part.strip(" \t\n}")]


async def is_repaired(gateway: Gateway, before: dict[str, object]) -> bool:
    try:
        return await everything(gateway) == before
    except (GatewayError, RuntimeError):
        return False


async def refuse_all(gateway: Gateway, error: type[GatewayError]) -> None:
    """Send each kind of change and expect a refusal."""
    with pytest.raises(error):
        await gateway.join(BOB)
    with pytest.raises(error):
        await gateway.revoke(ALICE)


async def accept_all(gateway: Gateway) -> None:
    """Carry out each kind of change."""
    await gateway.join(BOB)
    await gateway.forward(30000, BOB)
    await gateway.unforward(30000, BOB)
    await gateway.revoke(BOB)
    await gateway.revoke(ALICE)
    assert (await gateway.status()).peers == ()


@pytest.mark.parametrize("protocol", [Protocol.TCP, Protocol.UDP])
async def test_after_as_many_forwards_as_marks_the_next_one_works(
    idle_gateway: Gateway, world: World, protocol: Protocol
) -> None:
    gateway = idle_gateway
    await gateway.start()
    config = await gateway.join()
    await gateway.stop()
    with closing(sqlite3.connect(gateway.state_dir / "guildgate.db")) as db, db:
        db.execute("INSERT OR REPLACE INTO notes VALUES ('next_forward_id', ?)", (str(3 * Marks().slots + 1),))
    await gateway.start()
    await gateway.forward(25565)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        async with flowing(world.player, VPS4, 25565, protocol) as flow:

            async def is_counted() -> bool:
                (row,) = (await gateway.status()).forwards
                return (row.forward.id, row.connections, row.rx_bytes > 0) == (3 * Marks().slots + 1, 1, True)

            await until(is_counted)
            await gateway.unforward(25565)
            await end_at_once(flow)


async def test_a_port_that_another_program_put_into_our_table_is_refused(idle_gateway: Gateway) -> None:
    """The kernel has the port already. Once the foreign element is gone, the port is free.

    The pause after a repair is long, because the next one may be faster than the request.
    """
    gateway = idle_gateway
    gateway.changed["gateway.state.repairs", "CALM_S"] = 8
    await gateway.start()
    await gateway.join()
    await gateway.forward(25560)
    before = await everything(gateway)
    for port in (29999, 30000):
        await gateway.nft("add", "element", "inet", "guildgate", "fwdid", f"{{ udp . {port} : 0x8 }}")
        if port == 30000:
            with pytest.raises(PortTaken):
                await gateway.forward(port)
        await until(lambda: is_repaired(gateway, before), timeout_s=30)
    await gateway.forward(port)


@pytest.mark.timeout(180)
async def test_a_wireguard_that_hangs_refuses_and_nothing_is_changed(idle_gateway: Gateway) -> None:
    """wireguard-go is stopped in the middle.

    The error comes within the client's patience, and all is whole afterwards.
    """
    gateway = idle_gateway
    gateway.shorten("gateway.wireguard.userspace", "_ANSWER_S", 1.5)
    await gateway.start()
    await gateway.join()
    await gateway.forward(25565)
    before = await everything(gateway)
    with stopped(wireguard_go(gateway)):
        await refuse_all(gateway, ApplyFailed)
    # wireguard-go may still carry out what it was sent, and the gateway finds and undoes that
    await until(lambda: is_repaired(gateway, before), timeout_s=60)
    await accept_all(gateway)


async def test_a_wireguard_whose_socket_is_gone_refuses_and_nothing_is_changed(gateway: Gateway) -> None:
    """Another program removed the socket, so the gateway cannot reach it until it is back."""
    await gateway.join()
    await gateway.forward(25565)
    before = await everything(gateway)
    path = Path("/run/wireguard") / f"{gateway.interface}.sock"
    away = path.with_suffix(".away")
    path.rename(away)
    try:
        await refuse_all(gateway, ApplyFailed)
        await gateway.forward(30000)  # because a forward needs no WireGuard
        await gateway.unforward(30000)
    finally:
        away.rename(path)
    after = await everything(gateway)
    for name in ("peers", "fwd4", "reserved", "status", "table peers", "table forwards"):
        assert after[name] == before[name]
    await accept_all(gateway)


async def test_a_wireguard_that_died_is_back_and_takes_changes(gateway: Gateway) -> None:
    """It is killed right before a change, which succeeds or is refused. In the end everything is as it was answered."""
    await gateway.join()
    before = await everything(gateway)
    os.kill(wireguard_go(gateway), signal.SIGKILL)
    joined = True
    try:
        await gateway.join(BOB)
    except ApplyFailed:
        joined = False
    if joined:
        await gateway.revoke(BOB)
        before["table audit"] = (await everything(gateway))["table audit"]
        before["table resting"] = (await everything(gateway))["table resting"]
    await until(lambda: is_repaired(gateway, before), timeout_s=60)
    await accept_all(gateway)


def wireguard_go(gateway: Gateway) -> int:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"wireguard-go") and gateway.interface.encode() in words:
            return int(process.name)
    raise AssertionError("no wireguard-go")


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    while not all("State:\tT" in each.read_text() for each in Path(f"/proc/{pid}/task").glob("*/status")):
        os.sched_yield()  # because a signal stops one thread after the other
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.timeout(180)
async def test_a_locked_database_refuses_and_nothing_is_changed(idle_gateway: Gateway) -> None:
    """Another program locks the database for longer than the gateway waits."""
    gateway = idle_gateway
    gateway.shorten("gateway.sqlite", "_WAIT_S", 0.5)
    await gateway.start()
    await gateway.join()
    await gateway.forward(25565)
    before = await everything(gateway)
    with closing(sqlite3.connect(gateway.state_dir / "guildgate.db", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        await refuse_all(gateway, NotSaved)
        with pytest.raises(NotSaved):
            await gateway.forward(30000)
        assert await everything(gateway) == before
    await accept_all(gateway)


async def test_a_full_disk_refuses_and_nothing_is_changed(idle_gateway: Gateway) -> None:
    """The state folder's file system has no room left."""
    gateway = idle_gateway
    gateway.state_dir.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", gateway.state_dir], check=True)
    try:
        await gateway.start()
        await gateway.join()
        await gateway.forward(25565)
        before = await everything(gateway)
        filling = gateway.state_dir / "filling"
        with pytest.raises(OSError), filling.open("wb", buffering=0) as file:
            while file.write(b"x" * 4096):
                pass
        refused = 0
        for port in range(30000, 30200):  # because the rest of a page has room for some changes
            try:
                await gateway.forward(port)
            except NotSaved:
                refused += 1
                break
            await gateway.unforward(port)
            before = await everything(gateway)
        assert refused
        assert await everything(gateway) == before
        filling.unlink()
        await accept_all(gateway)
    finally:
        await gateway.stop()
        subprocess.run(["umount", gateway.state_dir], check=True)


async def test_a_thousand_ports_in_one_forward(idle_gateway: Gateway, world: World) -> None:
    """The first, the last and a middle port are reached with both protocols and families. Then they are closed."""
    gateway = idle_gateway
    gateway.settings = "[policy]\nports_per_member = 1000"
    await gateway.start()
    config = await gateway.join()
    await gateway.forward("40000-40999", to_port=20000)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel:
        await tunnel.handshake()
        for offset in (0, 555, 999):
            async with hosting(world.friend, 20000 + offset) as server:
                for public, player in ((VPS4, PLAYER4), (VPS6, PLAYER6)):
                    assert await world.player.ask_tcp(public, 40000 + offset) == "hello"
                    assert await world.player.ask_udp(public, 40000 + offset) == "hello"
                    assert server.saw(player, Protocol.UDP)
        await gateway.unforward("40000-40999")
        async with hosting(world.friend, 20999):
            with pytest.raises(OSError):
                await world.player.ask_tcp(VPS4, 40999, timeout_s=1)


@pytest.mark.timeout(240)
async def test_a_thousand_devices_and_ten_thousand_forwards(idle_gateway: Gateway, world: World) -> None:
    """They are restored from the database, the last one plays, and changes are exact."""
    gateway = idle_gateway
    gateway.settings = 'subnet4 = "10.66.0.0/16"'
    await gateway.start()
    config = await gateway.join()
    await gateway.stop()
    await fill(gateway)
    await gateway.start()
    status = await gateway.status()
    assert (len(status.peers), len(status.forwards)) == (1000, 10_000)
    await gateway.forward(25565)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565) as server:
        await tunnel.handshake()
        assert await world.player.ask_udp(VPS4, 25565) == "hello"
        assert await world.player.ask_tcp(VPS6, 25565) == "hello"
        assert server.saw(PLAYER4, Protocol.UDP)
        with pytest.raises(PortTaken):
            await gateway.forward("30000-30010")
        await gateway.unforward(25565)
        with pytest.raises(OSError):
            await world.player.ask_udp(VPS4, 25565, timeout_s=0.5)
        await gateway.revoke(Actor(id="m500", name="member 500"))
        listing = await gateway.nft("list", "map", "inet", "guildgate", "fwdid")
        assert listing.count(" : 0x") == 2 * (10_000 - 10)
        assert len((await gateway.status()).forwards) == 10_000 - 10
        await gateway.forward(30000 + 498)


async def fill(gateway: Gateway) -> None:
    """Add 999 devices with 10,000 forwards: port 30000 + n belongs to member 2 + n % 999."""
    moment = datetime.now(UTC)
    async with Store.open(gateway.state_dir / "guildgate.db") as store:
        before = await store.load()
        new_peers = {
            number: Peer(
                id=number,
                owner=f"m{number}",
                owner_name=f"member {number}",
                device="pc",
                public_key=PrivateKey.generate().public_key,
                preshared_key=new_preshared_key(),
                ipv4=IPv4Address("10.66.0.1") + number,
                ipv6=IPv6Address("fd42:42:42::1") + number,
                mode=Mode.FULL,
                created_at=moment,
            )
            for number in range(2, 1001)
        }
        forwards = {
            number: Forward(
                id=number,
                slot=number,
                peer_id=2 + (number - 1) % 999,
                protocol=Protocol.BOTH,
                ports=PortRange(29_999 + number, 29_999 + number),
                to_port=29_999 + number,
                created_at=moment,
            )
            for number in range(1, 10_001)
        }
        after = replace(
            before,
            peers={**before.peers, **new_peers},
            forwards=forwards,
            next_peer_id=1001,
            next_forward_id=10_001,
        )
        async with store.transaction():
            await store.save(Change.between(before, after))
