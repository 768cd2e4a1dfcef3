"""What a region tells of itself on the bus: its entry of the directory, and its pulse."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from typing import TypeVar

from gateway.codec import DecodeError, decode

PROTOCOL = 1
"""The number of what both ends speak. It grows when they no longer understand each other's requests or answers."""
PULSE_S = 2.0
T = TypeVar("T", "Entry", "Pulse")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A region in the directory."""

    region: str
    public_address: str  # as configured; empty where the gateway takes the interface's
    subnet4: IPv4Network
    subnet6: IPv6Network | None
    version: str  # of the program
    protocol: int = PROTOCOL


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """A sign of life, every `PULSE_S`."""

    at: datetime  # by the region's clock
    connection: str  # another one for each connection to the bus, on which requests and watches end with it
    serving: bool  # whether the gateway takes connections
    load: float  # of the host, in the last minute


def read(kind: type[T], text: bytes) -> T | None:
    """Return what a region told, or None for what is not understood. What a newer version adds is left out."""
    try:
        return decode(kind, json.loads(text), may_have_more=True)
    except (DecodeError, ValueError, RecursionError):
        return None
