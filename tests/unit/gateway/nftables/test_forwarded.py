"""Notices of flows from outside to forwards: what the kernel's filter passes, and what they say."""

from __future__ import annotations

import socket
import struct
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from gateway.host.netlink import attach, attribute, nested, nfgenmsg
from gateway.nftables.forwarded import Gone, Missed, Seen, program, read
from tests.unit.builders import MARKS
from tests.unit.gateway.nftables.test_notices import direction

NEW, DELETE = 0x100, 0x102
OURS = MARKS.of(5)
SEEN_REPLY, ASSURED, CONFIRMED, DST_NAT = 2, 4, 8, 32
PLAYER, VPS = "198.51.100.7", "203.0.113.1"


def u32(kind: int, value: int) -> bytes:
    return attribute(kind, struct.pack(">I", value))


def u64(kind: int, value: int) -> bytes:
    return attribute(kind, struct.pack(">Q", value))


def message(mark: int | None = OURS, status: int | None = CONFIRMED | DST_NAT, *more: bytes, kind: int = NEW) -> bytes:
    """Return a notice as ctnetlink_conntrack_event() writes it."""
    body = nfgenmsg(socket.AF_INET) + direction(1, PLAYER, 40000, VPS, 25565)
    body += direction(2, "10.66.66.2", 25565, PLAYER, 40000) + u32(12, 7)
    body += b"" if status is None else u32(3, status)
    body += b"".join(more)
    body += b"" if mark is None else u32(8, mark)
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 0, 0) + body


@pytest.mark.parametrize(
    ("notice", "passes"),
    [
        (message(), True),
        (message(kind=DELETE), True),
        (message(MARKS.of(0)), True),
        (message(OURS | MARKS.others), True),
        (message(MARKS.others), False),
        (message(0), False),
        (message(None), False),
        (message(status=CONFIRMED), False),  # the device began it
        (message(status=None), False),
    ],
)
def test_the_kernel_passes_only_flows_from_outside_to_forwards(notice: bytes, passes: bool) -> None:
    """Otherwise each flow of another program would wake the gateway."""
    ours, kernels = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, kernels:
        attach(ours, program(MARKS))
        ours.setblocking(False)
        kernels.send(notice)
        if passes:
            assert ours.recv(1 << 16)
        else:
            with pytest.raises(BlockingIOError):
                ours.recv(1 << 16)


def test_a_notice_says_all_that_it_holds() -> None:
    state = nested(4, nested(1, attribute(1, b"\x03")))
    began = nested(20, u64(1, 1_800_000_000_000_000_000))
    counted = nested(9, u64(1, 2), u64(2, 300)), nested(10, u64(1, 1), u64(2, 40))
    status = CONFIRMED | DST_NAT | SEEN_REPLY | ASSURED
    (found,) = read(MARKS, memoryview(message(OURS, status, u32(7, 118), state, began, *counted)))
    since = datetime.fromtimestamp(1_800_000_000, UTC)
    assert found == Seen(7, 5, 6, ip_address(PLAYER), 40000, 25565, True, True, 3, 118, since, 300, 40)


def test_a_notice_says_nothing_that_the_host_does_not_note() -> None:
    assert list(read(MARKS, memoryview(message()))) == [
        Seen(7, 5, 6, ip_address(PLAYER), 40000, 25565, is_answered=False, is_assured=False)
    ]


def test_an_end_and_a_gap_are_told() -> None:
    counted = nested(9, u64(1, 2), u64(2, 300)), nested(10, u64(1, 1), u64(2, 40))
    assert list(read(MARKS, memoryview(message(OURS, DST_NAT, *counted, kind=DELETE)))) == [Gone(7, 300, 40)]
    assert list(read(MARKS, memoryview(message(kind=DELETE)))) == [Gone(7)]
    assert list(read(MARKS, None)) == [Missed()]
