"""The face of the live message: true, short, and within Discord's limits."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.posting import components_of, texts
from bot.matches.told import Told
from bot.panel.course import Course, Sample
from bot.panel.face import face, rate
from bot.panel.overview import Overview, matches_of, overview_of
from gateway.model import PortRange
from gateway.problem import Problem, Trouble
from tests.fakediscord.components import component_problems
from tests.fakediscord.state import walk
from tests.unit.bot.core.test_render import FORWARD, NOW, ONLINE, PEER, PLAYED, status
from tests.unit.bot.english import words
from tests.unit.bot.panel.matches import full, match, overview

SINCE = f"<t:{NOW.timestamp():.0f}:R>"
CONNECTED = replace(ONLINE, connected=True, since=NOW)


def shown(of: Overview, *courses: Course) -> str:
    return "\n".join(texts(components_of(face(words, "Friends", of, courses))))


def labels(of: Overview) -> list[str]:
    return [item["label"] for item in walk(components_of(face(words, "Friends", of, ()))) if item["type"] == 2]


def colour(of: Overview) -> int:
    return int(components_of(face(words, "Friends", of, ()))[0]["accent_color"])


def test_a_match_is_shown_with_all_that_a_friend_needs() -> None:
    course = Course(match=1, most=7, samples=(Sample(1, 0), Sample(2, 7), Sample(3, 4)))
    one = match(players=4, slots=20, owner_name="Emil", expires_at=NOW + timedelta(hours=12))
    assert shown(overview(one), course).splitlines() == [
        "## 🎮 Friends",
        "### Minecraft (Java) · Emil",
        "🟢 **4**/20 · most 7 ▁▇▅",
        "`vps.example.org`",
        f"-# Since {SINCE} · closes <t:{(NOW + timedelta(hours=12)).timestamp():.0f}:R>",
        "-# 6 of 8 devices online",
    ]


def test_of_several_ports_one_address_is_there_to_paste() -> None:
    text = shown(overview(match(ports=PortRange(2456, 2458), label="Valheim")))
    assert "\n`vps.example.org:2456`\n" in text


def test_what_is_wrong_takes_the_place_of_the_players() -> None:
    assert f"🟡 PC offline since {SINCE}" in shown(overview(match(is_online=False, players=3)))
    assert "🟡 Waiting for the host's PC" in shown(overview(match(is_online=False, online_since=None)))
    assert "🟡 The game does not answer" in shown(overview(match(answers=False)))
    assert "🟢 Open" in shown(overview(match()))
    assert "🟢 **1** player" in shown(overview(match(players=1)))


def test_nothing_open_and_a_gateway_that_is_away_are_said() -> None:
    assert "Nothing is open right now. Press **Host a game** to begin." in shown(overview())
    away = overview(match(players=2), away_since=NOW)
    assert f"has not answered since {SINCE}" in shown(away)
    assert "Minecraft" in shown(away), "what is open stays open, so friends still find the address"
    assert "Nothing is open" not in shown(overview(away_since=NOW))


def test_a_problem_is_told_with_what_to_do() -> None:
    """Members read what it means for them; the cure names programs of the server, so admins get it elsewhere."""
    blocking = Problem(code=Trouble.FORWARDING, values={"reason": "read-only"})
    harmless = Problem(code=Trouble.BACKUP, values={"reason": "no space"})
    for problems, said in (((blocking, harmless), "Friends can't join right now"), ((harmless,) * 2, "2 problems")):
        text = shown(overview(problems=problems))
        assert said in text
        assert "Admins: `/doctor` says what to do." in text
        assert "read-only" not in text


def test_the_bar_tells_the_state_at_a_glance() -> None:
    blocking = Problem(code=Trouble.FORWARDING, values={"reason": "read-only"})
    harmless = Problem(code=Trouble.BACKUP, values={"reason": "no space"})
    states = [
        overview(), overview(match()), overview(match(players=1)), overview(match(players=1), problems=(harmless,)),
        overview(match(players=1), problems=(blocking,)), overview(match(players=1), away_since=NOW),
    ]  # fmt: skip
    bars = [colour(state) for state in states]
    assert len(set(bars)) == 5
    assert bars[4] == bars[5]


def test_members_and_admins_have_buttons_and_waiting_requests_are_counted() -> None:
    everyone = ["Host a game", "Host again", "Add my PC", "My stuff", "Help"]
    assert labels(overview()) == [*everyone, "Devices", "Requests"]
    assert labels(overview(requests=3)) == [*everyone, "Devices", "Requests (3)"]


@pytest.mark.parametrize("count", [1, 8, 9, 25, 1000])
def test_a_full_server_stays_within_the_limits_of_discord(count: int) -> None:
    problem = Problem(code=Trouble.FIREWALL, values={"program": "*" * 300, "chains": "_" * 300})
    of = replace(full(count), problems=(problem,) * 5, away_since=NOW, traffic=1e12, requests=999)
    raw = components_of(face(words, "*" * 100, of, [Course(match=1, most=999, samples=(Sample(1, 9), Sample(12, 9)))]))
    assert component_problems(raw, layout=True) == []
    left_out = re.search(r"… and (\d+) more match", shown(of))
    found = shown(of).count(":60001`" if count == 1 else "`a") if not left_out else count - int(left_out[1])
    assert shown(of).count("`aaa") == found > 0


def test_every_match_of_a_usual_evening_is_shown() -> None:
    """Twenty-five matches with ordinary names need no rest."""
    games = [
        match(number, owner_name=f"Christopher {number}", ports=PortRange(25000 + number, 25000 + number), players=12)
        for number in range(25)
    ]
    text = shown(overview(*games))
    assert text.count("vps.example.org:") == 25
    assert "more match" not in text


def test_no_line_grows_old_and_most_fit_a_phone() -> None:
    """At 390 px Discord shows some 40 characters a line; a time takes about 12."""
    one = match(players=4, slots=20, expires_at=NOW + timedelta(hours=12))
    text = shown(overview(one, match(2, is_online=False), traffic=1_550_000))
    lines = [re.sub(r"<t:\d+:R>", "12 hours ago", line).strip("#*- `") for line in text.splitlines()]
    assert max(map(len, lines)) <= 45, lines
    assert not re.search(r"\d+ (minute|hour|second)s?\b", text)


@pytest.mark.parametrize(
    ("rate_", "said"),
    [
        (0.0, "0 Mbit/s"),
        (6000, "0 Mbit/s"),
        (7000, "0.1 Mbit/s"),
        (1_550_000, "12 Mbit/s"),
        (155_000_000, "1200 Mbit/s"),
    ],
)
def test_a_rate_has_two_digits(rate_: float, said: str) -> None:
    assert rate(rate_) == said
    assert said in shown(overview(traffic=rate_))


# -- from the gateway's state


def test_forwards_that_one_command_opened_are_one_match() -> None:
    """One player may be connected to several of them, so the most counts."""
    other = replace(PLAYED, forward=replace(FORWARD, id=2, ports=PortRange(8123, 8123)), players=1)
    later = replace(PLAYED, forward=replace(FORWARD, id=3, created_at=NOW + timedelta(minutes=1)), players=5)
    found = matches_of(status(CONNECTED, forwards=(PLAYED, other, later)), {})
    assert [(one.id, len(one.forwards), one.players) for one in found] == [(3, 1, 5), (1, 2, 2)]


def test_a_game_knows_its_players_better_than_the_flows() -> None:
    told = {1: Told(answers=True, players=1, slots=20)}
    (found,) = matches_of(status(CONNECTED, forwards=(PLAYED,)), told)
    assert (found.players, found.slots, found.answers) == (1, 20, True)
    (found,) = matches_of(status(CONNECTED, forwards=(PLAYED,)), {1: Told(answers=False)})
    assert (found.players, found.slots, found.answers) == (2, None, False)


def test_a_game_on_a_device_that_is_away_is_not_called_silent() -> None:
    away = replace(ONLINE, connected=False, since=NOW)
    (found,) = matches_of(status(away, forwards=(PLAYED,)), {1: Told(answers=False)})
    assert (found.is_online, found.answers) == (False, None)


def test_a_suspended_device_is_neither_counted_nor_are_its_forwards_matches() -> None:
    away = replace(CONNECTED, peer=replace(PEER, suspended_at=NOW))
    of: Any = overview_of(status(away, forwards=(PLAYED,)), {}, traffic=None, requests=0)
    assert (of.matches, of.devices, of.online) == ((), 0, 0)
