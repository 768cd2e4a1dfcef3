"""The gateway's privileges: what it gives up, what it says where it cannot, and that it works with what it keeps."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest

from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import VPS4, World
from gateway.errors import GatewayError
from gateway.host.child import stop
from gateway.host.ownuser import DEFAULT_NUMBER
from gateway.host.privilege import Capability
from tests.net.gateway import Gateway
from tests.privileges import Privileges, beside, privileges

NET_ADMIN = 1 << Capability.NET_ADMIN
OWN = Privileges(
    users=frozenset({DEFAULT_NUMBER}),
    groups=frozenset({DEFAULT_NUMBER}),
    capabilities=(NET_ADMIN,) * 5,
    no_new_privs=True,
    seccomp=2,
)
ORDINARY = 64001  # a user that owns nothing


async def of_gateway(gateway: Gateway) -> Privileges:
    assert gateway.process
    return privileges(gateway.process.pid)


async def of_wireguard(gateway: Gateway) -> Privileges:
    assert gateway.process
    return privileges(beside(gateway.process.pid, "wireguard-go"))


async def said(gateway: Gateway) -> str:
    """Stop the gateway and return its log."""
    await gateway.stop()
    assert gateway.process
    assert gateway.process.stderr
    return (await gateway.process.stderr.read()).decode()


async def plays(gateway: Gateway, world: World) -> None:
    """Check the whole way: a tunnel, a forward, a player, and its end."""
    config = await gateway.join()
    await gateway.forward(25565)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        assert await world.player.ask_tcp(VPS4, 25565) == "hello"
        await gateway.unforward(25565)
        with pytest.raises(OSError):
            await world.player.ask_tcp(VPS4, 25565, timeout_s=0.5)


async def test_root_becomes_the_gateways_own_user_with_one_capability(gateway: Gateway, world: World) -> None:
    """wireguard-go gets the same and no more."""
    assert await of_gateway(gateway) == OWN
    assert await of_wireguard(gateway) == OWN
    await plays(gateway, world)
    log = await said(gateway)
    assert "keeps privileges" not in log
    assert {path.stat().st_uid for path in (gateway.state_dir, *gateway.state_dir.iterdir())} == {DEFAULT_NUMBER}
    assert gateway.interface not in await gateway.run("ip", "-brief", "link")


async def test_the_own_user_keeps_the_text_of_conntrack_that_only_root_may_open(gateway: Gateway) -> None:
    """Without it each new port and each removed device costs a walk through all buckets of the table."""
    assert await of_gateway(gateway) == OWN
    assert gateway.process
    assert [path for path in opened_by(gateway.process.pid) if path.endswith("/net/nf_conntrack")]


def opened_by(pid: int) -> Iterator[str]:
    """Yield what a process has open. It opens and closes others, while this reads."""
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            yield os.readlink(each)


@asynccontextmanager
async def started_by(
    gateway: Gateway, *before: str, python: str = sys.executable, program: Sequence[str] = ("-m", "gateway")
) -> AsyncIterator[list[str]]:
    """Start the gateway through another command, and stop it. Yield a list that then has the lines of its log."""
    process = await asyncio.create_subprocess_exec(
        *("ip", "netns", "exec", gateway.world.vps.name, *before),
        *(python, *program, "gateway", "--config", str(gateway.write_config())),
        stdin=DEVNULL,
        stderr=PIPE,
    )
    gateway.process = process
    lines: list[str] = []
    try:
        await until(lambda: answers(gateway), timeout_s=30)
        yield lines
    finally:
        await stop(process)
        assert process.stderr
        lines += (await process.stderr.read()).decode().splitlines()
        print(*lines, sep="\n")
    assert process.returncode == 0


async def answers(gateway: Gateway) -> bool:
    assert gateway.process
    assert gateway.process.returncode is None, (await gateway.process.stderr.read()).decode()  # type: ignore[union-attr]
    try:
        await gateway.status()
    except GatewayError:
        return False
    return True


async def test_root_that_cannot_become_another_user_says_so_in_one_line(idle_gateway: Gateway, world: World) -> None:
    """So it is in a container without SETUID. All other capabilities are given up."""
    gateway = idle_gateway
    async with started_by(gateway, "setpriv", "--bounding-set=-setuid", "--inh-caps=-setuid") as lines:
        found = await of_gateway(gateway)
        assert found.users == {0}
        assert (found.capabilities, found.no_new_privs, found.seccomp) == (OWN.capabilities, True, 2)
        await plays(gateway, world)
    (line,) = [line for line in lines if "keeps privileges" in line]
    assert re.search(rf"the user root, because it cannot become the user {DEFAULT_NUMBER} \(operation not permi", line)


async def test_root_without_power_over_files_becomes_the_user_that_owns_the_folders(
    idle_gateway: Gateway, world: World
) -> None:
    """So it is in a container with the four capabilities of compose.yaml, whose volumes are the user's.

    A killed one was there before, and root may not even ask its socket whether anything answers.
    """
    gateway = idle_gateway
    for folder, mode in ((gateway.state_dir, 0o700), (gateway.socket.parent, 0o755)):
        folder.mkdir(mode)
        os.chown(folder, DEFAULT_NUMBER, DEFAULT_NUMBER)
    few = "-all,+net_admin,+setuid,+setgid,+setpcap"
    with socket_left(gateway, DEFAULT_NUMBER):
        async with started_by(gateway, "setpriv", f"--bounding-set={few}", f"--inh-caps={few}") as lines:
            assert await of_gateway(gateway) == OWN
            await plays(gateway, world)
    assert not [line for line in lines if "keeps privileges" in line]


async def test_a_folder_that_the_user_cannot_enter_is_named(idle_gateway: Gateway, world: World) -> None:
    gateway = idle_gateway
    gateway.folder.chmod(0o700)
    async with started_by(gateway) as lines:
        found = await of_gateway(gateway)
        assert (set(found.users), found.capabilities) == ({0}, OWN.capabilities)
        await plays(gateway, world)
    (line,) = [line for line in lines if "keeps privileges" in line]
    assert f"cannot enter a folder above {gateway.state_dir}" in line


ORDINARILY = ("setpriv", f"--reuid={ORDINARY}", f"--regid={ORDINARY}", "--clear-groups")
ONE_CAPABILITY = "-all,+net_admin"
AS_ORDINARY = (
    *(*ORDINARILY, f"--bounding-set={ONE_CAPABILITY}"),
    *(f"--inh-caps={ONE_CAPABILITY}", f"--ambient-caps={ONE_CAPABILITY}"),
)


def prepare(gateway: Gateway, uid: int) -> None:
    """Make the folders that an ordinary user cannot make, as systemd does."""
    for folder in (gateway.state_dir, gateway.socket.parent):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.chown(folder, uid, uid)
    Path("/run/wireguard").chmod(0o1777)
    Path("/dev/net/tun").chmod(0o666)


@pytest.fixture
def own_tun(tmp_path: Path) -> Iterator[None]:
    """Put a device of our own in the place of /dev/net/tun, whose owner and mode a test may change."""
    device = tmp_path / "tun"
    os.mknod(device, 0o20600, os.makedev(10, 200))
    subprocess.run(["mount", "--bind", device, "/dev/net/tun"], check=True)
    yield
    subprocess.run(["umount", "/dev/net/tun"], check=True)


@pytest.mark.usefixtures("own_tun")
async def test_an_ordinary_user_with_the_capability_keeps_nothing_else(idle_gateway: Gateway, world: World) -> None:
    gateway = idle_gateway
    prepare(gateway, ORDINARY)
    async with started_by(gateway, *AS_ORDINARY) as lines:
        ordinary = Privileges(frozenset({ORDINARY}), frozenset({ORDINARY}), OWN.capabilities, True, 2)
        assert [await of_gateway(gateway), await of_wireguard(gateway)] == [ordinary] * 2
        await plays(gateway, world)
    assert not [line for line in lines if "keeps privileges" in line]


# struct vfs_cap_data of linux/capability.h: revision 2 with the bit that makes it effective, permitted, inheritable.
ON_FILE = struct.pack("<5I", 0x02000001, NET_ADMIN, 0, 0, 0)


@pytest.mark.usefixtures("own_tun")
async def test_an_ordinary_user_may_have_the_capability_of_the_programs_file(
    idle_gateway: Gateway, world: World
) -> None:
    """wireguard-go, whose file has none, gets it as well. Only the bounding set stays, which serves no process."""
    gateway = idle_gateway
    prepare(gateway, ORDINARY)
    python = gateway.folder / "python"
    shutil.copy(Path(sys.executable).resolve(), python)
    os.setxattr(python, "security.capability", ON_FILE)
    environ = ("env", f"PYTHONPATH={':'.join(sys.path)}")
    async with started_by(gateway, *ORDINARILY, *environ, python=str(python)) as lines:
        for found in (await of_gateway(gateway), await of_wireguard(gateway)):
            assert found.users == frozenset({ORDINARY})
            inherited, permitted, effective, _, ambient = found.capabilities
            assert [inherited, permitted, effective, ambient] == [NET_ADMIN] * 4
            assert (found.no_new_privs, found.seccomp) == (True, 2)
        await plays(gateway, world)
    (line,) = [line for line in lines if "keeps privileges" in line]
    assert line.endswith("privileges: the bounding set of capabilities, because CAP_SETPCAP is missing")


UPLINK = """
ip link set lo up
ip link add eth0 type veth peer name eth1
ip link set eth1 up
ip address add 203.0.113.7/24 dev eth0
ip link set eth0 up
ip route add default via 203.0.113.254
exec "$@"
"""


@pytest.fixture
def user_namespaces() -> None:
    """Skip a test where ordinary users make no user namespaces: in a chroot, or by a setting of the distribution."""
    if subprocess.run([*ORDINARILY, "unshare", "--user", "true"], stderr=subprocess.DEVNULL).returncode:
        pytest.skip("an ordinary user makes no user namespace here")


@pytest.mark.usefixtures("own_tun", "user_namespaces")
async def test_it_needs_no_privilege_of_the_first_user_namespace(idle_gateway: Gateway, tmp_path: Path) -> None:
    """It runs in an unprivileged container, whose root is an ordinary user outside."""
    gateway = idle_gateway
    prepare(gateway, ORDINARY)
    program = (sys.executable, "-m", "gateway")
    config = str(gateway.write_config())

    async def call(*argv: str) -> str | None:
        process = await asyncio.create_subprocess_exec(*ORDINARILY, *program, *argv, "--config", config, stdout=PIPE)
        said, _ = await process.communicate()
        return said.decode() if process.returncode == 0 else None

    process = await asyncio.create_subprocess_exec(
        *(*ORDINARILY, "unshare", "--user", "--map-root-user", "--net", "sh", "-ec", UPLINK, "sh"),
        *(*program, "gateway", "--config", config),
        stdin=DEVNULL,
        stderr=PIPE,
    )
    try:
        await until(lambda: call("status"), timeout_s=30)
        found = privileges(process.pid)
        assert (set(found.users), found.capabilities) == ({ORDINARY}, OWN.capabilities)
        assert (found.no_new_privs, found.seccomp) == (True, 2)
        assert await call("join", "pc")
        assert await call("forward", "20000-20999")
        assert "20000-20999" in (await call("status") or "")
        assert await call("unforward", "20000-20999")
    finally:
        await stop(process)
        assert process.stderr
        log = (await process.stderr.read()).decode()
        print(log)
    assert process.returncode == 0
    assert f"it cannot become the user {DEFAULT_NUMBER}" in log
    assert "Traceback" not in log
    assert "repaired" not in log


@pytest.mark.usefixtures("own_tun", "user_namespaces")
async def test_root_of_a_container_on_the_hosts_network_is_refused_in_one_line(idle_gateway: Gateway) -> None:
    """It has CAP_NET_ADMIN, but not over this network."""
    prepare(idle_gateway, ORDINARY)
    process = await asyncio.create_subprocess_exec(
        *("ip", "netns", "exec", idle_gateway.world.vps.name),
        *(*ORDINARILY, "unshare", "--user", "--map-root-user"),
        *(sys.executable, "-m", "gateway", "gateway", "--config", str(idle_gateway.write_config())),
        stderr=PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode == 1
    assert re.fullmatch(
        r".* CRITICAL gateway: .* run it as root or with CAP_NET_ADMIN, .* does not have on the host\n", said.decode()
    )


async def test_a_wireguard_go_that_runs_as_root_makes_way_for_one_that_does_not(
    idle_gateway: Gateway, world: World
) -> None:
    """An older gateway may have left it. Its peers and forwards come back with the new one."""
    gateway = idle_gateway
    gateway.settings = 'user = "root"\n'
    await gateway.start("--keep")
    config = await gateway.join()
    await gateway.stop()
    for path in (gateway.state_dir, *gateway.state_dir.iterdir()):
        assert path.stat().st_uid == 0
    assert gateway.interface in await gateway.run("ip", "-brief", "link")
    gateway.settings = ""
    await gateway.start()
    assert await of_gateway(gateway) == await of_wireguard(gateway) == OWN
    async with peer_up(world.friend, config, "ggfriend0") as tunnel:
        await tunnel.handshake()


@pytest.mark.parametrize("user", [0, DEFAULT_NUMBER, ORDINARY])
async def test_a_socket_that_a_killed_wireguard_go_left_is_removed(idle_gateway: Gateway, user: int) -> None:
    """It is that of another user after `./run` made the gateway's own one, or the configuration named one."""
    gateway = idle_gateway
    with socket_left(gateway, user):
        await gateway.start()
        assert await of_wireguard(gateway) == OWN


