"""The real host: rtnetlink, sock_diag, /proc/sys and the system's resolver."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from ipaddress import IPv4Address

from gateway.host import counts, link, listeners, names, sysctl
from gateway.host.host import FlowCounts, LinkCounts
from gateway.host.netlink import in_thread
from gateway.host.uplink import Line
from gateway.host.writes import Writes

_RESOLVE_S = 5  # seconds


class KernelHost:
    """The protocol of host.py on the running kernel."""

    default_route_interface = staticmethod(link.default_route_interface)
    interfaces = staticmethod(link.names)
    way_out = staticmethod(link.way_out)
    addresses = staticmethod(link.all_addresses)
    configure = staticmethod(link.configure)
    is_configured = staticmethod(link.is_configured)
    listening = staticmethod(listeners.snapshot)

    def __init__(self) -> None:
        self._writes = Writes()
        # A lookup goes on when it is no longer waited for, and a minute of them would take all threads of the loop.
        self._resolver = ThreadPoolExecutor(1)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def uptime(self) -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    async def line(self, interface: str) -> Line:
        interface = await link.real_name(interface)
        ipv4, ipv6 = await link.addresses(interface)
        mtu = await link.mtu(interface)
        networks = await link.networks(interface)
        return Line(
            interface=interface,
            exists=mtu is not None,
            ipv4=tuple(ipv4),
            ipv6=tuple(ipv6),
            networks=tuple(networks),
            mtu=mtu or 0,
        )

    async def resolve(self, name: str) -> tuple[IPv4Address, ...]:
        async with asyncio.timeout(_RESOLVE_S):
            return await asyncio.get_running_loop().run_in_executor(self._resolver, names.resolve, name)

    async def settings(self, names: Iterable[str]) -> dict[str, str | None]:
        return await in_thread(lambda: {name: sysctl.read(name) for name in names})

    async def change_settings(self, settings: Mapping[str, str]) -> dict[str, OSError]:
        return await in_thread(lambda: sysctl.write_all(settings))

    async def link_counts(self, interfaces: Iterable[str]) -> dict[str, LinkCounts]:
        return await in_thread(lambda: counts.of_links(interfaces))

    async def flow_counts(self) -> FlowCounts:
        return await in_thread(counts.of_flows)

    async def watch_settings(self, names: Iterable[str]) -> None:
        self._writes.watch(names)

    async def written_settings(self) -> set[str]:
        return self._writes.written()
