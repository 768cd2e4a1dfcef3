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
from gateway.bus import access, subjects
from gateway.bus.link import Link
from gateway.bus.told import Entry
from gateway.config import Config
from gateway.courier.courier import Courier
from gateway.courier.kept import KeptTransport
from gateway.courier.log import Log
from gateway.courier.pair import Pair
from gateway.courier.presence import Presence
from gateway.version import own


def main(argv: Sequence[str] | None = None) -> int:
    return service.main("courier", "Carry requests from the fleet's bus to the gateway.", prepare, argv)


def prepare(found: Config, user: str | None) -> service.Serve:
    """Read the secrets. Raise ConfigError."""
    if found.fleet is None or not found.fleet.region:
        raise config.bad("fleet.region", "is missing; config.example.toml shows the section")
    region = found.fleet.region
    let_in = access.read(found.fleet, region, subjects.standby(region))
    link = Link(found.fleet, let_in)
    service.warm_up(["concurrent.futures.thread", "encodings.idna"])  # for asyncio's name lookups
    entry = Entry(
        region=region,
        public_address=str(found.gateway.public_address or ""),
        subnet4=found.gateway.subnet4,
        subnet6=found.gateway.network6,
        version=own(),
    )
    pair = Pair(let_in.client, region, found.gateway.socket) if found.fleet.standby else None
    return partial(serve, link, entry, found.gateway.socket, let_in.client, pair)


async def serve(link: Link, entry: Entry, gateway: Path, name: str = "", pair: Pair | None = None) -> None:
    """Carry requests until cancelled. `name` is the client's, where that is not the region's.

    `pair` is there where two machines take turns.
    """

    async def use(client: Client) -> None:
        presence = Presence(client, entry, gateway)
        with closing(KeptTransport(gateway)) as transport:
            courier, log = Courier(client, entry.region, transport, name), Log(client, entry.region, transport)
            works = courier.serve, log.follow, presence.pulse, presence.enter
            if pair:
                await pair.take_turns(client, works)
                return
            async with asyncio.TaskGroup() as tasks:
                for work in works:
                    tasks.create_task(work())

    await link.run(use)


if __name__ == "__main__":
    sys.exit(main())
