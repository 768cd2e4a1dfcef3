"""The checks: a small pure function for each question about the facts, whose finding says what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from gateway.api.contract import Status
from gateway.config import Backend, GatewaySection, PolicySection
from gateway.doctor.atonce import Unread, broken
from gateway.doctor.facts import BUCKETS, FLOWS, Facts
from gateway.doctor.finding import Cause, Finding, Level, failure, ok, warning
from gateway.doctor.house import configs
from gateway.doctor.network import (
    foreign_rules,
    forwarding,
    listen_port,
    public_address,
    public_name,
    reserved_ports,
    reverse_path,
    router_advertisements,
    subnets,
    tunnel_size,
    way_out,
    ways_in,
)
from gateway.doctor.outside import endpoint_of
from gateway.host.privilege import Capability
from gateway.host.sysctl import dotted
from gateway.version import own

_DEFAULTS = PolicySection()
_LEAST_FLOWS = 65_536
_CLOCK_LEEWAY = timedelta(minutes=1)
_CONTAINER = "In Docker: --cap-add NET_ADMIN --network host"


def judge(facts: Facts, section: GatewaySection, policy: PolicySection = _DEFAULTS) -> list[Finding]:
    """Return all findings, causes before consequences. Checks that need more privileges are left out.

    A check that breaks, or asks for what could not be read, is a finding.
    """
    first = privilege(facts)
    host: tuple[Callable[[], Finding | Iterable[Finding]], ...] = (
        lambda: wireguard(facts, section),
        lambda: nf_tables(facts),
        lambda: conntrack(facts),
        lambda: flow_table(facts, section, policy),
        lambda: forwarding(facts, section),
        lambda: reverse_path(facts),
        lambda: way_out(facts, section),
        lambda: ways_in(facts, section),
        lambda: reserved_ports(facts),
        lambda: state(facts, section),
        lambda: foreign_rules(facts, section),
    )
    always: tuple[Callable[[], Finding | Iterable[Finding]], ...] = (
        lambda: public_address(facts, section),
        lambda: public_name(section),
        lambda: subnets(facts, section),
        lambda: tunnel_size(facts, section),
        lambda: listen_port(facts, section),
        lambda: router_advertisements(facts, section),
        lambda: users(facts),
        lambda: clock(facts),
        lambda: running(facts, section),
        lambda: halves(facts),
        lambda: from_outside(facts, section),
        lambda: configs(facts.status, section),
        lambda: problems(facts),
    )
    found = [first]
    for check in (*(host if first.level is Level.OK else ()), *always):
        try:
            said = check()
            found += [said] if isinstance(said, Finding) else said
        except Unread as error:
            found.append(unread(error))
        except Exception as error:
            found.append(unread(Unread("a part of this host", broken(error))))
    return list(dict.fromkeys(found))  # several checks may ask for the same fact


def findings_of(parts: Mapping[str, Iterable[Finding] | Unread]) -> list[Finding]:
    """Return what all parts found. One that could not look is a finding."""
    return [each for part in parts.values() for each in ([unread(part)] if isinstance(part, Unread) else part)]


def unread(error: Unread) -> Finding:
    return warning("doctor", str(error), cause=Cause.UNREAD)


def privilege(facts: Facts) -> Finding:
    title = "privileges"
    if facts.capabilities >> Capability.NET_ADMIN & 1:
        return ok(title, "root" if facts.root else "CAP_NET_ADMIN")
    if facts.root:
        return failure(title, "root without CAP_NET_ADMIN, as in a container", _CONTAINER, cause=Cause.CONTAINER)
    detail = "neither root nor CAP_NET_ADMIN, so not everything was checked"
    return failure(title, detail, "Run it with sudo.", cause=Cause.PRIVILEGES)


def wireguard(facts: Facts, section: GatewaySection) -> Finding:
    title = "WireGuard"
    if not facts.wireguard_kernel and section.backend is not Backend.USERSPACE:
        return ok(title, "the kernel has it")
    if section.backend is Backend.KERNEL:
        fix = 'Use a kernel of 5.6 or newer with the wireguard module, or set backend = "auto".'
        detail = f"no kernel WireGuard: {facts.wireguard_kernel}"
        return failure(title, detail, fix, cause=Cause.NO_WIREGUARD, reason=facts.wireguard_kernel)
    kernel = f"no kernel WireGuard ({facts.wireguard_kernel}), " if facts.wireguard_kernel else ""
    if facts.wireguard_go is None:
        return failure(
            title,
            f"{kernel}no wireguard-go on PATH",
            "apt-get install --no-install-recommends wireguard-go",
            cause=Cause.NO_WIREGUARD_GO,
        )
    if facts.tun:
        return failure(
            title,
            f"{kernel}and wireguard-go cannot use /dev/net/tun ({facts.tun})",
            "modprobe tun",
            "In Docker: --device /dev/net/tun --cap-add NET_ADMIN",
            cause=Cause.NO_TUN,
            reason=facts.tun,
        )
    why = f"; the kernel has none: {facts.wireguard_kernel}" if facts.wireguard_kernel else ""
    return ok(title, f"userspace: {facts.wireguard_go} with /dev/net/tun{why}")


def nf_tables(facts: Facts) -> Finding:
    title = "nf_tables"
    if not isinstance(facts.firewalls, str):
        return ok(title, "the ruleset can be read")
    if "libnftables" in facts.firewalls:
        fix = "apt-get install --no-install-recommends libnftables1"
        return failure(title, facts.firewalls, fix, cause=Cause.NO_LIBNFTABLES)
    fix = "modprobe nf_tables    (needs a kernel of 5.10 or newer)"
    return failure(title, facts.firewalls, fix, cause=Cause.NO_NFTABLES, reason=facts.firewalls)


def conntrack(facts: Facts) -> Finding:
    title = "conntrack"
    if facts.conntrack:
        fix = "modprobe nf_conntrack_netlink"
        return failure(title, facts.conntrack, fix, cause=Cause.NO_CONNTRACK, reason=facts.conntrack)
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
        yield warning(title, detail, fix, cause=Cause.FEW_FLOWS, size=size, most=member)
    elif size > 4 * buckets:
        detail = f"{dotted(BUCKETS)} is {buckets} for {size} flows, so look-ups are slow when it fills"
        fix = f"sysctl -w {dotted(BUCKETS)}={size}{lasting}"
        yield warning(title, detail, fix, cause=Cause.FEW_BUCKETS, size=size)
    else:
        yield ok(title, f"holds {size} flows in {buckets} buckets; one member may take {member}")


def state(facts: Facts, section: GatewaySection) -> Finding:
    title, folder = "state", section.state_dir
    if not facts.state_dir_writable:
        make = f"install -d -m 0700 {folder}"
        return failure(title, f"{folder} cannot be written", make, cause=Cause.STATE_UNWRITABLE, folder=folder)
    exposed = [path for path, mode in facts.state_files.items() if mode & _forbidden(path, folder)]
    if exposed and facts.state_files[folder] & 0o011:
        names = ", ".join(path.name for path in exposed)
        fix = [f"chmod 600 {path}" for path in exposed]
        detail = f"others on this host can read {names} in {folder}"
        return failure(title, detail, *fix, cause=Cause.STATE_EXPOSED, files=names, folder=folder)
    return ok(title, f"{folder} can be written" + ("" if facts.state_files else " (nothing there yet)"))


def _forbidden(path: Path, folder: Path) -> int:
    """Return the permission bits that must be clear. The folder has none: its bits say whether files can be reached."""
    if path == folder:
        return 0
    return 0o077 if path.name == "private_key" else 0o007


def users(facts: Facts) -> Iterator[Finding]:
    for name in facts.unknown_users:
        fix = f"adduser --system --group {name}    or take it out of socket_users"
        yield warning("socket users", f"there is no system user {name}", fix, cause=Cause.SOCKET_USER, user=name)


def clock(facts: Facts) -> Finding:
    """Check the clock, because WireGuard refuses handshakes with a timestamp older than the last one."""
    title, fix = "clock", "timedatectl set-ntp true    (apt-get install systemd-timesyncd, where there is none)"
    if facts.now.year < 2024:
        detail = f"it is not {facts.now:%Y-%m-%d}; handshakes fail when the clock goes back"
        return failure(title, detail, fix, cause=Cause.CLOCK_WRONG, date=f"{facts.now:%Y-%m-%d}")
    if facts.newest and facts.newest > facts.now + _CLOCK_LEEWAY:
        newest, now = (f"{at:%Y-%m-%d %H:%M:%S}" for at in (facts.newest, facts.now))
        detail = f"it was set back: the audit log's last entry is of {newest} UTC, and it is {now} now; handshakes fail"
        return failure(title, detail, fix, cause=Cause.CLOCK_SET_BACK, newest=newest, now=now)
    if not facts.is_timed:
        detail = "no time server keeps it; handshakes fail once it goes back"
        return warning(title, detail, fix, cause=Cause.CLOCK_ALONE)
    return ok(title, f"{facts.now:%Y-%m-%d %H:%M:%S} UTC, kept by a time server")


def running(facts: Facts, section: GatewaySection) -> Finding:
    title = "gateway"
    if isinstance(facts.status, Status):
        counts = f"{len(facts.status.peers)} devices, {len(facts.status.forwards)} forwards"
        return ok(title, f"answers on {section.socket}: {counts}")
    fix = "Start it: sudo ./run, or systemctl start guildgate-gateway"
    return warning(title, facts.status, fix, cause=Cause.NO_ANSWER)


def from_outside(facts: Facts, section: GatewaySection) -> Iterator[Finding]:
    """Say what devices and players prove of the provider's firewall, because a host cannot see it."""
    title, port = "from outside", section.listen_port
    if not isinstance(facts.status, Status):
        return
    called = sum(endpoint_of(row, facts.status) is not None for row in facts.status.peers)
    played = sum(row.players > 0 for row in facts.status.forwards)
    if not called and not played:
        ask = "`guildgate doctor --outside` waits for one, and says whether it comes through"
        yield ok(title, f"nothing from the Internet is here to show that the provider lets it through; {ask}")
    else:
        proof = [f"devices from the Internet on UDP {port}: {called}"] if called else []
        proof += [f"forwards with players: {played} of {len(facts.status.forwards)}"] if played else []
        yield ok(title, "; ".join(proof))


def halves(facts: Facts) -> Iterator[Finding]:
    """Compare the running gateway with this program."""
    if isinstance(facts.status, Status) and (theirs := facts.status.version or "unknown") != own():
        detail = f"the gateway that runs is version {theirs}, and this program {own()}"
        fix = "Restart it: sudo systemctl reload guildgate-gateway, or sudo ./run anew"
        yield warning("version", detail, fix, cause=Cause.OTHER_VERSION, running=theirs, installed=own())


def problems(facts: Facts) -> Iterator[Finding]:
    """Repeat the running gateway's problems, most of which no look from outside finds."""
    title = "problem"
    if isinstance(facts.status, Status):
        for problem in facts.status.problems:
            yield Finding(Level.WARNING, title, str(problem), problem=problem)
