"""`guildgate setup`: asks for the token, waits for the invitation, has the server confirmed, and prints the code."""

from __future__ import annotations

import argparse
import getpass
import os
import shutil
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from wcwidth import wrap

import bot.config
from bot import chosen
from bot.config import SERVICES_TOKEN, DiscordSection
from bot.report import Joined, Problem, Scouted
from gateway import config as configuration
from gateway.errors import ConfigError, HostProblem
from gateway.logs import safe
from gateway.setup import files, services
from gateway.setup.scout import Scout

_PORTAL = "https://discord.com/developers/applications"
_LONGEST_TOKEN = 200
_PAUSE_S = 2.0  # between looks at Discord, and at what became of the form
_MARGIN = "   "


def add_command(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `setup`, which sets `run(args) -> exit code`."""
    summary = "Connect the bot to your Discord server: token, invitation, and a form in Discord for the rest."
    parser = subparsers.add_parser("setup", help=summary, description=summary)
    parser.add_argument("--config", type=Path, metavar="FILE", help=f"default: {configuration.DEFAULT_CONFIG}")
    parser.add_argument("--no-start", action="store_true", help="only write the files; start the bot yourself")
    parser.set_defaults(run=_run)


@dataclass(frozen=True, slots=True)
class _Present:
    """What is there already."""

    text: str
    section: DiscordSection


def _run(options: argparse.Namespace) -> int:
    if os.geteuid() != 0:
        _say("setup needs root, because it writes into /etc/guildgate: try it with sudo")
        return 1
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        _say("setup asks questions: run it in a terminal")
        return 1
    default = configuration.DEFAULT_CONFIG
    # The services read this one, whatever lies in the checkout.
    are_services = not options.no_start and options.config in (None, default) and services.are_possible()
    path = options.config or (default if are_services and default.exists() else configuration.default_path() or default)
    try:
        return _set_up(path, starts=not options.no_start, are_services=are_services)
    except (KeyboardInterrupt, EOFError):
        print()
        _say("stopped. Run setup again to go on")
        return 130


def _set_up(path: Path, *, starts: bool, are_services: bool) -> int:
    present = _present(path)
    section = present.section
    # The unit of systemd names its file.
    token_file = SERVICES_TOKEN if are_services else section.token_file or SERVICES_TOKEN
    with ExitStack() as opened:
        token, is_new, scout, scouted = _token(section, token_file, opened)
        scouted = _intent(scout, scouted)
        server = _server(scout, scouted, section.guild)
    code = chosen.new_code()
    values = {}
    if section.guild is None:
        values["guild"] = server.id
    if section.token_file is None:
        values["token_file"] = str(token_file)
    new = token if is_new or not token_file.exists() else None
    files.place(path, files.with_values(present.text, values), token_file, new, section.state_dir, code)
    print()
    _tell(f"Written: {path}{f' and {token_file}' if new else ''}.", margin="")
    if are_services:
        services.start()
    print()
    _tell(
        f"Now type this in Discord, on {safe(server.name)}. It works for an hour, for members with Manage Server:",
        margin="",
    )
    print(f"\n    /setup code:{code}\n", flush=True)
    if are_services:
        return _wait(section.state_dir)
    return _become_up(path) if starts else 0


def _present(path: Path) -> _Present:
    """Read the configuration, which may be missing. Raise ConfigError for a wrong one."""
    if not path.exists():
        return _Present("", DiscordSection())
    loaded = bot.config.load(path)
    return _Present(path.read_text(encoding="utf-8-sig"), bot.config.parse(loaded.written))


def _token(section: DiscordSection, file: Path, opened: ExitStack) -> tuple[str, bool, Scout, Scouted]:
    """Return a token that Discord takes, whether it is new, and what Discord says of it."""
    token, is_new = _kept(replace(section, token_file=file)) or _kept(section), False
    if not token:
        _tell("Make an application here: New Application, then Bot.", step="1. ")
        _link(_PORTAL)
        _tell("Switch on Server Members Intent there, press Reset Token, and copy the token.")
    while True:
        if not token:
            token, is_new = getpass.getpass("   Paste the token (it stays hidden): ").strip(), True
        if not token.isascii() or not token.isprintable() or " " in token or not 0 < len(token) < _LONGEST_TOKEN:
            _say("that is no token: it is one long word, from the application's Bot page")
            token = ""
            continue
        scout = opened.enter_context(Scout(token))
        scouted = _reachable(scout)
        if scouted.problem is not Problem.TOKEN:
            _tell(f"The token works: the bot is {safe(scouted.name)}.")
            return token, is_new, scout, scouted
        _say("Discord refuses this token. Press Reset Token on the application's Bot page, and copy the new one")
        token = ""


def _kept(section: DiscordSection) -> str:
    """Return the token that is there already, or nothing."""
    try:
        return section.token({})
    except ConfigError:
        return ""


def _reachable(scout: Scout) -> Scouted:
    """Return what Discord says, and wait as long as it cannot be reached."""
    is_told = False
    while (scouted := scout.look()).problem is Problem.UNREACHABLE:
        if not is_told:
            _say(f"Discord cannot be reached ({safe(scouted.why) or 'no answer'}). Trying again; Ctrl-C stops")
            is_told = True
        time.sleep(_PAUSE_S)
    return scouted


def _intent(scout: Scout, scouted: Scouted) -> Scouted:
    """Ask for Server Members Intent until it is on, or the admin goes on without."""
    while not scouted.has_members_intent and not scouted.problem:
        _say("Server Members Intent is off, so the bot learns late that a member left. Switch it on here")
        _link(f"{_PORTAL}/{scouted.application}/bot")
        if input("   Press Enter once it is on, or type skip: ").strip().lower() == "skip":
            break
        scouted = _reachable(scout)
    while scouted.needs_code_grant and not scouted.problem:
        _say("Requires OAuth2 Code Grant is on, so the bot cannot be invited. Switch it off here")
        _link(f"{_PORTAL}/{scouted.application}/bot")
        input("   Press Enter once it is off: ")
        scouted = _reachable(scout)
    return scouted


def _server(scout: Scout, scouted: Scouted, wanted: int | str | None) -> Joined:
    """Return the server that the admin confirms. A stranger may have invited the bot to another one before."""
    declined = set[str]()
    is_told = False
    while True:
        if scouted.problem:
            raise HostProblem(key="setup", problem="Discord refuses the token now. Run setup again with a new one")
        for server in scouted.servers:
            if wanted is not None and server.id == str(wanted):
                _tell(f"The bot is on {safe(server.name)}, the server of your configuration.")
                return server
            if wanted is None and server.id not in declined and _confirms(server):
                return server
            declined.add(server.id)
        if not is_told:
            which = f" to the server {wanted}" if wanted is not None else ""
            _tell(f"Invite the bot{which}: open this, and choose your server. Setup goes on by itself.", step="2. ")
            _link(scouted.invitation)
            is_told = True
        time.sleep(_PAUSE_S)
        scouted = _reachable(scout)


def _confirms(server: Joined) -> bool:
    _tell(f"The bot is on {safe(server.name)} (id {server.id}).")
    return input(f"{_MARGIN}Is this your server? [y/N] ").strip().lower() in ("y", "yes")


def _wait(folder: Path) -> int:
    """Wait for the form, and say what became of it."""
    _tell("Waiting for the form; Ctrl-C stops only this waiting.", margin="")
    try:
        while chosen.is_waiting(folder, time.time()):
            if services.has_bot_failed():
                _say("the bot has ended, and `guildgate doctor` says why. Run setup again then")
                return 1
            time.sleep(_PAUSE_S)
    except KeyboardInterrupt:
        print()
        _tell("The code works until its hour is over. `guildgate setup` prints another one.", margin="")
        return 0
    if not chosen.was_used(folder):
        _say("the code is over. `guildgate setup` prints another one")
        return 1
    _tell("The bot is set up. Type /help in Discord. `guildgate doctor` looks for what is wrong.", margin="")
    return 0


def _become_up(path: Path) -> int:
    """Run the gateway and the bot in this terminal, where no systemd runs them."""
    if program := os.environ.get("GUILDGATE_RUN"):
        sys.stdout.flush()
        os.execv(program, [program, "up", "--config", str(path)])  # noqa: S606 - there is no shell
    print(f"Start the gateway and the bot: guildgate up --config {path}")
    return 0


def _say(sentence: str) -> None:
    print(_wrapped(f"guildgate: {sentence}.", "", ""), file=sys.stderr)


def _tell(text: str, *, margin: str = _MARGIN, step: str = "") -> None:
    print(_wrapped(text, step or margin, margin))


def _link(url: str) -> None:
    """Show a link on a line of its own, where terminals find its end."""
    print(f"\n{_MARGIN}{url}\n")


def _wrapped(text: str, first: str, margin: str) -> str:
    """Return the lines as the terminal takes them. Links stay whole, so that they can be copied."""
    columns = max(40, shutil.get_terminal_size().columns)
    lines = wrap(
        text, columns, initial_indent=first, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(lines)
