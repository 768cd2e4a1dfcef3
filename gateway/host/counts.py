"""What the kernel has counted: bytes and packets of an interface, and flows of all programs."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from gateway.host.host import FlowCounts, LinkCounts

_LINKS = Path("/sys/class/net")
_FLOWS = Path("/proc/net/stat/nf_conntrack")  # a line for each processor, below one with names
_ENTRIES, _LIMIT = (Path("/proc/sys/net/netfilter", name) for name in ("nf_conntrack_count", "nf_conntrack_max"))


def of_links(interfaces: Iterable[str]) -> dict[str, LinkCounts]:
    """Return the counts of each of these interfaces that is there."""
    found = {}
    for interface in interfaces:
        with suppress(OSError, ValueError):  # it went away
            found[interface] = _of_link(_LINKS / interface / "statistics")
    return found


def of_flows() -> FlowCounts:
    dropped, evicted = _flow_drops()
    return FlowCounts(entries=_number(_ENTRIES), limit=_number(_LIMIT), dropped=dropped, evicted=evicted)


def _of_link(folder: Path) -> LinkCounts:
    names = ("rx_bytes", "tx_bytes", "rx_dropped", "tx_dropped")
    return LinkCounts(**{name: int((folder / name).read_text()) for name in names})


def _flow_drops() -> tuple[int | None, int | None]:
    try:
        names, *rows = (line.split() for line in _FLOWS.read_text().splitlines())
        return tuple(sum(int(row[names.index(name)], 16) for row in rows) for name in ("drop", "early_drop"))  # type: ignore[return-value]
    except (OSError, ValueError, IndexError):
        return None, None


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
