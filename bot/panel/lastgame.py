"""Remembers the last game that each member hosted, for the button *Host again*."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Never

from bot.core.context import Context
from bot.core.live import Follower
from bot.core.roles import is_id
from bot.core.service import repeat
from gateway.api.contract import Actor, AddForward, ForwardInfo
from gateway.api.events import EventKind
from gateway.codec import decode, to_json
from gateway.model import PortSpec

log = logging.getLogger(__name__)

RETRY_S = 10.0
SCHEMA = """
CREATE TABLE hosted (member INTEGER PRIMARY KEY, opened_at REAL NOT NULL, game TEXT NOT NULL) STRICT;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastGame:
    """What a command opened; stored as JSON, so a new field needs a default."""

    ports: tuple[PortSpec, ...]
    to_port: int | None = None
    """The device's port, where there is one and it is another one than the public port."""
    to_ports: tuple[int, ...] = ()
    """The device's first ports, where there are several and they are others than the public ones."""
    device: str
    label: str = ""

    @classmethod
    def of(cls, forwards: Sequence[ForwardInfo]) -> LastGame:
        first = forwards[0]
        is_moved = any(forward.to_port != forward.ports.first for forward in forwards)
        targets = tuple(forward.to_port for forward in forwards) if is_moved else ()
        return cls(
            ports=tuple(forward.spec for forward in forwards),
            to_port=targets[0] if len(targets) == 1 else None,
            to_ports=targets if len(targets) > 1 else (),
            device=first.device,
            label=first.label,
        )

    def request(self, actor: Actor, device: str | None) -> AddForward:
        return AddForward(
            actor=actor,
            ports=self.ports,
            to_port=self.to_port,
            to_ports=self.to_ports,
            device=device,
            label=self.label,
        )


class LastGames:
    """The service that remembers them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def run(self) -> Never:
        follower = self._context.live.follow()
        await repeat(lambda: self._look(follower), "remembering the last games", otherwise_s=RETRY_S)

    async def _look(self, follower: Follower) -> float:
        turn, view = await follower.next(), self._context.live.view
        events = (event for event in turn.events if event.kind == EventKind.FORWARD_OPENED)
        opened = {event.forward.forward.owner for event in events if event.forward}
        if view and (opened or turn.is_anew):
            forwards = [row.forward for row in view.forwards.values()]
            for owner in {forward.owner for forward in forwards} if turn.is_anew else opened:
                await self._remember(owner, [forward for forward in forwards if forward.owner == owner])
        return 0.0

    async def _remember(self, owner: str, forwards: Sequence[ForwardInfo]) -> None:
        if not forwards or not is_id(owner):
            return
        newest = max(forward.created_at for forward in forwards)
        game = LastGame.of([forward for forward in forwards if forward.created_at == newest])
        await self._context.memory.write(
            "INSERT INTO hosted VALUES (?, ?, ?) ON CONFLICT (member) DO UPDATE SET opened_at = excluded.opened_at, "
            "game = excluded.game WHERE excluded.opened_at > opened_at",
            (owner, newest.timestamp(), to_json(game)),
        )

    async def find(self, member: int) -> LastGame | None:
        """Return the member's last game, if one is remembered. Raise aiosqlite.Error."""
        rows = await self._context.memory.rows("SELECT game FROM hosted WHERE member = ?", (member,))
        try:
            return decode(LastGame, json.loads(rows[0][0])) if rows else None
        except ValueError as error:
            log.warning("the last game of %s was stored by another version: %s", member, error)
            return None

    # -- for Retention

    async def members(self) -> Iterable[tuple[str, str]]:
        return [(str(member), "") for (member,) in await self._context.memory.rows("SELECT member FROM hosted")]

    async def forget(self, member: str, names: Collection[str]) -> bool:
        await self._context.memory.write("DELETE FROM hosted WHERE member = ?", (member,))
        return True
