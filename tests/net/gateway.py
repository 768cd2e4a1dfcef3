"""The shipped gateway as a process on the VPS of a world."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gateway.api.client import GatewayClient, with_private_key
from gateway.api.contract import Actor, AddForward, GetStatus, Join, RemoveForward, Revoke, Status, Suspend
from gateway.api.transport import SocketTransport
from gateway.demo.tunnel import until
from gateway.demo.world import World
from gateway.errors import GatewayError
from gateway.host import sysctl
from gateway.host.child import stop
from gateway.keys import PrivateKey
from gateway.model import Mode, Protocol, parse_ports
from tests.lab import pass_through

ALICE, BOB = Actor(id="1", name="alice"), Actor(id="2", name="bob")
ADMIN = Actor(id="9", name="root", is_admin=True)
PROGRAM = """\
import importlib, subprocess, sys
for place in {read_only!r}:
    subprocess.run(["mount", "--bind", place, place], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", place], check=True)
from gateway.__main__ import main
{prelude}
for (module, name), value in {changed!r}.items():
    setattr(importlib.import_module(module), name, value)
sys.exit(main())
"""


@dataclass(slots=True)
class Gateway:
    """A gateway. `interface` is unique on the machine, because wireguard-go's socket is named after it.

    `in_full` leaves the program's own times as they are. `prelude` is code that its process runs first. Of `read_only`
    settings under /proc/sys, which may be folders, the process sees read-only mounts, as in a container.
    """

    world: World
    folder: Path
    interface: str = "ggtest0"
    settings: str = ""
    in_full: bool = False
    stderr: int = PIPE
    process: Process | None = None
    changed: dict[tuple[str, str], object] = field(default_factory=dict)
    prelude: str = ""
    read_only: tuple[str, ...] = ()
    client: GatewayClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = GatewayClient(SocketTransport(self.socket))
        pass_through(self.folder)

    @property
    def socket(self) -> Path:
        return self.folder / "run/gateway.sock"

    @property
    def state_dir(self) -> Path:
        return self.folder / "state"

    def write_config(self) -> Path:
        """Write the configuration. `settings` are further lines of [gateway]; they replace ours of the same key."""
        ours = {"interface": self.interface, "state_dir": self.state_dir, "socket": self.socket}
        lines = [f'{key} = "{value}"' for key, value in ours.items() if f"\n{key} = " not in "\n" + self.settings]
        path = self.folder / "config.toml"
        path.write_text("\n".join(["[gateway]", *lines, self.settings]))
        return path

    def set(self, module: str, name: str, value: object) -> None:
        """Set a constant that is no setting, in the next gateway that is started."""
        self.changed[module, name] = value

    def shorten(self, module: str, name: str, value: object) -> None:
        """Set a time that `./test --all` waits for in full."""
        if not self.in_full:
            self.set(module, name, value)

    async def start(self, *options: str) -> None:
        """Return once the gateway answers. Raise RuntimeError with its output when it ends instead."""
        program = ("-m", "gateway")
        if self.changed or self.prelude or self.read_only:
            places = [str(sysctl.path(name)) for name in self.read_only]
            program = ("-c", PROGRAM.format(changed=self.changed, prelude=self.prelude, read_only=places))
        process = await asyncio.create_subprocess_exec(
            *("ip", "netns", "exec", self.world.vps.name),
            *(sys.executable, *program, "gateway", "--config", str(self.write_config()), *options),
            stdin=DEVNULL,
            stderr=self.stderr,
        )
        self.process = process

        async def answers() -> bool:
            if process.returncode is not None:
                assert process.stderr, process.returncode
                raise RuntimeError((await process.stderr.read()).decode().strip())
            try:
                await self.status()
            except GatewayError:
                return False
            return True

        await until(answers, timeout_s=30)

    async def stop(self) -> None:
        if self.process and self.process.returncode is None:
            await stop(self.process)
        if self.process:
            assert self.process.returncode == 0, self.process.returncode

    async def kill(self) -> None:
        assert self.process
        self.process.kill()
        await self.process.wait()
        self.process = None

    def signal(self, number: int) -> None:
        assert self.process
        self.process.send_signal(number)

    async def status(self, actor: Actor = ADMIN) -> Status:
        return await self.client.call(GetStatus(actor=actor, everyone=actor.is_admin))

    async def join(
        self, actor: Actor = ALICE, device: str = "pc", mode: Mode = Mode.FULL, *, ipv4_only: bool = False
    ) -> str:
        """Return the finished config, as a friend would receive it."""
        private_key = PrivateKey.generate()
        public_key = private_key.public_key
        request = Join(actor=actor, device=device, public_key=public_key, mode=mode, ipv4_only=ipv4_only)
        return with_private_key(await self.client.call(request), private_key)

    async def forward(
        self,
        ports: int | str,
        actor: Actor = ALICE,
        protocol: Protocol = Protocol.BOTH,
        to_port: int | None = None,
        device: str | None = None,
    ) -> None:
        await self.client.call(
            AddForward(
                actor=actor,
                ports=parse_ports(str(ports)),
                protocol=protocol,
                to_port=to_port,
                device=device,
            )
        )

    async def unforward(self, ports: int | str, actor: Actor = ALICE) -> None:
        await self.client.call(RemoveForward(actor=actor, ports=parse_ports(str(ports))))

    async def revoke(self, owner: Actor = ALICE, actor: Actor = ADMIN) -> None:
        await self.client.call(Revoke(actor=actor, owner=owner.id))

    async def make_writable(self) -> None:
        """Let the running process write the settings again."""
        assert self.process
        for name in self.read_only:
            arguments = ("-o", "remount,bind,rw", str(sysctl.path(name)))
            await self.run("nsenter", "--mount", "--root", "--target", str(self.process.pid), "mount", *arguments)

    async def suspend(self, owner: Actor = ALICE, *, is_so: bool = True) -> None:
        await self.client.call(Suspend(actor=ADMIN, owner=owner.id, suspended=is_so))

    async def nft(self, *arguments: str) -> str:
        return await self.run("nft", *arguments)

    async def run(self, *argv: str) -> str:
        """Return the output of a command on the VPS. Raise RuntimeError when it fails."""
        return await self.world.vps.run(*argv)

    def read_sysctl(self, name: str) -> str:
        return self.world.vps.call(lambda: Path("/proc/sys/net", name).read_text().strip())


@asynccontextmanager
async def gateway_in(
    world: World, folder: Path, settings: str = "", *, in_full: bool = False
) -> AsyncIterator[Gateway]:
    """Yield a gateway that is not started yet. It is always stopped at the end."""
    gateway = Gateway(world, folder, settings=settings, in_full=in_full)
    try:
        yield gateway
    finally:
        if gateway.process and gateway.process.returncode is None:
            await stop(gateway.process)
