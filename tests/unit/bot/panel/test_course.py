"""The small picture of a match's last hours."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.panel.course import BLOCKS, SHOWN, SLOT_S, UNKNOWN, Course, Sample, go_on, picture
from tests.unit.bot.core.test_render import NOW
from tests.unit.bot.panel.matches import match

SLOT = timedelta(seconds=SLOT_S)


def after(*players: int | None) -> Course:
    """Return the course of a match with these players, one look in each slot; None is a slot without a look."""
    courses: tuple[Course, ...] = ()
    for index, count in enumerate(players):
        if count is not None:
            courses = go_on(courses, [match(players=count)], NOW + index * SLOT)
    return courses[0]


def test_the_picture_ends_now_and_its_highest_block_is_the_most() -> None:
    assert picture(after(0, 1, 2, 4, 8, 0)) == "▁▂▂▃▇▁"


def test_a_time_in_which_the_bot_was_away_is_no_guess() -> None:
    assert picture(after(4, None, 4)) == f"▇{UNKNOWN}▇"


def test_there_is_no_picture_of_a_beginning_nor_of_an_empty_match() -> None:
    assert picture(None) == ""
    assert picture(after(3)) == ""
    assert picture(after(0, 0, 0)) == ""


def test_the_most_outlives_the_picture() -> None:
    course = after(9, *(1 for _ in range(SHOWN)))
    assert course.most == 9
    assert picture(course) == "▇" * SHOWN


def test_a_short_peak_counts() -> None:
    """The most of a slot is shown, not its last look."""
    (course,) = go_on((after(5),), [match(players=2)], NOW + timedelta(seconds=1))
    assert course.samples == (Sample(course.samples[0].slot, 5),)


def test_a_match_that_ended_is_forgotten() -> None:
    assert go_on((after(5),), [], NOW) == ()


@given(st.lists(st.none() | st.integers(0, 2**31), min_size=1, max_size=40).filter(lambda all_: all_[-1] is not None))
def test_a_picture_is_never_longer_than_its_slots(players: list[int | None]) -> None:
    drawn = picture(after(*players))
    assert len(drawn) <= SHOWN
    assert {*drawn} <= {*BLOCKS, UNKNOWN}
