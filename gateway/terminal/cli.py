"""The admin's commands in a terminal: a second client of the API, for when Discord is down."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import pwd
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gateway.api.client import GatewayClient
from gateway.api.contract import Actor
from gateway.api.transport import SocketTransport
from gateway.codec import encode
from gateway.config import DEFAULT_CONFIG, load_or_default
from gateway.errors import BadRequest, ConfigError, GatewayError, GatewayUnreachable, why
from gateway.model import Duration, Key, Mode, PortRange, Protocol, parse_ports
from gateway.terminal import commands
from gateway.terminal import text as terminal

EX_CONFIG = 78  # sysexits.h: systemd's RestartPreventExitStatus knows it


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the admin's commands; each sets `run(args) -> exit code`."""

    def command(name: str, operation: commands.Operation, summary: str) -> argparse.ArgumentParser:
        parser = subparsers.add_parser(name, help=summary, description=summary)
        _add_common(parser)
        parser.add_argument(
            "--socket", type=Path, metavar="PATH", help="the gateway's socket; --config is not read then"
        )
        parser.set_defaults(run=lambda args: _call(operation, args), command=name)
        return parser

    command("peers", commands.peers, "List every member's devices.")
    command("status", commands.status, "Show handshakes, traffic and live connections.")

    join = command("join", commands.join, "Make a device's peer and print its WireGuard config and QR code.")
    join.add_argument("device", metavar="DEVICE", help="a name for the device, such as laptop")
    join.add_argument("--owner", metavar="ID", help="the member it belongs to (default: you)")
    join.add_argument("--owner-name", metavar="NAME", help="how lists call that member")
    join.add_argument(
        "--mode",
        type=Mode,
        choices=list(Mode),
        default=Mode.FULL,
        help="full: all traffic; split: VPN only; linux: forwards only, with wg-quick",
    )
    _add_delivery(join)

    rotate = command(
        "rotate", commands.rotate, "Give a device new keys and print its new config. The old one stops working."
    )
    rotate.add_argument("device", metavar="DEVICE", nargs="?", help="needed when the member has several")
    rotate.add_argument("--owner", metavar="ID", help="the member's id or name (default: you)")
    _add_delivery(rotate)

    forward = command("forward", commands.forward, "Open public ports to a device.")
    _add_ports(forward)
    forward.add_argument(
        "--to-port", type=_parsed(_one_port), metavar="N", help="the device's port (default: the same)"
    )
    forward.add_argument("--device", metavar="NAME", help="needed when the member has several")
    forward.add_argument("--owner", metavar="ID", help="the member's id or name (default: you)")
    _add_duration(forward)

    extend = command("extend", commands.extend, "Move the end of every forward inside PORTS, whoever has it.")
    _add_ports(extend)
    _add_duration(extend)

    unforward = command("unforward", commands.unforward, "Close every forward inside PORTS, whoever has it.")
    _add_ports(unforward)

    revoke = command("revoke", commands.revoke, "Take access away at once, established connections included.")
    revoke.add_argument("owner", metavar="OWNER", help="the member's id, or name when only one has it")
    revoke.add_argument("device", metavar="DEVICE", nargs="?", help="only this device (default: all of them)")

    for name, summary in (
        ("suspend", "Cut a member's devices off, and keep them and their ports."),
        ("restore", "Let a suspended member's devices back in."),
    ):
        command(name, commands.suspend, summary).add_argument(
            "owner", metavar="OWNER", help="the member's id, or name when only one has it"
        )

    audit = command("audit", commands.audit, "Show who did what when, the newest first.")
    audit.add_argument("--limit", type=_parsed(_limit), default=20, metavar="N", help="1-100, default: 20")
    audit.add_argument("--before", type=int, metavar="NUMBER", help="only what is older than this entry")
    command("policy", commands.policy, "Show what members may do.")

    lan = command("lan", commands.lan, "Let devices reach each other, or keep them apart again.")
    lan.add_argument("state", choices=["on", "off"], help="applies at once, and after restarts too")

    doctor = subparsers.add_parser(
        "doctor",
        help="Check this host and say what to do.",
        description="Check this host and say what to do. Exit code 1 when something fails.",
    )
    _add_common(doctor)
    doctor.set_defaults(run=_doctor)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help=f"default: {DEFAULT_CONFIG}, or the defaults when it does not exist",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document instead of text")


def _add_delivery(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--public-key", type=_parsed(Key.parse), metavar="KEY", help="the device's own key; no QR code then"
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write the config there, mode 0600, never overwriting"
    )


def _add_ports(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "ports",
        # A shell splits at the spaces that Discord allows after a comma.
        type=_parsed(lambda text: parse_ports(text.removesuffix(","))),
        nargs="+",
        metavar="PORTS",
        help="25565, a range 27015-27030, or several: 2456-2458,27015/udp",
    )
    parser.add_argument(
        "--protocol", type=Protocol, choices=list(Protocol), default=Protocol.BOTH, help="default: both"
    )


def _add_duration(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--for",
        dest="duration",
        type=_parsed(Duration.parse),
        metavar="TIME",
        help="from now on: 90m, 2h, 7d or forever (default: the policy's)",
    )


def _parsed(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """argparse shows a ValueError's words only in this class."""

    def convert(text: str) -> Any:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return convert


def _one_port(text: str) -> int:
    ports = PortRange.parse(text)
    if len(ports) > 1:
        raise ValueError("must be one port: the first of the device's")
    return ports.first


def _limit(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise ValueError("must lie inside 1-100")
    return int(text)


def _call(operation: commands.Operation, args: argparse.Namespace) -> int:
    async def ask() -> tuple[Any, str]:
        socket = args.socket or load_or_default(args.config).gateway.socket
        try:
            return await operation(GatewayClient(SocketTransport(socket)), _actor(), args)
        except GatewayUnreachable as error:
            raise _Unreachable(socket=str(socket), hint=_hint(error)) from error

    try:
        answer, text = asyncio.run(ask())
    except GatewayError as error:
        return _fail(error, as_json=args.json)
    except OSError as error:  # --output's file
        return _fail(BadRequest(field=error.filename, problem=why(error)), as_json=args.json)
    if args.json:
        print(json.dumps(encode(answer)))
    elif text:
        print(text)
    return 0


class _Unreachable(GatewayUnreachable):
    """The same error with words for whoever can do something about it."""

    sentence = "No gateway answers on {socket}: {hint}"


def _hint(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, PermissionError):
            return "you may not open it. Use sudo, or add your user to socket_users in [gateway]."
        cause = cause.__cause__
    return "start it with `systemctl start guildgate` or `./run`. `guildgate doctor` says what is in its way."


def _fail(error: GatewayError, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"error": {"code": error.code, "message": str(error), "details": error.details}}))
    else:
        print(f"guildgate: {terminal.safe(str(error))}", file=sys.stderr)
    return EX_CONFIG if isinstance(error, ConfigError) else 1


def _actor() -> Actor:
    uid = os.getuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:  # a container's user without an entry
        name = str(uid)
    return Actor(id=f"uid:{uid}", name=name, is_admin=True)


def _doctor(args: argparse.Namespace) -> int:
    # Not at the top: netlink and libnftables, which the other commands do not need and need not wait for.
    from gateway.doctor import Level, examine
    from gateway.terminal.findings import render

    findings = examine(args.config or (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None))
    if args.json:
        print(json.dumps({"findings": encode(findings)}))
    else:
        colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        print(render(findings, colour=colour, columns=shutil.get_terminal_size().columns))
    return 1 if any(finding.level is Level.FAILURE for finding in findings) else 0
