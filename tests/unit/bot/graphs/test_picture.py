"""What a picture shows, in which steps, and what it says to screen readers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.graphs.picture import LENGTHS, Picture, nice, nights, picture
from gateway.api.history import History, Period, Step
from tests.unit.bot.english import words

NOW = datetime(2026, 1, 31, 21, 10, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def history(*steps: Step, period: Period = Period.DAY, until: datetime = NOW) -> History:
    return History(period=period, until=until, step_s=int(period.step.total_seconds()), steps=steps)


def drawn(found: History, *, of_port: bool = False) -> Picture:
    return picture(words, found, BERLIN, of_port=of_port)


def an_evening() -> History:
    at = datetime(2026, 1, 31, 19, tzinfo=UTC)
    return history(
        Step(at=at, rx_bytes=900_000, tx_bytes=9_000_000, online_s=300),
        Step(at=at + timedelta(minutes=5), rx_bytes=900, tx_bytes=900_000, players=3, played_s=300, online_s=300),
    )


def test_a_device_received_what_the_gateway_sent() -> None:
    found = drawn(an_evening())
    assert [line.name for line in found.panels[0].lines] == ["▼ 9.9 MB received", "▲ 900.9 kB sent"]
    received, sent = found.panels[0].lines
    assert max(received.values) == pytest.approx(9_900_000 / 900)
    assert sum(sent.values) * 900 == pytest.approx(900_900)
    assert found.panels[1].lines[0].name == "up to 3 players"


def test_a_port_tells_of_its_players() -> None:
    names = [line.name for line in drawn(an_evening(), of_port=True).panels[0].lines]
    assert names == ["▼ 900.9 kB from players", "▲ 9.9 MB to players"]


def test_without_players_it_shows_when_devices_were_connected() -> None:
    step = Step(at=NOW - timedelta(hours=2), rx_bytes=1, online_s=300)
    assert drawn(history(step)).panels[1].lines[0].name == "connected for 0.1 hours"


def test_its_text_has_the_numbers_and_the_time_on_the_members_clock() -> None:
    assert drawn(an_evening()).alt == (
        "In the last day: 9.9 MB received, 900.9 kB sent, up to 3 players. The peak was 11 kB/s (20:00)."
    )


@pytest.mark.parametrize(
    ("period", "names"),
    [
        (Period.DAY, ["00:00", "06:00", "12:00", "18:00"]),
        (Period.WEEK, ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]),
        (Period.MONTH, ["5 Jan", "12 Jan", "19 Jan", "26 Jan"]),
        (Period.YEAR, ["Mar", "May", "Jul", "Sep", "Nov", "Jan"]),
    ],
)
def test_its_marks_are_times_of_the_members_zone(period: Period, names: list[str]) -> None:
    found = drawn(history(Step(at=NOW, rx_bytes=1), period=period))
    assert [name for _, name in found.marks] == names
    places = [place for place, _ in found.marks]
    assert places == sorted(places)
    assert 0 < places[0] < places[-1] < len(found.panels[0].lines[0].values)


@given(st.integers(1, 10**12), st.sampled_from(list(Period)))
def test_nothing_is_drawn_outside_of_its_axes(count: int, period: Period) -> None:
    found = drawn(history(Step(at=NOW, rx_bytes=count, tx_bytes=1, players=count % 9, online_s=300), period=period))
    for panel in found.panels:
        for line in panel.lines:
            assert all(0 <= value <= panel.top for value in line.values)
            assert len(line.values) == -(-period.length // LENGTHS[period])
            assert sum(line.values) > 0
        assert all(0 <= height <= panel.top for height, _ in panel.ticks)


@given(st.floats(0, 1e15))
def test_an_axis_ends_at_a_round_number_that_is_not_far(value: float) -> None:
    end = nice(value)
    assert end >= value
    assert end <= max(1.0, 2.5 * value)
    assert f"{end:e}"[0] in "125"


def test_a_match_night_goes_on_after_midnight() -> None:
    """It lasts from noon to noon on the clock of the members."""
    steps = [Step(at=datetime(2026, 1, 30, hour, tzinfo=UTC), played_s=600, players=1) for hour in (10, 12, 22)]
    steps.append(Step(at=datetime(2026, 1, 31, 1, tzinfo=UTC), played_s=600, players=2))
    steps.append(Step(at=datetime(2026, 1, 31, 2, tzinfo=UTC), rx_bytes=5))
    steps.append(Step(at=datetime(2026, 1, 28, 20, tzinfo=UTC), playing_s=700))
    found = nights(history(*steps, period=Period.MONTH), BERLIN)
    assert [(f"{night.evening:%d %H}", night.playing_s, night.hosting_s) for night in found] == [
        ("30 20", 0, 1800),
        ("29 20", 0, 600),
        ("28 20", 700, 0),
    ]
