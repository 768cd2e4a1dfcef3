"""The ledger of a fleet: numbers, subnets, and what of it is in the server's configuration."""

from __future__ import annotations

import json
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bus import subjects
from gateway.config import BusServer, GatewaySection
from gateway.enrolment import ledger, server
from gateway.enrolment.ledger import Ledger, Region
from gateway.errors import HostProblem
from tests.unit.builders import key

NEW = ledger.new("UBOT", Path("/store"))
SERVERS = (BusServer.parse("tls://bus.example.org:4222"),)


def a_region(name: str, number: int, **more: object) -> Region:
    subnet4, subnet6 = ledger.subnets_of(number)
    made = {"subnet4": subnet4, "subnet6": subnet6, "nkey": f"U{name}", "key": key(), **more}
    return Region(name=name, number=number, **made)  # type: ignore[arg-type]


def added(known: Ledger, *names: str) -> Ledger:
    for name in names:
        known = known.with_region(a_region(name, known.next_number()))
    return known


@given(st.lists(st.integers(0, 30), max_size=120))
def test_no_number_is_given_twice_whatever_is_taken_out(taken_out: list[int]) -> None:
    known, given_ = NEW, list[int]()
    for turn, place in enumerate([*taken_out, 0]):
        given_.append(known.next_number())
        known = known.with_region(a_region(f"r{turn}", given_[-1]))
        if place < len(known.regions):
            known = known.without(known.regions[place].name)
    assert given_ == sorted(set(given_))
    assert not {42, 66} & set(given_)


def test_the_numbers_come_to_an_end() -> None:
    known = NEW.with_region(a_region("last", 255))
    with pytest.raises(HostProblem, match="numbers of regions were given"):
        known.next_number()


def test_no_region_gets_the_subnets_of_a_gateway_without_a_fleet() -> None:
    section = GatewaySection()
    assert section.network6
    known = added(NEW, *(f"r{number}" for number in range(100)))
    for region in known.regions:
        assert not region.subnet4.overlaps(section.subnet4)
        assert not region.subnet6.overlaps(section.network6)


@pytest.mark.parametrize(
    "subnets",
    [
        {"subnet4": IPv4Network("10.66.0.0/16")},
        {"subnet4": IPv4Network("10.66.1.128/25")},
        {"subnet6": IPv6Network("fd42:42::/32")},
    ],
)
def test_subnets_that_overlap_are_refused(subnets: dict[str, object]) -> None:
    known = added(NEW, "eu")
    with pytest.raises(HostProblem, match=r"overlap those of eu, 10\.66\.1\.0/24"):
        known.with_region(a_region("us", 2, **subnets))
    assert known.with_region(a_region("eu", 1, **subnets)).regions[0].name == "eu"


@pytest.mark.parametrize("name", ["", "bot", "EU", "-eu", "a" * 17, "eu.west", "eu>", "eu *", "ü"])
def test_a_name_that_cannot_be_a_subject_is_refused(name: str) -> None:
    with pytest.raises(HostProblem, match="must be a letter"):
        NEW.with_region(a_region(name, 1))


def test_a_ledger_is_read_as_it_was_written(tmp_path: Path) -> None:
    path, known = tmp_path / "ledger.json", added(NEW, "eu", "us").without("eu")
    assert ledger.read(path) is None
    path.write_text(known.reveal())
    assert ledger.read(path) == known
    assert known.next_number() == 3
    for damaged in (known.reveal()[:-10], "{}", "ä"):
        path.write_text(damaged)
        with pytest.raises(HostProblem, match="is damaged") as refused:
            ledger.read(path)
        assert "PRIVATE" not in str(refused.value)
    assert "PRIVATE" not in repr(known)


def test_the_server_lets_in_the_bot_and_each_region_with_their_own_rights(tmp_path: Path) -> None:
    known = added(NEW, "eu", "us")
    made = json.loads(server.configuration(known, SERVERS, SERVERS[0], server.Places(tmp_path, tmp_path / "store")))
    assert made["authorization"]["users"] == [
        {"nkey": "UBOT", "permissions": subjects.of_bot()},
        {"nkey": "Ueu", "permissions": subjects.of_gateway("eu")},
        {"nkey": "Uus", "permissions": subjects.of_gateway("us")},
    ]
    assert made["tls"]["verify"] is True
    assert made["jetstream"]["sync_interval"] == "always"
    assert "PRIVATE" not in json.dumps(made)
    made = json.loads(
        server.configuration(known.without("eu"), SERVERS, SERVERS[0], server.Places(tmp_path, tmp_path / "store"))
    )
    assert [user["nkey"] for user in made["authorization"]["users"]] == ["UBOT", "Uus"]


def test_the_server_lets_in_a_regions_second_machine_under_a_name_of_its_own(tmp_path: Path) -> None:
    known = NEW.with_region(a_region("eu", 1, standby="Usecond"))
    made = json.loads(server.configuration(known, SERVERS, SERVERS[0], server.Places(tmp_path, tmp_path / "store")))
    assert made["authorization"]["users"][1:] == [
        {"nkey": "Ueu", "permissions": subjects.of_gateway("eu")},
        {"nkey": "Usecond", "permissions": subjects.of_gateway("eu", "eu_standby")},
    ]


def test_a_region_that_is_not_there_is_said_with_those_that_are() -> None:
    with pytest.raises(HostProblem, match="there is no region us; there is eu"):
        added(NEW, "eu").get("us")
