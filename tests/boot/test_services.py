"""The two services of a machine with systemd, installed in both ways, with a match that goes on or comes back."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.api.signed import BotKey
from gateway.bus.access import Access
from gateway.bus.nkey import UserKey
from gateway.demo.flow import Flow, flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import PLAYER4, SITE4, VPS4, World
from gateway.keys import PrivateKey
from gateway.model import Protocol
from gateway.trust import GatewayTrust
from tests.boot.conftest import WAYS, Way
from tests.boot.drawing import gets_a_picture
from tests.boot.machine import Machine
from tests.e2e.scene import fake_on, join
from tests.fakediscord import FakeDiscord
from tests.fakediscord.certificate import HOSTS
from tests.natsserver import PROGRAM
from tests.net.nameserver import SECRET, NameServer, needs_knot, tsig_key
from tests.unit.gateway.takeover.files import device_text, peer_text, server_text

pytestmark = [pytest.mark.root, pytest.mark.long, pytest.mark.timeout(400)]

GATEWAY, BOT, NAMES = "guildgate-gateway", "guildgate-bot", "guildgate-names"
METRICS = "guildgate-metrics"
COURIER = "guildgate-courier"
NATS = "guildgate-nats"
PORT = 25565


@asynccontextmanager
async def match(machine: Machine, world: World) -> AsyncIterator[None]:
    """Open a port to a friend's server for the length of the block."""
    config = await machine.run("guildgate", "join", "laptop")
    config = config[: config.rindex("PersistentKeepalive")] + "PersistentKeepalive = 1\n"
    await machine.run("guildgate", "forward", str(PORT), "--device", "laptop")
    async with peer_up(world.friend, config, "ggboot0") as tunnel, hosting(world.friend, PORT) as server:
        await tunnel.handshake()
        await reached(world)
        assert server.saw(PLAYER4, Protocol.TCP)
        yield


async def reached(world: World, timeout_s: float = 60) -> None:
    """Wait until a player reaches the server."""

    async def answers() -> bool:
        try:
            return await world.player.ask_tcp(VPS4, PORT, timeout_s=1) == "hello"
        except OSError:
            return False

    await until(answers, timeout_s=timeout_s)


async def shown(machine: Machine, unit: str, name: str) -> str:
    """Return a property of the unit."""
    return (await machine.run("systemctl", "show", "--property", name, "--value", unit)).strip()


async def active(machine: Machine, unit: str) -> str:
    return await shown(machine, unit, "ActiveState")


async def pid(machine: Machine) -> str:
    return await shown(machine, GATEWAY, "MainPID")


async def test_a_match_survives_what_happens_to_a_server(machine: Machine, world: World, way: Way) -> None:
    """Stop and start, a killed gateway, one that hangs, a reboot, a power cut."""
    await machine.run(*way.install)
    assert await active(machine, GATEWAY) == "active"
    async with match(machine, world):
        await machine.run("systemctl", "stop", GATEWAY)
        assert "guildgate" not in await machine.run("nft", "list", "tables")
        await machine.run("systemctl", "start", GATEWAY)
        await reached(world)
        async with flowing(world.player, VPS4, PORT, Protocol.TCP) as flow:
            for signal in ("KILL", "STOP"):  # the second one ends when the watchdog sees it
                before = await pid(machine)
                await machine.run("systemctl", "kill", "--kill-whom=main", f"--signal={signal}", GATEWAY)

                async def is_another(before: str = before) -> bool:
                    return await pid(machine) not in (before, "0") and await active(machine, GATEWAY) == "active"

                await until(is_another, timeout_s=90)
                await flow.goes_on()
        for event in (machine.reboot, machine.crash):
            await event()
            assert await machine.settled() == "running"
            await reached(world)


