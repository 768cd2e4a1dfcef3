"""The gateway's changes to its host, and their end after a stop, a crash or another program's changes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pwd
import re
import signal
import socket
import sqlite3
import stat
import sys
from asyncio.subprocess import DEVNULL, PIPE
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest

from gateway.api.contract import AddForward
from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import VPS4, World
from gateway.errors import GatewayError, GatewayUnreachable, PortTaken, WrongUser
from gateway.host import sysctl
from gateway.host.child import running
from gateway.model import Protocol, parse_ports
from tests.carried import surplus
from tests.lab import go_on
from tests.namespace import has_kernel_wireguard
from tests.net.gateway import ADMIN, ALICE, BOB, Gateway, gateway_in

HOST_SETTINGS = ["ipv4/ip_forward", "ipv6/conf/all/forwarding", "ipv4/ip_local_reserved_ports"]
FOREIGN = "add table inet other; add chain inet other c { type filter hook input priority 0; }"


async def snapshot(gateway: Gateway) -> dict[str, str]:
    """Return everything of the host that a gateway could change."""
    found = {name: gateway.read_sysctl(name) for name in HOST_SETTINGS}
    found["ruleset"] = await gateway.nft("list", "ruleset")
    found["links"] = ",".join(link["ifname"] for link in json.loads(await gateway.run("ip", "-json", "link")))
    return found


async def test_a_clean_stop_leaves_the_host_as_it_was_found(idle_gateway: Gateway, world: World) -> None:
    gateway = idle_gateway
    world.vps.sysctl("net/ipv4/ip_local_reserved_ports", "8080,25565-25566")
    await gateway.nft(FOREIGN)
    before = await snapshot(gateway)
    await gateway.start()
    await gateway.join()
    await gateway.forward("25566-25567")
    await until(lambda: _reserved(gateway, "8080,25565-25567"))
    during = await snapshot(gateway)
    assert during["ipv4/ip_forward"] == during["ipv6/conf/all/forwarding"] == "1"
    assert "table inet other" in during["ruleset"]
    await gateway.stop()
    assert await snapshot(gateway) == before
    assert not gateway.socket.exists()


async def test_what_a_killed_gateway_left_up_can_be_taken_down(idle_gateway: Gateway) -> None:
    """A second time finds nothing to do, and beside a running gateway it is refused."""
    gateway = idle_gateway
    before = await snapshot(gateway)
    down = (sys.executable, "-m", "gateway", "down", "--config", str(gateway.write_config()))
    await gateway.run(*down)  # where no gateway ever ran
    await gateway.start()
    await gateway.join()
    await gateway.forward(25566)
    with pytest.raises(RuntimeError, match="is in use by a running gateway"):
        await gateway.run(*down)
    await gateway.kill()
    assert await snapshot(gateway) != before
    for _ in range(2):
        await gateway.run(*down)
        assert await snapshot(gateway) == before
    await gateway.start()
    assert len((await gateway.status()).forwards) == 1


async def test_what_serves_imports_nothing_more_than_it_has_a_reason_for(
    idle_gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rule holds at its start and later."""
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    gateway = idle_gateway
    await gateway.start()
    await gateway.join()
    await gateway.forward(25565)
    assert (await gateway.status()).forwards
    await gateway.revoke()
    assert gateway.process
    assert gateway.process.stderr
    maps = Path(f"/proc/{gateway.process.pid}/maps").read_text()
    assert "libnftables" not in maps  # its memory for a large table would stay
    await gateway.stop()
    lines = (await gateway.process.stderr.read()).decode().splitlines()
    tried = {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}
    assert "gateway.state.reconciler" in tried
    environment = {"sitecustomize", "apport_python_hook", *(name for name in tried if name.startswith("_"))}
    assert {name for name in surplus(tried - environment) if find_spec(name)} == set()


async def _reserved(gateway: Gateway, ports: str) -> bool:
    return gateway.read_sysctl("ipv4/ip_local_reserved_ports") == ports


