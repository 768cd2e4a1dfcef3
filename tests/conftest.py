"""Fixtures and options for all tests: the world, and a clear reason where a test cannot run."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from gateway.demo.world import World

# The speed of making examples depends on the machine and not on the product.
settings.register_profile("guildgate", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("all", settings.get_profile("guildgate"), max_examples=3000)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="also what takes long: ./test --all")


def pytest_configure(config: pytest.Config) -> None:
    gc.set_threshold(20_000)  # a test makes many objects, and few circles
    settings.load_profile("all" if config.getoption("all") else "guildgate")
    given = config.option.basetemp
    if given and not Path(given).parent.is_dir():  # a worker of xdist that has a file system of its own
        config.option.basetemp = None


def pytest_collection_finish() -> None:
    """Keep what is imported and collected by now out of the search for garbage, because it stays to the end."""
    gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if os.geteuid() != 0 and item.get_closest_marker("root"):
            item.add_marker(pytest.mark.skip(reason="makes network namespaces, which needs root: sudo ./test"))
        if not config.getoption("all") and item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="takes long: sudo ./test --all"))


@pytest.fixture
def heeded_hangup() -> Iterator[None]:
    """Let SIGHUP end processes that begin now, because under nohup(1) it is ignored by all of them."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    # Not at the top: pyroute2 takes seconds to import in QEMU, where tests need no world.
    from gateway.demo.world import World
    from tests.lab import unused_prefix

    async with World(unused_prefix()) as built:
        yield built
