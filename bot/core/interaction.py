"""The one way into and out of every interaction: acknowledge it, find its caller, answer it."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TypeVar, cast

import aiohttp
import discord
from discord import app_commands

from bot.core import notes
from bot.core.client import Interaction
from bot.core.context import Context
from bot.core.mentions import make_tappable, tappable, tappable_embed
from bot.core.render import MAX_CONTENT, clip, no_access, plain, refusal
from bot.core.roles import Access, access_by_roles
from bot.core.words import Say, Words, says
from gateway import logs
from gateway.api.contract import Actor, Request
from gateway.errors import (
    GatewayError,
    GatewayUnreachable,
    KeyInUse,
    LimitReached,
    NotAllowed,
    PortForbidden,
    PortInUse,
    PortTaken,
    SubnetFull,
    TooLong,
    log_id,
)

A = TypeVar("A")
T = TypeVar("T")
E = TypeVar("E")
log = logging.getLogger(__name__)

# What discord.py raises when Discord refuses, fails or cannot be reached.
DISCORD_FAILURES = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError)
_ANSWERED, _NEW_MESSAGE = "answered", "new-message"  # keys of `interaction.extras`
ACKNOWLEDGE_S = 10.0  # Discord takes it for 3 seconds; discord.py may wait for a rate limit much longer
KEY = re.compile(r"[A-Za-z0-9+/]{43}=")  # a log holds none, because which one is public cannot be seen
SECRETS = ("code", "public_key")  # options that the log channel does not show; people paste the private key as well
ALREADY_ACKNOWLEDGED = 40060  # https://discord.com/developers/docs/topics/opcodes-and-status-codes#json


class Explain(Exception):
    """Ends an interaction with a sentence for its caller; `say` makes it in the caller's language."""

    def __init__(self, say: Say) -> None:
        super().__init__()
        self.say = say


class Refused(Explain):
    """The caller may not do that; the log channel tells the admins."""


class NoRole(Refused):
    """The caller lacks a role for that, which is told more quietly."""


class NoAccess(NoRole):
    """The caller has no access yet."""


REFUSALS = (
    Refused, NotAllowed, LimitReached, TooLong, SubnetFull, PortForbidden, PortTaken, PortInUse, KeyInUse
)  # fmt: skip
"""Errors that the log channel tells the admins. Other errors with a sentence are typing mistakes."""


async def acknowledge(interaction: Interaction, *, is_new_message: bool = True) -> bool:
    """Defer the answer, because Discord waits 3 seconds; report whether the interaction can still be answered.

    `is_new_message`: the answer is a message of its own, and not the present one of the pressed button.
    """
    logs.begin(str(interaction.id))
    log.info("%s by %s", _name(interaction), interaction.user.id)
    interaction.client.work()
    reception = interaction.client.reception
    interaction.extras[_NEW_MESSAGE] = is_new_message
    with reception.acknowledging():
        is_answerable = await _defer(interaction, is_new_message=is_new_message)
    await reception.all_acknowledged()
    await interaction.client.context.speech.remember(interaction)
    return is_answerable


async def _defer(interaction: Interaction, *, is_new_message: bool) -> bool:
    try:
        async with asyncio.timeout(ACKNOWLEDGE_S):
            await call_back(lambda: interaction.response.defer(ephemeral=True, thinking=is_new_message))
    except DISCORD_FAILURES as error:
        log.warning("interaction %s could not be acknowledged: %r", interaction.id, error)
        return False
    return True


async def call_back(send: Callable[[], Awaitable[object]]) -> None:
    """Send the one callback that Discord takes for an interaction, also when its reply is lost; raise DISCORD_FAILURES.

    Interactions that arrive twice are dropped before, so Discord has this callback when it says that it has one.
    """
    try:
        await twice(send)
    except discord.HTTPException as error:
        if error.code != ALREADY_ACKNOWLEDGED:
            raise


async def twice(send: Callable[[], Awaitable[A]]) -> A:
    """Send again after a broken connection, because discord.py repeats only after an error of Discord.

    The request may have arrived, so it has to be one that changes nothing when it is repeated.
    """
    try:
        return await send()
    except (aiohttp.ClientError, OSError):
        return await send()


async def respond(
    interaction: Interaction, act: Callable[[Interaction], Awaitable[None]], *, is_new_message: bool = True
) -> None:
    """Acknowledge the interaction, run the handler `act`, and answer every error it raises."""
    if not await acknowledge(interaction, is_new_message=is_new_message):
        return
    try:
        await act(interaction)
    except Exception as error:
        await report_error(interaction, error)


