"""Every parser under bytes that nothing of ours made: the corpus, its mutations, and bytes at random.

`python -m tests.fuzz NAME` goes on where this ends. What it finds stays in the corpus, where this runs it for ever.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import CORPUS, corpus, talking
from tests.fuzz.targets import TARGETS, timed

EXAMPLES = max(100, settings().max_examples)
edits = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 8), st.binary(max_size=8)), min_size=1, max_size=4)


def edited(data: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    for place, gone, come in changes:
        at = place % (len(data) + 1)
        data = data[:at] + come + data[at + gone :]
    return data


@pytest.fixture(scope="module", autouse=True)
def _loop_is_closed() -> Iterator[None]:
    yield
    talking.loop().close()
    talking.loop.cache_clear()


@pytest.mark.parametrize("name", TARGETS)
def test_what_broke_a_parser_once_does_so_no_more(name: str) -> None:
    known = corpus(name)
    assert known
    for data in known.values():
        timed(TARGETS[name], data)


@pytest.mark.parametrize("name", TARGETS)
def test_a_parser_keeps_its_word_whatever_the_bytes_are(name: str) -> None:
    seeds = st.sampled_from(list(corpus(name).values()))

    @settings(max_examples=EXAMPLES)
    @given(st.one_of(st.builds(edited, seeds, edits), st.binary(max_size=300)))
    def search(data: bytes) -> None:
        timed(TARGETS[name], data)

    search()


def test_every_folder_of_the_corpus_has_its_target() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} == TARGETS.keys()
