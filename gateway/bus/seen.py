"""What a look at the bus saw, which one process prints and the doctor reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A region, as far as the doctor judges it."""

    region: str
    subnet4: IPv4Network
    subnet6: IPv6Network | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the regions told in a few seconds."""

    problem: str = ""  # why there was no look; empty when there was one
    places: tuple[Place, ...] = ()
    clocks: dict[str, float] = field(default_factory=dict)  # by region: seconds by which its clock is before this one
