"""Kernel settings under /proc/sys. The list of reserved ports is merged, because other programs share it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import Path

_ROOT = Path("/proc/sys")
BOOT_ID = "kernel/random/boot_id"  # a new one means that a boot has reset every setting
RESERVED_PORTS = "net/ipv4/ip_local_reserved_ports"
EPHEMERAL_PORTS = "net/ipv4/ip_local_port_range"
FORWARDING = {4: "net/ipv4/ip_forward", 6: "net/ipv6/conf/all/forwarding"}  # by version of IP
_ACCEPT_RA = "/accept_ra"
_LONGEST = 1 << 19  # 65,536 ports of five digits and their commas


def path(name: str) -> Path:
    return _ROOT / name


def read(name: str) -> str | None:
    """Return the setting's text, or None when the kernel lacks it, as without IPv6."""
    try:
        with path(name).open("rb", buffering=0) as setting:
            # One read(), because only the first one gets a list of ports (proc_do_large_bitmap in kernel/sysctl.c).
            return setting.read(_LONGEST).decode().strip()
    except FileNotFoundError:
        return None


def write(name: str, value: str) -> None:
    """Write the setting. Raise OSError, as when /proc/sys is read-only."""
    path(name).write_text(value or "\n")  # because an empty text would cause no write(2)


def dotted(name: str) -> str:
    """Write the name as sysctl(8) does, which swaps dots and slashes: an interface's name may have a dot."""
    return name.translate({ord("/"): ".", ord("."): "/"})


def write_all(settings: Mapping[str, str]) -> dict[str, OSError]:
    """Write the settings in this order. Return those that were refused."""
    refused = {}
    for name, value in settings.items():
        try:
            write(name, value)
        except OSError as error:
            refused[name] = error
    return refused


def no_ipv6(interface: str) -> str:
    """Return the setting that is 0 where the interface carries IPv6, and missing where the kernel has none."""
    return f"net/ipv6/conf/{interface}/disable_ipv6"


def routing(uplinks: Iterable[str], *, ipv6: bool) -> list[str]:
    """Return the settings that routing depends on, in the order to write them. `uplinks` face the Internet.

    Writing ip_forward writes it for every interface, and other programs may switch one off again. IPv6 has no such
    setting for one interface.
    """
    names = [FORWARDING[4], *map(forwarding_of, uplinks)]
    if ipv6:
        names += [f"net/ipv6/conf/{uplink}{_ACCEPT_RA}" for uplink in uplinks]
        names.append(FORWARDING[6])
    return names


def forwarding_of(interface: str) -> str:
    """Return the setting that lets IPv4 packets that come in by this interface be forwarded."""
    return f"net/ipv4/conf/{interface}/forwarding"


def reverse_path(uplinks: Iterable[str]) -> list[str]:
    """Return the settings that drop packets whose answer would leave by another interface."""
    return [f"net/ipv4/conf/{name}/rp_filter" for name in ("all", *uplinks)]


def too_strict(found: Mapping[str, str | None], uplinks: Sequence[str]) -> list[str]:
    """Return the settings to write 2 to, so that players come in by every uplink. The larger of both counts.

    One uplink has no other way out, so there a strict check drops nothing of ours.
    """
    if len(uplinks) < 2:
        return []
    every, *each = reverse_path(uplinks)
    return [name for name in each if max(int(found.get(every) or 0), int(found.get(name) or 0)) == 1]


def wanted(found: Mapping[str, str | None]) -> dict[str, str]:
    """Return the values that routing needs, without settings that the kernel lacks.

    With forwarding on, the kernel ignores router advertisements unless accept_ra is 2
    (Documentation/networking/ip-sysctl.rst), and a host would lose its advertised IPv6 route. An accept_ra of 0 stays,
    because such a host has no advertised route.
    """
    needed = {name: "2" if name.endswith(_ACCEPT_RA) else "1" for name, value in found.items() if value is not None}
    return {name: value for name, value in needed.items() if (value, found[name]) != ("2", "0")}


def merge_ports(current: set[int], ours_before: set[int], ours: set[int]) -> tuple[set[int], set[int]]:
    """Return (the ports to write, those of them that are ours). Ports that others reserved stay theirs."""
    foreign = current - ours_before
    return foreign | ours, ours - foreign


def parse_ports(text: str) -> set[int]:
    ports = set[int]()
    for part in filter(None, text.split(",")):
        first, dash, last = part.partition("-")
        if dash:
            ports.update(range(int(first), int(last) + 1))
        else:
            ports.add(int(first))
    return ports


def format_ports(ports: Set[int]) -> str:
    """Write the ports in the kernel's notation, `8080,27015-27030`."""
    ordered = sorted(ports)
    firsts = [port for port in ordered if port - 1 not in ports]
    lasts = [port for port in ordered if port + 1 not in ports]
    runs = zip(firsts, lasts, strict=True)
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
