"""The import of another program's server: its friends are back by themselves, and players reach them as before."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import closing
from pathlib import Path

import pytest

from gateway.api.contract import GetAudit, Give
from gateway.demo.server import hosting
from gateway.demo.tunnel import Tunnel, peer_up, until
from gateway.demo.world import PLAYER4, VPS4, World
from gateway.keys import PrivateKey
from gateway.model import Protocol
from tests.net.gateway import ADMIN, Gateway
from tests.net.wgquick import WgQuick

INSTALLER = Path(__file__).parents[1] / "unit/gateway/takeover/files/wg_gaming_installer"
PORT = 25565
SERVER, FRIEND = PrivateKey.generate(), PrivateKey.generate()
OLD_SERVER = f"""\
[Interface]
Address = 10.99.0.1/24
ListenPort = 51999
PrivateKey = {SERVER.reveal()}
PostUp = sysctl -q -w net.ipv4.ip_forward=1
PostUp = iptables -t nat -A PREROUTING -i eth0 -p tcp --dport {PORT} -j DNAT --to-destination 10.99.0.7
PostUp = iptables -t nat -A PREROUTING -i eth0 -p udp --dport {PORT} -j DNAT --to-destination 10.99.0.7
PostDown = iptables -t nat -F PREROUTING

# BEGIN_PEER emil
[Peer]
PublicKey = {FRIEND.public_key}
AllowedIPs = 10.99.0.7/32
# END_PEER emil
"""
FRIENDS_CONFIG = f"""\
[Interface]
PrivateKey = {FRIEND.reveal()}
Address = 10.99.0.7/32
MTU = 1380

