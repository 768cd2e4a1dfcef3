"""Carries out an approval: makes the device, gives access, and sends the config by direct message."""

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
from bot.core.roles import Access
from bot.core.words import Say, says
from gateway.api.contract import Actor, Issued, Join, Revoke
from gateway.errors import GatewayError, PeerExists
from gateway.keys import PrivateKey
from gateway.model import Key

log = logging.getLogger(__name__)


class Welcome:
    """Gives access; `look_again` makes the membership service check all owners."""

    def __init__(self, context: Context, delivery: Delivery, look_again: Callable[[], None]) -> None:
        self._context, self._delivery, self._look_again = context, delivery, look_again

    async def welcome(self, request: AccessRequest, member: discord.Member) -> tuple[bool, Say | None]:
        """Return whether the config arrived, and a problem that the admin has to know about, if any.

        Raise GatewayError before the member has got anything. If the config does not arrive, the device is removed:
        /join can then make it again, and answer with its config.
        """
        # The admin is the actor, so the gateway's audit log names the admin.
        admin = Actor(id=request.admin, name=request.admin_name, is_admin=True)
        issued, private_key = await self._issue(admin, request, member)
        problem = await self._give_access(member, request)
        try:
            words = await self._context.speech.member(member.id)
            parcel = await self._delivery.pack(words, issued, private_key, words("request-welcome"))
            await self._delivery.send(words, member, parcel, after=request.id)
        except DISCORD_FAILURES as error:
            log.warning("the config of %s did not reach %s: %r", issued.peer.device, member.id, error)
            await self._take_back(admin, issued)
            return False, problem
        return True, problem

    async def _issue(
        self, admin: Actor, request: AccessRequest, member: discord.Member
    ) -> tuple[Issued, PrivateKey | None]:
        """Make the device; return it with its private key, or None for a key of the member's own.

        A device of the same name is replaced. It is older than the loss of the member's access, or comes from an
        approval that the bot's end interrupted before the delivery.
        """
        owner = str(member.id)
        key, private_key = delivery.key_pair(Key.parse(request.public_key) if request.public_key else None)
        join = Join(
            actor=admin,
            device=request.device,
            mode=request.mode,
            ipv4_only=request.ipv4_only,
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
        except GatewayError as error:  # the member's /join then finds the device, and tells to /rotate it
            log.warning("the device %s without a config stays: %s", issued.peer.device, error.code)

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
