"""Facts about the host, which are read here and judged elsewhere. A reader that fails returns the reason as text."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pwd
import secrets
import shutil
import sqlite3
import stat
import struct
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

from gateway.api.client import GatewayClient
from gateway.api.contract import Actor, GetStatus, Status
from gateway.api.transport import SocketTransport
from gateway.config import GatewaySection
from gateway.doctor import clock
from gateway.doctor.atonce import Unread, at_once
from gateway.errors import GatewayError, GatewayUnreachable, why
from gateway.foreign.listing import Listing, read_rulesets
from gateway.host import link, names, sysctl
from gateway.host.kernel import KernelHost
from gateway.host.privilege import Capability
from gateway.host.surroundings import lines_of
from gateway.host.uplink import A_PLAYER, Line
from gateway.network import Marks
from gateway.nftables.flows import KernelConntrack
from gateway.wireguard import choose

_LIMIT_S = 10.0  # for each fact
FLOWS, BUCKETS = "net/netfilter/nf_conntrack_max", "net/netfilter/nf_conntrack_buckets"
_SYSCTLS = (
    FLOWS,
    BUCKETS,
    "net/ipv4/ip_forward",
    "net/ipv6/conf/all/forwarding",
    "net/ipv4/ip_local_reserved_ports",
    "net/netfilter/nf_conntrack_acct",
)
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000  # linux/if_tun.h


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the checks judge. Text fields that name a problem are empty without one."""

    capabilities: int
    root: bool
    firewalls: Listing | str
    conntrack: str
    wireguard_kernel: str
    wireguard_go: str | None
    tun: str
    sysctls: Mapping[str, str | None]
    sysctls_read_only: bool
    lines: tuple[Line, ...]
    addresses: Mapping[IPv4Address | IPv6Address, str]
    way_out: str  # the interface that packets to players leave by
    ways_in: Mapping[IPv4Address | IPv6Address, str]  # the same for each address of a device; empty texts: nowhere
    accept_ra: Mapping[str, str | None]
    route6_from_router: bool
    resolved: tuple[IPv4Address, ...] | str
    paths: Mapping[IPv4Address | IPv6Address, int]  # learnt sizes of packets on the way to devices, in bytes
    udp_ports: Mapping[str, frozenset[int]]
    status: Status | str
    state_files: Mapping[Path, int]
    state_dir_writable: bool
    unknown_users: tuple[str, ...]
    now: datetime
    newest: datetime | None = None  # the time of the last entry of the audit log
    is_timed: bool = True  # whether a time server keeps the clock

    def __getattribute__(self, name: str) -> Any:
        """Raise Unread for a fact that could not be read, which ends the check that asks for it."""
        value = object.__getattribute__(self, name)  # super() knows the class without slots
        if isinstance(value, Unread):
            raise value
        return value


def gather(section: GatewaySection, legacy: Listing | None = None) -> Facts:
    """Read all facts at once. One that cannot be read ends only the checks that ask for it.

    `legacy` is what `read_legacy` returned, when this process could still read it.
    """
    host = KernelHost()
    capabilities = _effective_capabilities(Path("/proc/self/status").read_text())
    looks: dict[str, Callable[[], object]] = {
        "firewalls": lambda: read_rulesets(legacy) if capabilities >> Capability.NET_ADMIN & 1 else "not permitted",
        "conntrack": lambda: _trouble(_probe_conntrack),
        "wireguard_kernel": lambda: asyncio.run(choose.kernel_problem()),
        "tun": lambda: _trouble(_probe_tun),
        "lines": lambda: asyncio.run(lines_of(host, section)),
        "addresses": lambda: asyncio.run(host.addresses()),
        "way_out": lambda: asyncio.run(host.way_out(A_PLAYER)),
        "route6_from_router": lambda: asyncio.run(link.has_advertised_route()),
        "resolved": lambda: _resolved(section),
        "status": lambda: asyncio.run(status_of(section.socket)),
        "newest": lambda: _newest(section.state_dir / "guildgate.db"),
    }
    first = at_once(looks, _LIMIT_S)
    lines: tuple[Line, ...] = () if isinstance(first["lines"], Unread) else first["lines"]
    status: Status | str = "unread" if isinstance(first["status"], Unread) else first["status"]
    then: dict[str, Callable[[], object]] = {
        "ways_in": lambda: asyncio.run(_ways_in(host, status)),
        "paths": lambda: asyncio.run(_paths(status)),
    }
    return Facts(
        capabilities=capabilities,
        root=os.geteuid() == 0,
        wireguard_go=shutil.which("wireguard-go"),
        sysctls={name: _sysctl(name) for name in (*_SYSCTLS, *_of(lines))},
        sysctls_read_only=_is_read_only(Path("/proc/sys/net/ipv4/ip_forward")),
        accept_ra={each.interface: _sysctl(f"net/ipv6/conf/{each.interface}/accept_ra") for each in lines},
        udp_ports={
            family: _udp_ports(Path("/proc/net") / name) for family, name in (("IPv4", "udp"), ("IPv6", "udp6"))
        },
        state_files=_modes(section.state_dir),
        state_dir_writable=_is_writable(section.state_dir, capabilities),
        unknown_users=tuple(name for name in section.socket_users if not _is_user(name)),
        now=datetime.now(UTC),
        is_timed=clock.is_synchronised(),
        **first,
        **at_once(then, _LIMIT_S),
    )