@contextmanager
def socket_left(gateway: Gateway, user: int) -> Iterator[None]:
    """Make the socket that a killed wireguard-go of the user leaves."""
    left = Path("/run/wireguard", f"{gateway.interface}.sock")
    try:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(str(left))
        left.chmod(0o700)
        os.chown(left, user, user)
        yield
    finally:
        left.unlink(missing_ok=True)


async def test_a_file_that_root_restored_is_given_to_the_user_and_a_link_is_not(idle_gateway: Gateway) -> None:
    gateway = idle_gateway
    await gateway.start()
    await gateway.join()
    await gateway.stop()
    database, elsewhere = gateway.state_dir / "guildgate.db", gateway.folder / "elsewhere"
    for path in (database, elsewhere):
        path.touch()
        os.chown(path, 0, 0)
    (gateway.state_dir / "soft").symlink_to(elsewhere)
    (gateway.state_dir / "hard").hardlink_to(elsewhere)
    await gateway.start()
    assert len((await gateway.status()).peers) == 1
    assert database.stat().st_uid == DEFAULT_NUMBER
    assert elsewhere.stat().st_uid == 0


async def test_a_privileged_listen_port_can_be_had(idle_gateway: Gateway, world: World) -> None:
    gateway = idle_gateway
    gateway.settings = "listen_port = 443\n"
    await gateway.start()
    both = NET_ADMIN | 1 << Capability.NET_BIND_SERVICE
    assert (await of_gateway(gateway)).capabilities == (both,) * 5
    async with peer_up(world.friend, await gateway.join(), "ggfriend0") as tunnel:
        await tunnel.handshake()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('user = "no-such-user"', "gateway.user: there is no system user no-such-user"),
        ('user = "daemon"\nsocket_users = ["daemon"]', "gateway.user: must not be in socket_users"),
    ],
)
async def test_a_user_that_cannot_be_the_gateways_own_is_refused(
    idle_gateway: Gateway, settings: str, said: str
) -> None:
    idle_gateway.settings = settings
    with pytest.raises(RuntimeError, match=said):
        await idle_gateway.start()


