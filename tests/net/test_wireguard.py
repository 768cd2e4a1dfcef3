"""The contract of both WireGuard backends, and wireguard-go's own cases. tests/kernel runs it on the kernel's."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from ipaddress import ip_interface, ip_network
from pathlib import Path

import pytest

from gateway.config import Backend, GatewaySection
from gateway.errors import ApplyFailed, HostProblem
from gateway.host import link, notices
from gateway.keys import PrivateKey, new_preshared_key
from gateway.model import Key
from gateway.wireguard import userspace
from gateway.wireguard.choose import choose
from gateway.wireguard.device import DeviceState, WgPeer, WireGuard, diff
from gateway.wireguard.kernel import KernelWireGuard
from gateway.wireguard.userspace import UserspaceWireGuard
from tests.namespace import eventually, fresh_network, has_kernel_wireguard, ip

pytestmark = pytest.mark.root

PORT = 51820
ADDRESSES = (ip_interface("10.66.66.1/24"), ip_interface("fd42:42:42::1/64"))


def peer(number: int, public_key: Key | None = None) -> WgPeer:
    networks = ip_network((10 << 24 | number, 32)), ip_network(f"fd42:42:42::{number:x}/128")
    return WgPeer(public_key or Key(secrets.token_bytes(32)), new_preshared_key(), networks)


class BackendContract:
    """The contract of both backends. It needs root, and each test has a network namespace of its own."""

    backend: Backend
    kind: str

    @pytest.fixture(autouse=True)
    def network(self) -> Iterator[None]:
        with fresh_network():
            yield

    @pytest.fixture
    def private_key(self) -> PrivateKey:
        return PrivateKey.generate()

    @pytest.fixture
    async def section(self) -> AsyncIterator[GatewaySection]:
        section = GatewaySection(interface=f"wgt{secrets.token_hex(4)}", listen_port=PORT, backend=self.backend)
        yield section
        await link.delete(section.interface)
        _clean_up(section.interface)

    @pytest.fixture
    async def wireguard(self, section: GatewaySection, private_key: PrivateKey) -> WireGuard:
        chosen = await choose(section, private_key)
        await chosen.up()
        return chosen

    @asynccontextmanager
    async def session(self, wireguard: WireGuard, section: GatewaySection) -> AsyncIterator[WgPeer]:
        """Start a peer of `wireguard` with its own wireguard-go, which keeps a session going over lo."""
        end_key, end_interface = PrivateKey.generate(), f"{section.interface}b"
        end = UserspaceWireGuard(end_interface, PORT + 1, end_key)
        await end.up()
        try:
            us = (await wireguard.dump()).public_key
            assert us
            them = peer(2, end_key.public_key)
            await wireguard.apply([them], [])
            await end.apply([replace(them, public_key=us, allowed_ips=(ip_network("10.66.66.1/32"),))], [])
            for interface in (section.interface, end_interface):
                await link.configure(interface, [], 1420)
            await _keep_calling(end_interface, us)

            async def shaken() -> bool:
                state = (await wireguard.dump()).peers[them.public_key]
                return state.latest_handshake is not None and state.rx_bytes > 0

            await eventually(shaken)
            yield them
        finally:
            await end.down()

    async def test_up_makes_an_interface_with_our_key_and_port(
        self, wireguard: WireGuard, section: GatewaySection, private_key: PrivateKey
    ) -> None:
        """`up` creates an interface that has our key and port and no peers, and may be called again."""
        await wireguard.up()
        assert wireguard.kind is self.backend
        assert await link.kind(section.interface) == self.kind
        assert await wireguard.dump() == DeviceState(public_key=private_key.public_key, listen_port=PORT)

    async def test_an_interface_that_was_renamed_gets_its_name_back_with_its_peers(
        self, wireguard: WireGuard, section: GatewaySection, private_key: PrivateKey
    ) -> None:
        """Another gateway finds it by its key as well. An interface with another key is left alone."""
        other = await choose(replace(section, interface="wgother", listen_port=PORT + 7), PrivateKey.generate())
        await other.up()
        try:
            await wireguard.apply([peer(2)], [])
            before = await wireguard.dump()
            again = await choose(section, private_key)
            for asked in (wireguard, again):
                await link.configure(section.interface, [], 1420)
                await link.rename(section.interface, "wgelse")
                await asked.up()
                assert await link.kind("wgelse") is None
                assert await link.kind(section.interface) == self.kind
                assert await wireguard.dump() == before
            assert await link.kind("wgother") == self.kind
        finally:
            await other.down()

    async def test_peers_come_change_and_go_one_by_one(self, wireguard: WireGuard) -> None:
        """After each `apply` the device holds exactly the wanted peers, keys and allowed_ips included."""
        first, second, third = peer(2), peer(3), peer(4)
        for wanted in (
            [first, second],
            [replace(first, preshared_key=new_preshared_key()), second, third],
            [replace(first, allowed_ips=third.allowed_ips), replace(second, allowed_ips=first.allowed_ips)],
            [],
        ):
            add, remove = diff(wanted, await wireguard.dump())
            await wireguard.apply(add, remove)
            state = await wireguard.dump()
            assert diff(wanted, state) == ([], [])
            assert {key: set(p.allowed_ips) for key, p in state.peers.items()} == {
                p.public_key: set(p.allowed_ips) for p in wanted
            }

    @pytest.mark.parametrize("endpoint", ["192.0.2.7:4321", "[2001:db8::7]:4321"])
    async def test_a_peer_that_comes_back_is_looked_for_where_it_was(self, wireguard: WireGuard, endpoint: str) -> None:
        """Its endpoint, of either family, is the given one."""
        await wireguard.apply([replace(peer(2), endpoint=endpoint)], [])
        (state,) = (await wireguard.dump()).peers.values()
        assert state.endpoint == endpoint

    async def test_a_session_with_a_silent_device_is_begun_from_here(
        self, wireguard: WireGuard, section: GatewaySection
    ) -> None:
        """One packet begins it, and no keepalive goes on."""
        end_key, us = PrivateKey.generate(), (await wireguard.dump()).public_key
        assert us
        end = UserspaceWireGuard(f"{section.interface}b", PORT + 1, end_key)
        await end.up()
        try:
            them = peer(2, end_key.public_key)
            await end.apply([replace(them, public_key=us)], [])
            for interface in (section.interface, end.interface):
                await link.configure(interface, [], 1420)
            await wireguard.apply([replace(them, endpoint=f"127.0.0.1:{PORT + 1}")], [])

            async def is_shaken() -> bool:
                return (await wireguard.dump()).peers[them.public_key].latest_handshake is not None

            await eventually(is_shaken)
            shown = ("wg", "show", section.interface, "persistent-keepalive")
            assert subprocess.run(shown, check=True, capture_output=True, text=True).stdout.split()[1] == "off"
        finally:
            await end.down()

    async def test_a_thousand_peers_are_all_there(self, wireguard: WireGuard) -> None:
        """1,000 peers are added, read back without one missing, and removed but for one."""
        peers = [peer(number) for number in range(2, 1002)]
        start = time.perf_counter()
        await wireguard.apply(peers, [])
        added = time.perf_counter()
        state = await wireguard.dump()
        dumped = time.perf_counter()
        assert diff(peers, state) == ([], [])
        assert len(state.peers) == 1000
        await wireguard.apply([], [p.public_key for p in peers[1:]])
        removed = time.perf_counter()
        print(
            f"\n1,000 peers, {self.backend}: add {added - start:.3f} s, "
            f"dump {dumped - added:.3f} s, remove {removed - dumped:.3f} s"
        )
        assert list((await wireguard.dump()).peers) == [peers[0].public_key]

    async def test_a_restarted_gateway_takes_over_with_sessions_alive(
        self, wireguard: WireGuard, section: GatewaySection, private_key: PrivateKey
    ) -> None:
        """A second gateway process finds the interface, wants the same and more, and the session goes on."""
        async with self.session(wireguard, section) as them:
            before = (await wireguard.dump()).peers[them.public_key]
            again = await choose(replace(section, backend=Backend.AUTO), private_key)
            assert again.kind is self.backend
            await again.up()
            add, remove = diff([them, peer(9)], await again.dump())
            assert len(add) == 1
            assert not remove
            await again.apply(add, remove)

            async def received_more() -> bool:
                return (await again.dump()).peers[them.public_key].rx_bytes > before.rx_bytes

            await eventually(received_more)
            after = (await again.dump()).peers[them.public_key]
            assert after.latest_handshake == before.latest_handshake
            assert after.endpoint == before.endpoint == f"127.0.0.1:{PORT + 1}"

    async def test_an_interface_with_another_key_is_left_alone(
        self, wireguard: WireGuard, section: GatewaySection
    ) -> None:
        """Another program's WireGuard of that name is refused by name and not touched."""
        await wireguard.apply([peer(2)], [])
        before = await wireguard.dump()
        for backend in (self.backend, Backend.AUTO):
            with pytest.raises(HostProblem) as refusal:
                await choose(replace(section, backend=backend, listen_port=PORT + 5), PrivateKey.generate())
            assert refusal.value.details["key"] == "gateway.interface"
            assert section.interface in str(refusal.value)
        stranger = type(wireguard)(section.interface, PORT, PrivateKey.generate())  # type: ignore[call-arg]
        await stranger.down()
        assert await wireguard.dump() == before

    async def test_an_interface_of_another_kind_is_left_alone(
        self, section: GatewaySection, private_key: PrivateKey
    ) -> None:
        """A bridge of that name is refused, whether or not the backend is named, and is still there."""
        ip("link", "add", section.interface, "type", "bridge")
        for backend in (self.backend, Backend.AUTO):
            with pytest.raises(HostProblem, match="bridge") as refusal:
                await choose(replace(section, backend=backend), private_key)
            assert refusal.value.details["key"] == "gateway.interface"
        assert await link.kind(section.interface) == "bridge"

    async def test_a_taken_port_is_refused_by_name(
        self, section: GatewaySection, private_key: PrivateKey, wireguard: WireGuard
    ) -> None:
        """A second interface on the same port is refused with gateway.listen_port."""
        await link.configure(section.interface, [], 1420)
        second = replace(section, interface=f"{section.interface}b")

        async def refused() -> bool:  # wireguard-go opens its socket a moment after its link is up
            other = await choose(second, PrivateKey.generate())
            try:
                await other.up()
            except HostProblem as refusal:
                return bool(refusal.details["key"] == "gateway.listen_port")
            finally:
                await other.down()
            return False

        await eventually(refused)

    async def test_a_vanished_interface_is_noticed_and_repaired(
        self, wireguard: WireGuard, section: GatewaySection
    ) -> None:
        """The interface is lost in several ways. The watch reports each, and the start's own calls repair it."""
        interface, wanted = section.interface, [peer(2)]
        async with notices.watch(interface) as reasons:
            for damage, reason in (
                (["link", "del", interface], "link_deleted"),
                (["link", "set", interface, "down"], "link_down"),
                (["addr", "del", str(ADDRESSES[0]), "dev", interface], "address_removed"),
            ):
                await wireguard.up()
                await link.configure(interface, ADDRESSES, 1420)
                await wireguard.apply(*diff(wanted, await wireguard.dump()))
                ip(*damage)
                async with asyncio.timeout(30):
                    while await anext(reasons) != reason:
                        pass  # because a deleted link is first set down and loses its addresses
            await wireguard.up()
            await link.configure(interface, ADDRESSES, 1420)
            assert diff(wanted, await wireguard.dump()) == ([], [])
        assert set((await link.addresses(interface))[0]) == {ADDRESSES[0].ip}

    async def test_a_refused_change_names_a_log_line_and_no_key(
        self, wireguard: WireGuard, section: GatewaySection, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Applying to an interface that is gone raises ApplyFailed; its number is in the log, keys are not."""
        await wireguard.down()
        them = peer(2)
        with pytest.raises(ApplyFailed) as failure:
            await wireguard.apply([them], [])
        assert failure.value.details["log_id"] in caplog.text
        assert them.preshared_key
        for secret in (str(them.preshared_key), them.preshared_key.raw.hex()):
            assert secret not in caplog.text + str(failure.value) + repr(failure.value.__cause__) + repr(them)

    async def test_down_leaves_nothing(self, wireguard: WireGuard, section: GatewaySection) -> None:
        """After `down` there is no link, no socket and no daemon, and a second `down` is no error."""
        await wireguard.down()
        await wireguard.down()
        assert await link.kind(section.interface) is None
        assert f"{section.interface}.sock" not in _sockets()
        assert not _daemons(section.interface)


class TestUserspace(BackendContract):
    backend = Backend.USERSPACE
    kind = "tun"

    async def test_the_daemon_outlives_a_killed_gateway(self, section: GatewaySection, private_key: PrivateKey) -> None:
        """wireguard-go started by a process that is killed with -9 goes on, and is adopted with its peers."""
        script = (
            "import asyncio, os, sys\n"
            "from gateway.keys import PrivateKey, new_preshared_key\n"
            "from gateway.wireguard.userspace import UserspaceWireGuard\n"
            "from gateway.wireguard.device import WgPeer\n"
            "async def main():\n"
            f"    w = UserspaceWireGuard({section.interface!r}, {PORT}, PrivateKey.parse(sys.stdin.read()))\n"
            "    await w.up()\n"
            "    await w.apply([WgPeer(PrivateKey.generate().public_key, new_preshared_key(), ())], [])\n"
            "    os.killpg(0, 9)\n"
            "asyncio.run(main())\n"
        )
        assert _run_python(script, private_key.reveal()) == -signal.SIGKILL
        (pid,) = _daemons(section.interface)
        wireguard = await choose(replace(section, backend=Backend.AUTO), private_key)
        await wireguard.up()
        assert len((await wireguard.dump()).peers) == 1
        assert _daemons(section.interface) == [pid]
        await wireguard.down()

    async def test_a_killed_daemon_is_replaced(self, wireguard: WireGuard, section: GatewaySection) -> None:
        """wireguard-go dies of SIGKILL and leaves its socket: the watch says so and `up` starts another."""
        async with notices.watch(section.interface) as reasons:
            (pid,) = _daemons(section.interface)
            os.kill(pid, signal.SIGKILL)
            async with asyncio.timeout(10):
                assert await anext(reasons) == "link_deleted"
            await wireguard.up()
            assert (await wireguard.dump()).listen_port == PORT
        await wireguard.down()

    async def test_a_hung_daemon_is_killed_by_down(
        self, wireguard: WireGuard, section: GatewaySection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A daemon that neither answers nor ends on SIGTERM is gone after `down` all the same."""
        monkeypatch.setattr(userspace, "_ANSWER_S", 0.2)
        monkeypatch.setattr(userspace, "_TERMINATE_S", 0.2)
        (pid,) = _daemons(section.interface)
        os.kill(pid, signal.SIGSTOP)

        async def stopped() -> bool:  # because a signal stops one thread after the other
            return all("State:\tT" in status for status in _statuses(pid))

        await eventually(stopped)
        with pytest.raises(ApplyFailed):
            await wireguard.dump()
        await wireguard.down()
        await self.test_down_leaves_nothing(wireguard, section)

    async def test_a_name_used_in_another_namespace_is_refused(
        self, wireguard: WireGuard, section: GatewaySection, private_key: PrivateKey
    ) -> None:
        """wireguard-go's socket exists once for each name and machine. The other namespace's daemon goes on."""
        with fresh_network(), ThreadPoolExecutor() as threads:
            asyncio.get_running_loop().set_default_executor(threads)  # so that each thread is outside of the namespace
            other = await choose(section, private_key)
            with pytest.raises(HostProblem, match="another wireguard-go") as refusal:
                await other.up()
            assert refusal.value.details["key"] == "gateway.interface"
            await other.down()
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        assert (await wireguard.dump()).listen_port == PORT

    async def test_an_ending_daemon_is_waited_for(
        self, section: GatewaySection, private_key: PrivateKey, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A daemon whose socket is gone and whose link is about to go is not foreign: `up` starts another."""
        ip("tuntap", "add", "dev", section.interface, "mode", "tun")
        get = UserspaceWireGuard._get

        async def last_moment(wireguard: UserspaceWireGuard, only: Set[Key] | None = None) -> DeviceState:
            try:
                return await get(wireguard, only)
            except FileNotFoundError:
                asyncio.get_running_loop().call_soon(ip, "link", "del", section.interface)
                raise

        monkeypatch.setattr(UserspaceWireGuard, "_get", last_moment)
        wireguard = UserspaceWireGuard(section.interface, PORT, private_key)
        await wireguard.up()
        assert (await wireguard.dump()).listen_port == PORT

    async def test_a_tun_device_without_wireguard_go_is_refused(
        self, section: GatewaySection, private_key: PrivateKey
    ) -> None:
        """Another program's tun device of that name is not touched."""
        ip("tuntap", "add", "dev", section.interface, "mode", "tun")
        with pytest.raises(HostProblem, match="no wireguard-go answers") as refusal:
            await choose(section, private_key)
        assert refusal.value.details["key"] == "gateway.interface"
        assert await link.kind(section.interface) == "tun"

    async def test_auto_takes_what_the_host_has(self, section: GatewaySection, private_key: PrivateKey) -> None:
        """`auto` is the kernel's where there is one, else wireguard-go; and the probe leaves no link."""
        chosen = await choose(replace(section, backend=Backend.AUTO), private_key)
        assert isinstance(chosen, KernelWireGuard if has_kernel_wireguard() else UserspaceWireGuard)
        assert os.listdir("/proc/self/net/dev_snmp6") == ["lo"]

    async def test_without_any_backend_the_refusal_says_what_to_do(
        self, section: GatewaySection, private_key: PrivateKey, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No wireguard-go on PATH: gateway.backend is refused with the package to install."""
        monkeypatch.setenv("PATH", "/nonexistent")
        with pytest.raises(HostProblem, match="apt-get install") as refusal:
            await choose(section, private_key)
        assert refusal.value.details["key"] == "gateway.backend"


async def _keep_calling(interface: str, peer: Key) -> None:
    """Make a wireguard-go send that peer a keepalive every second, which begins with a handshake."""
    reader, writer = await asyncio.open_unix_connection(f"/var/run/wireguard/{interface}.sock")
    endpoint = f"endpoint=127.0.0.1:{PORT}\npersistent_keepalive_interval=1\n"
    writer.write(f"set=1\npublic_key={peer.raw.hex()}\nupdate_only=true\n{endpoint}\n".encode())
    assert await reader.readline() == b"errno=0\n"
    writer.close()


def _run_python(script: str, stdin: str) -> int:
    command = [sys.executable, "-c", script]
    return subprocess.run(command, input=stdin, text=True, start_new_session=True).returncode


def _clean_up(interface: str) -> None:
    """Continue a daemon that a failed test left stopped."""
    for pid in _daemons(interface):
        os.kill(pid, signal.SIGKILL)
    Path(f"/var/run/wireguard/{interface}.sock").unlink(missing_ok=True)


def _statuses(pid: int) -> list[str]:
    return [thread.read_text() for thread in Path(f"/proc/{pid}/task").glob("*/status")]


def _sockets() -> list[str]:
    return [path.name for path in Path("/var/run/wireguard").glob("*.sock")]


def _daemons(interface: str) -> list[int]:
    """Return the pids of that interface's wireguard-go. A dead one that is not reaped has no command line."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cmdline").read_bytes().split(b"\0")[-2:] == [interface.encode(), b""]:
                found.append(int(process.name))
    return found
