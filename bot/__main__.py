"""`guildgate bot --config FILE [--user NAME]`: check everything, drop privileges, then talk to Discord."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import logging
import os
import stat
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot import chosen, scout, survey
from bot.app import SCHEMA, Bot
from bot.config import BotConfig, load
from bot.core.logins import LoginTooSoon
from bot.core.memory import Memory
from bot.core.roles import BOT
from bot.core.service import alongside
from bot.core.words import Languages
from bot.fleet.fleet import Fleet
from bot.games import games
from gateway import logs, sqlite
from gateway.api.client import GatewayClient
from gateway.api.contract import GetPolicy
from gateway.api.transport import SocketTransport
from gateway.backoff import delays
from gateway.errors import ConfigError, GatewayError, GatewayTimeout, GatewayUnreachable, GatewayWaiting, HostProblem
from gateway.holder import Held, lock
from gateway.host import privilege
from gateway.host.lifetime import add_parent, end_with, on_stop
from gateway.keys import PrivateKey
from gateway.version import own

if TYPE_CHECKING:
    from bot.fleet.reached import Reached

log = logging.getLogger(__name__)

EX_UNAVAILABLE, EX_NOPERM, EX_CONFIG = 69, 77, 78  # sysexits.h
AUTHENTICATION_FAILED = 4004  # https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway
# A stop is repeated after this time, because discord.py waits by asyncio.wait_for(). In Python 3.11 that loses a
# cancellation that comes in the same turn of the loop as the end of its wait.
AGAIN_S = 3.0
LOOK_S, SAID_S = 1.0, 60.0  # seconds between looks for the gateway, and between lines about it


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="guildgate bot", description="Run the Discord bot.")
    parser.add_argument("--config", type=Path, metavar="FILE")
    parser.add_argument("--user", metavar="NAME", help="system user to become once everything is read")
    parser.add_argument("--heartbeat", type=Path, metavar="FILE", help="touch FILE as long as all is well")
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)  # for `guildgate doctor`
    parser.add_argument("--scout", action="store_true", help=argparse.SUPPRESS)  # for `guildgate setup`
    parser.add_argument("--rehearse", type=Path, metavar="DIR", help=argparse.SUPPRESS)
    add_parent(parser)
    options = parser.parse_args(argv)
    if options.scout:
        return send_out(options)
    if options.config is None:
        parser.error("the following arguments are required: --config")
    if options.check:
        return look(options)
    with logs.of_service("bot"):
        return rehearse(options) if options.rehearse else run(options)


def run(options: argparse.Namespace) -> int:
    """Serve until a signal or an error, and return the exit code."""
    logging.getLogger("discord.client").addFilter(brief)
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # the bot uses no voice
    try:
        end_with(options.parent)
        config = load(options.config)
        logs.write_as(config.log_format)
        check(config)
        token = config.discord.token()
        regions = reached(config)
        if exposed := config.discord.exposed_token():
            log.warning("every user of this host may read the token in %s: chmod 600 %s", exposed, exposed)
        languages = warm_up()
        for kept in privilege.give_up_all(options.user):
            log.info("the bot keeps %s", kept)
        end_with(options.parent)
        asyncio.run(serve(config, token, languages, options.heartbeat, regions))
    except asyncio.CancelledError:
        return 0
    except ConfigError as error:
        return _fail(str(error), EX_CONFIG)
    except HostProblem as error:
        return _fail(str(error), EX_UNAVAILABLE)
    except (discord.LoginFailure, discord.ConnectionClosed) as error:
        if isinstance(error, discord.ConnectionClosed) and error.code != AUTHENTICATION_FAILED:
            return _fail(f"Discord closed the connection with code {error.code}", EX_UNAVAILABLE)
        return _fail(
            "Discord refuses the bot's token; reset it on the application's Bot page, and write the new one into "
            "discord.token_file or DISCORD_TOKEN",
            EX_NOPERM,
        )
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        return _fail(f"Discord cannot be reached: {' '.join(str(error).split())}", EX_UNAVAILABLE)
    return _fail("Discord closed the connection", EX_UNAVAILABLE)


def look(options: argparse.Namespace) -> int:
    """Look at Discord without a privilege, write the report to stdout, and return the exit code.

    The token is read after the privileges are gone: from stdin, where the caller opened its file.
    """
    try:
        section = load(options.config).discord
        languages = warm_up()
        privilege.give_up_all(options.user)
    except (ConfigError, HostProblem) as error:
        survey.answer([survey.cannot(str(error))])
        return 1
    end_with(options.parent)
    opened = sys.stdin.buffer if stat.S_ISREG(os.fstat(0).st_mode) else None
    survey.tell(section, opened, languages.english)
    return 0


def send_out(options: argparse.Namespace) -> int:
    """Look at Discord without a privilege, with the token that stdin brings."""
    try:
        warm_up()
        privilege.give_up_all(options.user)
    except (ConfigError, HostProblem):
        return 1
    end_with(options.parent)
    scout.scout()
    return 0


def rehearse(options: argparse.Namespace) -> int:
    """Read the configuration and migrate the database in the folder, which is a copy, with its owner's rights."""
    try:
        load(options.config)
        warm_up()
        privilege.become_owner(options.rehearse)
        if (path := options.rehearse / "bot.db").exists():
            asyncio.run(_migrate(path))
    except (ConfigError, HostProblem) as error:
        return _fail(str(error), EX_CONFIG)
    return 0


async def _migrate(path: Path) -> None:
    await (await sqlite.connect(path, SCHEMA, key="discord.state_dir")).close()


