"""Follows where the gateway says that the name has to lead, has that kept, and tells the gateway what became of it."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import Never, Protocol

from gateway.api.client import GatewayClient
from gateway.api.contract import Actor
from gateway.api.naming import KeepName, NameTarget, WatchName
from gateway.backoff import delays
from gateway.errors import GatewayError, NameNotKept

log = logging.getLogger(__name__)
AGAIN_S, SELDOM_S = 0.2, 5.0  # from a failure of the gateway to the next try, and at most later
_LONGEST_TEXT = 300  # of a reason in the request
FIRST_S, LONGEST_S = 5.0, 300.0  # pauses after what failed


class Place(Protocol):
    """A place where the name's records are kept."""

    again_s: float
    """The pause until it is done again although nothing changed."""

    async def keep(self, target: NameTarget) -> int | None:
        """Make the records lead to the target. Return where the SRV record leads. Raise NameNotKept."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the records: what keeps them from being right, and where the SRV record leads."""

    problem: str = ""
    srv_port: int | None = None


class Keeper:
    """The records as they were kept last. It asks the gateway for nothing while nothing happens."""

    def __init__(self, gateway: GatewayClient, place: Place) -> None:
        self._gateway, self._place = gateway, place
        self._actor = Actor(id=f"uid:{os.getuid()}", name="names")
        self._clock = asyncio.get_running_loop().time
        self._target: NameTarget | None = None
        self._is_told = asyncio.Event()  # the gateway has told a target and waits for what becomes of it
        self._kept: NameTarget | None = None
        self._due = float("inf")
        self._pauses = delays(FIRST_S, LONGEST_S)
        self._outcome = Outcome()

    async def run(self) -> Never:
        """Keep the name, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch())
            tasks.create_task(self._keep_on())
        raise AssertionError  # neither ends

    async def _watch(self) -> Never:
        """Take in each target. The first one of a connection is answered as well, because the gateway may be anew."""
        said, pauses = "", delays(AGAIN_S, SELDOM_S)
        while True:
            try:
                async with self._gateway.watch(WatchName(actor=self._actor)) as targets:
                    async for target in targets:
                        said, pauses = "", delays(AGAIN_S, SELDOM_S)
                        self._target = target
                        self._is_told.set()
            except GatewayError as error:
                if str(error) != said:
                    log.warning("the gateway does not say where the name leads, trying again: %s", error)
                said = str(error)
            await asyncio.sleep(next(pauses))

    async def _keep_on(self) -> Never:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._due):
                    await self._is_told.wait()
            is_asked, before = self._is_told.is_set(), self._outcome
            self._is_told.clear()
            assert self._target
            if self._target != self._kept or self._clock() >= self._due:
                await self._keep(self._target)
            if is_asked or self._outcome != before:
                await self._tell()

    async def _tell(self) -> None:
        """Tell the outcome, and try again until the gateway has it."""
        problem, srv_port = self._outcome.problem[:_LONGEST_TEXT], self._outcome.srv_port
        for pause in delays(AGAIN_S, SELDOM_S):
            try:
                await self._gateway.call(KeepName(actor=self._actor, problem=problem, srv_port=srv_port))
            except GatewayError as error:
                log.debug("the gateway is told later: %s", error)
                await asyncio.sleep(pause)
            else:
                return

    async def _keep(self, target: NameTarget) -> None:
        """Have the target kept, because it changed or is due."""
        if is_new := target != self._kept:
            self._pauses = delays(FIRST_S, LONGEST_S)
        self._kept, before = target, self._outcome
        try:
            srv_port = await self._place.keep(target)
        except NameNotKept as error:
            if str(error) != before.problem:
                log.error("%s is not kept: %s", target.name, error)
            self._outcome = Outcome(str(error), before.srv_port)
            self._due = self._clock() + next(self._pauses)
            return
        self._outcome, self._due = Outcome("", srv_port), self._clock() + self._place.again_s
        if is_new or before.problem:
            port = f", and Minecraft to port {srv_port}" if srv_port else ""
            log.info("%s leads to %s%s", target.name, target.ipv4 or "what it led to", port)
        self._pauses = delays(FIRST_S, LONGEST_S)
