"""The table, word for word, as it was reviewed. A lost `drop` fails here before packets show it."""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path

import pytest

from tests.golden import texts


@pytest.mark.parametrize("path", texts(), ids=lambda path: path.stem)
def test_the_table_is_the_golden_one(path: Path) -> None:
    """`python -m tests.golden` writes the golden files."""
    before, now = path.read_text().splitlines(), texts()[path].splitlines()
    difference = "\n".join(unified_diff(before, now, str(path.name), "now", lineterm=""))
    assert not difference, f"read what changed, then run `python -m tests.golden`:\n{difference}"
