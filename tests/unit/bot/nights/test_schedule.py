"""When game nights are: the weekdays, the clock time, and the days on which the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nights.schedule import LONGEST, Every, upcoming
from gateway.times import TimeError, moments

BERLIN = ZoneInfo("Europe/Berlin")
HOURS3 = timedelta(hours=3)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]).map(ZoneInfo)
DAYS = st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days)))
CLOCK = st.times().map(lambda at: at.replace(second=0, microsecond=0))
SCHEDULES = st.builds(Every, DAYS, CLOCK)
LENGTHS = st.timedeltas(timedelta(seconds=1), LONGEST)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("friday 20:00", "friday 20:00"),
        ("Fridays 8pm", "friday 20:00"),
        ("every friday at 8 p.m.", "friday 20:00"),
        ("20:00 friday", "friday 20:00"),
        ("8:30 pm on fri", "friday 20:30"),
        ("sat, fri 20.00", "friday, saturday 20:00"),
        ("friday and saturday at midnight", "friday, saturday 00:00"),
        ("day 20:00", "day 20:00"),
        ("daily 20:00", "day 20:00"),
        ("mon tue wed thu fri sat sun 1:05", "day 01:05"),
    ],
)
def test_a_schedule_may_be_written_in_many_ways(text: str, read: str) -> None:
    assert str(Every.parse(text)) == read


@pytest.mark.parametrize(
    "text",
    ["", "friday", "20:00", "fr 20:00", "friday 20", "friday 25:00", "holiday 20:00", "friday 20:00 21:00", "2h"],
)
def test_a_text_that_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(TimeError):
        Every.parse(text)


@given(SCHEDULES)
def test_a_schedule_is_read_back_as_it_is_written(every: Every) -> None:
    assert Every.parse(str(every)) == every


@pytest.mark.parametrize(
    ("every", "now", "start"),
    [
        ("friday 20:00", "2026-01-31T20:00+00:00", "2026-02-06T19:00+00:00"),
        ("friday 20:00", "2026-03-24T00:00+00:00", "2026-03-27T19:00+00:00"),  # the last in winter time
        ("friday 20:00", "2026-03-28T00:00+00:00", "2026-04-03T18:00+00:00"),  # the same clock, an hour earlier
        ("friday 20:00", "2026-10-25T12:00+00:00", "2026-10-30T19:00+00:00"),
        ("sunday 02:30", "2026-03-28T12:00+00:00", "2026-03-29T01:30+00:00"),  # skipped: after 01:59 comes 03:00
        ("sunday 02:30", "2026-10-24T12:00+00:00", "2026-10-25T00:30+00:00"),  # twice: the first
        ("sunday 02:30", "2026-10-25T01:30+00:00", "2026-10-25T00:30+00:00"),  # its second time is in the same night
        ("sunday 02:30", "2026-10-25T03:30+00:00", "2026-11-01T01:30+00:00"),  # and begins no night of its own
        ("friday 23:00", "2026-02-07T00:30+00:00", "2026-02-06T22:00+00:00"),  # after midnight it is still on
        ("friday 20:00", "2026-02-06T22:00+00:00", "2026-02-13T19:00+00:00"),  # the end belongs to it no more
    ],
)
def test_a_night_is_known_by_the_clock_of_the_zone(every: str, now: str, start: str) -> None:
    night = upcoming(Every.parse(every), HOURS3, datetime.fromisoformat(now), BERLIN)
    assert night.start == datetime.fromisoformat(start)
    assert night.end - night.start == HOURS3


@given(SCHEDULES, LENGTHS, MOMENTS, ZONES)
def test_the_night_is_the_first_that_is_not_over(
    every: Every, length: timedelta, now: datetime, zone: ZoneInfo
) -> None:
    """It begins on one of its days, at its time by the clock unless the clocks skip that, and none is left out."""
    night = upcoming(every, length, now, zone)
    assert night.end > now
    assert night.start - now <= timedelta(days=7, hours=1)

    def starts(day: date) -> datetime:
        return moments(day, every.at, zone)[0]

    days = [(now.astimezone(zone) + timedelta(days=offset)).date() for offset in range(-3, 9)]
    expected = [starts(day) for day in days if day.weekday() in every.days]
    assert night.start == min(start for start in expected if start + length > now)


@given(SCHEDULES, LENGTHS, MOMENTS, ZONES)
def test_nights_follow_one_another_and_never_overlap(
    every: Every, length: timedelta, now: datetime, zone: ZoneInfo
) -> None:
    first = upcoming(every, length, now, zone)
    assert upcoming(every, length, first.start, zone) == first
    second = upcoming(every, length, first.end, zone)
    assert second.start >= first.end


@given(MOMENTS, ZONES)
def test_what_is_left_of_a_night_reaches_its_end(now: datetime, zone: ZoneInfo) -> None:
    night = upcoming(Every((0, 1, 2, 3, 4, 5, 6), time(20)), LONGEST, now, zone)
    left = night.left(now).length
    assert left is not None
    assert night.end <= now + left < night.end + timedelta(seconds=1)
