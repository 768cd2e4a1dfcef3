"""Asks the gateway where the name has to lead, has that kept, and tells the gateway what became of it."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import Protocol

from gateway.api.client import GatewayClient
from gateway.api.contract import Actor, KeepName, NameTarget
from gateway.backoff import delays
from gateway.errors import GatewayError, NameNotKept

log = logging.getLogger(__name__)
POLL_S = 3.0  # the gateway cannot speak first
_LONGEST_TEXT = 300  # of a reason in the request
FIRST_S, LONGEST_S = 5.0, 300.0  # pauses after what failed


class Place(Protocol):
    """A place where the name's records are kept."""

    again_s: float
    """The pause until it is done again although nothing changed."""

    async def keep(self, target: NameTarget) -> int | None:
        """Make the records lead to the target. Return where the SRV record leads. Raise NameNotKept."""
        ...


class Keeper:
    """The records as they were kept last, and what keeps them from being right."""

    def __init__(self, gateway: GatewayClient, place: Place, *, poll_s: float = POLL_S) -> None:
        self._gateway, self._place, self._poll_s = gateway, place, poll_s
        self._actor = Actor(id=f"uid:{os.getuid()}", name="names")
        self._clock = asyncio.get_running_loop().time
        self._kept: NameTarget | None = None
        self._due = 0.0
        self._pauses = delays(FIRST_S, LONGEST_S)
        self._problem = ""
        self._srv_port: int | None = None

    async def run(self) -> None:
        """Keep the name, until cancelled."""
        told = ""
        while True:
            request = KeepName(actor=self._actor, problem=self._problem[:_LONGEST_TEXT], srv_port=self._srv_port)
            try:
                target = await self._gateway.call(request)
            except GatewayError as error:
                if str(error) != told:
                    log.warning("the gateway does not say where the name leads, trying again: %s", error)
                told = str(error)
            else:
                told = ""
                if await self._keep(target):
                    continue  # tells the gateway at once
            await asyncio.sleep(self._poll_s)

    async def _keep(self, target: NameTarget) -> bool:
        """Have the target kept when it changed or is due. Report whether that was tried."""
        if target == self._kept and self._clock() < self._due:
            return False
        if is_new := target != self._kept:
            self._pauses = delays(FIRST_S, LONGEST_S)
        self._kept = target
        try:
            self._srv_port = await self._place.keep(target)
        except NameNotKept as error:
            if str(error) != self._problem:
                log.error("%s is not kept: %s", target.name, error)
            self._problem, self._due = str(error), self._clock() + next(self._pauses)
            return True
        if is_new or self._problem:
            port = f", and Minecraft to port {self._srv_port}" if self._srv_port else ""
            log.info("%s leads to %s%s", target.name, target.ipv4 or "what it led to", port)
        self._problem, self._due = "", self._clock() + self._place.again_s
        self._pauses = delays(FIRST_S, LONGEST_S)
        return True
