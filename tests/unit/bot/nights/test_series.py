"""What a series of game nights does at a moment, and which event Discord should have."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from bot.nights.schedule import Every
from bot.nights.series import Ending, Series, Stage, Wanted, stage, wanted
from bot.nights.shown import location
from gateway.codec import decode, to_json
from gateway.model import Duration, PortRange, PortSpec, Protocol

HOUR = timedelta(hours=1)
SERIES = Series(
    owner="1",
    owner_name="Anna",
    peer_id=4,
    device="pc",
    ports=(PortSpec(PortRange(25565, 25565), Protocol.TCP), PortSpec.parse("24454/udp")),
    protocol=Protocol.BOTH,
    label="Minecraft",
    every=Every((4,), time(20)),
    length=Duration(3 * HOUR),
)
NOW = datetime(2026, 2, 6, 21, tzinfo=UTC)  # an hour after a night has begun
NIGHT = SERIES.night(NOW, UTC)
OPENED = replace(SERIES, opened=NIGHT.start, forwards=(7, 8))


@pytest.mark.parametrize(
    ("series", "now", "is_open", "is_suspended", "expected"),
    [
        (SERIES, NIGHT.start - HOUR, False, False, Stage.WAITS),
        (SERIES, NIGHT.start, False, False, Stage.OPENS),
        (SERIES, NOW, False, False, Stage.OPENS),
        (replace(SERIES, opened=NIGHT.start - timedelta(days=7)), NOW, True, False, Stage.OPENS),
        (OPENED, NOW, True, False, Stage.ON),
        (OPENED, NOW, False, False, Stage.OVER),
        (OPENED, NOW, True, True, Stage.PAUSED),
        (SERIES, NOW, False, True, Stage.PAUSED),
    ],
)
def test_each_night_is_opened_once_and_not_again_when_its_owner_closes_it(
    series: Series, now: datetime, is_open: bool, is_suspended: bool, expected: Stage
) -> None:
    assert stage(series, NIGHT, now, is_open=is_open, is_suspended=is_suspended) is expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (Stage.WAITS, Wanted(NIGHT)),
        (Stage.OPENS, Wanted(NIGHT)),
        (Stage.ON, Wanted(NIGHT, is_on=True)),
        (Stage.OVER, Wanted(SERIES.night(NIGHT.end, UTC))),
        (Stage.PAUSED, None),
    ],
)
def test_the_event_is_that_of_the_night_until_its_port_is_closed(at: Stage, expected: Wanted | None) -> None:
    assert wanted(SERIES, NIGHT, at, UTC) == expected


def test_a_series_is_read_back_as_it_was_stored() -> None:
    whole = replace(OPENED, channel=5, told=NOW, event=9, event_of=NIGHT.start, ending=Ending.STOPPED, to_port=1)
    assert decode(Series, json.loads(to_json(whole))) == whole


@pytest.mark.parametrize(
    ("label", "ports", "expected"),
    [
        ("Minecraft", "25565/tcp", "vps.example.org"),
        ("Minecraft", "25570/tcp", "vps.example.org:25570"),
        ("", "8123/tcp", "vps.example.org:8123"),
    ],
)
def test_an_event_shows_the_address_that_players_type(label: str, ports: str, expected: str) -> None:
    series = replace(SERIES, label=label, ports=(PortSpec.parse(ports),))
    assert location(series, "vps.example.org", None, NOW) == expected
