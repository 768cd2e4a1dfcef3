from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.demo.world import World
from tests.net.gateway import Gateway, gateway_in


@pytest.fixture
async def gateway(world: World, tmp_path: Path) -> AsyncIterator[Gateway]:
    """Yield a running gateway with its defaults."""
    async with gateway_in(world, tmp_path) as found:
        await found.start()
        yield found


@pytest.fixture
def in_full(pytestconfig: pytest.Config) -> bool:
    """Report whether this is ./test --all, where nothing is shortened."""
    return bool(pytestconfig.getoption("all"))


@pytest.fixture
async def idle_gateway(world: World, tmp_path: Path, in_full: bool) -> AsyncIterator[Gateway]:
    """Yield a gateway that the test configures and starts itself."""
    async with gateway_in(world, tmp_path, in_full=in_full) as found:
        yield found
