from __future__ import annotations

from typing import Any, cast

import pytest

from gateway.api import operations
from gateway.api.contract import Request
from tests.unit.gateway.api.counting import Count, Counter


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Counter:
    """Register `Count` as an operation for the length of the test and return its handler."""
    monkeypatch.setitem(cast(dict[str, type[Request[Any]]], operations.OPERATIONS), Count.operation, Count)
    return Counter()
