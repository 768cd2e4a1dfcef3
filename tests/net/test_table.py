"""The live table and its notices, in a network namespace for each test."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from gateway.errors import ApplyFailed
from gateway.host.netlink import NETFILTER, NetlinkSocket
from gateway.model import Change, Desired
from gateway.nftables import table
from gateway.nftables.elements import delta_of, elements_of
from gateway.nftables.table import KernelTable
from tests.namespace import fresh_network
from tests.unit.builders import MARKS, NETWORK, forwarded, joined

pytestmark = pytest.mark.root


@pytest.fixture
async def firewall() -> AsyncIterator[KernelTable]:
    with fresh_network():
        async with KernelTable(MARKS) as firewall:
            yield firewall


def nft(*arguments: str) -> None:
    subprocess.run(["nft", *arguments], check=True)


def found(events: NetlinkSocket, notices: table._Notices) -> list[str]:
    """Return the reasons so far. The kernel has queued a transaction's notices when it is done."""
    datagrams = iter(events._receive, None)
    return [reason for datagram in datagrams for reason in notices.read(datagram)]


async def test_nft_loads_what_it_lists_of_our_table(firewall: KernelTable, tmp_path: Path) -> None:
    """An admin that saves the whole ruleset has ours in it, and one rule that nft refuses would refuse all of it."""
    desired = forwarded(joined(Desired())[0], "25565-26000")
    await firewall.load(NETWORK, elements_of(desired, NETWORK))
    saved = tmp_path / "ruleset.nft"
    saved.write_bytes(subprocess.run(["nft", "list", "ruleset"], check=True, stdout=subprocess.PIPE).stdout)
    nft("flush", "ruleset")
    nft("--file", str(saved))


DISTURBANCES = (
    "flush set inet guildgate stat_original",
    "flush set inet guildgate stat_reply",
    "flush map inet guildgate fwd4",
    "flush chain inet guildgate forward",
    "insert rule inet guildgate forward drop",
    "chain inet guildgate forward { policy drop; }",
    "add chain inet guildgate theirs { type filter hook forward priority 5; policy drop; }",
    "add table inet guildgate { flags dormant; }",
    "add element inet guildgate private4 { 8.0.0.0/8 }",
    "flush set inet guildgate private4",
    "add element inet guildgate fwd4 { tcp . 99 : 192.0.2.1 . 99 }",
    'add element inet guildgate uplinks { "theirs" }',
    "delete element inet guildgate fwdid { tcp . 25565 }",
    "delete table inet guildgate",
    "flush ruleset",
)


def listed() -> list[str]:
    """Return the lines of our table; elements of a set come in any order."""
    found = subprocess.run(["nft", "-s", "list", "table", "inet", "guildgate"], capture_output=True, check=True)
    return sorted(re.findall(r"[^\s,]+(?: [^\s,]+)*", found.stdout.decode()))


@pytest.mark.parametrize("disturbance", DISTURBANCES)
async def test_loading_again_undoes_whatever_another_program_did(firewall: KernelTable, disturbance: str) -> None:
    """A gateway that starts over a table in use corrects it, and it cannot know what was done meanwhile."""
    elements = elements_of(forwarded(joined(Desired())[0], "25565-25700"), NETWORK)
    await firewall.load(NETWORK, elements)
    right = listed()
    nft(disturbance)
    await firewall.load(NETWORK, elements)
    assert listed() == right


async def test_loading_the_same_rules_leaves_the_table_and_its_elements_in_place(firewall: KernelTable) -> None:
    """Ten thousand forwards are not written again at a restart, so libnftables does not take seconds for them."""
    before, _ = joined(Desired())
    after = forwarded(before, "25565-25700")
    await firewall.load(NETWORK, elements_of(before, NETWORK))
    nft("add set inet guildgate mark_of_this_test { type ipv4_addr; }")  # goes with the table, and has no effect
    await firewall.load(NETWORK, elements_of(after, NETWORK))
    assert "set mark_of_this_test {" in "\n".join(listed())
    await firewall.load(replace(NETWORK, mtu=1300), elements_of(after, NETWORK))
    assert "set mark_of_this_test {" not in "\n".join(listed())


async def test_only_what_others_do_to_our_table_is_a_reason(firewall: KernelTable) -> None:
    """Neither our own changes nor other programs' changes to their own tables are a reason."""
    before, _ = joined(Desired())
    after = forwarded(before, "25565-26000")
    notices = table._Notices(firewall._name)
    with NetlinkSocket(NETFILTER, groups=[table._GROUP_NFTABLES], buffer=1 << 20) as events:
        await firewall.load(NETWORK, elements_of(before, NETWORK))
        await firewall.apply(delta_of(Change.between(before, after), NETWORK))
        nft("add table inet other; add set inet other guildgate { type ipv4_addr; }")
        assert found(events, notices) == []
        nft("delete table inet other; delete element inet guildgate fwdid { tcp . 25565 }")
        assert found(events, notices) == ["nftables table changed"]


async def test_only_what_others_change_is_a_change_of_other_rules(firewall: KernelTable) -> None:
    """One for each transaction, whatever it is about; the kernel passes no other notice."""
    before, _ = joined(Desired())
    others = partial(table._of_others, firewall._name.encode())
    with NetlinkSocket(NETFILTER, groups=[table._GROUP_NFTABLES], program=table._ENDS) as ends:
        await firewall.load(NETWORK, elements_of(before, NETWORK))
        await firewall.apply(delta_of(Change.between(before, forwarded(before, "25565-26000")), NETWORK))
        own = list(iter(ends._receive, None))
        assert [list(others(datagram)) for datagram in own] == [[], []]
        nft("add table inet other; add set inet other s { typeof ip saddr; }")
        nft("delete table inet other")
        assert [list(others(datagram)) for datagram in iter(ends._receive, None)] == [[None], [None]]
    assert list(others(None)) == [None]


async def test_a_change_that_is_too_large_for_an_unprivileged_container_says_what_to_raise(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing of it is there then, and smaller changes go on."""
    monkeypatch.setattr(table, "_BUFFER", 1 << 16)
    before, _ = joined(Desired())
    small, large = forwarded(before, "25565"), forwarded(before, "20000-20999")
    with fresh_network():
        async with KernelTable(MARKS) as firewall:
            await firewall.load(NETWORK, elements_of(before, NETWORK))
            with pytest.raises(ApplyFailed):
                await firewall.apply(delta_of(Change.between(before, large), NETWORK))
            await firewall.apply(delta_of(Change.between(before, small), NETWORK))
    assert "raise net.core.wmem_max" in caplog.text


async def test_notices_that_were_lost_are_a_reason_and_the_watch_goes_on(
    firewall: KernelTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lost notices may have been about any table."""
    monkeypatch.setattr(table, "_BUFFER", 4096)
    async with firewall.watch() as reasons:
        await firewall.load(NETWORK, elements_of(joined(Desired())[0], NETWORK))
        assert await asyncio.wait_for(anext(reasons), 10) == "nftables table changed"
        nft("delete table inet guildgate")
        assert await asyncio.wait_for(anext(reasons), 10) == "nftables table changed"
