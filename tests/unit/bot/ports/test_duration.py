"""The durations that members type."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ports.duration import DurationError, parse
from gateway.model import LONGEST, Duration
from tests.unit.bot.english import words

NOW = datetime(2026, 1, 31, 20, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("2h", timedelta(hours=2)),
        ("90m", timedelta(minutes=90)),
        ("2h30m", timedelta(hours=2, minutes=30)),
        (" 2 H 30 Min ", timedelta(hours=2, minutes=30)),
        ("1d", timedelta(days=1)),
        ("1 week 2 days", timedelta(days=9)),
        ("3 hours", timedelta(hours=3)),
        ("45s", timedelta(seconds=45)),
        ("until 02:00", timedelta(hours=6)),
        ("UNTIL 2:00", timedelta(hours=6)),
        ("until 20.01", timedelta(minutes=1)),
        ("until 20:00", timedelta(days=1)),
        ("3650d", LONGEST),
    ],
)
def test_a_duration_may_be_written_in_many_ways(text: str, length: timedelta) -> None:
    assert parse(text, NOW, UTC) == Duration(length)


def test_forever_has_no_length() -> None:
    assert parse("Forever", NOW, UTC) == Duration(None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2",
        "h",
        "0h",
        "0h0m",
        "-2h",
        "1.5h",
        "30m2h",
        "2h2h",
        "until",
        "until 24:00",
        "until 2:60",
        "2h!",
        "٢h",
        "1e3h",
    ],
)
def test_a_text_that_is_no_duration_is_answered_with_examples(text: str) -> None:
    with pytest.raises(DurationError) as refused:
        parse(text, NOW, UTC)
    assert refused.value.say(words) == words("duration-unreadable")


@pytest.mark.parametrize("text", ["3651d", "999999999w", "9999999w999999999s"])
def test_ten_years_are_the_most(text: str) -> None:
    """A longer duration may end after the calendar's last day."""
    with pytest.raises(DurationError) as refused:
        parse(text, NOW, UTC)
    assert refused.value.say(words) == words("duration-too-long")


@pytest.mark.parametrize(
    ("now", "text", "end"),
    [
        ("2026-01-31T20:00+00:00", "until 02:00", "2026-02-01T01:00+00:00"),
        ("2026-07-31T20:00+00:00", "until 02:00", "2026-08-01T00:00+00:00"),
        ("2026-03-28T20:00+00:00", "until 04:00", "2026-03-29T02:00+00:00"),  # the clocks go forward
        ("2026-10-24T20:00+00:00", "until 02:30", "2026-10-25T00:30+00:00"),  # the clocks go back: the first 02:30
        ("2026-10-25T00:40+00:00", "until 02:30", "2026-10-25T01:30+00:00"),  # the second 02:30
    ],
)
def test_a_time_of_day_is_that_of_the_configured_zone(now: str, text: str, end: str) -> None:
    moment = datetime.fromisoformat(now)
    assert parse(text, moment, BERLIN).after(moment) == datetime.fromisoformat(end)


@given(MOMENTS, st.integers(0, 23), st.integers(0, 59))
def test_until_is_the_next_such_time(now: datetime, hour: int, minute: int) -> None:
    """It is later than now, on that minute, and within a day and the hour that clocks may go back."""
    length = parse(f"until {hour:02}:{minute:02}", now, BERLIN).length
    assert length is not None
    assert timedelta(0) < length <= timedelta(hours=25, seconds=1)
    local = (now + length).astimezone(BERLIN)
    nonexistent = hour == 2 and (local.hour, local.minute) in ((3, minute), (1, minute))
    assert (local.hour, local.minute) == (hour, minute) or nonexistent


@given(st.integers(0, 500), st.integers(0, 100), st.integers(0, 100), st.integers(1, 100))
def test_every_duration_reaches_the_gateway_unchanged(days: int, hours: int, minutes: int, seconds: int) -> None:
    """The API's text of it is read back as the same duration."""
    read = parse(f"{days}d{hours}h{minutes}m{seconds}s", NOW, UTC)
    assert read.length == timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    assert Duration.parse(str(read)) == read
