"""What gateway/names has to keep: where the public name leads, and what became of it.

The process watches where it has to lead, and tells what became of each target and whenever that changes. It asks
nothing while nothing happens: that it watches is its sign of life.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

from gateway.api.naming import KeepName, NameTarget
from gateway.config import Backend, NamesSection
from gateway.host.surroundings import Surroundings
from gateway.model import Desired, Forward, Protocol
from gateway.network import is_private
from gateway.problem import Problem, Trouble
from gateway.state.problems import Problems

SILENT_S = 90.0  # until gateway/names watches, which begins after the gateway, or has told what became of a target
MINECRAFT, MINECRAFT_PORT = "Minecraft (Java)", 25565  # as in bot/games/games.toml


class PublicName:
    """The name as [names] has it kept. `srv_port` is where its SRV record leads as far as is known."""

    def __init__(self, section: NamesSection | None, problems: Problems) -> None:
        self._section = section
        self._problems = problems
        self._watches = set[asyncio.Event]()  # one for each watching connection; set, the target may be another one
        self._told: NameTarget | None = None  # the last target that was told
        self._is_answered = True  # the process has told what became of it
        self._heard = asyncio.Event()
        self.srv_port: int | None = None

    def hear(self, request: KeepName, name: str) -> None:
        """Take what the process tells of the records."""
        self.srv_port = request.srv_port
        self._is_answered = True
        self._heard.set()
        if request.problem:
            self._report(name, request.problem)
        else:
            self._problems.clear(Trouble.NAME)

    def target(self, surroundings: Surroundings, backend: Backend, desired: Desired) -> NameTarget:
        """Return what the name has to lead to now."""
        own, section = surroundings.uplinks[0].source4, self._section
        six = surroundings.public6 if section and section.ipv6 and backend is Backend.KERNEL else None
        return NameTarget(
            name=surroundings.address,
            ipv4=None if own is None or is_private(own) else own,
            ipv6=None if six is None or is_private(six) else six,
            srv_port=srv_port(desired) if section and section.keeps_srv else None,
        )

    async def follow(self, target: Callable[[], NameTarget]) -> AsyncGenerator[NameTarget, None]:
        """Yield the target, and each one that is another than before, until the watcher leaves."""
        changed, told = asyncio.Event(), None
        self._watches.add(changed)
        try:
            while True:
                changed.clear()
                if (now := target()) != told:
                    told = now
                    self._owe(now)
                    yield now
                await changed.wait()
        finally:
            self._watches.remove(changed)
            self._heard.set()  # from now on it is silent

    def look_again(self) -> None:
        """Take in that the target may be another one."""
        for changed in self._watches:
            changed.set()

    def _owe(self, target: NameTarget) -> None:
        if self._is_answered and target != self._told:
            self._is_answered = False
            self._heard.set()  # from now on an answer is due
        self._told = target

    async def keep_listening(self, name: str) -> None:
        """Report a process that is silent for `SILENT_S` as a problem, until cancelled.

        It is silent while it does not watch, and while it has not told what became of a target.
        """
        while self._section:
            self._heard.clear()
            is_due = not self._watches or not self._is_answered
            try:
                async with asyncio.timeout(SILENT_S if is_due else None):
                    await self._heard.wait()
            except TimeoutError:
                self.srv_port = None
                self._report(name, "guildgate-names does not run, or cannot reach the gateway; its log says why")

    def _report(self, name: str, reason: str) -> None:
        self._problems.report(Problem(code=Trouble.NAME, values={"name": name, "reason": reason}))


def srv_port(desired: Desired) -> int | None:
    """Return the public port that Minecraft (Java) is to be led to by the name alone, or None.

    The default port of the game comes first: clients follow the SRV record also from a name with that port, so a record
    that leads elsewhere would take its players away. Then comes what was opened first.
    """
    found = [(port, forward) for forward in desired.active.forwards.values() if (port := _minecraft(forward))]
    best = min(found, key=lambda each: (each[0] != MINECRAFT_PORT, each[1].created_at, each[1].id), default=None)
    return best[0] if best else None


def _minecraft(forward: Forward) -> int | None:
    """Return the public port by which players of Minecraft (Java) reach a server behind the forward, or None."""
    ports = forward.ports
    if Protocol.TCP not in forward.protocol.each:
        return None
    if MINECRAFT_PORT in ports:
        return MINECRAFT_PORT
    if MINECRAFT_PORT in ports.moved_to(forward.to_port):
        return ports.first + MINECRAFT_PORT - forward.to_port
    return ports.first if forward.label == MINECRAFT else None
