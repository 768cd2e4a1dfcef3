"""The registry of problems. Their owners report and clear them; the registry alone tells of it.

A problem is logged at once. The audit log, and through it the log channel, gets each begin and each end once, also over
a restart that the problem outlasts.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime

from gateway.api.contract import Action
from gateway.codec import DecodeError, decode, encode, to_json
from gateway.errors import NotSaved
from gateway.problem import Problem
from gateway.state.live import Live
from gateway.state.store import ITSELF, Audit, Store

log = logging.getLogger(__name__)

AGAIN_S = 30  # until what could not be recorded is tried again
JUDGED_S = 90  # after the start, until a problem from before that no owner has reported again is over


class Problems:
    """The problems that are present. An owner may report or clear at any time, and as often as it likes."""

    def __init__(self, store: Store, now: Callable[[], datetime], live: Live) -> None:
        self._store = store
        self._now = now
        self._live = live
        self._present: dict[str, Problem] = {}
        self._recorded: dict[str, Problem] = {}
        self._unjudged = set[str]()  # codes of recorded problems from before the start
        self._changed = asyncio.Event()

    @property
    def present(self) -> tuple[Problem, ...]:
        return tuple(self._present.values())

    def __contains__(self, code: str) -> bool:
        return code in self._present

    async def load(self) -> None:
        """Learn which problems were recorded before the start."""
        with suppress(DecodeError):  # another version's
            stored = decode(tuple[Problem, ...], json.loads(await self._store.note("problems") or "[]"))
            self._recorded = {problem.code: problem for problem in stored}
            self._unjudged = set(self._recorded)

    def report(self, problem: Problem) -> None:
        """Make the problem present. It replaces one with the same code and other values."""
        self._unjudged.discard(problem.code)
        if self._present.get(problem.code) != problem:
            self._present[problem.code] = problem
            log.error("problem: %s", problem)
            self._live.raised(problem)
            self._changed.set()  # and not otherwise, because a failure to record one is a problem itself

    def clear(self, code: str) -> None:
        """End the problem with that code, if it is present or was before the start."""
        if problem := self._present.pop(code, None):
            log.warning("no longer a problem: %s", problem)
            self._live.cleared(problem)
        if problem or code in self._unjudged:
            self._unjudged.discard(code)
            self._changed.set()

    def judge(self, code: str, values: dict[str, str] | None) -> None:
        """Report the problem with that code and these values, or clear it when there are none."""
        if values:
            self.report(Problem(code=code, values=values))
        else:
            self.clear(code)

    async def record(self, write: Callable[[Callable[[], Awaitable[None]]], Awaitable[None]]) -> None:
        """Record in the audit log what began and what ended since the last time. `write` makes a transaction.

        Raise NotSaved.
        """
        kept = {code: self._recorded[code] for code in self._unjudged}
        after = kept | self._present
        begun = [problem for code, problem in after.items() if self._recorded.get(code) != problem]
        ended = [problem for code, problem in self._recorded.items() if code not in after]
        if not begun and not ended:
            return

        async def work() -> None:
            for action, problems in ((Action.PROBLEM, begun), (Action.SOLVED, ended)):
                for problem in problems:
                    entry = Audit(ITSELF, action, str(problem), {"problem": encode(problem)})
                    await self._store.audit(entry, self._now())
            await self._store.set_note("problems", to_json(tuple(after.values())))

        await write(work)
        self._recorded = after

    async def keep_recording(self, write: Callable[[Callable[[], Awaitable[None]]], Awaitable[None]]) -> None:
        """Record each change, until cancelled."""
        clock = asyncio.get_running_loop().time
        judged_at = clock() + JUDGED_S
        while True:
            self._changed.clear()
            if clock() >= judged_at:
                self._unjudged.clear()
            try:
                await self.record(write)
            except NotSaved as error:
                log.error("[%s] there is no record of a problem, trying again", error.details["log_id"])
            with suppress(TimeoutError):
                async with asyncio.timeout(None if self._recorded == self._present else AGAIN_S):
                    await self._changed.wait()
