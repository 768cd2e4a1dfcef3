"""The admin's command line: a second client of the API, which works while Discord is down."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import itertools
import json
import os
import pwd
import shutil
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from gateway.api.client import GatewayClient
from gateway.api.contract import Actor, Issued, Subscription
from gateway.api.transport import SocketTransport
from gateway.codec import to_json
from gateway.config import DEFAULT_CONFIG, Config, default_path, load_or_default
from gateway.errors import BadRequest, GatewayError, GatewayUnreachable, GatewayWaiting, KernelBehind, why
from gateway.holder import Held
from gateway.logs import safe
from gateway.model import Key
from gateway.terminal import house, standby
from gateway.terminal.commands import COMMANDS, Argument, Command
from gateway.terminal.delivery import fail, new_secret_file, notes, qr_code
from gateway.terminal.news import json_lines
from gateway.terminal.unreachable import Unreachable, explained, hint_of, is_shut

_OWN_KEY = Argument(
    "public_key", "the device's own key; no QR code then", Key.parse, flag="--public-key", metavar="KEY"
)


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], name: str = "") -> bool:
    """Register the admin's commands, or only the one of that name. Each sets `run(args) -> exit code`.

    Report whether there are any, because a name may be of none.
    """
    found = [command for command in COMMANDS if name in ("", command.name)]
    for command in found:
        parser = subparsers.add_parser(command.name, help=command.summary, description=command.summary)
        _add_common(parser)
        parser.add_argument(
            "--socket", type=Path, metavar="PATH", help="the gateway's socket; --config is not read then"
        )
        for argument in _arguments(command):
            _add(parser, argument, command.default(argument))
        if command.request.answer_type() is Issued:
            parser.add_argument(
                "--output", type=Path, metavar="FILE", help="write the config there, mode 0600, never overwriting"
            )
        run = _follow if issubclass(command.request, Subscription) else _run
        parser.set_defaults(run=partial(run, command), output=None)
        if command.name == "restore":
            house.extend_restore(parser, partial(_run, command))

    found_more = house.add_commands(subparsers, name, _add_common)
    if name in ("", "standby"):
        standby.add_command(subparsers, _add_common, _actor)
    if name not in ("", "doctor"):
        return bool(found) or found_more or name == "standby"
    doctor = subparsers.add_parser(
        "doctor",
        help="Check this host and say what to do.",
        description="Check this host and say what to do. Exit code 1 when something fails.",
    )
    _add_common(doctor)
    doctor.add_argument(
        "--outside",
        type=_parsed(_seconds),
        nargs="?",
        const=60.0,
        metavar="SECONDS",
        help="wait so long (60 s) for a call from another network, and say whether the provider lets it through",
    )
    doctor.set_defaults(run=_doctor)
    return True


def _seconds(text: str) -> float:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 3600:
        raise ValueError("must be a number of seconds inside 1-3600")
    return float(text)


def _arguments(command: Command[Any]) -> Sequence[Argument]:
    return (*command.arguments, _OWN_KEY) if command.request.answer_type() is Issued else command.arguments


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help=f"default: {DEFAULT_CONFIG}, or the defaults when it does not exist",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document instead of text")


def _add(parser: argparse.ArgumentParser, argument: Argument, default: object) -> None:
    options: dict[str, Any] = {"type": _parsed(argument.parse), "default": argparse.SUPPRESS, "nargs": argument.nargs}
    if argument.flag:
        options["dest"] = argument.name
    said = f"{argument.help} (default: {default})" if default is not None else argument.help
    if argument.is_switch:
        parser.add_argument(
            argument.flag,
            dest=argument.name,
            action=argparse.BooleanOptionalAction,
            default=argparse.SUPPRESS,
            help=argument.help,
        )
        return
    parser.add_argument(
        argument.flag or argument.name, metavar=argument.metavar or argument.name.upper(), help=said, **options
    )


def _parsed(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return `parse` with its ValueError as ArgumentTypeError, because argparse shows only that one's text."""

    def convert(text: str) -> Any:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return convert


def _run(command: Command[Any], args: argparse.Namespace) -> int:
    try:
        text, behind = asyncio.run(_ask(command, args))
    except GatewayError as error:
        return fail(error, as_json=args.json)
    except BrokenPipeError:
        raise
    except OSError as error:  # --output's file
        return fail(BadRequest(field=error.filename, problem=why(error)), as_json=args.json)
    if text:
        print(text)
    return fail(behind, as_json=False) if behind else 0  # in words, because stdout has its document


def _follow(command: Command[Any], args: argparse.Namespace) -> int:
    """Print each answer as it comes, until the gateway stops or Ctrl-C. Return the exit code."""
    try:
        asyncio.run(_print_all(command, args))
    except GatewayError as error:
        return fail(error, as_json=args.json)
    print("guildgate: the gateway has stopped", file=sys.stderr)
    return 1


