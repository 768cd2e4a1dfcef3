"""`guildgate bot --check`: looks at the application and the server by Discord's HTTP API, and says what is wrong.

It opens no session, so it takes no login from the bot, and it may run beside the bot.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import aiohttp
import discord
from discord import app_commands

from bot.app import SCHEMA, all_commands
from bot.config import DiscordSection
from bot.core import names, needs
from bot.core.directory import Directory
from bot.core.memory import Memory
from bot.core.needs import MINOR, Lack, Need
from bot.core.render import plain
from bot.core.words import Words
from bot.report import Rank, Report, Subject, Told, write
from gateway.errors import ConfigError

LIMIT_S = 15.0


def tell(section: DiscordSection, opened: BinaryIO | None, words: Words) -> None:
    """Write the report to stdout, and close it, because a lookup of a name outlasts the limit.

    `opened`: the token's file, where the caller opened it.
    """
    asyncio.run(_tell(section, opened, words))


async def _tell(section: DiscordSection, opened: BinaryIO | None, words: Words) -> None:
    try:
        token = section.token(opened=opened)
        async with asyncio.timeout(LIMIT_S):
            findings = await _look(section, token, words)
    except ConfigError as error:
        findings = [Told(Rank.FAILURE, Subject.TOKEN, _brief(error))]
    except discord.LoginFailure:
        findings = [
            Told(
                Rank.FAILURE,
                Subject.TOKEN,
                "Discord refuses it",
                "Reset it on the application's Bot page, and write the new one into the token's file.",
            )
        ]
    except TimeoutError:
        findings = [cannot(f"Discord did not answer within {LIMIT_S:.0f} s")]
    except (aiohttp.ClientError, OSError, discord.DiscordException) as error:
        findings = [cannot(f"Discord cannot be reached: {_brief(error)}")]
    answer(findings)


def answer(findings: Sequence[Told]) -> None:
    """Write the report and close stdout."""
    with open(1, "wb") as stdout:
        stdout.write(write(Report(tuple(findings))))


def cannot(why: str) -> Told:
    return Told(Rank.WARNING, Subject.SERVER, why)


async def _look(section: DiscordSection, token: str, words: Words) -> list[Told]:
    async with discord.Client(intents=discord.Intents.none(), max_ratelimit_timeout=LIMIT_S) as client:
        await client.login(token)
        found = [
            Told(Rank.OK, Subject.TOKEN, f"Discord knows it as {plain(str(client.user))}"),
            _intents(client, words),
        ]
        try:
            guild = await _server(client, int(section.guild or 0))
        except (discord.Forbidden, discord.NotFound):
            absent = Told(
                Rank.FAILURE,
                Subject.SERVER,
                f"the bot is not on the server {section.guild}",
                "Invite it there with the scopes bot and applications.commands.",
            )
            return [*found, absent]
        found.append(Told(Rank.OK, Subject.SERVER, f"the bot is on {plain(guild.name)}"))
        async with Memory.copied(section.state_dir, SCHEMA) as memory:
            directory = Directory(section, memory, words, lambda note: None)
            await directory.load()
            directory.look(guild)
        found += _names(directory, words)
        lacks = needs.lacks(section, directory.role, directory.channel, needs.seen(guild))
        may = Told(Rank.OK, Subject.PERMISSIONS, "the bot may do what it needs to do in the configured channels")
        found += _lacks(lacks, words, may)
        has_run = await asyncio.to_thread(os.path.exists, section.state_dir / "bot.db")
        return [*found, *await _commands(client, guild, words, has_run=has_run)]


async def _server(client: discord.Client, ident: int) -> discord.Guild:
    """Fetch the server as discord.py has it in a session: with its channels and the bot."""
    guild = await client.fetch_guild(ident, with_counts=False)
    for channel in await guild.fetch_channels():
        guild._add_channel(channel)
    assert client.user
    guild._add_member(await guild.fetch_member(client.user.id))
    return guild


def _intents(client: discord.Client, words: Words) -> Told:
    assert client.application
    flags = client.application.flags
    if flags.gateway_guild_members or flags.gateway_guild_members_limited:
        return Told(Rank.OK, Subject.INTENTS, "Server Members Intent is on")
    return Told(Rank.WARNING, Subject.INTENTS, needs.describe(words, Lack(Need.EVENTS)))


def _names(directory: Directory, words: Words) -> Iterator[Told]:
    for finding in directory.findings:
        rank = Rank.WARNING if finding.trouble in names.HARMLESS else Rank.FAILURE
        yield Told(rank, Subject.NAMES, names.describe(words, finding, for_discord=False))
    if not directory.findings:
        yield Told(Rank.OK, Subject.NAMES, "each configured one is there")


def _lacks(lacks: Sequence[Lack], words: Words, well: Told) -> Iterator[Told]:
    for lack in lacks:
        yield Told(Rank.WARNING if lack.need in MINOR else Rank.FAILURE, well.subject, needs.describe(words, lack))
    if not lacks:
        yield well


async def _commands(client: discord.Client, guild: discord.Guild, words: Words, *, has_run: bool) -> list[Told]:
    assert client.application_id
    there = {each["name"] for each in await client.http.get_guild_commands(client.application_id, guild.id)}
    missing = [
        f"/{each.name}" if isinstance(each, app_commands.Command) else each.name
        for each in all_commands(words)
        if each.name not in there
    ]
    if not (there or has_run):
        return [Told(Rank.OK, Subject.COMMANDS, "the server has none yet; the bot registers them when it starts")]
    lacks = [Lack(Need.COMMANDS, missing=tuple(missing))] if missing else []
    return [*_lacks(lacks, words, Told(Rank.OK, Subject.COMMANDS, "the server has each command of the bot"))]


def _brief(error: BaseException) -> str:
    return " ".join(str(error).split())[:500] or type(error).__name__
