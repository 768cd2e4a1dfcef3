"""Shows the answer of /forward, and keeps it up to date for as long as Discord lets an answer be edited.

The proof says hop by hop whether players can join (see `hops`). A watch is one proof that is kept up to date. It
follows what the gateway tells, and asks the server on the device now and then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Never

import discord

from bot.core.client import Interaction
from bot.core.context import Context
from bot.core.interaction import DISCORD_FAILURES, caller_anywhere, edit, words_of
from bot.core.live import View
from bot.core.posting import components_of
from bot.core.words import Words
from bot.games.probe import Address, Answer, Outcome, Prober
from bot.ports import answer, change, hops, otherport
from bot.ports.answer import CheckButton, Said
from bot.ports.change import ChangeForm
from bot.ports.hops import Proof, Question
from bot.ports.otherport import OtherPortForm
from gateway.api.contract import Actor, ForwardStatus, Status

log = logging.getLogger(__name__)

WATCH_S = 840.0  # Discord lets an answer be edited for 15 minutes
QUICK_S = 60.0  # in which a host mostly makes a match ready
POLL_S, SLOW_POLL_S = 3.0, 15.0  # between two looks at the server, in that time and later
CALM_S, SLOW_CALM_S = 0.3, 5.0  # between two edits at least, in that time and later
ARRIVING_S = 10.0  # until a forward that was just opened has to be among what the gateway tells
LAST_S = 4.0  # for the last edit when the bot stops
EDITS_AT_ONCE = 16  # the other connections to Discord stay free for answers to commands
BELIEVED_S = 15.0  # a server is not asked again for this long, because its log may have a line for each question


@dataclass(slots=True, eq=False)
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
    is_new: bool
    """The forwards were just opened, so the gateway may not have told of them yet."""
    around: Said
    """What stands around the proof."""
    answers: dict[Question, tuple[float, Answer]] = field(default_factory=dict)
    """The last answer to each question, with the loop's time of the question."""
    status: Status | None = None
    """The gateway's state about the forwards, as it was shown last."""
    shown: object = None
    """The components that Discord shows."""
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def words(self) -> Words:
        return words_of(self.interaction)

    @property
    def key(self) -> tuple[str, range]:
        return self.viewer.id, self.ids


