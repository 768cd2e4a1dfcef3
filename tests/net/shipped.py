"""One machine with the shipped gateway and courier of a region, as a test sees it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sqlite3
import sys
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from pyroute2 import netns

from gateway import config as configuration
from gateway.api.client import GatewayClient, with_private_key
from gateway.api.contract import Actor, AddForward, GetStatus, Join, Status
from gateway.api.transport import SocketTransport
from gateway.demo.namespace import Namespace
from gateway.demo.tunnel import until
from gateway.doctor.standby import standby
from gateway.errors import GatewayError, GatewayUnreachable, GatewayWaiting
from gateway.keys import PrivateKey
from gateway.model import parse_ports
from gateway.nftables.hush import TABLE
from gateway.standby.kept import Kept
from gateway.trust import GatewayTrust, read
from tests.e2e.service import Service
from tests.net.gateway import ADMIN
from tests.net.region import Line

BUS4 = "172.30.0.1"  # beside the test
PATIENCE_S = 90.0  # for a busy machine


@dataclass
class Machine:
    """One of the two. Its gateway serves or waits."""

    host: Namespace
    folder: Path
    line: Line
    gateway: Service
    courier: Service

    def __post_init__(self) -> None:
        self.api = GatewayClient(SocketTransport(self.folder / "run/gateway.sock"))

    @property
    def config(self) -> Path:
        return self.folder / "etc/config.toml"

    async def start(self) -> None:
        await asyncio.gather(self.gateway.start(), self.courier.start())

    async def stop(self) -> None:
        await self.courier.stop()
        await self.gateway.stop()

    async def cut(self) -> None:
        """Take away the line to the bus."""
        self.line.cut()

    async def mend(self) -> None:
        self.line.mend()
        await self.host.run("ip", "route", "replace", BUS4, "via", self.line.address)

    async def guildgate(self, *arguments: str | Path, said: str = "") -> str:
        return await guildgate(self.host, *arguments, "--config", self.config, said=said)

    async def status(self) -> Status | None:
        """Return the status of a gateway that serves, or None of one that waits. Raise GatewayError."""
        try:
            return await self.api.call(GetStatus(actor=ADMIN, everyone=True))
        except GatewayWaiting:
            return None

    async def serves(self) -> Status:
        """Wait until it does."""

        async def does() -> Status | None:
            assert self.gateway.is_running, self.gateway.output
            try:
                return await self.status()
            except GatewayUnreachable:
                return None

        found = await until(does, timeout_s=PATIENCE_S)
        assert found
        return found

    async def waits(self) -> None:
        """Wait until it does, and has neither tunnel nor table up."""

        async def does() -> bool:
            assert self.gateway.is_running, self.gateway.output
            try:
                return await self.status() is None
            except GatewayUnreachable:
                return False

        await until(does, timeout_s=PATIENCE_S)
        assert await self.leftovers() == f"table inet {TABLE}\n"

    async def leftovers(self) -> str:
        """Return what of a gateway is in the kernel."""
        links = await self.host.run("ip", "-brief", "link", "show")
        tunnels = " ".join(re.findall(r"^ggpair\d", links, re.MULTILINE))
        return tunnels + await self.host.run("nft", "list", "tables")

    async def says(self, pattern: str, *, since: int = 0) -> None:
        async def does() -> bool:
            return re.search(pattern, self.gateway.output[since:]) is not None

        await until(does, timeout_s=PATIENCE_S)

    async def has_copy_with(self, query: str) -> None:
        """Wait until the newest copy that came has a row for this question."""
        section = configuration.load(self.config).fleet
        assert section
        own = read(GatewayTrust, section.key_file)
        secrets = [own.key]
        with suppress(GatewayError):
            secrets.append(read(GatewayTrust, self.folder / "state/fleet.key").key)
        kept = Kept(self.folder / "state", secrets, own.region_key, own.key.public_key)

        async def has() -> bool:
            copy = kept.newest()
            if copy is None:
                return False
            with closing(sqlite3.connect(":memory:")) as db:
                content = copy.content.files["guildgate.db"]
                db.deserialize(content[:18] + b"\1\1" + content[20:])
                return bool(db.execute(query).fetchall())

        await until(has, timeout_s=PATIENCE_S)

    def doctor(self) -> list[str]:
        """Return what the doctor says of it as one of two machines, each with its level."""
        found = self.host.call(lambda: [*standby(configuration.load(self.config))])
        return [f"{finding.level}: {finding.detail}" for finding in found]

    async def join(self, actor: Actor, device: str = "pc") -> str:
        """Return the finished config, as a friend would receive it."""
        key = PrivateKey.generate()
        return with_private_key(await self.api.call(Join(actor=actor, device=device, public_key=key.public_key)), key)

    async def forward(self, port: int, actor: Actor) -> None:
        await self.api.call(AddForward(actor=actor, ports=parse_ports(str(port))))

    async def lose_power(self) -> None:
        """End it all at once, as no program could notice."""
        await self.host.run("ip", "link", "set", "eth0", "down")
        await self.cut()
        for pid in netns.ns_pids().get(self.host.name, ()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for service in (self.gateway, self.courier):
            if service.process:
                await service.process.wait()
                service.process = None

    async def get_power(self) -> None:
        """Boot it again, with the addresses and routes that its network has written down."""
        with suppress(RuntimeError):
            await self.host.run("ip", "link", "delete", self.interface)
        await self.host.run("nft", "flush", "ruleset")
        await self.host.run("conntrack", "-F")
        await self.mend()
        await self.host.run("ip", "link", "set", "eth0", "up")
        await self.host.run("ip", "route", "replace", "default", "via", "203.0.113.254")
        await self.start()

    @property
    def interface(self) -> str:
        return configuration.load(self.config).gateway.interface


async def guildgate(host: Namespace | None, *arguments: str | Path, said: str = "") -> str:
    """Return what a command prints that is typed on a host, or beside the test. Its user is root."""
    inside = ("ip", "netns", "exec", host.name) if host else ()
    process = await asyncio.create_subprocess_exec(
        *(*inside, Path(sys.prefix, "bin/guildgate"), *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, complaint = await process.communicate(said.encode())
    assert process.returncode == 0, complaint.decode()
    return output.decode()
