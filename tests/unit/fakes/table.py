"""The nftables table in memory: what its sets hold, and what they count."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gateway.errors import PortTaken
from gateway.network import Network
from gateway.nftables.elements import (
    COOL,
    COUNTED,
    MAY_BE_THERE,
    SETS,
    STAT,
    WATCHED,
    Counters,
    Delta,
    Element,
    Elements,
)
from tests.unit.builders import MARKS
from tests.unit.fakes.effects import Effects, failed

FILLED = {name for name, spec in SETS.items() if "dynamic" not in spec.flags and name not in COOL}
"""The sets that the desired state fills; packets and time fill the others."""


def transact(content: Elements, delta: Delta) -> Elements:
    """Return the content after a transaction; raise FileExistsError or FileNotFoundError for one that is refused."""
    after = {name: dict(found) for name, found in content.items()}
    for name, gone in delta.remove.items():
        for key in gone:
            if name not in COOL and key not in after[name]:
                raise FileNotFoundError(f"{key} is not in {name}")
            after[name].pop(key, None)
    for name, come in delta.add.items():
        for key, data in come.items():
            if key in after[name] and name not in MAY_BE_THERE:
                raise FileExistsError(f"{key} is in {name} already")
            after[name][key] = data
    return after


class FakeTable:
    """A table. `content` has the elements by set, or is None without a table. `counts` are by set and element."""

    def __init__(self, effects: Effects) -> None:
        self._effects = effects
        self.content: Elements | None = None
        self.counts: dict[str, dict[Element, tuple[int, int]]] = {name: {} for name in COUNTED}

    async def load(self, network: Network, elements: Elements, *, counts_go_on: bool = True) -> None:
        self._effects.take("table.load", failed())
        cold: Elements = {name: (self.content or {}).get(name, {}) for name in COOL}
        warm: Elements = {name: {k: () for k in cold[name] if k not in elements[COOL[name]]} for name in COOL}
        if self.content is None:  # there are no flows that a moment without elements could cut
            self.content = {**{name: {} for name in SETS}, **warm}
            self._effects.take("table.load: elements", failed())
        self.content = {**elements, **warm}
        if not counts_go_on:
            self.counts = {name: {} for name in COUNTED}
        self._forget_counts()

    async def remove(self) -> None:
        self._effects.take("table.remove", failed())
        self.content = None
        self._forget_counts()

    async def apply(self, delta: Delta) -> None:
        if not delta:
            return
        self._effects.take("table.apply", failed())
        if self.content is None:
            raise failed()
        before = dict(self.counts)
        try:
            self.content = transact(self.content, delta)
        except FileNotFoundError:
            raise failed() from None
        except FileExistsError:
            raise PortTaken(ports="", owner="someone", free=None, hint="Try another one.") from None
        for one, other in zip((*STAT, *WATCHED), (*WATCHED, *STAT), strict=True):
            moved = {key: count for key, count in before[other].items() if key in delta.add.get(one, ())}
            self.counts[one] = {**self.counts[one], **moved}
        self._forget_counts()

    def _forget_counts(self) -> None:
        content = self.content or {}
        for name, counts in self.counts.items():
            self.counts[name] = {key: count for key, count in counts.items() if key in content.get(name, ())}

    async def counters(self, slots: Collection[int]) -> Counters:
        self._effects.take("table.counters", failed())
        wanted: dict[Element, int] = {(MARKS.of(each),): each for each in slots}
        both = [{**self.counts[old], **self.counts[new]} for old, new in zip(STAT, WATCHED, strict=True)]
        return {(wanted[key], way): count for way in (0, 1) for key, count in both[way].items() if key in wanted}

    async def hits(self, keys: Mapping[str, Collection[Element]]) -> Mapping[str, Counters]:
        self._effects.take("table.hits", failed())
        return {
            name: {key: self.counts[name][key] for key in some if key in self.counts[name]}
            for name, some in keys.items()
        }

    async def refused(self, slots: Collection[int]) -> dict[int, int]:
        self._effects.take("table.refused", failed())
        counts = self.counts["shed"]
        return {each: counts[MARKS.of(each),][0] for each in slots if (MARKS.of(each),) in counts}
