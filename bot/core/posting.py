"""Sends a message once, also when Discord's answer to the first try is lost."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import discord

log = logging.getLogger(__name__)

RETRY_S = (1.0, 3.0)  # pauses before the second and the third try


def nonce_of(*parts: object) -> str:
    """Return the nonce of the message that `parts` name: the same in every try, also after a restart.

    Discord posts only one message of a nonce in some minutes, and answers a later try with that message. A nonce has
    at most 25 characters: https://docs.discord.com/developers/resources/message#create-message
    """
    return hashlib.blake2b(repr(parts).encode(), digest_size=12).hexdigest()


async def send_once(
    channel: discord.abc.Messageable, nonce: str, make: Callable[[], Mapping[str, Any]]
) -> discord.Message:
    """Send what `make` returns, which are the arguments of discord.py's `send`; raise DISCORD_FAILURES.

    discord.py repeats a request after an error of Discord, but not after a broken connection. `make` is called for each
    try, because a file that was sent is closed.
    """
    for pause_s in RETRY_S:
        try:
            return await channel.send(**make(), nonce=nonce)
        except (aiohttp.ClientError, OSError) as error:
            log.info("sending a message again: %r", error)
        await asyncio.sleep(pause_s)
    return await channel.send(**make(), nonce=nonce)
