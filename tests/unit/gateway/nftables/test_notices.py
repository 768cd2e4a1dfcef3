"""Notices of flows: what the kernel's filter passes, and what they say."""

from __future__ import annotations

import socket
import struct
from ipaddress import IPv4Network, IPv6Network, ip_address

import pytest

from gateway.host.netlink import attach, attribute, nested, nfgenmsg
from gateway.nftables.flow import Tuple
from gateway.nftables.notices import Begun, Ended, Lost, Subnets, program, read

TUNNEL: Subnets = (IPv4Network("10.66.66.0/24"), IPv6Network("fd42:42:42::/64"))
NEW, DELETE = 0x100, 0x102


def direction(kind: int, source: str, port: int, target: str, target_port: int) -> bytes:
    one, other = ip_address(source), ip_address(target)
    first = 1 if one.version == 4 else 3
    addresses = nested(1, attribute(first, one.packed), attribute(first + 1, other.packed))
    ports = attribute(2, struct.pack(">H", port)) + attribute(3, struct.pack(">H", target_port))
    return nested(kind, addresses, nested(2, attribute(1, b"\x06") + ports))


def message(source: str, target: str = "192.0.2.9", outside: str = "203.0.113.1", *, kind: int = NEW) -> bytes:
    """Return a notice as ctnetlink_conntrack_event() writes it."""
    family = socket.AF_INET if ip_address(source).version == 4 else socket.AF_INET6
    body = nfgenmsg(family) + direction(1, source, 40000, target, 443) + direction(2, target, 443, outside, 61000)
    body += attribute(12, struct.pack(">I", 7))
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 0, 0) + body


@pytest.mark.parametrize(
    ("source", "subnets", "passes"),
    [
        ("10.66.66.2", TUNNEL, True),
        ("10.66.67.2", TUNNEL, False),
        ("198.51.100.7", TUNNEL, False),
        ("fd42:42:42::2", TUNNEL, True),
        ("fd42:42:42:1::2", TUNNEL, False),
        ("2001:db8::7", TUNNEL, False),
        ("fd42:42:42::2", TUNNEL[:1], False),
        ("10.64.1.2", (IPv4Network("10.64.0.0/10"),), True),
        ("10.128.1.2", (IPv4Network("10.64.0.0/10"),), False),
        ("fd42:42:42::2:1", (IPv6Network("fd42:42:42::2:0/112"),), True),
        ("fd42:42:42::3:1", (IPv6Network("fd42:42:42::2:0/112"),), False),
    ],
)
def test_the_kernel_passes_only_flows_from_the_tunnel(source: str, subnets: Subnets, passes: bool) -> None:
    """Otherwise each flow of a flood from outside would wake the gateway."""
    ours, kernels = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, kernels:
        attach(ours, program(subnets))
        ours.setblocking(False)
        target, outside = ("192.0.2.9", "203.0.113.1") if ":" not in source else ("2001:db8::9", "2001:db8::1")
        kernels.send(message(source, target, outside))
        if passes:
            assert ours.recv(1 << 16)
        else:
            with pytest.raises(BlockingIOError):
                ours.recv(1 << 16)


def test_a_notice_names_the_device_and_the_port_that_it_left_with() -> None:
    (begun,) = read(memoryview(message("10.66.66.2")))
    assert begun == Begun(
        7,
        Tuple(6, ip_address("10.66.66.2"), 40000, ip_address("192.0.2.9"), 443),
        Tuple(6, ip_address("192.0.2.9"), 443, ip_address("203.0.113.1"), 61000),
    )
    assert list(read(memoryview(message("10.66.66.2", kind=DELETE)))) == [Ended(7)]
    assert list(read(None)) == [Lost()]