async def test_thousands_of_ports_that_others_reserved_stay_reserved(idle_gateway: Gateway, world: World) -> None:
    """The ports of forwards come and go as well, however long the list is."""
    gateway, others = idle_gateway, set(range(1, 20_000, 2))
    world.vps.call(partial(sysctl.write, sysctl.RESERVED_PORTS, sysctl.format_ports(others)))
    await gateway.start()
    await gateway.join()

    async def reserved_are(ports: set[int]) -> bool:
        return sysctl.parse_ports(world.vps.call(partial(sysctl.read, sysctl.RESERVED_PORTS)) or "") == ports

    await gateway.forward(25566)
    await until(partial(reserved_are, others | {25566}))
    await gateway.unforward(25566)
    await until(partial(reserved_are, others))
    await gateway.stop()
    assert await reserved_are(others)


async def test_forwarding_that_was_on_stays_on(idle_gateway: Gateway, world: World) -> None:
    world.vps.sysctl("net/ipv4/ip_forward", "1")
    await idle_gateway.start()
    await idle_gateway.stop()
    assert idle_gateway.read_sysctl("ipv4/ip_forward") == "1"
    assert idle_gateway.read_sysctl("ipv6/conf/all/forwarding") == "0"


async def test_a_host_that_learned_its_ipv6_route_keeps_learning_it(idle_gateway: Gateway) -> None:
    assert idle_gateway.read_sysctl("ipv6/conf/eth0/accept_ra") == "1"
    await idle_gateway.start()
    assert idle_gateway.read_sysctl("ipv6/conf/eth0/accept_ra") == "2"
    await idle_gateway.stop()
    assert idle_gateway.read_sysctl("ipv6/conf/eth0/accept_ra") == "1"


async def test_state_survives_a_stop_and_the_host_is_clean_after_a_crash_too(gateway: Gateway, world: World) -> None:
    await gateway.join()
    await gateway.forward(25565)
    await gateway.kill()
    await gateway.start()
    assert [str(status.forward.ports) for status in (await gateway.status()).forwards] == ["25565"]
    await gateway.stop()
    assert {name: gateway.read_sysctl(name) for name in HOST_SETTINGS} == {
        "ipv4/ip_forward": "0",
        "ipv6/conf/all/forwarding": "0",
        "ipv4/ip_local_reserved_ports": "",
    }
    await gateway.start()
    assert [status.peer.device for status in (await gateway.status()).peers] == ["pc"]


@pytest.mark.parametrize("how", ["killed", "kept", "asked for another start"])
async def test_flows_do_not_notice_a_gateway_that_is_killed_or_restarted_with_keep(
    idle_gateway: Gateway, world: World, how: str
) -> None:
    gateway = idle_gateway
    await gateway.start(*(["--keep"] if how == "kept" else []))
    config = await gateway.join()
    await gateway.forward(25565)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        async with (
            flowing(world.player, VPS4, 25565, Protocol.TCP) as tcp,
            flowing(world.player, VPS4, 25565, Protocol.UDP) as udp,
        ):
            rx = (await gateway.status()).forwards[0].rx_bytes
            if how == "killed":
                await gateway.kill()
            elif how == "kept":
                await gateway.stop()
            else:
                assert gateway.process
                gateway.signal(signal.SIGUSR1)
                assert await gateway.process.wait() == os.EX_TEMPFAIL
            with pytest.raises(GatewayUnreachable):
                await gateway.status()
            await gateway.start()
            await go_on(tcp, udp)
            assert (await gateway.status()).forwards[0].rx_bytes > rx, "counts go on"
            assert (await gateway.status()).forwards[0].connections == 2


async def test_a_stop_wins_over_another_start(idle_gateway: Gateway) -> None:
    gateway = idle_gateway
    before = await snapshot(gateway)
    await gateway.start()
    await gateway.join()
    for number in (signal.SIGUSR1, signal.SIGTERM):
        gateway.signal(number)
    await gateway.stop()
    assert await snapshot(gateway) == before