async def test_the_journal_has_the_level_of_each_entry_and_one_time(machine: Machine, world: World) -> None:
    async with fake_on(world) as discord:
        prepare_bot(machine, discord)
        await write_token(machine, discord.token)
        await machine.run(*WAYS["install"].install)
        await discord.ready()

        async def is_ready() -> bool:
            return "ready in " in await machine.run("journalctl", "--unit", BOT, "--output=cat")

        await until(is_ready, timeout_s=60)
        found = await machine.run("journalctl", "--unit=guildgate-*", "--output=json", "_TRANSPORT=stdout")
    entries = [json.loads(line) for line in found.splitlines()]
    levels = {entry["MESSAGE"]: entry["PRIORITY"] for entry in entries}
    assert all(re.match(r"(gateway|bot): ", message) for message in levels), levels
    assert {levels[message] for message in levels if message.startswith("gateway: up: ")} == {"6"}
    assert {levels[message] for message in levels if "No role is called" in message} <= {"4", "6"}


async def test_a_picture_is_drawn_by_the_hardened_service(machine: Machine, world: World, way: Way) -> None:
    """The fonts' list lies in the bot's own folder, and goes with it."""
    async with fake_on(world) as discord:
        alice = discord.guild.add_member("alice", [discord.guild.role("Player").name])
        prepare_bot(machine, discord)
        await machine.run(*way.install)
        await write_token(machine, discord.token)
        await discord.ready(1)
        config = await join(alice, device="laptop")
        async with peer_up(world.friend, config, "ggboot0") as tunnel:
            await tunnel.handshake()
            await gets_a_picture(alice, lambda: machine.run("guildgate", "history"))
        assert list((machine.root / "var/lib/guildgate-bot/matplotlib").glob("fontlist*.json"))
        assert "without pictures" not in await machine.journal()
        await machine.run(*way.purge)
        assert not (machine.root / "var/lib/guildgate-bot").exists()


async def test_a_server_of_wg_quick_is_taken_over_by_the_service(machine: Machine, world: World, way: Way) -> None:
    """Root imports it, and the service, which is another user, serves its friends."""
    rule = f"iptables -t nat -A PREROUTING -p tcp --dport {PORT} -j DNAT --to-destination 10.66.66.7"
    (machine.root / "root/wg0.conf").write_text(server_text(rule, peers=peer_text("emil", 7)))
    await machine.run(*way.install)
    before = (machine.root / "var/lib/guildgate/private_key").stat()
    await machine.run("systemctl", "stop", GATEWAY)
    said = await machine.run("guildgate", "import", "wg-quick", "/root/wg0.conf")
    assert f"port {PORT}/tcp to emil" in said
    await machine.run("systemctl", "start", GATEWAY)
    after = (machine.root / "var/lib/guildgate/private_key").stat()
    assert (after.st_uid, after.st_mode) == (before.st_uid, before.st_mode)
    config = device_text("emil", 7, f"{VPS4}:51820")
    async with peer_up(world.friend, config, "ggboot0") as tunnel, hosting(world.friend, PORT) as server:
        await tunnel.handshake()
        await reached(world)
        assert server.saw(PLAYER4, Protocol.TCP)
    assert await shown(machine, GATEWAY, "NRestarts") == "0"


@pytest.mark.parametrize("late_s", [20, 180])
async def test_a_match_is_back_when_the_network_comes_late(machine: Machine, world: World, late_s: float) -> None:
    """After two minutes systemd starts the gateway without a network, and the gateway waits for it."""
    await machine.run(*WAYS["package"].install)
    async with match(machine, world):
        machine.late_s = late_s
        await machine.crash()
        await reached(world, timeout_s=late_s + 90)
        assert await shown(machine, GATEWAY, "NRestarts") == "0"


