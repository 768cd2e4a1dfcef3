"""The shipped gateway on a world's VPS, with a state made beforehand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.demo.world import World
from tests.bench import state
from tests.net.gateway import Gateway, gateway_in


@asynccontextmanager
async def prepared(folder: Path, name: str, peers: int, forwards: int) -> AsyncIterator[Gateway]:
    """Not started yet. `name` must be unique in the run and short."""
    folder.mkdir()
    async with World(f"{name}-") as world, gateway_in(world, folder, state.SETTINGS) as gateway:
        gateway.interface = f"wg-{name}"
        await state.write(gateway.state_dir, state.desired(peers, forwards))
        yield gateway
