"""Free ports, and ports that the host needs itself: arithmetic over ranges. Pure."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import chain

from gateway.model import ClosedPorts, Forward, PortRange, Protocol

LEFT_TO_HOST = 4096  # ephemeral ports, at least; half of them where there are fewer
Range = tuple[int, int]
"""(first, last), both inclusive. Ten thousand of them are cheaper than ten thousand PortRanges."""


@dataclass(frozen=True, slots=True)
class Ephemeral:
    """The ports that the host's own connections leave from, except reserved ones. A forward reserves its ports.

    `reserved` is a call, because the list may be long and most forwards lie outside `ports`.
    """

    ports: PortRange = PortRange(32768, 60999)  # the kernel's default
    reserved: Callable[[], AbstractSet[int]] = frozenset

    def lacks(self, wanted: Iterable[PortRange], forwards: Collection[Forward]) -> bool:
        """Report whether the host would have too few ports if `wanted` were reserved beside those of `forwards`."""
        inside = [ports for ports in wanted if ports.overlaps(self.ports)]
        if not inside:
            return False
        reserved = self.reserved()
        # No more than these can be lost. The exact count takes ten times as long among ten thousand forwards.
        most = len(reserved) + sum(f.ports.last - f.ports.first + 1 for f in forwards) + sum(map(len, inside))
        if len(self.ports) - most >= self._least:
            return False
        free = self._free(reserved, forwards)
        more = free.intersection(chain.from_iterable(inside))
        return bool(more) and len(free) - len(more) < self._least

    def spares(self, count: int, forwards: Iterable[Forward]) -> bool:
        """Report whether any `count` ports could be reserved beside those of `forwards`."""
        return len(self._free(self.reserved(), forwards)) - count >= self._least

    @property
    def _least(self) -> int:
        return LEFT_TO_HOST if len(self.ports) >= LEFT_TO_HOST else (len(self.ports) + 1) // 2

    def _free(self, reserved: AbstractSet[int], forwards: Iterable[Forward]) -> set[int]:
        free = set(self.ports) - reserved
        for forward in forwards:
            free.difference_update(range(forward.ports.first, forward.ports.last + 1))
        return free


USUAL = Ephemeral()


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