async def test_a_bot_that_is_turned_away_waits_for_another_token(machine: Machine, world: World, way: Way) -> None:
    """Discord counts logins. The match goes on, and a bot that an admin stops stays stopped."""
    async with fake_on(world) as discord:
        prepare_bot(machine, discord)
        await machine.run(*way.install)
        async with match(machine, world), flowing(world.player, VPS4, PORT, Protocol.TCP) as flow:
            await write_token(machine, "of-yesterday")
            await turned_away(machine, discord, 1)
            await write_token(machine, discord.token)
            await discord.ready(1)
            await discord.reset_token("of-tomorrow")
            await turned_away(machine, discord, 1)
            await write_token(machine, "of-tomorrow")
            await discord.ready(2)
            await flow.goes_on()
        await discord.reset_token("of-another-day")
        await turned_away(machine, discord, 1)
        await machine.run("systemctl", "stop", BOT)
        assert await active(machine, f"{BOT}.timer") == "inactive"


async def test_a_bot_that_is_turned_away_tries_again_after_an_hour(machine: Machine, world: World) -> None:
    async with fake_on(world) as discord:
        prepare_bot(machine, discord)
        await machine.run(*WAYS["package"].install)
        assert "OnActiveUSec=1h" in await shown(machine, f"{BOT}.timer", "TimersMonotonic")
        soon = machine.root / f"etc/systemd/system/{BOT}.timer.d/soon.conf"
        soon.parent.mkdir()
        soon.write_text("[Timer]\nOnActiveSec=\nOnActiveSec=3s\nAccuracySec=100ms\n")
        await machine.run("systemctl", "daemon-reload")
        await write_token(machine, "of-yesterday")
        await discord.until(lambda: refusals(discord) >= 3, "three logins", within=60)


def prepare_bot(machine: Machine, discord: FakeDiscord) -> None:
    """Give the machine what a bot without its token needs."""
    find_discord(machine, discord)
    etc = machine.root / "etc"
    (etc / "guildgate").mkdir(exist_ok=True)
    (etc / "guildgate/config.toml").write_text(
        f'[discord]\nguild = "{discord.guild.id}"\nmember_roles = ["{discord.guild.role("Player").name}"]\n'
        'token_file = "/etc/guildgate/token"\n'
    )


def find_discord(machine: Machine, discord: FakeDiscord) -> None:
    """Have the machine find the fake Discord, and its bot trust it."""
    etc = machine.root / "etc"
    with (etc / "hosts").open("a") as hosts:
        hosts.writelines(f"{SITE4} {name}\n" for name in HOSTS)
    assert discord.ca_file
    shutil.copy(discord.ca_file, etc / "ca.pem")
    trust = etc / f"systemd/system/{BOT}.service.d/trust.conf"
    trust.parent.mkdir()
    trust.write_text("[Service]\nEnvironment=SSL_CERT_FILE=/etc/ca.pem\n")


async def write_token(machine: Machine, token: str) -> None:
    """Write the bot's token as the README says."""
    await machine.run("install", "-m", "600", "/dev/stdin", "/etc/guildgate/token", stdin=f"{token}\n")


async def turned_away(machine: Machine, discord: FakeDiscord, refused: int) -> None:
    """Wait until the bot has ended because of its token. It begins no other login within the hour."""

    async def has_ended() -> bool:
        return await active(machine, BOT) == "failed" and await active(machine, f"{BOT}.timer") == "active"

    await until(has_ended, timeout_s=60)
    assert await shown(machine, BOT, "ExecMainStatus") == "77"
    assert refusals(discord) == refused


def refusals(discord: FakeDiscord) -> int:
    return sum(each.status == 401 for each in discord.exchanges)


async def test_an_update_interrupts_no_flow(machine: Machine, world: World, way: Way) -> None:
    await machine.run(*way.install)
    async with match(machine, world), flowing(world.player, VPS4, PORT, Protocol.UDP) as flow:
        before = await pid(machine)
        lost = Lost(flow)
        async with asyncio.TaskGroup() as tasks:
            counting = tasks.create_task(lost.count())
            await machine.run(*way.install)

            async def is_another() -> bool:
                return await pid(machine) not in (before, "0") and await active(machine, GATEWAY) == "active"

            await until(is_another, timeout_s=60)
            await flow.goes_on()
            counting.cancel()
        assert lost.most <= 1


