"""The host around us: where its way out is, and the settings of its kernel we borrow."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from gateway.config import Config, Service
from gateway.errors import ConfigError, NotSaved
from gateway.host import link, sysctl, uplink
from gateway.model import Desired, PortRange, Protocol
from gateway.network import FloodLimits, Network, Uplink
from gateway.state.store import Store

log = logging.getLogger(__name__)
_RESOLVE_S = 5
_NAMES = (Service(Protocol.TCP, PortRange(53, 53)), Service(Protocol.UDP, PortRange(53, 53)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The ways out as found. `address` is what players and peers type; `public4` is None while it does not resolve.

    `outer`: every address on the ways out. `is_resolver`: peers are told to ask this host for names.
    """

    uplinks: tuple[Uplink, ...]
    address: str
    public4: IPv4Address | None
    public6: IPv6Address | None
    outer: tuple[IPv4Address | IPv6Address, ...]
    is_resolver: bool = False

    def network(self, config: Config) -> Network:
        section, policy = config.gateway, config.policy
        return Network(
            interface=section.interface,
            uplinks=self.uplinks,
            listen_port=section.listen_port,
            mtu=section.mtu,
            subnet4=section.subnet4,
            subnet6=section.network6,
            address4=section.address4,
            address6=section.address6,
            public4=self.public4,
            public6=self.public6,
            isolate_peers=policy.isolate_peers,
            flood=FloodLimits(policy.new_flows_per_second, policy.flows_per_source, policy.flows_per_forward),
            services=policy.gateway_services + (_NAMES if self.is_resolver else ()),
            peer_interfaces=tuple(entry for entry in policy.peer_networks if isinstance(entry, str)),
            peer_networks=tuple(entry for entry in policy.peer_networks if not isinstance(entry, str)),
            resolvers=section.dns,
        )


