"""The admin's commands in a terminal: a second client of the API, for when Discord is down."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import os
import pwd
import shutil
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway import terminal
from gateway.client import GatewayClient, with_private_key
from gateway.codec import encode
from gateway.config import Config, load
from gateway.contract import (
    Actor,
    AddForward,
    Closed,
    GetStatus,
    Issued,
    Join,
    List,
    Listing,
    Opened,
    RemoveForward,
    Revoke,
    Revoked,
    Status,
)
from gateway.errors import BadRequest, ConfigError, GatewayError, GatewayUnreachable
from gateway.keys import PrivateKey
from gateway.model import Key, Mode, PortRange, Protocol, parse_ports

DEFAULT_CONFIG = Path("/etc/guildgate/config.toml")
EX_CONFIG = 78  # sysexits.h: systemd's RestartPreventExitStatus knows it

# One operation: ask the gateway, return the answer to encode and the text to show.
_Operation = Callable[[GatewayClient, Actor, argparse.Namespace], Awaitable[tuple[Any, str]]]


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the admin's commands; each sets `run(args) -> exit code`."""

    def command(name: str, operation: _Operation, summary: str) -> argparse.ArgumentParser:
        parser = subparsers.add_parser(name, help=summary, description=summary)
        _add_common(parser)
        parser.add_argument(
            "--socket", type=Path, metavar="PATH", help="the gateway's socket; --config is not read then"
        )
        parser.set_defaults(run=lambda args: _call(operation, args))
        return parser

    command("peers", _peers, "List every member's devices.")
    command("status", _status, "Show handshakes, traffic and live connections.")

    join = command("join", _join, "Make a device's peer and print its WireGuard config and QR code.")
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
    join.add_argument(
        "--public-key", type=_parsed(Key.parse), metavar="KEY", help="the device's own key; no QR code then"
    )
    join.add_argument(
        "--output", type=Path, metavar="FILE", help="write the config there, mode 0600, never overwriting"
    )

    forward = command("forward", _forward, "Open a public port to a device.")
    forward.add_argument(
        "ports", type=_parsed(parse_ports), metavar="PORTS", help="25565, 27015-27030, or several: 2456-2458,27015/udp"
    )
    _add_protocol(forward)
    forward.add_argument(
        "--to-port", type=_parsed(_one_port), metavar="N", help="the device's port (default: the same)"
    )
    forward.add_argument("--device", metavar="NAME", help="needed when the member has several")
    forward.add_argument("--owner", metavar="ID", help="the member's id or name (default: you)")

    unforward = command("unforward", _unforward, "Close every forward inside PORTS, whoever has it.")
    unforward.add_argument(
        "ports", type=_parsed(parse_ports), metavar="PORTS", help="25565, 27015-27030, or several: 2456-2458,27015/udp"
    )
    _add_protocol(unforward)

    revoke = command("revoke", _revoke, "Take access away at once, established connections included.")
    revoke.add_argument("owner", metavar="OWNER", help="the member's id, or name when only one has it")
    revoke.add_argument("device", metavar="DEVICE", nargs="?", help="only this device (default: all of them)")

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


def _add_protocol(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--protocol", type=Protocol, choices=list(Protocol), default=Protocol.BOTH, help="default: both"
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


def _call(operation: _Operation, args: argparse.Namespace) -> int:
    async def ask() -> tuple[Any, str]:
        socket = args.socket or read_config(args.config).gateway.socket
        try:
            async with GatewayClient(socket) as client:
                return await operation(client, _actor(), args)
        except GatewayUnreachable as error:
            raise _Unreachable(socket=str(socket), hint=_hint(error)) from error

    try:
        answer, text = asyncio.run(ask())
    except GatewayError as error:
        return _fail(error, as_json=args.json)
    except OSError as error:  # --output's file
        return _fail(BadRequest(field=error.filename, problem=(error.strerror or "failed").lower()), as_json=args.json)
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
        if isinstance(cause, OSError) and isinstance(getattr(cause, "os_error", cause), PermissionError):
            return "you may not open it. Use sudo, or add your user to socket_users in [gateway]."
        cause = cause.__cause__
    return "start it with `systemctl start guildgate` or `./run`. `guildgate doctor` says what is in its way."


def _fail(error: GatewayError, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"error": {"code": error.code, "message": str(error), "details": error.details}}))
    else:
        print(f"guildgate: {terminal.safe(str(error))}", file=sys.stderr)
    return EX_CONFIG if isinstance(error, ConfigError) else 1


def read_config(path: Path | None) -> Config:
    """The named file, or the default one, or the defaults; raise ConfigError."""
    if path is None and not DEFAULT_CONFIG.exists():
        return Config()
    return load(path or DEFAULT_CONFIG)


def _actor() -> Actor:
    uid = os.getuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:  # a container's user without an entry
        name = str(uid)
    return Actor(id=f"uid:{uid}", name=name, is_admin=True)