class Proofs:
    """The service that owns all watches; they end with `run`."""

    def __init__(self, context: Context, prober: Prober) -> None:
        self._context, self._prober = context, prober
        self._begun = asyncio.Queue[Watch]()
        self._latest: dict[tuple[str, range], Watch] = {}
        self._edits = asyncio.Semaphore(EDITS_AT_ONCE)
        self._follower = context.live.follow()

    def first(self, words: Words, around: Said) -> discord.ui.LayoutView:
        """Return the answer before the first look."""
        assert around.opened
        return self._layout(words, around, hops.begun(words, around.opened, self._ends_at()))

    def begin(self, interaction: Interaction, around: Said, viewer: Actor, *, is_new: bool = True) -> None:
        """Begin a watch and return at once; it replaces an earlier watch of the same caller and forwards."""
        now = asyncio.get_running_loop().time()
        watch = Watch(interaction, around.ids, viewer, now, self._ends_at(), is_new, around)
        if earlier := self._latest.get(watch.key):
            earlier.woken.set()
        self._latest[watch.key] = watch
        self._begun.put_nowait(watch)

    async def check(self, interaction: Interaction, pressed: CheckButton) -> None:
        self.begin(interaction, Said(ids=pressed.ids), await caller_anywhere(interaction), is_new=False)

    async def lead(self, interaction: Interaction, submitted: OtherPortForm) -> None:
        actor = await caller_anywhere(interaction)
        await otherport.lead(interaction, submitted, actor)
        self.begin(interaction, Said(ids=submitted.ids), actor, is_new=False)

    async def change(self, interaction: Interaction, submitted: ChangeForm) -> None:
        actor = await caller_anywhere(interaction)
        await change.change(interaction, submitted, actor)
        self.begin(interaction, Said(ids=submitted.ids), actor, is_new=False)

    def _ends_at(self) -> datetime:
        return self._context.clock() + timedelta(seconds=WATCH_S)

    async def run(self) -> Never:
        async with asyncio.TaskGroup() as watching:
            watching.create_task(self._wake_all())
            while True:
                watching.create_task(self._follow(await self._begun.get()))

    async def _wake_all(self) -> Never:
        while True:
            await self._follower.next()
            for watch in self._latest.values():
                watch.woken.set()

    async def _follow(self, watch: Watch) -> None:
        try:
            await self._show(watch)
        except asyncio.CancelledError:  # the bot stops, and what it shows would grow old
            with suppress(*DISCORD_FAILURES, TimeoutError):
                async with asyncio.timeout(LAST_S):
                    await self._edit(watch, self._face(watch, None))
            raise
        except DISCORD_FAILURES as error:
            log.info("no longer shown to %s whether players can join: %r", watch.viewer.id, error)
        except Exception:
            log.exception("showing whether players can join broke")
        finally:
            if self._latest.get(watch.key) is watch:
                del self._latest[watch.key]

    async def _show(self, watch: Watch) -> None:
        """Update the proof until the watch's time is over, its forwards are closed or another watch replaces it."""
        loop = asyncio.get_running_loop()
        while self._latest.get(watch.key) is watch:
            watch.woken.clear()
            looked_at = loop.time()
            is_last = looked_at >= watch.since + WATCH_S
            await self._ask_all(watch)
            proof = self._seen(watch, None if is_last else watch.until)
            if self._latest.get(watch.key) is watch:
                await self._edit(watch, proof)
            if is_last or (proof and proof == hops.gone(watch.words)):
                return
            is_quick = looked_at < watch.since + QUICK_S
            await asyncio.sleep(CALM_S if is_quick else SLOW_CALM_S)
            with suppress(TimeoutError):
                next_at = looked_at + (POLL_S if is_quick else SLOW_POLL_S)
                async with asyncio.timeout_at(min(next_at, watch.since + WATCH_S)):
                    await watch.woken.wait()

    async def _edit(self, watch: Watch, proof: Proof | None) -> None:
        if proof is None:
            return
        around = Said(ids=watch.ids) if proof == hops.gone(watch.words) else watch.around
        layout = self._layout(watch.words, around, proof)
        if (shown := components_of(layout)) == watch.shown:
            return
        async with self._edits:
            # A message from before may have a text, an embed and files, which no layout may have beside it.
            await edit(watch.interaction, content=None, embed=None, files=list, view=layout)
        watch.shown = shown

    def _layout(self, words: Words, around: Said, proof: Proof) -> discord.ui.LayoutView:
        view = self._view(around.ids)
        return answer.layout(words, around, view.own.srv_port if view else None, proof)

    def _view(self, ids: range) -> View | None:
        """Return what is known where the forwards are; None while that is away."""
        whole = self._context.live.view
        return whole.of(ids[0]) if whole else None

    def _rows(self, watch: Watch, status: Status) -> Sequence[ForwardStatus]:
        """Return the forwards that the viewer may see."""
        is_admin, viewer = watch.viewer.is_admin, watch.viewer.id
        return [row for row in status.forwards if is_admin or row.forward.owner == viewer]

    def _seen(self, watch: Watch, until: datetime | None) -> Proof | None:
        """Return the proof by what is known; None when the gateway has not told of the forwards yet."""
        view = self._view(watch.ids)
        if view is None:
            return hops.away(watch.words, until)
        watch.status = view.about(watch.ids)
        if rows := self._rows(watch, watch.status):
            watch.around = replace(watch.around, opened=answer.opened_of(watch.status, rows))
        if face := self._face(watch, until):
            watch.is_new = False
            return face
        is_arriving = watch.is_new and asyncio.get_running_loop().time() < watch.since + ARRIVING_S
        return None if is_arriving else hops.gone(watch.words)

    def _face(self, watch: Watch, until: datetime | None) -> Proof | None:
        """Return the proof by `watch.status`; None without a forward in it."""
        if watch.status is None or not (rows := self._rows(watch, watch.status)):
            return None
        answers = {question: answer for question, (_, answer) in watch.answers.items()}
        return hops.seen(watch.words, watch.status, rows, answers, until)

    async def _ask_all(self, watch: Watch) -> None:
        """Ask the server everything that is not known well enough. Forget all answers while its device is away."""
        view = self._view(watch.ids)
        status = view.about(watch.ids) if view else None
        rows = self._rows(watch, status) if status else ()
        device = hops.device_of(status, rows[0].forward) if status and rows else None
        if device is None or not device.connected:
            watch.answers.clear()
            return
        asked = hops.questions([row.forward for row in rows])
        told = await asyncio.gather(*(self._answer(watch, device.peer.ipv4, question) for question in asked))
        watch.answers = dict(zip(asked, told, strict=True))

    async def _answer(self, watch: Watch, address: Address, question: Question) -> tuple[float, Answer]:
        now = asyncio.get_running_loop().time()
        known = watch.answers.get(question)
        if known and known[1].listens and now - known[0] < BELIEVED_S:
            return known
        return now, await self._ask(address, question)

    async def _ask(self, address: Address, question: Question) -> Answer:
        """Ask a question in all its ways at once, and return the best answer."""
        asked = [self._prober.ask(address, question.query)] if question.query else []
        if question.connects:
            asked += [self._prober.connect(address, port) for port in question.ports]
        return min(await asyncio.gather(*asked), key=lambda answer: list(Outcome).index(answer.outcome))
