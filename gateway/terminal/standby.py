"""`guildgate standby`: which second machine gets copies of this gateway. It has to run, because it makes them."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from functools import partial

from gateway.api.client import GatewayClient
from gateway.api.contract import Actor, Request
from gateway.api.standby import GetStandby, SetStandby, StandbyState
from gateway.api.transport import SocketTransport
from gateway.codec import to_json
from gateway.config import load_or_default
from gateway.errors import GatewayError, GatewayUnreachable
from gateway.model import Key
from gateway.terminal.delivery import fail
from gateway.terminal.unreachable import explained

_ABOUT = """\
Let a second machine go on as this gateway, by copies of its state. `allow KEY` gives them to the standby with the key
that `guildgate enrol` printed there, in the place of any other; it gets the gateway's private key too. `remove` gives
them to none; the machine keeps what it has. `status` shows the standby."""


def add_command(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser],
    add_common: Callable[[argparse.ArgumentParser], None],
    actor: Callable[[], Actor],
) -> None:
    """Register it, with `run(args) -> exit code`."""
    parser = subparsers.add_parser("standby", help=_ABOUT.partition(".")[0] + ".", description=_ABOUT)
    add_common(parser)
    parser.add_argument("action", metavar="ACTION", nargs="?", choices=("allow", "status", "remove"), default="status")
    parser.add_argument("key", metavar="KEY", nargs="?", help="of the standby, for `allow`")
    parser.set_defaults(run=partial(_run, parser, actor))


def _run(parser: argparse.ArgumentParser, actor: Callable[[], Actor], args: argparse.Namespace) -> int:
    request = _request(parser, actor(), args)
    try:
        config = load_or_default(args.config)
        found = asyncio.run(GatewayClient(SocketTransport(config.gateway.socket)).call(request))
    except GatewayUnreachable as error:
        return fail(explained(error, config.gateway.socket), as_json=args.json)
    except GatewayError as error:
        return fail(error, as_json=args.json)
    print(to_json(found) if args.json else render(found, takes_turns=bool(config.fleet and config.fleet.standby)))
    return 0


def _request(parser: argparse.ArgumentParser, actor: Actor, args: argparse.Namespace) -> Request[StandbyState]:
    if (args.action == "allow") != (args.key is not None):
        parser.error("`allow` needs the KEY of the standby, and nothing else takes one")
    if args.action == "status":
        return GetStandby(actor=actor)
    try:
        return SetStandby(actor=actor, key=Key.parse(args.key) if args.key else None)
    except ValueError as error:
        parser.error(f"KEY {error}")


def render(found: StandbyState, *, takes_turns: bool) -> str:
    """Say which standby there is. `takes_turns`: config.toml says which address the two machines share."""
    if found.key is None:
        return "There is no standby, so no copies are made."
    if not takes_turns:
        return (
            f'The standby is {found.key}, and no copy is sent yet: write standby = "ADDRESS" below [fleet], the '
            "address that moves between both machines, and restart guildgate-gateway and guildgate-courier."
        )
    courier = "is connected" if found.followers else "is not connected; `guildgate doctor` may say why"
    newest = (
        f"The newest copy is of {found.made_at:%Y-%m-%d %H:%M:%S} UTC." if found.made_at else "There is no copy yet."
    )
    return f"Copies go to the standby {found.key}. The courier {courier}. {newest}"
