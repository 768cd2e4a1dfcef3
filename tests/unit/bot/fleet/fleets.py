"""Fleets for tests: real operations behind a real socket for each region, over kernels in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.fleet.fleet import Fleet
from bot.fleet.region import Member
from gateway.api.client import GatewayClient
from gateway.api.transport import SocketTransport
from tests.unit import gate
from tests.unit.bot.patience import PATIENCE_S, until


@dataclass
class Regions:
    """A fleet with the gateways of its regions."""

    fleet: Fleet
    gates: dict[str, gate.Gate]

    async def told(self) -> None:
        """Wait until the fleet knows what each region has, and which do not answer."""
        await until(self._is_told)

    async def _is_told(self) -> bool:
        away = {each.region for each in self.fleet.away()}
        for region in self.fleet.all:
            at = self.gates[region.name]
            view = region.live.view
            if at.is_serving != (region.name not in away) or at.is_serving != (view is not None):
                return False
            if view and (len(view.peers), len(view.forwards)) != (len(at.desired.peers), len(at.desired.forwards)):
                return False
        return True


def member(at: gate.Gate, name: str, number: int) -> Member:
    client = GatewayClient(SocketTransport(at.path), timeout_s=PATIENCE_S)
    return Member(name=name, number=number, gateway=client)


@asynccontextmanager
async def fleet(folder: Path, **numbers: int) -> AsyncIterator[Regions]:
    """Run a fleet of these regions, each with its number, whose gateways are there."""
    async with AsyncExitStack() as stack:
        gates = {name: gate.Gate(folder / f"{name}.sock") for name in numbers}
        for each in gates.values():
            stack.push_async_callback(each.close)
            await each.start()
        clock = next(iter(gates.values()))
        made = Fleet([member(gates[name], name, number) for name, number in numbers.items()], lambda: clock.now)
        task = asyncio.create_task(made.run())
        stack.push_async_callback(_end, task)
        regions = Regions(made, gates)
        await regions.told()
        async with asyncio.timeout(PATIENCE_S):
            yield regions


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
