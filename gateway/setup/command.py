"""`guildgate setup`: asks for the token, waits for the invitation, has the server confirmed, and prints the code."""

from __future__ import annotations

import argparse
import getpass
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import bot.config
from bot import chosen
from bot.config import SERVICES_TOKEN, DiscordSection
from bot.report import Joined, Problem, Scouted
from gateway import config as configuration
from gateway.errors import ConfigError, HostProblem
from gateway.logs import safe
from gateway.setup import files
from gateway.setup.scout import Scout

_PORTAL = "https://discord.com/developers/applications"
_LONGEST_TOKEN = 200
_LOOK_S, _PAUSE_S = 0.5, 2.0  # seconds between looks at the form's choices, and between looks at Discord
_UNITS = ("guildgate-gateway.service", "guildgate-bot.path", "guildgate-bot.service")


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
    path = options.config or configuration.default_path() or configuration.DEFAULT_CONFIG
    try:
        return _set_up(path, starts=not options.no_start)
    except (KeyboardInterrupt, EOFError):
        print()
        _say("stopped. Run setup again to go on")
        return 130


def _set_up(path: Path, *, starts: bool) -> int:
    present = _present(path)
    section = present.section
    with ExitStack() as opened:
        token, is_new, scout, scouted = _token(section, opened)
        scouted = _intent(scout, scouted)
        server = _server(scout, scouted, section.guild)
    code = chosen.new_code()
    token_file = section.token_file or SERVICES_TOKEN
    values = {}
    if section.guild is None:
        values["guild"] = server.id
    if section.token_file is None:
        values["token_file"] = str(token_file)
    files.place(
        path, files.with_values(present.text, values), token_file, token if is_new else None, section.state_dir, code
    )
    print(f"\nWritten: {path}{f' and {token_file}' if is_new else ''}.")
    if starts:
        _start(path)
    print(f"\nNow type this in Discord, on {safe(server.name)}. It works for an hour, for members with Manage Server:")
    print(f"\n    /setup code:{code}\n")
    if not starts:
        return 0
    if _is_service():
        return _wait(section.state_dir)
    return _become_up(path)


def _present(path: Path) -> _Present:
    """Read the configuration, which may be missing. Raise ConfigError for a wrong one."""
    if not path.exists():
        return _Present("", DiscordSection())
    loaded = bot.config.load(path)
    return _Present(path.read_text(encoding="utf-8-sig"), bot.config.parse(loaded.written))


def _token(section: DiscordSection, opened: ExitStack) -> tuple[str, bool, Scout, Scouted]:
    """Return a token that Discord takes, whether it is new, and what Discord says of it."""
    token, is_new = _kept(section), False
    if not token:
        print(f"1. Make an application on {_PORTAL}: New Application, then Bot.")
        print("   Switch on Server Members Intent there, press Reset Token, and copy the token.")
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
            print(f"   The token works: the bot is {safe(scouted.name)}.")
            return token, is_new, scout, scouted
        _say("Discord refuses this token. Press Reset Token on the application's Bot page, and copy the new one")
        token = ""


def _kept(section: DiscordSection) -> str:
    """Return the token that is there already, or nothing."""
    try:
        return section.token({}) if section.token_file else SERVICES_TOKEN.read_text(encoding="utf-8").strip()
    except (ConfigError, OSError, ValueError):
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
        _say(
            "Server Members Intent is off, so the bot learns late that a member left. Switch it on: "
            f"{_PORTAL}/{scouted.application}/bot"
        )
        if input("   Press Enter once it is on, or type skip: ").strip().lower() == "skip":
            break
        scouted = _reachable(scout)
    while scouted.needs_code_grant and not scouted.problem:
        _say(f"Requires OAuth2 Code Grant is on, so no one can invite the bot: {_PORTAL}/{scouted.application}/bot")
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
                print(f"   The bot is on {safe(server.name)}, the server of your configuration.")
                return server
            if wanted is None and server.id not in declined and _confirms(server):
                return server
            declined.add(server.id)
        if not is_told:
            which = f" to the server {wanted}" if wanted is not None else ""
            print(f"2. Invite the bot{which}: open this, and choose your server. Setup goes on by itself.")
            print(f"\n   {scouted.invitation}\n")
            is_told = True
        time.sleep(_PAUSE_S)
        scouted = _reachable(scout)


def _confirms(server: Joined) -> bool:
    answer = input(f"   The bot is on {safe(server.name)} (id {server.id}). Is this your server? [y/N] ")
    return answer.strip().lower() in ("y", "yes")


def _start(path: Path) -> None:
    """Start both services anew, or install them. Raise HostProblem when that fails."""
    if not Path("/run/systemd/system").is_dir():
        return
    commands: list[list[str]] = []
    if _has_units():
        commands = [["systemctl", "enable", "--quiet", *_UNITS], ["systemctl", "restart", *_UNITS]]
    elif program := os.environ.get("GUILDGATE_RUN"):
        commands = [[program, "install"]]
    for each in commands:
        if subprocess.run(each, check=False).returncode:
            raise HostProblem(key="setup", problem=f"{' '.join(each)} failed. Correct that, then run setup again")


def _has_units() -> bool:
    return any(Path(folder, _UNITS[0]).exists() for folder in ("/etc/systemd/system", "/lib/systemd/system"))


def _is_service() -> bool:
    return Path("/run/systemd/system").is_dir() and _has_units()


def _wait(folder: Path) -> int:
    """Wait for the form, and say what became of it."""
    print("Waiting for the form; Ctrl-C stops only this waiting.")
    while chosen.is_waiting(folder, time.time()):
        time.sleep(_LOOK_S)
    if not chosen.read(folder):
        _say("the code is over. `guildgate setup` prints another one")
        return 1
    print("The bot is set up. Type /help in Discord.")
    return 0


def _become_up(path: Path) -> int:
    """Run the gateway and the bot in this terminal, where no systemd runs them."""
    if program := os.environ.get("GUILDGATE_RUN"):
        sys.stdout.flush()
        os.execv(program, [program, "up", "--config", str(path)])  # noqa: S606 - there is no shell
    print(f"Start the gateway and the bot: guildgate up --config {path}")
    return 0


def _say(sentence: str) -> None:
    print(f"guildgate: {sentence}.", file=sys.stderr)
