"""What an approval brings: a device, access, and the config by direct message."""

from __future__ import annotations

import logging
from collections.abc import Callable

import discord

from bot.access import delivery, grants
from bot.access.delivery import Delivery
from bot.access.requests import AccessRequest
from bot.core.context import Context
from bot.core.interaction import DISCORD_FAILURES, access_of
from bot.core.render import plain, safe
from bot.core.roles import Access, is_id
from bot.core.words import Say, says
from gateway.api.contract import Actor, Issued, Join, Revoke
from gateway.errors import GatewayError, PeerExists
from gateway.keys import PrivateKey
from gateway.model import Key

log = logging.getLogger(__name__)


class Welcome:
    """`look_again` has the member's access checked anew."""

    def __init__(self, context: Context, delivery: Delivery, look_again: Callable[[], None]) -> None:
        self._context, self._delivery, self._look_again = context, delivery, look_again

    async def welcome(self, request: AccessRequest, member: discord.Member) -> tuple[bool, Say | None]:
        """Report whether the config arrived, and what else the admin has to know, if anything.

        Raise the gateway's errors, and nothing has come of it. A config that does not arrive leaves no device behind:
        then /join makes it, and answers with it.
        """
        # The gateway's audit log tells of the admin that approved.
        admin = Actor(id=request.admin, name=request.admin_name, is_admin=True)
        issued, private_key = await self._issue(admin, request, member)
        problem = await self._give_access(member, request)
        try:
            words = await self._context.speech.member(member.id)
            parcel = await self._delivery.pack(words, issued, private_key, words("request-welcome"))
            await delivery.send(member, parcel)
        except DISCORD_FAILURES as error:
            log.warning("the config of %s did not reach %s: %r", issued.peer.device, member.id, error)
            await self._take_back(admin, issued)
            return False, problem
        return True, problem

    async def _issue(
        self, admin: Actor, request: AccessRequest, member: discord.Member
    ) -> tuple[Issued, PrivateKey | None]:
        """A device of that name is replaced: it is from before they lost their access, or from an approval that was cut
        off before its config was delivered."""
        owner = str(member.id)
        key, private_key = delivery.key_pair(Key.parse(request.public_key) if request.public_key else None)
        join = Join(
            actor=admin,
            device=request.device,
            mode=request.mode,
            public_key=key,
            owner=owner,
            owner_name=plain(member.display_name),
        )
        try:
            return await self._context.gateway.call(join), private_key
        except PeerExists:
            await self._context.gateway.call(Revoke(actor=admin, owner=owner, device=request.device))
            return await self._context.gateway.call(join), private_key

    async def _take_back(self, admin: Actor, issued: Issued) -> None:
        try:
            await self._context.gateway.call(Revoke(actor=admin, owner=issued.peer.owner, device=issued.peer.device))
        except GatewayError as error:  # then /join tells of /rotate
            log.warning("the device %s without a config stays: %s", issued.peer.device, error.code)

    async def _give_access(self, member: discord.Member, request: AccessRequest) -> Say | None:
        """By a role, or else remembered; return what the admin has to know, if anything."""
        wanted = next(iter(self._context.section.member_roles), None)
        role: discord.Role | None = None
        problem: Say | None = None
        words = self._context.speech.everybody()
        try:
            if await access_of(self._context, member.guild, member.id, member._roles) >= Access.MEMBER:
                return None
            role = await _find_role(member.guild, wanted)
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
        self._look_again()  # they may have devices from before
        return problem


async def _find_role(guild: discord.Guild, wanted: int | str | None) -> discord.Role | None:
    roles = guild.roles or await guild.fetch_roles()
    return next((role for role in roles if str(wanted) == (str(role.id) if is_id(wanted or "") else role.name)), None)
