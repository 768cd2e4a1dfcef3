"""The images of the Dockerfile, run as compose.yaml says, with a match through them."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.fleet.reached import Reached
from gateway.api.client import with_private_key
from gateway.api.contract import AddForward, Join
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import PLAYER4, SITE4, VPS4, World
from gateway.keys import PrivateKey
from gateway.model import Protocol, parse_ports
from tests.boot.drawing import gets_a_picture
from tests.e2e.scene import fake_on, join, reaches
from tests.enrolled import enrolled
from tests.fakediscord.certificate import HOSTS
from tests.lab import unused_prefix
from tests.net.gateway import ADMIN
from tests.net.nameserver import SECRET, NameServer, needs_knot, tsig_key
from tests.net.region import line_to, there

pytestmark = [pytest.mark.root, pytest.mark.long, pytest.mark.timeout(400)]

STORE = "GUILDGATE_IMAGES"  # a folder that .ci/images filled
CHECKOUT = Path(__file__).parents[2]
PORT = 25565


@dataclass(frozen=True)
class Containers:
    """The services of compose.yaml as containers in the network of a world's VPS."""

    store: str
    prefix: str
    world: World
    folder: Path
    file: str = "compose.yaml"

    async def podman(self, *argv: str) -> str:
        process = await asyncio.create_subprocess_exec(
            CHECKOUT / ".ci/podman", self.store, "podman", *argv, stdout=PIPE, stderr=STDOUT
        )
        out, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"podman {' '.join(argv)}: {out.decode()}")
        return out.decode()

    async def start(self, name: str, *more: str, without: str = "") -> None:
        """Start a service of the file, as Docker would, but for one of its lines."""
        service = self._service(name)
        service.pop(without, None)
        assert service["network_mode"] == "host"
        options = [
            *(f"--network=ns:/run/netns/{self.world.vps.name}", "--cgroups=disabled", "--pull=never"),
            *("--ulimit=nofile=16384", "--ulimit=nproc=4096", "--log-driver=k8s-file"),
            *(f"--restart={service['restart']}", f"--stop-timeout={service['stop_grace_period'].rstrip('s')}"),
            *_flags(service, "cap_drop", "cap_add", "devices", "security_opt", "tmpfs"),
            *(f"--volume={self._volume(each)}" for each in service["volumes"]),
            *(["--read-only", "--read-only-tmpfs=false"] if service["read_only"] else []),
            *([f"--env-file={self.folder / service['env_file']}"] if "env_file" in service else []),
        ]
        await self.podman("run", "--detach", f"--name={self.prefix}{name}", *options, *more, service["image"])

    async def within(self, name: str, *argv: str) -> str:
        return await self.podman("exec", "--user=0", self.prefix + name, *argv)

    def _service(self, name: str) -> dict[str, Any]:
        service: dict[str, Any] = yaml.safe_load((CHECKOUT / self.file).read_text())["services"][name]
        if base := service.pop("extends", None):
            for key, value in yaml.safe_load((CHECKOUT / base["file"]).read_text())["services"][name].items():
                service[key] = value + service[key] if key in service else value
        return service

    def _volume(self, text: str) -> str:
        source, target, *mode = text.split(":")
        source = str(self.folder / source) if source.startswith("./") else self.prefix + source
        return ":".join((source, target, *mode))


def _flags(service: dict[str, Any], *keys: str) -> list[str]:
    names = {"devices": "device"}
    return [f"--{names.get(key, key).replace('_', '-')}={value}" for key in keys for value in service.get(key, ())]


@pytest.fixture
async def containers(world: World, tmp_path: Path) -> AsyncIterator[Containers]:
    store = os.environ.get(STORE)
    if not store or not Path(store).exists():
        pytest.skip(f"needs the images: sudo .ci/images ROOT STORE makes them, and {STORE} names the folder")
    made = Containers(store, unused_prefix(), world, tmp_path)
    try:
        yield made
    finally:
        await made.podman("rm", "--force", "--all", "--time=20")
        await made.podman("volume", "prune", "--force")


@asynccontextmanager
async def playing(containers: Containers, config: str) -> AsyncIterator[None]:
    """Host a server behind the config for the length of the block, and let a player reach it."""
    world = containers.world
    async with peer_up(world.friend, config, "ggimage0") as tunnel, hosting(world.friend, PORT) as server:
        await tunnel.handshake()
        assert await world.player.ask_tcp(VPS4, PORT) == "hello"
        assert server.saw(PLAYER4, Protocol.TCP)
        yield


async def answers(containers: Containers) -> bool:
    try:
        return bool(await containers.within("gateway", "guildgate", "policy"))
    except RuntimeError:
        return False


