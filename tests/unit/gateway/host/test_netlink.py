"""Netlink's bytes, and calls whose work goes on in a thread."""

from __future__ import annotations

import asyncio
import errno
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.host import rtnetlink
from gateway.host.netlink import (
    Message,
    NetlinkRefused,
    NetlinkSocket,
    _events,
    attribute,
    attributes,
    each_attribute,
    each_message,
    in_thread,
    nested,
    nfgenmsg,
)

kinds = st.integers(0, 0x3FFF)
payloads = st.binary(max_size=40)
messages = st.builds(Message, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), payloads)


def padded(packed: bytes) -> bytes:
    return packed + bytes(-len(packed) % 4)


@given(st.lists(st.tuples(kinds, payloads)))
def test_attributes_are_read_as_they_were_written(pairs: list[tuple[int, bytes]]) -> None:
    data = b"".join(attribute(kind, payload) for kind, payload in pairs)
    assert len(data) % 4 == 0
    assert list(each_attribute(data)) == pairs
    assert [(kind, bytes(payload)) for kind, payload in each_attribute(memoryview(data))] == pairs
    assert attributes(data) == dict(pairs)


@given(kinds, st.lists(st.tuples(kinds, payloads)))
def test_attributes_in_an_attribute_are_read_without_its_flag(kind: int, pairs: list[tuple[int, bytes]]) -> None:
    outer = nested(kind, *(attribute(*pair) for pair in pairs))
    ((found, inner),) = each_attribute(outer)
    assert found == kind
    assert list(each_attribute(inner)) == pairs


@given(st.lists(messages), st.integers(0, 2**32 - 1))
def test_messages_of_one_datagram_are_read_as_they_were_packed(sent: list[Message], sequence: int) -> None:
    """A request carries NLM_F_REQUEST, the sequence number and its own length without padding."""
    datagram = b"".join(padded(message.pack(sequence)) for message in sent)
    assert list(each_message(datagram)) == [(each.kind, each.flags | 0x1, each.body) for each in sent]
    for message in sent:
        length, number = struct.unpack_from("=I4xI", message.pack(sequence))
        assert (length, number) == (16 + len(message.body), sequence)


@given(st.binary(max_size=200))
def test_reading_ends_whatever_the_bytes_are(data: bytes) -> None:
    """Wrong lengths (zero, below their own header, beyond the end) do not lead into a loop."""
    for read, shortest in ((each_attribute, 4), (each_message, 16)):
        found = 0
        with suppress(ValueError):
            for _ in read(data):
                found += 1
        assert found <= len(data) // shortest


@pytest.mark.parametrize("length", [0, 3, 9])
def test_a_length_that_cannot_be_is_an_error(length: int) -> None:
    """A part of what the kernel said must not pass for all of it."""
    with pytest.raises(ValueError, match="length"):
        list(each_attribute(struct.pack("=HHI", length, 1, 0)))
    with pytest.raises(ValueError, match="length"):
        list(each_message(struct.pack("=IHHII", length * 2, 2, 0, 1, 0)))


@pytest.mark.parametrize("length", [0, 7])
def test_a_route_with_a_hop_of_no_length_is_refused(length: int) -> None:
    """Reading it never ended."""
    hops = attribute(9, struct.pack("=HBBi", length, 0, 0, 2))
    route = struct.pack("=8BI", 2, 24, 0, 0, 254, 3, 0, 1, 0) + attribute(1, bytes([10, 0, 0, 0])) + hops
    with pytest.raises(NetlinkRefused) as refusal:
        rtnetlink._route(memoryview(route))
    assert refusal.value.errno == errno.EBADMSG


async def test_an_event_that_makes_no_sense_is_as_good_as_lost() -> None:
    """The stream goes on, and its reader looks at everything again."""
    lost = []

    def read(datagram: memoryview | None) -> Iterator[str]:
        if datagram is None:
            lost.append(True)
            yield "all"
        else:
            yield from (str(kind) for kind, _, _ in each_message(datagram))

    datagrams = [Message(7, 0, b"").pack(1), bytes(16), Message(8, 0, b"").pack(2)]

    class Queued(NetlinkSocket):
        async def event(self) -> memoryview | None:
            return memoryview(datagrams.pop(0))

    with Queued(0) as queued:
        stream = _events(queued, read)
        assert [await anext(stream) for _ in range(3)] == ["7", "all", "8"]
        await stream.aclose()
    assert lost == [True]


def test_the_header_of_nfnetlink_has_its_resource_in_network_order() -> None:
    assert nfgenmsg(2, 10) == bytes([2, 0, 0, 10])


def test_what_a_message_holds_is_not_in_its_repr() -> None:
    """The message may hold a private key."""
    assert "secret" not in repr(Message(1, 0, b"secret"))


async def test_a_cancelled_call_ends_when_its_work_has_ended() -> None:
    began, may_end, has_ended = asyncio.Event(), threading.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def work() -> None:
        loop.call_soon_threadsafe(began.set)
        assert may_end.wait(10)
        has_ended.set()

    call = asyncio.create_task(in_thread(work))
    await began.wait()
    call.cancel()
    await asyncio.sleep(0)
    assert not call.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert has_ended.is_set()


async def test_a_cancelled_call_whose_work_fails_is_cancelled_all_the_same() -> None:
    began, may_end = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def work() -> None:
        loop.call_soon_threadsafe(began.set)
        assert may_end.wait(10)
        raise OSError("too late to be of interest")

    call = asyncio.create_task(in_thread(work))
    await began.wait()
    call.cancel()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_a_failure_of_the_work_is_that_of_the_call() -> None:
    def work() -> None:
        raise OSError("refused")

    with pytest.raises(OSError, match="refused"):
        await in_thread(work)
