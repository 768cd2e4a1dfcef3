"""What a picture of a history shows, decided here and drawn by `draw.py`. Pure.

Bytes are told as the reader sees them: a device received what the gateway sent to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from bot.core.render import data_size
from bot.core.words import Words
from gateway.api.history import History, Period, Step

DOWN, UP, PLAYERS, ONLINE = "#5b9dff", "#ffa94d", "#57d38c", "#c792ea"
# As many steps as a phone can tell apart.
LENGTHS = {
    Period.DAY: timedelta(minutes=15),
    Period.WEEK: timedelta(hours=2),
    Period.MONTH: timedelta(hours=8),
    Period.YEAR: timedelta(days=4),
}
_EDGE = 0.05  # of the width, where a name would be cut off
_UNITS = ("B", "kB", "MB", "GB", "TB")


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    colour: str
    values: tuple[float, ...]  # one for each step


@dataclass(frozen=True, slots=True)
class Panel:
    share: int  # of the height
    top: float  # the value at its upper end
    ticks: tuple[tuple[float, str], ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: panels below each other, and marks of time, (step, name), through all of them."""

    panels: tuple[Panel, ...]
    marks: tuple[tuple[float, str], ...]
    alt: str  # its text for screen readers


def picture(words: Words, history: History, zone: tzinfo, *, of_port: bool = False) -> Picture:
    """Return the picture of a history. `of_port`: it is one of an open port, whose bytes are those of players."""
    length = LENGTHS[history.period]
    steps, total, seconds = history.in_steps_of(length), history.total, length.total_seconds()
    incoming, outgoing = tuple(s.rx_bytes / seconds for s in steps), tuple(s.tx_bytes / seconds for s in steps)
    up, down = data_size(total.rx_bytes), data_size(total.tx_bytes)
    if of_port:
        traffic = (
            Line(words("graph-from-players", size=up), DOWN, incoming),
            Line(words("graph-to-players", size=down), UP, outgoing),
        )
    else:
        traffic = (
            Line(words("graph-received", size=down), DOWN, outgoing),
            Line(words("graph-sent", size=up), UP, incoming),
        )
    rate = nice(max(*incoming, *outgoing))
    panels = [Panel(3, rate, tuple((each, _rate(each)) for each in (rate / 2, rate)), traffic)]
    panels.append(_players(words, steps, total) if total.players or of_port else _online(words, steps, total, seconds))
    alt = words(
        "graph-alt",
        period=str(history.period),
        incoming=traffic[0].name.lstrip("▼▲ "),
        outgoing=traffic[1].name.lstrip("▼▲ "),
        presence=panels[1].lines[0].name,
        rate=_rate(float(f"{max(*incoming, *outgoing):.2g}")),
        when=_most_at(words, steps, zone, history.period),
    )
    return Picture(tuple(panels), tuple(_marks(words, steps, length, zone, history.period)), alt)


def _players(words: Words, steps: Sequence[Step], total: Step) -> Panel:
    top = max(2, total.players + total.players % 2)
    line = Line(words("graph-players", players=total.players), PLAYERS, tuple(float(s.players) for s in steps))
    return Panel(2, top, ((top / 2, str(top // 2)), (top, str(top))), (line,))


def _online(words: Words, steps: Sequence[Step], total: Step, seconds: float) -> Panel:
    values = tuple(s.online_s / seconds for s in steps)
    top = max(1.0, *values)
    line = Line(words("graph-online", hours=f"{total.online_s / 3600:.1f}"), ONLINE, values)
    return Panel(1, top, (), (line,))


def nice(value: float) -> float:
    """Return the end of an axis: the smallest of 1, 2 and 5 times a power of ten that is not less."""
    power = 1.0
    while power * 10 < value:
        power *= 10
    return next(power * each for each in (1, 2, 5, 10) if power * each >= value)


def _rate(size: float) -> str:
    units = list(_UNITS)
    while size >= 1000 and len(units) > 1:
        size /= 1000
        del units[0]
    return f"{size:g} {units[0]}/s"


def _most_at(words: Words, steps: Sequence[Step], zone: tzinfo, period: Period) -> str:
    most = max(steps, key=lambda step: step.rx_bytes + step.tx_bytes).at.astimezone(zone)
    return f"{most:%H:%M}" if period is Period.DAY else f"{most.day} {_month(words, most)}"


def _marks(
    words: Words, steps: Sequence[Step], length: timedelta, zone: tzinfo, period: Period
) -> Iterator[tuple[float, str]]:
    for at, name in _moments(words, steps[0].at.astimezone(zone), steps[-1].at.astimezone(zone), period):
        place = (at - steps[0].at) / length
        if _EDGE * len(steps) <= place <= (1 - _EDGE) * len(steps):
            yield place, name


def _moments(words: Words, first: datetime, last: datetime, period: Period) -> Iterator[tuple[datetime, str]]:
    day, zone = first.date(), first.tzinfo
    while day <= last.date():
        midnight = datetime.combine(day, time(), zone)
        match period:
            case Period.DAY:
                for hour in (0, 6, 12, 18):
                    yield datetime.combine(day, time(hour), zone), f"{hour:02}:00"
            case Period.WEEK:
                yield midnight, words("graph-weekday", day=day.isoweekday())
            case Period.MONTH if day.isoweekday() == 1:
                yield midnight, f"{day.day} {_month(words, day)}"
            case Period.YEAR if day.day == 1 and day.month % 2:
                yield midnight, _month(words, day)
        day += timedelta(days=1)


def _month(words: Words, day: date) -> str:
    return words("graph-month", month=day.month)


@dataclass(frozen=True, slots=True)
class Night:
    """A match night, from noon to noon, so that midnight divides none."""

    evening: datetime
    playing_s: int  # seconds for which the member played
    hosting_s: int  # seconds for which players were on the member's ports


def nights(history: History, zone: tzinfo) -> Iterator[Night]:
    """Yield each night with play, the latest first."""
    found: dict[date, tuple[int, int]] = {}
    for step in history.steps:
        if step.playing_s or step.played_s:
            evening = (step.at.astimezone(zone) - timedelta(hours=12)).date()
            playing_s, hosting_s = found.get(evening, (0, 0))
            found[evening] = playing_s + step.playing_s, hosting_s + step.played_s
    for day in sorted(found, reverse=True):
        yield Night(datetime.combine(day, time(20), zone), *found[day])
