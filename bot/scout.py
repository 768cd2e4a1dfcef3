"""`guildgate bot --scout`: tells `guildgate setup` what a token is of, and on which servers the bot is.

It has no privilege. The first line of stdin is the token, and each one after it is answered by a line of
JSON. It opens no session, so it takes no login from the bot.
"""

from __future__ import annotations

import asyncio
import sys

import aiohttp
import discord

from bot.core.needs import INVITED_WITH
from bot.core.render import plain
from bot.report import Joined, Problem, Scouted
from gateway.codec import to_json

LIMIT_S = 15.0


def scout() -> None:
    """Answer each line of stdin until it is closed, or the token is refused."""
    asyncio.run(_scout(sys.stdin.readline().strip()))


async def _scout(token: str) -> None:
    async with discord.Client(intents=discord.Intents.none(), max_ratelimit_timeout=30) as client:
        while await asyncio.to_thread(sys.stdin.readline):
            found = await _answer(client, token)
            sys.stdout.write(to_json(found) + "\n")
            sys.stdout.flush()
            if found.problem is Problem.TOKEN:
                return


async def _answer(client: discord.Client, token: str) -> Scouted:
    try:
        async with asyncio.timeout(LIMIT_S):
            if client.application is None:
                await client.login(token)
            return await _look(client)
    except discord.LoginFailure:
        return Scouted(problem=Problem.TOKEN)
    except discord.HTTPException as error:
        if error.status == 401:
            return Scouted(problem=Problem.TOKEN)
        return _unreachable(error)
    except (TimeoutError, aiohttp.ClientError, OSError, discord.DiscordException) as error:
        return _unreachable(error)


def _unreachable(error: Exception) -> Scouted:
    return Scouted(problem=Problem.UNREACHABLE, why=" ".join(str(error).split())[:200])


async def _look(client: discord.Client) -> Scouted:
    """Ask for the application and the bot's servers. Raise what discord.py raises."""
    assert client.user
    application = await client.application_info()
    guilds = await client.http.get_guilds(200)
    flags = application.flags
    return Scouted(
        name=plain(str(client.user)),
        application=str(application.id),
        invitation=discord.utils.oauth_url(
            application.id, permissions=INVITED_WITH, scopes=("bot", "applications.commands")
        ),
        has_members_intent=flags.gateway_guild_members or flags.gateway_guild_members_limited,
        needs_code_grant=application.bot_require_code_grant,
        servers=tuple(Joined(str(each["id"]), plain(each["name"])) for each in guilds),
    )
