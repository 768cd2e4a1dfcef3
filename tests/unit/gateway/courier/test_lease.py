"""Which of two machines has the lease, by values alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from gateway.api.pair import Word
from gateway.courier.lease import RENEWED_S, TTL_S, Lease


def test_what_is_not_read_is_not_known_and_what_was_never_written_is_free() -> None:
    lease = Lease("eu", "m")
    assert lease.word(0) is Word.UNKNOWN
    assert lease.next_holder(0, wants=True) is None
    lease.see("", 0, 1)
    assert lease.word(1) is Word.FREE
    assert lease.next_holder(1, wants=True) == "eu"
    assert lease.next_holder(1, wants=False) is None


def test_it_is_the_others_for_as_long_as_that_renews_it() -> None:
    lease = Lease("eu", "m")
    for second in range(60):
        lease.see("eu_standby m", 7 + second // 2, second)
        assert lease.word(second) is Word.OTHERS
        assert lease.next_holder(second, wants=True) is None
    assert lease.word(58 + TTL_S) is Word.OTHERS
    assert lease.word(58.1 + TTL_S) is Word.FREE


def test_it_is_renewed_in_time_and_given_back_by_a_machine_that_cannot_serve() -> None:
    lease = Lease("eu", "m")
    lease.see("eu m", 7, 0)
    assert lease.next_holder(RENEWED_S / 2, wants=True) is None
    assert lease.next_holder(RENEWED_S, wants=True) == "eu"
    assert lease.next_holder(0, wants=False) == ""
    lease.see(" m", 8, 1)
    assert lease.word(1) is Word.FREE


def test_a_connection_that_begins_waits_its_time_out_because_the_other_may_have_had_none_either() -> None:
    lease = Lease("eu", "m")
    lease.see("eu_standby m", 7, 0)
    lease.begin()
    assert lease.word(5 * TTL_S) is Word.UNKNOWN
    lease.see("eu_standby m", 7, 5 * TTL_S)
    assert lease.word(6 * TTL_S) is Word.OTHERS


def test_a_text_without_the_mark_says_nothing_of_the_lease_but_its_revision() -> None:
    """Another region can have the server deliver it there, and so often that no text of the pair's own is seen."""
    forged = ("eu_standby", "eu_standby x", "", " ", '{"stream":"KV_GG_DIRECTORY","seq":2}')
    holding, other = Lease("eu", "m"), Lease("eu_standby", "m")
    for lease in (holding, other):
        lease.see("eu m", 7, 0)
        for revision, text in enumerate(forged, start=8):
            lease.see(text, revision, 1)
    assert (holding.word(60), other.word(9)) == (Word.OWN, Word.OTHERS)
    assert (holding.next_holder(3, wants=True), holding.revision) == ("eu", 12)
    assert other.word(TTL_S + 0.1) is Word.FREE, "what is forged is no sign of life"


def test_a_connection_that_begins_with_a_text_without_the_mark_waits_the_time_of_a_lease() -> None:
    lease = Lease("eu", "m")
    for second in range(10):
        lease.see("eu_standby", 7 + second, second)
        assert lease.word(second) is Word.UNKNOWN
    assert lease.word(TTL_S + 0.1) is Word.FREE


def test_without_the_mark_nothing_is_known_until_it_comes() -> None:
    lease = Lease("eu")
    lease.see("eu m", 7, 0)
    assert (lease.word(60), lease.next_holder(60, wants=True)) == (Word.UNKNOWN, None)
    lease.know("m")
    lease.see("eu m", 7, 61)
    assert lease.word(61) is Word.OWN


@dataclass
class Bucket:
    """The bucket with its rule: a write names the revision that it replaces."""

    text: str = ""
    revision: int = 0
    machines: list[Lease] = field(default_factory=lambda: [Lease("eu", "m"), Lease("eu_standby", "m")])

    def act(self, machine: Lease, now: float, *, wants: bool, reads: bool) -> None:
        if reads:
            machine.see(self.text, self.revision, now)
        holder = machine.next_holder(now, wants=wants)
        if holder is not None and machine.revision == self.revision:
            self.text, self.revision = machine.text(holder), self.revision + 1
            machine.see(self.text, self.revision, now)


STEPS = st.tuples(st.integers(0, 1), st.floats(0, 2 * TTL_S), st.booleans(), st.booleans())


@given(st.lists(STEPS, max_size=60))
def test_two_machines_that_read_it_never_both_have_it(steps: list[tuple[int, float, bool, bool]]) -> None:
    """A machine that reads before it decides, as each does in every round, knows of the other's write."""
    bucket, now = Bucket(), 0.0
    for which, pause_s, wants, reads in steps:
        now += pause_s
        bucket.act(bucket.machines[which], now, wants=wants, reads=reads)
        for machine in bucket.machines:
            machine.see(bucket.text, bucket.revision, now)
        assert [machine.word(now) for machine in bucket.machines].count(Word.OWN) <= 1


@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0, RENEWED_S), st.booleans()), max_size=60))
def test_none_is_taken_from_a_machine_that_renews_it(steps: list[tuple[int, float, bool]]) -> None:
    bucket, now = Bucket(), 0.0
    first, second = bucket.machines
    bucket.act(first, now, wants=True, reads=True)
    for which, pause_s, wants in steps:
        now += pause_s
        bucket.act(first, now, wants=True, reads=True)
        if which:
            bucket.act(second, now, wants=wants, reads=True)
        assert bucket.text == "eu m"
