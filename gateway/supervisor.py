"""`guildgate up`: runs the gateway and the bot as two children and starts each again when it ends."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import pwd
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bot.config import DiscordSection, load
from gateway import config as configuration
from gateway import logs
from gateway.backoff import delays
from gateway.errors import ConfigError
from gateway.host.child import running
from gateway.host.folder import keep
from gateway.host.lifetime import on_stop
from gateway.host.privilege import Capability, limit

log = logging.getLogger(__name__)
Stamp = tuple[int, ...]

SYSTEM_USER, NAMES_USER = "guildgate", "guildgate-names"
# The child has logged the reason and would fail again.
FINAL = (os.EX_NOPERM, os.EX_CONFIG)
# What the gateway needs until it has handed over to its own user, what both need to become theirs, and to stop them.
FOR_CHILDREN = (
    Capability.CHOWN,
    Capability.DAC_OVERRIDE,
    Capability.KILL,
    Capability.NET_ADMIN,
    Capability.NET_BIND_SERVICE,
    Capability.NET_RAW,
    Capability.SETGID,
    Capability.SETPCAP,
    Capability.SETUID,
)
_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.1, 60.0
# Discord counts logins, and takes the token from a bot that makes too many.
_TURNED_AWAY_S, _LOOK_S = 3600.0, 1.0


class Token:
    """The bot's token, read anew for each start of the bot, because its file or the configuration may have changed."""

    def __init__(self, config: Path, environ: Mapping[str, str]) -> None:
        self._config, self._environ = config, environ
        self._section = DiscordSection()
        self._token = ""
        self._stamps: tuple[Stamp, Stamp] = (), ()  # of the configuration and the token's file when they were read

    def read(self) -> str:
        """Return the token of the file as it is now, or the last one while the files cannot be read.

        Without any it is empty, and the bot says what is wrong.
        """
        configured = _stamp(self._config)
        with suppress(ConfigError):  # the bot reads the same file, and complains
            self._section = load(self._config).discord
        self._stamps = configured, self._stamp_of_token()
        try:
            self._token = self._section.token(self._environ)
        except ConfigError as error:
            if self._token:
                log.warning("%s", error)
        return self._token

    def has_changed(self) -> bool:
        """Report whether the configuration was written since the last reading, or a token's file that can be read."""
        configured, token = self._stamps
        if _stamp(self._config) not in (configured, ()):
            return True
        try:
            return self._stamp_of_token() != token and bool(self._section.token(self._environ))
        except ConfigError:
            return False

    def _stamp_of_token(self) -> Stamp:
        if self._environ.get("DISCORD_TOKEN", "").strip() or self._section.token_file is None:
            return ()  # the environment of a process never changes
        return _stamp(self._section.token_file)


class Reading:
    """The files that a process reads when it starts."""

    def __init__(self, *paths: Path) -> None:
        self._paths = paths
        self._stamps: list[Stamp] = []

    def begin(self, environ: Mapping[str, str]) -> Mapping[str, str]:
        """Note how the files are now. Return the environment of the process."""
        self._stamps = list(map(_stamp, self._paths))
        return environ

    def is_old(self) -> bool:
        """Report whether one of the files was written since."""
        return list(map(_stamp, self._paths)) != self._stamps


def _stamp(path: Path) -> Stamp:
    """Return what differs after each writing of the file; empty for a file that is not there."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino


@dataclass(frozen=True, slots=True)
class Child:
    """A process to keep running. Its environment may hold the token, so the repr omits it."""

    name: str
    argv: tuple[str, ...]
    environ: Callable[[], Mapping[str, str]] = field(repr=False)
    """Make the environment of the next start."""
    may_return: Callable[[], bool] | None = field(default=None, repr=False)
    """For a child that the others do without: report whether another attempt may succeed after a `FINAL` code."""


class Refused(Exception):
    """The end of a child with one of the `FINAL` codes, which the others do not do without."""

    def __init__(self, child: Child, code: int) -> None:
        super().__init__(f"the {child.name} cannot work like this, for the reason it gives above")
        self.code = code


def add_command(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `up`, which sets `run(args) -> exit code`."""
    summary = "Run the gateway and the bot, and keep them running."
    parser = subparsers.add_parser("up", help=summary, description=summary)
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    parser.set_defaults(run=_up, log=partial(logs.to_stderr, "guildgate: %(message)s"))