async def _holds(ports: set[int], port: int) -> bool:
    return port in ports


async def test_killed_at_any_moment_of_its_work_it_comes_back_to_one_state(idle_gateway: Gateway, world: World) -> None:
    """Changes run while the process is killed. Each answered one is there, and none is there by half."""
    gateway = idle_gateway
    await gateway.start()
    await gateway.join(ADMIN)
    answered = set[int]()
    for round_ in range(4):

        async def open_ports(start: int) -> None:
            for port in range(start, start + 50):
                await gateway.forward(port, ADMIN)
                answered.add(port)

        first = 20000 + 100 * round_
        work = asyncio.create_task(open_ports(first))
        await until(partial(_holds, answered, first))
        await asyncio.sleep(0.06 * round_)
        await gateway.kill()
        with pytest.raises(GatewayUnreachable):
            await work
        await gateway.start()
        stored = {status.forward.ports.first for status in (await gateway.status()).forwards}
        assert answered <= stored
        loaded = json.loads(await gateway.nft("-j", "list", "map", "inet", "guildgate", "fwdid"))
        (elements,) = (part["map"].get("elem", []) for part in loaded["nftables"] if "map" in part)
        assert {key["concat"][1] for key, _ in elements} == stored
        assert gateway.read_sysctl("ipv4/ip_local_reserved_ports").replace("-", ",").split(",")[0] == str(min(stored))


