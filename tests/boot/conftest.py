"""Fixtures of a machine with systemd: its root, and the two ways to install."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.demo.world import World
from tests.boot.machine import Machine

# A folder with a fresh Debian in which .ci/fresh ran the README's commands: with systemd in it, the checkout in
# srv/guildgate, the lock's wheels in wheels, and the package in packages.
ROOT = "GUILDGATE_MACHINE"


@dataclass(frozen=True)
class Way:
    """Commands that install guildgate, and take it away. Installing again is an update."""

    install: tuple[str, ...]
    remove: tuple[str, ...]
    purge: tuple[str, ...]


_RUN, _PACKAGE = "/srv/guildgate/run", "/packages/guildgate.deb"
WAYS = {
    "install": Way((_RUN, "install"), (_RUN, "install", "--uninstall"), (_RUN, "install", "--uninstall", "--purge")),
    "package": Way(
        ("dpkg", "--install", "--force-confold", _PACKAGE),
        ("dpkg", "--remove", "guildgate"),
        ("dpkg", "--purge", "guildgate"),
    ),
}


@pytest.fixture
async def machine(world: World, tmp_path: Path) -> AsyncIterator[Machine]:
    """Yield a machine of its own for each test, booted."""
    root = os.environ.get(ROOT)
    if not root:
        pytest.skip(f"needs a Debian with systemd: sudo .ci/fresh SUITE makes one and sets {ROOT}")
    layers = [tmp_path / name for name in ("changed", "work", "root")]
    for layer in layers:
        layer.mkdir()
    changed, work, merged = layers
    merged.parent.chmod(0o755)
    options = f"lowerdir={root},upperdir={changed},workdir={work}"
    subprocess.run(["mount", "-t", "overlay", "-o", options, "overlay", merged], check=True)
    made = Machine(merged, world)
    try:
        await made.up()
        await made.settled()
        yield made
    finally:
        print(await made.journal())  # which pytest shows when a test fails
        await made.down()
        subprocess.run(["umount", merged], check=True)


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Way:
    return WAYS[request.param]
