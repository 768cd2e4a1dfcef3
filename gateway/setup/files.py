"""What setup writes: the token, the bot's ticket for the code, and config.toml, in this order and at once."""

from __future__ import annotations

import json
import os
import re
import signal
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bot import chosen
from gateway.errors import HostProblem, why
from gateway.host.privilege import User, acting_as, find
from gateway.supervisor import SYSTEM_USER

_NEW = "# Written by guildgate. config.example.toml has every key with its meaning.\n"


def with_values(text: str, values: Mapping[str, str | list[str]], section: str = "discord") -> str:
    """Return the configuration's text with these keys in the section. Raise HostProblem where they do not fit in."""
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())  # as TOML writes them, too
    if not lines:
        return text
    if found := re.search(rf"^\[{section}\][ \t]*(?:#.*)?$", text, re.MULTILINE):
        made = f"{text[: found.end()]}\n{lines}{text[found.end() :].removeprefix(chr(10))}"
    else:
        made = f"{text}\n[{section}]\n{lines}" if text.strip() else f"{_NEW}[{section}]\n{lines}"
    before = tomllib.loads(text)
    wanted = {**before, section: {**before.get(section, {}), **values}}
    try:
        fits = tomllib.loads(made) == wanted
    except tomllib.TOMLDecodeError:
        fits = False
    if not fits:
        raise HostProblem(key=section, problem=f"write this into its section, and run the command again: {lines}")
    return made


def place(config: Path, text: str, token_file: Path, token: str | None, folder: Path, code: str) -> None:
    """Write all. `token` None: the one that is there stays. Raise HostProblem, also for a missing system user."""
    user = _user()
    try:
        with _uninterrupted():
            if token is not None:
                token_file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
                chosen.write_file(token_file, f"{token}\n".encode())
            invite(folder, code, user)
            config.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            mode = config.stat().st_mode & 0o777 if config.exists() else 0o644
            if not config.exists() or config.read_text(encoding="utf-8-sig") != text:
                chosen.write_file(config.resolve(), text.encode(), mode)
    except OSError as error:
        raise HostProblem(key=str(error.filename), problem=f"cannot be written ({why(error)})") from error


def invite(folder: Path, code: str, user: User | None) -> None:
    """Let the bot take the code. The folder is the bot's, so this acts as the bot's user. Raise OSError."""
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
        if user:
            os.chown(folder, user.uid, user.gid)
    if user is None:
        chosen.open_ticket(folder, code, time.time())
        return
    with acting_as(user):
        chosen.open_ticket(folder, code, time.time())


def _user() -> User | None:
    """Return the bot's system user, None where this process is not root. Raise HostProblem without one."""
    if os.geteuid() != 0:
        return None
    try:
        return find(SYSTEM_USER)
    except KeyError:
        problem = f"the system user {SYSTEM_USER} is missing: useradd --system --no-create-home {SYSTEM_USER}"
        raise HostProblem(key="setup", problem=problem) from None


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait until the end of the block, so that it leaves all or nothing."""
    stops = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