def _of(lines: Sequence[Line]) -> list[str]:
    """Return the settings that packets through these lines depend on."""
    uplinks = [line.interface for line in lines]
    return [*sysctl.routing(uplinks, ipv6=True), *sysctl.reverse_path(uplinks)]


def _trouble(probe: Callable[[], None]) -> str:
    try:
        probe()
    except OSError as error:
        return why(error)
    return ""


def _effective_capabilities(status: str) -> int:
    return next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapEff:"))


def _probe_conntrack() -> None:
    async def look() -> None:
        async with KernelConntrack(Marks()) as conntrack:
            await conntrack.flows([0])

    asyncio.run(look())


def _probe_tun() -> None:
    """Make an interface, which goes with its descriptor. A container may allow the device and refuse the interface."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
    try:
        name = f"probe{secrets.token_hex(4)}".encode()
        fcntl.ioctl(descriptor, _TUNSETIFF, struct.pack("16sH22x", name, _IFF_TUN | _IFF_NO_PI))
    finally:
        os.close(descriptor)


def _sysctl(name: str) -> str | None:
    try:
        return sysctl.read(name)
    except OSError:
        return None


def _is_read_only(path: Path) -> bool:
    """Report whether the file cannot be opened for writing. access(2) ignores an ordinary user's capabilities."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CLOEXEC))
    except OSError:
        return True
    return False


def _resolved(section: GatewaySection) -> tuple[IPv4Address, ...] | str:
    """Resolve a configured `public_address` to IPv4 addresses, or say by a predicate what fails."""
    if section.public_address is None:
        return ()
    try:
        return names.resolve(str(section.public_address))
    except names.Unresolved as error:
        return str(error)


def _udp_ports(path: Path) -> frozenset[int]:
    """Read the local ports in /proc/net/udp or udp6, which also list the sockets of kernel WireGuard."""
    try:
        lines = path.read_text().splitlines()[1:]
    except OSError:  # IPv6 switched off
        return frozenset()
    return frozenset(int(line.split()[1].rpartition(":")[2], 16) for line in lines)


def _newest(database: Path) -> datetime | None:
    """Return when the audit log's last entry was written. The database is examined elsewhere."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as db:
        ((at,),) = db.execute("SELECT max(at) FROM audit").fetchall()
        return datetime.fromisoformat(at) if at else None
    return None


async def status_of(path: Path) -> Status | str:
    actor = Actor(id=f"uid:{os.getuid()}", name="doctor", is_admin=True)
    try:
        return await GatewayClient(SocketTransport(path), timeout_s=5).call(GetStatus(actor=actor, everyone=True))
    except GatewayUnreachable:
        return f"no gateway answers on {path}"
    except GatewayError as error:
        return str(error)


async def _ways_in(host: KernelHost, status: Status | str) -> dict[IPv4Address | IPv6Address, str]:
    peers = [each.peer for each in status.peers] if isinstance(status, Status) else []
    addresses = [address for peer in peers for address in (peer.ipv4, peer.ipv6) if address]
    return {address: await host.way_out(address) for address in addresses}


async def _paths(status: Status | str) -> dict[IPv4Address | IPv6Address, int]:
    """Ask the kernel what it has learnt of the paths to devices. Nothing is sent."""
    found = {}
    for endpoint in {peer.endpoint for peer in status.peers if peer.endpoint} if isinstance(status, Status) else ():
        with suppress(OSError, ValueError):  # such as no route any more
            address = ip_address(endpoint.rpartition(":")[0].strip("[]"))
            if mtu := await link.path_mtu(address):
                found[address] = mtu
    return found


def _modes(folder: Path) -> Mapping[Path, int]:
    """Read the permission bits of the state folder and its files, as far as they can be read."""
    found = {}
    try:
        for path in (folder, *folder.iterdir()):
            found[path] = path.stat().st_mode & 0o777
    except OSError:
        pass
    return found


def _is_writable(folder: Path, capabilities: int) -> bool:
    """Report whether the gateway can write `folder`, or the nearest parent that exists.

    Root without power over files, as in a container, cannot, and becomes the user that the folder belongs to.
    """
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if os.access(existing, os.W_OK, effective_ids=True):
        return True
    found, is_read_only = existing.stat(), os.statvfs(existing).f_flag & os.ST_RDONLY
    becomes = os.geteuid() == 0 and not capabilities >> Capability.DAC_OVERRIDE & 1
    return bool(becomes and found.st_uid != 0 and found.st_mode & stat.S_IWUSR and not is_read_only)


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
