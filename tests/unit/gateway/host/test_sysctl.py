from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.host.sysctl import format_ports, merge_ports, parse_ports

ports = st.sets(st.integers(1, 65535))


@given(ports)
def test_the_kernels_notation_reads_back(found: set[int]) -> None:
    assert parse_ports(format_ports(found)) == found


def test_neighbours_are_written_as_a_range() -> None:
    assert format_ports({8082, 8080, 8081, 9000}) == "8080-8082,9000"
    assert format_ports(set()) == ""


@given(ports, ports, ports)
def test_what_others_reserved_outlives_us(foreign: set[int], first: set[int], second: set[int]) -> None:
    current, added = merge_ports(foreign, set(), first)
    assert current == foreign | first
    current, added = merge_ports(current, added, second)
    assert current == foreign | second
    assert merge_ports(current, added, set())[0] == foreign
