"""The looks at other programs' firewalls: after the start, and whenever one of them changes its rules.

A program such as Docker or ufw may come after the gateway. What it stops then is a problem from that moment on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Never
from typing import Protocol as Shape

from gateway.cause import Cause
from gateway.config import GatewaySection
from gateway.foreign.advice import Complaint, complaints, problems_of
from gateway.foreign.listing import Listing, read_legacy, read_rulesets
from gateway.host.host import Host
from gateway.host.netlink import in_thread
from gateway.host.surroundings import lines_of
from gateway.host.uplink import Line
from gateway.problem import FIREWALLS, Problem, Trouble

log = logging.getLogger(__name__)

SETTLE_S = 1.0  # a program writes its rules in several steps
APART_S = 5.0  # between two looks, because a program may write rules all the time
IDLE = 20  # times the length of a look, between two of them
LINES_S = 30.0  # between looks for other uplinks


class Registry(Shape):
    """The problems that are present (state/problems.py)."""

    def report(self, problem: Problem) -> None: ...

    def clear(self, code: str) -> None: ...


class Judge:
    """The owner of the problems with other programs' firewalls. `legacy` are the rules that only root can read."""

    def __init__(self, section: GatewaySection, host: Host, legacy: Listing, registry: Registry) -> None:
        self._section, self._host, self._legacy, self._registry = section, host, legacy, registry
        self._changed = asyncio.Event()
        self._lines: tuple[Line, ...] = ()
        self._told = list[Complaint]()

    async def keep_looking(self, changes: AsyncIterator[object]) -> None:
        """Look now and after each change of rules, and never at full speed; until cancelled.

        libnftables may hang for a minute, so the start does not wait for this.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._note(changes))
            tasks.create_task(self._follow())

    async def _note(self, changes: AsyncIterator[object]) -> None:
        async for _ in changes:
            self._changed.set()

    async def _follow(self) -> Never:
        await self.look()
        clock = asyncio.get_running_loop().time
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LINES_S):
                    await self._changed.wait()
            if not self._changed.is_set() and not await self._moved():
                continue
            await asyncio.sleep(SETTLE_S)
            self._changed.clear()
            began = clock()
            await self.look()
            await asyncio.sleep(max(APART_S, IDLE * (clock() - began)))

    async def _moved(self) -> bool:
        try:
            return self._lines != await lines_of(self._host, self._section)
        except OSError:  # the next try may see more
            return False

    async def look(self) -> None:
        """Judge all rules. Log what is new with its cure, report what is a problem, and clear what is none any more."""
        try:
            self._lines = await lines_of(self._host, self._section)
            found = await in_thread(self._look)
        except Exception:  # other programs' rules may hold anything, and the gateway works without this look
            log.exception("cannot see whether another firewall is in the way")
            return
        for complaint in found:
            if complaint not in self._told:
                _warn(complaint)
        self._told = found
        problems = problems_of(found)
        for problem in problems:
            self._registry.report(problem)
        for code in FIREWALLS - {problem.code for problem in problems}:
            self._registry.clear(code)

    def _look(self) -> list[Complaint]:
        fresh = read_legacy()
        listing = read_rulesets(self._legacy if fresh.hidden else fresh)
        if isinstance(listing, str):
            problem = Problem(code=Trouble.UNREADABLE, values={"reason": listing})
            detail = f"cannot see whether another firewall is in the way: {listing}"
            return [Complaint(detail, (), Cause.UNREAD, {}, problem=problem)]
        return list(complaints(listing, self._section, self._lines))


def _warn(complaint: Complaint) -> None:
    """Log what another program's firewall does. Our accept cannot overrule it, only the admin can."""
    log.warning("%s%s", complaint.detail, "; to let it through, as root:" if complaint.fix else "")
    for command in complaint.fix:
        log.warning("    %s", command)