async def test_without_the_right_to_change_the_network_it_says_so_in_one_line(
    idle_gateway: Gateway, world: World
) -> None:
    process = await asyncio.create_subprocess_exec(
        *("ip", "netns", "exec", world.vps.name, "setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"),
        *(sys.executable, "-m", "gateway", "gateway", "--config", str(idle_gateway.write_config())),
        stderr=PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode == 1
    assert re.fullmatch(
        r".* CRITICAL gateway: .* run it as root or with CAP_NET_ADMIN, .* does not have on the host\n", said.decode()
    )


async def test_a_table_that_another_program_owns_is_named_and_left_alone(idle_gateway: Gateway, world: World) -> None:
    gateway = idle_gateway
    argv = ("ip", "netns", "exec", world.vps.name, "nft", "--interactive")
    async with running(*argv, stdin=PIPE, stdout=DEVNULL) as owner:
        assert owner.stdin
        owner.stdin.write(b"add table inet guildgate { flags owner; }\n")
        await until(partial(_lists, gateway, "flags owner"))
        before = await snapshot(gateway)
        with pytest.raises(RuntimeError) as refusal:
            await gateway.start()
        assert await snapshot(gateway) == before
    *log, last = str(refusal.value).splitlines()
    number = re.fullmatch(r".* CRITICAL gateway: .* the line above with (\w+) says what, .*", last)
    assert number
    assert any(f"[{number[1]}]" in line and "another program owns it" in line for line in log)
    assert "Traceback" not in str(refusal.value)
    assert gateway.process
    assert gateway.process.returncode == 1


async def _lists(gateway: Gateway, text: str) -> bool:
    return text in await gateway.nft("list", "ruleset")


async def test_it_repairs_what_others_break_and_says_so(gateway: Gateway, world: World) -> None:
    config = await gateway.join()
    await gateway.forward(25565)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        for damage in (
            ["nft", "flush", "ruleset"],
            ["nft", "delete", "table", "inet", "guildgate"],
            ["nft", "delete", "element", "inet", "guildgate", "fwd4", "{ tcp . 25565 }"],
            ["nft", "flush", "chain", "inet", "guildgate", "guard"],
            ["ip", "link", "set", gateway.interface, "down"],
            ["ip", "address", "flush", "dev", gateway.interface],
        ):
            before = await _table(gateway)
            await gateway.run(*damage)
            await until(partial(_is_table, gateway, before))
            await until(lambda: _answers(world), timeout_s=15)

    async def are_recorded() -> bool:
        """Two that come close together are one repair."""
        return len(", ".join(_told(gateway, "repair")).split(", ")) >= 6

    await until(are_recorded)
    assert "nftables table changed" in _told(gateway, "repair")
    assert _told(gateway, "problem") == []


def _told(gateway: Gateway, action: str) -> list[str]:
    """Return what the audit log's entries of an action are about."""
    with contextlib.closing(sqlite3.connect(gateway.state_dir / "guildgate.db")) as db:
        return [subject for (subject,) in db.execute("SELECT subject FROM audit WHERE action = ?", (action,))]


async def test_what_no_repair_changes_is_told_once(idle_gateway: Gateway) -> None:
    """WireGuard ignores a peer with its own key. Such a peer is refused, but an older database may have one."""
    gateway = idle_gateway
    gateway.shorten("gateway.state.repairs", "LOOK_S", 1)
    await gateway.start()
    await gateway.join()
    own_key = await gateway.run("wg", "show", gateway.interface, "public-key")
    await gateway.stop()
    with contextlib.closing(sqlite3.connect(gateway.state_dir / "guildgate.db")) as db, db:
        db.execute("UPDATE peers SET public_key = ?", (own_key.strip(),))
    await gateway.start()

    async def is_told() -> bool:
        return bool(_told(gateway, "problem"))

    await until(is_told, timeout_s=60)
    for number in range(1, 4):
        await gateway.nft("flush", "ruleset")

        async def is_repaired(so_many: int = number) -> bool:
            return len(_told(gateway, "repair")) >= so_many

        await until(is_repaired, timeout_s=30)
    (told,) = _told(gateway, "problem")
    assert "WireGuard's peer 10.66.66.2" in told
    assert set(_told(gateway, "repair")) == {"nftables table changed"}


async def test_what_changes_without_a_notice_is_found_at_the_next_look(idle_gateway: Gateway) -> None:
    gateway, interface = idle_gateway, idle_gateway.interface
    gateway.shorten("gateway.state.repairs", "LOOK_S", 2)
    await gateway.start()

    async def differs() -> list[str]:
        return [
            what
            for what, is_right in {
                "port": (await gateway.run("wg", "show", interface, "listen-port")).strip() == "51820",
                "mtu": "mtu 1380" in await gateway.run("ip", "link", "show", interface),
                "route": "10.66.66.0/24" in await gateway.run("ip", "route", "show", "dev", interface),
            }.items()
            if not is_right
        ]

    await gateway.run("wg", "set", interface, "listen-port", "5555")
    await gateway.run("ip", "link", "set", interface, "mtu", "1300")
    await gateway.run("ip", "route", "delete", "10.66.66.0/24")
    assert await differs() == ["port", "mtu", "route"]

    async def is_right() -> bool:
        return not await differs()

    await until(is_right, timeout_s=60)


async def test_an_interface_that_is_deleted_or_loses_its_process_comes_back_with_its_peers(
    gateway: Gateway, world: World
) -> None:
    config = await gateway.join()
    for _ in range(2):
        await gateway.run("ip", "link", "delete", gateway.interface)
        await until(lambda: _exists(gateway))
        async with peer_up(world.friend, config, "ggfriend0") as tunnel:
            await tunnel.handshake()


async def _exists(gateway: Gateway) -> bool:
    return gateway.interface in await gateway.run("ip", "-brief", "link")


async def _table(gateway: Gateway) -> list[str]:
    """Return the words of our table in some order, without counts and the sets that packets fill.

    It is empty without a table.
    """
    try:
        listing = await gateway.nft("-s", "list", "table", "inet", "guildgate")
    except RuntimeError:
        return []
    return sorted(re.sub(r"set (rate|open|cool)[46]? \{.*?\n\t\}", "", listing, flags=re.DOTALL).split())


async def _is_table(gateway: Gateway, wanted: list[str]) -> bool:
    return await _table(gateway) == wanted


async def _answers(world: World) -> bool:
    try:
        return await world.player.ask_tcp(VPS4, 25565, timeout_s=0.5) == "hello"
    except OSError:
        return False


async def test_other_peoples_tables_do_not_make_it_work(gateway: Gateway) -> None:
    handle = await gateway.nft("-a", "list", "table", "inet", "guildgate")
    await gateway.nft(FOREIGN)
    await gateway.join()
    assert handle.splitlines()[0] == (await gateway.nft("-a", "list", "table", "inet", "guildgate")).splitlines()[0]


async def test_two_members_racing_for_a_port_one_gets_it(gateway: Gateway) -> None:
    await gateway.join()
    await gateway.join(BOB)
    for port in range(25565, 25575):
        first, second = (ALICE, BOB) if port % 2 else (BOB, ALICE)
        outcomes = await asyncio.gather(
            gateway.forward(port, first), gateway.forward(port, second), return_exceptions=True
        )
        kinds = [type(outcome) for outcome in outcomes]
        assert sorted(kinds, key=str) == sorted([type(None), PortTaken], key=str)
        await gateway.unforward(port, ADMIN)


async def test_a_retried_request_is_done_once(gateway: Gateway) -> None:
    await gateway.join()
    request = AddForward(actor=ALICE, ports=parse_ports("25565"), request_id="once")
    first = await gateway.client.call(request)
    assert await gateway.client.call(request) == first
    await gateway.kill()
    await gateway.start()
    assert await gateway.client.call(request) == first
    assert len((await gateway.status()).forwards) == 1


async def test_a_port_of_a_program_on_the_gateway_is_refused_by_name_of_the_reason(
    gateway: Gateway, world: World
) -> None:
    await gateway.join()
    async with hosting(world.vps, 8080):
        with pytest.raises(GatewayError) as refused:
            await gateway.forward(8080)
    assert refused.value.code == "port_in_use"
    assert refused.value.details["free"] == "8081"
    await gateway.forward(8080)


async def test_only_named_users_may_speak_to_it(idle_gateway: Gateway, tmp_path: Path) -> None:
    gateway = idle_gateway
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o711)
    gateway.settings = 'socket_users = ["daemon"]\n'
    await gateway.start()
    assert b" 200 " in await _ask_as("daemon", gateway)
    assert WrongUser.code.encode() in await _ask_as("nobody", gateway)
    await gateway.stop()
    gateway.settings = ""
    await gateway.start()
    with pytest.raises(PermissionError):
        await _ask_as("nobody", gateway)


