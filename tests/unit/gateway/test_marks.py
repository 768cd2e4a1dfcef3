"""The gateway's bits of the conntrack mark."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.network import Marks

MASKS = st.integers(0, 0xFFFFFFFF).filter(lambda mask: mask.bit_count() >= 2)


@given(MASKS, st.data())
def test_a_mark_lies_inside_the_mask_and_names_its_slot_whatever_others_set(mask: int, data: st.DataObject) -> None:
    marks = Marks(mask)
    slot = data.draw(st.integers(0, marks.slots - 1))
    theirs = data.draw(st.integers(0, 0xFFFFFFFF)) & marks.others
    assert marks.of(slot) & marks.others == 0 != marks.of(slot)
    assert marks.slot_of(marks.of(slot) | theirs) == slot
    assert marks.slot_of(theirs) == -1


def test_as_many_forwards_have_a_mark_of_their_own_as_the_bits_number() -> None:
    marks = Marks(0x8040)
    assert [marks.of(slot) for slot in range(marks.slots)] == [0x8000, 0x40, 0x8040]


def test_the_default_numbers_more_forwards_than_all_members_may_have() -> None:
    assert Marks().slots == 16_383


def test_more_bits_than_the_tables_sets_hold_number_no_more_forwards() -> None:
    assert Marks(0xFFFFFF).slots == Marks(0x1FFFF).slots == 65_536
