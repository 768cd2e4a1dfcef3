"""Asks the game servers behind open ports, once for all parts of the bot that show the answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Never

from bot.core.context import Context
from bot.core.live import View
from bot.core.service import repeat
from bot.games.games import Query
from bot.games.probe import Outcome, Prober, query_of
from bot.matches.told import Told
from gateway.api.contract import ForwardInfo, PeerStatus

log = logging.getLogger(__name__)

ASK_S = 15.0  # between two questions to a server that answered, because its log may have a line for each
AGAIN_S = 5.0  # between two questions to one that did not
CALM_S = 0.05  # after a look, so that a flood of events is taken in a few looks


@dataclass(frozen=True, slots=True)
class _Server:
    """A game server: the device it runs on, and how it is asked."""

    peer: int
    query: Query


@dataclass(slots=True)
class _Asked:
    """What is known of one server. `is_sure`: a game is named, so another server hardly runs there and is silent."""

    told: Told | None = None
    at: float = float("-inf")
    """The loop's time of the last question."""
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held during a question, so that there is one at a time."""

    @property
    def due(self) -> float:
        return self.at + (ASK_S if self.told and self.told.answers else AGAIN_S)


class Servers:
    """The service that asks. A part of the bot says by `want` which forwards it shows, and hears of other answers."""

    def __init__(self, context: Context, prober: Prober) -> None:
        self._context, self._prober = context, prober
        self._asked: dict[_Server, _Asked] = {}
        self._wants: list[Callable[[View], Iterable[ForwardInfo]]] = []
        self._hearers: list[Callable[[], None]] = []
        self._follower = context.live.follow()

    def want(self, shown: Callable[[View], Iterable[ForwardInfo]], heard: Callable[[], None]) -> None:
        """Ask about the forwards that `shown` returns from now on, and call `heard` after an answer that is new."""
        self._wants.append(shown)
        self._hearers.append(heard)

    def look_again(self) -> None:
        """Take in that a part of the bot shows more."""
        self._follower.wake()

    def told(self, forwards: Iterable[ForwardInfo]) -> Told | None:
        """Return what the server behind the forwards of one match said; None when nothing is known."""
        for server in map(_server, forwards):
            if server:
                return self._asked[server].told if server in self._asked else None
        return None

    def suppose(self, forwards: Iterable[ForwardInfo], told: Told | None) -> None:
        """Take what a server said before a restart, until it is asked."""
        for server in map(_server, forwards):
            if server and told:
                self._asked.setdefault(server, _Asked(told))

    async def ask(self, forwards: Collection[ForwardInfo], view: View) -> Told | None:
        """Ask now, unless a question is on its way; return what is known then."""
        for forward in forwards:
            server = _server(forward)
            if server and (device := _device(server, view)):
                return await self._ask(server, device, is_sure=bool(forward.label))
        return None

    async def run(self) -> Never:
        async with asyncio.TaskGroup() as tasks:
            await repeat(lambda: self._look(tasks), "asking game servers", otherwise_s=AGAIN_S)

    async def _look(self, tasks: asyncio.TaskGroup) -> float:
        """Begin the questions that are due, forget what nothing shows, and wait until the next one is due."""
        view, now = await self._context.live.there(), asyncio.get_running_loop().time()
        wanted = self._wanted(view)
        self._asked = {server: asked for server, asked in self._asked.items() if server in wanted}
        for server, (device, is_sure) in wanted.items():
            asked = self._asked.setdefault(server, _Asked())
            if asked.due <= now and not asked.asking.locked():
                tasks.create_task(self._guarded(partial(self._ask, server, device, is_sure=is_sure)))
        pauses = [max(asked.due - now, 0.0) or AGAIN_S for asked in self._asked.values()]
        await asyncio.sleep(CALM_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(min([*pauses, AGAIN_S])):
                await self._follower.next()
        return 0.0

    def _wanted(self, view: View) -> Mapping[_Server, tuple[PeerStatus, bool]]:
        """Return the servers on connected devices, and whether a game is named for each."""
        found: dict[_Server, tuple[PeerStatus, bool]] = {}
        for forward in self._shown(view):
            server = _server(forward)
            if server and (device := _device(server, view)):
                found[server] = device, bool(forward.label) or (server in found and found[server][1])
        return found

    def _shown(self, view: View) -> Iterator[ForwardInfo]:
        for shown in self._wants:
            yield from shown(view)

    async def _guarded(self, ask: Callable[[], object]) -> None:
        try:
            await ask()  # type: ignore[misc]
        except Exception:  # it would end the group, and with it the questions to all other servers
            log.exception("asking a game server broke")

    async def _ask(self, server: _Server, device: PeerStatus, *, is_sure: bool) -> Told | None:
        """Return what is known then, which a look may have forgotten by then, because nothing shows it yet."""
        asked, began = self._asked.setdefault(server, _Asked()), asyncio.get_running_loop().time()
        async with asked.asking:
            if asked.at >= began:
                return asked.told  # another caller has asked meanwhile
            before, asked.at = asked.told, began
            answer = await self._prober.ask(device.peer.ipv4, server.query)
            if answer.outcome is Outcome.ANSWERED:
                asked.told = Told(
                    answers=True, players=answer.players, slots=answer.max_players, version=answer.version
                )
            elif is_sure or before:
                is_new, is_silent = before is None or before.is_doubtful, answer.outcome is Outcome.SILENT
                asked.told = Told(answers=False, is_doubtful=is_new and is_silent, is_device_there=not is_silent)
        if asked.told != before:
            self._follower.wake()  # the next question may be due sooner
            for heard in self._hearers:
                heard()
        return asked.told


def _server(forward: ForwardInfo) -> _Server | None:
    query = query_of(forward)
    return _Server(forward.peer_id, query) if query else None


def _device(server: _Server, view: View) -> PeerStatus | None:
    """Return the server's device when it is connected."""
    row = view.peers.get(server.peer)
    return row if row and row.connected and not row.peer.suspended_at else None
