"""`guildgate courier --config FILE [--user NAME]`: read the secrets, drop privileges, then carry requests."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from nats.aio.client import Client

from gateway import config, service
from gateway.bus import access
from gateway.bus.link import Link
from gateway.bus.told import Entry
from gateway.config import Config
from gateway.courier.courier import Courier
from gateway.courier.kept import KeptTransport
from gateway.courier.log import Log
from gateway.courier.presence import Presence
from gateway.version import own


def main(argv: Sequence[str] | None = None) -> int:
    return service.main("courier", "Carry requests from the fleet's bus to the gateway.", prepare, argv)


def prepare(found: Config, user: str | None) -> service.Serve:
    """Read the secrets. Raise ConfigError."""
    if found.fleet is None or not found.fleet.region:
        raise config.bad("fleet.region", "is missing; config.example.toml shows the section")
    link = Link(found.fleet, access.read(found.fleet, found.fleet.region))
    service.warm_up(["concurrent.futures.thread", "encodings.idna"])  # for asyncio's name lookups
    entry = Entry(
        region=found.fleet.region,
        public_address=str(found.gateway.public_address or ""),
        subnet4=found.gateway.subnet4,
        subnet6=found.gateway.network6,
        version=own(),
    )
    return partial(serve, link, entry, found.gateway.socket)


async def serve(link: Link, entry: Entry, gateway: Path) -> None:
    """Carry requests until cancelled."""

    async def use(client: Client) -> None:
        presence = Presence(client, entry, gateway)
        with closing(KeptTransport(gateway)) as transport:
            async with asyncio.TaskGroup() as tasks:
                courier, log = Courier(client, entry.region, transport), Log(client, entry.region, transport)
                for work in (courier.serve, log.follow, presence.pulse, presence.enter):
                    tasks.create_task(work())

    await link.run(use)


if __name__ == "__main__":
    sys.exit(main())
