"""What tests share: the world, and a clear reason where a test cannot run."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

from gateway.demo.world import World
from tests.lab import unused_prefix

# How fast examples are made says something about the machine, not about the product.
settings.register_profile("guildgate", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("guildgate")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.geteuid() != 0:
        for item in items:
            if item.get_closest_marker("root"):
                item.add_marker(pytest.mark.skip(reason="makes network namespaces, which needs root: sudo ./test"))


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with World(unused_prefix()) as built:
        yield built
