"""The shipped gateway on a world's VPS, with a state made beforehand."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.demo.world import World
from tests.bench import state
from tests.net.gateway import Gateway, gateway_in


def resident_mib(gateway: Gateway) -> float:
    """Return the process's resident memory in MiB, shared pages of libraries included."""
    assert gateway.process
    lines = Path(f"/proc/{gateway.process.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def seconds(file: Path, first: int, end: int) -> float:
    """Return the sum of some columns of the first line, which are in ticks."""
    return sum(map(int, file.read_text().splitlines()[0].split()[first:end])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def prepared(folder: Path, name: str, peers: int, forwards: int) -> AsyncIterator[Gateway]:
    """Yield a gateway that is not started yet. `name` must be unique in the run and short."""
    folder.mkdir()
    async with World(f"{name}-") as world, gateway_in(world, folder, state.SETTINGS) as gateway:
        gateway.interface = f"wg-{name}"
        await state.write(gateway.state_dir, state.desired(peers, forwards))
        yield gateway
