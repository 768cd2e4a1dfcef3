"""The Discord half: a look by the bot's own code, in a child without privileges.

The child is `guildgate bot --check`. It becomes the bot's user before it reads the token. This process opens a token's
file that only root may open, and hands it over unread.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import sqlite3
import stat
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from bot import report
from bot.config import SERVICES_TOKEN, DiscordSection, Kind, Named
from bot.report import Report, Subject
from gateway.doctor.finding import Finding, Level, failure, ok, warning
from gateway.errors import why
from gateway.host.child import running

BOT_USER = "guildgate"
_OVERFLOW_USER = 65534  # where the bot has no user yet
_TITLE = "Discord"
_LIMIT_S = 25.0  # more than the child takes for its own answer
_PASTE = "install -m 600 /dev/stdin {}    then paste the token, Enter and Ctrl-D"


def discord(config: Path, section: DiscordSection, environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Check the token's file, and look at Discord with it. What the bot last saw stands in for what cannot be asked."""
    if section.guild is None:
        yield ok(_TITLE, "no server is configured: discord.guild")
        return
    if not environ.get("DISCORD_TOKEN", "").strip():
        path = section.token_path(environ) or SERVICES_TOKEN
        yield from token_file(path)
        if not path.is_file():
            yield from misnamed(section)
            return
    else:
        path = None
    if find_spec("discord") is None:
        yield warning(_TITLE, "it was not asked, because this installation lacks the bot, as in the gateway's image")
        yield from misnamed(section)
        return
    told = asyncio.run(_ask(config.resolve(), path))
    if isinstance(told, str):
        yield warning(_TITLE, f"it was not asked: {told}")
    else:
        for each in told.findings:
            yield Finding(Level(each.rank), str(each.subject), each.text, (each.advice,) if each.advice else ())
    if isinstance(told, str) or all(each.subject is not Subject.NAMES for each in told.findings):
        yield from misnamed(section)


def token_file(path: Path) -> Iterator[Finding]:
    title = "token"
    try:
        found = path.stat()
    except FileNotFoundError:
        yield failure(title, f"there is no {path}", _PASTE.format(path))
        return
    except OSError as error:
        yield warning(title, f"{path} cannot be examined ({why(error)})")
        return
    if not stat.S_ISREG(found.st_mode):
        yield failure(title, f"{path} is no file", _PASTE.format(path))
    elif found.st_mode & stat.S_IROTH:
        yield failure(title, f"every user of this host may read {path}", f"chmod 600 {path}")


async def _ask(config: Path, token: Path | None) -> Report | str:
    """Return the child's report, or the reason why there is none."""
    user = ("--user", bot_user()) if os.geteuid() == 0 else ()
    argv = (sys.executable, "-P", "-m", "gateway", "bot", "--check", "--config", str(config), *user)
    with _opened(token) as stdin:
        async with running(
            *argv, "--parent", str(os.getpid()), grace_s=1, stdin=stdin, stdout=PIPE, stderr=DEVNULL
        ) as child:
            assert child.stdout
            try:
                async with asyncio.timeout(_LIMIT_S):
                    raw = await child.stdout.readexactly(report.LONGEST)
            except asyncio.IncompleteReadError as error:
                raw = error.partial
            except TimeoutError:
                return f"its look took more than {_LIMIT_S:g} s"
    try:
        return report.read(raw)
    except (ValueError, RecursionError):
        return "its look ended without a report" if not raw else "its look ended with something that is no report"


def bot_user() -> str:
    """Return the bot's system user, or the one that owns nothing."""
    try:
        return pwd.getpwnam(BOT_USER).pw_name
    except KeyError:
        return pwd.getpwuid(_OVERFLOW_USER).pw_name


@contextmanager
def _opened(token: Path | None) -> Iterator[int]:
    """Open the token's file without reading it. Where this process may not, the child tries by itself."""
    descriptor = DEVNULL
    if token is not None:
        with suppress(OSError):
            descriptor = os.open(token, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        yield descriptor
    finally:
        if descriptor != DEVNULL:
            os.close(descriptor)


def misnamed(section: DiscordSection) -> Iterator[Finding]:
    """Find configured roles and channels that do not exist or bear another name; nothing before the bot's first look.

    The bot's database tells what it saw when it last looked at the server.
    """
    wanted = section.named()
    try:
        with closing(sqlite3.connect(f"{(section.state_dir / 'bot.db').as_uri()}?mode=ro", uri=True)) as db:
            guild = (str(section.guild),)
            rows = db.execute("SELECT kind, name, sentence FROM misnamed WHERE guild = ?", guild).fetchall()
            known = db.execute("SELECT kind, name FROM named WHERE guild = ?", guild).fetchall()
    except sqlite3.Error:
        return
    title = str(Subject.NAMES)
    sentences = [sentence for kind, name, sentence in rows if Named(Kind(kind), name) in wanted]
    for sentence in sentences:
        yield warning(title, sentence, "Correct [discord] and restart the bot; this is what it last saw.")
    if not sentences and any(Named(Kind(kind), name) in wanted for kind, name in known):
        yield ok(title, "the bot last saw each configured one")