class Lost:
    """The number of questions that had no answer: of all, and the largest one in a row."""

    def __init__(self, flow: Flow) -> None:
        self._flow, self.most, self.all = flow, 0, 0

    async def count(self) -> None:
        last = 0
        while True:
            self.most = max(self.most, self._flow.unanswered)
            self.all += max(self._flow.unanswered - last, 0)
            last = self._flow.unanswered
            await asyncio.sleep(0.01)


@needs_knot
async def test_a_service_keeps_the_name_over_a_reboot_and_reads_its_secret_alone(
    machine: Machine, world: World, way: Way, tmp_path: Path
) -> None:
    """Without the secret it is not started, and that is no problem of the boot."""
    server = NameServer(world, tmp_path / "knot")
    (machine.root / "etc/resolv.conf").unlink(missing_ok=True)
    (machine.root / "etc/resolv.conf").write_text(f"nameserver {SITE4}\noptions timeout:1 attempts:1\n")
    async with server.serving():
        await machine.run(*way.install)
        assert await machine.run("systemctl", "show", "--property=ActiveState", "--value", NAMES) == "inactive\n"
        await machine.run("install", "-m", "600", "/dev/stdin", "/etc/guildgate/dns", stdin=tsig_key())
        config = machine.root / "etc/guildgate/config.toml"
        names = f'[names]\nkind = "rfc2136"\nserver = "{SITE4}"\nzone = "example.org"\n'
        named = config.read_text().replace("[gateway]\n", '[gateway]\npublic_address = "play.example.org"\n', 1)
        config.write_text(named + names)
        await machine.run("systemctl", "reload", GATEWAY)
        await machine.run("systemctl", "restart", NAMES)

        async def is_kept() -> bool:
            return server.ask("play.example.org", "A") == [str(VPS4)]

        await until(is_kept, timeout_s=60)
        await machine.reboot()
        await machine.settled()
        await machine.run("guildgate", "join", "laptop")
        await machine.run("guildgate", "forward", "25570", "--to-port", "25565", "--device", "laptop")

        async def is_found() -> bool:
            return server.ask("_minecraft._tcp.play.example.org", "SRV") == ["0 5 25570 play.example.org."]

        await until(is_found, timeout_s=60)
        assert "Problem" not in await machine.run("guildgate", "status")
        pid = (await machine.run("systemctl", "show", "--property=MainPID", "--value", NAMES)).strip()
        status = await machine.run("cat", f"/proc/{pid}/status")
        assert re.search(r"^CapPrm:\t0+\nCapEff:\t0+\nCapBnd:\t0+\n", status, re.MULTILINE)
        assert SECRET not in await machine.run("cat", f"/proc/{pid}/cmdline", f"/proc/{pid}/environ")
        with pytest.raises(RuntimeError, match="Permission denied"):
            await machine.run("setpriv", f"--reuid={NAMES}", "--clear-groups", "cat", "/etc/guildgate/dns")
        assert SECRET not in await machine.journal()


async def test_metrics_are_served_where_they_are_configured_and_after_a_reboot(
    machine: Machine, world: World, way: Way
) -> None:
    """Without that section it is not started, and that is no problem of the boot."""
    await machine.run(*way.install)
    assert await active(machine, METRICS) == "inactive"
    config = machine.root / "etc/guildgate/config.toml"
    config.write_text(config.read_text() + "[metrics]\nport = 9586\n")
    await machine.run("systemctl", "reload", GATEWAY)
    await machine.run("systemctl", "restart", METRICS)

    async def serves() -> bool:
        try:
            return "guildgate_up 1.0" in await machine.run("python3", "-c", _SCRAPE)
        except RuntimeError:
            return False

    await until(serves, timeout_s=60)
    await machine.reboot()
    assert await machine.settled() == "running"
    await until(serves, timeout_s=60)
    number = await shown(machine, METRICS, "MainPID")
    status = await machine.run("cat", f"/proc/{number}/status")
    assert re.search(r"^CapPrm:\t0+\nCapEff:\t0+\nCapBnd:\t0+\n", status, re.MULTILINE)
    with pytest.raises(RuntimeError, match=r"metrics +served on port 9586 of 127\.0\.0\.1"):  # the bot has no token
        await machine.run("guildgate", "doctor")


