"""The regions as the bus tells of them: what is in the directory, and whose pulses come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.bus.told import PULSE_S, Entry, Pulse

SILENT_S = 3 * PULSE_S
"""Without a pulse for so long a region is away."""
OFF, OFF_S = timedelta(seconds=2), 15.0
"""A clock is off that differs by more in all pulses for so long. A line that stood still lets several come too late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A region. All of it is the region's own word, so nothing here lets it be another one."""

    entry: Entry | None = None  # None: the directory has none yet
    pulse: Pulse | None = None  # the latest one; None: none came since the bot is connected
    connection: str = ""  # of the region, by its latest pulse, also by one from before the bot was connected
    heard: float | None = None  # when the latest pulse came, by the loop's time
    is_away: bool = False  # pulses came, and do not any more
    ahead: timedelta = timedelta()  # by so much its clock is before the bot's; negative: behind
    right: float | None = None  # when a pulse had the right time at last, or else the first one came
    is_off: bool = False  # its clock is off


class Regions:
    """All regions that were ever heard of, by name. `now` is the loop's time."""

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}
        self._begun = 0.0

    @property
    def seen(self) -> Mapping[str, Seen]:
        return self._seen

    def enter(self, entry: Entry) -> bool:
        """Take an entry of the directory. Report whether it is news."""
        return self._put(entry.region, entry=entry)

    def leave(self, region: str) -> None:
        """Forget a region that is no longer in the directory."""
        self._seen.pop(region, None)

    def hear(self, region: str, pulse: Pulse, now: float, clock: datetime) -> bool:
        """Take a pulse. Report whether requests that are under way there will never be answered."""
        before, ahead = self._seen.get(region, Seen()), pulse.at - clock
        right = now if before.right is None or abs(ahead) <= OFF else before.right
        self._put(region, pulse=pulse, connection=pulse.connection, heard=now, is_away=False)
        self._put(region, ahead=ahead, right=right, is_off=now - right > OFF_S)
        return before.connection not in ("", pulse.connection)

    def look(self, now: float) -> list[str]:
        """Return the regions that are away from now on."""
        silent = [
            region
            for region, seen in self._seen.items()
            if not seen.is_away and seen.connection and now - (seen.heard or self._begun) > SILENT_S
        ]
        for region in silent:
            self._put(region, is_away=True)
        return silent

    def begin(self, now: float) -> None:
        """Begin anew on another connection: silence on the last one says nothing about a region."""
        self._begun = now
        for region in self._seen:
            self._put(region, pulse=None, heard=None, is_away=False, right=None)

    def _put(self, region: str, **changes: object) -> bool:
        before = self._seen.get(region, Seen())
        self._seen[region] = replace(before, **changes)  # type: ignore[arg-type]  # each call above names fields
        return self._seen[region] != before
