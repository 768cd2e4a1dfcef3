"""The checks of the host's network: addresses, ports, sysctls, and firewalls of other programs."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from gateway.api.contract import Status
from gateway.config import GatewaySection
from gateway.doctor.facts import Facts
from gateway.doctor.finding import Cause, Finding, failure, ok, warning
from gateway.foreign.advice import complaints
from gateway.host.sysctl import dotted, forwarding_of, too_strict
from gateway.host.uplink import LEAST_MTU, OVERHEAD4, Line, diverted, overlap, tunnel_mtu
from gateway.network import is_private

_CGNAT = IPv4Network("100.64.0.0/10")  # RFC 6598


def forwarding(facts: Facts, section: GatewaySection) -> Finding:
    title = "forwarding"
    wanted = {"net/ipv4/ip_forward": "IPv4"}
    if section.network6:
        wanted["net/ipv6/conf/all/forwarding"] = "IPv6"
    missing = [name for name in wanted if facts.sysctls[name] is None]
    if missing:
        fix = 'Start the kernel with IPv6, or set subnet6 = "" in [gateway].'
        detail = f"{dotted(missing[0])} does not exist, so the VPN carries IPv4 only"
        return warning(title, detail, fix, cause=Cause.IPV4_ONLY)
    each = {} if facts.sysctls["net/ipv4/ip_forward"] == "0" else _each_uplink(facts)
    off = [name for name in {**wanted, **each} if facts.sysctls.get(name) == "0"]
    if not off:
        return ok(title, f"on for {' and '.join(wanted.values())}")
    which = " and ".join({**wanted, **each}[name] for name in off)
    if not facts.sysctls_read_only:
        return ok(title, f"off for {which}; the gateway switches it on while it runs")
    return failure(
        title,
        f"off for {which}, and /proc/sys cannot be written",
        f"sysctl -w {' '.join(f'{dotted(name)}=1' for name in off)}    (on the host)",
        f"In Docker without --network host: {' '.join(f'--sysctl {dotted(name)}=1' for name in off)}",
        cause=Cause.NO_FORWARDING,
        settings=", ".join(map(dotted, off)),
    )


def way_out(facts: Facts, section: GatewaySection) -> Iterator[Finding]:
    """Check that no rule sends packets to players by another interface."""
    if found := diverted(section, facts.lines, facts.way_out):
        yield warning("way out", *found[:1], *found[1], cause=Cause.WAY_OUT, interface=facts.way_out)


def ways_in(facts: Facts, section: GatewaySection) -> Iterator[Finding]:
    """Check that no route or rule of another program leads packets to devices elsewhere than into the tunnel.

    A tunnel without its own address, as with IPv6 switched off, is a problem of its own.
    """
    for version, network, own in ((4, section.subnet4, section.address4), (6, section.network6, section.address6)):
        if own is None or facts.addresses.get(own) != section.interface:
            continue
        ways = {address: way for address, way in facts.ways_in.items() if address.version == version}
        astray = [address for address, way in ways.items() if way != section.interface]
        if not astray:
            continue
        leave = f"leave by {ways[astray[0]]} and not by {section.interface}" if ways[astray[0]] else "go nowhere"
        cause = Cause.DEVICES_ASTRAY if ways[astray[0]] else Cause.DEVICES_NOWHERE
        yield failure(
            "way to devices",
            f"packets to {len(astray)} of {len(ways)} devices, such as {astray[0]}, {leave}",
            f"ip -{version} route get {astray[0]}    shows the route; where it is of the main table, delete it",
            f"ip -{version} rule add priority 99 to {network} lookup main    where a rule leads to it",
            cause=cause,
            count=len(astray),
            address=astray[0],
            interface=ways[astray[0]],
        )


def _each_uplink(facts: Facts) -> dict[str, str]:
    """Return the settings that another program may have switched off alone, with words for what they forward."""
    return {forwarding_of(line.interface): f"IPv4 from {line.interface}" for line in facts.lines}


def reverse_path(facts: Facts) -> Iterator[Finding]:
    """Check that players may come in by every uplink, also where the answer to them would leave by another one."""
    for name in too_strict(facts.sysctls, [line.interface for line in facts.lines]):
        detail = (
            f"{dotted(name)} counts as 1: players who come in by that interface, and not by the way out, are dropped"
        )
        fix = f"sysctl -w {dotted(name)}=2    (lasting: in a file of /etc/sysctl.d)"
        yield warning("reverse path", detail, fix, cause=Cause.REVERSE_PATH, setting=dotted(name))


def reserved_ports(facts: Facts) -> Finding:
    title, name = "reserved ports", "net/ipv4/ip_local_reserved_ports"
    if facts.sysctls[name] is None or facts.sysctls_read_only:
        detail = f"{dotted(name)} cannot be written: a program here may take a forwarded port"
        fix = f"sysctl -w {dotted(name)}=PORTS    (on the host)"
        return warning(title, detail, fix, cause=Cause.RESERVED_PORTS, setting=dotted(name))
    return ok(title, f"{dotted(name)} can be written")


def public_address(facts: Facts, section: GatewaySection) -> Finding:
    title = "public address"
    if not facts.lines:
        fix = "Set public_interface in [gateway] to the interface that faces the Internet."
        return failure(title, "there is no default route to find the interface by", fix, cause=Cause.NO_ROUTE)
    for each in facts.lines:
        if not each.exists:
            fix = "Correct public_interface in [gateway]."
            detail = f"there is no interface {each.interface}"
            return failure(title, detail, fix, cause=Cause.NO_INTERFACE, interface=each.interface)
    line = facts.lines[0]
    own = line.uplink().source4
    six = section.public_address6 or next((address for address in line.ipv6 if address.is_global), None)
    also = f"; IPv6 {six}" if six else "; no public IPv6"
    if section.public_address is not None:
        return _configured_address(facts, str(section.public_address), line, also)
    if own is None:
        fix = "Set public_address in [gateway], or give the interface an IPv4 address."
        detail = f"{line.interface} has no usable IPv4 address"
        return failure(title, detail, fix, cause=Cause.NO_ADDRESS, interface=line.interface)
    where = f"{own} on {line.interface}"
    if own in _CGNAT:
        return failure(
            title,
            f"{where} is carrier-grade NAT (100.64.0.0/10), shared by many customers",
            "Use a server with an address of its own.",
            "If the provider maps one to this, set public_address in [gateway] to it.",
            cause=Cause.ADDRESS_SHARED,
            address=own,
        )
    if is_private(own):
        return warning(
            title,
            f"{where} is private: nobody on the Internet can reach it",
            "Behind a cloud's 1:1 NAT: set public_address in [gateway] to the address in the provider's panel.",
            "Open the ports in the provider's firewall (security group) as well.",
            cause=Cause.ADDRESS_PRIVATE,
            address=own,
        )
    return ok(title, where + also)


def public_name(section: GatewaySection) -> Iterator[Finding]:
    """Recommend a name in place of an address."""
    if section.public_address is None or not section.public_address.is_name:
        yield ok("name", "none; with a name as public_address, configs outlive a new address: docs/operations.md")


def _configured_address(facts: Facts, name: str, line: Line, also: str) -> Finding:
    title = "public address"
    if isinstance(facts.resolved, str):
        fix = f"Make {name} resolve to this server, or write its IPv4 address."
        return failure(title, f"{name} {facts.resolved}", fix, cause=Cause.ADDRESS_UNRESOLVED, name=name)
    target = facts.resolved[0]
    shown = name if name == str(target) else f"{name} ({target})"
    if target in line.ipv4:
        return ok(title, f"{shown} on {line.interface}{also}")
    has = ", ".join(map(str, line.ipv4)) or "no IPv4 address"
    if _is_shared(target):
        fix = "Right for a LAN. For the Internet, write the address in the provider's panel."
        detail = f"configured is {shown}, a private address; {line.interface} has {has}"
        return warning(title, detail, fix, cause=Cause.ADDRESS_LAN, address=shown)
    if line.ipv4 and all(map(_is_shared, line.ipv4)):
        return ok(title, f"{shown}, which the provider has to map to {has} on {line.interface}{also}")
    fix = f"Right if {target} is routed to this server; else correct public_address in [gateway]."
    detail = f"configured is {shown}, but {line.interface} has {has}"
    return warning(title, detail, fix, cause=Cause.ADDRESS_OTHER, address=shown, interface=line.interface, own=has)


def tunnel_size(facts: Facts, section: GatewaySection) -> Finding:
    """Check that WireGuard's packets need no fragments, because some networks drop these and large transfers hang."""
    title, mtu = "tunnel size", tunnel_mtu(section, facts.lines)
    whole = mtu + OVERHEAD4
    narrow = [f"{line.interface} takes {line.mtu}" for line in facts.lines if 0 < line.mtu < whole]
    made = f"mtu {mtu} makes packets of {whole} bytes"
    if narrow:
        detail = f"{made}, but {' and '.join(narrow)}: large transfers hang where fragments are dropped"
        return warning(title, detail, 'Set mtu = "auto" in [gateway].', cause=Cause.MTU_UPLINK)
    short = [path for path in facts.paths.values() if path < whole]
    if short:
        detail = f"{made}, but the way to {len(short)} devices takes {min(short)}: large transfers may hang"
        best = max(LEAST_MTU, min(short) - OVERHEAD4)
        return warning(
            title, detail, f"Set mtu = {best} in [gateway].", cause=Cause.MTU_PATH, count=len(short), mtu=best
        )
    fits = "; ".join(f"{line.interface} takes {line.mtu}" for line in facts.lines if line.mtu)
    return ok(title, f"{made}; {fits}" if fits else made)


