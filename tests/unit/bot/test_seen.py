"""The regions as the bus tells of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Network

from bot.fleet.seen import OFF_S, SILENT_S, Regions
from gateway.bus.told import Entry, Pulse
from tests.unit.builders import NOW

EU = Entry(region="eu", public_address="", subnet4=IPv4Network("10.66.1.0/24"), subnet6=None, version="1.0.0")
PULSE = Pulse(at=NOW, connection="first", serving=True, load=0.1)


def test_a_region_is_away_once_when_its_pulses_do_not_come() -> None:
    regions = Regions()
    regions.hear("eu", PULSE, 100.0, NOW)
    assert regions.look(100.0 + SILENT_S) == []
    assert regions.look(100.1 + SILENT_S) == ["eu"]
    assert regions.look(200.0) == []
    assert regions.seen["eu"].is_away
    regions.hear("eu", PULSE, 201.0, NOW)
    assert not regions.seen["eu"].is_away


def test_what_was_asked_on_a_former_connection_is_never_answered() -> None:
    regions = Regions()
    assert not regions.hear("eu", PULSE, 1.0, NOW)
    assert not regions.hear("eu", PULSE, 3.0, NOW)
    assert regions.hear("eu", replace(PULSE, connection="second"), 5.0, NOW)
    assert not regions.hear("us", replace(PULSE, connection="third"), 5.0, NOW)


def test_silence_on_the_bots_former_connection_says_nothing_of_a_region() -> None:
    regions = Regions()
    regions.enter(EU)
    regions.hear("eu", PULSE, 1.0, NOW)
    regions.begin(1000.0)
    assert regions.look(1000.0 + SILENT_S) == []
    assert not regions.hear("eu", PULSE, 1001.0, NOW)
    assert regions.seen["eu"].entry == EU


def test_a_region_that_went_while_the_bot_connected_anew_is_away_and_answers_nothing_that_was_asked() -> None:
    regions = Regions()
    regions.hear("eu", PULSE, 1.0, NOW)
    regions.begin(1000.0)
    assert regions.look(1000.1 + SILENT_S) == ["eu"]
    assert regions.hear("eu", replace(PULSE, connection="second"), 1010.0, NOW)


def test_an_entry_is_news_once_and_a_region_that_left_is_forgotten() -> None:
    regions = Regions()
    assert regions.enter(EU)
    assert not regions.enter(EU)
    assert regions.enter(replace(EU, version="1.0.1"))
    regions.leave("eu")
    assert regions.seen == {}


def test_a_clock_is_off_that_differs_for_a_while() -> None:
    """Pulses that a line has held up come too late once, and say nothing of a clock."""
    regions, wrong = Regions(), replace(PULSE, at=NOW - timedelta(seconds=5))
    regions.hear("eu", PULSE, 0.0, NOW)
    regions.hear("eu", wrong, OFF_S, NOW)
    regions.hear("eu", PULSE, OFF_S, NOW)
    regions.hear("eu", wrong, OFF_S + 0.1, NOW)
    before = regions.seen["eu"]
    regions.hear("eu", wrong, 2 * OFF_S + 0.1, NOW)
    off = regions.seen["eu"]
    regions.hear("eu", PULSE, 2 * OFF_S + 2, NOW)
    assert [each.is_off for each in (before, off, regions.seen["eu"])] == [False, True, False]
    assert off.ahead == timedelta(seconds=-5)