class Host:
    """Borrowed settings are noted in the store before they are changed, so a crash does not forget them."""

    def __init__(self, config: Config, store: Store) -> None:
        self._config = config
        self._store = store
        self._settings: dict[str, str] = {}
        self._kept: set[IPv4Address | IPv6Address | None] = set()

    async def look_around(self, before: Surroundings | None = None) -> Surroundings:
        """Raise ConfigError when there is no way out, no address to tell players, or at the start a subnet in the way.

        At the start a line that is missing is a mistake; with what was found `before`, it is one that went down.
        """
        section = self._config.gateway
        lines = await uplink.look(section)
        if not lines:
            problem = "cannot be found: this host has no default route; name the interface"
            raise ConfigError(key="gateway.public_interface", problem=problem)
        everyone = await link.all_addresses()
        if before is None and (other := uplink.overlap(section, everyone)):
            problem = f"must be a network of its own: {other}; choose one that nothing here uses"
            raise ConfigError(key="gateway.subnet4 or subnet6", problem=problem)
        missing = [line.interface for line in lines if not line.exists]
        if missing and before is None:
            problem = f"{missing[0]} does not exist; `ip link` lists those that do"
            raise ConfigError(key="gateway.public_interface", problem=problem)
        known = {each.interface: each for each in before.uplinks} if before else {}
        uplinks = tuple(line.uplink(known.get(line.interface)) for line in lines)
        outer = tuple(address for line in lines for address in line.addresses)
        self._warn_of_kept(uplinks, outer)
        first = uplinks[0]
        if section.public_address is None and first.source4 is None:
            problem = f"must be set: {first.interface} has no usable IPv4 address"
            raise ConfigError(key="gateway.public_address", problem=problem)
        address = str(section.public_address or first.source4)
        return Surroundings(
            uplinks=uplinks,
            address=address,
            public4=await _resolve(address, before.public4 if before else None),
            public6=section.public_address6 or first.source6,
            outer=outer,
            is_resolver=not {section.address4, section.address6, *everyone}.isdisjoint(section.dns),
        )

    def _warn_of_kept(self, uplinks: Iterable[Uplink], found: Iterable[IPv4Address | IPv6Address]) -> None:
        """Once, and not whenever we look."""
        kept = {address for each in uplinks for address in (each.source4, each.source6)} - {None, *found}
        for address in kept - self._kept:
            log.warning("the address %s is gone; keeping it until there is another as good, or a restart", address)
        self._kept = kept

    async def prepare(self, surroundings: Surroundings) -> None:
        """Switch forwarding on where it is off."""
        ipv6 = self._config.gateway.network6 is not None
        interfaces = [each.interface for each in surroundings.uplinks]
        self._settings = await asyncio.to_thread(sysctl.wanted, interfaces, ipv6=ipv6)
        noted = await self._noted("sysctl")
        boot_id = await asyncio.to_thread(sysctl.boot_id)
        if noted.get("boot_id") != boot_id:
            noted = {"boot_id": boot_id, "found": {}}
        present = await asyncio.to_thread(lambda: {name: sysctl.read(name) for name in self._settings})
        differing = {name: value for name, value in present.items() if value not in (None, self._settings[name])}
        if differing:
            # What was found first counts: a second find is what someone set while we were running.
            if differing.keys() - noted["found"].keys():
                noted["found"] = {**differing, **noted["found"]}
                await self._store.set_note("sysctl", json.dumps(noted))
            await asyncio.to_thread(sysctl.write_all, {name: self._settings[name] for name in differing})

    async def reserve_ports(self, desired: Desired) -> None:
        """Keep the host's own sockets off forwarded ports (they do not bind masquerade, see table.py)."""
        await self.write_ports(await self.note_ports(desired))
        ours = _ports(desired)
        noted = sysctl.parse_ports(await self._store.note("reserved_ports") or "")
        if noted - ours:
            with suppress(NotSaved):  # a note of too much does no harm until the next time
                await self._store.set_note("reserved_ports", sysctl.format_ports(noted & ours))

    async def note_ports(self, desired: Desired) -> set[int] | None:
        """The first half, for a caller's own transaction: note what will be ours, return what to write after it.

        The note covers what is in the kernel at every moment, so a crash in between leaves nothing behind.
        """
        noted = sysctl.parse_ports(await self._store.note("reserved_ports") or "")
        current = await asyncio.to_thread(sysctl.reserved_ports)
        merged, added = sysctl.merge_ports(current, noted, _ports(desired))
        if added - noted:
            await self._store.set_note("reserved_ports", sysctl.format_ports(added | noted))
        return merged if merged != current else None

    async def write_ports(self, merged: set[int] | None) -> None:
        if merged is not None:
            await asyncio.to_thread(sysctl.write_reserved_ports, merged)

    async def has_drifted(self, desired: Desired) -> bool:
        """Reports whether someone changed a borrowed setting."""

        def look() -> bool:
            ports = _ports(desired)
            changed = any(sysctl.read(name) != value for name, value in self._settings.items())
            return changed or not ports <= sysctl.reserved_ports()

        return await asyncio.to_thread(look)

    async def restore(self) -> None:
        """Put everything borrowed back as it was found, and only then note it: a full disk keeps nothing borrowed."""
        found = (await self._noted("sysctl")).get("found", {})
        try:
            await asyncio.to_thread(sysctl.write_all, found)
        finally:
            await self.reserve_ports(Desired())
        await self._store.set_note("sysctl", "{}")

    async def _noted(self, name: str) -> dict[str, Any]:
        text = await self._store.note(name)
        return dict(json.loads(text)) if text else {}


def _ports(desired: Desired) -> set[int]:
    return {
        port for forward in desired.forwards.values() for port in range(forward.ports.first, forward.ports.last + 1)
    }


async def _resolve(address: str, known: IPv4Address | None) -> IPv4Address | None:
    """The IPv4 address players reach, when `address` is one or a name that resolves now; of several the `known`."""
    try:
        return IPv4Address(address)
    except ValueError:
        pass
    try:
        async with asyncio.timeout(_RESOLVE_S):
            found = await asyncio.get_running_loop().getaddrinfo(address, None, family=socket.AF_INET)
    except (OSError, TimeoutError):
        log.warning("public_address %s does not resolve; friends on the VPN cannot use that name yet", address)
        return None
    answers = [IPv4Address(entry[4][0]) for entry in found]
    return known if known in answers else answers[0]