async def test_the_umask_of_a_hardened_root_does_not_shut_the_bot_out(idle_gateway: Gateway) -> None:
    gateway = idle_gateway
    gateway.prelude = "import os; os.umask(0o077)"
    gateway.settings = 'socket_users = ["daemon"]\n'
    await gateway.start()
    assert b" 200 " in await _ask_as("daemon", gateway)


async def test_a_start_without_standard_streams_works(idle_gateway: Gateway) -> None:
    """No socket gets the number of one. A child of the gateway has its own pipes there."""
    gateway = idle_gateway
    gateway.prelude = "import os; os.closerange(0, 3)"
    await gateway.start()
    await gateway.join()
    assert (await gateway.status()).peers


async def _ask_as(user: str, gateway: Gateway) -> bytes:
    """Return the raw answer to a status request. The kernel notes the effective user at connect(2)."""
    body = json.dumps({"actor": {"id": "1", "name": "alice"}}).encode()
    head = f"POST /v1/status HTTP/1.0\r\nContent-Length: {len(body)}\r\n\r\n"
    loop, answer = asyncio.get_running_loop(), b""
    with socket.socket(socket.AF_UNIX) as made:
        os.seteuid(pwd.getpwnam(user).pw_uid)
        try:
            made.connect(str(gateway.socket))
        finally:
            os.seteuid(0)
        made.setblocking(False)
        with contextlib.suppress(BrokenPipeError):  # because a stranger is answered before it sends
            await loop.sock_sendall(made, head.encode() + body)
        with contextlib.suppress(ConnectionResetError):
            while piece := await loop.sock_recv(made, 65536):
                answer += piece
    return answer


