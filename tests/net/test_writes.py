"""Writes to settings under /proc/sys, as the kernel reports them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.host import sysctl
from gateway.host.writes import Writes
from tests.namespace import fresh_network, ip

FORWARDING, FORWARDING6 = sysctl.FORWARDING[4], sysctl.FORWARDING[6]


@pytest.fixture
def writes() -> Iterator[Writes]:
    with fresh_network():
        found = Writes()
        yield found
        found.close()


def test_a_write_is_seen_also_of_the_value_that_is_there(writes: Writes) -> None:
    """What was written before the watch is not, and neither is a read."""
    assert writes.written() == set()
    sysctl.write(FORWARDING, "1")
    writes.watch([FORWARDING, FORWARDING6])
    assert sysctl.read(FORWARDING) == "1"
    assert writes.written() == set()
    sysctl.write(FORWARDING, "1")
    assert writes.written() == {FORWARDING}
    writes.watch([FORWARDING6])
    sysctl.write(FORWARDING, "1")
    assert writes.written() == set()


def test_a_write_is_seen_when_the_kernel_has_dropped_its_caches(writes: Writes) -> None:
    writes.watch([FORWARDING])
    sysctl.write("vm/drop_caches", "2")
    sysctl.write(FORWARDING, "1")
    assert writes.written() == {FORWARDING}


def test_a_setting_that_is_missing_leaves_nothing_open(writes: Writes) -> None:
    before = set(Path("/proc/self/fd").iterdir())
    with pytest.raises(FileNotFoundError):
        writes.watch([FORWARDING, "net/ipv4/conf/gone0/forwarding"])
    writes.close()
    assert set(Path("/proc/self/fd").iterdir()) == before
    assert ip("link")
