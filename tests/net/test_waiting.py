"""The start on a host that is not ready, or not fit: what is waited for, what is said, and which exit code ends it."""

from __future__ import annotations

import asyncio
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.demo.tunnel import until
from gateway.demo.world import VPS4, World
from gateway.errors import GatewayError, GatewayUnreachable, GatewayWaiting
from gateway.host.netlink import NETFILTER, ROUTE
from tests.e2e.service import Service
from tests.lab import ETC_NETNS, hosts
from tests.net.gateway import ALICE, Gateway

DHCP = (("address", "add", f"{VPS4}/24", "dev", "eth0"), ("route", "add", "default", "via", "203.0.113.254"))


class Manager:
    """A service manager that keeps what it is told, one datagram a message."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(str(path))
        path.chmod(0o777)
        self._told: list[str] = []

    def told(self) -> list[str]:
        try:
            while True:
                self._told.append(self._socket.recv(1 << 16).decode())
        except BlockingIOError:
            return self._told

    def close(self) -> None:
        self._socket.close()


@asynccontextmanager
async def starting(gateway: Gateway) -> AsyncIterator[tuple[Service, Manager]]:
    """Start the shipped gateway under a service manager, and do not wait for its answer."""
    manager = Manager(gateway.folder / "notify")
    argv = ("gateway", "--config", str(gateway.write_config()))
    service = Service(gateway.world.vps, argv, gateway.folder / "log", {"NOTIFY_SOCKET": str(manager.path)})
    try:
        await service.start()
        yield service, manager
        await service.stop()
    finally:
        if service.is_running:
            await service.kill()
        manager.close()
        print(service.output)


async def says(service: Service, text: str) -> None:
    async def found() -> bool:
        assert service.is_running, service.output
        return text in service.output

    await until(found, timeout_s=30)


async def answer(gateway: Gateway) -> GatewayError | None:
    """Return the error that a caller gets, or None when the gateway serves."""
    try:
        await gateway.status()
    except GatewayError as error:
        return error
    return None


async def serves(gateway: Gateway) -> None:
    async def is_up() -> bool:
        return await answer(gateway) is None

    await until(is_up, timeout_s=15)


async def test_a_boot_before_dhcp_is_waited_for(idle_gateway: Gateway, world: World) -> None:
    """Callers and systemd learn what is missing; the unit does not time out."""
    await world.vps.run("ip", "-6", "route", "delete", "default")
    await world.vps.run("ip", "address", "flush", "dev", "eth0")
    async with starting(idle_gateway) as (service, manager):
        await says(service, "The gateway waits for a default route, and starts when that is there.")
        error = await answer(idle_gateway)
        assert isinstance(error, GatewayWaiting)
        assert str(error).endswith("This host has eth0.")
        assert manager.told() == [f"READY=1\nSTATUS={error}"]
        for step in DHCP:
            await world.vps.run("ip", *step)
        await serves(idle_gateway)
        assert manager.told()[-1] == "READY=1\nSTATUS=up"
        assert (await idle_gateway.status()).public_address == str(VPS4)
        assert service.output.count("waits for a default route") == 1


async def test_an_address_is_waited_for(idle_gateway: Gateway, world: World) -> None:
    await world.vps.run("ip", "address", "flush", "dev", "eth0")
    async with starting(idle_gateway) as (service, _):
        await says(service, "The gateway waits for an IPv4 address on eth0")  # IPv6's default route is there
        for step in DHCP:
            await world.vps.run("ip", *step)
        await serves(idle_gateway)


async def test_an_interface_that_comes_later_is_waited_for_and_a_mistyped_one_is_seen(
    idle_gateway: Gateway, world: World
) -> None:
    idle_gateway.settings = 'public_interface = "ppp0"\n'
    async with starting(idle_gateway) as (service, _):
        await says(service, "waits for the interface ppp0 of public_interface, and starts when that is there.")
        assert "This host has eth0." in service.output
        await world.vps.run(
            "ip", "link", "add", "ppp0", "type", "veth", "peer", "name", "isp", "netns", world.inet.name
        )
        await world.vps.run("ip", "address", "add", "192.0.2.200/32", "dev", "ppp0")
        await world.vps.run("ip", "link", "set", "ppp0", "up")
        await serves(idle_gateway)
        assert (await idle_gateway.status()).public_address == "192.0.2.200"


async def test_a_name_that_resolves_later_keeps_nothing_waiting(idle_gateway: Gateway, world: World) -> None:
    """Players connect by other resolvers than the host's. What needs the address is added as soon as it is there."""
    idle_gateway.settings = 'public_address = "vps.example.org"\n'
    with hosts(world.vps, {}):
        async with starting(idle_gateway) as (service, _):
            await serves(idle_gateway)
            await says(service, "still waiting for public_address: vps.example.org does not resolve")
            with (ETC_NETNS / world.vps.name / "hosts").open("a") as file:
                file.write("203.0.113.77 vps.example.org\n")

            async def is_known() -> bool:
                return "203.0.113.77" in await idle_gateway.nft("list", "table", "inet", "guildgate")

            await until(is_known, timeout_s=20)


async def test_a_signal_ends_the_wait_at_once(idle_gateway: Gateway, world: World) -> None:
    """Nothing of the host was changed, and the socket is gone."""
    idle_gateway.settings = 'public_interface = "ppp0"\n'
    before = await idle_gateway.nft("list", "ruleset")
    async with starting(idle_gateway) as (service, _):
        await says(service, "waits for the interface ppp0")
        async with asyncio.timeout(5):
            await service.stop()
    assert isinstance(await answer(idle_gateway), GatewayUnreachable)
    assert await idle_gateway.nft("list", "ruleset") == before


