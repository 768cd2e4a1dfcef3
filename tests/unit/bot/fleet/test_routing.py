from __future__ import annotations

import ast
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bot.fleet import ids, routing
from bot.fleet.joining import joined
from bot.fleet.routing import Known
from gateway.api.contract import (
    AddForward,
    Away,
    GetAudit,
    GetMoved,
    GetPolicy,
    Join,
    List,
    Listing,
    PeerInfo,
    RemoveForward,
    Rename,
    Request,
    Revoke,
    Rotate,
)
from gateway.api.decisions import Decide, GetDecisions
from gateway.api.diagnosis import Diagnose
from gateway.api.events import Watch
from gateway.api.history import History, Period, Step
from gateway.api.operations import OPERATIONS
from gateway.errors import WhichRegion
from gateway.model import Desired, parse_ports
from tests.unit import builders
from tests.unit.builders import ADMIN, ALICE, BOB, NOW, key

BOT = Path(__file__).parents[4] / "bot"
# Requests of the bot to a region that it names itself, or to any.
NAMED: tuple[type[Request[Any]], ...] = (
    Join, GetAudit, GetMoved, Diagnose, GetPolicy, Watch, RemoveForward, Decide, GetDecisions
)  # fmt: skip
PC = PeerInfo.of(builders.joined(Desired())[1])


def has(*devices: str, owner: str = ALICE.id, days: int = 0) -> Known:
    at = NOW + timedelta(days=days)
    return Known([replace(PC, device=device, owner=owner, created_at=at) for device in devices])


def test_it_is_known_for_every_request_of_the_bot_where_it_goes() -> None:
    """A request that no rule knows would go to the first region, whatever it is about."""
    sources = [ast.parse(file.read_text()) for file in BOT.rglob("*.py")]
    named = {
        node.id if isinstance(node, ast.Name) else node.attr
        for source in sources
        for node in ast.walk(source)
        if isinstance(node, ast.Name | ast.Attribute)
    }
    asked = {name: kind for name, kind in OPERATIONS.items() if kind.__name__ in named}
    assert asked.keys() > {AddForward.operation, Join.operation, List.operation}
    rules: list[type[Request[Any]]] = [*routing.OF_ALL, *routing.OF_A_DEVICE, *NAMED]
    known = {kind.operation for kind in rules}
    assert {name for name, kind in asked.items() if not ids._lists(cast(Any, kind))} <= known


@pytest.mark.parametrize(
    "request_",
    [
        AddForward(actor=ALICE, ports=parse_ports("1234"), device=" PC "),
        Rotate(actor=ALICE, device="pc", public_key=key()),
        Rename(actor=ADMIN, owner=ALICE.id, device="pc", new_name="b"),
        Revoke(actor=ALICE, device="pc"),
    ],
)
def test_a_request_about_a_device_goes_where_the_device_is(request_: Rename) -> None:
    known = {"eu": has("laptop"), "us": has("pc"), "ap": has("pc", owner=BOB.id)}
    assert routing.concerned(request_, known, "eu") == "us"
    assert not routing.concerns_all(request_)
    assert routing.concerned(request_, {"eu": has("laptop")}, "eu") is None
    with pytest.raises(WhichRegion):
        routing.concerned(request_, known | {"ap": has("pc")}, "eu")


def test_a_revocation_of_all_devices_concerns_all_regions() -> None:
    assert routing.concerns_all(Revoke(actor=ALICE))


def test_the_usual_region_is_the_one_that_was_used_last() -> None:
    regions = ["eu", "us", "br"]
    known = {"eu": has("pc"), "us": has("laptop", days=1), "br": has("pc", owner=BOB.id, days=2)}
    assert routing.usual(ALICE.id, known, regions, ()) == "us"
    assert routing.usual(ALICE.id, known, regions, ["us"]) == "us"  # its devices are there all the same
    assert routing.usual("3", known, regions, ()) == "eu"
    assert routing.usual("3", known, regions, ["eu"]) == "us"
    assert routing.usual("3", {}, regions, regions) == "eu"


def test_lists_of_several_regions_are_one_list() -> None:
    here, there = (Listing(peers=(replace(PC, id=number),), forwards=(), guests=("1", "2")) for number in (1, 2))
    away = Away(region="ap", since=NOW)
    both = joined([here, there], ["eu", "us"], [away])
    assert [peer.id for peer in both.peers] == [1, 2]
    assert both.guests == ("1", "2")
    assert both.away == (away,)


def test_histories_of_several_regions_are_one_history() -> None:
    step = Step(at=NOW, rx_bytes=1, players=2)
    later = replace(step, at=NOW + timedelta(minutes=5))
    first = History(period=Period.DAY, until=NOW, step_s=300, steps=(step, later))
    second = replace(first, steps=(replace(step, rx_bytes=5, players=1),), keeps_playing=True)
    both = joined([first, second], ["eu", "us"])
    assert [(each.at, each.rx_bytes, each.players) for each in both.steps] == [(NOW, 6, 2), (later.at, 1, 2)]
    assert both.keeps_playing
