"""The slots of forwards under masks of different sizes."""

from __future__ import annotations

import logging
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from gateway.config import Config, GatewaySection, PolicySection
from gateway.errors import ConfigError, LimitReached
from gateway.model import Desired
from gateway.network import Marks
from gateway.nftables.flow import Tuple
from gateway.state.planner import Planner
from gateway.state.slots import fitted
from tests.unit.builders import ADMIN, MARKS, forwarded, joined, nothing_listens
from tests.unit.fakes.host import NOW
from tests.unit.running import PORT, a_join, a_kernel, knock, running

SMALL = GatewaySection(conntrack_mask=0x3)


def test_a_forward_keeps_its_slot_while_the_mask_numbers_it() -> None:
    desired = forwarded(joined(Desired())[0], "25565")
    assert fitted(desired, GatewaySection()) is desired


def test_forwards_beyond_a_smaller_mask_get_free_slots() -> None:
    desired = forwarded(forwarded(joined(Desired())[0], "25565"), "25566")
    last = desired.forwards[2]
    desired = replace(desired, forwards={**desired.forwards, 2: replace(last, slot=9)})
    found = [forward.slot for forward in fitted(desired, SMALL).forwards.values()]
    assert sorted({*found, 1}) == sorted(found)
    assert max(found) < Marks(0x3).slots


def test_a_mask_with_too_few_bits_for_what_is_stored_is_refused() -> None:
    desired = joined(Desired())[0]
    for port in range(25565, 25569):
        desired = forwarded(desired, str(port))
    with pytest.raises(ConfigError, match="conntrack_mask: numbers 3 forwards, and there are 4"):
        fitted(desired, SMALL)


def test_more_forwards_than_the_mask_numbers_are_refused_for_admins_too() -> None:
    desired = forwarded(joined(Desired())[0], "25565,25566")
    request = replace(PORT, actor=ADMIN, owner="1", ports=(*PORT.ports, *PORT.ports))
    with pytest.raises(LimitReached) as refused:
        Planner(SMALL, PolicySection()).forward(desired, request, nothing_listens, NOW)
    assert refused.value.details == {"limit": 3, "what": "marks", "left": 1}


async def test_another_mask_than_before_is_told_and_flows_by_the_old_one_begin_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Their marks could be those of other forwards now. Flows of others stay, and so do counts by the same mask."""
    kernel, path = a_kernel(), tmp_path / "db"
    player, site = IPv4Address("198.51.100.7"), IPv4Address("192.0.2.9")
    async with running(path, kernel) as gateway:
        await gateway.ask(a_join())
        await gateway.ask(PORT)
    knock(gateway, 25565)
    other = kernel.conntrack.note(Tuple(6, player, 4000, site, 80), Tuple(6, site, 80, player, 4000), 0x10)
    kernel.table.counts["stat_original"][MARKS.of(1),] = (1, 100)
    async with running(path, kernel) as gateway:
        assert len(kernel.conntrack.entries) == 2
        assert kernel.table.counts["stat_original"]
    policy = PolicySection(forwards_in_all=4000)
    config = Config(gateway=GatewaySection(conntrack_mask=0x0FFF0000), policy=policy)
    with caplog.at_level(logging.WARNING):
        async with running(path, kernel, config) as gateway:
            assert kernel.conntrack.entries == [other]
            assert not kernel.table.counts["stat_original"]
            assert set((kernel.table.content or {})["shed"]) == {(Marks(0x0FFF0000).of(1),)}
    assert "conntrack_mask was 0xff00c0e8 and is 0xfff0000" in caplog.text