async def test_the_gateways_container_needs_one_capability_and_is_back_after_a_crash(
    containers: Containers,
) -> None:
    (containers.folder / "config.toml").write_text("[gateway]\n")
    await containers.start("gateway")
    await until(lambda: answers(containers), timeout_s=30)
    config = await containers.within("gateway", "guildgate", "join", "laptop")
    await containers.within("gateway", "guildgate", "forward", str(PORT), "--device", "laptop")
    async with playing(containers, config[config.index("[Interface]") : config.index("25\n") + 3]):
        status = await containers.within("gateway", "cat", "/proc/1/status")
        assert "CapBnd:\t0000000000001000" in status
        assert "Uid:\t951\t951\t951\t951" in status
        await containers.podman("kill", "--signal=KILL", f"{containers.prefix}gateway")  # and wireguard-go with it
        await containers.podman("start", f"{containers.prefix}gateway")
        await until(lambda: answers(containers), timeout_s=30)
        await until(lambda: reaches(containers.world.player, VPS4, PORT), timeout_s=200)  # a session lasts 180 s
    await containers.podman("stop", f"{containers.prefix}gateway")
    assert "guildgate" not in await containers.world.vps.run("nft", "list", "tables")


async def test_both_containers_carry_a_command_from_discord_to_the_kernel(containers: Containers) -> None:
    """The token is in the bot's container only, and neither carries the other's packages."""
    world, folder = containers.world, containers.folder
    async with fake_on(world) as discord:
        alice = discord.guild.add_member("alice", [discord.guild.role("Player").name])
        (folder / "config.toml").write_text(f'[discord]\nguild = "{discord.guild.id}"\nmember_roles = ["Player"]\n')
        (folder / "token.env").write_text(f"DISCORD_TOKEN={discord.token}\n")
        await containers.start("gateway")
        await until(lambda: answers(containers), timeout_s=30)
        names = [f"--add-host={name}:{SITE4}" for name in HOSTS]
        trust = [f"--volume={discord.ca_file}:/ca.pem:ro", "--env=SSL_CERT_FILE=/ca.pem"]
        await containers.start("bot", *names, *trust)
        await discord.ready(1)
        config = await join(alice, device="laptop")
        await alice.slash("forward", port=str(PORT))
        async with playing(containers, config):
            await gets_a_picture(alice, lambda: containers.within("gateway", "guildgate", "history"))
        assert "without pictures" not in await containers.podman("logs", f"{containers.prefix}bot")
        assert discord.token in await containers.podman("inspect", f"{containers.prefix}bot")
        assert discord.token not in await containers.podman("inspect", f"{containers.prefix}gateway")
        for name, foreign in (("gateway", ("discord", "pyroute2", "babel")), ("bot", ("nftables", "pyroute2"))):
            listing = await containers.within(name, "sh", "-c", "ls /opt/guildgate/lib/python3*/site-packages")
            assert not set(foreign) & set(listing.split())
        await containers.podman("stop", f"{containers.prefix}bot")
        assert discord.token not in await containers.podman("logs", f"{containers.prefix}bot")


@needs_knot
async def test_the_container_that_keeps_the_name_has_no_capability_and_no_package_of_the_others(
    containers: Containers,
) -> None:
    """It reads the secret as its own user, which owns the file."""
    world, folder = containers.world, containers.folder
    names = f'[names]\nkind = "rfc2136"\nserver = "{SITE4}"\nzone = "example.org"\n'
    (folder / "config.toml").write_text(f'[gateway]\npublic_address = "play.example.org"\n{names}')
    (folder / "dns").write_text(tsig_key())
    (folder / "dns").chmod(0o400)
    os.chown(folder / "dns", 952, 952)
    server = NameServer(world, folder / "knot")
    async with server.serving():
        await containers.start("gateway")
        await until(lambda: answers(containers), timeout_s=30)
        await containers.start("names")

        async def is_kept() -> bool:
            return server.ask("play.example.org", "A") == [str(VPS4)]

        await until(is_kept, timeout_s=60)
        status = await containers.within("names", "cat", "/proc/1/status")
        assert "CapBnd:\t0000000000000000" in status
        assert "Uid:\t952\t952\t952\t952" in status
        listing = await containers.within("names", "sh", "-c", "ls /opt/guildgate/lib/python3*/site-packages")
        assert not {"discord", "nftables", "pyroute2"} & set(listing.split())
        assert "dns" not in await containers.within("gateway", "ls", "/etc/guildgate")
        await containers.podman("stop", f"{containers.prefix}names")
        assert SECRET not in await containers.podman("logs", f"{containers.prefix}names")


