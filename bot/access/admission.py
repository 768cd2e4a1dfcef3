"""Requests for access from /join to the config: posted in the admin channel, decided by an admin, told to the member.

The database decides: a click settles a request there first, and acts afterwards. `run` does what an outage or a stop
of the bot left undone. It resumes half approvals, expires old requests, and repairs messages and notices.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Never

import aiosqlite
import discord

from bot.access.buttons import MAX_REASON, ApproveButton, DenyButton, DenyForm, buttons
from bot.access.requests import AccessRequest, Ledger, RequestState, face, outcome, time_ago
from bot.access.wanted import Wanted
from bot.access.welcome import Welcome
from bot.core import notes
from bot.core.buttons import typed
from bot.core.client import Interaction
from bot.core.context import Context
from bot.core.interaction import DISCORD_FAILURES, Explain, NoAccess, answer, call_back, caller, refused, words_of
from bot.core.posting import nonce_of, send_once
from bot.core.render import no_access, plain, safe
from bot.core.roles import Access
from bot.core.service import finish, repeat
from bot.core.words import Say, Words, says
from gateway.errors import GatewayError, GatewayTimeout, GatewayUnreachable

log = logging.getLogger(__name__)

POLL_S = 10.0
OPEN_FOR = timedelta(days=7)
FORM_S = 2.0  # Discord waits 3 seconds for a form, and a form cannot follow an acknowledgement


class Admission:
    """Takes requests and decisions, and is the service that finishes them."""

    def __init__(self, context: Context, welcome: Welcome) -> None:
        self._context, self._welcome = context, welcome
        self._ledger = Ledger(context.memory)
        # A click and `run` may find the same request due; each lock lets only one of them post or write.
        self._showing, self._telling = asyncio.Lock(), asyncio.Lock()
        self._late = set[int]()  # requests that cannot be shown now, which the log tells
        self._approving = Counter[int]()  # clicks being carried out, by request id; `run` leaves those requests alone

    async def ask(self, interaction: Interaction, asked_for: Wanted) -> str:
        """Post the caller's request and return the answer; raise `Explain` when the admins cannot be asked."""
        member = interaction.user
        cannot_ask = NoAccess(lambda words: no_access(words, self._context.member_roles()))
        configured = self._context.section.admin_channel
        channel = self._context.find_channel(configured)
        if channel is None:
            if configured is not None:
                self._note(says("request-no-channel", channel=safe(str(configured))))
            raise cannot_ask
        joined_at = member.joined_at if isinstance(member, discord.Member) else None
        wanted = AccessRequest(
            id=interaction.id,
            member=member.id,
            name=plain(member.display_name),
            joined_at=int(joined_at.timestamp()) if joined_at else None,
            device=asked_for.device.strip(),
            mode=asked_for.mode,
            ipv4_only=asked_for.ipv4_only,
            region=asked_for.region,
            public_key=str(asked_for.key) if asked_for.key else None,
            asked_at=int(self._context.clock().timestamp()),
            channel=channel.id,
        )
        try:
            async with self._showing:
                request = await self._ledger.open(wanted)
                await self._show_now(request.id)
        except (discord.Forbidden, discord.NotFound) as error:
            log.warning("no request can be posted: %r", error)
            await self._ledger.withdraw(request.id)
            self._note(says("request-no-permission", channel=f"<#{channel.id}>"))
            raise cannot_ask from error
        except DISCORD_FAILURES as error:
            log.warning("request %s will be posted later: %r", request.id, error)
        words = words_of(interaction)
        if request.id == wanted.id:
            return words("request-asked")
        return words("request-waiting", since=time_ago(request.asked_at))

    async def got_access(self, member_id: int) -> None:
        """Settle the open request of a member that has access now, for example by a role."""
        await self._ledger.no_longer_needed(member_id, RequestState.NEEDLESS, self._context.clock())

    async def approve(self, interaction: Interaction, pressed: ApproveButton) -> None:
        """Give access for an open request; raise `Explain` when it is decided, or when nothing could be given."""
        request_id = pressed.request_id
        admin = await caller(interaction, Access.ADMIN)
        self._approving += Counter([request_id])
        try:
            if not await self._ledger.settle(request_id, RequestState.APPROVING, self._context.clock(), admin):
                await self._too_late(interaction, request_id)
            request = await self._ledger.find(request_id)
            assert request
            say = await self._let_in_or_reopen(request)
        finally:
            self._approving -= Counter([request_id])
        await answer(interaction, say(words_of(interaction)))

    async def _let_in_or_reopen(self, request: AccessRequest) -> Say:
        try:
            return await self._let_in(request)
        except Exception as error:
            await self._ledger.conclude(request.id, RequestState.OPEN)
            if isinstance(error, GatewayError):
                raise Explain(_unchanged(refused(error))) from error
            if isinstance(error, DISCORD_FAILURES):
                raise Explain(_unchanged(says("request-discord-fails"))) from error
            raise

    async def deny(self, interaction: Interaction, submitted: DenyForm) -> None:
        """Deny an open request and tell the member; raise `Explain` when it is decided."""
        request_id, text = submitted.request_id, typed(interaction, "reason")
        reason = plain(text, MAX_REASON) if text.strip() else ""
        admin = await caller(interaction, Access.ADMIN)
        now = self._context.clock()
        async with self._telling:
            if not await self._ledger.settle(request_id, RequestState.DENIED, now, admin, reason=reason, tell=True):
                await self._too_late(interaction, request_id)
            request = await self._ledger.find(request_id)
            assert request
            await self._show_at_last(request)
            told = await self._tell(request_id)
        words = words_of(interaction)
        await answer(
            interaction, words("request-denied" if told else "request-denied-untold", member=safe(request.name))
        )

    async def form(self, interaction: Interaction, pressed: DenyButton) -> bool:
        """Ask for the reason of a denial by a form; report whether that worked.

        When it did not, the switchboard calls `why_no_form`.
        """
        try:
            async with asyncio.timeout(FORM_S):
                await caller(interaction, Access.ADMIN)
                request = await self._ledger.find(pressed.request_id)
                if not request or request.state is not RequestState.OPEN:
                    return False
                form = DenyForm(request.id).modal(words_of(interaction))
                await call_back(lambda: interaction.response.send_modal(form))
        except (Explain, TimeoutError, aiosqlite.Error, *DISCORD_FAILURES):
            return False
        return True

    async def why_no_form(self, interaction: Interaction, pressed: DenyButton) -> Never:
        """Raise `Explain` with the reason why `form` could not ask."""
        await caller(interaction, Access.ADMIN)
        request = await self._ledger.find(pressed.request_id)
        if request and request.state is RequestState.OPEN:
            raise Explain(_unchanged(says("request-discord-fails")))
        await self._too_late(interaction, pressed.request_id)

    async def _too_late(self, interaction: Interaction, request_id: int) -> Never:
        """Raise `Explain` with the earlier decision, and show it in the message of the pressed button."""
        request = await self._ledger.find(request_id)
        public = self._context.speech.server()
        unknown = says("request-unknown")
        if message := interaction.message:
            with suppress(*DISCORD_FAILURES):
                if request is None:
                    await message.edit(content=unknown(public), view=None)
                elif not request.is_live:
                    await message.edit(embed=face(public, request), view=None)
        if request is None:
            raise Explain(unknown)
        if request.is_live:
            raise Explain(says("request-being-approved", admin=safe(request.admin_name)))
        raise Explain(lambda words: outcome(words, request))

    async def _let_in(self, request: AccessRequest) -> Say:
        """Carry out an approval and return the answer to the admin; after an error the member has nothing."""
        try:
            member = await self._context.fetch_member(request.member)
        except discord.NotFound:
            await self._conclude(request, RequestState.LEFT)
            return says("request-left", member=safe(request.name))
        delivered, problem = await self._welcome.welcome(request, member)
        await self._conclude(request, RequestState.APPROVED if delivered else RequestState.UNDELIVERED)
        say = says("request-let-in" if delivered else "request-let-in-undelivered", member=safe(member.display_name))
        return lambda words: "\n".join(each(words) for each in (say, problem) if each)

    async def _conclude(self, request: AccessRequest, state: RequestState) -> None:
        await self._ledger.conclude(request.id, state)
        await self._show_at_last(request)

    async def _show_at_last(self, request: AccessRequest) -> None:
        try:
            await self._show(request.id)
        except DISCORD_FAILURES as error:
            log.warning("request %s will be shown as decided later: %r", request.id, error)

    async def _show(self, request_id: int) -> None:
        """Bring the message of a request up to date, or post it again if it is gone; raise DISCORD_FAILURES."""
        async with self._showing:
            await self._show_now(request_id)

    async def _show_now(self, request_id: int) -> None:
        request = await self._ledger.find(request_id)
        if not request or not request.stale:
            return
        channel = self._context.channel(request.channel)
        words = self._context.speech.server()
        message, embed = request.message, face(words, request)
        view = buttons(words, request.id) if request.is_live else None
        if message is not None:
            try:
                await channel.get_partial_message(message).edit(embed=embed, view=view)
            except discord.NotFound:
                message = None
        if message is None and view:
            nonce = nonce_of("request", request.id, request.message)
            asked = datetime.fromtimestamp(request.asked_at, UTC)
            made = await send_once(
                self._context, channel, nonce, lambda: {"embed": embed, "view": view}, since=asked, after=request.id
            )
            message = made.id
        await self._ledger.shown(request, message)

    async def _tell(self, request_id: int) -> bool:
        """Tell the member a denial or an expiry; report whether the member knows.

        After a failure `run` tries again, but not after a refusal, mostly of closed direct messages.
        """
        request = await self._ledger.find(request_id)
        if not request or not request.untold:
            return True
        words = await self._context.speech.member(request.member)
        said = _denial(words, request.reason) if request.state is RequestState.DENIED else words("request-ran-out")
        try:
            channel = await self._context.direct_messages(request.member)
            nonce, decided = nonce_of("decided", request.id, request.state), request.decided_at
            since = datetime.fromtimestamp(decided, UTC) if decided else None
            await send_once(self._context, channel, nonce, lambda: {"content": said}, since=since)
        except DISCORD_FAILURES as error:
            log.info("%s could not be told that their request is %s: %r", request.member, request.state, error)
            if self._context.is_final(error):
                await self._ledger.told(request.id)
            return False
        await self._ledger.told(request.id)
        return True

    async def run(self) -> Never:
        await repeat(self._look, "looking after requests", otherwise_s=POLL_S)

    async def _look(self) -> float:
        if not self._context.guild():
            return POLL_S  # what Discord refuses while the bot is not on the server would be taken for final
        # Copied before the database is read: a click that ends in between has settled its request.
        being_approved = set(self._approving)
        for request in await self._ledger.half_approved():
            if request.id not in being_approved:
                await finish(self._resume(request))
        now = self._context.clock()
        for request in await self._ledger.asked_before(now - OPEN_FOR):
            await self._ledger.settle(request.id, RequestState.EXPIRED, now, tell=True)
        for request in await self._ledger.due():
            await finish(self._catch_up(request))
        await self._ledger.tidy(self._context.kept_since())
        return POLL_S

    async def _resume(self, request: AccessRequest) -> None:
        """Finish an approval that the last run of the bot did not; raise when the gateway is away."""
        try:
            await self._let_in(request)
        except (GatewayUnreachable, GatewayTimeout):
            raise
        except Exception:
            log.exception("request %s is open again", request.id)
            await self._ledger.conclude(request.id, RequestState.OPEN)

    async def _catch_up(self, request: AccessRequest) -> None:
        if request.stale:
            try:
                await self._show(request.id)
            except DISCORD_FAILURES as error:
                if request.id not in self._late:
                    log.warning("request %s cannot be shown: %r", request.id, error)
                self._late.add(request.id)
                if self._context.is_final(error):
                    await self._ledger.shown(request, None)
            else:
                self._late.discard(request.id)
        if request.untold:
            async with self._telling:
                await self._tell(request.id)

    def _note(self, problem: Say) -> None:
        log.warning("%s", problem(self._context.speech.languages.english))
        self._context.note(notes.CannotAsk(problem))


def _unchanged(problem: Say) -> Say:
    return lambda words: f"{problem(words)} {words('request-stays-open')}"


def _denial(words: Words, reason: str) -> str:
    lines = [words("request-refused")]
    if reason:
        lines.append(words("request-refused-reason", reason=safe(reason, MAX_REASON)))
    return "\n".join(lines)
