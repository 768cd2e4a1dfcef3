"""Netlink's bytes, and calls whose work goes on in a thread."""

from __future__ import annotations

import asyncio
import struct
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.host.netlink import (
    Message,
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
    """Wrong lengths (zero, below their own header, beyond the end) lead neither into a loop nor to an error."""
    assert sum(1 for _ in each_attribute(data)) <= len(data) // 4
    assert sum(1 for _ in each_message(data)) <= len(data) // 16


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