def _up(args: argparse.Namespace) -> int:
    try:
        found = configuration.load(args.config)
    except ConfigError as error:
        log.error("%s", error)
        return os.EX_CONFIG
    for user in (SYSTEM_USER, NAMES_USER) if found.names else (SYSTEM_USER,):
        try:
            pwd.getpwnam(user)
        except KeyError:
            log.error("the system user %s is missing: useradd --system --no-create-home %s", user, user)
            return 1  # no mistake in the file, so systemd tries again
    for kept in limit(FOR_CHILDREN):
        log.warning("it keeps %s", kept)
    config = args.config.resolve()
    processes = children(config, Token(config, os.environ), os.environ, found.names)
    return asyncio.run(supervise(processes, folder=found.gateway.socket.parent))


def children(
    config: Path, token: Token, environ: Mapping[str, str], names: configuration.NamesSection | None = None
) -> list[Child]:
    """Return the gateway, the bot and what keeps the name, which end with this process. Only the bot gets the token.

    Only the gateway speaks to a service manager, because the bot could pretend to be it.
    """
    without_token = {name: value for name, value in environ.items() if name != "DISCORD_TOKEN"}
    for_bot = {name: value for name, value in without_token.items() if name != "NOTIFY_SOCKET"}
    parent = ("--parent", str(os.getpid()))
    names_user = ("--names-user", NAMES_USER) if names else ()
    # With -P, because the working directory may have a folder named gateway.
    command = (sys.executable, "-P", "-m", "gateway")
    found = [
        Child(
            "gateway",
            (*command, "gateway", "--config", str(config), "--socket-user", SYSTEM_USER, *names_user, *parent),
            lambda: without_token,
        ),
        Child(
            "bot",
            (*command, "bot", "--config", str(config), "--user", SYSTEM_USER, *parent),
            lambda: for_bot | {"DISCORD_TOKEN": token.read()},
            token.has_changed,
        ),
    ]
    if names:
        argv = (*command, "names", "--config", str(config), "--user", NAMES_USER, *parent)
        read = Reading(config, names.secret_file)
        found.append(Child("names", argv, lambda: read.begin(for_bot), read.is_old))
    return found


async def supervise(
    children: Sequence[Child], *, folder: Path | None = None, first_delay_s: float = _FIRST_DELAY_S
) -> int:
    """Keep the children running until a signal, see `on_stop`, or until one refuses. Return the exit code.

    Keep the socket's `folder` as well.

    The children stop in reverse order. A bot that Discord turns away, or that is not configured, ends nothing else.
    """
    code = 0
    stopping = asyncio.Event()
    on_stop(stopping.set)
    try:
        async with asyncio.TaskGroup() as tasks:
            keeping = tasks.create_task(keep(folder)) if folder else None
            kept = [tasks.create_task(_keep(child, first_delay_s), name=child.name) for child in children]
            await stopping.wait()
            for task in reversed(kept):
                task.cancel()
                await asyncio.wait([task])
            if keeping:
                keeping.cancel()
    except* Refused as refusals:
        refused = refusals.exceptions[0]
        log.error("%s", refused)
        code = refused.code if isinstance(refused, Refused) else 1
    return code


async def _keep(child: Child, first_delay_s: float) -> None:
    """Run `child` again and again, and wait longer each time it ends soon. Raise Refused."""
    loop = asyncio.get_running_loop()
    pauses = delays(first_delay_s, _LONGEST_DELAY_S)
    while True:
        started = loop.time()
        # In a process group of its own, so that only this process gets Ctrl-C and stops the children in order.
        async with running(*child.argv, env=child.environ(), process_group=0) as process:
            code = await process.wait()
        if code in FINAL and child.may_return:
            log.warning(
                "the %s is tried again when its token changes or the configuration does, else in an hour; "
                "all else goes on",
                child.name,
            )
            await _wait_for(child.may_return)
            pauses = delays(first_delay_s, _LONGEST_DELAY_S)
            continue
        if code in FINAL:
            raise Refused(child, code)
        if loop.time() - started > _LONGEST_DELAY_S:
            pauses = delays(first_delay_s, _LONGEST_DELAY_S)
        pause_s = next(pauses)
        log.warning("the %s ended with code %d; starting it again in %.1f s", child.name, code, pause_s)
        await asyncio.sleep(pause_s)


async def _wait_for(holds: Callable[[], bool]) -> None:
    """Wait until the condition holds, or an hour."""
    for _ in range(int(_TURNED_AWAY_S / _LOOK_S)):
        if holds():
            return
        await asyncio.sleep(_LOOK_S)
