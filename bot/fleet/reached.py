"""The regions of the fleet, each with the way to its gateway: over the bus, or by the socket on the own host.

Only a bot with [fleet] imports this, and with it the client of the bus.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Never

from bot.fleet.bus import Bus, BusTransport
from bot.fleet.fleet import Fleet
from bot.fleet.log import Log
from bot.fleet.region import Member
from gateway import trust
from gateway.api.client import GatewayClient
from gateway.api.signed import BotKey, Sealer
from gateway.api.transport import SocketTransport
from gateway.bus import access, subjects
from gateway.bus.link import Link
from gateway.config import FleetSection
from gateway.errors import ConfigError
from gateway.trust import BotTrust

log = logging.getLogger(__name__)

LOOK_S = 1.0  # between looks at the file that names the regions


class Reached:
    """The fleet with its log, the connection for both, and the service that learns which regions there are."""

    def __init__(self, section: FleetSection, socket: Path) -> None:
        """Read the secrets; `socket` is that of the gateway on this host. Raise ConfigError."""
        self._path, self._stamp = section.key_file, _stamp(section.key_file)
        self._beside = [*_beside(section, socket)]
        self._afar = dict[trust.Region, Member]()
        self._names = set[str]()
        known = trust.read(BotTrust, self._path)
        link = Link(section, access.read(section, subjects.BOT))
        self.log = Log(known.key, self._names, link.replicas)
        self.bus = Bus(link, self._names, serves=self._hear, written=self.log)
        self.fleet = Fleet(self._members(known))

    async def run(self) -> Never:
        """Have the regions that `guildgate fleet` writes into the file."""
        while True:
            await asyncio.sleep(LOOK_S)
            if (stamp := _stamp(self._path)) != self._stamp:
                self._stamp = stamp
                await self._read()

    async def _read(self) -> None:
        try:
            known = await asyncio.to_thread(trust.read, BotTrust, self._path)
        except ConfigError as error:
            log.warning("the regions stay as they were: %s", error)
            return
        before = self.fleet.regions
        self.fleet.set(self._members(known))
        if (after := self.fleet.regions) != before:
            log.info("the regions are now %s", ", ".join(after) or "none")

    def _members(self, known: BotTrust) -> Sequence[Member]:
        """Return the regions. One that is as it was is the same member, so that nothing disturbs it."""
        self._afar = {each: self._afar.get(each) or _afar(each, known.key, self.bus) for each in known.regions}
        self._names.clear()
        self._names.update(each.name for each in known.regions)
        return [*self._beside, *self._afar.values()]

    def _hear(self, region: str) -> None:
        """Take a region's word that its gateway serves, which saves the wait until the next try."""
        for each in self.fleet.all:
            if each.name == region:
                each.live.hear()


def _stamp(path: Path) -> tuple[int, ...]:
    """Return what differs after each writing of the file; empty for a file that cannot be looked at."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino


def _beside(section: FleetSection, socket: Path) -> Iterator[Member]:
    """Yield the gateway that stood alone before there was a fleet. Its ids stay as they were."""
    if section.beside:
        yield Member(name=section.beside, number=0, gateway=GatewayClient(SocketTransport(socket)))


def _afar(region: trust.Region, key: BotKey, bus: Bus) -> Member:
    transport = BusTransport(bus, region.name, Sealer(key, region.name, region.key))
    told = partial(bus.entry, region.name)
    return Member(name=region.name, number=region.number, gateway=GatewayClient(transport), entry=told)