async def test_what_only_root_can_read_is_not_taken_for_absent(idle_gateway: Gateway, own_tun: None) -> None:
    """An ordinary user cannot see whether legacy iptables has rules, and says so."""
    gateway = idle_gateway
    prepare(gateway, ORDINARY)
    await gateway.run("iptables-legacy", "-P", "FORWARD", "DROP")
    async with started_by(gateway, *AS_ORDINARY):
        assert gateway.process
        assert gateway.process.stderr
        async with asyncio.timeout(30):  # it looks after it serves
            async for line in gateway.process.stderr:
                if b"only root sees whether it has rules" in line:
                    break
            else:
                pytest.fail("it did not say so")


TELLING_IMPORTS = """
import os, sys
from gateway.__main__ import main
def tell(event, arguments):
    if event == "import" and os.geteuid():
        print("imported late:", arguments[0], file=sys.stderr)
sys.addaudithook(tell)
sys.exit(main())
"""


async def test_nothing_is_imported_by_the_own_user(idle_gateway: Gateway, world: World) -> None:
    """It may not enter the folder of the program."""
    async with started_by(idle_gateway, program=("-c", TELLING_IMPORTS)) as lines:
        assert await of_gateway(idle_gateway) == OWN
        await plays(idle_gateway, world)
        await idle_gateway.nft("flush", "ruleset")
        await until(lambda: _has_table(idle_gateway))
    assert [line for line in lines if "imported late" in line] == []


async def _has_table(gateway: Gateway) -> bool:
    return "guildgate" in await gateway.nft("list", "tables")
