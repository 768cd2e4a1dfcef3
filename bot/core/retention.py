"""Erases what the bot stores for no longer: what is old, and everything about members that the gateway has forgotten.

The gateway names a forgotten member only by a digest. Each keeper says which members it knows, and the digest says
which of them is meant. The gateway asks again until the bot has confirmed, so a bot that was away catches up.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from typing import Never, Protocol

from bot.core.context import Context
from bot.core.roles import BOT
from bot.core.service import repeat
from gateway.api.contract import Erasure, GetErasures

log = logging.getLogger(__name__)

POLL_S = 10.0


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

    async def run(self) -> Never:
        await repeat(self._look, "erasing what is stored for no longer", otherwise_s=POLL_S)

    async def _look(self) -> float:
        await self._context.speech.tidy(self._context.kept_since())
        owed = (await self._context.gateway.call(GetErasures(actor=BOT))).erasures
        if owed and (done := [erasure.alias for erasure in owed if await self._erase(erasure)]):
            await self._context.memory.rewrite()
            await self._context.gateway.call(GetErasures(actor=BOT, done=tuple(done)))
            log.info("forgotten, as the gateway asked: %s", ", ".join(done))
        return POLL_S

    async def _erase(self, erasure: Erasure) -> bool:
        """Erase one member; report whether nothing is left."""
        known = [pair for keeper in self._keepers for pair in await keeper.members() if erasure.is_of(pair[0])]
        names = {name for _, name in known if name}
        return all([await keeper.forget(member, names) for member, _ in set(known) for keeper in self._keepers])