def words_of(interaction: Interaction) -> Words:
    """Return the caller's language, for an answer that only the caller can see."""
    return interaction.client.context.speech.caller(interaction)


async def call(interaction: Interaction, request: Request[A], *, about: int | None = None, region: str = "") -> A:
    """Ask the gateway; raise GatewayError.

    `region`: the only one that is asked. `about`: the id of a peer or forward, whose region alone is asked. Other
    regions would answer without it, and what is not in an answer would be taken for gone while its region is away.
    """
    gateway = interaction.client.context.gateway
    if region:
        return await gateway.at(region).call(request)
    return await (gateway.call(request) if about is None else gateway.of(about).call(request))


async def caller(interaction: Interaction, at_least: Access = Access.GUEST) -> Actor:
    """Return the caller as the gateway's actor; raise `Explain` when the caller's access is less than `at_least`."""
    actor, _ = await caller_with_access(interaction, at_least)
    return actor


async def caller_with_access(interaction: Interaction, at_least: Access = Access.GUEST) -> tuple[Actor, Access]:
    """Return the caller and the caller's access; raise like `caller`."""
    context, member = interaction.client.context, interaction.user
    if interaction.guild_id != context.guild_id or not isinstance(member, discord.Member):
        raise Explain(says("server-only"))
    return await _actor(context, member, at_least)


async def caller_anywhere(interaction: Interaction) -> Actor:
    """Return the caller in the server or in direct messages; raise like `caller`."""
    actor, _ = await access_anywhere(interaction)
    return actor


async def access_anywhere(interaction: Interaction) -> tuple[Actor, Access]:
    """Return the caller and the caller's access, in the server or in direct messages; raise like `caller`.

    An interaction in direct messages holds no roles, so Discord is asked for the member.
    """
    context = interaction.client.context
    if interaction.guild_id is not None:
        return await caller_with_access(interaction)
    try:
        member = await context.fetch_member(interaction.user.id)
    except discord.NotFound:
        raise Explain(says("server-left")) from None
    return await _actor(context, member, Access.GUEST)


async def _actor(context: Context, member: discord.Member, at_least: Access) -> tuple[Actor, Access]:
    # `Member.roles` lacks roles that are not in the cache; `_roles` holds all ids.
    access = await access_of(context, member.guild, member.id, member._roles)
    if access < at_least:
        if access:
            raise NoRole(says("admins-only"))
        may_ask = context.section.admin_channel is not None
        raise NoAccess(lambda words: no_access(words, context.member_roles(), may_ask=may_ask))
    return Actor(id=str(member.id), name=plain(member.display_name), is_admin=access is Access.ADMIN), access


async def access_of(context: Context, guild: discord.Guild, member_id: int, role_ids: Iterable[int]) -> Access:
    """Return the access of a member with these roles.

    Raise DISCORD_FAILURES when the roles of the server are needed and cannot be fetched, and aiosqlite.Error.
    """
    held = {*role_ids, guild.id}  # every member has the guild's default role, and its id is the guild's
    directory = context.directory
    if directory.lacks_roles:
        known = held <= {role.id for role in guild.roles}
        directory.look_at(guild.roles if known else await guild.fetch_roles())
    access = access_by_roles(context.section, held, directory.role)
    if access < Access.MEMBER and await context.is_granted(member_id):
        return Access.MEMBER
    return access


async def answer(
    interaction: Interaction,
    content: str | None = None,
    *,
    embed: discord.Embed = discord.utils.MISSING,
    files: Callable[[], Sequence[discord.File]] = tuple,
    view: discord.ui.View = discord.utils.MISSING,
) -> discord.Message:
    """Send an answer that only the caller can see. It can be edited for 15 minutes.

    The first answer takes the place of its deferral: repeated after a broken connection, it still stands there once.
    Any other is a message of its own, which is not repeated. `files` makes new files for each try.
    """
    text = clip(content, MAX_CONTENT) if content else discord.utils.MISSING
    if _ANSWERED in interaction.extras or not interaction.extras.get(_NEW_MESSAGE):
        text, embed = _with_mentions(interaction, text, embed, view)
        return await interaction.followup.send(text, embed=embed, files=files(), view=view, ephemeral=True, wait=True)
    message = await edit(interaction, content=text, embed=embed, files=files if files() else None, view=view)
    interaction.extras[_ANSWERED] = True
    return message


