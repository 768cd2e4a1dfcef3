"""The search for free ports: arithmetic over ranges. Pure."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from heapq import merge

from gateway.model import ClosedPorts, Forward, PortRange, Protocol

Range = tuple[int, int]
"""(first, last), both inclusive. Ten thousand of them are cheaper than ten thousand PortRanges."""


def nearest_free(
    wanted: PortRange, taken: Iterable[Range], allowed: PortRange, listening: Callable[[PortRange], bool]
) -> PortRange | None:
    """Return the range nearest to `wanted` and as long, or None.

    It lies inside `allowed`, shares no port with `taken`, and no program listens there.
    """
    span = len(wanted)
    gaps = [PortRange(gap.first, gap.last - span + 1) for gap in outside(sorted(taken), allowed) if len(gap) >= span]
    up = (start for gap in gaps for start in range(max(gap.first, wanted.first + 1), gap.last + 1))
    down = (start for gap in gaps[::-1] for start in range(min(gap.last, wanted.first - 1), gap.first - 1, -1))
    # `up` and `down` are sorted by distance, so that the search stops at the first hit.
    for start in merge(up, down, key=lambda start: (abs(start - wanted.first), start < wanted.first)):
        if not listening(wanted.moved_to(start)):
            return wanted.moved_to(start)
    return None


def outside(taken: Sequence[Range], ports: PortRange) -> Iterator[PortRange]:
    """Yield the parts of `ports` that no range of `taken` covers. `taken` is sorted."""
    free = ports.first
    for first, last in taken:
        if first > ports.last:
            break
        if first > free:
            yield PortRange(free, first - 1)
        free = max(free, last + 1)
    if free == ports.first:
        yield ports
    elif free <= ports.last:
        yield PortRange(free, ports.last)


def without(
    closed: Mapping[ClosedPorts, datetime], forwards: Iterable[Forward]
) -> Iterator[tuple[ClosedPorts, datetime]]:
    """Yield the closed ports without those of `forwards`.

    The caller closes those anew, and overlapping ranges would pile up.
    """
    anew: dict[Protocol, list[Range]] = {protocol: [] for protocol in Protocol}
    for forward in forwards:
        anew[forward.protocol].append((forward.ports.first, forward.ports.last))
    for ranges in anew.values():
        ranges.sort()
    for (protocol, ports), until in closed.items():
        ranges = anew[protocol]
        if not ranges or ports.last < ranges[0][0] or ranges[-1][1] < ports.first:
            yield (protocol, ports), until
            continue
        near = slice(max(bisect(ranges, (ports.first, 0)) - 1, 0), bisect(ranges, (ports.last, ports.last)) + 1)
        for piece in outside(ranges[near], ports):
            yield (protocol, piece), until
