"""The messages that a change of elements sends to the kernel, and what the gateway remembers of it."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator
from ipaddress import IPv4Address
from types import SimpleNamespace
from typing import cast

import pytest

from gateway.errors import ApplyFailed, PortTaken
from gateway.host.netlink import EXCL, Message, NetlinkRefused, NetlinkSocket, attributes
from gateway.model import Change, Desired
from gateway.nftables import table as table_module
from gateway.nftables.elements import COOL_S, MAY_BE_THERE, SETS, Content, Delta, Elements, delta_of, elements_of
from gateway.nftables.table import KernelTable
from tests.unit.builders import MARKS, NETWORK, forwarded, joined

PEER = IPv4Address("10.66.66.2")
COLD: Content = {(PEER, 17, 80): ()}
NOTHING: Elements = {name: {} for name in SETS}


class Recording:
    """A socket that records its messages and refuses with `refusal`."""

    refusal: int | None = None

    def __init__(self) -> None:
        self.batches: list[tuple[Message, ...]] = []

    def request(self, *messages: Message) -> list[memoryview]:
        self.batches.append(messages)
        if self.refusal:
            raise NetlinkRefused(self.refusal, "refused")
        return []


@pytest.fixture
async def table() -> AsyncIterator[KernelTable]:
    table = KernelTable(MARKS)
    table._socket = cast(NetlinkSocket, Recording())
    yield table
    table._thread.shutdown()


def asked(table: KernelTable) -> list[tuple[str, str, bool]]:
    """Return (add or delete, set, whether it must be new) for each message of the last transaction."""
    (*_, batch) = cast(Recording, table._socket).batches
    kinds = {table_module._NEWSETELEM: "add", table_module._DELSETELEM: "delete"}
    return [
        (kinds[message.kind], attributes(message.body[4:])[2].decode().rstrip("\0"), bool(message.flags & EXCL))
        for message in batch[1:-1]
    ]


async def test_what_is_added_must_be_new_but_where_it_may_be_there(table: KernelTable) -> None:
    """Otherwise a port that another program's element leads elsewhere would be taken for ours."""
    desired = joined(Desired())[0]
    await table.apply(delta_of(Change.between(desired, forwarded(desired, to_port=80)), NETWORK))
    added = {name: is_new for what, name, is_new in asked(table) if what == "add" and name not in ("cool4", "cool6")}
    assert added.keys() >= {"fwd4", "fwd6", "fwdid", "stat_original", "stat_reply", "shed", "host4", "host6", "busy"}
    assert added == {name: name not in MAY_BE_THERE for name in added}


async def test_what_may_have_timed_out_is_added_before_it_is_deleted(table: KernelTable) -> None:
    await table.apply(Delta(add={}, remove={"cool4": COLD, "busy": {(6, 80): ()}}))
    assert asked(table) == [("add", "cool4", False), ("delete", "cool4", False), ("delete", "busy", False)]


async def test_an_empty_change_asks_for_nothing(table: KernelTable) -> None:
    await table.apply(Delta(add={}, remove={}))
    assert cast(Recording, table._socket).batches == []


async def test_thousands_of_elements_are_as_many_messages_as_they_need(table: KernelTable) -> None:
    await table.apply(Delta(add={"busy": {(6, port): () for port in range(1, 1002)}}, remove={}))
    assert asked(table) == [("add", "busy", False)] * 3


@pytest.mark.parametrize(("refusal", "error"), [(errno.EEXIST, PortTaken), (errno.ENOENT, ApplyFailed)])
async def test_a_refusal_is_an_error_of_the_tree_and_cools_nothing(
    table: KernelTable, refusal: int, error: type[Exception]
) -> None:
    cast(Recording, table._socket).refusal = refusal
    with pytest.raises(error):
        await table.apply(Delta(add={"cool4": COLD, "fwdid": {(17, 25565): (1,)}}, remove={}))
    assert table._cooling(NOTHING) == {"cool4": {}, "cool6": {}}


async def test_a_closed_port_stays_cold_for_as_long_as_it_has_left(
    table: KernelTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest holds also when the table was deleted, but not when the port is open again."""
    now = 1000.0
    monkeypatch.setattr(table_module, "time", SimpleNamespace(monotonic=lambda: now))
    await table.apply(Delta(add={"cool4": COLD}, remove={}))
    now += 60
    assert table._cooling(NOTHING)["cool4"] == {(PEER, 17, 80): COOL_S - 60}
    again = elements_of(forwarded(joined(Desired())[0], to_port=80), NETWORK)
    assert table._cooling(again)["cool4"] == {}
    now += COOL_S
    assert table._cooling(NOTHING)["cool4"] == {}


async def test_a_port_that_is_opened_is_cold_no_more(table: KernelTable) -> None:
    await table.apply(Delta(add={"cool4": COLD}, remove={}))
    await table.apply(Delta(add={}, remove={"cool4": COLD}))
    assert table._cooling(NOTHING)["cool4"] == {}