async def test_the_courier_runs_where_there_is_a_region_and_after_a_reboot(
    machine: Machine, world: World, way: Way
) -> None:
    """Without a region it is not started. It waits for the bus, which is not there yet."""
    await machine.run(*way.install)
    assert await active(machine, COURIER) == "inactive"
    folder, seed = machine.root / "etc/guildgate", UserKey.generate().reveal()
    config = folder / "config.toml"
    config.write_text(config.read_text() + '[fleet]\nservers = ["nats://127.0.0.1:4222"]\nregion = "eu"\n')
    trust = GatewayTrust(region="eu", number=1, key=PrivateKey.generate(), bots=(BotKey.generate().public,))
    for name, content in (("bus.key", Access(client="eu", seed=seed).reveal()), ("fleet.key", trust.reveal())):
        (folder / name).write_text(content)
        (folder / name).chmod(0o600)
    await machine.run("chown", GATEWAY, "/etc/guildgate/fleet.key")
    await machine.run("systemctl", "reload", GATEWAY)
    await machine.run("systemctl", "restart", COURIER)

    async def waits() -> bool:
        return "courier: there is no connection to the bus" in await machine.journal()

    await until(waits, timeout_s=60)
    await machine.reboot()
    assert await machine.settled() == "running"
    assert await active(machine, COURIER) == "active"
    number = await shown(machine, COURIER, "MainPID")
    status = await machine.run("cat", f"/proc/{number}/status")
    assert re.search(r"^CapPrm:\t0+\nCapEff:\t0+\nCapBnd:\t0+\n", status, re.MULTILINE)
    with pytest.raises(RuntimeError, match="Permission denied"):
        await machine.run("setpriv", f"--reuid={COURIER}", "--clear-groups", "cat", "/etc/guildgate/fleet.key")
    assert seed not in await machine.journal()


async def test_the_bus_runs_once_there_is_a_fleet_and_leaves_nothing(machine: Machine, world: World, way: Way) -> None:
    """`fleet add` makes its files, and `fleet remove` reaches it."""
    before = await trace(machine)
    await machine.run(*way.install)
    assert await active(machine, NATS) == "inactive"
    shutil.copy(PROGRAM, machine.root / "usr/local/bin/nats-server")
    config = machine.root / "etc/guildgate/config.toml"
    config.write_text(config.read_text() + '[fleet]\nservers = ["tls://127.0.0.1:4222"]\nbeside = "home"\n')
    await machine.run("systemctl", "start", NATS)
    assert await active(machine, NATS) == "inactive"
    await machine.run("guildgate", "fleet", "add", "eu")
    await machine.run("systemctl", "restart", NATS)

    async def is_ready() -> bool:
        return "Server is ready" in await machine.journal()

    await until(is_ready, timeout_s=60)
    await machine.reboot()
    assert await machine.settled() == "running"
    assert await active(machine, NATS) == "active"
    number = await shown(machine, NATS, "MainPID")
    status = await machine.run("cat", f"/proc/{number}/status")
    assert re.search(r"^CapPrm:\t0+\nCapEff:\t0+\nCapBnd:\t0+\n", status, re.MULTILINE)
    with pytest.raises(RuntimeError, match="Permission denied"):
        await machine.run("setpriv", f"--reuid={NATS}", "--clear-groups", "cat", "/etc/guildgate/fleet.key")
    await machine.run("guildgate", "fleet", "remove", "eu")
    assert "Reloaded server configuration" in await machine.journal()
    assert await shown(machine, NATS, "MainPID") == number
    await machine.run("systemctl", "stop", NATS)
    assert await shown(machine, NATS, "Result") == "success"
    await machine.run("systemctl", "start", NATS)
    (machine.root / "usr/local/bin/nats-server").unlink()
    await machine.run(*way.purge)
    after = await trace(machine)
    for name in ("users", "units", "files"):  # the machine was booted meanwhile, which makes files of other programs
        ours, theirs = (
            {line for line in found[name] if re.search("guildgate|nats", line)} for found in (after, before)
        )
        assert ours == theirs, name