[Peer]
PublicKey = {SERVER.public_key}
AllowedIPs = 0.0.0.0/0
Endpoint = {VPS4}:51999
PersistentKeepalive = 1
"""


async def guildgate(gateway: Gateway, *words: str | Path) -> tuple[int | None, str]:
    """Run a command on the gateway's machine. Return its exit code and what it says."""
    process = await asyncio.create_subprocess_exec(
        *("ip", "netns", "exec", gateway.world.vps.name, sys.executable, "-m", "gateway", *map(str, words)),
        *("--config", str(gateway.folder / "config.toml")),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode() + err.decode()


async def reached(world: World) -> None:
    """Wait until a player reaches the friend's server over both protocols."""

    async def answers() -> bool:
        try:
            tcp = await world.player.ask_tcp(VPS4, PORT, timeout_s=1)
            return (tcp, await world.player.ask_udp(VPS4, PORT)) == ("hello", "hello")
        except OSError:
            return False

    await until(answers, timeout_s=60)


@pytest.mark.timeout(180)
async def test_a_friend_of_a_wg_quick_server_is_back_by_itself_with_its_port(
    idle_gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """Nothing changes on the friend's side, and the players' own addresses still arrive."""
    gateway = idle_gateway
    gateway.settings = 'listen_port = 51999\nsubnet4 = "10.99.0.0/24"'
    gateway.write_config()
    old = WgQuick(world.vps, OLD_SERVER, "ggold0", tmp_path)
    await world.vps.run(old_script(tmp_path), "up", old_file(tmp_path))
    async with peer_up(world.friend, FRIENDS_CONFIG, "ggfriend0") as tunnel, hosting(world.friend, PORT) as server:
        await tunnel.handshake()
        await reached(world)
        assert server.saw(PLAYER4, Protocol.TCP)
        code, said = await guildgate(gateway, "import", "wg-quick", old_file(tmp_path))
        assert (code, "emil: 10.99.0.7" in said, f"port {PORT} to emil" in said) == (0, True, True), said
        assert SERVER.reveal() not in said
        await old.down()
        server.callers.clear()
        await gateway.start()
        await reached(world)
        assert server.saw(PLAYER4, Protocol.TCP)
        assert server.saw(PLAYER4, Protocol.UDP)
        await belongs_to_a_member(gateway, world, tunnel)
    await gateway.stop()
    assert (gateway.state_dir / "private_key").read_text().strip() == SERVER.reveal()
    before = (gateway.state_dir / "guildgate.db").read_bytes()
    code, said = await guildgate(gateway, "import", "wg-quick", old_file(tmp_path))
    assert (code, "has 1 devices already" in said) == (1, True), said
    assert (gateway.state_dir / "guildgate.db").read_bytes() == before


def old_script(folder: Path) -> Path:
    return folder / "ggold0/wg-quick"


def old_file(folder: Path) -> Path:
    return folder / "ggold0/ggold0.conf"


async def belongs_to_a_member(gateway: Gateway, world: World, tunnel: Tunnel) -> None:
    """Give the device to a member. Its tunnel and port go on."""
    shaken = await tunnel.handshake()
    await gateway.client.call(Give(actor=ADMIN, owner="imported", device="emil", to="77", to_name="Emil"))
    ((peer,), (forward,)) = ((each := await gateway.status()).peers, each.forwards)
    assert (peer.peer.owner, peer.peer.owner_name, forward.forward.owner) == ("77", "Emil", "77")
    assert peer.latest_handshake
    await reached(world)
    assert await tunnel.handshake() == shaken
    entries = (await gateway.client.call(GetAudit(actor=ADMIN))).entries
    assert [entry.action for entry in entries[:2]] == ["give", "import"]


@pytest.mark.timeout(120)
async def test_a_friend_with_a_config_of_wg_gaming_installer_is_back_by_itself(
    idle_gateway: Gateway, world: World
) -> None:
    """The database and the config are as that program made them."""
    gateway = idle_gateway
    gateway.settings = 'listen_port = 51822\nsubnet6 = "fd42:42:42::/120"'
    gateway.write_config()
    code, said = await guildgate(gateway, "import", "wg-gaming-installer", INSTALLER)
    assert (code, "carol: 10.66.66.4, fd42:42:42::10" in said) == (0, True), said
    config = (INSTALLER / "alice.conf").read_text().replace("PersistentKeepalive = 25", "PersistentKeepalive = 1")
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, PORT) as server:
        await gateway.start()
        await tunnel.handshake()
        await reached(world)
        assert server.saw(PLAYER4, Protocol.TCP)


async def test_an_import_without_a_configuration_makes_one_and_a_trial_makes_nothing(
    idle_gateway: Gateway, tmp_path: Path
) -> None:
    gateway, file = idle_gateway, tmp_path / "wg0.conf"
    file.write_text(OLD_SERVER)
    wanted = gateway.folder / "config.toml"
    code, said = await guildgate(gateway, "import", "wg-quick", file, "--dry-run")
    assert (code, said.startswith("This would be taken over"), wanted.exists()) == (0, True, False), said
    own = gateway.folder / "new.toml"
    process = await asyncio.create_subprocess_exec(
        *("ip", "netns", "exec", gateway.world.vps.name, "unshare", "--mount", "sh", "-c"),
        'mount -t tmpfs tmpfs /var/lib && "$@" && cat /var/lib/guildgate/private_key',
        *("sh", sys.executable, "-m", "gateway", "import", "wg-quick", str(file), "--config", str(own)),
        stdin=DEVNULL,
        stdout=PIPE,
    )
    out, _ = await process.communicate()
    assert (process.returncode, SERVER.reveal() in out.decode()) == (0, True), out
    lines = own.read_text().splitlines()
    assert lines[1:] == ["[gateway]", "listen_port = 51999", 'interface = "wg0"', 'subnet4 = "10.99.0.0/24"']


async def test_an_import_that_fails_while_it_writes_changes_nothing(gateway: Gateway, tmp_path: Path) -> None:
    await gateway.stop()
    (gateway.folder / "config.toml").unlink()
    file, key, database = tmp_path / "wg0.conf", gateway.state_dir / "private_key", gateway.state_dir / "guildgate.db"
    file.write_text(OLD_SERVER)
    state = f'state_dir = "{gateway.state_dir}"\nlisten_port = 51999\nsubnet4 = "10.99.0.0/24"\n'
    (gateway.folder / "config.toml").write_text(f"[gateway]\n{state}")
    before = key.read_text()
    with closing(sqlite3.connect(database)) as db:
        db.execute("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'refused'); END")
        code, said = await guildgate(gateway, "import", "wg-quick", file)
        assert (code, "nothing was taken over" in said) == (1, True), said
        assert (key.read_text(), list(db.execute("SELECT id FROM peers"))) == (before, [])
        db.execute("DROP TRIGGER full")
    code, said = await guildgate(gateway, "import", "wg-quick", file)
    assert code == 0, said
    assert key.read_text().strip() == SERVER.reveal()


async def test_a_gateway_that_runs_or_a_config_that_does_not_fit_is_not_touched(
    gateway: Gateway, tmp_path: Path
) -> None:
    file = tmp_path / "wg0.conf"
    file.write_text(OLD_SERVER)
    before = (gateway.state_dir / "private_key").read_text()
    code, said = await guildgate(gateway, "import", "wg-quick", file)
    assert (code, 'listen_port = 51999, subnet4 = "10.99.0.0/24"' in said) == (1, True), said
    gateway.settings = 'listen_port = 51999\nsubnet4 = "10.99.0.0/24"'
    gateway.write_config()
    code, said = await guildgate(gateway, "import", "wg-quick", file)
    assert (code, "is in use by a running gateway" in said) == (1, True), said
    assert (gateway.state_dir / "private_key").read_text() == before
    await gateway.stop()
    file.write_text(OLD_SERVER.replace(str(FRIEND.public_key), str(SERVER.public_key)))
    code, said = await guildgate(gateway, "import", "wg-quick", file)
    assert (code, "no device that can be taken over" in said) == (1, True), said
    assert (gateway.state_dir / "private_key").read_text() == before
