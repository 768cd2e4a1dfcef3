"""Every operation by its name."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from gateway.api import (
    connections,
    contract,
    decisions,
    diagnosis,
    events,
    forgetting,
    history,
    holders,
    measures,
    naming,
    pair,
    standby,
    target,
)
from gateway.api.contract import Request

DECLARED_IN: tuple[ModuleType, ...] = (
    contract,
    decisions,
    diagnosis,
    events,
    forgetting,
    history,
    holders,
    measures,
    connections,
    naming,
    pair,
    standby,
    target,
)

# The scan finds each class, so that none can be forgotten.
OPERATIONS: Mapping[str, type[Request[Any]]] = {
    kind.operation: kind
    for module in DECLARED_IN
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Request) and kind.__module__ == module.__name__
    if hasattr(kind, "operation")
}
