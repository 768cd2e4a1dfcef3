"""A fixture with a gateway that runs on a kernel in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.fakes.kernel import FakeKernel
from tests.unit.running import Running, a_kernel, running


@pytest.fixture
def kernel() -> FakeKernel:
    return a_kernel()


@pytest.fixture
async def gateway(tmp_path: Path, kernel: FakeKernel) -> AsyncIterator[Running]:
    async with running(tmp_path / "db", kernel) as gateway:
        yield gateway