def brief(record: logging.LogRecord) -> bool:
    """Shorten discord.py's entry about a lost connection, which has a traceback for every attempt of an outage."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, discord.DiscordException | aiohttp.ClientError | OSError):  # a TimeoutError is an OSError
        reason = " ".join(str(error).split()) or type(error).__name__
        record.msg, record.args, record.exc_info = "%s %s", (record.getMessage(), reason), None
    return True


def check(config: BotConfig) -> None:
    """Raise ConfigError when a key is missing that only the bot needs."""
    if not config.discord.guild:
        raise ConfigError(key="discord.guild", problem="is missing; set it to the id of your Discord server")
    if chosen.is_waiting(config.discord.state_dir, time.time()):
        return  # the roles are about to be chosen
    if not (config.discord.member_roles or config.discord.admin_roles or config.discord.guest_roles):
        raise ConfigError(
            key="discord.member_roles",
            problem="is missing; set it to the ids of the roles that may use the bot, such as [234567890123456789], or "
            "run `guildgate setup`",
        )


def warm_up() -> Languages:
    """Import and read every file that is otherwise read on first use; return the languages, which are among them.

    An interpreter or virtual environment under /root cannot be read once privileges are dropped.
    """
    for module in ("concurrent.futures.thread", "encodings.idna"):  # asyncio's name lookups
        importlib.import_module(module)
    str(PrivateKey.generate().public_key)
    games.find("")
    own()
    return Languages.load()


def reached(config: BotConfig) -> Reached | None:
    """Return what the bot reaches the regions of a fleet by. Without one, nothing of the bus is imported."""
    if config.fleet is None:
        return None
    from bot.fleet.reached import Reached

    return Reached(config.fleet, config.socket)


async def serve(
    config: BotConfig,
    token: str,
    languages: Languages,
    heartbeat: Path | None = None,
    regions: Reached | None = None,
) -> None:
    """Run until a signal cancels the task, see `on_stop`; raise the first error that another attempt cannot mend."""
    this, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert this
    bot: Bot | None = None

    def stop() -> None:
        this.cancel()
        loop.call_later(AGAIN_S, stop_if_unheard)

    def stop_if_unheard() -> None:
        if bot is None or not bot.is_ending:
            stop()

    on_stop(stop)
    pauses, members_intent = delays(1, 60), True
    gateway = regions.fleet if regions else GatewayClient(SocketTransport(config.socket))
    async with AsyncExitStack() as stack:
        if regions:
            await stack.enter_async_context(alongside(regions.bus, regions))
        await gateway_answers(gateway, f"on {config.socket}")
        stack.enter_context(alone(config.discord.state_dir))
        memory = await stack.enter_async_context(Memory.open(config.discord.state_dir, SCHEMA))
        while True:
            try:
                async with Bot(
                    config,
                    gateway,
                    memory,
                    languages,
                    members_intent=members_intent,
                    heartbeat=heartbeat,
                    written=regions.log if regions else None,
                ) as bot:
                    await bot.start(token)
                if not bot.setup.is_done:
                    return
                config = await asyncio.to_thread(config.again)
                log.info("the configuration was chosen in Discord: the bot begins again with it")
                continue
            except discord.PrivilegedIntentsRequired:
                log.warning(
                    "Discord tells the bot about no member: in its developer portal switch on the application's "
                    "Bot, Server Members Intent, and restart the bot. Until then it asks about each device's owner"
                )
                members_intent = False
                continue
            except discord.RateLimited as error:
                await asyncio.sleep(error.retry_after)  # the log has a line about it
                continue
            except LoginTooSoon as error:
                log.warning("Discord counts logins, and today had many: the next one is in %.0f s", error.wait_s)
                await asyncio.sleep(error.wait_s)
                continue
            except (discord.DiscordServerError, aiohttp.ClientError, OSError) as error:
                # Only a failed login raises: once connected, discord.py reconnects by itself.
                log.warning("Discord cannot be reached, trying again: %s", " ".join(str(error).split()))
            await asyncio.sleep(next(pauses))


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the lock of the bot's folder, because two bots would answer each command. Raise HostProblem.

    A folder that cannot be used has no lock; the bot works without it.
    """
    with ExitStack() as held:
        try:
            held.enter_context(lock(folder / "lock"))
        except OSError as error:
            log.debug("no lock: %s", error)  # because opening the database says the same
        except Held as holder:
            raise HostProblem(
                key="discord.state_dir",
                problem=f"{folder} is in use by another running bot, {holder}; stop that one first",
            ) from None
        yield


async def gateway_answers(gateway: GatewayClient | Fleet, where: str) -> None:
    """Wait until the gateway answers, because a bot without one could only refuse. Say so at once and each minute.

    Of several gateways one is enough. `where`: that of one alone.
    """
    said_at = -SAID_S
    while True:
        try:
            await gateway.call(GetPolicy(actor=BOT))
        except (GatewayUnreachable, GatewayTimeout, GatewayWaiting) as error:
            problem = str(error) if isinstance(error, GatewayWaiting) else error.code
        except GatewayError:  # it answers
            return
        else:
            return
        if (now := asyncio.get_running_loop().time()) >= said_at + SAID_S:
            said_at = now
            if isinstance(gateway, Fleet):
                where = f"in {' or '.join(gateway.regions)}" if gateway.regions else "anywhere"
            log.warning("the bot logs in to Discord once the gateway answers %s: %s", where, problem)
        await asyncio.sleep(LOOK_S)


def _fail(sentence: str, code: int) -> int:
    log.critical("%s", sentence)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
