"""The checks: a small pure function for each question about the facts, whose finding says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gateway.api.contract import Status
from gateway.config import Backend, GatewaySection, PolicySection
from gateway.doctor.facts import BUCKETS, CAP_NET_ADMIN, FLOWS, Facts
from gateway.doctor.finding import Finding, Level, failure, ok, warning
from gateway.doctor.network import (
    foreign_rules,
    forwarding,
    listen_port,
    public_address,
    reserved_ports,
    reverse_path,
    router_advertisements,
    subnets,
    tunnel_size,
    way_out,
    ways_in,
)
from gateway.host.sysctl import dotted

_DEFAULTS = PolicySection()
_LEAST_FLOWS = 65_536
_CONTAINER = "In Docker: --cap-add NET_ADMIN --network host"


def judge(facts: Facts, section: GatewaySection, policy: PolicySection = _DEFAULTS) -> list[Finding]:
    """Return all findings, causes before consequences. Checks that need more privileges are left out."""
    first = privilege(facts)
    privileged = first.level is Level.OK
    return [
        first,
        *(host(facts, section, policy) if privileged else ()),
        public_address(facts, section),
        subnets(facts, section),
        tunnel_size(facts, section),
        listen_port(facts, section),
        *(foreign_rules(facts, section) if privileged else ()),
        *router_advertisements(facts, section),
        *users(facts),
        *clock(facts),
        running(facts, section),
        *problems(facts),
    ]


def host(facts: Facts, section: GatewaySection, policy: PolicySection) -> Iterator[Finding]:
    yield wireguard(facts, section)
    yield nf_tables(facts)
    yield conntrack(facts)
    yield from flow_table(facts, section, policy)
    yield forwarding(facts, section)
    yield from reverse_path(facts)
    yield from way_out(facts, section)
    yield from ways_in(facts, section)
    yield reserved_ports(facts)
    yield state(facts, section)


def privilege(facts: Facts) -> Finding:
    title = "privileges"
    if facts.capabilities >> CAP_NET_ADMIN & 1:
        return ok(title, "root" if facts.root else "CAP_NET_ADMIN")
    if facts.root:
        return failure(title, "root without CAP_NET_ADMIN, as in a container", _CONTAINER)
    return failure(title, "neither root nor CAP_NET_ADMIN, so not everything was checked", "Run it with sudo.")


def wireguard(facts: Facts, section: GatewaySection) -> Finding:
    title = "WireGuard"
    if not facts.wireguard_kernel and section.backend is not Backend.USERSPACE:
        return ok(title, "the kernel has it")
    if section.backend is Backend.KERNEL:
        fix = 'Use a kernel of 5.6 or newer with the wireguard module, or set backend = "auto".'
        return failure(title, f"no kernel WireGuard: {facts.wireguard_kernel}", fix)
    kernel = f"no kernel WireGuard ({facts.wireguard_kernel}), " if facts.wireguard_kernel else ""
    if facts.wireguard_go is None:
        return failure(
            title,
            f"{kernel}no wireguard-go on PATH",
            "apt-get install --no-install-recommends wireguard-go",
        )
    if facts.tun:
        return failure(
            title,
            f"{kernel}and wireguard-go cannot use /dev/net/tun ({facts.tun})",
            "modprobe tun",
            "In Docker: --device /dev/net/tun --cap-add NET_ADMIN",
        )
    why = f"; the kernel has none: {facts.wireguard_kernel}" if facts.wireguard_kernel else ""
    return ok(title, f"userspace: {facts.wireguard_go} with /dev/net/tun{why}")


def nf_tables(facts: Facts) -> Finding:
    title = "nf_tables"
    if not isinstance(facts.firewalls, str):
        return ok(title, "the ruleset can be read")
    if "libnftables" in facts.firewalls:
        return failure(title, facts.firewalls, "apt-get install --no-install-recommends libnftables1")
    return failure(title, facts.firewalls, "modprobe nf_tables    (needs a kernel of 5.10 or newer)")


def conntrack(facts: Facts) -> Finding:
    title = "conntrack"
    if facts.conntrack:
        return failure(title, facts.conntrack, "modprobe nf_conntrack_netlink")
    return ok(title, "the table can be read")


def flow_table(facts: Facts, section: GatewaySection, policy: PolicySection) -> Iterator[Finding]:
    """Check the size of conntrack's table, because a host whose table is full opens no connection and accepts none."""
    title = "flow table"
    size, buckets = (int(facts.sysctls.get(name) or 0) for name in (FLOWS, BUCKETS))
    if not size or not buckets:  # conntrack is not loaded yet
        return
    families = 2 if section.network6 else 1
    member = policy.devices_per_member * policy.flows_per_device * families
    needed = max(_LEAST_FLOWS, 1 << (4 * member - 1).bit_length())
    lasting = "    (lasting: in a file of /etc/sysctl.d)"
    if size < needed:
        detail = f"{dotted(FLOWS)} is {size}, one member may take {member}; a full table cuts all off"
        fix = f"sysctl -w {dotted(FLOWS)}={needed} {dotted(BUCKETS)}={needed}{lasting}"
        yield warning(title, detail, fix)
    elif size > 4 * buckets:
        detail = f"{dotted(BUCKETS)} is {buckets} for {size} flows, so look-ups are slow when it fills"
        yield warning(title, detail, f"sysctl -w {dotted(BUCKETS)}={size}{lasting}")
    else:
        yield ok(title, f"holds {size} flows in {buckets} buckets; one member may take {member}")


def state(facts: Facts, section: GatewaySection) -> Finding:
    title, folder = "state", section.state_dir
    if not facts.state_dir_writable:
        return failure(title, f"{folder} cannot be written", f"install -d -m 0700 {folder}")
    exposed = [path for path, mode in facts.state_files.items() if mode & _forbidden(path, folder)]
    if exposed and facts.state_files[folder] & 0o011:
        names = ", ".join(path.name for path in exposed)
        fix = [f"chmod 600 {path}" for path in exposed]
        return failure(title, f"others on this host can read {names} in {folder}", *fix)
    return ok(title, f"{folder} can be written" + ("" if facts.state_files else " (nothing there yet)"))


def _forbidden(path: Path, folder: Path) -> int:
    """Return the permission bits that must be clear. The folder has none: its bits say whether files can be reached."""
    if path == folder:
        return 0
    return 0o077 if path.name == "private_key" else 0o007


def users(facts: Facts) -> Iterator[Finding]:
    for name in facts.unknown_users:
        fix = f"adduser --system --group {name}    or take it out of socket_users"
        yield warning("socket users", f"there is no system user {name}", fix)


def clock(facts: Facts) -> Iterator[Finding]:
    """Check the clock, because WireGuard refuses handshakes with a timestamp older than the last one."""
    if facts.now.year < 2024:
        detail = f"it is not {facts.now:%Y-%m-%d}; handshakes fail when the clock goes back"
        yield failure("clock", detail, "timedatectl set-ntp true")


def running(facts: Facts, section: GatewaySection) -> Finding:
    title = "gateway"
    if isinstance(facts.status, Status):
        counts = f"{len(facts.status.peers)} devices, {len(facts.status.forwards)} forwards"
        return ok(title, f"answers on {section.socket}: {counts}")
    return warning(title, facts.status, "Start it: sudo ./run, or systemctl start guildgate-gateway")


def problems(facts: Facts) -> Iterator[Finding]:
    """Repeat the running gateway's problems, most of which no look from outside finds."""
    if isinstance(facts.status, Status):
        for problem in facts.status.problems:
            yield warning("problem", str(problem))
