"""Carries out an approval: gives access, and asks by direct message what the member adds."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

import discord

from bot.access import grants, screens
from bot.access.requests import AccessRequest
from bot.core.context import Context
from bot.core.interaction import DISCORD_FAILURES, access_of
from bot.core.posting import nonce_of, send_once
from bot.core.render import safe
from bot.core.roles import Access
from bot.core.words import Say, says
from gateway.api.contract import Actor, List

log = logging.getLogger(__name__)


class Welcome:
    """Gives access; `look_again` makes the membership service check all owners."""

    def __init__(self, context: Context, look_again: Callable[[], None]) -> None:
        self._context, self._look_again = context, look_again

    async def welcome(self, request: AccessRequest, member: discord.Member) -> tuple[bool, Say | None]:
        """Return whether the question arrived, and a problem that the admin has to know about, if any.

        Raise GatewayError before the member has got anything.
        """
        actor = Actor(id=str(member.id), name=request.name)
        names = [peer.device for peer in (await self._context.gateway.call(List(actor=actor))).peers]
        problem = await self._give_access(member, request)
        words = await self._context.speech.member(member.id)
        view = screens.question(words, request.wanted.choices(names), names, words("request-welcome"))
        try:
            # An approval that the bot's end interrupted may have asked already.
            since = datetime.fromtimestamp(request.decided_at, UTC) if request.decided_at else None
            nonce = nonce_of("welcome", request.id)
            await send_once(self._context, member, nonce, lambda: {"view": view}, since=since, after=request.id)
        except DISCORD_FAILURES as error:
            log.warning("the setup did not reach %s: %r", member.id, error)
            return False, problem
        return True, problem

    async def _give_access(self, member: discord.Member, request: AccessRequest) -> Say | None:
        """Give the role, or else a grant; return a problem that the admin has to know about, if any."""
        wanted = next(iter(self._context.section.member_roles), None)
        role: discord.Role | None = None
        problem: Say | None = None
        words = self._context.speech.server()
        try:
            if await access_of(self._context, member.guild, member.id, member._roles) >= Access.MEMBER:
                return None
            role = await self._find_role(member.guild, wanted)
            if role:
                await member.add_roles(role, reason=words("request-role-reason", admin=request.admin_name))
                return None
            if wanted is not None:
                problem = says("request-role-missing", role=safe(str(wanted)))
        except DISCORD_FAILURES as error:
            log.warning("no role for %s: %r", member.id, error)
            if role and isinstance(error, discord.Forbidden):
                problem = says("request-role-refused", role=role.mention)
            else:
                problem = says("request-role-failed")
        await grants.grant(self._context.memory, member.id)
        self._look_again()  # the member may have suspended devices
        return problem

    async def _find_role(self, guild: discord.Guild, wanted: int | str | None) -> discord.Role | None:
        role_id = None if wanted is None else self._context.directory.role(wanted)
        return next((role for role in guild.roles or await guild.fetch_roles() if role.id == role_id), None)
