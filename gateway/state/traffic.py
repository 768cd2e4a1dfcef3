"""The traffic of this calendar month, where `monthly_traffic` says how much of it the provider allows.

The kernel counts from the boot, or from when an interface came up. So the counters are noted, and what they grew
by since is added, also over restarts and reboots. Months are those of UTC.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from gateway.codec import DecodeError, decode, to_json
from gateway.config import GatewaySection, Size, TrafficCounts
from gateway.errors import GatewayError
from gateway.host.host import Host, LinkCounts
from gateway.host.sysctl import BOOT_ID
from gateway.problem import Trouble
from gateway.state.reconciler import Reconciler
from gateway.state.store import Store

log = logging.getLogger(__name__)

LOOK_S, SAVE_S = 60.0, 600.0  # what a crash of the host loses at most; after one of the gateway nothing is lost
SHARES = (100, 80)  # percent, at which admins are told
_NOTE = "traffic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month's traffic, and the counters when it was counted last."""

    month: str  # such as 2026-11
    octets: int = 0
    boot: str = ""  # the host's, whose counters these are
    seen: dict[str, int] = field(default_factory=dict)  # the counter of each interface


def counted(before: Month | None, month: str, boot: str, seen: Mapping[str, int]) -> Month:
    """Return the traffic with what the counters grew by. A clock that is set back begins no month again."""
    if before is None:
        return Month(month=month, boot=boot, seen=dict(seen))
    added = 0
    for interface, counter in seen.items():
        last = before.seen.get(interface)
        if boot != before.boot:
            added += counter
        elif last is not None:  # else it is new here, and what it counted before is not known to be of this month
            added += counter - last if counter >= last else counter  # smaller: the interface was made anew
    known = {**before.seen, **seen} if boot == before.boot else dict(seen)
    is_new = month > before.month
    return Month(
        month=month if is_new else before.month,
        octets=added + (0 if is_new else before.octets),
        boot=boot,
        seen=known,
    )


def share(octets: int, limit: int) -> int:
    """Return the highest of `SHARES` that is reached, or 0."""
    return next((each for each in SHARES if octets * 100 >= limit * each), 0)


class MonthlyTraffic:
    """The owner of the count, and of the problem about it. Without `monthly_traffic` it does nothing."""

    def __init__(self, section: GatewaySection, host: Host, store: Store, reconciler: Reconciler) -> None:
        self._host, self._store, self._state = host, store, reconciler
        self._allowed = section.monthly_traffic if isinstance(section.monthly_traffic, Size) else None
        self._counts = section.monthly_traffic_counts
        self._month: Month | None = None
        self._saved: Month | None = None

    @property
    def octets(self) -> int | None:
        """Return this month's traffic, or None while it is not counted."""
        return self._month.octets if self._month else None

    @property
    def limit(self) -> int | None:
        return self._allowed.octets if self._allowed else None

    async def keep_counting(self) -> None:
        """Count, until cancelled."""
        if self._allowed is None:
            self._state.problems.clear(Trouble.TRAFFIC)
            return
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            try:
                await self.look()
                if clock() >= due:
                    await self.save()
                    due = clock() + SAVE_S
            except (OSError, GatewayError) as error:
                log.warning("this month's traffic could not be counted, trying again: %s", error)
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Add what went through the uplinks since the last look, and judge it."""
        if self._allowed is None:
            return
        if self._month is None:
            with suppress(DecodeError, ValueError):  # another version's
                if noted := await self._store.note(_NOTE):
                    self._month = self._saved = decode(Month, json.loads(noted))
        uplinks = [each.interface for each in self._state.surroundings.uplinks]
        links = await self._host.link_counts(uplinks)
        boot = (await self._host.settings([BOOT_ID]))[BOOT_ID] or ""
        seen = {name: self._of(counts) for name, counts in links.items()}
        self._month = counted(self._month, f"{self._host.now():%Y-%m}", boot, seen)
        reached = share(self._month.octets, self._allowed.octets)
        values = {"share": str(reached), "limit": str(self._allowed)}
        self._state.problems.judge(Trouble.TRAFFIC, values if reached else None)

    async def save(self) -> None:
        """Write the count down, for the next start. Raise NotSaved."""
        month = self._month
        if month is not None and month != self._saved:
            await self._state.write(lambda: self._store.set_note(_NOTE, to_json(month)))
            self._saved = month

    def _of(self, counts: LinkCounts) -> int:
        return counts.tx_bytes + (counts.rx_bytes if self._counts is TrafficCounts.BOTH else 0)