async def edit(
    interaction: Interaction,
    *,
    content: str | None = discord.utils.MISSING,
    embed: discord.Embed | None = discord.utils.MISSING,
    files: Callable[[], Sequence[discord.File]] | None = None,
    view: discord.ui.View | discord.ui.LayoutView | None = discord.utils.MISSING,
) -> discord.InteractionMessage:
    """Edit the original response: the deferred answer, or the message of the pressed button. Raise DISCORD_FAILURES.

    `files` takes the place of all files of the message; None leaves them.
    """
    content, embed = _with_mentions(interaction, content, embed, view)
    return await twice(
        lambda: interaction.edit_original_response(
            content=content, embed=embed, attachments=files() if files else discord.utils.MISSING, view=view
        )
    )


def _with_mentions(
    interaction: Interaction, content: T, embed: E, view: discord.ui.View | discord.ui.LayoutView | None
) -> tuple[T, E]:
    """Mention the commands in an answer on the server. A direct message cannot lead to a command of the server."""
    ids = interaction.client.context.command_ids
    if not ids or interaction.guild_id is None:
        return content, embed
    if isinstance(view, discord.ui.LayoutView):
        make_tappable(view, ids)
    return (
        cast(T, tappable(content, ids, MAX_CONTENT)) if isinstance(content, str) else content,
        cast(E, tappable_embed(embed, ids)) if isinstance(embed, discord.Embed) else embed,
    )


async def show(
    interaction: Interaction, layout: discord.ui.LayoutView, files: Callable[[], Sequence[discord.File]] = list
) -> discord.Message:
    """Show a layout where the answer belongs: in the pressed button's message, or in a new one. Raise DISCORD_FAILURES.

    A message that shows a layout has no text and no embeds of its own, so those of an older one go.
    """
    message = await edit(interaction, content=None, embed=None, files=files, view=layout)
    interaction.extras[_ANSWERED] = True
    return message


async def report_error(interaction: Interaction, error: Exception) -> None:
    """Answer with a sentence about any error; the text of an unforeseen exception stays in the log."""
    cause = _cause(error)
    say = _say(interaction, cause)
    try:
        await answer(interaction, say(words_of(interaction)))
    except DISCORD_FAILURES as failure:
        log.warning("interaction %s could not be answered: %r", interaction.id, failure)
    tell_admins(interaction, cause, say)


def tell_admins(interaction: Interaction, error: BaseException, say: Say) -> None:
    """Tell the log channel about a refused request and about a failure of the bot or the gateway."""
    is_typo = isinstance(error, Explain | app_commands.AppCommandError) or (
        isinstance(error, GatewayError) and error.status < 500
    )
    if isinstance(error, NoRole):
        interaction.client.context.note(notes.TurnedAway(interaction.user, _typed(interaction)))
    elif isinstance(error, REFUSALS):
        interaction.client.context.note(notes.Refused(interaction.user, _typed(interaction), say))
    elif not is_typo and not isinstance(error, GatewayUnreachable):  # the logbook tells that the gateway is away
        interaction.client.context.note(notes.Broken(interaction.user, _typed(interaction), say))


def _cause(error: BaseException) -> BaseException:
    return error.original if isinstance(error, app_commands.CommandInvokeError) else error


def refused(error: GatewayError) -> Say:
    return lambda words: refusal(words, error)


def _say(interaction: Interaction, error: BaseException) -> Say:
    name = _name(interaction)
    match error:
        case Explain():
            english = interaction.client.context.speech.languages.english
            log.info("%s by %s ended with: %s", name, interaction.user.id, error.say(english))
            return error.say
        case GatewayError():
            log.log(
                logging.WARNING if error.status >= 500 else logging.INFO,
                "%s by %s: the gateway answered %s", name, interaction.user.id, error.code,
            )  # fmt: skip
            return refused(error)
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch() | app_commands.TransformerError():
            log.warning("%s came in a shape this version does not have: %s", name, type(error).__name__)
            return says("outdated-typed")
        case discord.HTTPException() | aiohttp.ClientError():
            log.warning("%s by %s: Discord failed: %r", name, interaction.user.id, error)
            return says("discord-failed")
    number = log_id()
    log.error("%s by %s broke [%s]", name, interaction.user.id, number, exc_info=error)
    return says("bug", number=number)


def _typed(interaction: Interaction) -> str | None:
    if not interaction.command:
        return None
    options = (f"{name}:{_shown(name, value)}" for name, value in interaction.namespace)
    return plain(" ".join((_name(interaction), *options)), 150)


def _shown(option: str, value: object) -> str:
    if option in SECRETS:
        return "…"
    return f"@{value.display_name}" if isinstance(value, discord.User | discord.Member) else KEY.sub("key", str(value))


def _name(interaction: Interaction) -> str:
    if interaction.command:
        return f"/{interaction.command.qualified_name}"
    data: Mapping[str, object] = interaction.data or {}
    return plain(KEY.sub("key", str(data.get("custom_id", "an unknown command"))), 100)
