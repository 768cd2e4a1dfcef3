"""The terminal's commands while no gateway runs, after it was killed in the middle of a match or stopped."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

from gateway.api.contract import GetAudit
from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up
from gateway.demo.world import VPS4, World
from gateway.model import Protocol
from gateway.nftables.elements import STAT
from tests.lab import end_at_once, go_on
from tests.net.gateway import ADMIN, ALICE, BOB, Gateway, gateway_in


async def guildgate(gateway: Gateway, *words: str, user: int = 0) -> tuple[int | None, str, str]:
    """Run a command on the gateway's machine. Return its exit code, and what it says on stdout and on stderr."""
    process = await asyncio.create_subprocess_exec(
        *("ip", "netns", "exec", gateway.world.vps.name),
        *("setpriv", "--reuid", str(user), "--clear-groups"),
        *(sys.executable, "-m", "gateway", *words, "--config", str(gateway.folder / "config.toml")),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


def owners(folder: Path) -> set[int]:
    return {path.stat().st_uid for path in folder.iterdir()}


async def test_access_is_taken_away_after_a_kill_and_the_next_start_agrees(gateway: Gateway, world: World) -> None:
    """What the admin closes or revokes ends at once, and nothing else does."""
    config = await gateway.join()
    await gateway.forward(25565)
    await gateway.forward(25566)
    await gateway.join(BOB)
    async with (
        peer_up(world.friend, config, "ggfriend0") as tunnel,
        hosting(world.friend, 25565),
        hosting(world.friend, 25566),
    ):
        await tunnel.handshake()
        async with (
            flowing(world.player, VPS4, 25565, Protocol.TCP) as closed,
            flowing(world.player, VPS4, 25565, Protocol.UDP) as closed_too,
            flowing(world.player, VPS4, 25566, Protocol.TCP) as open_one,
        ):
            user = owners(gateway.state_dir)
            await gateway.kill()
            await go_on(closed, closed_too, open_one)

            code, out, err = await guildgate(gateway, "status", "--json")
            assert (code, "no gateway runs" in err) == (0, True), err
            (alice,) = (peer for peer in json.loads(out)["peers"] if peer["peer"]["owner"] == ALICE.id)
            assert alice["latest_handshake"]  # the interface stands

            code, out, err = await guildgate(gateway, "unforward", "25565")
            assert (code, out) == (0, "Closed 25565 (tcp+udp) to pc of alice.\n"), err
            await end_at_once(closed, closed_too)
            await go_on(open_one)

            code, out, err = await guildgate(gateway, "revoke", "alice")
            assert (code, "Revoked pc of alice" in out) == (0, True), err
            await end_at_once(open_one)
        assert owners(gateway.state_dir) == user
        right = await gateway.nft("-s", "list", "map", "inet", "guildgate", "fwd4")
        await gateway.start()
        assert [peer.peer.owner for peer in (await gateway.status()).peers] == [BOB.id]
        assert await gateway.nft("-s", "list", "map", "inet", "guildgate", "fwd4") == right
        entries = (await gateway.client.call(GetAudit(actor=ADMIN))).entries
        assert [(entry.action, entry.uid) for entry in entries[:2]] == [("revoke", 0), ("unforward", 0)]


async def test_a_revocation_after_a_stop_makes_nothing_in_the_kernel(gateway: Gateway, world: World) -> None:
    """There is nothing to change then, so it is done."""
    await gateway.join()
    await gateway.forward(25565)
    await gateway.stop()

    async def kernel() -> list[str]:
        return [
            await gateway.nft("list", "ruleset"),
            await gateway.run("ip", "-brief", "link"),
            gateway.read_sysctl("ipv4/ip_local_reserved_ports"),
            gateway.read_sysctl("ipv4/ip_forward"),
        ]

    before = await kernel()
    for words in (("peers",), ("audit",), ("policy",), ("suspend", "alice"), ("revoke", "alice")):
        code, _, err = await guildgate(gateway, *words)
        assert code == 0, err
    code, out, err = await guildgate(gateway, "doctor", "--json")
    assert json.loads(out)["findings"], (code, err)
    assert await kernel() == before
    await gateway.start()
    assert (await gateway.status()).peers == ()


async def test_what_the_kernel_refuses_is_said_and_follows_at_the_next_start(gateway: Gateway, world: World) -> None:
    """The table cuts the device's forwards all the same. Elements that another program deleted are no hindrance."""
    await gateway.join()
    await gateway.forward(25565)
    await gateway.kill()
    await gateway.nft("delete element inet guildgate fwd4 { tcp . 25565 }")
    (daemon,) = map(int, (await gateway.run("pgrep", "-f", f"wireguard-go {gateway.interface}")).split())
    os.kill(daemon, signal.SIGSTOP)
    try:
        code, out, err = await guildgate(gateway, "revoke", "alice")
    finally:
        os.kill(daemon, signal.SIGCONT)
    assert (code, "Revoked pc of alice" in out) == (1, True)
    assert f"The database is changed, but the tunnel {gateway.interface} could not be." in err
    for name in STAT:
        assert "elements" not in await gateway.nft("list", "set", "inet", "guildgate", name)
    await gateway.start()
    assert not await gateway.run("wg", "show", gateway.interface, "peers")


async def test_a_user_that_may_not_open_the_socket_is_told_how_to(gateway: Gateway) -> None:
    """The gateway runs, so the command does not look for what a stopped one left."""
    code, _, err = await guildgate(gateway, "status", user=65534)
    assert (code, "you may not open it. Use sudo, or add your user to socket_users" in err) == (1, True), err


async def test_a_command_that_cannot_work_without_a_gateway_says_why(gateway: Gateway, world: World) -> None:
    await gateway.join()
    await gateway.stop()
    code, _, err = await guildgate(gateway, "forward", "25565")
    assert (code, "start it with" in err) == (1, True), err
    code, _, err = await guildgate(gateway, "revoke", "alice", user=65534)
    assert (code, "Use sudo." in err) == (1, True), err
    with (gateway.state_dir / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, _, err = await guildgate(gateway, "revoke", "alice")
    assert (code, "it starts, stops or hangs" in err) == (1, True), err
    (gateway.state_dir / "lock").unlink()
    code, _, err = await guildgate(gateway, "revoke", "alice")
    assert (code, "start it with" in err) == (1, True), err
    await gateway.start()
    assert len((await gateway.status()).peers) == 1


async def test_the_table_of_a_gateway_with_another_configuration_is_left_alone(
    gateway: Gateway, world: World, tmp_path: Path
) -> None:
    await gateway.join()
    await gateway.forward(25565)
    await gateway.kill()
    (tmp_path / "second").mkdir()
    settings = 'listen_port = 51821\nsubnet4 = "10.71.0.0/24"\nsubnet6 = ""\n'
    async with gateway_in(world, tmp_path / "second", settings) as second:
        second.interface = "ggtest1"
        await second.start()
        await second.join()
        await second.forward(25565)
        assert second.process
        right = await second.nft("-s", "list", "map", "inet", "guildgate", "fwd4")
        for words in (("unforward", "25565"), ("down",)):
            code, _, err = await guildgate(gateway, *words)
            assert (code, f"process {second.process.pid} (" in err) == (1, True), err
        assert await second.nft("-s", "list", "map", "inet", "guildgate", "fwd4") == right
        await second.stop()
    code, out, err = await guildgate(gateway, "unforward", "25565")
    assert (code, out) == (0, "Closed 25565 (tcp+udp) to pc of alice.\n"), err