async def _print_all(command: Command[Any], args: argparse.Namespace) -> None:
    socket = args.socket or load_or_default(args.config).gateway.socket
    request = command.request(actor=_actor())
    assert isinstance(request, Subscription)
    try:
        async with GatewayClient(SocketTransport(socket)).watch(request) as answers:
            async for answer in answers:
                for line in json_lines(answer) if args.json else command.render(answer).splitlines():
                    print(line, flush=True)
    except GatewayUnreachable as error:
        raise explained(error, socket) from error


async def _ask(command: Command[Any], args: argparse.Namespace) -> tuple[str, GatewayError | None]:
    """Return the text for stdout, and the error of a change that is made only in part.

    Notes go to stderr, so that a pipe gets a config and nothing else. The answer itself stays here. `asyncio.run` calls
    repr() on what its task returns (signal.getsignal() in Python 3.11), which takes long for a long answer.
    """
    socket = args.socket or load_or_default(args.config).gateway.socket
    typed = {each.name: getattr(args, each.name) for each in _arguments(command) if hasattr(args, each.name)}
    for argument in command.arguments:
        if argument.nargs == "+":
            typed[argument.name] = tuple(itertools.chain(*typed[argument.name]))
    with new_secret_file(args.output) as write:
        try:
            answer = await command.ask(GatewayClient(SocketTransport(socket)), _actor(), typed)
        except (GatewayUnreachable, GatewayWaiting) as error:
            hint = hint_of(error)
            is_offline = command.is_offline and not is_shut(error)
            if is_offline and (config := load_or_default(args.config)).gateway.socket == socket:
                if is_waiting := isinstance(error, GatewayWaiting):
                    print(f"guildgate: {safe(str(error))}", file=sys.stderr)
                return await _ask_offline(command, args, config, typed, hint, is_waiting=is_waiting)
            if isinstance(error, GatewayWaiting):
                raise
            raise Unreachable(socket=str(socket), hint=hint) from error
        if isinstance(answer, Issued):
            write(answer.config)
    if not isinstance(answer, Issued) or args.json:
        return _text(command, args, answer), None
    own_key = _OWN_KEY.name in typed
    shown = [] if args.output else [command.render(answer)]
    shown += [] if own_key else qr_code(answer)
    print(notes(answer, own_key=own_key, output=args.output), file=sys.stderr)
    return "\n".join(shown), None


def _text(command: Command[Any], args: argparse.Namespace, answer: object) -> str:
    return to_json(answer) if args.json else command.render(answer)


async def _ask_offline(
    command: Command[Any],
    args: argparse.Namespace,
    config: Config,
    typed: dict[str, Any],
    hint: str,
    *,
    is_waiting: bool,
) -> tuple[str, GatewayError | None]:
    """Carry the command out on the database and on what a gateway left in the kernel."""
    from gateway import offline  # here, because it loads the gateway

    section = config.gateway
    try:
        async with offline.opened(config, is_waiting=is_waiting) as left:
            lacking = "the gateway only waits" if is_waiting else "no gateway runs"
            print(f"guildgate: {lacking}, so this works on its database and what it left up", file=sys.stderr)
            answer = await command.ask(GatewayClient(left), _actor(), typed)
    except offline.NeverRan:
        raise Unreachable(socket=str(section.socket), hint=hint) from None
    except PermissionError:
        hint = "this command works without one as well, for root. Use sudo."
        raise Unreachable(socket=str(section.socket), hint=hint) from None
    except Held as holder:
        hint = (
            f"it starts, stops or hangs, because {section.state_dir} is held by {holder}. Try again, and see its log."
        )
        raise Unreachable(socket=str(section.socket), hint=hint) from None
    behind = KernelBehind(what=" and ".join(dict.fromkeys(left.failed))) if left.failed else None
    return _text(command, args, answer), behind


def _actor() -> Actor:
    uid = os.getuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:  # a container's user without an entry
        name = str(uid)
    return Actor(id=f"uid:{uid}", name=name, is_admin=True)


def _doctor(args: argparse.Namespace) -> int:
    # Here, because they load netlink, which would delay the other commands.
    from gateway.doctor import Level, examine, probe
    from gateway.terminal.findings import render

    path = args.config or default_path()
    if args.outside is None:
        findings = examine(path)
    else:
        findings = probe(path, args.outside, lambda text: print(safe(text), file=sys.stderr, flush=True))
    if args.json:
        print(json.dumps({"findings": [{"code": each.code, **dataclasses.asdict(each)} for each in findings]}))
    else:
        colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        print(render(findings, colour=colour, columns=shutil.get_terminal_size().columns))
    return 1 if any(finding.level is Level.FAILURE for finding in findings) else 0
