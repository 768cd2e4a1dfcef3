"""What gateway/names follows: where the public name has to lead. `contract.KeepName` is how it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gateway.api.contract import NameTarget, Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchName(Subscription[NameTarget]):
    """Tell what the name has to lead to, now and each time it changes. For gateway/names, and for root.

    The open connection is the process's sign of life. It answers each target by `KeepName`.
    """

    operation: ClassVar[str] = "watch-name"
