"""One scene for each file of tests, and new people for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from gateway.demo.world import World
from tests.e2e.scene import Scene, opened
from tests.fakediscord import FakeDiscord, Person


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_scene() -> AsyncIterator[Scene]:
    async with opened() as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def scene(shared_scene: Scene) -> AsyncIterator[Scene]:
    """Yield a tidy scene. After the test, neither Discord nor the logs have anything to complain about."""
    services = (shared_scene.gateway, shared_scene.bot)
    before = [len(service.output) for service in services]
    yield shared_scene
    await shared_scene.tidy()
    for service, start in zip(services, before, strict=True):
        print(service.output[start:])
    violations = shared_scene.discord.violations.copy()
    shared_scene.discord.violations.clear()
    assert violations == []
    for service, start in zip(services, before, strict=True):
        assert service.complaints(start) == []


@pytest.fixture
def world(scene: Scene) -> World:
    return scene.world


@pytest.fixture
def discord(scene: Scene) -> FakeDiscord:
    return scene.discord


@pytest.fixture
def alice(scene: Scene) -> Person:
    return scene.member("alice", "Player")


@pytest.fixture
def bob(scene: Scene) -> Person:
    return scene.member("bob", "Player")


@pytest.fixture
def admin(scene: Scene) -> Person:
    return scene.member("admin", "Admin")


@pytest.fixture
def stranger(scene: Scene) -> Person:
    return scene.member("stranger")
