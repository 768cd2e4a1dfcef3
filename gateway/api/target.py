"""The request that leads open forwards to another port of their device. Forms are as in contract.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gateway.api.connections import Chosen
from gateway.api.contract import ForwardId, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class SetToPort(Request[Chosen]):
    """Lead forwards to another port of their device. Open flows of players to the port before end."""

    operation: ClassVar[str] = "to-port"
    ids: tuple[ForwardId, ...]
    to_port: int  # the first of the device's ports, for each of the forwards