# A filter of system calls that makes socket(AF_NETLINK, ..., protocol) fail as in a kernel that has neither the module
# nor a modprobe to load it. Both numbers of socket(2) are those of gateway/host/seccomp.py.
WITHOUT_NETLINK = """
import ctypes, errno, os, struct, sys
from gateway.host.seccomp import _MACHINES
machine = _MACHINES[os.uname().machine]
program = [
    (0x20, 0, 0, 0), (0x15, 0, 5, machine.socket),
    (0x20, 0, 0, 16), (0x15, 0, 3, 16),
    (0x20, 0, 0, 32), (0x15, 0, 1, {protocol}),
    (0x06, 0, 0, 0x00050000 | errno.EPROTONOSUPPORT), (0x06, 0, 0, 0x7FFF0000),
]
code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *each) for each in program))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, *map(ctypes.c_ulong, (1, 0, 0, 0))) == 0
filter = struct.pack("@HP", len(program), ctypes.addressof(code))
assert libc.syscall(*map(ctypes.c_ulong, (machine.seccomp, 1, 0)), filter) == 0
from gateway.__main__ import main
sys.exit(main())
"""


async def ended(gateway: Gateway, *python: str) -> tuple[int | None, list[str]]:
    """Start a gateway that cannot work, and return its exit code and its lines."""
    process = await asyncio.create_subprocess_exec(
        *("ip", "netns", "exec", gateway.world.vps.name, sys.executable, *python),
        *("gateway", "--config", str(gateway.write_config())),
        stderr=PIPE,
    )
    async with asyncio.timeout(30):
        _, said = await process.communicate()
    print(said.decode())
    return process.returncode, said.decode().splitlines()


async def test_a_kernel_without_nf_tables_gets_a_sentence(idle_gateway: Gateway) -> None:
    code, said = await ended(idle_gateway, "-c", WITHOUT_NETLINK.replace("{protocol}", str(NETFILTER)))
    assert code == 1
    assert " CRITICAL gateway: the gateway cannot start: this kernel has no nf_tables" in said[-1]
    assert "modprobe nf_tables" in said[-1]
    assert "Traceback" not in "".join(said)


async def test_a_kernel_that_lacks_more_gets_a_line_as_well(idle_gateway: Gateway) -> None:
    code, said = await ended(idle_gateway, "-c", WITHOUT_NETLINK.replace("{protocol}", str(ROUTE)))
    assert code == 1
    assert " CRITICAL gateway: this system refuses what the gateway needs" in said[-1]
    assert "Protocol not supported" in said[-2]
    assert "Traceback" not in "".join(said)


def _mistake_in_the_file(gateway: Gateway) -> None:
    gateway.settings = "no_such_key = 1\n"


def _path_that_cannot_be(gateway: Gateway) -> None:
    gateway.settings = 'state_dir = "/proc/nowhere"\n'


@pytest.mark.parametrize("mistake", [_mistake_in_the_file, _path_that_cannot_be])
async def test_a_mistake_in_the_file_ends_with_78(idle_gateway: Gateway, mistake: Callable[[Gateway], None]) -> None:
    """systemd and `up` start it no more, because only an edit helps."""
    mistake(idle_gateway)
    code, (line,) = await ended(idle_gateway, "-m", "gateway")
    assert code == 78
    assert " CRITICAL gateway: gateway." in line


async def test_what_another_program_holds_ends_with_1_and_is_tried_again(idle_gateway: Gateway, world: World) -> None:
    """The port may be free a moment later."""
    with world.vps.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("", 51820))
        code, said = await ended(idle_gateway, "-m", "gateway")
    assert code == 1
    assert "gateway.listen_port: 51820 is used by another program, one of the user root; stop it" in said[-1]
    async with starting(idle_gateway):
        await serves(idle_gateway)


@pytest.mark.parametrize("shared", ["state_dir", "socket"])
async def test_a_gateway_in_the_way_is_named(idle_gateway: Gateway, shared: str) -> None:
    """It holds the folder; or the network, where only the socket is shared. The one that looks is another user."""
    gateway = idle_gateway
    await gateway.start()
    assert gateway.process
    (folder := gateway.folder / "other").mkdir()
    other = Gateway(gateway.world, folder, interface="ggtest1")
    other.settings = f'{shared} = "{getattr(gateway, shared)}"\n'
    code, said = await ended(other, "-m", "gateway")
    assert code == 1
    assert f"process {gateway.process.pid} ({sys.executable} " in said[-1]
    assert "; stop it first" in said[-1] or "; stop that one first" in said[-1]
    assert await answer(gateway) is None


async def test_a_device_can_be_revoked_while_the_gateway_waits(idle_gateway: Gateway, world: World) -> None:
    """The terminal's commands that read or take away work on the database meanwhile."""
    gateway = idle_gateway
    await gateway.start()
    await gateway.join()
    await gateway.kill()
    await world.vps.run("ip", "address", "flush", "dev", "eth0")
    command = (sys.executable, "-m", "gateway")
    config = str(gateway.folder / "config.toml")
    async with starting(gateway) as (service, _):
        await says(service, "The gateway waits for")
        assert "pc" in await gateway.run(*command, "peers", "--config", config)
        await gateway.run(*command, "revoke", ALICE.id, "--config", config)
        with pytest.raises(RuntimeError, match="The gateway waits for"):
            await gateway.run(*command, "join", "other", "--config", config)
        for step in DHCP:
            await world.vps.run("ip", *step)
        await serves(gateway)
        assert (await gateway.status()).peers == ()
