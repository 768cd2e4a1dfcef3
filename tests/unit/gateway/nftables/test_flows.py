"""The quick look at conntrack's table, and the marks that a dump asks for.

A port that the look calls free must be free. When the look cannot tell, it calls no port free.
"""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.nftables import flows
from gateway.nftables.flows import lacks, shared_mark
from tests.unit.builders import MARKS

UDP4 = (
    "ipv4     2 udp      17 27 src=198.51.100.7 dst=203.0.113.1 sport=40000 dport={} [UNREPLIED] "
    "src=203.0.113.1 dst=198.51.100.7 sport={} dport=40000 mark=0 zone=0 use=2\n"
)
TCP6 = (
    "ipv6     10 tcp      6 431999 ESTABLISHED src=2001:0db8:0004:0000:0000:0000:0000:0001 "
    "dst=2001:0db8:0001:0000:0000:0000:0000:0001 sport=50000 dport=8080 "
    "src=2001:0db8:0001:0000:0000:0000:0000:0001 dst=2001:0db8:0004:0000:0000:0000:0000:0001 "
    "sport=8080 dport={} [ASSURED] mark=0 zone=0 use=2\n"
)
PING = "ipv4     2 icmp     1 29 src=10.66.0.2 dst=1.1.1.1 type=8 code=0 id=25565 src=1.1.1.1 dst=10.66.0.2 id=1\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "nf_conntrack"


def is_free_of(values: set[str], table: Path) -> bool:
    with table.open("rb", buffering=0) as text:
        assert lacks(text, values) == lacks(text, values)  # the file is kept open from look to look
        return lacks(text, values)


@pytest.fixture(params=[1, 20], ids=["old-kernel", "new-kernel"], autouse=True)
def pages(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(flows, "_PAGES", request.param)
    return int(request.param)


def test_a_table_without_the_port_is_free_of_it(table: Path) -> None:
    table.write_text(UDP4.format(9000, 9000) + TCP6.format(50000) + PING)
    assert is_free_of({"25565"}, table)
    table.write_text("")
    assert is_free_of({"25565"}, table)


@pytest.mark.parametrize("line", [UDP4.format(25565, 1), UDP4.format(1, 25565), TCP6.format(25565)])
def test_an_entry_with_the_port_in_either_direction_is_seen(table: Path, line: str) -> None:
    table.write_text(UDP4.format(9000, 9000) + line + PING)
    assert not is_free_of({"25565", "25566"}, table)
    assert is_free_of({"2556", "255655"}, table)


@pytest.mark.parametrize(
    ("address", "other"),
    [("198.51.100.7", "198.51.100.70"), ("2001:db8:4::1", "2001:db8:4::10"), ("10.66.0.2", "0.66.0.2")],
)
def test_an_entry_with_the_address_in_either_direction_is_seen(table: Path, address: str, other: str) -> None:
    table.write_text(UDP4.format(9000, 9000) + TCP6.format(50000) + PING)
    assert not is_free_of({ip_address(address).exploded}, table)
    assert is_free_of({ip_address(other).exploded}, table)


def test_an_entry_at_the_end_of_the_longest_table_it_reads_is_seen(table: Path, pages: int) -> None:
    """It is seen also when a page ends in the middle of its line."""
    line = UDP4.format(9000, 9000)
    others = line * ((pages * 4096 - 1024) // len(line))
    table.write_text(others)
    assert is_free_of({"25565"}, table)
    table.write_text(others + UDP4.format(25565, 25565))
    assert not is_free_of({"25565"}, table)


def test_of_a_longer_table_and_of_one_that_may_not_be_read_it_says_nothing(table: Path, pages: int) -> None:
    table.write_text(UDP4.format(9000, 9000) * (pages * 4096 // 100))
    assert not is_free_of({"25565"}, table)
    assert not lacks(None, {"25565"})
    with table.open("wb", buffering=0) as unreadable:
        assert not lacks(unreadable, {"25565"})


@given(st.sets(st.integers(0, MARKS.slots - 1), min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_dump_is_asked_for_the_marks_of_all_these_forwards_and_of_nothing_but_forwards(slots: set[int]) -> None:
    mark, mask = shared_mark(MARKS, slots)
    assert all(MARKS.of(slot) & mask == mark for slot in slots)
    assert mask & MARKS.others == 0


def test_a_dump_for_one_forward_or_for_neighbours_is_narrow() -> None:
    assert shared_mark(MARKS, [5]) == (MARKS.of(5), MARKS.mask)
    assert shared_mark(MARKS, [4, 5]) == (MARKS.of(4) & MARKS.of(5), MARKS.mask ^ MARKS.of(4) ^ MARKS.of(5))
