"""Settings of the kernel under /proc/sys. The list of reserved ports is shared with other programs, so it is merged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from pathlib import Path

from gateway.errors import ConfigError, why

_ROOT = Path("/proc/sys")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_RESERVED = "net/ipv4/ip_local_reserved_ports"
_LONGEST = 1 << 19  # 65,536 ports of five digits and their commas


def boot_id() -> str:
    """Read the id of this boot. Settings that were noted in another boot must not be restored."""
    return _BOOT_ID.read_text().strip()


def read(name: str) -> str | None:
    """Read the setting, or None where the kernel has no such setting (IPv6 off)."""
    try:
        with (_ROOT / name).open("rb", buffering=0) as setting:
            # One read(), because only the first one gets a list of ports (proc_do_large_bitmap in kernel/sysctl.c).
            return setting.read(_LONGEST).decode().strip()
    except FileNotFoundError:
        return None


def write(name: str, value: str) -> None:
    """Write the setting. Raise ConfigError with what the admin can do when /proc/sys is read-only."""
    try:
        (_ROOT / name).write_text(value)
    except OSError as error:
        raise ConfigError(
            key=f"sysctl {dotted(name)}",
            problem=f"cannot be set to {value} ({why(error)}); set it on the host, "
            f"or start the container with --sysctl {dotted(name)}={value}",
        ) from error


def dotted(name: str) -> str:
    """Write the name as sysctl(8) does."""
    return name.replace("/", ".")


def wanted(uplinks: Iterable[str], *, ipv6: bool) -> dict[str, str]:
    """List the settings that routing needs.

    With forwarding on, the kernel ignores router advertisements unless accept_ra is 2 (ip-sysctl.rst of the kernel).
    A host that got its IPv6 route from one would lose it.
    """
    settings = {"net/ipv4/ip_forward": "1"}
    if ipv6 and read("net/ipv6/conf/all/forwarding") is not None:
        for uplink in uplinks:
            if read(f"net/ipv6/conf/{uplink}/accept_ra") == "1":
                settings[f"net/ipv6/conf/{uplink}/accept_ra"] = "2"
        settings["net/ipv6/conf/all/forwarding"] = "1"
    return settings


def write_all(settings: Mapping[str, str]) -> None:
    for name, value in settings.items():
        if read(name) not in (None, value):
            write(name, value)


def reserved_ports() -> set[int]:
    return parse_ports(read(_RESERVED) or "")


def write_reserved_ports(ports: set[int]) -> None:
    write(_RESERVED, format_ports(ports) or "\n")


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
