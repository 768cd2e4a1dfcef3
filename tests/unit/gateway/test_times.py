"""Times as people write them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import LONGEST, Duration
from gateway.times import WEEKDAYS, TimeError, moments, parse

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
        ("2", timedelta(hours=2)),
        ("for 2 hours", timedelta(hours=2)),
        ("1h30", timedelta(hours=1, minutes=30)),
        ("1 hour 30", timedelta(hours=1, minutes=30)),
        ("1h 5", timedelta(hours=1, minutes=5)),
        ("until 2am", timedelta(hours=6)),
        ("2 a.m.", timedelta(hours=6)),
        ("till 2AM", timedelta(hours=6)),
        ("23:30", timedelta(hours=3, minutes=30)),
        ("9:30 pm", timedelta(hours=1, minutes=30)),
        ("until midnight", timedelta(hours=4)),
        ("12am", timedelta(hours=4)),
        ("12pm", timedelta(hours=16)),
        ("noon", timedelta(hours=16)),
        ("today 21:00", timedelta(hours=1)),
        ("tomorrow 20:00", timedelta(days=1)),
        ("tomorrow at 8pm", timedelta(days=1)),
        ("20:00 tomorrow", timedelta(days=1)),
        ("until sunday, 2am", timedelta(hours=6)),
        ("saturday 21:00", timedelta(hours=1)),
        ("Sat 20:00", timedelta(days=7)),
        ("friday 20:00", timedelta(days=6)),
        ("2026-02-02 8.15 pm", timedelta(days=2, minutes=15)),
        ("<t:1769893200>", timedelta(hours=1)),
        ("until <t:1769893200:R>", timedelta(hours=1)),
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
        "soon",
        "until 2",
        "13pm",
        "0am",
        "friday",
        "fr 20:00",
        "friday friday 20:00",
        "20:00 20:00",
        "2026-02-30 20:00",
        "1h30 20:00",
        "<t:x>",
        "2h99999999",
    ],
)
def test_a_text_that_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(TimeError) as refused:
        parse(text, NOW, UTC)
    assert refused.value.problem == "unreadable"


@pytest.mark.parametrize("text", ["today 19:59", "today 20:00", "2026-01-30 23:00", "<t:1769889600>", "<t:0>"])
def test_a_time_that_is_over_is_refused(text: str) -> None:
    with pytest.raises(TimeError) as refused:
        parse(text, NOW, UTC)
    assert refused.value.problem == "past"


@pytest.mark.parametrize("text", ["3651d", "999999999w", "9999999w999999999s", "2099-01-01 20:00", "<t:99999999999>"])
def test_ten_years_are_the_most(text: str) -> None:
    """A longer duration may end after the calendar's last day."""
    with pytest.raises(TimeError) as refused:
        parse(text, NOW, UTC)
    assert refused.value.problem == "too-long"


@pytest.mark.parametrize(
    ("now", "text", "end"),
    [
        ("2026-01-31T20:00+00:00", "until 02:00", "2026-02-01T01:00+00:00"),
        ("2026-07-31T20:00+00:00", "until 02:00", "2026-08-01T00:00+00:00"),
        ("2026-03-28T20:00+00:00", "until 04:00", "2026-03-29T02:00+00:00"),  # the clocks go forward
        ("2026-10-24T20:00+00:00", "until 02:30", "2026-10-25T00:30+00:00"),  # the clocks go back: the first 02:30
        ("2026-10-25T00:40+00:00", "until 02:30", "2026-10-25T01:30+00:00"),  # the second 02:30
        ("2026-10-24T20:00+00:00", "sunday 2:30", "2026-10-25T00:30+00:00"),
        ("2026-03-28T20:00+00:00", "until 02:30", "2026-03-29T01:30+00:00"),  # no 02:30: an hour after 01:30 and half
        ("2026-03-27T22:30+00:00", "friday 23:45", "2026-03-27T22:45+00:00"),  # still Friday in the zone
        ("2026-03-27T23:30+00:00", "today 1:00", "2026-03-28T00:00+00:00"),  # Saturday in the zone
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
    nonexistent = hour == 2 and (local.hour, local.minute) == (3, minute)
    assert (local.hour, local.minute) == (hour, minute) or nonexistent


ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]).map(ZoneInfo)


@given(MOMENTS, ZONES, st.sampled_from(WEEKDAYS), st.times().map(lambda at: at.replace(second=0, microsecond=0)))
def test_a_weekday_is_the_next_one_in_the_zone(now: datetime, zone: ZoneInfo, day: str, at: time) -> None:
    """It is later than now, on that day, and no such moment lies before it."""
    length = parse(f"{day} {at:%H:%M}", now, zone).length
    assert length is not None
    end = now + length
    local = end.astimezone(zone)
    assert WEEKDAYS[local.weekday()] == day
    assert timedelta(0) < length <= timedelta(days=7, hours=1, seconds=1)
    before = [
        moment
        for days in range(8)
        if WEEKDAYS[(earlier := (now.astimezone(zone) + timedelta(days=days)).date()).weekday()] == day
        for moment in moments(earlier, at, zone)
    ]
    assert min(moment for moment in before if moment > now) <= end


@given(MOMENTS, ZONES)
def test_every_moment_is_one_of_its_clock_time(now: datetime, zone: ZoneInfo) -> None:
    """An hour that comes twice has two moments, so that each moment is found by what the clock shows."""
    local = now.astimezone(zone)
    assert now in moments(local.date(), local.time(), zone)


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_refused(text: str) -> None:
    with suppress(TimeError):
        length = parse(text, NOW, BERLIN).length
        assert length is None or timedelta(0) < length <= LONGEST


@given(st.integers(0, 500), st.integers(0, 100), st.integers(0, 100), st.integers(1, 100))
def test_every_duration_reaches_the_gateway_unchanged(days: int, hours: int, minutes: int, seconds: int) -> None:
    """The API's text of it is read back as the same duration."""
    read = parse(f"{days}d{hours}h{minutes}m{seconds}s", NOW, UTC)
    assert read.length == timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    assert Duration.parse(str(read)) == read