def subnets(facts: Facts, section: GatewaySection) -> Finding:
    title = "VPN subnets"
    if other := overlap(section, facts.addresses):
        fix = "Set subnet4 or subnet6 in [gateway] to a network that nothing here uses."
        interface, _, address = other.partition(" has ")
        detail = f"not the VPN's alone: {other}, whose network would be cut off"
        return failure(title, detail, fix, cause=Cause.SUBNET_TAKEN, interface=interface, address=address)
    return ok(
        title, f"{' and '.join(map(str, filter(None, (section.subnet4, section.network6))))}, used by nothing else"
    )


def listen_port(facts: Facts, section: GatewaySection) -> Finding:
    title, port = "listen port", section.listen_port
    taken = [family for family, ports in facts.udp_ports.items() if port in ports]
    if not taken:
        return ok(title, f"UDP {port} is free")
    if isinstance(facts.status, Status) and facts.status.listen_port == port:
        return ok(title, f"UDP {port} is the running gateway's")
    return failure(
        title,
        f"UDP {port} is in use over {' and '.join(taken)}",
        f"ss -lunp 'sport = :{port}'    shows by which program; none is a kernel WireGuard interface",
        "Stop it, or set another listen_port in [gateway].",
        cause=Cause.LISTEN_PORT,
        port=port,
    )


