"""Inputs that nothing of ours made: each parser gets whatever bytes a fuzzer finds.

`tests/unit/test_fuzz.py` runs a part in every `./test`; `python -m tests.fuzz NAME` searches by coverage.
"""

from __future__ import annotations

from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"


def corpus(name: str) -> dict[str, bytes]:
    """Return the target's inputs by the names of their files."""
    return {path.name: path.read_bytes() for path in sorted((CORPUS / name).iterdir())}
