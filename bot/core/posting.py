"""Sends a message once, also when Discord's answer to the first try is lost, and when the next try comes much later."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import discord

from bot.core.context import Context

log = logging.getLogger(__name__)

NONCE_KEPT = timedelta(minutes=2)  # Discord says "the past few minutes"
LOOKED_AT = 100  # messages
SKEW = timedelta(minutes=10)  # between Discord's clock and ours
RETRY_S = (1.0, 3.0)  # pauses before the second and the third try


def nonce_of(*parts: object) -> str:
    """Return the nonce of the message that `parts` name: the same in every try, also after a restart.

    Discord posts only one message of a nonce in some minutes, and answers a later try with that message. A nonce has
    at most 25 characters: https://docs.discord.com/developers/resources/message#create-message
    """
    return hashlib.blake2b(repr(parts).encode(), digest_size=12).hexdigest()


async def send_once(
    context: Context,
    channel: discord.abc.Messageable,
    nonce: str,
    make: Callable[[], Mapping[str, Any]],
    *,
    since: datetime | None = None,
    after: int = 0,
) -> discord.Message:
    """Send what `make` returns, which are the arguments of discord.py's `send`; raise DISCORD_FAILURES.

    `since`: the message may have been sent from then on; None is from now on. When that is long ago, Discord may have
    forgotten the nonce, and the message is looked for. `after`: an id of Discord's that is older than the message. With
    it the message is also looked for when no try got an answer. `make` is called for each try, because a file that was
    sent is closed.
    """
    if since and _is_long_ago(context, since) and (message := await _find(context, channel, make(), since, after)):
        return message
    # discord.py repeats a request after an error of Discord, but not after a broken connection.
    for pause_s in RETRY_S:
        try:
            return await channel.send(**make(), nonce=nonce)
        except (aiohttp.ClientError, OSError) as error:
            log.info("sending a message again: %r", error)
        await asyncio.sleep(pause_s)
    try:
        return await channel.send(**make(), nonce=nonce)
    except (aiohttp.ClientError, OSError):
        if after and (message := await _find(context, channel, make(), context.clock(), after)):
            return message
        raise


async def sent_since(context: Context, channel: discord.abc.Messageable, since: datetime) -> list[discord.Message]:
    """Return the bot's last messages in the channel; none when it may not read there. Raise DISCORD_FAILURES."""
    try:
        found = [message async for message in channel.history(limit=LOOKED_AT)]
    except discord.Forbidden:
        return []
    bot = context.client.user
    return [one for one in found if bot and one.author.id == bot.id and one.created_at >= since - SKEW]


async def _find(
    context: Context, channel: discord.abc.Messageable, wanted: Mapping[str, Any], since: datetime, after: int
) -> discord.Message | None:
    view, embed = wanted.get("view"), wanted.get("embed")
    layout = components_of(view) if isinstance(view, discord.ui.LayoutView) else ()
    same = wanted.get("content", ""), [shown(embed)] if embed else [], [*texts(layout)]
    for message in await sent_since(context, channel, since):
        displays = [*texts([each.to_dict() for each in message.components])]
        found = message.content, [shown(each) for each in message.embeds], displays
        if found == same and message.id > after:
            return message
    return None


def components_of(layout: discord.ui.LayoutView) -> list[dict[str, Any]]:
    """Return the layout as Discord gets it."""
    found: list[dict[str, Any]] = layout.to_components()  # type: ignore[no-untyped-call]
    return found


def texts(components: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the texts of a layout; the components of other messages have none."""
    for component in components:
        if component["type"] == discord.ComponentType.text_display.value:
            yield component["content"]
        yield from texts(component.get("components", ()))


def _is_long_ago(context: Context, since: datetime) -> bool:
    return context.clock() - since >= NONCE_KEPT


def shown(embed: discord.Embed) -> object:
    """Return what makes two embeds the same one for a reader."""
    fields = [(field.name, field.value) for field in embed.fields]
    return embed.title, embed.description, fields, embed.timestamp and int(embed.timestamp.timestamp())
