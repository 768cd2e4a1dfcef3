"""The host around us: where its way out is, and the settings of its kernel we borrow."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from gateway import link, sysctl
from gateway.config import Config
from gateway.errors import ConfigError
from gateway.model import Desired
from gateway.ruleset import Network
from gateway.store import Store

log = logging.getLogger(__name__)
_RESOLVE_S = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplink:
    """The way out as found. `address` is what players and peers type; `public4` is None while it does not resolve."""

    interface: str
    address: str
    public4: IPv4Address | None
    public6: IPv6Address | None
    ipv4: tuple[IPv4Address, ...]
    ipv6: tuple[IPv6Address, ...]

    @property
    def local_addresses(self) -> list[IPv4Address | IPv6Address]:
        return [*self.ipv4, *self.ipv6]

    def network(self, config: Config) -> Network:
        section = config.gateway
        return Network(
            interface=section.interface,
            uplinks=(self.interface,),
            listen_port=section.listen_port,
            subnet4=section.subnet4,
            subnet6=section.network6,
            address4=section.address4,
            address6=section.address6,
            public4=self.public4,
            public6=self.public6,
            source4=self.ipv4[0] if self.ipv4 else None,
            source6=self.ipv6[0] if self.ipv6 else None,
            isolate_peers=config.policy.isolate_peers,
        )


class Host:
    """Borrowed settings are noted in the store before they are changed, so a crash does not forget them."""

    def __init__(self, config: Config, store: Store) -> None:
        self._config = config
        self._store = store
        self._settings: dict[str, str] = {}

    async def find_uplink(self) -> Uplink:
        """Raise ConfigError when there is no way out or no address to tell players."""
        section = self._config.gateway
        interface = section.public_interface or await link.default_route_interface()
        if interface is None:
            problem = "cannot be found: this host has no default route; name the interface"
            raise ConfigError(key="gateway.public_interface", problem=problem)
        if await link.kind(interface) is None:
            problem = f"{interface} does not exist; `ip link` lists those that do"
            raise ConfigError(key="gateway.public_interface", problem=problem)
        ipv4, ipv6 = await link.addresses(interface)
        if section.public_address is None and not ipv4:
            problem = f"must be set: {interface} has no IPv4 address"
            raise ConfigError(key="gateway.public_address", problem=problem)
        address = str(section.public_address or ipv4[0])
        return Uplink(
            interface=interface,
            address=address,
            public4=await _resolve(address),
            public6=section.public_address6 or (ipv6[0] if ipv6 else None),
            ipv4=tuple(ipv4),
            ipv6=tuple(ipv6),
        )

    async def prepare(self, uplink: Uplink) -> None:
        """Switch forwarding on where it is off."""
        ipv6 = self._config.gateway.network6 is not None
        self._settings = await asyncio.to_thread(sysctl.wanted, [uplink.interface], ipv6=ipv6)
        noted = await self._noted("sysctl")
        boot_id = await asyncio.to_thread(sysctl.boot_id)
        if noted.get("boot_id") != boot_id:
            noted = {"boot_id": boot_id, "found": {}}
        present = await asyncio.to_thread(lambda: {name: sysctl.read(name) for name in self._settings})
        differing = {name: value for name, value in present.items() if value not in (None, self._settings[name])}
        if differing:
            # What was found first counts: a second find is what someone set while we were running.
            noted["found"] = {**differing, **noted["found"]}
            await self._store.set_note("sysctl", json.dumps(noted))
            await asyncio.to_thread(sysctl.write_all, {name: self._settings[name] for name in differing})

    async def reserve_ports(self, desired: Desired) -> None:
        """Keep the host's own sockets off forwarded ports (they do not bind masquerade, see table.py)."""
        ours = {port for forward in desired.forwards.values() for port in forward.ports}
        before = sysctl.parse_ports(await self._store.note("reserved_ports") or "")
        current = await asyncio.to_thread(sysctl.reserved_ports)
        merged, added = sysctl.merge_ports(current, before, ours)
        # The note covers what is in the kernel at every moment, so a crash in between leaves nothing behind.
        if added - before:
            await self._store.set_note("reserved_ports", sysctl.format_ports(added | before))
        if merged != current:
            await asyncio.to_thread(sysctl.write_reserved_ports, merged)
        if before - added:
            await self._store.set_note("reserved_ports", sysctl.format_ports(added))

    async def has_drifted(self, desired: Desired) -> bool:
        """Reports whether someone changed a borrowed setting."""

        def look() -> bool:
            ports = {port for forward in desired.forwards.values() for port in forward.ports}
            changed = any(sysctl.read(name) != value for name, value in self._settings.items())
            return changed or not ports <= sysctl.reserved_ports()

        return await asyncio.to_thread(look)

    async def restore(self) -> None:
        """Put everything borrowed back as it was found."""
        await self.reserve_ports(Desired())
        found = (await self._noted("sysctl")).get("found", {})
        await asyncio.to_thread(sysctl.write_all, found)
        await self._store.set_note("sysctl", "{}")

    async def _noted(self, name: str) -> dict[str, Any]:
        text = await self._store.note(name)
        return dict(json.loads(text)) if text else {}


async def _resolve(address: str) -> IPv4Address | None:
    """The IPv4 address players reach, when `address` is one or a name that resolves now."""
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
    return IPv4Address(found[0][4][0])