def foreign_rules(facts: Facts, section: GatewaySection) -> Iterator[Finding]:
    """Find chains of other programs that drop packets of the gateway, with the exact commands to change that."""
    title = "firewalls"
    if isinstance(facts.firewalls, str):
        return
    found = list(complaints(facts.firewalls, section, facts.lines))
    for complaint in found:
        made = failure if complaint.fatal else warning
        yield made(title, complaint.detail, *complaint.fix, cause=complaint.cause, **complaint.values)
    if not found:
        yield ok(title, "no other one's forward, input or raw chain stops what the gateway needs")


def router_advertisements(facts: Facts, section: GatewaySection) -> Iterator[Finding]:
    """Check accept_ra, because 1 means off while forwarding is on (ip-sysctl.rst of the kernel)."""
    if not section.network6 or not facts.route6_from_router:
        return
    for interface in (name for name, value in facts.accept_ra.items() if value == "1"):
        name = f"net.ipv6.conf.{interface}.accept_ra"
        detail = f"{name} is 1: with forwarding on, the route learnt from the router runs out"
        yield warning("IPv6 route", detail, f"sysctl -w {name}=2", cause=Cause.ACCEPT_RA, setting=name)


def _is_shared(address: IPv4Address) -> bool:
    return is_private(address) or address.is_link_local
