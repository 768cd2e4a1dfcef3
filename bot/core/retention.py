"""Erases what the bot stores for no longer: what is old, and everything about members that the gateway has forgotten.

The gateway names a forgotten member only by a digest. Each keeper says which members it knows, and the digest says
which of them is meant. The gateway keeps the digest until the bot has confirmed, so a bot that was away catches up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable, Sequence
from typing import Never, Protocol

from bot.core.context import Context
from bot.core.live import Turn
from bot.core.roles import BOT
from bot.core.service import attend, repeat
from gateway.api.contract import Action
from gateway.api.forgetting import Erasure, GetErasures

log = logging.getLogger(__name__)

POLL_S = 10.0  # between looks at the age of what is stored, and until what could not be erased is tried again


class Keeper(Protocol):
    """A part of the bot that stores something about members. Both methods raise aiosqlite.Error."""

    async def members(self) -> Iterable[tuple[str, str]]:
        """Return (id, name) of each member that something is stored about; the name is empty when it is not stored."""

    async def forget(self, member: str, names: Collection[str]) -> bool:
        """Erase what is stored about the member with this id; report whether nothing is left."""


class Retention:
    """The service that erases."""

    def __init__(self, context: Context, keepers: Sequence[Keeper]) -> None:
        self._context, self._keepers = context, keepers
        self._owed: Sequence[Erasure] = ()

    async def run(self) -> Never:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(repeat(self._tidy, "erasing what is stored for no longer", otherwise_s=POLL_S))
            follower = self._context.live.follow()
            await attend(follower, self._look, "forgetting members", otherwise_s=POLL_S)

    async def _tidy(self) -> float:
        await self._context.speech.tidy(self._context.kept_since())
        return POLL_S

    async def _look(self, turn: Turn) -> float | None:
        if self._context.live.view is None:
            return None
        if turn.is_anew or any(event.entry and event.entry.action == Action.FORGET for event in turn.events):
            self._owed = (await self._context.gateway.call(GetErasures(actor=BOT))).erasures
        if done := [erasure.alias for erasure in self._owed if await self._erase(erasure)]:
            await self._context.memory.rewrite()
            self._owed = (await self._context.gateway.call(GetErasures(actor=BOT, done=tuple(done)))).erasures
            log.info("forgotten, as the gateway asked: %s", ", ".join(done))
        return POLL_S if self._owed else None

    async def _erase(self, erasure: Erasure) -> bool:
        """Erase one member; report whether nothing is left."""
        known = [pair for keeper in self._keepers for pair in await keeper.members() if erasure.is_of(pair[0])]
        names = {name for _, name in known if name}
        return all([await keeper.forget(member, names) for member, _ in set(known) for keeper in self._keepers])
