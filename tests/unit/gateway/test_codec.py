from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address
from typing import Any

import pytest

from gateway.api.contract import AddForward, Join, PeerInfo, Status
from gateway.codec import DecodeError, check_keys, decode, encode
from gateway.keys import PrivateKey
from gateway.model import Key, Mode, Protocol, parse_ports
from gateway.problem import Problem
from tests.unit.builders import ALICE, key

KEY = str(key())


def test_what_is_encoded_decodes_to_the_same_value() -> None:
    peer = PeerInfo(
        id=1, owner="1", owner_name="a", device="pc", public_key=key(), ipv4=IPv4Address("10.0.0.2"), ipv6=None,
        mode=Mode.SPLIT, created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    forward = AddForward(actor=ALICE, ports=parse_ports("1-2, 27015/udp"), protocol=Protocol.UDP)
    for value in (peer, forward, Problem(code="left", values={"difference": "a"})):
        assert decode(type(value), json.loads(json.dumps(encode(value)))) == value


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"devise": "pc"}, "devise"),
        ({"device": 5}, "device"),
        ({"device": None}, "device"),
        ({"mode": "fast"}, "mode"),
        ({"public_key": KEY[:-2]}, "public_key"),
        ({"public_key": "A" * 43 + "!"}, "public_key"),
        ({"actor": "alice"}, "actor"),
        ({"actor": {"id": "1", "name": "a", "is_admin": 1}}, "actor.is_admin"),
        ({"actor": {"id": "1"}}, "actor.name"),
    ],
)
def test_the_first_wrong_key_is_named(change: dict[str, Any], field: str) -> None:
    right = {"actor": {"id": "1", "name": "a"}, "device": "pc", "public_key": KEY}
    decode(Join, right)
    with pytest.raises(DecodeError) as refused:
        decode(Join, {**right, **change})
    assert refused.value.field == field


@pytest.mark.parametrize("values", [[], {"difference": 5}])
def test_values_of_a_table_are_of_its_type(values: object) -> None:
    with pytest.raises(DecodeError, match="values"):
        decode(Problem, {"code": "left", "values": values})


def test_a_near_miss_is_suggested() -> None:
    with pytest.raises(DecodeError, match="did you mean device"):
        decode(Join, {"actor": {"id": "1", "name": "a"}, "divice": "pc", "public_key": KEY})


@pytest.mark.parametrize("value", [None, [], "text", 3, {"at": 5}])
def test_garbage_is_a_decode_error_and_nothing_else(value: object) -> None:
    with pytest.raises(DecodeError):
        decode(Status, value)


@dataclass(frozen=True)
class Timed:
    at: datetime


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(DecodeError, match="time zone"):
        decode(Timed, {"at": "2026-01-01T00:00:00"})


def test_secrets_are_not_in_a_repr() -> None:
    private_key = PrivateKey.generate()
    assert private_key.reveal() not in repr(private_key)
    assert Key.parse(private_key.reveal()).raw == private_key.raw


def test_an_unknown_key_is_shown_in_part_when_it_is_long() -> None:
    """Comparing all of it with the known ones took the time of a hundred requests."""
    with pytest.raises(DecodeError) as refused:
        check_keys(["devic" + "e" * 60000], ["device"])
    assert len(refused.value.field) == 64
