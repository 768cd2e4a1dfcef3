"""A gateway moves between two machines by its backup, while a friend's tunnel and a match wait."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.api.contract import GetMoved, Rotate
from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import PLAYER4, VPS4, World
from gateway.keys import PrivateKey
from gateway.model import Protocol
from tests.lab import hosts
from tests.net.gateway import ADMIN, ALICE, Gateway, gateway_in
from tests.net.machines import OTHER4, PASSPHRASE, another_machine, guildgate, move, remembers_devices

NAME = "vps.example.org"
Secret = tuple[str | Path, ...]
pytestmark = [pytest.mark.root, pytest.mark.timeout(240)]


@pytest.fixture
async def gateway(world: World, tmp_path: Path) -> AsyncIterator[Gateway]:
    """Yield a gateway that is not started yet, in a folder that can be lost."""
    folder = tmp_path / "machine"
    folder.mkdir()
    async with gateway_in(world, folder) as found:
        found.shorten("gateway.state.repairs", "ENDPOINTS_S", 0.1)
        yield found


@pytest.fixture
def by_passphrase(tmp_path: Path) -> Secret:
    secret = tmp_path / "passphrase"
    secret.touch(mode=0o600)
    secret.write_text(PASSPHRASE + "\n")
    return "--passphrase-file", secret


async def test_with_the_same_address_neither_friend_nor_player_notices(
    gateway: Gateway, world: World, tmp_path: Path, by_passphrase: Secret
) -> None:
    """The friend's tunnel stays up, the match goes on, and the game sees the player's own address."""
    file = tmp_path / "gg.age"
    await gateway.start()
    config = await gateway.join()
    await gateway.forward(25565)
    async with (
        peer_up(world.friend, config, "ggpeer0") as tunnel,
        hosting(world.friend, 25565) as server,
    ):
        await tunnel.handshake()
        async with flowing(world.player, VPS4, 25565, Protocol.UDP) as match:
            await remembers_devices(gateway)
            await guildgate(gateway, "backup", file, *by_passphrase)
            await gateway.stop()
            await match.ended()
            async with another_machine(world, VPS4, "ens3"):
                await move(gateway, file, how=by_passphrase)
                server.callers.clear()
                await gateway.start()
                await match.goes_on()
                assert {caller.address for caller in server.callers} == {PLAYER4}
                assert await world.player.ask_tcp(VPS4, 25565, "and a new one") == "and a new one"
                await gateway.stop()


def resolved(config: str, address: object) -> str:
    """Return the config as WireGuard has it after it was switched on: with the address that the name has then."""
    assert f"Endpoint = {NAME}:" in config
    return config.replace(NAME, str(address))


async def test_with_another_address_a_config_with_a_name_works_after_off_and_on(
    gateway: Gateway, world: World, tmp_path: Path, by_passphrase: Secret
) -> None:
    """WireGuard asks for a name once. The new machine has another interface as well, and no IPv6."""
    file = tmp_path / "gg.age"
    gateway.settings = f'public_address = "{NAME}"'
    with hosts(world.vps, {NAME: str(VPS4)}):
        await gateway.start()
        config = await gateway.join()
        await gateway.forward(25565)
        async with peer_up(world.friend, resolved(config, VPS4), "ggpeer0") as tunnel:
            await tunnel.handshake()
        assert "all 1 have a name" in await guildgate(gateway, "move")
        await guildgate(gateway, "backup", file, *by_passphrase)
        await gateway.stop()
    async with another_machine(world, OTHER4, "ens3", ipv6=False):
        with hosts(world.vps, {NAME: str(OTHER4)}):
            await move(gateway, file, how=by_passphrase)
            gateway.prelude = "import datetime"
            gateway.shorten("gateway.state.moved", "BACK_BY_ITSELF", timedelta())
            await gateway.start()
            moved = await gateway.client.call(GetMoved(actor=ADMIN))
            assert ([peer.device for peer in moved.waiting], moved.lost) == (["pc"], ())
            said = await guildgate(gateway, "move")
            assert "0 of 1 devices are connected" in said
            async with (
                peer_up(world.friend, resolved(config, OTHER4), "ggpeer0") as tunnel,
                hosting(world.friend, 25565) as server,
            ):
                await tunnel.handshake()
                assert await world.player.ask_udp(OTHER4, 25565) == "hello"
                assert {caller.address for caller in server.callers} == {PLAYER4}
                assert (await gateway.client.call(GetMoved(actor=ADMIN))).waiting == ()
            await gateway.stop()


async def test_with_another_address_a_config_with_the_old_one_is_known_and_a_new_one_works(
    gateway: Gateway, world: World, tmp_path: Path, by_passphrase: Secret
) -> None:
    file = tmp_path / "gg.age"
    await gateway.start()
    await gateway.join()
    assert f"1 of 1 have a bare address ({VPS4})" in " ".join((await guildgate(gateway, "move")).split())
    await guildgate(gateway, "backup", file, *by_passphrase)
    await gateway.stop()
    async with another_machine(world, OTHER4, "ens3"):
        await move(gateway, file, how=by_passphrase)
        await gateway.start()
        moved = await gateway.client.call(GetMoved(actor=ADMIN))
        assert (moved.address, [peer.device for peer in moved.lost]) == (str(OTHER4), ["pc"])
        key = PrivateKey.generate()
        issued = await gateway.client.call(Rotate(actor=ALICE, public_key=key.public_key))
        config = issued.config.replace("PASTE_YOUR_PRIVATE_KEY_HERE", key.reveal())
        async with peer_up(world.friend, config, "ggpeer0") as tunnel:
            await tunnel.handshake()
        assert (await gateway.client.call(GetMoved(actor=ADMIN))).lost == ()
        await gateway.stop()


@pytest.mark.parametrize(
    ("settings", "prepare", "said"),
    [
        ('public_interface = "eth0"', (), r"waits for the interface eth0 of public_interface.*This host has ens3"),
        (
            "",
            ("address", "add", "10.66.66.9/24", "dev", "lo"),
            r"lo has 10\.66\.66\.9; .*take that network off this host",
        ),
    ],
    ids=["another interface", "its subnet in use"],
)
async def test_a_machine_that_does_not_fit_is_told_in_a_sentence(
    gateway: Gateway, world: World, tmp_path: Path, by_passphrase: Secret, settings: str, prepare: Secret, said: str
) -> None:
    file = tmp_path / "gg.age"
    gateway.settings = settings
    await gateway.start()
    await gateway.join()
    await guildgate(gateway, "backup", file, *by_passphrase)
    await gateway.stop()
    async with another_machine(world, VPS4, "ens3"):
        if prepare:
            await world.vps.run("ip", *prepare)
        await move(gateway, file, how=by_passphrase)
        config = str(gateway.folder / "config.toml")
        async with world.vps.running(
            sys.executable, "-m", "gateway", "gateway", "--config", config, stderr=asyncio.subprocess.PIPE
        ) as process:
            assert process.stderr
            lines = ""
            while not re.search(said, lines):
                line = (await process.stderr.readline()).decode()
                assert line, lines
                lines += line
            assert "Traceback" not in lines


async def test_nothing_is_restored_while_the_gateway_runs_or_over_its_devices(
    gateway: Gateway, world: World, tmp_path: Path, by_passphrase: Secret
) -> None:
    file = tmp_path / "gg.age"
    await gateway.start()
    await gateway.join()
    await guildgate(gateway, "backup", file, *by_passphrase)
    with pytest.raises(RuntimeError, match="replaces no file"):
        await guildgate(gateway, "backup", file, *by_passphrase)
    with pytest.raises(RuntimeError, match=r"is in use by process \d+ .*Nothing was changed"):
        await guildgate(gateway, "restore", file, *by_passphrase, "--replace")
    await gateway.stop()
    with pytest.raises(RuntimeError, match=r"a gateway with devices \(1\)\. --replace puts it aside"):
        await guildgate(gateway, "restore", file, *by_passphrase)
    wrong = tmp_path / "wrong"
    wrong.touch(mode=0o600)
    wrong.write_text("another one\n")
    with pytest.raises(RuntimeError, match="does not open with this passphrase"):
        await guildgate(gateway, "restore", file, "--passphrase-file", wrong, "--replace")
    wrong.chmod(0o644)
    with pytest.raises(RuntimeError, match=f"can be read by others: chmod 600 {wrong}"):
        await guildgate(gateway, "restore", file, "--passphrase-file", wrong, "--replace")
    assert "is now" in await guildgate(gateway, "restore", file, *by_passphrase, "--replace")
    await gateway.start()
    assert [each.peer.device for each in (await gateway.status()).peers] == ["pc"]
    await gateway.stop()


async def test_the_tool_of_the_format_opens_it(gateway: Gateway, tmp_path: Path, by_passphrase: Secret) -> None:
    """It asks at a terminal alone, which script(1) gives it."""
    if not shutil.which("age"):
        pytest.skip("age is not installed, so only pyrage opens backups here: apt-get install age")
    file, plain = tmp_path / "gg.age", tmp_path / "gg.tar.gz"
    await gateway.start()
    await gateway.join()
    said = json.loads(await guildgate(gateway, "backup", file, *by_passphrase, "--json"))
    assert (said["devices"], said["memory"]) == (1, False)
    assert file.stat().st_mode & 0o777 == 0o600
    asked = ["script", "-qec", f"age --decrypt --output {plain} {file}", "/dev/null"]
    await asyncio.to_thread(subprocess.run, asked, input=PASSPHRASE + "\n", text=True, check=True, capture_output=True)
    with tarfile.open(plain) as tar:
        assert sorted(tar.getnames()) == ["config.toml", "guildgate.db", "history.db", "manifest.json", "private_key"]
    await gateway.stop()


async def test_the_gateway_makes_backups_by_itself_and_keeps_the_newest(
    gateway: Gateway, world: World, tmp_path: Path, by_passphrase: Secret
) -> None:
    """They are for its own user alone. What is in its way is a problem until it works again."""
    gateway.shorten("gateway.backup.automatic", "START_S", 0.0)
    gateway.shorten("gateway.backup.automatic", "AGAIN_S", 0.2)
    gateway.settings = '[backup]\nevery = "1s"\nkeep = 2\n'
    await gateway.start()
    await gateway.join()
    folder = gateway.state_dir / "backups"

    def names() -> list[str]:
        return sorted(path.name for path in folder.glob("guildgate-*")) if folder.exists() else []

    async def rotated() -> bool:
        return len(names()) == 2 and first not in names()

    async def one() -> list[str]:
        return names()

    first = (await until(one))[0]
    await until(rotated)
    newest = folder / names()[-1]
    assert newest.stat().st_mode & 0o777 == 0o600
    assert newest.stat().st_uid == (gateway.state_dir / "guildgate.db").stat().st_uid
    shutil.rmtree(folder)
    folder.touch()
    problem = "There is no new backup"

    async def is_told() -> bool:
        return any(problem in str(each) for each in (await gateway.status()).problems)

    async def is_over() -> bool:
        return not await is_told()

    await until(is_told)
    folder.unlink()
    await until(is_over)
    kept = tmp_path / "kept.tar.gz"
    shutil.copy(folder / (await until(one))[-1], kept)
    await gateway.stop()
    await guildgate(gateway, "restore", kept, "--replace")
    await gateway.start()
    assert [each.peer.device for each in (await gateway.status()).peers] == ["pc"]
    await gateway.stop()
