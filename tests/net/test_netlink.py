"""The netlink socket against the real kernel, in a network namespace for each test."""

from __future__ import annotations

import asyncio
import errno
import itertools
import os
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from gateway.host import netlink
from gateway.host.netlink import ACK, CREATE, EXCL, Message, NetlinkRefused, NetlinkSocket, attribute, attributes
from tests.namespace import eventually, fresh_network, ip

pytestmark = pytest.mark.root

# linux/rtnetlink.h
NEWLINK, DELLINK, NEWADDR, GETADDR = 16, 17, 20, 22
GROUP_LINK, GROUP_IPV4_ADDRESS = 1, 5
MANY = 2000  # addresses, whose dump takes several datagrams


@pytest.fixture(autouse=True)
def network() -> Iterator[None]:
    with fresh_network():
        yield


def new_address(address: IPv4Address) -> Message:
    """Return the body of a new address: ifaddrmsg, IFA_LOCAL."""
    head = struct.pack("=BBBBi", socket.AF_INET, 32, 0, 0, socket.if_nametoindex("lo"))
    return Message(NEWADDR, ACK | CREATE | EXCL, head + attribute(2, address.packed))


def addresses(count: int) -> list[IPv4Address]:
    return [IPv4Address(10 << 24) + number for number in range(count)]


def dumped(opened: NetlinkSocket) -> set[IPv4Address]:
    payloads = opened.dump(GETADDR, struct.pack("=BBBBi", socket.AF_INET, 0, 0, 0, 0))
    return {IPv4Address(bytes(attributes(payload[8:])[2])) for payload in payloads} - {IPv4Address("127.0.0.1")}


def add(*addresses: IPv4Address) -> None:
    with NetlinkSocket(netlink.ROUTE) as opened:
        for address in addresses:
            opened.request(new_address(address))


class Interrupted(NetlinkSocket):
    """A socket with a change between two datagrams of a dump, as often as `changes` has one."""

    def __init__(self, changes: Iterable[Callable[[], object]]) -> None:
        super().__init__(netlink.ROUTE)
        self._changes = iter(changes)
        self.sent = 0

    def _send(self, messages: Iterable[Message]) -> None:
        super()._send(messages)
        self.sent += 1

    def _receive(self) -> memoryview | None:
        datagram = super()._receive()
        next(self._changes, lambda: None)()
        return datagram


def test_a_long_dump_is_whole() -> None:
    add(*addresses(MANY))
    with NetlinkSocket(netlink.ROUTE) as opened:
        assert dumped(opened) == set(addresses(MANY))
        assert dumped(opened) == set(addresses(MANY)), "the first left nothing behind"


def test_a_dump_during_which_something_changed_is_read_again() -> None:
    """The kernel flags such a dump, which may lack entries. Only a dump without the flag counts."""
    add(*addresses(MANY))
    late = IPv4Address("192.0.2.1")
    with Interrupted([lambda: add(late)]) as opened:
        assert dumped(opened) == {*addresses(MANY), late}
        assert opened.sent == 2


def test_what_never_holds_still_is_a_failure() -> None:
    """A dump that is interrupted each time raises, and the socket is good for the next call."""
    add(*addresses(MANY))
    others = (IPv4Address("192.0.2.0") + number for number in itertools.count())
    with Interrupted(lambda: add(next(others)) for _ in itertools.count()) as opened:
        with pytest.raises(NetlinkRefused) as refusal:
            dumped(opened)
        assert refusal.value.errno == errno.EINTR
        assert opened.sent == 10
    with Interrupted([]) as opened:
        assert dumped(opened) > set(addresses(MANY))


def test_of_many_requests_the_first_refusal_is_raised_and_the_socket_goes_on() -> None:
    first, second, third = addresses(3)
    with NetlinkSocket(netlink.ROUTE) as opened:
        opened.request(new_address(second))
        with pytest.raises(NetlinkRefused) as refusal:
            opened.request(new_address(first), new_address(second), new_address(third))
        assert refusal.value.errno == errno.EEXIST
        assert dumped(opened) == {first, second, third}, "rtnetlink does the others"


def test_a_dump_that_is_refused_says_why() -> None:
    with NetlinkSocket(netlink.GENERIC) as opened, pytest.raises(NetlinkRefused) as refusal:
        opened.dump(0x7FFF, bytes(4))
    assert refusal.value.errno == errno.ENOENT


