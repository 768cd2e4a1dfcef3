"""The request that leads open forwards to another port or device. Forms are as in contract.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gateway.api.connections import Chosen
from gateway.api.contract import ForwardId, Name, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class SetToPort(Request[Chosen]):
    """Lead forwards to another port, or to another device of their owner. Open flows to where they led before end."""

    operation: ClassVar[str] = "to-port"
    ids: tuple[ForwardId, ...]
    to_port: int | None = None  # the first of the device's ports, for each of the forwards; None leaves each its own
    device: Name | None = None  # its name; None leaves each its own
