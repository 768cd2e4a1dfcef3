"""What the gateway repaired, as admins read it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.differences import MOST, differences
from bot.core.render import length
from gateway.model import Difference
from tests.unit.bot.english import words


@pytest.mark.parametrize("known", Difference)
def test_no_difference_is_shown_as_the_audit_log_writes_it(known: Difference) -> None:
    what = " wg0" if known in (Difference.PEER, Difference.LINK) else ""
    shown = differences(words, f"{known}{what}")
    assert shown == words(f"difference-{known.name.lower()}", what="wg0")
    assert str(known) not in shown


def test_several_are_one_list_and_those_of_another_version_stay() -> None:
    shown = differences(words, "nftables table changed, WireGuard's peer 123456789012345678/p_c, new_thing")
    device = words("difference-peer", what="<@123456789012345678> p\\_c")
    assert shown == f"{words('difference-table')}, {device}, new\\_thing"


@given(st.lists(st.sampled_from([*Difference, "WireGuard's peer 1/*"]) | st.text(max_size=200), max_size=30))
def test_the_list_is_never_longer_than_a_message_takes(texts: list[str]) -> None:
    assert 0 < length(differences(words, ", ".join(texts))) <= (MOST + 1) * 130
