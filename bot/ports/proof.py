"""Shows a proof below the answer of /forward, and keeps it up to date for a minute.

The proof says hop by hop whether players can join (see `hops`). A watch is one proof that is kept up to date.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Never

import discord

from bot.core import render
from bot.core.buttons import Button
from bot.core.client import Interaction
from bot.core.context import Context
from bot.core.interaction import DISCORD_FAILURES, caller, edit, words_of
from bot.core.roles import BOT
from bot.core.words import Words
from bot.games.probe import Address, Answer, Outcome, Prober
from bot.ports import hops
from bot.ports.hops import Question
from gateway.api.contract import Actor, GetStatus, Opened, Status
from gateway.errors import GatewayError

log = logging.getLogger(__name__)

WATCH_S = 60.0
POLL_S = 3.0
APART_S = 1.0  # between two questions to the gateway, even if new watches begin in between
GATEWAY_S = 15.0  # a gateway that has not answered by then counts as away
EDITS_AT_ONCE = 16  # the other connections to Discord stay free for answers to commands
BELIEVED_S = 15.0  # a server is not asked again for this long, because its log may have a line for each question


@dataclass(frozen=True)
class CheckButton(Button):
    prefix: ClassVar = "proof"
    ids: range

    def item(self, words: Words) -> discord.ui.Button[Any]:
        return self.button(words("proof-check-button"))


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """A proof that is kept up to date."""

    interaction: Interaction
    """The interaction whose original response shows the proof."""
    ids: range
    """The ids of the forwards."""
    viewer: Actor
    """The caller; only an admin sees forwards of other members."""
    since: float
    """The loop's time when the watch began."""
    until: datetime
    """The time when it ends."""
    answers: dict[Question, tuple[float, Answer]] = field(default_factory=dict)
    """The answers of servers that listen, each with the loop's time of its question."""

    @property
    def words(self) -> Words:
        return words_of(self.interaction)

    @property
    def key(self) -> tuple[str, range]:
        return self.viewer.id, self.ids


class Proofs:
    """The service that owns all watches; they end with `run`. All watches share one question to the gateway."""

    def __init__(self, context: Context, prober: Prober) -> None:
        self._context, self._prober = context, prober
        self._begun = asyncio.Queue[Watch]()
        self._latest: dict[tuple[str, range], Watch] = {}
        self._edits = asyncio.Semaphore(EDITS_AT_ONCE)
        self._asking = asyncio.Lock()
        self._asked_at = float("-inf")
        self._status: Status | None = None

    def first(self, words: Words, opened: Opened) -> discord.Embed:
        """Return the proof before the first look."""
        return hops.begun(words, opened, self._ends_at())

    def begin(self, interaction: Interaction, ids: range, viewer: Actor) -> None:
        """Begin a watch and return at once; it replaces an earlier watch of the same caller and forwards."""
        watch = Watch(interaction, ids, viewer, asyncio.get_running_loop().time(), self._ends_at())
        self._latest[watch.key] = watch  # the next question to the gateway includes its forwards
        self._begun.put_nowait(watch)

    async def check(self, interaction: Interaction, pressed: CheckButton) -> None:
        self.begin(interaction, pressed.ids, await caller(interaction))

    def _ends_at(self) -> datetime:
        return self._context.clock() + timedelta(seconds=WATCH_S)

    async def run(self) -> Never:
        async with asyncio.TaskGroup() as watching:
            while True:
                watching.create_task(self._follow(await self._begun.get()))

    async def _follow(self, watch: Watch) -> None:
        try:
            await self._show(watch, lambda: self._latest.get(watch.key) is watch)
        except DISCORD_FAILURES as error:
            log.info("no longer shown to %s whether players can join: %r", watch.viewer.id, error)
        except Exception:
            log.exception("showing whether players can join broke")
        finally:
            if self._latest.get(watch.key) is watch:
                del self._latest[watch.key]

    async def _show(self, watch: Watch, is_latest: Callable[[], bool]) -> None:
        """Update the proof until the watch's time is over, or its forwards are closed."""
        loop, shown = asyncio.get_running_loop(), None
        while is_latest():
            looked_at = loop.time()
            is_last = looked_at >= watch.since + WATCH_S
            embed = await self._look(watch, None if is_last else watch.until)
            if embed != shown and is_latest():
                async with self._edits:
                    await edit(watch.interaction, embed=embed)
                shown = embed
            if is_last or embed == hops.gone(watch.words):
                return
            await asyncio.sleep(min(looked_at + POLL_S, watch.since + WATCH_S) - loop.time())

    async def _look(self, watch: Watch, until: datetime | None) -> discord.Embed:
        status = await self._gateway_status(watch.since)
        if status is None:
            return hops.away(watch.words, until)
        rows = [
            row
            for row in status.forwards
            if row.forward.id in watch.ids and (watch.viewer.is_admin or row.forward.owner == watch.viewer.id)
        ]
        if not rows:
            return hops.gone(watch.words)
        forwards = [row.forward for row in rows]
        device = hops.device_of(status, forwards[0])
        answers = {}
        if render.is_connected(device, status.at):
            asked = hops.questions(forwards)
            told = await asyncio.gather(*(self._answer(watch, device.peer.ipv4, question) for question in asked))
            answers = dict(zip(asked, told, strict=True))
        return hops.seen(watch.words, status, rows, answers, until)

    async def _gateway_status(self, since: float) -> Status | None:
        """Return a status newer than the loop's time `since` and than `POLL_S` ago; None when the gateway is away."""
        loop = asyncio.get_running_loop()
        async with self._asking:
            if self._asked_at < max(since, loop.time() - POLL_S):
                await asyncio.sleep(self._asked_at + APART_S - loop.time())
                self._asked_at = loop.time()
                watched = tuple({key for watch in self._latest.values() for key in watch.ids})
                try:
                    async with asyncio.timeout(GATEWAY_S):
                        request = GetStatus(actor=BOT, everyone=True, forwards=watched)
                        self._status = await self._context.gateway.call(request)
                except (GatewayError, TimeoutError):
                    self._status = None
            return self._status

    async def _answer(self, watch: Watch, address: Address, question: Question) -> Answer:
        now = asyncio.get_running_loop().time()
        asked_at, answer = watch.answers.get(question, (float("-inf"), None))
        if answer is None or now - asked_at >= BELIEVED_S:
            answer = await self._ask(address, question)
            watch.answers.pop(question, None)
            if answer.outcome is Outcome.ANSWERED:
                watch.answers[question] = now, answer
        return answer

    async def _ask(self, address: Address, question: Question) -> Answer:
        """Ask a question in all its ways at once, and return the best answer."""
        asked = [self._prober.ask(address, question.query)] if question.query else []
        if question.connects:
            asked += [self._prober.connect(address, port) for port in question.ports]
        return min(await asyncio.gather(*asked), key=lambda answer: list(Outcome).index(answer.outcome))