GARBAGE = [
    b"\0" * 100,
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /v1/join HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n{]}",
    b"POST /v1/none HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
    b"POST /v1/join HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n\xff\xfe\xfd\xfc",
    b"POST /v1/join HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n" + b" " * 70000,
    b"POST /v1/join HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n" + b"[" * 60000,
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
async def test_garbage_on_the_socket_is_refused_and_does_no_harm(gateway: Gateway, garbage: bytes) -> None:
    reader, writer = await asyncio.open_unix_connection(gateway.socket)
    writer.write(garbage)
    async with asyncio.timeout(5):
        answer = await reader.read(65536)
    writer.close()
    assert re.match(rb"HTTP/1\.[01] 4\d\d ", answer)
    assert b"Traceback" not in answer
    await gateway.join()


@pytest.mark.parametrize("address", ["10.66.66.7/24", "fd42:42:42::7/64"])
async def test_a_network_of_the_host_is_not_cut_off_by_a_subnet_of_ours(
    idle_gateway: Gateway, world: World, address: str
) -> None:
    """The error comes before any change."""
    await world.vps.run("ip", "address", "add", address, "dev", "lo", "nodad")
    before = await snapshot(idle_gateway)
    with pytest.raises(RuntimeError) as refused:
        await idle_gateway.start()
    assert f"lo has {address.partition('/')[0]}; choose one" in str(refused.value).splitlines()[-1]
    assert await snapshot(idle_gateway) == before
    await world.vps.run("ip", "address", "delete", address, "dev", "lo")
    await idle_gateway.start()


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ("listen_port = 53", "gateway.listen_port"),
        ('interface = "eth0"', "gateway.interface"),
        ('socket_users = ["nobody-of-that-name"]', "gateway.socket_users"),
        ('state_dir = "/proc/here"', "gateway.state_dir"),
        ('socket = "/proc/here/s"', "gateway.socket"),
        ('backend = "kernel"', "gateway.backend"),
    ],
)
async def test_what_cannot_work_here_is_refused_by_the_name_of_its_key(
    idle_gateway: Gateway, world: World, settings: str, key: str
) -> None:
    if 'backend = "kernel"' in settings and has_kernel_wireguard():
        pytest.skip("this kernel has WireGuard")
    gateway = idle_gateway
    gateway.settings = settings
    with world.vps.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("0.0.0.0", 53))
        before = await snapshot(gateway)
        with pytest.raises(RuntimeError) as refused:
            await gateway.start()
        assert f" CRITICAL gateway: {key}: " in str(refused.value).splitlines()[-1]
        assert "Traceback" not in str(refused.value)
        assert await snapshot(gateway) == before


async def test_two_gateways_do_not_share_a_state(gateway: Gateway, world: World) -> None:
    elsewhere = gateway.folder / "second"
    elsewhere.mkdir()
    async with gateway_in(world, elsewhere, f'state_dir = "{gateway.state_dir}"') as second:
        with pytest.raises(RuntimeError, match=r"gateway\.state_dir: .* in use by another running gateway"):
            await second.start()
    assert await gateway.status()


async def test_the_private_key_is_kept_for_its_owner_and_survives(gateway: Gateway) -> None:
    path = gateway.state_dir / "private_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(gateway.state_dir.stat().st_mode) == 0o700
    key = path.read_text()
    await gateway.kill()
    await gateway.start()
    assert path.read_text() == key
    await gateway.stop()
    path.write_text("not a key\n")
    with pytest.raises(RuntimeError, match="does not hold a WireGuard key"):
        await gateway.start()
