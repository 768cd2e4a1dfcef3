"""The gateway's numbers, asked for at most every few seconds, however many ask here."""

from __future__ import annotations

import asyncio
import os

from gateway.api.client import GatewayClient
from gateway.api.contract import Actor
from gateway.api.measures import GetMeasures, Measures
from gateway.errors import GatewayError

FRESH_S = 5.0


class Source:
    """The gateway as this process sees it."""

    def __init__(self, gateway: GatewayClient, *, fresh_s: float = FRESH_S) -> None:
        self._gateway, self._fresh_s = gateway, fresh_s
        self._actor = Actor(id=f"uid:{os.getuid()}", name="metrics")
        self._turn = {True: asyncio.Lock(), False: asyncio.Lock()}
        self._last: dict[bool, tuple[float, Measures | GatewayError]] = {}

    async def measures(self, *, with_kernel: bool) -> Measures | GatewayError:
        """Return numbers that are younger than `fresh_s`, or why there are none."""
        clock = asyncio.get_running_loop().time
        async with self._turn[with_kernel]:
            at, known = self._last.get(with_kernel, (float("-inf"), None))
            if known is None or clock() - at >= self._fresh_s:
                known = await self._ask(with_kernel=with_kernel)
                self._last[with_kernel] = clock(), known
            return known

    async def _ask(self, *, with_kernel: bool) -> Measures | GatewayError:
        try:
            return await self._gateway.call(GetMeasures(actor=self._actor, with_kernel=with_kernel))
        except GatewayError as error:
            return error
