"""A machine with systemd in the place of a world's VPS: booted, rebooted, and with its power cut."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path

from gateway.demo.tunnel import until
from gateway.demo.world import World
from tests.terminal import Terminal, at_terminal

_BOOT = Path(__file__).parents[2] / ".ci/machine"
_ENVIRON = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "TERM": "dumb",
    # What `./run install` needs of Python lies in the root, because the machine's Internet is the world's.
    "PIP_NO_INDEX": "1",
    "PIP_FIND_LINKS": "/wheels",
}
_REBOOTED = -signal.SIGHUP  # by which reboot(2) ends the first process of a PID namespace
# With the addresses that the world gives its VPS.
_NETWORK = """\
[Match]
Name=eth0
[Network]
Address=203.0.113.1/24
Address=2001:db8:1::1/64
Gateway=203.0.113.254
Gateway=2001:db8:1::fe
IPv6AcceptRA=no
IPv6DuplicateAddressDetection=0
"""


class Machine:
    """A root with systemd. `late_s` is when its network cable is plugged in after each boot; None is never."""

    def __init__(self, root: Path, world: World) -> None:
        self.root, self.late_s = root, 0.0
        self._world = world
        self._process: Process | None = None
        self._pid = 0  # of its first process
        self._group = Path()
        self._cable: asyncio.Task[None] | None = None

    async def up(self) -> None:
        """Boot it. Return once its first process runs."""
        (self.root / "etc/systemd/network").mkdir(parents=True, exist_ok=True)
        (self.root / "etc/systemd/network/eth0.network").write_text(_NETWORK)
        await _run("chroot", self.root, "systemctl", "enable", "-q", "systemd-networkd", "systemd-networkd-wait-online")
        await self._boot()

    async def settled(self, timeout_s: float = 120) -> str:
        """Wait for the end of the boot, and return systemd's word for it: running or degraded."""

        async def state() -> str:
            found = (await self._nsenter("systemctl", "is-system-running"))[1].strip()
            return found if found in ("running", "degraded") else ""

        return await until(state, timeout_s=timeout_s)

    async def run(self, *argv: str | Path, stdin: str = "") -> str:
        """Run a command in it as root and return its output. Raise RuntimeError with its complaint."""
        code, out, complaint = await self._nsenter(*argv, stdin=stdin)
        if code:
            raise RuntimeError(f"{' '.join(map(str, argv))}: code {code}: {out} {complaint}")
        return out

    def at_terminal(self, *argv: str, **environ: str) -> AbstractAsyncContextManager[Terminal]:
        """Run a command in it as root, at a terminal."""
        return at_terminal(*argv, within=self._into(environ))

    async def journal(self) -> str:
        """Return what the services wrote in this boot and those before."""
        return (await self._nsenter("journalctl", "--no-pager", "--unit", "guildgate-*"))[1]

    async def reboot(self) -> None:
        """Reboot it from inside. Return once the first process of the next boot runs."""
        await self._nsenter("systemctl", "reboot")
        assert await self._ended() == _REBOOTED
        await self._boot()

    async def crash(self) -> None:
        """Cut its power and give it back. Return once the first process of the next boot runs."""
        os.kill(self._pid, signal.SIGKILL)
        await self._ended()
        await self._boot()

    async def down(self) -> None:
        """Shut it down; cut its power when that takes too long."""
        if self._process is None:
            return
        await self._nsenter("systemctl", "poweroff")
        try:
            async with asyncio.timeout(30):
                await self._ended()
        except TimeoutError:
            os.kill(self._pid, signal.SIGKILL)
            await self._ended()

    async def _boot(self) -> None:
        groups = await _run("findmnt", "-rn", "-t", "cgroup2", "-o", "TARGET")
        self._group = Path(groups.split()[0], f"guildgate-{secrets.token_hex(4)}")
        self._group.mkdir()
        with (self.root / "console").open("wb") as console:
            self._process = await asyncio.create_subprocess_exec(
                _BOOT, self.root, self._group, stdin=DEVNULL, stdout=console, stderr=console, start_new_session=True
            )
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")

        async def first() -> int:
            with suppress(FileNotFoundError):
                return int(children.read_text() or 0)
            raise RuntimeError((self.root / "console").read_text())

        self._pid = await until(first)
        await self._connect()
        self._cable = asyncio.get_running_loop().create_task(self._plug_in())

    async def _connect(self) -> None:
        """Lay a cable from the world to the machine, with the router's addresses at its end."""
        inet = self._world.inet
        with suppress(RuntimeError):  # the world's own VPS, or the boot before
            await inet.run("ip", "link", "delete", "vps")
        await inet.run("ip", "link", "add", "vps", "type", "veth", "peer", "name", "eth0", "netns", str(self._pid))
        for address in ("203.0.113.254/24", "2001:db8:1::fe/64"):
            nodad = ["nodad"] if ":" in address else []
            await inet.run("ip", "address", "add", address, "dev", "vps", *nodad)

    async def _plug_in(self) -> None:
        await asyncio.sleep(self.late_s)
        await self._world.inet.run("ip", "link", "set", "vps", "up")

    async def _ended(self) -> int:
        assert self._process
        assert self._cable
        code = await self._process.wait()
        self._cable.cancel()
        await asyncio.wait([self._cable])
        self._process = None
        for path in (*sorted(self._group.glob("**/"), reverse=True), self._group):
            with suppress(FileNotFoundError):
                path.rmdir()
        return code

    async def _nsenter(self, *argv: str | Path, stdin: str = "") -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            *self._into({}), *map(str, argv), stdin=PIPE, stdout=PIPE, stderr=PIPE
        )
        out, complaint = await process.communicate(stdin.encode())
        return process.returncode or 0, out.decode(errors="replace"), complaint.decode(errors="replace")

    def _into(self, environ: Mapping[str, str]) -> tuple[str, ...]:
        enter = ("nsenter", "-t", str(self._pid), "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w", "--", "env", "-i")
        return (*enter, *(f"{name}={value}" for name, value in {**_ENVIRON, **environ}.items()))


async def _run(*argv: str | Path) -> str:
    process = await asyncio.create_subprocess_exec(*map(str, argv), stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
    out, complaint = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{' '.join(map(str, argv))}: {complaint.decode()}")
    return out.decode()
