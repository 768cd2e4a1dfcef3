"""Real nats-servers for tests: one, or three as a cluster, with JetStream and the rights of a fleet's clients."""

from __future__ import annotations

import json
import shutil
import socket
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from nats.aio.client import Client

from gateway.bus import subjects
from gateway.bus.nkey import UserKey
from gateway.demo.tunnel import until
from gateway.host.child import stop

PROGRAM = Path(sys.prefix, "bin/nats-server")  # of the locked wheel
START_S = 60.0  # for a busy machine


@dataclass
class NatsServer:
    """A nats-server. Its ports stay the same when it is started again."""

    name: str
    folder: Path
    address: str
    port: int
    log: Path = field(init=False)
    process: Process | None = None

    def __post_init__(self) -> None:
        self.log = self.folder / f"{self.name}.log"

    @property
    def config(self) -> Path:
        return self.folder / f"{self.name}.json"

    @property
    def store(self) -> Path:
        return self.folder / self.name

    @property
    def url(self) -> str:
        return f"nats://{self.address}:{self.port}"

    @property
    def output(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.returncode is None

    async def start(self) -> None:
        """Return once it takes clients. Raise AssertionError with its output when it ends instead."""
        begin = len(self.output)
        with self.log.open("a") as log:
            argv = (str(PROGRAM), "--config", str(self.config))
            self.process = await create_subprocess_exec(*argv, stdin=DEVNULL, stdout=log, stderr=STDOUT)

        async def listens() -> bool:
            assert self.is_running, self.output[begin:]
            return "Listening for client connections" in self.output[begin:]

        await until(listens, timeout_s=START_S)

    async def stop(self) -> None:
        if self.process and self.process.returncode is None:
            await stop(self.process)

    async def kill(self) -> None:
        assert self.process
        self.process.kill()
        await self.process.wait()

    async def reload(self) -> None:
        """Have it read its configuration again."""
        assert self.process
        begin = len(self.output)
        self.process.send_signal(1)

        async def has_read() -> bool:
            return "Reloaded server configuration" in self.output[begin:]

        await until(has_read, timeout_s=START_S)

    def wipe(self) -> None:
        """Take away all that it has stored. It must not run."""
        assert not self.is_running
        shutil.rmtree(self.store)


@dataclass
class Nats:
    """The servers of a fleet. `keys` are those of its clients: the regions, and `bot`."""

    folder: Path
    servers: list[NatsServer]
    keys: dict[str, UserKey]

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(server.url for server in self.servers)

    def write(self) -> None:
        """Write the configurations anew, for the clients that `keys` has now."""
        routes = [_free_port(server.address) for server in self.servers]
        for server, route in zip(self.servers, routes, strict=True):
            made = _config(server, self.keys)
            if len(routes) > 1:
                addresses = [f"nats://{each.address}:{port}" for each, port in zip(self.servers, routes, strict=True)]
                made["cluster"] = {"name": "fleet", "listen": f"{server.address}:{route}", "routes": addresses}
            server.config.write_text(json.dumps(made))

    async def start(self) -> None:
        for server in self.servers:
            if not server.is_running:
                await server.start()

    async def kill(self) -> None:
        """Kill all servers."""
        for server in self.servers:
            if server.is_running:
                await server.kill()


@asynccontextmanager
async def nats(
    folder: Path, regions: Sequence[str] = ("eu", "us"), *, size: int = 1, address: str = "127.0.0.1"
) -> AsyncIterator[Nats]:
    """Run `size` servers on `address` for the length of the block."""
    folder.mkdir(parents=True)
    servers = [NatsServer(f"n{number}", folder, address, _free_port(address)) for number in range(1, size + 1)]
    made = Nats(folder, servers, {client: UserKey.generate() for client in (subjects.BOT, *regions)})
    made.write()
    try:
        await made.start()
        yield made
    finally:
        for server in servers:
            await server.stop()
            print(f"{server.name}:", server.output[-20_000:])


def _config(server: NatsServer, keys: dict[str, UserKey]) -> dict[str, object]:
    users = [
        {
            "nkey": key.public,
            "permissions": subjects.of_bot()
            if client == subjects.BOT
            else subjects.of_gateway(_region(client), client),
        }
        for client, key in keys.items()
    ]
    return {
        "server_name": server.name,
        "listen": f"{server.address}:{server.port}",
        "max_payload": 8 << 20,
        "ping_interval": "5s",
        "ping_max": 2,
        "jetstream": {"store_dir": str(server.store), "sync_interval": "always"},
        "authorization": {"users": users},
    }


def _region(client: str) -> str:
    """Return the region that a client is of. Its name ends before an underscore; see `subjects.standby`."""
    return client.partition("_")[0]


def _free_port(address: str) -> int:
    with socket.socket() as made:
        made.bind((address, 0))
        return int(made.getsockname()[1])


async def settle(*clients: Client) -> None:
    """Wait until the servers have what was sent. nats-py pings before it sends what waits, so it pings twice."""
    for client in clients:
        await client.flush()
        await client.flush()
