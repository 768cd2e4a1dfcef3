"""The slots of forwards: small numbers for the conntrack marks of their flows. Pure.

A slot is used again once its forward is gone, the longest free first. The reconciler sees to it that no flow carries it
by then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from gateway.config import GatewaySection
from gateway.errors import ConfigError
from gateway.model import Desired
from gateway.network import Marks


def free_slots(desired: Desired, slots: int) -> Iterator[int]:
    """Yield the free ones of so many slots, the longest free first."""
    used = {forward.slot for forward in desired.forwards.values()}
    first = desired.next_forward_id % slots
    return (slot for slot in chain(range(first, slots), range(first)) if slot not in used)


def fitted(desired: Desired, section: GatewaySection) -> Desired:
    """Give the forwards free slots whose own the mask cannot number. Raise ConfigError when it has too few."""
    slots = Marks(section.conntrack_mask).slots
    if len(desired.forwards) > slots:
        problem = f"numbers {slots} forwards, and there are {len(desired.forwards)}; set more bits, or close some first"
        raise ConfigError(key="gateway.conntrack_mask", problem=problem)
    if all(forward.slot < slots for forward in desired.forwards.values()):
        return desired
    free = free_slots(desired, slots)
    return replace(
        desired,
        forwards={
            key: forward if forward.slot < slots else replace(forward, slot=next(free))
            for key, forward in desired.forwards.items()
        },
    )
