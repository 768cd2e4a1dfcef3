"""What regions tell of themselves, also in the words of other versions."""

from __future__ import annotations

import json
from ipaddress import IPv4Network, IPv6Network

import pytest

from gateway.bus.told import Entry, Pulse, read
from gateway.codec import encode, to_json
from tests.unit.builders import NOW

EU = Entry(
    region="eu",
    public_address="eu.example.org",
    subnet4=IPv4Network("10.66.1.0/24"),
    subnet6=IPv6Network("fd42:42:1::/64"),
    version="1.0.0",
)
PULSE = Pulse(at=NOW, connection="0123", serving=True, load=0.5)


def test_it_is_read_as_it_was_told_and_what_a_newer_version_adds_is_left_out() -> None:
    assert read(Entry, to_json(EU).encode()) == EU
    assert read(Pulse, json.dumps({**encode(PULSE), "players": 3}).encode()) == PULSE


@pytest.mark.parametrize("text", [b"", b"\xff", b"[]", b"7", b"{}", b'{"region": 1}', b"[" * 9999, b'{"a": 1e999}'])
def test_what_is_no_entry_is_none(text: bytes) -> None:
    assert read(Entry, text) is None
