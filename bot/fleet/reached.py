"""The regions of the configuration, each with the way to its gateway: over the bus, or by the socket on the own host.

Only a bot with [fleet] imports this, and with it the client of the bus.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bot.fleet.bus import Bus, BusTransport
from bot.fleet.fleet import Fleet
from bot.fleet.region import Member
from gateway import trust
from gateway.api.client import GatewayClient
from gateway.api.signed import Sealer
from gateway.api.transport import SocketTransport
from gateway.bus import access, subjects
from gateway.bus.link import Link
from gateway.config import FleetSection
from gateway.trust import BotTrust


class Reached:
    """The fleet, and the connection that has to run for it."""

    def __init__(self, section: FleetSection, socket: Path) -> None:
        """Read the secrets; `socket` is that of the gateway on this host. Raise ConfigError."""
        known = trust.read(BotTrust, section.key_file)
        names = {each.name for each in known.regions}
        self.bus = Bus(Link(section, access.read(section, subjects.BOT)), names, serves=self._hear)
        self.fleet = Fleet([*_beside(section, socket), *_afar(known, self.bus)])

    def _hear(self, region: str) -> None:
        """Take a region's word that its gateway serves, which saves the wait until the next try."""
        for each in self.fleet.all:
            if each.name == region:
                each.live.hear()


def _beside(section: FleetSection, socket: Path) -> Iterator[Member]:
    """Yield the gateway that stood alone before there was a fleet. Its ids stay as they were."""
    if section.beside:
        yield Member(name=section.beside, number=0, gateway=GatewayClient(SocketTransport(socket)))


def _afar(known: BotTrust, bus: Bus) -> Iterator[Member]:
    for each in known.regions:
        transport = BusTransport(bus, each.name, Sealer(known.key, each.name, each.key))
        told = partial(bus.entry, each.name)
        yield Member(name=each.name, number=each.number, gateway=GatewayClient(transport), entry=told)