async def test_the_container_of_the_metrics_serves_them_without_a_capability_or_a_package_of_the_others(
    containers: Containers,
) -> None:
    """Also after the gateway's container has ended, when it says so."""
    vps = containers.world.vps
    (containers.folder / "config.toml").write_text("[gateway]\n[metrics]\nport = 9586\n")
    await containers.start("gateway")
    await until(lambda: answers(containers), timeout_s=30)
    await containers.start("metrics")

    async def said(path: str) -> str:
        ask = f"import urllib.request as u; print(u.urlopen('http://127.0.0.1:9586/{path}', timeout=5).read().decode())"
        try:
            return await vps.run(sys.executable, "-c", ask)
        except RuntimeError as error:
            return str(error)

    async def serves() -> bool:
        return "guildgate_up 1.0" in await said("metrics")

    async def misses_the_gateway() -> bool:
        return "guildgate_up 0.0" in await said("metrics")

    await until(serves, timeout_s=60)
    status = await containers.within("metrics", "cat", "/proc/1/status")
    assert "CapBnd:\t0000000000000000" in status
    assert "Uid:\t953\t953\t953\t953" in status
    listing = await containers.within("metrics", "sh", "-c", "ls /opt/guildgate/lib/python3*/site-packages")
    assert not {"discord", "nftables", "pyroute2", "matplotlib"} & set(listing.split())
    await containers.podman("stop", f"{containers.prefix}gateway")
    await until(misses_the_gateway, timeout_s=30)
    await containers.podman("stop", f"{containers.prefix}metrics")
    assert "Traceback" not in await containers.podman("logs", f"{containers.prefix}metrics")


async def test_two_containers_are_a_region_of_a_fleet(containers: Containers, tmp_path: Path) -> None:
    """The image makes their files of the line. The courier's has no capability, and not what requests are signed by."""
    folder = containers.folder
    containers = replace(containers, file="compose.region.yaml")
    with line_to(containers.world.vps) as line:
        async with enrolled(tmp_path / "bot", ("eu",), line.address) as fleet:
            (folder / "config.toml").write_text("[gateway]\n")
            mounted = f"--volume={folder}:/etc/guildgate"
            enrol = ("--entrypoint=guildgate", "localhost/guildgate-courier", "enrol")
            own = ("--user=0", "--network=none", "--cgroups=disabled", "--pull=never", mounted)
            await containers.podman("run", "--rm", *own, *enrol, fleet.invitations["eu"].reveal())
            os.chown(folder / "fleet.key", 0, 0)
            await containers.start("gateway")
            await until(lambda: answers(containers), timeout_s=30)
            await containers.start("courier")
            reached = Reached(fleet.section, folder / "none.sock")
            connected = asyncio.create_task(reached.bus.run())
            try:
                await there(reached.bus)
                (region,) = reached.fleet.all
                key = PrivateKey.generate()
                issued = await region.member.gateway.call(Join(actor=ADMIN, device="pc", public_key=key.public_key))
                await region.member.gateway.call(AddForward(actor=ADMIN, ports=parse_ports(str(PORT))))
            finally:
                connected.cancel()
                await asyncio.wait([connected])
            async with playing(containers, with_private_key(issued, key)):
                pass
            status = await containers.within("courier", "cat", "/proc/1/status")
            assert "CapBnd:\t0000000000000000" in status
            assert "Uid:\t954\t954\t954\t954" in status
            assert "fleet.key" not in await containers.within("courier", "ls", "/etc/guildgate")
            listing = await containers.within("courier", "sh", "-c", "ls /opt/guildgate/lib/python3*/site-packages")
            assert not {"discord", "nftables", "pyroute2", "matplotlib"} & set(listing.split())


async def test_a_gateway_with_a_read_only_proc_sys_forwards_and_names_what_it_cannot_change(
    containers: Containers,
) -> None:
    """The host forwards already, as with Docker: then nothing that players need is missing."""
    (containers.folder / "config.toml").write_text("[gateway]\n")
    for key in ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"):
        await containers.world.vps.run("sysctl", "--quiet", f"{key}=1")
    await containers.start("gateway", without="security_opt")
    await until(lambda: answers(containers), timeout_s=30)
    config = await containers.within("gateway", "guildgate", "join", "laptop")
    await containers.within("gateway", "guildgate", "forward", str(PORT), "--device", "laptop")
    async with playing(containers, config[config.index("[Interface]") : config.index("25\n") + 3]):
        status = await containers.within("gateway", "guildgate", "status")
    assert "net.ipv4.ip_local_reserved_ports (read-only file system)" in status


async def test_a_rootless_container_says_that_it_may_not_change_the_hosts_network(
    containers: Containers, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Podman's own default is a sysctl, which no user can set in the host's network.
    (containers.folder / "containers.conf").write_text("[containers]\ndefault_sysctls = []\n")
    monkeypatch.setenv("CONTAINERS_CONF", str(containers.folder / "containers.conf"))
    (containers.folder / "config.toml").write_text("[gateway]\n")
    await containers.start("gateway", "--uidmap=0:100000:65536", "--restart=no")
    name = f"{containers.prefix}gateway"
    code = await containers.podman("wait", name)
    logs = await containers.podman("logs", name)
    assert code.strip() == "1"
    assert "may not change this host's network" in logs
    assert "Traceback" not in logs