_SCRAPE = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:9586/metrics', timeout=5).read().decode())"


async def test_what_is_removed_leaves_the_host_as_it_was(machine: Machine, world: World, way: Way) -> None:
    """State and configuration stay until they are purged. A gateway that died before left the tunnel up."""
    before = await trace(machine)
    await machine.run(*way.install)
    config = machine.root / "etc/guildgate/config.toml"
    config.write_text(config.read_text() + "[metrics]\nport = 9586\n")
    await machine.run("systemctl", "restart", METRICS)
    assert await active(machine, METRICS) == "active"
    async with match(machine, world):
        await machine.run("systemctl", "kill", "--kill-whom=main", "--signal=KILL", GATEWAY)
        await machine.run(*way.remove)
    after = await trace(machine)
    assert {name: after[name] for name in IN_KERNEL} == {name: before[name] for name in IN_KERNEL}
    assert await active(machine, METRICS) == "inactive"
    assert (machine.root / "var/lib/guildgate/guildgate.db").exists()
    assert (machine.root / "etc/guildgate/config.toml").exists()
    await machine.run(*way.install)
    assert "laptop" in await machine.run("guildgate", "peers")
    await machine.run(*way.purge)
    after = await trace(machine)
    for name, lines in before.items():
        assert after[name] == lines, name


IN_KERNEL = ("rules", "links", "routes", "sysctls")


async def trace(machine: Machine) -> dict[str, list[str]]:
    """Return what guildgate changes on a host, as far as it lasts."""
    sysctls = "net.ipv4.ip_forward net.ipv6.conf.all.forwarding net.ipv4.ip_local_reserved_ports"
    commands = {
        "rules": "nft list ruleset",
        "links": "ip -brief link show | cut -d ' ' -f 1",
        "routes": "ip route show table all; ip -6 route show table all",
        "sysctls": f"sysctl {sysctls} net.ipv6.conf.eth0.accept_ra",
        "users": "cat /etc/passwd /etc/group /etc/shadow",
        "units": "systemctl list-unit-files --no-pager",
        "files": "find /etc /opt /run/guildgate /run/guildgate-metrics /run/wireguard /usr /var/lib "
        "-path /var/lib/dpkg -prune -o -path /var/lib/systemd -prune -o -path /var/lib/python -prune "
        "-o -path /var/lib/apt -prune "  # whose daily work begins at any time
        "-o ! -name .pwd.lock ! -name '*-' ! -name shells.state -print",
    }
    found = {
        name: await machine.run("sh", "-c", f"{command} 2>/dev/null || true") for name, command in commands.items()
    }
    # The kernel's own come with the link-local address, some time after the boot.
    found["routes"] = re.sub(r".*proto kernel.*\n", "", found["routes"])
    return {name: sorted(text.splitlines()) for name, text in found.items()}


@pytest.mark.parametrize(
    ("unit", "exposure"), [(GATEWAY, 1.6), (BOT, 1.2), (NAMES, 1.2), (METRICS, 1.2), (COURIER, 1.2), (NATS, 1.3)]
)
async def test_the_services_are_hardened(machine: Machine, unit: str, exposure: float) -> None:
    machine_path = Path("/srv/guildgate/packaging") / f"{unit}.service"
    said = await machine.run("systemd-analyze", "security", "--offline=true", "--no-pager", machine_path)
    (level,) = re.findall(r"Overall exposure level for .*: ([\d.]+)", said)
    assert float(level) <= exposure, said
