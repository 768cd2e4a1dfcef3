"""What is worth a post: told once, and never a blip."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.config import PostKind
from bot.panel.overview import Match
from bot.panel.stories import Stories
from tests.unit.bot.core.test_render import NOW
from tests.unit.bot.panel.matches import match

STEP = timedelta(seconds=10)


class Evening:
    """Looks one after the other, `STEP` apart."""

    def __init__(self, *before: Match) -> None:
        self.now: datetime = NOW + timedelta(hours=1)
        self.stories = Stories()
        assert self.stories.look(before, self.now) == []

    def told(self, seconds: int, *matches: Match) -> list[PostKind]:
        """Return what is told while it stays like this."""
        found = []
        for _ in range(seconds // 10):
            self.now += STEP
            found += [post.kind for post in self.stories.look(matches, self.now)]
        return found


def begun(evening: Evening) -> datetime:
    return evening.now + STEP


def test_a_match_is_told_once_after_a_minute() -> None:
    evening = Evening()
    new = match(created_at=begun(evening))
    assert evening.told(60, new) == []
    assert evening.told(10, new) == [PostKind.HOSTING]
    assert evening.told(300, new) == []


def test_what_is_closed_within_a_minute_was_never_there() -> None:
    evening = Evening()
    assert evening.told(50, match(created_at=begun(evening))) == []
    assert evening.told(300) == []


def test_what_was_so_before_the_bot_started_is_not_news() -> None:
    """A restart repeats nothing, but a match that began just before it is still told."""
    assert Evening(match(players=3)).told(600, match(players=3)) == []
    just = match(created_at=NOW + timedelta(hours=1) - STEP)
    assert Evening(just).told(60, just) == [PostKind.HOSTING]


def test_the_first_player_is_told_once() -> None:
    evening = Evening(match())
    assert evening.told(70, match(players=1)) == [PostKind.FIRST_PLAYER]
    assert evening.told(100, match()) == []
    assert evening.told(100, match(players=2)) == []


def test_a_program_that_knocks_and_leaves_is_no_player() -> None:
    evening = Evening(match())
    for _ in range(20):
        assert evening.told(50, match(players=1)) == []
        assert evening.told(20, match()) == []


def test_a_lost_pc_is_told_with_the_players_that_were_on() -> None:
    """Players leave while the device is silent and does not count as away yet."""
    evening = Evening(match(players=3))
    evening.told(100, match(players=3))
    evening.told(120, match(players=0))
    away = match(is_online=False, online_since=evening.now)
    assert evening.told(60, away) == []
    evening.now += STEP
    (post,) = evening.stories.look([away], evening.now)
    assert (post.kind, post.players) == (PostKind.OFFLINE, 3)
    assert evening.told(600, away) == []
    assert evening.told(60, match(players=2)) == []
    assert evening.told(90, away) == [PostKind.OFFLINE], "the next time is another event"


def test_a_pc_that_is_back_within_a_minute_and_one_without_players_are_not_told() -> None:
    evening = Evening(match(players=3))
    assert evening.told(50, match(is_online=False, players=3)) == []
    assert evening.told(600, match()) == []
    assert evening.told(600, match(is_online=False)) == []


def test_a_game_that_stopped_to_answer_is_told_but_not_one_that_never_did() -> None:
    """A host that has not started the game yet sees that in the answer to the command."""
    silent = match(answers=False, is_device_there=True)
    evening = Evening(silent)
    assert evening.told(600, silent) == []
    assert evening.told(10, match(answers=True)) == []
    assert evening.told(50, silent) == []
    assert evening.told(10, match(answers=True)) == []
    assert evening.told(90, silent) == [PostKind.SILENT]
    assert evening.told(600, silent) == []


def test_a_pc_that_is_lost_is_not_told_as_a_game_that_does_not_answer() -> None:
    """Nothing comes from either of them, and it counts as away three minutes later."""
    evening = Evening(match(answers=True, players=1))
    evening.told(60, match(answers=True, players=1))
    assert evening.told(200, match(answers=False)) == []
    assert evening.told(600, match(is_online=False)) == [PostKind.OFFLINE]


def test_a_game_whose_pc_hides_closed_ports_is_told_once_the_pc_is_not_lost() -> None:
    evening = Evening(match(answers=True))
    evening.told(10, match(answers=True))
    assert evening.told(240, match(answers=False)) == []
    assert evening.told(20, match(answers=False)) == [PostKind.SILENT]