def test_a_refusal_does_not_hand_the_request_back() -> None:
    """The request may hold a key, and may be longer than one read."""

    class Recorded(NetlinkSocket):
        received = b""

        def _receive(self) -> memoryview | None:
            datagram = super()._receive()
            self.received += bytes(datagram or b"")
            return datagram

    secret = os.urandom(32)
    with Recorded(netlink.ROUTE) as opened, pytest.raises(NetlinkRefused):
        opened.request(Message(NEWLINK, ACK, bytes(16) + attribute(3, b"gone0\0") + attribute(0x1000, secret)))
    assert opened.received
    assert secret not in opened.received


def test_an_exchange_that_breaks_off_leaves_no_answer_for_the_next() -> None:
    """Half of a dump is unread when its reader fails. The next call opens another socket."""
    add(*addresses(MANY))

    def fail() -> None:
        raise RuntimeError("on purpose")

    with Interrupted([fail]) as opened:
        with pytest.raises(RuntimeError, match="on purpose"):
            dumped(opened)
        assert opened._socket.fileno() == -1
        assert dumped(opened) == set(addresses(MANY))


def test_a_socket_that_cannot_be_set_up_is_closed() -> None:
    before = os.listdir("/proc/self/fd")
    with pytest.raises(OSError, match="Invalid argument"):
        NetlinkSocket(netlink.ROUTE, groups=[1 << 20])
    assert os.listdir("/proc/self/fd") == before


def links(datagram: memoryview | None) -> Iterator[str]:
    """Yield the names in notices of links, `address` for one of an address, and `lost` for a loss."""
    if datagram is None:
        yield "lost"
        return
    for kind, _, payload in netlink.each_message(datagram):
        if kind in (NEWLINK, DELLINK):
            yield bytes(attributes(payload[16:])[3]).rstrip(b"\0").decode()
        else:
            assert kind == NEWADDR
            yield "address"


async def test_events_are_those_of_the_groups_asked_for() -> None:
    async with netlink.watch(netlink.ROUTE, [GROUP_LINK], links) as events:
        ip("link", "add", "one0", "type", "bridge")
        assert await asyncio.wait_for(anext(events), 10) == "one0"
    async with netlink.watch(netlink.ROUTE, [GROUP_IPV4_ADDRESS], links) as events:
        ip("link", "del", "one0")
        add(IPv4Address("192.0.2.1"))
        assert await asyncio.wait_for(anext(events), 10) == "address"


async def test_after_a_loss_the_reader_is_told_once_and_gets_what_comes_then() -> None:
    """There is room for a few notices. The queued ones are dropped, because they are older than the lost ones."""
    async with netlink.watch(netlink.ROUTE, [GROUP_LINK], links, buffer=4096) as events:
        for number in range(20):
            ip("link", "add", f"early{number}", "type", "bridge")
        assert await asyncio.wait_for(anext(events), 10) == "lost"
        ip("link", "add", "late0", "type", "bridge")
        assert await asyncio.wait_for(anext(events), 10) == "late0"


async def test_a_watch_that_is_cancelled_leaves_no_socket_and_no_reader() -> None:
    before = os.listdir("/proc/self/fd")

    async def opened() -> bool:
        return os.listdir("/proc/self/fd") != before

    async def look() -> None:
        async with netlink.watch(netlink.ROUTE, [GROUP_LINK], links) as events:
            async for _ in events:
                seen.set()

    seen = asyncio.Event()
    task = asyncio.create_task(look())
    await eventually(opened)
    ip("link", "add", "one0", "type", "bridge")
    await asyncio.wait_for(seen.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert os.listdir("/proc/self/fd") == before


async def test_a_flood_of_events_does_not_keep_other_tasks_from_running(tmp_path: Path) -> None:
    """Another task gets its turns while thousands of notices are read."""
    flood = tmp_path / "flood"
    flood.write_text("addr add 10.0.0.9/32 dev lo\naddr del 10.0.0.9/32 dev lo\n" * 1000)
    turns, read = 0, 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def count(datagram: memoryview | None) -> list[None]:
        assert datagram is not None
        return [None]

    async with netlink.watch(netlink.ROUTE, [GROUP_IPV4_ADDRESS], count, buffer=64 << 20) as events:
        ip("-batch", str(flood))
        other = asyncio.create_task(take_turns())
        async for _ in events:
            read += 1
            if read == 2000:
                break
        other.cancel()
    assert turns >= 2000 // netlink._EVENTS_AT_ONCE - 1