async def _peers(client: GatewayClient, actor: Actor, args: argparse.Namespace) -> tuple[Listing, str]:
    listing = await client.list(List(actor=actor, everyone=True))
    return listing, terminal.render_peers(listing, datetime.now(UTC))


async def _status(client: GatewayClient, actor: Actor, args: argparse.Namespace) -> tuple[Status, str]:
    status = await client.status(GetStatus(actor=actor, everyone=True))
    return status, terminal.render_status(status)


async def _join(client: GatewayClient, actor: Actor, args: argparse.Namespace) -> tuple[Issued, str]:
    private_key = None if args.public_key else PrivateKey.generate()
    request = Join(
        actor=actor,
        device=args.device,
        public_key=private_key.public_key if private_key else args.public_key,
        mode=args.mode,
        owner=args.owner,
        owner_name=args.owner_name,
    )
    if args.output is None:
        issued = await client.join(request)
    else:
        with _new_secret_file(args.output) as write:
            issued = await client.join(request)
            write(with_private_key(issued, private_key) if private_key else issued.config)
    config = with_private_key(issued, private_key) if private_key else issued.config
    if args.json:
        return dataclasses.replace(issued, config=config), ""
    return issued, _render_join(issued, config, scannable=private_key is not None, output=args.output)


def _render_join(issued: Issued, config: str, *, scannable: bool, output: Path | None) -> str:
    """What belongs on stdout: in a pipe the config and nothing else, so messages go to stderr."""
    shown = [] if output else [config.rstrip("\n")]
    if scannable and sys.stdout.isatty():
        code = terminal.qr(config)
        if terminal.qr_width(code) <= shutil.get_terminal_size().columns:
            shown += ["", *code]
        else:
            print(
                f"guildgate: the QR code needs a terminal {terminal.qr_width(code)} columns wide",
                file=sys.stderr,
            )
    where = f"is in {output}" if output else f"belongs into a file called {issued.file_name}"
    note = "" if scannable else " Put the device's private key where the placeholder stands."
    peer = issued.peer
    print(
        terminal.safe(f"{peer.device} of {peer.owner_name}: {peer.ipv4}. Its config {where}.{note}"),
        file=sys.stderr,
    )
    return "\n".join(shown)


@contextmanager
def _new_secret_file(path: Path) -> Iterator[Callable[[str], None]]:
    """Claim `path` before anything else happens; leave no file behind when the rest fails."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            yield lambda text: print(text, end="", file=file)
    except BaseException:
        path.unlink()
        raise


async def _forward(client: GatewayClient, actor: Actor, args: argparse.Namespace) -> tuple[Opened, str]:
    owner = await _owner_id(client, actor, args.owner) if args.owner else None
    opened = await client.forward(
        AddForward(
            actor=actor,
            ports=args.ports,
            protocol=args.protocol,
            to_port=args.to_port,
            device=args.device,
            owner=owner,
        )
    )
    return opened, terminal.render_opened(opened)


async def _unforward(client: GatewayClient, actor: Actor, args: argparse.Namespace) -> tuple[Closed, str]:
    closed = await client.unforward(RemoveForward(actor=actor, ports=args.ports, protocol=args.protocol))
    return closed, "\n".join(f"Closed {terminal.forward_line(forward)}." for forward in closed.forwards)


async def _revoke(client: GatewayClient, actor: Actor, args: argparse.Namespace) -> tuple[Revoked, str]:
    owner = await _owner_id(client, actor, args.owner)
    revoked = await client.revoke(Revoke(actor=actor, owner=owner, device=args.device))
    lines = [f"Revoked {terminal.safe(f'{peer.device} of {peer.owner_name}')}, {peer.ipv4}." for peer in revoked.peers]
    return revoked, "\n".join(lines + [f"Closed {terminal.forward_line(forward)}." for forward in revoked.forwards])


async def _owner_id(client: GatewayClient, actor: Actor, text: str) -> str:
    return owner_id(await client.list(List(actor=actor, everyone=True)), text)


def owner_id(listing: Listing, text: str) -> str:
    """The member meant by an id or a name; raise BadRequest when that is nobody or several."""
    names = {peer.owner: peer.owner_name for peer in listing.peers}
    if text in names:
        return text
    found = sorted(owner for owner, name in names.items() if name.casefold() == text.casefold())
    if not found:
        raise BadRequest(field="OWNER", problem=f"no member with a device is called {text}; see `guildgate peers`")
    if len(found) > 1:
        raise BadRequest(field="OWNER", problem=f"{text} is the name of several: write one of {', '.join(found)}")
    return found[0]


def _doctor(args: argparse.Namespace) -> int:
    # Not at the top: netlink and libnftables, which the other commands do not need and need not wait for.
    from gateway.doctor import Level, examine, render

    findings = examine(args.config or (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None))
    if args.json:
        print(json.dumps({"findings": encode(findings)}))
    else:
        colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        print(render(findings, colour=colour, columns=shutil.get_terminal_size().columns))
    return 1 if any(finding.level is Level.FAILURE for finding in findings) else 0
