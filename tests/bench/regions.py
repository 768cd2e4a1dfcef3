"""Gateways of several regions in one process, for the benchmark `fleet`, as `python -m tests.bench.regions FILE`.

Each has the real planner, store, operations and API on a socket of its own, with signatures. The real courier code
connects each to the bus. Its kernel is one in memory, and its database a file. The process ends with its stdin.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Network
from pathlib import Path

from gateway.api import server
from gateway.api.carried import Courier
from gateway.api.contract import Actor, Join
from gateway.api.signed import Bot, Signatures
from gateway.bus.access import Access
from gateway.bus.link import Link
from gateway.bus.told import Entry
from gateway.codec import decode
from gateway.config import BusServer, Config, FleetSection, PolicySection
from gateway.courier import __main__ as courier
from gateway.keys import PrivateKey
from tests.unit.running import a_kernel, running

OWNER = Actor(id="1", name="alice")
_CONFIG = Config(policy=PolicySection(changes_per_minute=1_000_000))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A region, with the secrets of its gateway and of its courier."""

    name: str
    key: str = field(repr=False)
    seed: str = field(repr=False)

    def socket(self, folder: Path) -> Path:
        return folder / f"{self.name}.sock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The regions of one process."""

    folder: str
    bot: str
    servers: tuple[str, ...]
    places: tuple[Place, ...]


async def run(wanted: Places) -> None:
    """Serve until stdin ends."""
    section = FleetSection(servers=tuple(map(BusServer.parse, wanted.servers)))
    folder, bots = Path(wanted.folder), (Bot.parse(wanted.bot),)
    async with AsyncExitStack() as stack:
        tasks = []
        for place in wanted.places:
            path = place.socket(folder)
            gateway = await stack.enter_async_context(running(folder / f"{place.name}.db", a_kernel(_CONFIG), _CONFIG))
            await gateway.ask(Join(actor=OWNER, device="pc", public_key=PrivateKey.generate().public_key))
            signatures = Signatures(place.name, PrivateKey.parse(place.key), bots)
            signed = Courier(signatures, lambda: datetime.now(UTC))
            listener = stack.enter_context(server.listen(path, (), courier=signed))
            await stack.enter_async_context(server.serve(listener, gateway.operations.handle))
            link = Link(section, Access(client=place.name, seed=place.seed))
            entry = Entry(
                region=place.name,
                public_address="",
                subnet4=IPv4Network("10.66.0.0/24"),
                subnet6=None,
                version="1.0.0",
            )
            tasks.append(asyncio.create_task(courier.serve(link, entry, path)))
        await asyncio.to_thread(sys.stdin.read)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


if __name__ == "__main__":
    asyncio.run(run(decode(Places, json.loads(Path(sys.argv[1]).read_text()))))
