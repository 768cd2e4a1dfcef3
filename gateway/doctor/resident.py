"""The doctor inside the gateway: it looks without root and without Discord, in threads, once at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from threading import Thread

from gateway.api.diagnosis import Finding
from gateway.config import Config
from gateway.doctor.atonce import at_once
from gateway.doctor.checks import findings_of, judge
from gateway.doctor.databases import databases
from gateway.doctor.disk import disks
from gateway.doctor.facts import gather
from gateway.doctor.house import backups
from gateway.foreign.listing import Listing
from gateway.state.schema import STEPS

LIMIT_S = 25.0  # for all parts; the bot waits 30 s


class Resident:
    """The doctor of a running gateway. `legacy` are the rules that only root could read."""

    def __init__(self, config: Config, legacy: Listing) -> None:
        self._config, self._legacy = config, legacy
        self._look: asyncio.Future[tuple[Finding, ...]] | None = None

    async def examine(self) -> tuple[Finding, ...]:
        """Return what a look finds. A caller that comes during a look gets that one's findings."""
        if self._look is None or self._look.done():
            self._look = self._begin()
        return await asyncio.shield(self._look)

    def _begin(self) -> asyncio.Future[tuple[Finding, ...]]:
        """Look in a thread that the gateway's end does not wait for."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[tuple[Finding, ...]] = loop.create_future()

        def tell(found: tuple[Finding, ...]) -> None:
            if not future.done():
                future.set_result(found)

        def look() -> None:
            found = tuple(self._examine())
            with suppress(RuntimeError):  # the gateway has ended
                loop.call_soon_threadsafe(tell, found)

        Thread(target=look, name="doctor", daemon=True).start()
        return future

    def _examine(self) -> list[Finding]:
        section, policy = self._config.gateway, self._config.policy
        own = {"guildgate.db": len(STEPS), "flows.db": None, "history.db": None}
        parts: dict[str, Callable[[], Iterable[Finding]]] = {
            "the host": lambda: judge(gather(section, self._legacy), section, policy),
            "the disks": lambda: [*disks([section.state_dir])],
            "the gateway's databases": lambda: [*databases(section.state_dir, own, "gateway")],
            "the backups": lambda: [*backups(self._config, datetime.now(UTC))],
        }
        return findings_of(at_once(parts, LIMIT_S))
