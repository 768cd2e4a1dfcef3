"""A fleet as `guildgate fleet add` makes it, on a real nats-server with the configuration that comes of it."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from nats.aio.client import Client

from gateway import config
from gateway.bus import subjects
from gateway.bus.access import Access
from gateway.bus.keyed import KeyedClient
from gateway.bus.nkey import UserKey
from gateway.codec import decode
from gateway.config import FleetSection
from gateway.enrolment.fleet import Fleet, access_of
from gateway.enrolment.line import Invitation
from tests.natsserver import NatsServer

ADDRESS = "127.0.0.1"


@dataclass
class Enrolled:
    """The bot's host, and what the regions were invited by."""

    folder: Path
    port: int
    invitations: dict[str, Invitation] = field(default_factory=dict)
    address: str = ADDRESS

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def section(self) -> FleetSection:
        section = config.load(self.config).fleet
        assert section
        return section

    @property
    def fleet(self) -> Fleet:
        return Fleet(self.section)

    @property
    def server(self) -> NatsServer:
        return self._server

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        files = f'bus_file = "{self.folder}/bus.key"\nkey_file = "{self.folder}/fleet.key"\n'
        self.config.write_text(f'[fleet]\nservers = ["tls://{self.address}:{self.port}"]\n{files}')
        self._server = NatsServer("server", self.folder / "nats", self.address, self.port)

    def add(self, *regions: str) -> None:
        for region in regions:
            self.invitations[region] = self.fleet.add(region, store=self.folder / "store")

    def access(self, client: str) -> Access:
        if client == subjects.BOT:
            return decode(Access, json.loads(self.section.bus_file.read_text()))
        return access_of(self.invitations[client])

    @asynccontextmanager
    async def client(self, name: str, refusals: list[str] | None = None) -> AsyncIterator[Client]:
        """Connect to the first server with the secrets of a client. `refusals` gets what the server complains of."""
        access = self.access(name)
        made = KeyedClient(UserKey.parse(access.seed))

        async def complain(error: Exception) -> None:
            if refusals is not None:
                refusals.append(str(error))

        await made.connect(
            [f"tls://{self.address}:{self.port}"],
            nkeys_seed_str=access.seed,
            tls=access.tls(),
            inbox_prefix=subjects.inbox(name),
            error_cb=complain,
            allow_reconnect=False,
        )
        try:
            yield made
        finally:
            await made.close()


@asynccontextmanager
async def enrolled(
    folder: Path, regions: Sequence[str] = ("eu", "us"), address: str = ADDRESS
) -> AsyncIterator[Enrolled]:
    """Add the regions, and run the server for the length of the block."""
    with socket.socket() as free:
        free.bind((address, 0))
        made = Enrolled(folder, free.getsockname()[1], address=address)
    made.add(*regions)
    try:
        await made.server.start()
        yield made
    finally:
        await made.server.stop()
        print(made.server.output[-20_000:])
